"""A generator is run: by its words, never by a shell; without input; for a limited time; all that it started
with it.

Not for: showing its progress; what it says is read when it has ended.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

from wsgi_gateway.errors import ConfigError, Problem

DEADLINE = 600.0
"""Seconds that a generator may take."""

_SHOWN = 300
_TELLING = re.compile(r"error|exception|invalid|unable|cannot|unsupported|not ", re.IGNORECASE)
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_DECORATION = re.compile(r"[\s╭╮╰╯─│]+")


def run(command: list[str], directory: str, tool: str, seconds: float) -> str:
    """What it said.

    :raises ConfigError: if it cannot be started, takes too long or fails, with a line of what it said.
    """
    # Programs that it calls (a formatter) are beside this Python; what they keep for themselves is not
    # wanted.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    environ = {
        **os.environ,
        "PATH": path,
        "RUFF_NO_CACHE": "true",
        "NO_COLOR": "1",
        "PYTHONIOENCODING": "utf-8",
    }
    try:
        process = subprocess.Popen(
            command,
            cwd=directory,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    except OSError as error:
        raise _failed(f"{tool} cannot be started: {error.strerror or error}") from None
    said = _COLOURS.sub("", _output(process, tool, seconds).decode("utf-8", "replace"))
    if process.returncode:
        raise _failed(f"{tool} failed with status {process.returncode}: {_telling_line(said)}")
    return said


def _output(process: subprocess.Popen[bytes], tool: str, seconds: float) -> bytes:
    with process:
        try:
            return process.communicate(timeout=seconds)[0]
        except BaseException as error:
            _kill(process)
            if isinstance(error, subprocess.TimeoutExpired):
                raise _failed(f"{tool} took longer than {seconds:g} seconds") from None
            raise


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End it and what it has started."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)


def _telling_line(said: str) -> str:
    """The line that says most: the last of a traceback, else the first that tells of a failure."""
    lines = [line for line in (_DECORATION.sub(" ", one).strip() for one in said.splitlines()) if line]
    if not lines:
        return "it said nothing"
    if "Traceback" in said:
        return lines[-1][:_SHOWN]
    at = next((index for index, line in enumerate(lines) if _TELLING.search(line)), len(lines) - 1)
    # What stands in the next line says which, where this one is a heading only.
    return " ".join(lines[at : at + 3])[:_SHOWN]


def _failed(message: str) -> ConfigError:
    return ConfigError([Problem("sdk-generator", message)])
