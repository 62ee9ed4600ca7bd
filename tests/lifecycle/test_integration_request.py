"""What the next app gets: parameters, template or passthrough, header tables by type, overrides last."""

from __future__ import annotations

import io
import json
from urllib.parse import parse_qsl

import pytest

from wsgi_gateway.config import IntegrationConfig
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import CONTEXT_KEY, ConfigError, Place
from wsgi_gateway.lifecycle.integration_request import IntegrationRequest
from wsgi_gateway.wsgi import Response, call_app

HEADERS = {
    "HTTP_HOST": "api.example",
    "HTTP_ACCEPT": "text/html",
    "HTTP_USER_AGENT": "conf/1",
    "HTTP_AUTHORIZATION": "tok",
    "HTTP_CONNECTION": "close, X-Hop",
    "HTTP_X_HOP": "1",
    "HTTP_X_OWN": "mine",
    "HTTP_TE": "trailers",
    "HTTP_VIA": "1.1 x",
    "HTTP_CONTENT_ENCODING": "gzip",
    "HTTP_X_AMZN_FORGED": "1",
    "HTTP_X_FORWARDED_FOR": "6.6.6.6",
    "HTTP_PROXY_AUTHORIZATION": "secret",
}


def call(integration, body=b"", *, path=None, context=None, binary=(), **environ):
    seen = {}

    def backend(environ, start_response):
        seen.update(environ)
        seen["body"] = environ["wsgi.input"].read()
        return Response("200 OK", [], [b"{}"])(environ, start_response)

    env = {
        "REQUEST_METHOD": "POST",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": "203.0.113.7",
        "SERVER_PORT": "443",
        "wsgi.url_scheme": "https",
        **environ,
    }
    ctx = env[CONTEXT_KEY] = Context(env, Deployment(api_id="abc", stage_variables={"word": "sv/1"}))
    ctx.path_parameters = path or {}
    for name, value in (context or {}).items():
        setattr(ctx, name, value)
    stage = IntegrationRequest(backend, IntegrationConfig(**integration), binary_media_types=binary)
    response = call_app(stage, env)
    seen["status"] = response.status_code
    seen["answer"] = response.body()
    seen["ctx"] = ctx
    return seen


def sent(seen):
    return {
        key[5:].replace("_", "-").lower(): value for key, value in seen.items() if key.startswith("HTTP_")
    }


def test_http_sends_none_of_the_clients_headers():
    seen = call({"type": "HTTP", "http_method": "PUT"}, b"{}", CONTENT_TYPE="text/x", **HEADERS)
    headers = sent(seen)
    trace = headers.pop("x-amzn-trace-id")
    assert headers == {
        "accept": "application/json",
        "user-agent": "AmazonAPIGateway_abc",
        "x-amzn-apigateway-api-id": "abc",
        "host": "api.example",
    }
    assert trace.startswith("Root=1-")
    assert (seen["CONTENT_TYPE"], seen["REQUEST_METHOD"], seen["body"]) == ("text/x", "PUT", b"{}")


def test_http_sends_no_content_type_for_a_get():
    seen = call(
        {"type": "HTTP", "http_method": "POST"}, REQUEST_METHOD="GET", CONTENT_TYPE="application/json"
    )
    assert "CONTENT_TYPE" not in seen


@pytest.mark.parametrize(
    ("proxies", "told"),
    [
        pytest.param(0, "203.0.113.7", id="nothing is believed"),
        pytest.param(1, "198.51.100.9", id="what our proxy says"),
        pytest.param(3, "203.0.113.7", id="too few entries"),
    ],
)
def test_an_http_backend_is_told_the_client_that_is_believed(proxies, told):
    deployment = Deployment(api_id="abc", trusted_proxies=proxies)
    seen = call(
        {"type": "HTTP_PROXY", "http_method": "ANY"},
        context={"deployment": deployment},
        HTTP_X_FORWARDED_FOR="6.6.6.6, 198.51.100.9",
    )
    assert sent(seen)["x-forwarded-for"] == told


def test_http_proxy_forwards_headers_but_its_own_and_the_connections():
    seen = call({"type": "HTTP_PROXY", "http_method": "ANY"}, CONTENT_TYPE="text/x", **HEADERS)
    headers = sent(seen)
    assert headers["x-own"] == "mine"
    assert headers["authorization"] == "tok"
    assert headers["accept"] == "text/html"
    assert headers["x-forwarded-for"] == "203.0.113.7"
    assert headers["x-forwarded-proto"] == "https"
    gone = {
        "connection",
        "x-hop",
        "te",
        "via",
        "content-encoding",
        "x-amzn-forged",
        "proxy-authorization",
        "host",
    }
    assert not gone & set(headers)
    assert seen["REQUEST_METHOD"] == "POST"


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        pytest.param(
            "Root=1-a-b;Parent=c;Sampled=1", "Root=1-a-b;Parent=c;Sampled=1", id="a full one is kept"
        ),
        pytest.param("Root=1-a-b", "Root=1-a-b;Parent=", id="a root alone gets a parent"),
        pytest.param("nonsense", "Root=1-", id="another is replaced"),
    ],
)
def test_the_trace_header(trace, expected):
    assert sent(call({"type": "HTTP"}, HTTP_X_AMZN_TRACE_ID=trace))["x-amzn-trace-id"].startswith(expected)


def mapped(expression, target="header.x-a", kind="HTTP", body=b"", **environ):
    integration = {"type": kind, "request_parameters": {f"integration.request.{target}": expression}}
    return call(integration, body, **environ)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param("'literal'", "literal", id="a literal"),
        pytest.param("stageVariables.word", "sv/1", id="a stage variable"),
        pytest.param("context.httpMethod", "POST", id="a context variable"),
        pytest.param("context.authorizer.principalId", "u1", id="a nested context variable"),
        pytest.param("method.request.path.id", "a%2Fb", id="a path parameter, as sent"),
        pytest.param("method.request.querystring.q", "2", id="the last of repeated query values"),
        pytest.param("method.request.multivaluequerystring.q", "1,2", id="all query values"),
        pytest.param("method.request.header.X-Own", "mine", id="a header"),
        pytest.param("method.request.body", '{"a": {"b": [1, "x"]}}', id="the whole body"),
        pytest.param("method.request.body.a.b[1]", "x", id="a text in the body"),
        pytest.param("method.request.body.a", '{"b":[1,"x"]}', id="an object in the body as JSON"),
        pytest.param("method.request.body.none", None, id="nothing in the body"),
        pytest.param("method.request.header.X-None", None, id="a missing header"),
        pytest.param("stageVariables.none", None, id="a missing stage variable"),
        pytest.param("method.request.header.Connection", None, id="a header dropped on arrival"),
    ],
)
def test_every_source(expression, value):
    seen = mapped(
        expression,
        body=b'{"a": {"b": [1, "x"]}}',
        QUERY_STRING="q=1&q=2",
        path={"id": "a%2Fb"},
        context={"authorizer": {"principalId": "u1"}},
        HTTP_X_OWN="mine",
        HTTP_CONNECTION="close",
    )
    assert sent(seen).get("x-a") == value


def test_an_empty_body_maps_as_an_empty_object_and_is_sent_empty():
    seen = mapped("method.request.body")
    assert (sent(seen)["x-a"], seen["body"]) == ("{}", b"")


@pytest.mark.parametrize("body", [b"{x", b"[1", b'"x'])
def test_a_body_that_begins_like_json_and_is_none_refuses_any_body_mapping(body):
    seen = mapped("method.request.body.a", body=body)
    assert (seen["status"], json.loads(seen["answer"])) == (400, {"message": "Invalid JSON in request body"})


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY", "AWS_PROXY", "MOCK"])
@pytest.mark.parametrize("header", ["Content-Length", "transfer-encoding"])
def test_framing_headers_must_not_be_mapped(kind, header):
    seen = mapped("'1'", f"header.{header}", kind)
    assert (seen["status"], json.loads(seen["answer"])) == (500, {"message": "Internal server error"})


@pytest.mark.parametrize("header", ["Expect", "TE", "Via", "Proxy-Authenticate", "Connection"])
def test_some_headers_may_be_mapped_and_are_never_sent(header):
    assert header.lower() not in sent(mapped("'1'", f"header.{header}"))


def test_mapped_query_values_stand_alone_for_http_and_last_for_a_proxy():
    assert mapped("'x y'", "querystring.b", QUERY_STRING="a=1")["QUERY_STRING"] == "b=x%20y"
    assert mapped("'x&y'", "querystring.b", "HTTP_PROXY", QUERY_STRING="a=1")["QUERY_STRING"] == "a=1&b=x%26y"


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        pytest.param("method.request.path.id", "a/b%2Fc", id="a client's path is encoded already"),
        pytest.param("method.request.querystring.q", "..%2F%25x", id="other data is one segment"),
        pytest.param("stageVariables.word", "sv/1", id="what is configured keeps its slashes"),
    ],
)
def test_path_values_are_encoded_by_where_they_come_from(expression, value):
    seen = mapped(expression, "path.p", path={"id": "a/b%2Fc"}, QUERY_STRING="q=../%25x")
    assert seen["ctx"].integration_path == {"p": value}


def test_a_line_break_in_a_mapped_header_is_refused():
    assert mapped("method.request.querystring.q", QUERY_STRING="q=a%0d%0aX:1")["status"] == 400


TEMPLATES = {"application/json": "JSON", "text/xml": "XML"}


@pytest.mark.parametrize(
    ("behavior", "templates", "content_type", "outcome"),
    [
        ("WHEN_NO_MATCH", TEMPLATES, "application/json", b"JSON"),
        ("WHEN_NO_MATCH", TEMPLATES, "text/xml; charset=x", b"XML"),
        ("WHEN_NO_MATCH", TEMPLATES, None, b"JSON"),
        ("WHEN_NO_MATCH", TEMPLATES, "image/png", b"body"),
        ("WHEN_NO_MATCH", {}, "image/png", b"body"),
        ("WHEN_NO_TEMPLATES", TEMPLATES, "image/png", 415),
        ("WHEN_NO_TEMPLATES", {}, "image/png", b"body"),
        ("NEVER", TEMPLATES, "image/png", 415),
        ("NEVER", {}, "application/json", 415),
        ("NEVER", TEMPLATES, None, b"JSON"),
    ],
)
def test_template_or_passthrough(behavior, templates, content_type, outcome):
    environ = {} if content_type is None else {"CONTENT_TYPE": content_type}
    integration = {"type": "HTTP", "passthrough_behavior": behavior, "request_templates": templates}
    seen = call(integration, b"body", **environ)
    assert (seen["status"] if outcome == 415 else seen["body"]) == outcome


def test_a_proxy_ignores_templates_and_streams():
    class Stream:
        def read(self, size=-1):
            return b"streamed"

    seen = call({"type": "HTTP_PROXY", "request_templates": TEMPLATES}, **{"wsgi.input": Stream()})
    assert seen["body"] == b"streamed"
    assert isinstance(seen["wsgi.input"], Stream)


def test_overrides_win_and_may_repeat():
    template = (
        "#set($context.requestOverride.header.x-a = 'over')"
        "#set($context.requestOverride.querystring.q = ['1', '2'])"
        "#set($context.requestOverride.path.p = 'a/b')done"
    )
    parameters = {
        "integration.request.header.x-a": "'mapped'",
        "integration.request.querystring.q": "'mapped'",
        "integration.request.path.p": "'mapped'",
    }
    seen = call(
        {
            "type": "HTTP",
            "request_parameters": parameters,
            "request_templates": {"application/json": template},
        }
    )
    assert seen["body"] == b"done"
    assert sent(seen)["x-a"] == "over"
    assert parse_qsl(seen["QUERY_STRING"]) == [("q", "1"), ("q", "2")]
    assert seen["ctx"].integration_path == {"p": "a%2Fb"}


@pytest.mark.parametrize(
    ("kind", "name", "status"),
    [
        ("HTTP", "Content-Length", 500),
        ("HTTP", "Authorization", 200),
        ("AWS", "Authorization", 500),
        ("AWS", "Transfer-Encoding", 500),
        ("AWS", "TE", 500),
    ],
)
def test_what_must_not_be_mapped_must_not_be_overridden(kind, name, status):
    template = f"#set($context.requestOverride.header['{name}'] = 'over')done"
    seen = call({"type": kind, "request_templates": {"application/json": template}})
    assert seen["status"] == status


def test_a_template_that_fails_is_500_and_says_nothing():
    seen = call(
        {"type": "HTTP", "request_templates": {"application/json": "$input.path('$').get(99)x"}}, b"[1]"
    )
    assert (seen["status"], json.loads(seen["answer"])) == (500, {"message": "Internal server error"})


@pytest.mark.parametrize(
    ("handling", "content_type", "body", "outcome"),
    [
        ("CONVERT_TO_TEXT", "image/png", b"\xff", b"/w=="),
        ("CONVERT_TO_TEXT", "text/plain", b"abc", b"abc"),
        ("CONVERT_TO_BINARY", "text/plain", b"/w==", b"\xff"),
        ("CONVERT_TO_BINARY", "image/png", b"\xff", b"\xff"),
        ("CONVERT_TO_BINARY", "text/plain", b"???", 500),
    ],
)
def test_content_handling(handling, content_type, body, outcome):
    integration = {"type": "HTTP", "content_handling": handling}
    seen = call(integration, body, binary=["image/png"], CONTENT_TYPE=content_type)
    assert (seen["status"] if outcome == 500 else seen["body"]) == outcome


@pytest.mark.parametrize(
    "parameters",
    [
        {"integration.request.cookie.a": "'x'"},
        {"method.request.header.a": "'x'"},
        {"integration.request.header.a": "x"},
        {"integration.request.header.a": "integration.response.header.x"},
        {"integration.request.header.a b": "'x'"},
        {"integration.request.header.a": "method.request.body.[[["},
    ],
)
def test_a_mapping_that_aws_refuses_is_refused_by_the_constructor(parameters):
    with pytest.raises(ConfigError, match="Invalid mapping expression"):
        IntegrationRequest(Response(), IntegrationConfig(type="HTTP", request_parameters=parameters))


@pytest.mark.parametrize(
    ("target", "expression", "hint"),
    [
        ("integration.request.headers.a", "'x'", "write integration.request.header.NAME or"),
        ("integration.request.header.a b", "'x'", "write integration.request.header.NAME or"),
        ("integration.request.header.a", "method.request.headers.a", "write method.request.path.NAME,"),
        ("integration.request.header.a", "integration.response.header.a", "or method.request.body"),
        ("integration.request.header.a", "x", "static values stand in single quotes"),
    ],
)
def test_a_mapping_that_aws_refuses_is_told_where_it_stands_and_how_it_is_written(target, expression, hint):
    place = Place("api.yaml", 7, 5, "$.integration")
    config = IntegrationConfig(type="HTTP", request_parameters={target: expression}, place=place)
    with pytest.raises(ConfigError) as caught:
        IntegrationRequest(Response(), config)
    (problem,) = caught.value.problems
    assert problem.place == place.at("request_parameters", target)
    assert hint in problem.hint


def test_a_template_that_is_none_is_refused_with_its_place():
    with pytest.raises(ConfigError, match=r"requestTemplates\[application/json\]:1"):
        IntegrationRequest(
            Response(), IntegrationConfig(type="HTTP", request_templates={"application/json": "#if("})
        )


def test_an_underscore_in_a_mapped_name_is_remembered():
    seen = mapped("'1'", "header.my_api_key")
    assert seen["HTTP_MY_API_KEY"] == "1"
    assert seen["wsgi_gateway.header_names"] == {"HTTP_MY_API_KEY": "my_api_key"}


def test_an_empty_source_is_not_sent():
    assert "x-a" not in sent(mapped("method.request.querystring.q", QUERY_STRING="q="))


def test_an_empty_template_passes_the_body():
    assert call({"type": "HTTP", "request_templates": {"application/json": " "}}, b"body")["body"] == b"body"


def test_a_template_that_meets_bytes_is_500():
    integration = {
        "type": "HTTP",
        "content_handling": "CONVERT_TO_BINARY",
        "request_templates": {"application/json": "$input.body"},
    }
    assert call(integration, b"YWJj")["status"] == 500
