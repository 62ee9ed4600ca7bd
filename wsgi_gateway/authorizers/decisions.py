"""What policies decide, and how the decisions of two policies become one.

A caller's own policy (of an IAM identity, or from an authorizer) and the API's resource policy are asked
separately; which of them must agree depends on whether caller and API belong to one account::

    >>> own, resource = Decision("Allow", 0), SILENCE
    >>> combine(own, resource, same_account=True).allowed
    True
    >>> combine(own, resource, same_account=False).allowed
    False

===============  ===============  ==================  ==================
caller's policy  resource policy  same account        cross-account
===============  ===============  ==================  ==================
Allow            Allow            Allow               Allow
Allow            silent           Allow               denied implicitly
silent           Allow            Allow               denied implicitly
silent           silent           denied implicitly   denied implicitly
Deny             any              Deny                Deny
any              Deny             Deny                Deny
===============  ===============  ==================  ==================

An Allow of the resource policy for an account as a whole (``"AWS": "123456789012"``, or its root's ARN)
delegates: it counts across accounts, and in its own account for the root alone.

Not for: which stage asks which policy when; a resource policy is asked before an authorizer is, for its
Deny alone, and methods without authorization need its Allow.

Source:
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html (tables A, B)
"""

from __future__ import annotations

from typing import NamedTuple

INVALID_POLICY = (
    "Invalid policy document. Please check the policy syntax and ensure that Principals are valid."
)
"""AWS's words for a resource policy that it does not take (reported)."""


class PolicyError(ValueError):
    """A policy, or an authorizer's answer, is unusable. The text is for logs; it names places, not values."""


class Decision(NamedTuple):
    """What a policy says: ``effect`` is ``"Allow"``, ``"Deny"`` or None for silence.

    ``statement`` is the index of the statement that decided and ``sid`` its Sid; None if none did or it has
    none. ``why`` is a sentence for the trace: made of the policy alone, it never holds a request's value.
    ``delegates``: an Allow of a resource policy for a whole account, which leaves it to the policies of that
    account's callers.
    """

    effect: str | None
    statement: int | None
    sid: str | None = None
    why: str = ""
    delegates: bool = False

    @property
    def allowed(self) -> bool:
        """Whether the request may go on."""
        return self.effect == "Allow"

    def told(self) -> dict[str, str | int | None]:
        """For a trace: what was decided, by which statement, and why; nothing of what there is not."""
        told: dict[str, str | int | None] = {"effect": self.effect}
        named: dict[str, str | int | None] = {"statement": self.statement, "sid": self.sid}
        told.update((name, value) for name, value in named.items() if value is not None)
        return {**told, "why": self.why}


SILENCE = Decision(None, None, None, "no statement applies")
"""No statement applies: denied implicitly."""

_SILENT_CALLER = SILENCE._replace(why="cross-account, and no statement of the caller's policy applies")
_DELEGATED = SILENCE._replace(
    why="the resource policy leaves it to the account, and no statement of the caller's policy applies"
)
_SILENT_RESOURCE = SILENCE._replace(why="cross-account, and no statement of the resource policy applies")


def combine(identity: Decision, resource: Decision, same_account: bool) -> Decision:
    """One decision of the caller's policy and the resource policy: the one that settles it, as it is.

    A Deny of either settles it; else in one account an Allow of either, across accounts only both. An Allow
    for the whole account admits none of its callers by itself.
    """
    for decision in (identity, resource):
        if decision.effect == "Deny":
            return decision
    if identity.allowed and (same_account or resource.allowed):
        return identity
    if same_account:
        return _DELEGATED if resource.delegates else resource
    return _SILENT_RESOURCE if identity.allowed else _SILENT_CALLER
