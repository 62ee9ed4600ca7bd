"""What a user should be warned of though nothing failed: where API Gateway goes its own way and says nothing.

- a header which is dropped before a template could see it;
- a body that is not JSON, of which a JSONPath finds nothing;
- a ``#foreach`` which ends after 1,000 turns with items left.

They are the ``warnings`` of a :class:`~wsgi_gateway.mapping.trial.rendering.Rendering`. Not for mistakes that
can be seen without a rendering; :mod:`wsgi_gateway.mapping.lint` finds these.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html (headers)
and https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html (turns)
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wsgi_gateway.context import DROPPED_ON_ARRIVAL
from wsgi_gateway.mapping.trial.passes import turns_made
from wsgi_gateway.mapping.velocity import parse_json

if TYPE_CHECKING:
    from wsgi_gateway.mapping.trial.rendering import Lines
    from wsgi_gateway.mapping.velocity import Input
    from wsgi_gateway.mapping.velocity.observed import Step


def of_headers(header: Mapping[str, Any] | None) -> Iterator[str]:
    """The headers that were given and are not there."""
    for name in header or ():
        if name.lower() in DROPPED_ON_ARRIVAL:
            yield f"the header {name} is not there: API Gateway drops it on arrival"


def of_body(given: Input) -> Iterator[str]:
    """A body that was asked for JSON and is none; ``given`` has been rendered with."""
    text, document, _ = given.velocity_members()
    if not text or not isinstance(document, str):
        return
    try:
        parse_json(text)
    except json.JSONDecodeError as error:
        yield _no_json(f"line {error.lineno}, column {error.colno}: {error.msg}")
    except ValueError as error:
        yield _no_json(str(error))


def _no_json(why: str) -> str:
    return f"the body is not JSON ({why}): $input.path('$') is its text, and other paths find nothing"


def of_loops(steps: Sequence[Step], complete: bool, lines: Lines, name: str) -> Iterator[str]:
    """The loops that were ended, each once; not those which the template had left before."""
    cut: dict[int, tuple[int, int]] = {}
    for position, made in turns_made(steps, complete).items():
        step = steps[position]
        if made == step.value and step.items is not None and made < step.items:
            cut.setdefault(step.start, (made, step.items))
    for start, (made, items) in cut.items():
        line, column = lines.at(start)
        turns = f"{made:,} of {items:,} turns"
        yield f"{name}:{line}:{column}: #foreach made {turns}: API Gateway ends a loop there"
