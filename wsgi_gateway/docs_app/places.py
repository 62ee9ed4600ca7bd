"""Where docs may stand beside an API, and which of its routes they hide.

A resource at the path of the docs, or below it, is refused: it could not be called any more. A variable that
would have taken some of these paths (``/{proxy+}`` beside ``/docs``) is what it is beside any resource with a
literal name: the less specific one. That is told as a warning, for with ``/{proxy+}`` no path is free.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote

from wsgi_gateway.errors import ConfigError, Place, Problem
from wsgi_gateway.redaction import redacted_text

_PATH = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_DOTS = frozenset({".", ".."})


def check_path(path: str, resources: Iterable[str]) -> list[str]:
    """The segments of the path.

    :raises ConfigError: if it is no path, or a resource of the API is there or below it.
    """
    if not isinstance(path, str) or not _PATH.fullmatch(path) or not _DOTS.isdisjoint(path.split("/")):
        hint = "write /docs: segments of letters, digits and ._~-, each behind a slash"
        raise ConfigError([Problem("docs-path", f"{shown(path)} is no path for docs", hint=hint)])
    segments = path[1:].split("/")
    hint = "mount the docs at another path"
    problems = [
        Problem("docs-path", f"{path}: the API has {one[:200]} there", Place().at("resources", one), hint)
        for one in resources
        if _segments(one)[: len(segments)] == segments
    ]
    if problems:
        raise ConfigError(problems)
    return segments


def shown(given: object) -> str:
    """What was given for a text, for a message."""
    return repr(redacted_text(given)[:80]) if isinstance(given, str) else f"a {type(given).__name__}"


def shadowed(segments: list[str], resources: Iterable[str]) -> Iterator[Problem]:
    """A warning for every route with a variable that loses some paths to the docs."""
    for resource in resources:
        if _takes(_segments(resource), segments):
            message = (
                f"/{'/'.join(segments)} and what is below it go to the docs, no longer to {resource[:200]}"
            )
            yield Problem("docs-path", message, Place().at("resources", resource), severity="warning")


def _segments(resource: str) -> list[str]:
    return [unquote(segment) for segment in resource.strip("/").split("/")]


def _takes(resource: list[str], docs: list[str]) -> bool:
    """Whether a resource has paths at the docs or below them."""
    for index, segment in enumerate(docs):
        if index == len(resource):
            return False
        if resource[index].endswith("+}"):
            return True
        if not resource[index].startswith("{") and resource[index] != segment:
            return False
    return True
