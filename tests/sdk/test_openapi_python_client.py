"""The words that openapi-python-client is called by, and what it says."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from wsgi_gateway.sdk.generators import Wanted
from wsgi_gateway.sdk.openapi_python_client import OpenApiPythonClient


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        pytest.param("1.2.3", "1.2.3", id="as it is"),
        pytest.param("2026-09-12T23:19:28Z", "2026.9.12.23.19.28", id="a date of AWS's"),
        pytest.param("v2", "2", id="a word before it"),
        pytest.param("beta", "0.0.0", id="no number"),
        pytest.param("1; rm -rf /", "1", id="hostile"),
    ],
)
def test_the_version_is_one_that_packaging_takes(version: str, expected: str, tmp_path: Path) -> None:
    pytest.importorskip("openapi_python_client")
    source = tmp_path / "openapi.json"
    source.write_text('{"paths": {}}', encoding="utf-8")
    words = OpenApiPythonClient().command(Wanted(source, tmp_path / "made", "pets", version))
    assert words[3:] == [
        "generate",
        f"--path={source}",
        f"--output-path={tmp_path / 'made'}",
        f"--config={tmp_path / 'settings.json'}",
        "--meta=setup",
    ]
    settings = json.loads((tmp_path / "settings.json").read_text(encoding="utf-8"))
    assert settings["package_version_override"] == expected
    assert settings["package_name_override"] == "pets"


def test_what_is_left_out_is_told_by_operation() -> None:
    said = (
        "Generating /somewhere\n"
        "Warning(s) encountered while generating. Client was generated, but some pieces may be missing\n\n"
        "WARNING parsing POST /a within default. Endpoint will not be generated.\n\n"
        "Unsupported content type application/xml\n\n"
        "WARNING parsing GET /b within default.\n\n"
        "Cannot parse\n\n"
    )
    assert OpenApiPythonClient().warnings(said) == [
        "POST /a: Endpoint will not be generated. Unsupported content type application/xml",
        "GET /b: Cannot parse",
    ]
    assert OpenApiPythonClient().warnings("Generating /somewhere\n") == []


def test_the_generator_that_is_installed_still_warns_in_those_words(tmp_path: Path) -> None:
    pytest.importorskip("openapi_python_client")
    source = tmp_path / "openapi.json"
    body = {"content": {"application/xml": {"schema": {}}}}
    wanted = Wanted(source, tmp_path / "made", "pets", "1")
    generator = OpenApiPythonClient()
    source.write_text('{"paths": {}}', encoding="utf-8")
    words = generator.command(wanted)
    source.write_text(json.dumps({
        "openapi": "3.0.1",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"post": {"requestBody": body, "responses": {"200": {"description": ""}}}}},
    }), encoding="utf-8")  # fmt: skip
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    [told] = generator.warnings(done.stdout + done.stderr)
    assert told.startswith("POST /a: ")
    assert "application/xml" in told
