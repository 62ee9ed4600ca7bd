"""The document for callers: complete for readers and generators, silent about what stands behind the API."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from tests.exports.apis import apis
from wsgi_gateway import ConfigError, load
from wsgi_gateway.config import MethodConfig, MethodResponseConfig, ModelConfig, RestApiConfig
from wsgi_gateway.exports import FORMS
from wsgi_gateway.exports.published import published
from wsgi_gateway.exports.published.operations import operation_id

relaxed = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
every_form = pytest.mark.parametrize("form", FORMS)


def api_of(**resources: Any) -> RestApiConfig:
    return RestApiConfig(name="t", version="1", resources={
        path: {verb: replace(method, http_method=verb) for verb, method in verbs.items()}
        for path, verbs in resources.items()
    })  # fmt: skip


OPEN = MethodConfig(http_method="GET")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for verb, operation in item.items():
            yield path, verb, operation


def within(value: Any) -> Iterator[tuple[str, Any]]:
    """Every member of every mapping, whatever its depth."""
    if isinstance(value, dict):
        yield from value.items()
        for member in value.values():
            yield from within(member)
    elif isinstance(value, list):
        for member in value:
            yield from within(member)


def at(document: Any, ref: str) -> Any:
    for part in ref.removeprefix("#/").split("/"):
        document = document[part.replace("~1", "/").replace("~0", "~")]
    return document


@every_form
@relaxed
@given(api=apis())
def test_every_document_is_sound_for_readers(form: str, api: RestApiConfig) -> None:
    try:
        document = published(api, form)
    except ConfigError:
        assert form == "swagger"  # which has one schema for all media types of a body
        return
    names = [one["operationId"] for _, _, one in operations(document)]
    assert len({re.sub(r"[\W_]", "", name).lower() for name in names}) == len(names)
    for path, verb, operation in operations(document):
        assert verb in {"get", "put", "post", "delete", "options", "head", "patch"}
        declared = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
        assert declared == set(re.findall(r"\{(.*?)\}", path))
        assert operation["responses"]
        assert len(operation.get("security", [{}])) == 1
    assert published(api, form) == document


@every_form
@relaxed
@given(api=apis())
def test_nothing_of_what_stands_behind_the_api_is_told(form: str, api: RestApiConfig) -> None:
    try:
        document = published(api, form)
    except ConfigError:
        return
    text = json.dumps(document["paths"]) + json.dumps(document.get("securityDefinitions", {}))
    text += json.dumps(document.get("components", {}).get("securitySchemes", {}))
    assert "arn:" not in text
    assert "x-amazon" not in text
    assert "stageVariables" not in text


def test_generators_of_clients_can_read_every_document() -> None:
    schema = pytest.importorskip("openapi_python_client.schema")

    @relaxed
    @given(api=apis())
    def read(api: RestApiConfig) -> None:
        document = published(api)
        schema.OpenAPI.model_validate(document)
        for key, ref in within(document):
            if key == "$ref" and ref != "no reference":  # as stands in a default
                assert at(document, ref) is not None

    read()


def test_any_is_every_verb_that_the_resource_does_not_have() -> None:
    own = replace(OPEN, operation_name="own")
    [item] = published(api_of(**{"/a": {"GET": own, "ANY": replace(OPEN, operation_name="rest")}}))[
        "paths"
    ].values()
    assert item["get"]["operationId"] == "own"
    assert {verb: one["operationId"] for verb, one in item.items() if verb != "get"} == {
        verb: f"rest{verb.title()}" for verb in ("delete", "head", "options", "patch", "post", "put")
    }


def test_a_body_of_any_goes_with_the_verbs_that_have_bodies() -> None:
    api = api_of(**{"/a": {"ANY": replace(OPEN, request_models={"$default": "Empty"})}})
    [item] = published(replace(api, models={"Empty": ModelConfig(name="Empty", schema={})}))["paths"].values()
    assert {verb for verb, one in item.items() if "requestBody" in one} == {"patch", "post", "put"}
    assert list(item["put"]["requestBody"]["content"]) == ["application/json"]


def test_an_answer_of_any_media_type_is_told_as_json() -> None:
    answer = MethodResponseConfig(status_code=200, response_models={"$default": "Empty", "image/*": "Error"})
    document = published(api_of(**{"/": {"GET": replace(OPEN, method_responses={200: answer})}}))
    content = document["paths"]["/"]["get"]["responses"]["200"]["content"]
    assert set(content) == {"application/json", "image/*"}


def test_a_method_without_responses_has_one_of_its_own_copy() -> None:
    first, second = (published(api_of(**{"/": {"GET": OPEN}})) for _ in range(2))
    first["paths"]["/"]["get"]["responses"]["default"]["description"] = "changed"
    assert second["paths"]["/"]["get"]["responses"] == {"default": {"description": "Any response"}}


def test_a_greedy_variable_is_a_plain_one() -> None:
    document = published(api_of(**{"/files/{key+}": {"GET": OPEN}}))
    assert list(document["paths"]) == ["/files/{key}"]
    [parameter] = document["paths"]["/files/{key}"]["get"]["parameters"]
    assert (parameter["name"], parameter["in"], parameter["required"]) == ("key", "path", True)


@pytest.mark.parametrize(
    ("path", "verb", "expected"),
    [
        pytest.param("/", "GET", "rootGet", id="the root"),
        pytest.param("/{a}/{b}/{op}", "GET", "aBOpGet", id="variables, as in AWS's calculator"),
        pytest.param("/Pets/{pet-id}/photo.jpg", "DELETE", "petsPetIdPhotoJpgDelete", id="other letters"),
        pytest.param("/files/{key+}", "HEAD", "filesKeyHead", id="a greedy variable"),
    ],
)
def test_an_operation_without_a_name_is_named_after_path_and_verb(
    path: str, verb: str, expected: str
) -> None:
    assert operation_id(path, verb) == expected


def test_names_that_generators_would_take_for_one_get_numbers_and_declared_ones_stay() -> None:
    paths = {
        "/pets": {"GET": OPEN},  # petsGet
        "/a": {"GET": replace(OPEN, operation_name="pets_get")},
        "/b": {"GET": replace(OPEN, operation_name="PetsGet")},
        "/c": {"GET": replace(OPEN, operation_name="---")},
    }
    document = published(api_of(**paths))
    assert {path: one["operationId"] for path, _, one in operations(document)} == {
        "/a": "pets_get",
        "/b": "PetsGet2",
        "/c": "cGet",
        "/pets": "petsGet3",
    }


def test_an_api_without_a_version_has_one_for_readers_that_insist() -> None:
    assert published(replace(api_of(), version=None))["info"]["version"] == "0.0.0"
    assert published(api_of())["info"]["version"] == "1"


@every_form
def test_the_server_is_where_it_is_said_to_be(form: str) -> None:
    document = published(api_of(), form, server="https://a.example/prod")
    if form == "swagger":
        assert (document["host"], document["basePath"]) == ("a.example", "/prod")
    else:
        assert document["servers"] == [{"url": "https://a.example/prod"}]


def test_headers_that_openapi_tells_by_other_means_are_no_parameters() -> None:
    names = ["Accept", "content-type", "X-Trace"]
    parameters = {f"method.request.header.{name}": False for name in names}
    document = published(api_of(**{"/": {"GET": replace(OPEN, request_parameters=parameters)}}))
    assert [one["name"] for one in document["paths"]["/"]["get"]["parameters"]] == ["X-Trace"]


def test_models_that_no_method_leads_to_are_not_published() -> None:
    schemas = {
        "Order": {"type": "object", "properties": {"line": {"$ref": "#/components/schemas/Line"}}},
        "Line": {"type": "object"},
        "Secret": {"type": "object"},
    }
    document = {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {"/": {"get": {"responses": {"200": {
            "description": "",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
        }}}}},
        "components": {"schemas": schemas},
    }  # fmt: skip
    assert set(published(load(document))["components"]["schemas"]) == {"Order", "Line"}


def test_a_model_of_another_media_type_is_anything() -> None:
    answer = MethodResponseConfig(status_code=200, response_models={"application/xml": "Bill"})
    api = api_of(**{"/": {"GET": replace(OPEN, method_responses={200: answer})}})
    bill = ModelConfig(name="Bill", schema={"type": "object"}, content_type="application/xml")
    assert published(replace(api, models={"Bill": bill}))["components"]["schemas"] == {"Bill": {}}
