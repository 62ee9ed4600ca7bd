"""Answers that stream: the forms they come in, what is malformed, and what becomes of a break."""

from __future__ import annotations

import json
import os
import struct
import zlib
from http import HTTPStatus
from wsgiref.validate import validator

import pytest

from wsgi_gateway import Gateway, IntegrationConfig, MethodConfig, RestApiConfig
from wsgi_gateway.errors import UNAUTHORIZED, ConfigError, GatewayError
from wsgi_gateway.functions import FunctionFailed, FunctionTimedOut, FunctionUnreachable
from wsgi_gateway.integrations import LambdaStream
from wsgi_gateway.integrations.function_url import FunctionUrl
from wsgi_gateway.integrations.lambda_answer import MalformedAnswer
from wsgi_gateway.integrations.lambda_parts import HEAD_LIMIT, LONGEST, MOST_IDLE, Parts, StreamBroken
from wsgi_gateway.integrations.lambda_service import LambdaService
from wsgi_gateway.wsgi import call_app

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:report"
NULS = bytes(8)
SECRET = "s3cret"


def answer(output, environ, **options):
    return call_app(LambdaStream(lambda event: output, **options), environ)


class Source:
    """Parts of an answer that note how often they are asked for and closed; an exception is raised."""

    def __init__(self, *parts):
        self.parts, self.pulled, self.closed = iter(parts), 0, 0

    def __iter__(self):
        return self

    def __next__(self):
        self.pulled += 1
        part = next(self.parts)
        if isinstance(part, BaseException):
            raise part
        return part

    def close(self):
        self.closed += 1


# ------------------------------------------------------------------------------------------- forms


@pytest.mark.parametrize(
    ("output", "body"),
    [
        pytest.param({}, b"", id="nothing at all"),
        pytest.param({"body": None}, b"", id="null"),
        pytest.param({"body": "grün"}, "grün".encode(), id="text"),
        pytest.param({"body": b"\xff"}, b"\xff", id="bytes"),
        pytest.param({"body": (part for part in (b"a", b"", bytearray(b"b")))}, b"ab", id="a generator"),
        pytest.param({"body": [b"a", memoryview(b"b")]}, b"ab", id="a list"),
        pytest.param(b"{}" + NULS, b"", id="Lambda's form without a body"),
        pytest.param(b"{}" + NULS + b"ab", b"ab", id="Lambda's form in one part"),
        pytest.param([b"{}", NULS, b"ab"], b"ab", id="Lambda's form in three parts"),
        pytest.param("{}" + "\0" * 8 + "ab", b"ab", id="Lambda's form as text"),
        pytest.param(
            (bytes([byte]) for byte in b"{}" + NULS + b"ab"), b"ab", id="Lambda's form byte for byte"
        ),
        pytest.param([b"{}" + NULS + b"a" + NULS, NULS], b"a" + NULS * 2, id="NULs in the body"),
    ],
)
def test_an_answer_without_members(output, body, request_of):
    response = answer(output, request_of())
    assert (response.status, response.headerlist) == ("200 OK", [("Content-Type", "application/json")])
    assert response.body() == body


MEMBERS = {
    "statusCode": "201",
    "headers": {
        "X-One": 1,
        "content-type": "text/csv",
        "Content-Length": "7",
        "Transfer-Encoding": "chunked",
    },
    "multiValueHeaders": {"x-one": ["a", True]},
    "cookies": ["a=1; Path=/", "b=2"],
}


@pytest.mark.parametrize(
    "form", [lambda: {**MEMBERS, "body": [b"x"]}, lambda: [json.dumps(MEMBERS).encode() + NULS + b"x"]]
)
def test_an_answer_with_all_members(form, request_of):
    response = answer(form(), request_of())
    assert response.status == "201 Created"
    assert response.headerlist == [
        ("x-one", "a"),
        ("x-one", "true"),
        ("x-one", "1"),
        ("content-type", "text/csv"),
        ("x-amzn-Remapped-Content-Length", "7"),
        ("Set-Cookie", "a=1; Path=/"),
        ("Set-Cookie", "b=2"),
    ]
    assert response.body() == b"x"


def test_the_event_is_the_usual_one(request_of):
    app = LambdaStream(lambda event, context: {"body": f"{event['path']} {context.function_name}"}, name="f")
    assert call_app(app, request_of("GET", "/x")).body() == b"/x f"
    assert repr(app) == "<LambdaStream f>"


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_has_no_body_gets_none(status, request_of):
    source = Source(b"x")
    response = answer({"statusCode": status, "body": source}, request_of())
    assert (response.status_code, response.headerlist, response.body()) == (status, [], b"")
    assert (source.pulled, source.closed) == (0, 1)


def test_a_head_may_have_all_the_bytes_it_is_allowed(request_of):
    head = json.dumps({"headers": {"X": "y" * (HEAD_LIMIT - 8 - len('{"headers": {"X": ""}}'))}}).encode()
    assert len(head) == HEAD_LIMIT - 8
    assert answer(head + NULS + b"x", request_of()).body() == b"x"
    assert answer(head + b" " + NULS + b"x", request_of()).status_code == 500


@pytest.mark.parametrize(
    "output",
    [
        pytest.param(None, id="null"),
        pytest.param(7, id="a number"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"{}", id="no NULs"),
        pytest.param(b"{}" + bytes(7), id="seven NULs"),
        pytest.param(b"[]" + NULS, id="a list for a head"),
        pytest.param(b"" + NULS, id="no head"),
        pytest.param(b"{" + NULS, id="a head that is no JSON"),
        pytest.param([b" " * HEAD_LIMIT, b"{}" + NULS], id="a head that comes too late"),
        pytest.param(["{}", NULS], id="text among the parts"),
        pytest.param({"body": {}}, id="an object for a body"),
        pytest.param({"body": 7}, id="a number for a body"),
        pytest.param({"isBase64Encoded": False, "body": ""}, id="base64"),
        pytest.param({"statusCode": 100}, id="no final status"),
        pytest.param({"statusCode": "test"}, id="no status"),
        pytest.param({"headers": {"a b": "c"}}, id="a header name that is none"),
        pytest.param({"headers": {"a": "b\r\nc: d"}}, id="a header that would be two"),
        pytest.param({"cookies": "a=1"}, id="cookies that are no list"),
        pytest.param({"cookies": ["a\nb"]}, id="a cookie with a line's end"),
        pytest.param({"multiValueHeaders": {"a": "b"}}, id="a multi value that is no list"),
    ],
)
def test_a_wrong_form_is_500(output, request_of):
    environ = request_of()
    response = answer(output, environ)
    assert (response.status_code, json.loads(response.body())) == (500, {"message": "Internal server error"})
    assert environ["wsgi_gateway.context"].error.reason.startswith("malformed streamed answer: ")


def test_a_wrong_form_closes_its_source(request_of):
    source = Source(b"x" * (HEAD_LIMIT + 1), b"y")
    assert answer(source, request_of()).status_code == 500
    assert (source.pulled, source.closed) == (1, 1)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(LookupError(SECRET), 502, id="an exception"),
        pytest.param(SystemExit(SECRET), 502, id="leaving"),
        pytest.param(FunctionFailed(SECRET), 502, id="a failure"),
        pytest.param(
            GatewayError(UNAUTHORIZED, SECRET), 502, id="a refusal that is not a function's to give"
        ),
        pytest.param(FunctionUnreachable("gone"), 502, id="it is not there"),
        pytest.param(FunctionTimedOut("late"), 504, id="we gave up"),
    ],
)
@pytest.mark.parametrize("where", ["in the call", "in the head"])
def test_a_failure_before_the_head_is_out(where, error, status, request_of, caplog):
    source = Source(error if where == "in the head" else b"", error)

    def function(event):
        if where == "in the call":
            raise error
        return source

    response = call_app(LambdaStream(function), request_of())
    assert response.status_code == status
    assert SECRET not in f"{caplog.text}{response.body()!r}"
    assert source.closed == (where == "in the head")


@pytest.mark.parametrize(("length", "status"), [(9, 400), (20_000_000, 413)])
def test_a_body_that_cannot_be_read_never_reaches_the_function(length, status, request_of):
    seen = []
    environ = request_of("POST", body=b"abc", length=length)
    assert call_app(LambdaStream(seen.append), environ).status_code == status
    assert seen == []


@pytest.mark.parametrize("method", ["GET", "ANY"])
def test_an_integration_method_other_than_post_is_500(method, request_of):
    assert answer({}, request_of(), http_method=method).status_code == 500


# ------------------------------------------------------------------------------------------- the body


def test_nothing_is_pulled_before_it_is_wanted(request_of):
    source = Source(b"{}" + NULS, b"a", b"b")
    response = answer(source, request_of())
    assert source.pulled == 1
    parts = iter(response.app_iter)
    assert (next(parts), source.pulled) == (b"a", 2)


@pytest.mark.parametrize("pulled", [0, 1])
def test_a_client_that_goes_closes_the_functions_generator_once(pulled, request_of):
    closed = []

    def report():
        try:
            yield b"{}" + NULS
            yield b"a"
            yield b"b"
        finally:
            closed.append(True)

    response = answer(report(), request_of())
    parts = iter(response.app_iter)
    for _ in range(pulled):
        next(parts)
    response.close()
    response.close()
    assert closed == [True]
    assert list(parts) == []


def test_a_generator_that_fails_on_being_closed_is_logged(request_of, caplog):
    class Bad(Source):
        def close(self):
            raise LookupError(SECRET)

    answer({"body": Bad(b"a")}, request_of()).close()
    assert "raised LookupError" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize("failure", [LookupError(SECRET), SystemExit(SECRET), "text", FunctionFailed(SECRET)])
def test_a_failure_in_the_middle_cuts_the_answer_off(failure, request_of, caplog):
    source = Source(b"a", failure)
    response = answer({"body": source}, request_of())
    with pytest.raises(StreamBroken, match="the answer of <lambda> broke off") as caught:
        list(response.app_iter)
    assert source.closed == 1
    response.close()
    assert source.closed == 1
    assert SECRET not in f"{caplog.text}{caught.value!r}"
    assert caught.value.__suppress_context__


def test_it_keeps_pep_3333(request_of):
    environ = request_of("GET", "/x", **{"SERVER_NAME": "x", "wsgi.version": (1, 0), "wsgi.run_once": False})
    environ |= {"wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.errors": open(os.devnull, "w")}  # noqa: SIM115
    with environ["wsgi.errors"]:
        response = call_app(validator(LambdaStream(lambda event: {"body": [b"a", b"b"]})), environ)
        assert response.body() == b"ab"


@pytest.mark.parametrize(
    ("times", "begun"),
    [
        pytest.param([0, 1, 31], False, id="a head that is late"),
        pytest.param([0, 1, 2 + MOST_IDLE], True, id="a part that is late"),
        pytest.param([0, LONGEST, LONGEST + 1], True, id="a body without an end"),
    ],
)
def test_time_is_watched_between_the_parts(times, begun):
    clock = iter(times)
    parts = Parts("f", 30, clock=lambda: next(clock))
    parts.take([b"a"])
    if begun:
        parts.begin()
    with pytest.raises(StreamBroken if begun else FunctionTimedOut):
        next(parts)


def test_a_body_may_take_its_time():
    clock = iter([0, 1, MOST_IDLE, MOST_IDLE + 1, LONGEST])
    parts = Parts("f", 30, clock=lambda: next(clock))
    parts.take([b"a"])
    parts.begin()
    assert next(parts) == b"a"


def test_what_has_no_parts_is_malformed():
    with pytest.raises(MalformedAnswer):
        Parts("f", 1).take(object())


# ------------------------------------------------------------------------------------------- Lambda itself


def message(event_type, payload, kind="event"):
    """One event as AWS frames it: lengths, checksums, headers that are strings."""
    headers = b""
    for name, value in ((":event-type", event_type), (":content-type", "x/y"), (":message-type", kind)):
        headers += struct.pack("!B", len(name)) + name.encode()
        headers += struct.pack("!BH", 7, len(value)) + value.encode()
    prelude = struct.pack("!II", 16 + len(headers) + len(payload), len(headers))
    framed = prelude + struct.pack("!I", zlib.crc32(prelude)) + headers + payload
    return framed + struct.pack("!I", zlib.crc32(framed))


COMPLETE = message("InvokeComplete", b"{}")
FAILED = message("InvokeComplete", json.dumps({"ErrorCode": "Unhandled", "ErrorDetails": SECRET}).encode())


def chunk(payload):
    return message("PayloadChunk", payload)


@pytest.fixture
def report(serve, monkeypatch):
    """``report(*events)``: a function at a service that streams so, and the service."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    made = []

    def start(*events, status="200 OK", hold=False):
        def talk(peer):
            peer.request()
            peer.send(
                f"HTTP/1.1 {status}\r\nContent-Type: application/vnd.amazon.eventstream\r\n"
                "Transfer-Encoding: chunked\r\n\r\n".encode()
            )
            for event in events:
                peer.send(b"%x\r\n%s\r\n" % (len(event), event))
            if not hold:
                peer.send(b"0\r\n\r\n")
            peer.wait_for_close()

        backend = serve(talk)
        made.append(LambdaService(ARN, endpoint_url=backend.url))
        return backend, made[-1]

    yield start
    for function in made:
        function.close()


def test_a_function_at_lambda_streams(report, request_of):
    backend, function = report(
        chunk(b'{"statusCode":201}' + bytes(3)), chunk(bytes(5) + b"a"), chunk(b"b"), COMPLETE
    )
    response = call_app(LambdaStream(function, timeout=10), request_of("POST", "/x", body=b"hi"))
    assert (response.status_code, response.body()) == (201, b"ab")
    assert backend.heads[0].startswith(b"POST /2021-11-15/functions/")
    assert b"/response-streaming-invocations HTTP/1.1\r\n" in backend.heads[0]
    assert json.loads(backend.bodies[0])["body"] == "hi"


def test_it_streams_before_it_has_ended_and_hangs_up_when_the_client_goes(report, request_of):
    backend, function = report(chunk(b"{}" + NULS + b"a"), hold=True)
    response = call_app(LambdaStream(function, timeout=10), request_of())
    assert next(iter(response.app_iter)) == b"a"
    response.close()
    assert backend.hung_up.acquire(timeout=20)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        pytest.param([FAILED], 502, id="a failure"),
        pytest.param([COMPLETE], 500, id="nothing"),
        pytest.param([chunk(b"{}")], 502, id="a cut"),
        pytest.param([chunk(b"{}" + NULS)[:-2] + b"xx"], 502, id="a checksum that is wrong"),
        pytest.param([message("error", b"{}", "error")], 502, id="an error of the service's"),
    ],
)
def test_what_goes_wrong_there_before_the_head(events, status, report, request_of, caplog):
    response = call_app(LambdaStream(report(*events)[1], timeout=10), request_of())
    assert response.status_code == status
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "end", [FAILED, b" ", chunk(b"x")[:-1] + b"!"], ids=["a failure", "a cut", "garbage"]
)
def test_what_goes_wrong_there_in_the_middle_cuts_the_answer_off(end, report, request_of, caplog):
    response = call_app(LambdaStream(report(chunk(b"{}" + NULS + b"a"), end)[1], timeout=10), request_of())
    assert response.status_code == 200
    with pytest.raises(StreamBroken):
        response.body()
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    ("code", "status"), [("AccessDeniedException", 500), ("TooManyRequestsException", 502)]
)
def test_a_refusal_of_the_service(code, status, answering, request_of, report):
    report()
    backend = answering(
        f"HTTP/1.1 403 X\r\nx-amzn-ErrorType: {code}\r\nContent-Length: 2\r\n\r\n{{}}".encode()
    )
    function = LambdaService(ARN, endpoint_url=backend.url)
    assert call_app(LambdaStream(function), request_of()).status_code == status
    function.close()


def test_an_answer_of_another_status_is_none(report, request_of):
    backend, function = report(chunk(b"{}" + NULS), COMPLETE, status="202 Accepted")
    assert call_app(LambdaStream(function), request_of()).status_code == 502
    assert backend.hung_up.acquire(timeout=20)


def test_a_head_that_does_not_come_is_504(serve, report, request_of):
    report()
    backend = serve(lambda peer: (peer.request(), peer.wait_for_close()))
    function = LambdaService(ARN, endpoint_url=backend.url)
    assert call_app(LambdaStream(function, timeout=0.1), request_of()).status_code == 504
    function.close()


def test_a_function_behind_a_url_does_not_stream():
    with pytest.raises(ConfigError, match="answers whole"):
        LambdaStream(FunctionUrl("http://localhost:9000/x"))


# ------------------------------------------------------------------------------------------- behind a gateway


def gateway(function):
    uri = (
        f"arn:aws:apigateway:eu-west-1:lambda:path/2021-11-15/functions/{ARN}/response-streaming-invocations"
    )
    config = IntegrationConfig(type="AWS_PROXY", uri=uri, http_method="POST", response_transfer_mode="STREAM")
    method = MethodConfig(http_method="ANY", integration=config)
    return Gateway(RestApiConfig(resources={"/": {"ANY": method}}), lambdas={"report": function})


def test_a_head_may_be_what_lambdas_runtime_would_marshal(request_of):
    head = {"statusCode": HTTPStatus.ACCEPTED, "multiValueHeaders": {"a": ("b", "c")}}
    response = answer({**head, "body": [b"x"]}, request_of())
    assert (response.status_code, response.header_values("a")) == (202, ["b", "c"])
    assert answer({"statusCode": {202}, "body": [b"x"]}, request_of()).status_code == 500


def test_a_gateway_hands_the_parts_on_as_they_come():
    source = Source(b'{"headers":{"Date":"today"}}' + NULS + b"a", b"b")
    response = call_app(gateway(lambda event: source), {"REQUEST_METHOD": "GET", "PATH_INFO": "/"})
    assert source.pulled == 1
    assert response.header("x-amzn-Remapped-Date") == "today"
    assert response.header("Content-Length") is None
    assert list(response.app_iter) == [b"a", b"b"]
    response.close()
    assert source.closed == 1


def test_a_head_request_gets_no_body_and_the_function_is_told():
    source = Source(b"a")
    answered = call_app(gateway(lambda event: {"body": source}), {"REQUEST_METHOD": "HEAD", "PATH_INFO": "/"})
    assert (answered.status_code, answered.body()) == (200, b"")
    assert (source.pulled, source.closed) == (0, 1)
