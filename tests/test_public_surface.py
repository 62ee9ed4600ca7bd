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
    ApiKeyConfig ApiStageConfig Authorizer AuthorizerConfig AwsService AwsServices CanarySettingsConfig
    ConfigError Context Definition DomainName Gateway GatewayError GatewayResponseConfig GatewayResponses Http
    HttpBackends IamAuthorizer IntegrationConfig IntegrationRequest IntegrationResponse
    IntegrationResponseConfig LambdaCustom LambdaFunction LambdaProxy LambdaStream LifecycleStage
    MethodConfig MethodRequest MethodResponse MethodResponseConfig MethodSettingConfig Mock ModelConfig
    Problem QuotaConfig RESPONSE_TYPES RequestDecoding RequestValidatorConfig ResourcePolicy Response
    ResponseCache ResponseCompression ResponseType RestApiConfig Router StageConfig ThrottleConfig Trace
    UsagePlan UsagePlanConfig WsgiApp fuse load load_definition pipeline
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


def test_public_names_mean_the_same_whatever_was_imported_before() -> None:
    # ``pipeline`` is a function and a module: importing the module must not hide the function.
    kinds = f"import wsgi_gateway as w; print([type(getattr(w, name)).__name__ for name in {PUBLIC}])"
    parts = sorted(path.stem for path in Path(wsgi_gateway.__file__).parent.glob("[a-z]*.py"))
    modules = "; ".join(f"import wsgi_gateway.{part}" for part in parts)
    assert run(kinds) == run(f"{modules}; {kinds}")
    assert "module" not in run(f"{modules}; {kinds}")


def test_an_unknown_name_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="no attribute 'GateWay'"):
        _ = wsgi_gateway.GateWay  # type: ignore[attr-defined]


def test_the_version_is_a_release_number() -> None:
    assert [part.isdigit() for part in wsgi_gateway.__version__.split(".")] == [True] * 3
