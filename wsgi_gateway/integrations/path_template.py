"""The path and query string of an integration's URI, with ``{name}`` placeholders, compiled.

::

    >>> from wsgi_gateway.integrations.path_template import PathTemplate
    >>> template = PathTemplate("/v1/{shelf}/{file}", "kind={kind}")
    >>> template.path({"shelf": "tea", "file": "a%2Fb"})
    '/v1/tea/a%2Fb'
    >>> template.query({"kind": "x&y"})
    'kind=x%26y'

Values come percent-encoded already; what would end a path, a query parameter or a request line is encoded
here all the same. A placeholder without a value stays in the URI as it is written (seen in LocalStack's unit
tests).

A value can never leave the place which the template gives it: a path that has a ``.`` or ``..`` segment or a
backslash once it is decoded, however often, is refused. Slashes and ``%2F`` in values are kept, but a path
begins with one slash and no more: some servers take ``//host/path`` for a host and a path::

    >>> PathTemplate("/{proxy}").path({"proxy": "//evil.example//x"})
    '/evil.example//x'
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from wsgi_gateway.errors import DEFAULT_4XX, ConfigError, GatewayError

_PLACEHOLDER = re.compile(r"\{([^{}/?#&=]+)\}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_NOT_IN_PATHS = re.compile(r"[^\x21\x24-\x3b\x3d\x40-\x7e]")
_NOT_IN_QUERIES = re.compile(r"[^\x21\x24-\x3b\x3d\x3f-\x7e]")
_NOT_IN_QUERY_VALUES = re.compile(r"[^\x21\x24\x25\x27-\x2a\x2c-\x3a\x3d\x3f-\x7e]")
_DOTS_OR_ESCAPES = re.compile(r"/\.|[%\\]")
# UTF-8 forbids these long forms of ".", "/" and "\"; lax decoders take them.
_OVERLONG = re.compile(rb"\xc0[\xae\xaf]|\xc1\x9c|\xe0\x80[\xae\xaf]|\xe0\x81\x9c|\xf0\x80\x80[\xae\xaf]")
_PADDING = bytes(range(0x21)) + b"\x7f"
_MOST_ENCODINGS = 5


class PathTemplate:
    """``path`` and ``query`` of a URI, each with placeholders; ``path`` begins with a slash or is empty.

    Raises ConfigError for control characters and for dot segments in the template itself.
    """

    def __init__(self, path: str, query: str = "") -> None:
        if _CONTROL.search(path) or _CONTROL.search(query):
            raise ConfigError("a path must not contain control characters")
        if leaves_its_place(path):
            raise ConfigError("write the path without dot segments and backslashes")
        self._path = _compile(_rooted(path or "/"), _NOT_IN_PATHS)
        self._query = _compile(query, _NOT_IN_QUERIES)

    def path(self, values: Mapping[str, str]) -> str:
        """The path, percent-encoded. Raises GatewayError 400 for values that would leave their place."""
        if len(self._path) == 1:
            return self._path[0]
        path = _rooted(_fill(self._path, values, _NOT_IN_PATHS))
        if leaves_its_place(path):
            raise GatewayError(DEFAULT_4XX, reason="a path parameter would leave the integration's path")
        return path

    def query(self, values: Mapping[str, str]) -> str:
        """The URI's own query string, without a question mark."""
        return _fill(self._query, values, _NOT_IN_QUERY_VALUES) if len(self._query) > 1 else self._query[0]


def _compile(text: str, forbidden: re.Pattern[str]) -> tuple[str, ...]:
    """Literals and names in turn, beginning and ending with a literal."""
    parts = _PLACEHOLDER.split(text)
    parts[::2] = [encode(literal, forbidden) for literal in parts[::2]]
    return tuple(parts)


def _fill(parts: tuple[str, ...], values: Mapping[str, str], forbidden: re.Pattern[str]) -> str:
    filled = list(parts)
    for index in range(1, len(parts), 2):
        value = values.get(parts[index])
        filled[index] = f"{{{parts[index]}}}" if value is None else encode(value, forbidden)
    return "".join(filled)


def _rooted(path: str) -> str:
    return "/" + path.lstrip("/") if path.startswith("//") else path


def encode(text: str, forbidden: re.Pattern[str] = _NOT_IN_QUERIES) -> str:
    """Percent-encode what must not stand there. Raises GatewayError 400 for control characters."""
    if forbidden.search(text) is None:
        return text
    if _CONTROL.search(text):
        raise GatewayError(
            DEFAULT_4XX, reason="a control character in the integration's path or query string"
        )
    return forbidden.sub(_percent_encode, text)


def _percent_encode(match: re.Match[str]) -> str:
    character = match[0]
    # Native strings of WSGI are bytes in disguise; what lies beyond latin-1 can only be text.
    data = character.encode("latin-1" if ord(character) < 256 else "utf-8", "replace")
    return "".join(f"%{byte:02X}" for byte in data)


def leaves_its_place(path: str) -> bool:
    """Whether a path, decoded any number of times, has a dot segment or a backslash."""
    if _DOTS_OR_ESCAPES.search(path) is None:
        return False
    data = path.encode("utf-8", "replace")
    for _ in range(_MOST_ENCODINGS):
        if _is_astray(data):
            return True
        decoded = unquote_to_bytes(data)
        if decoded == data:
            return False
        data = decoded
    return True


def _is_astray(data: bytes) -> bool:
    if b"\\" in data or _OVERLONG.search(data):
        return True
    # Some servers cut parameters (";") and blanks off a segment before they look whether it is "..".
    return any(segment.partition(b";")[0].strip(_PADDING) in (b".", b"..") for segment in data.split(b"/"))
