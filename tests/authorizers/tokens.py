"""What the tests of tokens share: keys, tokens good and bad, and a publisher of key sets on loopback."""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from wsgi_gateway.authorizers.issuers import Issuer
from wsgi_gateway.authorizers.jwk import ALGORITHMS
from wsgi_gateway.authorizers.jwks import KeySet
from wsgi_gateway.authorizers.jwt_token import TokenRefused, TokenVerifier

PATIENCE = 20.0
"""Seconds after which a test gives up: a failure, never part of a test that passes."""

ISSUER = "https://login.example.com"
NOW = 1_800_000_000.0
CLAIMS: dict[str, Any] = {"iss": ISSUER, "aud": "shop", "sub": "alice", "exp": NOW + 60}
CURVES = {"ES256": ec.SECP256R1(), "ES384": ec.SECP384R1(), "ES512": ec.SECP521R1()}


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@cache
def private(name: str) -> Any:
    """The private key of a name: ``rsa...`` or ``rsa...-1024`` (bits), or ``ES...``, whose curve it has."""
    if name.startswith("rsa"):
        return rsa.generate_private_key(public_exponent=65537, key_size=int([*name.split("-"), "2048"][1]))
    return ec.generate_private_key(CURVES[name[:5]])


def jwk(name: str, **more: Any) -> dict[str, Any]:
    """The public key of a name, which is its ``kid`` too."""
    algorithm: Any = RSAAlgorithm if name.startswith("rsa") else ECAlgorithm
    entry = algorithm.to_jwk(private(name).public_key(), as_dict=True)
    del entry["key_ops" if "key_ops" in entry else "kty"]
    return {"kty": "RSA" if name.startswith("rsa") else "EC", **entry, "kid": name, **more}


def key_set(*names: str) -> dict[str, Any]:
    return {"keys": [jwk(name) for name in names]}


def encoded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def part(value: Any) -> str:
    """A part of a token: JSON of a value, or bytes or text as they are."""
    if isinstance(value, str):
        value = value.encode()
    return encoded(value if isinstance(value, bytes) else json.dumps(value).encode())


def signature(message: str, name: str, alg: str) -> str:
    algorithm: Any = RSAAlgorithm if alg.startswith("RS") else ECAlgorithm
    return encoded(algorithm(getattr(algorithm, f"SHA{alg[2:]}")).sign(message.encode(), private(name)))


def token(claims: Any = None, name: str = "rsa", alg: str = "RS256", **header: Any) -> str:
    """A genuine token. ``claims``: changes to CLAIMS (None leaves one out), or a whole payload as text.

    Members of the header are as given, None leaves one out.
    """
    if claims is None or isinstance(claims, dict):
        claims = {key: value for key, value in {**CLAIMS, **(claims or {})}.items() if value is not None}
    members = {key: value for key, value in {"alg": alg, "kid": name, **header}.items() if value is not None}
    message = f"{part(members)}.{part(claims)}"
    return f"{message}.{signature(message, name, alg)}"


def altered(good: str, place: int) -> str:
    """The token with one character of a part changed, and still in canonical form."""
    parts = good.split(".")
    parts[place] = ("B" if parts[place][0] == "A" else "A") + parts[place][1:]
    return ".".join(parts)


def verifier(**more: Any) -> TokenVerifier:
    """Of tokens for the shop by ISSUER, which has two RSA keys and one on each curve."""
    keys = KeySet(key_set("rsa", "rsa2", *CURVES))
    issuer = Issuer(ISSUER, audiences=["shop"], keys=keys)
    return TokenVerifier([issuer], **{"algorithms": ALGORITHMS, "clock": lambda: NOW, **more})


def reason(call: Any, *args: Any) -> str:
    """Why a token is refused."""
    try:
        call(*args)
    except TokenRefused as refused:
        return refused.reason
    raise AssertionError("it was not refused")


class Publisher:
    """Answers by path, as raw bytes; ``asked`` are the paths in order. None never answers."""

    def __init__(self) -> None:
        self.answers: dict[str, bytes | None] = {}
        self.asked: list[str] = []
        self.stopping = threading.Event()
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked.append(self.path)
                answer = publisher.answers[self.path]
                if answer is None:
                    publisher.stopping.wait(PATIENCE)
                else:
                    self.wfile.write(answer)
                self.close_connection = True

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def publish(self, path: str, document: Any, *headers: str, status: str = "200 OK") -> None:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        head = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(body)}", "", "")
        self.answers[path] = "\r\n".join(head).encode() + body

    def close(self) -> None:
        self.stopping.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def publisher() -> Iterator[Publisher]:
    made = Publisher()
    try:
        yield made
    finally:
        made.close()
