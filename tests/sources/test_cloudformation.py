"""CloudFormation templates: which API, which resources, which names, and what is said of the rest."""

from __future__ import annotations

import json
import subprocess
import sys
from copy import deepcopy

import pytest

from wsgi_gateway import Gateway
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load, load_definition

API = {"Ref": "Api"}
ROOT = {"Fn::GetAtt": ["Api", "RootResourceId"]}
MOCK = {"Type": "MOCK", "IntegrationResponses": [{"StatusCode": 200}]}


def resource(kind, **properties):
    return {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties}


def method(verb="GET", on=ROOT, **more):
    fixed = {"RestApiId": API, "ResourceId": on, "HttpMethod": verb, "AuthorizationType": "NONE"}
    return resource("Method", **{**fixed, "Integration": MOCK, **more})


def template(sections=None, **resources):
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Resources": {"Api": resource("RestApi", Name="pets"), **resources},
        **(sections or {}),
    }


def path_of(parent, part):
    return resource("Resource", RestApiId=API, ParentId=parent, PathPart=part)


def test_paths_are_those_of_the_tree_of_resources():
    api = load(
        template(
            Pets=path_of(ROOT, "pets"),
            Pet=path_of({"Ref": "Pets"}, "{id}"),
            Rest=path_of({"Fn::GetAtt": "Pet.ResourceId"}, "{rest+}"),
            At=method(),
            Get=method(on={"Ref": "Pet"}),
            Any=method("any", on={"Ref": "Rest"}),
        )
    )
    assert {path: list(methods) for path, methods in api.resources.items()} == {
        "/": ["GET"],
        "/pets/{id}": ["GET"],
        "/pets/{id}/{rest+}": ["ANY"],
    }


@pytest.mark.parametrize(
    ("resources", "says"),
    [
        pytest.param({"Pet": path_of("nowhere", "a")}, "ParentId names no resource", id="no parent"),
        pytest.param({"Get": method(on="nowhere")}, "ResourceId names no resource", id="no resource"),
        pytest.param(
            {"A": path_of({"Ref": "B"}, "a"), "B": path_of({"Ref": "A"}, "b")},
            "Circular dependency between resources",
            id="a circle",
        ),
        pytest.param({"A": path_of("A", "a")}, "a circle of parents", id="its own parent"),
        pytest.param({"A": path_of(ROOT, "")}, "Resource's path part only allow", id="no path part"),
        pytest.param({"A": path_of(ROOT, "a/b")}, "Resource's path part only allow", id="two path parts"),
        pytest.param(
            {"A": path_of(ROOT, "a"), "B": path_of(ROOT, "a")},
            "Another resource with the same parent already has this name: a",
            id="a path twice",
        ),
        pytest.param({"Get": method(), "Also": method()}, "two methods GET /", id="a method twice"),
        pytest.param(
            {"Get": method(RequestValidatorId="v")},
            "RequestValidatorId names no RequestValidator",
            id="no validator",
        ),
        pytest.param(
            {"Get": method(AuthorizationType="CUSTOM", AuthorizerId="a")},
            "AuthorizerId names no Authorizer",
            id="no authorizer",
        ),
        pytest.param(
            {"Get": method(AuthorizationType="SOME")}, "authorization-type", id="no authorization type"
        ),
        pytest.param({"Get": method(Integration={})}, "IntegrationType must be non-empty", id="no type"),
        pytest.param(
            {"Get": method(Integration={"Type": "AWSPROXY"})},
            "did you mean 'AWS_PROXY'",
            id="a type misspelled",
        ),
        pytest.param({"Get": method(MethodResponses=[{}])}, "required key .StatusCode", id="no status"),
        pytest.param(
            {"Get": method(MethodResponses=[{"StatusCode": 200}, {"StatusCode": "200"}])},
            "two responses 200",
            id="a status twice",
        ),
    ],
)
def test_what_leads_nowhere_is_refused(resources, says):
    with pytest.raises(ConfigError, match=says):
        load(template(**resources))


def authorizer(**more):
    fixed = {
        "RestApiId": API,
        "Name": "who",
        "Type": "TOKEN",
        "AuthorizerUri": "arn:f",
        "IdentitySource": HEADER,
    }
    return resource("Authorizer", **{**fixed, **more})


HEADER = "method.request.header.Authorization"


def test_a_method_with_an_authorizer_and_no_authorization_type_is_not_open():
    get = method(AuthorizerId={"Ref": "Who"})
    del get["Properties"]["AuthorizationType"]
    with pytest.raises(ConfigError, match="set the type to CUSTOM, or remove it"):
        load(template(Who=authorizer(), Get=get))


def test_an_authorizer_id_that_names_none_is_a_warning_where_none_is_asked():
    warnings = []
    api = load(template(Get=method(AuthorizerId="gone")), warnings=warnings)
    message = "AuthorizerId has no effect: AuthorizationType is NONE"
    assert api.resources["/"]["GET"].authorizer is None
    found = [warning.message for warning in warnings if warning.place.path.endswith("AuthorizerId")]
    assert found == [message]


def test_two_authorizers_of_one_name_are_refused():
    with pytest.raises(ConfigError, match="Authorizer name must be unique"):
        load(template(Who=authorizer(), Other=authorizer()))


def test_the_jwt_configuration_is_that_of_openapi_in_capitals():
    issuers = [{"Issuer": "https://i.example", "Audiences": ["a"]}]
    written = authorizer(Type="JWT", JwtConfiguration={"Issuers": issuers})
    del written["Properties"]["AuthorizerUri"]
    (issuer,) = load(template(Who=written)).authorizers["who"].jwt_configuration.issuers
    assert (issuer.issuer, issuer.audiences) == ("https://i.example", ("a",))


def test_of_two_responses_without_pattern_the_first_is_the_default():
    warnings = []
    responses = [{"StatusCode": 200}, {"StatusCode": 400}, {"StatusCode": 500, "SelectionPattern": "5.."}]
    integration = {"Type": "MOCK", "IntegrationResponses": responses}
    api = load(template(Get=method(Integration=integration)), warnings=warnings)
    found = api.resources["/"]["GET"].integration.integration_responses
    assert [(one.selection_pattern, one.status_code) for one in found] == [("5..", 500), (None, 200)]
    assert [warning.place.path for warning in warnings if warning.code == "selection-pattern"] == [
        "$.Resources.Get.Properties.Integration.IntegrationResponses[1]"
    ]


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        pytest.param("${Pets.Arn}", "Pets", id="a function by its logical id"),
        pytest.param("${Named.Arn}", "shop-pets", id="a function by its name"),
        pytest.param("${Beta}", "shop-pets:beta", id="an alias"),
        pytest.param("${First}", "Pets:1", id="a version"),
    ],
)
def test_functions_have_names(uri, found):
    document = template(
        Pets={"Type": "AWS::Lambda::Function"},
        Named={"Type": "AWS::Lambda::Function", "Properties": {"FunctionName": "shop-pets"}},
        Beta={"Type": "AWS::Lambda::Alias", "Properties": {"Name": "beta", "FunctionName": {"Ref": "Named"}}},
        First={"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": {"Fn::GetAtt": "Pets.Arn"}}},
        Get=method(
            Integration={
                "Type": "AWS_PROXY",
                "IntegrationHttpMethod": "POST",
                "Uri": {
                    "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/"
                    f"{uri}/invocations"
                },
            }
        ),
    )
    uri = load(document, region="eu-west-1").resources["/"]["GET"].integration.uri
    assert uri.endswith(f":function:{found}/invocations")
    name = found.partition(":")[0]
    gateway = Gateway(document, lambdas={name: lambda event, context: {"statusCode": 200}})
    assert not [warning for warning in gateway.warnings if warning.code == "name-unused"]


TWO = {"Other": resource("RestApi", Name="dogs"), "Get": method()}


def test_one_of_several_apis_is_chosen():
    assert load(template(**TWO), rest_api="Other").name == "dogs"
    assert load(template(**TWO), rest_api="Api").resources


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        pytest.param(None, "the template has several APIs: Api, Other", id="none is chosen"),
        pytest.param("Othre", "did you mean 'Other'", id="the name is misspelled"),
    ],
)
def test_one_of_several_apis_has_to_be_chosen(wanted, says):
    with pytest.raises(ConfigError, match=says):
        load(template(**TWO), rest_api=wanted)


def test_the_id_of_an_api_is_given_or_its_logical_id():
    assert load(template()).id == "Api"
    assert load(template(Get=method()), resources={"Api": "a1b2c3"}).resources


def test_what_belongs_to_an_api_of_another_stack_is_a_warning():
    warnings = []
    stray = method()
    stray["Properties"]["RestApiId"] = "a1b2c3"
    assert not load(template(Stray=stray), warnings=warnings).resources
    assert [warning.message for warning in warnings] == [
        "Stray belongs to an API that this template does not have"
    ]


def test_resources_whose_condition_does_not_hold_are_none():
    sections = {"Conditions": {"Never": {"Fn::Equals": ["a", "b"]}}}
    document = template(sections, Get=method(), Put={**method("PUT"), "Condition": "Never"})
    assert list(load(document).resources["/"]) == ["GET"]


@pytest.mark.parametrize(
    "beside",
    [
        pytest.param({"Type": "AWS::Lambda::Permission", "Properties": {"Action": 1}}, id="a permission"),
        pytest.param({"Type": "AWS::S3::Bucket", "Properties": {"Name": {"Ref": "Nobody"}}}, id="a bucket"),
        pytest.param({"Type": "Custom::Own", "Properties": None}, id="a custom resource"),
    ],
)
def test_resources_of_others_change_nothing(beside):
    warnings = []
    assert load(template(Beside=beside, Get=method()), warnings=warnings) == load(template(Get=method()))
    assert not warnings


def test_a_firewall_that_is_not_there_is_a_warning():
    warnings = []
    load(template(Wall={"Type": "AWS::WAFv2::WebACLAssociation"}), warnings=warnings)
    assert ["there is no web application firewall" in warning.message for warning in warnings] == [True]


@pytest.mark.parametrize(
    ("sections", "says"),
    [
        pytest.param({"AWSTemplateFormatVersion": "2020-01-01"}, "unsupported value", id="another version"),
        pytest.param({"AWSTemplateFormatVersion": []}, "text was expected", id="a version that is a list"),
        pytest.param({"Resource": {}}, "did you mean 'Resources'", id="an unknown section"),
        pytest.param({"x-common": {}}, "unknown member 'x-common'", id="a section of one's own"),
        pytest.param({"Resources": {}}, "At least one Resources member", id="no resources"),
        pytest.param({"Resources": []}, "a mapping was expected", id="resources that are a list"),
        pytest.param({"Resources": {"A": 1}}, "a mapping was expected", id="a resource that is a number"),
        pytest.param({"Resources": {"A": {}}}, "must contain a Type member", id="a resource without type"),
        pytest.param(
            {"Resources": {"A": {"Type": 5}}}, "must contain a Type member", id="a type that is none"
        ),
        pytest.param({"Resources": {"A": {"Type": "AWS::S3::Bucket"}}}, "api-missing", id="no API"),
        pytest.param({"Transform": "Mine"}, "the macro 'Mine' cannot be run here", id="a macro"),
        pytest.param({"Transform": {"Name": "AWS::Include"}}, "cannot be included", id="an include of all"),
        pytest.param({"Resources": {"Fn::ForEach::A": []}}, "Fn::ForEach means nothing here", id="a loop"),
        pytest.param(
            {"Resources": {"Fn::Transform": {}}}, "inside of the properties", id="an include of a part"
        ),
        pytest.param({"Parameters": {"A": 1}}, "a mapping was expected", id="a parameter that is a number"),
        pytest.param({"Parameters": []}, "a mapping was expected", id="parameters that are a list"),
        pytest.param({"Conditions": []}, "a mapping was expected", id="conditions that are a list"),
        pytest.param({"Mappings": []}, "a mapping was expected", id="mappings that are a list"),
    ],
)
def test_a_template_that_is_none_is_refused(sections, says):
    with pytest.raises(ConfigError, match=says):
        load(template(sections))


@pytest.mark.parametrize(
    "sections",
    [
        pytest.param({"AWSTemplateFormatVersion": "2010-09-09"}, id="the version"),
        pytest.param({"Transform": "AWS::LanguageExtensions"}, id="language extensions"),
        pytest.param({"Transform": ["AWS::LanguageExtensions"]}, id="a list of transforms"),
        pytest.param({"Outputs": {"A": {"Value": {"Ref": "Nobody"}}}}, id="outputs"),
        pytest.param({"Metadata": {"A": None}, "Description": "d"}, id="what describes"),
        pytest.param({"Parameters": {}, "Conditions": {}, "Mappings": {}}, id="empty sections"),
    ],
)
def test_sections_that_change_nothing(sections):
    warnings = []
    assert load(template(sections), warnings=warnings) == load(template())
    assert not warnings


def test_rules_are_a_warning():
    warnings = []
    load(template({"Rules": {"A": {"Assertions": []}}}), warnings=warnings)
    assert [warning.place.path for warning in warnings] == ["$.Rules"]


def test_basepath_is_an_option_of_openapi():
    with pytest.raises(ConfigError, match="basepath is for OpenAPI"):
        load(template(), basepath="prepend")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        pytest.param({"parameters": []}, "parameters is a mapping", id="parameters"),
        pytest.param({"imports": {1: "a"}}, "imports is a mapping", id="imports"),
        pytest.param({"resources": "a"}, "resources is a mapping", id="resources"),
        pytest.param({"region": "EU"}, "region 'EU' is none", id="a Region"),
        pytest.param({"account_id": "1"}, "account_id '1' is none", id="an account"),
        pytest.param({"stack_name": "1"}, "stack_name '1' is none", id="a stack"),
        pytest.param({"rest_api": 5}, "rest_api is the logical id", id="an API"),
    ],
)
def test_options_that_are_none_are_refused(options, says):
    with pytest.raises(ConfigError, match=says):
        load(template(), **options)


def test_problems_of_the_model_have_the_line_and_the_name_of_the_template(tmp_path):
    path = tmp_path / "stack.yaml"
    path.write_text(
        "Resources:\n"
        "  Api: {Type: 'AWS::ApiGateway::RestApi', Properties: {Name: a}}\n"
        "  Get:\n"
        "    Type: AWS::ApiGateway::Method\n"
        "    Properties:\n"
        "      RestApiId: !Ref Api\n"
        "      ResourceId: !GetAtt Api.RootResourceId\n"
        "      HttpMethod: GET\n"
        "      Integration:\n"
        "        Type: HTTP\n"
        "        Uri: nowhere\n"
        "  Prod:\n"
        "    Type: AWS::ApiGateway::Stage\n"
        "    Properties:\n"
        "      RestApiId: !Ref Api\n"
        "      StageName: prod\n"
        "      Variables: {a: 'not allowed'}\n"
    )
    with pytest.raises(ConfigError) as caught:
        load(path)
    found = [(problem.place.line, problem.place.path) for problem in caught.value.problems]
    at = "$.Resources.Get.Properties.Integration"
    assert found == [(9, f"{at}.IntegrationHttpMethod"), (11, f"{at}.Uri")]
    path.write_text(path.read_text().replace("nowhere", "http://a/\n        IntegrationHttpMethod: GET"))
    with pytest.raises(ConfigError) as caught:
        load(path)
    found = [(problem.place.line, problem.place.path) for problem in caught.value.problems]
    assert found == [(18, "$.Resources.Prod.Properties.Variables.a")]


def test_json_and_yaml_are_one(tmp_path):
    (tmp_path / "stack.json").write_text(json.dumps(template(Get=method())))
    (tmp_path / "stack.template").write_text(json.dumps(template(Get=method()), indent=1))
    assert load(tmp_path / "stack.json") == load(tmp_path / "stack.template") == load(template(Get=method()))


# ---------------------------------------------------------------- hostile


def nested(depth, open_, close):
    return open_ * depth + close * depth


HOSTILE = {
    "lists 10,000 deep": '{"Resources": {"A": ' + nested(10_000, "[", "]") + "}}",
    "mappings 10,000 deep": '{"Resources": ' + '{"Fn::Base64":' * 10_000 + "1" + "}" * 10_000 + "}",
    "functions 10,000 deep in YAML": "Resources: " + "!Base64 [" * 10_000 + "]" * 10_000,
    "aliases that grow": "Resources:\n  A: &a0 [x, x]\n"
    + "".join(f"  B{n}: &a{n + 1} [{', '.join([f'*a{n}'] * 10)}]\n" for n in range(20)),
    "a function of aliases that grow": "Mappings: {m: &a0 [x, x]}\nResources: {A: !Join ['', *a0]}\n",
    "6 MB of resources": json.dumps(
        {
            "Resources": {
                f"R{n}": {"Type": "AWS::S3::Bucket", "Properties": {"a": "x" * 1000}} for n in range(5500)
            }
        }
    ),
    "2,000 resources in a circle": json.dumps(
        {"Resources": {f"R{n}": {"Type": "A", "DependsOn": f"R{(n + 1) % 2000}"} for n in range(2000)}}
    ),
    "2,000 names of names": json.dumps(
        {
            "Resources": {
                "Api": resource("RestApi", Name={"Ref": "F0"}),
                **{
                    f"F{n}": {
                        "Type": "AWS::Lambda::Function",
                        "Properties": {"FunctionName": {"Fn::Sub": f"${{F{n + 1}}}${{F{n + 1}}}"}},
                    }
                    for n in range(2000)
                },
            }
        }
    ),
    "conditions that ask twice each": json.dumps(
        {
            "Conditions": {
                f"C{n}": {"Fn::Or": [{"Condition": f"C{n + 1}"}, {"Condition": f"C{n + 1}"}]}
                for n in range(2000)
            },
            "Resources": {"Api": {**resource("RestApi", Name="a"), "Condition": "C0"}},
        }
    ),
    "2,000 unknown properties": json.dumps(
        {"Resources": {"Api": resource("RestApi", **{f"Nmae{n}": n for n in range(2000)})}}
    ),
    "5,001 resources": json.dumps({"Resources": {f"R{n}": {"Type": "A"} for n in range(5001)}}),
    "2,000 parts in a chain": json.dumps(
        template(
            **{f"P{n}": path_of({"Ref": f"P{n + 1}"} if n < 1999 else ROOT, f"p{n}") for n in range(2000)},
            Get=method(on={"Ref": "P0"}),
        )
    ),
    "2,000 stray methods": json.dumps(template(**{f"M{n}": method(on=f"none{n}") for n in range(2000)})),
    "2,000 references to nothing": json.dumps(
        template(
            **{f"Resource{n}": {"Type": "A"} for n in range(500)},
            Get=method(OperationName={"Fn::Sub": "".join(f"${{Resouce{n}x}}" for n in range(2000))}),
        )
    ),
    "a Sub of 300,000 names": json.dumps(
        template(Get=method(OperationName={"Fn::Sub": "${Nobody}" * 300_000}))
    ),
}

CHILD = """
import resource, sys
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load
resource.setrlimit(resource.RLIMIT_DATA, (256 * 1024 * 1024,) * 2)
try:
    load(sys.argv[1])
except ConfigError as error:
    assert all(problem.place.path.startswith("$") for problem in error.problems)
    print("refused", len(error.problems))
"""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_template_ends_in_one_readable_error(name, tmp_path):
    path = tmp_path / "stack.yaml"
    path.write_text(HOSTILE[name])
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, timeout=60
    )
    assert child.stdout.startswith("refused"), child.stderr[-2000:]
    assert 1 <= int(child.stdout.split()[1]) <= 500


def test_a_template_is_not_changed_by_reading_it():
    document = template(Get=method())
    before = deepcopy(document)
    load_definition(document)
    assert document == before


@pytest.mark.parametrize(
    ("kind", "more", "refers"),
    [
        pytest.param(
            "Authorizer",
            {
                "Type": "TOKEN",
                "AuthorizerUri": "arn:x",
                "IdentitySource": "method.request.header.Authorization",
            },
            {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "Theirs"}},
            id="an authorizer",
        ),
        pytest.param(
            "RequestValidator",
            {"ValidateRequestBody": True},
            {"RequestValidatorId": {"Ref": "Theirs"}},
            id="a validator",
        ),
    ],
)
def test_what_another_api_has_protects_nothing_even_under_the_same_name(kind, more, refers):
    document = template(
        Other=resource("RestApi", Name="other"),
        Theirs=resource(kind, RestApiId={"Ref": "Other"}, Name="guard", **more),
        Ours=resource(kind, RestApiId=API, Name="guard", **more),
        Get=method(**refers),
    )
    with pytest.raises(ConfigError, match=f"names the {kind} of another API"):
        load(document, rest_api="Api")


def _joined(value, times):
    for _ in range(times):
        value = {"Fn::Join": ["", [value]]}
    return value


def _conditions(number):
    found = {
        f"C{index}": {"Fn::Equals": [_joined({"Fn::If": [f"C{index + 1}", "a", "b"]}, 20), "a"]}
        for index in range(number)
    }
    return {**found, f"C{number}": {"Fn::Equals": ["a", "a"]}}


@pytest.mark.parametrize(
    ("sections", "name"),
    [
        pytest.param(
            {"Mappings": {"M": {"k": {"v": {"Fn::FindInMap": ["M", "k", "v"]}}}}},
            {"Fn::FindInMap": ["M", "k", "v"]},
            id="a mapping that leads to itself",
        ),
        pytest.param(
            {"Conditions": _conditions(18)}, {"Fn::If": ["C0", "a", "b"]}, id="conditions made of functions"
        ),
    ],
)
def test_functions_that_lead_to_one_another_too_deep_are_one_readable_error(sections, name):
    document = template(sections, Api=resource("RestApi", Name=name))
    with pytest.raises(ConfigError) as caught:
        load(document)
    assert [problem.code for problem in caught.value.problems] == ["template-too-deep"]


@pytest.mark.parametrize(
    "kind", [None, {"Fn::If": ["No", "AWS_IAM", {"Ref": "AWS::NoValue"}]}], ids=["absent", "no value"]
)
def test_a_method_that_says_nothing_of_authorization_is_open_with_a_warning(kind):
    warnings = []
    sections = {"Conditions": {"No": {"Fn::Equals": ["a", "b"]}}}
    open_one = method(AuthorizationType=kind)
    if kind is None:
        del open_one["Properties"]["AuthorizationType"]
    load(template(sections, Get=open_one), warnings=warnings)
    assert "authorization-type-missing" in {problem.code for problem in warnings}
