"""CloudFormation templates on the command line: ``--parameter NAME=VALUE``, and the stages that they have.

::

    wsgi-gateway validate stack.yaml --parameter Env=prod
    wsgi-gateway serve stack.yaml --parameter Env=prod --stage prod --lambda Take=stack:take

``serve`` takes the stage of the template that ``--stage`` names, or its only one, with its variables, limits
and settings; ``--stage-variable`` goes on top.

Not for: gunicorn; a module that makes the Gateway by ``load_stack`` is what to serve there.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from wsgi_gateway.cli.named_values import named_values

if TYPE_CHECKING:
    from wsgi_gateway.config import StageConfig
    from wsgi_gateway.errors import Problem
    from wsgi_gateway.sources.cloudformation import Stack

parameter_option = click.option(
    "--parameter",
    "parameters",
    metavar="NAME=VALUE",
    multiple=True,
    callback=named_values,
    help="A parameter of a CloudFormation template; repeatable.",
)


def is_template_file(file: str) -> bool:
    """Whether a file is a template. What cannot be read is none; reading it again says why."""
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.sources.cloudformation import recognises
    from wsgi_gateway.sources.reading import read

    try:
        data = read(file).data
    except ConfigError:
        return False
    return isinstance(data, dict) and recognises(data)


def served(file: str, parameters: Mapping[str, str], options: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The API and options for :func:`wsgi_gateway.mount.gateway`: for a template those of its stack.

    Raises ConfigError for a template that is not sound, and for a stage that it does not have.
    """
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.sources.cloudformation import load_stack

    if not is_template_file(file):
        if parameters:
            raise ConfigError("--parameter is for CloudFormation templates")
        return file, options
    warnings: list[Problem] = []
    names = {name: options[name] for name in ("account_id", "region") if name in options}
    stack = load_stack(file, warnings=warnings, parameters=parameters, **names)
    for warning in warnings:
        logging.getLogger("wsgi_gateway").warning("%s", warning)
    stage = _stage(stack, options.get("stage"))
    if stage is None:
        return stack.api, options
    rest = {name: value for name, value in options.items() if name != "stage_variables"}
    variables = {**stage.variables, **options.get("stage_variables", {})}
    return stack.api, {**rest, "stage": replace(stage, variables=variables)}


def _stage(stack: Stack, name: str | None) -> StageConfig | None:
    from wsgi_gateway.config.spelling import did_you_mean
    from wsgi_gateway.errors import ConfigError, Problem

    stages = stack.stages
    if not stages:
        return None
    if name is None and len(stages) == 1:
        return next(iter(stages.values()))
    if name in stages:
        return stages[str(name)]
    known = ", ".join(stages)
    if name is None:
        raise ConfigError(f"the template has several stages: {known}; choose one by --stage")
    hint = did_you_mean(name, stages, f"it has {known}")
    raise ConfigError([Problem("stage-name", f"the template has no stage {name[:80]!r}", hint=hint)])
