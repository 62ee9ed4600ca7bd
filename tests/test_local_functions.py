"""The Python functions of a template: which they are, what runs them, and what cannot be run."""

from __future__ import annotations

import json
import logging
import zipfile
from pathlib import Path

import pytest

from wsgi_gateway import ConfigError, Gateway, RestApiConfig, load_definition
from wsgi_gateway.functions import FunctionUnreachable
from wsgi_gateway.local_functions import functions_of_api, local_functions
from wsgi_gateway.mount import from_environment, gateway

NAMED = "def handler(event, context): return {'statusCode': 200, 'body': context.function_name}"


@pytest.fixture
def template(tmp_path):
    """Writes a SAM template of functions, given by their properties, and a folder ``src`` with a module."""

    def write(**functions):
        resources = functions.pop("resources", {})
        for name, properties in functions.items():
            given = {"Runtime": "python3.12", "Handler": "app.handler", "CodeUri": "src/", **properties}
            given = {key: value for key, value in given.items() if value is not None}
            resources[name] = {"Type": "AWS::Serverless::Function", "Properties": given}
        text = json.dumps({"Transform": "AWS::Serverless-2016-10-31", "Resources": resources})
        (tmp_path / "src").mkdir(exist_ok=True)
        (tmp_path / "src" / "app.py").write_text(NAMED, "utf-8")
        (tmp_path / "template.json").write_text(text, "utf-8")
        return str(tmp_path / "template.json")

    return write


def serving(path, verb="get"):
    return {"Events": {"Call": {"Type": "Api", "Properties": {"Path": path, "Method": verb}}}}


def answer_of(application, path):
    statuses = []
    environ = {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
    }
    body = b"".join(application(environ, lambda status, headers, *_: statuses.append(status)))
    return statuses[0], body.decode()


# ------------------------------------------------------------------- which they are


def test_functions_go_by_their_names(template):
    path = template(Pets=serving("/pets"), Cats={"FunctionName": "cats-of-all", **serving("/cats")})
    assert list(load_definition(path).functions) == ["Pets", "cats-of-all"]


@pytest.mark.parametrize(
    "value",
    [
        pytest.param({"Ref": "Size"}, id="itself"),
        pytest.param({"Fn::Sub": "${Size} pets"}, id="in a text"),
        pytest.param({"Fn::Sub": ["${A}", {"A": {"Fn::Sub": "${Size}"}}]}, id="in a text by another name"),
    ],
)
def test_a_function_whose_variable_has_no_value_is_not_run(value, template, tmp_path):
    path = Path(template(Pets={**serving("/pets"), "Environment": {"Variables": {"SIZE": value}}}))
    path.write_text(json.dumps({**json.loads(path.read_text()), "Parameters": {"Size": {"Type": "String"}}}))
    pets = load_definition(path).functions["Pets"]
    assert pets.unavailable == "the value of its variable SIZE cannot be worked out"


def test_what_a_function_is(template, tmp_path):
    path = template(
        resources={"Jobs": {"Type": "AWS::SQS::Queue"}},
        Pets={
            **serving("/pets"),
            "Timeout": 7,
            "MemorySize": 512,
            "Environment": {"Variables": {"QUEUE": {"Fn::GetAtt": ["Jobs", "Arn"]}, "SIZE": 3, "FAST": True}},
        },
    )
    pets = load_definition(path).functions["Pets"]
    assert (pets.code, pets.handler, pets.runtime) == (str(tmp_path / "src"), "app.handler", "python3.12")
    assert (pets.timeout, pets.memory_size, pets.unavailable) == (7.0, 512, None)
    assert pets.arn == "arn:aws:lambda:us-east-1:123456789012:function:Pets"
    queue = "arn:aws:sqs:us-east-1:123456789012:Jobs"
    assert pets.variables == {"QUEUE": queue, "SIZE": "3", "FAST": "true"}
    assert "QUEUE" not in repr(pets)


def test_a_function_of_a_plain_template(tmp_path):
    (tmp_path / "app.py").write_text(NAMED, "utf-8")
    function = {"Runtime": "python3.12", "Handler": "app.handler", "Code": ".", "FunctionName": "pets"}
    inline = {"Runtime": "python3.12", "Handler": "index.handler", "Code": {"ZipFile": NAMED}}
    path = tmp_path / "stack.json"
    resources = {
        "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "pets"}},
        "Pets": {"Type": "AWS::Lambda::Function", "Properties": function},
        "Inline": {"Type": "AWS::Lambda::Function", "Properties": inline},
    }
    path.write_text(json.dumps({"Resources": resources}), "utf-8")
    functions = local_functions(path)
    assert {name: one({})["body"] for name, one in functions.items()} == {"pets": "pets", "Inline": "Inline"}


def test_a_function_without_code_has_the_folder_of_its_template(template, tmp_path):
    assert load_definition(template(Pets={"CodeUri": None, **serving("/")})).functions["Pets"].code == str(
        tmp_path
    )


# --------------------------------------------------------------- what is served by it


def test_a_gateway_serves_them(template):
    definition = load_definition(template(Pets=serving("/pets"), Cats=serving("/cats")))
    application = Gateway(definition, lambdas=local_functions(definition))
    assert answer_of(application, "/pets") == ("200 OK", "Pets")
    assert answer_of(application, "/cats") == ("200 OK", "Cats")


def test_nothing_is_run_unless_one_asks_for_it(template):
    with pytest.raises(ConfigError, match="--local-functions runs the Python functions of a template"):
        gateway(template(Pets=serving("/pets")))


def test_a_mount_serves_them_by_a_variable(template):
    environment = {"WSGI_GATEWAY_API": template(Pets=serving("/pets")), "WSGI_GATEWAY_LOCAL_FUNCTIONS": "1"}
    assert answer_of(from_environment(environment), "/pets") == ("200 OK", "Pets")


def test_the_variable_is_a_switch(template):
    environment = {"WSGI_GATEWAY_API": template(Pets=serving("/pets")), "WSGI_GATEWAY_LOCAL_FUNCTIONS": "yes"}
    with pytest.raises(ConfigError, match="LOCAL_FUNCTIONS is 0 or 1"):
        from_environment(environment)


def test_what_is_given_by_name_comes_first(template):
    made = gateway(
        template(Pets=serving("/pets")),
        local_functions=True,
        lambdas={"Pets": lambda event: {"statusCode": 200, "body": "given"}},
    )
    assert answer_of(made, "/pets") == ("200 OK", "given")


def test_only_what_the_api_calls_is_taken(template):
    made = gateway(template(Pets=serving("/pets"), Job={"Handler": "nothing.handler"}), local_functions=True)
    assert answer_of(made, "/pets") == ("200 OK", "Pets")
    assert made.warnings == ()


def test_all_are_taken_where_a_stage_variable_chooses(template):
    body = {
        "openapi": "3.0.1",
        "info": {"title": "pets", "version": "1"},
        "paths": {
            "/pets": {
                "get": {
                    "responses": {},
                    "x-amazon-apigateway-integration": {
                        "type": "aws_proxy",
                        "httpMethod": "POST",
                        "uri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
                        "arn:aws:lambda:us-east-1:123456789012:function:${stageVariables.which}/invocations",
                    },
                }
            }
        },
    }
    api = {"Type": "AWS::Serverless::Api", "Properties": {"StageName": "prod", "DefinitionBody": body}}
    definition = load_definition(template(resources={"Api": api}, Pets={}, Cats={}))
    assert set(functions_of_api(definition)) == {"Pets", "Cats"}


def test_an_api_in_code_has_no_functions_of_its_own():
    with pytest.raises(ConfigError, match="give a RestApiConfig its lambdas"):
        gateway(RestApiConfig(), local_functions=True)


# -------------------------------------------------------------------------- its code


def test_layers_of_the_template_are_found(template, tmp_path):
    (tmp_path / "layer" / "python").mkdir(parents=True)
    (tmp_path / "layer" / "python" / "shared.py").write_text("NAME = 'from the layer'", "utf-8")
    layer = {"Type": "AWS::Serverless::LayerVersion", "Properties": {"ContentUri": "layer/"}}
    path = template(resources={"Layer": layer}, Pets={"Layers": [{"Ref": "Layer"}], **serving("/pets")})
    (tmp_path / "src" / "app.py").write_text("import shared\ndef handler(e, c): return shared.NAME", "utf-8")
    assert local_functions(path)["Pets"]({}) == "from the layer"


def test_a_zip_file_is_code(template, tmp_path):
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr("app.py", "def handler(e, c): return 'zipped'")
    path = template(Pets={"CodeUri": "code.zip", **serving("/pets")})
    assert local_functions(path)["Pets"]({}) == "zipped"


def test_inline_code_is_a_module(template):
    inline = {"CodeUri": None, "InlineCode": "def handler(e, c): return 'inline'", "Handler": "index.handler"}
    assert local_functions(template(Pets={**inline, **serving("/pets")}))["Pets"]({}) == "inline"


def test_a_handler_that_is_not_there_is_told_before_anybody_calls(template):
    path = template(Pets={"Handler": "shop.handler", **serving("/pets")})
    with pytest.raises(ConfigError, match=r"the handler shop\.handler of Pets is not in its code") as caught:
        local_functions(path)
    (problem,) = caught.value.problems
    assert (problem.place.file, problem.place.line) == (path, 1)


# ------------------------------------------------------------------ what cannot be run


CANNOT = [
    pytest.param({"Runtime": "nodejs20.x"}, "its runtime is nodejs20.x", id="another language"),
    pytest.param(
        {"PackageType": "Image", "Runtime": None, "Handler": None, "CodeUri": None}, "image", id="an image"
    ),
    pytest.param(
        {"CodeUri": "s3://bucket/key.zip"}, "its code is not on this machine", id="code in a bucket"
    ),
    pytest.param({"CodeUri": "nowhere/"}, "its code is not there: nowhere/", id="a folder that is not there"),
    pytest.param(
        {"Layers": ["arn:aws:lambda:us-east-1:1:layer:a:1"]}, "a layer that is not", id="a layer at AWS"
    ),
    pytest.param(
        {"Environment": {"Variables": {"KEY": {"Fn::ImportValue": "nothing"}}}},
        "the value of its variable KEY cannot be worked out",
        id="a variable that nobody knows",
    ),
]


@pytest.mark.parametrize(("properties", "why"), CANNOT)
def test_what_cannot_be_run_is_told_when_it_is_called(template, properties, why):
    function = local_functions(template(Pets={**properties, **serving("/pets")}))["Pets"]
    with pytest.raises(FunctionUnreachable, match=why):
        function({})
    with pytest.raises(FunctionUnreachable, match=why):
        function.within(1.0).answer(b"{}")


def test_what_cannot_be_run_does_not_hinder_the_others(template, caplog):
    caplog.set_level(logging.WARNING)
    made = gateway(
        template(Pets=serving("/pets"), Cats={"Runtime": "ruby3.3", **serving("/cats")}), local_functions=True
    )
    assert "the function Cats cannot be run here: its runtime is ruby3.3" in caplog.text
    assert answer_of(made, "/pets") == ("200 OK", "Pets")
    assert answer_of(made, "/cats")[0] == "502 Bad Gateway"


def test_a_variable_that_is_left_out_hinders_nothing(template):
    variables = {"Variables": {"A": "a", "B": {"Ref": "AWS::NoValue"}}}
    function = load_definition(template(Pets={"Environment": variables, **serving("/pets")})).functions[
        "Pets"
    ]
    assert (function.variables, function.unavailable) == ({"A": "a"}, None)


def test_code_beside_data_that_came_parsed_is_nowhere(template):
    data = json.loads(Path(template(Pets=serving("/pets"))).read_text("utf-8"))
    assert "a template that is no file" in load_definition(data).functions["Pets"].unavailable
