"""Import of an export is the identity, for APIs over every field of the model."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from hypothesis import HealthCheck, given, settings

from exports.apis import apis
from wsgi_gateway import ConfigError, load
from wsgi_gateway.config import RestApiConfig
from wsgi_gateway.exports import FORMS, as_text, export

ROOT = Path(__file__).parents[2]
relaxed = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("exports")


@pytest.mark.parametrize("yaml", [pytest.param(False, id="JSON"), pytest.param(True, id="YAML")])
@pytest.mark.parametrize("form", FORMS)
@relaxed
@given(api=apis())
def test_an_export_loads_to_the_same_api(folder: Path, form: str, yaml: bool, api: RestApiConfig) -> None:
    path = folder / f"{form}.{'yaml' if yaml else 'json'}"
    path.write_text(as_text(export(api, form), yaml=yaml), encoding="utf-8")
    assert load(path) == api


def fields_of(config: Any) -> set[tuple[str, str]]:
    """Every dataclass field that is reachable from an annotation."""
    if is_dataclass(config):
        hints = get_type_hints(config)
        own = {(config.__name__, one.name) for one in fields(config) if one.compare}  # type: ignore[union-attr]
        return own.union(*(fields_of(hints[name]) for _, name in own))
    return set().union(*(fields_of(one) for one in get_args(config)))


BESIDE = {"api_keys", "usage_plans", "id", "content_type"}
"""What an export leaves out, or has in one way only."""


def test_every_field_of_the_model_is_among_the_generated() -> None:
    source = (Path(__file__).parent / "apis.py").read_text(encoding="utf-8")
    known = {
        (config, name)
        for config, name in fields_of(RestApiConfig)
        if name not in BESIDE
        and not config.startswith(("ApiKey", "UsagePlan", "ApiStage", "Quota", "Throttle"))
    }
    by_load = {("ModelConfig", name) for name in ("name", "schema", "description")}
    by_protection = {("MethodConfig", name) for name in ("authorizer", "authorization_scopes")}
    missing = [
        one for one in sorted(known - by_load - by_protection)
        if f"{one[1]}=" not in source and f'"{one[1]}"' not in source
    ]  # fmt: skip
    assert missing == []


def documents(value: Any, name: str) -> Any:
    """Every OpenAPI document that stands somewhere in a case file."""
    if isinstance(value, dict):
        if isinstance(value.get("openapi", value.get("swagger")), str):
            yield name, value
        for key, inner in value.items():
            yield from documents(inner, f"{name} {key}")
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            label = inner.get("id", number) if isinstance(inner, dict) else number
            yield from documents(inner, f"{name} {label}")


def loads(source: Any) -> bool:
    try:
        load(source)
    except ConfigError:
        return False
    return True


CASES = [
    pytest.param(case, id=name)
    for path in sorted((ROOT / "tests/conformance/cases").glob("*.json"))
    for name, case in documents(json.loads(path.read_text(encoding="utf-8")), path.stem)
    if loads(case)
]
EXAMPLES = [
    pytest.param(str(path), id=path.stem)
    for path in sorted((ROOT / "examples").glob("*.yaml"))
    if loads(str(path))
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("source", [*EXAMPLES, *CASES])
def test_what_loads_is_exported_and_loads_again(source: Any, form: str, folder: Path) -> None:
    api = load(source)
    document = export(api, form)
    path = folder / f"again-{form}.yaml"
    path.write_text(as_text(document, yaml=True), encoding="utf-8")
    # What templates have beside the API is no part of a document.
    assert load(path) == load(document) == replace(api, id="local", api_keys=(), usage_plans=())


def test_there_are_documents_to_export() -> None:
    assert len(EXAMPLES) > 5
    assert len(CASES) > 50
