"""The docs are off; a variable of the environment or an option of ``serve`` switches them on."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from wsgi_gateway import ConfigError, mount
from wsgi_gateway.cli import main
from wsgi_gateway.wsgi import call_app

API = """\
openapi: 3.0.1
info: {title: first title, version: "1"}
paths:
  /pets:
    get:
      responses: {"200": {description: pets}}
      x-amazon-apigateway-integration:
        type: mock
        requestTemplates: {application/json: '{"statusCode": 200}'}
        responses: {default: {statusCode: "200"}}
"""
_PATIENCE = 60


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    path = tmp_path / "api.yaml"
    path.write_text(API, encoding="utf-8")
    return path


def status(app: object, path: str) -> int:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "SCRIPT_NAME": ""}
    return call_app(app, environ).status_code  # type: ignore[arg-type]


def test_there_are_no_docs_unless_they_are_asked_for(definition: Path) -> None:
    app = mount.from_environment({"WSGI_GATEWAY_API": str(definition)})
    assert (status(app, "/docs/"), status(app, "/pets")) == (403, 200)


def test_a_variable_of_the_environment_says_where(definition: Path) -> None:
    app = mount.from_environment({"WSGI_GATEWAY_API": str(definition), "WSGI_GATEWAY_DOCS": "/help"})
    assert [status(app, path) for path in ("/help/", "/docs/", "/pets")] == [200, 403, 200]
    assert app.api.name == "first title"


@pytest.mark.parametrize(("path", "message"), [("docs", "no path for docs"), ("/pets", "has /pets there")])
def test_a_path_that_will_not_do_stops_the_load(definition: Path, path: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        mount.from_environment({"WSGI_GATEWAY_API": str(definition), "WSGI_GATEWAY_DOCS": path})
    done = CliRunner().invoke(main, ["serve", str(definition), "--docs", path])
    assert (done.exit_code, message in done.stderr) == (1, True)


@contextmanager
def serving(definition: Path, *options: str) -> Iterator[tuple[int, str]]:
    """The port of ``serve``, and what it said at its start."""
    command = [sys.executable, "-m", "wsgi_gateway", "serve", str(definition), "--port", "0", *options]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (
        definition.with_name("log").open("wb") as log,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment) as process,
    ):
        try:
            assert process.stdout is not None
            said = ""
            for line in process.stdout:
                said += line
                if found := re.search(r"listening on http://127\.0\.0\.1:(\d+)", line):
                    yield int(found[1]), said
                    break
            else:
                pytest.fail(said + definition.with_name("log").read_text())
        finally:
            process.terminate()


def title(port: int, path: str) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_PATIENCE)
    try:
        connection.request("GET", path)
        return str(json.loads(connection.getresponse().read())["info"]["title"])
    finally:
        connection.close()


def test_serve_has_docs_that_change_with_the_definition(definition: Path) -> None:
    with serving(definition, "--docs") as (port, said):
        assert "WSGI_GATEWAY_DOCS=/docs" in said
        assert title(port, "/docs/openapi.json") == "first title"
        definition.write_text(API.replace("first", "second"), encoding="utf-8")
        end = time.monotonic() + _PATIENCE
        while title(port, "/docs/openapi.json") != "second title":
            assert time.monotonic() < end
            time.sleep(0.05)


def test_serve_has_its_docs_where_it_is_told_to(definition: Path) -> None:
    with serving(definition, "--no-reload", "--docs", "/v1/help") as (port, _):
        assert title(port, "/v1/help/swagger.json") == "first title"
