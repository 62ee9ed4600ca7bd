"""Problems of stages, whose configs know no place, at the resources of a template that make them.

::

    $.stages['prod'].method_settings['*/*'].logging_level
    $.Resources.Prod.Properties.MethodSettings[0].LoggingLevel

Not for: OpenAPI, which has no stages.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wsgi_gateway.errors import Problem

_QUOTED = r"""\[(?P<{0}>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")\]"""
_STAGE = re.compile(r"\$\.stages" + _QUOTED.format("name"))
_SETTING = re.compile(r"\.method_settings" + _QUOTED.format("key"))
_NAME = re.compile(r"\w*")
_ONLY_STAGE = re.compile(r"\$\.stage\b")


def named(problem: Problem, stage: str) -> Problem:
    """A problem of the only stage that a gateway has, with the stage's name in its path."""
    path = _ONLY_STAGE.sub(lambda _: f"$.stages[{stage!r}]", problem.place.path, count=1)
    return replace(problem, place=replace(problem.place, path=path))


def of_its_stage(problem: Problem, data: Any) -> Problem:
    """A problem of a stage where the template ``data`` makes it; any other as it is."""
    match = _STAGE.match(problem.place.path)
    if match is None or not isinstance(data, dict) or not isinstance(data.get("Resources"), dict):
        return problem
    made = list(_makers(data["Resources"]))
    name = literal_eval(match["name"])
    found = [one for one in made if one[1] == name] or [one for one in made if not isinstance(one[1], str)]
    if len(found) != 1:
        return problem
    path, _, holder = found[0]
    rest = problem.place.path[match.end() :]
    if path.endswith(".Properties"):
        path, holder = _or_globals(data, path, holder, rest)
    rest = _SETTING.sub(lambda key: _setting(holder, literal_eval(key["key"])), rest)
    return replace(problem, place=replace(problem.place, path=path + rest))


def _or_globals(data: dict[str, Any], path: str, holder: Any, rest: str) -> tuple[str, Any]:
    """Where the property stands: of a SAM template perhaps among those of all APIs."""
    common = data.get("Globals")
    of_apis = common.get("Api") if isinstance(common, dict) else None
    name = "".join(part.capitalize() for part in _NAME.match(rest[1:])[0].split("_"))  # type: ignore[index]
    if isinstance(of_apis, dict) and name in of_apis and name not in holder:
        return "$.Globals.Api", of_apis
    return path, holder


def _makers(resources: dict[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """What makes stages: the path of their properties, the name that is given, the properties."""
    from wsgi_gateway.errors import json_path

    for name, resource in resources.items():
        kind = resource.get("Type") if isinstance(resource, dict) else None
        properties = resource.get("Properties") if isinstance(resource, dict) else None
        if not isinstance(properties, dict) or "StageName" not in properties:
            continue
        path = json_path("$", "Resources", name, "Properties")
        if kind == "AWS::ApiGateway::Deployment":
            yield f"{path}.StageDescription", properties["StageName"], properties.get("StageDescription")
        elif kind in ("AWS::ApiGateway::Stage", "AWS::Serverless::Api"):
            yield path, properties["StageName"], properties


def _setting(properties: Any, key: str) -> str:
    """Where a method setting stands: in the list, or among the properties of a StageDescription."""
    from wsgi_gateway.config.method_setting import method_of

    listed = properties.get("MethodSettings") if isinstance(properties, dict) else None
    for index, element in enumerate(listed if isinstance(listed, list) else ()):
        if isinstance(element, dict):
            path, verb = element.get("ResourcePath", "/*"), element.get("HttpMethod", "*")
            if method_of(f"/{str(path).replace('~1', '/').strip('/')}/{verb}") == method_of(key):
                return f".MethodSettings[{index}]"
    return ""
