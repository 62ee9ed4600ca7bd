"""The methods of iterators: `$list.iterator()` and `$list.listIterator()`.

What is removed through one is removed from its list. Not for what `#foreach` goes over, which is `runtime`'s.
See https://docs.oracle.com/javase/8/docs/api/java/util/ListIterator.html
"""

from typing import Any

from wsgi_gateway.mapping.velocity.budget import SLOT, charge
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.signatures import Table
from wsgi_gateway.mapping.velocity.values import Cursor


def _next(self: Cursor) -> Any:
    if self.position >= len(self.items):
        raise TemplateRuntimeError("java.util.NoSuchElementException")
    self.position += 1
    return self.items[self.position - 1]


def _remove(self: Cursor) -> str:
    if self.position == 0:
        raise TemplateRuntimeError("java.lang.IllegalStateException")
    self.position -= 1
    if self.items is not self.source:
        charge(SLOT * len(self.source))
        self.source.pop(list(self.source)[self.position], None)
    del self.items[self.position]
    return ""


def _previous(self: Cursor) -> Any:
    if self.position == 0:
        raise TemplateRuntimeError("java.util.NoSuchElementException")
    self.position -= 1
    return self.items[self.position]


CURSOR: Table = {
    "hasNext": [("", lambda s: s.position != len(s.items))],
    "next": [("", _next)],
    "remove": [("", _remove)],
    "hasPrevious": [("", lambda s: s.position > 0)],
    "previous": [("", _previous)],
    "nextIndex": [("", lambda s: s.position)],
}
