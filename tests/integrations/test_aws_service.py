"""The app itself: what is sent, what comes back, and what is told of everything that fails."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest
from integrations.aws_calls import HERE, Answer, ask, environ_of, isolate, signed_server, signing_session
from integrations.conftest import Peer, RawBackend

from wsgi_gateway.context import Deployment
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations.aws_service import AwsService
from wsgi_gateway.integrations.aws_services import AwsServices
from wsgi_gateway.wsgi import call_app

SMALL = Deployment(payload_limit=1000)
JOBS = "sqs:path/123456789012/jobs"


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    isolate(monkeypatch)


def at(url: str, **options: Any) -> AwsServices:
    return AwsServices(session=signing_session(), endpoint_url=url, **options)


def test_verb_headers_body_and_answer_go_through() -> None:
    with signed_server() as server:
        server.answer = (
            201,
            [("Content-Type", "text/xml"), ("X-Amz-Id", "7"), ("Keep-Alive", "1")],
            b"<ok/>",
        )
        answer = ask(
            JOBS,
            http_method="PUT",
            services=at(server.url),
            body=b"tea",
            CONTENT_TYPE="text/plain",
            HTTP_ACCEPT="application/json",
            HTTP_CONNECTION="close, X-Listed",
            HTTP_X_LISTED="1",
            HTTP_TE="trailers",
            HTTP_REFERER="https://example.com",
        )
        seen = server.seen[-1]
    assert (answer.status, answer.body, answer.headers["x-amz-id"]) == (201, b"<ok/>", "7")
    assert "keep-alive" not in answer.headers
    assert (seen.method, seen.target, seen.body) == ("PUT", "/123456789012/jobs", b"tea")
    assert (seen.text["content-type"], seen.text["content-length"]) == ("text/plain", "3")
    assert seen.headers.keys().isdisjoint({"connection", "x-listed", "te", "referer", "transfer-encoding"})


@pytest.mark.parametrize("method", [None, "ANY"])
def test_any_takes_the_request_s_verb(method: str | None) -> None:
    with signed_server() as server:
        for verb in ("GET", "PUT", "DELETE"):
            ask("s3:path/shelf/x", verb, http_method=method, services=at(server.url), body=b"tea")
        assert [(seen.method, seen.body) for seen in server.seen] == [
            ("GET", b""),
            ("PUT", b"tea"),
            ("DELETE", b"tea"),
        ]


def test_a_placeholder_is_the_mapped_value_and_for_an_app_alone_the_path_parameter() -> None:
    with signed_server() as server:
        ask("s3:path/shelf/{key}", "GET", services=at(server.url), path={"key": "mapped"})
        environ = environ_of("GET")
        context = environ["wsgi_gateway.context"]
        context.integration_path, context.path_parameters = None, {"key": "routed"}
        app = AwsService(HERE + "s3:path/shelf/{key}", services=at(server.url))
        assert Answer(app, environ).status == 200
        assert [seen.target for seen in server.seen] == ["/shelf/mapped", "/shelf/routed"]
    assert repr(app) == f"<AwsService {HERE}s3:path/shelf/{{key}}>"


def test_an_endpoint_of_one_s_own_may_have_a_path() -> None:
    with signed_server() as server:
        assert ask(JOBS, services=at(server.url + "/stack/")).status == 200
        assert server.seen[-1].target == "/stack/123456789012/jobs"


def test_a_subdomain_is_told_to_an_endpoint_of_one_s_own_by_the_host() -> None:
    with signed_server() as server:
        assert ask("shelf.s3:path/x", "GET", services=at(server.url)).status == 200
        assert server.seen[-1].text["host"] == "shelf.s3.eu-west-1.amazonaws.com"
        assert ask("states:action/StartSyncExecution", services=at(server.url)).status == 200
        assert server.seen[-1].text["host"] == server.url.removeprefix("http://")


def test_connections_are_kept_for_all_integrations_of_an_endpoint(echo: RawBackend) -> None:
    services = at(echo.url)
    for target in (JOBS, "s3:path/shelf/x", "dynamodb:action/Scan"):
        assert ask(target, services=services).body == b"ok"
    assert (echo.connections, len(echo.heads)) == (1, 3)
    services.close()


def test_a_local_stack_s_header_names_are_spelled_as_aws_has_them() -> None:
    with signed_server() as server:
        server.answer = (
            200,
            [("content-type", "a/b"), ("etag", '"1"'), ("x-amz-id-2", "2"), ("X-b", "3")],
            b"",
        )
        response = call_app(AwsService(HERE + JOBS, services=at(server.url)), environ_of())
        response.close()
        names = [name for name, _ in response.headerlist]
        assert names[2:6] == ["Content-Type", "ETag", "x-amz-id-2", "X-b"]


def test_redirects_are_answers() -> None:
    with signed_server() as server:
        server.answer = (307, [("Location", "http://127.0.0.1:1/")], b"")
        answer = ask("s3:path/shelf/x", "GET", services=at(server.url))
        assert (answer.status, len(server.seen)) == (307, 1)


def test_head_tells_the_length_to_head_only(answering: Callable[[bytes], RawBackend]) -> None:
    backend = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 77\r\nConnection: close\r\n\r\n")
    answer = ask("s3:path/shelf/x", "HEAD", services=at(backend.url))
    assert (answer.headers["content-length"], answer.body) == ("77", b"")
    backend = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 77\r\nConnection: close\r\n\r\n")
    answer = ask("s3:path/shelf/x", "GET", http_method="HEAD", services=at(backend.url))
    assert "content-length" not in answer.headers


class TestLimits:
    def test_a_body_of_the_limit_passes_and_a_byte_more_is_413(self) -> None:
        with signed_server() as server:
            for length, status in ((1000, 200), (1001, 413)):
                answer = ask(JOBS, services=at(server.url), body=b"x" * length, deployment=SMALL)
                assert answer.status == status
            assert [len(seen.body) for seen in server.seen] == [1000]

    def test_an_answer_of_the_limit_passes_and_a_byte_more_is_502(self) -> None:
        with signed_server() as server:
            for length, status in ((1000, 200), (1001, 502)):
                server.answer = (200, [], b"x" * length)
                assert ask(JOBS, services=at(server.url), deployment=SMALL).status == status

    def test_so_with_a_transport(self) -> None:
        for length, status in ((1000, 200), (1001, 502)):
            services = AwsServices(
                session=signing_session(), transport=lambda *call, size=length: (200, [], b"x" * size)
            )
            assert ask(JOBS, services=services, deployment=SMALL).status == status


class TestFailures:
    def test_nobody_listens(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as unused:
            port = unused.getsockname()[1]
        assert ask(JOBS, services=at(f"http://127.0.0.1:{port}")).status == 500

    def test_one_that_hangs_is_504_after_one_try(self, serve: Callable[..., RawBackend]) -> None:
        def hang(peer: Peer) -> None:
            peer.request()
            peer.wait_for_close()

        backend = serve(hang)
        answer = ask("s3:path/shelf/x", "GET", services=at(backend.url), timeout=0.1)
        assert (answer.status, answer.body) == (504, b'{"message":"Endpoint request timed out"}')
        assert len(backend.heads) == 1

    def test_one_that_drips_is_504_too(self, serve: Callable[..., RawBackend]) -> None:
        def drip(peer: Peer) -> None:
            peer.request()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
            while not peer.backend.stopping.wait(0.02):
                peer.send(b"x")

        assert ask(JOBS, services=at(serve(drip).url), timeout=0.2).status == 504

    @pytest.mark.parametrize(
        "data",
        [
            pytest.param(b"", id="nothing"),
            pytest.param(b"HTTP/1.1 200 OK\r\nContent-Le", id="half a head"),
            pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", id="half a body"),
            pytest.param(
                b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", id="two lengths"
            ),
        ],
    )
    def test_a_broken_answer_is_502(self, answering: Callable[[bytes], RawBackend], data: bytes) -> None:
        assert ask(JOBS, services=at(answering(data).url)).status == 502

    def test_no_tls_where_tls_is_wanted(self, serve: Callable[..., RawBackend]) -> None:
        def plain(peer: Peer) -> None:
            peer.socket.recv(65_536)
            peer.send(b"HTTP/1.1 200 OK\r\n\r\n")

        url = serve(plain).url.replace("http://", "https://")
        answer = ask(JOBS, services=at(url))
        assert (answer.status, answer.body) == (
            504,
            b'{"message":"Network error communicating with endpoint"}',
        )

    def test_a_transport_that_takes_too_long(self) -> None:
        def transport(*call: Any) -> Any:
            raise TimeoutError("tea")

        answer = ask(JOBS, services=AwsServices(session=signing_session(), transport=transport))
        assert (answer.status, answer.reason) == (504, "tea")

    def test_no_time_at_all_is_refused_at_load(self) -> None:
        with pytest.raises(ConfigError, match="timeout"):
            AwsService(HERE + JOBS, timeout=0)

    def test_a_key_that_would_leave_its_bucket_is_not_sent(self) -> None:
        with signed_server() as server:
            for key in ("../other/x", "%2e%2e/other", "a/../../other", "a%2F..%2F..%2Fother", "\\..\\x"):
                answer = ask("s3:path/shelf/{key}", "GET", services=at(server.url), path={"key": key})
                assert answer.status == 400
            assert server.seen == []

    def test_no_header_of_a_mapping_becomes_two(self) -> None:
        with signed_server() as server:
            for value in ("a\r\nX-Evil: 1", "a\nb", "a\x00b"):
                assert ask(JOBS, services=at(server.url), HTTP_X_TEA=value).status in (200, 400)
            assert all("x-evil" not in seen.text for seen in server.seen)


@pytest.mark.parametrize(
    ("method", "data", "length"),
    [("GET", b"hello", "5"), ("HEAD", b"", "5")],
    ids=["of the body", "of what a GET would get"],
)
def test_a_transport_tells_a_length_as_a_connection_does(method: str, data: bytes, length: str) -> None:
    answered = [("Content-Length", length), ("Connection", "close")]
    services = AwsServices(session=signing_session(), transport=lambda *call: (200, answered, data))
    assert ask("s3:path/b/k", method, services=services).headers == {"content-length": length}
