"""Problems of stages are told at the resource of the template that makes the stage."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway.cli.problem_stages import named, of_its_stage
from wsgi_gateway.errors import Place, Problem


def placed(path: str, resources: Any) -> str:
    return of_its_stage(Problem("code", "no", Place(path=path)), {"Resources": resources}).place.path


def stage(name: Any, **properties: Any) -> dict[str, Any]:
    return {"Type": "AWS::ApiGateway::Stage", "Properties": {"StageName": name, **properties}}


def deployment(name: Any, **described: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::ApiGateway::Deployment",
        "Properties": {"StageName": name, "StageDescription": described},
    }


def test_the_only_stage_of_a_gateway_gets_its_name() -> None:
    problem = named(Problem("code", "no", Place(path="$.stage.tracing_enabled")), "it's")
    assert problem.place.path == """$.stages["it's"].tracing_enabled"""
    other = Problem("code", "no", Place(path="$.stages_left"))
    assert named(other, "prod") == other


def test_a_stage_is_found_by_its_name() -> None:
    resources = {"A": stage("test"), "B": stage("prod"), "C": deployment("other")}
    path = "$.stages['prod'].tracing_enabled"
    assert placed(path, resources) == "$.Resources.B.Properties.tracing_enabled"
    path = "$.stages['other'].tracing_enabled"
    assert placed(path, resources) == "$.Resources.C.Properties.StageDescription.tracing_enabled"


def test_a_stage_whose_name_is_worked_out_is_the_only_such() -> None:
    one = {"A": stage({"Ref": "Env"}), "B": stage("test")}
    assert placed("$.stages['prod'].variables", one) == "$.Resources.A.Properties.variables"
    two = {"A": stage({"Ref": "Env"}), "B": stage({"Ref": "Other"})}
    assert placed("$.stages['prod'].variables", two) == "$.stages['prod'].variables"


@pytest.mark.parametrize(
    ("key", "index"),
    [("*/*", 1), ("/pets/GET", 0), ("/GET", 2)],
    ids=["all methods", "a method", "a method of the root"],
)
def test_a_method_setting_is_found_in_the_list(key: str, index: int) -> None:
    settings = [
        {"ResourcePath": "/~1pets", "HttpMethod": "GET"},
        {"ResourcePath": "/*", "HttpMethod": "*"},
        {"ResourcePath": "/", "HttpMethod": "GET"},
    ]
    path = f"$.stages['prod'].method_settings[{key!r}].logging_level"
    wanted = f"$.Resources.A.Properties.MethodSettings[{index}].logging_level"
    assert placed(path, {"A": stage("prod", MethodSettings=settings)}) == wanted


def test_settings_of_a_deployment_stand_in_its_description() -> None:
    path = "$.stages['prod'].method_settings['*/*'].logging_level"
    resources = {"A": deployment("prod", LoggingLevel="INFO")}
    assert placed(path, resources) == "$.Resources.A.Properties.StageDescription.logging_level"


@pytest.mark.parametrize(
    "resources", [None, [], {"A": None}, {"A": {"Type": "AWS::ApiGateway::Stage"}}], ids=repr
)
def test_what_is_no_template_leaves_the_problem_as_it_is(resources: Any) -> None:
    assert placed("$.stages['prod'].variables", resources) == "$.stages['prod'].variables"
