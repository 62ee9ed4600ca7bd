"""SAM templates that nobody means: wrong types everywhere, too much of everything, circles."""

from __future__ import annotations

import json
from collections.abc import Iterator
from copy import deepcopy
from itertools import cycle
from typing import Any

import pytest

from wsgi_gateway import ConfigError, load_definition
from wsgi_gateway.errors import Problem

ALLOW = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": ["execute-api:/*"]}
EVENT = {
    "Path": "/a",
    "Method": "get",
    "RestApiId": {"Ref": "A"},
    "Auth": {"Authorizer": "L", "ApiKeyRequired": True, "AuthorizationScopes": ["a"]},
    "RequestModel": {"Model": "M", "Required": True, "ValidateBody": True},
    "RequestParameters": ["method.request.header.A", {"method.request.header.B": {"Caching": True}}],
    "TimeoutInMillis": 500,
}
AUTH = {
    "DefaultAuthorizer": "L",
    "AddDefaultAuthorizerToCorsPreflight": False,
    "ApiKeyRequired": True,
    "UsagePlan": {"CreateUsagePlan": "PER_API", "Quota": {"Limit": 3, "Period": "DAY"}},
    "ResourcePolicy": {"CustomStatements": [ALLOW], "AwsAccountWhitelist": ["123456789012"]},
    "Authorizers": {
        "L": {
            "FunctionArn": {"Fn::GetAtt": ["F", "Arn"]},
            "FunctionPayloadType": "REQUEST",
            "Identity": {"Headers": ["a"], "Context": ["c"], "ReauthorizeEvery": 5},
        },
        "T": {"FunctionArn": {"Fn::GetAtt": ["F", "Arn"]}, "Identity": {"Header": "a"}},
        "C": {"UserPoolArn": "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"},
    },
}
API = {
    "StageName": "prod",
    "Models": {"M": {"type": "object"}},
    "BinaryMediaTypes": ["a~1b"],
    "MinimumCompressionSize": 3,
    "Variables": {"a": "b"},
    "OpenApiVersion": "3.0.1",
    "MethodSettings": [{"ResourcePath": "/*", "HttpMethod": "*", "LoggingLevel": "INFO"}],
    "CanarySetting": {"PercentTraffic": 1},
    "GatewayResponses": {
        "UNAUTHORIZED": {"StatusCode": 401, "ResponseParameters": {"Headers": {"A": "'b'"}}}
    },
    "Cors": {"AllowOrigin": "'*'", "AllowCredentials": False},
    "EndpointConfiguration": {"Type": "REGIONAL"},
    "Domain": {"DomainName": "a.b", "CertificateArn": "arn", "BasePath": ["v1"]},
    "Auth": AUTH,
}
FUNCTION = {
    "CodeUri": "src",
    "Handler": "a.b",
    "Runtime": "python3.12",
    "Layers": ["x"],
    "Policies": ["AmazonS3FullAccess", {"SQSPollerPolicy": {"QueueName": "a"}}],
    "AutoPublishAlias": "live",
    "Environment": {"Variables": {"A": "b"}},
    "Events": {"E": {"Type": "Api", "Properties": EVENT}, "Q": {"Type": "SQS", "Properties": {"Queue": "a"}}},
}
TEMPLATE: dict[str, Any] = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Parameters": {"P": {"Type": "String", "Default": "x"}},
    "Conditions": {"C": {"Fn::Equals": ["a", "b"]}},
    "Globals": {"Function": {"Timeout": 3}, "Api": {"TracingEnabled": True}},
    "Resources": {
        "F": {"Type": "AWS::Serverless::Function", "Metadata": {"a": "b"}, "Properties": FUNCTION},
        "A": {"Type": "AWS::Serverless::Api", "Properties": API},
    },
}
DEEP: dict[str, Any] = {}
_inner = DEEP
for _ in range(60):
    _inner["a"] = _inner = {}

WRONG = [
    *(None, True, 3, -1, 2.5, 10**30, "", "text", "{{resolve:x:y}}", [], [None], [[1]], {}, {"a": None}),
    *({"Ref": "P"}, {"Ref": "Nothing"}, {"Ref": 3}, {"Fn::GetAtt": "A.B"}, {"Fn::If": ["C", "a", "b"]}),
    *({"Fn::If": 3}, {"Fn::Sub": "${P}"}, {"Fn::Transform": 3}, DEEP),
]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, inner in members:
        yield from paths(inner, (*path, name))


def changed(path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    template = deepcopy(TEMPLATE)
    holder = template
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = deepcopy(value)
    return template


EVERYWHERE = list(paths(TEMPLATE))


def test_the_template_that_is_to_be_spoilt_is_sound():
    assert set(load_definition(TEMPLATE, rest_api="A").api.resources["/a"]) == {"GET", "OPTIONS"}


def problems_of(template: dict[str, Any]) -> tuple[Problem, ...]:
    try:
        load_definition(template, rest_api="A")
    except ConfigError as error:
        return error.problems
    return ()


@pytest.mark.parametrize("shift", [0, 7])
def test_a_wrong_value_anywhere_is_a_problem_or_none(shift):
    values = cycle(WRONG[shift:] + WRONG[:shift])
    found = [problems_of(changed(path, value)) for path, value in zip(EVERYWHERE, values, strict=False)]
    assert all(problem.code and problem.message for problems in found for problem in problems)
    assert sum(map(bool, found)) > len(EVERYWHERE) / 3


@pytest.mark.parametrize(
    ("write", "code"),
    [
        pytest.param(lambda: "{a: " * 10_000 + "1" + "}" * 10_000, "document-too-deep", id="10,000 levels"),
        pytest.param(lambda: '"' + "x" * 6_300_000 + '"', "document-too-large", id="more than 6 MB"),
    ],
)
def test_what_is_too_much_is_refused(tmp_path, write, code):
    path = tmp_path / "template.yaml"
    path.write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources:\n  A: {Type: 'AWS::Serverless::Api', "
        f"Properties: {{StageName: a, DefinitionBody: {write()}}}}}\n",
        "utf-8",
    )
    with pytest.raises(ConfigError) as caught:
        load_definition(path)
    assert [problem.code for problem in caught.value.problems] == [code]


def test_more_resources_than_the_limit_are_refused():
    resources = {f"F{number}": {"Type": "AWS::Serverless::Function"} for number in range(2001)}
    with pytest.raises(ConfigError, match="more than 2000 resources"):
        load_definition({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources})


def test_functions_that_need_each_other_are_refused():
    template = deepcopy(TEMPLATE)
    template["Resources"]["F"]["Properties"]["Role"] = {"Fn::GetAtt": ["G", "Arn"]}
    template["Resources"]["G"] = {
        "Type": "AWS::Serverless::Function",
        "Properties": {**FUNCTION, "Events": {}, "Role": {"Fn::GetAtt": ["F", "Arn"]}},
    }
    with pytest.raises(ConfigError, match="Circular dependency"):
        load_definition(template, rest_api="A")


def test_a_template_that_includes_itself_is_refused(tmp_path):
    include = {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": "template.json"}}}
    api = {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "a", "DefinitionBody": include}}
    path = tmp_path / "template.json"
    path.write_text(json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"A": api}}), "utf-8")
    with pytest.raises(ConfigError):
        load_definition(path)


def test_hundreds_of_events_are_translated():
    events = {
        f"E{number}": {"Type": "Api", "Properties": {"Path": f"/{number}", "Method": "get"}}
        for number in range(500)
    }
    function = {"Type": "AWS::Serverless::Function", "Properties": {**FUNCTION, "Events": events}}
    definition = load_definition({"Transform": "AWS::Serverless-2016-10-31", "Resources": {"F": function}})
    assert len(definition.api.resources) == 500
