"""AWS::Lambda::Function: which code a template's functions are, as far as it lies on this machine.

::

    stack = load_definition("stack.yaml")
    stack.functions["Pets"].handler        # "app.handler"

Reading runs nothing; :mod:`wsgi_gateway.local_functions` does, if it is asked to. Functions go by the name in
their ARN. Code is ``Code: ./folder`` as ``aws cloudformation package`` takes it (a folder or a zip file, from
the folder of the template), ``ZipFile``, or a SAM function's ``CodeUri``. A function that cannot be run here,
and a variable whose value cannot be worked out, hinder nothing but the calls of that function.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-lambda-function.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wsgi_gateway.config.frozen import Declared
from wsgi_gateway.errors import ConfigError, Place
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_template import Resource, Template
from wsgi_gateway.sources.intrinsics import NOTHING, Intrinsics
from wsgi_gateway.sources.node import Node

_TYPE = "AWS::Lambda::Function"
_LAYER = "AWS::Lambda::LayerVersion"
_TIMEOUT, _MEMORY = 3.0, 128


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFunction(Declared):
    """A function of a template.

    ``code``: a folder or a zip file; ``source``: the text of a module ``index`` instead. ``layers``: folders
    and zip files. ``handler``: ``module.function``. ``variables``: of its environment. ``timeout``: seconds.
    ``memory_size``: MB. ``unavailable``: why it cannot be run here, None if nothing speaks against it.
    """

    name: str
    arn: str
    handler: str = ""
    runtime: str = ""
    code: str | None = None
    source: str | None = field(default=None, repr=False)
    layers: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    timeout: float = _TIMEOUT
    memory_size: int = _MEMORY
    unavailable: str | None = None
    place: Place = field(default=Place(), compare=False, repr=False)


class _Unavailable(Exception):
    """Why a function cannot be run here."""


def read_functions(root: Node, options: TemplateOptions) -> dict[str, LocalFunction]:
    """The functions of the template at ``root``, which is sound, by the names in their ARNs."""
    resources = root.value["Resources"].values()
    if not any(isinstance(one, dict) and one.get("Type") == _TYPE for one in resources):
        return {}
    # What is wrong with a function is told when it is called, so none of it goes into the report.
    template = Template(Node.root(root.document, root.report.apart()))
    reader = _Reader(template, options)
    return {function.name: function for function in reader.functions()}


class _Reader:
    def __init__(self, template: Template, options: TemplateOptions) -> None:
        self._template = template
        self._intrinsics = Intrinsics(template, options)
        file = template.root.document.file
        self._folder = None if file is None else Path(file).resolve().parent

    def functions(self) -> Iterator[LocalFunction]:
        for resource in self._template.resources.values():
            if resource.type == _TYPE and self._exists(resource):
                yield self._function(resource)

    def _exists(self, resource: Resource) -> bool:
        condition = resource.condition
        return condition is None or self._intrinsics.conditions.hold(condition, resource.node)

    def _function(self, resource: Resource) -> LocalFunction:
        properties = resource.node.get("Properties")
        names = self._intrinsics.references.names
        known: dict[str, Any] = {
            "name": names.name(resource.name),
            "arn": str(names.attribute(resource.name, "Arn", resource.node)),
            "place": resource.node.place,
        }
        try:
            if properties is None or not properties.is_mapping:
                raise _Unavailable("it has no properties")
            known |= self._runtime(properties)
            return LocalFunction(**known, **self._code(properties), variables=self._variables(properties))
        except _Unavailable as error:
            return LocalFunction(**known, unavailable=self._template.root.report.masked(str(error)))
        except ConfigError:
            return LocalFunction(**known, unavailable="its properties cannot be worked out")

    def _runtime(self, properties: Node) -> dict[str, Any]:
        runtime, handler = self._text(properties, "Runtime"), self._text(properties, "Handler")
        if self._text(properties, "PackageType") == "Image":
            raise _Unavailable("it is a container image")
        if runtime is None or handler is None:
            raise _Unavailable("it has no Runtime or no Handler")
        if not runtime.startswith("python"):
            raise _Unavailable(f"its runtime is {runtime[:40]}, and only Python functions can be run here")
        return {
            "runtime": runtime,
            "handler": handler,
            "timeout": self._number(properties, "Timeout", _TIMEOUT),
            "memory_size": int(self._number(properties, "MemorySize", _MEMORY)),
        }

    def _code(self, properties: Node) -> dict[str, Any]:
        code = self._value(properties.get("Code"))
        layers = tuple(self._layers(properties))
        if isinstance(code, str):
            return {"code": str(self._path(code, "its code")), "layers": layers}
        if isinstance(code, dict) and isinstance(code.get("ZipFile"), str):
            return {"source": code["ZipFile"], "layers": layers}
        raise _Unavailable("its code is not on this machine")

    def _layers(self, properties: Node) -> Iterator[str]:
        listed = self._value(properties.get("Layers"))
        for name in listed if isinstance(listed, list) else ():
            layer = self._template.resources.get(name) if isinstance(name, str) else None
            of_layer = layer.node.get("Properties") if layer is not None and layer.type == _LAYER else None
            content = self._value(of_layer.get("Content")) if of_layer is not None else None
            if not isinstance(content, str):
                raise _Unavailable("it has a layer that is not on this machine")
            yield str(self._path(content, "a layer of it"))

    def _path(self, written: str, what: str) -> Path:
        if written.startswith("s3://") or "\0" in written:
            raise _Unavailable(f"{what} is not on this machine")
        if self._folder is None and not Path(written).is_absolute():
            raise _Unavailable(f"{what} lies beside a template that is no file")
        path = (self._folder or Path()) / written
        if not path.exists():
            raise _Unavailable(f"{what} is not there: {written[-200:]}")
        return path.resolve()

    def _variables(self, properties: Node) -> dict[str, str]:
        environment = properties.get("Environment")
        found: dict[str, str] = {}
        if environment is None or not environment.is_mapping:
            return found
        for name, node in environment.members("Variables"):
            value = self._intrinsics.text(node)
            if value is not None and "\0" not in value and "\0" not in name and "=" not in name:
                found[name] = value
            elif "AWS::NoValue" not in json.dumps(node.value):
                raise _Unavailable(f"the value of its variable {name[:80]} cannot be worked out")
        return found

    # -------------------------------------------------------------------- values

    def _value(self, node: Node | None) -> Any:
        value = None if node is None else self._intrinsics.resolve(node)
        return None if value is NOTHING else value

    def _text(self, properties: Node, name: str) -> str | None:
        value = self._value(properties.get(name))
        return value if isinstance(value, str) else None

    def _number(self, properties: Node, name: str, otherwise: float) -> float:
        value = self._value(properties.get(name))
        if isinstance(value, str) and value.isascii() and value.isdigit():
            value = int(value[:9])
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return float(value) if is_number and 0 < value <= 1_000_000 else otherwise
