"""Functions that users give: found by name, called as they are written, and how those elsewhere fail.

Lambda handlers take ``(event, context)``; written for one use here, many take ``(event)`` alone. Which it is
is found out once, when the function is given::

    >>> arguments(lambda event: None, "an authorizer"), arguments(lambda event, context: None, "an
    authorizer") (1, 2)

A function may run elsewhere: :class:`~wsgi_gateway.integrations.lambda_service.LambdaService` and
:class:`~wsgi_gateway.integrations.function_url.FunctionUrl` are called like any other, and raise
:class:`FunctionFailed` if the function ran and failed, :class:`FunctionUnreachable` if there is no answer of
the function's to be had. These, and :class:`~wsgi_gateway.integrations.lambda_function.LambdaFunction`, can
be given up on; what integrations ask of them is :class:`BoundedFunction`.
"""

from __future__ import annotations

import inspect
import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from traceback import extract_tb
from typing import Any

from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.redaction import redacted_text, shown_program

DOTTED_NAME = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_][\w.]*(\(\))?")
"""``package.module:attribute``, or ``package.module:factory()``."""


def imported(name: str, option: str) -> Any:
    """The object called ``package.module:attribute``, or what ``package.module:factory()`` returns.

    ``option``: what the name was given for, for messages. Raises ConfigError if there is no such thing, and
    when importing it fails, whatever the reason.
    """
    if not DOTTED_NAME.fullmatch(name):
        raise ConfigError(f"{option} is {shown_program(name)!r}; write module:name, such as shop:app")
    module, _, path = name.removesuffix("()").partition(":")
    try:
        found: Any = import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
        return found() if name.endswith("()") else found
    except Exception as error:
        message = f"{option}: cannot import {name}: {type(error).__name__}: {redacted_text(str(error))}"
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


# ---------------------------------------------------------------- functions elsewhere

_LARGE = 1024 * 1024
_CLASS_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_.$:]{0,63}")


class FunctionFailed(Exception):
    """A function elsewhere ran and failed.

    ``str()`` is its own text (``errorMessage``), empty if it gave none, just as if it had raised that here:
    it may hold anything and is not for logs. ``error_type``: its ``errorType``, such as ``ValueError`` or
    ``Sandbox.Timedout``, if that looks like the name of a class, else None; fit for logs. ``document``:
    Lambda's error document as it came, with a stack trace if there is one, else None; not for logs.

    Source: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
    """

    def __init__(
        self, message: str = "", error_type: str | None = None, document: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.document = document
        is_name = error_type is not None and _CLASS_NAME.fullmatch(error_type) is not None
        self.error_type = error_type if is_name and redacted_text(str(error_type)) == error_type else None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.error_type or 'without a type'}>"


class FunctionUnreachable(Exception):
    """A function elsewhere cannot be asked, or what comes back is no answer.

    It cannot be connected to, we may not call it, it does not exist, the service is too busy or broken, or
    the answer is too large or not JSON. The text is for logs: words of ours, the host and AWS's error code,
    and nothing else from the other side.
    """


class FunctionForbidden(FunctionUnreachable):
    """We may not call a function elsewhere: the service refused the caller, not the call."""


class FunctionTimedOut(FunctionUnreachable):
    """We have waited long enough for a function elsewhere; it may still be running.

    Not for: a Lambda function that runs into its own timeout. Lambda says so; that is a FunctionFailed.
    """


def failure_of(document: object) -> FunctionFailed:
    """The failure that Lambda's error document tells of: ``{"errorMessage": ..., "errorType": ...}``.

    Both may be missing, and ``document`` may be anything.
    """
    members = document if isinstance(document, dict) else {}
    message, error_type = members.get("errorMessage"), members.get("errorType")
    return FunctionFailed(
        message if isinstance(message, str) else "",
        error_type if isinstance(error_type, str) else None,
        members or None,
    )


def event_payload(event: object) -> bytes:
    """An event as the bytes that are sent: JSON in ASCII, so that no character can be read in two ways.

    A large one is UTF-8, which may take half as much: Lambda counts bytes. Raises TypeError and ValueError
    for what JSON cannot carry.
    """
    payload = json.dumps(event, allow_nan=False, separators=(",", ":")).encode("ascii")
    if len(payload) > _LARGE:
        with suppress(UnicodeEncodeError):  # half a character has no UTF-8
            return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return payload


class BoundedFunction(ABC):
    """A function that one need not wait for until it is ready."""

    @abstractmethod
    def __call__(self, event: Any) -> Any:
        """What it answers, decoded."""

    @abstractmethod
    def within(self, seconds: float) -> Callable[..., Any]:
        """The same function, which raises :class:`FunctionTimedOut` after so long, or earlier if its own
        options say so.
        """


class FunctionElsewhere(BoundedFunction):
    """A function of another process: what goes there and comes back is JSON text.

    ``can_start``, ``can_stream``: whether it has :meth:`start` and :meth:`stream`.
    """

    can_start: bool = False
    can_stream: bool = False

    @abstractmethod
    def within(self, seconds: float) -> FunctionElsewhere:
        """As BoundedFunction has it."""

    @abstractmethod
    def answer(self, payload: bytes) -> bytes:
        """What the function answers to an event, JSON as it was sent.

        Raises FunctionFailed, FunctionTimedOut, FunctionForbidden, FunctionUnreachable.
        """

    def start(self, payload: bytes) -> None:
        """Have the function invoked there without waiting for it. Raises as :meth:`answer` does."""
        raise NotImplementedError

    def stream(self, payload: bytes) -> Iterator[bytes]:
        """What the function answers, as it comes; ``close()`` gives it up. Raises as :meth:`answer` does, in
        the middle too.
        """
        raise NotImplementedError


class Invocation:
    """The second argument of a handler: the part of Lambda's context object that has a meaning here."""

    def __init__(self, function_name: str, aws_request_id: str, timeout: float) -> None:
        self.function_name = function_name
        self.function_version = "$LATEST"
        self.aws_request_id = aws_request_id
        self._end = time.monotonic() + timeout

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout, never less than zero."""
        return max(0, int((self._end - time.monotonic()) * 1000))
