from __future__ import annotations

import json

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations import LambdaProxy
from wsgi_gateway.integrations.lambda_event import UNCOUNTED
from wsgi_gateway.integrations.lambda_payload import REQUEST_LIMIT, size_of
from wsgi_gateway.wsgi import call_app


def event_of(environ, **options):
    events = []
    call_app(LambdaProxy(lambda event, context: events.append(event) or {}, **options), environ)
    return events[0]


@pytest.mark.parametrize(("length", "status"), [(9, 400), (20_000_000, 413)])
def test_a_body_that_cannot_be_read_never_reaches_the_function(length, status, request_of):
    calls = []
    app = LambdaProxy(lambda event, context: calls.append(event) or {})
    assert call_app(app, request_of("POST", body=b"abc", length=length)).status_code == status
    assert calls == []


@pytest.mark.parametrize(
    ("text", "size", "options"),
    [
        pytest.param(b"x", 1, {}, id="letters"),
        pytest.param(b'"', 2, {}, id="quotes, which are escaped"),
        pytest.param(b"\0", 6, {}, id="control characters"),
        pytest.param("\u20ac".encode(), 3, {}, id="characters of three bytes"),
        pytest.param(b"\xff", 3, {}, id="bytes that are no text, and are replaced"),
        pytest.param(b"\0\0\0", 4, {"binary_media_types": ["a/b"]}, id="base64"),
    ],
)
def test_an_event_above_lambdas_own_limit_is_413_and_does_not_reach_the_function(
    text, size, options, request_of
):
    frame = size_of(event_of(request_of("POST", CONTENT_TYPE="a/b"), **options)) + 100
    calls = []
    app = LambdaProxy(lambda event, context: calls.append(event) or {}, **options)
    for count, status in [((REQUEST_LIMIT - frame) // size, 200), (REQUEST_LIMIT // size, 413)]:
        environ = request_of("POST", body=text * count, CONTENT_TYPE="a/b")
        assert call_app(app, environ).status_code == status
    assert [size_of(event) <= REQUEST_LIMIT for event in calls] == [True]
    assert environ["wsgi_gateway.context"].error.response_type.name == "REQUEST_TOO_LARGE"


def test_a_body_that_is_not_counted_leaves_room_for_the_rest(request_of):
    event = event_of(request_of("POST", body=b"\0" * UNCOUNTED))
    assert size_of(event) < REQUEST_LIMIT * 0.76


def test_the_event_is_json(request_of):
    json.dumps(event_of(request_of("POST", "/x?y=1", body=b"z")))


def test_the_invocation_knows_its_request_and_its_time(request_of):
    seen = []

    def function(event, context):
        seen.extend([context.aws_request_id, context.function_name, context.get_remaining_time_in_millis()])
        return {}

    environ = request_of()
    call_app(LambdaProxy(function, timeout=7), environ)
    assert seen[:2] == [environ["wsgi_gateway.context"].request_id, "function"]
    assert 0 < seen[2] <= 7000


@pytest.mark.parametrize("failure", [LookupError("s3cret"), SystemExit("s3cret"), RecursionError("s3cret")])
def test_a_function_that_raises_is_502_and_says_nothing(failure, request_of):
    def function(event, context):
        raise failure

    environ = request_of()
    response = call_app(LambdaProxy(function), environ)
    error = environ["wsgi_gateway.context"].error
    assert response.status_code == 502
    assert b"s3cret" not in response.body()
    assert "s3cret" not in f"{error!r}{error.reason}{error.message}"
    assert type(failure).__name__ in error.reason


@pytest.mark.parametrize("method", ["GET", "ANY", "post"])
def test_an_integration_method_other_than_post_is_500_whatever_the_client_sends(method, request_of):
    calls = []
    environ = request_of("POST")
    response = call_app(LambdaProxy(lambda *args: calls.append(args) or {}, http_method=method), environ)
    assert (response.status_code, response.body()) == (500, b'{"message":"Internal server error"}')
    assert environ["wsgi_gateway.context"].error.response_type.name == "INTEGRATION_FAILURE"
    assert calls == []


@pytest.mark.parametrize("options", [{"function": "name"}, {"timeout": 0}, {"timeout": float("nan")}])
def test_options_that_cannot_work_are_config_errors(options):
    with pytest.raises(ConfigError):
        LambdaProxy(**{"function": dict, **options})


def test_the_function_may_be_anything_callable(request_of):
    class Function:
        def __call__(self, event, context):
            return {"body": context.function_name}

    assert call_app(LambdaProxy(Function()), request_of()).body() == b"Function"
