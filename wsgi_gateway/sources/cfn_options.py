"""``TemplateOptions``: what is given beside a document, as one does when creating a stack of a template.

::

    options = TemplateOptions(
        parameters={"Backend": "https://pets.internal"},
        imports={"network-VpcLinkId": "abc123"},
        resources={"Queue.Arn": "arn:aws:sqs:eu-west-1:123456789012:orders"},
        region="eu-west-1",
    )

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateStack.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields
from types import NoneType
from typing import Any

from wsgi_gateway.errors import ConfigError, Place, Problem

_REGION = re.compile(r"[a-z0-9-]{1,40}")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateOptions:
    """``parameters``: values by parameter, text, numbers or lists. ``imports``: values by export, for
    Fn::ImportValue. ``resources``: what ``Ref`` (by logical id) and ``Fn::GetAtt`` (by ``Id.Attribute``) of a
    resource give, and dynamic references (by their whole text), instead of an invented value. ``rest_api``:
    the logical id of the API to read, for templates with several. ``region``, ``account_id``, ``stack_name``,
    ``partition``: those of the pseudo parameters.
    """

    parameters: Mapping[str, Any] = field(default_factory=dict, repr=False)
    imports: Mapping[str, Any] = field(default_factory=dict, repr=False)
    resources: Mapping[str, Any] = field(default_factory=dict, repr=False)
    rest_api: str | None = None
    region: str = "us-east-1"
    account_id: str = "123456789012"
    stack_name: str = "stack"
    partition: str = "aws"

    def __post_init__(self) -> None:
        given = {one.name: getattr(self, one.name) for one in fields(self)}
        problems = [*_wrong_mappings(given), *_wrong_names(given)]
        if problems:
            raise ConfigError(problems)


def _wrong_mappings(given: dict[str, Any]) -> Iterator[Problem]:
    for name in ("parameters", "imports", "resources"):
        value = given[name]
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            yield Problem("option", f"{name} is a mapping from names to values", Place(path=f"$.{name}"))


def _wrong_names(given: dict[str, Any]) -> Iterator[Problem]:
    shapes = {"region": _REGION, "account_id": _ACCOUNT_ID, "stack_name": _STACK_NAME, "partition": _REGION}
    for name, shape in shapes.items():
        value = given[name]
        if not isinstance(value, str) or not shape.fullmatch(value):
            yield Problem("option", f"{name} {str(value)[:80]!r} is none", Place(path=f"$.{name}"))
    if not isinstance(given["rest_api"], (str, NoneType)):
        yield Problem("option", "rest_api is the logical id of an API", Place(path="$.rest_api"))
