"""WSGI apps that serve ``wsgi:NAME``, named by text: in a command, in the environment, in an ini file."""

from __future__ import annotations

import socket

import pytest
from click.testing import CliRunner

from wsgi_gateway import ConfigError
from wsgi_gateway.cli import main
from wsgi_gateway.mount import from_environment, gateway
from wsgi_gateway.paste import app_factory
from wsgi_gateway.wsgi import Response, call_app

API = """\
openapi: 3.0.1
info: {title: reports, version: "1"}
paths:
  /reports:
    get:
      responses: {"200": {description: reports}}
      x-amazon-apigateway-integration: {type: wsgi_proxy, uri: "wsgi:reports", httpMethod: GET}
"""
MODULE = """\
def app(environ, start_response):
    start_response("200 OK", [])
    return [b"reports"]

def make():
    return app

none = 1
"""


@pytest.fixture
def file(tmp_path, monkeypatch) -> str:
    (tmp_path / "apps_of_reports.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "api.yaml").write_text(API)
    return str(tmp_path / "api.yaml")


def answer(app) -> bytes:
    return call_app(app, {"REQUEST_METHOD": "GET", "PATH_INFO": "/reports", "SCRIPT_NAME": ""}).body()


@pytest.mark.parametrize("name", ["apps_of_reports:app", "apps_of_reports:make()"])
def test_an_app_is_given_by_name(file, name):
    text = f"reports={name}"
    by_environment = {"WSGI_GATEWAY_API": file, "WSGI_GATEWAY_INTEGRATIONS": text}
    assert answer(from_environment(by_environment)) == b"reports"
    assert answer(gateway(file, integrations=text)) == b"reports"
    assert answer(gateway(file, integrations={"reports": name})) == b"reports"
    assert answer(app_factory({}, api=file, integrations=text)) == b"reports"


def test_an_app_is_given_as_it_is(file):
    app = Response("200 OK", [], [b"mine"])
    assert answer(gateway(file, integrations={"reports": app})) == b"mine"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("reports=apps_of_reports:none", "'reports'.* is not callable", id="an app that is none"),
        pytest.param("reports=apps_of_reports:absent", "has no attribute", id="a name that is not there"),
        pytest.param("reports=app", "module:name", id="a name without a module"),
        pytest.param("reports", "not name=value", id="an app without a name"),
        pytest.param("report=apps_of_reports:app", "did you mean 'report'", id="a name that is misspelt"),
        pytest.param("", "no integration of the name 'reports'", id="no app at all"),
    ],
)
def test_an_app_that_cannot_serve_is_refused(file, text, message):
    with pytest.raises(ConfigError, match=message):
        gateway(file, integrations=text)


def test_an_app_object_that_is_none_is_refused(file):
    with pytest.raises(ConfigError, match="not callable"):
        gateway(file, integrations={"reports": 1})


def test_serve_takes_it_and_says_how_gunicorn_does(file):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = ["serve", file, "--integration", "reports=apps_of_reports:make()", "--port", port]
        result = CliRunner().invoke(main, words)
    assert "WSGI_GATEWAY_INTEGRATIONS='reports=apps_of_reports:make()'" in result.output
    assert f"cannot listen on 127.0.0.1:{port}" in result.output


@pytest.mark.parametrize("name", ["none", "absent", "make().x"])
def test_serve_refuses_what_cannot_serve(file, name):
    result = CliRunner().invoke(main, ["serve", file, "--integration", f"reports=apps_of_reports:{name}"])
    assert result.exit_code == 1
    assert "integrations['reports']" in result.output
