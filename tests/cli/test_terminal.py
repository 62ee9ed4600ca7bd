"""What is told to a pipe is plain; what is told to a terminal is a table where rich is installed."""

from __future__ import annotations

import sys

import pytest

from wsgi_gateway.cli import terminal
from wsgi_gateway.trace import Trace


@pytest.fixture
def trace() -> Trace:
    trace = Trace()
    trace.started({"REQUEST_METHOD": "GET", "PATH_INFO": "/a\x1b[31m", "HTTP_X_API_KEY": "0123456789"})
    trace.note("stage", {"why": "[bold]because"})
    trace.finished("200 OK")
    return trace


def test_a_pipe_gets_one_line_an_event(trace, capsys):
    terminal.heading("Title")
    terminal.tell(trace)
    assert len(capsys.readouterr().out.strip().splitlines()) == 4


def test_a_terminal_without_rich_gets_the_same_lines(trace, capsys, monkeypatch):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setitem(sys.modules, "rich.console", None)
    terminal.heading("Title")
    terminal.tell(trace)
    assert len(capsys.readouterr().out.strip().splitlines()) == 4


def test_a_terminal_with_rich_gets_a_table_in_which_nothing_is_markup(trace, capsys, monkeypatch):
    pytest.importorskip("rich")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    terminal.heading("Title")
    terminal.tell(trace)
    output = capsys.readouterr().out
    assert "why=[bold]because" in output
    assert "\x1b[31m" not in output
    assert "0123456789" not in output
