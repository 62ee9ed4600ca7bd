"""A function as integrations call it: one signature for all kinds of functions, and what they may take.

::

    call = FunctionCall(function, timeout=29.0, name="orders")
    call(event, request_id)

A plain callable runs on the thread of the request: **nobody can give up on it**. It is told how much time is
left, and if it takes no notice it takes as long as it takes. A
:class:`~wsgi_gateway.functions.BoundedFunction` is waited for no longer than ``timeout``.

Not for: finding functions by name; that is :mod:`wsgi_gateway.given`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.functions import BoundedFunction, Invocation, arguments


class FunctionCall:
    """``function`` with the integration's ``timeout`` in seconds.

    ``name``: the function's, as a handler is told it, and for logs; default the callable's own.
    ``function``: what is called, bounded if it can be.

    Raises ConfigError if ``function`` cannot be called or the timeout is no positive number.
    """

    __slots__ = ("_takes_context", "_timeout", "function", "name")

    def __init__(self, function: Callable[..., Any], *, timeout: float, name: str | None = None) -> None:
        if not callable(function):
            raise ConfigError("a Lambda integration needs a callable")
        if not 0 < timeout < math.inf:
            raise ConfigError("a timeout is a positive number of seconds")
        self.name: str = name or str(getattr(function, "__name__", type(function).__name__))
        self._takes_context = arguments(function, "a Lambda function", prefer=2) == 2
        self._timeout = timeout
        self.function: Any = function.within(timeout) if isinstance(function, BoundedFunction) else function

    def __call__(self, event: Any, request_id: str) -> Any:
        """What the function returns or raises."""
        if self._takes_context:
            return self.function(event, Invocation(self.name, request_id, self._timeout))
        return self.function(event)
