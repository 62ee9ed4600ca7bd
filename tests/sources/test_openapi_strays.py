"""Protection in vain, spelt right in the wrong place or spelt wrong, stops the load."""

from __future__ import annotations

import copy

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load
from wsgi_gateway.sources.document import NODE_LIMIT
from wsgi_gateway.sources.protection import is_extension

X = "x-amazon-apigateway-"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}],
}
SCHEME = {"type": "apiKey", "in": "header", "name": "Authorization", X + "authtype": "awsSigv4"}


def schema():
    return {"type": "object", "properties": {"a": {"type": "array", "items": {"type": "string"}}}}


def whole():
    """A sound document with an object of every kind."""
    operation = {
        "tags": ["t"],
        "externalDocs": {"url": "https://x"},
        "callbacks": {"c": {"{$request.body#/u}": {"post": {"responses": {}}}}},
        "parameters": [{"name": "q", "in": "query", "schema": {"type": "string"}}],
        "requestBody": {"content": {"application/json": {"schema": schema()}}},
        "responses": {
            "200": {"description": "ok", "headers": {"X": {"schema": {"type": "string"}}}},
            "default": {"description": "d", "headers": {}},
        },
        "servers": [{"url": "/o"}],
        X + "auth": {"type": "AWS_IAM"},
        X + "request-validator": "all",
        X + "integration": {
            "type": "mock",
            "responses": {"default": {"statusCode": "200"}},
            "requestTemplates": {"application/json": "{}"},
        },
    }
    return {
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1", "contact": {"name": "c"}, "license": {"name": "l"}},
        "externalDocs": {"url": "https://x"},
        "tags": [{"name": "t", "externalDocs": {"url": "https://x"}}],
        "servers": [{"url": "/v1", "variables": {"default": {"default": "v"}}}],
        "paths": {"/a": {"get": operation, "parameters": []}},
        "components": {
            "schemas": {"A": schema(), "default": {"type": "object", "allOf": [{"type": "object"}]}},
            "responses": {"R": {"description": "r"}},
            "headers": {"H": {"schema": {"type": "string"}}},
            "links": {"L": {"operationId": "o"}},
            "securitySchemes": {"s": SCHEME},
            "pathItems": {"/shared": {"get": {X + "auth": {"type": "AWS_IAM"}}}},
        },
        X + "endpoint-configuration": {"vpcEndpointIds": []},
        X + "documentation": {"documentationParts": [{"location": {"type": "API"}}]},
        X + "request-validators": {"all": {"validateRequestBody": True}},
        X + "policy": POLICY,
    }


PLACES = [
    ("externalDocs",),
    ("tags", 0),
    ("tags", 0, "externalDocs"),
    ("info", "contact"),
    ("info", "license"),
    ("servers", 0, "variables", "default"),
    ("components", "responses"),
    ("components", "responses", "R"),
    ("components", "headers"),
    ("components", "headers", "H"),
    ("components", "headers", "H", "schema"),
    ("components", "schemas", "A"),
    ("components", "schemas", "A", "properties", "a", "items"),
    ("components", "schemas", "default", "allOf", 0),
    ("components", "links", "L"),
    ("components", "pathItems", "/shared"),
    ("components", "pathItems", "/shared", "get"),
    ("paths", "/a", "get", "externalDocs"),
    ("paths", "/a", "get", "callbacks"),
    ("paths", "/a", "get", "callbacks", "c", "{$request.body#/u}", "post"),
    ("paths", "/a", "get", "parameters", 0, "schema"),
    ("paths", "/a", "get", "requestBody", "content", "application/json", "schema"),
    ("paths", "/a", "get", "responses", "200", "headers", "X"),
    ("paths", "/a", "get", "responses", "default"),
    ("paths", "/a", "get", "responses", "default", "headers"),
    ("paths", "/a", "get", "servers", 0),
    (X + "endpoint-configuration",),
    (X + "documentation",),
    (X + "documentation", "documentationParts", 0, "location"),
]


def at(document, path):
    for member in path:
        document = document[member]
    return document


def with_(path, name, value=POLICY):
    document = copy.deepcopy(whole())
    at(document, path)[name] = value
    return document


def problems(document):
    with pytest.raises(ConfigError) as caught:
        load(document)
    return caught.value.problems


def test_the_document_itself_is_sound():
    warnings = []
    assert load(whole(), warnings=warnings).policy is not None
    assert {problem.code for problem in warnings} == {
        "extension-ignored",
        "member-ignored",
        "response-ignored",
    }


@pytest.mark.parametrize("path", PLACES, ids=lambda path: ".".join(map(str, path)))
def test_a_policy_in_an_object_that_nobody_reads_stops_the_load(path):
    (problem,) = problems(with_(path, X + "policy"))
    assert (problem.code, problem.hint) == ("extension-misplaced", "it belongs to the document's root")
    assert problem.place.path.endswith(f"['{X}policy']")


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("policy", POLICY, "extension-misplaced"),
        ("policy", None, "extension-misplaced"),
        ("auth", {"type": "AWS_IAM"}, "extension-misplaced"),
        ("authorizer", {"type": "token"}, "extension-misplaced"),
        ("authtype", "awsSigv4", "extension-misplaced"),
        ("api-key-source", "HEADER", "extension-misplaced"),
        ("request-validator", "all", "extension-misplaced"),
        ("endpoint-configuration", {"disableExecuteApiEndpoint": True}, "extension-misplaced"),
        ("polcy", POLICY, "extension-unknown"),
        ("Policy", POLICY, "extension-unknown"),
        ("authrizer", {}, "extension-unknown"),
    ],
)
@pytest.mark.parametrize("path", [("externalDocs",), ("tags", 0), ("components", "schemas", "A")], ids=str)
def test_everything_that_protects_stops_the_load_there(path, name, value, code):
    assert [problem.code for problem in problems(with_(path, X + name, value)) if problem.hint] == [code]


@pytest.mark.parametrize("name", ["binary-media-types", "minimum-compression-size", "integration", "cors"])
def test_what_protects_nothing_does_not(name):
    load(with_(("externalDocs",), X + name, {}))


@pytest.mark.parametrize("name", ["info", "tags", "components"])
def test_one_misplaced_extension_is_one_problem(name):
    document = whole()
    if name == "tags":
        document["tags"][0] |= {X + "policy": POLICY, "deep": {X + "policy": POLICY}}
    else:
        document[name][X + "policy"] = {**POLICY, X + "policy": POLICY}
    assert [problem.code for problem in problems(document)] == ["extension-misplaced"] * (
        1 + (name == "tags")
    )


def test_it_is_told_where_it_stands(tmp_path):
    path = tmp_path / "api.yaml"
    path.write_text(
        'openapi: 3.0.1\ninfo: {title: t, version: "1"}\npaths: {}\ntags:\n  - name: a\n'
        "    x-amazon-apigateway-policy: {Statement: []}\n"
    )
    (problem,) = problems(path)
    assert (problem.place.file, problem.place.line, problem.place.column) == (str(path), 6, 5)
    assert problem.place.path == f"$.tags[0]['{X}policy']"


# ------------------------------------------------------------------------------------------------- data

LOOKS = {X + "policy": POLICY, "deep": [{X + "auth": {"type": "AWS_IAM"}}]}


@pytest.mark.parametrize("member", ["example", "examples", "default", "enum", "const"])
@pytest.mark.parametrize(
    "path",
    [
        ("components", "schemas", "A"),
        ("components", "schemas", "A", "properties", "a", "items"),
        ("components", "headers", "H", "schema"),
        ("paths", "/a", "get", "parameters", 0, "schema"),
    ],
    ids=str,
)
def test_data_of_schemas_may_look_like_anything(path, member):
    load(with_(path, member, [LOOKS]))


def test_examples_may_look_like_anything():
    for path in [
        ("components", "responses", "R"),
        ("paths", "/a", "get", "requestBody", "content", "application/json"),
    ]:
        load(with_(path, "examples", {"one": {"value": LOOKS}}))
        load(with_(path, "example", LOOKS))
    load(with_(("components",), "examples", {"one": {"value": LOOKS}}))


def test_a_body_may_have_a_member_of_any_name():
    path = ("components", "schemas", "A", "properties")
    load(with_(path, X + "policy", {"type": "object"}))
    document = with_(path, "default", {"type": "object", X + "policy": POLICY})
    assert [problem.code for problem in problems(document)] == ["extension-misplaced"]


@pytest.mark.parametrize("name", ["x-amzn-apigateway-api-id", "X-Amz-Security-Token", "x-amz-policy-id"])
def test_headers_of_amazons_are_no_extensions(name):
    document = with_(("components", "headers"), name, {"schema": {"type": "string"}})
    at(document, ("paths", "/a", "get", "responses", "200", "headers"))[name] = {}
    load(document)


# ------------------------------------------------------------------------------------------------- anchors


@pytest.mark.parametrize(
    "path", [(), ("components",), ("paths",), ("paths", "/a", "get", "responses")], ids=str
)
def test_below_an_extension_of_somebody_else_it_is_a_warning(path):
    document, warnings = with_(path, "x-mine", {"a": [{"default": {X + "policy": {"Statement": []}}}]}), []
    load(document, warnings=warnings)
    assert [problem.place.path[-len("policy']") :] for problem in warnings if "else" in problem.message] == [
        "policy']"
    ]


def test_what_yaml_repeats_from_there_counts_where_it_belongs(tmp_path):
    path, warnings = tmp_path / "api.yaml", []
    path.write_text(
        "openapi: 3.0.1\ninfo: {title: t, version: '1'}\n"
        "x-signed: &signed\n  x-amazon-apigateway-auth: {type: AWS_IAM}\n"
        "x-item: &item\n  post:\n    <<: *signed\n"
        "paths:\n  /a:\n    get: {<<: *signed, operationId: a}\n    put: *signed\n  /b: *item\n"
    )
    api = load(path, warnings=warnings)
    kinds = {method.authorization_type for methods in api.resources.values() for method in methods.values()}
    assert (kinds, warnings) == ({"AWS_IAM"}, [])


def test_a_path_item_may_stand_anywhere():
    document = {
        "openapi": "3.0.1",
        "paths": {"/a": {"$ref": "#/components/x-items/a"}, "/b": {"$ref": "#/components/pathItems/b"}},
        "components": {
            "x-items": {"a": {"get": {X + "auth": {"type": "AWS_IAM"}}}},
            "pathItems": {"b": {"get": {X + "auth": {"type": "AWS_IAM"}}}},
        },
    }
    warnings = []
    api = load(document, warnings=warnings)
    assert [methods["GET"].authorization_type for methods in api.resources.values()] == ["AWS_IAM"] * 2
    assert warnings == []


# ------------------------------------------------------------------------------------------------- hostile


def test_a_deep_document_is_looked_through_to_the_bottom():
    document = whole()
    inner = document["externalDocs"]
    for _ in range(120):
        inner["a"] = inner = {}
    load(document)
    inner[X + "policy"] = "x"
    assert [problem.code for problem in problems(document)] == ["extension-misplaced"]


def test_many_of_them_are_as_many_problems_as_a_report_keeps():
    tags = [{"name": "t", X + "policy": {}} for _ in range(20_000)]
    assert len(problems({"openapi": "3.0.1", "paths": {}, "tags": tags})) == 500
    warnings = []
    load({"openapi": "3.0.1", "paths": {}, "x-tags": tags}, warnings=warnings)
    assert len(warnings) == 500


def test_repeated_aliases_do_not_buy_endless_walks(tmp_path):
    path = tmp_path / "api.yaml"
    lines = ["a0: &a0 [{b: c}]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 3)}]" for n in range(1, 9))]
    text = "openapi: 3.0.1\npaths: {}\nx-a:\n" + "".join(f"  {line}\n" for line in lines)
    path.write_text(text)
    assert len(text) * 10 < NODE_LIMIT
    assert load(path).resources == {}


# ------------------------------------------------------------------------------------------------- spelling


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("x-amazn-api-gateway-policy", "policy"),
        ("x-amazom-api-gateway-policy", "policy"),
        ("x-aws-api-gateway-policy", "policy"),
        ("x-amz-api-gateway-policy", "policy"),
        ("x-amzn-api-gateway-policy", "policy"),
        ("x-apigw-policy", "policy"),
        ("x-api-gateway-policy", "policy"),
        ("x-api-gw-policy", "policy"),
        ("x-aws-policy", "policy"),
        ("X_AWS_APIGW_POLICY", "policy"),
        ("x-awsapigw-policy", "policy"),
        ("x-amz-apigateway-authorizer", "authorizer"),
        ("x-amzn-auth", "auth"),
        ("x-aws-api-gateway-authtype", "authtype"),
        ("x-apigw-request-validator", "request-validator"),
        ("x-api-gateway-api-key-source", "api-key-source"),
    ],
)
@pytest.mark.parametrize(
    "path", [(), ("paths", "/a"), ("paths", "/a", "get"), ("components", "securitySchemes", "s")], ids=str
)
def test_a_misspelt_extension_that_would_protect_stops_the_load(path, name, meant):
    (problem,) = problems(with_(path, name))
    assert (problem.code, problem.hint) == ("extension-unknown", f"did you mean '{X}{meant}'?")


@pytest.mark.parametrize(
    "name",
    [
        "x-kong-plugin-auth",
        "x-kong-apigateway-policy",
        "x-google-api-gateway-policy",
        "x-google-apigateway-auth",
        "x-google-audiences",
        "x-ms-api-gateway-auth",
        "x-yc-apigateway-authorizer",
        "x-auth-policy",
        "x-policy",
        "x-acme-api-gateway-policy",
        "x-amazing-auth",
        "x-amount-policy",
        "x-awesome-policy",
        "x-api-growth-policy",
        "x-aws-region",
        "x-amz-note",
    ],
)
@pytest.mark.parametrize(
    "path", [(), ("paths", "/a"), ("paths", "/a", "get"), ("components", "securitySchemes", "s")], ids=str
)
def test_extensions_of_others_do_not(path, name):
    assert not is_extension(name)
    load(with_(path, name))


# ------------------------------------------------------------------------------------------------- broken


def test_many_in_one_object_are_as_many_problems_as_a_report_keeps():
    names = {f"{X}policy{number}": {} for number in range(2_000)}
    assert len(problems({"openapi": "3.0.1", "paths": {}, "externalDocs": names})) == 500


@pytest.mark.parametrize("items", ["text", ["list"], {"a": "text", "b": None, "c": {"get": "text"}}], ids=str)
def test_shared_path_items_of_any_type_are_walked_past(items):
    load({"openapi": "3.0.1", "paths": {}, "components": {"pathItems": items}})


def test_what_is_wrong_with_servers_and_items_is_told_once():
    document = {"openapi": "3.0.1", "servers": ["text"], "paths": {"/a": "text", "/b": {"$ref": "#/nowhere"}}}
    assert sorted(problem.code for problem in problems(document)) == [
        "ref-not-found",
        "wrong-type",
        "wrong-type",
    ]
