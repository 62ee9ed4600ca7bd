"""Every terminal app keeps PEP 3333, as the standard library's validator sees it."""

from __future__ import annotations

import io
import sys
from wsgiref.validate import validator

import pytest

from wsgi_gateway.integrations import Http, LambdaProxy, WsgiApp
from wsgi_gateway.wsgi import Response, call_app


def text(environ, start_response):
    return Response("200 OK", [("Content-Type", "text/plain")], [b"ok"])(environ, start_response)


def function(event, context):
    return {"statusCode": int(event["queryStringParameters"]["status"]), "body": "ok"}


@pytest.fixture(
    params=["http buffered", "http streamed", "http chunked", "lambda", "wsgi", "wsgi with a path"]
)
def app(request, serve):
    def talk(peer):
        while head := peer.request():
            status = head.split(b"status=")[1][:3]
            body = b"" if status in (b"204", b"304") or head.startswith(b"HEAD") else b"ok"
            framing = b"Content-Length: 2\r\n\r\n" + body
            if "chunked" in request.param:
                framing = b"Transfer-Encoding: chunked\r\n\r\n" + (b"2\r\nok\r\n0\r\n\r\n" if body else b"")
            kind = b"" if status in (b"204", b"304") else b"Content-Type: text/plain\r\n"
            peer.send(b"HTTP/1.1 " + status + b" X\r\n" + kind + framing)

    if request.param.startswith("http"):
        return Http(serve(talk).url, proxy=request.param != "http buffered")
    return {
        "lambda": LambdaProxy(function),
        "wsgi": WsgiApp(text),
        "wsgi with a path": WsgiApp(text, path="/v2/{x}"),
    }[request.param]


@pytest.mark.parametrize("status", [200, 204, 304, 404, 500])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE"])
def test_inside_and_outside(method, status, app):
    body = b"abc" if method == "POST" else b""
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": "/x",
        "QUERY_STRING": f"status={status}",
        "CONTENT_LENGTH": str(len(body)),
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    response = call_app(validator(app), environ)
    allowed = {b""} if response.status_code in (204, 304) else {b"", b"ok"} if method == "HEAD" else {b"ok"}
    assert response.body() in allowed
