"""Whole policies against an oracle: IAM's rules word by word, without a thought for speed or elegance.

It shares nothing with the product: patterns are matched by the textbook's table, texts are filled in as they
are read, addresses are strings of bits, and dates are what the standard library says they are.
"""

from __future__ import annotations

import base64
import ipaddress
import random
import re
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import pytest

from wsgi_gateway.authorizers.policy import Policy, Principal

Keys = dict[str, list[str]]

# ------------------------------------------------------------------------------------------- the oracle


def spelled(text: str, keys: Keys, wildcards: bool, variables: bool) -> list[tuple[str, str]] | None:
    """``("any", "")``, ``("one", "")`` and ``("char", c)`` in order; None if a variable has no value."""
    found: list[tuple[str, str]] = []
    while text:
        variable = re.match(r"\$\{(.*?)\}", text) if variables else None
        if variable:
            text = text[variable.end() :]
            name, comma, default = variable[1].partition(",")
            if name in ("*", "?", "$"):
                value: str | None = name
            else:
                values = [v for n, vs in keys.items() if n.lower() == name.lower() for v in vs]
                value = values[0] if len(values) == 1 and values[0] != "" else None
                if value is None and comma:
                    value = default.strip()[1:-1]
            if value is None:
                return None
            found += [("char", c) for c in value]
        else:
            kinds = {"*": ("any", ""), "?": ("one", "")} if wildcards else {}
            found.append(kinds.get(text[0], ("char", text[0])))
            text = text[1:]
    return found


def matches(
    pattern: str, text: str, keys: Keys, wildcards: bool = True, variables: bool = True
) -> bool | None:
    """None if a variable has no value."""
    marks = spelled(pattern, keys, wildcards, variables)
    if marks is None:
        return None
    row = [True] + [False] * len(text)
    for kind, character in marks:
        if kind == "any":
            row = [any(row[: i + 1]) for i in range(len(text) + 1)]
        else:
            row = [False] + [row[i] and (kind == "one" or text[i] == character) for i in range(len(text))]
    return row[-1]


def as_number(text: str) -> Fraction | None:
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        return None
    try:
        return Fraction(Decimal(text))
    except InvalidOperation:
        return None


def as_date(text: str) -> Fraction | None:
    if re.fullmatch(r"\d{4}", text):
        text += "-01-01"
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        text += "T00:00:00Z"
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return as_number(text)
    if when.tzinfo is None:
        return as_number(text)
    return Fraction((when - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()).limit_denominator(1000)


def as_bits(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    address = mapped or address
    return f"{address.version}:" + "".join(f"{byte:08b}" for byte in address.packed)


def in_block(block: str, bits: str) -> bool:
    base, _, length = block.partition("/")
    base_bits = as_bits(base)
    assert base_bits is not None
    size = len(base_bits) - 2
    return bits[: 2 + int(length or size)] == base_bits[: 2 + int(length or size)]


def compare(base: str, policy_value: str, given: str, keys: Keys, variables: bool) -> bool | None:
    """Whether one value of the policy matches one of the request; None if the latter cannot be read."""
    if base.startswith("String"):
        if base.endswith("IgnoreCase"):
            lower = {name: [value.lower() for value in values] for name, values in keys.items()}
            return bool(matches(policy_value.lower(), given.lower(), lower, False, variables))
        return bool(matches(policy_value, given, keys, base.endswith("Like"), variables))
    if base.startswith("Arn"):
        if len(given.split(":")) < 6:
            return None
        parts = zip(policy_value.split(":", 5), given.split(":", 5), strict=True)
        return all(matches(mine, theirs, keys, True, variables) for mine, theirs in parts)
    if base == "Bool":
        return policy_value.lower() == given.lower() if given.lower() in ("true", "false") else None
    if base == "BinaryEquals":
        try:
            return base64.b64decode(policy_value) == base64.b64decode(given, validate=True)
        except ValueError:
            return None
    if "IpAddress" in base:
        bits = as_bits(given)
        return None if bits is None else in_block(policy_value, bits)
    read = as_number if base.startswith("Numeric") else as_date
    mine, theirs = read(policy_value), read(given)
    if theirs is None:
        return None
    assert mine is not None
    kind = re.sub("^(Numeric|Date)", "", base)
    return {
        "Equals": theirs == mine,
        "LessThan": theirs < mine,
        "LessThanEquals": theirs <= mine,
        "GreaterThan": theirs > mine,
        "GreaterThanEquals": theirs >= mine,
    }[kind]


def passes(base: str, wanted: list[str], given: str, keys: Keys, variables: bool, denies: bool) -> bool:
    positive = base.replace("Not", "")
    results = [compare(positive, one, given, keys, variables) for one in wanted]
    if None in results:
        return denies
    return not any(results) if "Not" in base else any(results)


def holds(name: str, key: str, wanted: list[str], keys: Keys, variables: bool, denies: bool) -> bool:
    given = [v for n, vs in keys.items() if n.lower() == key.lower() for v in vs]
    if name == "Null":
        return (wanted == ["true"]) is (not [value for value in given if value])
    qualifier, _, rest = name.rpartition(":")
    base = re.sub("IfExists$", "", rest)
    if qualifier == "ForAllValues":
        if all(value == "" for value in given):
            return True
        return all(passes(base, wanted, value, keys, variables, denies) for value in given)
    if qualifier == "ForAnyValue":
        if all(value == "" for value in given):
            return denies and base != rest
        return any(passes(base, wanted, value, keys, variables, denies) for value in given)
    if not given:
        return "Not" in base or base != rest
    results = [passes(base, wanted, value, keys, variables, denies) for value in given]
    return any(results) if denies else all(results)


def is_meant(statement: dict[str, Any], caller: dict[str, str] | None) -> bool:
    element = statement.get("Principal", statement.get("NotPrincipal"))
    listed = {"*"} if element == "*" else set(element["AWS"])
    own: set[str] = (
        set() if caller is None else {caller["arn"], caller["account"], *caller.get("role", "").split()}
    )
    if "Principal" in statement:
        return "*" in listed or bool(own & listed)
    if "*" in listed:
        return False
    if statement["Effect"] == "Deny":
        return caller is None or not own <= listed
    return not own & listed


def strictly(pattern: str, resource: str, keys: Keys, variables: bool) -> bool | None:
    """Part for part up to the fifth colon of the ARN, if it has that many and wildcards before."""
    parts, found = pattern.split(":", 5), resource.split(":", 5)
    if len(parts) < 6 or not any(sign in part for part in parts[:5] for sign in "*?"):
        return matches(pattern, resource, keys, True, variables)
    each = [matches(*pair, keys, True, variables) for pair in zip(parts, found, strict=True)]
    return None if None in each else all(each)


def decides_both(document: dict[str, Any], resource: str, *about: Any) -> set[int] | None:
    """With a slash at the end the page without it must not be denied either."""
    expected = decides(document, resource, *about)
    is_root = resource.count("/") <= 3
    if not resource.endswith("/") or is_root or effect_of(document, expected) == "Deny":
        return expected
    bare = decides(document, resource[:-1], *about)
    return bare if effect_of(document, bare) == "Deny" else expected


def effect_of(document: dict[str, Any], found: set[int] | None) -> str | None:
    return document["Statement"][min(found)]["Effect"] if found else None


def decides(document: dict[str, Any], resource: str, action: str, keys: Keys, caller: Any) -> set[int] | None:
    """The statements one of which decides; None for silence."""
    variables = document["Version"] == "2012-10-17"
    found: dict[str, set[int]] = {"Deny": set(), "Allow": set()}
    for index, one in enumerate(document["Statement"]):
        denies = one["Effect"] == "Deny"
        actions = [bool(matches(p.lower(), action.lower(), {}, True, False)) for p in one.get("Action", [])]
        actions += [
            not any(matches(p.lower(), action.lower(), {}, True, False) for p in one.get("NotAction", []))
        ]
        about = any(actions[:-1]) if "Action" in one else actions[-1]
        compare = strictly if denies == ("NotResource" in one) else matches
        named = [
            compare(p, resource, keys, variables=variables)
            for p in one.get("Resource", one.get("NotResource"))
        ]
        if "Resource" in one:
            about = about and any(named)
        else:
            about = about and not any(named) and (denies or None not in named)
        conditions = [
            holds(name, key, wanted, keys, variables, denies)
            for name, block in one.get("Condition", {}).items()
            for key, wanted in block.items()
        ]
        if about and is_meant(one, caller) and all(conditions):
            found[one["Effect"]].add(index)
    return found["Deny"] or found["Allow"] or None


# ------------------------------------------------------------------------------------ what is drawn at random

ARN = "arn:aws:execute-api:r:1:a/"
ACTIONS = [
    "execute-api:Invoke",
    "EXECUTE-API:invoke",
    "execute-api:*",
    "*:Inv?ke",
    "*",
    "x:Invok",
    "x:*",
]
VARIABLES = [
    "${aws:username}",
    "${AWS:Team}",
    "${aws:none}",
    "${aws:none, 'b'}",
    "${aws:many}",
    "${*}",
    "${?}",
    "${$}",
]
PIECES = ["a", "b", "/", "*", "?", "GET", "A"]
TEXTS = ["a", "b", "/", "GET", "A", "*", "?", "$"]
DATES = [
    "2026",
    "2026-01-01",
    "2026-01-01T01:00:00+01:00",
    "2026-06-30T12:00:00Z",
    "1767225600",
    "1767225600.5",
]
ADDRESSES = ["10.0.0.1", "10.0.0.2", "10.1.0.1", "::ffff:10.0.0.1", "2001:db8::1", "2001:db8:1::"]
BLOCKS = ["10.0.0.1", "10.0.0.0/31", "10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "2001:db8::1/128", "::/0"]
NUMBERS = ["0", "1", "1.5", "-2", "10", "01", "1.50"]
VALUES = {
    "String": ([*PIECES, *VARIABLES], TEXTS),
    "Numeric": (NUMBERS, [*NUMBERS, "x"]),
    "Date": (DATES, [*DATES, "soon"]),
    "Bool": (["true", "false"], ["true", "false", "TRUE", "no"]),
    "Binary": (["QQ==", "QUI="], ["QQ==", "QUI=", "!"]),
    "Ip": (BLOCKS, [*ADDRESSES, "nowhere"]),
}
COMPARISONS = ["Equals", "NotEquals", "LessThan", "LessThanEquals", "GreaterThan", "GreaterThanEquals"]
OPERATORS = [
    *[
        f"String{kind}"
        for kind in ("Equals", "NotEquals", "EqualsIgnoreCase", "NotEqualsIgnoreCase", "Like", "NotLike")
    ],
    *[kind + comparison for kind in ("Numeric", "Date") for comparison in COMPARISONS],
    *["Bool", "BinaryEquals", "IpAddress", "NotIpAddress"],
    *["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"],
]
KEYS = ["a:one", "a:Two", "A:three"]
USERS = ["arn:aws:iam::111111111111:user/a", "arn:aws:iam::222222222222:user/b"]
SESSION = "arn:aws:sts::111111111111:assumed-role/r/s"
NAMES = [*USERS, SESSION, "arn:aws:iam::111111111111:role/r", "111111111111", "222222222222", "*"]
CALLERS: list[dict[str, str] | None] = [
    None,
    {"arn": USERS[0], "account": "111111111111"},
    {"arn": USERS[1], "account": "222222222222"},
    {"arn": SESSION, "account": "111111111111", "role": "arn:aws:iam::111111111111:role/r"},
]


def drawn(random_: random.Random, pieces: list[str], most: int = 4) -> str:
    return "".join(random_.choices(pieces, k=random_.randint(1, most)))


def drawn_condition(random_: random.Random) -> tuple[str, list[str]]:
    base = random_.choice(OPERATORS)
    kind = re.sub("^Not", "", base)
    few = 1 if base == "Bool" else 3
    if kind.startswith("Arn"):
        wanted = [
            "arn:*:s:" + ":".join(drawn(random_, VALUES["String"][0], 2) for _ in range(3)) for _ in range(2)
        ]
    else:
        pool = next(values for name, (values, _) in VALUES.items() if kind.startswith(name))
        most = 3 if kind.startswith("String") else 1
        wanted = [drawn(random_, pool, most) for _ in range(random_.randint(1, few))]
    prefix = random_.choice(["", "", "", "ForAllValues:", "ForAnyValue:"])
    return prefix + base + random_.choice(["", "", "IfExists"]), wanted


def drawn_value(random_: random.Random, operator: str) -> str:
    kind = re.sub("^(For...Values?:|ForAllValues:|ForAnyValue:)?(Not)?", "", operator)
    if kind.startswith("Arn"):
        return random_.choice(["x", "arn:p:s:" + ":".join(drawn(random_, TEXTS, 2) for _ in range(3))])
    pool = next((given for name, (_, given) in VALUES.items() if kind.startswith(name)), TEXTS)
    return drawn(random_, pool, 3 if kind.startswith("String") else 1)


def drawn_statement(random_: random.Random, variables: bool) -> dict[str, Any]:
    pieces = [*PIECES, *VARIABLES] if variables else PIECES
    resources = [
        random_.choice([ARN, ARN, "*:*:*:*:*:"]) + drawn(random_, pieces)
        for _ in range(random_.randint(1, 3))
    ]
    statement: dict[str, Any] = {
        "Effect": random_.choice(["Allow", "Allow", "Deny"]),
        random_.choice(["Principal", "Principal", "NotPrincipal"]): random_.choice(
            ["*", "*", {"AWS": random_.sample(NAMES, random_.randint(1, 3))}]
        ),
        random_.choice(["Action", "Action", "Action", "NotAction"]): random_.choices(ACTIONS, k=2),
        random_.choice(["Resource", "Resource", "NotResource"]): random_.choice(
            [["*"], resources, resources]
        ),
    }
    if random_.random() < 0.8:
        block = statement["Condition"] = {}
        for _ in range(random_.randint(1, 2)):
            name, wanted = drawn_condition(random_)
            block[name] = {random_.choice(KEYS): wanted}
        if random_.random() < 0.2:
            block["Null"] = {random_.choice(KEYS): [random_.choice(["true", "false"])]}
    return statement


def drawn_keys(random_: random.Random, document: dict[str, Any]) -> Keys:
    """Values of the kinds that the policy compares, so that its conditions hold now and then."""
    keys: Keys = {"aws:many": ["a", "b"], "aws:team": [random_.choice(["a", "b", "*", ""])]}
    if random_.random() < 0.7:
        keys["aws:username"] = [random_.choice(["a", "b", "?", "A"])]
    for one in document["Statement"]:
        for name, block in one.get("Condition", {}).items():
            for key in block:
                if random_.random() < 0.75:
                    values = [drawn_value(random_, name) for _ in range(random_.choice([1, 1, 1, 2]))]
                    keys[key.lower()] = random_.choice([values, values, values, [""], []])
    return keys


@pytest.mark.parametrize("block", range(10), ids="500 policies, block {}".format)
def test_a_policy_with_everything_in_it_decides_as_the_oracle_does(block: int) -> None:
    outcomes = {"Allow": 0, "Deny": 0, None: 0}
    for seed in range(block * 500, block * 500 + 500):
        random_ = random.Random(f"everything {seed}")
        version = random_.choice(["2012-10-17", "2012-10-17", "2008-10-17"])
        statements = [drawn_statement(random_, version == "2012-10-17") for _ in range(random_.randint(1, 4))]
        document = {"Version": version, "Statement": statements}
        compiled = Policy(document, resource_policy=True)
        for _ in range(2):
            resource = ARN + drawn(random_, TEXTS)
            action = random_.choice(["execute-api:Invoke", "execute-api:Invoke", "x:y"])
            keys, caller = drawn_keys(random_, document), random_.choice(CALLERS)
            principal = None if caller is None else Principal(caller["arn"])
            expected = decides_both(document, resource, action, keys, caller)
            decision = compiled.decide(resource, action, keys, principal)
            place = (seed, document, resource, action, keys, caller)
            assert decision.statement in (expected or {None}), place
            outcomes[decision.effect] += 1
            if decision.statement is not None:
                assert statements[decision.statement]["Effect"] == decision.effect, place
            told = [
                line.endswith(": applies") for line in compiled.explain(resource, action, keys, principal)
            ]
            assert expected is None or all(told[index] for index in expected), place
    assert min(outcomes.values()) > 50, outcomes
