"""``security: [{NONE: []}]``: how SAM writes that a method has no authorizer, though its API has one for all.

It declares no scheme of that name. So one that is declared is an authorizer like any other; and one that an
author wrote, who meant to declare it, is left for the reader of the definition to refuse.

Source: ``set_path_default_authorizer`` in
https://github.com/aws/serverless-application-model/blob/develop/samtranslator/swagger/swagger.py
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

_NONE = "NONE"
_WORD: dict[str, list[str]] = {_NONE: []}
_SCHEMES = (("securityDefinitions",), ("components", "securitySchemes"))


def open_methods(body: Any, is_of_sam: Callable[[dict[str, Any]], bool]) -> None:
    """Take SAM's word out of a definition, in place: a method is open that requires nothing else.

    ``is_of_sam`` tells whether SAM wrote a requirement.
    """
    if any(_NONE in _members(body, steps) for steps in _SCHEMES):
        return
    for operation in _operations(body):
        required = operation.get("security")
        if isinstance(required, list) and any(one == _WORD and is_of_sam(one) for one in required):
            operation["security"] = [one for one in required if one != _WORD or not is_of_sam(one)]


def _members(value: Any, steps: tuple[str, ...]) -> dict[str, Any]:
    for step in steps:
        value = value.get(step) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _operations(body: Any) -> Iterator[dict[str, Any]]:
    for item in _members(body, ("paths",)).values():
        for methods in _branches(item):
            for operation in methods.values():
                yield from _branches(operation)


def _branches(value: Any) -> Iterator[dict[str, Any]]:
    """A mapping, or those that its condition chooses from."""
    choice = value.get("Fn::If") if isinstance(value, dict) and len(value) == 1 else None
    if isinstance(choice, list):
        for one in choice[1:]:
            yield from _branches(one)
    elif isinstance(value, dict):
        yield value
