"""Rules of resource paths: what a segment may be, and which segments may stand beside each other.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-method-settings-method-request.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from wsgi_gateway.errors import Place, Problem

_LITERAL = re.compile(r"[A-Za-z0-9._\-,:]+")
_VARIABLE = re.compile(r"\{(?P<name>[A-Za-z0-9._\-$:]+)(?P<greedy>\+?)\}")
SEGMENT_LIMIT = 200
"""Segments of a path: the Router goes down a step for each."""

PATH_PART = (
    "Resource's path part only allow a-zA-Z0-9._-:, or a valid greedy path variable "
    "and curly braces at the beginning and the end"
)


def check_paths(places: Mapping[str, Place]) -> Iterator[Problem]:
    """Every rule over all paths of an API. ``places``: path template to where it was written."""
    siblings: dict[str, dict[str, None]] = {}
    routes: dict[str, str] = {}
    for path, place in places.items():
        if not path.startswith("/"):
            yield Problem("path", f"the path {path[:200]!r} does not start with '/'", place)
            continue
        yield from _check_path(path, place)
        yield from _check_siblings(path, place, siblings)
        yield from _check_twice(path, place, routes)


def path_variables(path: str) -> list[str]:
    """Names of the variables of a path template."""
    found = (_VARIABLE.fullmatch(segment) for segment in path.split("/"))
    return [match["name"] for match in found if match]


def _check_path(path: str, place: Place) -> Iterator[Problem]:
    segments = path[1:].split("/") if path != "/" else []
    if len(segments) > SEGMENT_LIMIT:
        yield Problem("path", f"a path has at most {SEGMENT_LIMIT} segments, this has {len(segments)}", place)
    for index, segment in enumerate(segments):
        variable = _VARIABLE.fullmatch(segment)
        if variable is None and not _LITERAL.fullmatch(segment):
            hint = (
                "a variable is a whole segment: {name} or {name+}"
                if "{" in segment or "}" in segment
                else None
            )
            yield Problem("path-part", f"{PATH_PART}: {segment[:80]!r}", place, hint)
        elif variable and variable["greedy"] and index < len(segments) - 1:
            message = f"Cannot create a child of a resource with a greedy path variable: {segment[:80]}"
            yield Problem("path-greedy-child", message, place)
    names = path_variables(path)
    for name in sorted({name for name in names if names.count(name) > 1}):
        yield Problem("path-variable-twice", f"the variable {name[:80]!r} occurs twice in one path", place)


def _check_siblings(path: str, place: Place, siblings: dict[str, dict[str, None]]) -> Iterator[Problem]:
    """One variable below each parent, greedy or not. ``siblings``: those found by the parent's path."""
    parent = ""
    for segment in path[1:].split("/"):
        if _VARIABLE.fullmatch(segment):
            found = siblings.setdefault(parent, {})
            if found and segment not in found:
                first = next(iter(found))
                message = (
                    f"A sibling ({first[:80]}) of this resource already has a variable path part -- "
                    "only one is allowed"
                )
                yield Problem("path-siblings", message, place, _one_name(first, segment))
            found[segment] = None
        parent += "/" + segment


def _one_name(first: str, segment: str) -> str:
    if first.endswith("+}") == segment.endswith("+}"):
        return f"call {segment[:80]} {first[:80]}, too"
    greedy = first if first.endswith("+}") else segment
    return f"give {greedy[:80]} the methods of both, or put a literal part before it"


def _check_twice(path: str, place: Place, routes: dict[str, str]) -> Iterator[Problem]:
    """Each route once, as requests are matched: decoded, final slashes dropped."""
    first = routes.setdefault(unquote(path).rstrip("/"), path)
    if first != path:
        message = f"the path {path[:200]!r} is {first[:200]!r} again: one would hide the other's protection"
        yield Problem("path-twice", message, place, "write all methods under one of them")
