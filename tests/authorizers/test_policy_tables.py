"""The tables for two policies: every pair of decisions, for callers of the API's account and of others."""

from __future__ import annotations

import pytest

from wsgi_gateway.authorizers.decisions import SILENCE, Decision, combine

CALLER = {"Allow": Decision("Allow", 1, "c"), "Deny": Decision("Deny", 2, "c"), None: SILENCE}
RESOURCE = {"Allow": Decision("Allow", 3, "r"), "Deny": Decision("Deny", 4, "r"), None: SILENCE}

ROWS = [
    # caller's, resource's, in one account, across accounts; each with whose statement decided
    ("Allow", "Allow", ("Allow", 1), ("Allow", 1)),
    ("Allow", None, ("Allow", 1), (None, None)),
    ("Allow", "Deny", ("Deny", 4), ("Deny", 4)),
    (None, "Allow", ("Allow", 3), (None, None)),
    (None, None, (None, None), (None, None)),
    (None, "Deny", ("Deny", 4), ("Deny", 4)),
    ("Deny", "Allow", ("Deny", 2), ("Deny", 2)),
    ("Deny", None, ("Deny", 2), ("Deny", 2)),
    ("Deny", "Deny", ("Deny", 2), ("Deny", 2)),
]
each_row = pytest.mark.parametrize(
    ("caller", "resource", "same", "cross"), ROWS, ids=[f"{row[0]} and {row[1]}" for row in ROWS]
)


@each_row
def test_in_one_account_either_may_allow_and_either_may_deny(
    caller: str | None, resource: str | None, same: tuple[object, object], cross: tuple[object, object]
) -> None:
    assert combine(CALLER[caller], RESOURCE[resource], same_account=True)[:2] == same


@each_row
def test_across_accounts_both_must_allow_and_either_may_deny(
    caller: str | None, resource: str | None, same: tuple[object, object], cross: tuple[object, object]
) -> None:
    decision = combine(CALLER[caller], RESOURCE[resource], same_account=False)
    assert decision[:2] == cross
    assert decision.allowed is (cross[0] == "Allow")


def test_whose_silence_it_was_is_told() -> None:
    assert combine(CALLER["Allow"], SILENCE, False).why.endswith(
        "no statement of the resource policy applies"
    )
    assert combine(SILENCE, RESOURCE["Allow"], False).why.endswith(
        "no statement of the caller's policy applies"
    )
