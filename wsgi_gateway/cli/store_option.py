"""The option ``--store``, and the store it names: opened, closed, and its failures told.

::

    @click.command("list")
    @store_option
    def command(url: str) -> None:
        with opened(url) as store:
            ...

Every verb takes it from the environment too: WSGI_GATEWAY_STORE, which :mod:`wsgi_gateway.mount` reads, so
that one ``export`` is enough for commands, development server and workers.

A store that is not there yet is made only by commands that put something into it, and they say so; all others
refuse, since a path with a slip of the pen would look like a store without keys. That is so of ``lmdb:``
alone. A store that only this process sees is refused: it would be forgotten as the command ends.

A URL that cannot work is wrong usage, exit status 2; what else goes wrong is told in a line, exit status 1. A
URL may contain a password, so it is told only as :func:`shown`.

Not for: gateways; they get their store from :mod:`wsgi_gateway.mount` or from code.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

import click

from wsgi_gateway.cli import problems as telling

if TYPE_CHECKING:
    from wsgi_gateway.typing import Store
    from wsgi_gateway.usage.key_reader import KeyReader

_F = TypeVar("_F", bound=Callable[..., Any])

VARIABLE = "WSGI_GATEWAY_STORE"
"""The environment variable; the one of :mod:`wsgi_gateway.mount`."""

MADE_BY = "plans put, keys create and keys import make one"

_CREDENTIALS = re.compile(r"(?<=:)(//)?.*@", re.DOTALL)


def _usable(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """The value as it is; None if there is none. An empty one was meant to name a store."""
    if value == "" or (value is None and os.environ.get(VARIABLE) == ""):
        where = "empty" if value == "" else f"{VARIABLE} is set and empty"
        raise click.BadParameter(f"{where}; name a store, such as lmdb:/var/lib/shop", context, parameter)
    try:
        (value or "").encode()
    except UnicodeEncodeError:
        raise click.BadParameter("the URL is not UTF-8", context, parameter) from None
    return value


def _store_option(about: str, **settings: Any) -> Callable[[_F], _F]:
    return click.option(
        "--store",
        "url",
        metavar="URL",
        envvar=VARIABLE,
        show_envvar=True,
        callback=_usable,
        help=about,
        **settings,
    )


store_option = _store_option(
    "Where keys, plans and counters are kept, such as lmdb:/var/lib/shop or redis://host.", required=True
)
"""Gives ``url``."""

store_of_gateway_option = _store_option(
    "Where keys and plans are found and limits are counted, such as lmdb:/var/lib/shop.  "
    "[default: the memory of the process]"
)
"""Gives ``url``, which may be None."""

format_option = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
"""Gives ``form``."""


@contextmanager
def opened(url: str, *, makes: bool = False, dry_run: bool = False) -> Iterator[Store]:
    """The store of a URL, for the time of a command. What goes wrong inside ends the command.

    ``makes``: one that is not there is made, with ``dry_run`` in memory only; else that is wrong usage.
    """
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.stores.errors import StoreUnavailable

    missing = missing_directory(url)
    if missing is not None and not makes:
        raise click.BadParameter(f"there is no store in {missing}; {MADE_BY}", param_hint="--store")
    try:
        store = store_of(url if missing is None or not dry_run else "memory:")
        try:
            if missing is not None:
                would = "would be" if dry_run else "is"
                click.echo(f"a new store {would} made in {missing}", err=True)
            elif not store.shared_between_processes:
                message = "no other process sees what is kept in such a store; name that of the workers"
                raise click.BadParameter(message, param_hint="--store")
            yield store
        finally:
            store.close()
    except ConfigError as error:
        telling.give_up(error.problems, "wsgi-gateway")
    except StoreUnavailable as error:
        raise click.ClickException(f"the store {shown(url)} is not available: {error}") from None


def store_of(url: str) -> Store:
    """The store of a URL. BadParameter, which names ``--store``, if it cannot work."""
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.stores import store_from_url

    try:
        return store_from_url(url)
    except ConfigError as error:
        why = "; ".join(problem.message.removeprefix("store URL: ") for problem in error.problems)
        meant = f"; did you mean lmdb:{url}?" if url.startswith("/") else ""
        raise click.BadParameter(f"{why}{meant}", param_hint="--store") from None


def missing_directory(url: str) -> str | None:
    """The directory of an LMDB store that is not there yet; None of all other stores."""
    scheme, _, location = url.partition(":")
    path = unquote(location.partition("?")[0])
    path = path[2:] if path.startswith("//") else path
    if scheme.lower() != "lmdb" or not path.startswith("/") or "\0" in path:
        return None
    try:
        os.stat(os.path.join(path, "durable.mdb"))
    except (FileNotFoundError, NotADirectoryError):
        return path
    except OSError:
        pass  # somebody else's directory: opening it tells what is wrong
    return None


def tell_where_nothing_is(url: str, reader: KeyReader) -> None:
    """On stderr, if nothing was ever kept under a Redis's prefix: a slip in it looks like a new store."""
    from wsgi_gateway.stores.redis_url import SCHEMES, RedisUrl

    if url.partition("://")[0].lower() not in SCHEMES or reader.generation() != (0, None):
        return
    found = RedisUrl.read(url)
    message = f"nothing was ever kept under the prefix {found.prefix!r} of database {found.db}"
    click.echo(f"({message}; is that the one of the workers?)", err=True)


def shown(url: str) -> str:
    """A URL without what may be a secret: all before an ``@``, and options whose names speak of one."""
    from wsgi_gateway.redaction import redacted_text

    if url.lower().startswith("lmdb:"):
        return url
    return redacted_text(_CREDENTIALS.sub(r"\1...@", url, count=1))
