"""Functions of this process with a timeout: Lambda's, and the integration's."""

from __future__ import annotations

import contextvars
import json
import re
import threading

import pytest
from authorizers.callers import Inner, config, request

from wsgi_gateway.authorizers import allow
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.functions import FunctionFailed, FunctionTimedOut, FunctionUnreachable
from wsgi_gateway.integrations import LambdaCustom, LambdaFunction, LambdaProxy
from wsgi_gateway.lifecycle.authorizer import Authorizer
from wsgi_gateway.wsgi import call_app

PATIENCE = 20.0


@pytest.fixture
def hanging():
    """A handler that hangs until the test is over."""
    over = threading.Event()
    yield lambda event, context: over.wait(PATIENCE)
    over.set()


def test_the_handler_runs_on_a_thread_of_its_own_and_knows_its_own_timeout():
    def handler(event, context):
        left = context.get_remaining_time_in_millis()
        return event, context.function_name, 0 < left <= 7000, threading.current_thread()

    answer = LambdaFunction(handler, timeout=7, name="orders").within(1)({"a": 1})
    assert answer[:3] == ({"a": 1}, "orders", True)
    assert answer[3] is not threading.current_thread()


def test_a_handler_of_the_event_alone_will_do():
    assert LambdaFunction(lambda event: event)("x") == "x"


def test_context_variables_go_along():
    variable = contextvars.ContextVar("variable", default="none")
    variable.set("of the request")
    assert LambdaFunction(lambda event: variable.get())({}) == "of the request"


@pytest.mark.parametrize("error", [LookupError("x"), TimeoutError("x"), SystemExit(3), KeyboardInterrupt()])
def test_what_the_handler_raises_is_raised_here(error):
    def handler(event):
        raise error

    with pytest.raises(type(error)) as caught:
        LambdaFunction(handler)({})
    assert caught.value is error


def test_its_own_timeout_is_a_failure_of_the_function(hanging):
    with pytest.raises(FunctionFailed) as caught:
        LambdaFunction(hanging, timeout=0.05)({})
    assert re.fullmatch(
        r"RequestId: [0-9a-f-]{36} Error: Task timed out after 0\.05 seconds", str(caught.value)
    )
    assert caught.value.document == {"errorType": "Sandbox.Timedout", "errorMessage": str(caught.value)}


def test_a_shorter_timeout_of_the_integrations_is_giving_up(hanging):
    with pytest.raises(FunctionTimedOut, match=r"no answer in 0\.05 s"):
        LambdaFunction(hanging, timeout=3, name="f").within(0.05)({})


@pytest.mark.parametrize(
    ("of_function", "of_integration", "status", "message"),
    [
        pytest.param(0.05, 5, 502, "Internal server error", id="its own is shorter"),
        pytest.param(5, 0.05, 504, "Endpoint request timed out", id="the integration's is shorter"),
    ],
)
def test_a_proxy_tells_them_apart(of_function, of_integration, status, message, hanging, request_of):
    app = LambdaProxy(LambdaFunction(hanging, timeout=of_function), timeout=of_integration)
    response = call_app(app, request_of())
    assert (response.status_code, json.loads(response.body())) == (status, {"message": message})


def test_a_custom_integration_answers_with_the_document(hanging, request_of):
    response = call_app(LambdaCustom(LambdaFunction(hanging, timeout=0.05)), request_of("POST"))
    assert response.status_code == 200
    assert json.loads(response.body())["errorType"] == "Sandbox.Timedout"


def test_a_custom_integration_gives_up_by_504(hanging, request_of):
    app = LambdaCustom(LambdaFunction(hanging, timeout=5), timeout=0.05)
    assert call_app(app, request_of("POST")).status_code == 504


def test_calls_that_hang_count_until_they_end_and_then_no_more():
    over = threading.Event()
    function = LambdaFunction(
        lambda event: over.wait(PATIENCE) if event else "ok", timeout=0.05, concurrency=2
    )
    for _ in range(2):
        with pytest.raises(FunctionFailed):
            function(True)
    with pytest.raises(FunctionUnreachable, match="as many calls are running as may"):
        function(False)
    with pytest.raises(FunctionUnreachable):
        function.within(1)(False)
    over.set()
    assert function._threads.drain(PATIENCE)
    assert function(False) == "ok"


@pytest.mark.parametrize(
    "options",
    [
        {"handler": "name"},
        {"timeout": 0},
        {"timeout": 901},
        {"timeout": float("nan")},
        {"concurrency": 0},
        {"handler": lambda: None},
    ],
    ids=["no callable", "no time", "more than Lambda has", "no number", "no calls", "no argument"],
)
def test_options_that_cannot_work_are_config_errors(options):
    with pytest.raises(ConfigError):
        LambdaFunction(**{"handler": dict, **options})


def test_it_may_be_an_authorizer(hanging):
    inner, failed = Inner(), config(authorizer_result_ttl_in_seconds=0)
    app = Authorizer(inner, failed, authorize=LambdaFunction(lambda event: allow("ada")))
    assert request(app)[0].status_code == 200
    late = Authorizer(inner, failed, authorize=LambdaFunction(hanging, timeout=0.05))
    response, ctx = request(late)
    assert (response.status_code, ctx.error.response_type.name) == (500, "AUTHORIZER_FAILURE")
    assert len(inner.seen) == 1
