"""Condition keys: what a policy asks about a request, while it is being decided.

Whoever calls ``Policy.decide`` answers by name, in lower case, with all values a key has; None or nothing
means that the request does not have the key. A name is asked once for a decision, and only if a statement
gets as far as needing it, so an answer may cost something::

    >>> asked = Asked({"aws:sourceip": ["192.0.2.7"]})
    >>> asked["aws:sourceip"], asked["aws:username"]
    (['192.0.2.7'], ())

:data:`NO_KEYS` says something else than an empty mapping: that nobody can answer. An Allow that depends on
an answer does not apply then, and a Deny does.

Not for: where the values come from; the stage that asks the policy knows its request.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgi_gateway.authorizers.principals import Principal

Keys = Callable[[str], "Sequence[str] | None"] | Mapping[str, "Sequence[str] | None"]
"""Values by a key's lower-case name, such as ``aws:sourceip``: a function, or a mapping."""

NO_KEYS: Keys = MappingProxyType({})
"""Nobody can say what the request's keys are. Recognised by identity."""


class UnaskedError(Exception):
    """A key was needed and there is nobody to ask; :meth:`Policy.decide` never lets it out."""


class Asked(dict[str, "Sequence[str]"]):
    """The answers so far, and what else is decided on: ``resource``, an ARN, and ``principal``.

    Raises :class:`UnaskedError` on the first name if made of :data:`NO_KEYS`.
    """

    __slots__ = ("_ask", "principal", "resource")

    def __init__(self, keys: Keys, resource: str = "", principal: Principal | None = None) -> None:
        super().__init__()
        self.resource = resource
        self.principal = principal
        self._ask = _nobody if keys is NO_KEYS else keys if callable(keys) else keys.get

    def __missing__(self, name: str) -> Sequence[str]:
        values = self._ask(name)
        if isinstance(values, str):  # a sequence of texts too, and surely not meant as one
            values = (values,)
        self[name] = values = () if values is None else values
        return values


def _nobody(name: str) -> Sequence[str] | None:
    raise UnaskedError(name)
