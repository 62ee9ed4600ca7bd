"""Routes: which are gone, which are new, and which method of the new API answers what an old one did.

Paths are compared with their variables' names left aside, for callers see none of them. What a greedy or
another variable now catches is told as such.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from wsgi_gateway.config import MethodConfig, RestApiConfig
from wsgi_gateway.exports.diff.change import BREAKING, COMPATIBLE, UNCLEAR, Change

Verbs = Mapping[str, MethodConfig]
_VARIABLE = re.compile(r"\{[^{}]*?(\+?)\}")


class Routes:
    """The routes of two APIs, side by side."""

    def __init__(self, old: RestApiConfig, new: RestApiConfig) -> None:
        self._old, self._new = _by_shape(old), _by_shape(new)
        self._names = _names(new) | _names(old)

    def both(self) -> Iterator[tuple[str, MethodConfig, MethodConfig]]:
        """What is answered by both: ``GET /pets``, the method that did, the method that will."""
        for shape in self._names:
            before, after = _routed(shape, self._old), _routed(shape, self._new)
            for verb in sorted(before.keys() | after.keys()):
                one, other = _answering(before, verb), _answering(after, verb)
                if one is not None and other is not None:
                    yield f"{verb} {self._names[shape]}", one, other

    def changes(self) -> Iterator[Change]:
        """What is gone, and what is new."""
        for shape, name in self._names.items():
            before, after = self._old.get(shape, {}), self._new.get(shape, {})
            for verb in sorted(before.keys() | after.keys()):
                was, will = _answering(before, verb), _answering(after, verb)
                if was is not None and will is None:
                    yield self._gone(verb, shape, name)
                elif was is None and will is not None:
                    yield self._added(verb, shape, name)

    def _gone(self, verb: str, shape: str, name: str) -> Change:
        where = f"{verb} {name}"
        other = _caught(shape, verb, self._new)
        if other is not None:
            return Change("route", where, f"is gone; {self._names[other]} answers instead", UNCLEAR)
        return Change("route", where, "is gone: callers are answered by 403", BREAKING)

    def _added(self, verb: str, shape: str, name: str) -> Change:
        other = _caught(shape, verb, self._old)
        if other is not None:
            return Change("route", f"{verb} {name}", f"is new; {self._names[other]} answered so far", UNCLEAR)
        return Change("route", f"{verb} {name}", "is new", COMPATIBLE)


def _by_shape(api: RestApiConfig) -> dict[str, Verbs]:
    return {_VARIABLE.sub(r"{\1}", path): methods for path, methods in api.resources.items() if methods}


def _names(api: RestApiConfig) -> dict[str, str]:
    return {_VARIABLE.sub(r"{\1}", path): path for path, methods in api.resources.items() if methods}


def _routed(shape: str, routes: Mapping[str, Verbs]) -> Verbs:
    """The methods for requests of ``shape``: its own, or those of the variables that catch them."""
    if shape in routes:
        return routes[shape]
    other = _catching(shape, routes)
    return {} if other is None else routes[other]


def _answering(methods: Verbs, verb: str) -> MethodConfig | None:
    """The method for a verb; for ANY, that of all the verbs that have none of their own."""
    return methods.get(verb) or methods.get("ANY")


def _catching(shape: str, routes: Mapping[str, Verbs]) -> str | None:
    """The route of variables to which all requests of ``shape`` go, if there is one."""
    found = [other for other in routes if _covers(other.split("/"), shape.split("/"))]
    return max(found, key=lambda other: (other.count("/"), -other.count("{")), default=None)


def _caught(shape: str, verb: str, routes: Mapping[str, Verbs]) -> str | None:
    """The route that answers the verb for one that is not there itself."""
    other = None if shape in routes else _catching(shape, routes)
    return other if other is not None and _answering(routes[other], verb) is not None else None


def _covers(template: list[str], path: list[str]) -> bool:
    if template[-1] == "{+}":
        return len(path) >= len(template) and _covers(template[:-1], path[: len(template) - 1])
    return len(template) == len(path) and all(
        one == other or (one == "{}" and other != "{+}") for one, other in zip(template, path, strict=True)
    )
