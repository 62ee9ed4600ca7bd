"""``wsgi-gateway sdk``: which generator is called, with which words, and what becomes of what it says."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from wsgi_gateway import ConfigError, load
from wsgi_gateway.cli import main
from wsgi_gateway.cli import sdk as sdk_command
from wsgi_gateway.sdk import LANGUAGES, write_sdk
from wsgi_gateway.sdk.openapi_generator import GENERATORS

DEFINITION = """\
openapi: 3.0.1
info: {title: "Pet & shop", version: "1.0"}
paths:
  /pets:
    x-amazon-apigateway-any-method: {responses: {}}
"""
STAND_IN = """\
#!{python}
import json, os, pathlib, sys
words = sys.argv[1:]
options = dict(word.partition("=")[::2] for word in words if word.startswith("--"))
if "--output" in words:
    output = pathlib.Path(words[words.index("--output") + 1]).parent
    source = words[0]
else:
    output, source = pathlib.Path(options["--output"]), options["--input-spec"]
print("[main] INFO  reading")
print("[main] WARN  o.o.codegen - a warning")
{more}
output.mkdir(exist_ok=True)
(output / "git_push.sh").write_text("push")
(output / "called.json").write_text(json.dumps([words, json.load(open(source))]))
"""


@pytest.fixture
def definition(tmp_path: Path) -> Path:
    path = tmp_path / "api.yaml"
    path.write_text(DEFINITION, encoding="utf-8")
    return path


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder in which programs are found, empty; those beside this Python are not."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr(sys, "executable", str(folder / "python"))
    monkeypatch.chdir(tmp_path)
    return folder


PYTHON = sys.executable


def stand_in(folder: Path, name: str, more: str = "") -> None:
    """A program that writes down how it was called, after ``more``."""
    path = folder / name
    path.write_text(STAND_IN.replace("{python}", PYTHON).replace("{more}", more), encoding="utf-8")
    path.chmod(0o755)


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(main, ["sdk", *map(str, arguments)])


def called(output: Path) -> tuple[list[str], dict[str, Any]]:
    words, document = json.loads((output / "called.json").read_text(encoding="utf-8"))
    return words, document


def test_every_language_may_be_asked_for_on_the_command_line() -> None:
    assert set(sdk_command._LANGUAGES) == set(LANGUAGES)


def test_the_languages_of_awss_own_sdks_are_among_them() -> None:
    assert {"java", "javascript", "android", "objectivec", "swift", "ruby"} <= LANGUAGES.keys()


@pytest.mark.parametrize("language", GENERATORS)
def test_openapi_generator_is_called_by_words_with_the_document_for_callers(
    language: str, definition: Path, programs: Path, tmp_path: Path
) -> None:
    stand_in(programs, "openapi-generator-cli")
    stand_in(programs, "java")
    done = run(definition, "--language", language, "--output", tmp_path / "out")
    assert done.exit_code == 0, done.output
    words, document = called(tmp_path / "out")
    assert words[0] == "generate"
    assert f"--generator-name={GENERATORS[language][0]}" in words
    assert any("pet_shop_client" in word or "PetShopClient" in word for word in words[4:])
    assert set(document["paths"]["/pets"]) == {"delete", "get", "head", "options", "patch", "post", "put"}
    assert "o.o.codegen - a warning" in done.stderr
    assert "INFO" not in done.output
    assert not (tmp_path / "out" / "git_push.sh").exists()


def test_it_is_found_by_its_other_name_too(definition: Path, programs: Path, tmp_path: Path) -> None:
    stand_in(programs, "openapi-generator")
    stand_in(programs, "java")
    assert run(definition, "--language", "go", "--output", tmp_path / "out").exit_code == 0


def test_openapi_typescript_is_that_of_the_project_one_is_in(
    definition: Path, programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = tmp_path / "project" / "node_modules" / ".bin"
    own.mkdir(parents=True)
    stand_in(own, "openapi-typescript")
    stand_in(programs, "openapi-typescript", "raise SystemExit('the wrong one')")
    (tmp_path / "project" / "src").mkdir()
    monkeypatch.chdir(tmp_path / "project" / "src")
    done = run(definition, "--language", "typescript", "--output", "out")
    assert done.exit_code == 0, done.output
    words, _ = called(tmp_path / "project" / "src" / "out")
    assert words[1] == "--output"
    assert words[2].endswith("schema.d.ts")


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("typescript", "npm install --save-dev openapi-typescript typescript"),
        ("java", "pip install openapi-generator-cli"),
    ],
)
def test_what_is_not_installed_is_told_with_the_command_that_installs_it(
    language: str, message: str, definition: Path, programs: Path
) -> None:
    done = run(definition, "--language", language, "--output", "out")
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert message in done.stderr
    assert not Path("out").exists()


def test_a_missing_java_is_told(definition: Path, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsgi_gateway.sdk.openapi_generator.find_spec", lambda name: None)
    stand_in(programs, "openapi-generator-cli")
    done = run(definition, "--language", "java", "--output", "out")
    assert (done.exit_code, "Java runtime" in done.stderr) == (1, True)


def test_a_missing_python_generator_is_told(definition: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wsgi_gateway.sdk.openapi_python_client.find_spec", lambda name: None)
    done = run(definition, "--language", "python", "--output", "out")
    assert "pip install 'wsgi_gateway[sdk]'" in done.stderr


def test_the_languages_are_told_with_what_is_missing(programs: Path) -> None:
    stand_in(programs, "openapi-typescript")
    done = run("--languages")
    assert done.exit_code == 0
    told = dict(line.split(maxsplit=1) for line in done.stdout.splitlines())
    assert told.keys() == LANGUAGES.keys()
    assert told["typescript"].endswith("installed")
    assert told["ruby"].endswith("is not installed: pip install openapi-generator-cli")


@pytest.mark.parametrize(
    ("script", "message"),
    [
        pytest.param(
            "print('reading'); print('Error: no such thing'); raise SystemExit(3)",
            "failed with status 3: Error: no such thing",
            id="a message",
        ),
        pytest.param(
            "raise ValueError('what it was')", "status 1: ValueError: what it was", id="a traceback"
        ),
        pytest.param("os._exit(2)", "status 2: [main] WARN", id="nothing that sounds like an error"),
        pytest.param("os._exit(0)", "has written nothing", id="success without a file"),
    ],
)
def test_a_generator_that_fails_is_told_in_a_line_and_leaves_nothing(
    script: str, message: str, definition: Path, programs: Path, tmp_path: Path
) -> None:
    stand_in(programs, "openapi-typescript", f"sys.stdout.flush(); {script}")
    done = run(definition, "--language", "typescript", "--output", tmp_path / "new" / "out")
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
    assert message in done.stderr
    assert list((tmp_path / "new").iterdir()) == []


def test_a_generator_that_hangs_is_ended_with_all_it_has_started(
    definition: Path, programs: Path, tmp_path: Path
) -> None:
    more = (
        "import subprocess, time\n"
        f"child = subprocess.Popen([{PYTHON!r}, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(tmp_path / 'pid')!r}, 'w').write(str(child.pid))\n"
        "time.sleep(600)"
    )
    stand_in(programs, "openapi-typescript", more)
    with pytest.raises(ConfigError, match="took longer than 3 seconds"):
        write_sdk(load(definition), "typescript", tmp_path / "out", seconds=3)
    pid = int((tmp_path / "pid").read_text())
    for _ in range(500):  # it is dead, but whose child it is now has to notice
        if not is_running(pid):
            break
        time.sleep(0.01)
    assert not is_running(pid)
    assert not (tmp_path / "out").exists()


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"


def test_a_directory_that_is_not_empty_is_written_over_only_when_told_to(
    definition: Path, programs: Path, tmp_path: Path
) -> None:
    stand_in(programs, "openapi-typescript")
    output = tmp_path / "out"
    output.mkdir()
    assert run(definition, "--language", "typescript", "--output", output).exit_code == 0
    (output / "called.json").write_text("old")
    (output / "own.txt").write_text("kept")
    done = run(definition, "--language", "typescript", "--output", output)
    assert (done.exit_code, "is not empty" in done.stderr) == (1, True)
    assert (output / "called.json").read_text() == "old"
    assert run(definition, "--language", "typescript", "--output", output, "--force").exit_code == 0
    assert (output / "own.txt").read_text() == "kept"
    assert called(output)[0]


def test_a_file_is_no_directory(definition: Path, programs: Path) -> None:
    stand_in(programs, "openapi-typescript")
    for force in ((), ("--force",)):
        done = run(definition, "--language", "typescript", "--output", definition, *force)
        assert (done.exit_code, "is no directory" in done.stderr) == (1, True)
    assert definition.read_text(encoding="utf-8") == DEFINITION


@pytest.mark.parametrize(
    ("language", "package"),
    [
        ("python", "a-b"),
        ("python", "class"),
        ("python", "json"),
        ("python", "--help"),
        ("java", "Com.Example"),
        ("java", "a..b"),
        ("go", "a b"),
        ("go", "$(x)"),
        ("ruby", "-x"),
        ("csharp", "a,b=c"),
    ],
)
def test_a_name_that_no_package_may_have_is_refused(language: str, package: str, definition: Path) -> None:
    done = run(definition, "--language", language, "--output", "out", f"--package={package}")
    assert (done.exit_code, "is no name for the package" in done.stderr) == (1, True)


@pytest.mark.parametrize(
    "title", ["Pet & shop", "json", "123", "$(rm -rf)", "...", "class", "Ünï", "x" * 500, "-- help"]
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_made_of_the_apis_will_do_in_every_language(title: str, language: str) -> None:
    from wsgi_gateway.sdk import _package

    LANGUAGES[language].check_package(_package(title))


def test_a_language_that_there_is_not_is_told_with_the_nearest(definition: Path, tmp_path: Path) -> None:
    done = run(definition, "--language", "cobol", "--output", tmp_path / "out")
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    with pytest.raises(ConfigError, match="pythn"):
        write_sdk(load(definition), "pythn", tmp_path / "out")


def test_a_definition_that_is_not_sound_is_told_with_its_place(definition: Path, tmp_path: Path) -> None:
    definition.write_text(DEFINITION.replace("3.0.1", "9"), encoding="utf-8")
    done = run(definition, "--language", "python", "--output", tmp_path / "out")
    assert done.exit_code == 1
    assert "api.yaml:1" in done.stderr


def test_a_directory_that_cannot_be_made_is_told(definition: Path, programs: Path) -> None:
    stand_in(programs, "openapi-typescript")
    done = run(definition, "--language", "typescript", "--output", definition / "x" / "y")
    assert (done.exit_code, len(done.stderr.splitlines())) == (1, 1)
