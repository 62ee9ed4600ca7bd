"""Routes: which are gone, which are new, and which method of the new API answers what an old one did.

The Router is asked, that of either API, for every verb and a path of every shape
(:mod:`~wsgi_gateway.exports.diff.paths`): so a route that is gone may be answered by a variable beside it, by
which the Router goes on where a path has not the verb. Paths are compared with their variables' names left
aside, for callers see none of them. A change is told once, for the most general path that has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from wsgi_gateway.config import MethodConfig, RestApiConfig
from wsgi_gateway.config.method import HTTP_METHODS
from wsgi_gateway.errors import DEFAULT_4XX, GatewayError
from wsgi_gateway.exports.diff.change import BREAKING, COMPATIBLE, OPENING, UNCLEAR, Change
from wsgi_gateway.exports.diff.paths import Shape, common, most_general, shape_of, shapes, spelled, written
from wsgi_gateway.router import Router, dispatching

_AREA = "route"
_REFUSED = "callers are answered by 403"
_NOT_ALL = "not every path was compared: some are too long, or have too many variables in common"


class _Answering(NamedTuple):
    """A method by its route: the path template, and the verb as it is declared, perhaps ANY."""

    path: str
    verb: str


_Pair = tuple[_Answering | None, _Answering | None]


class Routes:
    """The routes of two APIs, side by side."""

    def __init__(self, old: RestApiConfig, new: RestApiConfig) -> None:
        self._old, self._new = _Table(old), _Table(new)
        self._names = {shape_of(path): path for path in (*self._new.paths, *self._old.paths)}
        found = shapes((*self._old.paths, *self._new.paths))
        self._are_all = found.are_all
        self._pairs: dict[_Pair, dict[Shape, None]] = {}
        for shape, path in written(found.found):
            for verb in HTTP_METHODS:
                pair = self._old.answering(path, verb), self._new.answering(path, verb)
                if pair != (None, None):
                    self._pairs.setdefault(pair, {})[shape] = None

    def both(self) -> Iterator[tuple[str, MethodConfig, MethodConfig]]:
        """What is answered by both: ``GET /pets``, the method that did, the method that will."""
        for was, will in self._pairs:
            if was is not None and will is not None:
                where = f"{_verb(was, will)} {self._name(_shared(was, will))}"
                yield where, self._old.method(was), self._new.method(will)

    def changes(self) -> Iterator[Change]:
        """What is gone, what is new, and what is answered by another route."""
        for (was, will), at in self._pairs.items():
            if was is not None and will is not None:
                yield from self._moved(was, will)
            elif was is not None:
                yield from self._closed(was, at)
            elif will is not None:
                yield from self._opened(will, at)
        if not self._are_all:
            yield Change(_AREA, "the API", _NOT_ALL, UNCLEAR)

    def _moved(self, was: _Answering, will: _Answering) -> Iterator[Change]:
        before, after, shape = shape_of(was.path), shape_of(will.path), _shared(was, will)
        if before == after:
            return
        if shape == before:
            message = f"is gone; {will.path} answers instead"
        elif shape == after:
            message = f"is new; {was.path} answered so far"
        else:
            message = f"was answered by {was.path}, is by {will.path}"
        yield Change(_AREA, f"{_verb(was, will)} {self._name(shape)}", message, UNCLEAR)

    def _closed(self, was: _Answering, at: dict[Shape, None]) -> Iterator[Change]:
        for shape in _told_at(was, at):
            where = f"{was.verb} {self._name(shape)}"
            if shape == shape_of(was.path):
                yield Change(_AREA, where, f"is gone: {_REFUSED}", BREAKING)
            else:
                yield Change(_AREA, where, f"was answered by {was.path}; now {_REFUSED}", BREAKING)

    def _opened(self, will: _Answering, at: dict[Shape, None]) -> Iterator[Change]:
        for shape in _told_at(will, at):
            where = f"{will.verb} {self._name(shape)}"
            if shape == shape_of(will.path):
                yield Change(_AREA, where, "is new", COMPATIBLE)
            else:
                yield Change(_AREA, where, f"{will.path} answers now; so far {_REFUSED}", OPENING)

    def _name(self, shape: Shape) -> str:
        return self._names.get(shape) or spelled(shape)


class _Table:
    """The Router of an API, asked for methods."""

    def __init__(self, api: RestApiConfig) -> None:
        self._resources = api.resources
        self.paths = [path for path, methods in api.resources.items() if methods]
        nobody = GatewayError(DEFAULT_4XX)
        routes = {path: dict.fromkeys(methods, nobody) for path, methods in api.resources.items()}
        self._router = Router(routes, dispatching=dispatching(api))

    def answering(self, path: str, verb: str) -> _Answering | None:
        found = self._router.match(path, verb)
        if found is None:
            return None
        template = found[0].resource_path
        return _Answering(template, verb if verb in self._resources[template] else "ANY")

    def method(self, one: _Answering) -> MethodConfig:
        return self._resources[one.path][one.verb]


def _verb(was: _Answering, will: _Answering) -> str:
    """The verb that is declared; ANY if neither is."""
    return will.verb if was.verb == "ANY" else was.verb


def _shared(was: _Answering, will: _Answering) -> Shape:
    shape = common(shape_of(was.path), shape_of(will.path))
    assert shape is not None, "both answer the same path"
    return shape


def _told_at(one: _Answering, at: dict[Shape, None]) -> list[Shape]:
    """The route's own shape if that is among them, else the most general of them."""
    own = shape_of(one.path)
    return [own] if own in at else most_general(at)
