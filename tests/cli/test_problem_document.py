"""A document is parsed once while its file stays as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wsgi_gateway.cli.problem_document import document_of
from wsgi_gateway.errors import ConfigError


def test_a_file_is_parsed_once_while_it_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text("a: 1\n")
    assert document_of(str(file)) is document_of(str(file))


def test_a_file_that_changed_is_parsed_anew(tmp_path: Path) -> None:
    file = tmp_path / "api.yaml"
    file.write_text("a: 1\n")
    assert document_of(str(file)).data == {"a": 1}
    file.write_text("a: 2\n")
    os.utime(file, ns=(1, 1))
    assert document_of(str(file)).data == {"a": 2}


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="file-unreadable"):
        document_of(str(tmp_path / "nowhere.yaml"))
