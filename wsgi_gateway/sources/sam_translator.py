"""The door of aws-sam-translator, which makes CloudFormation of SAM.

Nothing is asked of AWS: the region is given, managed policies are named by their usual ARN, and what would
have to be looked up is left out before (:mod:`~wsgi_gateway.sources.sam_copies`). Values that nobody may see
are not shown to it: references to them stay, and are followed later. Nothing is logged or printed. The
translator keeps some of what it knows in its modules, so one template is translated at a time.

At every event it copies the whole API twice, which makes 400 events take ten seconds of a processor's time.
Here those copies are not made; if the template turns out to be wrong, it is translated once more with them,
since what was half done for one event could show in the error of the next.

Whatever the translator raises becomes a ConfigError that tells the resource.

Source: https://github.com/aws/serverless-application-model
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from threading import Lock
from types import SimpleNamespace
from typing import Any
from warnings import catch_warnings, simplefilter

from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.cfn_parameters import has_no_echo, is_list, is_stored
from wsgi_gateway.sources.sam_copies import ready
from wsgi_gateway.sources.sam_problems import crash, problems_of
from wsgi_gateway.sources.sam_template import SamTemplate

_lock = Lock()
_FEW = 100
"""Events of a template that is translated once more for its errors."""

_UNKNOWN = "{{IntrinsicFunction:told-later}}"
"""How CloudFormation gives a value that it does not know: the translator leaves references to it alone."""


def is_installed() -> bool:
    """Whether the package is there."""
    return find_spec("samtranslator") is not None


def translate(template: SamTemplate, options: TemplateOptions) -> dict[str, Any]:
    """The CloudFormation template. Raises ConfigError for what the translator does not take."""
    with _lock, _silence():
        try:
            return _run(template, options, copies=False)
        except ConfigError:
            if len(template.events) > _FEW or not template.events:
                raise
        return _run(template, options, copies=True)


def schema_of(name: str) -> Any:
    """A model of the schema that comes with the translator: ``Api`` (its properties), ``Globals`` (those of
    all APIs) or, with the type of resource that has it, ``Function event``. Raises ConfigError for a version
    of the translator without: names that protect would go unchecked.
    """
    try:
        from samtranslator.internal.schema_source import (
            aws_serverless_api,
            aws_serverless_function,
            aws_serverless_statemachine,
        )

        models = {
            "Api": aws_serverless_api.Properties,
            "Globals": aws_serverless_api.Globals,
            "StateMachine event": aws_serverless_statemachine.ApiEvent,
        }
        return models.get(name, aws_serverless_function.ApiEvent)
    except (ImportError, AttributeError):
        message = "this version of aws-sam-translator has no schema to check names by; install another"
        raise ConfigError([Problem("sam-version", message)]) from None


def seen(value: Any, template: SamTemplate, options: TemplateOptions) -> Any:
    """What the translator sees of a value: a parameter's where it is a Ref, other functions as they stand."""
    name = value.get("Ref") if isinstance(value, dict) and len(value) == 1 else None
    found = _parameters(template, options).get(name, _UNKNOWN) if isinstance(name, str) else _UNKNOWN
    return value if found == _UNKNOWN else found


def _run(template: SamTemplate, options: TemplateOptions, *, copies: bool) -> dict[str, Any]:
    from samtranslator.model.exceptions import ExceptionWithMessage
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator

    data = ready(template, options)
    if template.root.report.errors:
        raise ConfigError(template.root.report.errors)
    progress = _progress()
    session: Any = SimpleNamespace(region_name=options.region)
    translator = Translator(
        _ManagedPolicies(), Parser(), plugins=[progress], boto_session=session, metrics=_Metrics()
    )
    try:
        with _copying(copies):
            made: dict[str, Any] = translator.translate(
                data, _parameters(template, options), passthrough_metadata=True
            )
    except ExceptionWithMessage as error:
        raise ConfigError(problems_of(error, progress.resource, template, _known)) from None
    except Exception as error:
        raise ConfigError([crash(error, progress.resource, template)]) from None
    return made


def _parameters(template: SamTemplate, options: TemplateOptions) -> dict[str, Any]:
    """Values of parameters, lists as lists. What has none, or one that nobody may see, stays a reference."""
    found: dict[str, Any] = {"AWS::Region": options.region, "AWS::Partition": options.partition}
    declared = template.root.get("Parameters")
    for name, node in declared.each() if declared is not None and declared.is_mapping else ():
        found[name] = _UNKNOWN
        kind = node.value.get("Type") if node.is_mapping else None
        value = options.parameters.get(name)
        if not isinstance(kind, str) or has_no_echo(node):
            continue
        if value is None and not is_stored(kind):
            value = node.value.get("Default")
        if value is not None:
            found[name] = _value(value, listed=is_list(kind))
    return found


def _value(value: Any, *, listed: bool) -> Any:
    if listed and not isinstance(value, (list, tuple)):
        return [part.strip() for part in str(value).split(",")]
    if isinstance(value, (list, tuple)):
        return [str(part) for part in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _progress() -> Any:
    """A plugin that remembers which resource is being translated."""
    from samtranslator.plugins import BasePlugin

    class Progress(BasePlugin):  # type: ignore[misc]
        resource: str | None = None

        def on_before_transform_resource(
            self, logical_id: str, resource_type: str, resource_properties: Any
        ) -> None:
            self.resource = logical_id

    return Progress()


def _known(kind: str) -> Iterator[str]:
    """The properties of a type."""
    from samtranslator.model import sam_resources

    for one in vars(sam_resources).values():
        if getattr(one, "resource_type", None) == kind:
            yield from getattr(one, "property_types", ())


class _ManagedPolicies(dict[str, str]):
    """AWS's own policies by name."""

    def get(self, name: Any, default: Any = None) -> Any:
        if not isinstance(name, str) or not name.isalnum():
            return default
        return f"arn:aws:iam::aws:policy/{name}"

    def __bool__(self) -> bool:
        return True


class _Metrics:
    """Nothing is measured."""

    def record_latency(self, *args: Any, **kwargs: Any) -> None:
        pass

    record_count = publish = record_latency


@contextmanager
def _silence() -> Iterator[None]:
    logger = logging.getLogger("samtranslator")
    handler, propagates = logging.NullHandler(), logger.propagate
    logger.addHandler(handler)
    logger.propagate = False
    try:
        with catch_warnings():
            simplefilter("ignore")
            yield
    finally:
        logger.propagate = propagates
        logger.removeHandler(handler)


@contextmanager
def _copying(copies: bool) -> Iterator[None]:
    """Whether editors of an API work on copies of it."""
    from samtranslator.swagger import swagger

    module: Any = swagger
    usual = getattr(module, "_deepcopy", None)
    if copies or usual is None:
        yield
        return
    module._deepcopy = _itself
    try:
        yield
    finally:
        module._deepcopy = usual


def _itself(value: Any) -> Any:
    return value
