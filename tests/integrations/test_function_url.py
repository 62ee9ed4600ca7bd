"""Functions behind HTTP URLs: where they may be, what is sent, and what becomes of every answer."""

from __future__ import annotations

import json
import os
import socket
import ssl
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Any

import pytest
import requests
from authorizers.callers import Inner, config, request
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from wsgi_gateway.authorizers import allow, deny
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.functions import FunctionFailed, FunctionTimedOut, FunctionUnreachable, arguments
from wsgi_gateway.integrations import LambdaProxy
from wsgi_gateway.integrations.function_url import ANSWER_LIMIT, FunctionUrl
from wsgi_gateway.lifecycle.authorizer import Authorizer
from wsgi_gateway.wsgi import call_app

PATIENCE = 20.0
SECRET = "s3cret"


def http(body: Any = None, *headers: str, status: str = "200 OK") -> bytes:
    """An answer; ``body``: bytes as they are, or what becomes JSON."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = (f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(data)}", "", "")
    return "\r\n".join(head).encode() + data


@pytest.fixture
def function_at():
    """``function_at(url, **options)``: a FunctionUrl that is closed with the test."""
    made = []

    def make(url: str, **options: Any) -> FunctionUrl:
        made.append(FunctionUrl(url, **{"timeout": PATIENCE, **options}))
        return made[-1]

    yield make
    for function in made:
        function.close()


@pytest.fixture
def service(serve, function_at):
    """``service(answer)``: a server that answers everything so, and the function there."""

    def start(data: Any, target: str = "/decide", **options: Any):
        def talk(peer):
            while peer.request():
                given = data(json.loads(peer.backend.bodies[-1])) if callable(data) else data
                peer.send(given)

        backend = serve(talk)
        return backend, function_at(backend.url + target, **options)

    return start


def failure(function: Any, kind: type[Exception], event: Any = None) -> Any:
    with pytest.raises(kind) as caught:
        function(event)
    assert type(caught.value) is kind
    return caught.value


# ------------------------------------------------------------------------------------------- where it may be


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://auth.internal/decide", "https://auth.internal"),
        (f"https://auth.internal:8443/{SECRET}?key={SECRET}", "https://auth.internal:8443"),
        ("HTTPS://auth.internal", "https://auth.internal"),
        ("http://localhost:9000/x", "http://localhost:9000"),
        ("http://127.0.0.1/x", "http://127.0.0.1"),
        ("http://[::1]:9000/x", "http://[::1]:9000"),
    ],
)
def test_only_scheme_and_host_are_shown(function_at, url, shown):
    assert repr(function_at(url, headers={"X-Key": SECRET})) == f"<FunctionUrl {shown}>"


@pytest.mark.parametrize(
    "url",
    [
        "http://auth.internal/decide",
        "http://localhost.example.com/",
        f"https://me:{SECRET}@auth.internal/",
        f"https://auth.internal/#{SECRET}",
        "https://auth.internal:0/",
        "https://auth.internal:70000/",
        "https://auth.internal/a b",
        "https://auth.internal/a\r\nX: y",
        "ftp://auth.internal/",
        "https:///decide",
        "auth.internal",
        "",
    ],
)
def test_a_url_that_may_not_be_called_is_a_config_error(url):
    with pytest.raises(ConfigError) as caught:
        FunctionUrl(url)
    assert SECRET not in str(caught.value)


def test_plain_http_to_another_machine_must_be_allowed(function_at):
    assert repr(function_at("http://auth:8080/decide", allow_http=True)) == "<FunctionUrl http://auth:8080>"


@pytest.mark.parametrize("timeout", [0, -1, float("nan"), float("inf")])
def test_a_timeout_that_cannot_be_kept_is_a_config_error(timeout):
    with pytest.raises(ConfigError):
        FunctionUrl("https://auth.internal", timeout=timeout)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"content-type": SECRET}, id="the type"),
        pytest.param({"HOST": SECRET}, id="the host"),
        pytest.param({"Content-Length": "7"}, id="the length"),
        pytest.param({"Transfer-Encoding": "chunked"}, id="the framing"),
        pytest.param({"Connection": "close"}, id="the connection"),
        pytest.param({"Accept": "text/html"}, id="what is accepted"),
        pytest.param({"X Y": SECRET}, id="a name that is none"),
        pytest.param({"X": f"{SECRET}\r\nY: z"}, id="a value with a line's end"),
        pytest.param({"X": 7}, id="a number"),
        pytest.param({7: "x"}, id="a number for a name"),
    ],
)
def test_headers_that_cannot_be_set_are_a_config_error(headers):
    with pytest.raises(ConfigError) as caught:
        FunctionUrl("https://auth.internal", headers=headers)
    assert SECRET not in str(caught.value)


def test_it_is_a_function_of_the_event_alone(function_at):
    assert arguments(function_at("https://auth.internal"), "it", prefer=2) == 1


# ------------------------------------------------------------------------------------------- what is sent


def test_the_event_is_posted_as_json(service):
    backend, function = service(http({"a": "ü"}), "/decide?key=1&key=2", headers={"X-Api-Key": SECRET})
    assert function({"token": "gr\u00fc\u00df"}) == {"a": "ü"}
    lines = backend.heads[0].decode().split("\r\n")
    assert lines[0] == "POST /decide?key=1&key=2 HTTP/1.1"
    assert sorted(lines[1:-1]) == [
        "Accept-Encoding: identity",
        "Accept: application/json",
        "Content-Length: 26",
        "Content-Type: application/json",
        f"Host: 127.0.0.1:{backend.port}",
        f"X-Api-Key: {SECRET}",
    ]
    assert backend.bodies == [rb'{"token":"gr\u00fc\u00df"}']


@pytest.mark.parametrize(("target", "sent"), [("", b"/"), ("?a=1", b"/?a=1"), ("//x", b"//x")])
def test_the_target_is_sent_as_it_is(service, target, sent):
    backend, function = service(http(), target)
    function({})
    assert backend.heads[0].startswith(b"POST " + sent + b" HTTP/1.1\r\n")


def test_neither_proxies_nor_passwords_come_from_the_environment(service, serve, monkeypatch, tmp_path):
    proxy = serve(lambda peer: peer.request())
    (tmp_path / "netrc").write_text(f"default login me password {SECRET}\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    backend, function = service(http(1))
    assert function({}) == 1
    assert proxy.connections == 0
    assert b"authorization" not in backend.heads[0].lower()


def test_what_json_cannot_carry_is_the_callers_mistake(service):
    backend, function = service(http())
    failure(function, TypeError, {"a": object()})
    failure(function, ValueError, {"a": float("nan")})
    assert backend.connections == 0


def test_a_large_event_is_sent_whole(service):
    _, function = service(lambda event: http(len(event["body"])))
    assert function({"body": "x" * 1_000_000}) == 1_000_000


def test_connections_are_kept_whatever_was_answered(service):
    refused = http({"message": "no"}, status="401 Unauthorized")
    answers = iter([http(1), refused, http(b"<"), http(b"oops", status="503 Busy"), http(2)])
    backend, function = service(lambda event: next(answers))
    assert function({}) == 1
    failure(function, FunctionFailed)
    failure(function, FunctionUnreachable)
    failure(function, FunctionUnreachable)
    assert function({}) == 2
    assert backend.connections == 1


def test_after_close_it_can_be_called_again(service):
    backend, function = service(http(1))
    assert function({}) == 1
    function.close()
    assert function({}) == 1
    assert backend.connections == 2


# ------------------------------------------------------------------------------------------- what comes back


@pytest.mark.parametrize(
    "document", [None, 7, "x", [], {}, {"errorType": "x"}, {"errorMessage": "x", "a": 1}]
)
def test_json_is_the_functions_answer(service, document):
    assert service(http(document))[1]({}) == document


@pytest.mark.parametrize(
    ("data", "text", "error_type"),
    [
        pytest.param(http(b"", status="401 Unauthorized"), "Unauthorized", None, id="401"),
        pytest.param(http({"message": SECRET}, status="500 Oops"), "", None, id="500"),
        pytest.param(
            http({"errorMessage": "no", "errorType": "E"}, "x-amz-function-error: Unhandled"),
            "no",
            "E",
            id="Lambda's header",
        ),
        pytest.param(
            http({"a": 1}, "x-amz-FUNCTION-error: Handled"), "", None, id="Lambda's header, another document"
        ),
        pytest.param(http(b"<", "X-Amz-Function-Error: Handled"), "", None, id="Lambda's header, no JSON"),
        pytest.param(
            http({"errorMessage": "no", "errorType": "E"}, "X-Amz-Function-Error: x", status="502 Bad"),
            "no",
            "E",
            id="Lambda's header with another status",
        ),
        pytest.param(
            http({"errorMessage": "no", "errorType": "E", "requestId": "1", "stackTrace": []}),
            "no",
            "E",
            id="the emulator, Python",
        ),
        pytest.param(
            http({"errorType": "string", "errorMessage": "Unauthorized", "trace": []}),
            "Unauthorized",
            "string",
            id="the emulator, Node",
        ),
        pytest.param(
            http(b"Task timed out after 3.00 seconds"),
            "Task timed out after 3.00 seconds",
            "Sandbox.Timedout",
            id="the emulator, timeout",
        ),
    ],
)
def test_a_function_that_failed_says_what_with(service, data, text, error_type):
    backend, function = service(data)
    error = failure(function, FunctionFailed)
    assert (str(error), error.error_type) == (text, error_type)
    assert len(backend.heads) == 1


NOT_JSON = "the answer is not strict JSON"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(http({}, status="201 Created"), "the status is 201", id="201"),
        pytest.param(http(b"", status="204 Gone"), "the status is 204", id="204"),
        pytest.param(http({}, status="403 Forbidden"), "the status is 403", id="403"),
        pytest.param(http({}, status="404 Not Found"), "the status is 404", id="404"),
        pytest.param(http({"errorMessage": "Unauthorized"}, status="502 Bad"), "the status is 502", id="502"),
        pytest.param(http(b""), NOT_JSON, id="nothing"),
        pytest.param(http(f"<html>{SECRET}".encode()), NOT_JSON, id="HTML"),
        pytest.param(http(b'{"a":NaN}'), NOT_JSON, id="NaN"),
        pytest.param(http(b'{"a":1e999}'), NOT_JSON, id="infinity"),
        pytest.param(http(b'{"a":1,"a":2}'), NOT_JSON, id="a member twice"),
        pytest.param(http(b"[" * 100_000), NOT_JSON, id="100,000 brackets"),
        pytest.param(http(b'"\xff"'), NOT_JSON, id="broken UTF-8"),
        pytest.param(http(b"Task timed out after 3.00 seconds!"), NOT_JSON, id="almost the emulator's text"),
        pytest.param(
            http(b" " * ANSWER_LIMIT + b"1"), f"the answer has more than {ANSWER_LIMIT} bytes", id="too large"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\n" + f"{SECRET}\r\n\r\n".encode(),
            "BackendBroken: a malformed header",
            id="a malformed head",
        ),
    ],
)
def test_what_is_no_answer_of_the_functions_is_told_without_a_word_of_it(service, data, reason):
    backend, function = service(data, f"/{SECRET}?{SECRET}", headers={"X-Key": SECRET})
    assert str(failure(function, FunctionUnreachable)) == f"{backend.url}: {reason}"
    assert len(backend.heads) == 1


@pytest.mark.parametrize(
    "status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 For good"]
)
def test_a_redirect_is_not_followed(service, echo, status):
    backend, function = service(http({}, f"Location: {echo.url}/{SECRET}", status=status))
    assert str(failure(function, FunctionUnreachable)) == f"{backend.url}: the status is {status[:3]}"
    assert echo.connections == 0


def test_an_answer_may_have_all_the_bytes_that_lambda_allows(service):
    text = "x" * (ANSWER_LIMIT - 2)
    assert service(http(text))[1]({}) == text


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(b"", "BackendSilent", id="before its head"),
        pytest.param(b"HTTP/1.1 200 OK\r\n", "BackendBroken", id="in its head"),
        pytest.param(
            b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"a":1}', "BackendBroken", id="in its body"
        ),
        pytest.param(
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",
            "BackendBroken",
            id="in its chunks",
        ),
        pytest.param(
            b"HTTP/1.1 401 No\r\nContent-Length: 9\r\n\r\n{}", "BackendBroken", id="in the body of a 401"
        ),
    ],
)
def test_an_answer_that_is_cut_short_is_none(answering, function_at, data, reason):
    backend = answering(data)
    error = failure(function_at(backend.url), FunctionUnreachable)
    assert str(error).startswith(f"{backend.url}: {reason}: ")
    assert len(backend.heads) == 1


def silent(peer: Any) -> None:
    peer.request()
    peer.wait_for_close()


def dripping(start: bytes) -> Any:
    def talk(peer: Any) -> None:
        peer.request()
        peer.send(start)
        while not peer.backend.stopping.wait(0.005):
            peer.send(b" ")

    return talk


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(silent, id="says nothing"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nX-A: "), id="drips its head"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"), id="drips its body"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\n\r\n"), id="drips a body without a length"),
        pytest.param(dripping(b"HTTP/1.1 401 No\r\nContent-Length: 1000000\r\n\r\n"), id="drips a 401"),
    ],
)
def test_one_that_does_not_answer_in_time_is_called_once_and_given_up(serve, function_at, talk):
    backend = serve(talk)
    error = failure(function_at(backend.url, timeout=0.1), FunctionTimedOut)
    assert str(error) == f"{backend.url}: no answer in 0.1 s"
    assert len(backend.heads) == 1


def test_where_nobody_listens_there_is_no_function(function_at):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    error = failure(function_at(f"http://127.0.0.1:{port}/{SECRET}"), FunctionUnreachable)
    assert str(error).startswith(f"http://127.0.0.1:{port}: BackendUnreachable: ")
    assert SECRET not in str(error)


@pytest.fixture
def secure(serve, tmp_path):
    """A server that speaks TLS with a certificate of its own making, and the file with that."""
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file, pem = tmp_path / "own.pem", serialization.Encoding.PEM
    form, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(made.public_bytes(pem) + key.private_bytes(pem, form, plain))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)

    def talk(peer):
        while peer.request():
            peer.send(http(1))

    backend = serve(talk, lambda sock: context.wrap_socket(sock, server_side=True))
    return f"https://127.0.0.1:{backend.port}", str(file)


def test_a_certificate_that_nobody_vouches_for_is_refused(secure, function_at):
    error = failure(function_at(f"{secure[0]}/{SECRET}"), FunctionUnreachable)
    assert str(error).startswith(f"{secure[0]}: NetworkFailure: TLS failed: ")


def test_a_private_authority_can_be_trusted_by_a_session(secure, function_at):
    with requests.Session() as session:
        session.verify = secure[1]
        assert function_at(secure[0], session=session)({}) == 1


def test_a_session_that_does_not_verify_is_a_config_error():
    with requests.Session() as session:
        session.verify = False
        with pytest.raises(ConfigError):
            FunctionUrl("https://auth.internal", session=session)


# ------------------------------------------------------------------------------------------- many at once


def test_sixteen_threads_get_their_own_answers(service):
    start = threading.Barrier(16)
    backend, function = service(lambda event: http(event))

    def call(number: int) -> Any:
        start.wait(PATIENCE)
        return [function({"n": [number, turn]}) for turn in range(10)]

    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(call, range(16)))
    assert answers == [[{"n": [number, turn]} for turn in range(10)] for number in range(16)]
    assert backend.connections <= 16


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_a_forked_worker_opens_connections_of_its_own(service):
    backend, function = service(http(1))
    assert function({}) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads is what is tested
        child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if function({}) == 1 else 2
        finally:
            os._exit(status)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert function({}) == 1
    assert backend.connections == 2


# ------------------------------------------------------------------------------------------- end to end


@pytest.mark.parametrize(
    ("data", "status", "response_type"),
    [
        pytest.param(http(deny("alice")), 403, "ACCESS_DENIED", id="deny"),
        pytest.param(http(b"", status="401 Unauthorized"), 401, "UNAUTHORIZED", id="401"),
        pytest.param(
            http({"errorMessage": "Unauthorized", "errorType": "E"}), 401, "UNAUTHORIZED", id="Unauthorized"
        ),
        pytest.param(
            http({"errorMessage": SECRET, "errorType": "E"}), 500, "AUTHORIZER_FAILURE", id="a failure"
        ),
        pytest.param(http(status="500 Oops"), 500, "AUTHORIZER_FAILURE", id="500"),
        pytest.param(http(status="403 No"), 500, "AUTHORIZER_CONFIGURATION_ERROR", id="we may not"),
        pytest.param(http(b"<html>"), 500, "AUTHORIZER_CONFIGURATION_ERROR", id="garbage"),
        pytest.param(http({"allow": True}), 500, "AUTHORIZER_CONFIGURATION_ERROR", id="no policy"),
    ],
)
def test_an_authorizer_behind_a_url_refuses(service, data, status, response_type, caplog):
    inner = Inner()
    response, ctx = request(Authorizer(inner, config(), authorize=service(data)[1]), SECRET)
    assert (response.status_code, ctx.error.response_type.name) == (status, response_type)
    assert SECRET not in f"{caplog.text}{ctx.error.reason}{response.body()!r}"
    assert inner.seen == []


def test_an_authorizer_behind_a_url_that_takes_too_long_has_failed(serve, function_at):
    app = Authorizer(Inner(), config(), authorize=function_at(serve(silent).url, timeout=0.05))
    response, ctx = request(app)
    assert (response.status_code, ctx.error.response_type.name) == (500, "AUTHORIZER_FAILURE")


def test_an_authorizer_behind_a_url_allows(service):
    inner = Inner()
    _, function = service(lambda event: http(allow(event["authorizationToken"])))
    response, _ = request(Authorizer(inner, config(), authorize=function), "alice")
    assert (response.status_code, inner.seen[0]["REMOTE_USER"]) == (200, "alice")


@pytest.mark.parametrize(
    ("data", "status"),
    [
        pytest.param(http({"statusCode": 201, "body": "made"}), 201, id="an answer"),
        pytest.param(http({"errorMessage": SECRET, "errorType": "E"}), 502, id="a failure"),
        pytest.param(http(b"", status="401 No"), 502, id="401"),
        pytest.param(http(b"", status="503 Busy"), 502, id="503"),
    ],
)
def test_a_proxy_integration_behind_a_url_answers(service, request_of, data, status, caplog):
    response = call_app(LambdaProxy(service(data)[1]), request_of("POST", "/x", body=b"hi"))
    assert response.status_code == status
    assert SECRET not in f"{caplog.text}{response.body()!r}"


def test_an_integration_gives_a_function_up_after_its_own_timeout(serve, function_at, request_of):
    app = LambdaProxy(function_at(serve(silent).url, timeout=20), timeout=0.05)
    assert call_app(app, request_of()).status_code == 504


def test_a_shorter_timeout_of_the_functions_counts_more_than_the_integrations(serve, function_at):
    bounded = function_at(serve(silent).url, timeout=0.05).within(20)
    failure(bounded, FunctionTimedOut)


def test_what_integrations_made_of_it_shares_its_connections(service):
    backend, function = service(http(1))
    assert [function({}), function.within(1)({}), function.within(2)({})] == [1, 1, 1]
    assert backend.connections == 1


def test_the_answer_is_had_as_it_came(service):
    assert service(http(b'{ "a" : 1.0 }'))[1].answer(b"{}") == b'{ "a" : 1.0 }'
