"""The compact form: one spelling for one token, and nothing in it that two readers may read differently."""

from __future__ import annotations

import contextlib
import itertools
import time
from typing import Any

import pytest
from authorizers.tokens import encoded, part, reason

from wsgi_gateway.authorizers.jws import TOKEN_LIMIT, TokenRefused, json_object, parse_jws
from wsgi_gateway.authorizers.jwt_token import bearer

HEADER = part({"alg": "RS256", "kid": "a"})
GOOD = f"{HEADER}.{part({})}.{encoded(b'sig')}"
NOT_THREE = "the token is not three parts of base64url"
TWIN = "a part of the token is not canonical base64url"


def test_a_good_token_is_taken_apart() -> None:
    jws = parse_jws(GOOD)
    assert (jws.alg, jws.kid, jws.payload, jws.signature) == ("RS256", "a", b"{}", b"sig")
    assert jws.message == GOOD.rpartition(".")[0].encode()


def test_what_is_printed_of_a_token_is_no_part_of_it() -> None:
    assert repr(parse_jws(GOOD)) == "<Jws>"


@pytest.mark.parametrize(
    ("token", "why"),
    [
        pytest.param("", NOT_THREE, id="nothing"),
        pytest.param("..", NOT_THREE, id="dots alone"),
        pytest.param(GOOD.rpartition(".")[0], NOT_THREE, id="two parts"),
        pytest.param(GOOD.rpartition(".")[0] + ".", NOT_THREE, id="an empty signature"),
        pytest.param(GOOD + ".AAAA.AAAA", NOT_THREE, id="five parts, as encrypted tokens have"),
        pytest.param("a." * 5_000, NOT_THREE, id="5,000 dots"),
        pytest.param(GOOD + "=", NOT_THREE, id="padding"),
        pytest.param(GOOD + " ", NOT_THREE, id="a blank behind"),
        pytest.param(GOOD + "\n", NOT_THREE, id="a line feed behind"),
        pytest.param(" " + GOOD, NOT_THREE, id="a blank in front"),
        pytest.param(GOOD.replace(".", "\t.", 1), NOT_THREE, id="a tab inside"),
        pytest.param(GOOD[:-1] + "+", NOT_THREE, id="the other alphabet"),
        pytest.param(GOOD + "\u00e9", NOT_THREE, id="a letter beyond ASCII"),
        pytest.param(GOOD + "\ud800", NOT_THREE, id="half a surrogate pair"),
        pytest.param(GOOD + "A", TWIN, id="a character too many"),
        pytest.param("a" * (TOKEN_LIMIT + 1), f"the token has more than {TOKEN_LIMIT} bytes", id="too long"),
    ],
)
def test_what_is_not_in_the_compact_form_is_refused(token: str, why: str) -> None:
    assert reason(parse_jws, token) == why


@pytest.mark.parametrize("data", [b"\x01", b"\x01\x02"], ids=["one byte", "two bytes"])
def test_of_all_spellings_of_a_signature_one_is_taken(data: bytes) -> None:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    spelling = encoded(data)
    head = GOOD.rpartition(".")[0]
    taken = []
    for last in alphabet:
        with contextlib.suppress(TokenRefused):
            taken.append(parse_jws(f"{head}.{spelling[:-1]}{last}").signature)
    assert len(taken) == len(set(taken)) == (4 if len(data) == 1 else 16)
    assert data in taken


@pytest.mark.parametrize(
    ("header", "why"),
    [
        pytest.param([], "the token's header is not a JSON object", id="a list"),
        pytest.param("null", "the token's header is not a JSON object", id="null"),
        pytest.param("{", "the token's header is not strict JSON", id="broken JSON"),
        pytest.param("", "the token is not three parts of base64url", id="empty"),
        pytest.param(
            '{"alg":"RS256","alg":"RS256"}', "the token's header is not strict JSON", id="alg twice"
        ),
        pytest.param(b'\xef\xbb\xbf{"alg":"RS256"}', "the token's header is not strict JSON", id="a BOM"),
        pytest.param(
            '{"alg":"RS256"}'.encode("utf-16"), "the token's header is not strict JSON", id="UTF-16"
        ),
        pytest.param({}, "the token's alg is not text", id="no alg"),
        pytest.param({"alg": None}, "the token's alg is not text", id="alg null"),
        pytest.param({"alg": ["RS256"]}, "the token's alg is not text", id="alg a list"),
        pytest.param(
            {"alg": "RS256", "kid": 1}, "the token's kid is not text, or too long", id="kid a number"
        ),
        pytest.param(
            {"alg": "RS256", "kid": None}, "the token's kid is not text, or too long", id="kid null"
        ),
        pytest.param(
            {"alg": "RS256", "kid": "k" * 513}, "the token's kid is not text, or too long", id="kid too long"
        ),
        pytest.param({"alg": "RS256", "crit": ["exp"]}, "the token's header has crit", id="crit"),
        pytest.param({"alg": "RS256", "crit": []}, "the token's header has crit", id="crit empty"),
        pytest.param({"alg": "RS256", "b64": False}, "the token's header has b64", id="b64"),
        pytest.param({"alg": "RS256", "zip": "DEF"}, "the token's header has zip", id="zip"),
        pytest.param({"alg": "RS256", "enc": "A128GCM"}, "the token's header has enc", id="enc"),
        pytest.param({"alg": "RS256", "cty": "JWT"}, "the token's header has cty", id="a token in a token"),
        pytest.param(
            {"alg": "RS256", "typ": "logout+jwt"},
            "the token's typ says that it is for something else",
            id="a token for logging out",
        ),
        pytest.param(
            {"alg": "RS256", "typ": "application/DPoP+jwt"},
            "the token's typ says that it is for something else",
            id="a proof of possession",
        ),
        pytest.param(
            {"alg": "RS256", "typ": 1},
            "the token's typ says that it is for something else",
            id="typ a number",
        ),
    ],
)
def test_a_header_that_is_not_plain_is_refused(header: Any, why: str) -> None:
    assert reason(parse_jws, f"{part(header)}.{part({})}.AAAA") == why


@pytest.mark.parametrize("typ", ["JWT", "jwt", "at+jwt", "application/at+jwt"])
def test_the_types_of_tokens_that_stand_for_callers_are_taken(typ: str) -> None:
    assert parse_jws(f"{part({'alg': 'RS256', 'typ': typ})}.{part({})}.AAAA").kid is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param('{"exp":1,"exp":2}', id="a member twice"),
        pytest.param('{"a":{"b":1,"b":1}}', id="a member twice further down"),
        pytest.param('{"\\u0061":1,"a":2}', id="a member twice, once escaped"),
        pytest.param('{"exp":NaN}', id="NaN"),
        pytest.param('{"exp":-Infinity}', id="Infinity"),
        pytest.param('{"exp":1e400}', id="a number beyond all floats"),
        pytest.param('{"exp":' + "9" * 5_000 + "}", id="a number of 5,000 digits"),
        pytest.param('{"sub":"\\ud800"}', id="half a surrogate pair"),
        pytest.param('{"\\udfff":1}', id="half a surrogate pair as a name"),
        pytest.param("{} {}", id="two documents"),
        pytest.param("[" * 12_000, id="12,000 brackets"),
        pytest.param('{"a":' * 101 + "1" + "}" * 101, id="101 levels"),
        pytest.param('{"a":' * 3_000 + "1" + "}" * 3_000, id="3,000 levels"),
        pytest.param(b'{"a":"\xff"}', id="broken UTF-8"),
        pytest.param("", id="nothing"),
    ],
)
def test_json_that_may_be_read_differently_is_refused(text: str | bytes) -> None:
    data = text.encode() if isinstance(text, str) else text
    assert reason(json_object, data, "it") == "it is not strict JSON"


def test_a_hundred_levels_are_read() -> None:
    assert json_object(b'{"a":' * 99 + b"{}" + b"}" * 99, "it")
    assert json_object(b'{"a":' + b"[" * 98 + b"]" * 98 + b',"b":[{},{},{}]}', "it")


def test_a_whole_surrogate_pair_is_a_letter() -> None:
    assert json_object(b'{"a":"\\ud83d\\ude00"}', "it") == {"a": "\U0001f600"}


def test_a_refusal_carries_nothing_of_what_was_refused() -> None:
    with pytest.raises(TokenRefused) as caught:
        json_object(b'{"secret', "it")
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "secret" not in f"{caught.value!r}{caught.value}"


def test_400_spellings_and_a_megabyte_are_refused_at_once() -> None:
    spellings = ["".join(letters) for letters in itertools.product("nN", "oO", "nN", "eE")]
    spellings += [f"{alg}{junk}" for alg in spellings for junk in (" ", "\0", "=", "256", "\u212a") * 5]
    tokens = [f"{part({'alg': alg, 'crit': []})}.{part({})}.AAAA" for alg in spellings]
    tokens += ["eyJ" + "a" * 1_000_000, "a." * 5_000]
    assert len(tokens) > 400
    slowest = 0.0
    for token in tokens:
        began = time.process_time()
        assert reason(parse_jws, token)
        slowest = max(slowest, time.process_time() - began)
    assert slowest < 0.1


@pytest.mark.parametrize(
    ("header", "token"),
    [
        ("a.b.c", "a.b.c"),
        ("Bearer a.b.c", "a.b.c"),
        ("bearer  a.b.c", "a.b.c"),
        ("Basic a", "Basic a"),
        ("", ""),
    ],
)
def test_the_word_bearer_may_stand_before_a_token(header: str, token: str) -> None:
    assert bearer(header) == token
