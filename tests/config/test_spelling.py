"""Hints for misspelled names: what is near is named, what is not is left alone."""

from __future__ import annotations

import pytest

from wsgi_gateway.config.spelling import closest, did_you_mean

VERBS = ("DELETE", "GET", "POST", "PUT")


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        pytest.param("httpMethd", ["httpMethod", "uri"], "httpMethod", id="a letter that is missing"),
        pytest.param("HTTPMETHOD", ["httpMethod", "uri"], "httpMethod", id="another case"),
        pytest.param("GTE", VERBS, "GET", id="two letters of a short word that changed places"),
        pytest.param("DELTEE", VERBS, "DELETE", id="two letters of a long word that changed places"),
        pytest.param("FETCH", VERBS, None, id="another word"),
        pytest.param("ni", ["in"], None, id="a word of two letters"),
        pytest.param("", VERBS, None, id="nothing"),
        pytest.param("G" * 81, ["G" * 80], None, id="a text that is no name"),
    ],
)
def test_the_closest_name(word: str, known: list[str], meant: str | None) -> None:
    assert closest(word, known) == meant


def test_a_hint_names_what_was_meant_or_says_something_else() -> None:
    assert did_you_mean("GTE", VERBS, "one of four") == "did you mean 'GET'?"
    assert did_you_mean("FETCH", VERBS, "one of four") == "one of four"
    assert did_you_mean("FETCH", VERBS) is None
