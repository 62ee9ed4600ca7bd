"""Secrets are found by name and by shape; the rest stays readable."""

from __future__ import annotations

import pytest

from wsgi_gateway.redaction import is_secret_name, names_programs, redacted, redacted_text, shown_program

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


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cannot reach redis://me:hunter2@host:1/0", "cannot reach redis://(redacted)@host:1/0"),
        ("amqp://:hunter2@host", "amqp://(redacted)@host"),
        ("https://host:8000/a@b", "https://host:8000/a@b"),
        ("https://host/a:b@c", "https://host/a:b@c"),
    ],
)
def test_who_is_let_in_by_a_url_is_not_told(text, shown):
    assert redacted_text(text) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("shop.guards:guard", "shop.guards:guard"),
        ("arn:aws:lambda:r:1:function:guard:beta", "arn:aws:lambda:r:1:function:guard:beta"),
        ("https://auth.internal:8000", "https://auth.internal:8000"),
        ("https://auth.internal/hunter2", "https://auth.internal/..."),
        ("https://auth.internal?hunter2", "https://auth.internal/..."),
        ("https://me:hunter2@auth.internal#hunter2", "https://auth.internal/..."),
        ("https:/auth.internal/?token=hunter2", "https:/auth.internal/?token=(redacted)"),
    ],
)
def test_what_is_told_of_a_program(name, shown):
    assert shown_program(name) == shown


def test_values_are_told_of_options_for_programs_alone():
    assert names_programs("lambdas")
    assert names_programs("WSGI_GATEWAY_AUTHORIZERS")
    assert not any(map(names_programs, ("parameters", "WSGI_GATEWAY_STAGE_VARIABLES", "resources", "")))
