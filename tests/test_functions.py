"""Functions elsewhere: what may be said of their failures, and how events are sent to them."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

from wsgi_gateway.functions import FunctionFailed, event_payload, failure_of


@pytest.mark.parametrize(
    "error_type", ["ValueError", "Sandbox.Timedout", "java.lang.IllegalState$Inner", "Errors::NotFound"]
)
def test_the_name_of_a_class_may_be_logged(error_type: str) -> None:
    assert FunctionFailed("x", error_type).error_type == error_type


@pytest.mark.parametrize(
    "error_type",
    [
        pytest.param("", id="nothing"),
        pytest.param("Token alice", id="words"),
        pytest.param("a" * 65, id="too long"),
        pytest.param("E\n", id="a line's end"),
        pytest.param("AKIAABCDEFGHIJKLMNOP", id="an access key"),
        pytest.param("eyJhbGciOiJ9.eyJzdWIi.AAAA", id="a token"),
    ],
)
def test_what_does_not_look_like_one_is_not_kept(error_type: str) -> None:
    assert FunctionFailed("x", error_type).error_type is None


def test_a_failure_shows_its_type_and_never_its_text() -> None:
    assert repr(FunctionFailed("s3cret", "ValueError")) == "<FunctionFailed ValueError>"
    assert repr(FunctionFailed("s3cret")) == "<FunctionFailed without a type>"


def test_a_failure_can_be_pickled() -> None:
    copy = pickle.loads(pickle.dumps(FunctionFailed("text", "ValueError")))
    assert (str(copy), copy.error_type) == ("text", "ValueError")


@pytest.mark.parametrize(
    ("document", "text", "error_type"),
    [
        ({"errorMessage": "no", "errorType": "E"}, "no", "E"),
        ({"errorMessage": ["no"], "errorType": 1}, "", None),
        ({}, "", None),
        (None, "", None),
        ("Unauthorized", "", None),
    ],
)
def test_an_error_document_becomes_a_failure(document: Any, text: str, error_type: str | None) -> None:
    failed = failure_of(document)
    assert (str(failed), failed.error_type) == (text, error_type)


def test_events_are_sent_in_ascii() -> None:
    assert event_payload({"a": "\u00fc\U0001f600\ud800"}) == b'{"a":"\\u00fc\\ud83d\\ude00\\ud800"}'


def test_a_large_event_takes_no_more_bytes_than_its_characters():
    large = "\u20ac" * 1_000_000
    assert event_payload(large) == f'"{large}"'.encode()
    half = large + "\ud800"
    assert event_payload(half) == json.dumps(half).encode()
    with pytest.raises(ValueError, match="not JSON compliant"):
        event_payload([large, float("nan")])
