"""Shapes in a SAM template that the translator half reads, and what it drops would protect.

Refused are, each where it stands:

* null below ``Auth``, ``Domain``, ``RequestModel`` and ``RequestParameters``, for these themselves, and for
  ``Policy``: the usual sign of lost indentation. CloudFormation refuses it, but the
  translator drops it before. Roles may be null; without one, AWS calls by permissions;
* ``RequestModel`` without ``Model``: its checks are dropped;
* ``RequestParameters`` that is no list, and an element that is neither a name nor one name with its settings:
  a list would be read by its keys, an element by its first;
* models whose names differ in case alone: the translator makes them lower case, and one is lost.

Not for: names of members (:mod:`~wsgi_gateway.sources.sam_names`), and null elsewhere.

Source: ``samtranslator.model.eventsources.push.Api``, ``SwaggerEditor.add_models``
"""

from __future__ import annotations

from collections.abc import Iterator

from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.sam_template import SamTemplate
from wsgi_gateway.sources.sam_translator import seen

_PROTECTING = ("Auth", "Domain", "Policy", "RequestModel", "RequestParameters")
_ROLES = frozenset({"FunctionInvokeRole", "InvokeRole"})
_NO_VALUE = {"Ref": "AWS::NoValue"}
_NULL = "Template format error: 'null' values are not allowed in templates"


def check_shapes(template: SamTemplate, options: TemplateOptions) -> None:
    """Report what the translator would read by halves."""
    resources = template.root.child("Resources")
    written = (resources.child(name).get("Properties") for name in template.apis())
    apis = [node for node in written if node is not None]
    of_all = template.root.get("Globals")
    shared = of_all.get("Api") if of_all is not None else None
    events = [event.node.child("Properties") for event in template.events]
    for holder in (*apis, *events) if shared is None else (shared, *apis, *events):
        _check_nulls(holder)
    for event in events:
        _check_model(event)
        _check_parameters(event, template, options)
    for api in apis:
        _check_models(api.get("Models"))


def _check_nulls(holder: Node) -> None:
    for name in _PROTECTING if holder.is_mapping else ():
        if name in holder.value:
            for node in _nulls(holder.child(name)):
                node.error("null", _NULL)


def _nulls(start: Node) -> Iterator[Node]:
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if node.value is None and node.key not in _ROLES:
            yield node
        elif node.is_mapping and start.key != "Policy":
            waiting.extend(inner for _, inner in node.each())
        elif isinstance(node.value, list):
            waiting.extend(node.elements())


def _check_model(event: Node) -> None:
    model = event.get("RequestModel")
    if model is not None and model.is_mapping and model.value and model.value != _NO_VALUE:
        is_function = any(name == "Ref" or name.startswith("Fn::") for name in model.value)
        if "Model" not in model.value and not is_function:
            message = "RequestModel has no Model, and SAM passes over the rest of it"
            model.error("property-missing", message, "name a model of the API's Models")


def _check_parameters(event: Node, template: SamTemplate, options: TemplateOptions) -> None:
    node = event.get("RequestParameters")
    if node is None or node.value == _NO_VALUE:
        return
    if not isinstance(node.value, list):
        node.error("wrong-type", "RequestParameters is a list; SAM passes over the settings of a mapping")
        return
    for one in node.elements():
        _check_parameter(one, seen(one.value, template, options))


def _check_parameter(node: Node, value: object) -> None:
    if isinstance(value, str) or node.value == _NO_VALUE:
        return
    hint = "write a name, or one name with Required and Caching below it"
    if not isinstance(value, dict):
        node.wrong_type("a name, or a name with its settings", hint)
    elif len(value) != 1:
        node.error("wrong-type", "SAM reads the first name of an element and passes over the others", hint)
    elif any(name == "Ref" or name.startswith("Fn::") for name in value):
        node.error("wrong-type", "SAM looks for a name here, and passes over a function", hint)


def _check_models(models: Node | None) -> None:
    known: dict[str, str] = {}
    for name, model in models.each() if models is not None and models.is_mapping else ():
        other = known.setdefault(name.lower(), name)
        if other != name:
            message = f"the models {other[:80]} and {name[:80]} differ in case alone, and SAM keeps one"
            model.error("model-name", message, "give one of them another name")
