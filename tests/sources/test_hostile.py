"""Hostile documents, each in a process of its own that may use little memory and time."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

HEAD = 'openapi: 3.0.1\ninfo: {title: t, version: "1"}\npaths: {}\n'
LEVELS = 10_000


def _laughs() -> str:
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    return HEAD + "\n".join(lines) + "\n"


def _merges() -> str:
    lines = ["m0: &m0 {" + ", ".join(f"k{n}: {n}" for n in range(100)) + "}"]
    lines += [f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}], x{n}: 1}}" for n in range(1, 12)]
    return HEAD + "\n".join(lines) + "\n"


def _chain(count: int) -> str:
    schemas = "\n".join(f"    S{n}: {{$ref: '#/components/schemas/S{n + 1}'}}" for n in range(count))
    return f"{HEAD}components:\n  schemas:\n{schemas}\n    S{count}: {{type: object}}\n"


def _unknown_members(count: int) -> str:
    return HEAD + "".join(f"x-amazon-apigateway-integratio{n}: 1\n" for n in range(count))


def _bad_methods(count: int) -> str:
    get = '{"get": {"x-amazon-apigateway-integration": {"type": "http", "uri": "x"}}}'
    paths = ", ".join(f'"/p{n}": {get}' for n in range(count))
    return f'{{"openapi": "3.0.1", "info": {{}}, "paths": {{{paths}}}}}'


REFUSED = {
    "billion-laughs.yaml": lambda: _laughs(),
    "merge-key-bomb.yaml": lambda: _merges(),
    "python-object.yaml": lambda: HEAD + "x: !!python/object/apply:os.system [id]\n",
    "python-name.yaml": lambda: HEAD + "x: !!python/name:os.system\n",
    "short-intrinsic.yaml": lambda: HEAD + "x: !Sub text\n",
    "self-alias.yaml": lambda: HEAD + "x: &x [*x]\n",
    "unknown-alias.yaml": lambda: HEAD + "x: *nowhere\n",
    "deep-flow.yaml": lambda: HEAD + "x: " + "[" * LEVELS + "]" * LEVELS + "\n",
    "deep-flow-mappings.yaml": lambda: HEAD + "x: " + "{a: " * LEVELS + "1" + "}" * LEVELS + "\n",
    "deep-block.yaml": lambda: HEAD + "".join(" " * n + "a:\n" for n in range(3_000)),
    "deep-block-lists.yaml": lambda: HEAD + "x:\n" + "- " * LEVELS + "1\n",
    "unclosed.yaml": lambda: HEAD + "x: " + "[" * LEVELS,
    "deep.json": lambda: '{"openapi": "3.0.1", "x": ' + "[" * LEVELS + "]" * LEVELS + "}",
    "deep-objects.json": lambda: '{"a":' * 100_000 + "1" + "}" * 100_000,
    "unclosed.json": lambda: "[" * 1_000_000,
    "duplicate-path.yaml": lambda: "openapi: 3.0.1\npaths:\n  /a: {}\n  /b: {}\n  /a: {}\n",
    "duplicate-key.json": lambda: '{"openapi": "3.0.1", "paths": {"/a": {}, "/a": {}}}',
    "duplicate-status.yaml": lambda: HEAD + "x:\n  200: a\n  '200': b\n",
    "complex-key.yaml": lambda: HEAD + "x:\n  ? [a, b]\n  : c\n",
    "two-documents.yaml": lambda: HEAD + "---\n" + HEAD,
    "empty.yaml": lambda: "",
    "only-a-word.yaml": lambda: "openapi",
    "tabs.yaml": lambda: "openapi: 3.0.1\n\tpaths: {}\n",
    "control-character.yaml": lambda: HEAD + "x: \x01\n",
    "half-surrogate.json": lambda: '{"openapi": "3.0.1", "x": "\\ud800"}',
    "nan.json": lambda: '{"openapi": "3.0.1", "x": NaN}',
    "huge-number.json": lambda: '{"openapi": "3.0.1", "x": 1e400}',
    "many-digits.json": lambda: '{"openapi": "3.0.1", "x": ' + "9" * 100_000 + "}",
    "many-digits.yaml": lambda: HEAD + "x: " + "9" * 100_000 + "\n",
    "trailing.json": lambda: '{"openapi": "3.0.1"} {}',
    "single-quotes.json": lambda: "{'openapi': '3.0.1'}",
    "many-values.json": lambda: "[" + "1," * 2_000_000 + "1]",
    "many-lists.json": lambda: "[" + "[]," * 1_500_000 + "1]",
    "many-values.yaml": lambda: HEAD + "x: [" + "a, " * 1_500_000 + "a]\n",
    "many-keys.yaml": lambda: HEAD + "x:\n" + "".join(f" k{n}: 1\n" for n in range(400_000)),
    "many-anchors.yaml": lambda: HEAD + "x:\n" + "".join(f"- &a{n} b\n" for n in range(300_000)),
    "too-large.yaml": lambda: HEAD + "#" * (6 * 1024 * 1024),
    "schema-chain.yaml": lambda: _chain(20_000),
    "many-unknown-extensions.yaml": lambda: _unknown_members(60_000),
    "many-bad-methods.json": lambda: _bad_methods(14_000),
}

MEMORY = 256 * 1024 * 1024
SECONDS = 20
"""Processor time after which a child is killed: a hang, not a slow machine."""

CHILD = f"""
import resource, sys
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load
resource.setrlimit(resource.RLIMIT_DATA, ({MEMORY}, {MEMORY}))
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
try:
    load(sys.argv[1])
except ConfigError as error:
    place = error.problems[0].place
    print(place.file == sys.argv[1], bool(place.line), bool(place.column), len(str(error)) < 1_000_000)
"""


@pytest.mark.parametrize("name", REFUSED)
def test_a_hostile_document_is_one_readable_refusal(name, tmp_path):
    path = tmp_path / name
    path.write_text(REFUSED[name]())
    child = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, check=False
    )
    assert (child.returncode, child.stdout, child.stderr) == (0, "True True True True\n", "")


def _large(indent: int | None) -> str:
    """As large as AWS takes it, and sound."""
    words = "what this operation does, and what it is good for, in many words " * 40
    uri = "https://backend.example.com/things"
    operation = {
        "description": words,
        "responses": {"200": {"description": words}},
        "x-amazon-apigateway-integration": {"type": "http_proxy", "httpMethod": "GET", "uri": uri},
    }
    paths = {f"/things{number}": {"get": operation} for number in range(1_050)}
    return json.dumps({"openapi": "3.0.1", "info": {"title": "t"}, "paths": paths}, indent=indent)


@pytest.mark.parametrize("name", ["large.json", "large.yaml"])
def test_a_sound_document_may_be_as_large_as_aws_takes_it(name, tmp_path):
    path = tmp_path / name
    path.write_text(_large(2))
    assert 5.5 < path.stat().st_size / 2**20 < 6
    child = subprocess.run(
        [
            sys.executable,
            "-c",
            CHILD.replace("load(sys.argv[1])", "print(len(load(sys.argv[1]).resources))"),
            str(path),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (child.returncode, child.stdout, child.stderr) == (0, "1050\n", "")
