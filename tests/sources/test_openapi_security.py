"""Who may call: security schemes and requirements. Nothing an author wrote to protect may be ignored."""

from __future__ import annotations

import pytest

from wsgi_gateway.config import AuthorizerConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load

X = "x-amazon-apigateway-"
FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:1:function:f/invocations"
)
GUARD = {
    "type": "apiKey",
    "name": "Authorization",
    "in": "header",
    X + "authorizer": {"type": "token", "authorizerUri": FUNCTION},
}
SCHEMES = {
    "guard": GUARD,
    "key": {"type": "apiKey", "name": "X-Api-Key", "in": "header"},
    "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", X + "authtype": "awsSigv4"},
    "pool": {
        "type": "apiKey",
        "name": "Auth",
        "in": "header",
        X + "authtype": "cognito_user_pools",
        X + "authorizer": {
            "type": "cognito_user_pools",
            "providerARNs": ["arn:aws:cognito-idp:r:1:userpool/p"],
        },
    },
    "jwt": {"type": "oauth2", X + "authorizer": {"type": "jwt", "jwtConfiguration": {"issuers": []}}},
    "bearer": {"type": "http", "scheme": "bearer"},
    "query-key": {"type": "apiKey", "name": "x-api-key", "in": "query"},
    "mutual": {"type": "mutualTLS"},
}


def api_of(operation, **members):
    document = {
        "openapi": "3.0.1",
        "paths": {"/a": {"get": operation}},
        "components": {"securitySchemes": SCHEMES},
    }
    return load({**document, **members})


def protection(operation, **members):
    method = api_of(operation, **members).resources["/a"]["GET"]
    return method.authorization_type, method.authorizer, method.authorization_scopes, method.api_key_required


def refusal(call, *arguments, **members):
    with pytest.raises(ConfigError) as caught:
        call(*arguments, **members)
    return [problem.code for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("operation", "root", "expected"),
    [
        pytest.param({}, None, ("NONE", None, (), False), id="nothing required"),
        pytest.param({"security": [{"guard": []}]}, None, ("CUSTOM", "guard", (), False), id="an authorizer"),
        pytest.param(
            {"security": [{"key": []}]}, None, ("NONE", None, (), True), id="an API key, whatever its case"
        ),
        pytest.param({"security": [{"sigv4": []}]}, None, ("AWS_IAM", None, (), False), id="a signature"),
        pytest.param(
            {"security": [{"pool": ["a/b"]}]},
            None,
            ("COGNITO_USER_POOLS", "pool", ("a/b",), False),
            id="a pool",
        ),
        pytest.param(
            {"security": [{"jwt": ["s"]}]}, None, ("JWT", "jwt", ("s",), False), id="a JWT authorizer"
        ),
        pytest.param(
            {"security": [{"guard": [], "key": []}]}, None, ("CUSTOM", "guard", (), True), id="both at once"
        ),
        pytest.param(
            {"security": [{"key": []}, {"guard": []}]}, None, ("CUSTOM", "guard", (), True), id="both in turn"
        ),
        pytest.param(
            {"security": [{"guard": []}, {}]},
            None,
            ("CUSTOM", "guard", (), False),
            id="an optional one counts",
        ),
        pytest.param({}, [{"guard": []}], ("CUSTOM", "guard", (), False), id="the document's own"),
        pytest.param(
            {"security": None}, [{"guard": []}], ("CUSTOM", "guard", (), False), id="an empty member inherits"
        ),
        pytest.param(
            {"security": [{"key": []}]}, [{"guard": []}], ("NONE", None, (), True), id="the operation's wins"
        ),
        pytest.param(
            {"security": []}, [{"guard": []}], ("NONE", None, (), False), id="an empty list means none"
        ),
        pytest.param(
            {X + "auth": {"type": "aws_iam"}}, None, ("AWS_IAM", None, (), False), id="IAM by extension"
        ),
        pytest.param(
            {X + "auth": {"type": "NONE"}}, [{"guard": []}], ("NONE", None, (), False), id="NONE opens"
        ),
        pytest.param(
            {X + "auth": {"type": "NONE"}, "security": [{"bearer": []}]},
            None,
            ("NONE", None, (), False),
            id="said open",
        ),
        pytest.param(
            {X + "auth": {"type": "NONE"}, "security": [{"key": []}]},
            None,
            ("NONE", None, (), True),
            id="key stays",
        ),
        pytest.param(
            {X + "auth": {"type": "AWS_IAM"}, "security": [{"sigv4": []}]},
            None,
            ("AWS_IAM", None, (), False),
            id="IAM twice",
        ),
    ],
)
def test_how_a_method_is_protected(operation, root, expected):
    assert protection(operation, **({"security": root} if root is not None else {})) == expected


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        pytest.param(
            {"security": [{"bearer": []}]}, "security-scheme-unsupported", id="nobody checks bearer tokens"
        ),
        pytest.param(
            {"security": [{"mutual": []}]}, "security-scheme-unsupported", id="nobody checks certificates"
        ),
        pytest.param(
            {"security": [{"query-key": []}]}, "security-scheme-unsupported", id="nobody looks into the query"
        ),
        pytest.param({"security": [{"gard": []}]}, "security-scheme-unknown", id="an unknown scheme"),
        pytest.param({"security": [{"guard": []}, {"pool": []}]}, "security-conflict", id="two authorizers"),
        pytest.param(
            {"security": [{"guard": []}, {"sigv4": []}]}, "security-conflict", id="an authorizer and IAM"
        ),
        pytest.param(
            {X + "auth": {"type": "AWS_IAM"}, "security": [{"guard": []}]},
            "security-conflict",
            id="IAM by extension",
        ),
        pytest.param(
            {X + "auth": {"type": "NONE"}, "security": [{"guard": []}]},
            "security-conflict",
            id="open and closed",
        ),
        pytest.param({X + "auth": {"type": "JWT"}}, "auth-type", id="an unknown extension value"),
        pytest.param({X + "auth": "NONE"}, "wrong-type", id="an extension that is a text"),
        pytest.param({"security": {"guard": []}}, "wrong-type", id="a mapping for a list"),
        pytest.param({"security": ["guard"]}, "wrong-type", id="a text for a mapping"),
        pytest.param({"security": [{"guard": "all"}]}, "wrong-type", id="a text for scopes"),
    ],
)
def test_protection_that_cannot_be_kept_stops_the_load(operation, code):
    assert refusal(api_of, operation) == [code]


@pytest.mark.parametrize(
    ("scheme", "expected"),
    [
        pytest.param(
            GUARD, {"identity_source": ("method.request.header.Authorization",)}, id="the scheme's header"
        ),
        pytest.param(
            {
                **GUARD,
                X + "authorizer": {
                    "type": "TOKEN",
                    "authorizerUri": FUNCTION,
                    "identitySource": "method.request.header.T",
                },
            },
            {"identity_source": ("method.request.header.T",)},
            id="a source of its own",
        ),
        pytest.param(
            {
                **GUARD,
                X + "authorizer": {
                    "type": "request",
                    "authorizerUri": FUNCTION,
                    "identitySource": "method.request.header.A, context.identity.sourceIp ,stageVariables.v",
                    "authorizerResultTtlInSeconds": "60",
                    "authorizerCredentials": "arn:aws:iam::1:role/r",
                },
            },
            {
                "type": "REQUEST",
                "identity_source": (
                    "method.request.header.A",
                    "context.identity.sourceIp",
                    "stageVariables.v",
                ),
                "authorizer_result_ttl_in_seconds": 60,
                "authorizer_credentials": "arn:aws:iam::1:role/r",
            },
            id="several sources",
        ),
        pytest.param(
            {
                **GUARD,
                X + "authorizer": {
                    "type": "token",
                    "authorizerUri": FUNCTION,
                    "identityValidationExpression": "a.*",
                },
            },
            {
                "identity_source": ("method.request.header.Authorization",),
                "identity_validation_expression": "a.*",
            },
            id="an expression",
        ),
    ],
)
def test_authorizers(scheme, expected):
    document = {"swagger": "2.0", "paths": {}, "securityDefinitions": {"guard": scheme}}
    wanted = AuthorizerConfig(**{"name": "guard", "authorizer_uri": FUNCTION, **expected})
    assert load(document).authorizers == {"guard": wanted}


@pytest.mark.parametrize(
    ("scheme", "code"),
    [
        pytest.param({X + "authorizer": {"authorizerUri": FUNCTION}}, "authorizer-type", id="no type"),
        pytest.param({X + "authorizer": {"type": "magic"}}, "authorizer-type", id="an unknown type"),
        pytest.param({X + "authorizer": {"type": "token"}}, "authorizer-uri", id="no function"),
        pytest.param(
            {X + "authorizer": {"type": "token", "authorizerURI": FUNCTION}},
            "authorizer-field",
            id="a misspelled uri",
        ),
        pytest.param({"in": "query"}, "identity-source", id="a token outside of the header"),
        pytest.param(
            {X + "authorizer": {"type": "request", "authorizerUri": FUNCTION}},
            "identity-source",
            id="kept for all",
        ),
        pytest.param(
            {X + "authorizer": {"type": "request", "authorizerUri": FUNCTION, "identitySource": "path.x"}},
            "identity-source",
            id="an unknown source",
        ),
        pytest.param(
            {
                X + "authorizer": {
                    "type": "token",
                    "authorizerUri": FUNCTION,
                    "authorizerResultTtlInSeconds": 3601,
                }
            },
            "authorizer-ttl",
            id="kept too long",
        ),
        pytest.param({X + "authorizer": {"type": "cognito_user_pools"}}, "provider-arns", id="no pool"),
        pytest.param({X + "authorizer": "token"}, "wrong-type", id="a text"),
        pytest.param({X + "authrizer": {}}, "extension-unknown", id="a misspelled extension"),
    ],
)
def test_bad_authorizers_are_refused(scheme, code):
    document = {"swagger": "2.0", "paths": {}, "securityDefinitions": {"guard": {**GUARD, **scheme}}}
    assert code in refusal(load, document)


def test_a_broken_authorizer_is_not_reported_by_every_method_as_well():
    schemes = {"guard": {**GUARD, X + "authorizer": {"type": "magic"}}}
    assert refusal(api_of, {"security": [{"guard": []}]}, components={"securitySchemes": schemes}) == [
        "authorizer-type"
    ]


def test_members_of_http_apis_are_warnings():
    extension = {**GUARD[X + "authorizer"], "enableSimpleResponses": True}
    warnings = []
    document = {
        "swagger": "2.0",
        "paths": {},
        "securityDefinitions": {"guard": {**GUARD, X + "authorizer": extension}},
    }
    load(document, warnings=warnings)
    assert [problem.code for problem in warnings] == ["authorizer-field-ignored"]
