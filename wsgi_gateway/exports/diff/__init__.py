"""What a new definition changes for callers: not which lines differ, but what requests will meet.

::

    from wsgi_gateway import load
    from wsgi_gateway.exports.diff import diff

    for change in diff(load("old.yaml"), load("new.yaml")):
        print(change.effect, change.where, change.message)      # breaking GET /pets now asks for an API key

Names that callers never see (of authorizers, models, path variables), the order of things and where they are
written make no difference. Methods are compared with those to which the new API's Router sends the same
requests: a verb with the ANY of its path, a path without the verb with the variable beside it.

``breaking`` is what turns a request away, or answers it otherwise, that was fine before; ``opening`` admits
callers who were not admitted: the owner wants to look at both. ``unclear`` is told where nothing can be
proved: a pattern, a template, a function.

Not for: stages, and what functions and backends do.
"""

from __future__ import annotations

from collections.abc import Iterator

from wsgi_gateway.config import RestApiConfig
from wsgi_gateway.exports.diff.admission import of_api, of_method
from wsgi_gateway.exports.diff.answers import gateway_responses, integration, responses, settings
from wsgi_gateway.exports.diff.change import AREAS, BREAKING, COMPATIBLE, EFFECTS, OPENING, UNCLEAR, Change
from wsgi_gateway.exports.diff.cors import cors, cors_of_refusals
from wsgi_gateway.exports.diff.limits import limits
from wsgi_gateway.exports.diff.requests import requests
from wsgi_gateway.exports.diff.routes import Routes

__all__ = ["AREAS", "BREAKING", "COMPATIBLE", "EFFECTS", "OPENING", "UNCLEAR", "Change", "diff"]


def diff(old: RestApiConfig, new: RestApiConfig) -> list[Change]:
    """Every change for callers, the gravest first, then by place. Both APIs are as :func:`load` has them."""
    found = dict.fromkeys(_changes(old, new))
    return sorted(found, key=lambda one: (EFFECTS.index(one.effect), one.where, AREAS.index(one.area)))


def _changes(old: RestApiConfig, new: RestApiConfig) -> Iterator[Change]:
    yield from of_api(old, new)
    yield from limits(old, new)
    yield from settings(old, new)
    yield from gateway_responses(old, new)
    yield from cors_of_refusals(old, new)
    routes = Routes(old, new)
    yield from routes.changes()
    for where, before, after in routes.both():
        yield from of_method(where, before, after, old, new)
        yield from requests(where, before, after, old, new)
        yield from integration(where, before, after)
        yield from responses(where, before, after)
        yield from cors(where, before, after)
