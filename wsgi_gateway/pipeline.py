"""Lifecycle stages: how one is written, how they are put together, how they are run.

A stage is a WSGI middleware with two optional hooks::

    from wsgi_gateway.pipeline import LifecycleStage, pipeline

    class Maintenance(LifecycleStage):
        '''Answers 503 while a file exists.'''

        def on_request(self, ctx):
            return Response("503 Service Unavailable", [], [b"later"]) if closed() else None

    app = pipeline(GatewayResponses.layer(), Maintenance, MethodRequest.layer(method))(app)

**To answer, return a WSGI app; to go on, return None.** A hook may also raise
:class:`~wsgi_gateway.errors.GatewayError`; it is rendered there and then.

* ``on_request(ctx)`` sees the request. It may put a reshaped environ into ``ctx.environ``.
* ``on_response(ctx, response)`` sees every answer from further in, as data; it may change that
  :class:`~wsgi_gateway.wsgi.Response`, or return another app, whereupon the old answer is closed.
  ``ctx.error`` is set if the answer is a refusal. To keep the body, change the response; do not put its
  iterable into a new one.
* ``on_exception(ctx, error)`` may answer for an app that failed before its status was sent.

A stage with ``on_request`` alone ends in a tail call: the response never passes through it.

:func:`fuse` flattens neighbouring stages into one loop. Nested and fused chains cannot be told apart from
outside (a property test says so); fused ones are about twice as fast. ``Gateway`` fuses by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from wsgi_gateway.context import Context, context_of
from wsgi_gateway.errors import CONTEXT_KEY, INTEGRATION_FAILURE, GatewayError
from wsgi_gateway.wsgi import BodyTooLarge, Response, call_app

if TYPE_CHECKING:
    from wsgi_gateway.typing import Layer, StartResponse, WSGIApplication, WSGIEnvironment


class LifecycleStage:
    """Base of every stage: ``Stage(app, ...)`` is a WSGI app. Override the hooks you need, no others.

    ``requires_request_body`` / ``requires_response_body``: whether the body must be whole in memory when the
    hook runs. A class or its constructor sets them; where they are False the body streams.
    """

    requires_request_body: bool = False
    requires_response_body: bool = False
    _alone: _Chain | None = None

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app

    @classmethod
    def layer(cls, *args: Any, **kwargs: Any) -> Layer:
        """The stage without its app, for :func:`pipeline`: ``layer(*a, **k)(app)`` is ``cls(app, *a,
        **k)``.
        """
        return lambda app: cls(app, *args, **kwargs)

    def on_request(self, ctx: Context) -> WSGIApplication | None:
        """Answer the request by returning a WSGI app, or let it go on by returning None."""
        return None

    def on_response(self, ctx: Context, response: Response) -> WSGIApplication | None:
        """Change the answer, or return another; None sends it on."""
        return None

    def on_exception(self, ctx: Context, error: Exception) -> WSGIApplication | None:
        """Answer for an app that raised; None lets the exception fly on."""
        return None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Run this stage alone around its app."""
        chain = self._alone
        if chain is None:
            chain = self._alone = _Chain((self,))
        return chain.run(self.app, environ, start_response)


class _Step:
    """One stage taken apart: its hooks as bound methods, or None where it has none."""

    __slots__ = ("after", "before", "buffers_request", "buffers_response", "rescue", "stage")

    def __init__(self, stage: LifecycleStage) -> None:
        self.stage = stage
        self.before = stage.on_request if _overrides(stage, "on_request") else None
        self.after = stage.on_response if _overrides(stage, "on_response") else None
        self.rescue = stage.on_exception if _overrides(stage, "on_exception") else None
        self.buffers_request = stage.requires_request_body
        self.buffers_response = stage.requires_response_body


def _overrides(stage: LifecycleStage, hook: str) -> bool:
    return getattr(type(stage), hook) is not getattr(LifecycleStage, hook)


class _Chain:
    """The one driver: runs any number of stages, outermost first, around an app given per call."""

    __slots__ = ("_on_the_way_back", "_requests", "_steps")

    def __init__(self, stages: Sequence[LifecycleStage], steps: Sequence[_Step] | None = None) -> None:
        self._steps = tuple(_Step(stage) for stage in stages) if steps is None else tuple(steps)
        back: tuple[_Step, ...] = ()
        requests = []
        for step in self._steps:
            if step.before is not None:
                requests.append((step.before, step.buffers_request, back))
            if step.after is not None or step.rescue is not None:
                back = (step, *back)
        # What an answer given by a stage still passes on its way out are the stages outside of it.
        self._requests = tuple(requests)
        self._on_the_way_back = back

    def run(
        self, app: WSGIApplication, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Iterable[bytes]:
        ctx = context_of(environ)
        if ctx.trace is not None and self._steps:
            steps = [ctx.trace.watch(step) for step in self._steps]
            return _Chain((), steps)._run(ctx, app, start_response)
        return self._run(ctx, app, start_response)

    def _run(self, ctx: Context, app: WSGIApplication, start_response: StartResponse) -> Iterable[bytes]:
        back: tuple[_Step, ...] = ()
        try:
            for before, buffers, back in self._requests:  # noqa: B007 - read after the loop, by intention
                if buffers:
                    ctx.body()
                environ = ctx.environ
                answer = before(ctx)
                if ctx.environ is not environ:
                    ctx.environ[CONTEXT_KEY] = ctx  # a new environ is still this request
                if answer is not None:
                    break
            else:
                answer, back = app, self._on_the_way_back
        except GatewayError as refusal:
            ctx.environ[CONTEXT_KEY] = ctx
            answer = _settled(refusal)
        except Exception as error:
            if not back:
                raise
            return _way_back(back, ctx, None, error)(ctx.environ, start_response)
        if not back:
            return answer(ctx.environ, start_response)
        try:
            response = call_app(answer, ctx.environ)
        except Exception as error:
            return _way_back(back, ctx, None, error)(ctx.environ, start_response)
        return _way_back(back, ctx, response, None)(ctx.environ, start_response)


def _way_back(
    steps: tuple[_Step, ...], ctx: Context, response: Response | None, error: Exception | None
) -> Response:
    """Carry an answer, or an exception, outwards through the hooks of the stages it has still to pass."""
    for step in steps:
        try:
            if response is None:
                assert error is not None
                app = None if step.rescue is None else step.rescue(ctx, error)
            elif step.after is None:
                continue
            else:
                if step.buffers_response:
                    buffered(response, ctx)
                app = step.after(ctx, response)
                if app is response:
                    app = None
        except GatewayError as refusal:
            app = _settled(refusal)
        except Exception as failure:
            response, error = None, _failed(response, failure)
            continue
        except BaseException:
            with suppress(Exception):
                _close(response)
            raise
        if app is not None:
            try:
                _close(response)
                response, error = call_app(app, ctx.environ), None
            except Exception as failure:
                response, error = None, failure
    if response is None:
        assert error is not None
        raise error
    return response


def _settled(refusal: GatewayError) -> GatewayError:
    """A refusal that was raised, as a value again: one kept as a constant must not collect tracebacks."""
    refusal.__traceback__ = refusal.__context__ = refusal.__cause__ = None
    return refusal


def _failed(response: Response | None, failure: Exception) -> Exception:
    """Close the answer a hook failed on; if that fails too, the later failure is the one to report."""
    try:
        _close(response)
    except Exception as worse:
        return worse
    return failure


def _close(response: Response | None) -> None:
    if response is not None:
        response.close()


def buffered(response: Response, ctx: Context) -> bytes:
    """The whole body of an answer, within the payload limit; beyond it GatewayError 502."""
    try:
        return response.body(ctx.deployment.payload_limit)
    except BodyTooLarge as error:
        raise GatewayError(INTEGRATION_FAILURE, status=502, reason=f"response: {error}") from error


class Fused:
    """Neighbouring stages as one WSGI app: :attr:`stages`, outermost first, around :attr:`app`."""

    def __init__(self, stages: Sequence[LifecycleStage], app: WSGIApplication) -> None:
        self.stages = tuple(stages)
        self.app = app
        self._chain = _Chain(self.stages)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Run the stages around their app."""
        return self._chain.run(self.app, environ, start_response)

    def __repr__(self) -> str:
        return " > ".join([*(type(stage).__name__ for stage in self.stages), repr(self.app)])


def fuse(app: WSGIApplication) -> WSGIApplication:
    """Flatten the stages at the head of a nested stack into one loop, up to the first app that is no stage.

    Indistinguishable from the nested form: status, headers, body, order of the hooks, number of ``close()``.
    """
    stages: list[LifecycleStage] = []
    while True:
        if isinstance(app, Fused):
            stages.extend(app.stages)
            app = app.app
        elif isinstance(app, LifecycleStage) and type(app).__call__ is LifecycleStage.__call__:
            stages.append(app)
            app = app.app
        else:
            return Fused(stages, app) if stages else app


def pipeline(*layers: Layer) -> Layer:
    """Compose layers, the first given outermost, and fuse what can be fused.

    A layer is any function from WSGI app to WSGI app: a stage's ``layer(...)``, a foreign middleware's class.
    """

    def wrap(app: WSGIApplication) -> WSGIApplication:
        for layer in reversed(layers):
            app = layer(app)
        return fuse(app)

    return wrap
