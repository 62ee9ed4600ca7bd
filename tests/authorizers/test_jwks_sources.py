"""Where key sets come from: what is fetched, what is believed, and when it is given up."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from authorizers.tokens import PATIENCE, Publisher, key_set, publisher

from wsgi_gateway.authorizers.jwks import KeySet
from wsgi_gateway.authorizers.jwks_sources import (
    DISCOVERY,
    DOCUMENT_LIMIT,
    Downloaded,
    SourceFailed,
    file_source,
    issuer_source,
    url_source,
)
from wsgi_gateway.errors import ConfigError

KEYS = key_set("rsa")


@pytest.fixture
def server() -> Iterator[Publisher]:
    with publisher() as made:
        yield made


def failure(source: Any, seconds: float = PATIENCE) -> str:
    with pytest.raises(SourceFailed) as caught:
        source(seconds)
    return str(caught.value)


@pytest.mark.parametrize(
    ("headers", "max_age"),
    [
        pytest.param((), None, id="nothing said"),
        pytest.param(("Cache-Control: public, max-age=600",), 600, id="ten minutes"),
        pytest.param(('cache-control: Max-Age="600"',), 600, id="in quotes"),
        pytest.param(("Cache-Control: max-age=600", "Age: 200"), 400, id="some of them gone"),
        pytest.param(("Cache-Control: max-age=600", "Age: 900"), 0, id="all of them gone"),
        pytest.param(("Cache-Control: max-age=600", "Age: old"), 600, id="an age that is none"),
        pytest.param(("Cache-Control: no-store, max-age=600",), 0, id="not to be stored"),
        pytest.param(("Cache-Control: s-maxage=600",), None, id="for shared caches only"),
        pytest.param(("Cache-Control: x-max-age=600",), None, id="another directive"),
        pytest.param(("Cache-Control: max-age=soon",), None, id="no number"),
    ],
)
def test_a_set_is_fetched_with_the_time_that_it_keeps(
    server: Publisher, headers: Any, max_age: int | None
) -> None:
    server.publish("/keys?v=1", KEYS, *headers)
    assert url_source(f"{server.url}/keys?v=1")(PATIENCE) == (KEYS, max_age)
    assert server.asked == ["/keys?v=1"]


def test_a_set_under_the_bare_host_is_fetched(server: Publisher) -> None:
    server.publish("/", KEYS)
    assert url_source(server.url)(PATIENCE).document == KEYS


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary Redirect"])
def test_a_redirect_is_not_followed(server: Publisher, status: str) -> None:
    server.publish("/elsewhere", KEYS)
    server.publish("/keys", b"", f"Location: {server.url}/elsewhere", status=status)
    assert failure(url_source(f"{server.url}/keys")) == f"the answer's status is {status[:3]}"
    assert server.asked == ["/keys"]


@pytest.mark.parametrize("status", ["204 No Content", "404 Not Found", "500 Oops"])
def test_only_a_200_is_an_answer(server: Publisher, status: str) -> None:
    server.publish("/keys", KEYS, status=status)
    assert failure(url_source(f"{server.url}/keys")) == f"the answer's status is {status[:3]}"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>", id="HTML"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b'{"keys":[],"keys":[]}', id="a member twice"),
        pytest.param(b"[" * 100_000, id="100,000 brackets"),
        pytest.param(b'{"keys":[]}\xff', id="broken UTF-8"),
    ],
)
def test_a_body_that_is_no_object_is_refused(server: Publisher, body: bytes) -> None:
    server.publish("/keys", body)
    assert failure(url_source(f"{server.url}/keys")).startswith("the key set is not")


def test_a_body_over_the_limit_is_cut_off(server: Publisher) -> None:
    server.publish("/keys", b" " * (DOCUMENT_LIMIT + 1))
    assert failure(url_source(f"{server.url}/keys")).startswith("the answer has more than")


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b"nonsense"]
)
def test_an_answer_that_is_cut_short_is_none(server: Publisher, answer: bytes) -> None:
    server.answers["/keys"] = answer
    assert failure(url_source(f"{server.url}/keys")).startswith("the download failed: BackendBroken")


def test_who_does_not_answer_is_given_up(server: Publisher) -> None:
    server.answers["/keys"] = None
    assert failure(url_source(f"{server.url}/keys"), 0.05).startswith("the download failed: DeadlineExceeded")


def test_where_nobody_listens_there_is_no_set() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert failure(url_source(f"http://127.0.0.1:{port}/keys")).startswith("the download failed")


# ---------------------------------------------------------------- URLs


@pytest.mark.parametrize(
    "url",
    [
        "https://login.example.com",
        "https://login.example.com:8443/keys?v=1",
        "http://localhost/keys",
        "http://127.8.9.1:8080/keys",
        "http://[::1]:8080/keys",
    ],
)
def test_a_url_that_may_be_fetched_is_taken(url: str) -> None:
    assert callable(url_source(url))


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example.com/keys",
        "http://127.0.0.1.example.com/keys",
        "http://localhost.example.com/keys",
        "http://10.0.0.1/keys",
        "ftp://login.example.com/keys",
        "file:///etc/passwd",
        "//login.example.com/keys",
        "https://",
        "https://:443/keys",
        "https://user@login.example.com/keys",
        "https://login.example.com/keys#a",
        "https://login.example.com:70000/keys",
        "https://login.example.com:x/keys",
        "https://login.example.com/ke ys",
        "https://login.example.com/ke\nys",
        "https://login.example.com\\.evil.example/",
        "https://login.example.com/keys#",
        "https://l\u00f6gin.example.com/keys",
        "https://[::1/keys",
        "",
    ],
)
def test_a_url_that_may_not_be_fetched_is_refused(url: str) -> None:
    with pytest.raises(ConfigError):
        url_source(url)


def test_plain_http_to_another_machine_must_be_allowed() -> None:
    assert callable(url_source("http://keycloak:8080/keys", allow_http=True))
    with pytest.raises(ConfigError):
        url_source("ftp://keycloak/keys", allow_http=True)


# ---------------------------------------------------------------- discovery


@pytest.mark.parametrize("slash", ["", "/"], ids=["no slash", "a slash"])
def test_an_issuer_says_where_its_keys_are(server: Publisher, slash: str) -> None:
    issuer = f"{server.url}/realm{slash}"
    server.publish(f"/realm{DISCOVERY}", {"issuer": issuer, "jwks_uri": f"{server.url}/keys"})
    server.publish("/keys", KEYS, "Cache-Control: max-age=600")
    assert issuer_source(issuer)(PATIENCE) == (KEYS, 600)
    assert KeySet.of_issuer(issuer, timeout=PATIENCE).find("rsa", "RS256")
    assert server.asked == [f"/realm{DISCOVERY}", "/keys"] * 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"issuer": "https://evil.example"}, "the discovery document is another issuer's"),
        ({"issuer": None}, "the discovery document is another issuer's"),
        ({"jwks_uri": None}, "the discovery document names no jwks_uri"),
        ({"jwks_uri": "file:///etc/passwd"}, "jwks_uri needs a host"),
        ({"jwks_uri": "http://169.254.169.254/"}, "jwks_uri must be https"),
    ],
)
def test_a_discovery_document_is_not_believed_in_everything(server: Publisher, change: Any, why: str) -> None:
    server.publish(DISCOVERY, {"issuer": server.url, "jwks_uri": f"{server.url}/keys", **change})
    server.publish("/keys", KEYS)
    assert why in failure(issuer_source(server.url))
    assert server.asked == [DISCOVERY]


def test_a_slash_more_makes_another_issuer(server: Publisher) -> None:
    server.publish(DISCOVERY, {"issuer": f"{server.url}/", "jwks_uri": f"{server.url}/keys"})
    assert "another issuer's" in failure(issuer_source(server.url))


def test_an_https_issuer_cannot_send_us_to_http() -> None:
    issuer = "https://login.example.com"
    document = b'{"issuer": "https://login.example.com", "jwks_uri": "http://127.0.0.1/keys"}'
    asked = []

    def download(url: str, deadline: Any) -> Downloaded:
        asked.append(url)
        return Downloaded(document, None)

    assert "names an http URL" in failure(issuer_source(issuer, download=download))
    assert asked == [issuer + DISCOVERY]


@pytest.mark.parametrize(
    "issuer", ["https://login.example.com/?a=b", "https://a@b.example", "login.example.com"]
)
def test_an_issuer_that_is_no_plain_url_is_refused(issuer: str) -> None:
    with pytest.raises(ConfigError):
        issuer_source(issuer)


# ---------------------------------------------------------------- files


def test_a_file_over_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(b" " * (DOCUMENT_LIMIT + 1))
    assert "more than" in failure(file_source(path))


def test_a_file_that_is_gone_is_no_set(tmp_path: Path) -> None:
    assert failure(file_source(tmp_path / "gone")) == "the key set's file cannot be read: FileNotFoundError"
