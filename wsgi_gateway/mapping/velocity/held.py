"""How much memory the values of a rendering take: what can be reached from its variables, and from those of
the functions that are running.

The sum is rough. A container counts as more than it is, a small text as often as it is met, and a large one
once. The walk ends when the limit is passed or the time is over.
"""

import sys
from collections.abc import Iterable
from inspect import CO_OPTIMIZED
from itertools import chain
from sys import getsizeof
from types import CodeType, MethodType
from typing import Any

from wsgi_gateway.mapping.velocity.budget import PAIR, SLOT, check
from wsgi_gateway.mapping.velocity.scopes import BlockReference, ForeachScope, MacroVariables
from wsgi_gateway.mapping.velocity.values import BigDecimal, Cursor, Entry, HostObject, Key, MapView

_CONTAINER = 200
_ATOMS = frozenset((float, bool, type(None), range))
_SMALL_INT = 2**60
_ONCE = 1024


def held(roots: Iterable[Any], limit: int) -> int:
    """The bytes taken by `roots` and all they hold; something above `limit` if they are more. Raises
    `TemplateRuntimeError` when the rendering's time is over.
    """
    seen: set[int] = set()
    waiting: list[Any] = [list(roots)]
    size = 0
    while waiting and size <= limit:
        holder = waiting.pop()
        if id(holder) in seen:
            continue
        seen.add(id(holder))
        check()
        size += _CONTAINER
        if isinstance(holder, dict):
            size += (PAIR - 2 * SLOT) * len(holder)
        for member in _members(holder):
            size += SLOT
            kind = type(member)
            if kind is int:
                if not -_SMALL_INT < member < _SMALL_INT:
                    size += getsizeof(member)
            elif kind is str:
                size += _text(member, seen)
            elif kind is BigDecimal:
                size += getsizeof(member)
            elif kind not in _ATOMS:
                waiting.append(member)
    return size


def _text(value: str, seen: set[int]) -> int:
    size = getsizeof(value)
    if size > _ONCE:
        if id(value) in seen:
            return 0
        seen.add(id(value))
    return size


def _members(holder: Any) -> Iterable[Any]:
    if isinstance(holder, dict):
        own = chain(holder, dict.values(holder))
        return chain(own, (holder.parent, holder.replaced)) if isinstance(holder, ForeachScope) else own
    if isinstance(holder, (list, tuple)):
        return holder
    if isinstance(holder, Key):
        return (holder.value,)
    if isinstance(holder, MapView):
        return (holder.source,)
    if isinstance(holder, Entry):
        return (holder.key, holder.source)
    if isinstance(holder, Cursor):
        return (holder.source, holder.items)
    return _of_ours(holder)


def _of_ours(holder: Any) -> Iterable[Any]:
    if isinstance(holder, MacroVariables):
        return (holder.own, holder.outer)
    if isinstance(holder, BlockReference):
        return (holder.variables,)
    if isinstance(holder, HostObject):
        return holder.velocity_members()
    if isinstance(holder, MethodType):
        return (holder.__self__,) if isinstance(holder.__self__, list) else ()
    builtin = getattr(holder, "__self__", None)  # the bound `append` of an output
    return (builtin,) if isinstance(builtin, list) else ()


def running(top: CodeType) -> list[Any]:
    """The variables of all functions that run, down to the one with the code `top`."""
    found: list[Any] = []
    frame = sys._getframe(1)
    while True:
        variables = frame.f_locals
        found.extend(variables.values())
        if sys.version_info < (3, 13) and frame.f_code.co_flags & CO_OPTIMIZED:
            variables.clear()  # a copy, which would stay with the frame and keep alive what is in it
        if frame.f_code is top or frame.f_back is None:
            return found
        frame = frame.f_back
