"""Claims: when a token is in force, for whom it is, what it is good for, and how AWS shows it."""

from __future__ import annotations

from typing import Any

import pytest
from authorizers.tokens import NOW, reason

from wsgi_gateway.authorizers.jws import TokenRefused
from wsgi_gateway.authorizers.jwt_claims import (
    audiences,
    check_audience,
    check_scopes,
    check_texts,
    check_times,
    claim_texts,
    scopes,
)

MUST = {"exp": NOW + 1}


@pytest.mark.parametrize(
    "claims",
    [
        pytest.param(MUST, id="exp a second ahead"),
        pytest.param({"exp": int(NOW) + 1}, id="exp a whole number"),
        pytest.param({**MUST, "nbf": NOW, "iat": NOW}, id="nbf and iat now"),
        pytest.param({**MUST, "iat": NOW + 60}, id="iat a minute ahead"),
    ],
)
def test_a_token_in_force_passes(claims: Any) -> None:
    check_times(claims, NOW, 0)


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        pytest.param({}, "the token has no exp", id="no exp"),
        pytest.param({"exp": NOW}, "the token has expired", id="exp now"),
        pytest.param({"exp": 0}, "the token has expired", id="exp 1970"),
        pytest.param({**MUST, "nbf": NOW + 1}, "the token's nbf is still to come", id="nbf a second ahead"),
        pytest.param({**MUST, "iat": NOW + 61}, "the token's iat is still to come", id="iat too far ahead"),
        *(
            pytest.param(
                {**MUST, name: value}, f"the token's {name} is not a time", id=f"{name} {value!r:.9}"
            )
            for name in ("exp", "nbf", "iat")
            for value in (True, "9999999999", None, [NOW], float("nan"), float("inf"), -1, 10**30)
        ),
    ],
)
def test_a_token_out_of_force_is_refused(claims: Any, why: str) -> None:
    assert reason(check_times, claims, NOW, 0) == why


def test_the_leeway_is_for_both_ends() -> None:
    check_times({"exp": NOW - 29, "nbf": NOW + 30}, NOW, 30)
    assert reason(check_times, {"exp": NOW - 30}, NOW, 30) == "the token has expired"
    assert reason(check_times, {**MUST, "nbf": NOW + 31}, NOW, 30) == "the token's nbf is still to come"


@pytest.mark.parametrize(
    ("claims", "expired"), [({"exp": NOW}, True), ({"exp": NOW, "nbf": NOW + 9}, False), ({}, False)]
)
def test_only_what_was_good_once_has_expired(claims: Any, expired: bool) -> None:
    with pytest.raises(TokenRefused) as caught:
        check_times(claims, NOW, 0)
    assert caught.value.expired is expired


@pytest.mark.parametrize("name", ["sub", "jti"])
@pytest.mark.parametrize("value", [1, None, ["a"], {}])
def test_what_must_be_text_is_text(name: str, value: Any) -> None:
    assert reason(check_texts, {name: value}) == f"the token's {name} is not text"


@pytest.mark.parametrize("aud", [1, None, {"shop": 1}, [["shop"]], ["shop", 1], True])
def test_an_audience_is_text_or_texts(aud: Any) -> None:
    assert reason(check_texts, {"aud": aud}) == "the token's aud is neither text nor a list of texts"


def test_audiences_are_as_many_as_the_token_names() -> None:
    assert audiences({"aud": "shop"}) == ("shop",)
    assert audiences({"aud": ["shop", "desk"]}) == ("shop", "desk")
    assert audiences({}) == ()


@pytest.mark.parametrize("aud", ["shop", ["other", "desk"]])
def test_one_audience_is_enough(aud: Any) -> None:
    check_audience({"aud": aud}, frozenset({"shop", "desk"}))


@pytest.mark.parametrize("claims", [{}, {"aud": []}, {"aud": "shops"}, {"aud": "sho"}, {"aud": "SHOP"}])
def test_a_token_for_others_is_refused(claims: Any) -> None:
    assert reason(check_audience, claims, frozenset({"shop"})).startswith("the token's aud names no audience")


@pytest.mark.parametrize(
    ("claims", "found"),
    [
        ({}, set()),
        ({"scope": "a b"}, {"a", "b"}),
        ({"scope": "  a  "}, {"a"}),
        ({"scope": ["a", "b c"]}, {"a", "b c"}),
        ({"scp": "a"}, {"a"}),
        ({"scp": ["a"]}, {"a"}),
        ({"scope": "", "scp": "a"}, set()),
    ],
)
def test_scopes_are_words_or_a_list(claims: Any, found: set[str]) -> None:
    assert scopes(claims) == found


@pytest.mark.parametrize("claims", [{"scope": None}, {"scope": 1}, {"scp": [["a"]]}, {"scp": {"a": 1}}])
def test_scopes_of_another_kind_are_refused(claims: Any) -> None:
    assert reason(scopes, claims) == "the token's scope is neither text nor a list of texts"


def test_one_scope_of_the_method_is_enough_and_none_is_not() -> None:
    wanted = frozenset({"a", "b"})
    check_scopes({"scope": "b c"}, wanted)
    check_scopes({}, frozenset())
    for claims in ({}, {"scope": "c"}, {"scope": "A"}, {"scope": "a,b"}):
        assert reason(check_scopes, claims, wanted) == "the token has none of the method's scopes"


def test_claims_are_shown_as_text_as_aws_shows_them() -> None:
    assert claim_texts(
        {
            "exp": 1727342566,
            "iat": 1727338966.9,
            "nbf": 0,
            "auth_time": 1727196552,
            "email_verified": False,
            "cognito:groups": ["eu-west-1_a_Google", "USERS"],
            "empty": [],
            "identities": [{"userId": "1", "issuer": None, "primary": "true"}, {"userId": "2"}],
            "picture": {"data": {"height": 50, "is_silhouette": False}},
            "ratio": 0.5,
            "name": "Zo\u00eb",
            "nothing": None,
        }
    ) == {
        "exp": "Thu Sep 26 09:22:46 UTC 2024",
        "iat": "Thu Sep 26 08:22:46 UTC 2024",
        "nbf": "Thu Jan 01 00:00:00 UTC 1970",
        "auth_time": "1727196552",
        "email_verified": "false",
        "cognito:groups": "eu-west-1_a_Google,USERS",
        "empty": "",
        "identities": '{"userId":"1","issuer":null,"primary":"true"},{"userId":"2"}',
        "picture": '{"data":{"height":50,"is_silhouette":false}}',
        "ratio": "0.5",
        "name": "Zo\u00eb",
    }
