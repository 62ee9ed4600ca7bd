"""Wrong usage, told in one line that begins with the option or argument: ``Error: --top: '2x' is not ...``.

::

    @click.group(cls=OneLineErrors)
    def main() -> None: ...

Click tells it in four lines, of which the last one matters; in logs of CI and cron it is often the first that
is kept. Exit status 2, as click has it.

Not for: what cannot be done although it was asked for rightly (exit status 1).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from wsgi_gateway.cli.unwritten import told_if_unwritten


class WrongUsage(click.ClickException):
    """A click.UsageError that prints one line."""

    exit_code = 2


class OneLineErrors(click.Group):
    """A group that tells wrong usage, of itself and of all its commands, in one line."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """As click does."""
        with _one_line(), told_if_unwritten():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: click.Context) -> Any:
        """As click does."""
        with _one_line(), told_if_unwritten():
            return super().invoke(ctx)


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except click.UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # of click 8.2; it prints the help
            raise
        raise WrongUsage(" ".join(_text(error).split())) from None


def _text(error: click.UsageError) -> str:
    if isinstance(error, click.BadParameter):
        name = _name(error)
        if isinstance(error, click.MissingParameter):
            return f"{name}: missing{_or_variable(error.param)}"
        return f"{name}: {error.message}" if name else error.message
    if isinstance(error, click.NoSuchOption):
        near = f"; did you mean {', '.join(error.possibilities)}?" if error.possibilities else ""
        return f"{error.option_name}: there is no such option{near}"
    if isinstance(error, click.BadOptionUsage):
        return f"{error.option_name}: {error.message}"
    help_at = "" if error.ctx is None else f" ({error.ctx.command_path} -h tells what there is)"
    return f"{error.format_message()}{help_at}"


def _name(error: click.BadParameter) -> str:
    """``--top`` of an option, ``FILE`` of an argument."""
    if error.param_hint is not None:
        return error.param_hint if isinstance(error.param_hint, str) else ", ".join(error.param_hint)
    if isinstance(error.param, click.Option):
        return max(error.param.opts, key=len)
    return "" if error.param is None else error.param.human_readable_name


def _or_variable(parameter: click.Parameter | None) -> str:
    variable = getattr(parameter, "envvar", None)
    return f"; {variable} in the environment does too" if isinstance(variable, str) else ""
