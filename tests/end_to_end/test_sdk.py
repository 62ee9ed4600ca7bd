"""The generated Python client calls a live gateway and gets typed results, an error's among them."""

from __future__ import annotations

import importlib
import io
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wsgi_gateway import Gateway, load
from wsgi_gateway.cli.server import RequestHandler, ThreadingWSGIServer
from wsgi_gateway.config import ApiKeyConfig, ApiStageConfig, UsagePlanConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sdk import LANGUAGES, write_sdk

pytest.importorskip("openapi_python_client")

KEY = "a-key-of-more-than-twenty-letters"
TOKEN = "Bearer ada"
PACKAGE = "generated_shop_client"
GUARD = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:guard/invocations"
)


def answers(**models: str) -> dict[str, Any]:
    return {
        status.lstrip("_"): {
            "description": "",
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{model}"}}},
        }
        for status, model in models.items()
    }


def mock(template: str, **selections: Any) -> dict[str, Any]:
    responses = {
        pattern: {"statusCode": pattern if pattern != "default" else "200", "responseTemplates": {
            "application/json": text
        }} for pattern, text in selections.items()
    }  # fmt: skip
    return {"type": "mock", "requestTemplates": {"application/json": template}, "responses": responses}


FOUND = '{"id": $input.params("pet-id"), "name": "Rex", "kind": "dog", "born": "2020-02-29", "owner": null}'
DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "Pet <shop>", "version": "2026-09-12T23:19:28Z"},
    "x-amazon-apigateway-request-validators": {"all": {"validateRequestBody": True}},
    "paths": {
        "/pets/{pet-id}": {
            "get": {
                "operationId": "GetPet",
                "security": [{"api_key": []}],
                "responses": answers(_200="Pet", _404="Error"),
                "x-amazon-apigateway-integration": mock(
                    '{"statusCode": #if($input.params("pet-id") == "404")404#{else}200#end}',
                    default=FOUND,
                    **{"404": '{"message": "no such pet"}'},
                ),
            },
        },
        "/pets": {
            "post": {
                "security": [{"guard": [], "api_key": []}],
                "requestBody": {"required": True, "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/NewPet"}}
                }},
                "x-amazon-apigateway-request-validator": "all",
                "responses": answers(_200="Pet", _400="Error"),
                "x-amazon-apigateway-integration": mock(
                    '{"statusCode": 200}',
                    default='{"id": 8, "name": "new", "kind": "cat"}',
                ),
            },
        },
        "/bills": {
            "post": {
                "requestBody": {"content": {
                    "application/xml": {"schema": {"$ref": "#/components/schemas/NewPet"}}
                }},
                "responses": {"200": {"description": "", "content": {
                    "text/plain": {"schema": {"$ref": "#/components/schemas/Pet"}}
                }}},
            },
        },
        "/{rest+}": {"x-amazon-apigateway-any-method": {"responses": {}}},
    },
    "components": {
        "securitySchemes": {
            "api_key": {"type": "apiKey", "name": "x-api-key", "in": "header"},
            "guard": {
                "type": "apiKey",
                "name": "Authorization",
                "in": "header",
                "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": GUARD},
            },
        },
        "schemas": {
            "NewPet": {
                "type": "object",
                "title": "Somebody new",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "kind": {"type": "string", "enum": ["cat", "dog"]},
                },
            },
            "Pet": {
                "type": "object",
                "required": ["id", "name"],
                "properties": {
                    "id": {"type": "integer"},
                    "name": {"type": "string"},
                    "kind": {"type": "string", "enum": ["cat", "dog"]},
                    "born": {"type": "string", "format": "date"},
                    "owner": {"type": "object", "nullable": True, "properties": {"name": {"type": "string"}}},
                },
            },
            "Error": {
                "type": "object",
                "title": "Error Schema",
                "properties": {"message": {"type": "string"}},
            },
        },
    },
}  # fmt: skip


def guard(event: Mapping[str, Any]) -> dict[str, Any]:
    effect = "Allow" if event["authorizationToken"] == TOKEN else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}


def echo(environ: Any, start_response: Any) -> list[bytes]:
    """The path, and what the body is and says."""
    body = environ["PATH_INFO"].encode("latin-1")
    if environ.get("CONTENT_TYPE"):
        sent = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        body = b" ".join([body, environ["CONTENT_TYPE"].encode(), sent])
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


class QuietHandler(RequestHandler):
    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    plan = UsagePlanConfig(id="p", keys=["k"], api_stages=[ApiStageConfig(stage="prod")])
    api = replace(load(DOCUMENT), api_keys=[ApiKeyConfig(id="k", value=KEY)], usage_plans=[plan])
    server = ThreadingWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(Gateway(api, echo, stage="prod", lambdas={"guard": guard}))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The generated package, imported; what the generator left out would be in the list."""
    folder = tmp_path_factory.mktemp("sdk") / "client"
    assert write_sdk(load(DOCUMENT), "python", folder, package=PACKAGE) == []
    sys.path.insert(0, str(folder))
    try:
        yield Sdk(folder)
    finally:
        sys.path.remove(str(folder))
        for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
            del sys.modules[name]


class Sdk:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.package: Any = importlib.import_module(PACKAGE)
        self.models: Any = importlib.import_module(f"{PACKAGE}.models")

    def operation(self, name: str) -> Any:
        return importlib.import_module(f"{PACKAGE}.api.default.{name}")

    def client(self, url: str, key: str = KEY) -> Any:
        return self.package.AuthenticatedClient(url, key, prefix="", auth_header_name="x-api-key")


def test_the_answer_is_an_object_of_the_responses_model(sdk: Sdk, url: str) -> None:
    with sdk.client(url) as client:
        pet = sdk.operation("get_pet").sync("7", client=client)
    assert type(pet) is sdk.models.Pet
    assert (pet.id, pet.name, pet.kind) == (7, "Rex", sdk.models.PetKind.DOG)
    assert (pet.born.isoformat(), pet.owner) == ("2020-02-29", None)


def test_an_error_is_an_object_of_its_own_model(sdk: Sdk, url: str) -> None:
    with sdk.client(url) as client:
        answer = sdk.operation("get_pet").sync_detailed("404", client=client)
    assert answer.status_code == 404
    assert type(answer.parsed) is sdk.models.Error
    assert answer.parsed.message == "no such pet"


def test_a_key_that_is_wrong_is_refused_by_the_gateway(sdk: Sdk, url: str) -> None:
    with sdk.client(url, "wrong") as client:
        answer = sdk.operation("get_pet").sync_detailed("7", client=client)
    assert (answer.status_code, answer.parsed) == (403, None)


def test_a_token_and_a_key_are_sent_together_and_the_body_is_the_models(sdk: Sdk, url: str) -> None:
    create, body = sdk.operation("pets_post"), sdk.models.NewPet(name="Tom")
    with sdk.package.AuthenticatedClient(url, "ada").with_headers({"x-api-key": KEY}) as client:
        pet = create.sync(client=client, body=body)
        refused = create.sync_detailed(client=client, body=sdk.models.NewPet(name=""))
    assert (type(pet), pet.kind) == (sdk.models.Pet, sdk.models.PetKind.CAT)
    assert (refused.status_code, type(refused.parsed)) == (400, sdk.models.Error)
    assert refused.parsed.message == "Invalid request body"
    with sdk.package.AuthenticatedClient(url, "eve").with_headers({"x-api-key": KEY}) as client:
        assert create.sync_detailed(client=client, body=body).status_code == 403


def test_the_verbs_of_any_are_functions_and_a_greedy_path_is_one_argument(sdk: Sdk, url: str) -> None:
    with sdk.package.Client(url) as client:
        answer = sdk.operation("rest_put").sync_detailed("a file", client=client)
    assert (answer.status_code, answer.content) == (200, b"/a file")


def test_a_body_that_is_no_json_is_sent_as_it_is_and_text_comes_as_text(sdk: Sdk, url: str) -> None:
    bill = importlib.import_module(f"{PACKAGE}.types").File(payload=io.BytesIO(b"<bill/>"))
    with sdk.package.Client(url) as client:
        answer = sdk.operation("bills_post").sync(client=client, body=bill)
    assert answer == "/bills application/xml <bill/>"


def is_installed(language: str) -> bool:
    try:
        return bool(LANGUAGES[language].find())
    except ConfigError:
        return False


@pytest.mark.parametrize(
    ("language", "file", "text"),
    [
        ("typescript", "schema.d.ts", "born?: string"),
        ("java", "src/main/java/shop/model/NewPet.java", "class NewPet"),
        ("go", "model_new_pet.go", "type NewPet struct"),
    ],
)
def test_other_generators_write_the_models_too(language: str, file: str, text: str, tmp_path: Path) -> None:
    if not is_installed(language):
        pytest.skip(f"{LANGUAGES[language].tool} is not installed")
    write_sdk(load(DOCUMENT), language, tmp_path / "client", package="shop")
    assert text in (tmp_path / "client" / file).read_text(encoding="utf-8")


def test_the_package_is_typed_named_and_versioned_as_packaging_takes_it(sdk: Sdk) -> None:
    assert (sdk.folder / PACKAGE / "py.typed").exists()
    assert 'version="2026.9.12.23.19.28"' in (sdk.folder / "setup.py").read_text(encoding="utf-8")
    assert not (sdk.folder / ".ruff_cache").exists()
