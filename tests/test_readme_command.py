"""README's test command: one, where its reader finds it, and the one that continuous integration runs."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
COMMAND = "python3 -m venv .venv && .venv/bin/pip install -e '.[test]' && .venv/bin/pytest -n auto"
BLOCK = f"<!-- test-command -->\n```sh\n{COMMAND}\n```\n<!-- /test-command -->\n"


def extract(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([folder / ".ci/run", "--test-command"], capture_output=True, text=True, check=False)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    return tmp_path


def test_the_readme_gives_exactly_the_command_that_is_run() -> None:
    assert extract(ROOT).stdout == COMMAND + "\n"


def test_the_command_is_what_stands_in_the_fence_between_the_marks(checkout: Path) -> None:
    readme = f"# Title\n```sh\nnot this\n```\n{BLOCK}```sh\nnor this\n```\n"
    (checkout / "README.md").write_text(readme)
    assert extract(checkout).stdout == COMMAND + "\n"


@pytest.mark.parametrize(
    "readme",
    [
        pytest.param("", id="no command"),
        pytest.param(BLOCK + BLOCK, id="two commands"),
        pytest.param(BLOCK.replace(COMMAND + "\n", ""), id="empty fence"),
        pytest.param(BLOCK.replace("```sh\n", "").replace("```\n", ""), id="no fence"),
        pytest.param(BLOCK.replace("```\n<", "```\n```sh\nrm -rf /\n```\n<"), id="two fences"),
        pytest.param(BLOCK.replace("<!-- /test-command -->\n", ""), id="no closing mark"),
    ],
)
def test_a_readme_without_exactly_one_command_stops_the_run(checkout: Path, readme: str) -> None:
    (checkout / "README.md").write_text(readme)
    assert extract(checkout).returncode == 1


def test_a_checkout_without_readme_stops_the_run(checkout: Path) -> None:
    assert extract(checkout).returncode != 0


def test_the_run_fails_when_the_tests_fail_and_ends_with_their_last_line(checkout: Path) -> None:
    summary = "=== 1 failed, 2 passed in 0.10s ==="
    (checkout / "README.md").write_text(BLOCK.replace(COMMAND, f"echo '{summary}'\nfalse"))
    tools = checkout / ".venv/bin"
    tools.mkdir(parents=True)
    for tool in ("pip", "ruff", "mypy", "pytest", "python3"):
        (tools / tool).write_text("#!/bin/sh\nexit 0\n")
        (tools / tool).chmod(0o755)
    env = {**os.environ, "PATH": f"{tools}:{os.environ['PATH']}"}
    done = subprocess.run([checkout / ".ci/run"], capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-6:] == [
        "FAILED tests",
        "PASSED tools",
        "PASSED style",
        "PASSED types",
        "PASSED examples",
        summary,
    ]
