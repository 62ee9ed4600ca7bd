"""The methods of what shows a map (`keySet()`, `values()`, `entrySet()`), of its entries, and of iterators.

A view takes away and never adds: what it takes is gone from the map as well.
"""

from collections.abc import Callable
from typing import Any

from wsgi_gateway.mapping.velocity.arithmetic import equal, equals
from wsgi_gateway.mapping.velocity.budget import charge_member
from wsgi_gateway.mapping.velocity.containers import clear, contains_all, copied_map, elements, find, same
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.hashing import hash_code
from wsgi_gateway.mapping.velocity.printing import text
from wsgi_gateway.mapping.velocity.signatures import Table
from wsgi_gateway.mapping.velocity.values import Array, Cursor, Entry, MapView, plain_key


def _view_filter(self: MapView, gone: Callable[[Any], bool], once: bool = False) -> bool:
    """Take what is `gone` from the map behind the view."""
    before = len(self.source)
    for key, shown in zip(list(copied_map(self.source)), self.items(), strict=True):
        if gone(shown):
            self.source.pop(key, None)
            if once:
                break
    return len(self.source) != before


def _view_remove(self: MapView, value: Any) -> bool:
    return _view_filter(self, lambda shown: same(shown, value), once=True)


def _remove_all(self: MapView, other: Any) -> bool:
    wanted = elements(other)
    return _view_filter(self, lambda shown: find(wanted, shown) >= 0)


def _retain_all(self: MapView, other: Any) -> bool:
    wanted = elements(other)
    return _view_filter(self, lambda shown: find(wanted, shown) < 0)


def _unsupported(*_: Any) -> Any:
    raise TemplateRuntimeError("java.lang.UnsupportedOperationException")


VIEW: Table = {
    "size": [("", len)],
    "isEmpty": [("", lambda s: len(s) == 0)],
    "contains": [("o", lambda s, o: find(s.items(), o) >= 0)],
    "containsAll": [("C", contains_all)],
    "remove": [("o", _view_remove)],
    "removeAll": [("C", _remove_all)],
    "retainAll": [("C", _retain_all)],
    "add": [("o", _unsupported)],
    "addAll": [("C", _unsupported)],
    "clear": [("", lambda s: clear(s.source))],
    "iterator": [("", lambda s: Cursor(s.source, s.items()))],
    "toArray": [("", lambda s: Array(s.items(), "[Ljava.lang.Object;"))],
    "toString": [("", text)],
    "hashCode": [("", hash_code)],
    "equals": [("o", lambda s, o: isinstance(o, MapView) and equals(s, o))],
}


def _set_value(self: Entry, value: Any) -> Any:
    old = self.source.get(self.key)
    charge_member(value)
    self.source[self.key] = value
    return old


ENTRY: Table = {
    "getKey": [("", lambda s: plain_key(s.key))],
    "getValue": [("", lambda s: s.source.get(s.key))],
    "setValue": [("o", _set_value)],
    "toString": [("", text)],
    "hashCode": [("", hash_code)],
    "equals": [("o", lambda s, o: isinstance(o, Entry) and equal(text(s), text(o)))],
}
