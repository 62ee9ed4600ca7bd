"""The recorded behaviour of AWS, replayed. ``FORMAT.md`` says what a case is; ``run.py`` runs them by hand
too.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest

HERE = Path(__file__).parent

AREAS = (
    "request_validation",
    "routing",
    "gateway_responses",
    "mock_integration",
    "parameter_mapping",
    "http_integration",
    "response_selection",
    "passthrough",
    "context",
    "cors",
    "stages",
    "api_keys",
    "authorizers",
    "overrides",
    "load_errors",
    "import_basepath",
    "aws_services",
    "lambda_custom",
    "lambda_proxy_event",
    "lambda_proxy_response",
    "vtl_input",
    "vtl_language",
    "binary",
    "trace_ids",
)
"""Areas served in full. Test-invoke is not yet."""

NOT_YET: dict[str, str] = {}


def module(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"conformance_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    spec.loader.exec_module(loaded)
    return loaded


run = module("run")
factory = module("factory").factory


def cases() -> list[object]:
    areas = [json.loads((HERE / "cases" / f"{area}.json").read_text()) for area in AREAS]
    return [
        pytest.param(case, id=case["id"])
        for area in areas
        for case in area["cases"]
        if case["id"] not in NOT_YET
    ]


@pytest.fixture(scope="module")
def backend():
    backend = run.Backend()
    yield backend
    backend.server.shutdown()
    backend.server.server_close()


@pytest.mark.parametrize("case", cases())
def test_answers_as_aws_does(case, backend):
    verdicts = list(run.run_case(case, factory, backend))
    assert verdicts
    problems = [f"{label}: {problem}" for label, found in verdicts for problem in found or ()]
    assert not problems, "\n".join([case["why"], *problems])
