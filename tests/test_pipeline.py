"""Nested and fused stacks cannot be told apart, whatever the apps in them and the stages of them do.

Apps and hooks are random little programs; a stack of them is built in several forms, each form is run by a
small server that follows PEP 3333 to the letter, and everything that can be seen is compared. A stack that
fails is printed as data, and hypothesis makes it small.
"""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from wsgiref.validate import validator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from stacks.draw import Stack, draw_stack
from stacks.run import FORMS, Halt, outcome

from wsgi_gateway.context import Context, Deployment, context_of
from wsgi_gateway.errors import CONTEXT_KEY, DEFAULT_4XX, REQUEST_TOO_LARGE, THROTTLED, GatewayError
from wsgi_gateway.pipeline import Fused, LifecycleStage, fuse, pipeline
from wsgi_gateway.wsgi import Response, call_app

BLOCKS, BLOCK = 16, 1000
RANDOM = st.randoms(use_true_random=False)


def unwrapped(app: Any) -> Any:
    return app


def assert_indistinguishable(stack: Stack, validate: Callable[[Any], Any] = unwrapped) -> dict[str, Any]:
    expected = outcome(stack, "nested", validate)
    assert all(count == 1 for count in expected["closes"]), (stack, expected)
    for form in FORMS:
        assert outcome(stack, form, validate) == expected, (form, stack)
    return expected


@pytest.mark.parametrize("block", range(BLOCKS), ids="random stacks, block {}".format)
def test_nested_and_fused_stacks_are_indistinguishable(block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        assert_indistinguishable(draw_stack(random.Random(seed)))


@pytest.mark.parametrize("block", range(4), ids="obedient stacks, block {}".format)
def test_obedient_stacks_pass_the_validator_inside_and_outside(block: int) -> None:
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        stack = draw_stack(random.Random(seed), obedient=True)
        seen = assert_indistinguishable(stack, validator)
        assert seen["failures"] == [], (stack, seen)
        assert seen["sent"] or seen["head"], (stack, seen)


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(RANDOM)
def test_hypothesis_finds_no_stack_that_tells_the_forms_apart(rng: random.Random) -> None:
    assert_indistinguishable(draw_stack(rng))


# ------------------------------------------------------------------------------------------------ the laws

OK = Response("200 OK", [("Content-Type", "text/plain")], [b"ok"])


class Bare(LifecycleStage):
    pass


class Gate(LifecycleStage):
    """Refuses everything."""

    def on_request(self, ctx: Context) -> Any:
        return GatewayError(THROTTLED)


class Watch(LifecycleStage):
    """Writes down what it saw on the way back."""

    def __init__(self, app: Any, seen: list[Any]) -> None:
        super().__init__(app)
        self.seen = seen

    def on_response(self, ctx: Context, response: Response) -> None:
        self.seen.append((response.status_code, ctx.error))


class Reader(LifecycleStage):
    """Wants the body whole, and tells how it found it."""

    requires_request_body = True

    def on_request(self, ctx: Context) -> Any:
        return Response("200 OK", [], [type(ctx.environ["wsgi.input"]).__name__.encode()])


def request(**more: Any) -> dict[str, Any]:
    environ: dict[str, Any] = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "wsgi.input": io.BytesIO()}
    environ.update(more)
    return environ


@pytest.fixture(params=[unwrapped, fuse], ids=["nested", "fused"])
def form(request: pytest.FixtureRequest) -> Callable[[Any], Any]:
    return request.param  # type: ignore[no-any-return]


def test_a_stage_without_response_hook_hands_on_the_servers_own_start_response(form: Any) -> None:
    class Pass(LifecycleStage):
        def on_request(self, ctx: Context) -> None:
            return None

    def start_response(*args: Any) -> Any: ...

    got: list[Any] = []
    answer = [b"the very list"]

    def app(environ: Any, start: Any) -> Any:
        got.extend((environ, start))
        return answer

    environ = request()
    assert form(Bare(Pass(Bare(app))))(environ, start_response) is answer
    assert got[0] is environ
    assert got[1] is start_response


def test_the_own_answer_of_a_stage_does_not_pass_its_own_response_hook(form: Any) -> None:
    seen: list[str] = []

    class Answering(LifecycleStage):
        def __init__(self, app: Any, name: str, answers: bool) -> None:
            super().__init__(app)
            self.name, self.answers = name, answers

        def on_request(self, ctx: Context) -> Any:
            seen.append(f"{self.name} request")
            return OK if self.answers else None

        def on_response(self, ctx: Context, response: Response) -> None:
            seen.append(f"{self.name} response")

    app = Answering(Answering(Answering(OK, "inner", False), "answering", True), "outer", False)
    assert call_app(form(app), request()).body() == b"ok"
    assert seen == ["outer request", "answering request", "outer response"]


def test_outer_response_hooks_see_an_inner_refusal_as_an_answer_with_ctx_error_set(form: Any) -> None:
    seen: list[Any] = []
    call_app(form(Watch(Gate(OK), seen)), request())
    call_app(form(Watch(OK, seen)), request())
    assert seen == [(429, GatewayError(THROTTLED)), (200, None)]


def test_a_refusal_finds_its_context_even_from_an_environ_made_from_nothing(form: Any) -> None:
    class Forgetful(LifecycleStage):
        def on_request(self, ctx: Context) -> Any:
            ctx.environ = request()
            raise GatewayError(THROTTLED)

    seen: list[Any] = []
    call_app(form(Watch(Forgetful(OK), seen)), request())
    assert seen == [(429, GatewayError(THROTTLED))]


def test_the_responder_on_the_context_renders_every_refusal(form: Any) -> None:
    environ = request()
    context_of(environ).responder = lambda error, ctx: Response("418 Teapot", [], [error.error_type.encode()])
    answer = call_app(form(Bare(Gate(OK))), environ)
    assert (answer.status, answer.body()) == ("418 Teapot", b"TooManyRequestsException")


def test_an_exception_of_the_app_reaches_the_nearest_stage_that_answers_it(form: Any) -> None:
    class Rescue(LifecycleStage):
        def __init__(self, app: Any, kind: type[Exception]) -> None:
            super().__init__(app)
            self.kind = kind

        def on_exception(self, ctx: Context, error: Exception) -> Any:
            return (
                Response("500 Oops", [], [self.kind.__name__.encode()])
                if isinstance(error, self.kind)
                else None
            )

    def app(environ: Any, start_response: Any) -> Any:
        raise KeyError("secret")

    assert call_app(form(Rescue(Rescue(app, OSError), LookupError)), request()).body() == b"LookupError"
    with pytest.raises(KeyError):
        call_app(form(Rescue(Rescue(app, OSError), ValueError)), request())


def test_an_answer_streams_past_a_response_hook(form: Any) -> None:
    pulled: list[int] = []

    def app(environ: Any, start_response: Any) -> Iterable[bytes]:
        start_response("200 OK", [])
        return (pulled.append(n) or b"x" for n in range(3))  # type: ignore[func-returns-value]

    chunks = iter(form(Watch(Watch(app, []), []))(request(), lambda *head: None))
    assert pulled == []
    next(chunks)
    assert pulled == [0]


class Closing(list[bytes]):
    """A body that counts its close() and may fail in it."""

    def __init__(self, chunks: Iterable[bytes], failure: Exception | None = None) -> None:
        super().__init__(chunks)
        self.closes, self.failure = 0, failure

    def close(self) -> None:
        self.closes += 1
        if self.failure is not None:
            raise self.failure


def test_the_body_is_closed_when_the_server_refuses_the_head(form: Any) -> None:
    body = Closing([b"x"])

    def refuse(*head: Any) -> Any:
        raise ValueError("no such header")

    with pytest.raises(ValueError, match="no such header"):
        form(Watch(Response("200 OK", [], body), []))(request(), refuse)
    assert body.closes == 1


def test_an_interrupt_in_a_hook_is_not_lost_to_a_close_that_fails(form: Any) -> None:
    class Interrupted(LifecycleStage):
        def on_response(self, ctx: Context, response: Response) -> Any:
            raise Halt

    body = Closing([b"x"], OSError("cannot close"))
    with pytest.raises(Halt):
        call_app(form(Bare(Interrupted(Response("200 OK", [], body)))), request())
    assert body.closes == 1


@pytest.mark.parametrize(
    ("environ", "refusal"),
    [
        pytest.param({"CONTENT_LENGTH": "11"}, GatewayError(REQUEST_TOO_LARGE), id="declared too long"),
        pytest.param(
            {"wsgi.input_terminated": True}, GatewayError(REQUEST_TOO_LARGE), id="turns out too long"
        ),
        pytest.param({"CONTENT_LENGTH": "x"}, GatewayError(DEFAULT_4XX), id="malformed length"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_before_the_hook(form: Any, environ: Any, refusal: Any) -> None:
    environ = request(**environ, **{"wsgi.input": io.BytesIO(b"hello world")})
    context = environ[CONTEXT_KEY] = Context(environ, Deployment(payload_limit=10))
    answer = call_app(form(Bare(Reader(OK))), environ)
    assert answer.status_code == refusal.status
    assert context.error == refusal
    assert answer.header("Connection") is None, "PEP 3333 forbids hop-by-hop headers; wsgiref answers 500"


def test_a_response_hook_may_return_the_response_it_was_given(form: Any) -> None:
    class Same(LifecycleStage):
        def on_response(self, ctx: Context, response: Response) -> Any:
            return response

    body = Closing([b"kept"])
    answer = call_app(form(Bare(Same(Response("200 OK", [], body)))), request())
    assert (list(answer.app_iter), body.closes) == ([b"kept"], 0)
    answer.close()
    assert body.closes == 1


def test_a_response_too_large_to_buffer_becomes_502_without_its_reason(form: Any) -> None:
    class Whole(Watch):
        requires_response_body = True

    environ, body = request(), Closing([b"x" * 8, b"y" * 8])
    environ[CONTEXT_KEY] = Context(environ, Deployment(payload_limit=10))
    answer = call_app(form(Bare(Whole(Response("200 OK", [], body), []))), environ)
    assert (answer.status_code, answer.body()) == (502, b'{"message":"Internal server error"}')
    assert body.closes == 1


def test_fuse_takes_the_stages_up_to_the_first_foreign_app() -> None:
    class OwnCall(LifecycleStage):
        def __call__(self, environ: Any, start_response: Any) -> Iterator[bytes]:
            return iter(())

    stop = OwnCall(Bare(OK))
    fused = fuse(Bare(fuse(Gate(Bare(stop)))))
    assert isinstance(fused, Fused)
    assert [type(stage).__name__ for stage in fused.stages] == ["Bare", "Gate", "Bare"]
    assert fused.app is stop
    assert repr(fused).startswith("Bare > Gate > Bare > ")
    assert fuse(OK) is OK


def test_pipeline_puts_the_first_layer_outermost_and_layer_keeps_its_arguments() -> None:
    seen: list[Any] = []
    app = pipeline(Watch.layer(seen=seen), Gate)(OK)
    assert call_app(app, request()).status_code == 429
    assert seen == [(429, GatewayError(THROTTLED))]


def test_one_pipeline_serves_many_threads_without_mixing_their_requests() -> None:
    class Tag(LifecycleStage):
        def on_request(self, ctx: Context) -> None:
            ctx.api_key = ctx.environ["HTTP_X_TAG"]

        def on_response(self, ctx: Context, response: Response) -> None:
            response.set_header("X-Tag", ctx.api_key or "")

    app = pipeline(Tag, Bare, Tag)(OK)

    def tags(worker: int) -> list[str | None]:
        return [call_app(app, request(HTTP_X_TAG=f"{worker}-{n}")).header("X-Tag") for n in range(200)]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(tags, range(16))) == [
            [f"{worker}-{n}" for n in range(200)] for worker in range(16)
        ]
