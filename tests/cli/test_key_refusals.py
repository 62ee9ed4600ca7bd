"""Why a key was refused, and where it was looked for: in the log of ``serve``, and never the key's value."""

from __future__ import annotations

import logging
import time

import pytest
from stores.redis_server import free_port

from cli.store_files import shop
from cli.test_serve import LAMBDA, Serving, ask
from wsgi_gateway import ApiKeyConfig, Gateway, IntegrationConfig, MethodConfig, RestApiConfig
from wsgi_gateway.cli.key_refusals import KeyRefusals, told_on_stderr, where_keys_are
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.wsgi import Response, call_app

__all__ = ["shop"]

VALUE = "apikey1234abcdefghij0123456789"
API = RestApiConfig(
    resources={"/prices": {"GET": MethodConfig(http_method="GET", api_key_required=True)}},
    api_keys=(ApiKeyConfig(id="zoe", value="the-key-that-zoe-was-given"),),
)


def logged(caplog, value, store=None, url=None, **options):
    """The log of one request with this key."""
    refusals = KeyRefusals()
    app = Gateway(API, Response("200 OK", [], [b"hi"]), store=store, on_trace=refusals, **options)
    refusals.where = where_keys_are(app.api, url, store)
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/prices", "QUERY_STRING": "secret=one"}
    caplog.clear()
    with caplog.at_level(logging.INFO, "wsgi_gateway"):
        call_app(app, environ if value is None else {**environ, "HTTP_X_API_KEY": value}).body()
    return [record.getMessage() for record in caplog.records if record.levelno == logging.INFO]


@pytest.fixture
def kept(shop):
    """A store with two keys, one of them disabled."""
    shop.put_plan(apiStages=[{"stage": "prod"}])
    shop.run("keys", "create", "Ada", "--id", "ada", "--plan", "gold", "--value-from-stdin", given=VALUE)
    shop.run("keys", "create", "Bob", "--id", "bob", "--disabled", "--value-from-stdin", given=f"{VALUE}-bob")
    store, _ = shop.open()
    yield store
    store.close()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        pytest.param(f"{VALUE}-eve", "unknown API key", id="unknown"),
        pytest.param(f"{VALUE}-bob", "API key bob is disabled", id="disabled"),
        pytest.param(
            VALUE,
            "API key ada has no usage plan for stage default of API local",
            id="in no plan of the stage",
        ),
        pytest.param(None, "no API key in HTTP_X_API_KEY", id="none"),
    ],
)
def test_a_refusal_tells_why_and_which_store_was_looked_in(caplog, shop, kept, value, why):
    (line,) = logged(caplog, value, kept, shop.url)
    assert line == f"GET /prices: 403, {why} (looked in: the definition, 1 key; {shop.url})"
    assert value is None or value not in caplog.text


def test_without_a_store_it_is_said_that_there_is_none(caplog):
    (line,) = logged(caplog, VALUE)
    where = "the definition, 1 key; no store: neither --store nor WSGI_GATEWAY_STORE names one"
    assert line == f"GET /prices: 403, unknown API key (looked in: {where})"


def test_a_store_that_keeps_no_keys_is_told_as_one(caplog):
    class Counters:
        shared_between_processes = True
        admit = MemoryStore.admit

    (line,) = logged(caplog, VALUE, Counters(), "mine:ada:hunter2@host")
    assert line.endswith("(looked in: the definition, 1 key; not in mine:...@host, which keeps no keys)")


def test_of_the_memory_of_the_process_it_is_said_that_nobody_can_fill_it(caplog):
    (line,) = logged(caplog, VALUE, MemoryStore(), "memory:")
    assert line.endswith("(looked in: the definition, 1 key; memory:, into which no command can put any)")


def test_a_store_that_fails_is_told_too(caplog):
    from wsgi_gateway.stores import store_from_url

    url = f"redis://:hunter2@127.0.0.1:{free_port()}/0"
    store = store_from_url(url)
    (line,) = logged(caplog, VALUE, store, url)
    store.close()
    assert line.startswith("GET /prices: 503, the store of API keys failed: ")
    assert "hunter2" not in caplog.text


def test_a_function_that_fails_behind_a_key_is_no_refusal_of_the_key(caplog):
    def fails(event, context):
        raise RuntimeError

    integration = IntegrationConfig(type="AWS_PROXY", http_method="POST", uri=LAMBDA % "work")
    method = MethodConfig(http_method="GET", integration=integration)
    refusals = KeyRefusals()
    app = Gateway(
        RestApiConfig(resources={"/prices": {"GET": method}}), lambdas={"work": fails}, on_trace=refusals
    )
    with caplog.at_level(logging.INFO, "wsgi_gateway"):
        answer = call_app(app, {"REQUEST_METHOD": "GET", "PATH_INFO": "/prices"})
    assert answer.status == "502 Bad Gateway"
    assert "looked in" not in caplog.text


def test_who_is_admitted_is_not_told(caplog, shop, kept):
    assert logged(caplog, VALUE, kept, shop.url, stage="prod") == []


def test_the_next_listener_hears_every_request():
    heard = []
    app = Gateway(API, Response("200 OK", [], [b"hi"]), on_trace=KeyRefusals(heard.append))
    call_app(app, {"REQUEST_METHOD": "GET", "PATH_INFO": "/elsewhere"}).body()
    assert len(heard) == 1


def test_the_log_is_as_it_was_when_the_command_has_ended(capsys):
    logger = logging.getLogger("wsgi_gateway")
    before = logger.level, list(logger.handlers)
    with told_on_stderr():
        logger.info("seen")
        logger.debug("not seen")
    assert (logger.level, logger.handlers) == before
    assert capsys.readouterr().err == "seen\n"


DEFINITION = """\
openapi: 3.0.1
info: {title: shop, version: "1"}
components:
  securitySchemes:
    api_key: {type: apiKey, in: header, name: x-api-key}
paths:
  /prices:
    get: {security: [{api_key: []}], responses: {"200": {description: what things cost}}}
"""


def test_serve_finds_the_store_in_the_environment_and_logs_refusals(shop, monkeypatch):
    shop.write("api.yaml", DEFINITION)
    shop.write("empty_shop.py", "def app(environ, start_response):\n    raise AssertionError\n")
    monkeypatch.setenv("WSGI_GATEWAY_STORE", shop.url)
    log = shop.directory / "serve.log"
    serving = Serving(shop.directory, log, "--app", "empty_shop:app")
    assert ask(serving.port, "GET", "/prices?x-api-key=secret") == (403, {"message": "Forbidden"})
    line = f"GET /prices: 403, no API key in HTTP_X_API_KEY (looked in: the definition, 0 keys; {shop.url})\n"
    deadline = time.monotonic() + 60
    while line not in log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    serving.stop()
    assert f"a new store is made in {shop.directory / 'kept'}\n" in log.read_text()
    assert "this API has no id" in log.read_text()
    assert f"WSGI_GATEWAY_STORE={shop.url} \\" in serving.said
    assert "secret" not in log.read_text()
