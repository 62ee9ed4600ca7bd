"""The tree keeps its shape: imports go down, heavy libraries stay behind their doors, files stay short."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import wsgi_gateway

ROOT = Path(wsgi_gateway.__file__).parent
NAME = ROOT.name

LEVELS = {
    0: "typing wsgi errors config collector",
    1: "context identifiers variables functions forwarded redaction trace usage",
    2: "pipeline mapping stores",
    3: "lifecycle authorizers integrations sources front_door",
    4: "gateway router assembly terminals given chains plugins canary base_paths caching deployments",
    5: "cli exports docs_app given_as_text local_functions sdk mount parity paste pytest_plugin __main__",
}
"""Who may import whom: a module its own level and those below."""

LEVEL_OF = {name: level for level, names in LEVELS.items() for name in names.split()}

HEAVY = frozenset(
    "boto3 botocore requests urllib3 lark jwt cryptography jsonschema jsonschema_rs redis lmdb re2 yaml "
    "click rich webob opentelemetry prometheus_client samtranslator flask django".split()
)
"""Imported when first needed, by the one module that is their door."""

DOORS = {
    "re2": {"mapping.patterns", "mapping.jsonpath.regex", "mapping.velocity.regex"},
    "botocore": {"integrations.aws_session", "integrations.lambda_client"},
}
"""Libraries with more doors than one: definitions, JSONPath and Velocity differ in their patterns, functions
and services in what they need of botocore."""

NAMELESS = frozenset("utils util helpers helper common base manager managers handler handlers misc".split())
LINES = 350


@dataclass(frozen=True)
class Import:
    target: str
    line: int
    when_loaded: bool


def module_name(path: Path) -> str:
    parts = [NAME, *path.relative_to(ROOT).with_suffix("").parts]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


PATHS = {module_name(path): path for path in sorted(ROOT.rglob("*.py"))}
every_module = pytest.mark.parametrize("module", PATHS)


@cache
def tree_of(module: str) -> ast.Module:
    return ast.parse(PATHS[module].read_text(encoding="utf-8"))


def statements(node: ast.AST, when_loaded: bool = True) -> Iterator[tuple[ast.stmt, bool]]:
    """Every import, and whether it runs as the module is loaded; those for type checkers are left out."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and ast.unparse(child.test).endswith("TYPE_CHECKING"):
            for other in child.orelse:
                yield from statements(ast.Module([other], []), when_loaded)
        elif isinstance(child, (ast.Import, ast.ImportFrom)):
            yield child, when_loaded
        else:
            inside = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            yield from statements(child, when_loaded and not inside)


@cache
def imports_of(module: str) -> tuple[Import, ...]:
    found = []
    for node, when_loaded in statements(tree_of(module)):
        if isinstance(node, ast.Import):
            targets = [alias.name for alias in node.names]
        else:
            assert isinstance(node, ast.ImportFrom)
            assert node.level == 0, f"{module}:{node.lineno}: imports are absolute here"
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            targets = [name if name in PATHS else str(node.module) for name in full]
        found += [Import(target, node.lineno, when_loaded) for target in targets]
    return tuple(found)


def own_imports(module: str) -> Iterator[Import]:
    return (one for one in imports_of(module) if one.target.split(".")[0] == NAME)


def room(module: str) -> str:
    """``wsgi_gateway.mapping.velocity.parser`` lies in ``mapping``; the package itself in the empty room."""
    return module.partition(".")[2].partition(".")[0]


@every_module
def test_every_module_has_a_level(module: str) -> None:
    assert module == NAME or room(module) in LEVEL_OF, f"where in {LEVELS} does {module} belong?"


@every_module
def test_imports_go_down_only(module: str) -> None:
    if module == NAME:
        pytest.skip("the package itself names everything")
    own = LEVEL_OF[room(module)]
    wrong = [
        f"line {one.line}: {one.target} is not of level {own} or below"
        for one in own_imports(module)
        if (room(one.target) == "" and own < 5) or LEVEL_OF.get(room(one.target), 0) > own
    ]
    assert wrong == []


@every_module
def test_no_lifecycle_file_imports_another(module: str) -> None:
    siblings = [one for one in own_imports(module) if room(one.target) == "lifecycle"]
    assert not (siblings and module.startswith(f"{NAME}.lifecycle."))


def test_no_modules_import_each_other_in_a_circle() -> None:
    # A package's __init__ is loaded before its parts anyway, so naming one's own package is no new edge.
    graph = {
        module: {
            one.target
            for one in own_imports(module)
            if one.when_loaded and one.target != module and not module.startswith(one.target + ".")
        }
        for module in PATHS
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" > ".join(error.args[1]))


@every_module
def test_heavy_libraries_are_imported_when_first_needed(module: str) -> None:
    allowed = {"click"} if room(module) == "cli" else set()
    eager = {one.target.split(".")[0] for one in imports_of(module) if one.when_loaded}
    assert eager & HEAVY <= allowed


@pytest.mark.parametrize("library", sorted(HEAVY - {"click", "rich"}))
def test_a_heavy_library_has_one_door(library: str) -> None:
    doors = {module for module in PATHS for one in imports_of(module) if one.target.split(".")[0] == library}
    inside = {module.partition(".")[2] for module in doors}
    assert len(inside) <= 1 or inside == DOORS.get(library), f"{library} is imported by {sorted(inside)}"


def loaded_after(*modules: str) -> set[str]:
    """Top-level names in sys.modules of a fresh interpreter that has imported these modules."""
    script = f"import sys, json, {', '.join(modules)}; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in json.loads(done.stdout)}


def test_importing_the_package_loads_nothing_heavy() -> None:
    # What site-packages' own .pth files load is not our doing.
    assert loaded_after(NAME) & HEAVY <= loaded_after("os")


def test_importing_every_module_but_the_command_line_loads_nothing_heavy() -> None:
    modules = [module for module in PATHS if room(module) != "cli"]
    assert loaded_after(*modules) & HEAVY <= loaded_after("os")


@every_module
def test_only_the_protocol_module_calls_start_response(module: str) -> None:
    calls = [
        f"line {node.lineno}"
        for node in ast.walk(tree_of(module))
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "start_response"
    ]
    assert bool(calls) is (module == f"{NAME}.wsgi"), calls


@every_module
def test_lifecycle_files_never_mention_start_response(module: str) -> None:
    mentions = "start_response" in PATHS[module].read_text(encoding="utf-8")
    assert not (mentions and room(module) == "lifecycle")


@every_module
def test_a_file_has_a_name_of_its_own_a_manual_page_and_no_more_than_350_lines(module: str) -> None:
    assert NAMELESS.isdisjoint(module.split("."))
    assert ast.get_docstring(tree_of(module))
    assert len(PATHS[module].read_text(encoding="utf-8").splitlines()) <= LINES


@every_module
def test_no_function_is_longer_than_50_lines(module: str) -> None:
    long = [
        f"{node.name} has {length} lines"
        for node in ast.walk(tree_of(module))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (length := (node.end_lineno or 0) - node.body[0].lineno + 1) > 50
    ]
    assert long == []
