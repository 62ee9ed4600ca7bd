"""What is refused about a body before anybody asks where the request goes."""

from __future__ import annotations

import gzip
import io
import json
from typing import Any

import pytest

from wsgi_gateway import Gateway, MethodConfig, RestApiConfig
from wsgi_gateway.wsgi import Response, call_app

API = RestApiConfig(resources={"/": {"POST": MethodConfig(http_method="POST")}})


def post(body: bytes, **more: Any) -> tuple[Response, list[bytes]]:
    """The answer, and the bodies that the app behind has read."""
    seen: list[bytes] = []

    def app(environ: Any, start_response: Any) -> Any:
        seen.append(environ["wsgi.input"].read())
        return Response("200 OK", [("Content-Type", "text/plain")], [b"ok"])(environ, start_response)

    environ = {"REQUEST_METHOD": "POST", "PATH_INFO": "/", "wsgi.input": io.BytesIO(body), **more}
    response = call_app(Gateway(API, app), environ)
    response.body()
    return response, seen


@pytest.mark.parametrize("coding", ["chunked", "Chunked", " chunked "])
def test_chunks_are_taken(coding: str) -> None:
    response, seen = post(b"tea", HTTP_TRANSFER_ENCODING=coding, **{"wsgi.input_terminated": True})
    assert (response.status_code, seen) == (200, [b"tea"])


@pytest.mark.parametrize(
    "coding",
    ["gzip, chunked", "gzip", "chunked, gzip", "chunked, chunked", "identity", "xchunked", "\x0bchunked"],
)
@pytest.mark.parametrize("length", ["", "23"], ids=["without a length", "with a length"])
def test_any_other_coding_is_refused_and_reaches_nobody(coding: str, length: str) -> None:
    body = gzip.compress(b"tea")
    environ = {"CONTENT_LENGTH": length, "HTTP_TRANSFER_ENCODING": coding, "wsgi.input_terminated": True}
    response, seen = post(body, **environ)
    assert (response.status_code, seen) == (400, [])
    assert json.loads(response.body()) == {"message": "Bad Request"}
