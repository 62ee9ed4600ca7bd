"""Parameters of a CloudFormation template: given values and defaults, checked as AWS checks them.

::

    parameters = Parameters(template.parameters, {"Stage": "prod"})
    parameters.value("Stage")

A parameter without default has to be given only if what is read of the template uses it. One that names an
entry of Systems Manager (``AWS::SSM::Parameter::Value<String>``) is given with the entry's value; a default,
which is the entry's name, is none. What is given is checked, used or not. No message of this module holds a
value. Where the parameter has ``NoEcho``, no message about the template holds it, a part of its list, or what
functions make of these, as a whole or cut (:mod:`~wsgi_gateway.config.masking` tells how much of it).

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.mapping.patterns import compile_pattern
from wsgi_gateway.sources.cfn_template import only
from wsgi_gateway.sources.node import Node

FIELDS = frozenset(
    "Type Default AllowedValues AllowedPattern ConstraintDescription Description MaxLength MaxValue "
    "MinLength MinValue NoEcho".split()
)
_TYPES = ("String", "Number", "CommaDelimitedList", "List<Number>", "List<String>")
_OF_AWS = re.compile(r"AWS::[A-Za-z0-9:]+(<.{1,100}>)?|List<AWS::[A-Za-z0-9:]+>")
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
                only(node, FIELDS, "parameter-field", "a parameter")
            else:
                node.wrong_type("a mapping")
        for name in given:
            if name in nodes:
                self.value(name)

    def __contains__(self, name: str) -> bool:
        return name in self._nodes

    def value(self, name: str) -> Any:
        """Text, or a list of texts; MISSING, which is reported, if there is none that is sound."""
        if name not in self._values:
            node = self._nodes[name]
            self._values[name] = self._read(name, node) if node.is_mapping else MISSING
        return self._values[name]

    def is_hidden(self, name: str) -> bool:
        """Whether nobody may see its value."""
        return name in self._nodes and has_no_echo(self._nodes[name])

    def _read(self, name: str, node: Node) -> Any:
        kind = _kind(name, node)
        raw = None if kind is None else self._written(name, kind, node)
        if kind is None or raw is None:
            return MISSING
        text = _text(raw)
        if text is None:
            node.error(_CODE, f"the value of the parameter {name[:80]} is neither text nor a number")
            return MISSING
        if has_no_echo(node):
            node.report.hide([text, *_parts(text)] if is_list(kind) else text)
        if not _is_sound(name, text, kind, node):
            return MISSING
        return _parts(text) if is_list(kind) else text

    def _written(self, name: str, kind: str, node: Node) -> Any:
        """What is given, or else the default; None, which is reported, if there is neither."""
        raw = self._given.get(name)
        if raw is not None:
            return raw
        if is_stored(kind):
            hint = f"give the value that Systems Manager has: --parameter {name[:80]}=VALUE"
            message = f"the parameter {name[:80]} names an entry of another service"
            node.error("parameter-missing", message, hint)
        elif "Default" in node:
            return _default(node.child("Default"))
        else:
            hint = f"--parameter {name[:80]}=VALUE, or parameters={{...}}"
            node.error("parameter-missing", f"Parameters: [{name[:80]}] must have values", hint)
        return None


def has_no_echo(parameter: Node) -> bool:
    """Whether a parameter, as it is written, says that nobody may see its value."""
    return parameter.is_mapping and parameter.boolean("NoEcho")


def is_stored(kind: str) -> bool:
    """Whether a value of that type is the name of an entry of Systems Manager, which has the value."""
    return kind.startswith(_STORED)


def is_list(kind: str) -> bool:
    """Whether values of that type are lists, which may be written with commas."""
    return "List<" in kind or "CommaDelimitedList" in kind


def _kind(name: str, node: Node) -> str | None:
    kind = node.text("Type")
    if kind is None:
        if "Type" not in node:
            node.error("parameter-type", f"Template format error: parameter {name[:80]} has no Type")
        return None
    if kind not in _TYPES and not _OF_AWS.fullmatch(kind):
        message = f"Template format error: Unrecognized parameter type: {kind[:80]}"
        node.child("Type").error("parameter-type", message, did_you_mean(kind, _TYPES))
        return None
    return kind


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


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
    parts = _parts(text) if is_list(kind) else [text]
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
