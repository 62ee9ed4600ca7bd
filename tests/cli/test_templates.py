"""Options of templates: which mean something for a file, and how often it is read to learn that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from wsgi_gateway.cli.templates import for_its_kind
from wsgi_gateway.sources import reading

GIVEN = {"parameters": {"Env": "prod"}, "basepath": "split"}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was parsed."""
    parsed: list[Any] = []
    read = reading.read
    monkeypatch.setattr(reading, "read", lambda source: parsed.append(source) or read(source))
    return parsed


@pytest.mark.parametrize(
    ("text", "names"),
    [
        pytest.param("openapi: 3.0.1", ["basepath"], id="OpenAPI"),
        pytest.param("AWSTemplateFormatVersion: '2010-09-09'", ["parameters"], id="a template"),
        pytest.param("a: [", ["basepath"], id="what cannot be read"),
    ],
)
def test_options_mean_something_for_files_of_their_kind(tmp_path: Path, text: str, names: list[str]) -> None:
    file = tmp_path / "definition.yaml"
    file.write_text(text, encoding="utf-8")
    assert list(for_its_kind(str(file), GIVEN)) == names


def test_a_file_is_parsed_once_to_learn_its_kind(tmp_path: Path, reads: list[Any]) -> None:
    file = tmp_path / "definition.yaml"
    file.write_text("openapi: 3.0.1", encoding="utf-8")
    assert for_its_kind(str(file), GIVEN) == for_its_kind(str(file), GIVEN)
    assert reads == [str(file)]


def test_without_options_it_is_not_read_at_all(tmp_path: Path, reads: list[Any]) -> None:
    file = tmp_path / "definition.yaml"
    file.write_text("openapi: 3.0.1", encoding="utf-8")
    assert for_its_kind(str(file), {}) == {}
    assert reads == []
