"""``wsgi-gateway serve``: a development server, and what it says to whoever starts it wrongly."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from wsgi_gateway.cli import main
from wsgi_gateway.cli.serve import _for_production

LAMBDA = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:%s/invocations"
)
API = """\
openapi: 3.0.1
info: {title: little shop, version: "1"}
components:
  securitySchemes:
    guard:
      type: apiKey
      in: header
      name: Authorization
      x-amazon-apigateway-authtype: custom
      x-amazon-apigateway-authorizer:
        type: token
        authorizerUri: <guard>
paths:
  /guarded:
    get:
      security: [{guard: []}]
      responses: {"200": {description: guarded}}
  /{proxy+}:
    x-amazon-apigateway-any-method:
      responses: {"200": {description: everything else}}
""".replace("<guard>", LAMBDA % "guard")
APP = """\
import json

def app(environ, start_response):
    seen = {key: environ.get(key) for key in ("PATH_INFO", "RAW_URI", "HTTP_PROXY", "wsgi.multithread")}
    seen["body"] = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(seen).encode()]

def guard(event):
    raise Exception("Unauthorized")
"""
WITH_APP = ("--app", "little_shop:app", "--lambda", "guard=little_shop:guard")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "api.yaml").write_text(API)
    (folder / "little_shop.py").write_text(APP)
    return folder


class Serving:
    """``serve`` as a child process, its port, and what it has said."""

    def __init__(self, folder: Path, log: Path, *options: str) -> None:
        command = [sys.executable, "-m", "wsgi_gateway", "serve", "api.yaml", "--port", "0", *options]
        environment = {**os.environ, "HTTP_PROXY": "http://proxy.example", "PYTHONUNBUFFERED": "1"}
        self.log = log
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command, cwd=folder, stdout=subprocess.PIPE, stderr=output, env=environment, text=True
            )
        self.said = ""
        self.port = self._port()

    def _port(self) -> int:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said += line
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                return int(found[1])
        raise AssertionError(self.said + self.log.read_text())

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self.said += self._process.communicate(timeout=60)[0]
        assert self._process.returncode == 0


@pytest.fixture(scope="module")
def server(folder, tmp_path_factory) -> Iterator[Serving]:
    serving = Serving(folder, tmp_path_factory.mktemp("log") / "serve.log", *WITH_APP)
    yield serving
    serving.stop()


def ask(port: int, verb: str, target: str, body: bytes | None = None) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(verb, target, body)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()


def test_the_app_is_served_through_the_gateway(server):
    status, seen = ask(server.port, "POST", "/a%20b?c=d", b"hello")
    assert status == 200
    assert seen["body"] == "hello"
    assert seen["PATH_INFO"] == "/a b"
    assert seen["RAW_URI"] == "/a%20b?c=d"


def test_variables_of_the_process_are_no_headers_and_threads_are_admitted_to(server):
    _, seen = ask(server.port, "GET", "/a")
    assert seen["HTTP_PROXY"] is None
    assert seen["wsgi.multithread"] is True


def test_the_function_named_on_the_command_line_guards(server):
    assert ask(server.port, "GET", "/guarded") == (401, {"message": "Unauthorized"})


def test_an_encoded_slash_is_known_from_a_real_one(server):
    assert ask(server.port, "GET", "/a%2Fb") == (400, {"message": "Bad Request"})


def test_the_log_has_paths_and_no_query_strings(server):
    ask(server.port, "GET", "/logged?access_token=secret")
    deadline = time.monotonic() + 60
    while '"GET /logged" 200' not in server.log.read_text():  # written once the answer has been sent
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert "secret" not in server.log.read_text()


def test_a_body_without_a_declared_length_is_refused_and_not_waited_for(server):
    request = b"POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(request)
        with connection.makefile("rb") as answer:
            assert b" 501 " in answer.readline()


def test_tracing_tells_every_request_without_its_credentials(folder, tmp_path):
    serving = Serving(folder, tmp_path / "serve.log", "--trace", *WITH_APP)
    ask(serving.port, "GET", "/guarded?token=secret")
    serving.stop()
    assert "Router" in serving.said
    assert "secret" not in serving.said


# ------------------------------------------------------------ started wrongly


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        pytest.param(["nowhere.yaml"], 1, "nowhere.yaml", id="a definition that is not there"),
        pytest.param(["api.yaml"], 1, "no-app", id="no app although the definition needs one"),
        pytest.param(["api.yaml", "--app", "shop"], 1, "write module:name", id="an app without a colon"),
        pytest.param(
            ["api.yaml", "--app", "no_such_module:app"], 1, "No module named", id="a missing module"
        ),
        pytest.param(["api.yaml", "--app", "json:nothing"], 1, "has no attribute", id="a missing attribute"),
        pytest.param(["api.yaml", "--app", "json:__name__"], 1, "not callable", id="an app that is none"),
        pytest.param(["api.yaml", "--app", "json:dumps"], 1, "guard", id="no function for the authorizer"),
        pytest.param(
            ["api.yaml", "--lambda", "guard"], 2, "not name=value", id="a lambda without a function"
        ),
        pytest.param(
            ["api.yaml", "--stage-variable", "a=1", "--stage-variable", "a=2"], 2, "twice", id="a pair twice"
        ),
        pytest.param(["json:dumps"], 1, "not a RestApiConfig", id="an object that is no definition"),
        pytest.param(["api.yaml", "--port", "70000"], 2, "70000", id="a port that is none"),
    ],
)
def test_a_mistake_ends_with_a_message_and_no_traceback(folder, monkeypatch, arguments, status, text):
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    result = CliRunner().invoke(main, ["serve", *arguments])
    assert result.exit_code == status
    assert isinstance(result.exception, SystemExit)
    assert text in result.output
    assert "Traceback" not in result.output


def test_a_port_that_is_taken_is_said_so(folder, monkeypatch):
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        result = CliRunner().invoke(main, ["serve", "api.yaml", *WITH_APP, "--port", port])
    assert result.exit_code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in result.output
    assert "--forwarder-headers ''" in result.output
    assert "WSGI_GATEWAY_LAMBDAS=guard=little_shop:guard" in result.output


SECRETS = {
    "--parameter": "Backend",
    "--import": "network-Link",
    "--resource": "{{resolve:secretsmanager:db:SecretString:password}}",
    "--stage-variable": "colour",
}


@pytest.fixture
def production(monkeypatch, tmp_path):
    """What serving with these options says at start."""
    path = tmp_path / "stack.yaml"
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "shop"}}
    parameters = {"Backend": {"Type": "String"}}
    path.write_text(json.dumps({"Parameters": parameters, "Resources": {"Api": api}}))
    monkeypatch.chdir(tmp_path)

    def said(*options: str) -> str:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            return CliRunner().invoke(main, ["serve", str(path), "--port", port, *options]).output

    return said


@pytest.mark.parametrize("options", [*([one] for one in SECRETS), list(SECRETS)])
def test_what_is_given_by_name_is_told_by_its_name_alone(production, options):
    given = [word for option in options for word in (option, f"{SECRETS[option]}=hunter2,given")]
    needed = [] if "--parameter" in options else ["--parameter", "Backend=1"]
    output = production(*given, *needed)
    assert "hunter2" not in output
    assert "gunicorn" in output
    assert all(f"{SECRETS[option]}=..." in output for option in options)


@pytest.mark.parametrize("option", SECRETS)
def test_what_is_given_without_its_name_is_not_repeated(production, option):
    output = production(option, "a=1", option, "hunter2")
    assert "number 2 is not name=value" in output
    assert "hunter2" not in output


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("little_shop:guard", "little_shop:guard"),
        (
            "arn:aws:lambda:eu-west-1:123456789012:function:guard",
            "arn:aws:lambda:eu-west-1:123456789012:function:guard",
        ),
        ("https://auth.internal/hunter2?key=hunter2", "https://auth.internal/..."),
        ("https://auth.internal?key=hunter2", "https://auth.internal/..."),
        ("https://me:hunter2@auth.internal", "https://auth.internal"),
    ],
)
def test_of_a_url_that_serves_a_function_scheme_and_host_are_told(value, told):
    lines = "\n".join(_for_production({"lambdas": {"guard": value}}))
    assert f"WSGI_GATEWAY_LAMBDAS=guard={told} " in lines


@pytest.mark.parametrize("by", ["options", "variables"])
def test_how_a_store_fails_and_what_callers_are_told_may_be_said(folder, monkeypatch, tmp_path, by):
    monkeypatch.chdir(folder)
    monkeypatch.syspath_prepend(str(folder))
    options = ["--rate-limit-headers", "--on-store-error", "local"]
    variables = {"WSGI_GATEWAY_RATE_LIMIT_HEADERS": "1", "WSGI_GATEWAY_ON_STORE_ERROR": "local"}
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        words = ["serve", "api.yaml", *WITH_APP, "--port", port, "--store", f"lmdb:{tmp_path / 'kept'}"]
        if by == "options":
            result = CliRunner().invoke(main, [*words, *options])
        else:
            result = CliRunner().invoke(main, words, env=variables)
    for name, value in variables.items():
        assert f"    {name}={value} \\\n" in result.output
