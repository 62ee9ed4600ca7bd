"""Parameters of a CloudFormation template: given values and defaults, checked as AWS checks them.

::

    parameters = Parameters(template.parameters, {"Stage": "prod"})
    parameters.value("Stage")

A parameter without default has to be given only if what is read of the template uses it. One that names an
entry of Systems Manager (``AWS::SSM::Parameter::Value<String>``) is given with the entry's value; a default,
which is the entry's name, is none. No message holds a value.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.mapping.patterns import compile_pattern
from wsgi_gateway.sources.node import Node

FIELDS = frozenset(
    "Type Default AllowedValues AllowedPattern ConstraintDescription Description MaxLength MaxValue "
    "MinLength MinValue NoEcho".split()
)
_STORED = "AWS::SSM::Parameter::Value<"
_CODE = "parameter-value"
MISSING: Any = object()


class Parameters:
    """The parameters at ``nodes``, with the values ``given`` for some."""

    def __init__(self, nodes: Mapping[str, Node], given: Mapping[str, Any], root: Node) -> None:
        self._nodes = nodes
        self._given = given
        self._values: dict[str, Any] = {}
        for name in given:
            if name not in nodes:
                hint = did_you_mean(name, nodes, "the template has no such parameter")
                root.error(
                    "parameter-unknown", f"Parameters: [{name[:80]}] do not exist in the template", hint
                )
        for node in nodes.values():
            if node.is_mapping:
                node.only(FIELDS, "parameter-field", "a parameter")
            else:
                node.wrong_type("a mapping")

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    def value(self, name: str) -> Any:
        """Text, or a list of texts; MISSING, which is reported, if there is none that is sound."""
        if name not in self._values:
            node = self._nodes[name]
            self._values[name] = self._read(name, node) if node.is_mapping else MISSING
        return self._values[name]

    def _read(self, name: str, node: Node) -> Any:
        kind = node.text("Type")
        if kind is None:
            node.error("parameter-type", f"Template format error: parameter {name[:80]} has no Type")
            return MISSING
        is_stored = kind.startswith(_STORED)
        raw = self._given.get(name)
        if raw is None and is_stored:
            hint = f"give the value that Systems Manager has: --parameter {name[:80]}=VALUE"
            node.error(
                "parameter-missing", f"the parameter {name[:80]} names an entry of another service", hint
            )
            return MISSING
        if raw is None:
            default = node.value.get("Default")
            raw = None if default is None else _default(node.child("Default"))
        if raw is None:
            hint = f"--parameter {name[:80]}=VALUE, or parameters={{...}}"
            node.error("parameter-missing", f"Parameters: [{name[:80]}] must have values", hint)
            return MISSING
        text = _text(raw)
        if text is None or not _is_sound(name, text, kind, node):
            if text is None:
                node.error(_CODE, f"the value of the parameter {name[:80]} is neither text nor a number")
            return MISSING
        listed = "List<" in kind or "CommaDelimitedList" in kind
        return [part.strip() for part in text.split(",")] if listed else text


def _default(node: Node) -> str | None:
    if isinstance(node.value, bool):
        return str(node.value).lower()
    return node.as_text()


def _text(raw: Any) -> str | None:
    if isinstance(raw, bool):
        return str(raw).lower()
    if isinstance(raw, (list, tuple)):
        parts = [_text(part) for part in raw if not isinstance(part, (list, tuple))]
        return None if None in parts or len(parts) != len(raw) else ",".join(str(part) for part in parts)
    return str(raw) if isinstance(raw, (str, int, float)) else None


def _is_sound(name: str, text: str, kind: str, node: Node) -> bool:
    """Whether a value keeps the rules of its parameter; reports the first that it breaks."""
    wrong = _broken_rule(name, text, kind, node)
    if wrong is not None:
        node.error(_CODE, f"Parameter '{name[:80]}' {wrong}", node.text("ConstraintDescription"))
    return wrong is None


def _broken_rule(name: str, text: str, kind: str, node: Node) -> str | None:
    listed = "List<" in kind or "CommaDelimitedList" in kind
    parts = [part.strip() for part in text.split(",")] if listed else [text]
    if "AllowedValues" in node:
        allowed = {_default(one) for one in node.child("AllowedValues").elements()}
        if any(part not in allowed for part in parts):
            return "must be one of AllowedValues"
    if "Number" in kind and any(_number(part) is None for part in parts):
        return "must be a number"
    if "AllowedPattern" in node and (pattern := node.text("AllowedPattern")) is not None:
        try:
            compiled = compile_pattern(pattern, "AllowedPattern")
        except ConfigError:
            node.child("AllowedPattern").error("parameter-pattern", "AllowedPattern cannot be run")
            return None
        if any(compiled.fullmatch(part) is None for part in parts):
            return "must match its AllowedPattern"
    return _beyond(text, node)


def _beyond(text: str, node: Node) -> str | None:
    least, most = node.integer("MinLength"), node.integer("MaxLength")
    if (least is not None and len(text) < least) or (most is not None and len(text) > most):
        return "is too short or too long"
    number = _number(text)
    if number is None:
        return None
    low, high = (_number(node.text(name) or "") for name in ("MinValue", "MaxValue"))
    outside = (low is not None and number < low) or (high is not None and number > high)
    return "is outside of MinValue and MaxValue" if outside else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
