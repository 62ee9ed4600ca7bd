"""Functions that look something up: Ref, Fn::GetAtt, Fn::Sub, Fn::FindInMap, Fn::ImportValue.

::

    references = References(template, options, conditions, resolve=resolve, room=lambda: 1000)
    references.ref(node)                    # {"Ref": "Stage"} at the node of "Stage"

A resource whose condition does not hold is none, as on AWS. What cannot be found is reported once, and is
then :data:`~wsgi_gateway.sources.intrinsics_text.FAILED`. Values of exports come from the caller.

Not for: functions of values; :mod:`~wsgi_gateway.sources.intrinsics_text` has these.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.sources.cfn_names import Names
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_parameters import MISSING, Parameters
from wsgi_gateway.sources.cfn_template import LANGUAGE, Template, transforms_of
from wsgi_gateway.sources.intrinsics_conditions import Conditions
from wsgi_gateway.sources.intrinsics_text import FAILED, NOTHING
from wsgi_gateway.sources.node import Node

_SUB = re.compile(r"\$\{([^{}]*)\}")
_UNRESOLVED = (
    "Template format error: Unresolved resource dependencies [{}] in the Resources block of the template"
)
_SUB_ARGUMENTS = (
    "Template error: One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a "
    "string as first argument, and an optional second argument to specify a mapping of values to replace in "
    "the string"
)
_HINTS = 50
_GET_ATT = "Template error: every Fn::GetAtt object requires two non-empty parameters"
_FIND_IN_MAP = "Template error: every Fn::FindInMap object requires three parameters"


class References:
    """Looks up for one template. ``resolve`` works out the value at a node; ``room`` tells how many
    characters may yet be made: OverflowError for more. ``secrets`` counts how often something was looked up
    that nobody may see.
    """

    def __init__(
        self,
        template: Template,
        options: TemplateOptions,
        conditions: Conditions,
        *,
        resolve: Callable[[Node], Any],
        room: Callable[[], int],
    ) -> None:
        self.template = template
        self.parameters = Parameters(template.parameters, options.parameters, template.root)
        self.names = Names(template, options, resolve)
        self._options = options
        self._conditions = conditions
        self._resolve = resolve
        self._room = room
        self._hints = 0
        self.secrets = 0

    def ref(self, node: Node) -> Any:
        """``Ref``: a parameter, a pseudo parameter, or a resource; with AWS::LanguageExtensions also by a
        function that gives its name.
        """
        if isinstance(node.value, str):
            return self._referred(node.value, node)
        if LANGUAGE not in transforms_of(self.template.root.value):
            hint = "only with Transform: AWS::LanguageExtensions a function may give it"
            node.wrong_type("the name of a resource or parameter", hint)
            return FAILED
        name = self.text(node)
        return FAILED if name is None else self._referred(name, node)

    def _referred(self, name: str, node: Node) -> Any:
        if name == "AWS::NoValue":
            return NOTHING
        pseudo = self.names.pseudo(name)
        if pseudo is not None:
            return pseudo
        if name in self.parameters:
            value = self.parameters.value(name)
            self.secrets += self.parameters.is_hidden(name)
            return FAILED if value is MISSING else value
        if self._is_made(name, node):
            return self.names.ref(name)
        known = (*self.template.resources, *self.template.parameters, *self.names.PSEUDO)
        return self._unknown(node, _UNRESOLVED.format(name[:80]), name, known)

    def _unknown(self, node: Node, message: str, name: str, known: Iterable[str]) -> Any:
        """Report a name that means nothing; the first few with the nearest one, which takes long to find."""
        if not node.report.full:
            self._hints += 1
            near = did_you_mean(name, known) if self._hints <= _HINTS else None
            node.error("reference", message, near)
        return FAILED

    def _is_made(self, name: str, node: Node) -> bool:
        """Whether there is such a resource under these conditions."""
        resource = self.template.resources.get(name)
        if resource is None:
            return False
        return resource.condition is None or self._conditions.hold(resource.condition, node)

    def get_att(self, node: Node) -> Any:
        """``Fn::GetAtt``: an attribute of a resource."""
        parts: list[str | None] = []
        if isinstance(node.value, list):
            parts = [self.text(element) for element in node.elements()]
        elif isinstance(node.value, str):
            parts = [*node.value.split(".", 1)]
        if len(parts) != 2 or not parts[0] or not parts[1]:
            node.error("function", _GET_ATT)
            return FAILED
        return self._attribute(parts[0], parts[1], node)

    def _attribute(self, name: str, attribute: str, node: Node) -> Any:
        if self._is_made(name, node):
            return self.names.attribute(name, attribute, node)
        message = f"Template error: instance of Fn::GetAtt references undefined resource {name[:80]}"
        return self._unknown(node, message, name, self.template.resources)

    def text(self, node: Node) -> str | None:
        """The value at ``node`` as text; None, reported, for what is none."""
        value = self._resolve(node)
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

    def sub(self, node: Node) -> Any:
        """``Fn::Sub``: a text, or a list of a text and values for names in it."""
        own: dict[str, str | None] = {}
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
            return FAILED
        unknown: list[str] = []
        made = self._joined(self._parts(template, own, node, unknown))
        return FAILED if unknown else made

    def _parts(
        self, template: str, own: dict[str, str | None], node: Node, unknown: list[str]
    ) -> Iterator[str]:
        found = {name: value or "" for name, value in own.items()}
        end = 0
        for match in _SUB.finditer(template):
            yield template[end : match.start()]
            end = match.end()
            name = match[1].strip()
            if name.startswith("!"):
                yield f"${{{name[1:]}}}"
                continue
            if name not in found:
                found[name] = self._named(name, node, unknown)
            yield found[name]
        yield template[end:]

    def _named(self, name: str, node: Node, unknown: list[str]) -> str:
        """The text for a name; one that means nothing goes into ``unknown``."""
        first, dot, attribute = name.partition(".")
        value = self._attribute(first, attribute, node) if dot else self._referred(name, node)
        if isinstance(value, list):
            node.error("function", f"Template error: {name[:80]} in Fn::Sub is a list, not text")
        if value is FAILED or isinstance(value, list):
            unknown.append(name)
        return value if isinstance(value, str) else ""

    def _joined(self, parts: Iterator[str]) -> str:
        found: list[str] = []
        room = self._room()
        for part in parts:
            room -= len(part)
            if room < 0:
                raise OverflowError
            found.append(part)
        return "".join(found)

    def import_value(self, node: Node) -> Any:
        """``Fn::ImportValue``: an export of another stack, as given by the caller."""
        name = self.text(node)
        if name is None:
            return FAILED
        given = self._options.imports.get(name)
        if isinstance(given, (str, list)):
            return given
        hint = f"give it: --import {name[:80]}=VALUE, or imports={{'{name[:80]}': VALUE}}"
        node.error("import-value", f"No export named {name[:80]} found. Rollback requested by user.", hint)
        return FAILED

    def find_in_map(self, node: Node) -> Any:
        """``Fn::FindInMap``: a value of ``Mappings``, or of a fourth argument ``{"DefaultValue": ...}``."""
        elements = list(node.elements()) if isinstance(node.value, list) else []
        if len(elements) not in (3, 4):
            node.error("function", _FIND_IN_MAP)
            return FAILED
        steps = [self.text(element) for element in elements[:3]]
        found = self.template.mappings.get(steps[0] or "")
        for step in steps[1:]:
            found = found.child(step) if found is not None and step and step in found else None
        if found is not None:
            return self._resolve(found)
        if len(elements) == 4 and "DefaultValue" in elements[3]:
            return self._resolve(elements[3].child("DefaultValue"))
        if None not in steps:
            shown = "::".join(str(step)[:80] for step in steps)
            node.error("mapping", f"Template error: Unable to get mapping for {shown}")
        return FAILED
