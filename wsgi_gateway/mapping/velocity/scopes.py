"""`$foreach`, macros' own view of the variables, and blocks that are run where they are printed."""

from collections.abc import Callable
from typing import Any

from wsgi_gateway.mapping.velocity.budget import Output
from wsgi_gateway.mapping.velocity.containers import MAP
from wsgi_gateway.mapping.velocity.methods import register
from wsgi_gateway.mapping.velocity.signatures import Table
from wsgi_gateway.mapping.velocity.values import HostObject


class ForeachScope(dict[Any, Any]):
    """The loop object: a map with a few members of its own, which sees the loop around it."""

    __slots__ = ("index", "parent", "replaced", "size")

    def __init__(self, size: int, previous: Any) -> None:
        super().__init__()
        self.index = -1
        self.size = size
        self.parent = previous if isinstance(previous, ForeachScope) else None
        self.replaced = None if self.parent is not None else previous

    def get(self, key: Any, default: Any = None) -> Any:
        """A member, something put here, or something put into the loop around."""
        member = _MEMBERS.get(key)
        if member is not None:
            return member(self)
        if key in self:
            return dict.get(self, key)
        return default if self.parent is None else self.parent.get(key, default)

    def __getitem__(self, key: Any) -> Any:
        value = self.get(key)
        if value is None:
            raise KeyError(key)
        return value


def _topmost(scope: ForeachScope) -> ForeachScope:
    while scope.parent is not None:
        scope = scope.parent
    return scope


_GETTERS: dict[str, Callable[[ForeachScope], Any]] = {
    "index": lambda s: s.index,
    "count": lambda s: s.index + 1,
    "hasNext": lambda s: s.index + 1 < s.size,
    "first": lambda s: s.index < 1,
    "last": lambda s: s.index + 1 >= s.size,
    "parent": lambda s: s.parent,
    "topmost": _topmost,
    "replaced": lambda s: _topmost(s).replaced,
}
_MEMBERS = {**_GETTERS, **{name[0].upper() + name[1:]: getter for name, getter in _GETTERS.items()}}
_SCOPE: Table = {
    **MAP,
    **{f"get{name[0].upper()}{name[1:]}": [("", getter)] for name, getter in _GETTERS.items()},
    "hasNext": [("", _GETTERS["hasNext"])],
    "isFirst": [("", _GETTERS["first"])],
    "isLast": [("", _GETTERS["last"])],
}
register(ForeachScope, _SCOPE, "org.apache.velocity.runtime.directive.ForeachScope")


class MacroVariables:
    """The variables as a macro sees them: its parameters, then those of its caller.

    A parameter is a function which is called at each use, by name as Velocity does it. `#set` writes here
    and outside.
    """

    __slots__ = ("outer", "own", "render", "thunks")

    def __init__(self, render: Any, outer: Any) -> None:
        self.render = render
        self.outer = outer
        self.own: dict[str, Any] = {}
        self.thunks: dict[str, Callable[[Any, Any], Any]] = {}

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a variable or parameter."""
        value = self.own.get(key)
        if value is not None:
            return value
        thunk = self.thunks.get(key)
        if thunk is not None:
            self.render.turn()
            return thunk(self.render, self.outer)
        return self.outer.get(key, default)

    def __setitem__(self, key: str, value: Any) -> None:
        self.own[key] = value
        self.outer[key] = value

    def pop(self, key: str, default: Any = None) -> None:
        """Forget a variable, here and outside."""
        self.own.pop(key, None)
        self.thunks.pop(key, None)
        self.outer.pop(key, default)


class BlockReference(HostObject):
    """What `#define` makes: printing it runs it, a few levels deep at most."""

    def __init__(self, render: Any, function: Callable[..., Any], variables: Any, limit: int) -> None:
        self.render = render
        self.function = function
        self.variables = variables
        self.limit = limit
        self.depth = 0

    def run(self, variables: Any) -> str | None:
        """Its text; None if it is already running too often."""
        if self.depth >= self.limit:
            return None
        self.depth += 1
        parts = Output()
        self.render.tick()
        try:
            self.function(self.render, variables, parts.append)
        except BaseException as error:
            error.partial = parts  # type: ignore[attr-defined]  # what was printed before #stop counts
            raise
        finally:
            self.depth -= 1
        return parts.text()

    def velocity_text(self) -> str:
        """Its text, as part of a string or a list."""
        text = self.run(self.variables)
        return "null" if text is None else text
