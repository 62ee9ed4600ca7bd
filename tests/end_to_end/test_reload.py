"""A definition that changes under a server: real files, real requests, and none of them fails."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from end_to_end.gunicorn_process import gunicorn, until
from wsgi_gateway import Gateway
from wsgi_gateway.cli.reloading import ReloadingGateway
from wsgi_gateway.cli.server import RequestHandler, ThreadingWSGIServer
from wsgi_gateway.mount import gateway

ANSWER = """\
      x-amazon-apigateway-integration:
        type: {type}
        requestTemplates: {{application/json: '{{"statusCode": 200}}'}}
        responses:
          default:
            statusCode: "200"
            responseParameters: {{method.response.header.X-Version: "'{version}'"}}
            responseTemplates: {{application/json: "{version}"}}
"""
API = """\
openapi: 3.0.1
info: {{title: little shop, version: "1"}}
paths:
  /version:
    get:
      responses: {{"200": {{description: the version, headers: {{X-Version: {{schema: {{type: string}}}}}}}}}}
{answer}{more}"""
TOYS = """\
  /toys:
    get:
      parameters: [{{name: colour, in: query, required: {required}}}]
      x-amazon-apigateway-request-validator: parameters
      responses: {{"200": {{description: toys}}}}
x-amazon-apigateway-request-validators: {{parameters: {{validateRequestParameters: true}}}}
"""
APP = """\
def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"toys"]
"""


def api(version: str, more: str = "", type: str = "mock") -> str:
    return API.format(answer=ANSWER.format(version=version, type=type), more=more)


def replaced(file: Path, text: str) -> None:
    beside = file.with_name("beside")
    beside.write_text(text)
    os.replace(beside, file)


def ask(port: int, path: str, **headers: str) -> tuple[int, str | None, bytes]:
    """Status, version in the head, body."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", path, headers={name.replace("_", "-"): v for name, v in headers.items()})
        response = connection.getresponse()
        return response.status, response.headers["X-Version"], response.read()
    finally:
        connection.close()


class Serving:
    """``wsgi-gateway serve`` in a folder, and everything it has said."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.log = folder / "serve.log"
        command = [sys.executable, "-m", "wsgi_gateway", "serve", *options, "--port", "0"]
        environment = {k: v for k, v in os.environ.items() if not k.startswith("WSGI_GATEWAY_")}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                command,
                cwd=folder,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**environment, "PYTHONUNBUFFERED": "1"},
            )
        until(lambda: "listening on" in self.said() or self.process.poll() is not None)
        found = re.search(r"listening on http://127\.0\.0\.1:(\d+)", self.said())
        assert found is not None, self.said()
        self.port = int(found[1])

    def said(self) -> str:
        return self.log.read_text()

    def says(self, text: str, times: int = 1) -> None:
        until(lambda: self.said().count(text) >= times)
        assert self.said().count(text) == times

    def version(self) -> str:
        status, head, body = ask(self.port, "/version")
        assert (status, body.decode()) == (200, head)
        return str(head)


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[Serving]:
    server = Serving(folder, *options)
    try:
        yield server
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(60) == 0, server.said()
    finally:
        server.process.kill()
        server.process.wait()
    assert "Traceback" not in server.said()


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "api.yaml").write_text(api("one"))
    (tmp_path / "shop.py").write_text(APP)
    return tmp_path


# ------------------------------------------------------------ serve


def test_serve_takes_a_change_and_tells_what_it_means_to_callers(shop: Path) -> None:
    file = shop / "api.yaml"
    with serving(shop, "api.yaml", "--app", "shop:app") as server:
        assert server.version() == "one"
        replaced(file, api("two", TOYS.format(required="false")))
        until(lambda: server.version() == "two")
        server.says("compatible  GET /toys: is new [route]")
        assert ask(server.port, "/toys")[2] == b"toys"
        file.write_text(api("two", TOYS.format(required="true")))
        until(lambda: ask(server.port, "/toys")[0] == 400)
        server.says("breaking    GET /toys")
        file.write_text("# a remark\n" + file.read_text())
        server.says("api.yaml: taken, nothing changes for callers")
        server.says("api.yaml: taken", times=3)


def test_serve_tells_what_is_wrong_once_and_goes_on_with_what_it_had(shop: Path) -> None:
    file = shop / "api.yaml"
    with serving(shop, "api.yaml") as server:
        file.write_text(api("two", type="telepathy"))
        server.says("api.yaml: not taken, what was served before still is")
        assert re.search(r"^api\.yaml:\d+:\d+: error: .*telepathy", server.said(), re.MULTILINE)
        assert server.version() == "one"
        file.write_text(api("one"))
        server.says("api.yaml: again what is served")
        file.unlink()
        server.says("api.yaml: not taken", times=2)
        assert "No such file" in server.said()
        assert server.version() == "one"
        replaced(file, api("three"))
        until(lambda: server.version() == "three")
        server.says("api.yaml: not taken", times=2)


def test_serve_says_that_changed_code_wants_a_restart(shop: Path) -> None:
    with serving(shop, "api.yaml", "--app", "shop:app") as server:
        replaced(shop / "shop.py", APP.replace("toys", "games"))
        server.says("shop.py has changed: restart to serve it, code is not loaded again")
        (shop / "api.yaml").write_text(api("two", TOYS.format(required="false")))
        until(lambda: server.version() == "two")
        assert ask(server.port, "/toys")[2] == b"toys"


def test_serve_reloads_nothing_if_told_so(shop: Path) -> None:
    (shop / "other.yaml").write_text(api("one"))
    with serving(shop, "api.yaml", "--no-reload") as fixed, serving_beside(shop) as other:
        for file in ("api.yaml", "other.yaml"):
            (shop / file).write_text(api("two"))
        until(lambda: other.version() == "two")
        assert fixed.version() == "one"
        assert "taken" not in fixed.said()


@contextmanager
def serving_beside(folder: Path) -> Iterator[Serving]:
    """Another server, whose reload tells that as much time has passed."""
    log = folder / "logs"
    log.mkdir()
    with serving(log, os.path.join("..", "other.yaml")) as server:
        yield server


def test_a_factory_makes_one_app_for_all_definitions(shop: Path) -> None:
    (shop / "shop.py").write_text(APP + "\ndef make():\n    print('the app is made')\n    return app\n")
    with serving(shop, "api.yaml", "--app", "shop:make()") as server:
        (shop / "api.yaml").write_text(api("two"))
        until(lambda: server.version() == "two")
        server.says("the app is made")


def test_a_warning_is_told_once_however_often_the_definition_changes(shop: Path) -> None:
    (shop / "api.yaml").write_text(api("one") + KEYED)
    with serving(shop, "api.yaml", "--app", "shop:app") as server:
        (shop / "api.yaml").write_text(api("two") + KEYED)
        until(lambda: server.version() == "two")
        server.says("no API key opens GET /keyed")


KEYED = """\
  /keyed:
    get:
      security: [{key: []}]
      responses: {"200": {description: keyed}}
components: {securitySchemes: {key: {type: apiKey, name: x-api-key, in: header}}}
"""

STACK = """\
Resources:
  Shop:
    Type: AWS::ApiGateway::RestApi
    Properties: {{Name: shop, BodyS3Location: {{Bucket: definitions, Key: body.yaml}}}}
  Deployed: {{Type: AWS::ApiGateway::Deployment, Properties: {{RestApiId: !Ref Shop}}}}
  Prod:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Shop
      DeploymentId: !Ref Deployed
      StageName: prod
      Variables: {{colour: {colour}}}
  Gold:
    Type: AWS::ApiGateway::UsagePlan
    DependsOn: Prod
    Properties:
      ApiStages: [{{ApiId: !Ref Shop, Stage: prod}}]
      Quota: {{Limit: {limit}, Period: MONTH}}
  Ada:
    Type: AWS::ApiGateway::ApiKey
    Properties: {{Name: ada, Enabled: true, Value: 0123456789abcdefghij}}
  AdaIsGold:
    Type: AWS::ApiGateway::UsagePlanKey
    Properties: {{KeyId: !Ref Ada, KeyType: API_KEY, UsagePlanId: !Ref Gold}}
"""


def test_a_reload_of_a_template_refills_no_quota_and_takes_the_new_limit(shop: Path) -> None:
    stack, body = shop / "stack.yaml", shop / "body.yaml"
    stack.write_text(STACK.format(limit=3, colour="blue"))
    body.write_text(api("one") + KEYED)

    def spend(server: Serving, count: int) -> list[int]:
        return [ask(server.port, "/keyed", X_Api_Key="0123456789abcdefghij")[0] for _ in range(count)]

    with serving(shop, "stack.yaml", "--app", "shop:app") as server:
        assert spend(server, 2) == [200, 200]
        body.write_text(api("two") + KEYED)
        until(lambda: server.version() == "two")
        assert spend(server, 2) == [200, 429]
        stack.write_text(STACK.format(limit=5, colour="red"))
        server.says("the stage prod: other variables")
        assert spend(server, 3) == [200, 200, 429]


# ------------------------------------------------------------ functions

FUNCTION = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Who:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: code/
      Handler: who.handler
      Runtime: python3.11
      Events: {Get: {Type: Api, Properties: {Path: /who, Method: get}}}
"""
HANDLER = """\
import os

def handler(event, context):
    return {"statusCode": 200, "body": str(os.getpid())}
"""


def test_the_processes_of_functions_end_with_the_gateway_that_began_them(tmp_path: Path) -> None:
    pytest.importorskip("samtranslator")
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "who.py").write_text(HANDLER)
    file = tmp_path / "template.yaml"
    file.write_text(FUNCTION)
    app = ReloadingGateway(lambda: gateway(file, local_functions=True), [file], poll_seconds=10_000)
    with quiet_server(app) as port:
        processes = []
        for number in range(3):
            status, _, body = ask(port, "/who")
            assert status == 200
            processes.append(int(body))
            file.write_text(f"{FUNCTION}# {number}\n")
            app.look()
            app.look()
    app.close()
    assert len(set(processes)) == 3
    until(lambda: not [process for process in processes if os.path.exists(f"/proc/{process}")])


# ------------------------------------------------------------ a storm


def test_no_request_fails_or_is_answered_by_two_versions_while_200_definitions_change(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(api("v0"))
    app = ReloadingGateway(lambda: Gateway(file), [file], poll_seconds=10_000)
    over = threading.Event()
    answers: list[tuple[int, str | None, bytes]] = []
    failures: list[BaseException] = []

    def client(port: int) -> None:
        while not over.is_set():
            try:
                answers.append(ask(port, "/version"))
            except (OSError, http.client.HTTPException) as error:
                failures.append(error)

    with quiet_server(app) as port:
        clients = [threading.Thread(target=client, args=(port,)) for _ in range(4)]
        for thread in clients:
            thread.start()
        for number in range(1, 201):
            write: Callable[[Path, str], object] = replaced if number % 2 else Path.write_text
            write(file, api(f"v{number}"))
            app.look()
            app.look()
        last = ask(port, "/version")
        over.set()
        for thread in clients:
            thread.join()
    app.close()
    assert failures == []
    assert last == (200, "v200", b"v200")
    assert {status for status, _, _ in answers} == {200}
    assert [answer for answer in answers if answer[1] != answer[2].decode()] == []
    assert len({version for _, version, _ in answers}) > 10


class Quiet(RequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def quiet_server(app: ReloadingGateway) -> Iterator[int]:
    with ThreadingWSGIServer(("127.0.0.1", 0), Quiet) as server:
        server.set_app(app)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


# ------------------------------------------------------------ gunicorn

SITE = """\
import os
from wsgi_gateway import Gateway
from wsgi_gateway.cli.reloading import ReloadingGateway

application = ReloadingGateway(lambda: Gateway("api.yaml", integrations={"who": who}), ["api.yaml"])
"""
WHO = """\
def who(environ, start_response):
    start_response("200 OK", [])
    return [str(os.getpid()).encode()]

"""


@pytest.mark.parametrize("preload", [(), ("--preload",)], ids=["workers that load", "--preload"])
def test_every_worker_of_gunicorn_takes_a_change_by_itself(tmp_path: Path, preload: tuple[str, ...]) -> None:
    (tmp_path / "site_of_workers.py").write_text(SITE.replace("application", WHO + "application", 1))
    integration = {"type": "wsgi_proxy", "uri": "wsgi:who", "httpMethod": "GET"}
    operation = {
        "responses": {"200": {"description": ""}},
        "x-amazon-apigateway-integration": integration,
    }

    def document(path: str) -> str:
        return json.dumps(
            {
                "openapi": "3.0.1",
                "info": {"title": "workers", "version": "1"},
                "paths": {path: {"get": operation}},
            }
        )

    file = tmp_path / "api.yaml"
    file.write_text(document("/one"))
    options = ("--chdir", str(tmp_path), "--worker-class", "gthread", "--threads", "2", *preload)
    with gunicorn("site_of_workers:application", tmp_path, *options) as server:

        def who_knows(path: str) -> Counter[str]:
            answers = [server.ask("GET", path) for _ in range(20)]
            return Counter(answer.body.decode() for answer in answers if answer.status == 200)

        until(lambda: len(who_knows("/one")) == 2)
        replaced(file, document("/two"))
        until(lambda: not who_knows("/one"))
        until(lambda: len(who_knows("/two")) == 2)
