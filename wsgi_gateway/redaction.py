"""Redaction: what must not stand in a trace or a log, found by name and by shape.

By name: headers, query parameters, form fields and JSON members whose name speaks of a credential. By shape:
JSON Web Tokens, ``Bearer`` and ``Basic`` credentials, AWS access key ids and the ``user:password`` of URLs,
wherever they stand::

    >>> redacted_text('GET /x?access_token=abc&page=2 {"password": "p", "n": 1}')
    'GET /x?access_token=(redacted)&page=2 {"password": "(redacted)", "n": 1}'

A secret that neither its name nor its shape gives away cannot be found: a trace of bodies is to be kept like
the bodies themselves.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

REDACTED = "(redacted)"

_ANYWHERE = re.compile(
    "authorization|token|secret|passw|cookie|credential|signature|api.?key|access.?key|private.?key|session|jwt"
)
_WORDS = frozenset({"auth", "sig", "pwd", "otp", "pin", "key", "cert", "sess", "bearer"})
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")

_SHAPES = re.compile(
    r"eyJ[\w-]{5,}\.[\w-]+(?:\.[\w-]*)?"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"
    r"|(?<=://)[^\s/@:]*:[^\s/@]+(?=@)"
    r"|(?<=\bBearer )\S+|(?<=\bBasic )\S+|(?<=\bAWS4-HMAC-SHA256 ).+",
    re.IGNORECASE,
)
_PAIR = re.compile(r"""(?<![\w%.\[\]+-])([\w%.\[\]+-]{1,100})=([^&\s"'<>]+)""")
_MEMBER = re.compile(r'("([^"\\]{1,100})"\s*:\s*)("(?:[^"\\]|\\.)*"?|[\[{].*|[^\s,}\]"]+)', re.DOTALL)


_PROGRAMS = ("lambdas", "integrations", "authorizers")


def names_programs(option: str) -> bool:
    """Whether the values of an option that takes ``name=value`` are names of programs, which may be shown.
    Those of all others may be secrets, whatever their names.
    """
    return option.lower().endswith(_PROGRAMS)


def shown_program(name: str) -> str:
    """What may be shown of a program's name. Of a URL scheme and host: the rest may admit who knows it."""
    scheme, is_url, rest = name.partition("://")
    if not is_url:
        return redacted_text(name)
    host = re.split("[/?#]", rest, maxsplit=1)[0]
    return f"{scheme}://{host.rpartition('@')[2]}{'/...' if host != rest else ''}"


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Whether a name, percent-encoded or not, speaks of a credential."""
    name = unquote_plus(name)
    words = (word.lower() for word in _WORD.findall(name))
    return _ANYWHERE.search(name.lower()) is not None or not _WORDS.isdisjoint(words)


def redacted_text(text: str, also: frozenset[str] = frozenset()) -> str:
    """A text with the values of secret pairs and members, and what looks like a credential, taken out.

    ``also``: further names, in lower case, whose values are secret.
    """

    def secret(name: str) -> bool:
        return is_secret_name(name) or unquote_plus(name).lower() in also

    if "=" in text:
        text = _PAIR.sub(lambda m: f"{m[1]}={REDACTED}" if secret(m[1]) else m[0], text)
    if '"' in text:
        text = _MEMBER.sub(lambda m: f'{m[1]}"{REDACTED}"' if secret(m[2]) else m[0], text)
    return _SHAPES.sub(REDACTED, text)


def redacted(name: str, value: Any, also: frozenset[str] = frozenset()) -> Any:
    """A value by its name: taken out whole, or with what is secret in it.

    ``also``: further names, in lower case, whose values are secret.
    """
    if isinstance(value, str):
        return REDACTED if name.lower() in also or is_secret_name(name) else redacted_text(value, also)
    if isinstance(value, (list, tuple)):
        return [redacted(name, item, also) for item in value]
    return value
