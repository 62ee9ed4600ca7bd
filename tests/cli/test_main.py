"""The two names of the command line."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import CliRunner

import wsgi_gateway
from wsgi_gateway.cli import main


def test_the_version_is_the_packages():
    assert (
        CliRunner().invoke(main, ["--version"]).output
        == f"wsgi-gateway, version {wsgi_gateway.__version__}\n"
    )


@pytest.mark.parametrize("verb", ["demo", "serve", "validate"])
def test_every_verb_has_help(verb):
    result = CliRunner().invoke(main, [verb, "--help"])
    assert result.exit_code == 0
    assert verb in result.output


def test_python_m_is_the_same():
    done = subprocess.run(
        [sys.executable, "-m", "wsgi_gateway", "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("Usage: python -m wsgi_gateway")


def test_help_loads_no_gateway():
    code = (
        "import sys; from wsgi_gateway.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "assert 'wsgi_gateway.gateway' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
