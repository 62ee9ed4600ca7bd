"""What a template says nobody may see goes with the API, and whoever has that hides it."""

from __future__ import annotations

import json
import logging
from dataclasses import replace

import pytest

from wsgi_gateway import ConfigError, Gateway, RestApiConfig, StageConfig, load, load_definition
from wsgi_gateway.cli.problem_finding import problems_of
from wsgi_gateway.config import CanarySettingsConfig
from wsgi_gateway.config.secrets import Secrets
from wsgi_gateway.local_functions import local_functions
from wsgi_gateway.mount import from_environment
from wsgi_gateway.sources.openapi_merge import merge
from wsgi_gateway.wsgi import Response, call_app

SECRET = "hunter2-hunter2"
GIVEN = {"parameters": {"Word": SECRET}}


def template(integration=None, **resources):
    """A GET with an integration; ``Word`` is what nobody may see."""
    plain = {"Type": "HTTP_PROXY", "IntegrationHttpMethod": "GET", "Uri": "http://a.example"}
    properties = {
        "RestApiId": {"Ref": "Api"},
        "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
        "HttpMethod": "GET",
        "AuthorizationType": "NONE",
        "Integration": plain | (integration or {}),
    }
    return {
        "Parameters": {"Word": {"Type": "String", "NoEcho": True}},
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}},
            "Get": {"Type": "AWS::ApiGateway::Method", "Properties": properties},
            **resources,
        },
    }


WRONG = template({"RequestParameters": {"integration.request.header.A": {"Fn::Sub": "'${Word}"}}})
HEADER = template({"RequestParameters": {"integration.request.header.A": {"Fn::Sub": "'${Word}'"}}})


def with_canary(api):
    return StageConfig(canary_settings=CanarySettingsConfig(percent_traffic=5, deployment=api))


DOORS = {
    "a definition": lambda: Gateway(load_definition(WRONG, **GIVEN)),
    "its API": lambda: Gateway(load_definition(WRONG, **GIVEN).api),
    "an API": lambda: Gateway(load(WRONG, **GIVEN)),
    "an API that was changed": lambda: Gateway(replace(load(WRONG, **GIVEN), name="other")),
    "an API with an id": lambda: Gateway(load(WRONG, **GIVEN), api_id="a1b2c3"),
    "the API of a canary": lambda: Gateway(RestApiConfig(), stage=with_canary(load(WRONG, **GIVEN))),
}


@pytest.mark.parametrize("door", DOORS)
def test_a_gateway_hides_it_by_whatever_door_it_comes(door):
    with pytest.raises(ConfigError) as caught:
        DOORS[door]()
    assert "****" in str(caught.value)
    assert SECRET not in str(caught.value)
    assert SECRET not in "".join(map(str, problems_of(WRONG, **GIVEN)))


def test_the_environment_is_a_door_too(tmp_path):
    path = tmp_path / "stack.json"
    path.write_text(json.dumps(WRONG))
    variables = {"WSGI_GATEWAY_API": str(path), "WSGI_GATEWAY_PARAMETERS": f"Word={SECRET}"}
    with pytest.raises(ConfigError) as caught:
        from_environment(variables)
    assert "****" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_definition_says_of_it_only_that_there_is_one():
    definition = load_definition(HEADER, **GIVEN)
    assert repr(definition.api.secrets).startswith("<Secrets: ")
    assert SECRET not in repr(definition)
    assert load(HEADER, **GIVEN) == load(HEADER | {"Parameters": {"Word": {"Type": "String"}}}, **GIVEN)


@pytest.mark.parametrize("word", ["hunter2-hunter2-other", SECRET])
def test_it_is_in_no_message_about_a_stage(word):
    stages = {
        name: {
            "Type": "AWS::ApiGateway::Stage",
            "Properties": {"RestApiId": {"Ref": "Api"}, "DeploymentId": {"Ref": "D"}, "StageName": value},
        }
        for name, value in (("S1", {"Fn::Sub": "${Word}-1"}), ("S2", "two"))
    }
    deployment = {"Type": "AWS::ApiGateway::Deployment", "Properties": {"RestApiId": {"Ref": "Api"}}}
    document = template(None, **stages, D=deployment)
    definition = load_definition(document, **GIVEN)
    assert f"{SECRET}-1" in definition.stages
    with pytest.raises(ConfigError) as caught:
        definition.stage(word)
    assert SECRET not in str(caught.value)
    warnings = []
    load(document, warnings=warnings, **GIVEN)
    assert "****" in "".join(map(str, warnings))
    assert SECRET not in "".join(map(str, warnings))


def test_a_warning_of_the_gateway_has_asterisks(caplog):
    caplog.set_level(logging.INFO, "wsgi_gateway")
    made = Gateway(load(HEADER, **GIVEN), lambdas={SECRET: "json:loads"})
    (warning,) = [one for one in made.warnings if one.code == "name-unused"]
    assert "****" in warning.message
    assert SECRET not in caplog.text


def test_a_trace_has_asterisks():
    traces = []
    document = template(
        {"RequestParameters": {"integration.request.header.Colour": {"Fn::Sub": "'${Word}'"}}}
    )
    api = load(document, **GIVEN)
    (integration,) = [one["GET"].integration for one in api.resources.values()]
    assert integration.request_parameters == {"integration.request.header.Colour": f"'{SECRET}'"}
    seen = []

    def backend(environ, start_response):
        seen.append(environ.get("HTTP_COLOUR"))
        return Response("200 OK", [("X-Colour", SECRET)], [SECRET.encode()])(environ, start_response)

    wsgi = replace(integration, type="WSGI_PROXY", uri="wsgi:backend")
    api = replace(api, resources={"/": {"GET": replace(api.resources["/"]["GET"], integration=wsgi)}})
    gateway = Gateway(api, integrations={"backend": backend}, on_trace=traces.append)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "SCRIPT_NAME": "", "QUERY_STRING": f"q={SECRET}"}
    assert call_app(gateway, environ).status_code == 200
    assert seen == [SECRET]
    told = "\n".join(traces[0].lines())
    assert "Colour=****" in told
    assert SECRET not in told


def test_of_apis_that_are_merged_both_keep_theirs():
    one, other = (RestApiConfig(secrets=Secrets([word])) for word in ("the first", "the second"))
    merged, _ = merge([({}, one), ({}, other)])
    assert merged.secrets.hidden("the first, the second") == "****, ****"


@pytest.mark.parametrize("handler", [{"Fn::Sub": "${Word}.handler"}, {"Fn::Sub": "a.${Word}"}])
def test_a_function_that_cannot_be_run_is_told_without_it(tmp_path, handler):
    (tmp_path / "code").mkdir()
    function = {
        "Type": "AWS::Lambda::Function",
        "Properties": {"Runtime": "python3.12", "Handler": handler, "Code": str(tmp_path / "code")},
    }
    definition = load_definition(template(None, Function=function), **GIVEN)
    with pytest.raises(ConfigError, match="is not in its code") as caught:
        local_functions(definition)
    assert SECRET not in str(caught.value)


def test_what_lint_says_of_a_template_has_asterisks():
    document = template({"Type": "HTTP", "RequestTemplates": {"application/json": {"Fn::Sub": "$${Word}"}}})
    told = "".join(map(str, problems_of(document, **GIVEN)))
    assert "[undefined-name]" in told
    assert SECRET not in told
