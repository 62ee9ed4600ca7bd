"""Requests signed by botocore and sent byte by byte as it left them, and the site that they are for."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from end_to_end.gunicorn_process import SITES, Answer, Gunicorn, gunicorn, read

SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SESSION = "FwoGZXIvYXdzEPT//token+with/odd=characters=="
ALICE = Credentials("AKIAEXAMPLEALICE", SECRET)
ALICES_SESSION = Credentials("ASIAEXAMPLEALICE", SECRET, SESSION)
YESTERDAYS_SESSION = Credentials("ASIAEXAMPLEPAST", SECRET, SESSION)
BOB = Credentials("AKIAEXAMPLEBOB", SECRET[::-1])
CAROL = Credentials("AKIAEXAMPLECAROL", SECRET.lower())
USER = "arn:aws:iam::123456789012:user/"
METHODS = "arn:aws:execute-api:us-east-1:123456789012:*/prod/"


def statement(effect: str, *methods: str) -> dict[str, Any]:
    return {"Effect": effect, "Action": "execute-api:Invoke", "Resource": [METHODS + one for one in methods]}


def entry(keys: Credentials, name: str, *statements: dict[str, Any], **more: str) -> dict[str, Any]:
    """A caller as the file of credentials has it."""
    policies = [{"Version": "2012-10-17", "Statement": statements}] if statements else []
    return {
        "access_key_id": keys.access_key,
        "secret_access_key": keys.secret_key,
        **({"session_token": keys.token} if keys.token else {}),
        "principal": {"arn": USER + name, "user_id": f"AIDA{name.upper()}", "policies": policies},
        **more,
    }


CREDENTIALS = [
    entry(ALICE, "alice", statement("Allow", "*")),
    entry(ALICES_SESSION, "alice", statement("Allow", "*"), expires="2999-01-01T00:00:00Z"),
    entry(YESTERDAYS_SESSION, "alice", statement("Allow", "*"), expires="2020-01-01T00:00:00Z"),
    entry(BOB, "bob", statement("Allow", "GET/letters/*"), statement("Deny", "*/letters/secret*")),
    entry(CAROL, "carol"),
]


@contextmanager
def vault(folder: Path) -> Iterator[Gunicorn]:
    """The site under gunicorn, its credentials in a file."""
    (folder / "credentials.json").write_text(json.dumps({"credentials": CREDENTIALS}))
    variables = {
        "WSGI_GATEWAY_API": SITES / "vault.yaml",
        "WSGI_GATEWAY_APP": "mirror:application",
        "WSGI_GATEWAY_STAGE": "prod",
        "WSGI_GATEWAY_CREDENTIALS": folder / "credentials.json",
    }
    options = [option for name, value in variables.items() for option in ("--env", f"{name}={value}")]
    with gunicorn("wsgi_gateway.mount:application", folder, *options) as running:
        yield running


class Request:
    """A signed request, as bytes to be sent; tests change it afterwards."""

    def __init__(self, verb: str, target: str, headers: dict[str, str], body: bytes) -> None:
        self.verb, self.target, self.headers, self.body = verb, target, headers, body

    def send(self, server: Gunicorn) -> Answer:
        connection = server.connection()
        try:
            connection.putrequest(self.verb, self.target, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                connection.putheader(name, value)
            connection.endheaders(self.body or None)
            return read(connection)
        finally:
            connection.close()


Sign = Callable[..., Request]


class Presigned(SigV4QueryAuth):
    """Covers the body too; without this, botocore makes parameters of it."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.hash = ""

    def payload(self, request: AWSRequest) -> str:
        return self.hash


def by_header(
    server: Gunicorn,
    target: str,
    verb: str = "GET",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    keys: Credentials = ALICE,
    **scope: str,
) -> Request:
    request = AWSRequest(
        method=verb, url=f"http://127.0.0.1:{server.port}{target}", data=body, headers=headers
    )
    scope = {"service_name": "execute-api", "region_name": "us-east-1", **scope}
    SigV4Auth(keys, **scope).add_auth(request)
    return prepared(request, body)


def presigned(
    server: Gunicorn,
    target: str,
    verb: str = "GET",
    body: bytes = b"",
    headers: dict[str, str] | None = None,
    keys: Credentials = ALICE,
) -> Request:
    request = AWSRequest(method=verb, url=f"http://127.0.0.1:{server.port}{target}", headers=headers)
    signer = Presigned(keys, "execute-api", "us-east-1", 60)
    signer.hash = sha256(body).hexdigest()
    signer.add_auth(request)
    return prepared(request, body)


def prepared(request: AWSRequest, body: bytes) -> Request:
    made = request.prepare()
    url = urlsplit(made.url)
    target = made.url.removeprefix(f"http://{url.netloc}")
    headers = {
        name: value if isinstance(value, str) else value.decode() for name, value in made.headers.items()
    }
    if body:
        headers["Content-Length"] = str(len(body))
    return Request(request.method, target, {"Host": url.netloc, **headers}, body)
