"""`$input` and `$util`, as API Gateway gives them to mapping templates.

The body is parsed when a template first asks for something in it, and once only: what a template changes
through `$input.path('$')` shows in a later `$input.json('$')`. A body that is no JSON is a string, and so
is `$input.path('$')` then. See
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

import base64
import binascii
import json
import re
import string
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from functools import lru_cache
from typing import Any, ClassVar
from urllib.parse import unquote_plus

from wsgi_gateway.mapping.velocity.budget import (
    LARGE,
    SLOT,
    SMALL,
    charge,
    charge_text,
    check,
    in_slices,
    slices,
)
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.printing import json_text, text
from wsgi_gateway.mapping.velocity.strings import units
from wsgi_gateway.mapping.velocity.values import HostObject, JsonArray, plain_key

Parameters = Mapping[str, Mapping[str, str]]
FindPath = Callable[[str], Callable[[Any], Any]]

_UNREAD: Any = object()
_ARRAY, _OBJECT = 96, 240
_SHORT = 4096
_MAX_PATH = 10_000
_CHARACTER = 15
_MISSING = '""'


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_no_constant)


def parse_json(text: str) -> Any:
    """Read JSON as Java would: objects keep their order, arrays print as JSON. ValueError if it is none."""
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    return _with_json_arrays(value) if "[" in text else value


def _document_size(text: str) -> int:
    """The bytes that a document may take, from the marks in its text."""
    marks = text.count("[") * _ARRAY + text.count("{") * _OBJECT + (text.count(",") + text.count(":")) * SLOT
    return marks + (len(text) if text.isascii() else 4 * len(text))


def _with_json_arrays(value: Any) -> Any:
    """Replace every list by a JsonArray, without recursion."""
    top = [value]
    waiting: list[Any] = [top]
    while waiting:
        holder = waiting.pop()
        for key, item in holder.items() if type(holder) is dict else enumerate(holder):
            kind = type(item)
            if kind is list:
                item = holder[key] = JsonArray(item)
                waiting.append(item)
            elif kind is dict:
                waiting.append(item)
    return top[0]


def _bounded(path: str) -> str:
    if len(path) > _MAX_PATH:
        raise TemplateRuntimeError(f"a JSONPath is longer than {_MAX_PATH} characters")
    return path


class Input(HostObject):
    """`$input`: the payload of this side, and the parameters of the request.

    `body()` gives the payload's text, `parameters()` the maps `path`, `querystring` and `header`, and
    `find_path` compiles a JSONPath into a function that returns the value, or raises LookupError (missing)
    or ValueError (wrong).
    """

    def __init__(
        self, body: Callable[[], str], parameters: Callable[[], Parameters], find_path: FindPath
    ) -> None:
        self._body = body
        self._parameters = parameters
        self._find_path = find_path
        self._root = _UNREAD
        self._text: str | None = None
        self._groups: Parameters | None = None

    def _read(self) -> str:
        # Kept: however often a template asks, the text takes its memory once.
        if self._text is None:
            self._text = self._body()
        return self._text

    def _payload(self) -> str:
        return self._read() or "{}"

    def velocity_members(self) -> tuple[Any, ...]:
        """The payload, as text and as document, and the parameters."""
        return (self._text, self._root, self._groups)

    def _document(self) -> Any:
        if self._root is _UNREAD:
            payload = self._read()
            if len(payload) > _SHORT:
                charge(_document_size(payload))
            try:
                self._root = parse_json(payload)
            except ValueError:
                self._root = payload
        return self._root

    def path(self, path: Any) -> Any:
        """`$input.path(x)`: the value, None if there is none."""
        if path == "$":
            return self._document()
        try:
            check()
            found = self._find_path(_bounded(text(path)))(self._document())
        except LookupError:
            return None
        except ValueError as error:
            raise TemplateRuntimeError(f"invalid JSONPath: {error}") from None
        # What a path with many answers collects is an array of JSON too.
        if type(found) is not list:
            return found
        charge(SLOT * len(found))
        return JsonArray(map(plain_key, found) if "keys" in text(path) else found)

    def json(self, path: Any) -> str:
        """`$input.json(x)`: JSON text; of nothing, the two quotes of an empty string."""
        found = self.path(path)
        return _MISSING if found is None else json_text(found)

    def params(self, name: Any = _UNREAD) -> Any:
        """`$input.params()` or `$input.params(name)`: path first, then query string, then header."""
        groups = self._groups or self._parameters()
        if name is _UNREAD:
            if self._groups is None:
                # A template may write to them, which is no business of the request's.
                self._groups = {group: copy(members) for group, members in groups.items()}
            return self._groups
        name = text(name)
        for group in ("path", "querystring", "header"):
            members = groups.get(group)
            if members is not None and name in members:
                return members[name]
        return ""

    methods: ClassVar = {"path": path, "json": json, "params": params}
    properties: ClassVar = {"body": _payload}


# commons-lang 2.6, which escapes "/" too.
_SCRIPT = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", **{c: "\\" + c for c in "'\"\\/"}}
_NOT_PLAIN = re.compile(r"[^ !#-&(-.0-\[\]-\x7f]")
_not_plain = _NOT_PLAIN.search
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


@lru_cache(maxsize=4096)
def _script_escape(unit: str) -> str:
    return _SCRIPT.get(unit) or f"\\u{ord(unit):04X}"


class Util(HostObject):
    """`$util`: the functions AWS documents for REST APIs, and no others."""

    def escape_java_script(self, value: Any) -> str:
        r"""`$util.escapeJavaScript(x)`: turns `'` into `\'` as well, which is no JSON."""
        plain: str = value if type(value) is str else text(value)
        if _not_plain(plain) is None:
            return plain
        if len(plain) <= SMALL:
            if plain.isascii() and plain.isprintable():
                doubled = plain.replace("\\", "\\\\").replace('"', '\\"')
                return doubled.replace("'", "\\'").replace("/", "\\/")
            return _escape_script(units(plain))
        return in_slices(_escape_script, slices(units(plain)))

    def parse_json(self, value: Any) -> Any:
        """`$util.parseJson(x)`"""
        plain = text(value)
        charge(_document_size(plain))
        try:
            return parse_json(plain)
        except ValueError as error:
            raise TemplateRuntimeError(f"$util.parseJson: not JSON: {error}"[:200]) from None

    def url_encode(self, value: Any) -> str:
        """`$util.urlEncode(x)`: as forms do, a blank is `+`."""
        plain: str = value if type(value) is str else text(value)
        return _url_encode(plain) if len(plain) <= SMALL else in_slices(_url_encode, slices(plain))

    def url_decode(self, value: Any) -> str:
        """`$util.urlDecode(x)`"""
        plain = text(value)
        if _BAD_ESCAPE.search(plain):
            raise TemplateRuntimeError("$util.urlDecode: '%' wants two hexadecimal digits")
        return in_slices(_url_decode, _url_pieces(plain))

    def base64_encode(self, value: Any) -> str:
        """`$util.base64Encode(x)`"""
        plain = text(value).encode("utf-8", "replace")
        charge_text(-(-len(plain) // 3) * 4)
        return base64.b64encode(plain).decode("ascii")

    def base64_decode(self, value: Any) -> str:
        """`$util.base64Decode(x)`; padding may be missing."""
        plain = text(value)
        charge_text(len(plain), plain.isascii())
        try:
            padded = plain + "=" * (-len(plain.rstrip("=")) % 4 if "=" not in plain else 0)
            return base64.b64decode(padded.encode("ascii"), validate=True).decode("utf-8", "replace")
        except (binascii.Error, UnicodeEncodeError):
            raise TemplateRuntimeError("$util.base64Decode: not Base64") from None

    methods: ClassVar = {
        "escapeJavaScript": escape_java_script,
        "parseJson": parse_json,
        "urlEncode": url_encode,
        "urlDecode": url_decode,
        "base64Encode": base64_encode,
        "base64Decode": base64_decode,
    }


def _escape_script(piece: str) -> str:
    return _NOT_PLAIN.sub(lambda match: _script_escape(match.group()), piece)


class _FormEncoding(dict[int, str]):
    """What each character becomes in a form, as `java.net.URLEncoder` has it."""

    def __missing__(self, code: int) -> str:
        return "".join(f"%{byte:02X}" for byte in chr(code).encode("utf-8", "replace"))


_FORM = _FormEncoding({code: f"%{code:02X}" for code in range(0x80)})
_FORM.update({ord(plain): plain for plain in string.ascii_letters + string.digits + "-_.*"})
_FORM[ord(" ")] = "+"


def _url_encode(piece: str) -> str:
    return piece.translate(_FORM)


def _url_decode(piece: str) -> str:
    return unquote_plus(piece, errors="replace")


def _url_pieces(value: str) -> Iterator[str]:
    """Pieces of moderate length, never cut within the bytes of one character."""
    at = 0
    while at < len(value):
        check()
        end = at + LARGE
        if end < len(value):
            # Beyond four bytes that start no character each byte is a wrong one, and a cut there is harmless.
            ends = [stop for stop in range(end, end - _CHARACTER, -1) if "%" not in value[stop - 2 : stop]]
            end = next((stop for stop in ends if _starts(value, stop)), ends[0])
        yield value[at:end]
        at = end


def _starts(value: str, at: int) -> bool:
    """Whether a character starts at `at`, no later byte of UTF-8."""
    return value[at] != "%" or value[at + 1 : at + 2] not in tuple("89abAB")
