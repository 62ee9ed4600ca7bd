"""HttpBackends: what holds for all HTTP backends of a gateway, beside what the definition says of each.

::

    >>> from wsgi_gateway.integrations.http_backends import INTERNAL, HttpBackends
    >>> backends = HttpBackends(deny_networks=[*INTERNAL, "198.51.100.0/24"], most_at_once=8)
    >>> backends.denies("169.254.169.254"), backends.denies("::ffff:10.0.0.1"), backends.denies("192.0.2.1")
    (True, True, False)

    gateway = Gateway("api.yaml", http=backends)

* ``deny_networks``: addresses that are never connected to, whatever a name resolves to. It is the address of
  the connection that is looked at, so a name that means another address the next time gains nothing. IPv4
  addresses are found in the IPv6 forms that carry them (mapped, compatible, translated, 6to4, Teredo, the two
  prefixes set aside for NAT64; a NAT64 prefix of one's own is to be listed). A backend of which all addresses
  are denied is 500, as one that does not resolve; a URI that has such an address for a host does not load.
* ``most_at_once``: how many requests may wait for one endpoint (scheme, host and port) in one process; one
  more is 503 ``Service Unavailable`` at once, so that a backend that hangs does not take all threads of the
  server. Choose less than the server has threads. An answer that streams counts until its beginning is there.

Both are this package's own: AWS's backends are reached from AWS's network, not from yours.

Not for: Lambda functions, AWS services; wrapped apps.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from wsgi_gateway.errors import ConfigError

INTERNAL = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.168.0.0/16", "::/128", "::1/128", "fc00::/7", "fe80::/10"),
)
"""Networks of a host and its neighbours: loopback, link-local (where clouds keep metadata), private."""

_AT_THE_END = tuple(map(IPv6Network, ("::/96", "::ffff:0:0:0/96", "64:ff9b::/96")))
"""Where the last 32 bits are an IPv4 address: compatible, translated, NAT64 (RFC 4291, 2765, 6052)."""

_LOCAL_NAT64 = IPv6Network("64:ff9b:1::/48")
"""For NAT64 with a prefix of any length in it (RFC 8215); whatever an address may mean there counts."""

_NOWHERE = IPv4Network("0.0.0.0/8")
_NO_ADDRESS = 2


class HttpBackends:
    """What holds for all HTTP backends.

    :param deny_networks: networks or addresses, such as ``10.0.0.0/8``; see :data:`INTERNAL`.
    :param most_at_once: requests that may wait for one endpoint in one process; None for any number.

    Raises ConfigError for what is no network, or no number above zero.
    """

    def __init__(self, *, deny_networks: Iterable[str] = (), most_at_once: int | None = None) -> None:
        if isinstance(deny_networks, str):
            raise ConfigError("deny_networks is a list of networks")
        try:
            self._networks = tuple(ip_network(network) for network in deny_networks)
        except ValueError as error:
            raise ConfigError(f"deny_networks: {error}") from error
        is_number = isinstance(most_at_once, int) and not isinstance(most_at_once, bool)
        if most_at_once is not None and not (is_number and most_at_once > 0):
            raise ConfigError(f"most_at_once is a number above zero, not {most_at_once!r}")
        self._most_at_once = most_at_once
        self._places: dict[str, threading.Semaphore] = {}

    def __repr__(self) -> str:
        return f"<HttpBackends without {len(self._networks)} networks, most at once: {self._most_at_once}>"

    def denies(self, address: str) -> bool:
        """Whether an address, as a socket tells it, must not be connected to."""
        return any(form in network for form in _forms(address) for network in self._networks)

    def places(self, origin: str) -> threading.Semaphore | None:
        """The places of one endpoint, to be taken without waiting; None without a limit."""
        if self._most_at_once is None:
            return None
        return self._places.setdefault(origin, threading.Semaphore(self._most_at_once))


def _forms(address: str) -> Iterator[IPv4Address | IPv6Address]:
    """An address and the IPv4 address in it; nothing for what is none, such as a name."""
    try:
        known = ip_address(address)
    except ValueError:
        return
    if isinstance(known, IPv6Address):
        # A zone tells the interface, not the network.
        known = IPv6Address(int(known))
        yield from _carried(known)
    yield known


def _carried(known: IPv6Address) -> Iterator[IPv4Address]:
    """The IPv4 addresses that may be meant by an IPv6 one."""
    yield from (form for form in (known.ipv4_mapped, known.sixtofour) if form is not None)
    yield from known.teredo or ()
    bits = int(known)
    # ``::`` and ``::1`` are addresses of their own.
    if bits >= _NO_ADDRESS and any(known in network for network in _AT_THE_END):
        yield IPv4Address(bits & 0xFFFF_FFFF)
    if known in _LOCAL_NAT64:
        readings = (
            IPv4Address(bits & 0xFFFF_FFFF),
            *(_around_zeros(bits, length) for length in (48, 56, 64)),
        )
        # The wrong ones are mostly zeros.
        yield from (reading for reading in readings if reading not in _NOWHERE)


def _around_zeros(bits: int, prefix: int) -> IPv4Address:
    """The address behind a NAT64 prefix of so many bits; bits 64 to 71 are none of it (RFC 6052)."""
    rest = bits & ((1 << (128 - prefix)) - 1)
    before = rest >> 64
    after = rest & ((1 << 56) - 1)
    return IPv4Address(((before << 56) | after) >> (56 + (64 - prefix) - 32))


ANY_BACKEND = HttpBackends()
"""Without any limit."""
