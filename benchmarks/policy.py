"""What deciding by a policy costs: ``python benchmarks/policy.py``.

Printed in microseconds (best of many short rounds, all in this process), and as the ratio to one call of an
empty function in the same run, which is what may be compared between machines and days. Each policy has 20
statements of which none but the last applies, so that all of them are asked; below, the same with more
statements, to show that the cost grows as the policy does, and what compiling costs.
"""

from __future__ import annotations

import timeit
from collections.abc import Callable
from typing import Any

from wsgi_gateway.authorizers.policy import INVOKE, Keys, OwnNames, Policy, Principal

OWN = OwnNames("us-east-1", "123456789012", "api")
ARN = "arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/pets/7"
ALICE = Principal("arn:aws:iam::123456789012:user/alice")
KEYS: Keys = {
    "aws:sourceip": ["203.0.113.9"],
    "aws:username": ["alice"],
    "aws:currenttime": ["2026-07-01T12:00:00Z"],
    "aws:useragent": ["Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"],
    "aws:principalarn": ["arn:aws:iam::123456789012:user/alice"],
}
STATEMENTS = 20

Make = Callable[[int], dict[str, Any]]


def wildcards(number: int) -> dict[str, Any]:
    return {"Resource": f"arn:aws:execute-api:*:*:*/*/GET/thing{number}/*"}


def one_api(number: int) -> dict[str, Any]:
    return {"Resource": f"arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/thing{number}/*"}


def question_marks(number: int) -> dict[str, Any]:
    return {"Resource": f"arn:aws:execute-api:*:*:*/???/GET/thing{number}/?"}


def five_resources(number: int) -> dict[str, Any]:
    return {
        "Resource": [
            f"arn:aws:execute-api:*:*:*/*/{verb}/t{number}/*"
            for verb in ("GET", "PUT", "PATCH", "POST", "DELETE")
        ]
    }


def addresses(number: int) -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Resource": "*",
        "Condition": {"IpAddress": {"aws:SourceIp": [f"10.{number}.0.0/16"]}},
    }


def dates(number: int) -> dict[str, Any]:
    limit = f"2020-01-{number % 28 + 1:02}"
    return {"Effect": "Deny", "Resource": "*", "Condition": {"DateLessThan": {"aws:CurrentTime": limit}}}


def likes(number: int) -> dict[str, Any]:
    return {
        "Effect": "Deny",
        "Resource": "*",
        "Condition": {"StringLike": {"aws:UserAgent": f"*bot{number}*"}},
    }


def arns(number: int) -> dict[str, Any]:
    pattern = f"arn:aws:iam::*:role/team{number}/*"
    return {"Effect": "Deny", "Resource": "*", "Condition": {"ArnLike": {"aws:PrincipalArn": pattern}}}


def principals(number: int) -> dict[str, Any]:
    return {"Effect": "Deny", "Resource": "*", "Principal": {"AWS": f"{number:012}"}}


def variables(number: int) -> dict[str, Any]:
    return {"Resource": f"execute-api:/dev/GET/thing{number}/${{aws:username}}/*"}


def mixed(number: int) -> dict[str, Any]:
    return (wildcards, one_api, addresses, principals, arns)[number % 5](number)


def policy(make: Make, statements: int = STATEMENTS) -> Policy:
    return Policy(document(make, statements), resource_policy=True, own=OWN)


def document(make: Make, statements: int = STATEMENTS) -> dict[str, Any]:
    base = {"Effect": "Allow", "Principal": "*", "Action": INVOKE, "Resource": "*"}
    found = [{**base, **make(number)} for number in range(statements - 1)]
    return {"Version": "2012-10-17", "Statement": [*found, base]}


def microseconds(call: Callable[[], Any], calls: int = 500, rounds: int = 60) -> float:
    return min(timeit.repeat(call, number=calls, repeat=rounds)) / calls * 1e6


def deciding(compiled: Policy) -> float:
    assert compiled.decide(ARN, keys=KEYS, principal=ALICE).allowed
    return microseconds(lambda: compiled.decide(ARN, keys=KEYS, principal=ALICE))


KINDS: tuple[Make, ...] = (
    wildcards,
    one_api,
    question_marks,
    five_resources,
    addresses,
    dates,
    likes,
    arns,
    principals,
    variables,
    mixed,
)


def by_kind(call: float) -> None:
    for make in KINDS:
        taken = deciding(policy(make))
        compiling = microseconds(lambda make=make: policy(make), 20, 10)  # type: ignore[misc]
        print(
            f"{STATEMENTS} statements, {make.__name__:16} {taken:7.2f} us {taken / call:6.0f} x a call"
            f"   compiling {compiling:8.1f} us"
        )


def by_size() -> None:
    for make in (wildcards, addresses, mixed):
        times = {size: deciding(policy(make, size)) for size in (5, 10, 20, 40)}
        told = ", ".join(f"{size}: {taken:.2f} us" for size, taken in times.items())
        print(f"{make.__name__:12} {told}; 40 cost {times[40] / times[10]:.2f} times what 10 do")


if __name__ == "__main__":
    empty = microseconds(lambda: None)
    by_kind(empty)
    by_size()
