"""Issuers as AWS's JWT authorizer has them: URLs, audiences, and rules for additional claims."""

from __future__ import annotations

from typing import Any

import pytest
from authorizers.tokens import CLAIMS, ISSUER, NOW, PATIENCE, key_set, publisher, reason, token

from wsgi_gateway.authorizers.issuers import RESERVED, AdditionalClaim, Issuer
from wsgi_gateway.authorizers.jwks import KeySet
from wsgi_gateway.authorizers.jwks_sources import DISCOVERY
from wsgi_gateway.authorizers.jwt_token import TokenVerifier
from wsgi_gateway.errors import ConfigError

KEYS = KeySet(key_set("rsa"))


def verifier(*rules: AdditionalClaim, **more: Any) -> TokenVerifier:
    issuer = Issuer(ISSUER, **{"audiences": ["shop"], "additional_claims": rules, "keys": KEYS, **more})
    return TokenVerifier([issuer], algorithms=["RS256"], clock=lambda: NOW)


ONE_OF = {"expected_values": ["seven", "eight"]}


@pytest.mark.parametrize(
    ("rule", "claims"),
    [
        pytest.param({}, {}, id="optional and missing"),
        pytest.param({}, {"tenant": "any"}, id="optional and there"),
        pytest.param(ONE_OF, {}, id="optional and missing, though a value is expected"),
        pytest.param(ONE_OF, {"tenant": "eight"}, id="one of those expected"),
        pytest.param({"required": True}, {"tenant": ""}, id="required and there"),
        pytest.param({"required": True, **ONE_OF}, {"tenant": "seven"}, id="required and as expected"),
    ],
)
def test_a_token_that_keeps_the_rule_passes(rule: Any, claims: Any) -> None:
    assert verifier(AdditionalClaim("tenant", **rule)).verify(token(claims)).claims["sub"] == "alice"


@pytest.mark.parametrize(
    ("rule", "claims", "why"),
    [
        pytest.param({"required": True}, {}, "is missing or not text", id="required and missing"),
        pytest.param({"required": True}, {"tenant": 7}, "is missing or not text", id="a number"),
        pytest.param({}, {"tenant": ["seven"]}, "is missing or not text", id="a list"),
        pytest.param(ONE_OF, {"tenant": True}, "is missing or not text", id="a boolean"),
        pytest.param(ONE_OF, {"tenant": "Seven"}, "is not what it must be", id="another case"),
        pytest.param(ONE_OF, {"tenant": "seven "}, "is not what it must be", id="a blank more"),
        pytest.param(ONE_OF, {"tenant": ""}, "is not what it must be", id="empty"),
    ],
)
def test_a_token_that_breaks_the_rule_is_refused(rule: Any, claims: Any, why: str) -> None:
    refusal = reason(verifier(AdditionalClaim("tenant", **rule)).verify, token(claims))
    assert refusal == f"the token's additional claim tenant {why}"


def test_every_rule_counts() -> None:
    rules = AdditionalClaim("a", required=True), AdditionalClaim("b", required=True)
    assert verifier(*rules).verify(token({"a": "1", "b": "2"})).claims["b"] == "2"
    assert " b " in reason(verifier(*rules).verify, token({"a": "1"}))


@pytest.mark.parametrize("name", ["", *sorted(RESERVED)])
def test_a_claim_with_rules_of_its_own_takes_no_other(name: str) -> None:
    with pytest.raises(ConfigError):
        AdditionalClaim(name)


@pytest.mark.parametrize(
    "options",
    [{"expected_values": "seven"}, {"expected_values": [""]}, {"expected_values": [7]}, {"required": "yes"}],
)
def test_a_rule_that_cannot_work_is_not_made(options: Any) -> None:
    with pytest.raises(ConfigError):
        AdditionalClaim("tenant", **options)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"audiences": []}, id="no audiences"),
        pytest.param({"audiences": [""]}, id="an empty audience"),
        pytest.param({"audiences": "shop"}, id="one text for a list"),
        pytest.param({"audiences": [7]}, id="a number"),
        pytest.param({"additional_claims": [AdditionalClaim("a"), AdditionalClaim("a")]}, id="a rule twice"),
    ],
)
def test_an_issuer_that_cannot_work_is_not_made(options: Any) -> None:
    with pytest.raises(ConfigError):
        Issuer(ISSUER, **{"audiences": ["shop"], "keys": KEYS, **options})


@pytest.mark.parametrize(
    "url",
    [
        "login.example.com",
        "http://login.example.com",
        "https://",
        "https://u@login.example.com",
        "https://login.example.com?a=b",
        "https://login.example.com#a",
        "",
    ],
)
def test_an_issuer_is_a_plain_https_url(url: str) -> None:
    with pytest.raises(ConfigError):
        Issuer(url, audiences=["shop"], keys=KEYS)


def test_without_audiences_a_token_for_anyone_passes_if_it_says_so_at_all() -> None:
    anyone = verifier(audiences=None)
    assert anyone.verify(token({"aud": None})).claims == {k: v for k, v in CLAIMS.items() if k != "aud"}
    assert anyone.verify(token({"aud": "other"})).issuer == ISSUER
    assert "aud" in reason(anyone.verify, token({"aud": 7}))


def test_keys_that_are_not_given_are_discovered() -> None:
    with publisher() as server:
        server.publish(DISCOVERY, {"issuer": server.url, "jwks_uri": f"{server.url}/keys"})
        server.publish("/keys", key_set("rsa"))
        issuer = Issuer(server.url, audiences=["shop"], timeout=PATIENCE)
        discovered = TokenVerifier([issuer], algorithms=["RS256"], clock=lambda: NOW)
        assert discovered.verify(token({"iss": server.url})).issuer == server.url
        assert server.asked == [DISCOVERY, "/keys"]


def test_an_issuer_prints_its_url() -> None:
    assert repr(Issuer(ISSUER, audiences=["shop"], keys=KEYS)) == f"<Issuer {ISSUER}>"
