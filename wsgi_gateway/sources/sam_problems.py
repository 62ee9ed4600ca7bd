"""What the SAM translator refuses, as problems with places.

Its errors name a resource by its logical id, sometimes an event and a property, in words. These lead to the
place: ``Resource with id [Pets] is invalid. Event with id [List] is invalid. Missing required property
'Path'.`` is told at the event.

Source: https://github.com/aws/serverless-application-model
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import Problem
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.report import LIMIT
from wsgi_gateway.sources.sam_template import SamTemplate

_RESOURCE = re.compile(r"[Rr]esource with id \[([^\]\s]{1,255})\]")
_EVENT = re.compile(r"[Ee]vent with id \[([^\]\s]{1,255})\]")
_WORDS = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:\.[A-Za-z0-9_]+)*")
_UNKNOWN = re.compile(r"property (\S+) not defined for resource")
_LONGEST = 600


def problems_of(
    error: Any, resource: str | None, template: SamTemplate, known: Callable[[str], Iterable[str]]
) -> list[Problem]:
    """A problem for every cause of an error of the translator's.

    ``resource``: what the translator was at. ``known``: the properties of a type.
    """
    causes = list(getattr(error, "causes", ())) or [error]
    return [_problem(str(cause.message), resource, template, known) for cause in causes[:LIMIT]]


def crash(error: Exception, resource: str | None, template: SamTemplate) -> Problem:
    """What stands for an error that the translator did not mean to raise; its text may hold anything."""
    node = template.resource(resource) if resource is not None else None
    what = "the template" if node is None else f"the resource {str(resource)[:80]}"
    message = f"{what} cannot be translated: aws-sam-translator failed with {type(error).__name__}"
    hint = "a property has the wrong type, most likely"
    return Problem("sam-translator", message, (node or template.root).place, hint)


def _problem(
    message: str, at: str | None, template: SamTemplate, known: Callable[[str], Iterable[str]]
) -> Problem:
    found, event = _RESOURCE.search(message), _EVENT.search(message)
    resource = _resource(at if found is None else found[1], event, template)
    hint, node = None, resource or template.root
    if resource is not None and (properties := _mapping(resource.get("Properties"))) is not None:
        node = _inner(properties, message, event)
        unknown = _UNKNOWN.search(message)
        if unknown is not None and unknown[1] in properties.value:
            node, hint = properties.child(unknown[1]), did_you_mean(unknown[1], known(resource.value["Type"]))
        elif found is None and event is None and "DefinitionBody" in properties:
            node = properties.child("DefinitionBody")
    elif "Globals" in template.root and ("'Globals'" in message or found is not None):
        node = template.root.child("Globals")
    return Problem("sam-template", message[:_LONGEST], node.place, hint)


def _resource(name: str | None, event: re.Match[str] | None, template: SamTemplate) -> Node | None:
    """The resource of that name; else the one with that event, or the one of which a name was made."""
    node = None if name is None else template.resource(name)
    if node is None and event is not None:
        name = next((one.resource for one in template.events if one.name == event[1]), name)
        node = None if name is None else template.resource(name)
    return node if node is not None or name is None else template.origin(name)


def _inner(properties: Node, message: str, event: re.Match[str] | None) -> Node:
    """The event that a message names, and of it or of the resource the property."""
    start: Node = properties
    if event is not None:
        events = _mapping(properties.get("Events"))
        named = None if events is None or event[1] not in events.value else events.child(event[1])
        if named is not None:
            start = _mapping(named.get("Properties")) or named
        message = message[event.end() :]
    else:
        message = _RESOURCE.sub("", message)
    found = (_descend(start, word) for word in _WORDS.findall(message))
    return next((node for node in found if node is not None), start)


def _descend(node: Node, dotted: str) -> Node | None:
    """The member that is named, or the first part of it that there is."""
    found = None
    for name in dotted.split("."):
        if not node.is_mapping or name not in node.value:
            break
        found = node = node.child(name)
    return found


def _mapping(node: Node | None) -> Node | None:
    return node if node is not None and node.is_mapping else None
