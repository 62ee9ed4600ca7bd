"""Hostile documents, each in a process of its own that may use little memory and time."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hostile import REFUSED

MEMORY = 256 * 1024 * 1024
SECONDS = 20
"""Processor time after which a child is killed: a hang, not a slow machine."""

CHILD = f"""
import resource, sys
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load
resource.setrlimit(resource.RLIMIT_DATA, ({MEMORY}, {MEMORY}))
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
try:
    load(sys.argv[1])
except ConfigError as error:
    place = error.problems[0].place
    print(place.file == sys.argv[1], (place.line or 0) > 0, (place.column or 0) > 0, len(str(error)) < 1_000_000)
"""


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_document_is_one_readable_refusal(name, tmp_path):
    path = tmp_path / name
    path.write_text(REFUSED[name])
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=False
    )
    assert (child.returncode, child.stdout, child.stderr) == (0, "True True True True\n", "")
