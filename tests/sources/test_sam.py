"""SAM templates: what they make, where problems are told, and what is left out."""

from __future__ import annotations

import json
import logging
import socket
import sys
from textwrap import dedent

import pytest

from wsgi_gateway import ConfigError, load_definition
from wsgi_gateway.sources import sam

HEAD = "Transform: AWS::Serverless-2016-10-31\nResources:\n"
FUNCTION = """\
  Pets:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: src/
      Handler: app.handler
      Runtime: python3.12
      Events:
        List:
          Type: Api
          Properties: {Path: /pets, Method: get}
"""
API = """\
  Api:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
"""

INCLUDE = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}"


@pytest.fixture
def template(tmp_path):
    def write(text, name="template.yaml"):
        path = tmp_path / name
        path.write_text(dedent(text), "utf-8")
        return str(path)

    return write


@pytest.fixture
def problems(template):
    def of(text, **options):
        with pytest.raises(ConfigError) as caught:
            load_definition(template(text), **options)
        return caught.value.problems

    return of


def event_of(api="", **properties):
    """A function with one event, as YAML; JSON is a part of it."""
    event = {"Path": "/pets", "Method": "get", **properties}
    if api:
        event["RestApiId"] = {"Ref": api}
    return FUNCTION.replace("{Path: /pets, Method: get}", json.dumps(event))


# ------------------------------------------------------------------- what is made


def test_events_make_the_implicit_api_and_its_stage(template):
    definition = load_definition(template(HEAD + FUNCTION))
    assert list(definition.stages) == ["Prod"]
    assert definition.api.id == "ServerlessRestApi"
    integration = definition.api.resources["/pets"]["GET"].integration
    assert (integration.type, integration.http_method) == ("AWS_PROXY", "POST")
    assert integration.uri.endswith(":function:Pets/invocations")


def test_globals_hold_for_the_implicit_api(template):
    text = "Globals: {Api: {MinimumCompressionSize: 100, Variables: {a: b}}}\n" + HEAD + FUNCTION
    definition = load_definition(template(text))
    assert definition.api.minimum_compression_size == 100
    assert definition.stages["Prod"].variables == {"a": "b"}


def test_a_stage_is_named_by_a_parameter(template):
    text = "Parameters: {Env: {Type: String, Default: test}}\n" + HEAD
    text += API.replace("prod", "!Ref Env") + event_of("Api")
    assert list(load_definition(template(text)).stages) == ["test"]
    assert list(load_definition(template(text), parameters={"Env": "live"}).stages) == ["live"]


@pytest.mark.parametrize(
    ("method", "verb"),
    [pytest.param("any", "ANY", id="any is every verb"), pytest.param("POST", "POST", id="capitals")],
)
def test_the_verb_of_an_event(template, method, verb):
    api = load_definition(template(HEAD + event_of(Method=method))).api
    assert list(api.resources["/pets"]) == [verb]


GUARDED = (
    API
    + """\
      Auth:
        DefaultAuthorizer: Guard
        Authorizers:
          Guard: {FunctionArn: !GetAtt Pets.Arn, Identity: {Header: X-Token, ReauthorizeEvery: 30}}
          Asked:
            FunctionArn: !GetAtt Pets.Arn
            FunctionPayloadType: REQUEST
            Identity: {QueryStrings: [who]}
          Login: {UserPoolArn: "arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_abc"}
"""
)


@pytest.mark.parametrize(
    ("auth", "kind", "name"),
    [
        pytest.param({}, "CUSTOM", "Guard", id="the authorizer of all methods"),
        pytest.param({"Authorizer": "Asked"}, "CUSTOM", "Asked", id="another"),
        pytest.param({"Authorizer": "Login"}, "COGNITO_USER_POOLS", "Login", id="a user pool"),
        pytest.param({"Authorizer": "NONE"}, "NONE", None, id="none"),
        pytest.param({"Authorizer": "AWS_IAM"}, "AWS_IAM", None, id="signatures"),
    ],
)
def test_who_is_asked_about_a_caller(template, auth, kind, name):
    text = HEAD + GUARDED + event_of("Api", Auth=auth)
    method = load_definition(template(text)).api.resources["/pets"]["GET"]
    assert (method.authorization_type, method.authorizer) == (kind, name)


def test_an_authorizer_has_what_its_identity_says(template):
    guard = load_definition(template(HEAD + GUARDED + event_of("Api"))).api.authorizers["Guard"]
    assert guard.identity_source == ("method.request.header.X-Token",)
    assert guard.authorizer_result_ttl_in_seconds == 30


def test_scopes_and_keys_of_an_event(template):
    auth = {"Authorizer": "Login", "AuthorizationScopes": ["pets/read"], "ApiKeyRequired": True}
    method = load_definition(template(HEAD + GUARDED + event_of("Api", Auth=auth))).api.resources["/pets"][
        "GET"
    ]
    assert method.authorization_scopes == ("pets/read",)
    assert method.api_key_required


def test_cors_makes_options_methods_without_an_authorizer(template):
    text = HEAD + GUARDED.replace(
        "Authorizers:", "AddDefaultAuthorizerToCorsPreflight: false\n        Authorizers:"
    )
    text += """      Cors: {AllowOrigin: "'https://shop.example'", AllowHeaders: "'X-Token'"}\n"""
    method = load_definition(template(text + event_of("Api"))).api.resources["/pets"]["OPTIONS"]
    headers = method.integration.integration_responses[0].response_parameters
    assert headers["method.response.header.Access-Control-Allow-Origin"] == "'https://shop.example'"
    assert method.integration.type == "MOCK"
    assert method.authorization_type == "NONE"


def test_models_and_parameters_of_a_request(template):
    text = HEAD + API + "      Models: {pet: {type: object, required: [name]}}\n"
    text += event_of(
        "Api",
        Method="post",
        RequestModel={"Model": "pet", "Required": True, "ValidateBody": True},
        RequestParameters=[{"method.request.header.X-Store": {"Required": True, "Caching": True}}],
    )
    api = load_definition(template(text)).api
    method = api.resources["/pets"]["POST"]
    assert method.request_models == {"application/json": "pet"}
    assert method.request_parameters == {"method.request.header.X-Store": True}
    assert method.integration.cache_key_parameters == ("method.request.header.X-Store",)
    assert api.request_validators[method.request_validator].validate_request_body
    assert api.models["pet"].schema["required"] == ("name",)


def test_what_an_api_says_of_itself(template):
    text = (
        HEAD
        + API
        + """\
      BinaryMediaTypes: [image~1png]
      MinimumCompressionSize: 10
      ApiKeySourceType: AUTHORIZER
      Variables: {shelf: north}
      CacheClusterEnabled: true
      CanarySetting: {PercentTraffic: 10}
      MethodSettings: [{ResourcePath: /pets, HttpMethod: GET, CachingEnabled: true}]
      GatewayResponses: {UNAUTHORIZED: {StatusCode: 418, ResponseParameters: {Headers: {X-A: "'1'"}}}}
      Auth: {ResourcePolicy: {IpRangeBlacklist: [192.0.2.1]}}
"""
    )
    definition = load_definition(template(text + event_of("Api")))
    api, stage = definition.api, definition.stages["prod"]
    assert api.binary_media_types == ("image/png",)
    assert (api.minimum_compression_size, api.api_key_source) == (10, "AUTHORIZER")
    assert api.gateway_responses["UNAUTHORIZED"].status_code == 418
    assert "192.0.2.1" in json.dumps(api.policy)
    assert (stage.variables, stage.cache_cluster_enabled) == ({"shelf": "north"}, True)
    assert stage.canary_settings.percent_traffic == 10.0
    assert stage.method_settings["/pets/GET"].caching_enabled


@pytest.mark.parametrize("create", ["PER_API", "SHARED"])
def test_a_usage_plan_of_an_api(template, create):
    text = (
        HEAD
        + API
        + f"""\
      Auth:
        ApiKeyRequired: true
        UsagePlan: {{CreateUsagePlan: {create}, Quota: {{Limit: 9, Period: DAY}}}}
"""
    )
    api = load_definition(template(text + event_of("Api"))).api
    (plan,) = api.usage_plans
    assert (plan.quota.limit, plan.api_stages[0].stage) == (9, "prod")
    assert api.resources["/pets"]["GET"].api_key_required


def test_a_domain_leads_to_the_stage(template):
    text = (
        HEAD
        + API
        + """\
      Domain: {DomainName: shop.example, CertificateArn: "arn:aws:acm:us-east-1:123456789012:certificate/a",
               BasePath: [v1]}
"""
    )
    assert load_definition(template(text + event_of("Api"))).base_paths == {"shop.example": {"v1": "prod"}}


def test_one_of_several_apis_is_chosen(template):
    text = HEAD + API + event_of("Api") + FUNCTION.replace("Pets:", "Cats:").replace("/pets", "/cats")
    path = template(text)
    assert list(load_definition(path, rest_api="Api").api.resources) == ["/pets"]
    assert list(load_definition(path, rest_api="ServerlessRestApi").api.resources) == ["/cats"]
    with pytest.raises(ConfigError, match="several APIs: Api, ServerlessRestApi"):
        load_definition(path)


BODY = """\
openapi: 3.0.1
info: {title: pets, version: "1"}
paths:
  /pets:
    get:
      responses: {}
      x-amazon-apigateway-integration: {type: mock}
"""


@pytest.mark.parametrize(
    "definition",
    [
        pytest.param("DefinitionUri: ./api.yaml", id="a file of its own"),
        pytest.param(
            'DefinitionBody: {"Fn::Transform": {Name: AWS::Include, Parameters: {Location: api.yaml}}}',
            id="a file that is included",
        ),
        pytest.param(
            'DefinitionBody: {"Fn::Transform": {Name: AWS::Include, Parameters: {Location: !Sub "s3://${B}/api.yaml"}}}',
            id="a file that is included from a bucket",
        ),
    ],
)
def test_a_definition_in_a_file_beside_the_template(template, definition):
    template(BODY, "api.yaml")
    path = template(
        "Parameters: {B: {Type: String, Default: b}}\n" + HEAD + API + "      " + definition + "\n"
    )
    assert list(load_definition(path).api.resources) == ["/pets"]


@pytest.mark.parametrize(
    "properties",
    [
        pytest.param(["Name: ours", INCLUDE], id="before it"),
        pytest.param([INCLUDE, "Name: ours"], id="after it"),
    ],
)
def test_what_stands_beside_an_include_wins_over_it(properties, template):
    template("{Name: theirs, Description: d}", "more.yaml")
    text = HEAD + API + "".join(f"      {line}\n" for line in properties) + event_of("Api")
    api = load_definition(template(text)).api
    assert (api.name, api.description) == ("ours", "d")


def test_cors_is_added_to_a_definition_that_is_included(template):
    template(BODY, "api.yaml")
    text = (
        HEAD
        + API
        + """\
      Cors: "'*'"
      DefinitionBody: {"Fn::Transform": {Name: AWS::Include, Parameters: {Location: api.yaml}}}
"""
    )
    assert list(load_definition(template(text)).api.resources["/pets"]) == ["GET", "OPTIONS"]


def test_lists_in_parameters_are_lists(template):
    text = "Parameters: {Blocked: {Type: CommaDelimitedList, Default: '192.0.2.1, 192.0.2.2'}}\n" + HEAD + API
    text += "      Auth: {ResourcePolicy: {IpRangeBlacklist: !Ref Blocked}}\n"
    policy = load_definition(template(text + event_of("Api"))).api.policy
    assert policy["Statement"][1]["Condition"]["IpAddress"]["aws:SourceIp"] == ("192.0.2.1", "192.0.2.2")


def test_an_alias_is_called_by_its_name(template):
    text = HEAD + FUNCTION.replace("CodeUri: src/", "CodeUri: src/\n      AutoPublishAlias: live")
    uri = load_definition(template(text)).api.resources["/pets"]["GET"].integration.uri
    assert ":function:Pets:live/" in uri


# ------------------------------------------------------------------------ places


def test_a_method_stands_where_its_event_stands(template):
    api = load_definition(template(HEAD + FUNCTION)).api
    place = api.resources["/pets"]["GET"].place
    assert (place.line, place.column) == (10, 9)


def test_a_problem_of_what_an_event_makes_is_told_at_the_event(problems):
    (problem,) = problems(HEAD + event_of(Path="/{proxy++}"))
    assert (problem.code, problem.place.line) == ("path-part", 10)


def test_a_problem_of_a_resource_that_a_property_makes_is_told_at_its_member(problems):
    text = HEAD + FUNCTION.replace("Pets:", "Cats:") + API
    text += "      Domain: {DomainName: a, CertificateArn: a, MutualTlsAuthentication: {TruststoreUri: a}}\n"
    found = problems(text + event_of("Api"), rest_api="Api")
    assert [problem.place.line for problem in found if "MutualTls" in problem.message] == [17]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        pytest.param(
            HEAD + FUNCTION.replace("Handler", "Handlr"),
            7,
            r"property Handlr not defined .*did you mean 'Handler'",
            id="an unknown property",
        ),
        pytest.param(
            HEAD + event_of("Nothing"),
            12,
            "RestApiId must be a valid reference",
            id="an API that is not there",
        ),
        pytest.param(
            HEAD + API + event_of("Api", Auth={"Authorizer": "Nobody"}),
            16,
            r"Unable to set Authorizer \[Nobody\]",
            id="an authorizer that is not there",
        ),
        pytest.param(
            HEAD + API.replace("StageName: prod", "Cors: 3\n      StageName: prod"),
            6,
            "Cors",
            id="a property of the wrong type",
        ),
        pytest.param(
            HEAD + API + "      DefinitionBody: {swagger: '2.0', paths: {/a: 3}}\n      Cors: \"'*'\"\n",
            7,
            "path must be a dictionary",
            id="a definition that is none",
        ),
        pytest.param(
            "Globals: {Function: {Colour: red}}\n" + HEAD + FUNCTION,
            1,
            "'Colour' is not a supported",
            id="Globals",
        ),
        pytest.param(HEAD + "  Pets: 3\n", 3, "a mapping was expected", id="a resource that is a number"),
        pytest.param(
            HEAD + event_of().replace('"Path": "/pets", ', ""),
            12,
            "Property 'Path' is required",
            id="no path",
        ),
        pytest.param(
            HEAD + FUNCTION.replace("{Path: /pets, Method: get}", "3"),
            12,
            "has Path and Method",
            id="an event that is a number",
        ),
    ],
)
def test_what_is_wrong_is_told_where_it_stands(problems, text, line, said):
    found = problems(text)
    assert [problem.place.line for problem in found][:1] == [line]
    with pytest.raises(ConfigError, match=said):
        raise ConfigError(found)


def test_all_that_is_wrong_is_told_at_once(problems):
    text = (
        HEAD
        + FUNCTION.replace("Handler", "Handlr")
        + FUNCTION.replace("Pets", "Cats").replace("Runtime", "Runtme")
    )
    assert len(problems(text)) == 2


def test_one_mistake_does_not_look_like_another(problems):
    wrong = event_of("Api", RequestModel={"Model": "pet"})
    found = problems(HEAD + API + wrong + wrong.replace("Pets:", "Cats:"))
    assert all("does not define any Models" in problem.message for problem in found)


def test_what_breaks_the_translator_is_told_by_its_resource(problems, monkeypatch):
    from samtranslator.model.sam_resources import SamApi

    def broken(self, **kwargs):
        raise KeyError("secret-value")

    monkeypatch.setattr(SamApi, "to_cloudformation", broken)
    (problem,) = problems(HEAD + API)
    assert problem.place.line == 3
    assert "failed with KeyError" in problem.message
    assert "secret-value" not in str(problem)


def test_more_events_than_a_stack_may_have_are_refused(problems):
    events = {
        f"E{number}": {"Type": "Api", "Properties": {"Path": "/a", "Method": "get"}} for number in range(501)
    }
    text = json.dumps(
        {
            "Transform": "AWS::Serverless-2016-10-31",
            "Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": {"Events": events}}},
        }
    )
    (problem,) = problems(text)
    assert problem.code == "too-many-events"


# ---------------------------------------------------------------- what is left out


def test_other_apis_are_a_warning(template):
    text = HEAD + FUNCTION + "        Other: {Type: HttpApi}\n  Http: {Type: 'AWS::Serverless::HttpApi'}\n"
    definition = load_definition(template(text))
    assert [warning.message for warning in definition.warnings] == [
        "the event Other has no effect here: only REST APIs are served here",
        "Http, an AWS::Serverless::HttpApi, has no effect here: only REST APIs are served here",
    ]


def test_events_of_other_kinds_are_no_business_of_an_api(template):
    text = HEAD + FUNCTION + "        Queue: {Type: SQS, Properties: {Queue: !GetAtt Jobs.Arn}}\n"
    definition = load_definition(template(text + "  Jobs: {Type: 'AWS::SQS::Queue'}\n"))
    assert list(definition.api.resources) == ["/pets"]
    assert definition.warnings == ()


def test_an_event_of_a_kind_that_is_none_is_refused(problems):
    (problem,) = problems(HEAD + FUNCTION.replace("Type: Api", "Type: Apis"))
    assert "Apis" in problem.message


def test_a_transform_of_another_name_is_refused(problems):
    (problem,) = problems("Transform: AWS::Serverless-2016-10-30\nResources:\n" + FUNCTION)
    assert problem.message == "No transform named AWS::Serverless-2016-10-30 found."


def test_a_template_that_lacks_its_transform_is_a_warning(template):
    definition = load_definition(template("Resources:\n" + FUNCTION))
    assert [warning.code for warning in definition.warnings] == ["transform"]


_LOCATION = "{Location: {ApplicationId: a, SemanticVersion: b}}"
APPLICATION = f"App: {{Type: 'AWS::Serverless::Application', Properties: {_LOCATION}}}"


@pytest.mark.parametrize(
    "resource",
    [
        APPLICATION,
        "Link: {Type: 'AWS::Serverless::Connector', Properties: {Source: {Id: A}, Destination: {Id: B}}}",
        "Layer: {Type: 'AWS::Serverless::LayerVersion', Properties: {ContentUri: layer/}}",
        "Table: {Type: 'AWS::Serverless::SimpleTable'}",
        "Flow: {Type: 'AWS::Serverless::StateMachine', Properties: {DefinitionUri: a.json, Role: a}}",
    ],
)
def test_resources_that_are_no_part_of_an_api_do_not_hinder(template, resource):
    assert load_definition(template(HEAD + FUNCTION + "  " + resource + "\n")).api.resources


def test_no_line_goes_out(template, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the network was asked")

    for name in ("AWS_DEFAULT_REGION", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_PROFILE", "there-is-none")
    monkeypatch.setattr(socket.socket, "connect", refuse)
    text = HEAD + FUNCTION.replace("Handler:", "Policies: [AmazonS3ReadOnlyAccess]\n      Handler:")
    text += f"  {APPLICATION}\n"
    assert load_definition(template(text)).api.resources


def test_nothing_is_logged_or_printed(template, problems, caplog, capfd):
    caplog.set_level(logging.DEBUG)
    load_definition(template(HEAD + FUNCTION))
    problems(HEAD + FUNCTION.replace("Handler", "Handlr"))
    problems(HEAD + event_of("Nothing"))
    assert caplog.records == []
    assert capfd.readouterr() == ("", "")


def test_without_the_package_a_template_says_what_to_install(problems, monkeypatch):
    monkeypatch.setattr(sam, "is_installed", lambda: False)
    (problem,) = problems(HEAD + FUNCTION)
    assert (problem.code, problem.hint) == ("sam-missing", "pip install 'wsgi_gateway[sam]'")


def test_without_the_package_a_template_whose_api_is_no_sam_is_read(template, monkeypatch):
    monkeypatch.setattr(sam, "is_installed", lambda: False)
    text = (
        HEAD
        + """\
  Api: {Type: 'AWS::ApiGateway::RestApi', Properties: {Name: pets}}
  Job: {Type: 'AWS::Serverless::Function', Properties: {InlineCode: a, Handler: index.a, Runtime: python3.12}}
"""
    )
    assert load_definition(template(text)).api.name == "pets"


def test_the_package_is_not_imported_for_other_definitions(template):
    import subprocess

    program = (
        "import sys; from wsgi_gateway import load; load(sys.argv[1]); print('samtranslator' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, template(BODY)], capture_output=True, text=True, check=True
    )
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    ("data", "is_one"),
    [
        ({"Transform": "AWS::Serverless-2016-10-31"}, True),
        ({"Transform": ["AWS::LanguageExtensions", "AWS::Serverless-2016-10-31"]}, True),
        ({"Resources": {"F": {"Type": "AWS::Serverless::Function"}}}, True),
        ({"Resources": {"F": {"Type": "AWS::Lambda::Function"}}}, False),
        ({"Transform": {"Name": 3}, "Resources": [1]}, False),
        ({"Transform": None, "Resources": {"F": 3}}, False),
    ],
)
def test_which_templates_are_sam(data, is_one):
    assert sam.recognises(data) is is_one


@pytest.mark.parametrize(
    ("properties", "said", "line"),
    [
        pytest.param(
            "      Auth:\n        Authorizers:\n"
            "          Guard: {FunctionArn: a, Identity: {ReauthorizeEvery: 9999}}\n",
            "Guard",
            9,
            id="an authorizer",
        ),
        pytest.param("      Models:\n        Pet: {type: 3}\n", "pet", 8, id="a model"),
        pytest.param(
            "      GatewayResponses:\n        UNAUTHORISED: {StatusCode: 418}\n",
            "UNAUTHORISED",
            8,
            id="a gateway response",
        ),
        pytest.param(
            "      Auth:\n        ResourcePolicy: {CustomStatements: [{Effect: Perhaps}]}\n",
            "policy",
            8,
            id="a policy",
        ),
    ],
)
def test_a_problem_of_what_a_property_makes_is_told_at_the_property(problems, properties, said, line):
    found = problems(HEAD + API + properties + event_of("Api"))
    assert {problem.place.line for problem in found if said in problem.place.path} == {line}


def test_a_path_that_is_none_is_told_at_the_event_and_not_at_cors(problems):
    text = HEAD + API + "      Cors: \"'*'\"\n" + event_of("Api", Path="pets")
    (problem,) = [one for one in problems(text) if one.code == "path"]
    assert '"Path": "pets"' in "".join(text.splitlines()[problem.place.line - 1 :])
    assert problem.place.line > text[: text.index("Cors")].count("\n") + 1


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            HEAD + API + "      AccessLogSetting: {Format: a}\n" + event_of("Api"), 7, id="of an API"
        ),
        pytest.param(
            HEAD.replace("Resources:", "Globals:\n  Api:\n    AccessLogSetting: {Format: a}\nResources:")
            + API
            + event_of("Api"),
            4,
            id="of all APIs",
        ),
        pytest.param(
            HEAD.replace("Resources:", "Globals:\n  Api:\n    AccessLogSetting: {Format: a}\nResources:")
            + event_of(),
            4,
            id="of the API that nobody named",
        ),
    ],
)
def test_a_warning_of_a_stage_is_told_at_the_property_that_the_translator_hands_on(template, text, line):
    warnings = []
    load_definition(template(text), warnings=warnings)
    (logs,) = [warning for warning in warnings if warning.place.path.endswith(".AccessLogSetting")]
    assert logs.place.line == line


def test_functions_are_made_in_a_loop(template):
    text = "Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31]\nResources:\n"
    text += """\
  Fn::ForEach::Animals:
    - Animal
    - [cats, dogs]
    - ${Animal}:
        Type: AWS::Serverless::Function
        Properties:
          InlineCode: x
          Handler: index.handler
          Runtime: python3.12
          Events: {Get: {Type: Api, Properties: {Path: "/${Animal}", Method: get}}}
"""
    assert list(load_definition(template(text)).api.resources) == ["/cats", "/dogs"]


@pytest.mark.parametrize("function", ["Fn::ForEach::Pets", "Fn::Transform"])
def test_functions_that_make_resources_are_refused(problems, function):
    (problem,) = problems(HEAD + FUNCTION + f"  {function}: [A, [a, b], {{}}]\n")
    assert (problem.code, problem.place.line) == ("transform", 13)
