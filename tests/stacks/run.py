"""Build a drawn stack in several forms, run it behind a server that obeys PEP 3333, tell what happened."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

from stacks.draw import LIMIT, Hook, Layer, Program, Stack
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import (
    ACCESS_DENIED,
    CONTEXT_KEY,
    INTEGRATION_TIMEOUT,
    THROTTLED,
    GatewayError,
    default_response,
)
from wsgi_gateway.pipeline import LifecycleStage, fuse, pipeline
from wsgi_gateway.wsgi import Response

REFUSALS = (ACCESS_DENIED, INTEGRATION_TIMEOUT, THROTTLED)


class Halt(BaseException):
    """Like KeyboardInterrupt: no hook may swallow it."""


@dataclass
class Run:
    """What happened: every call of a hook, an app, an iterable and a close(), in order."""

    journal: list[str] = field(default_factory=list)
    bodies: list[Body] = field(default_factory=list)

    def note(self, *words: object) -> None:
        self.journal.append(" ".join(map(str, words)))


class Body:
    """An app's iterable that counts how often it is closed."""

    def __init__(self, run: Run, program: Program, steps: Iterator[bytes]) -> None:
        self.run, self.program, self.steps, self.closes = run, program, steps, 0
        run.bodies.append(self)

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self.steps)

    def close(self) -> None:
        self.closes += 1
        self.run.note("close", self.program.name)
        if self.program.close_fails:
            raise OSError(f"{self.program.name} cannot close")


def perform(step: Any, name: str, start_response: Any, write: Any) -> Any:
    """One step of a program; returns the write() now in force."""
    headers = [("Content-Type", "text/plain"), ("X-From", name)]
    if step == "start":
        return start_response("200 OK", headers)
    if step == "again":
        return start_response("201 Created", headers)
    if step == "restart":
        try:
            raise LookupError(f"{name} found nothing")
        except LookupError:
            return start_response("500 Oops", [*headers, ("X-Restarted", name)], sys.exc_info())
    if step == "raise":
        raise ValueError(f"{name} failed")
    if step == "refuse":
        raise GatewayError(THROTTLED, f"{name} refuses")
    if step == "halt":
        raise Halt(name)
    if write is not None:
        write(step)
    return write


def build_app(run: Run, program: Program) -> Callable[..., Iterable[bytes]]:
    def steps(start_response: Any, write: Any, script: tuple[Any, ...]) -> Iterator[bytes]:
        for step in script:
            run.note("read", program.name, step)
            if isinstance(step, bytes):
                yield step
            else:
                write = perform(step, program.name, start_response, write)

    def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        run.note("call", program.name, environ.get("x.reshaped"), CONTEXT_KEY in environ)
        write = None
        if program.shape == "generator":
            return Body(run, program, steps(start_response, None, (*program.when_called, *program.when_read)))
        for step in program.when_called:
            write = perform(step, program.name, start_response, write)
        if program.shape == "list":
            return list(program.when_read)
        return Body(run, program, steps(start_response, write, program.when_read))

    return app


def act(what: str, name: str, ctx: Context, response: Response | None) -> None:
    if what == "reshape":
        ctx.environ = {**ctx.environ, "x.reshaped": name}
    elif what == "reshape afresh":
        ctx.environ = {key: value for key, value in ctx.environ.items() if key != CONTEXT_KEY}
    elif what == "respond myself":
        ctx.responder = lambda error, _: Response(
            f"{error.status} By {name}", default_response(error).headerlist
        )
    elif response is None:
        ctx.body()
    elif what == "header":
        response.set_header("X-Stage", name)
    elif what == "status":
        response.status_code = 202
    elif what == "set body":
        response.set_body(name.encode())
    elif what == "read body":
        response.body()
    else:
        response.remove_headers(frozenset({"x-from"}))


def build_stage(run: Run, layer: Layer) -> type[LifecycleStage]:
    def play(kind: str, hook: Hook, ctx: Context, response: Response | None, seen: object) -> Any:
        run.note(kind, layer.name, seen, ctx.error, ctx.environ.get("x.reshaped"))
        for what in hook.acts:
            act(what, layer.name, ctx, response)
        if hook.end == "answer":
            return build_app(run, hook.app)
        if hook.end == "itself":
            return response
        refusal = GatewayError(REFUSALS[ord(layer.name) % 3], f"{layer.name} in {kind}")
        if hook.end == "return refusal":
            return refusal
        if hook.end == "raise refusal":
            raise refusal
        return perform(hook.end, layer.name, None, None) if hook.end in ("raise", "halt") else None

    def on_request(self: Any, ctx: Context) -> Any:
        return play("request", layer.request, ctx, None, ctx.http_method)

    def on_response(self: Any, ctx: Context, response: Response) -> Any:
        seen = (response.status, response.headerlist, response.body() if layer.buffers[1] else None)
        return play("response", layer.response, ctx, response, seen)

    def on_exception(self: Any, ctx: Context, error: Exception) -> Any:
        return play("exception", layer.exception, ctx, None, repr(error))

    hooks = {"request": on_request, "response": on_response, "exception": on_exception}
    members: dict[str, Any] = {f"on_{kind}": hook for kind, hook in hooks.items() if getattr(layer, kind)}
    members["requires_request_body"], members["requires_response_body"] = layer.buffers
    return type(f"Stage{layer.name}", (LifecycleStage,), members)


class Shouting:
    """A foreign middleware with an iterable of its own, which passes close() on as it must."""

    def __init__(self, app: Any) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.Answer(self.app(environ, start_response))

    class Answer:
        def __init__(self, inner: Any) -> None:
            self.inner = inner

        def __iter__(self) -> Iterator[bytes]:
            return (chunk.upper() for chunk in self.inner)

        def close(self) -> None:
            getattr(self.inner, "close", lambda: None)()


def heading(app: Any) -> Any:
    def wrapped(environ: dict[str, Any], start_response: Any) -> Any:
        def start(status: str, headers: list[Any], exc_info: Any = None) -> Any:
            headers.append(("X-Foreign", status))  # in place, as PEP 3333 allows
            return start_response(status, headers, *([exc_info] if exc_info else []))

        return app(environ, start)

    return wrapped


FOREIGN: dict[str, Callable[[Any], Any]] = {
    "shouting": Shouting,
    "heading": heading,
    "tail call": lambda app: lambda environ, start_response: app(environ, start_response),
    "copying": lambda app: lambda environ, start_response: app(dict(environ), start_response),
}


def nested(layers: list[Any], app: Any) -> Any:
    for layer in reversed(layers):
        app = layer(app)
    return app


def fused_step_by_step(layers: list[Any], app: Any) -> Any:
    for layer in reversed(layers):
        app = fuse(layer(app))
    return app


FORMS: dict[str, Callable[[list[Any], Any], Any]] = {
    "nested": nested,
    "fused": lambda layers, app: pipeline(*layers)(app),
    "fused step by step": fused_step_by_step,
    "half fused": lambda layers, app: nested(
        layers[: len(layers) // 2], pipeline(*layers[len(layers) // 2 :])(app)
    ),
}


def serve(app: Any, environ: dict[str, Any], run: Run, stack: Stack) -> dict[str, Any]:
    """A PEP 3333 server: what the client got, and the exception that reached the server."""
    head: list[Any] = []
    sent: list[Any] = []
    failures: list[str] = []

    def write(data: bytes) -> None:
        if data and not sent:
            assert head, "bytes before start_response"
            sent.append((*head, b""))
        if sent:
            sent[0] = (*sent[0][:2], sent[0][2] + data)

    def start_response(status: str, headers: list[Any], exc_info: Any = None) -> Any:
        if exc_info and sent:
            raise exc_info[1].with_traceback(exc_info[2])
        assert exc_info or not head, "start_response twice"
        if stack.server_refuses_head:
            raise RuntimeError("the server refuses this head")
        head[:] = (status, list(headers))
        return write

    def attempt(do: Callable[[], Any]) -> Any:
        try:
            return do()
        except (Exception, Halt) as error:
            failures.append(f"{type(error).__name__}: {error}")
            return None

    def deliver(app_iter: Iterable[bytes]) -> None:
        for count, chunk in enumerate(app_iter):
            if count == stack.client_leaves_after:
                return
            write(chunk)
        assert head, "no start_response"

    app_iter = attempt(lambda: app(environ, start_response))
    if app_iter is not None:
        attempt(lambda: deliver(app_iter))
        attempt(getattr(app_iter, "close", lambda: None))
    return {"head": head, "sent": sent, "failures": failures, "journal": run.journal}


def outcome(stack: Stack, form: str, validate: Callable[[Any], Any] = lambda app: app) -> dict[str, Any]:
    run = Run()
    layers = [
        {**FOREIGN, "validator": validator}[layer.foreign] if layer.foreign else build_stage(run, layer)
        for layer in stack.layers
    ]
    environ: dict[str, Any] = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": stack.length, "QUERY_STRING": ""}
    if not stack.length:
        del environ["CONTENT_LENGTH"]
    environ["wsgi.input"] = io.BytesIO(b"hello")
    setup_testing_defaults(environ)
    context = environ[CONTEXT_KEY] = Context(environ, Deployment(payload_limit=LIMIT))
    if stack.own_responder:
        act("respond myself", "server", context, None)
    app = FORMS[form](layers, validate(build_app(run, stack.app)))
    seen = serve(validate(app), environ, run, stack)
    seen["context"] = (context.error, context.environ.get("x.reshaped"), context is environ.get(CONTEXT_KEY))
    seen["closes"] = [body.closes for body in run.bodies]
    return seen
