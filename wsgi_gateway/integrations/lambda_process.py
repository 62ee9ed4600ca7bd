"""LambdaProcess: a Python function in processes of its own, as Lambda runs it.

::

    function = LambdaProcess("Pets", handler="app.handler", paths=["/srv/pets"], variables={"TABLE": "pets"})
    function({"httpMethod": "GET"})

So two functions may both have a module ``app``, each has the variables of its environment and no other's, and
one that exits, or that never returns, hurts nobody but its caller. A process handles one event at a time and
is used again; if all are busy another is started, up to :data:`PROCESSES`. They start when the first event
comes, and end with the server.

The interpreter is the server's own, with what is installed for it, whatever the runtime's version is called.
What the server's environment has, the function has too, with its own variables on top. What it prints and
logs goes to the server's standard error. A function that takes longer than its timeout is ended, and so is
one that the gateway has given up on: on AWS that one goes on.

Not for: production, where functions are Lambda's, or modules of the app; systems without POSIX.

Source: https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html, also for the ten seconds
that importing may take.
"""

from __future__ import annotations

import copy
import json
import os
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from threading import BoundedSemaphore
from typing import Any

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.functions import (
    FunctionElsewhere,
    FunctionFailed,
    FunctionTimedOut,
    FunctionUnreachable,
    event_payload,
    failure_of,
)
from wsgi_gateway.identifiers import request_ids
from wsgi_gateway.integrations import lambda_runtime
from wsgi_gateway.integrations.lambda_failure import timed_out
from wsgi_gateway.integrations.lambda_payload import REQUEST_LIMIT, RESPONSE_LIMIT
from wsgi_gateway.mapping.documents import strict_json

PROCESSES = 10
"""How many a function may have in one process of the server."""

START_SECONDS = 10.0
"""How long importing a function's module may take."""

_LINE_LIMIT = 65_536


class LambdaProcess(FunctionElsewhere):
    """``handler``: ``module.function``. ``paths``: where its modules are found, the first its own folder.
    ``source``: the text of a module ``index`` instead. ``variables``: of its environment. ``timeout``:
    seconds. ``arn`` and ``memory_size`` are what its context says.

    Safe for threads and forks. Raises ConfigError for a timeout that is no positive number.
    """

    def __init__(
        self,
        name: str,
        *,
        handler: str,
        paths: Sequence[str] = (),
        source: str | None = None,
        variables: Mapping[str, str] | None = None,
        timeout: float = 3.0,
        arn: str = "",
        memory_size: int = 128,
    ) -> None:
        if not 0 < timeout < 1_000_000:
            raise ConfigError("a timeout is a positive number of seconds")
        self.__name__ = name
        self._timeout, self._patience = timeout, float("inf")
        about = {"name": name, "arn": arn, "memory_size": memory_size}
        self._pool = _Pool(
            {**about, "handler": handler, "paths": list(paths), "source": source},
            _environment(name, handler, paths, variables or {}),
            paths[0] if paths and os.path.isdir(paths[0]) else None,
        )

    def __repr__(self) -> str:
        return f"<LambdaProcess {self.__name__}>"

    def __call__(self, event: Any) -> Any:
        """What the function answers, decoded. Raises FunctionFailed, FunctionTimedOut, FunctionUnreachable;
        TypeError or ValueError for an event that JSON cannot carry.
        """
        return strict_json(self.answer(event_payload(event)))

    def within(self, seconds: float) -> LambdaProcess:
        """The same function with the same processes, given up after so long."""
        twin = copy.copy(self)
        twin._patience = min(self._patience, seconds)
        return twin

    def answer(self, payload: bytes) -> bytes:
        """What the function answers, as JSON text. Raises what calling it raises."""
        if len(payload) > REQUEST_LIMIT:
            raise FunctionUnreachable(f"{self.__name__}: an event of more than {REQUEST_LIMIT} bytes")
        end = time.monotonic() + self._patience
        request_id = request_ids()[0]
        worker = self._pool.take(end, self.__name__)
        is_sound = False
        try:
            done, body = worker.ask(payload, request_id, self._timeout, end)
            is_sound = True
        except TimeoutError:
            if time.monotonic() >= end:
                raise FunctionTimedOut(f"{self.__name__}: no answer in {self._patience} s") from None
            raise timed_out(request_id, self._timeout) from None
        except (OSError, ValueError, KeyError):
            message = f"RequestId: {request_id} Error: Runtime exited without providing a reason"
            raise FunctionFailed(message, "Runtime.ExitError") from None
        finally:
            self._pool.give_back(worker, is_sound)
        if not done:
            raise failure_of(strict_json(body))
        return body

    def close(self) -> None:
        """End the processes that are idle; the function can be called again."""
        self._pool.close()


class _Pool:
    """The processes of a function, apart for every process of the server."""

    def __init__(self, about: dict[str, Any], environment: dict[str, str], folder: str | None) -> None:
        self._about, self._environment, self._folder = about, environment, folder
        self._states: dict[int, tuple[BoundedSemaphore, list[_Worker]]] = {}

    def take(self, end: float, name: str) -> _Worker:
        free, idle = self._state()
        if not free.acquire(timeout=min(max(0.0, end - time.monotonic()), 1e6)):
            raise FunctionTimedOut(f"{name}: all of its {PROCESSES} processes are busy")
        try:
            while idle:
                with suppress(IndexError):
                    worker = idle.pop()
                    if worker.is_alive():
                        return worker
                    worker.end()
            return _Worker(self._about, self._environment, self._folder, end)
        except BaseException:
            free.release()
            raise

    def give_back(self, worker: _Worker, is_sound: bool) -> None:
        free, idle = self._state()
        if is_sound:
            idle.append(worker)
        else:
            worker.end()
        free.release()

    def close(self) -> None:
        _, idle = self._state()
        while idle:
            idle.pop().end()

    def _state(self) -> tuple[BoundedSemaphore, list[_Worker]]:
        pid = os.getpid()
        state = self._states.get(pid)
        return state or self._states.setdefault(pid, (BoundedSemaphore(PROCESSES), []))


class _Worker:
    """One process. Raises FunctionFailed if the function cannot be imported."""

    def __init__(
        self, about: dict[str, Any], environment: dict[str, str], folder: str | None, end: float
    ) -> None:
        self._connection, other = socket.socketpair()
        program = [sys.executable, "-P", "-u", lambda_runtime.__file__, str(other.fileno())]
        with other:
            process = subprocess.Popen(
                program,
                env=environment,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=sys.__stderr__.fileno() if sys.__stderr__ else None,
                pass_fds=(other.fileno(),),
            )
        self._process = process
        self._finalizer = weakref.finalize(self, _end, process, self._connection)
        self._rest = bytearray()
        limit = min(end, time.monotonic() + START_SECONDS)
        try:
            self._send(json.dumps(about).encode() + b"\n", limit)
            done, body = self._receive(limit)
        except (OSError, ValueError, KeyError) as error:
            self.end()
            if isinstance(error, TimeoutError) and end <= time.monotonic():
                raise FunctionTimedOut(f"{about['name']}: it does not start in time") from None
            raise FunctionFailed("Runtime exited while it was starting", "Runtime.ExitError") from None
        if not done:
            self.end()
            raise failure_of(strict_json(body))

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def ask(self, payload: bytes, request_id: str, seconds: float, end: float) -> tuple[bool, bytes]:
        """Raises OSError and ValueError for a process that is gone, TimeoutError for one that is late."""
        head = {"id": request_id, "seconds": seconds, "size": len(payload)}
        limit = min(end, time.monotonic() + seconds)
        self._send(json.dumps(head).encode() + b"\n" + payload, limit)
        return self._receive(limit)

    def end(self) -> None:
        self._finalizer()

    def _send(self, message: bytes, limit: float) -> None:
        self._wait(limit)
        self._connection.sendall(message)

    def _receive(self, limit: float) -> tuple[bool, bytes]:
        while (at := self._rest.find(b"\n")) < 0:
            self._more(limit, _LINE_LIMIT)
        head = json.loads(self._rest[:at])
        del self._rest[: at + 1]
        if head["size"] > RESPONSE_LIMIT:
            raise ValueError("an answer that is too large")
        while len(self._rest) < head["size"]:
            self._more(limit, 1 << 20)
        body = bytes(self._rest[: head["size"]])
        del self._rest[: head["size"]]
        return bool(head["ok"]), body

    def _more(self, limit: float, size: int) -> None:
        self._wait(limit)
        part = self._connection.recv(size)
        if not part:
            raise ConnectionError("the process is gone")
        self._rest += part

    def _wait(self, limit: float) -> None:
        left = limit - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(min(left, 1e6))


def _end(process: subprocess.Popen[bytes], connection: socket.socket) -> None:
    connection.close()
    process.kill()
    process.wait()


def _environment(
    name: str, handler: str, paths: Sequence[str], variables: Mapping[str, str]
) -> dict[str, str]:
    """What Lambda sets, on top of the server's own environment."""
    return {
        **os.environ,
        **variables,
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "LAMBDA_TASK_ROOT": paths[0] if paths else os.getcwd(),
        "_HANDLER": handler,
    }
