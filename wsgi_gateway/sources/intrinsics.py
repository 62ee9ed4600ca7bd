"""CloudFormation's functions, worked out: a template's value becomes plain data that knows where it stood.

::

    intrinsics = Intrinsics(template, options)
    intrinsics.resolve(node)        # {"Fn::Sub": "${Stage}-pets"} is "prod-pets"
    intrinsics.conditions.hold("IsProd", node)

Ref, Fn::GetAtt, Fn::Sub, Fn::Join, Fn::Select, Fn::Split, Fn::FindInMap, Fn::If, Fn::ImportValue, Fn::Base64, Fn::Cidr, Fn::GetAZs, Fn::Length, Fn::ToJsonString, and
Fn::Transform of AWS::Include with a file beside the template. A null is refused, as by AWS, but in
definitions and schemas inside of a template, where it may mean something.

What a template makes of little text is bounded: :data:`TEXT_LIMIT` characters, and as many values as a
document may have. A value that cannot be worked out is reported once and is then :data:`NOTHING`.

Not for: Fn::ForEach, which :mod:`~wsgi_gateway.sources.intrinsics_loops` has unrolled before.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.sources import intrinsics_text as texts
from wsgi_gateway.sources.cfn_files import beside, key_of
from wsgi_gateway.sources.cfn_names import Names
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_parameters import MISSING, Parameters
from wsgi_gateway.sources.cfn_template import Template
from wsgi_gateway.sources.document import NODE_LIMIT, Document, Mark
from wsgi_gateway.sources.intrinsics_conditions import Conditions
from wsgi_gateway.sources.node import Node

TEXT_LIMIT = 24 * 1024 * 1024
"""Characters which the functions of one template may make."""

NOTHING: Any = texts.NOTHING
"""What AWS::NoValue leaves behind, and what could not be worked out."""

_SUB = re.compile(r"\$\{([^{}]*)\}")
_DYNAMIC = "{{resolve:"
_NULL_ALLOWED = frozenset({"Body", "Schema"})
_UNRESOLVED = (
    "Template format error: Unresolved resource dependencies [{}] in the Resources block of the template"
)
_IF = "Template error: Fn::If requires a list argument with the first element being a condition"
_SUB_ARGUMENTS = (
    "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string "
    "as first argument, and an optional second argument to specify a mapping of values to replace in the string"
)
_INCLUDES = 20


class Intrinsics:
    """The functions of one template; mistakes go into the report of its nodes."""

    def __init__(self, template: Template, options: TemplateOptions) -> None:
        self.template = template
        self.options = options
        self.marks: dict[int, dict[str | int, Mark]] = {}
        self.parameters = Parameters(template.parameters, options.parameters, template.root)
        self.names = Names(template, options, self.resolve)
        self.conditions = Conditions(template.conditions, self.resolve)
        self._characters = self._values = self._includes = 0
        self._dispatch: dict[str, Callable[[Node], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Sub": self._sub,
            "Fn::FindInMap": self._find_in_map,
            "Fn::If": self._if,
            "Fn::ImportValue": self._import_value,
            "Fn::Transform": self._transform,
            **{name: self._plain(function) for name, function in texts.FUNCTIONS.items()},
            "Fn::GetAZs": self._zones,
        }

    # ------------------------------------------------------------------ data

    def resolve(self, node: Node) -> Any:
        """The value at ``node`` with its functions worked out; NOTHING if there is none."""
        self._values += 1
        if self._values > NODE_LIMIT:
            raise self._too_large(node)
        if node.is_mapping:
            return self._mapping(node)
        if isinstance(node.value, list):
            return self._list(node)
        if node.value is None and _NULL_ALLOWED.isdisjoint(node.members_path):
            node.error("null", "Template format error: 'null' values are not allowed in templates")
            return NOTHING
        if isinstance(node.value, str) and _DYNAMIC in node.value:
            return self._dynamic(node)
        return node.value

    def _mapping(self, node: Node) -> Any:
        functions = [key for key in node.value if key == "Ref" or key.startswith("Fn::")]
        if functions and len(node.value) == 1:
            return self._call(functions[0], node.child(functions[0]))
        made: dict[str, Any] = {}
        for key in node.value:
            if key == "Fn::Transform":
                included = self._transform(node.child(key))
                made = {**(included if isinstance(included, dict) else {}), **made}
            elif key in functions and key != "Ref":
                node.child(key).error("function", f"the function {key[:80]} stands beside other members")
            else:
                value = self.resolve(node.child(key))
                if value is not NOTHING:
                    made[key] = value
        marks = self.marks[id(made)] = {}
        for key in made:
            mark = node.document.mark(node.value, key)
            if mark is not None:
                marks[key] = mark
        return made

    def _list(self, node: Node) -> list[Any]:
        made: list[Any] = []
        marks: dict[str | int, Mark] = {}
        for element in node.elements():
            value = self.resolve(element)
            if value is NOTHING:
                continue
            mark = node.document.mark(node.value, int(element.members_path[-1]))
            if mark is not None:
                marks[len(made)] = mark
            made.append(value)
        self.marks[id(made)] = marks
        return made

    def _call(self, name: str, argument: Node) -> Any:
        function = self._dispatch.get(name)
        if function is None:
            hint = did_you_mean(name, self._dispatch)
            argument.error("function", f"Template error: there is no function {name[:80]}", hint)
            return NOTHING
        return self._bounded(function(argument), argument)

    def _bounded(self, value: Any, node: Node) -> Any:
        if isinstance(value, str):
            self._characters += len(value)
        elif isinstance(value, list):
            self._values += len(value)
        if self._characters > TEXT_LIMIT or self._values > NODE_LIMIT:
            raise self._too_large(node)
        return value

    def _too_large(self, node: Node) -> ConfigError:
        message = "the functions of this template make too much text, or too many values"
        return ConfigError([Problem("template-too-large", message, node.place)])

    def text(self, node: Node) -> str | None:
        """The value at ``node`` as text; None, reported, for what is none."""
        value = self.resolve(node)
        if value is NOTHING:
            return None
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, (int, float)):
            return node.as_text() if node.value is value else str(value)
        if not isinstance(value, str):
            node.error("wrong-type", "text was expected here")
            return None
        return value

    def _dynamic(self, node: Node) -> Any:
        given = self.options.resources.get(node.value)
        if isinstance(given, str):
            return given
        hint = "give its value: resources={'{{resolve:...}}': VALUE}, or by a parameter"
        node.error("dynamic-reference", "a dynamic reference cannot be looked up here", hint)
        return NOTHING

    # ------------------------------------------------------------ references

    def _ref(self, node: Node) -> Any:
        if not isinstance(node.value, str):
            node.wrong_type("the name of a resource or parameter")
            return NOTHING
        return self._referred(node.value, node)

    def _referred(self, name: str, node: Node) -> Any:
        if name == "AWS::NoValue":
            return NOTHING
        pseudo = self.names.pseudo(name)
        if pseudo is not None:
            return pseudo
        if name in self.parameters:
            value = self.parameters.value(name)
            return NOTHING if value is MISSING else value
        if name in self.template.resources:
            return self.names.ref(name)
        known = [*self.template.resources, *self.template.parameters, *self.names.PSEUDO]
        node.error("reference", _UNRESOLVED.format(name[:80]), did_you_mean(name, known))
        return NOTHING

    def _get_att(self, node: Node) -> Any:
        parts: list[str | None]
        if isinstance(node.value, list):
            parts = [self.text(element) for element in node.elements()]
        else:
            parts = [*str(node.value).split(".", 1)]
        if len(parts) != 2 or not parts[0] or not parts[1]:
            node.error(
                "function", "Template error: every Fn::GetAtt object requires two non-empty parameters"
            )
            return NOTHING
        return self._attribute(parts[0], parts[1], node)

    def _attribute(self, name: str, attribute: str, node: Node) -> Any:
        if name in self.template.resources:
            return self.names.attribute(name, attribute, node)
        message = f"Template error: instance of Fn::GetAtt references undefined resource {name[:80]}"
        node.error("reference", message, did_you_mean(name, self.template.resources))
        return NOTHING

    def _sub(self, node: Node) -> Any:
        own: dict[str, Any] = {}
        template: Any = node.value
        if isinstance(template, list):
            elements = list(node.elements())
            if len(elements) != 2 or not elements[1].is_mapping:
                template = None
            else:
                template = elements[0].value
                own = {name: self.text(value) for name, value in elements[1].each()}
        if not isinstance(template, str):
            node.error("function", _SUB_ARGUMENTS)
            return NOTHING
        return self._joined(self._parts(template, own, node), node)

    def _parts(self, template: str, own: dict[str, Any], node: Node) -> Iterator[str]:
        end = 0
        for match in _SUB.finditer(template):
            yield template[end : match.start()]
            end = match.end()
            name = match[1].strip()
            if name.startswith("!"):
                yield f"${{{name[1:]}}}"
            elif name in own:
                yield own[name] or ""
            else:
                yield self._named(name, node)
        yield template[end:]

    def _named(self, name: str, node: Node) -> str:
        first, dot, attribute = name.partition(".")
        value = self._attribute(first, attribute, node) if dot else self._referred(name, node)
        if isinstance(value, list):
            node.error("function", f"Template error: {name[:80]} in Fn::Sub is a list, not text")
        return value if isinstance(value, str) else ""

    def _joined(self, parts: Iterator[str], node: Node) -> str:
        found: list[str] = []
        length = 0
        for part in parts:
            length += len(part)
            found.append(part)
            if self._characters + length > TEXT_LIMIT:
                raise self._too_large(node)
        return "".join(found)

    def _import_value(self, node: Node) -> Any:
        name = self.text(node)
        if name is None:
            return NOTHING
        given = self.options.imports.get(name)
        if isinstance(given, (str, list)):
            return given
        hint = "give it: imports={name: value}"
        node.error("import-value", f"No export named {name[:80]} found. Rollback requested by user.", hint)
        return NOTHING

    def _find_in_map(self, node: Node) -> Any:
        elements = list(node.elements()) if isinstance(node.value, list) else []
        if len(elements) not in (3, 4):
            node.error("function", "Template error: every Fn::FindInMap object requires three parameters")
            return NOTHING
        steps = [self.text(element) for element in elements[:3]]
        found = self.template.mappings.get(steps[0] or "")
        for step in steps[1:]:
            found = found.child(step) if found is not None and step and step in found else None
        if found is not None:
            return self.resolve(found)
        if len(elements) == 4 and "DefaultValue" in elements[3]:
            return self.resolve(elements[3].child("DefaultValue"))
        if None not in steps:
            shown = "::".join(str(step)[:80] for step in steps)
            node.error("mapping", f"Template error: Unable to get mapping for {shown}")
        return NOTHING

    def _zones(self, node: Node) -> Any:
        region = self.text(node) or self.options.region
        return [region + letter for letter in "abc"]

    def _transform(self, node: Node) -> Any:
        """AWS::Include: what the file beside the template says, its functions worked out."""
        name = node.value.get("Name") if node.is_mapping else None
        if name != "AWS::Include":
            hint = "let CloudFormation run it, and load the processed template"
            node.error("transform", f"the macro {str(name)[:80]!r} cannot be run here", hint)
            return NOTHING
        parameters = node.get("Parameters")
        location = parameters.get("Location") if parameters is not None else None
        place = None if location is None else self.text(location)
        self._includes += 1
        if place is None or self._includes > _INCLUDES:
            node.error("transform", f"AWS::Include needs a Location, and is done {_INCLUDES} times at most")
            return NOTHING
        document = beside(node, key_of(place))
        return NOTHING if document is None else self._included(document, node)

    def _included(self, document: Document, node: Node) -> Any:
        return self.resolve(Node(document.data, document, node.report, node.members_path, 1, 1))

    def _if(self, node: Node) -> Any:
        elements = list(node.elements()) if isinstance(node.value, list) else []
        if len(elements) != 3 or not isinstance(elements[0].value, str):
            node.error("function", _IF)
            return NOTHING
        return self.resolve(elements[1 if self.conditions.hold(elements[0].value, elements[0]) else 2])

    def _plain(self, function: texts.Function) -> Callable[[Node], Any]:
        """A function of values: its argument is worked out first."""

        def run(node: Node) -> Any:
            value = self.resolve(node)
            if value is NOTHING:
                return NOTHING
            try:
                return function(value, TEXT_LIMIT - self._characters)
            except texts.WrongArguments as error:
                node.error("function", f"Template error: {error}")
                return NOTHING
            except OverflowError:
                raise self._too_large(node) from None

        return run
