"""``serve``: a development server for a definition and the app behind it.

::

    wsgi-gateway serve api.yaml --app shop:app --lambda guard=shop.guards:guard --trace

Modules are found in the current directory, as under gunicorn. With ``--trace`` every request is told stage by
stage, credentials redacted.

Not for: production. Start-up says how to run the same under gunicorn, with the options that matter: without
``--forwarder-headers ""`` a client of gunicorn may set SCRIPT_NAME by a header and move the route, and the
access log that gunicorn has by default prints query strings, in which tokens travel.
"""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import click

from wsgi_gateway.cli import problems as telling
from wsgi_gateway.cli import server, terminal
from wsgi_gateway.cli.named_values import named_values

if TYPE_CHECKING:
    from wsgi_gateway.gateway import Gateway

_CREDENTIALS = re.compile(r"^([\w+]+://)[^/@]*@")
"""What is not shown of a store's URL."""

GUNICORN_OPTIONS = (
    "--forwarder-headers ''",
    """--access-logformat '%(h)s %(l)s %(u)s %(t)s "%(m)s %(U)s" %(s)s %(b)s'""",
)
"""What gunicorn needs to be told: believe no header about the path, and log no query string."""


@click.command("serve")
@click.argument("file")
@click.option("--app", metavar="MODULE:CALLABLE", help="The wrapped WSGI app; module:factory() calls one.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--stage", metavar="NAME", help="The stage's name.  [default: default]")
@click.option(
    "--stage-variable",
    "stage_variables",
    metavar="NAME=VALUE",
    multiple=True,
    callback=named_values,
    help="Repeatable.",
)
@click.option(
    "--lambda",
    "lambdas",
    metavar="NAME=MODULE:FUNCTION",
    multiple=True,
    callback=named_values,
    help="What serves the Lambda function NAME: a function, an ARN or a URL; repeatable.",
)
@click.option(
    "--authorizer",
    "authorizers",
    metavar="NAME=MODULE:FUNCTION",
    multiple=True,
    callback=named_values,
    help="What serves the authorizer NAME, or verifies its tokens; repeatable.",
)
@click.option("--credentials", metavar="FILE", help="Whose signed requests AWS_IAM methods admit.")
@click.option("--aws", metavar="URL", help="Where AWS services are called, such as a local stack.")
@click.option("--store", metavar="URL", help="Where limits are counted, such as lmdb:/var/lib/shop.")
@click.option(
    "--trusted-proxies", metavar="N", type=click.IntRange(0), help="Proxies in front.  [default: 0]"
)
@click.option("--api-id", metavar="ID", help="The API's id, as ARNs in policies name it.")
@click.option("--account-id", metavar="DIGITS", help="The account in those ARNs.")
@click.option("--region", metavar="REGION", help="The Region in those ARNs, and in signatures.")
@click.option("--trace", is_flag=True, help="Tell every request stage by stage.")
def command(file: str, app: str | None, host: str, port: int, trace: bool, **options: Any) -> None:
    """Serve the definition FILE (or module:name of a RestApiConfig) for development."""
    sys.path.insert(0, os.getcwd())
    settings = {name: value for name, value in options.items() if value}
    gateway = _gateway(file, app, **settings, on_trace=terminal.tell if trace else None)
    click.echo(f"{gateway.api.name}: {_counted_methods(gateway)}")
    click.echo("This server is for development. For production:")
    for line in _for_production({"api": file, "app": app, **settings}):
        click.echo(f"    {line}")
    server.run(gateway, host, port)


def _gateway(file: str, app: str | None, **options: Any) -> Gateway:
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.mount import gateway

    try:
        return gateway(file, app, **options)
    except ConfigError as error:
        telling.give_up(error.problems, file)


def _counted_methods(gateway: Gateway) -> str:
    count = sum(len(methods) for methods in gateway.api.resources.values())
    return f"{count} method{'' if count == 1 else 's'}, stage {gateway.stage.stage_name}"


def _for_production(settings: Mapping[str, Any]) -> Iterator[str]:
    """The same by :mod:`wsgi_gateway.mount`, as lines of a shell."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            value = ",".join(f"{key}={text}" for key, text in value.items())
        if name == "store":
            value = _CREDENTIALS.sub(r"\1...@", value)
        if value:
            yield f"WSGI_GATEWAY_{name.upper()}={shlex.quote(str(value))} \\"
    yield "gunicorn \\"
    for option in GUNICORN_OPTIONS:
        yield f"  {option} \\"
    yield "  wsgi_gateway.mount:application"
