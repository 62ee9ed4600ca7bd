"""The names that API Gateway gives to mapping templates, and those that people take for them.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html;
the members of WebSocket APIs are on
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html.

Not for values; :mod:`wsgi_gateway.variables` gives those.
"""

from __future__ import annotations

from wsgi_gateway.mapping.velocity import Input, Util
from wsgi_gateway.variables import IDENTITY, VARIABLES

GATEWAY = frozenset(("input", "context", "stageVariables", "util"))
"""What every template has."""

ALWAYS = GATEWAY | {"foreach", "velocityCount", "velocityHasNext"}
"""Names that need no #set."""

NOTHING = frozenset(("null", "nil", "none", "undefined"))
"""Names which are left unset on purpose, to compare with."""

INPUT_METHODS = frozenset(Input.methods)
UTIL_METHODS = frozenset(Util.methods)

_WEBSOCKET = frozenset(
    "connectedAt connectionId eventType messageDirection messageId routeKey requestTimeEpoch".split()
)
CONTEXT = (
    frozenset(VARIABLES)
    | _WEBSOCKET
    | frozenset(
        "authorizer awsEndpointRequestId cipherSuite customDomain error identity isCanaryRequest "
        "requestOverride responseOverride tlsVersion wafResponseCode webaclArn xrayTraceId".split()
    )
)
"""Members of ``$context``."""

ACCESS_LOG_ONLY = frozenset(
    "authenticate authorize endpointType integration integrationErrorMessage integrationLatency "
    "integrationStatus responseLatency responseLength status waf".split()
)
"""Members of ``$context`` that exist in access logs and nowhere else."""

MEMBERS = {
    "identity": frozenset(IDENTITY) | frozenset("apiKey apiKeyId clientCert vpcId vpceId".split()),
    "error": frozenset("message messageString responseType validationErrorString".split()),
}
"""Members of ``$context``'s closed maps."""

OVERRIDES = {
    "requestOverride": frozenset(("header", "path", "querystring")),
    "responseOverride": frozenset(("header", "status")),
}
"""What overrides act on; any other member is only kept."""

OVERRIDE_SLIPS = {
    "requestOverride": {
        **dict.fromkeys(
            ("query", "queryString", "queryStringParameters", "parameters", "params"), "querystring"
        ),
        **dict.fromkeys(("pathParameters", "paths"), "path"),
        **dict.fromkeys(("body", "method", "httpMethod", "status", "statusCode", "uri", "url"), ""),
    },
    "responseOverride": {
        **dict.fromkeys(("statusCode", "code"), "status"),
        **dict.fromkeys(("body", "querystring", "path", "reason", "statusMessage"), ""),
    },
}
"""What people take for members of the overrides, with the member that acts, or none."""

GROUPS = ("path", "querystring", "header")
"""Members of ``$input.params()``."""

FOREACH = frozenset("count first hasNext index last parent topmost".split())
"""Members of ``$foreach``."""

APPSYNC = frozenset(("ctx", "utils", "arguments", "result"))
"""Names of AppSync's templates, which are another dialect."""

PLAIN_CLAIMS = frozenset(
    "sub iss aud exp iat auth_time token_use event_id jti origin_jti email_verified phone_number_verified "
    "phone_number client_id".split()
)
"""Claims of a user pool's token that a user cannot put a quote into."""

DIRECTIVES = frozenset(
    "set if elseif else end foreach break stop define macro evaluate parse include".split()
)
FOREIGN_DIRECTIVES = {
    "elif": "#elseif",
    "elsif": "#elseif",
    "endif": "#end",
    "endfor": "#end",
    "endforeach": "#end",
    "for": "#foreach($item in $list)",
    "while": "#foreach($item in $list)",
    "return": "#stop",
    "continue": "#if around the rest of the loop's body",
}
"""Directives of other languages, with Velocity's."""
