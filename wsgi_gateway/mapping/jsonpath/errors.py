"""What a path can answer instead of a value.

Two outcomes matter to a caller, and they are different kinds of thing: the document does not have what the
path asks for (`PathNotFound`), or the path is no path, or cannot be applied to this document
(`InvalidPath`)::

    >>> from wsgi_gateway.mapping.jsonpath import compile_path, InvalidPath
    >>> try:
    ...     compile_path("$.lines[x]")
    ... except InvalidPath as error:
    ...     print(error.position, error.message)
    7 expected a quoted name, a number, * or ? after [

::

    LookupError                     ValueError
     +- PathNotFound                 +- InvalidPath
                                         +- QueryFailed             fails the query even from inside a filter
                                             +- PlaceMissing        unless the step is below a place in a list
                                             +- PathBudgetExceeded  too much work asked for

Not for telling a missing member from a null one: null is a value, and is returned.
"""

from __future__ import annotations

from typing import Any


class PathNotFound(LookupError):
    """The document has nothing at the end of a definite path."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path
        self.found: list[Any] = []

    def __str__(self) -> str:
        return f"no results for path {self.path!r}"


class InvalidPath(ValueError):
    """The path is malformed, or makes no sense for the document it met."""

    def __init__(self, path: str, position: int, message: str) -> None:
        super().__init__(path, position, message)
        self.path = path
        self.position = position
        self.message = message

    def __str__(self) -> str:
        return f"{self.message} (at {self.position} in {self.path!r})"


class QueryFailed(InvalidPath):
    """A failure that a filter does not turn into "this element does not match"."""


class PlaceMissing(QueryFailed):
    """A function reached for an element that is not there: whatever took the list apart goes on without it.

    `found` is what had been found before, which stays.
    """

    def __init__(self, path: str, position: int, message: str) -> None:
        super().__init__(path, position, message)
        self.found: list[Any] = []


class PathBudgetExceeded(QueryFailed):
    """The evaluation visited more nodes, or nested deeper, than one request may."""
