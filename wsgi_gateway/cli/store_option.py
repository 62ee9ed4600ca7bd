"""The option ``--store``, and the store it names: opened, closed, and its failures told.

::

    @click.command("list")
    @store_option
    def command(url: str) -> None:
        with opened(url) as store:
            ...

A store that only this process sees is refused: it would be forgotten as the command ends. What goes wrong is
told in a line, exit status 1. A URL may contain a password, so none is ever told.

Not for: gateways; they get their store from :mod:`wsgi_gateway.mount` or from code.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from wsgi_gateway.cli import problems as telling

if TYPE_CHECKING:
    from wsgi_gateway.typing import Store

store_option = click.option(
    "--store",
    "url",
    metavar="URL",
    envvar="WSGI_GATEWAY_STORE",
    show_envvar=True,
    required=True,
    help="Where keys, plans and counters are kept.",
)
"""Gives ``url``."""

format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
"""Gives ``form``."""


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """The store of a URL, for the time of a command. What goes wrong inside ends the command."""
    from wsgi_gateway.errors import ConfigError, Problem
    from wsgi_gateway.stores import store_from_url
    from wsgi_gateway.stores.errors import StoreUnavailable

    try:
        store = store_from_url(url)
        try:
            if not store.shared_between_processes:
                message = "no other process sees what is kept in such a store"
                hint = "name the store of the gateway's workers"
                raise ConfigError([Problem("store", message, hint=hint)])
            yield store
        finally:
            store.close()
    except ConfigError as error:
        telling.give_up(error.problems, "wsgi-gateway")
    except StoreUnavailable as error:
        raise click.ClickException(f"the store is not available: {error}") from None
