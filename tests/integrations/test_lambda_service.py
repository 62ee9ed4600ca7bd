"""Functions on AWS Lambda: what boto3 is made to send, and what becomes of every answer."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from authorizers.callers import Inner, answer, config, request

from wsgi_gateway.authorizers import allow, deny
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.functions import (
    FunctionFailed,
    FunctionForbidden,
    FunctionTimedOut,
    FunctionUnreachable,
    arguments,
)
from wsgi_gateway.integrations import LambdaProxy, lambda_service
from wsgi_gateway.integrations.function_url import FunctionUrl
from wsgi_gateway.integrations.lambda_service import (
    ANEW_AFTER,
    PAYLOAD_LIMIT,
    LambdaService,
    remote_function,
)
from wsgi_gateway.lifecycle.authorizer import Authorizer
from wsgi_gateway.wsgi import call_app

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:guard"
PATH = (
    b"POST /2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A123456789012%3Afunction%3Aguard/invocations"
)
PATIENCE = 20.0
FAILED = "X-Amz-Function-Error: Unhandled"
SECRET = "s3cret"


def http(body: Any = None, *headers: str, status: str = "200 OK") -> bytes:
    """An answer of the service; ``body``: bytes as they are, or what becomes JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(data)}", "", "")
    return "\r\n".join(head).encode() + data


def refusal(status: str, code: str) -> bytes:
    document = {"Type": "User", "Message": f"{SECRET} is not authorized"}
    return http(document, f"x-amzn-ErrorType: {code}", status=status)


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """Credentials of nobody, and nothing of whoever runs the tests."""
    for name in list(os.environ):
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name in ("CONFIG_FILE", "SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(f"AWS_{name}", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)


@pytest.fixture
def service(serve):
    """``service(answer)``: Lambda that answers everything so, and a function there; closed with the test."""
    made = []

    def start(data: Any, arn: str = ARN, **options: Any):
        def talk(peer):
            while peer.request():
                given = data(json.loads(peer.backend.bodies[-1])) if callable(data) else data
                peer.send(given)

        backend = serve(talk)
        function = LambdaService(arn, **{"endpoint_url": backend.url, "timeout": PATIENCE, **options})
        made.append(function)
        return backend, function

    yield start
    for function in made:
        function.close()


def failure(function: Any, kind: type[Exception], event: Any = None) -> Any:
    with pytest.raises(kind) as caught:
        function(event)
    assert type(caught.value) is kind
    return caught.value


# ------------------------------------------------------------------------------------------- what is named


@pytest.mark.parametrize(
    ("arn", "region"),
    [
        (ARN, "eu-west-1"),
        (f"{ARN}:live", "eu-west-1"),
        (f"{ARN}:42", "eu-west-1"),
        (f"{ARN}:$LATEST", "eu-west-1"),
        ("arn:aws-cn:lambda:cn-north-1:123456789012:function:a_B-9", "cn-north-1"),
        ("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:guard", "us-gov-west-1"),
        ("arn:aws-eusc:lambda:eusc-de-east-1:123456789012:function:guard", "eusc-de-east-1"),
    ],
)
def test_a_function_is_named_by_its_arn_and_signed_for_in_its_region(service, arn, region):
    backend, function = service(http(), arn)
    function({})
    assert repr(function) == f"<LambdaService {arn}>"
    assert f"/{region}/lambda/aws4_request".encode() in backend.heads[0]


@pytest.mark.parametrize(
    "arn",
    [
        pytest.param("", id="nothing"),
        pytest.param("guard", id="a bare name"),
        pytest.param("123456789012:function:guard", id="a part of an ARN"),
        pytest.param("arn:aws:lambda:eu-west-1:1234:function:guard", id="a short account"),
        pytest.param("arn:aws:lambda::123456789012:function:guard", id="no region"),
        pytest.param("arn:aws:lambda:evil.example/x-1:123456789012:function:guard", id="a host for a region"),
        pytest.param("arn:aws:lambda:eu-west-1:123456789012:layer:guard", id="a layer"),
        pytest.param(f"{ARN}:", id="an empty qualifier"),
        pytest.param(f"{ARN}:$OLDEST", id="an unknown qualifier"),
        pytest.param(f"{ARN}:a:b", id="two qualifiers"),
        pytest.param(f"{ARN}/../other", id="a way out of the path"),
        pytest.param(f"{ARN}\n", id="a line's end"),
        pytest.param(f"{ARN}{'x' * 64}", id="a name that is too long"),
        pytest.param(
            f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{ARN}/invocations",
            id="an authorizer's URI",
        ),
    ],
)
def test_anything_else_is_a_config_error(arn):
    with pytest.raises(ConfigError, match="not the ARN of a Lambda function"):
        LambdaService(arn)


@pytest.mark.parametrize(
    "options",
    [
        {"timeout": 0},
        {"timeout": -1},
        {"timeout": float("nan")},
        {"timeout": float("inf")},
        {"endpoint_url": "ftp://localhost"},
        {"endpoint_url": f"http://me:{SECRET}@localhost"},
        {"endpoint_url": "localhost:4566"},
        {"client": object(), "endpoint_url": "http://localhost"},
        {"client": object(), "region": "eu-west-1"},
    ],
    ids=lambda options: " and ".join(
        f"{name} {value}" for name, value in options.items() if name != "client"
    ),
)
def test_options_that_cannot_work_are_a_config_error(options):
    with pytest.raises(ConfigError) as caught:
        LambdaService(ARN, **options)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        (ARN, LambdaService, ARN),
        ("https://auth.internal/decide?key=s3cret", FunctionUrl, "https://auth.internal"),
        ("HTTP://localhost:9000/x", FunctionUrl, "http://localhost:9000"),
    ],
)
def test_text_that_means_a_function_elsewhere_becomes_one(text, kind, shown):
    function = remote_function(text)
    assert (type(function), repr(function)) == (kind, f"<{kind.__name__} {shown}>")


@pytest.mark.parametrize("text", ["shop.auth:guard", "http:client", "https", "aws", "", "ftp://host/x"])
def test_other_text_means_none(text):
    assert remote_function(text) is None


@pytest.mark.parametrize("text", ["arn:guard", "http://example.com/", "https://"])
def test_text_that_names_what_cannot_be_called_is_a_config_error(text):
    with pytest.raises(ConfigError):
        remote_function(text)


def test_neither_making_nor_showing_one_loads_boto3():
    script = f"""
import sys
from wsgi_gateway.integrations.lambda_service import LambdaService
repr(LambdaService({ARN!r}, endpoint_url="http://localhost:4566"))
sys.exit(not {{"boto3", "botocore", "urllib3"}}.isdisjoint(sys.modules))
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


# ------------------------------------------------------------------------------------------- what is sent


def test_one_invocation_is_one_request_as_lambda_wants_it(service):
    backend, function = service(http({"a": [1, None, "ü"]}))
    assert function({"token": "gr\u00fc\u00df \ud800"}) == {"a": [1, None, "ü"]}
    (head,) = backend.heads
    assert head.startswith(PATH + b" HTTP/1.1\r\n")
    assert b"\r\nX-Amz-Invocation-Type: RequestResponse\r\n" in head
    assert backend.bodies == [rb'{"token":"gr\u00fc\u00df \ud800"}']


@pytest.mark.parametrize("qualifier", ["live", "42", "$LATEST"])
def test_the_qualifier_is_sent_beside_the_name(service, qualifier):
    backend, function = service(http(), f"{ARN}:{qualifier}")
    function({})
    sent = qualifier.replace("$", "%24").encode()
    assert backend.heads[0].startswith(PATH + b"?Qualifier=" + sent + b" HTTP/1.1\r\n")


def test_another_region_can_be_signed_for(service):
    backend, function = service(http(), region="us-east-2")
    function({})
    assert b"/us-east-2/lambda/aws4_request" in backend.heads[0]


def test_boto3s_own_settings_say_where_the_service_is(service, monkeypatch):
    backend, function = service(http(1), endpoint_url=None)
    monkeypatch.setenv("AWS_ENDPOINT_URL_LAMBDA", backend.url)
    assert function({}) == 1


def test_no_proxy_of_the_environment_is_used(service, monkeypatch, serve):
    proxy = serve(lambda peer: peer.request())
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    _, function = service(http(1))
    assert function({}) == 1
    assert proxy.connections == 0


def test_what_json_cannot_carry_is_the_callers_mistake(service):
    backend, function = service(http())
    failure(function, TypeError, {"a": object()})
    failure(function, ValueError, {"a": float("nan")})
    assert backend.connections == 0


def test_it_is_a_function_of_the_event_alone():
    assert arguments(LambdaService(ARN), "it", prefer=2) == 1


def test_connections_are_kept_whatever_was_answered(service):
    answers = iter([http(1), http({}, FAILED), http(b"<"), refusal("403 Forbidden", "A"), http(2)])
    backend, function = service(lambda event: next(answers))
    assert function({}) == 1
    failure(function, FunctionFailed)
    failure(function, FunctionUnreachable)
    failure(function, FunctionUnreachable)
    assert function({}) == 2
    assert (backend.connections, len(backend.heads)) == (1, 5)


def test_after_close_it_can_be_called_again(service):
    backend, function = service(http(1))
    function.close()
    assert function({}) == 1
    function.close()
    assert function({}) == 1
    assert backend.connections == 2


# ------------------------------------------------------------------------------------------- what comes back


@pytest.mark.parametrize(
    ("data", "text", "error_type"),
    [
        pytest.param(
            {"errorMessage": "Unauthorized", "errorType": "Exception", "stackTrace": []},
            "Unauthorized",
            "Exception",
            id="an exception",
        ),
        pytest.param({"errorMessage": "no"}, "no", None, id="no type"),
        pytest.param({"errorType": "Runtime.ExitError"}, "", "Runtime.ExitError", id="no text"),
        pytest.param(
            {"errorMessage": "2026 Task timed out after 3.00 seconds", "errorType": "Sandbox.Timedout"},
            "2026 Task timed out after 3.00 seconds",
            "Sandbox.Timedout",
            id="its own timeout",
        ),
        pytest.param({"errorMessage": None, "errorType": 7}, "", None, id="other types of members"),
        pytest.param({"errorType": f"{SECRET} {SECRET}"}, "", None, id="a type that is no name"),
        pytest.param(["a"], "", None, id="another document"),
        pytest.param(b"<html>", "", None, id="no JSON"),
        pytest.param(b"", "", None, id="nothing"),
    ],
)
def test_a_function_that_failed_says_what_with(service, data, text, error_type):
    backend, function = service(http(data, FAILED))
    error = failure(function, FunctionFailed)
    assert (str(error), error.error_type) == (text, error_type)
    assert len(backend.heads) == 1


def test_an_answer_that_looks_like_a_failure_is_an_answer_if_the_service_does_not_say_so(service):
    document = {"errorMessage": "x", "errorType": "y"}
    assert service(http(document))[1]({}) == document


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(
            refusal("404 Not Found", "ResourceNotFoundException:http://internal.amazon.com/"),
            "guard: the service refused with ResourceNotFoundException",
            id="there is none",
        ),
        pytest.param(
            refusal("429 Too Many Requests", "TooManyRequestsException"),
            "guard: the service refused with TooManyRequestsException",
            id="throttled",
        ),
        pytest.param(
            refusal("500 Internal Server Error", "ServiceException"),
            "guard: the service refused with ServiceException",
            id="the service is broken",
        ),
        pytest.param(
            refusal("403 Forbidden", f"{SECRET} {SECRET}"),
            "guard: the service refused with no error code",
            id="a code that is none",
        ),
        pytest.param(
            http(b"<html>", status="502 Bad Gateway"),
            "guard: the service refused with no error code",
            id="no answer of the service's",
        ),
        pytest.param(http(status="202 Accepted"), "guard: the status is 202", id="not waited for"),
        pytest.param(
            http(b"<html>s3cret"), "guard: the answer is not strict JSON", id="something that is no JSON"
        ),
        pytest.param(http(b""), "guard: the answer is not strict JSON", id="nothing"),
        pytest.param(http(b'{"a":NaN}'), "guard: the answer is not strict JSON", id="NaN"),
        pytest.param(http(b'{"a":1e999}'), "guard: the answer is not strict JSON", id="infinity"),
        pytest.param(http(b'{"a":1,"a":2}'), "guard: the answer is not strict JSON", id="a member twice"),
        pytest.param(http(b"[" * 100_000), "guard: the answer is not strict JSON", id="100,000 brackets"),
        pytest.param(http(b'"\xff"'), "guard: the answer is not strict JSON", id="broken UTF-8"),
        pytest.param(
            http(b" " * PAYLOAD_LIMIT + b"1"),
            f"guard: more than {PAYLOAD_LIMIT} bytes of an answer",
            id="one byte too many",
        ),
    ],
)
def test_what_is_no_answer_of_the_functions_is_told_without_a_word_of_it(service, data, reason):
    backend, function = service(data)
    assert str(failure(function, FunctionUnreachable)) == reason
    assert len(backend.heads) == 1


@pytest.mark.parametrize(
    "code",
    [
        "AccessDeniedException",
        "UnrecognizedClientException",
        "InvalidSignatureException",
        "ExpiredTokenException",
    ],
)
def test_that_we_may_not_invoke_it_is_told_apart(service, code):
    backend, function = service(refusal("403 Forbidden", code))
    assert str(failure(function, FunctionForbidden)) == f"guard: the service refused with {code}"
    assert len(backend.heads) == 1


def test_an_answer_may_have_all_the_bytes_that_lambda_allows(service):
    text = "x" * (PAYLOAD_LIMIT - 2)
    assert service(http(text))[1]({}) == text


@pytest.mark.parametrize(
    ("data", "name"),
    [
        pytest.param(b"", "ConnectionClosedError", id="before its head"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", "not strict JSON", id="in its head"),
        pytest.param(
            b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a":1}', "is cut short", id="in its body"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
            "ProtocolError",
            id="in its chunks",
        ),
    ],
)
def test_an_answer_that_is_cut_short_is_none(service, answering, data, name):
    backend = answering(data)
    _, function = service(b"", endpoint_url=backend.url)
    assert name in str(failure(function, FunctionUnreachable))
    assert len(backend.heads) == 1


def test_who_does_not_answer_is_called_once_and_given_up(service, serve):
    def talk(peer):
        peer.request()
        peer.wait_for_close()

    backend = serve(talk)
    _, function = service(b"", endpoint_url=backend.url, timeout=0.1)
    assert str(failure(function, FunctionTimedOut)) == "guard: no answer in 0.1 s"
    assert len(backend.heads) == 1


def test_whose_answer_does_not_go_on_is_given_up(service, serve):
    def talk(peer):
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
        peer.wait_for_close()

    _, function = service(b"", endpoint_url=serve(talk).url, timeout=0.1)
    assert str(failure(function, FunctionTimedOut)) == "guard: no answer in 0.1 s"


def test_whose_answer_drips_is_given_up(service, serve):
    def talk(peer):
        peer.request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
        while not peer.backend.stopping.wait(0.01):
            peer.send(b" ")

    backend = serve(talk)
    _, function = service(b"", endpoint_url=backend.url, timeout=0.2)
    assert str(failure(function, FunctionTimedOut)) == "guard: the answer does not end in time"


def test_where_nobody_listens_there_is_no_function(service):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    _, function = service(b"", endpoint_url=f"http://127.0.0.1:{port}")
    assert str(failure(function, FunctionUnreachable)) == "guard: EndpointConnectionError"


def test_a_profile_that_is_not_there_is_told(service, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", SECRET)
    assert str(failure(service(http())[1], FunctionUnreachable)) == "guard: ProfileNotFound"


def test_credentials_that_come_late_are_found_after_a_while(service, monkeypatch):
    now = [1000.0]
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    backend, function = service(http(1), clock=lambda: now[0])
    assert str(failure(function, FunctionUnreachable)) == "guard: NoCredentialsError"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    failure(function, FunctionUnreachable)
    now[0] += ANEW_AFTER
    failure(function, FunctionUnreachable)
    assert backend.connections == 0
    assert function({}) == 1


# ------------------------------------------------------------------------------------------- many at once


def test_sixteen_threads_share_one_client_and_get_their_own_answers(service, monkeypatch):
    made, make = [], lambda_service.made_client
    start = threading.Barrier(16)

    def counting(*args):
        made.append(make(*args))
        return made[-1]

    monkeypatch.setattr(lambda_service, "made_client", counting)
    _, function = service(lambda event: http(event))

    def call(number: int) -> Any:
        start.wait(PATIENCE)
        return [function({"n": [number, turn]}) for turn in range(5)]

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(call, range(16)))
    assert answers == [[{"n": [number, turn]} for turn in range(5)] for number in range(16)]
    assert len(made) == 1


def test_who_waits_for_the_client_does_not_wait_for_ever(service):
    _, function = service(http(), timeout=0.05)
    with function._lock:
        assert str(failure(function, FunctionTimedOut)) == "guard: boto3's client is not ready in time"


def forked(call: Any) -> int:
    """The status of a child that runs ``call``; 1 if that raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads is what is tested
        child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if call() else 2
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")


@needs_fork
def test_a_forked_worker_makes_a_client_of_its_own_though_a_thread_held_the_lock(service):
    backend, function = service(http(1))
    function({})
    parents = function._client
    with function._lock:
        assert forked(lambda: function({}) == 1 and function._client is not parents) == 0
    assert function._client is parents
    assert function({}) == 1
    assert backend.connections == 2


@needs_fork
def test_a_forked_worker_of_a_parent_that_never_called_makes_its_client(service):
    _, function = service(http(1))
    assert forked(lambda: function({}) == 1) == 0


# ------------------------------------------------------------------------------------------- a given client


class Client:
    """As boto3 makes them, but answering by itself."""

    def __init__(self, body: bytes = b"1") -> None:
        self.body = body
        self.invocations: list[Any] = []
        self.closed = 0

    def invoke(self, **request: Any) -> Any:
        from io import BytesIO

        from botocore.response import StreamingBody

        self.invocations.append(request)
        return {"StatusCode": 200, "Payload": StreamingBody(BytesIO(self.body), len(self.body))}

    def close(self) -> None:
        self.closed += 1


def test_a_given_client_is_used_and_left_open():
    client = Client(b'{"a": 1}')
    function = LambdaService(f"{ARN}:live", client=client)
    assert function({}) == {"a": 1}
    function.close()
    assert function({}) == {"a": 1}
    assert client.closed == 0
    assert client.invocations[0] == {
        "FunctionName": ARN,
        "Qualifier": "live",
        "InvocationType": "RequestResponse",
        "Payload": b"{}",
    }


def test_a_given_client_without_credentials_is_not_replaced():
    class Poor(Client):
        def invoke(self, **request: Any) -> Any:
            from botocore.exceptions import NoCredentialsError

            self.invocations.append(request)
            raise NoCredentialsError

    client = Poor()
    function = LambdaService(ARN, client=client)
    for _ in range(2):
        assert str(failure(function, FunctionUnreachable)) == "guard: NoCredentialsError"
    assert len(client.invocations) == 2


@needs_fork
def test_the_connections_of_a_given_client_are_not_used_in_a_forked_worker():
    client = Client()
    function = LambdaService(ARN, client=client)

    def works() -> bool:
        function.close()
        return function({}) == 1 and function({}) == 1 and client.closed == 1

    assert forked(works) == 0
    assert client.closed == 0


# ------------------------------------------------------------------------------------------- end to end


BROKEN = (500, "AuthorizerConfigurationException", {"message": None})


@pytest.mark.parametrize(
    ("data", "expected", "response_type"),
    [
        pytest.param(http(deny("alice")), 403, "ACCESS_DENIED", id="deny"),
        pytest.param(http({"errorMessage": "Unauthorized"}, FAILED), 401, "UNAUTHORIZED", id="Unauthorized"),
        pytest.param(
            http({"errorMessage": f"no {SECRET}", "errorType": "E"}, FAILED),
            500,
            "AUTHORIZER_FAILURE",
            id="failure",
        ),
        pytest.param(http(b"<html>"), 500, "AUTHORIZER_CONFIGURATION_ERROR", id="garbage"),
        pytest.param(http(None), 500, "AUTHORIZER_CONFIGURATION_ERROR", id="null"),
        pytest.param(
            refusal("403 Forbidden", "AccessDeniedException"),
            500,
            "AUTHORIZER_CONFIGURATION_ERROR",
            id="we may not",
        ),
        pytest.param(
            refusal("401 Unauthorized", "Unauthorized"),
            500,
            "AUTHORIZER_CONFIGURATION_ERROR",
            id="the service itself says Unauthorized",
        ),
    ],
)
def test_an_authorizer_on_lambda_refuses(service, data, expected, response_type, caplog):
    inner = Inner()
    response, ctx = request(Authorizer(inner, config(), authorize=service(data)[1]), SECRET)
    assert response.status_code == expected
    assert ctx.error.response_type.name == response_type
    assert SECRET not in f"{caplog.text}{ctx.error.reason}{response.body()!r}"
    assert inner.seen == []


def test_an_authorizer_on_lambda_that_is_down_refuses(service, caplog):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    _, function = service(b"", endpoint_url=f"http://127.0.0.1:{port}")
    inner = Inner()
    response, ctx = request(Authorizer(inner, config(), authorize=function))
    assert answer(response) == BROKEN
    assert ctx.error.response_type.name == "AUTHORIZER_CONFIGURATION_ERROR"
    assert ctx.error.reason == "the authorizer's function gave no answer: guard: EndpointConnectionError"
    assert inner.seen == []


def test_an_authorizer_on_lambda_allows_and_is_asked_once_for_its_ttl(service):
    inner = Inner()
    backend, function = service(lambda event: http(allow(event["authorizationToken"], team="forty")))
    app = Authorizer(inner, config(authorizer_result_ttl_in_seconds=300), authorize=function)
    for _ in range(2):
        response, ctx = request(app, "alice")
        assert (response.status_code, response.body()) == (200, b"inside")
    assert inner.seen[0]["REMOTE_USER"] == "alice"
    assert ctx.authorizer["team"] == "forty"
    assert json.loads(backend.bodies[0])["type"] == "TOKEN"
    assert len(backend.bodies) == 1


def test_a_request_authorizer_on_lambda_is_sent_the_whole_event(service):
    backend, function = service(lambda event: http(allow(event["httpMethod"])))
    app = Authorizer(Inner(), config(type="REQUEST", authorizer_result_ttl_in_seconds=0), authorize=function)
    assert request(app, QUERY_STRING="a=1&a=%C3%BC")[0].status_code == 200
    event = json.loads(backend.bodies[0])
    assert event["multiValueQueryStringParameters"] == {"a": ["1", "ü"]}
    assert event["headers"]["Authorization"] == "tok"


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(http({"statusCode": 201, "body": "made"}), 201, id="an answer"),
        pytest.param(http({"errorMessage": SECRET}, FAILED), 502, id="a failure"),
        pytest.param(refusal("403 Forbidden", "AccessDeniedException"), 500, id="we may not"),
        pytest.param(refusal("429 Too Many", "TooManyRequestsException"), 502, id="throttled"),
    ],
)
def test_a_proxy_integration_on_lambda_answers(service, request_of, data, status, caplog):
    response = call_app(LambdaProxy(service(data)[1]), request_of("POST", "/x", body=b"hi"))
    assert response.status_code == status
    assert SECRET not in f"{caplog.text}{response.body()!r}"


def hanging(peer):
    peer.request()
    peer.wait_for_close()


def test_an_integration_gives_a_function_up_after_its_own_timeout(service, serve, request_of):
    backend = serve(hanging)
    _, function = service(b"", endpoint_url=backend.url, timeout=None)
    response = call_app(LambdaProxy(function, timeout=0.1), request_of())
    assert response.status_code == 504
    assert json.loads(response.body()) == {"message": "Endpoint request timed out"}
    assert len(backend.heads) == 1


def test_a_shorter_timeout_of_the_functions_counts_more_than_the_integrations(service):
    _, function = service(http(1), timeout=2)
    assert function.within(5) is function
    assert function.within(1) is function.within(1) is not function
    assert function.within(1)._timeout == 1
    assert function.within(1)({}) == 1


def test_closing_a_function_closes_what_integrations_made_of_it(service):
    backend, function = service(http(1), timeout=None)
    bounded = function.within(PATIENCE)
    bounded({})
    function.close()
    bounded({})
    assert backend.connections == 2
    bounded.close()


def test_a_given_client_serves_integrations_too():
    client = Client()
    assert LambdaService(ARN, client=client).within(3)({}) == 1
    assert len(client.invocations) == 1


def test_events_are_left_with_the_service_on_one_connection(service):
    backend, function = service(http(b"", status="202 Accepted"))
    assert [function.start(b'{"a":1}'), function.start(b"2")] == [None, None]
    assert b"\r\nX-Amz-Invocation-Type: Event\r\n" in backend.heads[0]
    assert (backend.bodies, backend.connections) == ([b'{"a":1}', b"2"], 1)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        pytest.param(http(b"1"), FunctionUnreachable, id="another status"),
        pytest.param(
            refusal("429 Too Many", "TooManyRequestsException"), FunctionUnreachable, id="throttled"
        ),
        pytest.param(refusal("403 Forbidden", "AccessDeniedException"), FunctionForbidden, id="we may not"),
    ],
)
def test_an_event_that_the_service_does_not_take_is_told(service, data, kind):
    failure(service(data)[1].start, kind, b"{}")


def test_the_answer_is_had_as_it_came(service):
    assert service(http(b'{ "a" : 1.0 }'))[1].answer(b"{}") == b'{ "a" : 1.0 }'


def test_the_error_document_is_kept_as_it_came(service):
    document = {"errorMessage": "no", "errorType": "E", "trace": ["at x"]}
    assert failure(service(http(document, FAILED))[1], FunctionFailed).document == document
