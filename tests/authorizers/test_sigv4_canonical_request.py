"""The canonical form, and that the path signed is the path routed on."""

from __future__ import annotations

from urllib.parse import quote, unquote_to_bytes

import pytest
from authorizers.signers import HOST, NOW, reason, sent, signed, verified, verifier
from hypothesis import given
from hypothesis import strategies as st

from wsgi_gateway.authorizers.canonical_request import canonical_query, canonical_uri
from wsgi_gateway.authorizers.signature_refused import SignatureRefused
from wsgi_gateway.authorizers.wire_request import WireRequest, from_context, from_environ, signed_path
from wsgi_gateway.context import Context, canonical_path, context_of, request_path


@pytest.mark.parametrize(
    ("path", "canonical"),
    [
        ("", "/"),
        ("/", "/"),
        ("//", "/"),
        ("/a/b", "/a/b"),
        ("/a/b/", "/a/b/"),
        ("//a///b//", "/a/b/"),
        ("/./a", "/a"),
        ("/a/.", "/a"),
        ("/a/..", "/"),
        ("/../../a", "/a"),
        ("/a/b/../../c/", "/c/"),
        ("/a%20b", "/a%2520b"),
        ("/a b", "/a%20b"),
        ("/%2e%2e/a", "/%252e%252e/a"),
        ("/a+b", "/a%2Bb"),
        ("/$default/@x", "/%24default/%40x"),
        ("/caf\xc3\xa9", "/caf%C3%A9"),
        ("/~a-._", "/~a-._"),
        ("/.a/..b/...", "/.a/..b/..."),
    ],
)
def test_a_path_is_normal_and_encoded_once_more(path: str, canonical: str) -> None:
    assert canonical_uri(path) == canonical


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("", ""),
        ("a", "a="),
        ("a=", "a="),
        ("&&a=1&", "a=1"),
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=1", "a=1&a=2"),
        ("a-=1&a=1&a.=1", "a=1&a-=1&a.=1"),
        ("a=b=c", "a=b%3Dc"),
        ("a=b+c", "a=b%20c"),
        ("a=%2b", "a=%2B"),
        ("a=%7e%41", "a=~A"),
        ("a=%", "a=%25"),
        ("a=%zz", "a=%25zz"),
        ("a=\xc3\xa9", "a=%C3%A9"),
        ("a=%C3%A9", "a=%C3%A9"),
        ("=1", "=1"),
        ("B=1&a=1", "B=1&a=1"),
    ],
)
def test_a_query_is_sorted_and_encoded_as_aws_does(query: str, canonical: str) -> None:
    assert canonical_query(query) == canonical


@given(st.text(st.characters(max_codepoint=255), max_size=60))
def test_a_canonical_query_stays_as_it_is(query: str) -> None:
    once = canonical_query(query)
    assert canonical_query(once) == once


@given(st.binary(max_size=20))
def test_every_byte_has_one_encoding(raw: bytes) -> None:
    expected = "a=" + quote(raw, safe="-._~")
    for spelling in (
        quote(raw, safe=""),
        "".join(f"%{byte:02x}" for byte in raw),
        "".join(f"%{byte:02X}" for byte in raw),
    ):
        assert canonical_query(f"a={spelling}") == expected


def test_only_the_signature_itself_is_left_out() -> None:
    query = "X-Amz-Signature=1&X-Amz-Signature2=2&x-amz-signature=3"
    assert canonical_query(query, without="X-Amz-Signature") == "X-Amz-Signature2=2&x-amz-signature=3"


@pytest.mark.parametrize("blanks", ["  ", "\t", " \t ", "\n  ", "\r\n\t"], ids=repr)
def test_blanks_in_a_header_are_one(blanks: str) -> None:
    names = "host;x-amz-date;x-custom"
    request = signed(headers=[("X-Custom", "a b")], names=names)
    request.headers["x-custom"] = f"{blanks}a{blanks}b{blanks}"
    assert not reason(request)


@pytest.mark.parametrize("character", ["\xa0", "\x85", "\x0b", "\x1f"], ids=repr)
def test_other_space_is_no_blank(character: str) -> None:
    request = signed(headers=[("X-Custom", "a b")], names="host;x-amz-date;x-custom")
    request.headers["x-custom"] = f"a{character}b"
    assert reason(request) == "the signature is wrong"


def test_repeated_headers_are_joined_in_order() -> None:
    names = "host;x-amz-date;x-custom"
    headers = [("X-Custom", " b "), ("X-Custom", "a"), ("x-custom", "b")]
    request = signed(headers=headers, names=names)
    assert request.headers["x-custom"] == "b,a,b"
    assert not reason(request)


# ------------------------------------------------------------------------------------------------- routing


@pytest.mark.parametrize(
    "path", ["/a/../b", "/./a", "/a/.", "/a/..", "/..", "/.", "/admin/../public", "/a/./../b/"]
)
def test_a_path_with_dots_is_refused_because_it_is_not_what_was_signed(path: str) -> None:
    assert reason(signed(path=path)) == "the path that was signed is not the path that was asked for"


@pytest.mark.parametrize(
    "path", ["/.a", "/a.", "/..a", "/a..", "/...", "/a/.b/c..d", "/%2e%2e/a", "/a/%2E/b"]
)
def test_dots_that_are_part_of_a_name_are_admitted(path: str) -> None:
    assert not reason(signed(path=path))


SEGMENTS = [
    "a",
    "b",
    "..",
    ".",
    "",
    "%2e%2e",
    "%2E",
    "%2F",
    "%2f",
    "a%20b",
    "a+b",
    "%61",
    "%25",
    ".a",
    "a..",
    "%5c",
    "~",
    "\xe9",
    "%",
    "*",
    ":;=,@",
]


@given(st.lists(st.sampled_from(SEGMENTS), max_size=6), st.sampled_from(["", "/dev", "/a%20b"]))
def test_an_admitted_path_is_the_path_routed_on(segments: list[str], mount: str) -> None:
    raw = f"{mount}/" + "/".join(segments)
    path_info = unquote_to_bytes(raw.encode("latin-1")).decode("latin-1")
    script_name = unquote_to_bytes(mount).decode("latin-1")
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": script_name,
        "PATH_INFO": path_info[len(script_name) :],
        "RAW_URI": raw,
        "HTTP_HOST": HOST,
        "HTTP_X_AMZ_DATE": "20150830T123600Z",
    }
    path = from_environ(environ).path
    environ["HTTP_AUTHORIZATION"] = signed(path=path).headers["authorization"]
    request = from_environ(environ)
    routed = canonical_path(quote(script_name, encoding="latin-1") + request_path(environ))
    if {".", ".."} & set(path.split("/")):
        assert reason(request) == "the path that was signed is not the path that was asked for"
    else:
        assert reason(request) == ""
        assert canonical_path(signed_path(request)) == routed


def test_dots_make_the_signed_path_differ_from_the_routed_one() -> None:
    request = WireRequest("GET", "/admin/../public")
    assert signed_path(request) == "/public"
    assert canonical_path(signed_path(request)) != canonical_path(request.path)


# ------------------------------------------------------------------------------------------------ the Context


def test_the_method_is_the_one_on_the_wire_and_an_override_must_be_signed() -> None:
    plain = sent()
    context_of(plain.environ).http_method = "DELETE"
    with pytest.raises(SignatureRefused, match="x-http-method-override is not signed"):
        verified(plain)
    honest = sent(X_HTTP_Method_Override="DELETE")
    ctx = context_of(honest.environ)
    ctx.http_method = honest.environ["REQUEST_METHOD"] = honest.environ.pop("HTTP_X_HTTP_METHOD_OVERRIDE")
    verified(honest)
    ctx.http_method = "PATCH"
    with pytest.raises(SignatureRefused, match="the signature is wrong"):
        verified(honest)


def test_a_reshaped_request_is_verified_as_the_client_sent_it() -> None:
    one = sent("/x?a=1")
    ctx = Context(one.environ)
    ctx.reshape({"REQUEST_METHOD": "POST", "PATH_INFO": "/other", "QUERY_STRING": ""})
    verifier(now=one.time).verify(from_context(ctx))


def test_making_the_request_reads_no_body() -> None:
    class Unreadable:
        def read(self, size: int = -1) -> bytes:
            raise AssertionError("read")

    one = sent(method="POST", body=b"hello")
    one.environ["wsgi.input"] = Unreadable()
    assert from_environ(one.environ).method == "POST"


def test_time_is_asked_once_a_request() -> None:
    asked: list[int] = []

    def clock() -> float:
        asked.append(1)
        return NOW

    one = verifier()
    one._clock = clock
    one.verify(signed())
    assert len(asked) == 1
