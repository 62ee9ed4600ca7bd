"""Protection in any object of a document where nothing reads it: one walk, after all that is read was read.

The readers judge the extensions of the objects they know. But a slip of the indentation puts a policy below
``externalDocs`` as easily as below ``info``, and then nobody restricts anything::

    tags:
      - name: pets
        x-amazon-apigateway-policy: {...}       # stops the load: it belongs to the document's root

Data may look like anything: examples, defaults, the values of enums and the names of a body's members are not
judged. Below an extension of somebody else it is a warning, for authors keep YAML anchors there; none, if the
very same value takes effect where it belongs.

Not for: extensions that are known not to protect; where nothing reads them, nothing is open for it.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html and
the objects of https://spec.openapis.org/oas/v3.1.0#schema-1
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum, auto
from typing import Any, NamedTuple

from wsgi_gateway.config.method import HTTP_METHODS
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.openapi_extensions import (
    OPERATION,
    PATH_ITEM,
    PREFIX,
    check_extensions,
    refuse_stray,
    would_protect,
)
from wsgi_gateway.sources.openapi_servers import servers_of
from wsgi_gateway.sources.protection import is_extension
from wsgi_gateway.sources.report import LIMIT


class _Keys(Enum):
    """What the keys of a mapping are."""

    FIELDS = auto()
    NAMES = auto()
    NAMES_OR_FOREIGN = auto()
    MEMBERS = auto()
    FOREIGN = auto()


_BELOW = {
    **dict.fromkeys(("paths", "responses", "webhooks"), _Keys.NAMES_OR_FOREIGN),
    **dict.fromkeys(
        ("properties", "patternProperties", "dependencies", "dependentSchemas", "dependentRequired"),
        _Keys.MEMBERS,
    ),
    **dict.fromkeys(
        "schemas definitions $defs headers parameters requestBodies securitySchemes securityDefinitions "
        "links callbacks pathItems content encoding variables scopes".split(),
        _Keys.NAMES,
    ),
    **dict.fromkeys(
        (PREFIX + "integrations", PREFIX + "gateway-responses", PREFIX + "request-validators"), _Keys.NAMES
    ),
}
_DATA = frozenset("example examples default enum const".split())
_OPERATIONS = frozenset((*(verb.lower() for verb in HTTP_METHODS), "trace", PREFIX + "any-method"))
_CODE = "extension-ignored"


def check_everywhere(root: Node, items: Iterable[Node], schemes: Iterable[Node]) -> None:
    """Report extensions that would protect, wherever they stand in vain.

    :param items: the path items that are served, :param schemes: the security schemes, references resolved.
    """
    if not root.report.full:
        _Walk(root, [root, *servers_of(root), *_with_operations(items), *_shared_items(root), *schemes]).run()


def _with_operations(items: Iterable[Node]) -> Iterator[Node]:
    for item in items:
        yield item
        for name in item.value:
            if name in _OPERATIONS and isinstance(item.value[name], dict):
                yield item.child(name)


def _shared_items(root: Node) -> Iterator[Node]:
    """The path items among the components: no harm is done by one that no path refers to."""
    components = root.get("components")
    holder = components.get("pathItems") if components is not None else None
    items = holder.each() if holder is not None and holder.is_mapping else ()
    for _, item in items:
        if item.is_mapping:
            for node in _with_operations([item]):
                check_extensions(node, PATH_ITEM if node is item else OPERATION)
                yield node


class _Step(NamedTuple):
    """A member, and the way to the object it belongs to."""

    before: _Step | None
    member: str | int


class _Walk:
    """Every mapping of a document once; ``judged`` are those whose extensions their readers judge."""

    def __init__(self, root: Node, judged: Iterable[Node]) -> None:
        self._root, self._report = root, root.report
        self._judged: set[int] = set()
        self._applied: set[int] = set()
        for node in judged:
            self._judged.add(id(node.value))
            self._applied.update(
                id(value)
                for name, value in node.value.items()
                if isinstance(value, (dict, list)) and would_protect(name)
            )
        self._told = {problem.place.path for problem in self._report.errors}

    def run(self) -> None:
        pending: list[tuple[Any, _Step | None, _Keys]] = [(self._root.value, None, _Keys.FIELDS)]
        while pending and not self._report.full:
            value, way, keys = pending.pop()
            if isinstance(value, list):
                below = _Keys.FOREIGN if keys is _Keys.FOREIGN else _Keys.FIELDS
                pending.extend(
                    (inner, _Step(way, index), below)
                    for index, inner in enumerate(value)
                    if isinstance(inner, (dict, list))
                )
            else:
                pending.extend(self._mapping(value, way, keys))

    def _mapping(
        self, value: dict[str, Any], way: _Step | None, keys: _Keys
    ) -> Iterator[tuple[Any, _Step, _Keys]]:
        is_judged = id(value) in self._judged or keys is _Keys.MEMBERS
        for name, inner in value.items():
            if not is_judged and would_protect(name):
                self._stray(_Step(way, name), inner, keys)
            elif isinstance(inner, (dict, list)):
                below = _keys_below(name, keys)
                if below is not None:
                    yield inner, _Step(way, name), below

    def _stray(self, way: _Step, value: Any, keys: _Keys) -> None:
        """A container that also stands where it counts is one that YAML's anchors repeat."""
        is_foreign = keys is _Keys.FOREIGN
        if id(value) in self._applied and isinstance(value, (dict, list)):
            return
        if self._report.full or (is_foreign and self._report.warned(_CODE) >= LIMIT):
            return
        node = self._node(way)
        if node.place.path in self._told:
            return
        if is_foreign:
            message = f"{node.key[:80]} has no effect below an extension of somebody else"
            node.warning(_CODE, message)
        else:
            refuse_stray(node)

    def _node(self, way: _Step | None) -> Node:
        members = []
        while way is not None:
            members.append(way.member)
            way = way.before
        node = self._root
        for member in reversed(members):
            node = node.child(member)
        return node


def _keys_below(name: str, keys: _Keys) -> _Keys | None:
    """What the keys of a member are; None if it holds data."""
    if keys is _Keys.FOREIGN:
        return _Keys.FOREIGN
    if keys in (_Keys.FIELDS, _Keys.NAMES_OR_FOREIGN) and name.startswith("x-") and not is_extension(name):
        return _Keys.FOREIGN
    if keys is not _Keys.FIELDS:
        return _Keys.FIELDS
    return None if name in _DATA else _BELOW.get(name, _Keys.FIELDS)
