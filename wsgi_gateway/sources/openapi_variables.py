"""AWS's variables in OpenAPI documents: ``${AWS::Region}``, ``${AWS::AccountId}`` and ``${AWS::Partition}``.

An import puts the names of the importing account in their place, and so does loading::

    load("api.yaml", region="eu-west-1", account_id="210987654321")

Every text of a document is looked at, keys are not. Other names in ``${AWS::...}`` are CloudFormation's, and
an import does not know them; they stay as they are, with a warning.

Not confirmed: that AWS looks at every text, rather than at those that it reads.

Not for: ``${stageVariables.NAME}``, which requests resolve; intrinsic functions, which belong to templates.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/import-api-aws-variables.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.node import Node

_BEGINNING = "${AWS::"
_VARIABLE = re.compile(r"\$\{AWS::(\w{1,64})\}")
_HINT = "an import knows AWS::AccountId, AWS::Partition and AWS::Region; others are CloudFormation's"


def fill_variables(root: Node, options: TemplateOptions) -> None:
    """Put values in place of the variables, in the data of the document itself."""
    if not _may_have_some(root.value):
        return
    values = {
        "Region": options.region,
        "AccountId": options.account_id,
        "Partition": options.partition,
    }
    for path, container, member in _texts(root.value):
        text = container[member]
        container[member] = _VARIABLE.sub(lambda match: values.get(match[1], match[0]), text)
        unknown = [name for name in _VARIABLE.findall(text) if name not in values]
        if unknown and not root.report.full:
            node = _at(root, (*path, member))
            node.warning("aws-variable", f"${{AWS::{unknown[0]}}} stays as it is", _HINT)


def _may_have_some(data: Any) -> bool:
    """False if no text has a variable: one search through the whole, since most documents have none."""
    try:
        return _BEGINNING in json.dumps(data, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):
        return True


def _texts(data: Any) -> Iterator[tuple[tuple[str | int, ...], Any, Any]]:
    """Every text with a variable, each once: the path of its container, the container, and the member."""
    pending: list[tuple[tuple[str | int, ...], Any]] = [((), data)]
    seen: set[int] = set()
    while pending:
        path, container = pending.pop()
        if id(container) in seen:
            continue
        seen.add(id(container))
        members = container.items() if isinstance(container, dict) else enumerate(container)
        for member, value in list(members) if isinstance(container, (dict, list)) else ():
            if isinstance(value, str):
                if _BEGINNING in value:
                    yield path, container, member
            elif isinstance(value, (dict, list)):
                pending.append(((*path, member), value))


def _at(root: Node, path: tuple[str | int, ...]) -> Node:
    node = root
    for member in path:
        node = node.child(member)
    return node
