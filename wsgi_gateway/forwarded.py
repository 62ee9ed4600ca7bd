"""Who connected, when proxies of one's own stand in front of the server.

``X-Forwarded-For`` is what a client writes, and to what each proxy then appends whom it heard from. So
nothing of it can be believed but what one's own proxies appended, and how many of those there are only the
operator knows: with N of them the Nth entry from the right is the client::

    >>> environ = {"REMOTE_ADDR": "10.0.0.9", "HTTP_X_FORWARDED_FOR": "1.1.1.1, 192.0.2.7"}
    >>> source_ip(environ, 0), source_ip(environ, 1)
    ('10.0.0.9', '192.0.2.7')

With fewer entries than proxies the request came another way, and with something else than an address there
nobody can say: None. The server must be reachable by way of the proxies only, else anyone can add entries.

Not for: the scheme and the port that a client used; servers and their own settings know those.

Source: RFC 7239, section 7.4, on what of such chains can be trusted.
"""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgi_gateway.typing import WSGIEnvironment


def source_ip(environ: WSGIEnvironment, trusted_proxies: int) -> str | None:
    """The client's address as the server has it, or as the outermost trusted proxy does; None if unknown."""
    if not trusted_proxies:
        address = environ.get("REMOTE_ADDR") or None
        # A socket for both kinds writes the addresses of IPv4 as some of IPv6.
        return _address(address) or address if address is not None and address[:1] == ":" else address
    entries = environ.get("HTTP_X_FORWARDED_FOR", "").rsplit(",", trusted_proxies)
    return _address(_without_port(entries[-trusted_proxies])) if len(entries) >= trusted_proxies else None


def _without_port(entry: str) -> str:
    """An entry without the port that some proxies add."""
    entry = entry.strip()
    if entry[:1] == "[":
        return entry[1:].partition("]")[0]
    return entry.partition(":")[0] if entry.count(":") == 1 else entry


def _address(text: str) -> str | None:
    """An IP address as it is usually written; None if it is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)
