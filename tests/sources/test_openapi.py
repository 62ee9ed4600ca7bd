"""Methods, bodies, models, validators and gateway responses of OpenAPI and Swagger documents."""

from __future__ import annotations

import pytest

from wsgi_gateway.config import (
    GatewayResponseConfig,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodResponseConfig,
    RequestValidatorConfig,
)
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load

X = "x-amazon-apigateway-"


def api_of(operation=None, *, item=None, warnings=None, **members):
    paths = {"/pets/{id}": {"get": operation or {}, **(item or {})}}
    return load({"openapi": "3.0.1", "paths": paths, **members}, warnings=warnings)


def method_of(operation=None, **members):
    return api_of(operation, **members).resources["/pets/{id}"]["GET"]


def refusal(call, *arguments, **members):
    with pytest.raises(ConfigError) as caught:
        call(*arguments, **members)
    return [problem.code for problem in caught.value.problems]


def integration(**fields):
    return {X + "integration": {"type": "mock", "responses": {"default": {"statusCode": 200}}, **fields}}


def test_a_method_without_integration_belongs_to_the_wrapped_app():
    method = method_of({"operationId": "getPet"})
    assert (method.integration, method.operation_name, method.authorization_type) == (None, "getPet", "NONE")


def test_an_integration_that_lost_its_members_is_refused():
    assert refusal(method_of, {X + "integration": None}) == ["integration-empty"]


def test_any_method():
    api = load({"swagger": "2.0", "paths": {"/a": {X + "any-method": {}, "post": {}}}})
    assert sorted(api.resources["/a"]) == ["ANY", "POST"]


def test_parameters_of_path_and_operation():
    method = method_of(
        {
            "parameters": [
                {"name": "q", "in": "query"},
                {"name": "shared", "in": "header", "required": False},
                {"$ref": "#/components/parameters/Page"},
            ]
        },
        item={
            "parameters": [
                {"name": "id", "in": "path", "required": True},
                {"name": "shared", "in": "header", "required": True},
            ]
        },
        components={"parameters": {"Page": {"name": "page", "in": "query", "required": True}}},
    )
    assert method.request_parameters == {
        "method.request.path.id": True,
        "method.request.header.shared": False,
        "method.request.querystring.q": False,
        "method.request.querystring.page": True,
    }


@pytest.mark.parametrize(
    ("parameter", "code"),
    [
        pytest.param({"in": "query"}, "parameter", id="no name"),
        pytest.param({"name": "a"}, "parameter", id="no place"),
        pytest.param({"name": "a", "in": "qurey"}, "parameter", id="an unknown place"),
        pytest.param({"name": "a[b]", "in": "query"}, "parameter-name", id="brackets in the name"),
        pytest.param({"$ref": "#/components/parameters/X"}, "ref-not-found", id="a reference to nothing"),
        pytest.param({"$ref": "other.yaml#/X"}, "ref-external", id="a reference to another file"),
        pytest.param({"$ref": 5}, "wrong-type", id="a reference that is no text"),
        pytest.param({"$ref": "#/paths/~1pets~1{id}/get/parameters/0"}, "ref-not-found", id="into a list"),
        pytest.param("a", "wrong-type", id="a text"),
    ],
)
def test_bad_parameters_are_refused(parameter, code):
    assert refusal(method_of, {"parameters": [parameter]}) == [code]


def test_a_reference_without_quotes_is_a_comment_and_said_to_be_one(tmp_path):
    file = tmp_path / "api.yaml"
    file.write_text(
        "openapi: 3.0.1\ninfo: {title: t}\npaths:\n  /a:\n    get:\n      parameters:\n"
        "        - $ref: #/components/parameters/P\n"
    )
    with pytest.raises(ConfigError) as caught:
        load(file)
    (problem,) = caught.value.problems
    assert (problem.message, problem.place.line) == ("$ref is empty", 7)
    assert "put it in quotes" in problem.hint


@pytest.mark.parametrize(("written", "hint"), [("yes", "true and false alone"), ("maybe", None)])
def test_words_that_were_true_and_false_in_older_yaml_come_with_a_hint(written, hint):
    validators = {X + "request-validators": {"all": {"validateRequestBody": written}}}
    with pytest.raises(ConfigError) as caught:
        method_of({}, **validators)
    (problem,) = caught.value.problems
    assert problem.message == "true or false was expected, not text"
    assert problem.hint is None if hint is None else hint in problem.hint


def test_a_reference_to_itself_is_refused():
    components = {"parameters": {"A": {"$ref": "#/components/parameters/A"}}}
    operation = {"parameters": [{"$ref": "#/components/parameters/A"}]}
    assert refusal(method_of, operation, components=components) == ["ref-circular"]


def test_a_parameter_listed_twice_is_refused():
    twice = [{"name": "a", "in": "query"}, {"name": "a", "in": "query", "required": True}]
    assert refusal(method_of, {"parameters": twice}) == ["parameter"]


def test_the_very_same_parameter_listed_twice_is_a_warning():
    warnings = []
    method = method_of({"parameters": [{"name": "a", "in": "query"}] * 2}, warnings=warnings)
    assert method.request_parameters == {"method.request.querystring.a": False}
    assert [problem.code for problem in warnings] == ["parameter"]


def test_a_path_parameter_that_the_path_lacks_is_a_warning():
    warnings = []
    api_of({"parameters": [{"name": "ID", "in": "path", "required": True}]}, warnings=warnings)
    assert [(problem.code, problem.hint) for problem in warnings] == [
        ("parameter-not-in-path", "did you mean 'id'?")
    ]


PET = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}


def test_a_request_body_by_reference_names_the_model():
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}
    api = api_of({"requestBody": body}, components={"schemas": {"Pet": PET}})
    assert api.resources["/pets/{id}"]["GET"].request_models == {"application/json": "Pet"}
    assert (
        api.models["Pet"].schema
        == load({"openapi": "3.0.1", "paths": {}, "components": {"schemas": {"Pet": PET}}})
        .models["Pet"]
        .schema
    )
    assert dict(api.models["Pet"].schema) == {
        "type": "object",
        "required": ("name",),
        "properties": PET["properties"],
    }


def test_a_request_body_in_place_becomes_a_model():
    body = {
        "content": {"application/json": {"schema": PET}, "application/xml": {"schema": {"type": "object"}}}
    }
    api = api_of({"requestBody": body})
    assert api.resources["/pets/{id}"]["GET"].request_models == {
        "application/json": "GetPetsIdRequest",
        "application/xml": "GetPetsIdRequest2",
    }
    assert api.models["GetPetsIdRequest"].schema["required"] == ("name",)


def test_request_bodies_may_be_shared():
    components = {"requestBodies": {"Pet": {"content": {"application/json": {"schema": PET}}}}}
    operation = {"requestBody": {"$ref": "#/components/requestBodies/Pet"}}
    api = api_of(operation, item={"put": operation}, components=components)
    assert {method.request_models["application/json"] for method in api.resources["/pets/{id}"].values()} == {
        "GetPetsIdRequest"
    }


@pytest.mark.parametrize(
    ("members", "operation", "expected"),
    [
        pytest.param({}, {}, ["application/json"], id="json by default"),
        pytest.param({"consumes": ["a/b"]}, {}, ["a/b"], id="what the document consumes"),
        pytest.param(
            {"consumes": ["a/b"]},
            {"consumes": ["c/d", "e/f"]},
            ["c/d", "e/f"],
            id="what the operation consumes",
        ),
    ],
)
def test_the_body_parameter_of_swagger(members, operation, expected):
    parameter = {"in": "body", "name": "pet", "schema": {"$ref": "#/definitions/Pet"}}
    api = load(
        {
            "swagger": "2.0",
            "paths": {"/a": {"post": {"parameters": [parameter], **operation}}},
            "definitions": {"Pet": PET},
            **members,
        }
    )
    assert api.resources["/a"]["POST"].request_models == dict.fromkeys(expected, "Pet")


def test_two_body_parameters_are_refused():
    parameters = [{"in": "body", "name": "a", "schema": PET}, {"in": "body", "name": "b", "schema": PET}]
    document = {"swagger": "2.0", "paths": {"/a": {"post": {"parameters": parameters}}}}
    assert refusal(load, document) == ["parameter"]


def models_of(**schemas):
    return load({"openapi": "3.0.1", "paths": {}, "components": {"schemas": schemas}}).models


def test_models_carry_what_they_refer_to():
    models = models_of(
        Owner={"properties": {"pet": {"$ref": "#/components/schemas/Pet"}}},
        Pet={"items": {"$ref": "https://apigateway.amazonaws.com/restapis/abc/models/Tag"}},
        Tag={"type": "string"},
    )
    owner = models["Owner"].schema
    assert owner["properties"]["pet"] == {"$ref": "#/definitions/Pet"}
    assert owner["definitions"] == {
        "Pet": {"items": {"$ref": "#/definitions/Tag"}},
        "Tag": {"type": "string"},
    }
    assert "definitions" not in models["Tag"].schema


def test_circular_models_validate():
    jsonschema = pytest.importorskip("jsonschema")
    from wsgi_gateway.config.frozen import thaw

    models = models_of(
        Node={"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Link"}}},
        Link={"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Node"}]},
    )
    for name, good, bad in (
        ("Node", {"next": {"next": None}}, {"next": {"next": 5}}),
        ("Link", None, {"next": 1}),
    ):
        validator = jsonschema.Draft4Validator(thaw(models[name].schema))
        assert validator.is_valid(good)
        assert not validator.is_valid(bad)


def test_references_into_a_schema_work():
    models = models_of(
        A={"$ref": "#/components/schemas/B/properties/c"},
        B={"properties": {"c": {"type": "string"}}},
    )
    assert models["A"].schema["$ref"] == "#/definitions/B/properties/c"


def test_properties_may_be_called_like_keywords():
    schema = {
        "properties": {
            "$ref": {"type": "string"},
            "nullable": {"type": "string"},
            "required": {"type": "string"},
        }
    }
    warnings = []
    document = {"openapi": "3.0.1", "paths": {}, "components": {"schemas": {"A": schema}}}
    assert dict(load(document, warnings=warnings).models["A"].schema) == schema
    assert warnings == []


def test_definitions_of_a_schema_of_its_own_are_kept():
    schema = {"definitions": {"X": {"type": "string"}}, "items": {"$ref": "#/definitions/X"}}
    assert dict(models_of(A=schema)["A"].schema) == schema


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        pytest.param({"nullable": True}, {"nullable": True}, id="nullable stays and warns"),
        pytest.param({"exclusiveMinimum": 5}, {}, id="a numeric bound goes and warns"),
        pytest.param({"const": 5}, {"const": 5}, id="const stays and warns"),
    ],
)
def test_keywords_that_draft_4_lacks_are_warnings(schema, expected):
    warnings = []
    document = {"openapi": "3.0.1", "paths": {}, "components": {"schemas": {"A": schema}}}
    assert dict(load(document, warnings=warnings).models["A"].schema) == expected
    assert [problem.code for problem in warnings] == ["schema-keyword-ignored"]


def test_boolean_schemas_are_written_in_draft_4():
    schema = models_of(
        A={"properties": {"a": True, "b": False}, "additionalProperties": False, "required": []}
    )["A"].schema
    assert dict(schema) == {"properties": {"a": {}, "b": {"not": {}}}, "additionalProperties": False}


@pytest.mark.parametrize(
    "schema",
    [
        pytest.param({"type": "strin"}, id="an unknown type"),
        pytest.param({"type": []}, id="no type"),
        pytest.param({"required": True}, id="required that is no list"),
        pytest.param({"enum": []}, id="an empty enum"),
        pytest.param({"pattern": 5}, id="a pattern that is no text"),
        pytest.param({"minimum": "5"}, id="a bound that is no number"),
        pytest.param({"maxLength": -1}, id="a negative length"),
        pytest.param({"uniqueItems": 1}, id="uniqueItems that is no boolean"),
        pytest.param({"items": 5}, id="items that are no schema"),
        pytest.param({"not": None}, id="not without a schema"),
        pytest.param([], id="a list"),
    ],
)
def test_schemas_that_are_none_are_refused(schema):
    with pytest.raises(ConfigError, match="Invalid model schema specified"):
        models_of(A=schema)


@pytest.mark.parametrize(
    ("reference", "code"),
    [
        pytest.param("#/components/schemas/Pett", "ref-not-found", id="an unknown name"),
        pytest.param("#/components/parameters/Pet", "ref-not-found", id="no schema"),
        pytest.param("#/components/schemas/Pet/properties/nam", "ref-not-found", id="an unknown member"),
        pytest.param("pet.yaml", "ref-external", id="another file"),
        pytest.param("https://example.com/pet.json", "ref-external", id="another host"),
        pytest.param(5, "wrong-type", id="a number"),
    ],
)
def test_bad_schema_references_are_refused(reference, code):
    components = {"schemas": {"Pet": PET, "A": {"items": {"$ref": reference}}}}
    assert refusal(api_of, {}, components=components) == [code]


def test_a_response_without_its_model_is_a_warning_as_on_aws():
    warnings = []
    media = {"application/json": {"schema": {"$ref": "#/components/schemas/Pett"}}}
    operation = {"responses": {"200": {"description": "", "content": media}}}
    api = api_of(operation, components={"schemas": {"Pet": PET}}, warnings=warnings)
    [told] = warnings
    assert (told.code, told.message) == ("ref-not-found", "Reference to model 'Pett' not found. Ignoring.")
    assert told.hint == "did you mean 'Pet'?"
    method = api.resources["/pets/{id}"]["GET"]
    assert method.method_responses == {200: MethodResponseConfig(status_code=200)}


def test_a_request_without_its_model_is_refused():
    media = {"application/json": {"schema": {"$ref": "#/components/schemas/Pett"}}}
    assert refusal(api_of, {"requestBody": {"content": media}}) == ["ref-not-found"]


def test_names_inside_and_outside_of_a_schema_must_not_clash():
    schemas = {
        "A": {"definitions": {"X": {"type": "string"}}, "items": {"$ref": "#/components/schemas/B"}},
        "B": {"items": {"$ref": "#/components/schemas/X"}},
        "X": {"type": "object"},
    }
    assert refusal(api_of, {}, components={"schemas": schemas}) == ["model-schema"]


def test_method_responses():
    method = method_of(
        {
            "responses": {
                200: {
                    "headers": {"X-Total": {"schema": {"type": "integer"}}},
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}},
                },
                "404": {"$ref": "#/components/responses/Gone"},
                "x-note": "ignored",
                "500": None,
            }
        },
        components={"schemas": {"Pet": PET}, "responses": {"Gone": {"description": "gone"}}},
    )
    assert method.method_responses == {
        200: MethodResponseConfig(
            status_code=200,
            response_parameters={"method.response.header.X-Total": False},
            response_models={"application/json": "Pet"},
        ),
        404: MethodResponseConfig(status_code=404),
        500: MethodResponseConfig(status_code=500),
    }


def test_method_responses_of_swagger():
    document = {
        "swagger": "2.0",
        "produces": ["application/xml"],
        "paths": {"/a": {"get": {"responses": {"200": {"schema": PET}}}}},
    }
    response = load(document).resources["/a"]["GET"].method_responses[200]
    assert response.response_models == {"application/xml": "GetAResponse200"}


def test_an_integration_whole():
    method = method_of(
        integration(
            type="http",
            uri="https://${stageVariables.host}/{id}",
            httpMethod="get",
            credentials="arn:aws:iam::1:role/r",
            requestParameters={"integration.request.path.id": "method.request.path.id"},
            requestTemplates={"application/json": None, "text/plain": "x"},
            passthroughBehavior="when_no_templates",
            contentHandling="convert_to_text",
            timeoutInMillis="1000",
            cacheNamespace="n",
            cacheKeyParameters=["method.request.path.id"],
            tlsConfig={"insecureSkipVerification": True},
            payloadFormatVersion="1.0",
            responses={
                "default": {"statusCode": "200"},
                "5\\d{2}": {"statusCode": 502, "contentHandling": "CONVERT_TO_BINARY"},
                "4\\d{2}": {
                    "statusCode": 400,
                    "responseParameters": {"method.response.header.X": "'x'"},
                    "responseTemplates": {"application/json": "{}"},
                },
            },
        )
    )
    assert method.integration == IntegrationConfig(
        type="HTTP",
        http_method="GET",
        uri="https://${stageVariables.host}/{id}",
        credentials="arn:aws:iam::1:role/r",
        request_parameters={"integration.request.path.id": "method.request.path.id"},
        request_templates={"application/json": "", "text/plain": "x"},
        passthrough_behavior="WHEN_NO_TEMPLATES",
        content_handling="CONVERT_TO_TEXT",
        timeout_in_millis=1000,
        cache_namespace="n",
        cache_key_parameters=("method.request.path.id",),
        insecure_skip_verification=True,
        integration_responses=(
            IntegrationResponseConfig(
                status_code=502, selection_pattern="5\\d{2}", content_handling="CONVERT_TO_BINARY"
            ),
            IntegrationResponseConfig(
                status_code=400,
                selection_pattern="4\\d{2}",
                response_parameters={"method.response.header.X": "'x'"},
                response_templates={"application/json": "{}"},
            ),
            IntegrationResponseConfig(status_code=200),
        ),
    )


def test_integrations_for_wsgi_apps():
    integration = method_of({X + "integration": {"type": "wsgi_proxy", "uri": "wsgi:shop/pets"}}).integration
    assert (integration.type, integration.uri, integration.http_method) == (
        "WSGI_PROXY",
        "wsgi:shop/pets",
        None,
    )


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"type": None}, "integration-type", id="no type"),
        pytest.param({"type": "htp"}, "integration-type", id="an unknown type"),
        pytest.param({"requestTemplate": {}}, "integration-field", id="a misspelled member"),
        pytest.param({"colour": "red"}, "integration-field", id="a foreign member"),
        pytest.param({"passthroughBehavior": "sometimes"}, "passthrough-behavior", id="an unknown behaviour"),
        pytest.param({"contentHandling": "text"}, "content-handling", id="an unknown handling"),
        pytest.param({"connectionType": "PIGEON"}, "connection-type", id="an unknown connection"),
        pytest.param({"connectionType": "VPC_LINK", "connectionId": "x"}, "connection", id="a private mock"),
        pytest.param({"connectionId": "x"}, "connection", id="a connection id without type"),
        pytest.param({"timeoutInMillis": 49}, "integration-timeout", id="too short a timeout"),
        pytest.param({"timeoutInMillis": 900_001}, "integration-timeout", id="too long a timeout"),
        pytest.param({"timeoutInMillis": "soon"}, "wrong-type", id="a timeout that is no number"),
        pytest.param({"responseTransferMode": "STREAM"}, "response-transfer-mode", id="a streaming mock"),
        pytest.param({"tlsConfig": {"insecureSkipVerification": True}}, "tls", id="TLS for a mock"),
        pytest.param(
            {"tlsConfig": {"serverNameToVerify": "h"}}, "integration-field-unsupported", id="server name"
        ),
        pytest.param({"tlsConfig": 5}, "wrong-type", id="TLS settings that are none"),
        pytest.param(
            {"integrationSubtype": "S3-Put"}, "integration-field-unsupported", id="an HTTP API's subtype"
        ),
        pytest.param({"responses": {"default": {}}}, "status-code", id="a response without status"),
        pytest.param(
            {"responses": {"default": {"statusCode": 99}}}, "status-code", id="an impossible status"
        ),
        pytest.param({"responses": {"default": 200}}, "wrong-type", id="a response that is a number"),
        pytest.param(
            {"responses": {"d": {"statusCode": 200, "status": 1}}},
            "integration-response-field",
            id="a member",
        ),
        pytest.param(
            {"responses": {"": {"statusCode": 200}, "default": {"statusCode": 200}}},
            "selection-pattern",
            id="two defaults",
        ),
    ],
)
def test_bad_integrations_are_refused(fields, code):
    assert refusal(method_of, integration(**fields)) == [code]


def test_a_raised_timeout_is_a_warning():
    warnings = []
    api_of(integration(timeoutInMillis=60_000), warnings=warnings)
    assert [problem.code for problem in warnings] == ["integration-timeout"]


def test_validators_of_document_and_operation():
    validators = {"all": {"validateRequestBody": True, "validateRequestParameters": "true"}, "none": {}}
    api = api_of(
        {X + "request-validator": "none"},
        item={"post": {}},
        **{X + "request-validator": "all", X + "request-validators": validators},
    )
    methods = api.resources["/pets/{id}"]
    assert (methods["GET"].request_validator, methods["POST"].request_validator) == ("none", "all")
    assert api.request_validators == {
        "all": RequestValidatorConfig(
            name="all", validate_request_body=True, validate_request_parameters=True
        ),
        "none": RequestValidatorConfig(name="none"),
    }


def test_gateway_responses():
    api = api_of(
        **{
            X + "gateway-responses": {
                "default_4xx": {
                    "statusCode": "418",
                    "responseParameters": {"gatewayresponse.header.X": "method.input.params.q"},
                    "responseTemplates": {"application/json": "{}"},
                },
                "THROTTLED": {},
            }
        }
    )
    assert api.gateway_responses == {
        "DEFAULT_4XX": GatewayResponseConfig(
            response_type="DEFAULT_4XX",
            status_code=418,
            response_parameters={"gatewayresponse.header.X": "method.input.params.q"},
            response_templates={"application/json": "{}"},
        ),
        "THROTTLED": GatewayResponseConfig(response_type="THROTTLED"),
    }


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({X + "security-policy": "TLS_1_2"}, id="a TLS policy"),
        pytest.param({X + "endpoint-access-mode": "STRICT"}, id="an access mode"),
        pytest.param({X + "endpoint-configuration": {"disableExecuteApiEndpoint": True}}, id="no endpoint"),
        pytest.param({X + "endpoint-configuration": {"types": ["PRIVATE"]}}, id="a private endpoint"),
        pytest.param(
            {"servers": [{X + "endpoint-configuration": {"vpcEndpointIds": ["v"]}}]},
            id="an endpoint of a VPC",
        ),
    ],
)
def test_what_only_the_server_in_front_can_do_is_a_warning(members):
    warnings = []
    api_of(**members, warnings=warnings)
    (warning,) = warnings
    assert (warning.code, bool(warning.hint)) == ("without-effect", True)


def test_settings_of_the_document():
    api = api_of(
        **{
            X + "api-key-source": "authorizer",
            X + "binary-media-types": ["image/*"],
            X + "minimum-compression-size": 1024,
        }
    )
    assert (api.api_key_source, api.binary_media_types, api.minimum_compression_size) == (
        "AUTHORIZER",
        ("image/*",),
        1024,
    )


@pytest.mark.parametrize(
    ("members", "code"),
    [
        pytest.param(
            {X + "policy": {"Statement": [{}]}}, "resource-policy", id="a resource policy that is none"
        ),
        pytest.param({X + "integration": {}}, "extension-misplaced", id="an integration at the root"),
        pytest.param({X + "authoriser": {}}, "extension-unknown", id="a misspelled extension"),
        pytest.param({X.title() + "Policy": {}}, "extension-unknown", id="an extension in capitals"),
        pytest.param(
            {"x-amazonapigateway-policy": {}}, "extension-unknown", id="an extension without a dash"
        ),
        pytest.param({"x-apigateway-policy": {}}, "extension-unknown", id="an extension without a vendor"),
        pytest.param({"securty": []}, "member-unknown", id="a misspelled member"),
        pytest.param(
            {X + "gateway-responses": {"THROTLED": {}}}, "gateway-response-type", id="an unknown response"
        ),
        pytest.param(
            {X + "gateway-responses": {"THROTTLED": {"statusCode": 600}}},
            "status-code",
            id="a status too high",
        ),
        pytest.param(
            {X + "gateway-responses": {"THROTTLED": {"status": 1}}},
            "gateway-response-field",
            id="a wrong member",
        ),
        pytest.param({X + "api-key-source": "COOKIE"}, "api-key-source", id="an unknown key source"),
        pytest.param({X + "minimum-compression-size": -1}, "minimum-compression-size", id="a negative size"),
        pytest.param({X + "binary-media-types": ["png"]}, "binary-media-type", id="no media type"),
        pytest.param({X + "request-validator": "x"}, "request-validator", id="an unknown validator"),
        pytest.param(
            {X + "request-validators": {"a": {"body": 1}}}, "request-validator-field", id="an unknown check"
        ),
    ],
)
def test_bad_documents_are_refused(members, code):
    assert refusal(api_of, {}, **members) == [code]


@pytest.mark.parametrize("verb", ["get", "post", X + "any-method"])
@pytest.mark.parametrize(
    "again", [pytest.param("/a/", id="a final slash"), pytest.param("/a//", id="two final slashes")]
)
def test_paths_that_differ_in_a_final_slash_are_one(again, verb):
    document = {"openapi": "3.0.1", "paths": {"/a": {"get": {}}, again: {verb: {}}}}
    assert refusal(load, document) == ["path-twice"]


def test_paths_that_differ_in_percent_signs_are_one():
    document = {"openapi": "3.0.1", "paths": {"/a": {"get": {}}, "/%61": {"post": {}}}}
    assert sorted(refusal(load, document)) == ["path-part", "path-twice"]


GOT = [
    pytest.param(True, "true", id="true"),
    pytest.param(5, "5", id="a number"),
    pytest.param(None, "null", id="null"),
    pytest.param({"a": "hidden"}, "{...}", id="a mapping"),
    pytest.param(["hidden"], "[...]", id="a list"),
]


@pytest.mark.parametrize(("value", "got"), GOT)
def test_a_request_parameter_that_is_no_text_is_left_out_in_the_words_of_aws(value, got):
    warnings = []
    name, kept = "integration.request.header.nothing", {"integration.request.header.a": "'x'"}
    method = method_of(integration(requestParameters={name: value, **kept}), warnings=warnings)
    assert method.integration.request_parameters == kept
    (problem,) = warnings
    assert problem.message == (
        f"Invalid format for 'requestParameters'. Expected type string for property '{name}' "
        f"of resource '/pets/{{id}}' and method 'GET' but got '{got}'"
    )
    assert (problem.code, problem.place.path.endswith(f".requestParameters['{name}']")) == (
        "parameter-format",
        True,
    )


@pytest.mark.parametrize(("value", "got"), GOT)
def test_a_response_parameter_that_is_no_text_is_left_out_in_the_words_of_aws(value, got):
    warnings = []
    responses = {"default": {"statusCode": 200, "responseParameters": {"method.response.header.a": value}}}
    refused = {"THROTTLED": {"responseParameters": {"gatewayresponse.header.a": value}}}
    api = api_of(integration(responses=responses), warnings=warnings, **{X + "gateway-responses": refused})
    (response,) = api.resources["/pets/{id}"]["GET"].integration.integration_responses
    assert (response.response_parameters, api.gateway_responses["THROTTLED"].response_parameters) == ({}, {})
    assert {problem.message for problem in warnings} == {
        "Invalid format for 'responseParameters'. Expected type string for property "
        f"'method.response.header.a' of resource '/pets/{{id}}' and method 'GET' but got '{got}'",
        "Invalid format for 'responseParameters'. Expected type string for property "
        f"'gatewayresponse.header.a' but got '{got}'",
    }


@pytest.mark.parametrize(
    ("operation", "members", "path"),
    [
        pytest.param(
            integration(requestParameters={"integration.request.header.a:b": "'x'"}),
            {},
            "['x-amazon-apigateway-integration'].requestParameters['integration.request.header.a:b']",
            id="an integration's",
        ),
        pytest.param(
            integration(
                responses={
                    "default": {
                        "statusCode": 200,
                        "responseParameters": {"method.response.header.a b": "'x'"},
                    }
                }
            ),
            {},
            ".responses.default.responseParameters['method.response.header.a b']",
            id="an integration response's",
        ),
        pytest.param(
            {},
            {
                X + "gateway-responses": {
                    "THROTTLED": {"responseParameters": {"gatewayresponse.header.a,b": "'x'"}}
                }
            },
            ".THROTTLED.responseParameters['gatewayresponse.header.a,b']",
            id="a gateway response's",
        ),
    ],
)
def test_a_header_that_is_no_token_is_refused_where_it_stands(operation, members, path):
    with pytest.raises(ConfigError) as caught:
        api_of(operation, **members)
    (problem,) = caught.value.problems
    assert (problem.code, problem.place.path[-len(path) :]) == ("parameter-name", path)


@pytest.mark.parametrize("status", [100, 101, 199])
def test_a_status_that_is_not_final_is_refused(status):
    responses = {"default": {"statusCode": status}}
    assert refusal(method_of, integration(responses=responses)) == ["status-code"]
    assert refusal(method_of, {"responses": {str(status): {}}}) == ["status-code"]
    refused = {X + "gateway-responses": {"THROTTLED": {"statusCode": status}}}
    assert refusal(api_of, {}, **refused) == ["status-code"]


def test_members_beside_a_reference_would_be_lost():
    paths = {"/a": {"$ref": "#/paths/~1b", "get": {}}, "/b": {"post": {}}}
    assert refusal(load, {"openapi": "3.0.1", "paths": paths}) == ["ref-siblings"]


@pytest.mark.parametrize(
    ("beside", "severity"),
    [
        pytest.param({"required": True}, "warning", id="a member of a parameter"),
        pytest.param({"security": []}, "error", id="security"),
        pytest.param({X + "auth": {}}, "error", id="an extension"),
        pytest.param({"description": "d", "x-mine": 1}, None, id="words, and another's extension"),
    ],
)
def test_only_what_would_protect_or_serve_is_refused_beside_a_reference(beside, severity):
    parameters = {"P": {"name": "p", "in": "query"}}
    warnings = []
    operation = {"parameters": [{"$ref": "#/components/parameters/P", **beside}]}
    try:
        api_of(operation, components={"parameters": parameters}, warnings=warnings)
    except ConfigError as error:
        warnings = list(error.problems)
    assert [(problem.code, problem.severity) for problem in warnings] == (
        [("ref-siblings", severity)] if severity else []
    )


def test_a_bare_name_refers_to_a_schema():
    document = {
        "swagger": "2.0",
        "paths": {},
        "definitions": {"Pets": {"items": {"$ref": "Pet"}}, "Pet": PET},
    }
    models = load(document).models
    assert models["Pets"].schema["items"] == {"$ref": "#/definitions/Pet"}
    assert models["Pets"].schema["definitions"]["Pet"] == models["Pet"].schema


def test_a_required_header_of_a_response():
    headers = {
        "A": {"required": True},
        "B": {"$ref": "#/components/headers/B"},
        "C": {"required": False},
        "D": None,
    }
    method = method_of(
        {"responses": {"200": {"headers": headers}}}, components={"headers": {"B": {"required": True}}}
    )
    assert method.method_responses[200].response_parameters == {
        "method.response.header.A": True,
        "method.response.header.B": True,
        "method.response.header.C": False,
        "method.response.header.D": False,
    }


@pytest.mark.parametrize(
    ("value", "name"),
    [
        pytest.param({"Fn::Sub": "${Pets.Arn}"}, "Fn::Sub", id="Fn::Sub"),
        pytest.param({"fn::getAtt": ["Pets", "Arn"]}, "fn::getAtt", id="in another case"),
        pytest.param({"Ref": "Pets"}, "Ref", id="Ref"),
    ],
)
def test_a_function_of_cloudformation_is_refused_with_the_way_out(value, name):
    with pytest.raises(ConfigError) as caught:
        method_of(integration(type="aws", httpMethod="POST", uri=value))
    (problem,) = caught.value.problems
    assert (problem.code, problem.hint) == (
        "wrong-type",
        f"{name} is CloudFormation's; load the template that includes this document",
    )


@pytest.mark.parametrize("kind", ["http", "http_proxy", "aws", "aws_proxy"])
def test_a_placeholder_that_nobody_filled_is_refused_by_its_name(kind):
    with pytest.raises(ConfigError) as caught:
        method_of(integration(type=kind, httpMethod="POST", uri="${backend_uri}/pets"))
    (problem,) = caught.value.problems
    assert problem.code == "integration-uri"
    assert problem.hint == "${backend_uri} is no stage variable; render the template that has a value for it"


def test_servers_that_are_one_mapping_are_a_warning():
    warnings = []
    servers = {"variables": {"basePath": {"default": "/dev"}}}
    api = load(
        {"openapi": "3.0.1", "paths": {"/a": {}}, "servers": servers}, basepath="prepend", warnings=warnings
    )
    assert list(api.resources) == ["/dev/a"]
    assert [problem.code for problem in warnings] == ["servers"]


def test_a_path_item_may_be_a_reference():
    paths = {"/a": {"$ref": "#/paths/~1b"}, "/b": {"post": {}}}
    api = load({"openapi": "3.0.1", "paths": paths})
    assert [list(methods) for methods in api.resources.values()] == [["POST"], ["POST"]]


def test_keywords_beside_a_schema_reference_are_a_warning():
    warnings = []
    schemas = {"A": {"$ref": "#/components/schemas/B", "description": "d", "nullable": True}, "B": {}}
    load({"openapi": "3.0.1", "paths": {}, "components": {"schemas": schemas}}, warnings=warnings)
    assert [(problem.code, problem.place.path) for problem in warnings] == [
        ("schema-keyword-ignored", "$.components.schemas.A.nullable")
    ]


def test_extensions_of_others_are_nobodys_business():
    warnings = []
    api_of({"x-mine": 1, **integration(**{"x-note": 1})}, warnings=warnings, **{"x-logo": {}})
    assert warnings == []


@pytest.mark.parametrize(
    ("servers", "expected"),
    [
        pytest.param(
            [{"url": "https://h/x"}, {"url": "u", "variables": {"basePath": {"default": "second"}}}],
            "/second/a",
            id="a variable of the second server comes before the first one's path",
        ),
        pytest.param(
            [
                {"url": "u", "variables": {"basePath": {"default": "/one/two"}}},
                {"url": "u", "variables": {"basePath": {"default": "/other"}}},
            ],
            "/one/two/a",
            id="of two variables the first",
        ),
        pytest.param([{"url": "https://h/x"}, {"url": "https://h/y"}], "/x/a", id="of two paths the first"),
        pytest.param([{"url": "https://h/"}, {"url": "https://h/y"}], "/a", id="the first one has no path"),
        pytest.param(
            [
                {
                    "url": "https://h/{stage}/v{n}",
                    "variables": {"stage": {"default": "p"}, "n": {"default": 2}},
                }
            ],
            "/p/v2/a",
            id="other variables in the path",
        ),
        pytest.param([{"url": "/relative"}], "/relative/a", id="a path alone"),
    ],
)
def test_the_base_path_of_several_servers(servers, expected):
    document = {"openapi": "3.0.1", "paths": {"/a": {}}, "servers": servers}
    assert list(load(document, basepath="prepend").resources) == [expected]
    split = "/".join(["", *expected.split("/")[2:]])
    assert list(load(document, basepath="split").resources) == [split if expected != "/a" else "/a"]
