"""How requests are told on a terminal: by rich where it is installed, else as plain lines.

``pip install 'wsgi-gateway[cli]'`` brings rich. What goes into a file or a pipe is always plain, one event
a line.

Not for problems; :mod:`wsgi_gateway.cli.problems` tells those.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from wsgi_gateway.trace import Trace


def heading(text: str) -> None:
    """The title of what comes next."""
    click.echo()
    console = _console()
    if console is None:
        click.secho(text, bold=True)
    else:
        console.rule(text, align="left")


def tell(trace: Trace) -> None:
    """A request, stage by stage."""
    console = _console()
    if console is None:
        for line in trace.lines():
            click.echo(line)
    else:
        console.print(_table(trace))


def _console() -> Any:
    """Rich's console, or None without rich and where nobody looks."""
    if not sys.stdout.isatty():
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(markup=False, highlight=False)


def _table(trace: Trace) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from wsgi_gateway.trace import printable

    table = Table("us", "stage", "phase", "what", box=box.SIMPLE, pad_edge=False)
    for event in trace.events:
        details = "\n".join(f"{name}={printable(str(value))}" for name, value in event.details.items())
        what = "\n".join(part for part in (event.text, details) if part)
        style = "red" if event.phase == "refusal" else ""
        table.add_row(f"{event.microseconds:.0f}", event.stage, event.phase, Text(what, style))
    return table
