"""``$context`` by name: what templates, mappings, gateway responses and identity sources may read.

:func:`variable` compiles a name into a function of the :class:`~wsgi_gateway.context.Context`::

    >>> from wsgi_gateway.context import Context
    >>> variable("httpMethod")(Context({"REQUEST_METHOD": "GET"}))
    'GET'

Source:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from wsgi_gateway.context import Context, request_path

Getter = Callable[[Context], Any]

BASE_PATH_KEY = "wsgi_gateway.base_path"
"""Where the base path lies in the environ by which a domain name has chosen the API; "" for the rest."""


def base_path(context: Context) -> str | None:
    """What stands before the resource's path: ``/shop/v1``, "" for the domain name's root; None without a
    domain name.
    """
    base: str | None = context.client.get(BASE_PATH_KEY)
    return f"/{base}" if base else base


def _path(context: Context) -> str:
    base = base_path(context)
    if base and context.client.get("PATH_INFO") == "":
        return base  # nothing was written after it, not even a slash
    return ("/" + context.deployment.stage if base is None else base) + (
        context.path or request_path(context.client)
    )


def _base_path_matched(context: Context) -> str | None:
    base: str | None = context.client.get(BASE_PATH_KEY)
    return "(none)" if base == "" else base


def _domain_name(context: Context) -> str | None:
    host: str | None = context.client.get("HTTP_HOST")
    return host.partition(":")[0] if host else None


def _request_time(context: Context) -> str:
    t = time.gmtime(context.request_time)
    month = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")[t.tm_mon - 1]
    return f"{t.tm_mday:02}/{month}/{t.tm_year}:{t.tm_hour:02}:{t.tm_min:02}:{t.tm_sec:02} +0000"


def _error(name: str) -> Getter:
    return lambda context: None if context.error is None else getattr(context.error, name)


IDENTITY: dict[str, Getter] = {
    "cognitoIdentityPoolId": lambda context: context.identity.get("cognitoIdentityPoolId"),
    "accountId": lambda context: context.identity.get("accountId"),
    "cognitoIdentityId": lambda context: context.identity.get("cognitoIdentityId"),
    "caller": lambda context: context.identity.get("caller"),
    "sourceIp": lambda context: context.source_ip,
    "principalOrgId": lambda context: context.identity.get("principalOrgId"),
    "accessKey": lambda context: context.identity.get("accessKey"),
    "cognitoAuthenticationType": lambda context: context.identity.get("cognitoAuthenticationType"),
    "cognitoAuthenticationProvider": lambda context: context.identity.get("cognitoAuthenticationProvider"),
    "userArn": lambda context: context.identity.get("userArn"),
    "userAgent": lambda context: context.client.get("HTTP_USER_AGENT"),
    "user": lambda context: context.identity.get("user"),
}
"""The twelve members of ``$context.identity``, in no order that AWS promises."""

VARIABLES: dict[str, Getter] = {
    "resourceId": lambda context: context.resource_id,
    "resourcePath": lambda context: context.resource_path,
    "httpMethod": lambda context: context.http_method,
    "extendedRequestId": lambda context: context.extended_request_id,
    "requestTime": _request_time,
    "path": _path,
    "accountId": lambda context: context.deployment.account_id,
    "protocol": lambda context: context.client.get("SERVER_PROTOCOL", "HTTP/1.1"),
    "stage": lambda context: context.deployment.stage,
    "domainPrefix": lambda context: (_domain_name(context) or "").partition(".")[0] or None,
    "requestTimeEpoch": lambda context: int(context.request_time * 1000),
    "requestId": lambda context: context.request_id,
    "domainName": _domain_name,
    "deploymentId": lambda context: context.deployment.deployment_id,
    "apiId": lambda context: context.deployment.api_id,
}
"""The scalar members of ``$context`` in the order in which AWS iterates them."""

_FURTHER: dict[str, Getter] = {
    "awsEndpointRequestId": lambda context: None,
    "customDomain.basePathMatched": _base_path_matched,
    "isCanaryRequest": lambda context: (
        None if context.is_canary_request is None else str(context.is_canary_request).lower()
    ),
    "identity.apiKey": lambda context: context.api_key,
    "identity.apiKeyId": lambda context: context.api_key_id,
    "error.message": _error("message"),
    "error.messageString": _error("message_string"),
    "error.responseType": _error("response_type"),
    "error.validationErrorString": _error("validation_error_string"),
    "xrayTraceId": lambda context: context.trace_id,
    "integration.status": lambda context: context.integration_status,
    "integrationStatus": lambda context: context.integration_status,
}
_MAPS: dict[str, Callable[[Context], Any]] = {
    "authorizer": lambda context: context.authorizer,
    "requestOverride": lambda context: context.request_override,
    "responseOverride": lambda context: context.response_override,
}


def variable(name: str) -> Getter:
    """Compile ``$context.NAME`` (without the prefix) to a function of the Context; None means undefined.

    ``authorizer.*``, ``requestOverride.*`` and ``responseOverride.*`` look into maps; a name AWS does not
    have is always undefined, as it is there.
    """
    known = VARIABLES.get(name) or _FURTHER.get(name)
    if known is not None:
        return known
    head, _, rest = name.partition(".")
    if head == "identity" and rest in IDENTITY:
        return IDENTITY[rest]
    if head in _MAPS and rest:
        return _lookup(_MAPS[head], tuple(rest.split(".")))
    return lambda context: None


def _lookup(root: Getter, members: tuple[str, ...]) -> Getter:
    def find(context: Context) -> Any:
        value = root(context)
        for member in members:
            value = value.get(member) if isinstance(value, Mapping) else None
        return None if isinstance(value, Mapping) else value

    return find
