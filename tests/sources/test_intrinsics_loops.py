"""Fn::ForEach: what loops make of a template, and where they end."""

from __future__ import annotations

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load

LOOPING = """\
Transform: {transform}
Parameters:
  Verbs: {{Type: CommaDelimitedList, Default: "GET,PUT"}}
  Env: {{Type: String, Default: prod}}
Mappings: {{M: {{a: {{verbs: [GET, HEAD]}}}}}}
Resources:
  Api: {{Type: "AWS::ApiGateway::RestApi", Properties: {{Name: a}}}}
  Fn::ForEach::Verbs:
    - Verb
    - {values}
    - Method${{Verb}}:
        Type: AWS::ApiGateway::Method
        Properties:
          RestApiId: !Ref Api
          ResourceId: !GetAtt Api.RootResourceId
          HttpMethod: !Ref Verb
          OperationName: !Sub "${{Env}}-${{Verb}}"
          {more}
"""


@pytest.fixture
def looping(tmp_path):
    def write(values="[GET, PUT]", transform="AWS::LanguageExtensions", more="ApiKeyRequired: false"):
        path = tmp_path / "stack.yaml"
        path.write_text(LOOPING.format(values=values, transform=transform, more=more))
        return path

    return write


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        pytest.param("[GET, PUT]", ["GET", "PUT"], id="a list"),
        pytest.param("!Ref Verbs", ["GET", "PUT"], id="a parameter"),
        pytest.param("!FindInMap [M, a, verbs]", ["GET", "HEAD"], id="a mapping"),
        pytest.param("!Split ['|', 'PATCH|POST']", ["PATCH", "POST"], id="a function"),
        pytest.param("[]", [], id="nothing"),
    ],
)
def test_a_loop_goes_over(values, expected, looping):
    api = load(looping(values))
    assert list(api.resources.get("/", {})) == expected
    assert [one.operation_name for one in api.resources.get("/", {}).values()] == [
        f"prod-{verb}" for verb in expected
    ]


@pytest.mark.parametrize(
    "transform",
    [
        pytest.param("[AWS::LanguageExtensions]", id="a list of names"),
        pytest.param("{{Name: AWS::LanguageExtensions}}", id="a mapping"),
        pytest.param("[{{Name: AWS::LanguageExtensions}}]", id="a list of mappings"),
    ],
)
def test_a_transform_is_written_as(transform, looping):
    assert list(load(looping(transform=transform.format())).resources["/"]) == ["GET", "PUT"]


def test_loops_stand_in_loops_conditions_and_properties(tmp_path):
    path = tmp_path / "stack.yaml"
    path.write_text(
        "Transform: AWS::LanguageExtensions\n"
        "Conditions:\n"
        "  Fn::ForEach::Conditions: [N, [GET, PUT], {'Is${N}': !Equals [!Ref N, GET]}]\n"
        "Resources:\n"
        "  Api: {Type: 'AWS::ApiGateway::RestApi', Properties: {Name: a}}\n"
        "  Fn::ForEach::Paths:\n"
        "    - Path\n"
        "    - [a-b, c]\n"
        "    - Part&{Path}:\n"
        "        Type: AWS::ApiGateway::Resource\n"
        "        Properties:\n"
        "          RestApiId: !Ref Api\n"
        "          ParentId: !GetAtt Api.RootResourceId\n"
        "          PathPart: !Ref Path\n"
        "      Fn::ForEach::Verbs:\n"
        "        - Verb\n"
        "        - [GET, PUT]\n"
        "        - ${Verb}&{Path}:\n"
        "            Type: AWS::ApiGateway::Method\n"
        "            Condition: Is${Verb}\n"
        "            Properties:\n"
        "              RestApiId: !Ref Api\n"
        "              ResourceId: !Ref Part&{Path}\n"
        "              HttpMethod: ${Verb}\n"
        "              RequestParameters:\n"
        "                Fn::ForEach::Names: [Q, [q, r], {'method.request.querystring.${Q}': true}]\n"
    )
    api = load(path)
    assert {path: list(methods) for path, methods in api.resources.items()} == {
        "/a-b": ["GET"],
        "/c": ["GET"],
    }
    assert dict(api.resources["/c"]["GET"].request_parameters) == {
        "method.request.querystring.q": True,
        "method.request.querystring.r": True,
    }


def test_a_mistake_in_a_loop_is_told_where_it_is_written(looping):
    with pytest.raises(ConfigError) as caught:
        load(looping(more="AuthorizationTyp: NONE"))
    assert [(problem.code, problem.place.line) for problem in caught.value.problems] == [
        ("property-unknown", 18),
        ("property-unknown", 18),
    ]


@pytest.mark.parametrize(
    ("values", "says"),
    [
        pytest.param("GET", "layout is incorrect", id="text"),
        pytest.param("{a: b}", "layout is incorrect", id="a mapping"),
        pytest.param("[[GET]]", "layout is incorrect", id="a list of lists"),
        pytest.param("!Ref Nobody", "Unresolved resource dependencies", id="a reference to nothing"),
        pytest.param("!Ref Env", "layout is incorrect", id="a parameter that is no list"),
        pytest.param("[GET, GET]", "'MethodGET' is there twice, with what loops make", id="a value twice"),
    ],
)
def test_values_that_are_none_are_refused(values, says, looping):
    with pytest.raises(ConfigError, match=says):
        load(looping(values))


METHOD = "{Type: 'AWS::ApiGateway::Method', Properties: {HttpMethod: GET, AuthorizationType: NONE}}"
LOOP = "Fn::ForEach::L: [A, [GET], {'Method${A}': {Type: A}}]"
IN_PROPERTIES = "Fn::ForEach::L: [A, [AuthorizationType], {'${A}': AWS_IAM}]"


def of_properties(*members):
    properties = ", ".join(members)
    return f"Resources: {{M: {{Type: 'AWS::ApiGateway::Method', Properties: {{{properties}}}}}}}"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"Resources: {{{LOOP}, MethodGET: {METHOD}}}", id="a resource after a loop"),
        pytest.param(f"Resources: {{MethodGET: {METHOD}, {LOOP}}}", id="a resource before a loop"),
        pytest.param(f"Resources: {{{LOOP}, {LOOP.replace('::L', '::M')}}}", id="two loops"),
        pytest.param(of_properties(IN_PROPERTIES, "AuthorizationType: NONE"), id="a property after a loop"),
        pytest.param(of_properties("AuthorizationType: NONE", IN_PROPERTIES), id="a property before a loop"),
        pytest.param(
            "Resources: {Fn::ForEach::L: [A, [a], {'R${A}': {Type: A, Properties: {'${A}': 1, a: 2}}}]}",
            id="two names of one mapping that become one",
        ),
        pytest.param(
            "Conditions:\n"
            "  Fn::ForEach::C: [C, [Closed], {'${C}': !Equals [a, a]}]\n"
            "  Closed: !Equals [a, b]\n"
            "Resources: {A: {Type: A}}",
            id="a condition after a loop",
        ),
    ],
)
@pytest.mark.parametrize(
    "transform",
    [
        pytest.param("AWS::LanguageExtensions", id="CloudFormation"),
        pytest.param("[AWS::LanguageExtensions, AWS::Serverless-2016-10-31]", id="SAM"),
    ],
)
def test_a_loop_takes_nobodys_name(transform, text, tmp_path):
    path = tmp_path / "stack.yaml"
    path.write_text(f"Transform: {transform}\n{text}\n")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert ("duplicate-key", True) in [
        (problem.code, "is there twice" in problem.message) for problem in caught.value.problems
    ]


def test_a_loop_without_the_transform_is_refused(looping):
    with pytest.raises(ConfigError, match="with Transform: AWS::LanguageExtensions"):
        load(looping(transform="[]"))


@pytest.mark.parametrize(
    "loop",
    [
        pytest.param(5, id="a number"),
        pytest.param([], id="an empty list"),
        pytest.param(["A", ["a"]], id="two parts"),
        pytest.param([["A"], ["a"], {}], id="an identifier that is a list"),
        pytest.param(["A b", ["a"], {}], id="an identifier with a blank"),
        pytest.param(["A", ["a"], []], id="a body that is a list"),
        pytest.param(["A", None, {}], id="no values"),
    ],
)
def test_a_loop_that_is_none_is_refused(loop):
    document = {
        "Transform": "AWS::LanguageExtensions",
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}},
            "Fn::ForEach::A": loop,
        },
    }
    with pytest.raises(ConfigError, match=r"layout is incorrect|'null' values"):
        load(document)


def nested(depth):
    inner = {"R" + "".join(f"${{A{n}}}" for n in range(depth)): {"Type": "A"}}
    for n in range(depth):
        inner = {f"Fn::ForEach::L{n}": [f"A{n}", [str(value) for value in range(10)], inner]}
    return inner


@pytest.mark.parametrize(
    "resources",
    [
        pytest.param(nested(7), id="values"),
        pytest.param(
            {"Fn::ForEach::L": ["A", ["x" * 100_000], {"R": {"Type": "A", "b": "${A}" * 1000}}]}, id="text"
        ),
    ],
)
def test_loops_that_make_too_much_are_refused(resources):
    with pytest.raises(ConfigError, match="template-too-large"):
        load({"Transform": "AWS::LanguageExtensions", "Resources": resources})


def test_text_that_a_name_only_resembles_is_not_gone_through_for_every_value():
    values = [f"a{number}" for number in range(400)]
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "V" * 100_000}}
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "api"}}
    resources = {"Api": api, "Fn::ForEach::Topics": ["V", values, {"Topic${V}": topic}]}
    assert load({"Transform": "AWS::LanguageExtensions", "Resources": resources}).name == "api"
    topic["Properties"]["DisplayName"] += "${V}"
    with pytest.raises(ConfigError, match="too many values, or too much text"):
        load({"Transform": "AWS::LanguageExtensions", "Resources": resources})


@pytest.mark.parametrize("transform", ["AWS::LanguageExtensions", None])
def test_a_function_may_give_the_name_of_a_ref(transform):
    """AWS's page of Ref: with the transform AWS::LanguageExtensions."""
    template = {
        "Parameters": {
            "Kind": {"Type": "String", "Default": "Title"},
            "Title": {"Type": "String", "Default": "pets"},
        },
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": {"Ref": {"Ref": "Kind"}}}}
        },
    }
    if transform is None:
        with pytest.raises(ConfigError, match="only with Transform: AWS::LanguageExtensions"):
            load(template)
    else:
        assert load({"Transform": transform, **template}).name == "pets"
