"""Where key sets come from: a URL, an issuer's discovery document, or a file.

A source is asked for the whole set, with a number of seconds in which to answer::

    source = url_source("https://login.example.com/keys")
    fetched = source(1.5)          # Fetched(document={"keys": [...]}, max_age=3600)

URLs are ``https``; plain ``http`` is for this machine (``localhost``, 127.0.0.0/8, ::1), or said to be
wanted by ``allow_http``. No redirect is followed, nothing but 200 is an answer, at most 1 MiB is read, and
the seconds are for everything together, however slowly an answer drips. What an issuer's discovery document
says is only believed if it names exactly that issuer, and an ``https`` issuer cannot send us to an ``http``
URL.

Not for: keeping sets; :mod:`wsgi_gateway.authorizers.jwks` does.

Source: OpenID Connect Discovery 1.0, section 4.3; RFC 9111 (max-age).
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from wsgi_gateway.authorizers.jws import TokenRefused, json_object
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations.http_deadline import Deadline

if TYPE_CHECKING:
    from wsgi_gateway.integrations.http_session import EndpointSession

DOCUMENT_LIMIT = 1024 * 1024
"""Bytes of a key set, or of a discovery document."""

DISCOVERY = "/.well-known/openid-configuration"

_MAX_AGE = re.compile(r"""(?:^|[\s,])max-age\s*=\s*"?([0-9]{1,10})""", re.IGNORECASE)
_UNKEPT = re.compile(r"(?:^|[\s,])no-(?:store|cache)\b", re.IGNORECASE)


class SourceFailed(Exception):
    """There is no set to be had now. The text is for logs."""


class Fetched(NamedTuple):
    """A key set as parsed, and how many seconds its publisher says it keeps; None if it does not say."""

    document: dict[str, Any]
    max_age: int | None


class Downloaded(NamedTuple):
    """A body, and the seconds that it keeps."""

    body: bytes
    max_age: int | None


Source = Callable[[float], Fetched]
"""Gets a set within so many seconds. Raises :class:`SourceFailed`; whatever else it raises counts as that."""

Download = Callable[[str, Deadline], Downloaded]
"""Gets the body at a URL before the deadline. Raises :class:`SourceFailed`."""


def checked_url(url: str, what: str, *, allow_http: bool) -> SplitResult:
    """A URL that may be fetched, split. Raises ConfigError, naming ``what``."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # reading it is what checks it
    except ValueError:
        raise ConfigError(f"{what} is not a URL") from None
    # urlsplit drops some of these without a word, and others are read differently elsewhere.
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise ConfigError(f"{what} is not a URL")
    if not parts.hostname or "@" in parts.netloc or "#" in url:
        raise ConfigError(f"{what} needs a host, and can have neither user information nor fragment")
    plain_allowed = allow_http or is_loopback(parts.hostname)
    if parts.scheme != "https" and not (parts.scheme == "http" and plain_allowed):
        raise ConfigError(f"{what} must be https, or http on this machine")
    return parts


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by its name or address."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def url_source(url: str, *, allow_http: bool = False, download: Download | None = None) -> Source:
    """The set at a URL. Raises ConfigError for a URL that may not be fetched."""
    fetch = _fetching(checked_url(url, "the URL of a key set", allow_http=allow_http), download)

    def source(seconds: float) -> Fetched:
        return _key_set(fetch(url, Deadline(seconds)))

    return source


def issuer_source(issuer: str, *, allow_http: bool = False, download: Download | None = None) -> Source:
    """The set that an issuer's discovery document names; it is asked anew each time, for sets move.

    Raises ConfigError for an issuer that may not be asked.
    """
    parts = checked_url(issuer, "an issuer", allow_http=allow_http)
    if "?" in issuer:
        raise ConfigError("an issuer has no query string")
    fetch, discovery = _fetching(parts, download), issuer.removesuffix("/") + DISCOVERY

    def source(seconds: float) -> Fetched:
        deadline = Deadline(seconds)
        document = _parsed(fetch(discovery, deadline).body, "the discovery document")
        if document.get("issuer") != issuer:
            raise SourceFailed("the discovery document is another issuer's")
        url = _named_url(document, allow_http)
        if parts.scheme == "https" and not url.startswith("https:"):
            raise SourceFailed("the discovery document of an https issuer names an http URL")
        return _key_set(fetch(url, deadline))

    return source


def _named_url(document: dict[str, Any], allow_http: bool) -> str:
    url = document.get("jwks_uri")
    if not isinstance(url, str):
        raise SourceFailed("the discovery document names no jwks_uri")
    try:
        checked_url(url, "jwks_uri", allow_http=allow_http)
    except ConfigError as error:
        raise SourceFailed(str(error)) from None
    return url


def file_source(path: str | os.PathLike[str]) -> Source:
    """The set in a file, read anew each time."""

    def source(seconds: float) -> Fetched:
        try:
            with open(path, "rb") as file:
                body = file.read(DOCUMENT_LIMIT + 1)
        except OSError as error:
            raise SourceFailed(f"the key set's file cannot be read: {type(error).__name__}") from None
        return _key_set(Downloaded(body, 0))

    return source


def _key_set(downloaded: Downloaded) -> Fetched:
    if len(downloaded.body) > DOCUMENT_LIMIT:
        raise SourceFailed(f"the key set has more than {DOCUMENT_LIMIT} bytes")
    return Fetched(_parsed(downloaded.body, "the key set"), downloaded.max_age)


def _parsed(body: bytes, what: str) -> dict[str, Any]:
    try:
        return json_object(body, what)
    except TokenRefused as error:
        raise SourceFailed(error.reason) from None


# ---------------------------------------------------------------- over HTTP


def download_by_http(url: str, deadline: Deadline) -> Downloaded:
    """What a GET of the URL is answered with. Raises :class:`SourceFailed` for all but a 200 in time."""
    from wsgi_gateway.integrations.http_upload import Upload

    parts = urlsplit(url)
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    headers = [("Accept", "application/json"), ("Accept-Encoding", "identity"), ("Connection", "close")]
    try:
        session = _session(parts)
        reply = session.send("GET", target, headers, None, Upload({}, "GET", 0, deadline), deadline)
        try:
            if reply.head.status != 200:
                raise SourceFailed(f"the answer's status is {reply.head.status}")
            return Downloaded(_within_limit(reply), _max_age(reply.head.headers))
        finally:
            reply.close()
            session.close()
    except SourceFailed:
        raise
    except Exception as error:  # whichever of the client's it is, there is no set
        raise SourceFailed(f"the download failed: {type(error).__name__}: {error}") from None


def _fetching(parts: SplitResult, download: Download | None) -> Download:
    if download is not None:
        return download
    _session(parts)  # what it imports and reads takes its time, which is not to be that of the first request
    return download_by_http


def _session(parts: SplitResult) -> EndpointSession:
    from wsgi_gateway.integrations.http_session import EndpointSession

    port = parts.port or (443 if parts.scheme == "https" else 80)
    origin = f"{parts.scheme}://{parts.netloc}"
    return EndpointSession(origin, str(parts.hostname), port, skip_chain=False, session=None)


def _within_limit(parts: Iterable[bytes]) -> bytes:
    body = bytearray()
    for part in parts:
        body += part
        if len(body) > DOCUMENT_LIMIT:
            raise SourceFailed(f"the answer has more than {DOCUMENT_LIMIT} bytes")
    return bytes(body)


def _max_age(headers: list[tuple[str, str]]) -> int | None:
    """What Cache-Control says, less the Age that the answer has already."""
    said = {name.lower(): value for name, value in headers}
    control, age = said.get("cache-control", ""), said.get("age", "")
    if _UNKEPT.search(control):
        return 0
    found = _MAX_AGE.search(control)
    if found is None:
        return None
    return max(0, int(found[1]) - (int(age) if age.isdecimal() and len(age) < 11 else 0))
