"""The page over HTTP, behind a proxy that cuts the path, and in a real browser where there is one."""

from __future__ import annotations

import http.client
import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest

from wsgi_gateway import Gateway
from wsgi_gateway.cli.server import RequestHandler, ThreadingWSGIServer
from wsgi_gateway.config import MethodConfig, MethodResponseConfig, RestApiConfig
from wsgi_gateway.docs_app import WithDocs
from wsgi_gateway.wsgi import Response

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
API = RestApiConfig(
    name="Shop <b>of</b> pets",
    resources={
        "/pets/{id}": {
            "GET": MethodConfig(
                http_method="GET", method_responses={200: MethodResponseConfig(status_code=200)}
            )
        }
    },
)


class QuietHandler(RequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The app behind a real server: its URL, without a slash at the end."""
    server = ThreadingWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(app)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def told_path(environ: Any, start_response: Any) -> Any:
    body = json.dumps([environ["SCRIPT_NAME"], environ["PATH_INFO"]]).encode()
    return Response("200 OK", [("Content-Type", "application/json")], [body])(environ, start_response)


def under(prefix: str, app: Any) -> Any:
    """What a proxy does that hands on a part of the path only, and tells nobody."""

    def proxied(environ: Any, start_response: Any) -> Any:
        path = environ["PATH_INFO"]
        if not path.startswith(prefix):
            return Response("404 Not Found", [("Content-Type", "text/plain")], [])(environ, start_response)
        inner = {**environ, "PATH_INFO": path[len(prefix) :]}
        inner.pop("RAW_URI", None)
        return app(inner, start_response)

    return proxied


def get(url: str) -> tuple[int, dict[str, str], bytes]:
    split = urlsplit(url)
    connection = http.client.HTTPConnection(split.netloc, timeout=30)
    try:
        connection.request("GET", split.path)
        response = connection.getresponse()
        return response.status, dict(response.headers), response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("prefix", ["", "/public/shop"], ids=["at the root", "behind a proxy"])
def test_every_reference_leads_where_it_should(prefix: str) -> None:
    with served(under(prefix, WithDocs(Gateway(API, told_path)))) as root:
        status, headers, _ = get(f"{root}{prefix}/docs")
        page = urljoin(f"{root}{prefix}/docs", headers["Location"])
        assert (status, page) == (307, f"{root}{prefix}/docs/")
        document = json.loads(get(urljoin(page, "openapi.json"))[2])
        base = urljoin(urljoin(page, "openapi.json"), document["servers"][0]["url"]).rstrip("/")
        status, _, body = get(f"{base}/pets/7")
        assert (status, json.loads(body)) == (200, ["", "/pets/7"])


@pytest.mark.skipif(BROWSER is None, reason="there is no browser to look at the page with")
def test_the_page_is_drawn_by_a_browser_that_obeys_its_policy(tmp_path: Path) -> None:
    with served(under("/public", WithDocs(Gateway(API, told_path)))) as root:
        command = [
            str(BROWSER),
            *("--headless=new", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000"),
            *("--enable-logging=stderr", f"--user-data-dir={tmp_path}", "--dump-dom", f"{root}/public/docs"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    assert 'data-path="/pets/{id}"' in done.stdout
    assert "Shop &lt;b&gt;of&lt;/b&gt; pets" in done.stdout
    assert "Content Security Policy" not in done.stderr
    assert "Refused to" not in done.stderr
