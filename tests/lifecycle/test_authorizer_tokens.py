"""The Authorizer stage with tokens that say it all: user pools and JWTs, alone and in a Gateway."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from authorizers.callers import Inner, answer, config, request
from authorizers.test_jwt_cognito import ARN, access, identity, verifier
from authorizers.tokens import ISSUER, NOW, altered, key_set, publisher, token
from authorizers.tokens import verifier as shop_verifier

from wsgi_gateway.authorizers.jwks import KeySet
from wsgi_gateway.config import MethodConfig, RestApiConfig
from wsgi_gateway.config.authorizer import JwtClaimConfig, JwtConfig, JwtIssuerConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.lifecycle.authorizer import Authorizer
from wsgi_gateway.sources import load
from wsgi_gateway.wsgi import Response, call_app

UNAUTHORIZED = (401, "UnauthorizedException", {"message": "Unauthorized"})
POOL = {"name": "pool", "type": "COGNITO_USER_POOLS", "provider_arns": (ARN,)}
JWT = JwtConfig(issuers=(JwtIssuerConfig(issuer=ISSUER, audiences=("shop",)),), default_algorithms=("RS256",))


def pool(app: Any, **more: Any) -> Authorizer:
    return Authorizer(app, config(**POOL), authorize=verifier(), **more)


@pytest.mark.parametrize("form", ["{}", "Bearer {}", "bearer  {}"])
def test_the_app_learns_who_it_is(form: str) -> None:
    inner = Inner()
    good = identity(sub="u-1", **{"cognito:groups": ["a", "b"]})
    response, ctx = request(pool(inner), form.format(good), REMOTE_USER="mallory")
    assert response.status_code == 200
    [seen] = inner.seen
    assert (seen["REMOTE_USER"], seen["AUTH_TYPE"]) == ("alice", "Bearer")
    assert seen["wsgi_gateway.authorizer"]["claims"]["cognito:groups"] == ["a", "b"]
    assert ctx.authorizer is not None
    assert ctx.authorizer["claims"]["cognito:groups"] == "a,b"
    assert ctx.authorizer["claims"]["sub"] == "u-1"


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(None, id="no token"),
        pytest.param("", id="an empty one"),
        pytest.param("Bearer ", id="nothing behind Bearer"),
        pytest.param("nonsense", id="no token at all"),
        pytest.param(altered(identity(), 1), id="claims that were altered"),
        pytest.param(access(), id="a token for scopes"),
        pytest.param(identity(iss="https://evil.example.com"), id="another issuer"),
    ],
)
def test_what_is_no_token_of_the_pool_is_unauthorized(bad: str | None) -> None:
    inner = Inner()
    response, _ = request(pool(inner), bad)
    assert answer(response) == UNAUTHORIZED
    assert not inner.seen


def test_a_token_that_has_expired_is_told_so() -> None:
    response, _ = request(pool(Inner()), identity(exp=NOW - 1))
    assert answer(response) == (401, "UnauthorizedException", {"message": "The incoming token has expired"})


def test_keys_alone_leave_the_rules_of_the_definition_in_force() -> None:
    declared = config(name="jwt", type="JWT", jwt_configuration=JWT)
    for given in (KeySet(key_set("rsa")), {ISSUER: KeySet(key_set("rsa"))}):
        stage = Authorizer(Inner(), declared, authorize=given, clock=lambda: NOW)
        assert request(stage, token())[0].status_code == 200
        assert request(stage, token({"aud": "other"}))[0].status_code == 401
        assert request(stage, token(name="rsa2"))[0].status_code == 401


def test_keys_of_a_pool_alone() -> None:
    stage = Authorizer(Inner(), config(**POOL), authorize=KeySet(key_set("rsa")), clock=lambda: NOW)
    assert request(stage, identity())[0].status_code == 200
    assert request(stage, access())[0].status_code == 401


@pytest.mark.parametrize(
    "given",
    [{"https://other.example.com": KeySet(key_set("rsa"))}, {ISSUER: "keys.json"}],
    ids=["of an issuer that is not declared", "no keys at all"],
)
def test_keys_that_cannot_be_meant_are_refused(given: Any) -> None:
    with pytest.raises(ConfigError, match="KeySets by issuer"):
        Authorizer(Inner(), config(name="jwt", type="JWT", jwt_configuration=JWT), authorize=given)


def test_one_set_of_keys_is_not_for_several_issuers() -> None:
    issuers = (*JWT.issuers, JwtIssuerConfig(issuer="https://other.example.com", audiences=("shop",)))
    declared = config(name="jwt", type="JWT", jwt_configuration=replace(JWT, issuers=issuers))
    with pytest.raises(ConfigError, match="give their keys by issuer"):
        Authorizer(Inner(), declared, authorize=KeySet(key_set("rsa")))


def test_a_verifier_with_rules_of_its_own_is_warned_of_and_keys_alone_are_not() -> None:
    method = MethodConfig(http_method="GET", authorization_type="JWT", authorizer="jwt")
    declared = config(name="jwt", type="JWT", jwt_configuration=JWT)
    api = RestApiConfig(resources={"/": {"GET": method}}, authorizers={"jwt": declared})
    codes = [
        [warning.code for warning in Gateway(api, Inner(), authorizers={"jwt": given}).warnings]
        for given in (shop_verifier(), KeySet(key_set("rsa")))
    ]
    assert codes == [["verifier-own-rules"], []]


def test_of_other_issuers_than_a_pool_the_user_is_the_sub_whatever_else_the_token_says() -> None:
    inner = Inner()
    stage = Authorizer(inner, config(**POOL), authorize=shop_verifier())
    claims = {"sub": "ada", "username": "root", "cognito:username": "root"}
    assert request(stage, token(claims))[0].status_code == 200
    assert inner.seen[0]["REMOTE_USER"] == "ada"


def test_an_empty_expression_is_none() -> None:
    declared = config(**POOL, identity_validation_expression="")
    stage = Authorizer(Inner(), declared, authorize=KeySet(key_set("rsa")), clock=lambda: NOW)
    assert request(stage, identity())[0].status_code == 200


def test_a_local_pool_is_found_by_the_variable_of_the_aws_sdks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    name = ARN.rpartition("/")[2]
    with publisher() as published:
        published.publish(f"/{name}/.well-known/jwks.json", key_set("rsa"))
        monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", published.url)
        stage = Authorizer(Inner(), config(**POOL), clock=lambda: NOW)
        assert "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER is set" in caplog.text
        local = identity(iss=f"{published.url}/{name}")
        assert request(stage, local)[0].status_code == 200
        assert request(stage, identity(iss="https://evil.example.com"))[0].status_code == 401


def test_a_method_with_scopes_wants_one_of_them() -> None:
    app = pool(Inner(), scopes=("pets/read",))
    assert request(app, access())[0].status_code == 200
    assert answer(request(app, access(scope="openid"))[0]) == UNAUTHORIZED
    assert answer(request(app, identity())[0]) == UNAUTHORIZED


def test_without_keys_nobody_is_let_in_and_it_is_our_fault() -> None:
    unreachable = {**POOL, "type": "JWT", "provider_arns": ()}
    issuer = JwtIssuerConfig(issuer="http://127.0.0.1:9/", audiences=("shop",))
    declared = config(
        **unreachable, jwt_configuration=JwtConfig(issuers=(issuer,), default_algorithms=("RS256",))
    )
    response, _ = request(Authorizer(Inner(), declared), token({"iss": "http://127.0.0.1:9/"}))
    assert answer(response) == (500, "AuthorizerConfigurationException", {"message": None})


def test_a_jwt_of_an_issuer() -> None:
    inner = Inner()
    declared = config(name="jwt", type="JWT", jwt_configuration=JWT)
    response, _ = request(Authorizer(inner, declared, authorize=shop_verifier()), f"Bearer {token()}")
    assert (response.status_code, inner.seen[0]["REMOTE_USER"]) == (200, "alice")


@pytest.mark.parametrize(
    ("settings", "why"),
    [
        pytest.param({**POOL, "provider_arns": ()}, "needs provider_arns", id="a pool without an ARN"),
        pytest.param({**POOL, "provider_arns": ("arn:x",)}, "ARN of a user pool", id="what is no ARN"),
        pytest.param({**POOL, "identity_source": ()}, "identity_source", id="no header"),
        pytest.param({**POOL, "authorizer_uri": "arn"}, "authorizer_uri", id="a function beside a pool"),
        pytest.param({"type": "JWT"}, "needs a jwt_configuration", id="a JWT without issuers"),
        pytest.param(
            {"type": "JWT", "jwt_configuration": JwtConfig(default_algorithms=("RS256",))},
            "needs issuers",
            id="no issuer",
        ),
        pytest.param(
            {
                "type": "JWT",
                "jwt_configuration": JwtConfig(issuers=JWT.issuers, default_algorithms=("HS256",)),
            },
            "algorithms must be of",
            id="a shared secret",
        ),
    ],
)
def test_what_cannot_work_does_not_load(settings: dict[str, Any], why: str) -> None:
    with pytest.raises(ConfigError, match=why):
        Authorizer(Inner(), config(**settings))


DEFINITION = {
    "openapi": "3.0.1",
    "info": {"title": "pets", "version": "1"},
    "components": {
        "securitySchemes": {
            "pool": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "x-amazon-apigateway-authtype": "cognito_user_pools",
                "x-amazon-apigateway-authorizer": {"type": "cognito_user_pools", "providerARNs": [ARN]},
            },
            "login": {
                "type": "apiKey",
                "name": "X-Token",
                "in": "header",
                "x-amazon-apigateway-authtype": "jwt",
                "x-amazon-apigateway-authorizer": {
                    "type": "jwt",
                    "identitySource": "method.request.header.X-Token",
                    "jwtConfiguration": {
                        "defaultAlgorithms": ["RS256", "ES256"],
                        "issuers": [
                            {
                                "issuer": ISSUER,
                                "audiences": ["shop", "desk"],
                                "additionalClaims": [
                                    {"claimName": "tenant", "format": "SINGLE_STRING", "required": True}
                                ],
                            }
                        ],
                    },
                },
            },
        }
    },
    "paths": {
        "/pets": {
            "get": {
                "security": [{"pool": []}],
                "x-amazon-apigateway-integration": {
                    "type": "mock",
                    "requestTemplates": {"application/json": '{"statusCode": 200}'},
                    "responses": {
                        "default": {
                            "statusCode": "200",
                            "responseTemplates": {
                                "application/json": '{"user": "$context.authorizer.claims.sub", '
                                '"all": "$context.authorizer.claims"}'
                            },
                        }
                    },
                },
                "responses": {"200": {"description": "ok"}},
            },
            "post": {"security": [{"login": []}], "responses": {"200": {"description": "ok"}}},
        }
    },
}


def send(gateway: Gateway, method: str, **headers: str) -> Response:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": "/pets",
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
    }
    return call_app(gateway, environ | headers)


def test_an_openapi_definition_with_both_kinds(tmp_path: Any) -> None:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(DEFINITION), "utf-8")
    gateway = Gateway(file, Inner(), authorizers={"pool": verifier(), "login": shop_verifier()})
    answered = send(gateway, "GET", HTTP_AUTHORIZATION=identity(sub="u-1"))
    assert json.loads(answered.body()) == {"user": "u-1", "all": ""}
    assert send(gateway, "GET").status_code == 401
    assert send(gateway, "POST", HTTP_X_TOKEN=token()).status_code == 200
    assert send(gateway, "POST", HTTP_X_TOKEN=altered(token(), 2)).status_code == 401


def test_the_configuration_of_a_jwt_authorizer_is_read(tmp_path: Any) -> None:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(DEFINITION), "utf-8")
    assert load(file).authorizers["login"].jwt_configuration == JwtConfig(
        issuers=(
            JwtIssuerConfig(
                issuer=ISSUER,
                audiences=("shop", "desk"),
                additional_claims=(JwtClaimConfig(claim_name="tenant", required=True),),
            ),
        ),
        default_algorithms=("RS256", "ES256"),
    )


def definition(tmp_path: Any, change: Any) -> Any:
    document = json.loads(json.dumps(DEFINITION))
    change(document)
    file = tmp_path / "changed.json"
    file.write_text(json.dumps(document), "utf-8")
    return file


def issuer_of(document: Any) -> Any:
    login = document["components"]["securitySchemes"]["login"]
    return login["x-amazon-apigateway-authorizer"]["jwtConfiguration"]["issuers"][0]


@pytest.mark.parametrize(
    "security",
    [
        pytest.param([{"login": ["admin"]}, {"login": []}], id="scopes that a second mention loses"),
        pytest.param([{"login": ["admin"]}, {"login": ["any"]}], id="scopes that a second mention changes"),
        pytest.param([{"login": None}], id="scopes that were lost"),
        pytest.param([{"login": [""]}], id="an empty scope"),
        pytest.param([{"login": ["pets read"]}], id="two scopes in one text"),
    ],
)
def test_scopes_are_never_lost_in_silence(tmp_path: Any, security: Any) -> None:
    def change(document: Any) -> None:
        document["paths"]["/pets"]["post"]["security"] = security

    with pytest.raises(ConfigError):
        load(definition(tmp_path, change))


@pytest.mark.parametrize("member", ["additionalClaims", "audiences", "issuer"])
def test_an_issuers_rules_are_never_lost_in_silence(tmp_path: Any, member: str) -> None:
    with pytest.raises(ConfigError):
        load(definition(tmp_path, lambda document: issuer_of(document).update({member: None})))


@pytest.mark.parametrize("claim", [{"expectedValues": None}, {"expectedValues": []}, {"required": None}])
def test_a_claims_rules_are_never_lost_in_silence(tmp_path: Any, claim: Any) -> None:
    rule = {"claimName": "tenant", "required": True, **claim}
    with pytest.raises(ConfigError):
        load(definition(tmp_path, lambda document: issuer_of(document).update(additionalClaims=[rule])))


def test_the_expression_for_audiences_holds_whoever_verifies() -> None:
    declared = config(**POOL, identity_validation_expression="another-client")
    response, _ = request(Authorizer(Inner(), declared, authorize=verifier()), identity())
    assert answer(response) == UNAUTHORIZED


@pytest.mark.parametrize("scopes", ["pets/read", "", [""]])
def test_scopes_are_a_list_of_texts(scopes: Any) -> None:
    with pytest.raises(ConfigError, match="scopes"):
        pool(Inner(), scopes=scopes)


def test_the_names_that_users_give_themselves_are_nobodys() -> None:
    inner = Inner()
    declared = config(name="jwt", type="JWT", jwt_configuration=JWT)
    forged = token({"sub": "alice", "username": "admin", "cognito:username": "root"})
    request(Authorizer(inner, declared, authorize=shop_verifier()), forged)
    assert inner.seen[0]["REMOTE_USER"] == "alice"


def test_a_verifier_that_fails_admits_nobody_and_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def verify(self, token: str, scopes: frozenset[str] = frozenset()) -> Any:
            raise RuntimeError(f"cannot read {token}")

    response, _ = request(Authorizer(Inner(), config(**POOL), authorize=Broken()), "tok-secret")
    assert response.status_code == 500
    assert "tok-secret" not in caplog.text
    assert "tok-secret" not in response.body().decode()
