"""Tokens of user pools: identity tokens where a method has no scopes, access tokens where it has."""

from __future__ import annotations

from typing import Any

import pytest
from authorizers.tokens import NOW, PATIENCE, jwk, key_set, publisher, reason, token

from wsgi_gateway.authorizers.cognito import CognitoVerifier
from wsgi_gateway.authorizers.jwks import KeySet
from wsgi_gateway.errors import ConfigError

POOL = "eu-west-1_abcDEF123"
ARN = f"arn:aws:cognito-idp:eu-west-1:123456789012:userpool/{POOL}"
ISSUER = f"https://cognito-idp.eu-west-1.amazonaws.com/{POOL}"
KEYS = KeySet(key_set("rsa", "ES256"))
READ = frozenset({"pets/read", "pets/write"})
USE = "the token's token_use is not the one that the method wants"


def verifier(**more: Any) -> CognitoVerifier:
    return CognitoVerifier([ARN], **{"jwks": {ARN: KEYS}, "clock": lambda: NOW, **more})


def identity(**more: Any) -> str:
    return token({"iss": ISSUER, "aud": "client1", "token_use": "id", "cognito:username": "alice", **more})


def access(**more: Any) -> str:
    claims = {"iss": ISSUER, "aud": None, "client_id": "client1", "token_use": "access"}
    return token({**claims, "scope": "pets/read openid", **more})


def test_a_method_without_scopes_takes_an_identity_token() -> None:
    verified = verifier().verify(identity())
    assert (verified.claims["cognito:username"], verified.issuer) == ("alice", ISSUER)


def test_a_method_with_scopes_takes_an_access_token_with_one_of_them() -> None:
    assert verifier().verify(access(), READ).claims["client_id"] == "client1"


@pytest.mark.parametrize(
    ("bad", "scopes", "why"),
    [
        pytest.param(access(), frozenset(), USE, id="an access token where there are no scopes"),
        pytest.param(identity(), READ, USE, id="an identity token where there are scopes"),
        pytest.param(identity(scope="pets/read"), READ, USE, id="an identity token that claims a scope"),
        pytest.param(identity(token_use=None), frozenset(), USE, id="no token_use"),
        pytest.param(identity(token_use=["id"]), frozenset(), USE, id="token_use a list"),
        pytest.param(identity(token_use="ID"), frozenset(), USE, id="token_use in capitals"),
        pytest.param(access(scope="openid"), READ, "the token has none of the method's scopes", id="others"),
        pytest.param(access(scope=None), READ, "the token has none of the method's scopes", id="no scope"),
        pytest.param(
            identity(**{"cognito:groups": ["pets/read"]}), READ, USE, id="a group of the scope's name"
        ),
        pytest.param(
            identity(iss=ISSUER + "x"),
            frozenset(),
            "the token's iss is none of this authorizer's issuers",
            id="another pool",
        ),
        pytest.param(identity(exp=NOW), frozenset(), "the token has expired", id="an expired one"),
        pytest.param(access(exp=NOW), frozenset(), USE, id="an expired one of the wrong kind"),
    ],
)
def test_any_other_token_is_refused(bad: str, scopes: frozenset[str], why: str) -> None:
    assert reason(verifier().verify, bad, scopes) == why


@pytest.mark.parametrize(("name", "alg"), [("ES256", "ES256"), ("rsa", "RS512")])
def test_a_pool_signs_with_rs256_and_nothing_else(name: str, alg: str) -> None:
    bad = token({"iss": ISSUER, "token_use": "id"}, name=name, alg=alg)
    assert reason(verifier().verify, bad) == "the token's alg is not one of this authorizer's"


@pytest.mark.parametrize("aud", ["client1", ["other", "client2"]])
def test_the_expression_must_match_the_whole_audience(aud: Any) -> None:
    matching = verifier(identity_validation_expression="client[12]")
    assert matching.verify(identity(aud=aud)).claims["aud"] == aud


@pytest.mark.parametrize(
    ("bad", "scopes"),
    [
        pytest.param(identity(aud="client3"), frozenset(), id="another client"),
        pytest.param(identity(aud="client12"), frozenset(), id="a longer one"),
        pytest.param(identity(aud="xclient1"), frozenset(), id="one that ends alike"),
        pytest.param(identity(aud=None), frozenset(), id="no audience"),
        pytest.param(access(), READ, id="an access token, which has none"),
    ],
)
def test_another_audience_than_the_expression_wants_is_refused(bad: str, scopes: frozenset[str]) -> None:
    matching = verifier(identity_validation_expression="client[12]")
    assert reason(matching.verify, bad, scopes) == (
        "the token's aud does not match identityValidationExpression"
    )


def test_an_empty_expression_matches_no_audience() -> None:
    assert "does not match" in reason(verifier(identity_validation_expression="").verify, identity())


OTHER = "arn:aws-cn:cognito-idp:cn-north-1:123456789012:userpool/cn-north-1_xyz"


def test_each_pool_has_its_own_keys_and_its_partition_s_domain() -> None:
    both = CognitoVerifier(
        [ARN, OTHER],
        jwks={ARN: KEYS, OTHER: KeySet({"keys": [jwk("rsa2", kid="rsa")]})},
        clock=lambda: NOW,
    )
    china = "https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_xyz"
    claims = {"iss": china, "token_use": "id"}
    assert both.verify(identity()).issuer == ISSUER
    assert both.verify(token(claims, name="rsa2", kid="rsa")).issuer == china
    assert reason(both.verify, token(claims)) == "the token's signature is wrong"


def test_a_local_pool_is_asked_for_its_keys_and_known_by_both_names() -> None:
    with publisher() as server:
        path = f"/{POOL}/.well-known/jwks.json"
        server.publish(path, key_set("rsa"))
        local = CognitoVerifier([ARN], endpoint=server.url + "/", clock=lambda: NOW, timeout=PATIENCE)
        assert local.verify(identity()).issuer == ISSUER
        assert local.verify(identity(iss=f"{server.url}/{POOL}")).claims["sub"] == "alice"
        assert server.asked == [path]


def test_aws_s_own_pool_is_asked_for_its_keys_by_default() -> None:
    asked = []

    def download(url: str, deadline: Any) -> Any:
        asked.append(url)
        raise OSError("there is no network here")

    assert reason(CognitoVerifier([ARN], download=download).verify, identity()) == (
        "the issuer's keys cannot be had"
    )
    assert asked == [f"{ISSUER}/.well-known/jwks.json"]


@pytest.mark.parametrize(
    "arn",
    [
        "",
        POOL,
        ARN.replace("cognito-idp", "cognito-identity"),
        ARN.replace("eu-west-1:", "eu/west:"),
        ARN.replace("123456789012", "1234"),
        ARN + "/x",
        ARN + "\n",
        ARN.replace("arn:aws", "arn:evil"),
        7,
    ],
)
def test_what_is_no_pool_is_refused(arn: Any) -> None:
    with pytest.raises(ConfigError):
        CognitoVerifier([arn])


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"provider_arns": []}, id="no pools"),
        pytest.param({"provider_arns": [ARN, ARN]}, id="a pool twice"),
        pytest.param({"jwks": {OTHER: KEYS}}, id="keys of another pool"),
        pytest.param({"identity_validation_expression": "("}, id="a broken expression"),
        pytest.param({"identity_validation_expression": "(?=a)"}, id="an expression that may hang"),
        pytest.param({"leeway_seconds": 90}, id="too much leeway"),
        pytest.param({"endpoint": "http://pools.example.com"}, id="plain http to another machine"),
        pytest.param({"endpoint": "pools"}, id="an endpoint that is no URL"),
    ],
)
def test_a_verifier_that_cannot_work_is_not_made(options: Any) -> None:
    with pytest.raises(ConfigError):
        CognitoVerifier(**{"provider_arns": [ARN], **options})


def test_plain_http_to_another_machine_may_be_allowed() -> None:
    assert CognitoVerifier([ARN], endpoint="http://moto:5000", allow_http=True)
