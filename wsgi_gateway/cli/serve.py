"""``serve``: a development server for a definition and the app behind it.

::

    wsgi-gateway serve api.yaml --app shop:app --lambda guard=shop.guards:guard --trace

Modules are found in the current directory, as under gunicorn. When the definition changes, or a file that it
includes, it is loaded again and serves from the next request on; one that cannot be served is told, and what
was served goes on. Counters of limits go on, too. Apps and functions are loaded once: a change of their code
is told, and wants a restart. ``--no-reload`` watches nothing. See :mod:`wsgi_gateway.cli.reloading`.

With ``--trace`` every request is told stage by
stage, credentials redacted. Without it the log still tells why an API key was refused, and where it was
looked for (:mod:`wsgi_gateway.cli.key_refusals`).

Not for: production. Start-up says how to run the same under gunicorn: of parameters, imports, resources and
stage variables the names alone, for their values may be secrets; and with the options that matter: without
``--forwarder-headers ""`` a client of gunicorn may set SCRIPT_NAME by a header and move the route, and the
access log that gunicorn has by default prints query strings, in which tokens travel.
"""

from __future__ import annotations

import logging
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

import click

from wsgi_gateway.cli import server, terminal
from wsgi_gateway.cli.key_refusals import KeyRefusals, told_on_stderr, where_keys_are
from wsgi_gateway.cli.named_values import named_values
from wsgi_gateway.cli.reload_telling import TerminalListener, ToldOnce
from wsgi_gateway.cli.store_option import missing_directory, shown, store_of, store_of_gateway_option
from wsgi_gateway.cli.templates import template_options
from wsgi_gateway.redaction import names_programs, shown_program

if TYPE_CHECKING:
    from wsgi_gateway.cli.reloading import ReloadingGateway
    from wsgi_gateway.gateway import Gateway
    from wsgi_gateway.typing import Store

logger = logging.getLogger("wsgi_gateway")

GUNICORN_OPTIONS = (
    "--forwarder-headers ''",
    """--access-logformat '%(h)s %(l)s %(u)s %(t)s "%(m)s %(U)s" %(s)s %(b)s'""",
)
"""What gunicorn needs to be told: believe no header about the path, and log no query string."""


@click.command("serve")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--app", metavar="MODULE:CALLABLE", help="The wrapped WSGI app; module:factory() calls one.")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--stage", metavar="NAME", help="The stage's name.  [default: the only one, or default]")
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
    "--local-functions",
    is_flag=True,
    envvar="WSGI_GATEWAY_LOCAL_FUNCTIONS",
    show_envvar=True,
    help="Run the Python functions of a template whose code is on this machine.",
)
@click.option(
    "--integration",
    "integrations",
    metavar="NAME=MODULE:APP",
    multiple=True,
    callback=named_values,
    help="The WSGI app that serves the integration wsgi:NAME; repeatable.",
)
@click.option(
    "--authorizer",
    "authorizers",
    metavar="NAME=MODULE:FUNCTION",
    multiple=True,
    callback=named_values,
    help="What serves the authorizer NAME, or verifies its tokens; repeatable.",
)
@click.option(
    "--credentials",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False),
    help="Whose signed requests AWS_IAM methods admit.",
)
@click.option("--aws", metavar="URL", help="Where AWS services are called, such as a local stack.")
@store_of_gateway_option
@click.option(
    "--trusted-proxies", metavar="N", type=click.IntRange(0, 100), help="Proxies in front.  [default: 0]"
)
@click.option(
    "--api-id", metavar="ID", help="The API's id, as ARNs in policies and counters of a store name it."
)
@click.option("--account-id", metavar="DIGITS", help="The account in those ARNs.")
@click.option("--region", metavar="REGION", help="The Region in those ARNs, and in signatures.")
@template_options
@click.option(
    "--rate-limit-headers",
    is_flag=True,
    envvar="WSGI_GATEWAY_RATE_LIMIT_HEADERS",
    show_envvar=True,
    help="Tell callers what is left of their limits.",
)
@click.option(
    "--on-store-error",
    type=click.Choice(["closed", "open", "local"]),
    envvar="WSGI_GATEWAY_ON_STORE_ERROR",
    show_envvar=True,
    help="What happens while the store fails.  [default: closed]",
)
@click.option(
    "--docs", metavar="[PATH]", is_flag=False, flag_value="/docs", help="Document the API on a page.  [/docs]"
)
@click.option("--trace", is_flag=True, help="Tell every request stage by stage.")
@click.option("--no-reload", is_flag=True, help="Do not load the definition again when it changes.")
def command(
    files: tuple[str, ...],
    app: str | None,
    host: str,
    port: int,
    trace: bool,
    no_reload: bool,
    url: str | None,
    **options: Any,
) -> None:
    """Serve the definition FILE (or module:name of a RestApiConfig) for development. Several OpenAPI FILEs
    make one API.
    """
    sys.path.insert(0, os.getcwd())
    settings = {name: value for name, value in options.items() if value}
    _check_names(**settings)
    with told_on_stderr():
        tell = terminal.tell if trace else None
        served = _served(files, app, url, tell, settings, reloads=not no_reload)
        gateway = served.gateway
        click.echo(f"{gateway.api.secrets.hidden(gateway.api.name)}: {_counted_methods(gateway)}")
        click.echo("This server is for development. For production:")
        for line in _for_production({"api": ",".join(files), "app": app, "store": url, **settings}):
            click.echo(f"    {line}")
        served.watch()
        try:
            server.run(served, host, port)
        finally:
            served.close()


def _check_names(stage: str = "default", api_id: str | None = None, **others: Any) -> None:
    """BadParameter for names that cannot stand in ARNs."""
    from wsgi_gateway.config import StageConfig
    from wsgi_gateway.config.check_stage import check_api_id, check_stage
    from wsgi_gateway.errors import Place

    given = {name: others[name] for name in ("account_id", "region") if name in others}
    problems = [*check_stage(StageConfig(stage_name=stage, **given))]
    if api_id is not None:
        problems += check_api_id(api_id, Place())
    if problems:
        problem = problems[0]
        option = f"--{problem.code.removesuffix('-name')}"  # stage-name, account-id, region, api-id
        raise click.BadParameter(f"{problem.message}: {problem.hint}", param_hint=option)


def _store(url: str | None) -> Store | None:
    if url is None:
        return None
    missing = missing_directory(url)
    store = store_of(url)
    if missing is not None:
        click.echo(f"a new store is made in {missing}", err=True)
    return store


class _Loader:
    """Makes the Gateway, as often as the definition changes. What would begin anew with each is made once:
    counters, and what factories make.
    """

    def __init__(
        self,
        files: tuple[str, ...],
        app: str | None,
        url: str | None,
        tell: Any,
        settings: Mapping[str, Any],
    ) -> None:
        from wsgi_gateway.stores.memory import MemoryStore

        self._api = files[0] if len(files) == 1 else files
        self._url, self._tell = url, tell
        self._store = self._counted_in = _store(url)
        if url is None and "on_store_error" not in settings:
            self._counted_in = MemoryStore()
        self._settings = {**settings, "app": _made(app, "app")}
        self._docs: str | None = self._settings.pop("docs", None)
        for option in ("lambdas", "integrations", "authorizers"):
            given = settings.get(option, {})
            self._settings[option] = {name: _made(text, option) for name, text in given.items()}
        self._told_once = ToldOnce()

    def __call__(self) -> Gateway:
        """Raises ConfigError."""
        from wsgi_gateway.config.unserved import closed_methods
        from wsgi_gateway.docs_app import WithDocs
        from wsgi_gateway.mount import gateway

        refusals = KeyRefusals(then=self._tell)
        with self._told_once():
            made = gateway(self._api, store=self._counted_in, on_trace=refusals, **self._settings)
            if self._store is None:
                for warning in closed_methods(made.api, made.stage):
                    logger.warning("%s", made.api.secrets.masked(warning))
            with_docs = made if self._docs is None else WithDocs(made, self._docs)
        refusals.where = where_keys_are(made.api, self._url, self._store)
        return cast("Gateway", with_docs)  # which has all that the Gateway has


def _made(text: Any, option: str) -> Any:
    """What a factory makes; other texts as they are."""
    from wsgi_gateway.functions import DOTTED_NAME, imported

    is_factory = isinstance(text, str) and text.endswith("()") and DOTTED_NAME.fullmatch(text)
    return imported(text, option) if is_factory else text


def _served(
    files: tuple[str, ...],
    app: str | None,
    url: str | None,
    tell: Any,
    settings: Mapping[str, Any],
    *,
    reloads: bool,
) -> ReloadingGateway:
    """Ends the command if the definition cannot be served."""
    from wsgi_gateway.cli.reloading import ReloadingGateway
    from wsgi_gateway.errors import ConfigError

    # What is no file is a name in a module, and modules are loaded once.
    watched = [file for file in files if os.path.exists(file)] if reloads else []
    listener = TerminalListener(" ".join(files))
    try:
        served = ReloadingGateway(_Loader(files, app, url, tell, settings), watched, listener=listener)
    except ConfigError as error:
        listener.wrong(error.problems)
        raise SystemExit(1) from None
    if reloads:
        served.look()  # the first look knows the modules as they were loaded
    else:
        served.close()
    return served


def _counted_methods(gateway: Gateway) -> str:
    count = sum(len(methods) for methods in gateway.api.resources.values())
    return f"{count} method{'' if count == 1 else 's'}, stage {gateway.stage.stage_name}"


def _for_production(settings: Mapping[str, Any]) -> Iterator[str]:
    """The same by :mod:`wsgi_gateway.mount`, as lines of a shell."""
    for name, value in settings.items():
        if isinstance(value, Mapping):
            told = shown_program if names_programs(name) else _nothing
            value = ",".join(f"{key}={told(text)}" for key, text in value.items())
        elif name in ("store", "aws"):
            value = shown(value) if value else value
        elif value is True:
            value = 1
        if value:
            yield f"WSGI_GATEWAY_{name.upper()}={shlex.quote(str(value))} \\"
    yield "gunicorn \\"
    for option in GUNICORN_OPTIONS:
        yield f"  {option} \\"
    yield "  wsgi_gateway.mount:application"


def _nothing(value: str) -> str:
    """What is shown of a value that may be a secret."""
    return "..."
