"""What verifying a signed request costs: ``python benchmarks/sigv4.py``.

Printed in microseconds (best of many short rounds, all in this process), and as the ratio to the SHA-256 of
4 kB of the same run, which is what may be compared between machines and days. What botocore takes to sign
the same request stands beside it. Below: how long refusing takes for what nobody honest sends.
"""

from __future__ import annotations

import io
import timeit
from collections.abc import Callable
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from wsgi_gateway.authorizers.credentials import Credential
from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.authorizers.signature_refused import SignatureRefused
from wsgi_gateway.authorizers.sigv4 import SignatureVerifier
from wsgi_gateway.authorizers.wire_request import WireRequest, from_context
from wsgi_gateway.context import Context

ROUNDS, CALLS = 60, 300
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
BLOCK = b"x" * 4096
ALICE = PrincipalRecord(arn="arn:aws:iam::123456789012:user/alice")
VERIFIER = SignatureVerifier([Credential(KEY, SECRET, principal=ALICE)], region="us-east-1")


def signed(auth: Any, url: str, method: str = "GET", body: bytes = b"", **headers: str) -> dict[str, Any]:
    request = AWSRequest(method=method, url=url, data=body, headers=headers)
    auth(Credentials(KEY, SECRET), "execute-api", "us-east-1").add_auth(request)
    parts = urlsplit(request.prepare().url)
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": parts.path,
        "RAW_URI": parts.path + ("?" + parts.query if parts.query else ""),
        "QUERY_STRING": parts.query,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": parts.netloc,
        "HTTP_USER_AGENT": "Botocore/1.40",
        "HTTP_ACCEPT": "*/*",
        "HTTP_CONNECTION": "keep-alive",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    environ.update(
        {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}
    )
    return environ


def microseconds(call: Callable[[], Any], calls: int = CALLS) -> float:
    return min(timeit.repeat(call, number=calls, repeat=ROUNDS)) / calls * 1e6


def verifying() -> None:
    url = "https://api.example.com/dev/pets/7"
    environs = {
        "header, no query": signed(SigV4Auth, url),
        "header, five parameters": signed(SigV4Auth, url + "?a=1&b=two%20words&c=%2F&d=4&e="),
        "presigned": signed(SigV4QueryAuth, url),
        "header, POST of 1 kB": signed(SigV4Auth, url, "POST", b"x" * 1024, **{"Content-Type": "text/plain"}),
    }
    unit = microseconds(lambda: sha256(BLOCK).digest())
    print(f"{'SHA-256 of 4 kB':36} {unit:7.2f} us")
    for name, environ in environs.items():
        body = environ["wsgi.input"].getvalue()
        hashing = microseconds(lambda body=body: sha256(body).hexdigest())  # type: ignore[misc]

        def verify(environ: dict[str, Any] = environ, body: bytes = body) -> Any:
            request = from_context(Context(environ))
            request.body = lambda: body
            return VERIFIER.verify(request)

        taken = microseconds(verify) - hashing
        print(f"verify {name:29} {taken:7.2f} us {taken / unit:7.1f} x, without the body's hash")
    request = AWSRequest(method="GET", url=url)
    signer = SigV4Auth(Credentials(KEY, SECRET), "execute-api", "us-east-1")

    taken = microseconds(lambda: signer.add_auth(request), 50)
    print(f"{'botocore signs (header, no query)':36} {taken:7.2f} us {taken / unit:7.1f} x")


def refusing() -> None:
    long = "AWS4-HMAC-SHA256 Credential=" + "a" * 1_000_000
    names = ";".join(sorted(f"h{number:05}" for number in range(10_000)))
    many = f"AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders={names}, Signature={'0' * 64}"
    headers = [("Host", "a"), ("X-Amz-Date", "20300101T000000Z")]
    requests = {
        "an Authorization of 1 MB": [*headers, ("Authorization", long)],
        "10,000 signed headers": [*headers, ("Authorization", many)],
        "10,000 unsigned x-amz-*": [
            *headers,
            ("Authorization", many.replace(names, "host;x-amz-date")),
            *[(f"x-amz-{number}", "v") for number in range(10_000)],
        ],
    }
    for name, pairs in requests.items():

        def refuse(pairs: list[tuple[str, str]] = pairs) -> None:
            try:
                VERIFIER.verify(WireRequest("GET", "/", headers=pairs))
            except SignatureRefused:
                return
            raise AssertionError("admitted")

        print(f"refuse {name:29} {microseconds(refuse, 1) / 1000:7.2f} ms")


if __name__ == "__main__":
    verifying()
    refusing()
