"""The other end of :mod:`~wsgi_gateway.integrations.lambda_process`: a program that runs one Python function.

Started as ``python -P lambda_runtime.py FD``, it uses the standard library alone, because what it shares its
process with is the function. Over the socket come and go messages, each a line of JSON and as many bytes as
its ``size`` says: first what to run, then events. What the function prints goes where the server's own log
goes. A failure is Lambda's error document, whose stack trace goes to that log and not to the caller.

Not confirmed on AWS: the texts of functions that cannot be imported.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-handler.html,
https://docs.aws.amazon.com/lambda/latest/dg/python-context.html
"""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from decimal import Decimal
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

_INLINE = "index"
"""The name of a module whose text is given."""


class _Stream(Protocol):
    def readline(self) -> bytes: ...
    def read(self, size: int, /) -> bytes: ...
    def write(self, data: bytes, /) -> int: ...
    def flush(self) -> None: ...


class LambdaContext:
    """The second argument of a handler."""

    identity = client_context = None
    function_version = "$LATEST"

    def __init__(self, about: dict[str, Any], request_id: str, seconds: float) -> None:
        self.function_name: str = about["name"]
        self.invoked_function_arn: str = about["arn"]
        self.memory_limit_in_mb: str = str(about["memory_size"])
        self.aws_request_id = request_id
        self.log_group_name = f"/aws/lambda/{self.function_name}"
        self.log_stream_name = "local"
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function's timeout, never less than zero."""
        return max(0, int((self._end - time.monotonic()) * 1000))


class HandlerMissing(Exception):
    """There is no such function. ``kind`` is Lambda's name for it."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def handler_of(name: str, source: str | None) -> Callable[[Any, LambdaContext], Any]:
    """The function called ``folder/module.function``. Raises HandlerMissing."""
    module_name, dot, function = name.rpartition(".")
    if not dot:
        raise HandlerMissing("Runtime.MalformedHandlerName", f"Bad handler '{name}': write module.function")
    try:
        module = _inline(source) if source is not None else import_module(module_name.replace("/", "."))
    except SyntaxError as error:
        traceback.print_exc()
        where = f"{os.path.basename(error.filename or '')} line {error.lineno}"
        raise HandlerMissing(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {where}"
        ) from None
    except BaseException as error:
        traceback.print_exc()
        kind = "Runtime.ImportModuleError" if isinstance(error, ImportError) else type(error).__name__
        text = (
            f"Unable to import module '{module_name}': {error}" if kind.startswith("Runtime") else str(error)
        )
        raise HandlerMissing(kind, text) from None
    handler = getattr(module, function, None)
    if not callable(handler):
        text = f"Handler '{function}' missing on module '{module_name}'"
        raise HandlerMissing("Runtime.HandlerNotFound", text)
    return handler  # type: ignore[no-any-return]


def _inline(source: str) -> ModuleType:
    module = sys.modules[_INLINE] = ModuleType(_INLINE)
    exec(compile(source, f"{_INLINE}.py", "exec"), module.__dict__)
    return module


def answer(
    handler: Callable[[Any, LambdaContext], Any], event: bytes, context: LambdaContext
) -> tuple[bool, bytes]:
    """Whether the function did what it should, and its answer or Lambda's error document."""
    try:
        output = handler(json.loads(event), context)
    except SystemExit:
        raise
    except BaseException as error:
        traceback.print_exc()
        return False, _document(type(error).__name__, str(error), context.aws_request_id)
    try:
        return True, json.dumps(output, ensure_ascii=False, allow_nan=False, default=_number).encode()
    except (TypeError, ValueError, RecursionError) as error:
        message = f"Unable to marshal response: {error}"
        return False, _document("Runtime.MarshalError", message, context.aws_request_id)


def _number(value: Any) -> int | float:
    if not isinstance(value, Decimal):
        raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")
    return int(value) if value.as_tuple().exponent == 0 else float(value)


def _document(kind: str, message: str, request_id: str = "") -> bytes:
    document = {"errorMessage": message, "errorType": kind, "requestId": request_id, "stackTrace": []}
    return json.dumps(document).encode()


def _send(stream: _Stream, ok: bool, body: bytes) -> None:
    stream.write(json.dumps({"ok": ok, "size": len(body)}).encode() + b"\n" + body)
    stream.flush()


def serve(stream: _Stream) -> None:
    """Answer one message after the other, until there are no more."""
    about = json.loads(stream.readline() or b"{}")
    if not about:
        return
    sys.path[:0] = about["paths"]
    try:
        handler = handler_of(about["handler"], about["source"])
    except HandlerMissing as error:
        _send(stream, False, _document(error.kind, str(error)))
        return
    _send(stream, True, b"")
    while line := stream.readline():
        head = json.loads(line)
        event = stream.read(head["size"])
        _send(stream, *answer(handler, event, LambdaContext(about, head["id"], head["seconds"])))


def main() -> None:
    """Serve over the socket whose number is the first argument."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.basicConfig(stream=sys.stderr, format="[%(levelname)s]\t%(message)s")
    with socket.socket(fileno=int(sys.argv[1])) as connection, connection.makefile("rwb") as stream:
        connection.set_inheritable(False)
        serve(stream)


if __name__ == "__main__":
    main()
