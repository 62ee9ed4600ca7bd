"""Router: a request's path and verb to the chain of its method.

Matching is on path and verb together and backtracks, most specific first: a literal segment, then ``{name}``,
then ``{name+}``. So a literal resource without the wanted verb yields to a greedy sibling that has it, unless
the literal has ANY (recorded on AWS, against the documentation). Unknown path and known path with unknown
verb are both 403 ``Missing Authentication Token``.

* Leading and trailing slashes do not count, however many; inner doubled ones do. A greedy value loses its
  leading slashes and one trailing one (recorded).
* Literal segments are compared percent-decoded, because a wrapped app dispatches on the decoded path.
* Values are never percent-decoded, ``%2F`` separates nothing, ``{name}`` never matches an empty segment.
* Where the app behind a method dispatches on the path itself, as the wrapped app does, nothing falls back to
  that method from a path which a more specific resource names: ``HEAD /admin`` must not reach the app's own
  ``/admin`` by way of an open ``/{proxy+}`` because only GET is declared, and protected, there.
* ``X-HTTP-Method-Override`` changes the verb, for the route and for everything behind it alike.

The path is :func:`~wsgi_gateway.context.request_path`, which agrees with what a wrapped app dispatches on;
the same value makes the method ARN. Path parameters also go to ``wsgiorg.routing_args``.

Source: section "known issues" of the developer guide, and recordings of AWS (2023-2025).
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from wsgi_gateway.config.method import HTTP_METHODS
from wsgi_gateway.context import Context, request_path
from wsgi_gateway.errors import MISSING_AUTHENTICATION_TOKEN, GatewayError
from wsgi_gateway.pipeline import LifecycleStage

if TYPE_CHECKING:
    from wsgi_gateway.config import RestApiConfig
    from wsgi_gateway.typing import WSGIApplication


@dataclass(frozen=True, slots=True)
class Route:
    """One method of one resource: its path template, the resource's id, and the app that serves it.

    ``dispatches``: that app reads the path again and chooses by it, as a wrapped one does.
    """

    resource_path: str
    resource_id: str
    app: WSGIApplication
    dispatches: bool = False

    @property
    def greedy_name(self) -> str | None:
        """The name of the greedy variable at the end of the path, if it has one."""
        return self.resource_path.rpartition("{")[2][:-2] if self.resource_path.endswith("+}") else None


_PARAMETERS = re.compile(";|%3b", re.IGNORECASE)
Match = tuple[Route, dict[str, str]]
_NO_PARAMETERS: dict[str, str] = {}


class _Node:
    """One resource in the tree. ``parameter`` and ``greedy`` carry the variable's name with them."""

    __slots__ = ("greedy", "greedy_name", "literals", "methods", "parameter", "parameter_name")

    def __init__(self) -> None:
        self.methods: dict[str, Route] = {}
        self.literals: dict[str, _Node] = {}
        self.parameter: _Node | None = None
        self.parameter_name = ""
        self.greedy: _Node | None = None
        self.greedy_name = ""

    def child(self, part: str) -> _Node:
        """The node for one path part of a template, made if need be."""
        if part.startswith("{") and part.endswith("+}"):
            self.greedy, self.greedy_name = self.greedy or _Node(), part[1:-2]
            return self.greedy
        if part.startswith("{") and part.endswith("}"):
            self.parameter, self.parameter_name = self.parameter or _Node(), part[1:-1]
            return self.parameter
        return self.literals.setdefault(part, _Node())

    def first(self, segments: list[str], index: int) -> _Node | None:
        """The most specific resource of a path that has any method at all."""
        if index == len(segments):
            return self if self.methods else None
        segment = segments[index]
        literal = self.literals.get(unquote(segment) if "%" in segment else segment)
        found = None if literal is None else literal.first(segments, index + 1)
        if found is None and self.parameter is not None and segment:
            found = self.parameter.first(segments, index + 1)
        if found is None and self.greedy is not None and self.greedy.methods:
            found = self.greedy
        return found

    def find(self, segments: list[str], index: int, verb: str) -> Match | None:
        """The most specific match of ``segments[index:]``, backtracking where the verb is missing."""
        if index == len(segments):
            route = self.methods.get(verb)
            return None if route is None else (route, {})
        segment = segments[index]
        # Literals are compared decoded: the wrapped app dispatches /%70ets as /pets, so it is /pets.
        literal = self.literals.get(unquote(segment) if "%" in segment else segment)
        found = None if literal is None else literal.find(segments, index + 1, verb)
        if found is None and self.parameter is not None and segment:
            found = self.parameter.find(segments, index + 1, verb)
            if found is not None:
                found[1][self.parameter_name] = segment
        if found is None and self.greedy is not None:
            route = self.greedy.methods.get(verb)
            if route is not None:
                found = route, {self.greedy_name: "/".join(segments[index:]).lstrip("/")}
        return found


class Router(LifecycleStage):
    """Sends every request to its method's chain.

    :param routes: path template to verb (or ANY) to the app for it.
    :param dispatching: the ``(path template, verb or ANY)`` of methods whose app dispatches on the path
        itself.
    """

    def __init__(
        self,
        routes: Mapping[str, Mapping[str, WSGIApplication]],
        *,
        dispatching: Container[tuple[str, str]] = (),
    ) -> None:
        super().__init__(
            GatewayError(MISSING_AUTHENTICATION_TOKEN, reason="no resource has this path and verb")
        )
        self._root = _Node()
        # What has no variable is found by one look-up: a literal match with the right verb is always the
        # best.
        self._literal: dict[tuple[str, str], Route] = {}
        for path, methods in routes.items():
            resource_id = _resource_id(path)
            for verb, declared, app in _expanded(methods):
                dispatches = (path, declared) in dispatching
                self._add(path, verb, Route(path, resource_id, app, dispatches))

    def _add(self, path: str, verb: str, route: Route) -> None:
        node = self._root
        parts = path.strip("/").split("/") if path.strip("/") else []
        for part in parts:
            node = node.child(part)
        node.methods[verb] = route
        if "{" not in path:
            self._literal["/" + path.strip("/"), verb] = route

    def match(self, path: str, verb: str) -> Match | None:
        """``("/pets/7", "GET")`` to its route and path parameters."""
        route = self._literal.get((path, verb))
        if route is not None:
            return route, _NO_PARAMETERS
        inner = path.strip("/")
        segments = inner.split("/") if inner else []
        found = self._root.find(segments, 0, verb)
        if found is None or (found[0].dispatches and not self._is_most_specific(found[0], segments, verb)):
            return None
        if path.endswith("//") and (name := found[0].greedy_name):
            # Of the trailing slashes only one is dropped from the value.
            found[1][name] += "/" * (len(path) - len(path.rstrip("/")) - 1)
        return found

    def _is_most_specific(self, route: Route, segments: list[str], verb: str) -> bool:
        """Whether no other resource names the path, read as any app may read it.

        Some drop empty segments, some cut ``;parameters`` off.
        """
        if not self._names(route, segments, verb):
            return False
        if "" not in segments and not any(";" in part or "%3" in part for part in segments):
            return True
        plain = [name for name in (_PARAMETERS.split(part, maxsplit=1)[0] for part in segments) if name]
        return self._names(route, plain, verb)

    def _names(self, route: Route, segments: list[str], verb: str) -> bool:
        node = self._root.first(segments, 0)
        return node is not None and node.methods.get(verb) is route

    def on_request(self, ctx: Context) -> WSGIApplication | None:
        """Answer with the chain of the method; without one, the refusal behind this stage answers."""
        environ = ctx.environ
        override = environ.get("HTTP_X_HTTP_METHOD_OVERRIDE")
        if override:
            environ = ctx.environ = dict(environ)
            environ["REQUEST_METHOD"] = ctx.http_method = override.upper()
            del environ["HTTP_X_HTTP_METHOD_OVERRIDE"]
        path = ctx.path = request_path(environ)
        found = self.match(path, ctx.http_method)
        if found is None:
            return None
        route, parameters = found
        ctx.resource_path = route.resource_path
        ctx.resource_id = route.resource_id
        ctx.path_parameters = parameters
        if parameters:
            environ["wsgiorg.routing_args"] = ((), parameters)
        return route.app


def dispatching(api: RestApiConfig) -> frozenset[tuple[str, str]]:
    """The methods of an API that end in an app of this process, which reads the path again."""
    return frozenset(
        (path, verb)
        for path, methods in api.resources.items()
        for verb, method in methods.items()
        if method.integration is None or method.integration.type.startswith("WSGI")
    )


def _expanded(methods: Mapping[str, WSGIApplication]) -> Iterable[tuple[str, str, WSGIApplication]]:
    """Verbs, as served and as declared, with their apps; ANY stands for those that are not declared."""
    for verb, app in methods.items():
        if verb != "ANY":
            yield verb, verb, app
    if "ANY" in methods:
        for verb in HTTP_METHODS:
            if verb not in methods:
                yield verb, "ANY", methods["ANY"]


def _resource_id(path: str) -> str:
    """A stable identifier of ten characters, as AWS's look; the same in every process."""
    from hashlib import sha256

    return sha256(path.encode()).hexdigest()[:10]
