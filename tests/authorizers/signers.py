"""What the tests of signatures share: requests signed by botocore, as a server would hand them over."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from wsgi_gateway.authorizers.canonical_request import canonical_request, string_to_sign
from wsgi_gateway.authorizers.credentials import Credential
from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.authorizers.signature_refused import SignatureRefused
from wsgi_gateway.authorizers.signed_request import Signature, basic_format
from wsgi_gateway.authorizers.sigv4 import Caller, SignatureVerifier, signing_key
from wsgi_gateway.authorizers.wire_request import WireRequest, from_environ

KEY = "AKIDEXAMPLEKEY1"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TOKEN = "FwoGZXIvYXdzEPT//token+with/odd=characters=="
NOW = 1_440_938_160
ALICE = PrincipalRecord(arn="arn:aws:iam::123456789012:user/alice", user_id="AIDAEXAMPLEALICE")
ALICES_KEY = Credential(KEY, SECRET, principal=ALICE)
ALICES_SESSION = Credential(KEY, SECRET, TOKEN, principal=ALICE)
HOST = "api.example.com"

HEADER, QUERY = SigV4Auth, SigV4QueryAuth


@dataclass
class Sent:
    """A signed request as the server's environ, and when it was signed."""

    environ: dict[str, Any]
    time: float

    def request(self) -> WireRequest:
        return from_environ(self.environ)

    def key(self, prefix: str) -> str:
        """The one environ key that begins so."""
        return next(key for key in self.environ if key.startswith(prefix))


def sent(
    target: str = "/pets",
    *,
    method: str = "GET",
    body: bytes = b"",
    form: Any = HEADER,
    token: str | None = None,
    region: str = "us-east-1",
    service: str = "execute-api",
    params: Any = None,
    **headers: str,
) -> Sent:
    """Signed by botocore. Header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    given = b"" if form is QUERY else body  # presigning, botocore would turn a body into parameters
    if form is QUERY:
        form = type("Presigned", (QUERY,), {"payload": lambda self, request: sha256(body).hexdigest()})
    request = AWSRequest(
        method=method, url=f"https://{HOST}{target}", data=given, headers=named, params=params or {}
    )
    form(Credentials(KEY, SECRET, token), service, region).add_auth(request)
    prepared = request.prepare()
    url = urlsplit(prepared.url)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(url.path).decode("latin-1"),
        "RAW_URI": url.path + ("?" + url.query if url.query else ""),
        "QUERY_STRING": url.query,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": HOST,
        "wsgi.input": io.BytesIO(body),
    }
    for name, value in prepared.headers.items():
        key = name.upper().replace("-", "_")
        text = value if isinstance(value, str) else value.decode("latin-1")
        environ[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_" + key] = text
    if body and not given:
        environ["CONTENT_LENGTH"] = str(len(body))
    date = request.context["timestamp"]
    return Sent(environ, datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp())


def verifier(*credentials: Credential, now: float = NOW, **options: Any) -> SignatureVerifier:
    options.setdefault("region", "us-east-1")
    return SignatureVerifier(credentials or [ALICES_KEY], clock=lambda: now, **options)


def verified(one: Sent, *credentials: Credential, later: float = 0, **options: Any) -> Caller:
    return verifier(*credentials, now=one.time + later, **options).verify(one.request())


def refusal(one: Sent, *credentials: Credential, later: float = 0, **options: Any) -> SignatureRefused:
    try:
        verified(one, *credentials, later=later, **options)
    except SignatureRefused as refused:
        return refused
    raise AssertionError("admitted")


def signed(
    method: str = "GET",
    path: str = "/",
    query: str = "",
    headers: Iterable[tuple[str, str]] = (),
    body: bytes = b"",
    *,
    names: str = "host;x-amz-date",
    time: float = NOW,
    region: str = "us-east-1",
    service: str = "execute-api",
    day: str | None = None,
    payload: str | None = None,
) -> WireRequest:
    """Signed rightly by the package's own arithmetic, whatever else may be odd about it."""
    date = basic_format(time)
    scope = [KEY, day or date[:8], region, service, "aws4_request"]
    given = list(headers)
    if not any(name.lower() == "x-amz-date" for name, _ in given):
        given.append(("X-Amz-Date", date))
    if not any(name.lower() == "host" for name, _ in given):
        given.append(("Host", HOST))
    request = WireRequest(method, path, query, given, lambda: body)
    unsigned = Signature(scope, date, NOW, names.split(";"), "", None, False, None, None)
    canonical = canonical_request(request, unsigned, payload or sha256(body).hexdigest())
    value = digest(
        signing_key(SECRET, *scope[1:4]), string_to_sign(unsigned, canonical).encode(), "sha256"
    ).hex()
    request.headers["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={'/'.join(scope)}, SignedHeaders={names}, Signature={value}"
    )
    return request


def reason(request: WireRequest, *credentials: Credential, **options: Any) -> str:
    """Why a request is refused; the empty text if it is admitted."""
    try:
        verifier(*credentials, **options).verify(request)
    except SignatureRefused as refused:
        return refused.reason
    return ""
