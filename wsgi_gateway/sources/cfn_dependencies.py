"""What the resources of a template need of each other: a circle is refused, as AWS does.

``DependsOn`` orders the making of resources. Nothing is made here, so it counts for this alone.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/troubleshooting.html (Circular
dependency between resources)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import Any

from wsgi_gateway.sources.cfn_template import Template

_NAMES = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.[^{}]*)?\}")


def check_circles(template: Template) -> None:
    """Report resources that need each other in a circle."""
    known = template.resources
    graph = {
        name: {other for other in _needed(resource.node.value) if other in known}
        for name, resource in known.items()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = list(dict.fromkeys(error.args[1]))
        shown = ", ".join(name[:80] for name in circle[:20])
        known[circle[0]].node.error("circular", f"Circular dependency between resources: [{shown}]")


def _needed(resource: dict[str, Any]) -> Iterator[str]:
    depends = resource.get("DependsOn")
    yield from [depends] if isinstance(depends, str) else _texts(depends)
    pending = [resource.get("Properties")]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending.extend(value)
        elif isinstance(value, dict):
            if len(value) == 1:
                yield from _referred(*next(iter(value.items())))
            pending.extend(value.values())


def _texts(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _referred(function: str, argument: Any) -> Iterator[str]:
    if function == "Ref" and isinstance(argument, str):
        yield argument
    elif function == "Fn::GetAtt":
        first = argument[0] if isinstance(argument, list) and argument else argument
        if isinstance(first, str):
            yield first.partition(".")[0]
    elif function == "Fn::Sub":
        own: Any = {}
        if isinstance(argument, list) and len(argument) == 2:
            argument, own = argument
        if isinstance(argument, str):
            hidden = own if isinstance(own, dict) else {}
            yield from (name for name in _NAMES.findall(argument) if name not in hidden)
