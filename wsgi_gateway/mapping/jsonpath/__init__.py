"""JSONPath, in the dialect of Jayway JsonPath.

API Gateway reads request and response bodies with paths (`$input.path('$.a')`, `$input.json('$.a')`, and
`integration.response.body.a`), and the dialect it reads them in is that of the Java library Jayway JsonPath,
which differs from RFC 9535 in dozens of places.  This package answers as that library does, oddities
included::

    >>> find = compile_path("$.lines[?(@.qty > 1)].sku")
    >>> find({"lines": [{"sku": "A", "qty": 2}, {"sku": "B", "qty": 1}]})
    ['A']
    >>> is_definite("$.lines[0]"), is_definite("$.lines[0:1]")
    (True, False)

A definite path answers a value, or raises `PathNotFound`; an indefinite one answers a list, maybe an empty
one.  A path that is none, or cannot be applied to the document, raises `InvalidPath`, if possible when it is
compiled. Nothing else is raised: nesting is bounded, and an evaluation that visits too many nodes ends in
`PathBudgetExceeded`.  Documents are what `json.loads` returns, and are never changed.

Patterns in filters (`=~ /.../`) run on google-re2, in time linear in the text; what that engine cannot do is
refused as an `InvalidPath`.  It is imported when the first pattern is compiled.

Not for other dialects, for writing into documents, or for Jayway's options (all are at their defaults).  What
that library does by accident is not repeated: its `append()` changes the document while it is being read, an
argument such as `$..*` loses its star when the function is called a second time and then fails, and numbers
beyond the range of a double fail every filter that meets one.

See https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from wsgi_gateway.mapping.jsonpath.compiler import compile_document_path
from wsgi_gateway.mapping.jsonpath.errors import InvalidPath, PathBudgetExceeded, PathNotFound
from wsgi_gateway.mapping.jsonpath.nodes import Path
from wsgi_gateway.mapping.jsonpath.parser import parse

__all__ = ["InvalidPath", "PathBudgetExceeded", "PathNotFound", "compile_path", "is_definite"]


@lru_cache(maxsize=1024)
def compile_path(path: str) -> Callable[[Any], Any]:
    """The function that finds `path` in a parsed JSON document."""
    try:
        return compile_document_path(_parse(path))
    except RecursionError:
        raise PathBudgetExceeded(path, 0, "the path is nested too deeply") from None


@lru_cache(maxsize=1024)
def is_definite(path: str) -> bool:
    """Whether the path leads to one place only, so that its answer is a value and not a list."""
    return _parse(path).is_definite


def _parse(path: str) -> Path:
    try:
        return parse(path)
    except RecursionError:
        raise PathBudgetExceeded(path, 0, "the path is nested too deeply") from None
