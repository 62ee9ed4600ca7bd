"""CloudFormation templates: AWS::ApiGateway::* resources, as they are written for AWS.

::

    from wsgi_gateway import Gateway
    from wsgi_gateway.sources.cloudformation import load_stack

    stack = load_stack("stack.yaml", parameters={"Env": "prod"})
    application = Gateway(stack.api, app, stage=stack.stages["prod"], lambdas={"Pets": pets})

``Gateway("stack.yaml")`` reads the API alone; its stages are a warning then. JSON and YAML with short tags
are read; every intrinsic function is worked out (:mod:`~wsgi_gateway.sources.intrinsics`). Functions and
other resources are names (:mod:`~wsgi_gateway.sources.cfn_names`): the ARN of a Lambda function has its
``FunctionName``, or its logical id, which ``lambdas`` serves. AWS::Lambda::Permission and ``DependsOn`` change
nothing here. What has no effect is a warning with the reason, an unknown property an error.

An API's id is the RestApi's logical id, unless ``resources={"Id": "a1b2c3"}`` gives the real one.

Not for: SAM templates that make an API, before they are transformed; making resources.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGateway.html
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from wsgi_gateway.config import RestApiConfig, StageConfig
from wsgi_gateway.config.check import check
from wsgi_gateway.config.check_method_settings import check_settings_of_api
from wsgi_gateway.config.check_stage import check_stage
from wsgi_gateway.config.frozen import Declared
from wsgi_gateway.errors import ConfigError, Place, Problem
from wsgi_gateway.sources.cfn_api import read_api
from wsgi_gateway.sources.cfn_dependencies import check_circles
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_parts import Parts
from wsgi_gateway.sources.cfn_stages import read_stages
from wsgi_gateway.sources.cfn_template import Template, is_template
from wsgi_gateway.sources.cfn_usage import check_plan_keys, read_base_paths, read_keys, read_plans
from wsgi_gateway.sources.intrinsics import Intrinsics
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.places import exact
from wsgi_gateway.sources.reading import read as read_document
from wsgi_gateway.sources.report import LIMIT, Report


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack(Declared):
    """What a template says: the API, its stages by name, and its base paths, by domain name and base path
    the name of a stage.
    """

    api: RestApiConfig
    stages: Mapping[str, StageConfig] = field(default_factory=dict)
    base_paths: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def recognises(data: dict[str, Any]) -> bool:
    """Whether the data are a template."""
    return is_template(data)


def load_stack(
    source: str | os.PathLike[str] | Mapping[str, Any],
    *,
    warnings: list[Problem] | None = None,
    **options: Any,
) -> Stack:
    """Read a template with its stages.

    :param source: path of a YAML or JSON file, or the template already parsed.
    :param warnings: a list to which everything without effect is appended.
    :param options: those of :class:`~wsgi_gateway.sources.cfn_options.TemplateOptions`.
    :raises ConfigError: with every problem that stops the load.
    """
    document = read_document(source)
    report = Report()
    root = Node.root(document, report)
    if not isinstance(document.data, dict) or not is_template(document.data):
        message = "a CloudFormation template was expected"
        raise ConfigError([Problem("document-kind", message, root.place, "it has Resources")])
    stack = read_stack(root, TemplateOptions(**options))
    if not report.full:
        report.extend(exact(document, islice(_problems(stack), LIMIT)))
    if warnings is not None:
        warnings.extend(report.warnings)
    if report.errors:
        raise ConfigError(report.errors)
    return stack


def _problems(stack: Stack) -> Iterator[Problem]:
    found = check(stack.api)
    yield from sorted(found, key=lambda problem: problem.severity != "error")
    if not any(problem.severity == "error" for problem in found):
        yield from _stage_problems(stack)


def _stage_problems(stack: Stack) -> Iterator[Problem]:
    for name, stage in stack.stages.items():
        problems = list(check_stage(stage))
        yield from problems or check_settings_of_api(stage, Place(path=f"$.stages[{name!r}]"), (stack.api,))


def read(root: Node, *, basepath: str, options: TemplateOptions | None = None) -> RestApiConfig:
    """The API of a template. Its stages are a warning."""
    if basepath != "ignore":
        root.error("option", "basepath is for OpenAPI; a RestApi has Parameters: {basepath: ...}")
    stack = read_stack(root, options or TemplateOptions())
    if stack.stages and not root.report.errors:
        root.report.extend(islice(_stage_problems(stack), LIMIT))
        names = ", ".join(name[:80] for name in list(stack.stages)[:20])
        hint = "load_stack() of wsgi_gateway.sources.cloudformation gives them"
        root.warning("stages-left", f"the settings of the template's stages are not used: {names}", hint)
    return stack.api


def read_stack(root: Node, options: TemplateOptions) -> Stack:
    """What the template at ``root`` says. What is wrong goes into its report, and the rest is read on, but
    for functions: ConfigError for those that cannot be worked out, before anything else is read.
    """
    template = Template(root)
    check_circles(template)
    if root.report.errors:
        raise ConfigError(root.report.errors)
    parts = Parts.of(template, Intrinsics(template, options))
    keys = read_keys(parts)
    check_plan_keys(parts)
    api = replace(read_api(parts), api_keys=keys, usage_plans=read_plans(parts, keys))
    return Stack(api=api, stages=read_stages(parts), base_paths=read_base_paths(parts))
