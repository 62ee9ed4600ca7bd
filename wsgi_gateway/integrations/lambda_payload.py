"""What Lambda carries: how large events and answers may be, and an answer as Python's runtime writes it.

::

    >>> from http import HTTPStatus
    >>> marshalled({"statusCode": HTTPStatus.CREATED, "multiValueHeaders": {"x": ("a", "b")}})
    '{"statusCode": 201, "multiValueHeaders": {"x": ["a", "b"]}}'

=================  ============  =======================================================================
an event           6 MB          :data:`REQUEST_LIMIT`
one left to wait   1 MB          :data:`EVENT_LIMIT`, ``Event``; it was 256 KB until AWS raised it in 2025
an answer          6 MB          :data:`RESPONSE_LIMIT`, with all of its JSON
=================  ============  =======================================================================

The runtime writes what JSON has no word of its own for as it does here: enumerations and other subclasses of
text and numbers as what they are, tuples as arrays, keys that are numbers as text, and a ``Decimal`` as a
number (here of a double's precision, if it has a fraction). NaN and Infinity it refuses, as of its current
release.

Not confirmed on AWS: that a MB is 1,048,576 bytes for events that wait. Not served: named tuples, which the
runtime writes as objects and which are arrays here, and bytes, which it reads as text and which are refused.

Not for: what the members of an answer mean; :mod:`~wsgi_gateway.integrations.lambda_answer`.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html,
https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html and the runtime's own marshalling.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

REQUEST_LIMIT = 6 * 1024 * 1024
"""Bytes of an event whose answer is waited for."""

EVENT_LIMIT = 1024 * 1024
"""Bytes of an event that nobody waits for."""

RESPONSE_LIMIT = 6_291_556
"""Bytes of an answer, as Lambda names them in its refusals (6 MiB and 100)."""

BYTES_PER_CHARACTER = 6
"""The most that one character of a text takes in JSON that is UTF-8: a control character, ``\\u0000``."""


def marshalled(output: Any) -> str:
    """A function's output as JSON text. Raises TypeError, ValueError and RecursionError for what JSON cannot
    carry.
    """
    return json.dumps(output, ensure_ascii=False, allow_nan=False, default=_number)


def size_of(document: Any) -> int:
    """Bytes of ``document`` as JSON in UTF-8, without a blank more than it needs. Members that JSON cannot
    carry count as their text.
    """
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=str)
    return len(text.encode("utf-8", "replace"))


def _number(value: Any) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    # What has an exponent is not written out: it may stand for a million digits.
    return int(value) if value.as_tuple().exponent == 0 else float(value)
