"""The URI by which a Lambda authorizer is invoked, as definitions have it: AWS takes no other.

::

    authorizerUri: arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations

Not for: an AuthorizerConfig made in code, whose ``authorizer_uri`` may be the name of a function.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_CreateAuthorizer.html; the message as reported.
"""

from __future__ import annotations

import re

from wsgi_gateway.sources.node import Node

_VARIABLE = re.compile(r"\$\{[^{}]*\}")
_INVOCATION = re.compile(
    r"arn:[\w-]+:apigateway:[^:]*:(?:[\w-]+\.)?lambda:path/+[^/]+/functions/.+/invocations", re.DOTALL
)


def read_authorizer_uri(node: Node, name: str) -> str | None:
    """The member ``name`` of an authorizer. Reports one that invokes no function."""
    uri = node.text(name)
    if uri is not None and not _INVOCATION.fullmatch(_VARIABLE.sub("x", uri)):
        message = (
            f"Invalid Authorizer URI: {uri[:200]}. Authorizer URI should be a valid API Gateway ARN that "
            "represents a Lambda function invocation."
        )
        hint = "arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations"
        node.child(name).error("authorizer-uri", message, hint)
    return uri
