"""Content codings in a chain: bodies are decoded before they are read, answers compressed on request."""

from __future__ import annotations

import gzip
import io
import json
import zlib

import pytest

from wsgi_gateway import (
    Gateway,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    ModelConfig,
    RequestValidatorConfig,
    RestApiConfig,
)
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import CONTEXT_KEY, THROTTLED, ConfigError, GatewayError
from wsgi_gateway.lifecycle.content_encoding import RequestDecoding, ResponseCompression
from wsgi_gateway.wsgi import Response, call_app

TEXT = b'{"name": "Rex", "kind": "dog"}' * 100
WANTS_GZIP = {"HTTP_ACCEPT_ENCODING": "gzip"}


def environ_of(body=b"", method="POST", *, limit=100_000, **more):
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": "/",
        "QUERY_STRING": "",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        **more,
    }
    environ[CONTEXT_KEY] = Context(environ, Deployment(payload_limit=limit))
    return environ


class Seen:
    """An app that remembers what it got."""

    def __call__(self, environ, start_response):
        self.environ = environ
        self.body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        return Response("200 OK", [], [b"ok"])(environ, start_response)


# ---------------------------------------------------------------- requests


@pytest.mark.parametrize(
    ("coding", "encode"),
    [("gzip", gzip.compress), ("x-gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes)],
)
def test_what_follows_gets_the_decoded_body_and_no_header(coding, encode):
    app = Seen()
    environ = environ_of(encode(TEXT), HTTP_CONTENT_ENCODING=coding)
    assert call_app(RequestDecoding(app), environ).status_code == 200
    assert (app.body, app.environ["CONTENT_LENGTH"]) == (TEXT, str(len(TEXT)))
    assert "HTTP_CONTENT_ENCODING" not in app.environ
    context = app.environ[CONTEXT_KEY]
    assert context.body() == TEXT
    assert context.headers["Content-Encoding"] == coding


def test_the_header_can_stay():
    app = Seen()
    call_app(
        RequestDecoding(app, keeps_header=True), environ_of(gzip.compress(TEXT), HTTP_CONTENT_ENCODING="gzip")
    )
    assert (app.body, app.environ["HTTP_CONTENT_ENCODING"]) == (TEXT, "gzip")


def test_a_body_of_unknown_length_gets_its_length():
    app = Seen()
    environ = environ_of(gzip.compress(TEXT), HTTP_CONTENT_ENCODING="gzip", CONTENT_LENGTH="")
    environ["wsgi.input_terminated"] = True
    environ["HTTP_TRANSFER_ENCODING"] = "chunked"
    call_app(RequestDecoding(app), environ)
    assert app.body == TEXT
    assert not {"wsgi.input_terminated", "HTTP_TRANSFER_ENCODING"} & set(app.environ)


def test_a_body_that_was_read_as_it_came_is_read_as_it_is_meant_afterwards():
    environ = environ_of(gzip.compress(TEXT), HTTP_CONTENT_ENCODING="gzip")
    assert environ[CONTEXT_KEY].body() == gzip.compress(TEXT)
    app = Seen()
    call_app(RequestDecoding(app), environ)
    assert (app.body, environ[CONTEXT_KEY].body()) == (TEXT, TEXT)


def test_without_a_coding_the_body_streams():
    class Unread:
        def read(self, size=-1):
            raise AssertionError("read")

    environ = environ_of()
    environ.update({"CONTENT_LENGTH": "5", "wsgi.input": Unread()})
    assert call_app(RequestDecoding(Response("204 No Content")), environ).status_code == 204


def test_without_a_body_no_coding_matters():
    app = Seen()
    assert call_app(RequestDecoding(app), environ_of(HTTP_CONTENT_ENCODING="br")).status_code == 200


@pytest.mark.parametrize(
    ("body", "coding", "status", "message"),
    [
        pytest.param(b"x", "br", 415, "Unsupported Media Type", id="a coding that is not known"),
        pytest.param(TEXT, "gzip", 415, "Unsupported Media Type", id="a body that is not coded"),
        pytest.param(gzip.compress(TEXT)[:-9], "gzip", 415, "Unsupported Media Type", id="a body cut short"),
        pytest.param(gzip.compress(TEXT), "gzip, br", 415, "Unsupported Media Type", id="several codings"),
        pytest.param(gzip.compress(bytes(100_001)), "gzip", 413, "Request Too Long", id="a bomb"),
        pytest.param(bytes(100_001), "identity", 413, "Request Too Long", id="a body too large as it is"),
    ],
)
def test_what_cannot_be_decoded_is_refused(body, coding, status, message):
    app = Seen()
    response = call_app(RequestDecoding(app), environ_of(body, HTTP_CONTENT_ENCODING=coding))
    assert (response.status_code, json.loads(response.body())) == (status, {"message": message})
    assert not hasattr(app, "body")


def test_a_decoded_body_may_have_the_payload_limit():
    app = Seen()
    body = gzip.compress(bytes(100_000))
    assert call_app(RequestDecoding(app), environ_of(body, HTTP_CONTENT_ENCODING="gzip")).status_code == 200


# ---------------------------------------------------------------- answers


def answer(response, minimum=100, method="GET", **headers):
    app = ResponseCompression(response, minimum_compression_size=minimum)
    return call_app(app, environ_of(method=method, **headers))


@pytest.mark.parametrize(
    ("accept", "coding", "decode"),
    [
        ("gzip", "gzip", gzip.decompress),
        ("deflate", "deflate", zlib.decompress),
        ("*", "gzip", gzip.decompress),
    ],
)
def test_an_answer_is_sent_in_the_coding_that_the_client_likes(accept, coding, decode):
    headers = [("Content-Type", "a/b"), ("Content-Length", str(len(TEXT))), ("ETag", '"1"')]
    response = answer(Response("200 OK", headers, [TEXT]), HTTP_ACCEPT_ENCODING=accept)
    body = response.body()
    assert decode(body) == TEXT
    assert dict(response.headerlist) == {
        "Content-Type": "a/b",
        "ETag": '"1"',
        "Vary": "Accept-Encoding",
        "Content-Encoding": coding,
        "Content-Length": str(len(body)),
    }
    assert headers == [("Content-Type", "a/b"), ("Content-Length", str(len(TEXT))), ("ETag", '"1"')]


@pytest.mark.parametrize(
    ("size", "minimum", "coded"),
    [
        pytest.param(99, 100, False, id="a byte below"),
        pytest.param(100, 100, True, id="at the minimum"),
        pytest.param(1, 0, True, id="any, from nothing on"),
        pytest.param(0, 0, False, id="an empty one never"),
    ],
)
@pytest.mark.parametrize("streams", [False, True], ids=["buffered", "streams with its length"])
def test_the_size_decides(size, minimum, coded, streams):
    data = b"x" * size
    body = iter([data]) if streams else [data]
    response = answer(Response("200 OK", [("Content-Length", str(size))], body), minimum, **WANTS_GZIP)
    assert (response.header("Content-Encoding") == "gzip") is coded
    assert (response.header("Vary") is not None) is coded
    length = response.header("Content-Length")
    sent = response.body()
    assert (gzip.decompress(sent) if coded else sent) == data
    assert length == (None if coded and streams else str(len(sent)))


@pytest.mark.parametrize(
    ("status", "headers", "method"),
    [
        pytest.param("200 OK", [("Content-Encoding", "br")], "GET", id="it has a coding"),
        pytest.param("200 OK", [("content-encoding", "identity")], "GET", id="it says that it has none"),
        pytest.param("200 OK", [("Cache-Control", "max-age=9, No-Transform")], "GET", id="it says not to"),
        pytest.param("206 Partial Content", [], "GET", id="it is a part"),
        pytest.param("304 Not Modified", [], "GET", id="nothing is modified"),
        pytest.param("204 No Content", [], "GET", id="there is no content"),
        pytest.param("200 OK", [("Content-Length", "5000")], "HEAD", id="it answers HEAD"),
    ],
)
def test_what_is_left_alone(status, headers, method):
    response = answer(Response(status, headers, [TEXT]), method=method, **WANTS_GZIP)
    assert (response.headerlist, response.body()) == (headers, TEXT)


def test_a_refusal_is_left_alone():
    response = answer(GatewayError(THROTTLED, "x" * 1000), **WANTS_GZIP)
    assert (response.status_code, response.header("Content-Encoding")) == (429, None)


@pytest.mark.parametrize("accept", [None, "identity", "br, gzip;q=0.1", "gzip;q=0"])
def test_a_client_that_does_not_want_it_gets_the_answer_as_it_is(accept):
    headers = {} if accept is None else {"HTTP_ACCEPT_ENCODING": accept}
    response = answer(Response("200 OK", [("Content-Length", str(len(TEXT)))], [TEXT]), **headers)
    assert response.body() == TEXT
    assert response.headerlist == [("Content-Length", str(len(TEXT))), ("Vary", "Accept-Encoding")]


@pytest.mark.parametrize(
    ("vary", "values"),
    [
        ("Origin", ["Origin", "Accept-Encoding"]),
        ("origin, accept-encoding", ["origin, accept-encoding"]),
        ("*", ["*"]),
    ],
)
def test_vary_says_it_once(vary, values):
    assert answer(Response("200 OK", [("Vary", vary)], [TEXT]), **WANTS_GZIP).header_values("Vary") == values


def test_a_body_of_unknown_length_is_compressed_part_by_part_and_closed_once():
    class Body:
        closed = 0
        pulled = 0

        def __iter__(self):
            for part in (b"data: 1\n\n", b"", b"data: 2\n\n"):
                self.pulled += 1
                yield part

        def close(self):
            self.closed += 1

    body = Body()
    response = answer(Response("200 OK", [("Content-Type", "text/event-stream")], body), 1000, **WANTS_GZIP)
    assert (response.header("Content-Encoding"), response.header("Content-Length")) == ("gzip", None)
    decoder = zlib.decompressobj(31)
    parts = iter(response.app_iter)
    assert (decoder.decompress(next(parts)), body.pulled) == (b"data: 1\n\n", 1)
    assert (decoder.decompress(next(parts)), body.pulled) == (b"", 2)
    assert decoder.decompress(b"".join(parts)) == b"data: 2\n\n"
    assert decoder.eof
    response.close()
    assert body.closed == 1


@pytest.mark.parametrize("size", [-1, 10_485_761])
def test_a_size_that_aws_does_not_take_is_refused(size):
    with pytest.raises(ConfigError, match="Invalid minimum compression size"):
        ResponseCompression(Response(), minimum_compression_size=size)


# ---------------------------------------------------------------- in a gateway


def gateway_of(app=None, *, minimum=None, integration=None, validates=False, **more):
    api = RestApiConfig(
        resources={
            "/": {
                "POST": MethodConfig(
                    http_method="POST",
                    integration=integration,
                    request_validator="body" if validates else None,
                    request_models={"application/json": "Pet"} if validates else {},
                )
            }
        },
        models={"Pet": ModelConfig(name="Pet", schema={"type": "object", "required": ["name"]})},
        request_validators={"body": RequestValidatorConfig(name="body", validate_request_body=True)}
        if validates
        else {},
        minimum_compression_size=minimum,
    )
    return Gateway(api, app, **more)


def through(gateway, body, **headers):
    environ = environ_of(body, SERVER_NAME="x", SERVER_PORT="80", **headers)
    del environ[CONTEXT_KEY]
    return call_app(gateway, environ)


def proxied(uri="wsgi:", **more):
    return IntegrationConfig(type="WSGI_PROXY", uri=uri, **more)


@pytest.mark.parametrize(
    ("body", "status"), [(b'{"name": "Rex"}', 200), (b'{"kind": "dog"}', 400)], ids=["good", "bad"]
)
@pytest.mark.parametrize("integration", [None, proxied()], ids=["the app as it comes", "a proxy"])
def test_validator_and_app_see_the_same_document(body, status, integration):
    app = Seen()
    gateway = gateway_of(app, integration=integration, validates=True)
    response = through(gateway, gzip.compress(body), HTTP_CONTENT_ENCODING="gzip")
    assert response.status_code == status
    if status == 200:
        assert (app.body, "HTTP_CONTENT_ENCODING" in app.environ) == (body, False)


@pytest.mark.parametrize("integration", [None, proxied()], ids=["as it comes", "a proxy"])
def test_a_wrapped_app_decodes_for_itself_what_the_gateway_does_not_read(integration):
    app = Seen()
    assert (
        through(gateway_of(app, integration=integration), b"\x0b\x02", HTTP_CONTENT_ENCODING="br").status_code
        == 200
    )
    assert (app.body, app.environ["HTTP_CONTENT_ENCODING"]) == (b"\x0b\x02", "br")


@pytest.mark.parametrize(
    "integration",
    [
        proxied(request_parameters={"integration.request.header.x-name": "method.request.body.name"}),
        proxied(content_handling="CONVERT_TO_TEXT"),
        IntegrationConfig(
            type="WSGI",
            uri="wsgi:",
            request_templates={"application/json": '{"name": "$input.path("$.name")"}'},
            integration_responses=[IntegrationResponseConfig(status_code=200)],
        ),
    ],
    ids=["a mapping of a proxy", "a proxy's content handling", "a template"],
)
def test_what_reads_the_body_reads_what_it_means(integration):
    app = Seen()
    gateway = gateway_of(app, integration=integration)
    body = b'{"name": "Rex"}'
    assert through(gateway, gzip.compress(body), HTTP_CONTENT_ENCODING="gzip").status_code == 200
    assert app.body == body
    assert app.environ.get("HTTP_X_NAME", "Rex") == "Rex"
    assert "HTTP_CONTENT_ENCODING" not in app.environ


def test_the_event_of_a_lambda_proxy_has_the_decoded_body_and_the_header():
    events = []

    def function(event, context):
        events.append(event)
        return {"statusCode": 200, "body": "x" * 500}

    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    integration = IntegrationConfig(type="AWS_PROXY", http_method="POST", uri=uri)
    gateway = gateway_of(integration=integration, minimum=100, lambdas={"f": function})
    response = through(gateway, gzip.compress(TEXT), HTTP_CONTENT_ENCODING="gzip", **WANTS_GZIP)
    assert gzip.decompress(response.body()) == b"x" * 500
    assert (events[0]["body"], events[0]["headers"]["Content-Encoding"]) == (TEXT.decode(), "gzip")


@pytest.mark.parametrize(("minimum", "coded"), [(None, False), (2, True), (3, False)])
def test_the_api_says_from_which_size_on_answers_are_compressed(minimum, coded):
    gateway = gateway_of(Seen(), minimum=minimum)
    response = through(gateway, b"", **WANTS_GZIP)
    assert (response.header("Content-Encoding") == "gzip") is coded
    assert (gzip.decompress(response.body()) if coded else response.body()) == b"ok"
    assert not gateway.warnings


def test_an_answer_that_streams_by_its_transfer_mode_is_not_compressed():
    gateway = gateway_of(Seen(), minimum=0, integration=proxied(response_transfer_mode="STREAM"))
    response = through(gateway, b"", **WANTS_GZIP)
    assert (response.header("Content-Encoding"), response.body()) == (None, b"ok")
