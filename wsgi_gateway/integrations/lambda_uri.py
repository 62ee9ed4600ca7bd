"""The URIs by which integrations invoke functions, taken apart.

::

    >>> uri = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{}/invocations"
    >>> function_uri(uri.format("arn:aws:lambda:eu-west-1:123456789012:function:pets:live")).name
    'pets'

A URI may begin its path with two slashes (recorded: ``lambda:path//2015-03-31/...``). The function is an ARN,
with a version or an alias behind it or without. The older form buffers, ``2021-11-15/functions/ARN/
response-streaming-invocations`` streams, and the response transfer mode has to agree.

Stage variables have been put in before. An undefined one is nothing, and what it leaves may be no ARN any
more: that is not the definition's mistake but the stage's, and AWS answers every request by 500.

Not confirmed on AWS: the words for a function that is no ARN, and for a transfer mode that does not agree
with the URI.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from wsgi_gateway.errors import ConfigError, Problem

_INVOCATION = re.compile(
    r"arn:[\w-]+:apigateway:[^:]*:(?:[\w-]+\.)?lambda:path//?"
    r"(?:2015-03-31/functions/([^/]*)/invocations|2021-11-15/functions/([^/]*)/response-streaming-invocations)"
)
_FUNCTION = re.compile(
    r"arn:[\w-]+:lambda:[\w-]+:[0-9]+:function:([A-Za-z0-9_-]{1,64})(?::(\$LATEST|[A-Za-z0-9_-]{1,128}))?"
)
_INVOKES = re.compile(
    r"arn:[^:]*:apigateway:[^:]*:(?:[^:]*\.)?lambda:path/+[^/]+/functions/.*/(?:response-streaming-)?invocations"
)
_FORM = "arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations"
_STREAMING = (
    "arn:aws:apigateway:REGION:lambda:path/2021-11-15/functions/FUNCTION_ARN/response-streaming-invocations"
)


@dataclass(frozen=True, slots=True)
class FunctionUri:
    """``arn`` of the function as written, its ``name``, its version or alias (``qualifier``), and whether the
    URI streams.
    """

    arn: str
    name: str
    qualifier: str | None
    streams: bool


def invokes_function(uri: str) -> bool:
    """Whether a URI of type AWS means a function, and no other action of Lambda's API."""
    return _INVOKES.fullmatch(uri) is not None


def function_uri(uri: str, *, streams: bool = False) -> FunctionUri:
    """The parts of a URI. ``streams``: what the response transfer mode asks for.

    Raises ConfigError for a URI that invokes no function, and where the two do not agree.
    """
    match = _INVOCATION.fullmatch(uri)
    arn = (match[1] if match[1] is not None else match[2]) if match else ""
    function = _FUNCTION.fullmatch(arn)
    if match is None or function is None:
        raise _refused("Invalid ARN specified in the request", _STREAMING if streams else _FORM)
    if streams and match[2] is None:
        raise _refused("responseTransferMode STREAM needs the URI that streams", _STREAMING)
    if not streams and match[2] is not None:
        raise _refused("the URI streams, so responseTransferMode has to be STREAM", _FORM)
    return FunctionUri(arn, function[1], function[2], streams)


def _refused(message: str, form: str) -> ConfigError:
    return ConfigError([Problem("integration-uri", message, hint=f"write {form}")])
