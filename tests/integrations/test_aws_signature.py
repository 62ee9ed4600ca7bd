"""Whatever is asked for, the signature is right: a server works it out once more, from what came."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import quote

import pytest
from integrations.aws_calls import (
    KEY,
    SECRET,
    TOKEN,
    Seen,
    SignedServer,
    ask,
    isolate,
    signed_server,
    signing_session,
)

from wsgi_gateway.authorizers.credentials import Credential
from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.authorizers.signature_refused import SignatureRefused
from wsgi_gateway.authorizers.sigv4 import SignatureVerifier
from wsgi_gateway.authorizers.wire_request import WireRequest
from wsgi_gateway.integrations.aws_services import AwsServices
from wsgi_gateway.integrations.path_template import leaves_its_place

SERVICES = {"S3": "s3:path/shelf/{key}", "another service": "sqs:path/shelf/{key}"}
both_kinds = pytest.mark.parametrize("target", SERVICES.values(), ids=SERVICES)

KEYS = {
    "plain": "tea.txt",
    "a blank": "green tea.txt",
    "UTF-8": "t\u00e9/\u8336.txt",
    "a plus sign": "a+b",
    "an escaped slash": "a%2Fb",
    "an escape in small letters": "a%2fb%c3%a9",
    "an escape without need": "%61%7E",
    "an escaped percent sign": "100%25",
    "a bare percent sign": "100%",
    "doubled slashes": "a//b///c",
    "a trailing slash": "a/b/",
    "reserved characters": "$&'()*,:;=@!",
    "unreserved characters": "-._~",
    "what URLs do not have": '"<>[]^`{|}',
    "a question mark and a hash": "a?b#c",
    "dots within a segment": "a/..b/c../...",
    "nothing": "",
}
QUERIES = {
    "one parameter": "list-type=2",
    "out of order": "b=2&a=1&B=3",
    "repeated": "a=2&a=1&a=2",
    "empty values": "a=&b=",
    "names without a value": "uploads&b=1",
    "a plus for a blank": "a=b+c",
    "an escaped plus": "a=b%2Bc",
    "a slash": "prefix=a/b",
    "an equals sign in a value": "a=b=c==",
    "UTF-8": "a=%E8%8C%B6",
    "raw bytes as WSGI has them": "a=\xe8\x8c\xb6",
    "an escape without need": "%61=%7e",
    "empty pairs": "&&a=1&",
    "reserved characters": "a='()*!;:@,$",
}
HEADERS = {
    "text": "tea",
    "blanks in a row": "a   b",
    "blanks around": "  a  ",
    "a tab": "a\tb",
    "UTF-8 as WSGI has it": "th\u00e9 \u8336".encode().decode("latin-1"),
    "a blank that is not ASCII": "a\u00a0b\u2003c".encode().decode("latin-1"),
    "quotes and commas": '"a, b", c',
    "nothing": "",
}
BODIES = {"none": b"", "text": b"tea", "bytes": bytes(range(256)), "a large one": b"\0\xff" * 100_000}


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    isolate(monkeypatch)


@pytest.fixture(scope="module")
def server() -> Iterator[SignedServer]:
    with signed_server() as made:
        yield made


@lru_cache
def services(server: SignedServer, token: str | None = None) -> AwsServices:
    return AwsServices(session=signing_session(token), endpoint_url=server.url)


@both_kinds
@pytest.mark.parametrize("method", ["GET", "PUT", "HEAD", "DELETE", "POST"])
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
def test_of_any_path(server: SignedServer, target: str, key: str, method: str) -> None:
    encoded = key if "%" in key else quote(key, safe="/-._~!$&'()*+,;=:@")
    answer = ask(target, method, services=services(server), path={"key": encoded}, body=b"tea")
    assert (answer.status, answer.body if method != "HEAD" else b"ok") == (200, b"ok")


@both_kinds
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_of_any_query_string(server: SignedServer, target: str, query: str) -> None:
    answer = ask(target, "GET", services=services(server), path={"key": "x"}, query=query)
    assert (answer.status, answer.body) == (200, b"ok")


@both_kinds
@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_of_the_query_string_of_the_uri(server: SignedServer, target: str, query: str) -> None:
    answer = ask(f"{target}?{query}", "GET", services=services(server), path={"key": "x"}, query="z=1")
    assert (answer.status, answer.body) == (200, b"ok")
    assert server.seen[-1].target.endswith("z=1")


@both_kinds
@pytest.mark.parametrize("value", HEADERS.values(), ids=HEADERS)
def test_of_any_header(server: SignedServer, target: str, value: str) -> None:
    headers = {"HTTP_X_AMZ_META_TEA": value, "HTTP_X_OTHER": value, "CONTENT_TYPE": value}
    answer = ask(target, "PUT", services=services(server), path={"key": "x"}, body=b"tea", **headers)
    assert (answer.status, answer.body) == (200, b"ok")
    assert b"".join(server.seen[-1].headers["x-amz-meta-tea"].split()) != b"" or not value


@both_kinds
@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
@pytest.mark.parametrize("token", [None, TOKEN], ids=["a lasting key", "a temporary one"])
def test_of_any_body_and_key(server: SignedServer, target: str, body: bytes, token: str | None) -> None:
    answer = ask(target, "PUT", services=services(server, token), path={"key": "x"}, body=body)
    assert (answer.status, answer.body) == (200, b"ok")
    seen = server.seen[-1]
    assert seen.body == body
    assert seen.text.get("x-amz-security-token") == token


@both_kinds
def test_of_paths_drawn_at_random(server: SignedServer, target: str) -> None:
    draw = random.Random(6)
    reached = services(server)
    for _ in range(150):
        raw = bytes(draw.choice([*range(256), *b"/////%%%+."]) for _ in range(draw.randint(0, 9)))
        answer = ask(target, "GET", services=reached, path={"key": quote(raw)}, query=f"q={quote(raw)}")
        assert (answer.status, answer.body) == (200, b"ok") or (
            answer.status == 400 and leaves_its_place(f"/{quote(raw)}")
        ), raw


def test_a_mapping_cannot_put_its_own_in_the_place_of_the_signature(server: SignedServer) -> None:
    names = ["Authorization", "Date", "X-Amz-Date", "X-Amz-Content-Sha256", "X-Amz-Security-Token", "Host"]
    mapped = {f"HTTP_{name.upper().replace('-', '_')}": "forged" for name in names}
    for target in SERVICES.values():
        answer = ask(target, "PUT", services=services(server), path={"key": "x"}, body=b"tea", **mapped)
        assert (answer.status, answer.body) == (200, b"ok")
        assert "forged" not in str(server.seen[-1].text)


def test_a_header_that_is_not_utf_8_cannot_be_signed(server: SignedServer) -> None:
    before = len(server.seen)
    answer = ask(SERVICES["S3"], "GET", services=services(server), HTTP_X_AMZ_META_TEA="\xff\xfe")
    assert (answer.status, len(server.seen)) == (400, before)


def as_wire(seen: Seen) -> WireRequest:
    path, _, query = seen.target.partition("?")
    return WireRequest(seen.method, path, query, seen.text.items(), lambda: seen.body)


def test_the_project_s_own_verifier_agrees_and_notices_every_change(server: SignedServer) -> None:
    alice = PrincipalRecord(arn="arn:aws:iam::123456789012:user/alice")
    known = [Credential(KEY, SECRET, TOKEN, principal=alice)]
    verifier = SignatureVerifier(known, region="eu-west-1", service="sqs")
    target = "sqs:path/shelf/{key}?z=1&a=%20"
    ask(target, services=services(server, TOKEN), path={"key": "a%20b//c"}, body=b"tea", HTTP_X_TEA="green")
    seen = server.seen[-1]
    assert verifier.verify(as_wire(seen)).access_key_id == KEY
    for attribute, value in [("method", "PUT"), ("target", seen.target + "1"), ("body", b"coffee")]:
        changed = Seen(seen.method, seen.target, seen.pairs, seen.body)
        setattr(changed, attribute, value)
        with pytest.raises(SignatureRefused):
            verifier.verify(as_wire(changed))
        assert Seen(changed.method, changed.target, changed.pairs, changed.body).why != ""
