"""Why a look-up gives nothing: because its type has no method or property of that name.

A template cannot tell a misspelt method from null, and a reader of its output cannot either. The code of a
template that is watched calls these instead of the functions of `methods`; they answer the same, and leave
with the rendering what was unknown::

    >>> from wsgi_gateway.mapping.velocity.unknown import no_such_method
    >>> no_such_method("a", "toLower", ())
    'String has no method toLower; there is toLowerCase'

Not for renderings that nobody watches: what is unknown costs time to find.
"""

from collections.abc import Callable, Iterable
from difflib import get_close_matches
from typing import Any

from wsgi_gateway.mapping.budget import current
from wsgi_gateway.mapping.velocity import methods
from wsgi_gateway.mapping.velocity.signatures import choose
from wsgi_gateway.mapping.velocity.values import HostObject

_CLOSE = 0.75
_NAME = 60


def no_such_method(value: Any, name: str, arguments: tuple[Any, ...]) -> str | None:
    """What is wrong with `value.name(arguments)`, which gave null; None if that is the answer."""
    if isinstance(value, HostObject):
        kind, names = type(value).__name__, list(type(value).methods)
        return None if name in names else _missing(kind, "method", name, names)
    table, java_name = methods.table_of(value)
    kind = _kind(value, java_name)
    overloads = table.get(name)
    if overloads is None:
        return _missing(kind, "method", name, table)
    return None if choose(overloads, arguments) else f"{kind}.{name} takes other arguments"


def no_such_property(value: Any, name: str) -> str | None:
    """What is wrong with `value.name`, which gave null; None if that is the answer. A map has any name."""
    if value is None or isinstance(value, dict):
        return None
    if isinstance(value, HostObject):
        kind, names, called = type(value).__name__, list(type(value).properties), type(value).methods
        return (
            f"{name} is a method: {name}(...)" if name in called else _missing(kind, "property", name, names)
        )
    table, java_name = methods.table_of(value)
    if name in table:
        return f"{name} is a method: {name}()"
    return _missing(_kind(value, java_name), "property", name, ())


def _kind(value: Any, java_name: str) -> str:
    """What to call it. A name without a value is the empty text on AWS, and as such no surprise."""
    return "the empty text" if value == "" else java_name.rpartition(".")[2]


def _missing(kind: str, what: str, name: str, names: Iterable[str]) -> str:
    """With the name that was meant, if one is like it."""
    by_fold = {known.lower(): known for known in names}
    close = get_close_matches(name[:_NAME].lower(), by_fold, 1, _CLOSE)
    meant = f"; there is {by_fold[close[0]]}" if close else ""
    return f"{kind} has no {what} {name[:_NAME]}{meant}"


def _call(value: Any, name: str, *arguments: Any) -> Any:
    found = methods.call(value, name, *arguments)
    if found is None and value is not None:
        _leave(no_such_method(value, name, arguments))
    return found


def _get_property(value: Any, name: str) -> Any:
    found = methods.get_property(value, name)
    if found is None:
        _leave(no_such_property(value, name))
    return found


def _leave(unknown: str | None) -> None:
    if unknown is not None:
        current.meter.unknown = unknown  # type: ignore[attr-defined]  # an ObservedRender


WATCHED_LOOKUPS: dict[str, Callable[..., Any]] = {"call": _call, "get_property": _get_property}
"""What a watched template's code calls under these names."""
