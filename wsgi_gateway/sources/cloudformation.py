"""CloudFormation templates: AWS::ApiGateway::* resources, as they are written for AWS.

::

    from wsgi_gateway import Gateway, load_definition

    stack = load_definition("stack.yaml", parameters={"Env": "prod"})
    application = Gateway(stack, app, stage="prod", lambdas={"Pets": pets})

``Gateway("stack.yaml")`` will do where no parameters are wanted. JSON and YAML with short tags are read;
every intrinsic function is worked out (:mod:`~wsgi_gateway.sources.intrinsics`). Functions and other
resources are names (:mod:`~wsgi_gateway.sources.cfn_names`): the ARN of a Lambda function has its
``FunctionName``, or its logical id, which ``lambdas`` serves. AWS::Lambda::Permission and ``DependsOn``
change nothing here. What has no effect is a warning with the reason, an unknown property an error.

An API's id is the RestApi's logical id, unless ``resources={"Id": "a1b2c3"}`` gives the real one.

Not for: SAM templates that make an API, before they are transformed; making resources.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGateway.html
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources.cfn_api import read_api
from wsgi_gateway.sources.cfn_dependencies import check_circles
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_other_domains import check_other_domains
from wsgi_gateway.sources.cfn_parts import Parts
from wsgi_gateway.sources.cfn_stages import read_stages, stage_places
from wsgi_gateway.sources.cfn_template import Template, is_template
from wsgi_gateway.sources.cfn_usage import check_plan_keys, read_base_paths, read_keys, read_plans
from wsgi_gateway.sources.definition import Definition
from wsgi_gateway.sources.intrinsics import Intrinsics
from wsgi_gateway.sources.intrinsics_loops import unrolled
from wsgi_gateway.sources.lambda_functions import read_functions
from wsgi_gateway.sources.node import Node


def recognises(data: dict[str, Any]) -> bool:
    """Whether the data are a template."""
    return is_template(data)


def read_definition(root: Node, *, basepath: str, options: TemplateOptions) -> Definition:
    """What the template at ``root`` declares. What is wrong goes into its report, and the rest is read on,
    but for functions: ConfigError for those that cannot be worked out, before anything else is read.
    """
    if basepath != "ignore":
        root.error("option", "basepath is for OpenAPI; a RestApi has Parameters: {basepath: ...}")
    root = unrolled(root, options)
    template = Template(root)
    check_circles(template)
    if root.report.errors:
        raise ConfigError(root.report.errors)
    intrinsics = Intrinsics(template, options)
    parts = Parts.of(template, intrinsics)
    check_other_domains(template, intrinsics, parts)
    keys = read_keys(parts)
    check_plan_keys(parts)
    api = replace(read_api(parts), api_keys=keys, usage_plans=read_plans(parts, keys))
    return Definition(
        api=api,
        stages=read_stages(parts),
        base_paths=read_base_paths(parts),
        functions=read_functions(root, options),
        stage_places=stage_places(parts),
    )
