"""What one request knows: its path, identifiers, headers, query and body."""

from __future__ import annotations

import io
import os
import re
from typing import Any
from urllib.parse import quote, unquote_to_bytes

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from wsgi_gateway.context import (
    ALONE,
    DROPPED_ON_ARRIVAL,
    PAYLOAD_LIMIT,
    Context,
    Deployment,
    context_of,
    request_headers,
    request_path,
)
from wsgi_gateway.errors import CONTEXT_KEY, DEFAULT_4XX, REQUEST_TOO_LARGE, GatewayError


def environ_of(**more: Any) -> dict[str, Any]:
    return {"REQUEST_METHOD": "GET", "PATH_INFO": "/", **more}


def decoded(path: str) -> str:
    """As a server makes PATH_INFO: percent-decoded bytes as latin-1 code points."""
    return unquote_to_bytes(path.encode("latin-1")).decode("latin-1")


# ------------------------------------------------------------------------------------------------ the path


@pytest.mark.parametrize(
    ("script_name", "path_info", "raw", "path"),
    [
        pytest.param("", "/pets", "/pets", "/pets", id="plain"),
        pytest.param("", "/pets", None, "/pets", id="no raw target"),
        pytest.param("", "", "/", "/", id="empty is the root"),
        pytest.param("", "/a/b", "/a%2Fb", "/a%2Fb", id="encoded slash kept"),
        pytest.param("", "/a/b", "/a%2fb?x=%2F", "/a%2fb", id="query cut off"),
        pytest.param("", "/a?b", "/a%3Fb", "/a%3Fb", id="encoded question mark"),
        pytest.param("", "/a/b", "/a%2Fb#frag?x", "/a%2Fb", id="fragment cut off"),
        pytest.param("", "/a%2Fb", "/a%252Fb", "/a%252Fb", id="doubly encoded"),
        pytest.param("", "//a//b/", "//a//b/", "//a//b/", id="empty segments kept"),
        pytest.param("", "/a/../b", "/a/../b", "/a/../b", id="dots are not resolved"),
        pytest.param("", "/a b", None, "/a%20b", id="blank encoded without raw target"),
        pytest.param("", "/caf\xc3\xa9", None, "/caf%C3%A9", id="utf-8 encoded without raw target"),
        pytest.param("", "/a%", None, "/a%25", id="lone percent encoded without raw target"),
        pytest.param("", "/a%zz", "/a%zz", "/a%zz", id="broken escape as sent"),
        pytest.param("", "/a;v=1,2", "/a;v=1,2", "/a;v=1,2", id="matrix parameters"),
        pytest.param("", "/a/b", "http://example.com/a%2Fb?q", "/a%2Fb", id="absolute form"),
        pytest.param("", "/a", "HTTPS://example.com/a", "/a", id="absolute form in capitals"),
        pytest.param("", "", "http://example.com", "/", id="absolute form without path"),
        pytest.param("/v1", "/a/b", "/v1/a%2Fb", "/a%2Fb", id="below SCRIPT_NAME"),
        pytest.param("/v1", "", "/v1", "/", id="SCRIPT_NAME itself"),
        pytest.param("/v 1", "/a", "/v%201/a", "/a", id="encoded SCRIPT_NAME"),
        pytest.param("/a/b", "/c", "/a%2Fb/c", "/c", id="SCRIPT_NAME with encoded slash"),
        pytest.param("/a", "/b", "/a%2Fb", "/b", id="cut inside an escape is not believed"),
        pytest.param("", "/open", "/admin", "/open", id="raw target of another path is not believed"),
        pytest.param(
            "/admin", "/open", "/open", "/open", id="hostile SCRIPT_NAME that is not in the raw target"
        ),
        pytest.param("/admin", "", "/admin/x", "/", id="hostile SCRIPT_NAME with another PATH_INFO"),
        pytest.param("", "pets", "pets", "/pets", id="no leading slash"),
        pytest.param("", "*", "*", "/*", id="asterisk form"),
    ],
)
@pytest.mark.parametrize("key", ["RAW_URI", "REQUEST_URI"])
def test_the_path_is_as_sent_but_only_if_it_is_the_one_the_app_will_see(
    key: str, script_name: str, path_info: str, raw: str | None, path: str
) -> None:
    environ = environ_of(SCRIPT_NAME=script_name, PATH_INFO=path_info)
    if raw is not None:
        environ[key] = raw
    assert request_path(environ) == path


SEGMENTS = st.text(st.sampled_from("ab/.%25FfC3 é\x00?#:;*\\+~"), max_size=12)
ANY_TEXT = st.text(st.characters(max_codepoint=255), max_size=12)


@given(script_name=SEGMENTS | ANY_TEXT, path_info=SEGMENTS | ANY_TEXT, raw=SEGMENTS | ANY_TEXT | st.none())
@example(script_name="/a", path_info="/b", raw="/a%2Fb")
@example(script_name="", path_info="/a%2Fb", raw="/a%2Fb")
@example(script_name="", path_info="http:/a", raw="http://a/http:/a")
def test_whatever_the_server_says_the_path_decodes_to_path_info(
    script_name: str, path_info: str, raw: str | None
) -> None:
    environ = environ_of(SCRIPT_NAME=script_name, PATH_INFO=path_info)
    if raw is not None:
        environ["RAW_URI"] = raw
    path = request_path(environ)
    assert decoded(path) == (path_info if path_info.startswith("/") else "/" + path_info)
    assert path.startswith("/")


ENCODED = st.lists(
    st.sampled_from(["a", "b", "%2F", "%2f", "%61", "%25", "%C3%A9", "/", "//", ".", "%3F", "%20", "+"]),
    max_size=10,
).map(lambda parts: "/" + "".join(parts))


@given(
    prefix=ENCODED | st.just(""),
    path=ENCODED,
    absolute=st.booleans(),
    query=st.sampled_from(["", "?", "?a=/b#c"]),
)
@example(prefix="/a", path="/%61%2F", absolute=True, query="?")
def test_an_honest_server_gets_its_raw_path_back(prefix: str, path: str, absolute: bool, query: str) -> None:
    assume(not prefix.endswith("/"))  # PEP 3333: SCRIPT_NAME ends without a slash
    raw = f"{'http://example.com:80' if absolute else ''}{prefix}{path}{query}"
    environ = environ_of(SCRIPT_NAME=decoded(prefix), PATH_INFO=decoded(path), RAW_URI=raw)
    assert request_path(environ) == path


def test_a_hostile_path_of_8000_characters_is_decoded_a_few_times_only(monkeypatch) -> None:
    decoded_lengths: list[int] = []

    def counting(text: str) -> bytes:
        decoded_lengths.append(len(text))
        return unquote_to_bytes(text)

    monkeypatch.setattr("wsgi_gateway.context.unquote_to_bytes", counting)
    raw = "/a%2F" + "%2F" * 1300 + "/" * 4000
    request_path(environ_of(SCRIPT_NAME="/a", PATH_INFO=decoded(raw)[2:], RAW_URI=raw))
    assert sum(decoded_lengths) < 2 * len(raw)


def test_a_deployment_tells_no_stage_variables() -> None:
    assert "hunter2" not in repr(Deployment(stage_variables={"token": "hunter2"}))


def test_the_method_arn_has_the_concrete_path_with_its_escapes() -> None:
    deployment = Deployment(api_id="abc", account_id="1", region="eu-west-1", stage="prod")
    context = Context(environ_of(PATH_INFO="/a/b", RAW_URI="/a%2Fb"), deployment)
    assert context.method_arn == "arn:aws:execute-api:eu-west-1:1:abc/prod/GET/a%2Fb"
    context.http_method, context.path = "POST", "/"
    assert context.method_arn == "arn:aws:execute-api:eu-west-1:1:abc/prod/POST/"


# ------------------------------------------------------------------------------------------- identifiers


def test_request_ids_are_random_uuids_that_stay_with_their_request() -> None:
    context = Context(environ_of())
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}", context.request_id)
    assert context.request_id == context.request_id
    assert re.fullmatch(r"[A-Za-z0-9+/]+=", context.extended_request_id)
    assert context.extended_request_id == context.extended_request_id


def ids_of_a_forked_child(count: int) -> list[str]:
    receiver, sender = os.pipe()
    child = os.fork()
    if child == 0:  # pragma: no cover - not traced here
        os.close(receiver)
        try:
            with os.fdopen(sender, "w") as pipe:
                for _ in range(count):
                    context = Context({"REQUEST_METHOD": "GET"})
                    pipe.write(f"{context.request_id}\n{context.extended_request_id}\n")
        finally:
            os._exit(0)
    os.close(sender)
    with os.fdopen(receiver) as pipe:
        ids = pipe.read().split()
    os.waitpid(child, 0)
    return ids


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_40_000_ids_of_two_forked_workers_are_all_different() -> None:
    ids = ids_of_a_forked_child(10_000) + ids_of_a_forked_child(10_000)
    assert len(ids) == 40_000
    assert len(set(ids)) == 40_000


@pytest.mark.parametrize(
    ("given_id", "pattern"),
    [
        ("", r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0"),
        ("Root=1-5f-a", r"Root=1-5f-a;Parent=[0-9a-f]{16};Sampled=0"),
        ("Root=1-5f-a;Parent=b;Sampled=1", r"Root=1-5f-a;Parent=b;Sampled=1"),
        ("nonsense", r"Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0"),
    ],
    ids=["none is made", "a root alone is completed", "a full one is kept", "nonsense is replaced"],
)
def test_trace_ids_follow_the_clients(given_id: str, pattern: str) -> None:
    context = Context(environ_of(HTTP_X_AMZN_TRACE_ID=given_id))
    assert re.fullmatch(pattern, context.trace_id)
    assert context.trace_id == context.trace_id


# --------------------------------------------------------------------------- one context for one request


def test_the_context_is_made_once_and_follows_the_environ_of_the_moment() -> None:
    environ = environ_of()
    context = context_of(environ)
    copied = dict(environ)
    assert context_of(copied) is context
    assert context.environ is copied
    assert environ[CONTEXT_KEY] is context
    assert context.deployment is ALONE


# --------------------------------------------------------------------------------------- headers and query


HEADERS = {
    "HTTP_X_ONE": "1",
    "HTTP_HOST": "example.com",
    "CONTENT_TYPE": "text/plain",
    "CONTENT_LENGTH": "5",
    "SERVER_NAME": "not a header",
}


def test_headers_are_found_in_any_case() -> None:
    context = Context(environ_of(**HEADERS))
    assert dict(context.headers) == {"X-One": "1", "Host": "example.com", "Content-Type": "text/plain"}
    assert (context.headers["x-ONE"], context.headers.get("x-one"), "X-oNe" in context.headers) == (
        "1",
        "1",
        True,
    )
    assert (context.headers.get("x-two"), context.headers.get("x-two", "d"), 1 in context.headers) == (
        None,
        "d",
        False,
    )
    assert (context.header("content-type"), context.header("X-One"), context.header("no")) == (
        "text/plain",
        "1",
        None,
    )
    assert context.header("Content-Length") == "5"


@pytest.mark.parametrize("name", sorted(DROPPED_ON_ARRIVAL))
def test_headers_that_aws_drops_on_arrival_are_not_seen(name: str) -> None:
    environ = environ_of(**{"HTTP_" + name.upper().replace("-", "_"): "x", "HTTP_X": "y"})
    assert dict(request_headers(environ)) == {"X": "y"}


def test_an_empty_content_type_counts_as_absent() -> None:
    context = Context(environ_of(CONTENT_TYPE=""))
    assert (dict(context.headers), context.header("Content-Type")) == ({}, None)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("", []),
        ("a=1&a=2&b=", [("a", "1"), ("a", "2"), ("b", "")]),
        ("a", [("a", "")]),
        ("a+b=c%20d+e", [("a b", "c d e")]),
        ("caf%C3%A9=%E2%82%AC", [("café", "€")]),
        ("a=%FF", [("a", "\ufffd")]),
        ("a=1;b=2", [("a", "1;b=2")]),
    ],
    ids=[
        "empty",
        "repeated",
        "name alone",
        "plus is a blank",
        "utf-8",
        "invalid utf-8",
        "semicolon is no separator",
    ],
)
def test_the_query_is_form_decoded_and_the_last_of_repeated_values_wins(text: str, pairs: list[Any]) -> None:
    context = Context(environ_of(QUERY_STRING=text))
    assert context.query == pairs
    assert context.query_parameters == dict(pairs)


def test_a_request_without_query_string_has_no_parameters() -> None:
    assert Context(environ_of()).query == []


# ------------------------------------------------------------------------------------------------- the body


def with_body(body: bytes, length: str, limit: int = 10) -> Context:
    return Context(
        environ_of(CONTENT_LENGTH=length, **{"wsgi.input": io.BytesIO(body)}), Deployment(payload_limit=limit)
    )


def test_the_body_is_read_once_and_left_readable_for_the_app() -> None:
    context = with_body(b"h\xffllo", "5")
    assert (context.body(), context.body_text(), context.body()) == (b"h\xffllo", "h\ufffdllo", b"h\xffllo")
    assert context.environ["wsgi.input"].read() == b"h\xffllo"


@pytest.mark.parametrize(
    ("body", "length", "refusal"),
    [
        pytest.param(b"x" * 11, "11", REQUEST_TOO_LARGE, id="one byte too many"),
        pytest.param(b"x", "five", DEFAULT_4XX, id="no number"),
        pytest.param(b"x", "\u0665", DEFAULT_4XX, id="arabic five"),
        pytest.param(b"x", "5", DEFAULT_4XX, id="ends early"),
    ],
)
def test_a_body_out_of_bounds_is_a_refusal_that_tells_the_client_no_reason(
    body: bytes, length: str, refusal: Any
) -> None:
    with pytest.raises(GatewayError) as caught:
        with_body(body, length).body()
    assert caught.value == GatewayError(refusal)
    assert caught.value.reason


def test_the_payload_limit_is_awss_10_megabytes_and_itself_allowed() -> None:
    assert ALONE.payload_limit == PAYLOAD_LIMIT == 10 * 1024 * 1024
    assert with_body(b"x" * 10, "10").body() == b"x" * 10


@given(ANY_TEXT)
def test_without_a_raw_target_the_path_is_encoded_once(path_info: str) -> None:
    path = request_path(environ_of(PATH_INFO="/" + path_info))
    assert path.isascii()
    assert decoded(path) == "/" + path_info
    assert quote(path, safe="/!$&'()*+,;=:@-._~%") == path
