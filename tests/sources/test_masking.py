"""What nobody may see is in no message: cut, quoted, in capitals, or made into something else."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wsgi_gateway import ConfigError, load_definition
from wsgi_gateway.config.masking import ENDS, MOST, RUN, SHORTEST, Hidden

# ------------------------------------------------------------------------------- texts


@pytest.mark.parametrize(
    ("secret", "told", "expected"),
    [
        pytest.param("hunter2-and-more", "no 'hunter2-and-more' here", "no '****' here", id="as it is"),
        pytest.param("hunter2-and-more", "no HUNTER2-AND-MORE", "no ****", id="in capitals"),
        pytest.param("hunter2-and-more", "no 'hunter2-and'", "no '****'", id="its beginning"),
        pytest.param("hunter2-and-more", "no 'r2-and-more'", "no '****'", id="its end"),
        pytest.param("hunter2", "no 'hunter'", "no '****'", id="most of a short one"),
        pytest.param("hunter2", "no 'hun'", "no 'hun'", id="less than half of a short one"),
        pytest.param("abc", "abc", "abc", id="no secret"),
        pytest.param('it\'s "\\me"', repr('it\'s "\\me"'), "'****'", id="quotes as Python writes them"),
        pytest.param('it\'s "\\me"', json.dumps('it\'s "\\me"'), '"****"', id="quotes as JSON writes them"),
        pytest.param("it's me, now", repr("it's me, now \""), "'**** \"'", id="a quote that is escaped"),
        pytest.param("pässwört", repr("PÄSSWÖRT"), "'****'", id="letters of others in capitals"),
        pytest.param("straße 77", "STRASSE 77", "****", id="a letter that is two in capitals"),
        pytest.param("a\tb\nc\0d", repr("a\tb\nc\0d"), "'****'", id="what cannot be printed"),
        pytest.param("secretsecret", "secretsecretsecret!", "****!", id="twice in itself"),
    ],
)
def test_a_text_is_hidden(secret, told, expected):
    assert Hidden([secret]).masked(told) == expected


def test_two_that_touch_are_one():
    assert Hidden(["first-secret", "other-secret"]).masked("first-secretother-secret") == "****"


def test_what_is_left_of_a_text():
    assert list(Hidden(["https://example.org/"]).rest("https://example.org/hunter2")) == ["", "hunter2"]


def test_of_a_long_text_the_ends_are_hidden():
    numbers = "".join(map(str, range(10_000)))
    hidden = Hidden([numbers])
    assert hidden.masked(numbers[:200]) == hidden.masked(numbers[-200:]) == "****"
    assert len(hidden._runs) <= 2 * ENDS


def test_where_too_much_is_hidden_everything_is():
    hidden = Hidden(f"{number:0{MOST // 100}}" for number in range(200))
    assert hidden.is_full
    assert hidden.masked("a word") == "****"


@given(st.text(min_size=SHORTEST, max_size=60), st.text(max_size=20), st.text(max_size=20))
def test_nothing_of_a_secret_is_left(secret, before, after):
    masked = Hidden([secret]).masked(f"{before}{secret}{after}")
    assert secret not in masked.replace("****", "") or secret in before + after


# -------------------------------------------------------------------- values of templates

PW = {"Ref": "Pw"}
SPLIT = {"Fn::Split": ["-", PW]}
API = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "a"}}
WAYS = {
    "itself": PW,
    "a text with it": {"Fn::Sub": "the value ${Pw} of it"},
    "a text that is cut in it": {"Fn::Sub": "x" * 70 + "${Pw}"},
    "a text by names": {"Fn::Sub": ["${A}", {"A": PW}]},
    "joined": {"Fn::Join": ["+", ["a", PW]]},
    "its parts": {"Fn::Join": ["", SPLIT]},
    "its parts, otherwise": {"Fn::Join": [", ", SPLIT]},
    "its first part": {"Fn::Select": [0, SPLIT]},
    "in base 64": {"Fn::Base64": PW},
    "a part in base 64": {"Fn::Base64": {"Fn::Select": [0, SPLIT]}},
    "as JSON": {"Fn::ToJsonString": {"a": PW}},
    "chosen": {"Fn::If": ["Always", {"Fn::Base64": PW}, "b"]},
}


def of_method(**properties):
    return {
        "Type": "AWS::ApiGateway::Method",
        "Properties": {
            "RestApiId": {"Ref": "Api"},
            "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
            "HttpMethod": "GET",
            "AuthorizationType": "NONE",
            **properties,
        },
    }


def places(value):
    """Templates that are refused for a value, each in other words."""
    api = {"RestApiId": {"Ref": "Api"}}
    yield of_method(RequestValidatorId=value)
    yield of_method(HttpMethod=value)
    yield of_method(AuthorizationType=value)
    yield of_method(RequestModels={"application/json": value})
    yield of_method(OperationName={"Fn::ImportValue": value})
    yield of_method(OperationName={"Fn::FindInMap": ["M", value, "a"]})
    yield {"Type": "AWS::ApiGateway::Model", "Properties": {**api, "Schema": value}}
    yield {"Type": "AWS::ApiGateway::GatewayResponse", "Properties": {**api, "ResponseType": value}}
    yield {"Type": "AWS::ApiGateway::Authorizer", "Properties": {**api, "Name": "a", "Type": value}}


def told_of(resource, secret, kind="String"):
    template = {
        "Parameters": {"Pw": {"Type": kind, "NoEcho": True}},
        "Mappings": {"M": {"a": {"a": "b"}}},
        "Conditions": {"Always": {"Fn::Equals": [PW, PW]}},
        "Resources": {"Api": API, "Refused": resource},
    }
    warnings = []
    try:
        load_definition(template, parameters={"Pw": secret}, warnings=warnings)
    except ConfigError as error:
        return "\n".join(map(str, [*error.problems, *warnings]))
    return "\n".join(map(str, warnings))


def runs_of(text):
    """Pieces of a text that would give it away; a short text as a whole."""
    text = text.lower()
    starts = range(max(1, len(text) - RUN + 1)) if len(text) >= SHORTEST else ()
    return {text[at : at + RUN] for at in starts}


def given_away(told, secret):
    parts = secret.split("-")
    derived = [secret, *parts, "".join(parts), ", ".join(parts), b64(secret), b64(parts[0])]
    return {run for text in derived for run in runs_of(text) if run in told.lower()}


def b64(text):
    return b64encode(text.encode()).decode()


ODD = st.text(
    st.sampled_from("abcXYZ019-'\"\\ /{}$:,.\n\t\0äßŁİ中🐍"), min_size=SHORTEST, max_size=400
).filter(lambda text: text.strip() == text)


@settings(max_examples=8, deadline=None)
@given(secret=ODD)
@example(secret="hunter2-hunter2")
@example(secret="ab-cd-ef-gh")
@example(secret='it\'s\\a-"secret"')
@example(secret="S" * 5 + "abc" * 50)
@example(secret="straße-İstanbul")
@pytest.mark.parametrize("way", WAYS)
def test_no_message_gives_a_value_away(way, secret):
    for resource in places(WAYS[way]):
        usual = told_of(resource, "Q" * 20)
        assert not {run for run in given_away(told_of(resource, secret), secret) if run not in usual.lower()}


def test_messages_without_the_value_are_as_they_were():
    method = of_method(AuthorizationTyp=PW, RequestValidatorId={"Fn::Sub": "validator-${Pw}"})
    told = told_of(method, "hunter2-hunter2")
    assert "unknown member 'AuthorizationTyp' of AWS::ApiGateway::Method" in told
    assert "did you mean 'AuthorizationType'?" in told


@pytest.mark.parametrize("value", ["firstsecret,othersecret", ["firstsecret", "othersecret"]])
@pytest.mark.parametrize("listed", [{"Fn::Select": [1, PW]}, {"Fn::Join": ["", PW]}, {"Fn::Join": ["-", PW]}])
def test_no_message_gives_a_part_of_a_list_away(listed, value):
    told = told_of(of_method(RequestValidatorId=listed), value, "CommaDelimitedList")
    assert "****" in told
    assert "secret" not in told


def test_what_a_condition_chooses_is_no_secret():
    value = {"Fn::Join": ["", ["a validator", {"Fn::If": ["Always", " that is not there", "b"]}]]}
    assert "a validator that is not there" in told_of(of_method(RequestValidatorId=value), "hunter2-hunter2")


@pytest.mark.parametrize("service", ["secretsmanager:db", "ssm-secure:db:1"])
def test_what_a_store_of_secrets_has_is_in_no_message(service):
    reference = f"{{{{resolve:{service}}}}}"
    template = {"Resources": {"Api": API, "Refused": of_method(RequestValidatorId=reference)}}
    with pytest.raises(ConfigError, match=r"names no RequestValidator of this template: \*\*\*\*"):
        load_definition(template, resources={reference: "hunter2-hunter2"})


def test_names_that_loops_make_of_a_value_are_in_no_message():
    loop = ["A", PW, {"Model${A}": {"Type": "AWS::ApiGateway::Nothing"}}]
    parameter = {"Type": "CommaDelimitedList", "NoEcho": True, "Default": "firstsecret,othersecret"}
    template = {
        "Transform": "AWS::LanguageExtensions",
        "Parameters": {"Pw": parameter},
        "Resources": {"Api": API, "Fn::ForEach::L": loop},
    }
    with pytest.raises(ConfigError, match="Unrecognized resource types") as caught:
        load_definition(template)
    assert "secret" not in str(caught.value)


# -------------------------------------------------------------------------------- SAM


def sam(**properties):
    function = {"Runtime": "python3.12", "Handler": "a.b", "InlineCode": "b = None", **properties}
    function["Events"] = {"E": {"Type": "Api", "Properties": {"Path": "/", "Method": "get"}}}
    return {
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": {"Pw": {"Type": "String", "NoEcho": "true"}},
        "Resources": {"F": {"Type": "AWS::Serverless::Function", "Properties": function}},
    }


@pytest.mark.parametrize(
    "value", [pytest.param(PW, id="itself"), pytest.param({"Fn::Sub": "x-${Pw}"}, id="a text with it")]
)
def test_the_translator_of_sam_hears_of_no_value(value):
    template = sam()
    template["Resources"]["F"]["Properties"]["Events"]["E"]["Properties"]["RestApiId"] = value
    with pytest.raises(ConfigError) as caught:
        load_definition(template, parameters={"Pw": "hunter2-hunter2"})
    assert "hunter2" not in str(caught.value)


def test_a_function_of_sam_gets_the_value():
    template = sam(Environment={"Variables": {"A": PW, "B": {"Fn::Sub": "x-${Pw}"}}})
    function = load_definition(template, parameters={"Pw": "hunter2-hunter2"}).functions["F"]
    assert function.variables == {"A": "hunter2-hunter2", "B": "x-hunter2-hunter2"}


def test_why_a_function_cannot_be_run_gives_no_value_away():
    template = sam(Runtime={"Fn::Sub": "${Pw}"})
    function = load_definition(template, parameters={"Pw": "hunter2-hunter2"}).functions["F"]
    assert function.unavailable == "its runtime is ****, and only Python functions can be run here"
