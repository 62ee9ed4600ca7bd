"""Which steps may miss a place, so that the steps before them must go element by element.

`first()` and `index(n)` of a list too short end the work on the element at hand and not the query, if a
place, a slice, a star or a filter took that element out of a list.  Most paths call neither, and run as whole
lists::

    >>> from wsgi_gateway.mapping.jsonpath.parser import parse
    >>> last_hazard(parse("$.a[*].first().b").steps), last_hazard(parse("$.a[*].b").steps)
    (2, -1)

Not for what happens then (`selectors.each`, `compiler`).
"""

from __future__ import annotations

from wsgi_gateway.mapping.jsonpath.nodes import (
    And,
    Comparison,
    Condition,
    Exists,
    Filter,
    Function,
    Not,
    Operand,
    Or,
    Path,
    Step,
)

_REACHING = frozenset({"first", "index"})


def last_hazard(steps: tuple[Step, ...]) -> int:
    """The place of the last step that may miss a place, or one of whose arguments may be missing; or -1."""
    for place in range(len(steps) - 1, -1, -1):
        if _is_hazard(steps[place]):
            return place
    return -1


def _is_hazard(step: Step) -> bool:
    if isinstance(step, Function):
        return step.name in _REACHING or any(isinstance(argument, Path) for argument in step.arguments)
    return isinstance(step, Filter) and _in_condition(step.condition)


def _in_condition(condition: Condition) -> bool:
    match condition:
        case Exists():
            return _in_operand(condition.path)
        case Comparison():
            return _in_operand(condition.left) or _in_operand(condition.right)
        case Not():
            return _in_condition(condition.term)
        case And() | Or():
            return any(_in_condition(term) for term in condition.terms)


def _in_operand(operand: Operand) -> bool:
    return isinstance(operand, Path) and last_hazard(operand.steps) >= 0
