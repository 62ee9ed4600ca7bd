"""What an authorizer answered, checked and compiled: who the caller is, and what the policy lets them do.

An answer is a dict with ``principalId`` and ``policyDocument``; it may add ``context`` (text, numbers and
booleans by name) and ``usageIdentifierKey`` (an API key's value)::

    >>> from wsgi_gateway.authorizers import allow
    >>> grant = Grant(allow("alice", admin=True, team="blue"))
    >>> grant.variables
    {'admin': 'true', 'team': 'blue', 'principalId': 'alice'}

Whatever is missing or of a wrong kind makes the whole answer unusable: :class:`PolicyError`, and the client
is told 500. On AWS an object, a list or null as context value has that effect (seen there for lists and
objects). A context member named ``principalId`` never replaces the real one.

Not for: deciding; :meth:`Policy.decide <wsgi_gateway.authorizers.policy.Policy.decide>` does, on every
request.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import isfinite
from sys import getsizeof
from typing import Any

from wsgi_gateway.authorizers.policy import Policy, PolicyError

_MEMBER_NAME = re.compile(r"[A-Za-z0-9_]+")
_BASE_SIZE = 900


class Grant:
    """A usable answer of an authorizer. Raises :class:`PolicyError` for an unusable one.

    ``principal_id``: text. ``context``: ``principalId`` and the context as answered. ``variables``: the
    same as text, for ``$context.authorizer``. ``usage_identifier_key``: an API key's value, a secret, or
    None. ``policy``: compiled. ``remote_user``: the principal as PEP 3333 wants it, UTF-8 in latin-1 code
    points. ``size``: about how many bytes it keeps in memory.
    """

    __slots__ = (
        "answer",
        "context",
        "policy",
        "principal_id",
        "remote_user",
        "size",
        "usage_identifier_key",
        "variables",
    )

    def __init__(self, answer: Any) -> None:
        if not isinstance(answer, Mapping):
            raise PolicyError("the authorizer's answer is not an object")
        self.answer: Mapping[str, Any] | None = answer
        self.principal_id = _text(answer, "principalId")
        self.remote_user = self.principal_id.encode().decode("latin-1")
        document = answer.get("policyDocument")
        self.policy = Policy(document)
        context = _context(answer.get("context"))
        self.variables = {name: _stringified(value) for name, value in context.items()}
        self.variables["principalId"] = self.principal_id
        self.context = {**context, "principalId": self.principal_id}
        self.usage_identifier_key = (
            None if answer.get("usageIdentifierKey") is None else _text(answer, "usageIdentifierKey")
        )
        self.size = _BASE_SIZE + _footprint(context) + _compiled(document)

    def __repr__(self) -> str:
        return "<Grant>"


def _text(answer: Mapping[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str) or not value:
        raise PolicyError(f"the authorizer's answer has no text as {name}")
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise PolicyError(f"{name} is not valid Unicode") from error
    if any(character < " " or character == "\x7f" for character in value):
        raise PolicyError(f"{name} has control characters")
    return value


def _context(context: Any) -> dict[str, Any]:
    if context is None:
        return {}
    if not isinstance(context, Mapping):
        raise PolicyError("the context is not an object")
    for name in context:
        if not isinstance(name, str) or not _MEMBER_NAME.fullmatch(name):
            raise PolicyError("a name in the context has other characters than letters, digits and _")
    return dict(context)


def _stringified(value: Any) -> str:
    """AWS makes text of every context value: ``True`` is ``true``, ``1`` is ``1``."""
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError as error:
            raise PolicyError("a text in the context is not valid Unicode") from error
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
        try:
            return str(value)
        except ValueError as error:
            raise PolicyError("a number in the context is too long") from error
    raise PolicyError("a value in the context is no text, number or boolean")


def _compiled(value: Any) -> int:
    """About how many bytes a policy occupies once it is compiled; measured, and rather too many."""
    if isinstance(value, str):
        stars, marks = (0, 0) if value == "*" else (value.count("*"), value.count("?"))
        size = 130 + 2 * len(value) + (1000 + 30 * stars if stars or marks else 0)
        return size + (10 * len(value) if marks else 0)
    if isinstance(value, Mapping):
        return 100 + sum(_compiled(key) + _compiled(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return 100 + sum(map(_compiled, value))
    return 50


def _footprint(value: Any) -> int:
    """Bytes that plain data of text, numbers, lists and dicts occupy."""
    size = getsizeof(value)
    if isinstance(value, Mapping):
        return size + sum(_footprint(key) + _footprint(item) for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return size + sum(map(_footprint, value))
    return size
