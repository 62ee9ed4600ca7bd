"""Functions behind mapping templates: events, answers, failures, and the ways of being invoked."""

from __future__ import annotations

import json
import threading

import pytest

from wsgi_gateway import Gateway, IntegrationConfig, IntegrationResponseConfig, MethodConfig, RestApiConfig
from wsgi_gateway.config import MethodResponseConfig, StageConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.functions import (
    FunctionElsewhere,
    FunctionFailed,
    FunctionForbidden,
    FunctionTimedOut,
    FunctionUnreachable,
)
from wsgi_gateway.integrations import LambdaCustom, lambda_background
from wsgi_gateway.integrations.lambda_payload import EVENT_LIMIT, REQUEST_LIMIT, RESPONSE_LIMIT
from wsgi_gateway.wsgi import call_app

PATIENCE = 20.0
SECRET = "s3cret"
URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:{}/invocations"
)


def raising(error):
    def function(event, context):
        raise error

    return function


class Elsewhere(FunctionElsewhere):
    """A function of another process: answers, fails, and notes what it is asked."""

    can_start = True

    def __init__(self, result):
        self.result, self.seen = result, []

    def __call__(self, event):
        raise AssertionError("what goes there is text")

    def within(self, seconds):
        self.seen.append(seconds)
        return self

    def answer(self, payload):
        self.seen.append(payload)
        if isinstance(self.result, Exception):
            raise self.result
        return self.result

    def start(self, payload):
        self.seen.append(("start", payload))
        if isinstance(self.result, Exception):
            raise self.result


# ------------------------------------------------------------------------------------------- event and answer


@pytest.mark.parametrize(
    ("body", "event"),
    [
        pytest.param(b"", {}, id="an empty body"),
        pytest.param(b'{"a": [1, null]}', {"a": [1, None]}, id="an object"),
        pytest.param(b'"text"', "text", id="a bare string"),
        pytest.param(b" 7 ", 7, id="a number"),
        pytest.param('{"a": "ü"}'.encode(), {"a": "ü"}, id="letters"),
    ],
)
def test_the_body_is_the_event(body, event, request_of):
    seen = []
    response = call_app(LambdaCustom(seen.append), request_of("POST", body=body))
    assert seen == [event]
    assert (response.status_code, response.body()) == (200, b"null")


@pytest.mark.parametrize("body", [b"{", b"a=b", b'{"a":1,"a":2}', b"NaN", b"[" * 2000, b"\xff"])
def test_a_body_that_is_no_json_never_reaches_the_function(body, request_of):
    seen = []
    response = call_app(LambdaCustom(seen.append), request_of("POST", body=body))
    assert response.status_code == 400
    assert json.loads(response.body()) == {"message": "Could not parse request body into json"}
    assert seen == []


@pytest.mark.parametrize(("length", "status"), [(9, 400), (20_000_000, 413)])
def test_nor_does_one_that_cannot_be_read(length, status, request_of):
    seen = []
    environ = request_of("POST", body=b"abc", length=length)
    assert call_app(LambdaCustom(seen.append), environ).status_code == status
    assert seen == []


@pytest.mark.parametrize(
    ("result", "body"),
    [
        ({"a": 1, "b": [True, None]}, b'{"a": 1, "b": [true, null]}'),
        ("Pass", b'"Pass"'),
        (None, b"null"),
        (3.0, b"3.0"),
        ("ü", '"ü"'.encode()),
        ("half \ud800", b'"half ?"'),
    ],
)
def test_the_result_is_json_as_pythons_runtime_writes_it(result, body, request_of):
    response = call_app(LambdaCustom(lambda event: result), request_of("POST"))
    assert (response.status, response.body()) == ("200 OK", body)
    assert response.header("X-Amz-Function-Error") is None


def test_the_handler_is_told_its_name_and_its_request(request_of):
    environ = request_of("POST")
    app = LambdaCustom(lambda event, context: [context.function_name, context.aws_request_id], name="pets")
    answer = json.loads(call_app(app, environ).body())
    assert answer == ["pets", environ["wsgi_gateway.context"].request_id]
    assert repr(app) == "<LambdaCustom pets>"


# ------------------------------------------------------------------------------------------- failures


class Fault(Exception):
    error_type = "Shop.OutOfTea"


class Mute(Exception):
    def __str__(self):
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "message", "kind"),
    [
        pytest.param(ValueError("no such pet"), "no such pet", "ValueError", id="an exception"),
        pytest.param(Fault("sold"), "sold", "Shop.OutOfTea", id="a type of its own"),
        pytest.param(KeyError("a"), "'a'", "KeyError", id="a missing key"),
        pytest.param(Mute(), "", "Mute", id="one without a text"),
        pytest.param(FunctionFailed("no", "E"), "no", "E", id="a failure elsewhere, without a document"),
        pytest.param(FunctionFailed("no"), "no", "Error", id="a failure without a type"),
    ],
)
def test_an_exception_is_lambdas_error_document(error, message, kind, request_of):
    environ = request_of("POST")
    response = call_app(LambdaCustom(raising(error)), environ)
    assert (response.status, response.header("X-Amz-Function-Error")) == ("200 OK", "Unhandled")
    assert list(json.loads(response.body()).items()) == [
        ("errorMessage", message),
        ("errorType", kind),
        ("requestId", environ["wsgi_gateway.context"].request_id),
        ("stackTrace", []),
    ]


@pytest.mark.parametrize(
    ("code", "how"),
    [(3, "exited with error: exit status 1"), (0, "exited without providing a reason")],
)
def test_leaving_is_a_failure_too(code, how, request_of):
    environ = request_of("POST")
    document = json.loads(call_app(LambdaCustom(raising(SystemExit(code))), environ).body())
    request_id = environ["wsgi_gateway.context"].request_id
    assert document == {
        "errorType": "Runtime.ExitError",
        "errorMessage": f"RequestId: {request_id} Error: Runtime {how}",
    }


@pytest.mark.parametrize(
    ("result", "message", "kind"),
    [
        pytest.param(
            {"a": object()}, "Unable to marshal response: Object of type object is not JSON serializable",
            "Runtime.MarshalError", id="an object of Python's",
        ),
        pytest.param(
            float("nan"), "Unable to marshal response: Out of range float values are not JSON compliant",
            "Runtime.MarshalError", id="no number",
        ),
        pytest.param(
            "x" * RESPONSE_LIMIT,
            "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
            "Function.ResponseSizeTooLarge", id="too much",
        ),
    ],
)  # fmt: skip
def test_a_result_that_cannot_be_sent_is_a_failure(result, message, kind, request_of):
    response = call_app(LambdaCustom(lambda event: result), request_of("POST"))
    document = json.loads(response.body())
    assert document["errorMessage"].startswith(message)
    assert document["errorType"] == kind
    assert response.header("X-Amz-Function-Error") == "Unhandled"


def test_the_largest_result_is_sent(request_of):
    response = call_app(LambdaCustom(lambda event: "x" * (RESPONSE_LIMIT - 2)), request_of("POST"))
    assert len(response.body()) == RESPONSE_LIMIT


def test_the_log_has_the_place_of_a_failure_and_not_its_text(request_of, caplog):
    response = call_app(LambdaCustom(raising(LookupError(SECRET))), request_of("POST"))
    assert "raised LookupError in" in caplog.text
    assert SECRET not in caplog.text
    assert __file__.encode() not in response.body()


@pytest.mark.parametrize("method", ["GET", "ANY", "post"])
def test_an_integration_method_other_than_post_is_500(method, request_of):
    seen = []
    response = call_app(LambdaCustom(seen.append, http_method=method), request_of("POST"))
    assert (response.status_code, seen) == (500, [])


@pytest.mark.parametrize("options", [{"function": "name"}, {"timeout": 0}, {"timeout": float("nan")}])
def test_options_that_cannot_work_are_config_errors(options):
    with pytest.raises(ConfigError):
        LambdaCustom(**{"function": dict, **options})


# ------------------------------------------------------------------------------------------- elsewhere


def test_what_goes_elsewhere_and_comes_back_is_the_text_as_it_is(request_of):
    function = Elsewhere(b'{ "b" : 1.0 }')
    app = LambdaCustom(function, timeout=7)
    assert call_app(app, request_of("POST", body=b'{"a" :1}')).body() == b'{ "b" : 1.0 }'
    assert function.seen == [7, b'{"a" :1}']


def test_the_document_of_a_function_elsewhere_is_its_own(request_of):
    document = {"errorMessage": "no", "errorType": "E", "stackTrace": ["File /var/task/app.py"], "more": 1}
    app = LambdaCustom(Elsewhere(FunctionFailed("no", "E", document)))
    assert json.loads(call_app(app, request_of("POST")).body()) == document


@pytest.mark.parametrize(
    ("error", "status", "response_type"),
    [
        pytest.param(FunctionTimedOut(SECRET), 504, "INTEGRATION_TIMEOUT", id="we gave up"),
        pytest.param(FunctionForbidden(SECRET), 500, "API_CONFIGURATION_ERROR", id="we may not"),
        pytest.param(FunctionUnreachable(SECRET), 500, "INTEGRATION_FAILURE", id="it is not there"),
    ],
)
@pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
def test_a_function_elsewhere_that_gives_no_answer(kind, error, status, response_type, request_of):
    environ = request_of("POST", HTTP_X_AMZ_INVOCATION_TYPE=kind)
    response = call_app(LambdaCustom(Elsewhere(error)), environ)
    assert response.status_code == status
    assert environ["wsgi_gateway.context"].error.response_type.name == response_type
    assert SECRET.encode() not in response.body()


def test_an_event_is_left_with_the_service_of_a_function_elsewhere(request_of):
    function = Elsewhere(b"1")
    environ = request_of("POST", body=b"{}", HTTP_X_AMZ_INVOCATION_TYPE="Event")
    assert call_app(LambdaCustom(function), environ).status_code == 202
    assert function.seen[1:] == [("start", b"{}")]


# ------------------------------------------------------------------------------------------- invocation types


def test_an_event_is_answered_at_once_and_worked_on_later(request_of):
    answered, seen = threading.Event(), []

    def function(event):
        seen.append((answered.wait(PATIENCE), event))

    environ = request_of("POST", body=b'{"n": 1}', HTTP_X_AMZ_INVOCATION_TYPE="Event")
    response = call_app(LambdaCustom(function), environ)
    assert (response.status_code, response.body()) == (202, b"")
    answered.set()
    assert lambda_background.drain(PATIENCE)
    assert seen == [(True, {"n": 1})]


def test_an_event_too_many_is_refused(request_of, monkeypatch):
    monkeypatch.setattr("wsgi_gateway.integrations.lambda_custom.start_later", lambda *given: False)
    environ = request_of("POST", HTTP_X_AMZ_INVOCATION_TYPE="Event")
    assert call_app(LambdaCustom(lambda event: 1), environ).status_code == 500


def text_of(size):
    return b'"' + b"x" * (size - 2) + b'"'


def test_an_event_above_the_limit_for_those_that_wait_is_an_error_of_the_service(request_of):
    seen = []
    for size, status in [(EVENT_LIMIT, 202), (EVENT_LIMIT + 1, 500)]:
        environ = request_of("POST", body=text_of(size), HTTP_X_AMZ_INVOCATION_TYPE="Event")
        assert call_app(LambdaCustom(lambda event: seen.append(len(event))), environ).status_code == status
    assert "RequestTooLargeException" in environ["wsgi_gateway.context"].error.reason
    assert lambda_background.drain(PATIENCE)
    assert seen == [EVENT_LIMIT - 2]


def test_nor_is_it_left_with_a_service_elsewhere(request_of):
    function = Elsewhere(b"1")
    environ = request_of("POST", body=text_of(EVENT_LIMIT + 1), HTTP_X_AMZ_INVOCATION_TYPE="Event")
    assert call_app(LambdaCustom(function), environ).status_code == 500
    assert function.seen == [29.0]


def test_an_event_above_lambdas_own_limit_does_not_reach_the_function(request_of):
    seen = []
    app = LambdaCustom(lambda event: seen.append(len(event)))
    for size, status in [(REQUEST_LIMIT, 200), (REQUEST_LIMIT + 1, 413)]:
        assert call_app(app, request_of("POST", body=text_of(size))).status_code == status
    assert seen == [REQUEST_LIMIT - 2]


def test_an_event_waits_as_the_bytes_it_came_as(request_of, monkeypatch):
    waiting, seen = [], []

    def start_later(name, call, size):
        waiting.append((call, size))
        return True

    monkeypatch.setattr("wsgi_gateway.integrations.lambda_custom.start_later", start_later)
    environ = request_of("POST", body=b'[{"a": 1}]', HTTP_X_AMZ_INVOCATION_TYPE="Event")
    assert call_app(LambdaCustom(seen.append), environ).status_code == 202
    call, size = waiting.pop()
    held = [cell.cell_contents for cell in call.__closure__]
    assert (size, b'[{"a": 1}]' in held, [{"a": 1}] in held) == (10, True, False)
    call()
    assert seen == [[{"a": 1}]]


def test_an_event_that_is_no_json_is_refused_at_once_all_the_same(request_of):
    environ = request_of("POST", body=b"{", HTTP_X_AMZ_INVOCATION_TYPE="Event")
    assert call_app(LambdaCustom(lambda event: 1), environ).status_code == 400


def test_an_exception_whose_text_is_too_long_is_an_answer_that_is_too_large(request_of):
    response = call_app(LambdaCustom(raising(ValueError("x" * RESPONSE_LIMIT))), request_of("POST"))
    assert json.loads(response.body())["errorType"] == "Function.ResponseSizeTooLarge"
    response = call_app(LambdaCustom(raising(ValueError("x" * 1000))), request_of("POST"))
    assert json.loads(response.body())["errorMessage"] == "x" * 1000


def test_a_document_from_elsewhere_was_counted_there(request_of):
    document = {"errorMessage": "x" * (RESPONSE_LIMIT - 19), "n": 1}
    failure = FunctionFailed(document["errorMessage"], None, document)
    response = call_app(LambdaCustom(Elsewhere(failure)), request_of("POST"))
    assert json.loads(response.body()) == document


def test_a_dry_run_runs_nothing(request_of):
    seen = []
    environ = request_of("POST", HTTP_X_AMZ_INVOCATION_TYPE="DryRun")
    response = call_app(LambdaCustom(seen.append), environ)
    assert (response.status_code, response.body(), seen) == (204, b"", [])


def test_any_other_invocation_type_is_400(request_of):
    seen = []
    environ = request_of("POST", HTTP_X_AMZ_INVOCATION_TYPE="event")
    assert call_app(LambdaCustom(seen.append), environ).status_code == 400
    assert seen == []


# ------------------------------------------------------------------------------------------- behind a gateway


def gateway(name="pets", *, lambdas=None, variables=None, **integration):
    answers = [
        IntegrationResponseConfig(status_code=404, selection_pattern="no .*"),
        IntegrationResponseConfig(
            status_code=200,
            response_parameters={"method.response.header.seen": "integration.response.body.n"},
        ),
    ]
    config = IntegrationConfig(
        **{"type": "AWS", "uri": URI.format(name), "http_method": "POST",
           "integration_responses": answers, **integration}
    )  # fmt: skip
    method = MethodConfig(
        http_method="GET", integration=config, request_parameters={"method.request.header.How": False},
        method_responses={
            200: MethodResponseConfig(
                status_code=200, response_parameters={"method.response.header.seen": False}
            ),
            404: MethodResponseConfig(status_code=404),
        },
    )  # fmt: skip
    return Gateway(
        RestApiConfig(resources={"/{n}": {"GET": method}}),
        stage=StageConfig(stage_name="dev", variables=variables or {}),
        lambdas=lambdas or {"pets": lambda event: event},
    )


def get(app, path="/7", **environ):
    return call_app(app, {"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": "", **environ})


def test_a_template_makes_the_event_and_the_answer_is_mapped():
    app = gateway(request_templates={"application/json": '{"n": "$input.params(\'n\')"}'})
    response = get(app)
    assert (response.status_code, response.body()) == (200, b'{"n": "7"}')
    assert response.header("seen") == "7"
    assert response.header("X-Amz-Executed-Version") is None


def test_a_failure_selects_by_its_message():
    app = gateway(lambdas={"pets": raising(LookupError("no such pet"))})
    response = get(app)
    assert response.status_code == 404
    assert json.loads(response.body())["errorMessage"] == "no such pet"


def test_an_event_is_200_and_empty_and_a_client_may_be_asked_how():
    parameters = {"integration.request.header.X-Amz-Invocation-Type": "method.request.header.How"}
    seen = []
    pets = {"pets": lambda event: seen.append(event) or {"n": 1}}
    app = gateway(lambdas=pets, request_parameters=parameters)
    assert get(app).body() == b'{"n": 1}'
    response = get(app, HTTP_HOW="Event")
    assert (response.status_code, response.body()) == (200, b"")
    assert lambda_background.drain(PATIENCE)
    assert len(seen) == 2


def test_a_client_cannot_say_how_unless_it_is_asked():
    assert get(gateway(), HTTP_X_AMZ_INVOCATION_TYPE="DryRun").body() == b"{}"


def test_a_proxy_has_no_invocation_types():
    app = gateway(type="AWS_PROXY", lambdas={"pets": lambda event: {"body": "ran"}})
    assert get(app, HTTP_X_AMZ_INVOCATION_TYPE="Event").body() == b"ran"


@pytest.mark.parametrize("kind", ["AWS", "AWS_PROXY"])
@pytest.mark.parametrize(
    "name", ["${stageVariables.which}", "pets:${stageVariables.which}", "${stageVariables.which}:live"]
)
def test_a_missing_stage_variable_in_the_arn_is_500(kind, name):
    response = get(gateway(name, type=kind))
    assert (response.status_code, json.loads(response.body())) == (500, {"message": "Internal server error"})


@pytest.mark.parametrize(
    ("lambdas", "seen"),
    [
        pytest.param({"pets": lambda event: "all"}, b'"all"', id="the function's name serves all aliases"),
        pytest.param(
            {"pets": lambda event: "all", "pets:live": lambda event: "live"},
            b'"live"',
            id="an alias comes first",
        ),
    ],
)
def test_stage_variables_stand_for_names_and_aliases(lambdas, seen):
    app = gateway(
        "${stageVariables.f}:${stageVariables.a}", variables={"f": "pets", "a": "live"}, lambdas=lambdas
    )
    assert get(app).body() == seen


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "pats"}, "no function of the name 'pats'"),
        ({"name": "pe ts"}, "Invalid ARN specified in the request"),
        ({"name": "${stageVariables.f}", "variables": {"f": "not.a.name"}}, "Invalid ARN specified"),
        ({"uri": URI.format("pets").replace("lambda:path/", "lambda:paths/")}, "must contain path or action"),
        ({"type": "AWS_PROXY", "response_transfer_mode": "STREAM"}, "responseTransferMode STREAM needs"),
        ({"response_transfer_mode": "STREAM"}, "only proxy integrations stream"),
    ],
    ids=["an unknown function", "no name", "a variable that is no name", "no path",
         "a URI that does not stream", "streaming a custom integration"],
)  # fmt: skip
def test_what_cannot_be_invoked_does_not_load(options, message):
    with pytest.raises(ConfigError, match=message):
        gateway(**options)
