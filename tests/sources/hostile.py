"""Documents that want to hang, crash or fill the process which reads them: file name to text."""

from __future__ import annotations

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
    "billion-laughs.yaml": _laughs(),
    "merge-key-bomb.yaml": _merges(),
    "python-object.yaml": HEAD + "x: !!python/object/apply:os.system [id]\n",
    "python-name.yaml": HEAD + "x: !!python/name:os.system\n",
    "short-intrinsic.yaml": HEAD + "x: !Sub text\n",
    "self-alias.yaml": HEAD + "x: &x [*x]\n",
    "unknown-alias.yaml": HEAD + "x: *nowhere\n",
    "deep-flow.yaml": HEAD + "x: " + "[" * LEVELS + "]" * LEVELS + "\n",
    "deep-flow-mappings.yaml": HEAD + "x: " + "{a: " * LEVELS + "1" + "}" * LEVELS + "\n",
    "deep-block.yaml": HEAD + "".join(" " * n + "a:\n" for n in range(3_000)),
    "deep-block-lists.yaml": HEAD + "x:\n" + "- " * LEVELS + "1\n",
    "unclosed.yaml": HEAD + "x: " + "[" * LEVELS,
    "deep.json": '{"openapi": "3.0.1", "x": ' + "[" * LEVELS + "]" * LEVELS + "}",
    "deep-objects.json": '{"a":' * 100_000 + "1" + "}" * 100_000,
    "unclosed.json": "[" * 1_000_000,
    "duplicate-path.yaml": "openapi: 3.0.1\npaths:\n  /a: {}\n  /b: {}\n  /a: {}\n",
    "duplicate-key.json": '{"openapi": "3.0.1", "paths": {"/a": {}, "/a": {}}}',
    "duplicate-status.yaml": HEAD + "x:\n  200: a\n  '200': b\n",
    "complex-key.yaml": HEAD + "x:\n  ? [a, b]\n  : c\n",
    "two-documents.yaml": HEAD + "---\n" + HEAD,
    "empty.yaml": "",
    "only-a-word.yaml": "openapi",
    "tabs.yaml": "openapi: 3.0.1\n\tpaths: {}\n",
    "control-character.yaml": HEAD + "x: \x01\n",
    "half-surrogate.json": '{"openapi": "3.0.1", "x": "\\ud800"}',
    "nan.json": '{"openapi": "3.0.1", "x": NaN}',
    "huge-number.json": '{"openapi": "3.0.1", "x": 1e400}',
    "many-digits.json": '{"openapi": "3.0.1", "x": ' + "9" * 100_000 + "}",
    "many-digits.yaml": HEAD + "x: " + "9" * 100_000 + "\n",
    "trailing.json": '{"openapi": "3.0.1"} {}',
    "single-quotes.json": "{'openapi': '3.0.1'}",
    "many-values.json": "[" + "1," * 2_000_000 + "1]",
    "many-lists.json": "[" + "[]," * 1_500_000 + "1]",
    "many-values.yaml": HEAD + "x: [" + "a, " * 1_500_000 + "a]\n",
    "many-keys.yaml": HEAD + "x:\n" + "".join(f" k{n}: 1\n" for n in range(400_000)),
    "many-anchors.yaml": HEAD + "x:\n" + "".join(f"- &a{n} b\n" for n in range(300_000)),
    "too-large.yaml": HEAD + "#" * (6 * 1024 * 1024),
    "schema-chain.yaml": _chain(20_000),
    "many-unknown-extensions.yaml": _unknown_members(90_000),
    "many-bad-methods.json": _bad_methods(14_000),
}
