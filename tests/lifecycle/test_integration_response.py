"""What an answer means: selection, mapped headers, templates, overrides; refusals are left alone."""

from __future__ import annotations

import json

import pytest

from wsgi_gateway.config import IntegrationResponseConfig
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import CONTEXT_KEY, INTEGRATION_TIMEOUT, ConfigError, GatewayError, Place
from wsgi_gateway.lifecycle.integration_response import IntegrationResponse
from wsgi_gateway.wsgi import Response, call_app


def respond(backend, *configs, binary=(), limit=10_000_000, **environ):
    env = {"REQUEST_METHOD": "GET", **environ}
    env[CONTEXT_KEY] = Context(env, Deployment(stage="dev", payload_limit=limit))
    return call_app(IntegrationResponse(backend, configs, binary_media_types=binary), env)


def entry(status=200, pattern=None, **fields):
    return IntegrationResponseConfig(status_code=status, selection_pattern=pattern, **fields)


@pytest.mark.parametrize(
    ("status", "chosen"),
    [
        pytest.param(404, 400, id="a pattern"),
        pytest.param(201, 202, id="the first of two that match"),
        pytest.param(503, 299, id="the default"),
        pytest.param(301, 302, id="look-ahead over a status code is harmless and works"),
    ],
)
def test_selection(status, chosen):
    entries = [
        entry(400, r"4\d{2}"),
        entry(299),
        entry(202, "20[01]"),
        entry(203, "2.*"),
        entry(302, "^(?!5)3.."),
    ]
    assert respond(Response(f"{status} X", [], [b"{}"]), *entries).status_code == chosen


def test_the_whole_status_must_match():
    assert respond(Response("404 X"), entry(299), entry(400, "40")).status_code == 299


def test_no_match_and_no_default_is_500():
    response = respond(Response("404 X"), entry(200, "200"))
    assert (response.status_code, json.loads(response.body())) == (500, {"message": "Internal server error"})


def test_headers_are_dropped_unless_mapped_and_the_type_is_json():
    backend = Response(
        "200 OK", [("X-Many", "1"), ("X-Many", "2"), ("Content-Type", "text/plain")], [b'{"a":{"b":1}}']
    )
    parameters = {
        "method.response.header.last": "integration.response.header.X-Many",
        "method.response.header.all": "integration.response.multivalueheader.X-Many",
        "method.response.header.body": "integration.response.body.a",
        "method.response.header.none": "integration.response.body.z",
        "method.response.header.stage": "context.stage",
        "method.response.header.text": "'lit'",
    }
    assert respond(backend, entry(response_parameters=parameters)).headerlist == [
        ("last", "2"),
        ("all", "1,2"),
        ("body", '{"b":1}'),
        ("stage", "dev"),
        ("text", "lit"),
        ("Content-Type", "application/json"),
    ]


def test_an_empty_body_maps_as_an_empty_object():
    parameters = {"method.response.header.b": "integration.response.body"}
    assert respond(Response(), entry(response_parameters=parameters)).header("b") == "{}"


def test_a_body_that_is_no_json_breaks_a_body_mapping():
    parameters = {"method.response.header.b": "integration.response.body.a"}
    assert respond(Response("200 OK", [], [b"{x"]), entry(response_parameters=parameters)).status_code == 500


@pytest.mark.parametrize(
    ("accept", "body"),
    [
        (None, b"JSON"),
        ("text/xml, application/json", b"XML"),
        ("text/xml;q=1", b"XML"),
        ("image/png", b"JSON"),
        ("*/*", b"JSON"),
    ],
)
def test_the_template_is_chosen_by_the_clients_accept(accept, body):
    environ = {} if accept is None else {"HTTP_ACCEPT": accept}
    templates = {"text/xml": "XML", "application/json": "JSON"}
    assert respond(Response(), entry(response_templates=templates), **environ).body() == body


def test_without_json_the_first_template_serves():
    assert (
        respond(Response(), entry(response_templates={"a/b": "1", "c/d": "2"}), HTTP_ACCEPT="x/y").body()
        == b"1"
    )


def test_an_empty_template_passes_the_body():
    backend = Response("200 OK", [], [b"as it is"])
    assert respond(backend, entry(response_templates={"application/json": ""})).body() == b"as it is"


def test_a_template_sees_the_answer_as_input_and_the_request_as_params():
    template = "$input.path('$.a') $input.params('q')"
    backend = Response("200 OK", [], [b'{"a": "x"}'])
    entries = entry(response_templates={"application/json": template})
    assert respond(backend, entries, QUERY_STRING="q=1").body() == b"x 1"


@pytest.mark.parametrize(
    ("wanted", "status"), [("503", 503), ("'418'", 418), ("600", 200), ("99", 200), ("'x'", 200)]
)
def test_an_overridden_status_needs_no_declaration_but_must_be_one(wanted, status):
    template = f"#set($context.responseOverride.status = {wanted})x"
    assert respond(Response(), entry(response_templates={"application/json": template})).status_code == status


def test_an_overridden_header_wins_and_may_repeat():
    template = (
        "#set($context.responseOverride.header.a = 'over')"
        "#set($context.responseOverride.header.b = ['1', '2'])x"
    )
    response = respond(
        Response(),
        entry(
            response_parameters={"method.response.header.A": "'mapped'"},
            response_templates={"application/json": template},
        ),
    )
    assert response.headerlist == [
        ("a", "over"),
        ("b", "1"),
        ("b", "2"),
        ("Content-Type", "application/json"),
    ]


def test_an_overridden_header_with_a_line_break_is_500():
    template = '#set($context.responseOverride.header.a = "x\r\nSet-Cookie: y")x'
    response = respond(Response(), entry(response_templates={"application/json": template}))
    assert response.status_code == 500
    assert response.header("a") is None


def test_a_refusal_passes_untouched():
    response = respond(GatewayError(INTEGRATION_TIMEOUT), entry(200, ".*"))
    assert (response.status_code, json.loads(response.body())) == (
        504,
        {"message": "Endpoint request timed out"},
    )


def test_an_answer_above_the_limit_is_cut():
    pulled = []

    def endless():
        while True:
            pulled.append(1)
            yield b"x" * 1_000

    assert respond(Response("200 OK", [], endless()), entry(), limit=10_000).status_code == 502
    assert len(pulled) == 11


def test_bytes_that_are_no_text_become_replacement_characters_without_binary_types():
    assert respond(Response("200 OK", [], [b"a\xff"]), entry()).body() == "a�".encode()


@pytest.mark.parametrize(
    ("payload_type", "accept", "handling", "body", "outcome"),
    [
        ("text/plain", "text/plain", None, b"abc", b"abc"),
        ("text/plain", "text/plain", "CONVERT_TO_BINARY", b"/w==", b"\xff"),
        ("text/plain", "image/png", None, b"/w==", b"\xff"),
        ("text/plain", "image/png", "CONVERT_TO_TEXT", b"/w==", b"/w=="),
        ("image/png", "text/plain", None, b"\xff", b"/w=="),
        ("image/png", "text/plain", "CONVERT_TO_BINARY", b"\xff", b"\xff"),
        ("image/png", "image/png", None, b"\xff", b"\xff"),
        ("image/png", "image/png", "CONVERT_TO_TEXT", b"\xff", b"/w=="),
        ("text/plain", "image/png", None, b"not base64", 500),
    ],
)
def test_content_handling(payload_type, accept, handling, body, outcome):
    response = respond(
        Response("200 OK", [("Content-Type", payload_type)], [body]),
        entry(content_handling=handling),
        binary=["image/png"],
        HTTP_ACCEPT=accept,
    )
    assert (response.status_code if outcome == 500 else response.body()) == outcome


def test_the_answer_is_closed_once():
    closed = []

    class Body:
        def __iter__(self):
            yield b"{}"

        def close(self):
            closed.append(1)

    respond(Response("200 OK", [], Body()), entry(response_templates={"application/json": "x"})).close()
    assert closed == [1]


@pytest.mark.parametrize(
    "config",
    [
        entry(pattern="("),
        entry(response_parameters={"integration.response.header.a": "'x'"}),
        entry(response_parameters={"method.response.header.a": "method.request.header.x"}),
        entry(response_templates={"application/json": "#foreach("}),
    ],
    ids=["a broken pattern", "a foreign target", "a foreign source", "a broken template"],
)
def test_what_cannot_work_is_refused_by_the_constructor(config):
    with pytest.raises(ConfigError):
        IntegrationResponse(Response(), [config])


def test_a_template_that_meets_bytes_is_500():
    config = entry(
        content_handling="CONVERT_TO_BINARY", response_templates={"application/json": "$input.body"}
    )
    assert respond(Response("200 OK", [], [b"YWJj"]), config).status_code == 500


@pytest.mark.parametrize(
    ("pattern", "of_function", "code", "message"),
    [
        ("(.+", True, "pattern-syntax", "'(.+' is no regular expression: missing ): (.+"),
        ("(?=a).+", True, "pattern-not-linear", "cannot be run in linear time"),
        ("\\p{javaLowerCase}.+", True, "pattern-not-linear", "cannot be run in linear time"),
        ("5(\\d", False, "pattern-syntax", "is no regular expression"),
    ],
)
def test_a_pattern_that_cannot_be_run_is_told_where_it_stands(pattern, of_function, code, message):
    place = Place("api.yaml", 7, 5, "$.integration.responses['x']")
    config = IntegrationResponseConfig(status_code="500", selection_pattern=pattern, place=place)
    with pytest.raises(ConfigError) as caught:
        IntegrationResponse(Response(), [config], selects_on_error_message=of_function)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place) == (code, place.at("selection_pattern"))
    assert message in problem.message
    assert "b'" not in problem.message
