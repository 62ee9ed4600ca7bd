"""Who may call: security schemes and requirements. Nothing an author wrote to protect may be ignored."""

from __future__ import annotations

import pytest

from wsgi_gateway.config import AuthorizerConfig
from wsgi_gateway.config.check_method import UNKNOWN_AUTHORIZER
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
        pytest.param({X + "auth": {"type": None}}, "auth-type", id="an extension without a value"),
        pytest.param({X + "auth": {}}, "protection-empty", id="an extension without members"),
        pytest.param({X + "auth": None}, "protection-empty", id="an extension that is null"),
        pytest.param({"security": None}, "protection-empty", id="a requirement that is null"),
        pytest.param({X + "request-validator": None}, "protection-empty", id="a validator that is null"),
        pytest.param({X + "request-validator": ""}, "request-validator", id="a validator without a name"),
        pytest.param({"authorizer": "guard"}, "member-unknown", id="an authorizer by name"),
        pytest.param({"authorization": "guard"}, "member-unknown", id="an authorization by name"),
        pytest.param({"requestPolicy": "x"}, "member-unknown", id="a policy"),
        pytest.param({"X-Security": []}, "member-unknown", id="security in capitals"),
        pytest.param(
            {"parameters": [{"name": "q", "in": "query", "security": []}]},
            "member-unknown",
            id="in a parameter",
        ),
        pytest.param({"requestBody": {"security": []}}, "member-unknown", id="security in a body"),
        pytest.param(
            {"requestBody": {"content": {"a/b": {"security": []}}}}, "member-unknown", id="in a media type"
        ),
        pytest.param({"responses": {"200": {"security": []}}}, "member-unknown", id="security in a response"),
        pytest.param(
            {"responses": {X + "auth": {"type": "AWS_IAM"}}}, "extension-misplaced", id="IAM in the responses"
        ),
        pytest.param(
            {"responses": {"200": {X + "auth": {"type": "AWS_IAM"}}}},
            "extension-misplaced",
            id="IAM in a response",
        ),
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


EMPTY = "is empty; indent its members or remove it"


@pytest.mark.parametrize("root", [None, [{"guard": []}]])
def test_security_that_lost_its_members_does_not_inherit(root):
    members = {} if root is None else {"security": root}
    assert refusal(api_of, {"security": None}, **members) == ["protection-empty"]


@pytest.mark.parametrize(
    "name",
    [
        "security",
        X + "request-validator",
        X + "policy",
        X + "api-key-source",
        X + "endpoint-configuration",
    ],
)
def test_what_protects_a_document_may_not_be_empty(name):
    with pytest.raises(ConfigError) as caught:
        api_of({}, **{name: None})
    (problem,) = caught.value.problems
    assert (problem.code, problem.message) == ("protection-empty", f"{name} {EMPTY}")


@pytest.mark.parametrize(
    ("scheme", "required"),
    [
        pytest.param({**GUARD, X + "authorizer": None}, True, id="an authorizer that is asked"),
        pytest.param({**GUARD, X + "authorizer": None}, False, id="an authorizer that nobody asks"),
        pytest.param(
            {"type": "apiKey", "name": "x-api-key", "in": "header", X + "authorizer": None},
            True,
            id="an authorizer of what looks like an API key",
        ),
        pytest.param({**SCHEMES["sigv4"], X + "authtype": None}, True, id="a type"),
        pytest.param(
            {"type": "apiKey", "name": "x-api-key", "in": "header", X + "authtype": None},
            True,
            id="a type of what looks like an API key",
        ),
        pytest.param(
            {**GUARD, X + "authorizer": {**GUARD[X + "authorizer"], "identityValidationExpression": None}},
            True,
            id="an authorizer's expression",
        ),
        pytest.param(
            {**GUARD, X + "authorizer": {**GUARD[X + "authorizer"], "identitySource": None}},
            True,
            id="an authorizer's source",
        ),
    ],
)
def test_a_scheme_may_not_lose_its_members(scheme, required):
    operation = {"security": [{"guard": []}]} if required else {}
    with pytest.raises(ConfigError) as caught:
        api_of(operation, components={"securitySchemes": {"guard": scheme}})
    (problem,) = caught.value.problems
    assert problem.code == "protection-empty"
    assert problem.message.endswith(EMPTY)


@pytest.mark.parametrize("check", ["validateRequestBody", "validateRequestParameters"])
def test_a_validator_may_not_lose_a_check(check):
    assert refusal(api_of, {}, **{X + "request-validators": {"all": {check: None}}}) == ["protection-empty"]


@pytest.mark.parametrize(
    "member",
    [
        pytest.param({"security": [{"guard": []}]}, id="security"),
        pytest.param({"security": None}, id="security that is null"),
        pytest.param({"authorizer": "guard"}, id="an authorizer"),
        pytest.param({"OAuth2": {}}, id="a word in capitals"),
        pytest.param({"resourcePolicy": {}}, id="a policy"),
        pytest.param({"Authorisation": {}}, id="another spelling"),
    ],
)
@pytest.mark.parametrize("holder", ["root", "info", "components", "path item", "scheme", "server"])
def test_protection_where_nobody_reads_it_stops_the_load(holder, member):
    document = {
        "openapi": "3.0.1",
        "info": {"title": "t"},
        "servers": [{"url": "/v1"}],
        "paths": {"/a": {"get": {}}},
        "components": {"securitySchemes": {"s": {"type": "http", "scheme": "bearer"}}},
    }
    target = {
        "root": document,
        "info": document["info"],
        "components": document["components"],
        "path item": document["paths"]["/a"],
        "scheme": document["components"]["securitySchemes"]["s"],
        "server": document["servers"][0],
    }[holder]
    if holder == "root" and "security" in member:
        member = {"securityRules": member["security"]}
    target.update(member)
    assert refusal(load, document) == ["member-unknown"]


@pytest.mark.parametrize(
    "member", [{"author": "me"}, {"authors": []}, {"authority": "x"}, {"colour": "red"}], ids=str
)
@pytest.mark.parametrize("holder", ["info", "components"])
def test_what_would_not_protect_is_a_warning(holder, member):
    warnings = []
    load({"openapi": "3.0.1", "paths": {}, holder: member}, warnings=warnings)
    assert [problem.code for problem in warnings] == ["member-unknown"]


@pytest.mark.parametrize(
    ("holder", "members"),
    [
        pytest.param("info", {"title": "t", "x-auth": {}, "contact": {}, "license": {}}, id="info"),
        pytest.param(
            "components", {"headers": {}, "links": {}, "pathItems": {}, "x-auth": {}}, id="components"
        ),
    ],
)
def test_what_belongs_there_is_no_warning(holder, members):
    warnings = []
    load({"openapi": "3.0.1", "paths": {}, holder: members}, warnings=warnings)
    assert warnings == []


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"info": {X + "policy": {}}}, id="a policy in info"),
        pytest.param({"paths": {X + "policy": {}}}, id="a policy among the paths"),
        pytest.param({"components": {X + "authorizer": {}}}, id="an authorizer in components"),
        pytest.param(
            {"components": {"securitySchemes": {X + "authorizer": {"type": "token"}}}},
            id="an authorizer beside its scheme",
        ),
        pytest.param({"paths": {"/a": {X + "auth": None}}}, id="an empty one of a path item"),
    ],
)
def test_an_extension_where_nobody_reads_it_stops_the_load(document):
    assert "extension-misplaced" in refusal(load, {"openapi": "3.0.1", "paths": {}, **document})


@pytest.mark.parametrize("name", ["info", "components"])
def test_a_part_that_is_no_mapping_is_refused(name):
    assert refusal(load, {"openapi": "3.0.1", "paths": {}, name: ["x"]}) == ["wrong-type"]


def test_an_unknown_validator_is_refused_in_the_words_of_aws():
    for members, root in (({}, {X + "request-validator": "x"}), ({X + "request-validator": "x"}, {})):
        with pytest.raises(ConfigError, match="Invalid Request Validator identifier specified"):
            api_of(members, **root)


@pytest.mark.parametrize(
    ("schemes", "message"),
    [
        pytest.param(
            {"basic": {"type": "http", "scheme": "basic"}},
            "nothing checks the security scheme 'basic', which 30 methods require",
            id="one that nothing checks",
        ),
        pytest.param(
            {},
            "no security scheme named 'basic', which 30 methods require: " + UNKNOWN_AUTHORIZER,
            id="one that is not there",
        ),
    ],
)
def test_a_scheme_that_does_not_protect_is_told_once_for_all_methods(schemes, message):
    paths = {f"/p{number}": {"get": {"security": [{"basic": []}]}} for number in range(30)}
    with pytest.raises(ConfigError) as caught:
        load({"openapi": "3.0.1", "paths": paths, "components": {"securitySchemes": schemes}})
    (problem,) = caught.value.problems
    assert problem.message == message
    assert problem.place.path == "$.paths['/p0'].get.security[0].basic"


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        pytest.param("token", "custom", None, id="the usual one of a function"),
        pytest.param("cognito_user_pools", "cognito_user_pools", None, id="the usual one of a user pool"),
        pytest.param("token", "oauth2", "oauth2", id="one of the author's own"),
        pytest.param("token", None, None, id="none"),
    ],
)
def test_the_type_that_an_author_gives_an_authorizer(kind, written, kept):
    pool = "arn:aws:cognito-idp:us-east-1:1:userpool/us-east-1_p"
    authorizer = {"type": kind, "authorizerUri": FUNCTION, "providerARNs": [pool]}
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header", X + "authorizer": authorizer}
    if written:
        scheme[X + "authtype"] = written
    api = load({"openapi": "3.0.1", "paths": {}, "components": {"securitySchemes": {"guard": scheme}}})
    assert api.authorizers["guard"].auth_type == kept


@pytest.mark.parametrize(
    ("scheme", "is_told"), [("query-key", True), ("bearer", False)], ids=["an API key", "a bearer token"]
)
def test_what_looks_like_an_api_key_comes_with_the_scheme_of_api_keys(scheme, is_told):
    with pytest.raises(ConfigError) as caught:
        protection({"security": [{scheme: []}]})
    (problem,) = caught.value.problems
    assert ("{type: apiKey, name: x-api-key, in: header}" in problem.hint) == is_told
    assert "x-amazon-apigateway-authorizer" in problem.hint
