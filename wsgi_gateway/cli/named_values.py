"""Options that are given as ``NAME=VALUE`` and may be repeated: the callback that makes a dict of them.

::

    @click.option("--header", multiple=True, callback=named_values)

Not for: text with several pairs in one; :func:`wsgi_gateway.given_as_text.pairs` reads that.
"""

from __future__ import annotations

from collections.abc import Iterable

import click

from wsgi_gateway.redaction import names_programs


def named_values(context: click.Context, parameter: click.Parameter, values: Iterable[str]) -> dict[str, str]:
    """The values by name. Raises BadParameter for a text without ``=``, which is not repeated where it may
    be a secret, and for a name given twice.
    """
    found: dict[str, str] = {}
    for number, text in enumerate(values, 1):
        name, equals, value = text.partition("=")
        if not (name and equals):
            what = repr(text) if names_programs(parameter.name or "") else f"number {number}"
            raise click.BadParameter(f"{what} is not name=value", context, parameter)
        if name in found:
            raise click.BadParameter(f"{name!r} is given twice", context, parameter)
        found[name] = value
    return found
