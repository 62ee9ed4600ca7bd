"""Tokens verified: the right ones pass, and of the wrong ones the log learns which check failed."""

from __future__ import annotations

from typing import Any

import pytest
from authorizers.tokens import (
    CLAIMS,
    CURVES,
    ISSUER,
    NOW,
    altered,
    jwk,
    key_set,
    part,
    reason,
    token,
    verifier,
)
from hypothesis import event, given, settings
from hypothesis import strategies as st

from wsgi_gateway.authorizers.issuers import Issuer
from wsgi_gateway.authorizers.jwks import KeySet
from wsgi_gateway.authorizers.jwt_token import TokenRefused, TokenVerifier
from wsgi_gateway.errors import ConfigError

WRONG = "the token's signature is wrong"


@pytest.mark.parametrize(
    ("name", "alg"),
    [("rsa", "RS256"), ("rsa", "RS384"), ("rsa2", "RS512"), *((alg, alg) for alg in CURVES)],
)
def test_a_genuine_token_passes(name: str, alg: str) -> None:
    verified = verifier().verify(token(name=name, alg=alg))
    assert verified.claims == CLAIMS
    assert (verified.kid, verified.alg, verified.issuer) == (name, alg, ISSUER)


def test_what_is_printed_of_a_verified_token_tells_nobody_who_it_is() -> None:
    text = repr(verifier().verify(token()))
    assert "alice" not in text
    assert ISSUER in text


# ---------------------------------------------------------------- claims


@pytest.mark.parametrize(
    "iss",
    [None, "", ISSUER + "/", ISSUER + ".evil.example", ISSUER.upper(), "login.example.com", [ISSUER], 1, {}],
)
def test_an_issuer_is_trusted_letter_for_letter(iss: Any) -> None:
    assert reason(verifier().verify, token({"iss": iss})) == (
        "the token's iss is none of this authorizer's issuers"
    )


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"aud": "shops"}, "the token's aud names no audience of this authorizer"),
        ({"aud": None}, "the token's aud names no audience of this authorizer"),
        ({"exp": None}, "the token has no exp"),
        ({"exp": NOW}, "the token has expired"),
        ({"exp": str(NOW + 60)}, "the token's exp is not a time"),
        ({"nbf": NOW + 1}, "the token's nbf is still to come"),
        ({"sub": 7}, "the token's sub is not text"),
        ("[]", "the token's payload is not a JSON object"),
        ('{"exp":1,"exp":2}', "the token's payload is not strict JSON"),
        ("", "the token's payload is not strict JSON"),
    ],
)
def test_claims_must_be_in_order(claims: Any, why: str) -> None:
    assert reason(verifier().verify, token(claims)) == why


def test_a_method_without_scopes_takes_any_token_and_one_with_scopes_wants_one_of_them() -> None:
    good = token({"scope": "pets.read pets.write"})
    assert verifier().verify(good).claims["scope"]
    assert verifier().verify(good, frozenset({"pets.read", "other"})).claims["sub"] == "alice"
    assert "scopes" in reason(verifier().verify, good, frozenset({"pets"}))


def expired(bad: str, scopes: frozenset[str] = frozenset()) -> bool:
    with pytest.raises(TokenRefused) as caught:
        verifier().verify(bad, scopes)
    return caught.value.expired


def test_only_a_token_that_was_good_once_is_said_to_have_expired() -> None:
    late = {"exp": NOW - 1}
    assert expired(token(late))
    assert not expired(altered(token(late), 2))
    assert not expired(token({**late, "aud": "other"}))
    assert not expired(token(late), frozenset({"pets"}))


def test_no_reason_repeats_what_came_in() -> None:
    marked = "SECRET"
    for bad in (
        token({"sub": marked, "aud": marked}),
        token({"iss": marked}),
        token(kid=marked),
        token(alg="RS256", typ="logout+jwt", note=marked),
        token('{"' + marked),
        f"{part({'alg': marked})}.{part({})}.AAAA",
        marked,
    ):
        with pytest.raises(TokenRefused) as caught:
            verifier().verify(bad)
        assert marked not in f"{caught.value.reason}{caught.value!r}"


VERIFIER = verifier()
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
MEMBERS = st.sampled_from("alg kid typ crit iss aud exp nbf iat sub scope scp token_use".split())
OBJECTS = st.dictionaries(MEMBERS | st.text(max_size=5), ANY_JSON, max_size=6)


@settings(deadline=None)
@given(header=OBJECTS, claims=OBJECTS, scopes=st.frozensets(st.text(max_size=3), max_size=2))
def test_whatever_a_genuine_token_says_it_passes_or_is_refused(
    header: Any, claims: Any, scopes: frozenset[str]
) -> None:
    try:
        verified = VERIFIER.verify(token(claims, **{**header, "alg": "RS256"}), scopes)
    except TokenRefused as refused:
        event(refused.reason)
    else:
        assert verified.claims["iss"] == ISSUER


@settings(deadline=None)
@given(text=st.text() | st.from_regex(r"[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}\.[A-Za-z0-9_-]{1,40}"))
def test_any_text_at_all_is_refused(text: str) -> None:
    assert reason(VERIFIER.verify, text)


# ---------------------------------------------------------------- several issuers


OTHER = "https://other.example.com/tenant/"


def two() -> TokenVerifier:
    issuers = [
        Issuer(ISSUER, audiences=["shop"], keys=KeySet(key_set("rsa"))),
        Issuer(OTHER, audiences=["desk"], keys=KeySet({"keys": [jwk("rsa2", kid="rsa")]})),
    ]
    return TokenVerifier(issuers, algorithms=["RS256"], clock=lambda: NOW)


def test_each_issuer_has_its_own_keys_and_audiences() -> None:
    mine = token({"iss": OTHER, "aud": "desk"}, name="rsa2", kid="rsa")
    assert two().verify(token()).issuer == ISSUER
    assert two().verify(mine).issuer == OTHER
    assert reason(two().verify, token({"iss": OTHER, "aud": "desk"})) == WRONG
    assert reason(two().verify, token({"aud": "desk"})).startswith("the token's aud")


# ---------------------------------------------------------------- what cannot work


@pytest.mark.parametrize(
    "options",
    [
        pytest.param({"algorithms": []}, id="no algorithms"),
        pytest.param({"algorithms": ["none"]}, id="none"),
        pytest.param({"algorithms": ["RS256", "HS256"]}, id="a shared secret"),
        pytest.param({"algorithms": "RS256"}, id="one text for a list"),
        pytest.param({"algorithms": [1]}, id="a number"),
        pytest.param({"leeway_seconds": -1}, id="leeway below zero"),
        pytest.param({"leeway_seconds": 61}, id="leeway over a minute"),
        pytest.param({"leeway_seconds": True}, id="leeway a boolean"),
        pytest.param({"leeway_seconds": float("nan")}, id="leeway no number"),
    ],
)
def test_a_verifier_that_cannot_work_is_not_made(options: Any) -> None:
    with pytest.raises(ConfigError):
        verifier(**options)


def test_a_verifier_needs_issuers_each_one_once() -> None:
    one = Issuer(ISSUER, audiences=["shop"], keys=KeySet(key_set("rsa")))
    for issuers in ([], [one, one]):
        with pytest.raises(ConfigError):
            TokenVerifier(issuers, algorithms=["RS256"])


def test_the_leeway_is_believed() -> None:
    late = token({"exp": NOW - 5})
    assert verifier(leeway_seconds=10).verify(late).claims["exp"] == NOW - 5
    assert reason(verifier(leeway_seconds=5).verify, late) == "the token has expired"
