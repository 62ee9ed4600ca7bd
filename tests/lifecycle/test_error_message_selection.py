"""Selection by a function's errorMessage, and reading inside of it."""

from __future__ import annotations

import json

import pytest

from wsgi_gateway.config import IntegrationResponseConfig
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import CONTEXT_KEY, ConfigError
from wsgi_gateway.lifecycle.integration_response import IntegrationResponse
from wsgi_gateway.wsgi import Response, call_app


def entry(status, pattern=None, **fields):
    return IntegrationResponseConfig(status_code=status, selection_pattern=pattern, **fields)


def respond(document, *entries, status="200 OK"):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    environ = {"REQUEST_METHOD": "GET"}
    environ[CONTEXT_KEY] = Context(environ, Deployment())
    stage = IntegrationResponse(Response(status, [], [body]), entries, selects_on_error_message=True)
    return call_app(stage, environ)


ENTRIES = (
    entry(405, ".*four hundred.*"),
    entry(502, ".+"),
    entry(504, "200"),
    entry(299, ""),
    entry(298, "default"),
)


@pytest.mark.parametrize(
    ("document", "status"),
    [
        pytest.param({"errorMessage": "four hundred is raised"}, 405, id="the first that matches"),
        pytest.param({"errorMessage": "five"}, 502, id="a later one"),
        pytest.param({"errorMessage": "a\nfour hundred\n"}, 299, id="a dot does not cross lines"),
        pytest.param({"errorMessage": ""}, 299, id="an empty message"),
        pytest.param({"errorMessage": None}, 299, id="null"),
        pytest.param({"errorMessage": {"four hundred": 1}}, 299, id="a message that is no text"),
        pytest.param({"message": "four hundred"}, 299, id="another member"),
        pytest.param(["errorMessage"], 299, id="a list"),
        pytest.param("four hundred errorMessage", 299, id="a bare string"),
        pytest.param(200, 299, id="a number that looks like a status"),
        pytest.param(b"", 299, id="nothing"),
        pytest.param(b'{"errorMessage": "four hundred"', 299, id="no JSON"),
        pytest.param(b'{"errorMessage": "four hundred \\ud800"}', 405, id="half a character"),
    ],
)
def test_selection(document, status):
    assert respond(document, *ENTRIES).status_code == status


def test_the_status_of_the_service_is_not_looked_at():
    assert respond(b"", entry(504, "202"), entry(299), status="202 Accepted").status_code == 299


@pytest.mark.parametrize(
    ("pattern", "message", "matches"),
    [
        ("four", "four hundred", False),
        ("hundred", "four hundred", False),
        ("four.*", "four hundred", True),
        (r"(.|\n)*hundred", "four\nhundred", True),
        ("(?s).*hundred", "four\nhundred", True),
        (r"\[4\d\d\] .*", "[404] no such pet", True),
        ("(?i)FOUR.*", "four", True),
        (r"four$", "four\n", False),
        (".*", "", True),
        ("a|b", "ab", False),
    ],
)
def test_a_pattern_matches_the_whole_message(pattern, message, matches):
    response = respond({"errorMessage": message}, entry(400, pattern), entry(200))
    assert response.status_code == (400 if matches else 200)


def test_without_a_default_an_answer_that_did_not_fail_is_500():
    assert respond({"a": 1}, entry(400, ".+")).status_code == 500


@pytest.mark.parametrize("document", [{"a": 1}, 200, b""])
def test_a_pattern_that_matches_nothing_at_all_hides_the_default(document):
    assert respond(document, entry(200), entry(400, ".*")).status_code == 400


def test_without_patterns_the_default_serves():
    assert respond({"errorMessage": "x"}, entry(201)).status_code == 201


@pytest.mark.parametrize("pattern", ["(?!x).*", "(", r"(a)\1", "a++"])
def test_patterns_that_cannot_be_run_in_linear_time_do_not_load(pattern):
    with pytest.raises(ConfigError, match="selectionPattern"):
        respond({}, entry(400, pattern))


@pytest.mark.parametrize(
    ("expression", "message", "header"),
    [
        pytest.param(
            "body.errorMessage.trace.function", '{"trace": {"function": "f()"}}', "f()", id="a member"
        ),
        pytest.param("body.errorMessage.codes[1]", '{"codes": [4, {"a": 1}]}', '{"a":1}', id="an item"),
        pytest.param("body.errorMessage[0]", "[7]", "7", id="of a list"),
        pytest.param("body.errorMessage.a", "plain text", None, id="a message that is no JSON"),
        pytest.param("body.errorMessage.a", '{"b": 1}', None, id="a member that is missing"),
        pytest.param("body.errorMessage", '{"a":  1}', '{"a":  1}', id="the message itself, as it is"),
        pytest.param("body.errorType", '{"a": 1}', "E", id="another member of the document"),
    ],
)
def test_a_header_may_be_read_inside_of_the_message(expression, message, header):
    parameters = {"method.response.header.h": f"integration.response.{expression}"}
    document = {"errorMessage": message, "errorType": "E"}
    response = respond(document, entry(400, "(?s).*", response_parameters=parameters), entry(200))
    assert (response.status_code, response.header("h")) == (400, header)
    assert json.loads(response.body()) == document


def test_other_integrations_do_not_read_inside_of_it():
    parameters = {"method.response.header.h": "integration.response.body.errorMessage.a"}
    environ = {"REQUEST_METHOD": "GET"}
    backend = Response("200 OK", [], [b'{"errorMessage": "{\\"a\\": 1}"}'])
    stage = IntegrationResponse(backend, [entry(200, response_parameters=parameters)])
    assert call_app(stage, environ).header("h") is None
