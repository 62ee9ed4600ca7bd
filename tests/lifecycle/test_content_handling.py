"""The whole matrix of contentHandling and binaryMediaTypes, both ways.

On the way there types differ in what they make of a request; on the way back all answers are alike. Rows are
those of the developer guide's two tables, with what was recorded of them: bytes that are no text become
U+FFFD on the way of text, and what is not base64 cannot be decoded.
"""

from __future__ import annotations

import io

import pytest

from wsgi_gateway.config import IntegrationConfig, IntegrationResponseConfig
from wsgi_gateway.context import Context
from wsgi_gateway.errors import CONTEXT_KEY
from wsgi_gateway.lifecycle.integration_request import IntegrationRequest
from wsgi_gateway.lifecycle.integration_response import IntegrationResponse
from wsgi_gateway.wsgi import Response, call_app

TEXT, CODED, BYTES = b"plain words", b"/wA=", b"\xff\x00"
LOSSY = "\N{REPLACEMENT CHARACTER}\0".encode()
TO_TEXT, TO_BINARY = "CONVERT_TO_TEXT", "CONVERT_TO_BINARY"
every_type = pytest.mark.parametrize("kind", ["HTTP", "AWS", "WSGI"])


def received(kind, body, content_type, handling, listed, template=None):
    """What the integration gets, or the status that the client does."""
    got = []

    def integration(environ, start_response):
        got.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
        return Response("200 OK")(environ, start_response)

    environ = {
        "REQUEST_METHOD": "POST",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
    }
    if content_type is not None:
        environ["CONTENT_TYPE"] = content_type
    config = IntegrationConfig(
        type=kind,
        http_method="POST",
        content_handling=handling,
        request_templates={} if template is None else {"$default": template},
    )
    response = call_app(IntegrationRequest(integration, config, binary_media_types=listed), environ)
    return got[0] if got else response.status_code


# listed, Content-Type, handling: and what becomes of text, of base64, and of bytes
REQUESTS = [
    pytest.param([], "image/png", None, TEXT, CODED, LOSSY, id="nothing listed, no handling"),
    pytest.param([], "image/png", TO_TEXT, TEXT, CODED, LOSSY, id="nothing listed, to text"),
    pytest.param([], "image/png", TO_BINARY, 500, BYTES, 500, id="nothing listed, to binary"),
    pytest.param(["image/png"], "text/plain", None, TEXT, CODED, LOSSY, id="another listed, no handling"),
    pytest.param(["image/png"], "text/plain", TO_TEXT, TEXT, CODED, LOSSY, id="another listed, to text"),
    pytest.param(["image/png"], "text/plain", TO_BINARY, 500, BYTES, 500, id="another listed, to binary"),
    pytest.param(["image/png"], "image/png", None, TEXT, CODED, BYTES, id="listed, no handling"),
    pytest.param(["image/png"], "image/png", TO_BINARY, TEXT, CODED, BYTES, id="listed, to binary"),
    pytest.param(
        ["image/png"], "image/png", TO_TEXT, b"cGxhaW4gd29yZHM=", b"L3dBPQ==", CODED, id="listed, to text"
    ),
]


@every_type
@pytest.mark.parametrize(("listed", "content_type", "handling", "text", "coded", "raw"), REQUESTS)
def test_what_the_integration_gets(kind, listed, content_type, handling, text, coded, raw):
    outcomes = [received(kind, body, content_type, handling, listed) for body in (TEXT, CODED, BYTES)]
    assert outcomes == [text, coded, raw]


@every_type
@pytest.mark.parametrize("listed", [[], ["image/png"], ["*/*"]], ids=["nothing", "the type", "every type"])
@pytest.mark.parametrize("handling", [None, TO_TEXT, TO_BINARY])
def test_an_empty_body_stays_empty(kind, listed, handling):
    assert received(kind, b"", "image/png", handling, listed) == b""


@pytest.mark.parametrize(
    ("listed", "content_type", "is_binary"),
    [
        pytest.param(["image/*"], "image/png", True, id="a family"),
        pytest.param(["image/*"], "imagery/png", False, id="a family and not what begins like it"),
        pytest.param(["*/*"], "text/plain", True, id="everything"),
        pytest.param(["*/png"], "image/png", False, id="a wildcard on the left matches nothing"),
        pytest.param(["image/png"], "Image/PNG; q=1", True, id="parameters and case do not matter"),
        pytest.param(["image~1png"], "image/png", True, id="the escaped form of patch operations"),
        pytest.param(["application/json"], "application/json", True, id="even JSON"),
        pytest.param(["image/png"], None, False, id="no type at all"),
    ],
)
def test_which_types_of_requests_are_binary(listed, content_type, is_binary):
    assert received("HTTP", BYTES, content_type, None, listed) == (BYTES if is_binary else LOSSY)


@pytest.mark.parametrize(
    ("content_type", "handling", "body", "outcome"),
    [
        pytest.param("text/plain", None, BYTES, b"<" + LOSSY + b">", id="text"),
        pytest.param("image/png", TO_TEXT, BYTES, b"<" + CODED + b">", id="bytes as base64"),
        pytest.param("image/png", None, BYTES, 500, id="bytes"),
        pytest.param("image/png", TO_BINARY, BYTES, 500, id="bytes that stay bytes"),
        pytest.param("text/plain", TO_BINARY, CODED, 500, id="bytes decoded from base64"),
        pytest.param("image/png", None, b"", b"<{}>", id="no body"),
    ],
)
@every_type
def test_what_a_template_of_a_request_meets(kind, content_type, handling, body, outcome):
    assert received(kind, body, content_type, handling, ["image/png"], "<$input.body>") == outcome


def answered(body, payload_type, accept, handling, listed, template=None):
    """What the client gets, its body or the status of a refusal."""
    environ = {"REQUEST_METHOD": "GET"}
    if accept is not None:
        environ["HTTP_ACCEPT"] = accept
    environ[CONTEXT_KEY] = Context(environ)
    headers = [] if payload_type is None else [("Content-Type", payload_type)]
    config = IntegrationResponseConfig(
        status_code=200,
        content_handling=handling,
        response_templates={} if template is None else {"application/json": template},
    )
    app = IntegrationResponse(Response("200 OK", headers, [body]), [config], binary_media_types=listed)
    response = call_app(app, environ)
    return response.body() if response.status_code == 200 else response.status_code


PNG, PLAIN = "image/png", "text/plain"
# listed, type of the payload, Accept, handling: and what becomes of text, of base64, and of bytes
RESPONSES = [
    pytest.param([], PNG, PNG, None, TEXT, CODED, LOSSY, id="nothing listed, no handling"),
    pytest.param([], PNG, PNG, TO_TEXT, TEXT, CODED, LOSSY, id="nothing listed, to text"),
    pytest.param([], PNG, PNG, TO_BINARY, 500, BYTES, 500, id="nothing listed, to binary"),
    pytest.param([PNG], PLAIN, PLAIN, None, TEXT, CODED, LOSSY, id="text, text accepted, no handling"),
    pytest.param([PNG], PLAIN, PLAIN, TO_TEXT, TEXT, CODED, LOSSY, id="text, text accepted, to text"),
    pytest.param([PNG], PLAIN, PLAIN, TO_BINARY, 500, BYTES, 500, id="text, text accepted, to binary"),
    pytest.param([PNG], PLAIN, PNG, None, 500, BYTES, 500, id="text, binary accepted, no handling"),
    pytest.param([PNG], PLAIN, PNG, TO_BINARY, 500, BYTES, 500, id="text, binary accepted, to binary"),
    pytest.param([PNG], PLAIN, PNG, TO_TEXT, TEXT, CODED, LOSSY, id="text, binary accepted, to text"),
    pytest.param(
        [PNG],
        PNG,
        PLAIN,
        None,
        b"cGxhaW4gd29yZHM=",
        b"L3dBPQ==",
        CODED,
        id="binary, text accepted, no handling",
    ),
    pytest.param(
        [PNG],
        PNG,
        PLAIN,
        TO_TEXT,
        b"cGxhaW4gd29yZHM=",
        b"L3dBPQ==",
        CODED,
        id="binary, text accepted, to text",
    ),
    pytest.param([PNG], PNG, PLAIN, TO_BINARY, TEXT, CODED, BYTES, id="binary, text accepted, to binary"),
    pytest.param([PNG], PNG, PNG, None, TEXT, CODED, BYTES, id="binary, binary accepted, no handling"),
    pytest.param([PNG], PNG, PNG, TO_BINARY, TEXT, CODED, BYTES, id="binary, binary accepted, to binary"),
    pytest.param(
        [PNG],
        PNG,
        PNG,
        TO_TEXT,
        b"cGxhaW4gd29yZHM=",
        b"L3dBPQ==",
        CODED,
        id="binary, binary accepted, to text",
    ),
]


@pytest.mark.parametrize(("listed", "payload", "accept", "handling", "text", "coded", "raw"), RESPONSES)
def test_what_the_client_gets(listed, payload, accept, handling, text, coded, raw):
    outcomes = [answered(body, payload, accept, handling, listed) for body in (TEXT, CODED, BYTES)]
    assert outcomes == [text, coded, raw]


@pytest.mark.parametrize("listed", [[], [PNG], ["*/*"]], ids=["nothing", "the type", "every type"])
@pytest.mark.parametrize("accept", [None, PNG, PLAIN])
@pytest.mark.parametrize("handling", [None, TO_TEXT, TO_BINARY])
def test_an_empty_answer_stays_empty(listed, accept, handling):
    assert answered(b"", PNG, accept, handling, listed) == b""


@pytest.mark.parametrize(
    ("listed", "accept", "is_binary"),
    [
        pytest.param([PNG], "image/png, text/plain", True, id="the first entry counts"),
        pytest.param([PNG], "text/plain, image/png", False, id="and no other"),
        pytest.param([PNG], "text/plain;q=0.1, image/png;q=0.9", False, id="whatever it weighs"),
        pytest.param([PNG], "image/png;q=0.5", True, id="its weight does not matter"),
        pytest.param(["image/*"], "image/png", True, id="a family"),
        pytest.param([PNG], "image/*", False, id="a client's wildcard is no type"),
        pytest.param(["image/*"], "image/*", True, id="but the same one declared"),
        pytest.param([PNG], "*/*", False, id="a client's wildcard for everything"),
        pytest.param(["*/*"], "*/*", True, id="everything declared"),
        pytest.param(["*/*"], "text/plain", True, id="everything declared, anything accepted"),
        pytest.param(["*/png"], "image/png", False, id="a wildcard on the left matches nothing"),
        pytest.param([PNG], None, False, id="no Accept at all"),
        pytest.param([PNG], "", False, id="an empty Accept"),
    ],
)
def test_which_clients_accept_bytes(listed, accept, is_binary):
    listed = [*listed, "application/zip"]
    assert answered(BYTES, "application/zip", accept, None, listed) == (BYTES if is_binary else CODED)


@pytest.mark.parametrize(
    ("payload", "accept", "handling", "body", "outcome"),
    [
        pytest.param(PLAIN, PLAIN, None, TEXT, b"<plain words>", id="text"),
        pytest.param(PNG, PLAIN, None, BYTES, b"</wA=>", id="bytes as base64"),
        pytest.param(PNG, PNG, TO_TEXT, BYTES, b"</wA=>", id="bytes turned into base64"),
        pytest.param(PNG, PNG, None, BYTES, 500, id="bytes"),
        pytest.param(PLAIN, PLAIN, TO_BINARY, CODED, 500, id="bytes decoded from base64"),
        pytest.param(PNG, PNG, None, b"", b"<{}>", id="no body"),
    ],
)
def test_what_a_template_of_an_answer_meets(payload, accept, handling, body, outcome):
    assert answered(body, payload, accept, handling, [PNG], "<$input.body>") == outcome


@pytest.mark.parametrize("kind", ["HTTP_PROXY", "WSGI_PROXY"])
@pytest.mark.parametrize(
    ("content_type", "handling", "body", "outcome"),
    [
        pytest.param(PNG, TO_TEXT, BYTES, CODED, id="bytes to text"),
        pytest.param(PLAIN, TO_BINARY, CODED, BYTES, id="text to bytes"),
        pytest.param(PLAIN, TO_BINARY, TEXT, 500, id="text that is no base64 to bytes"),
        pytest.param(PNG, TO_BINARY, BYTES, BYTES, id="bytes that are bytes"),
        pytest.param(PLAIN, TO_TEXT, BYTES, BYTES, id="text that is text goes on untouched"),
        pytest.param(PLAIN, None, BYTES, BYTES, id="without handling everything does"),
    ],
)
def test_a_proxy_converts_what_its_content_handling_converts(kind, content_type, handling, body, outcome):
    assert received(kind, body, content_type, handling, [PNG]) == outcome


def test_a_function_is_given_what_its_event_says():
    assert received("AWS_PROXY", CODED, PLAIN, TO_BINARY, [PNG]) == CODED
