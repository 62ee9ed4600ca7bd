"""Tokens made to hurt, over the wire: refused by gunicorn or the gateway, and every worker lives on."""

from __future__ import annotations

import http.client
import itertools
import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from authorizers.tokens import CLAIMS, ISSUER, encoded, key_set, part, publisher, signature, token

from end_to_end.gunicorn_process import SITES, Gunicorn, gunicorn

PATIENCE = 60
USUAL: tuple[str, ...] = ()
ROOMY = ("--limit-request-field_size", str(4 * 1024 * 1024))
CUT_OFF = 0


class Shop(NamedTuple):
    server: Gunicorn
    roomy: bool
    issuer: str
    asked: list[str]

    def claims(self, **more: Any) -> dict[str, Any]:
        return {**CLAIMS, "iss": self.issuer, "exp": int(time.time()) + 600, **more}

    def token(self, header: Any, payload: Any = None) -> str:
        """Signed with the issuer's own key, whatever its header says."""
        message = f"{part(header)}.{part(self.claims() if payload is None else payload)}"
        return f"{message}.{signature(message, 'rsa', 'RS256')}"


@pytest.fixture(scope="module", params=[USUAL, ROOMY], ids=["usual limits", "room for megabytes"])
def shop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    folder = tmp_path_factory.mktemp("shop")
    declared = (SITES / "shop.yaml").read_text()
    assert ISSUER in declared
    with publisher() as login:
        (folder / "shop.yaml").write_text(declared.replace(ISSUER, login.url))
        login.publish("/keys", key_set("rsa"))
        discovered = {"issuer": login.url, "jwks_uri": f"{login.url}/keys"}
        login.publish("/.well-known/openid-configuration", discovered)
        variables = [f"WSGI_GATEWAY_API={folder / 'shop.yaml'}", "WSGI_GATEWAY_APP=mirror:application"]
        options = [option for variable in variables for option in ("--env", variable)]
        with gunicorn("wsgi_gateway.mount:application", folder, *options, *request.param) as server:
            yield Shop(server, request.param is ROOMY, login.url, login.asked)


def status(shop: Shop, authorization: str) -> int:
    """The status, of gunicorn or the gateway; CUT_OFF if gunicorn closed before it had read all."""
    head = f"GET /orders HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", shop.server.port), timeout=PATIENCE) as client:
        try:
            with suppress(BrokenPipeError, ConnectionResetError):
                client.sendall(head.encode())
            response = http.client.HTTPResponse(client)
            response.begin()
            body = response.read()
        except ConnectionResetError:
            return CUT_OFF
    if response.status == 401:
        assert json.loads(body) == {"message": "Unauthorized"}
    return response.status


@pytest.fixture(autouse=True)
def workers_live_on(shop: Shop) -> Iterator[None]:
    """After every test the same processes are there, and let a genuine token in."""
    before = shop.server.workers() if Path("/proc/self/status").exists() else []
    yield
    genuine = token(shop.claims(), "rsa")
    assert [status(shop, genuine) for _ in range(4)] == [200] * 4
    if before:
        assert (len(before), shop.server.workers()) == (2, before)
    assert "Traceback" not in shop.server.log.read_text()


def test_a_genuine_token_passes(shop: Shop) -> None:
    answer = shop.server.ask("GET", "/orders", headers={"Authorization": f"Bearer {token(shop.claims())}"})
    assert (answer.status, answer.json()["user"]) == (200, "alice")


GOOD = {"alg": "RS256", "kid": "rsa", "typ": "JWT"}
DEEP = b'{"a":' * 30_000 + b"1" + b"}" * 30_000
NINES = b"9" * 500_000
LONG = "x" * 700_000

WHOLE = {
    "60 kB of one letter": "A" * 60_000,
    "1 MB of one letter": "A" * 1_000_000,
    "5,000 dots": "." * 5_000,
    "1,000,000 dots": "." * 1_000_000,
    "5,000 parts": ".".join(["eyJhIjoxfQ"] * 5_000),
    "100,000 times the word Bearer": "Bearer " * 100_000,
    "1 MB of blanks": "Bearer" + " " * 1_000_000 + "A",
}
HEADERS = {
    "a kid of 100 kB": {**GOOD, "kid": "k" * 100_000},
    "a header of 1 MB": {**GOOD, "alg": LONG},
    "a header 30,000 deep": DEEP,
    "a number of 500 kB": b'{"alg":"RS256","kid":' + NINES + b"}",
}
PAYLOADS = {
    "a subject of 1 MB for others": json.dumps({**CLAIMS, "sub": LONG, "aud": "desk"}).encode(),
    "claims 30,000 deep": DEEP,
    "an exp of 500 kB": json.dumps({**CLAIMS, "exp": 0}).encode().replace(b'"exp": 0', b'"exp": ' + NINES),
}


def refused(shop: Shop, authorization: str) -> None:
    assert status(shop, authorization) in (400, 401, 431, *([] if shop.roomy else [CUT_OFF]))


@pytest.mark.parametrize("whole", WHOLE.values(), ids=WHOLE)
def test_what_is_far_too_long_is_refused(shop: Shop, whole: str) -> None:
    refused(shop, whole)


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_signed_tokens_with_monstrous_headers_are_refused(shop: Shop, header: Any) -> None:
    refused(shop, shop.token(header))


@pytest.mark.parametrize("payload", PAYLOADS.values(), ids=PAYLOADS)
def test_signed_tokens_with_monstrous_claims_are_refused(shop: Shop, payload: bytes) -> None:
    refused(shop, shop.token(GOOD, payload.replace(ISSUER.encode(), shop.issuer.encode())))


def test_a_signature_of_1_MB_after_a_genuine_token_is_refused(shop: Shop) -> None:
    refused(shop, token(shop.claims()) + "A" * 1_000_000)


NAMES = ("none", "RS256", "RS384", "RS512", "HS256", "HS384", "HS512", "ES256K", "PS256", "EdDSA", "dir")
ODD = ("{} ", " {}", "{}\0", "\0{}", "{}\n", "\u200b{}", "{}\u0301", "{},RS256", "RS256,{}", "['{}']", "x-{}")
OTHERS = (
    None,
    True,
    256,
    1e308,
    [],
    ["RS256"],
    {},
    {"RS256": 1},
    "",
    " ",
    "\ud800",
    "R\u0405256",
    "RS256" * 900,
)


def cases(name: str) -> Iterator[str]:
    """A name in all mixtures of small and capital letters."""
    for letters in itertools.product(*(sorted({letter.lower(), letter.upper()}) for letter in name)):
        yield "".join(letters)


def spellings() -> list[Any]:
    """400 values of alg, none of them one of the authorizer's."""
    texts = [odd.format(name) for name in (*NAMES, "ES256") for odd in ODD]
    texts += [case for name in NAMES for case in cases(name)]
    texts += [f"RS{bits}" for bits in range(1, 200)]
    return [*OTHERS, *(text for text in dict.fromkeys(texts) if text not in ("RS256", "ES256"))][:400]


def test_400_spellings_of_alg_are_refused_over_a_right_signature(shop: Shop) -> None:
    tried = spellings()
    assert len(tried) == 400
    for alg in tried:
        assert status(shop, shop.token({"alg": alg, "kid": "rsa"})) == 401, alg


def test_kids_that_name_other_things_are_refused_and_nothing_is_fetched(shop: Shop) -> None:
    assert status(shop, token(shop.claims())) == 200
    before = set(shop.asked)
    kids = ["../../../etc/passwd", "' OR 1=1 --", "$(id)", "rsa\0", f"{shop.issuer}/evil", "k" * 4_000]
    for kid in (*kids, "", 7, None, [], {}):
        header = {"alg": "RS256", "kid": kid, "jku": f"{shop.issuer}/evil", "x5u": f"{shop.issuer}/evil"}
        assert status(shop, shop.token(header)) == 401, kid
    assert set(shop.asked) == before


@pytest.mark.parametrize("size", [1, 2, 3, 4, 100, 1_500])
def test_noise_is_refused(shop: Shop, size: int) -> None:
    noise = encoded(bytes(range(256)) * 5)[:size]
    for form in (
        "{0}",
        "{0}.{0}",
        "{0}.{0}.{0}",
        "{0}.{0}.{0}.{0}.{0}",
        "..{0}",
        "{0}..",
        "Bearer Bearer {0}",
    ):
        assert status(shop, form.format(noise)) == 401, form
