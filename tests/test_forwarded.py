"""Who connected: of X-Forwarded-For only what one's own proxies appended is believed."""

from __future__ import annotations

import pytest

from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.forwarded import source_ip

PEER = "10.0.0.9"


@pytest.mark.parametrize(
    ("chain", "proxies", "expected"),
    [
        pytest.param(None, 0, PEER, id="no proxy: the peer"),
        pytest.param("192.0.2.7", 0, PEER, id="no proxy: a forged header is not looked at"),
        pytest.param("192.0.2.7", 1, "192.0.2.7", id="one proxy: whom it heard from"),
        pytest.param("1.1.1.1, 192.0.2.7", 1, "192.0.2.7", id="one proxy: what stood there before is forged"),
        pytest.param(
            "1.1.1.1,192.0.2.7 , 10.0.0.1", 2, "192.0.2.7", id="two proxies: the second from the right"
        ),
        pytest.param("192.0.2.7", 2, None, id="fewer entries than proxies: nobody can say"),
        pytest.param(None, 1, None, id="no entry at all: nobody can say"),
        pytest.param("", 1, None, id="an empty header"),
        pytest.param("192.0.2.7,", 1, None, id="an empty entry"),
        pytest.param("192.0.2.7, unknown", 1, None, id="a word where the address should be"),
        pytest.param("_hidden, 192.0.2.7", 2, None, id="an obfuscated name"),
        pytest.param("192.0.2.7:4711", 1, "192.0.2.7", id="an address with a port"),
        pytest.param("[2001:db8::1]:4711", 1, "2001:db8::1", id="an IPv6 address with a port"),
        pytest.param("2001:DB8::1", 1, "2001:db8::1", id="an IPv6 address"),
        pytest.param("192.0.2.7.example", 1, None, id="a name that looks like one"),
    ],
)
def test_the_source_is_what_the_trusted_proxies_say(
    chain: str | None, proxies: int, expected: str | None
) -> None:
    environ = {"REQUEST_METHOD": "GET", "REMOTE_ADDR": PEER}
    if chain is not None:
        environ["HTTP_X_FORWARDED_FOR"] = chain
    assert source_ip(environ, proxies) == expected
    assert Context(environ, Deployment(trusted_proxies=proxies)).source_ip == expected


@pytest.mark.parametrize("address", ["::ffff:192.0.2.7", "::FFFF:192.0.2.7"])
def test_an_ipv4_address_that_a_dual_socket_writes_as_ipv6_is_one_of_ipv4(address: str) -> None:
    assert source_ip({"REMOTE_ADDR": address}, 0) == "192.0.2.7"
    assert source_ip({"HTTP_X_FORWARDED_FOR": address}, 1) == "192.0.2.7"
    assert source_ip({"REMOTE_ADDR": "::1"}, 0) == "::1"
    assert source_ip({"REMOTE_ADDR": ":odd"}, 0) == ":odd"


def test_a_server_without_an_address_leaves_it_open() -> None:
    assert source_ip({"REMOTE_ADDR": ""}, 0) is None
    assert source_ip({}, 0) is None
