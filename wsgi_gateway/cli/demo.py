"""``demo``: what the package does, told on an API that comes with it.

::

    $ wsgi-gateway demo            # tells a few requests stage by stage, then serves on port 8000
    $ wsgi-gateway demo --once     # tells them and ends

The definition is ``demo.yaml``, the app behind it ``demo_shop.py``, both beside this file. No network is
needed; the requests that are told never leave the process.

Not for: a start of one's own; the tutorial in the README is.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from wsgi_gateway.cli import server, terminal

if TYPE_CHECKING:
    from wsgi_gateway.gateway import Gateway
    from wsgi_gateway.trace import Trace
    from wsgi_gateway.typing import WSGIEnvironment

DEFINITION = Path(__file__).with_name("demo.yaml")
"""The definition, a file of the package."""


@dataclass(frozen=True)
class _Scene:
    title: str
    token: str | None
    key: str
    order: dict[str, object]


@click.command("demo")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--once", is_flag=True, help="Tell the requests and end, without serving.")
def command(host: str, port: int, once: bool) -> None:
    """Tell admitted and refused requests stage by stage, then serve the API they went to."""
    gateway = build(terminal.tell)
    click.echo("An order desk that speaks forms, behind a gateway that gives it JSON, keys and limits.")
    click.echo(f"Definition: {DEFINITION}")
    for scene in _scenes():
        _play(scene, gateway)
    if once:
        return
    click.echo("\nTry it yourself:")
    click.echo(f"    {_curl(host, port)}")
    server.run(gateway, host, port)


def build(on_trace: Callable[[Trace], object] | None = None) -> Gateway:
    """The demonstration's gateway; ``on_trace`` is called with the trace of every request."""
    from wsgi_gateway.cli.demo_shop import API_KEYS, USAGE_PLANS, guard, order_desk
    from wsgi_gateway.gateway import Gateway
    from wsgi_gateway.sources import load

    api = replace(load(DEFINITION), api_keys=API_KEYS, usage_plans=USAGE_PLANS)
    return Gateway(api, order_desk, stage="demo", lambdas={"guard": guard}, on_trace=on_trace)


def _scenes() -> Iterable[_Scene]:
    from wsgi_gateway.cli.demo_shop import SHOP_KEY, TRIAL_KEY

    order: dict[str, object] = {"customer": "Ada", "article": "tea & milk", "quantity": 2}
    yield _Scene("An order that is admitted", "token-of-ada", SHOP_KEY, order)
    yield _Scene("No token: the authorizer refuses", None, SHOP_KEY, order)
    yield _Scene("Bob may not: a policy denies", "token-of-bob", SHOP_KEY, order)
    yield _Scene(
        "A wrong order: validation refuses", "token-of-ada", SHOP_KEY, {"customer": "", "quantity": 200}
    )
    yield _Scene("A trial key's first order", "token-of-ada", TRIAL_KEY, order)
    yield _Scene("Its second: the throttle refuses", "token-of-ada", TRIAL_KEY, order)


def _play(scene: _Scene, gateway: Gateway) -> None:
    from wsgi_gateway.wsgi import call_app

    body = json.dumps(scene.order).encode()
    terminal.heading(scene.title)
    click.echo(f"> POST /orders {body.decode()}")
    answer = call_app(gateway, _environ(scene, body))
    text = answer.body().decode("utf-8", "replace").strip()
    click.secho(f"< {answer.status} {text}", fg="green" if answer.status_code < 400 else "red")


def _environ(scene: _Scene, body: bytes) -> WSGIEnvironment:
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/orders",
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_X_API_KEY": scene.key,
        "wsgi.input": io.BytesIO(body),
        "wsgi.url_scheme": "http",
    }
    if scene.token is not None:
        environ["HTTP_AUTHORIZATION"] = scene.token
    return environ


def _curl(host: str, port: int) -> str:
    from wsgi_gateway.cli.demo_shop import SHOP_KEY

    return (
        f"curl -i http://{host}:{port}/orders -H 'Authorization: token-of-ada' -H 'x-api-key: {SHOP_KEY}' "
        """-H 'Content-Type: application/json' -d '{"customer": "Ada", "article": "tea", "quantity": 2}'"""
    )
