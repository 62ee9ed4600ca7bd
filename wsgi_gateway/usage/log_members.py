"""The members of JSON log lines: what they may be called, and what may be in them.

::

    >>> from wsgi_gateway.usage.log_members import MEMBERS, first_of, text_of
    >>> first_of({"apiKeyId": "-", "identity": {"apiKeyId": "ada"}}, MEMBERS["caller"])
    ('identity.apiKeyId', 'ada')
    >>> text_of(7)
    '7'

``-`` and empty text count as absent: so API Gateway writes what a request does not have.

Not for: the Common Log Format (:mod:`wsgi_gateway.usage.traffic`).

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html, whose examples of
access logs name the members so; the others are what web frameworks write.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

MEMBERS: Mapping[str, tuple[str, ...]] = {
    "time": ("requestTimeEpoch", "time", "timestamp", "@timestamp", "requestTime", "ts"),
    "caller": ("apiKeyId", "keyId", "key_id", "api_key_id", "identity.apiKeyId", "apiKey", "api_key", "key"),
    "verb": ("httpMethod", "method", "http_method", "verb"),
    "resource": ("resourcePath", "resource", "resource_path"),
    "path": ("path", "uri", "url", "request_uri"),
    "status": ("status", "statusCode", "status_code"),
    "api": ("apiId", "api_id"),
    "stage": ("stage",),
}
"""What a JSON line may call its members, in the order in which they are asked."""


class Unreadable(Exception):
    """Why a line is no request; never what it says."""


def names_among(
    members: Mapping[str, tuple[str, ...]], present: Collection[str]
) -> Mapping[str, tuple[str, ...]]:
    """Of the names that members may have only those that a line with the names ``present`` can have."""
    return {
        what: tuple(name for name in names if name in present or name.partition(".")[0] in present)
        for what, names in members.items()
    }


def first_of(members: Any, names: Iterable[str]) -> tuple[str, Any]:
    """The first member that is there, by one of the names; inside of others where a name has dots."""
    for name in names:
        value = members.get(name)
        if value is None and "." in name:
            value = members
            for part in name.split("."):
                value = value.get(part) if isinstance(value, dict) else None
        if value is not None and value not in ("-", ""):
            return name, value
    return "", None


def text_of(value: object) -> str | None:
    """Text, or a whole number as text; None for None. Raises Unreadable for all else."""
    if value is None or (type(value) is str and value.isascii()):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if -(2**63) < value < 2**63 else _refuse()
    if not isinstance(value, str):
        return _refuse()
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            return _refuse()
    return value


def _refuse() -> str:
    raise Unreadable("a member is no text")
