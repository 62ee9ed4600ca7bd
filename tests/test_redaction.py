"""Secrets are found by name and by shape; the rest stays readable."""

from __future__ import annotations

import pytest

from wsgi_gateway.redaction import is_secret_name, redacted, redacted_text

JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.sig"


@pytest.mark.parametrize(
    "name",
    "Authorization X-Api-Key x-auth X-Session-Id Cookie accessToken %61ccess_%74oken pwd X-Jwt "
    "X-Amz-Signature client_secret X-Private-Key apikey X-Otp sig".split(),
)
def test_a_name_that_speaks_of_a_credential(name):
    assert is_secret_name(name)
    assert redacted(name, "value") == "(redacted)"


@pytest.mark.parametrize(
    "name", ["Accept", "author", "page", "monkey", "X-Request-Id", "design", "Content-Type", "pinned"]
)
def test_a_name_that_does_not(name):
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"X-Note: {JWT}", "X-Note: (redacted)"),
        ("Bearer abc.def", "Bearer (redacted)"),
        ("id AKIAIOSFODNN7EXAMPLE.", "id (redacted)."),
        ("https://x/?access_token=abc&page=2", "https://x/?access_token=(redacted)&page=2"),
        ('{"password": "a\\"b", "name": "Rex"}', '{"password": "(redacted)", "name": "Rex"}'),
        ('{"token": 17}', '{"token": "(redacted)"}'),
        ('{"password": "cut of', '{"password": "(redacted)"'),
        ('{"password": {"a": "S3"}}', '{"password": "(redacted)"'),
        ("user=rex&pwd=x", "user=rex&pwd=(redacted)"),
        ("nothing to see = here", "nothing to see = here"),
    ],
)
def test_a_text(text, shown):
    assert redacted_text(text) == shown


def test_further_names_are_secret_wherever_they_stand() -> None:
    also = frozenset({"code"})
    assert redacted_text("GET /pets?code=opaque&page=2", also) == "GET /pets?code=(redacted)&page=2"
    assert redacted("query", "page=2&code=opaque", also) == "page=2&code=(redacted)"
    assert redacted_text("code=opaque") == "code=opaque"
