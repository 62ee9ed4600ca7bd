"""CloudFormation's functions, worked out: a template's value becomes plain data that knows where it stood.

::

    intrinsics = Intrinsics(template, options)
    intrinsics.resolve(node)        # {"Fn::Sub": "${Stage}-pets"} is "prod-pets"
    intrinsics.conditions.hold("IsProd", node)

Ref, Fn::GetAtt, Fn::Sub, Fn::FindInMap and Fn::ImportValue
(:mod:`~wsgi_gateway.sources.intrinsics_references`), Fn::Join, Fn::Select, Fn::Split, Fn::Base64, Fn::Cidr,
Fn::Length and Fn::ToJsonString (:mod:`~wsgi_gateway.sources.intrinsics_text`), Fn::If, Fn::GetAZs, and
Fn::Transform of AWS::Include with a file beside the template. A null is refused, as by AWS, but in
definitions and schemas inside of a template, where it may mean something.

What a function makes of a value that nobody may see is hidden, too, but for what the template says openly.

What a template makes of little text is bounded: :data:`TEXT_LIMIT` characters, and as many values as a
document may have. A value that cannot be worked out is reported once and is then :data:`NOTHING`.

Not for: Fn::ForEach, which :mod:`~wsgi_gateway.sources.intrinsics_loops` has unrolled before.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.sources import intrinsics_text as texts
from wsgi_gateway.sources.cfn_files import beside, key_of
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_template import Template
from wsgi_gateway.sources.document import NODE_LIMIT, Document, Mark
from wsgi_gateway.sources.intrinsics_conditions import Conditions
from wsgi_gateway.sources.intrinsics_references import References
from wsgi_gateway.sources.node import Node

TEXT_LIMIT = 24 * 1024 * 1024
"""Characters which the functions of one template may make."""

NOTHING: Any = texts.NOTHING
"""What AWS::NoValue leaves behind, and what could not be worked out."""

_DYNAMIC = "{{resolve:"
_NULL_ALLOWED = frozenset({"Body", "Schema"})
_IF = "Template error: Fn::If requires a list argument with the first element being a condition"
_INCLUDES = 20
_DERIVING = frozenset({*texts.FUNCTIONS, "Fn::Sub", "Fn::GetAZs"})
"""Functions that make something new of their arguments; others choose, and a choice tells nothing."""

_SECRET_SERVICES = ("{{resolve:secretsmanager:", "{{resolve:ssm-secure:")


class Intrinsics:
    """The functions of one template; mistakes go into the report of its nodes."""

    def __init__(self, template: Template, options: TemplateOptions) -> None:
        self.options = options
        self.marks: dict[int, dict[str | int, Mark]] = {}
        self.conditions = Conditions(template.conditions, self._compared)
        self.references = References(
            template,
            options,
            self.conditions,
            resolve=self.resolve,
            room=lambda: TEXT_LIMIT - self._characters,
        )
        self._document = template.root.document
        self._marked: list[Any] = []
        self._characters = self._values = self._includes = self._failures = 0
        self._dispatch: dict[str, Callable[[Node], Any]] = {
            "Ref": self.references.ref,
            "Fn::GetAtt": self.references.get_att,
            "Fn::Sub": self.references.sub,
            "Fn::FindInMap": self.references.find_in_map,
            "Fn::ImportValue": self.references.import_value,
            "Fn::If": self._if,
            "Fn::Transform": self._transform,
            **{name: self._plain(function) for name, function in texts.FUNCTIONS.items()},
            "Fn::GetAZs": self._zones,
        }

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
            return self._failed()
        if isinstance(node.value, str) and _DYNAMIC in node.value:
            return self._dynamic(node)
        return node.value

    def _compared(self, node: Node) -> Any:
        """A value for a condition: what that chooses is no secret, though the value may be."""
        secrets = self.references.secrets
        value = self.resolve(node)
        self.references.secrets = secrets
        return value

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
        marks: dict[str | int, Mark] = {}
        for key in made:
            self._mark(marks, key, node, key)
        return self._marked_as(made, marks)

    def _marked_as(self, made: Any, marks: dict[str | int, Mark]) -> Any:
        """Marks go by identity, which is another's as soon as a container is forgotten; so none is."""
        self.marks[id(made)] = marks
        self._marked.append(made)
        return made

    def _mark(self, marks: dict[str | int, Mark], member: str | int, node: Node, written: str | int) -> None:
        """Where a member was written. Lines of an included file mean nothing in the template."""
        mark = node.document.mark(node.value, written) if node.document is self._document else None
        if mark is not None:
            marks[member] = mark

    def _list(self, node: Node) -> Any:
        made: list[Any] = []
        marks: dict[str | int, Mark] = {}
        for element in node.elements():
            value = self.resolve(element)
            if value is NOTHING:
                continue
            self._mark(marks, len(made), node, element.members_path[-1])
            made.append(value)
        return self._marked_as(made, marks)

    def text(self, node: Node) -> str | None:
        """The value at ``node`` as text; None, reported, for what is none."""
        return self.references.text(node)

    def _call(self, name: str, argument: Node) -> Any:
        function = self._dispatch.get(name)
        if function is None:
            near = did_you_mean(name, self._dispatch)
            argument.error("function", f"Template error: there is no function {name[:80]}", near)
            return self._failed()
        secrets, failures = self.references.secrets, self._failures
        try:
            value = self._bounded(function(argument), argument)
        except OverflowError:
            raise self._too_large(argument) from None
        if name in _DERIVING and self.references.secrets > secrets:
            argument.report.hide(value, said=argument.value)
        return self._failed() if value is texts.FAILED or self._failures > failures else value

    def _failed(self) -> Any:
        self._failures += 1
        return NOTHING

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

    def _dynamic(self, node: Node) -> Any:
        given = self.options.resources.get(node.value)
        if isinstance(given, str):
            if node.value.startswith(_SECRET_SERVICES):
                self.references.secrets += 1
                node.report.hide(given)
            return given
        hint = (
            "give its value: --resource '{{resolve:...}}=VALUE', resources={'{{resolve:...}}': VALUE}, "
            "or by a parameter"
        )
        node.error("dynamic-reference", "a dynamic reference cannot be looked up here", hint)
        return self._failed()

    def _zones(self, node: Node) -> Any:
        region = self.text(node) or self.options.region
        return [region + letter for letter in "abc"]

    def _transform(self, node: Node) -> Any:
        """AWS::Include: what the file beside the template says, its functions worked out."""
        name = node.value.get("Name") if node.is_mapping else None
        if name != "AWS::Include":
            hint = "let CloudFormation run it, and load the processed template"
            node.error("transform", f"the macro {str(name)[:80]!r} cannot be run here", hint)
            return texts.FAILED
        parameters = node.get("Parameters")
        location = parameters.get("Location") if parameters is not None else None
        failures = self._failures
        place = None if location is None else self.text(location)
        if self._failures > failures:
            return texts.FAILED
        self._includes += 1
        if place is None or self._includes > _INCLUDES:
            node.error("transform", f"AWS::Include needs a Location, and is done {_INCLUDES} times at most")
            return texts.FAILED
        document = beside(node, key_of(place))
        return texts.FAILED if document is None else self._included(document, node)

    def _included(self, document: Document, node: Node) -> Any:
        return self.resolve(Node(document.data, document, node.report, node.members_path, 1, 1))

    def _if(self, node: Node) -> Any:
        elements = list(node.elements()) if isinstance(node.value, list) else []
        if len(elements) != 3 or not isinstance(elements[0].value, str):
            node.error("function", _IF)
            return texts.FAILED
        return self.resolve(elements[1 if self.conditions.hold(elements[0].value, elements[0]) else 2])

    def _plain(self, function: texts.Function) -> Callable[[Node], Any]:
        """A function of values: its argument is worked out first."""

        def run(node: Node) -> Any:
            failures = self._failures
            value = self.resolve(node)
            if self._failures > failures:
                return texts.FAILED
            if value is NOTHING:
                return NOTHING
            try:
                return function(value, TEXT_LIMIT - self._characters)
            except texts.WrongArguments as error:
                node.error("function", f"Template error: {error}")
                return texts.FAILED

        return run
