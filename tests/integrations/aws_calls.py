"""What the tests of AWS services share: settings of their own, requests, and a server that checks signatures.

The server is no gateway and no botocore: it makes the canonical request once more, by the letter of AWS's
description, from the bytes that came over the wire.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
from botocore.session import Session

from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.integrations.aws_service import AwsService
from wsgi_gateway.integrations.aws_services import AwsServices
from wsgi_gateway.wsgi import call_app

KEY, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a/session+token=="
HERE = "arn:aws:apigateway:eu-west-1:"


def isolate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own settings: no key, no profile, no endpoint, no instance."""
    import os

    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def signing_session(token: str | None = None) -> Session:
    """A session that knows one key."""
    session = Session()
    session.set_credentials(KEY, SECRET, token)
    return session


def environ_of(
    method: str = "POST",
    *,
    body: bytes = b"",
    query: str = "",
    path: dict[str, str] | None = None,
    deployment: Deployment | None = None,
    **headers: str,
) -> dict[str, Any]:
    """What an integration gets: the request reshaped, placeholders' values in the context."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "PATH_INFO": "/",
        "QUERY_STRING": query,
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        **headers,
    }
    context = environ["wsgi_gateway.context"] = Context(environ, deployment or Deployment())
    context.integration_path = path or {}
    return environ


class Answer:
    """What came back, with the reason of a refusal."""

    def __init__(self, app: Any, environ: dict[str, Any]) -> None:
        response = call_app(app, environ)
        self.status = int(response.status[:3])
        self.headers = {name.lower(): value for name, value in response.headerlist}
        self.body = b"".join(response.app_iter)
        response.close()
        error = environ["wsgi_gateway.context"].error
        self.reason = None if error is None else error.reason


def ask(target: str, method: str = "POST", *, services: AwsServices, **more: Any) -> Answer:
    """The answer of ``SERVICE:path/...`` or ``SERVICE:action/...`` in eu-west-1."""
    app = AwsService(HERE + target, services=services, **{k: more.pop(k) for k in _OPTIONS & set(more)})
    return Answer(app, environ_of(method, **more))


_OPTIONS = {"credentials", "timeout", "http_method"}


# ------------------------------------------------------------ a server that checks signatures


class Seen:
    """One request as it came."""

    def __init__(self, method: str, target: str, headers: list[tuple[str, bytes]], body: bytes) -> None:
        self.method, self.target, self.pairs, self.body = method, target, headers, body
        self.headers = {name.lower(): value for name, value in headers}
        self.text = {name: value.decode("latin-1") for name, value in self.headers.items()}
        self.why = why_refused(self)


def why_refused(seen: Seen) -> str:
    """Why AWS would refuse the signature; empty for a good one."""
    names = [name.lower() for name, _ in seen.pairs]
    if len(set(names)) < len(names):
        return "a header came twice"
    words = seen.text.get("authorization", "").replace(",", "").split()
    if len(words) != 4 or words[0] != "AWS4-HMAC-SHA256":
        return "no signature"
    parts = dict(word.split("=", 1) for word in words[1:])
    key, day, region, service, end = parts["Credential"].split("/")
    signed = parts["SignedHeaders"].split(";")
    must = {"host", *(name for name in seen.headers if name.startswith("x-amz-"))} - set(signed)
    if must or key != KEY or end != "aws4_request" or seen.text["x-amz-date"][:8] != day:
        return f"not signed: {must}, or another key or day"
    digest = hashlib.sha256(seen.body).hexdigest()
    if service == "s3" and seen.text.get("x-amz-content-sha256") != digest:
        return "the body is another"
    path, _, query = seen.target.partition("?")
    canonical = b"\n".join(
        [
            seen.method.encode(),
            canonical_path(path, twice=service != "s3").encode(),
            canonical_query(query).encode(),
            *(name.encode() + b":" + b" ".join(seen.headers[name].split()) for name in signed),
            b"",
            ";".join(signed).encode(),
            digest.encode(),
        ]
    )
    scope = f"{day}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{seen.text['x-amz-date']}\n{scope}\n{hashlib.sha256(canonical).hexdigest()}"
    signing = b"AWS4" + SECRET.encode()
    for part in (day, region, service, "aws4_request"):
        signing = hmac.digest(signing, part.encode(), "sha256")
    good = hmac.new(signing, text.encode(), "sha256").hexdigest()
    return "" if good == parts["Signature"] else f"another signature than of {canonical!r}"


def canonical_path(path: str, *, twice: bool) -> str:
    """Every segment decoded and encoded, for all but S3 without empty ones and encoded once more."""
    segments = [quote(unquote_to_bytes(segment), safe="-_.~") for segment in path.split("/")]
    if not twice:
        return "/".join(segments)
    kept = "/".join(quote(segment, safe="-_.~") for segment in segments if segment)
    return f"/{kept}/" if kept and path.endswith("/") else f"/{kept}"


def canonical_query(query: str) -> str:
    """Every pair decoded, encoded and sorted; a plus sign is none, who sends one is refused."""
    assert "+" not in query
    pairs = [pair.partition("=") for pair in query.split("&") if pair]
    coded = [
        tuple(quote(unquote_to_bytes(text), safe="-_.~") for text in (name, value))
        for name, _, value in pairs
    ]
    return "&".join(f"{name}={value}" for name, value in sorted(coded))


class SignedServer:
    """Answers 200 to what is signed well and 403 to all else; ``answer`` says with what."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.answer: tuple[int, list[tuple[str, str]], bytes] = (200, [("Content-Type", "text/plain")], b"ok")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

            def _any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                # Python reads headers as latin-1, so this is what came.
                headers = [(name, value.encode("latin-1")) for name, value in self.headers.items()]
                seen = Seen(self.command, self.path, headers, body)
                outer.seen.append(seen)
                status, pairs, data = outer.answer if not seen.why else (403, [], seen.why.encode())
                self.send_response(status)
                for name, value in (*pairs, ("Content-Length", str(len(data)))):
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_PATCH = _any

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def close(self) -> None:
        """Stop it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@contextmanager
def signed_server() -> Iterator[SignedServer]:
    """A server for the time of a test."""
    server = SignedServer()
    try:
        yield server
    finally:
        server.close()
