"""Docs: a page that documents an API and tries it out, with its OpenAPI document. Off unless mounted.

::

    from wsgi_gateway import Gateway
    from wsgi_gateway.docs_app import WithDocs

    application = WithDocs(Gateway("api.yaml", app))                  # the page at /docs/

======================  ====================================================================
``/docs/``              the page: Swagger UI, from this package, nothing from elsewhere
``/docs/openapi.json``  the document for callers (:mod:`wsgi_gateway.exports.published`),
``/docs/openapi.yaml``  OpenAPI 3.0
``/docs/swagger.json``  the same as Swagger 2.0, unless that has no words for the API
======================  ====================================================================

All URLs are relative, so the docs work under any SCRIPT_NAME and behind proxies that cut a part of the path
off; "Try it out" calls the API beside the page. Swagger 2.0 alone needs a whole path, and takes it from
SCRIPT_NAME. The page obeys a Content-Security-Policy without inline scripts, inline styles and other hosts,
and may not be framed.

:class:`Docs` is the page by itself, for another place: ``DomainName({"": gateway, "docs": Docs(gateway)})``,
or another host: ``Docs(api, server="https://api.example.com/prod")``, from where the API must allow CORS.

Everybody who reaches the docs may read them, for they have no authorizer: what they tell of an API is what
callers need and the texts of its definition, never integrations, functions, ARNs or templates. Wrap them in a
middleware of yours if that is too much.

Not for: signing requests (AWS_IAM); documentation parts, which definitions have no place for here.

The name of the folder: ``docs`` alone is what projects call their own. AWS has no docs page; what it exports
is :mod:`wsgi_gateway.exports`.

Source: https://swagger.io/docs/open-source-tools/swagger-ui/usage/configuration/
"""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urljoin, urlsplit

from wsgi_gateway.config import RestApiConfig
from wsgi_gateway.docs_app.page import Page, not_allowed, not_found, redirect
from wsgi_gateway.docs_app.places import check_path, shadowed, shown
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.exports import as_text
from wsgi_gateway.exports.published import published

if TYPE_CHECKING:
    from wsgi_gateway.typing import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["Docs", "WithDocs"]

logger = logging.getLogger("wsgi_gateway")

_VENDORED = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
_JSON = "application/json"
_YAML = "application/yaml"
_HTML = "text/html; charset=utf-8"
_HTML_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" type="image/png" href="favicon-32x32.png">
<link rel="stylesheet" href="swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<noscript><p>This page is made by a script. The documents below say the same.</p></noscript>
<footer class="swagger-ui"><div class="wrapper"><p>{links}</p></div></footer>
<script src="swagger-ui-bundle.js"></script>
<script src="docs.js"></script>
</body>
</html>
"""
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src {hosts}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_RELATIVE = re.compile(r"(?!//)(?:/|\.\.?(?:/|$))[A-Za-z0-9._~!$&'()*+,;=:@%/-]*")
_HOST = re.compile(r"[A-Za-z0-9._\[\]:-]+")
_UNKNOWN_YET = "\ufdd0"
_BASE_PATH_MARK = f'"{_UNKNOWN_YET}"'
"""Where the base path will stand, as JSON: a text of one letter that no text has, a noncharacter."""


class HasApi(Protocol):
    """A Gateway, a Definition: what has an API."""

    @property
    def api(self) -> RestApiConfig:
        """The API."""


class Docs:
    """The docs of one API, a WSGI app. Mount it at a path of its own.

    :param api: a RestApiConfig, or what has one as ``api``, such as a Gateway.
    :param server: where the API is served: a URL, or a reference relative to the page, which by default is
        one level below the API.

    Raises ConfigError for what has no API, for an API that no document can describe, and for a ``server``
    that is no such place.
    """

    def __init__(self, api: RestApiConfig | HasApi, *, server: str = "..") -> None:
        config = _api_of(api)
        self._server = server
        self._headers = _headers_of_page(server)
        texts = _documents(config, server)
        self._pages = {name: Page(text, kind) for name, (text, kind) in texts.items()}
        self._pages |= _files()
        self._pages[""] = Page(_page(config.name, texts), _HTML)
        swagger = texts.get("swagger.json", ("", ""))[0]
        self._before, has_mark, self._after = swagger.partition(_BASE_PATH_MARK)
        self._depends_on_place = bool(has_mark)
        self._swagger = lru_cache(maxsize=16)(self._swagger_under)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer with a page, a document or a file."""
        return self._answer(environ)(environ, start_response)

    def _answer(self, environ: WSGIEnvironment) -> WSGIApplication:
        name = environ.get("PATH_INFO", "")
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            return not_allowed()
        if not name:
            return redirect(environ)
        page = self._pages.get(name[1:])
        if page is None or not name.startswith("/"):
            return not_found(environ)
        if self._depends_on_place and name == "/swagger.json":
            page = self._swagger(environ.get("SCRIPT_NAME", ""))
        return page.answer(environ, self._headers)

    def _swagger_under(self, script_name: str) -> Page:
        """The Swagger document of an API that is served at a path known from the request only."""
        here = quote(script_name.encode("latin-1", "replace")) + "/"
        base = urljoin(here, self._server).rstrip("/") or "/"
        return Page(f'{self._before}"{base}"{self._after}', _JSON)


class WithDocs:
    """A gateway with its docs under a path.

    :param gateway: a Gateway, or an app that has one's API as ``api``.
    :param path: where, below the place where the gateway is mounted; ``/docs``.
    :param server: as :class:`Docs` has it; by default as many levels up as ``path`` is long.

    Requests to the path and below it are the docs' own; all other attributes are the gateway's.
    ``warnings`` has the gateway's, and the routes with a variable that would have served some of these
    requests (``/{proxy+}``).

    Raises ConfigError where the API has a resource at that path or below it, and for what Docs refuses.
    """

    def __init__(self, gateway: Any, path: str = "/docs", *, server: str | None = None) -> None:
        api = _api_of(gateway)
        with api.secrets.hiding():
            segments = check_path(path, api.resources)
        self.gateway = gateway
        self.docs = Docs(api, server="/".join([".."] * len(segments)) if server is None else server)
        self._path, self._below = path, path + "/"
        hidden = tuple(map(api.secrets.masked, shadowed(segments, api.resources)))
        self.warnings = (*getattr(gateway, "warnings", ()), *hidden)
        for warning in hidden:
            logger.warning("%s", warning)

    def __getattr__(self, name: str) -> Any:
        if name == "gateway":  # while it is being made, or unpickled
            raise AttributeError(name)
        return getattr(self.gateway, name)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Hand the request to the docs or to the gateway."""
        path = environ.get("PATH_INFO", "")
        if path != self._path and not path.startswith(self._below):
            served: Iterable[bytes] = self.gateway(environ, start_response)
            return served
        environ = {**environ, "SCRIPT_NAME": environ.get("SCRIPT_NAME", "") + self._path}
        environ["PATH_INFO"] = path[len(self._path) :]
        return self.docs(environ, start_response)


def _api_of(given: Any) -> RestApiConfig:
    """The API, or that of a Gateway. Raises ConfigError for what has none."""
    found = given if isinstance(given, RestApiConfig) else getattr(given, "api", None)
    if not isinstance(found, RestApiConfig):
        message = f"docs are those of a RestApiConfig or of a Gateway, not of a {type(given).__name__}"
        raise ConfigError([Problem("docs-api", message, hint="load() makes a RestApiConfig of a file")])
    return found


def _documents(api: RestApiConfig, server: str) -> dict[str, tuple[str, str]]:
    """The documents by name: text and media type."""
    is_relative = _is_relative(server)
    document = published(api, server=None if is_relative else server)
    if is_relative:
        document = {"openapi": document.pop("openapi"), "servers": [{"url": server}], **document}
    found = {
        "openapi.json": (as_text(document), _JSON),
        "openapi.yaml": (as_text(document, yaml=True), _YAML),
    }
    try:
        swagger = published(api, "swagger", server=None if is_relative else server)
    except ConfigError as error:
        name = api.secrets.hidden(api.name)
        logger.info("the docs of %s are without swagger.json: %s", name, error)
        return found
    if is_relative:
        swagger = {"swagger": swagger.pop("swagger"), "basePath": _UNKNOWN_YET, **swagger}
    found["swagger.json"] = (as_text(swagger), _JSON)
    return found


def _is_relative(server: str) -> bool:
    """Whether ``server`` is a reference. Raises ConfigError for what is neither that nor a URL."""
    if isinstance(server, str):
        if _RELATIVE.fullmatch(server):
            return True
        with suppress(ValueError):  # of brackets that hold no address
            split = urlsplit(server)
            if split.scheme in ("http", "https") and _HOST.fullmatch(split.netloc):
                return False
    hint = "https://api.example.com/prod, or relative to the page: .."
    raise ConfigError([Problem("docs-server", f"{shown(server)} is no place of an API", hint=hint)])


def _headers_of_page(server: str) -> list[tuple[str, str]]:
    hosts = "'self'"
    if not _is_relative(server):
        split = urlsplit(server)
        hosts += f" {split.scheme}://{split.netloc}"
    return [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        ("Content-Security-Policy", _CONTENT_SECURITY_POLICY.format(hosts=hosts)),
    ]


@cache
def _files() -> dict[str, Page]:
    """The files that are the same for all APIs, read and compressed once."""
    here = files(__name__)
    found = {name: Page((here / "swagger_ui" / name).read_bytes(), kind) for name, kind in _VENDORED.items()}
    return {**found, "docs.js": Page((here / "docs.js").read_bytes(), _VENDORED["swagger-ui-bundle.js"])}


def _page(title: str, documents: Mapping[str, Any]) -> str:
    links = " ".join(f'<a class="link" href="{name}">{name}</a>' for name in documents)
    return _HTML_PAGE.format(title=html.escape(title), links=links)
