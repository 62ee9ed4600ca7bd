"""What is built and installed: metadata, entry points and every file that belongs to the package."""

from __future__ import annotations

import configparser
import email
import importlib
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

import wsgi_gateway

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "wsgi_gateway"
LEFT_BEHIND = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "tests", "docs")
ENTRY_POINTS = {
    "console_scripts": {"wsgi-gateway": "wsgi_gateway.cli:main"},
    "pytest11": {"wsgi_gateway.pytest_plugin": "wsgi_gateway.pytest_plugin"},
    "paste.app_factory": {"main": "wsgi_gateway.paste:app_factory"},
    "paste.filter_app_factory": {"main": "wsgi_gateway.paste:filter_app_factory"},
    "paste.filter_factory": {"filter": "wsgi_gateway.paste:filter_factory"},
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    copy = tmp_path_factory.mktemp("copy") / "wsgi_gateway"
    shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", copy / "dist", copy]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = (copy / "dist").iterdir()
    with zipfile.ZipFile(built) as archive:
        yield archive


def info(wheel: zipfile.ZipFile, name: str) -> str:
    [path] = [path for path in wheel.namelist() if path.endswith(f".dist-info/{name}")]
    return wheel.read(path).decode()


@pytest.fixture(scope="module")
def metadata(wheel: zipfile.ZipFile) -> Message:
    return email.message_from_string(info(wheel, "METADATA"))


def requirements(metadata: Message) -> dict[str | None, set[str]]:
    """Names of required projects by extra; None is what is always installed."""
    found: dict[str | None, set[str]] = {}
    for line in metadata.get_all("Requires-Dist", []):
        extra = re.search(r"extra == ['\"](\w+)['\"]", line)
        name = re.match(r"[\w.-]+", line)
        assert name
        found.setdefault(extra and extra.group(1), set()).add(name.group().lower())
    return found


def test_the_wheel_is_named_versioned_and_says_which_pythons_it_is_for(metadata: Message) -> None:
    assert metadata["Name"] == "wsgi_gateway"
    assert metadata["Version"] == wsgi_gateway.__version__
    assert metadata["Requires-Python"] == ">=3.11"


def test_the_description_is_the_readme_and_the_licence_is_apache_2(
    wheel: zipfile.ZipFile, metadata: Message
) -> None:
    assert metadata["Description-Content-Type"] == "text/markdown"
    assert metadata.get_payload() == (ROOT / "README.md").read_text(encoding="utf-8")
    assert metadata["License-Expression"] == "Apache-2.0"
    text = info(wheel, "licenses/LICENSE")
    assert text == (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.split()[:4] == ["Apache", "License", "Version", "2.0,"]


def test_only_what_every_user_needs_is_always_installed(metadata: Message) -> None:
    assert requirements(metadata)[None] == {
        "boto3",
        "click",
        "google-re2",
        "jsonschema",
        "lark",
        "lmdb",
        "pyjwt",
        "pyyaml",
        "requests",
        "webob",
    }


def test_the_extras_are_the_documented_ones(metadata: Message) -> None:
    extras = {"cli", "redis", "fast", "metrics", "tracing", "sam", "sdk", "test", "docs", "dev"}
    assert set(metadata.get_all("Provides-Extra", [])) == extras
    found = requirements(metadata)
    assert {extra for extra in found if extra} == extras
    assert (found["redis"], found["fast"]) == ({"redis"}, {"jsonschema-rs"})


def test_every_requirement_has_a_lower_bound_and_no_upper_one(metadata: Message) -> None:
    for line in metadata.get_all("Requires-Dist", []):
        assert ">=" in line, line
        assert not re.search(r"<|==\d|~=", line), line


def test_every_file_of_the_package_is_in_the_wheel_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    belongs = {
        path.relative_to(ROOT).as_posix()
        for path in PACKAGE.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.name.startswith(".")
    }
    packed = {path for path in wheel.namelist() if ".dist-info/" not in path}
    assert packed == belongs
    assert "wsgi_gateway/py.typed" in packed


def test_every_folder_of_modules_is_a_package() -> None:
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_the_entry_points_are_the_documented_ones(wheel: zipfile.ZipFile) -> None:
    parser = configparser.ConfigParser()
    parser.read_string(info(wheel, "entry_points.txt"))
    assert {group: dict(parser[group]) for group in parser.sections()} == ENTRY_POINTS


@pytest.mark.parametrize("target", [target for group in ENTRY_POINTS.values() for target in group.values()])
def test_every_entry_point_leads_to_a_module_or_to_something_that_can_be_called(target: str) -> None:
    module, _, name = target.partition(":")
    found = importlib.import_module(module)
    assert callable(getattr(found, name)) if name else found.__name__ == target


def test_no_project_table_overrides_setup_cfg() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "project" not in pyproject
    assert "setuptools" not in pyproject["tool"]
    assert not (ROOT / "setup.py").exists()
