"""What holds for all HTTP backends: networks that are never called, places that run out."""

from __future__ import annotations

import json
import socket
import threading

import pytest

from wsgi_gateway import Gateway, IntegrationConfig, MethodConfig, RestApiConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations import Http
from wsgi_gateway.integrations.http_backends import INTERNAL, HttpBackends
from wsgi_gateway.wsgi import call_app


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("127.0.0.1", id="loopback"),
        pytest.param("127.255.255.254", id="the end of loopback"),
        pytest.param("10.1.2.3", id="private"),
        pytest.param("172.31.0.1", id="private, the middle block"),
        pytest.param("192.168.0.1", id="private, the small block"),
        pytest.param("100.64.0.1", id="shared by carriers"),
        pytest.param("169.254.169.254", id="metadata of a cloud"),
        pytest.param("0.0.0.0", id="this host"),
        pytest.param("::1", id="loopback, version 6"),
        pytest.param("::", id="this host, version 6"),
        pytest.param("fe80::1", id="link-local, version 6"),
        pytest.param("fe80::1%eth0", id="link-local with a zone"),
        pytest.param("fd00:ec2::254", id="metadata, version 6"),
        pytest.param("::ffff:127.0.0.1", id="mapped"),
        pytest.param("::ffff:a9fe:a9fe", id="mapped, in hexadecimal"),
        pytest.param("2002:7f00:1::", id="6to4"),
        pytest.param("64:ff9b::169.254.169.254", id="NAT64"),
        pytest.param("64:ff9b:1::169.254.169.254", id="NAT64 of a site"),
        pytest.param("64:ff9b:1:a9fe:a9:fe00::", id="NAT64 of a site, 48 bits"),
        pytest.param("64:ff9b:1:ffa9:fe:a9fe::", id="NAT64 of a site, 56 bits"),
        pytest.param("64:ff9b:1:ffff:a9:fea9:fe00:0", id="NAT64 of a site, 64 bits"),
        pytest.param("2001:0:c000:201::5601:5601", id="Teredo, its client"),
        pytest.param("2001:0:7f00:1::3fff:fdfe", id="Teredo, its server"),
        pytest.param("::127.0.0.1", id="compatible"),
        pytest.param("::ffff:0:169.254.169.254", id="translated"),
    ],
)
def test_what_is_internal_is_denied(address):
    assert HttpBackends(deny_networks=INTERNAL).denies(address)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "192.0.2.1",
            "172.32.0.1",
            "2001:db8::1",
            "::ffff:192.0.2.1",
            "64:ff9b::192.0.2.1",
            "example.com",
            "",
        ),
        *("64:ff9b:1::192.0.2.1", "64:ff9b:1:c000:2:100::", "64:ff9b:1:c0:0:201::", "64:ff9b:1:0:c0:2:100:0"),
        *("2001:0:c000:201::3fff:fdfe", "::192.0.2.1", "::ffff:0:192.0.2.1", "2001:1::7f00:1"),
    ],
)
def test_what_is_not_is_not(address):
    assert not HttpBackends(deny_networks=INTERNAL).denies(address)


def test_a_network_of_ones_own_is_denied_and_nothing_else():
    backends = HttpBackends(deny_networks=["198.51.100.0/24", "203.0.113.9"])
    assert [backends.denies(f"198.51.100.{last}") for last in (0, 255)] == [True, True]
    assert backends.denies("203.0.113.9")
    assert not any(backends.denies(address) for address in ("198.51.101.0", "203.0.113.8", "127.0.0.1"))


@pytest.mark.parametrize(
    "options",
    [
        {"deny_networks": "10.0.0.0/8"},
        {"deny_networks": ["internal"]},
        {"deny_networks": ["10.0.0.1/8"]},
        {"most_at_once": 0},
        {"most_at_once": 1.5},
        {"most_at_once": True},
    ],
    ids=["a text", "a word", "a network with a host in it", "no place", "half a place", "a boolean"],
)
def test_what_cannot_be_meant_is_a_config_error(options):
    with pytest.raises(ConfigError):
        HttpBackends(**options)


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"])
def test_a_uri_with_a_denied_address_does_not_load(host):
    with pytest.raises(ConfigError, match="deny_networks"):
        Http(f"http://{host}/", backends=HttpBackends(deny_networks=INTERNAL))


def resolving_to(monkeypatch, *answers):
    """Names resolve to these addresses, one list for each look-up, the last for all that follow."""
    left = list(answers)

    def getaddrinfo(host, port, *args, **kwargs):
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_a_name_that_resolves_to_denied_addresses_only_is_500_and_nobody_is_called(
    echo, request_of, monkeypatch
):
    resolving_to(monkeypatch, ["127.0.0.1", "127.0.0.2"])
    app = Http(f"http://backend.test:{echo.port}/", backends=HttpBackends(deny_networks=["127.0.0.0/8"]))
    response = call_app(app, request_of())
    assert (response.status_code, json.loads(response.body())) == (500, {"message": "Internal server error"})
    assert echo.connections == 0


def test_of_several_addresses_the_others_are_called(echo, request_of, monkeypatch):
    resolving_to(monkeypatch, ["127.0.0.9", "127.0.0.1"])
    app = Http(f"http://backend.test:{echo.port}/", backends=HttpBackends(deny_networks=["127.0.0.9"]))
    assert call_app(app, request_of()).status_code == 200


def test_a_name_that_means_another_address_the_next_time_gains_nothing(echo, request_of, monkeypatch):
    resolving_to(monkeypatch, ["127.0.0.1"], ["127.0.0.9"])
    app = Http(f"http://backend.test:{echo.port}/", backends=HttpBackends(deny_networks=["127.0.0.9"]))
    assert call_app(app, request_of()).status_code == 200
    app.close()  # or the connection to the first address, which is allowed, would be used again
    assert call_app(app, request_of()).status_code == 500
    assert echo.connections == 1


def held(serve):
    """A backend that answers when it is told to, and how to tell."""
    arrived, go = threading.Semaphore(0), threading.Event()

    def talk(peer):
        while peer.request():
            arrived.release()
            go.wait(5)
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    return serve(talk), arrived, go


def test_a_request_for_which_there_is_no_place_is_503_at_once(serve, request_of):
    backend, arrived, go = held(serve)
    backends = HttpBackends(most_at_once=1)
    first, second = (Http(f"{backend.url}/{path}", backends=backends) for path in "ab")
    answers = []
    waiting = threading.Thread(target=lambda: answers.append(call_app(first, request_of()).body()))
    waiting.start()
    assert arrived.acquire(timeout=5)
    refused = call_app(second, request_of())
    go.set()
    waiting.join()
    assert (refused.status_code, json.loads(refused.body())) == (503, {"message": "Service Unavailable"})
    assert answers == [b"ok"]
    assert call_app(second, request_of()).body() == b"ok"
    first.close()
    second.close()


def test_places_are_of_one_endpoint_and_come_back_when_it_fails(echo, request_of):
    backends = HttpBackends(most_at_once=1)
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    gone = Http(f"http://127.0.0.1:{port}/", backends=backends)
    assert [call_app(gone, request_of()).status_code for _ in range(3)] == [500, 500, 500]
    assert call_app(Http(echo.url, backends=backends), request_of()).status_code == 200


def api_of(uri):
    integration = IntegrationConfig(type="HTTP_PROXY", http_method="GET", uri=uri)
    return RestApiConfig(resources={"/": {"GET": MethodConfig(http_method="GET", integration=integration)}})


def test_a_gateway_is_told_for_all_of_its_backends(echo, request_of, monkeypatch):
    backends = HttpBackends(deny_networks=INTERNAL)
    with pytest.raises(ConfigError, match="deny_networks"):
        Gateway(api_of(echo.url), http=backends)
    resolving_to(monkeypatch, ["127.0.0.1"])
    gateway = Gateway(api_of(f"http://backend.test:{echo.port}/"), http=backends)
    assert (call_app(gateway, request_of()).status_code, echo.connections) == (500, 0)


def test_a_gateway_takes_nothing_else_for_it():
    with pytest.raises(ConfigError, match="http is an HttpBackends"):
        Gateway(RestApiConfig(), http={"deny_networks": INTERNAL})
