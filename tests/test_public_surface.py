"""The public names of the package: a closed list, in reach without loading what is not asked for."""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import wsgi_gateway

PUBLIC = """
    ApiKeyConfig ApiStageConfig Authorizer AuthorizerConfig ConfigError Context Gateway GatewayError
    GatewayResponseConfig GatewayResponses Http IntegrationConfig IntegrationRequest IntegrationResponse
    IntegrationResponseConfig LambdaProxy LifecycleStage MethodConfig MethodRequest MethodResponse
    MethodResponseConfig Mock ModelConfig Problem QuotaConfig RESPONSE_TYPES RequestValidatorConfig Response
    ResponseType RestApiConfig Router StageConfig ThrottleConfig Trace UsagePlan UsagePlanConfig WsgiApp fuse
    load pipeline
""".split()
"""A name that is added or removed is a change of the interface, and belongs in CHANGES.md."""

every_name = pytest.mark.parametrize("name", PUBLIC)


def names_for_type_checkers() -> set[str]:
    tree = ast.parse(Path(wsgi_gateway.__file__).read_text(encoding="utf-8"))
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module != "__future__" and node.module != "typing"
        for alias in node.names
    }


def run(script: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_public_names_are_exactly_these() -> None:
    assert sorted(wsgi_gateway.__all__) == sorted(PUBLIC)
    assert names_for_type_checkers() == set(PUBLIC)
    assert set(PUBLIC) <= set(dir(wsgi_gateway))


@every_name
def test_every_public_name_can_be_had_and_is_documented(name: str) -> None:
    value = getattr(wsgi_gateway, name)
    assert not inspect.ismodule(value)
    assert inspect.getdoc(value)


@every_name
def test_a_public_name_means_the_same_whatever_was_imported_before(name: str) -> None:
    script = f"import sys; from wsgi_gateway import {name}; print(type({name}).__name__)"
    modules = "wsgi_gateway.gateway, wsgi_gateway.pipeline, wsgi_gateway.router, wsgi_gateway.trace"
    assert run(script) == run(f"import {modules}\n{script}")


def test_an_unknown_name_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="no attribute 'GateWay'"):
        _ = wsgi_gateway.GateWay  # type: ignore[attr-defined]


def test_the_version_is_a_release_number() -> None:
    assert [part.isdigit() for part in wsgi_gateway.__version__.split(".")] == [True] * 3
