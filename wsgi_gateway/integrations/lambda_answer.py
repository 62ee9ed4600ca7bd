"""What a function of a Lambda proxy integration may return, whole or streamed, and the answer it becomes.

::

    >>> from wsgi_gateway.integrations.lambda_answer import proxy_answer
    >>> proxy_answer({"statusCode": "201", "headers": {"X-Seen": True}}, decode=False)
    <Response 201 Created>

Every member may be missing, a status may be a numeric string, ``headers`` may be null, a header may be a
boolean; any further member, a bare string, null and a ``multiValueHeaders`` entry that is no list are
malformed (all recorded on AWS). A header of both maps is sent with the values of ``multiValueHeaders`` first,
under the name it has there. ``Content-Length`` is always renamed to ``x-amzn-Remapped-Content-Length``, be it
true or not; the body is framed here.

What a Python callable returns need not be pure JSON: :func:`python_answer` takes it as Lambda's runtime would
marshal it (:mod:`~wsgi_gateway.integrations.lambda_payload`), with ``HTTPStatus.OK`` for a status, tuples for
lists, and no more than Lambda's 6 MB for all of its JSON.

Not confirmed on AWS, and decided here: numbers as header values are written out; null or nested header
values, NaN and Infinity, a body that is not a string, an ``isBase64Encoded`` that is no boolean, a status of
null or outside of 200 to 599, header names or values that HTTP cannot carry, and more than 6 MB are
malformed.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from wsgi_gateway.errors import API_CONFIGURATION_ERROR, GatewayError
from wsgi_gateway.integrations.lambda_payload import BYTES_PER_CHARACTER, RESPONSE_LIMIT, marshalled
from wsgi_gateway.mapping.content import decode_base64
from wsgi_gateway.typing import HeaderList
from wsgi_gateway.wsgi import Response, status_line

MEMBERS = frozenset({"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"})
"""The members an answer may have."""

STREAM_MEMBERS = frozenset({"statusCode", "headers", "multiValueHeaders", "cookies"})
"""The members that the head of a streamed answer may have."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_UNCOUNTED = RESPONSE_LIMIT // BYTES_PER_CHARACTER - 1000
_FRAME = 8
_LONGEST_NUMBER = 5000
_STATUS = re.compile(r"[2-5][0-9][0-9]")
_NO_BODY = frozenset({204, 304})
_FRAMING = frozenset({"content-length", "transfer-encoding"})
_FRAMING_LENGTHS = frozenset(map(len, _FRAMING))


class MalformedAnswer(Exception):
    """The function's output breaks the contract. The text says how; it is for logs."""


def python_answer(output: Any, *, decode: bool) -> Response:
    """The answer for the output of a Python callable, as Lambda's runtime would have sent it.

    Parameters and errors are :func:`proxy_answer`'s.
    """
    try:
        response = proxy_answer(output, decode=decode)
    except MalformedAnswer:
        # Most functions return pure JSON, and do not pay for those that do not.
        document, size = as_json(output)
        response = proxy_answer(document, decode=decode)
    else:
        if _characters(output) <= _UNCOUNTED:
            return response
        size = len(_marshalled(output).encode("utf-8", "replace"))
    if size > RESPONSE_LIMIT:
        raise MalformedAnswer(f"{size} bytes as JSON, and Lambda takes {RESPONSE_LIMIT}")
    return response


def as_json(output: Any) -> tuple[Any, int]:
    """What JSON makes of ``output``, and how many bytes. Raises :class:`MalformedAnswer` if it cannot."""
    text = _marshalled(output)
    return json.loads(text), len(text.encode("utf-8", "replace"))


def proxy_answer(output: Any, *, decode: bool) -> Response:
    """The answer for JSON that a function gave. ``decode``: whether the client may get base64 bodies decoded.

    Raises :class:`MalformedAnswer`; GatewayError 500 for a body that says it is base64 and is not.
    """
    if not isinstance(output, dict):
        raise MalformedAnswer(f"the output is a {type(output).__name__}, not an object")
    if not output.keys() <= MEMBERS:
        raise MalformedAnswer("the output has members which the contract does not know")
    status = _status(output.get("statusCode", 200))
    headers = _headers(output)
    body = _body(output, decode)
    if status in _NO_BODY:
        return Response(status_line(status), headers, [])
    return Response(status_line(status), _typed(headers), [body])


def stream_head(members: dict[str, Any]) -> tuple[int, HeaderList]:
    """Status and headers of a streamed answer, from the object that stands before its body. Raises
    :class:`MalformedAnswer`.
    """
    if not members.keys() <= STREAM_MEMBERS:
        raise MalformedAnswer("the head has members which the contract does not know")
    status = _status(members.get("statusCode", 200))
    headers = _headers(members)
    cookies = members.get("cookies")
    if not isinstance(cookies, list | None):
        raise MalformedAnswer("cookies is a list or null")
    headers += [("Set-Cookie", _text(cookie)) for cookie in cookies or ()]
    if status in _NO_BODY:
        return status, [pair for pair in headers if pair[0].lower() != "content-type"]
    return status, _typed(headers)


def _typed(headers: HeaderList) -> HeaderList:
    for name, _ in headers:
        if len(name) == 12 and name.lower() == "content-type":
            return headers
    headers.append(("Content-Type", "application/json"))
    return headers


def _status(value: Any) -> int:
    if type(value) is int and 200 <= value <= 599:
        return value
    if not isinstance(value, str) or not _STATUS.fullmatch(value):
        raise MalformedAnswer("statusCode is no final HTTP status")
    return int(value)


def _headers(output: dict[str, Any]) -> HeaderList:
    """Multi values first; a single value of the same name, in any case, follows them."""
    single = {name.lower(): (name, value) for name, value in _pairs(output.get("headers"))}
    headers: HeaderList = []
    for name, values in _members(output.get("multiValueHeaders")):
        if not isinstance(values, list):
            raise MalformedAnswer("an entry of multiValueHeaders is no list")
        headers += [(name, _text(value)) for value in values]
        if name.lower() in single:
            headers.append((name, single.pop(name.lower())[1]))
    return _reframed(headers + list(single.values()))


def _members(mapping: Any) -> Iterator[tuple[str, Any]]:
    if mapping is None:
        return
    if not isinstance(mapping, dict):
        raise MalformedAnswer("headers and multiValueHeaders are objects or null")
    for name, value in mapping.items():
        if type(name) is not str or not _TOKEN.fullmatch(name):
            raise MalformedAnswer("a header name that HTTP cannot carry")
        yield name, value


def _pairs(mapping: Any) -> Iterator[tuple[str, str]]:
    return ((name, _text(value)) for name, value in _members(mapping))


def _text(value: Any) -> str:
    """A scalar as JSON writes it; text in the form WSGI wants: bytes in disguise."""
    if isinstance(value, bool | int | float):
        return _number_text(value)
    if not isinstance(value, str) or _CONTROL.search(value):
        raise MalformedAnswer("a header value that HTTP cannot carry")
    try:
        return value.encode("utf-8").decode("latin-1")
    except UnicodeEncodeError:
        raise MalformedAnswer("a header value with half a character") from None


def _number_text(value: float) -> str:
    if isinstance(value, float) and not math.isfinite(value):
        raise MalformedAnswer("a header value that JSON cannot carry")
    try:
        return json.dumps(value)
    except ValueError:
        raise MalformedAnswer("a header value of too many digits") from None


def _body(output: dict[str, Any], decode: bool) -> bytes:
    body, is_base64_encoded = output.get("body"), output.get("isBase64Encoded")
    if not isinstance(body, str | None) or not isinstance(is_base64_encoded, bool | None):
        raise MalformedAnswer("body is a string or null, isBase64Encoded a boolean or null")
    if not body:
        return b""
    if not (decode and is_base64_encoded):
        return body.encode("utf-8", "replace")
    try:
        return decode_base64(body.encode("ascii"))
    except ValueError as error:
        raise GatewayError(API_CONFIGURATION_ERROR, reason="the function's body is not base64") from error


def _reframed(headers: HeaderList) -> HeaderList:
    """Without what would frame the body: Transfer-Encoding goes, Content-Length gets AWS's other name."""
    for name, _ in headers:
        if len(name) in _FRAMING_LENGTHS and name.lower() in _FRAMING:
            break
    else:
        return headers
    return [
        (f"x-amzn-Remapped-{name}" if name.lower() == "content-length" else name, value)
        for name, value in headers
        if name.lower() != "transfer-encoding"
    ]


def _marshalled(output: Any) -> str:
    try:
        return marshalled(output)
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedAnswer(f"JSON cannot carry the output: {type(error).__name__}") from None


def _characters(output: dict[str, Any]) -> int:
    """No fewer than the characters of the JSON of a sound answer, before they are escaped."""
    count = len(output.get("body") or "")
    for name, value in (output.get("headers") or {}).items():
        count += len(name) + _FRAME + (len(value) if isinstance(value, str) else _LONGEST_NUMBER)
    for name, values in (output.get("multiValueHeaders") or {}).items():
        count += len(name) + _FRAME
        for value in values:
            count += _FRAME + (len(value) if isinstance(value, str) else _LONGEST_NUMBER)
    return count
