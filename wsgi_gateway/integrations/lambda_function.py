"""LambdaFunction: a Python callable with a timeout of its own, as a function on Lambda has one.

Why: a handler that hangs holds the request, and with it a thread of the server, for as long as it hangs::

    >>> from wsgi_gateway.integrations.lambda_function import LambdaFunction
    >>> orders = LambdaFunction(lambda event, context: {"statusCode": 200}, name="orders", timeout=3.0)
    >>> orders({})
    {'statusCode': 200}

Give it where the callable would be given: ``Gateway(..., lambdas={"orders": orders})``. A handler that is
given by itself runs on the thread of the request and cannot be interrupted; this one runs on a thread of its
own:

* After ``timeout`` seconds the call fails as on Lambda, with ``Sandbox.Timedout`` and ``Task timed out after
  3.00 seconds``: 502 for a proxy integration, an error document for others. The integration's own timeout
  (``timeoutInMillis``) counts too: if it is the shorter one, the answer is 504.
* Nothing stops the handler then. It runs on and counts towards ``concurrency``; beyond that many calls new
  ones are refused as Lambda's throttling does it. So what hangs for ever costs threads, never all of them.
* The handler does not see the thread-local values of the request's thread (a database session kept in one,
  say); context variables go along.
* Handing over to a thread costs some 50 us a call.
* What a handler yields for a streamed answer is made on the request's thread; ``timeout`` counts until it has
  returned its iterator.

Not for: functions elsewhere, which have timeouts where they run.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html
"""

from __future__ import annotations

import contextvars
import copy
import threading
from collections.abc import Callable
from typing import Any

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.functions import (
    BoundedFunction,
    FunctionTimedOut,
    FunctionUnreachable,
    Invocation,
    arguments,
)
from wsgi_gateway.identifiers import request_ids
from wsgi_gateway.integrations.lambda_failure import timed_out
from wsgi_gateway.integrations.lambda_threads import FunctionThreads

LONGEST = 900.0
"""Seconds that a function on Lambda may take at most."""


class LambdaFunction(BoundedFunction):
    """``handler`` with a timeout.

    :param handler: takes the event, and the invocation if it has a second argument.
    :param timeout: seconds, at most 900; Lambda's own default is 3.
    :param name: the function's name, as the handler is told it; default the callable's.
    :param concurrency: how many calls run at once, those that nobody waits for any more included.

    Safe for threads and forks. Raises ConfigError for what cannot be called and for other numbers.
    """

    def __init__(
        self,
        handler: Callable[..., Any],
        *,
        timeout: float = 3.0,
        name: str | None = None,
        concurrency: int = 100,
    ) -> None:
        if not callable(handler):
            raise ConfigError("a Lambda function needs a callable")
        if not 0 < timeout <= LONGEST:
            raise ConfigError(f"the timeout of a function is a number of seconds up to {LONGEST:.0f}")
        self.__name__: str = name or str(getattr(handler, "__name__", type(handler).__name__))
        self._handler = handler
        self._takes_context = arguments(handler, "a Lambda function", prefer=2) == 2
        self._timeout, self._patience = float(timeout), float(timeout)
        self._threads = FunctionThreads(concurrency)

    def __repr__(self) -> str:
        return f"<LambdaFunction {self.__name__}>"

    def within(self, seconds: float) -> LambdaFunction:
        """The same function, with the same bound on calls, given up after so long."""
        twin = copy.copy(self)
        twin._patience = min(self._patience, seconds)
        return twin

    def __call__(self, event: Any, context: Invocation | None = None) -> Any:
        """What the handler returns or raises.

        Raises FunctionFailed for the function's own timeout, FunctionTimedOut where we gave up earlier, and
        FunctionUnreachable if too many calls are running.
        """
        request_id = request_ids()[0] if context is None else context.aws_request_id
        given: list[Any] = [event]
        if self._takes_context:
            given.append(Invocation(self.__name__, request_id, self._timeout))
        call = _Call(self._handler, given)
        if not self._threads.submit(call):
            raise FunctionUnreachable(f"{self.__name__}: as many calls are running as may")
        if not call.ended.wait(self._patience):
            if self._patience < self._timeout:
                raise FunctionTimedOut(f"{self.__name__}: no answer in {self._patience} s")
            raise timed_out(request_id, self._timeout)
        return call.result()


class _Call:
    """One call of the handler, run by a thread and waited for by another."""

    __slots__ = ("_arguments", "_error", "_handler", "_surroundings", "_value", "ended")

    def __init__(self, handler: Callable[..., Any], arguments: list[Any]) -> None:
        self._handler, self._arguments = handler, arguments
        self._surroundings = contextvars.copy_context()
        self._value: Any = None
        self._error: BaseException | None = None
        self.ended = threading.Event()

    def __call__(self) -> None:
        try:
            self._value = self._surroundings.run(self._handler, *self._arguments)
        except BaseException as error:
            self._error = error
        self.ended.set()

    def result(self) -> Any:
        error, self._error = self._error, None
        if error is None:
            return self._value
        try:
            raise error
        finally:
            del error  # its traceback refers to this frame
