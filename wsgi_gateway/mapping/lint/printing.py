"""Judges one printed reference: inside a JSON string, or where a JSON value is due.

Source of the right forms:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-mapping-template-reference.html (the
note on ``$util.escapeJavaScript``).
"""

from __future__ import annotations

import re

from wsgi_gateway.mapping.lint.findings import Findings
from wsgi_gateway.mapping.lint.tree import Tree, constant_text, is_live
from wsgi_gateway.mapping.lint.values import Kind, Value
from wsgi_gateway.mapping.velocity import nodes

_UNQUOTE = r""".replaceAll("\\'", "'")"""
_CLIENTS = (Kind.RAW, Kind.SCRIPT)
_OF_REQUEST = ("$input.params", "$input.body")
_NUMBER_OF_DYNAMODB = re.compile(r'"N"\s*:\s*"$')


class Printing:
    """Knows the whole template, because what is asked elsewhere tells what a value is."""

    def __init__(self, tree: Tree, findings: Findings) -> None:
        self._tree = tree
        self._findings = findings
        references = [node for node in tree.all if isinstance(node, nodes.Reference)]
        self._asked = frozenset(
            tree.name_of(reference)
            for node in tree.all
            if isinstance(node, nodes.If)
            for condition, _ in node.branches
            for reference in _references(tree, condition)
        )
        self._maps = frozenset(
            tree.name_of(_without_last(reference)) for reference in references if _reads_member(reference)
        )
        self._looped = frozenset(
            tree.name_of(node.items)
            for node in tree.all
            if isinstance(node, nodes.Foreach) and isinstance(node.items, nodes.Reference)
        )

    def in_string(self, node: nodes.Reference, value: Value, tail: str) -> None:
        """Between two quotes."""
        written = self._tree.source[node.start : node.end]
        if value.kind == Kind.RAW:
            alone = tail.endswith('"') and self._tree.source[node.end : node.end + 1] == '"'
            self._unescaped(node, value, written, alone)
        elif value.kind == Kind.SCRIPT:
            self._findings.add("escape-javascript-quote", node.start, *_of_apostrophes(value.tried))
        elif value.kind == Kind.JSON and not _NUMBER_OF_DYNAMODB.search(tail):
            message = f'{written} prints JSON: a text has quotes of its own and gives ""text""'
            hint = f"leave the quotes around {written} out"
            self._findings.add("json-in-quotes", node.start, message, hint)

    def _unescaped(self, node: nodes.Reference, value: Value, written: str, alone: bool) -> None:
        message = (
            f"{_told(written, value)} stands in a JSON string as it came: a quote, backslash or line end "
            "in it breaks the JSON, and a client can write members of its own"
        )
        plain = "$" + self._tree.name_of(node)
        hint = f"$util.escapeJavaScript({plain}){_UNQUOTE}"
        if alone and value.path and value.shape == "document":
            hint += f", or $input.json('{value.path}') without the quotes"
        self._findings.add("unescaped-input", node.start, message, hint)

    def outside(self, node: nodes.Reference, value: Value, after_colon: bool) -> None:
        """Where a JSON value is due."""
        name = self._tree.name_of(node)
        if value.shape == "text" and value.kind in _CLIENTS and value.origin.startswith(_OF_REQUEST):
            self._unquoted(node, value)
        if value.shape != "document" or name in self._looped:
            return
        whole = value.path == "$"
        direct = after_colon and _is_path_call(node) and name not in self._asked
        if not (whole or direct or name in self._maps):
            return
        message = (
            f"{self._tree.source[node.start : node.end]} prints Java's text and not JSON: an object becomes "
            "{a=1}, a text has no quotes, an absent value is nothing at all"
        )
        path = value.path or "$..."
        self._findings.add("path-for-json", node.start, message, f"$input.json('{path}')")

    def _unquoted(self, node: nodes.Reference, value: Value) -> None:
        written = self._tree.source[node.start : node.end]
        message = (
            f"{_told(written, value)} is a text and stands where JSON is due: whatever is no JSON by itself "
            "breaks it, and a client can write members of its own"
        )
        plain = "$" + self._tree.name_of(node)
        hint = f'"$util.escapeJavaScript({plain}){_UNQUOTE}", in quotes'
        if plain == "$input.body":
            hint = "$input.json('$')"
        elif value.kind == Kind.RAW:
            hint += f'; a number as it is only inside #if({plain}.matches("[0-9]+"))'
        else:
            hint = "put it into quotes: only there $util.escapeJavaScript protects"
        self._findings.add("unquoted-input", node.start, message, hint)

    def in_form(self, node: nodes.Reference, value: Value, tail: str) -> None:
        """Among the fields of a form; what follows an ``&`` may be fields as they came."""
        if value.kind not in (Kind.RAW, Kind.SCRIPT, Kind.JSON) or tail.endswith("&"):
            return
        written = self._tree.source[node.start : node.end]
        message = (
            f"{_told(written, value)} stands in a form as it came: a client can add fields by an &, and + "
            "and % become other characters"
        )
        hint = f"$util.urlEncode(${self._tree.name_of(node)})"
        self._findings.add("unencoded-form-value", node.start, message, hint)


def _of_apostrophes(tried: str) -> tuple[str, str]:
    message = r"$util.escapeJavaScript turns an apostrophe into \', which is no JSON"
    if not tried:
        return message, f"append {_UNQUOTE}"
    return f"{message}, and {tried}", f"write {_UNQUOTE} in its place, with two backslashes"


def _told(written: str, value: Value) -> str:
    """The reference as it stands, and what it was made of where that is something else."""
    return written if _same(written, value.origin) else f"{written} ({value.origin})"


def _references(tree: Tree, node: nodes.Node) -> list[nodes.Reference]:
    return [one for one in tree.below(node) if isinstance(one, nodes.Reference)]


def _is_path_call(node: nodes.Reference) -> bool:
    call = node.trailers[-1] if node.trailers else None
    is_path = isinstance(call, nodes.Method) and call.name == "path" and len(node.trailers) == 1
    return node.name == "input" and is_path and constant_text(call.arguments[0]) is not None  # type: ignore[union-attr]


def _reads_member(node: nodes.Reference) -> bool:
    return is_live(node) and bool(node.trailers) and isinstance(node.trailers[-1], nodes.Property)


def _without_last(node: nodes.Reference) -> nodes.Reference:
    return nodes.Reference(node.name, node.trailers[:-1], node.assigned)


def _same(written: str, origin: str) -> bool:
    plain = written.replace("$!", "$").replace("{", "").replace("}", "").replace('"', "'")
    return not origin or plain == origin.replace('"', "'") or plain.startswith(origin.removesuffix("...)"))
