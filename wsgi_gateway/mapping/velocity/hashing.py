"""`hashCode()` as Java computes it; templates print it, and compare with it."""

from typing import Any

from wsgi_gateway.mapping.velocity.budget import check
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.scalars import BIG_INTEGER, BOOLEAN, DOUBLE, LONG, wrap
from wsgi_gateway.mapping.velocity.strings import hash_code as string_hash
from wsgi_gateway.mapping.velocity.values import Char, Entry, MapView, plain_key

_INT = range(-(2**31), 2**31)
_LONG = range(-(2**63), 2**63)


def hash_code(value: Any, budget: list[int] | None = None) -> int:
    """The hash of any value, collections by content."""
    budget = budget if budget is not None else [100_000]
    budget[0] -= 1
    if not budget[0] & 255:
        check()
    if budget[0] < 0:
        raise TemplateRuntimeError("hashing a collection takes too long")
    if value is None:
        return 0
    if isinstance(value, str):
        return ord(value) if type(value) is Char else string_hash(value)
    if isinstance(value, (bool, int, float)):
        return _scalar(value)
    if isinstance(value, dict):
        return wrap(sum(hash_code(plain_key(k), budget) ^ hash_code(value[k], budget) for k in value), 32)
    if isinstance(value, Entry):
        return hash_code(plain_key(value.key), budget) ^ hash_code(value.source.get(value.key), budget)
    if isinstance(value, MapView):
        return wrap(sum(hash_code(item, budget) for item in value.items()), 32)
    if isinstance(value, list):
        result = 1
        for item in value:
            result = (31 * result + hash_code(item, budget)) & 0xFFFFFFFF
        return wrap(result, 32)
    return 1


def _scalar(value: Any) -> int:
    if isinstance(value, bool):
        table = BOOLEAN
    elif isinstance(value, float):
        table = DOUBLE
    elif value in _INT:
        return int(value)
    else:
        table = LONG if value in _LONG else BIG_INTEGER
    result: int = table["hashCode"][0][1](value)
    return result
