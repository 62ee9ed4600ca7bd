"""A disk that is full: one line and exit status 1, of every command."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from wsgi_gateway.cli.unwritten import told_if_unwritten

FULL = Path("/dev/full")
API = """\
openapi: 3.0.1
info: {title: pets, version: "1.0"}
paths:
  /pets:
    get: {responses: {"200": {description: pets}}}
"""


@pytest.mark.skipif(not FULL.exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("arguments", ["--help", "export FILE", "diff FILE FILE", "sdk --languages"])
def test_what_cannot_be_written_is_told_in_a_line(tmp_path: Path, arguments: str) -> None:
    file = tmp_path / "api.yaml"
    file.write_text(API, encoding="utf-8")
    words = [str(file) if word == "FILE" else word for word in arguments.split()]
    with FULL.open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "wsgi_gateway", *words], stdout=full, stderr=subprocess.PIPE, text=True
        )
    assert (done.returncode, done.stderr) == (1, "Error: standard output: No space left on device\n")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(BrokenPipeError(32, "Broken pipe"), id="a reader that has gone"),
        pytest.param(OSError(28, "No space left on device", "a.json"), id="a file"),
    ],
)
def test_what_others_tell_is_left_to_them(error: OSError) -> None:
    with pytest.raises(OSError) as raised, told_if_unwritten():
        raise error
    assert raised.value is error


def test_a_stream_that_is_no_file_has_nothing_to_drop(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(click.ClickException, match="standard output: No space"), told_if_unwritten():
        raise OSError(28, "No space left on device")
