"""Several OpenAPI documents as one API."""

from __future__ import annotations

import pytest

from wsgi_gateway import Gateway
from wsgi_gateway.config.check import check
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load, load_definition

X = "x-amazon-apigateway-"
FUNCTION = "arn:aws:apigateway:r:lambda:path/2015-03-31/functions/arn:aws:lambda:r:1:function:f/invocations"
RESPONSES = {"responses": {"200": {}, "206": {}}}


def document(paths=None, **members):
    return {"openapi": "3.0.1", "info": {"version": "1"}, "paths": paths or {}, **members}


def body(schema):
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def guard(name):
    uri = FUNCTION.replace("function:f", f"function:{name}")
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header"}
    return {
        "securitySchemes": {"guard": scheme | {X + "authorizer": {"type": "token", "authorizerUri": uri}}}
    }


def merged(*documents):
    warnings = []
    api = load(list(documents), warnings=warnings)
    return api, [problem.message for problem in warnings if problem.code == "merge-replaced"]


def test_methods_of_both_are_there_and_the_later_one_counts():
    base = document({"/a": {"get": RESPONSES, "post": RESPONSES}})
    api, told = merged(base, document({"/a": {"get": {"responses": {"200": {}, "400": {}}}}}))
    assert {verb: list(method.method_responses) for verb, method in api.resources["/a"].items()} == {
        "GET": [200, 400],
        "POST": [200, 206],
    }
    assert told == ["the method GET /a takes the place of that"]


def test_paths_that_only_one_document_has():
    api, told = merged(document({"/a": {"get": {}}}), document({"/b": {"get": {}}}))
    assert list(api.resources) == ["/a", "/b"]
    assert told == []


def test_the_same_document_twice_is_that_document():
    base = document({"/a": {"post": body({"type": "object"})}}, components=guard("f"))
    assert merged(base, base) == (load(base), [])


def test_one_document_in_a_list_is_that_document():
    base = document({"/a": {"post": body({"type": "object"})}})
    assert load([base]) == load(base)


def test_what_stands_at_the_root_is_for_the_methods_of_its_own_document():
    closed = document({"/a": {"get": {}}}, components=guard("f"), security=[{"guard": []}])
    api, _ = merged(closed, document({"/b": {"get": {}}}))
    kinds = {path: methods["GET"].authorization_type for path, methods in api.resources.items()}
    assert kinds == {"/a": "CUSTOM", "/b": "NONE"}


def test_documents_of_several_versions():
    old = {"swagger": "2.0", "paths": {"/a": {"get": {}}}, "definitions": {"A": {"type": "string"}}}
    api, _ = merged(old, document({"/b": {"get": {}}}, components={"schemas": {"B": {"type": "object"}}}))
    assert (list(api.resources), list(api.models)) == (["/a", "/b"], ["A", "B"])


@pytest.mark.parametrize(
    ("first", "second", "field", "expected"),
    [
        pytest.param({}, {}, "api_key_source", "HEADER", id="no key source"),
        pytest.param(
            {X + "api-key-source": "AUTHORIZER"},
            {},
            "api_key_source",
            "AUTHORIZER",
            id="the first key source",
        ),
        pytest.param(
            {X + "api-key-source": "AUTHORIZER"},
            {X + "api-key-source": "HEADER"},
            "api_key_source",
            "HEADER",
            id="the second key source",
        ),
        pytest.param(
            {X + "binary-media-types": ["a/b"]},
            {X + "binary-media-types": ["c/d", "a/b"]},
            "binary_media_types",
            ("a/b", "c/d"),
            id="the binary types of both",
        ),
        pytest.param({"info": {"title": "one"}}, {"info": {}}, "name", "one", id="the first title"),
        pytest.param(
            {"info": {"title": "one"}}, {"info": {"title": "two"}}, "name", "two", id="the second title"
        ),
        pytest.param(
            {X + "minimum-compression-size": 5},
            {X + "minimum-compression-size": 0},
            "minimum_compression_size",
            0,
            id="the second compression size",
        ),
    ],
)
def test_settings_of_the_api(first, second, field, expected):
    api, _ = merged(document(**first), document(**second))
    assert getattr(api, field) == expected


def test_a_policy_that_is_replaced_is_told():
    def policy(effect):
        statement = {"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}
        return {X + "policy": {"Version": "2012-10-17", "Statement": [statement]}}

    api, told = merged(document(**policy("Deny")), document(), document(**policy("Allow")))
    assert api.policy["Statement"][0]["Effect"] == "Allow"
    assert told == ["the resource policy takes the place of that"]


def test_an_authorizer_that_is_replaced_is_told_with_its_file(tmp_path):
    files = [tmp_path / "base.yaml", tmp_path / "more.yaml"]
    for name, file in zip("fg", files, strict=True):
        file.write_text(repr(document(components=guard(name))).replace("'", '"'))
    definition = load_definition(files)
    (warning,) = definition.warnings
    assert warning.message == f"the authorizer 'guard' takes the place of that of {files[0]}"
    assert (warning.place.file, warning.place.line) == (str(files[1]), 1)
    assert ":function:g/" in definition.api.authorizers["guard"].authorizer_uri


def schemas(**named):
    return {"components": {"schemas": named}}


def reference(name):
    return {"$ref": f"#/components/schemas/{name}"}


def test_a_model_that_is_replaced_is_replaced_for_those_that_refer_to_it():
    base = document(
        {"/a": {"post": body({"items": reference("Pet")})}},
        **schemas(
            Owner={"properties": {"pet": reference("Pet")}}, Pet={"type": "string"}, Other={"type": "null"}
        ),
    )
    more = document(**schemas(Pet={"properties": {"tag": reference("Tag")}}, Tag={"type": "integer"}))
    api, told = merged(base, more)
    new = {
        "Pet": {"properties": {"tag": {"$ref": "#/definitions/Tag"}}},
        "Tag": {"type": "integer"},
    }
    assert api.models["Owner"].schema["definitions"] == new
    assert api.models["PostARequest"].schema["definitions"] == new
    assert api.models["Other"].schema == {"type": "null"}
    assert told == ["the model 'Pet' takes the place of that"]
    assert check(api) == []


def test_models_of_schemas_in_place_do_not_clash():
    first = document({"/a/b": {"post": body({"type": "string"})}})
    second = document(
        {"/a-b": {"post": body({"type": "integer"})}}, **schemas(PostABRequest={"type": "array"})
    )
    api, told = merged(first, second)
    types = {
        path: api.models[methods["POST"].request_models["application/json"]].schema["type"]
        for path, methods in api.resources.items()
    }
    assert types == {"/a/b": "string", "/a-b": "integer"}
    assert api.models["PostABRequest"].schema == {"type": "array"}
    assert {model.name for model in api.models.values()} == set(api.models)
    assert told == []


def test_a_replaced_method_takes_its_model_along():
    first = document({"/a": {"post": body({"type": "string"})}})
    api, _ = merged(first, document({"/a": {"post": body({"type": "integer"})}}))
    assert {name: model.schema for name, model in api.models.items()} == {"PostARequest": {"type": "integer"}}


def test_a_gateway_serves_several_documents(tmp_path):
    files = [tmp_path / "a.yaml", tmp_path / "b.yaml"]
    for file, path in zip(files, ("/a", "/b"), strict=True):
        file.write_text(f"openapi: 3.0.1\npaths: {{{path}: {{get: {{}}}}}}\n")

    def app(environ, start_response):
        start_response("200 OK", [])
        return [environ["PATH_INFO"].encode()]

    gateway = Gateway(files, app)
    for path in ("/a", "/b"):
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_PROTOCOL": "HTTP/1.1"}
        assert b"".join(gateway(environ, lambda status, headers, exc_info=None: None)) == path.encode()


def test_the_mistakes_of_all_documents_are_told_at_once():
    wrong = document({"/a": {"get": {X + "request-validator": "none"}}})
    with pytest.raises(ConfigError) as caught:
        load([wrong, document({"b": {}}), wrong | {"info": 5}])
    assert sorted({problem.code for problem in caught.value.problems}) == [
        "path",
        "request-validator",
        "wrong-type",
    ]


def test_paths_that_clash_only_together_are_refused():
    with pytest.raises(ConfigError, match="A sibling"):
        load([document({"/pets/{id}": {"get": {}}}), document({"/pets/{name}": {"get": {}}})])


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        pytest.param([], "not an empty one", id="an empty list"),
        pytest.param([document(), {"Resources": {}}], "template", id="a template"),
        pytest.param([document(), {"a": 1}], "Invalid OpenAPI input", id="something else"),
        pytest.param([document(), 5], "a path or a mapping was expected", id="a number"),
        pytest.param([document(), [document()]], "a path or a mapping was expected", id="a list in a list"),
    ],
)
def test_what_does_not_merge_is_refused(sources, message):
    with pytest.raises(ConfigError, match=message):
        load(sources)


def test_what_is_said_once_for_the_api_is_told_when_it_is_replaced():
    first = {X + "api-key-source": "AUTHORIZER", X + "minimum-compression-size": 0}
    then = {X + "api-key-source": "HEADER", X + "minimum-compression-size": 9}
    api, told = merged(document(**first), document(**then))
    assert (api.api_key_source, api.minimum_compression_size) == ("HEADER", 9)
    assert told == [
        "the API key source takes the place of that",
        "the minimum compression size takes the place of that",
    ]
    assert merged(document(**first), document(**first))[1] == []


@pytest.mark.parametrize(
    ("second", "told"),
    [
        pytest.param(
            {}, ["no security of another file is for the methods of this one: GET /b is open"], id="open"
        ),
        pytest.param({"security": [{"guard": []}], "components": guard("g")}, [], id="guarded"),
        pytest.param({"security": []}, [], id="open on purpose"),
    ],
)
def test_the_security_of_one_root_is_not_for_the_methods_of_another(second, told):
    warnings = []
    base = document({"/a": {"get": {}}}, security=[{"guard": []}], components=guard("g"))
    api = load([base, document({"/b": {"get": {}}}, **second)], warnings=warnings)
    assert api.resources["/a"]["GET"].authorization_type == "CUSTOM"
    assert [one.message for one in warnings if one.code == "merge-unguarded"] == told
