"""The command line, ``wsgi-gateway``: one file a verb.

::

    wsgi-gateway demo                             # what it does, told on an API that comes with the package
    wsgi-gateway validate api.yaml                # every problem of a definition, with file:line:column
    wsgi-gateway parity api.yaml                  # what becomes of every field of it, and why
    wsgi-gateway serve api.yaml --app shop:app    # a development server
    wsgi-gateway render order.vm --body o.json    # a mapping template by itself; --explain tells how
    wsgi-gateway lint order.vm api.yaml           # the mistakes in mapping templates
    wsgi-gateway export api.yaml --yaml           # the definition as API Gateway exports it
    wsgi-gateway diff old.yaml new.yaml           # what changes for callers, and what breaks
    wsgi-gateway sdk api.yaml --language python --output client    # a client of the API
    wsgi-gateway keys create Ada --plan gold      # API keys in a store; and plans, and usage
    wsgi-gateway back-test plan.json access.log   # who would have been refused by a usage plan

``python -m wsgi_gateway`` is the same. A mistake of the user's never ends in a traceback: exit status 1 and
what to do about it. Status 2 is for wrong usage, told in a line (:mod:`wsgi_gateway.cli.wrong_usage`).

Not for: production, where a WSGI server imports :mod:`wsgi_gateway.mount`.
"""

from __future__ import annotations

import click

from wsgi_gateway import __version__
from wsgi_gateway.cli import (
    back_test,
    demo,
    diff,
    export,
    keys,
    lint,
    parity,
    plans,
    render,
    sdk,
    serve,
    usage,
    validate,
)
from wsgi_gateway.cli.wrong_usage import OneLineErrors

__all__ = ["main"]


@click.group(
    cls=OneLineErrors,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="wsgi-gateway")
def main() -> None:
    """The request lifecycle of Amazon API Gateway (REST) around any WSGI app."""


main.add_command(back_test.command)
main.add_command(demo.command)
main.add_command(diff.command)
main.add_command(export.command)
main.add_command(keys.command)
main.add_command(lint.command)
main.add_command(parity.command)
main.add_command(plans.command)
main.add_command(render.command)
main.add_command(sdk.command)
main.add_command(serve.command)
main.add_command(usage.command)
main.add_command(validate.command)
