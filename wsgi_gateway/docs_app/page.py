"""A page as it is answered: with a validator, compressed for those who take it, never sniffed.

Every answer says ``Cache-Control: no-cache`` and has an ``ETag`` of its content: browsers keep it and ask
whether it has changed, so a new version is seen at once, and an old one costs a 304. There is no
Last-Modified: the time when a document is made differs between processes, and that of a file from a wheel
means nothing.

Not for: ranges.

Source: RFC 9110, sections 8.8.3 and 13.1.2
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

from wsgi_gateway.mapping.codings import accepted_coding, encoded
from wsgi_gateway.wsgi import Response

if TYPE_CHECKING:
    from wsgi_gateway.typing import HeaderList, WSGIEnvironment

_WORTH_COMPRESSING = 1024
_TAG = re.compile(r'(?:W/)?("[^"]*")')
_PLAIN = "text/plain; charset=utf-8"
_NOSNIFF = ("X-Content-Type-Options", "nosniff")


class Page:
    """Content and its media type, compressed once.

    :param content: text, which is sent as UTF-8, or bytes.
    """

    def __init__(self, content: str | bytes, content_type: str) -> None:
        plain = content.encode("utf-8", "replace") if isinstance(content, str) else content
        tag = sha256(plain).hexdigest()[:32]
        self._type = content_type
        self._forms: dict[str | None, tuple[bytes, str]] = {None: (plain, f'"{tag}"')}
        if len(plain) > _WORTH_COMPRESSING and not content_type.startswith("image/"):
            self._forms["gzip"] = (encoded(plain, "gzip"), f'"{tag}-gzip"')

    def answer(self, environ: WSGIEnvironment, headers: HeaderList) -> Response:
        """200 with the content, or 304 to who has it; ``headers`` are added to either."""
        coding = accepted_coding(environ.get("HTTP_ACCEPT_ENCODING", "identity"))
        body, tag = self._forms.get(coding) or self._forms[None]
        answered = [*headers, ("ETag", tag), ("Cache-Control", "no-cache")]
        if len(self._forms) > 1:
            answered.append(("Vary", "Accept-Encoding"))
        if _is_known(environ.get("HTTP_IF_NONE_MATCH"), tag):
            return Response("304 Not Modified", answered, [])
        answered += [("Content-Type", self._type), ("Content-Length", str(len(body)))]
        if body is not self._forms[None][0]:
            answered.append(("Content-Encoding", "gzip"))
        return Response("200 OK", answered, [] if environ["REQUEST_METHOD"] == "HEAD" else [body])


def _is_known(if_none_match: str | None, tag: str) -> bool:
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in _TAG.findall(if_none_match)


def redirect(environ: WSGIEnvironment) -> Response:
    """To the same place with a slash behind it, in the end of its path only: relative references need it."""
    name = environ.get("SCRIPT_NAME", "").rpartition("/")[2]
    location = f"./{quote(name.encode('latin-1', 'replace'))}/"
    return _told("307 Temporary Redirect", "", environ, ("Location", location))


def not_found(environ: WSGIEnvironment) -> Response:
    """404, without a word of what was asked for."""
    return _told("404 Not Found", "There is no such page.\n", environ)


def not_allowed() -> Response:
    """405: docs are read."""
    return _told("405 Method Not Allowed", "The docs can be read only.\n", None, ("Allow", "GET, HEAD"))


def _told(status: str, text: str, environ: WSGIEnvironment | None, *headers: tuple[str, str]) -> Response:
    has_body = environ is None or environ["REQUEST_METHOD"] != "HEAD"
    answered = [*headers, _NOSNIFF, ("Content-Type", _PLAIN), ("Content-Length", str(len(text)))]
    return Response(status, answered, [text.encode()] if has_body else [])
