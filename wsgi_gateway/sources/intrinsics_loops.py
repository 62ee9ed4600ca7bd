"""Fn::ForEach of AWS::LanguageExtensions: members of a mapping, made once for every value of a list.

::

    Fn::ForEach::Verbs:
      - Verb
      - [GET, PUT]
      - "Method${Verb}":
          Type: AWS::ApiGateway::Method
          Properties: {HttpMethod: !Ref Verb, ...}

is two resources, ``MethodGET`` and ``MethodPUT``. ``&{Verb}`` is the value without what is no letter or
digit. Loops stand among resources, conditions and members of properties, and in each other. Their lists are
written there, or made of parameters and mappings. A loop counts as all that it makes; more than a document
may hold is refused. So is a name that comes twice, be it made by loops or written beside them: of two things
called the same the later would take the place of what the earlier protects.

Not for: templates without ``Transform: AWS::LanguageExtensions``, where AWS knows no loops, either.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
"""

from __future__ import annotations

import re
from typing import Any

from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_template import LANGUAGE, LOOP, Template, transforms_of
from wsgi_gateway.sources.document import NODE_LIMIT, Document, Mark
from wsgi_gateway.sources.intrinsics import TEXT_LIMIT, Intrinsics
from wsgi_gateway.sources.intrinsics_text import NOTHING
from wsgi_gateway.sources.node import Node

_SECTIONS = ("Resources", "Conditions")
_NAME = re.compile(r"[A-Za-z0-9]+")
_ODD = re.compile(r"[^A-Za-z0-9]")
_LAYOUT = (
    "Fn::ForEach layout is incorrect: it takes an identifier, a list of values, and a mapping with one member"
)


def unrolled(root: Node, options: TemplateOptions) -> Node:
    """The template at ``root`` without loops; ``root`` itself if there are none. Mistakes are reported."""
    if LANGUAGE not in transforms_of(root.value):
        return root
    loops = _Loops(root, options)
    sections = {name: root.value[name] for name in _SECTIONS if isinstance(root.value.get(name), dict)}
    made = {name: loops.copied(root.child(name), {}) for name in sections}
    if not loops.found:
        return root
    data = {**root.value, **made}
    loops.marks[id(data)] = root.document.marks.get(id(root.value), {})
    document = Document(data, root.document.file, loops.marks, root.document.path)
    return Node(data, document, root.report, root.members_path, root.line, root.column)


class _Made:
    """A mapping that is being made, and where its members stand."""

    def __init__(self) -> None:
        self.members: dict[str, Any] = {}
        self.marks: dict[str | int, Mark] = {}

    def put(self, name: str, value: Any, node: Node, mark: Mark | None) -> None:
        """A member more, which is written at ``node``; reports a name that is there already."""
        if name in self.members:
            message = f"{name[:80]!r} is there twice, with what loops make"
            node.error("duplicate-key", message, "one would hide the other; rename one of them")
            return
        self.members[name] = value
        if mark is not None:
            self.marks[name] = mark


class _Loops:
    """Copies a template, loop by loop."""

    def __init__(self, root: Node, options: TemplateOptions) -> None:
        self.found = False
        self.marks: dict[int, Any] = dict(root.document.marks)
        self._root, self._options = root, options
        self._intrinsics: Intrinsics | None = None
        self._count = self._characters = 0

    def copied(self, node: Node, names: dict[str, str]) -> Any:
        """The value at ``node`` with loops unrolled and ``names`` put in."""
        self._count += 1
        if self._count > NODE_LIMIT:
            raise _too_large(node)
        if isinstance(node.value, str):
            return self._put_in(node.value, names, node)
        if isinstance(node.value, list):
            made = [self.copied(element, names) for element in node.elements()]
            self.marks[id(made)] = node.document.marks.get(id(node.value), {})
            return made
        return self._mapping(node, names) if node.is_mapping else node.value

    def _mapping(self, node: Node, names: dict[str, str]) -> Any:
        if len(node.value) == 1 and node.value.get("Ref") in [*names]:
            return names[node.value["Ref"]]
        made = _Made()
        self._put_members(node, names, made)
        self.marks[id(made.members)] = made.marks
        return made.members

    def _put_members(self, node: Node, names: dict[str, str], made: _Made) -> None:
        for key, member in node.each():
            if key.startswith(LOOP):
                self._loop(member, names, made)
                continue
            name = self._put_in(key, names, member)
            made.put(name, self.copied(member, names), member, node.document.mark(node.value, key))

    def _loop(self, node: Node, names: dict[str, str], made: _Made) -> None:
        self.found = True
        parts = list(node.elements()) if isinstance(node.value, list) else []
        if len(parts) != 3 or not parts[2].is_mapping or not _is_name(parts[0].value):
            node.error("function", _LAYOUT)
            return
        for value in self._values(parts[1], names):
            self._put_members(parts[2], {**names, parts[0].value: value}, made)

    def _put_in(self, text: str, names: dict[str, str], node: Node) -> str:
        for name, value in names.items():
            times = text.count(f"{{{name}}}")
            if not times:
                continue
            self._characters += len(text) + times * len(value)
            if self._characters > TEXT_LIMIT:
                raise _too_large(node)
            text = text.replace(f"${{{name}}}", value).replace(f"&{{{name}}}", _ODD.sub("", value))
        return text

    def _values(self, node: Node, names: dict[str, str]) -> list[str]:
        """What the loop goes over."""
        if self._intrinsics is None:
            rest = {**self._root.value, "Resources": {"_": {"Type": "_"}}, "Conditions": {}}
            apart = Node(rest, self._root.document, self._root.report.apart())
            self._intrinsics = Intrinsics(Template(apart), self._options)
        copied = self.copied(node, names)
        place = Node(copied, node.document, node.report, node.members_path, node.line, node.column)
        found = self._intrinsics.resolve(place)
        if found is NOTHING:
            return []
        if not isinstance(found, list) or not all(isinstance(one, (str, int)) for one in found):
            node.error("function", _LAYOUT)
            return []
        return [str(one) for one in found]


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and _NAME.fullmatch(value) is not None


def _too_large(node: Node) -> ConfigError:
    message = "the loops of this template make too many values, or too much text"
    return ConfigError([Problem("template-too-large", message, node.place)])
