"""PasteDeploy makes gateways of ini files, through the package's own entry points."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from paste.deploy import loadapp

from wsgi_gateway import (
    ApiKeyConfig,
    ApiStageConfig,
    ConfigError,
    MethodConfig,
    QuotaConfig,
    RestApiConfig,
    StageConfig,
    UsagePlanConfig,
)
from wsgi_gateway.paste import filter_factory
from wsgi_gateway.wsgi import Response, call_app

API = {
    "openapi": "3.0.1",
    "info": {"title": "t", "version": "1"},
    "paths": {"/shop": {"get": {"responses": {}}}},
}

KEY = "0123456789abcdefghij"
LIMITED = RestApiConfig(
    name="limited",
    resources={"/shop": {"GET": MethodConfig(http_method="GET", api_key_required=True)}},
    api_keys=[ApiKeyConfig(id="ada", value=KEY)],
    usage_plans=[
        UsagePlanConfig(
            id="basic",
            keys=["ada"],
            api_stages=[ApiStageConfig(stage="default")],
            quota=QuotaConfig(limit=2, period="DAY"),
        )
    ],
)
NOBODY = "redis://:sesame@127.0.0.1:1/0"
"""A store that refuses connections."""


def shop(environ, start_response):
    return Response("200 OK", [], [b"open"])(environ, start_response)


def shop_factory(global_conf, **local_conf):
    return shop


@pytest.fixture
def ini(tmp_path: Path, monkeypatch):
    monkeypatch.setitem(sys.modules, "paste_shop", sys.modules[__name__])
    (tmp_path / "api.json").write_text(json.dumps(API))

    def write(text: str):
        file = tmp_path / "shop.ini"
        file.write_text(text)
        return loadapp(f"config:{file}")

    return write


def ask(app, path: str) -> tuple[str, bytes]:
    answer = call_app(app, {"REQUEST_METHOD": "GET", "PATH_INFO": path})
    return answer.status, answer.body()


FILTER = """
[filter:gateway]
use = {use}
api = {api}
stage = prod
stage_variables = colour=blue,
    size=large

[app:shop]
paste.app_factory = paste_shop:shop_factory

[pipeline:main]
pipeline = gateway shop
"""


@pytest.mark.parametrize("use", ["egg:wsgi_gateway", "egg:wsgi_gateway#main", "egg:wsgi_gateway#filter"])
@pytest.mark.parametrize("api", ["api.json", "%(here)s/api.json"])
def test_a_filter_wraps_the_app_of_its_pipeline(ini, use, api):
    app = ini(FILTER.format(use=use, api=api))
    assert ask(app, "/shop") == ("200 OK", b"open")
    assert ask(app, "/back-door") == ("403 Forbidden", b'{"message":"Missing Authentication Token"}')
    assert app.stage == StageConfig(stage_name="prod", variables={"colour": "blue", "size": "large"})


def test_an_app_of_its_own_names_the_app_behind_it(ini):
    app = ini("[app:main]\nuse = egg:wsgi_gateway\napi = api.json\napp = paste_shop:shop\n")
    assert ask(app, "/shop") == ("200 OK", b"open")


def test_the_file_is_found_beside_the_ini_from_any_folder(ini, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    app = ini("[app:main]\nuse = egg:wsgi_gateway\napi = api.json\napp = paste_shop:shop\n")
    assert ask(app, "/shop")[0] == "200 OK"


def test_a_definition_may_be_an_object(ini, monkeypatch, tmp_path):
    from wsgi_gateway import load

    monkeypatch.setattr(sys.modules[__name__], "definition", load(API), raising=False)
    app = ini("[app:main]\nuse = egg:wsgi_gateway\napi = paste_shop:definition\napp = paste_shop:shop\n")
    assert ask(app, "/shop")[0] == "200 OK"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("", "the setting api is missing", id="no definition"),
        pytest.param("api = api.json", "no-app", id="no app"),
        pytest.param("api = nowhere.json", "nowhere.json", id="a file that is not there"),
        pytest.param("api = api.json\nstages = prod", "did you mean 'stage'", id="a setting with a typo"),
        pytest.param("api = api.json\napp = paste_shop", "write module:name", id="an app without a name"),
        pytest.param("api = api.json\nlambdas = guard", "not name=value", id="a function without a name"),
        pytest.param("api = api.json\nstore = nowhere", "a scheme is missing", id="a store that is no URL"),
        pytest.param(
            "api = api.json\non_store_error = open",
            "for a store that is given",
            id="a policy without a store",
        ),
        pytest.param(
            f"api = api.json\nstore = {NOBODY}\non_store_error = ajar",
            "must be one of closed, open, local",
            id="an unknown policy",
        ),
        pytest.param(
            f"api = api.json\nstore = {NOBODY}\nstore_lease_seconds = soon",
            "store_lease_seconds is a number, not 'soon'",
            id="a lease in words",
        ),
        pytest.param(
            f"api = api.json\nstore = {NOBODY}\nstore_lease_seconds = 9",
            "leases last from 0 to 5 seconds, not 9.0",
            id="a lease that lasts too long",
        ),
        pytest.param(
            "api = api.json\nrate_limit_headers = true",
            "rate_limit_headers is 0 or 1, not 'true'",
            id="a switch in words",
        ),
    ],
)
def test_settings_that_cannot_work_stop_the_load(ini, text, message):
    with pytest.raises(ConfigError) as caught:
        ini(f"[app:main]\nuse = egg:wsgi_gateway\n{text}\n")
    assert message in str(caught.value)
    assert "sesame" not in str(caught.value)


def test_a_filter_does_not_take_an_app_setting(tmp_path):
    wrap = filter_factory({"here": str(tmp_path)}, api="api.json", app="paste_shop:shop")
    with pytest.raises(ConfigError, match="'app' means nothing"):
        wrap(shop)


# ------------------------------------------------------------ limits in a store


@pytest.fixture
def limited(ini):
    """A gateway of limited methods from the lines that its section has besides."""

    def make(settings: str):
        section = "[app:main]\nuse = egg:wsgi_gateway\napi = paste_shop:LIMITED\napp = paste_shop:shop\n"
        return ini(section + settings)

    return make


def call(app):
    return call_app(app, {"REQUEST_METHOD": "GET", "PATH_INFO": "/shop", "HTTP_X_API_KEY": KEY})


def test_gateways_with_the_same_store_count_together(limited):
    one, two = (limited("store = lmdb:%(here)s/limits?size=1MiB") for _ in range(2))
    assert [call(app).status_code for app in (one, two, one, two)] == [200, 200, 429, 429]


@pytest.mark.parametrize(
    ("policy", "statuses"),
    [
        pytest.param("", [503, 503, 503], id="nothing is said"),
        pytest.param("on_store_error = closed", [503, 503, 503], id="closed"),
        pytest.param("on_store_error = open", [200, 200, 200], id="open"),
        pytest.param("on_store_error = local", [200, 200, 429], id="local"),
    ],
)
def test_the_setting_says_what_happens_while_the_store_fails(limited, policy, statuses):
    app = limited(f"store = {NOBODY}\n{policy}\n")
    assert [call(app).status_code for _ in range(3)] == statuses


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        pytest.param("rate_limit_headers = 1", '"quota";q=2;w=86400', id="1"),
        pytest.param("rate_limit_headers = 0", None, id="0"),
        pytest.param("", None, id="nothing is said"),
    ],
)
def test_callers_are_told_of_their_limits_if_the_setting_says_so(limited, setting, told):
    assert call(limited(setting)).header("RateLimit-Policy") == told


def test_an_ini_file_mounts_the_page_that_documents_the_api(ini):
    app = ini("[app:main]\nuse = egg:wsgi_gateway\napi = api.json\napp = paste_shop:shop\ndocs = /help\n")
    assert ask(app, "/help/")[0] == "200 OK"


def test_an_ini_file_gives_parameters_of_a_template(ini, tmp_path):
    template = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": {"Ref": "Name"}}}},
    }
    (tmp_path / "stack.json").write_text(json.dumps(template), encoding="utf-8")
    app = ini("[app:main]\nuse = egg:wsgi_gateway\napi = stack.json\nparameters = Name=pets\n")
    assert app.api.name == "pets"
