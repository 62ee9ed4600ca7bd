"""What the load says has no effect, the ledger marks so: by one register of codes, beside Problem."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import wsgi_gateway
from wsgi_gateway.cli.problem_finding import problems_of
from wsgi_gateway.errors import NAME_WITHOUT_EFFECT, WITHOUT_EFFECT
from wsgi_gateway.parity import Mark, ledger
from wsgi_gateway.sources.reading import read

from .documents import LAMBDA, OPENAPI, TEMPLATE, X, with_words

ROOT = Path(wsgi_gateway.__file__).parent
SAYS_SO = re.compile(r"(no|without) effect|ignor|left out|never|nothing here|not read", re.IGNORECASE)
ADVICE = {
    "resource-policy-undeclared": "of one resource of a policy that is read",
    "resource-policy-idle": "of a policy that is read; it admits nobody",
    "resource-policy-key": "of a condition that is read; it admits nobody",
}
"""Codes of warnings that say so of something else."""

REGISTER = WITHOUT_EFFECT | NAME_WITHOUT_EFFECT


class Warned(NamedTuple):
    code: str
    message: str
    at: str


def texts(node: ast.AST) -> str:
    constants = (one.value for one in ast.walk(node) if isinstance(one, ast.Constant))
    return " ".join(value for value in constants if isinstance(value, str))


def assigned(body: ast.AST) -> list[tuple[int, str, ast.expr]]:
    """What is assigned to names: line, name, value."""
    found = []
    for one in ast.walk(body):
        targets = one.targets if isinstance(one, ast.Assign) else []
        targets = [one.target] if isinstance(one, ast.AnnAssign) and one.value else targets
        for target in targets:
            names = (name.id for name in ast.walk(target) if isinstance(name, ast.Name))
            found += [(one.lineno, name, one.value) for name in names]  # type: ignore[attr-defined]
    return found


def meant(value: ast.expr, function: ast.AST, module: ast.Module) -> str:
    """The words of an argument; those of a name are what was last assigned to it."""
    if not isinstance(value, ast.Name):
        return texts(value)
    for scope in (function, module):
        before = [
            (line, found)
            for line, name, found in assigned(scope)
            if name == value.id and line <= value.lineno
        ]
        if before:
            return texts(max(before, key=lambda one: one[0])[1])
    return ""


def is_warning(call: ast.Call) -> bool:
    made = ast.unparse(call.func)
    is_warned = made.endswith(".warning") and "logger" not in made
    is_problem = made == "Problem" and any(keyword.arg == "severity" for keyword in call.keywords)
    return (is_warned or is_problem or made == "report") and len(call.args) > 1


def warnings_of_the_source() -> Iterator[Warned]:
    for path in sorted(ROOT.rglob("*.py")):
        if "exports" in path.parts:
            continue  # what a document loses is no matter of a load
        module = ast.parse(path.read_text(encoding="utf-8"))
        for function in (one for one in ast.walk(module) if isinstance(one, ast.FunctionDef)):
            for call in (one for one in ast.walk(function) if isinstance(one, ast.Call) and is_warning(one)):
                code, message = (meant(one, function, module) for one in call.args[:2])
                yield Warned(code, message, f"{path.relative_to(ROOT)}:{call.lineno}")


WARNED = list(warnings_of_the_source())


def test_a_warning_that_says_no_effect_has_a_code_that_the_ledger_reads() -> None:
    assert len(WARNED) > 80
    silent = [
        one for one in WARNED if SAYS_SO.search(one.message) and one.code not in REGISTER | ADVICE.keys()
    ]
    assert silent == []


def test_the_register_has_no_code_that_is_gone() -> None:
    passed_on = {"member-unknown"}  # by Node.mostly and Node.unread
    assert REGISTER - {one.code for one in WARNED} - passed_on == set()
    assert ADVICE.keys() - {one.code for one in WARNED} == set()


def marks(source: Any) -> dict[str, tuple[Mark, str | None]]:
    return {row.place.path: (row.mark, row.code) for row in ledger(read(source), problems_of(source))}


def template_with(**resources: dict[str, Any]) -> dict[str, Any]:
    made = with_words("template", {})
    for name, properties in resources.items():
        kind = TEMPLATE["Resources"].get(name, {}).get("Type")
        resource = made["Resources"].setdefault(name, {"Type": kind, "Properties": {}})
        resource["Type"] = properties.pop("Type", resource["Type"])
        resource["Properties"] = {
            key: value for key, value in {**resource["Properties"], **properties}.items() if value != "-"
        }
    return made


def openapi_with(**operation: Any) -> dict[str, Any]:
    return with_words("operation", operation)


_API = {"RestApiId": {"Ref": "Api"}}
_LEFT_OUT = {"Type": "AWS::ApiGateway::ApiKey", "Enabled": True, "Name": "bob"}
_TWICE = {"StatusCode": 200, "SelectionPattern": "5.."}
_SHARED = {"name": "page", "in": "query"}
_BESIDE = with_words("components", {"parameters": {"page": _SHARED}})
_BESIDE["paths"]["/pets"]["parameters"] = [{"$ref": "#/components/parameters/page", "style": "form"}]
_SLASH = with_words("document", {"paths": {"/dogs/": {"get": {"responses": {}}}}})
_UNUSED = with_words("document", {})
del _UNUSED["paths"]["/pets"]["post"][X + "request-validator"]
_METHOD = "Resources.PostPet.Properties"

CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "scopes beside a custom authorizer": (
        openapi_with(security=[{"guard": ["admin"]}]),
        "paths['/pets'].post.security[0].guard[0]",
        "authorization-scopes",
    ),
    "scopes of a template": (
        template_with(PostPet={"AuthorizationScopes": ["admin"]}),
        f"{_METHOD}.AuthorizationScopes[0]",
        "authorization-scopes",
    ),
    "what stands beside a reference": (_BESIDE, "paths['/pets'].parameters[0].style", "ref-siblings"),
    "a key without a value": (template_with(Bob=_LEFT_OUT), "Resources.Bob.Properties.Name", "api-key-value"),
    "a key of another stack": (
        template_with(AdaIsGold={"KeyId": "of-elsewhere"}),
        "Resources.AdaIsGold.Properties.KeyId",
        "usage-plan-key",
    ),
    "a base path without a stage": (
        template_with(Below={"Stage": "-"}),
        "Resources.Below.Properties.DomainName.Ref",
        "base-path",
    ),
    "a part of an API of elsewhere": (
        template_with(Refused={"RestApiId": "abc"}),
        "Resources.Refused.Properties.ResponseType",
        "other-api",
    ),
    "a response that is never chosen": (
        template_with(
            PostPet={
                "Integration": {
                    "Type": "HTTP",
                    "IntegrationHttpMethod": "POST",
                    "Uri": "https://example.org/pets",
                    "IntegrationResponses": [_TWICE, dict(_TWICE)],
                }
            }
        ),
        f"{_METHOD}.Integration.IntegrationResponses[1].SelectionPattern",
        "selection-pattern",
    ),
    "a model that is nowhere": (
        with_words("response-media", {"schema": {"$ref": "#/components/schemas/Nobody"}}),
        "paths['/pets'].post.responses['200'].content['application/json'].schema['$ref']",
        "ref-not-found",
    ),
    "a validator that no method uses": (
        _UNUSED,
        f"['{X}request-validators'].all.validateRequestBody",
        "validator-unused",
    ),
    "a validator of a template that no method uses": (
        template_with(PostPet={"RequestValidatorId": "-"}),
        "Resources.All.Properties.ValidateRequestBody",
        "validator-unused",
    ),
    "a final slash": (_SLASH, "paths['/dogs/']", "path-slash"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_the_load_says_has_no_effect_is_marked_so(name: str) -> None:
    source, path, code = CASES[name]
    found = marks(source)
    assert found["$." + path if not path.startswith("[") else "$" + path] == (Mark.WITHOUT_EFFECT, code)


def test_a_final_slash_is_of_the_name_alone() -> None:
    found = marks(_SLASH)
    below = {mark for path, (mark, _) in found.items() if path.startswith("$.paths['/dogs/'].")}
    assert below == {Mark.AS_AWS}


def test_the_definitions_that_these_are_put_into_have_no_such_warning() -> None:
    assert LAMBDA
    codes = {one.code for one in problems_of(OPENAPI)}
    assert codes & {code for _, _, code in CASES.values()} == set()
