"""What an API key and a usage plan must be like to be kept, and how one is refused.

Refusals are ConfigErrors whose problems have a code; the texts are AWS's where AWS has one. None shows the
value of a key, not even where someone has made a value an id.

Not for: limits; they refuse by themselves what cannot work (:mod:`wsgi_gateway.usage.plan_json`).

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_CreateApiKey.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.usage.key_records import VALUE_LENGTH, KeyRecord, shown

if TYPE_CHECKING:
    from wsgi_gateway.usage.key_table import Plan

NAME_LENGTH = 1024
"""Characters of a key's name."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~@+-]{0,127}")


def refuse(code: str, message: str, hint: str | None = None) -> NoReturn:
    """Raise a ConfigError of one problem."""
    raise ConfigError([Problem(code, message, hint=hint)])


def check_value(value: str) -> None:
    """ConfigError for a value of another length, or one that no client can send."""
    least, most = VALUE_LENGTH
    if len(value) < least:
        refuse("api-key", f"API Key value should be at least {least} characters")
    if len(value) > most:
        refuse("api-key", f"API Key value exceeds maximum size of {most} characters")
    if not value.isprintable() or value != value.strip():
        refuse("api-key", "an API Key value with control characters, or blanks around it, cannot be sent")


def check_id(code: str, text: str) -> None:
    """ConfigError with this code for an id that could not stand in names, logs and commands."""
    if _ID.fullmatch(text) is None:
        hint = "1 to 128 letters, digits and ._~@+- after a letter or digit"
        refuse(code, f"{shown(text)!r} cannot be an id", hint)


def check_told(record: KeyRecord, value: str) -> None:
    """ConfigError if what is told of a key is not fit to be told, or contains its value."""
    check_id("api-key", record.id)
    if not record.name or len(record.name) > NAME_LENGTH:
        refuse("api-key", f"an API Key's name has 1 to {NAME_LENGTH} characters")
    if not (record.name + (record.description or "")).isprintable():
        refuse("api-key", "an API Key's name and description are of printable characters")
    if any(value in text for text in (record.id, record.name, record.description)):
        refuse("api-key", "the value of an API Key stands in its id, name or description, which are shown")


def contested(key_id: str, one: Plan, two: Plan) -> Problem:
    """Two plans of a key have a stage in common."""
    message = f"API key {key_id!r} would be in the usage plans {one.id!r} and {two.id!r} for the same stage"
    return Problem("conflict", message, hint="a key may have one plan for a stage")
