"""PasteDeploy makes gateways of ini files, through the package's own entry points."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from paste.deploy import loadapp

from wsgi_gateway import ConfigError, StageConfig
from wsgi_gateway.paste import filter_factory
from wsgi_gateway.wsgi import Response, call_app

API = {
    "openapi": "3.0.1",
    "info": {"title": "t", "version": "1"},
    "paths": {"/shop": {"get": {"responses": {}}}},
}


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
    ],
)
def test_settings_that_cannot_work_stop_the_load(ini, text, message):
    with pytest.raises(ConfigError) as caught:
        ini(f"[app:main]\nuse = egg:wsgi_gateway\n{text}\n")
    assert message in str(caught.value)


def test_a_filter_does_not_take_an_app_setting(tmp_path):
    wrap = filter_factory({"here": str(tmp_path)}, api="api.json", app="paste_shop:shop")
    with pytest.raises(ConfigError, match="'app' means nothing"):
        wrap(shop)
