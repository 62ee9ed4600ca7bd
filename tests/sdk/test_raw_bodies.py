"""Bodies that are not JSON, as openapi-python-client can read them."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway.sdk.raw_bodies import as_raw

MODEL = {"$ref": "#/components/schemas/M"}
BYTES = {"type": "string", "format": "binary"}
TEXT = {"type": "string"}
OCTETS = "application/octet-stream"


def document(request: list[str], answer: list[str]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "responses": {"200": {"content": {one: {"schema": MODEL} for one in answer}}}
    }
    if request:
        operation["requestBody"] = {"content": {one: {"schema": MODEL} for one in request}}
    return {"paths": {"/": {"post": operation, "get": {"responses": {"204": {"description": ""}}}}}}


@pytest.mark.parametrize(
    ("media_type", "sent", "answered", "overrides"),
    [
        pytest.param("application/json", MODEL, MODEL, {}, id="JSON"),
        pytest.param("application/vnd.pets+JSON", MODEL, MODEL, {}, id="a kind of JSON"),
        pytest.param("application/xml", BYTES, BYTES, {"application/xml": OCTETS}, id="XML"),
        pytest.param("image/*", BYTES, BYTES, {"image/*": OCTETS}, id="pictures"),
        pytest.param(OCTETS, BYTES, BYTES, {}, id="bytes"),
        pytest.param("text/plain", BYTES, BYTES, {"text/plain": OCTETS}, id="text, both ways"),
    ],
)
def test_what_is_sent_and_answered(media_type: str, sent: Any, answered: Any, overrides: Any) -> None:
    made = document([media_type], [media_type])
    assert as_raw(made) == overrides
    operation = made["paths"]["/"]["post"]
    assert operation["requestBody"]["content"][media_type]["schema"] == sent
    assert operation["responses"]["200"]["content"][media_type]["schema"] == answered


def test_text_that_is_only_answered_is_text() -> None:
    made = document(["application/json"], ["text/html"])
    assert as_raw(made) == {}
    assert made["paths"]["/"]["post"]["responses"]["200"]["content"]["text/html"]["schema"] == TEXT


def test_forms_are_sent_by_their_model() -> None:
    forms = ["application/x-www-form-urlencoded", "multipart/form-data"]
    made = document(forms, [])
    assert as_raw(made) == {}
    assert [one["schema"] for one in made["paths"]["/"]["post"]["requestBody"]["content"].values()] == [
        MODEL,
        MODEL,
    ]
