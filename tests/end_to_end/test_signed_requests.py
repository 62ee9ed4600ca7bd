"""Requests that botocore has signed pass methods with AWS_IAM, and the app learns who sent them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

import pytest
import requests
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from end_to_end.gunicorn_process import Gunicorn
from end_to_end.signed_requests import ALICE, ALICES_SESSION, USER, Sign, by_header, presigned, vault

JSON = {"Content-Type": "application/json"}
BINARY = {"Content-Type": "application/octet-stream"}
NOISE = bytes(range(256)) * 40


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    with vault(tmp_path_factory.mktemp("vault")) as running:
        yield running


both_forms = pytest.mark.parametrize("sign", [by_header, presigned], ids=["by header", "presigned"])

TARGETS = {
    "the root": "/",
    "the root and a query": "/?a=1",
    "a plain path": "/letters/7",
    "a slash at the end": "/letters/",
    "doubled slashes": "/letters//a///7",
    "an escaped blank": "/a%20b",
    "an escaped percent sign": "/100%25/%2520",
    "an escape without need": "/%61%7Eb",
    "small letters in an escape": "/caf%c3%a9",
    "UTF-8": "/%E1%88%B4/caf%C3%A9",
    "a plus": "/a+b",
    "reserved characters": "/$default/@x/a:b,c;d=e/(f)'*!&g",
    "names that begin with dots": "/.well-known/..x/...",
    "all unreserved": "/-._~09AZaz",
    "a query out of order": "/x?b=2&a=1&B=3&a-=4",
    "repeated names": "/x?a=2&a=1&a=2",
    "empty values and names without": "/x?a=&b&c=1",
    "an escaped slash, plus and blank": "/x?a=%2Fb%2F&b=1%2B1&c=1%201",
    "UTF-8 in the query": "/x?%E1%88%B4=caf%C3%A9",
    "a query in a query": "/x?next=%2Fy%3Fa%3D1%26b%3D2",
}


# ------------------------------------------------------------ who passes


@both_forms
@pytest.mark.parametrize("keys", [ALICE, ALICES_SESSION], ids=["a user's key", "a session's key"])
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_what_botocore_signs_passes(server: Gunicorn, target: str, keys: Credentials, sign: Sign) -> None:
    request = sign(server, target, keys=keys)
    answer = request.send(server)
    assert answer.status == 200, answer.body
    told = answer.json()
    assert (told["user"], told["auth"]) == (USER + "alice", "AWS4-HMAC-SHA256")
    assert "HTTP_AUTHORIZATION" not in told["headers"]
    path, _, query = request.target.partition("?")
    assert told["path"] == unquote_to_bytes(path).decode("latin-1")
    assert told["query"] == query


@both_forms
@pytest.mark.parametrize("keys", [ALICE, ALICES_SESSION], ids=["a user's key", "a session's key"])
@pytest.mark.parametrize(
    ("body", "headers"),
    [
        pytest.param(b'{"item": "ring", "for": "\xc3\xa9"}', JSON, id="JSON"),
        pytest.param(NOISE, BINARY, id="every byte there is"),
        pytest.param(bytes(3_000_000), BINARY, id="three megabytes"),
        pytest.param(b"a=1&b=%20", {"Content-Type": "application/x-www-form-urlencoded"}, id="a form"),
        pytest.param(b"", {"X-Odd": "  two   blanks  ", "X-Empty": ""}, id="nothing, and odd headers"),
    ],
)
def test_bodies_pass(
    server: Gunicorn, body: bytes, headers: dict[str, str], keys: Credentials, sign: Sign
) -> None:
    answer = sign(server, "/letters?a=1", "POST", body, headers, keys).send(server)
    assert answer.status == 200, answer.body
    assert answer.json()["body"].encode("latin-1") == body


@both_forms
def test_the_caller_reaches_templates_and_mapped_parameters(server: Gunicorn, sign: Sign) -> None:
    answer = sign(server, "/receipts", "POST", b'{"item": "ring"}', JSON).send(server)
    assert answer.status == 200, answer.body
    told = answer.json()
    assert json.loads(told["body"]) == {
        "by": USER + "alice",
        "user": "AIDAALICE",
        "caller": "AIDAALICE",
        "account": "123456789012",
        "item": "ring",
    }
    assert told["headers"]["HTTP_X_CALLER"] == USER + "alice"
    assert (told["path"], told["query"]) == ("/written", f"key={ALICE.access_key}")


# ------------------------------------------------------------ as users of requests do it


class Signed(requests.auth.AuthBase):
    """Signs with botocore what requests is about to send. ``every``: all its headers, else the host alone."""

    def __init__(self, every: bool) -> None:
        self.every = every

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        headers = dict(prepared.headers) if self.every else {}
        url = str(prepared.url).replace("+", "%20")  # how requests writes a blank is not how it is signed
        request = AWSRequest(method=prepared.method, url=url, data=prepared.body or b"", headers=headers)
        SigV4Auth(ALICES_SESSION, "execute-api", "us-east-1").add_auth(request)
        prepared.headers.update(dict(request.headers.items()))
        return prepared


@pytest.fixture(scope="module")
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        made.trust_env = False
        yield made


@pytest.mark.parametrize("every", [True, False], ids=["all headers signed", "the host alone"])
def test_requests_with_a_hook_that_signs_passes(
    server: Gunicorn, session: requests.Session, every: bool
) -> None:
    site, auth = f"http://127.0.0.1:{server.port}", Signed(every)
    query = {"q": "1 + 1 = 2 & more", "ü": "ß/€", "a": ["2", "1"]}
    got = session.get(f"{site}/letters/été à la carte", params=query, auth=auth, timeout=60)
    assert (got.status_code, got.json()["user"]) == (200, USER + "alice")
    assert got.json()["path"].encode("latin-1").decode() == "/letters/été à la carte"
    posted = session.post(f"{site}/receipts", json={"item": "ring"}, auth=auth, timeout=60)
    assert json.loads(posted.json()["body"])["by"] == USER + "alice"
    upload = session.put(f"{site}/letters/photo", data=NOISE, auth=auth, timeout=60)
    assert upload.json()["body"].encode("latin-1") == NOISE
    form = session.post(f"{site}/letters", data={"a": "b c"}, auth=auth, timeout=60)
    assert form.json()["body"] == "a=b+c"
    unsigned = session.get(f"{site}/letters/7", timeout=60)
    assert (unsigned.status_code, unsigned.json()) == (403, {"message": "Missing Authentication Token"})
