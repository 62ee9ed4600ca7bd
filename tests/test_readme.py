"""The README's tutorial is done as a reader would do it: files written, commands run, answers compared."""

from __future__ import annotations

import http.client
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

import wsgi_gateway

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
_FILE = re.compile(r"<!-- file: (\S+) -->\n```\w+\n(.*?)```\n", re.DOTALL)
_CONSOLE = re.compile(r"```console\n(.*?)```\n", re.DOTALL)


@dataclass(frozen=True)
class Command:
    line: str
    output: str


def commands() -> Iterator[Command]:
    for block in _CONSOLE.findall(README):
        for part in block.split("$ ")[1:]:
            line, _, output = part.partition("\n")
            yield Command(line, output)


COMMANDS = list(commands())
SERVER = next(command for command in COMMANDS if command.line.startswith("flask "))
CURLS = [command for command in COMMANDS if command.line.startswith("curl ")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("tutorial")
    for name, text in _FILE.findall(README):
        (folder / name).write_text(text)
    return folder


@pytest.fixture(scope="module")
def environment() -> dict[str, str]:
    tools = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": tools + os.pathsep + os.environ["PATH"], "PYTHONUNBUFFERED": "1"}


@pytest.fixture(scope="module")
def port(folder, environment) -> Iterator[int]:
    assert SERVER.line.endswith("--port 8000")
    command = shlex.split(SERVER.line.removesuffix("8000") + "0")
    process = subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            break
    else:
        raise AssertionError(said)
    yield int(found[1])
    process.terminate()
    process.communicate(timeout=60)


def curl(line: str, port: int) -> str:
    """What curl prints, for the few options that the tutorial uses."""
    words = iter(shlex.split(line)[1:])
    headers: dict[str, str] = {}
    target, body = "", None
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        elif word != "-s":
            target = urlsplit(word).path
    if body is not None:
        headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET" if body is None else "POST", target, body, headers)
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_the_tutorial_has_its_files_and_its_commands():
    assert [name for name, _ in _FILE.findall(README)] == ["shop.py", "api.yaml", "partners.py", "gated.py"]
    assert len(CURLS) == 6
    assert all(command.output for command in CURLS)


def test_validate_says_what_the_readme_says(folder, environment):
    (command,) = (command for command in COMMANDS if command.line.startswith("wsgi-gateway "))
    done = subprocess.run(
        shlex.split(command.line), cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == command.output


@pytest.mark.parametrize("command", CURLS, ids=[f"request {number}" for number in range(1, len(CURLS) + 1)])
def test_every_request_is_answered_as_the_readme_says(command, port):
    assert curl(command.line, port).strip() == command.output.strip()


def test_the_tutorials_parts_can_be_mounted_by_environment_variables(folder, environment):
    code = "import wsgi_gateway.mount; wsgi_gateway.mount.application"
    variables = {
        "WSGI_GATEWAY_API": "partners:api",
        "WSGI_GATEWAY_APP": "shop:app",
        "WSGI_GATEWAY_STAGE": "prod",
    }
    variables["WSGI_GATEWAY_LAMBDAS"] = "clerks=partners:clerks"
    subprocess.run([sys.executable, "-c", code], cwd=folder, env={**environment, **variables}, check=True)


@pytest.mark.parametrize("fence", re.findall(r"```python\n(.*?)```", README, re.DOTALL))
def test_python_in_the_readme_compiles(fence):
    compile(fence, "README.md", "exec")


def test_the_map_of_the_architecture_has_every_room_of_the_package_and_no_other():
    text = (Path(__file__).parent.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawn = re.findall(
        r"^  ([a-z_]+)(?:\.py|/) ", text.partition("wsgi_gateway/\n")[2].partition("```")[0], re.MULTILINE
    )
    package = Path(wsgi_gateway.__file__).parent
    rooms = {
        path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert sorted(drawn) == sorted(rooms - {"__main__"})


def test_the_levels_of_the_architecture_are_those_that_are_checked():
    root = Path(__file__).parent
    text = (root.parent / "ARCHITECTURE.md").read_text(encoding="utf-8")
    drawn = {
        number: set(names.split())
        for number, names in re.findall(r"^\| (\d) \| ([\w ]+) \|", text, re.MULTILINE)
    }
    table = re.findall(
        r'^    (\d): "([\w ]+)",$', (root / "test_imports.py").read_text(encoding="utf-8"), re.MULTILINE
    )
    checked = {number: set(names.split()) - {"plugins", "__main__"} for number, names in table}
    assert drawn == checked


@pytest.mark.parametrize("target", sorted(set(re.findall(r"\]\((?!https?:)([^)#]+)\)", README))))
def test_links_lead_to_files(target):
    assert (Path(__file__).parent.parent / target).exists()
