"""What ``serve`` says when the definition changes: what is new for callers, or why it is not taken.

::

    api.yaml: taken
        breaking    GET /pets: now asks for an API key [admission]
        the stage prod: other throttle, variables
    api.yaml: taken, nothing changes for callers
    shop.py has changed: restart to serve it, code is not loaded again

What is wrong is told as ``validate`` tells it, on stderr, once for each change; a warning once as long as it
holds.

Not for: the rules, which are those of :mod:`wsgi_gateway.cli.reloading`.
"""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from typing import TYPE_CHECKING

import click

from wsgi_gateway.cli import problems as telling
from wsgi_gateway.cli.change_telling import as_line
from wsgi_gateway.cli.problem_excerpt import Excerpts

if TYPE_CHECKING:
    from wsgi_gateway.config import StageConfig
    from wsgi_gateway.errors import Problem
    from wsgi_gateway.gateway import Gateway

logger = logging.getLogger("wsgi_gateway")

_INSTALLED = ("site-packages", "dist-packages")


class TerminalListener:
    """Tells on the terminal. ``file``: what the definition is called."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._code = Code(os.getcwd())

    def changed(self, old: Gateway, new: Gateway) -> None:
        """What the new one changes for callers."""
        lines = [*_changes(old, new), *_of_stage(old.stage, new.stage)]
        click.echo(f"{self._file}: taken{'' if lines else ', nothing changes for callers'}")
        for line in lines:
            click.echo(f"    {line}")

    def refused(self, problems: Sequence[Problem]) -> None:
        """Everything that is wrong, and what serves now."""
        self.wrong(problems)
        click.echo(f"{self._file}: not taken, what was served before still is", err=True)

    def wrong(self, problems: Sequence[Problem]) -> None:
        """Everything that is wrong, each with its line."""
        for line in telling.as_text(telling.in_order(problems), self._file, Excerpts()):
            click.echo(line, err=True)

    def restored(self) -> None:
        """That all is well again."""
        click.echo(f"{self._file}: again what is served")

    def looked(self) -> None:
        """Python modules that have changed."""
        for name in self._code.changed():
            click.echo(f"{name} has changed: restart to serve it, code is not loaded again")


def _changes(old: Gateway, new: Gateway) -> Iterator[str]:
    from wsgi_gateway.exports.diff import diff

    yield from map(as_line, diff(old.api, new.api))


def _of_stage(old: StageConfig, new: StageConfig) -> Iterator[str]:
    other = [field.name for field in fields(new) if getattr(old, field.name) != getattr(new, field.name)]
    if other:
        yield f"the stage {new.stage_name}: other {', '.join(other)}"


class Code:
    """The Python modules of a folder, as they are loaded; installed ones are left out."""

    def __init__(self, folder: str) -> None:
        self._folder = os.path.join(os.path.abspath(folder), "")
        self._modules = 0
        self._times: dict[str, int] = {}

    def changed(self) -> list[str]:
        """Which have been written since they were loaded, or were told; each by its path in the folder."""
        if len(sys.modules) != self._modules:
            self._find()
        told = []
        for file, known in list(self._times.items()):
            now = _written(file)
            if now not in (known, None):
                self._times[file] = now or 0
                told.append(file.removeprefix(self._folder))
        return told

    def _find(self) -> None:
        modules = list(sys.modules.values())
        self._modules = len(modules)
        for module in modules:
            file = getattr(module, "__file__", None)
            if isinstance(file, str) and file.startswith(self._folder) and file not in self._times:
                written = _written(file)
                if written is not None and not any(part in file for part in _INSTALLED):
                    self._times[file] = written


def _written(file: str) -> int | None:
    try:
        return os.stat(file).st_mtime_ns
    except OSError:
        return None


class ToldOnce:
    """Keeps a warning from being told again, by a Gateway that is made later or twice by one::

        told_once = ToldOnce()
        with told_once():
            gateway = load()

    One that was not given last time is told again.
    """

    def __init__(self) -> None:
        self._told: frozenset[str] = frozenset()

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """For what this thread does meanwhile."""
        given: set[str] = set()
        is_new = self._filter(given, threading.get_ident())
        logger.addFilter(is_new)
        try:
            yield
        finally:
            logger.removeFilter(is_new)
        self._told = frozenset(given)

    def _filter(self, given: set[str], thread: int) -> Callable[[logging.LogRecord], bool]:
        def is_new(record: logging.LogRecord) -> bool:
            if threading.get_ident() != thread:
                return True
            text = record.getMessage()
            is_known = text in self._told or text in given
            given.add(text)
            return not is_known

        return is_new
