"""mount: gateways by environment variables and in gunicorn's notation."""

from __future__ import annotations

import importlib
import json
import logging
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from wsgi_gateway import (
    ApiKeyConfig,
    ApiStageConfig,
    ConfigError,
    Gateway,
    MethodConfig,
    RestApiConfig,
    StageConfig,
    ThrottleConfig,
    UsagePlanConfig,
    mount,
)
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.wsgi import Response, call_app

API = RestApiConfig(name="mounted", resources={"/": {"GET": MethodConfig(http_method="GET")}})
LIMITED = RestApiConfig(
    resources={"/": {"GET": MethodConfig(http_method="GET", api_key_required=True)}},
    api_keys=(ApiKeyConfig(id="a", value="a-key-of-twenty-letters"),),
    usage_plans=(UsagePlanConfig(id="p", keys=("a",), api_stages=(ApiStageConfig(stage="default"),)),),
)
DOCUMENT = {
    "openapi": "3.0.1",
    "info": {"title": "t", "version": "1"},
    "paths": {"/": {"get": {"responses": {}}}},
}
no_app = Response("200 OK", [], [b"answered"])


def make_app():
    return no_app


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    file = tmp_path / "api.json"
    file.write_text(json.dumps(DOCUMENT))
    return file


@pytest.fixture
def here(monkeypatch) -> str:
    """The name under which this module can be imported."""
    monkeypatch.setitem(sys.modules, "mounted_things", sys.modules[__name__])
    return "mounted_things"


def ask(app) -> bytes:
    return call_app(app, {"REQUEST_METHOD": "GET", "PATH_INFO": "/"}).body()


# ------------------------------------------------------------ the call


def test_a_file_and_an_app_by_name(definition, here):
    assert ask(mount.gateway(str(definition), f"{here}:no_app")) == b"answered"


def test_an_app_by_its_factory(definition, here):
    assert ask(mount.gateway(definition, f"{here}:make_app()")) == b"answered"


def test_a_config_by_name(here):
    gateway = mount.gateway(f"{here}:API", no_app)
    assert gateway.api is API


def test_stage_and_variables_as_text(definition):
    gateway = mount.gateway(definition, no_app, stage="prod", stage_variables="colour=blue,list=a,b, size=1")
    assert gateway.stage == StageConfig(
        stage_name="prod", variables={"colour": "blue", "list": "a,b", "size": "1"}
    )


def test_a_stage_config_goes_through(definition):
    stage = StageConfig(stage_name="prod", variables={"a": "b"})
    assert mount.gateway(definition, no_app, stage=stage).stage is stage


def test_what_amazon_would_ignore_is_logged(caplog):
    operation = {"responses": {"2XX": {"description": "a range, which means nothing there"}}}
    with caplog.at_level(logging.WARNING, "wsgi_gateway"):
        mount.gateway({**DOCUMENT, "paths": {"/": {"get": operation}}}, no_app)
    assert "2XX" in caplog.text


def test_stage_variables_in_two_places_are_refused(definition):
    with pytest.raises(ConfigError, match="in the StageConfig"):
        mount.gateway(definition, no_app, stage=StageConfig(), stage_variables={"a": "b"})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing", "write module:name"),
        ("mounted_things:", "write module:name"),
        ("no.such.module:app", "No module named"),
        ("mounted_things:nothing", "has no attribute 'nothing'"),
        ("mounted_things:API", "not callable"),
        ("mounted_things:ask()", "missing 1 required positional argument"),
    ],
)
def test_an_app_that_cannot_be_had_is_a_config_error(definition, here, name, message):
    with pytest.raises(ConfigError, match="app") as caught:
        mount.gateway(definition, name)
    assert message in str(caught.value)


def test_a_module_that_fails_says_why(definition, tmp_path, monkeypatch):
    (tmp_path / "broken_shop_module.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigError, match="ZeroDivisionError"):
        mount.gateway(definition, "broken_shop_module:app")


def test_an_object_that_is_no_config_is_refused(here):
    with pytest.raises(ConfigError, match="is a Response, not a RestApiConfig"):
        mount.gateway(f"{here}:no_app", no_app)


@pytest.mark.parametrize(
    ("text", "message"), [("guard", "not name=value"), ("=x", "not name=value"), ("a=1,a=2", "twice")]
)
def test_pairs_that_are_none_are_refused(definition, text, message):
    with pytest.raises(ConfigError, match=message):
        mount.gateway(definition, no_app, lambdas=text)


@pytest.mark.parametrize("option", ["parameters", "WSGI_GATEWAY_STAGE_VARIABLES", "resources"])
def test_a_pair_without_its_name_is_not_repeated_where_it_may_be_a_secret(option):
    with pytest.raises(ConfigError, match=f"^.*{option}: number 1 is not name=value") as caught:
        mount.pairs("hunter2", option)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://h/hunter2", "https:/h/?token=hunter2", "shop?token=hunter2"])
def test_what_cannot_be_imported_is_told_as_far_as_it_may_be(definition, url):
    with pytest.raises(ConfigError, match="write module:name") as caught:
        mount.gateway(definition, url)
    assert "hunter2" not in str(caught.value)


def test_what_fails_on_being_imported_is_told_without_credentials(definition, tmp_path, monkeypatch):
    (tmp_path / "shop_without_store.py").write_text("raise OSError('no redis://me:hunter2@host')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ConfigError, match=r"OSError: no redis://\(redacted\)@host") as caught:
        mount.gateway(definition, "shop_without_store:app")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "  ", ","])
def test_nothing_is_no_pairs(text):
    assert mount.pairs(text, "option") == {}


# ------------------------------------------------------------ the environment


def test_the_application_is_made_of_the_environment_when_it_is_asked_for(definition, here, monkeypatch):
    module = importlib.reload(mount)
    monkeypatch.setenv("WSGI_GATEWAY_API", str(definition))
    monkeypatch.setenv("WSGI_GATEWAY_APP", f"{here}:no_app")
    monkeypatch.setenv("WSGI_GATEWAY_STAGE", "prod")
    monkeypatch.setenv("WSGI_GATEWAY_STAGE_VARIABLES", "colour=blue")
    application = module.application
    assert ask(application) == b"answered"
    assert module.application is application
    assert application.stage == StageConfig(stage_name="prod", variables={"colour": "blue"})
    del module.application


def test_importing_it_does_nothing():
    code = "import os; os.environ.clear(); import wsgi_gateway.mount"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_it_has_no_other_names():
    with pytest.raises(AttributeError, match="app"):
        mount.app  # noqa: B018


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        pytest.param({}, "set WSGI_GATEWAY_API", id="nothing set"),
        pytest.param({"WSGI_GATEWAY_API": ""}, "set WSGI_GATEWAY_API", id="an empty definition"),
        pytest.param(
            {"WSGI_GATEWAY_API": "a", "WSGI_GATEWAY_STAGES": "a"},
            "did you mean 'WSGI_GATEWAY_STAGE'",
            id="a typo",
        ),
        pytest.param({"WSGI_GATEWAY_API": "nowhere.yaml"}, "nowhere.yaml", id="a missing file"),
        pytest.param(
            {"WSGI_GATEWAY_API": "a", "WSGI_GATEWAY_LAMBDAS": "x"},
            "WSGI_GATEWAY_LAMBDAS: 'x'",
            id="wrong pairs",
        ),
    ],
)
def test_wrong_variables_say_what_to_set(variables, message):
    with pytest.raises(ConfigError) as caught:
        mount.from_environment(variables)
    assert message in str(caught.value)


def test_a_missing_app_is_told_with_its_variable(definition):
    with pytest.raises(ConfigError) as caught:
        mount.from_environment({"WSGI_GATEWAY_API": str(definition)})
    (problem,) = caught.value.problems
    assert problem.code == "no-app"
    assert "WSGI_GATEWAY_APP" in problem.hint


def test_functions_are_found_by_name(tmp_path, here):
    arn = (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:us-east-1:123456789012:function:work/invocations"
    )
    integration = {"type": "aws_proxy", "httpMethod": "POST", "uri": arn}
    operation = {"responses": {}, "x-amazon-apigateway-integration": integration}
    file = tmp_path / "api.json"
    file.write_text(json.dumps({**DOCUMENT, "paths": {"/": {"get": operation}}}))
    variables = {"WSGI_GATEWAY_API": str(file), "WSGI_GATEWAY_LAMBDAS": f"work={here}:work"}
    assert ask(mount.from_environment(variables)) == b"worked"


def test_credentials_are_read_from_a_file(tmp_path):
    scheme = {
        "type": "apiKey",
        "name": "Authorization",
        "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4",
    }
    mock = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
    operation = {
        "responses": {"200": {"description": "ok"}},
        "security": [{"sigv4": []}],
        "x-amazon-apigateway-integration": mock | {"responses": {"default": {"statusCode": "200"}}},
    }
    document = {**DOCUMENT, "paths": {"/": {"get": operation}}}
    file, keys = tmp_path / "api.json", tmp_path / "keys.ini"
    file.write_text(json.dumps(document | {"components": {"securitySchemes": {"sigv4": scheme}}}))
    keys.write_text("[alice]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n")
    variables = {"WSGI_GATEWAY_API": str(file)}
    with pytest.raises(ConfigError, match="credentials"):
        mount.from_environment(variables)
    gateway = mount.from_environment(variables | {"WSGI_GATEWAY_CREDENTIALS": str(keys)})
    assert json.loads(ask(gateway)) == {"message": "Missing Authentication Token"}


def test_authorizers_are_found_by_name(tmp_path, here):
    authorizer = {
        "type": "token",
        "identitySource": "method.request.header.Authorization",
        "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/x/invocations",
    }
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header"}
    guarded = {"guard": scheme | {"x-amazon-apigateway-authorizer": authorizer}}
    operation = {"responses": {"200": {"description": "ok"}}, "security": [{"guard": []}]}
    file = tmp_path / "api.json"
    document = {**DOCUMENT, "paths": {"/": {"get": operation}}}
    file.write_text(json.dumps(document | {"components": {"securitySchemes": guarded}}))
    variables = {"WSGI_GATEWAY_API": str(file), "WSGI_GATEWAY_APP": f"{here}:no_app"}
    gateway = mount.from_environment(variables | {"WSGI_GATEWAY_AUTHORIZERS": f"guard={here}:work"})
    assert json.loads(ask(gateway)) == {"message": "Unauthorized"}


def work(event, context):
    return {"statusCode": 200, "body": "worked"}


# ------------------------------------------------------------ limits of several workers


@pytest.mark.parametrize("workers", ["2", "16"])
def test_limits_that_each_worker_counts_alone_are_warned_of_at_start(monkeypatch, caplog, workers):
    monkeypatch.setenv("WEB_CONCURRENCY", workers)
    with caplog.at_level(logging.WARNING, "wsgi_gateway"):
        mount.gateway(LIMITED, no_app)
    assert f"asks for {workers} workers" in caplog.text


class SharedStore(MemoryStore):
    shared_between_processes = True


@pytest.mark.parametrize(
    ("api", "workers", "options"),
    [
        pytest.param(LIMITED, "1", {}, id="one worker"),
        pytest.param(LIMITED, "", {}, id="nothing known of workers"),
        pytest.param(LIMITED, "many", {}, id="nonsense"),
        pytest.param(API, "4", {}, id="no limits"),
        pytest.param(LIMITED, "4", {"store": SharedStore(), "api_id": "a1"}, id="a shared store"),
        pytest.param(LIMITED, "4", {"store": SharedStore(), "api_id": "local"}, id="an id that was chosen"),
        pytest.param(replace(LIMITED, id="a1"), "4", {"store": SharedStore()}, id="an API that has an id"),
        pytest.param(API, "4", {"store": SharedStore()}, id="no limits in a shared store"),
    ],
)
def test_otherwise_nothing_is_warned_of(monkeypatch, caplog, api, workers, options):
    monkeypatch.setenv("WEB_CONCURRENCY", workers)
    with caplog.at_level(logging.WARNING, "wsgi_gateway"):
        mount.gateway(api, no_app, **options)
    assert caplog.text == ""


ASKING = RestApiConfig(resources=LIMITED.resources)
THROTTLED = StageConfig(stage_name="prod", throttle={"*/*": ThrottleConfig(rate_limit=1, burst_limit=1)})


@pytest.mark.parametrize(
    ("api", "stage", "place"),
    [
        pytest.param(LIMITED, None, "local/default", id="plans of the definition"),
        pytest.param(ASKING, None, "local/default", id="plans that the store may keep"),
        pytest.param(API, THROTTLED, "local/prod", id="limits of the stage"),
    ],
)
def test_an_api_without_an_id_in_a_shared_store_is_warned_of_once(caplog, api, stage, place):
    with caplog.at_level(logging.WARNING, "wsgi_gateway"):
        mount.gateway(api, no_app, stage=stage, store=SharedStore())
    assert caplog.text.count("this API has no id") == 1
    assert f"are counted under {place}," in caplog.text


def test_two_apis_without_ids_do_share_the_limits_of_a_stage_in_a_store():
    store = SharedStore()
    one, other, named = (
        mount.gateway(API, no_app, stage=THROTTLED, store=store, api_id=api_id)
        for api_id in (None, None, "a1")
    )
    assert [ask(app) for app in (one, other, named)] == [
        b"answered",
        b'{"message":"Too Many Requests"}',
        b"answered",
    ]


@pytest.mark.parametrize("stage", [None, "default", "prod"])
def test_methods_that_no_key_opens_are_warned_of(caplog, stage):
    with caplog.at_level(logging.WARNING, "wsgi_gateway"):
        mount.gateway(LIMITED, no_app, stage=stage)
    assert ("no API key opens GET /: " in caplog.text) is (stage == "prod")


def test_the_throttle_of_a_stage_is_a_limit_too(monkeypatch, caplog):
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    stage = StageConfig(throttle={"*/*": ThrottleConfig(rate_limit=1, burst_limit=1)})
    with caplog.at_level(logging.WARNING, "wsgi_gateway"):
        assert isinstance(mount.gateway(API, no_app, stage=stage), Gateway)
    assert "3 workers" in caplog.text


def test_the_real_names_of_the_api_are_put_in_the_place_of_the_invented_ones(definition):
    made = mount.gateway(definition, no_app, api_id="a1b2c3", account_id="210987654321", region="eu-west-1")
    arn = "arn:aws:execute-api:eu-west-1:210987654321:a1b2c3/default"
    assert made.deployment.execute_api_arn == arn
    assert (made.api.id, made.stage.region) == ("a1b2c3", "eu-west-1")


def test_an_id_leaves_the_warnings_of_the_definition_alone():
    operation = {"responses": {"2XX": {"description": "a range, which means nothing there"}}}
    document = {**DOCUMENT, "paths": {"/": {"get": operation}}}
    plain, named = (mount.gateway(document, no_app, api_id=one) for one in (None, "a1b2c3"))
    assert [str(warning) for warning in plain.warnings] == [str(warning) for warning in named.warnings]
    assert plain.warnings


@pytest.mark.parametrize("number", ["-1", "one", "", "9" * 5000, "1.5"])
def test_a_number_of_proxies_that_is_none_is_refused(number):
    with pytest.raises(ConfigError, match="trusted_proxies"):
        mount.gateway(DOCUMENT, no_app, trusted_proxies=number)


def test_authorizers_are_taken_as_text_too(definition):
    with pytest.raises(ConfigError, match="no authorizer of the name 'guard' is declared"):
        mount.gateway(definition, no_app, authorizers="guard=os:getcwd")
