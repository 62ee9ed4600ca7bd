"""Answers as data, and apps run up to their status line."""

from __future__ import annotations

import sys
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from wsgi_gateway.wsgi import (
    BodyTooLarge,
    Response,
    call_app,
    header_text,
    status_line,
)

MEGABYTE = 1024 * 1024


class Counted:
    """An iterable that counts its close()."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.chunks, self.closes = chunks, 0

    def __iter__(self) -> Iterator[bytes]:
        return iter(self.chunks)

    def close(self) -> None:
        self.closes += 1


def failing() -> Iterator[bytes]:
    yield b"first"
    raise ValueError("in the middle")


# ----------------------------------------------------------------------------------------------- Response


@pytest.mark.parametrize(
    ("code", "line"),
    [(200, "200 OK"), (404, "404 Not Found"), (429, "429 Too Many Requests"), (299, "299 Unknown")],
    ids=str,
)
def test_a_status_line_has_the_phrase_of_the_registry_or_unknown(code: int, line: str) -> None:
    assert status_line(code) == line


def test_status_code_reads_and_writes_the_status_line() -> None:
    response = Response("204 No Content")
    assert response.status_code == 204
    response.status_code = 503
    assert response.status == "503 Service Unavailable"
    assert repr(response) == "<Response 503 Service Unavailable>"


def test_header_names_are_looked_up_in_any_case_and_the_last_value_wins() -> None:
    response = Response("200 OK", [("X-A", "1"), ("x-a", "2"), ("B", "3")])
    assert response.header_values("X-a") == ["1", "2"]
    assert response.header("X-A") == "2"
    assert response.header("missing") is None


def test_changing_headers_leaves_the_list_of_the_app_alone() -> None:
    given = [("X-A", "1"), ("x-a", "2"), ("B", "3")]
    response = Response("200 OK", given)
    response.set_header("X-A", "4")
    response.remove_headers(frozenset({"b"}))
    assert response.headerlist == [("X-A", "4")]
    assert given == [("X-A", "1"), ("x-a", "2"), ("B", "3")]


def test_a_server_that_changes_the_headers_it_was_given_does_not_change_the_response() -> None:
    response = Response("200 OK", [("X-A", "1")], [b"x"])
    response({}, lambda status, headers: headers.append(("Set-Cookie", "somebody's")))
    assert response.headerlist == [("X-A", "1")]


def test_responses_do_not_share_a_default_header_list() -> None:
    Response().headerlist.append(("X-A", "1"))
    assert Response().headerlist == []


@pytest.mark.parametrize(
    ("make", "body"),
    [
        pytest.param(list, b"", id="empty list"),
        pytest.param(lambda: [b"one"], b"one", id="list of one"),
        pytest.param(lambda: [b"a", b"", b"b"], b"ab", id="list of several"),
        pytest.param(lambda: iter((b"a", b"b")), b"ab", id="iterator"),
        pytest.param(lambda: Counted([b"a", b"b"]), b"ab", id="iterable with close"),
        pytest.param(tuple, b"", id="empty tuple"),
    ],
)
def test_the_body_is_read_once_and_kept(make: Callable[[], Any], body: bytes) -> None:
    response = Response("200 OK", [], make())
    assert [response.body(), response.body(), b"".join(response.app_iter)] == [body] * 3


def test_reading_the_body_closes_its_source_once() -> None:
    source = Counted([b"a", b"b"])
    response = Response("200 OK", [], source)
    response.body()
    response.body()
    response.close()
    assert source.closes == 1


def test_a_body_that_fails_while_it_is_read_is_closed_once() -> None:
    source = Counted(failing())
    response = Response("200 OK", [], source)
    with pytest.raises(ValueError, match="in the middle"):
        response.body()
    response.close()
    assert source.closes == 1


@pytest.mark.parametrize(
    "chunks", [[b"x" * 11], [b"x" * 6] * 2, [b"x"] * 11], ids=["one", "two", "eleven chunks"]
)
def test_a_body_beyond_the_limit_is_too_large_however_it_comes(chunks: list[bytes]) -> None:
    source = Counted(chunks)
    assert Response("200 OK", [], Counted(chunks)).body(limit=12)
    for given in (chunks, source):
        with pytest.raises(BodyTooLarge):
            Response("200 OK", [], given).body(limit=10)
    assert source.closes == 1


def test_replacing_the_body_closes_the_old_one_and_makes_content_length_true() -> None:
    source = Counted([b"old"])
    response = Response("200 OK", [("content-length", "3"), ("X-A", "1")], source)
    response.set_body(b"newer")
    assert response.headerlist == [("X-A", "1"), ("Content-Length", "5")]
    assert (response.body(), source.closes) == (b"newer", 1)


def test_header_text_carries_utf_8_as_wsgi_does_and_refuses_what_could_end_a_header() -> None:
    assert header_text("plain\ttext") == "plain\ttext"
    assert header_text("é").encode("latin-1").decode() == "é"
    for evil in ("a\r\nSet-Cookie: b", "a\nb", "a\rb", "a\0b", "é\r\n", "a\x7f"):
        with pytest.raises(ValueError, match="control characters"):
            header_text(evil)


# ----------------------------------------------------------------------------------------------- call_app


def lazy(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [("X", "lazy")])
    yield b"one"
    yield b"two"


def silent_first(environ: Any, start_response: Any) -> Iterator[bytes]:
    yield b""
    start_response("200 OK", [("X", "silent")])
    yield b"one"


def writing(environ: Any, start_response: Any) -> Iterable[bytes]:
    write = start_response("200 OK", [("X", "writing")])
    write(b"one")
    write(b"two")
    return [b"three"]


def writing_late(environ: Any, start_response: Any) -> Iterator[bytes]:
    write = start_response("200 OK", [("X", "writing late")])
    write(b"one")
    yield b"two"


def changing_its_mind(environ: Any, start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", [])
    try:
        raise LookupError
    except LookupError:
        start_response("500 Oops", [("X", "changed")], sys.exc_info())
    return [b"sorry"]


@pytest.mark.parametrize(
    ("app", "status", "mark", "body"),
    [
        pytest.param(lazy, "200 OK", "lazy", b"onetwo", id="generator app"),
        pytest.param(silent_first, "200 OK", "silent", b"one", id="empty chunk before start_response"),
        pytest.param(writing, "200 OK", "writing", b"onetwothree", id="write() before the iterable"),
        pytest.param(writing_late, "200 OK", "writing late", b"onetwo", id="generator app that writes"),
        pytest.param(
            changing_its_mind, "500 Oops", "changed", b"sorry", id="exc_info before the head is sent"
        ),
    ],
)
def test_every_way_to_answer_becomes_the_same_kind_of_data(
    app: Any, status: str, mark: str, body: bytes
) -> None:
    response = call_app(app, {})
    assert (response.status, response.header("X"), response.body()) == (status, mark, body)


def test_no_more_is_pulled_than_what_makes_an_app_call_start_response() -> None:
    pulled: list[int] = []

    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        for n in range(4):
            pulled.append(n)
            if n == 1:
                start_response("200 OK", [])
            yield b"%d" % n

    response = call_app(app, {})
    assert pulled == [0, 1]
    assert response.body() == b"0123"


def again(environ: Any, start_response: Any) -> Any:
    start_response("200 OK", [])
    start_response("201 Created", [])


def never(environ: Any, start_response: Any) -> Any:
    return environ["body"]


def late_change(environ: Any, start_response: Any) -> Iterator[bytes]:
    start_response("200 OK", [])
    yield b"one"
    try:
        raise LookupError("the app's own")
    except LookupError:
        start_response("500 Oops", [], sys.exc_info())


def late_write(environ: Any, start_response: Any) -> Iterable[bytes]:
    write = start_response("200 OK", [])
    return (write(chunk) or chunk for chunk in [b"lost?"])


def test_start_response_twice_without_exc_info_is_an_error_of_the_app() -> None:
    with pytest.raises(AssertionError, match="second time"):
        call_app(again, {})


def test_an_app_without_start_response_is_an_error_and_is_closed() -> None:
    body = Counted([b"x"])
    with pytest.raises(AssertionError, match="without calling start_response"):
        call_app(never, {"body": body})
    assert body.closes == 1


def test_after_the_head_is_sent_exc_info_raises_the_apps_own_exception() -> None:
    with pytest.raises(LookupError, match="the app's own"):
        call_app(late_change, {}).body()


def test_a_write_that_comes_too_late_is_never_lost_in_silence() -> None:
    with pytest.raises(AssertionError, match=r"write\(\)"):
        call_app(late_write, {}).body()


def test_an_app_that_fails_before_its_head_is_closed_once_and_its_exception_flies() -> None:
    body = Counted(failing())
    with pytest.raises(ValueError, match="in the middle"):
        call_app(never, {"body": body})
    assert body.closes == 1


@pytest.mark.parametrize("reads", [True, False], ids=["body read", "body not read"])
def test_what_an_app_returned_is_closed_once_although_part_of_it_was_pulled(reads: bool) -> None:
    closes: list[str] = []

    class Lazy(Counted):
        def close(self) -> None:
            closes.append("closed")

    response = call_app(lambda environ, start: Lazy(lazy(environ, start)), {})
    if reads:
        response.body()
    response.close()
    response.close()
    assert closes == ["closed"]


def test_a_streamed_body_of_100_megabytes_needs_no_memory() -> None:
    def app(environ: Any, start_response: Any) -> Iterator[bytes]:
        start_response("200 OK", [])
        for _ in range(100):
            yield bytes(MEGABYTE)

    tracemalloc.start()
    try:
        response = call_app(lambda environ, start: call_app(app, environ)(environ, start), {})
        size = sum(len(chunk) for chunk in response.app_iter)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert size == 100 * MEGABYTE
    assert peak < 4 * MEGABYTE
