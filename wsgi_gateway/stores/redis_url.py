"""What a URL of a Redis store says, checked.

::

    redis://[[user]:password@]host[:port][/db][?option=value&...]
    rediss://...                                                     the same over TLS
    redis+cluster://[...@]host[:port][,host[:port]...][?...]         any nodes of a cluster
    rediss+cluster://...

==================  ==================================================================================
Option              Meaning
==================  ==================================================================================
``prefix``          what all keys begin with; default ``wg``. Gateways with the same one count together
``clock``           ``server`` (default): the Redis server's; ``caller``: the ``now`` that is given
``timeout``         seconds for connecting, and as many for a request with its whole reply; default 0.25
``ssl_ca_certs``    file of certificates to trust instead of the system's
``ssl_certfile``    file of the certificate to show to the server
``ssl_keyfile``     file of its key
``ssl_cert_reqs``   ``required`` (default) or ``none``
==================  ==================================================================================

Signs with a meaning in URLs are percent-encoded in user and password. A URL is never repeated in an error,
because it may contain a password::

    >>> from wsgi_gateway.stores.redis_url import RedisUrl
    >>> url = RedisUrl.read("redis://:secret@limits.internal/2?prefix=shop")
    >>> url, url.prefix
    (<redis://limits.internal:6379/2>, 'shop')

Not for: Sentinel, or unix sockets.

Source: https://www.iana.org/assignments/uri-schemes/prov/redis
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NoReturn
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from wsgi_gateway.config.spelling import closest
from wsgi_gateway.errors import ConfigError

SCHEMES = ("redis", "rediss", "redis+cluster", "rediss+cluster")
"""The schemes that are understood."""

_UNSPLIT = "store URL: its user, password or host has signs that must be percent-encoded, such as [ or ]"

_TLS_OPTIONS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile", "ssl_cert_reqs")
_PREFIX = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_DATABASE = re.compile(r"/?|/[0-9]{1,5}")


@dataclass(frozen=True, slots=True, repr=False)
class RedisUrl:
    """Where a Redis store is, and how it is spoken to."""

    scheme: str
    nodes: tuple[tuple[str, int], ...]
    """Host and port of the server, or of some nodes of the cluster."""
    db: int = 0
    username: str | None = None
    password: str | None = None
    prefix: str = "wg"
    server_clock: bool = True
    timeout: float = 0.25
    """Seconds."""
    tls_options: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, url: str) -> RedisUrl:
        """Read a URL. Raises :class:`~wsgi_gateway.errors.ConfigError` for what cannot work."""
        scheme, separator, rest = url.partition("://")
        scheme = scheme.lower()
        if not separator or scheme not in SCHEMES:
            raise ConfigError(f"store URL: it must begin with {', '.join(f'{name}://' for name in SCHEMES)}")
        parts = _split(rest)
        secrets, _, hosts = parts.netloc.rpartition("@")
        username, _, password = secrets.partition(":")
        if parts.fragment or not _DATABASE.fullmatch(parts.path):
            raise ConfigError("store URL: behind the host there may be /, the number of a database, options")
        db = int(parts.path.lstrip("/") or 0)
        nodes = tuple(_node(host) for host in hosts.split(","))
        if scheme.endswith("+cluster") and db:
            raise ConfigError("store URL: a Redis Cluster has database 0 only")
        if not scheme.endswith("+cluster") and len(nodes) > 1:
            raise ConfigError(f"store URL: {scheme}:// has one host; for the nodes of a cluster: +cluster")
        return cls(
            scheme,
            nodes,
            db,
            unquote(username) or None,
            unquote(password) or None,
            **_options(parts.query, tls=scheme.startswith("rediss")),  # type: ignore[arg-type]
        )

    @property
    def tls(self) -> bool:
        """Whether connections are encrypted."""
        return self.scheme.startswith("rediss")

    @property
    def cluster(self) -> bool:
        """Whether this is a Redis Cluster."""
        return self.scheme.endswith("+cluster")

    def __repr__(self) -> str:
        hosts = ",".join(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.nodes)
        return f"<{self.scheme}://{hosts}/{self.db}>"


def _node(text: str) -> tuple[str, int]:
    """``host``, ``host:port`` or ``[::1]:port``."""
    try:
        parts = _split(text)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or port == 0 or text.endswith(":"):
        raise ConfigError("store URL: each host must be written as host, host:port or [IPv6]:port")
    return host, port or 6379


def _options(query: str, *, tls: bool) -> dict[str, object]:
    found: dict[str, object] = {}
    ssl: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in found or name in ssl:
            raise ConfigError("store URL: an option is there twice")
        if name == "prefix" and _PREFIX.fullmatch(value):
            found["prefix"] = value
        elif name == "clock" and value in ("server", "caller"):
            found["server_clock"] = value == "server"
        elif name == "timeout":
            found["timeout"] = _seconds(value)
        elif name in _TLS_OPTIONS and tls and value:
            ssl[name] = value
        else:
            _refuse(name, ("prefix", "clock", "timeout", *(_TLS_OPTIONS if tls else ())))
    if ssl.get("ssl_cert_reqs", "none") not in ("none", "required"):
        raise ConfigError("store URL: ssl_cert_reqs is required or none")
    return {**found, "tls_options": ssl}


def _refuse(name: str, known: tuple[str, ...]) -> NoReturn:
    """An unknown option is named only if it is like a known one, and so no half of a password."""
    options = f"options are {', '.join(known)}"
    meant = closest(name, known)
    if name in known:
        raise ConfigError(f"store URL: {options}; that of {name} cannot be right")
    if name in _TLS_OPTIONS:
        raise ConfigError(f"store URL: {name} is for URLs that begin with rediss")
    if meant is not None:
        raise ConfigError(f"store URL: the option {name!r} is unknown; did you mean {meant!r}?")
    raise ConfigError(f"store URL: an option is unknown; {options}")


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0.001 <= seconds <= 60:
        raise ConfigError("store URL: timeout is in seconds, from 0.001 to 60")
    return seconds


def _split(rest: str) -> SplitResult:
    """What follows the scheme, taken apart. The library's errors repeat it, so they go no further."""
    try:
        return urlsplit(f"//{rest}")
    except ValueError:
        pass
    raise ConfigError(_UNSPLIT)
