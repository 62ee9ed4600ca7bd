"""Options that are given as ``NAME=VALUE`` and may be repeated: the callback that makes a dict of them.

::

    @click.option("--header", multiple=True, callback=named_values)

Not for: text with several pairs in one; :func:`wsgi_gateway.given_as_text.pairs` reads that.
"""

from __future__ import annotations

from collections.abc import Iterable

import click


def named_values(context: click.Context, parameter: click.Parameter, values: Iterable[str]) -> dict[str, str]:
    """The values by name. Raises BadParameter for a text without ``=`` and for a name given twice."""
    found: dict[str, str] = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not (name and equals):
            raise click.BadParameter(f"{text!r} is not name=value", context, parameter)
        if name in found:
            raise click.BadParameter(f"{name!r} is given twice", context, parameter)
        found[name] = value
    return found
