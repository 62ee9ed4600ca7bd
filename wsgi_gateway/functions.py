"""Functions that users give: found by name, and called as they are written.

Lambda handlers take ``(event, context)``; written for one use here, many take ``(event)`` alone. Which it is
is found out once, when the function is given::

    >>> arguments(lambda event: None, "an authorizer"), arguments(lambda event, context: None, "an
    authorizer") (1, 2)
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from importlib import import_module
from traceback import extract_tb
from typing import Any

from wsgi_gateway.errors import ConfigError, Problem

DOTTED_NAME = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(\))?")
"""``package.module:attribute``, or ``package.module:factory()``."""


def imported(name: str, option: str) -> Any:
    """The object called ``package.module:attribute``, or what ``package.module:factory()`` returns.

    ``option``: what the name was given for, for messages. Raises ConfigError if there is no such thing, and
    when importing it fails, whatever the reason.
    """
    if not DOTTED_NAME.fullmatch(name):
        raise ConfigError(f"{option} is {name!r}; write module:name, such as shop:app")
    module, _, path = name.removesuffix("()").partition(":")
    try:
        found: Any = import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
        return found() if name.endswith("()") else found
    except Exception as error:
        message = f"{option}: cannot import {name}: {type(error).__name__}: {error}"
        missing = isinstance(error, (ImportError, AttributeError))
        hint = "write module:callable" if missing else "it was found, and failed on being imported"
        raise ConfigError([Problem("function-import", message, hint=hint)]) from error


def arguments(call: Callable[..., Any], what: str, *, prefer: int = 1) -> int:
    """How many positional arguments a callable gets: one, the event, or two, the event and a context.

    ``what``: the function's part, for messages. ``prefer``: which, if it takes either. Raises ConfigError for
    other signatures and for coroutines.
    """
    if inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(type(call).__call__):
        raise ConfigError(f"{what} cannot be a coroutine function")
    try:
        signature = inspect.signature(call)
    except (TypeError, ValueError):
        return prefer  # written in C, with nothing to look at
    for count in (1, 2) if prefer == 1 else (2, 1):
        try:
            signature.bind(*[None] * count)
        except TypeError:
            continue
        return count
    raise ConfigError(f"{what} takes (event) or (event, context)")


def place_of(error: BaseException) -> str:
    """``file:line, in function`` where an exception was raised: what may be logged of a function that
    failed.
    """
    frames = extract_tb(error.__traceback__)
    return (
        f"{frames[-1].filename}:{frames[-1].lineno}, in {frames[-1].name}" if frames else "an unknown place"
    )
