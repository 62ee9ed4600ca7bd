"""What the command line takes for definitions of one kind: ``--parameter NAME=VALUE`` and its like.

::

    wsgi-gateway validate stack.yaml --parameter Env=prod
    wsgi-gateway serve stack.yaml --parameter Env=prod --stage prod --lambda Take=stack:take

They are :class:`~wsgi_gateway.sources.cfn_options.TemplateOptions`, by the same names.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from wsgi_gateway.cli.named_values import named_values
from wsgi_gateway.cli.problem_document import document_of

F = TypeVar("F", bound=Callable[..., Any])

NAMES = ("parameters", "imports", "resources", "rest_api")
"""The arguments for templates that a command with :func:`template_options` gets, beside ``basepath``."""

_REPEATED: dict[str, Any] = {"metavar": "NAME=VALUE", "multiple": True, "callback": named_values}
_OPTIONS = (
    click.option("--parameter", "parameters", help="A parameter of a template; repeatable.", **_REPEATED),
    click.option(
        "--import", "imports", help="What Fn::ImportValue of a template gives; repeatable.", **_REPEATED
    ),
    click.option(
        "--resource",
        "resources",
        help="What Ref and Fn::GetAtt of a template's resource give, such as Queue.Arn=arn:...; repeatable.",
        **_REPEATED,
    ),
    click.option("--rest-api", metavar="ID", help="The API's logical id, if a template has several."),
    click.option(
        "--basepath",
        type=click.Choice(["ignore", "prepend", "split"]),
        help="What becomes of the path in servers or basePath of OpenAPI.  [default: ignore]",
    ),
)


def template_options(command: F) -> F:
    """Gives a command ``--parameter``, ``--import``, ``--resource``, ``--rest-api`` and ``--basepath``."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def of_templates(options: dict[str, Any]) -> dict[str, Any]:
    """Of a command's options, taken out, those that were given and that
    :func:`~wsgi_gateway.sources.load` takes.
    """
    found = {name: options.pop(name, None) for name in (*NAMES, "basepath")}
    return {name: value for name, value in found.items() if value}


def for_its_kind(file: str, options: dict[str, Any]) -> dict[str, Any]:
    """Of options for several files those that mean something for the kind of this one, which is read only if
    one is given that does not for all.
    """
    if not any(options.get(name) for name in (*NAMES, "basepath")):
        return options
    is_template = os.path.isfile(file) and is_template_file(file)
    strange = ("basepath",) if is_template else NAMES
    return {name: value for name, value in options.items() if name not in strange}


def with_own_parameters(files: Sequence[str], options: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of several files' options each with the parameters that its file declares, for one may have what
    another has not; what none of them declares is left to all of them to refuse.
    """
    given = any("parameters" in own for own in options)
    declared = [_parameters_of(file) if given else frozenset() for file in files]
    anywhere = frozenset().union(*declared)
    return [
        {
            name: {one: value[one] for one in value if one in known or one not in anywhere}
            if name == "parameters"
            else value
            for name, value in own.items()
        }
        for known, own in zip(declared, options, strict=True)
    ]


def _parameters_of(file: str) -> frozenset[str]:
    from wsgi_gateway.errors import ConfigError

    try:
        data = document_of(file).data
    except ConfigError:
        return frozenset()
    parameters = data.get("Parameters") if isinstance(data, dict) else None
    return frozenset(parameters if isinstance(parameters, dict) else ())


def is_template_file(file: str) -> bool:
    """Whether a file is a template. What cannot be read is none; reading it again says why."""
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.sources.cloudformation import recognises

    try:
        data = document_of(file).data
    except ConfigError:
        return False
    return isinstance(data, dict) and recognises(data)
