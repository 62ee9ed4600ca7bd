"""Mock: answers by itself, with the status which the request template names.

Why: an API's interface can stand before its backend does, and CORS preflights need no backend at all. The
mock's "backend" is the rendered request template; its ``statusCode`` is the answer's status, and everything
else comes from the integration responses::

    >>> import io
    >>> from wsgi_gateway.integrations.mock import Mock
    >>> from wsgi_gateway.wsgi import call_app
    >>> template = b"{statusCode: 202}"
    >>> environ = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": "17", "wsgi.input": io.BytesIO(template)}
    >>> call_app(Mock(), environ)
    <Response 202 Accepted>

The template must only look roughly like JSON, as on AWS: keys and values need no quotes or single ones,
commas may be too many, an unquoted key may contain braces. Unbalanced quotes or braces, and a ``statusCode``
that is missing or not an integer (``"200"`` is none), are a 500.

Any integer will do, and decides which integration response is selected; a status that HTTP has no final
answer for (anything outside of 200 to 599) becomes a 500 if no integration response maps it to another.

Not confirmed on AWS: the answer when there is neither a request template nor a client's body (here a 500; the
documentation promises the default integration response), and keys or values which no recorded template has.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-mock-integration.html; the
accepted and refused forms were tried on AWS by the authors of LocalStack.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from wsgi_gateway.context import context_of
from wsgi_gateway.errors import API_CONFIGURATION_ERROR, GatewayError
from wsgi_gateway.integrations.payload import read_payload
from wsgi_gateway.wsgi import Response, status_line

if TYPE_CHECKING:
    from wsgi_gateway.context import Context
    from wsgi_gateway.typing import StartResponse, WSGIApplication, WSGIEnvironment

_BLANK = re.compile(r"[\s,]*")
_SPACE = re.compile(r"\s*")
_QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'", re.DOTALL)
_BARE_KEY = re.compile(r"[^\s,:\[{\"'][^,:]*")
_BARE_VALUE = re.compile(r"[^,{}\[\]\"']*")
_BRACKET = re.compile(r"[\[\]{}]")
_INTEGER = re.compile(r"-?[0-9]{1,10}")


class Mock:
    """The MOCK integration as a terminal WSGI app. It has no options; ``app`` exists so that it composes like
    a stage.

    Answers with the template's status, no headers and an empty body; refuses with
    ``API_CONFIGURATION_ERROR``.
    """

    def __init__(self, app: None = None) -> None:
        pass

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request, as PEP 3333 says."""
        return self._answer(context_of(environ))(environ, start_response)

    def _answer(self, ctx: Context) -> WSGIApplication:
        try:
            template = read_payload(ctx.environ, ctx.deployment.payload_limit)
        except GatewayError as refusal:
            return refusal
        status = status_code(template.decode("utf-8", "replace"))
        if status is None:
            return GatewayError(
                API_CONFIGURATION_ERROR, reason="the request template does not yield an integer statusCode"
            )
        ctx.integration_status = status
        return Response(status_line(status if 200 <= status <= 599 else 500))


def status_code(template: str) -> int | None:
    """The integer ``statusCode`` of a rendered template; None if the template is malformed or has none."""
    try:
        document = json.loads(template)
    except (ValueError, RecursionError):
        return _lenient_status_code(template.strip())
    value = document.get("statusCode") if isinstance(document, dict) else None
    return value if type(value) is int else None


class _Malformed(Exception):
    """Not even roughly JSON."""


def _lenient_status_code(text: str) -> int | None:
    # The object ends at the last brace of the text: any brace before it may belong to a key.
    if len(text) < 2 or text[0] != "{" or text[-1] != "}":
        return None
    status = None
    try:
        for key, value in _members(text[1:-1]):
            if key == "statusCode":
                status = int(value) if _INTEGER.fullmatch(value) else None
    except _Malformed:
        return None
    return status


def _members(text: str) -> Iterable[tuple[str, str]]:
    at = _end(_BLANK, text, 0)
    while at < len(text):
        key, at = _key(text, at)
        at = _end(_SPACE, text, at)
        if text[at : at + 1] != ":":
            raise _Malformed
        value, at = _value(text, _end(_SPACE, text, at + 1))
        at = _end(_SPACE, text, at)
        if text[at : at + 1] not in ("", ","):
            raise _Malformed
        yield key, value
        at = _end(_BLANK, text, at)


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return at if match is None else match.end()


def _key(text: str, at: int) -> tuple[str, int]:
    quoted = text[at] in "\"'"
    match = (_QUOTED if quoted else _BARE_KEY).match(text, at)
    if match is None:
        raise _Malformed
    return (match[0][1:-1] if quoted else match[0].rstrip()), match.end()


def _value(text: str, at: int) -> tuple[str, int]:
    """A value's text, quotes and all, and where it ends; what is in brackets is not looked into."""
    first = text[at : at + 1]
    if first in ("[", "{"):
        end = _closing(text, at)
        return text[at:end], end
    match = (_QUOTED if first in ('"', "'") and first else _BARE_VALUE).match(text, at)
    if match is None:
        raise _Malformed
    return match[0].rstrip(), match.end()


def _closing(text: str, at: int) -> int:
    """Just behind the bracket which closes the one at ``at``."""
    open_brackets: list[str] = []
    for match in _BRACKET.finditer(text, at):
        bracket = match[0]
        if bracket in "[{":
            open_brackets.append("]" if bracket == "[" else "}")
        elif bracket != open_brackets.pop():
            break
        if not open_brackets:
            return match.end()
    raise _Malformed
