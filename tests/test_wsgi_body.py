"""Request bodies: how far they are read, and the ways in which reading may fail."""

from __future__ import annotations

import io
from typing import Any

import pytest

from wsgi_gateway.wsgi import (
    BodyMalformed,
    BodyTooLarge,
    LimitedInput,
    content_length,
    is_chunked,
    read_body,
    set_body,
)


def environ_of(body: bytes, length: str | None = None, **more: Any) -> dict[str, Any]:
    environ: dict[str, Any] = {"wsgi.input": io.BytesIO(body), **more}
    if length is not None:
        environ["CONTENT_LENGTH"] = length
    return environ


@pytest.mark.parametrize(
    ("text", "length"),
    [(None, None), ("", None), ("0", 0), ("5", 5), ("007", 7), ("0" * 30 + "5", 5), ("0" * 30, 0)],
    ids=["absent", "empty", "zero", "five", "leading zeros", "many leading zeros", "many zeros"],
)
def test_content_length_is_decimal_digits(text: str | None, length: int | None) -> None:
    assert content_length(environ_of(b"", text)) == length


def test_a_content_length_of_5000_digits_is_just_large() -> None:
    length = content_length(environ_of(b"", "9" * 5000))
    assert length is not None
    assert length > 10**18


@pytest.mark.parametrize(
    "text", ["x", "-1", "+5", "5 ", " 5", "5.0", "1e3", "0x5", "1_0", "\u0665", "\xb2", "5,5"], ids=ascii
)
def test_anything_but_ascii_digits_is_a_malformed_content_length(text: str) -> None:
    with pytest.raises(BodyMalformed):
        read_body(environ_of(b"hello", text), 100)


CHUNKED = {"wsgi.input_terminated": True}


@pytest.mark.parametrize(
    ("environ", "body"),
    [
        pytest.param(environ_of(b"hello"), b"", id="nothing declared: nothing read"),
        pytest.param(environ_of(b"hello", "0"), b"", id="zero declared"),
        pytest.param(environ_of(b"hello world", "5"), b"hello", id="no further than declared"),
        pytest.param(environ_of(b"hello", **CHUNKED), b"hello", id="to the end the server reports"),
        pytest.param(
            environ_of(b"hello", HTTP_TRANSFER_ENCODING="Chunked"), b"hello", id="chunked in any case"
        ),
        pytest.param(environ_of(b"x" * 200_000, "200000"), b"x" * 200_000, id="longer than one read"),
    ],
)
def test_a_request_body_is_read_as_far_as_it_is_declared(environ: dict[str, Any], body: bytes) -> None:
    assert read_body(environ, 300_000) == body


@pytest.mark.parametrize("more", [{"length": "10"}, CHUNKED], ids=["declared", "undeclared"])
def test_the_limit_itself_is_allowed_and_one_byte_more_is_not(more: dict[str, Any]) -> None:
    assert read_body(environ_of(b"x" * 10, **more), 10) == b"x" * 10
    with pytest.raises(BodyTooLarge):
        read_body(environ_of(b"x" * 10, **more), 9)


def test_an_endless_body_is_cut_one_byte_after_the_limit() -> None:
    asked: list[int] = []

    class Endless:
        def read(self, size: int) -> bytes:
            asked.append(size)
            return b"x" * size

    with pytest.raises(BodyTooLarge):
        read_body({"wsgi.input": Endless(), **CHUNKED}, 100_000)
    assert sum(asked) == 100_001


def test_a_body_that_ends_before_its_declared_length_is_malformed() -> None:
    with pytest.raises(BodyMalformed, match="2 bytes before"):
        read_body(environ_of(b"hel", "5"), 100)


@pytest.mark.parametrize("failure", [OSError("reset"), ValueError("chunk"), EOFError()], ids=repr)
def test_whatever_the_server_raises_from_read_means_a_malformed_body(failure: Exception) -> None:
    class Broken:
        def read(self, size: int) -> bytes:
            raise failure

    with pytest.raises(BodyMalformed) as caught:
        read_body({"wsgi.input": Broken(), "CONTENT_LENGTH": "5"}, 100)
    assert caught.value.__cause__ is failure


def test_a_body_that_was_set_can_be_read_again_and_has_one_framing() -> None:
    environ = environ_of(b"", HTTP_TRANSFER_ENCODING="chunked", **CHUNKED)
    set_body(environ, b"hello")
    assert not is_chunked(environ)
    assert read_body(environ, 10) == b"hello"
    assert environ["CONTENT_LENGTH"] == "5"


def test_a_limited_input_gives_what_the_raw_one_gives_within_the_limit() -> None:
    raw = b"one\ntwo\nthree"
    assert LimitedInput(io.BytesIO(raw), 13).read() == raw
    assert LimitedInput(io.BytesIO(raw), 13).read(5) == raw[:5]
    assert LimitedInput(io.BytesIO(raw), 13).readline() == b"one\n"
    assert LimitedInput(io.BytesIO(raw), 13).readline(2) == b"on"
    assert LimitedInput(io.BytesIO(raw), 13).readlines() == [b"one\n", b"two\n", b"three"]
    assert list(LimitedInput(io.BytesIO(raw), 13)) == [b"one\n", b"two\n", b"three"]


@pytest.mark.parametrize("drain", ["read", "readlines", "__iter__"])
def test_a_limited_input_raises_after_its_limit_and_keeps_raising(drain: str) -> None:
    limited = LimitedInput(io.BytesIO(b"one\ntwo\nthree"), 12)
    for _ in range(2):
        with pytest.raises(BodyTooLarge):
            list(getattr(limited, drain)())
