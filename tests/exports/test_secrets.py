"""What is made of an API tells none of its secrets: errors, warnings, changes, what a generator says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wsgi_gateway.config import MethodConfig, MethodResponseConfig, ModelConfig, RestApiConfig
from wsgi_gateway.config.secrets import Secrets
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.exports import export
from wsgi_gateway.exports.diff import diff
from wsgi_gateway.exports.published import published
from wsgi_gateway.sdk import LANGUAGES, write_sdk

SECRET = "hunter2given"
API = RestApiConfig(
    resources={f"/{SECRET}": {"GET": MethodConfig(http_method="GET")}}, secrets=Secrets([SECRET])
)
WRONG = replace(API, api_key_source=SECRET)
TWO_KINDS = {"application/json": "Empty", "application/xml": "Error"}
WITHOUT_WORDS = replace(
    API,
    resources={
        f"/{SECRET}": {
            "GET": MethodConfig(
                http_method="GET",
                method_responses={200: MethodResponseConfig(status_code=200, response_models=TWO_KINDS)},
            )
        }
    },
)


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(lambda folder: export(WRONG), id="an export"),
        pytest.param(lambda folder: export(WITHOUT_WORDS, "swagger"), id="an export without words"),
        pytest.param(lambda folder: published(WRONG), id="a document for callers"),
        pytest.param(lambda folder: published(WITHOUT_WORDS, "swagger"), id="one without words"),
        pytest.param(lambda folder: write_sdk(WRONG, "typescript", folder / "sdk"), id="a client"),
    ],
)
def test_an_error_has_asterisks(made: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        made(tmp_path)
    assert "****" in str(caught.value)
    assert SECRET not in str(caught.value)


def test_a_warning_has_asterisks_and_the_document_says_what_the_api_says() -> None:
    model = ModelConfig(name=SECRET, description="one", schema={"description": "another"})
    api = replace(API, models={SECRET: model})
    warnings: list[Any] = []
    document = export(api, warnings=warnings)
    assert f"/{SECRET}" in document["paths"]
    told = "".join(map(str, warnings))
    assert "the description of the model ****" in told
    assert SECRET not in told
    assert "secrets" not in str(document)


@pytest.mark.parametrize("pair", [(API, RestApiConfig()), (RestApiConfig(), API)], ids=["old", "new"])
def test_a_change_has_asterisks(pair: tuple[RestApiConfig, RestApiConfig]) -> None:
    (change,) = diff(*pair)
    assert change.where == "GET /****"
    assert SECRET not in change.message


def test_what_a_generator_says_has_asterisks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Generator:
        tool = "nothing"

        def check_package(self, name: str) -> None: ...

        def command(self, wanted: Any) -> list[str]:
            return ["nothing"]

        def finish(self, wanted: Any) -> None: ...

        def warnings(self, said: str) -> list[str]:
            return [f"left out: {SECRET}"]

    monkeypatch.setattr("wsgi_gateway.sdk.LANGUAGES", {**LANGUAGES, "copy": Generator()})
    monkeypatch.setattr(
        "wsgi_gateway.sdk.run",
        lambda command, directory, tool, seconds: Path(directory, "made", "x").mkdir(parents=True) or "",
    )
    assert write_sdk(API, "copy", tmp_path / "sdk") == ["left out: ****"]
