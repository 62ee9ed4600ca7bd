"""Hostile policies and requests: refused or decided, by work that grows as the sizes do and no faster."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import pytest

from wsgi_gateway.authorizers.policy import INVOKE, Decision, OwnNames, Policy, PolicyError, Principal
from wsgi_gateway.authorizers.wildcard import needle

OWN = OwnNames("us-east-1", "123456789012", "api")
ARN = "arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/"


class Counting(str):
    """A text that counts how many of its characters are looked at; what is cut from it goes on counting."""

    __slots__ = ("looks",)

    def __new__(cls, text: str, looks: list[int] | None = None) -> Counting:
        made = super().__new__(cls, text)
        made.looks = [0] if looks is None else looks
        return made

    def _looked(self, characters: int) -> None:
        self.looks[0] += characters

    def __getitem__(self, place: Any) -> str:
        self._looked(1)
        return super().__getitem__(place)

    def __contains__(self, piece: object) -> bool:
        self._looked(len(self))
        return super().__contains__(piece)  # type: ignore[operator]

    def find(self, piece: str, start: int = 0, end: int | None = None) -> int:  # type: ignore[override]
        end = len(self) if end is None else end
        found = super().find(piece, start, end)
        self._looked((end if found < 0 else found + len(piece)) - start)
        return found

    def startswith(self, piece: str, start: int = 0) -> bool:  # type: ignore[override]
        self._looked(len(piece))
        return super().startswith(piece, start)

    def endswith(self, piece: str) -> bool:  # type: ignore[override]
        self._looked(len(piece))
        return super().endswith(piece)

    def count(self, piece: str) -> int:  # type: ignore[override]
        self._looked(len(self))
        return super().count(piece)

    def split(self, by: str, most: int) -> list[str]:  # type: ignore[override]
        self._looked(len(self))
        return [Counting(part, self.looks) for part in super().split(by, most)]


def statement(effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": INVOKE, "Resource": "*", **more}


def policy(*statements: Any) -> Policy:
    return Policy({"Version": "2012-10-17", "Statement": list(statements)})


HOSTILE = {
    "star and letter": "*a" * 255 + "b",
    "star and letter, open end": "*a" * 254 + "b*",
    "letters and one other": "*" + "a" * 400 + "b*",
    "star and question mark": "*?" * 255 + "b",
    "star, question mark and letter": "*?a" * 169 + "b*",
    "question marks": "*" + "?" * 500 + "b*",
    "letters and question marks": "*" + "a?" * 250 + "b*",
    "stars": "*" * 500 + "b",
}
each_hostile = pytest.mark.parametrize("pattern", HOSTILE.values(), ids=HOSTILE.keys())


@each_hostile
def test_the_work_for_a_resource_is_at_most_the_sizes_added_up(pattern: str) -> None:
    for length in (1_600, 16_000):
        text = Counting("a" * length)
        assert policy(statement(Resource=pattern)).decide(text).effect is None
        assert text.looks[0] <= 2 * length + len(pattern) + 2


@each_hostile
def test_the_work_for_a_value_is_at_most_the_sizes_added_up_for_each_pattern(pattern: str) -> None:
    for patterns in ([pattern], [pattern] * 15):
        value = Counting("a" * 8_000)
        compiled = policy(statement(Condition={"StringLike": {"aws:UserAgent": patterns}}))
        assert compiled.decide("x", keys={"aws:useragent": [value]}).effect is None
        assert value.looks[0] <= len(patterns) * (2 * len(value) + len(pattern) + 2)


@each_hostile
def test_the_work_for_an_arn_is_at_most_the_sizes_added_up(pattern: str) -> None:
    value = Counting("arn:" + ":".join(["a" * 2_000] * 5))
    arn = "arn:" + ":".join([pattern.replace("b", "a")] * 4 + [pattern])
    compiled = policy(statement(Condition={"ArnLike": {"aws:SourceArn": arn}}))
    assert compiled.decide("x", keys={"aws:sourcearn": [value]}).effect is None
    assert value.looks[0] <= 5 * len(value) + len(arn)


@each_hostile
def test_what_a_request_fills_in_is_not_worse_than_what_a_policy_says(pattern: str) -> None:
    text = Counting(ARN + "a" * 8_000)
    compiled = policy(statement(Resource=f"{ARN}{pattern[:300]}${{aws:username}}b"))
    for name in (pattern * 16, "a" * 4_000, "*?" * 2_000):
        text.looks[0] = 0
        assert compiled.decide(text, keys={"aws:username": [name]}).effect is None
        assert text.looks[0] <= 3 * len(text) + len(pattern) + len(name)


def test_the_work_grows_as_the_policy_does() -> None:
    looks = {}
    for size in (10, 20, 40, 80):
        text = Counting(ARN + "thing/7")
        statements = [
            statement(Resource=f"arn:aws:execute-api:*:*:*/*/GET/t{number}/*") for number in range(size)
        ]
        assert policy(*statements).decide(text).effect is None
        looks[size] = text.looks[0]
    steps = [looks[20] - looks[10], looks[40] - looks[20], looks[80] - looks[40]]
    assert steps == [steps[0], 2 * steps[0], 4 * steps[0]]


def test_a_key_is_asked_for_once_however_many_statements_ask() -> None:
    asked: list[str] = []
    compiled = policy(
        *[statement("Deny", Condition={"IpAddress": {"aws:SourceIp": f"10.{n}.0.0/16"}}) for n in range(100)]
    )
    compiled.decide("x", keys=lambda name: asked.append(name) or ["192.0.2.1"])  # type: ignore[func-returns-value]
    assert asked == ["aws:sourceip"]


def test_a_resource_policy_of_the_greatest_size_is_decided() -> None:
    patterns = ["*a" * 5 + f"{number}*" for number in range(440)]
    everyone = statement("Deny", Principal="*", Condition={"StringLike": {"aws:UserAgent": patterns}})
    compiled = Policy({"Statement": everyone}, resource_policy=True, own=OWN)
    agent = Counting("a" * 8_000)
    assert compiled.decide(ARN, keys={"aws:useragent": [agent]}).effect is None
    assert agent.looks[0] <= 440 * (2 * len(agent) + 20)
    assert compiled.decide(ARN, keys={"aws:useragent": ["a" * 8_000 + "439"]}).effect == "Deny"


def test_five_thousand_statements_and_as_many_resources_are_decided() -> None:
    compiled = policy(
        *[statement(Resource=f"{ARN}{number}/*") for number in range(5_000)],
        statement("Deny", Resource=[f"{ARN}{number}/x" for number in range(5_000)]),
    )
    assert compiled.decide(ARN + "4999/y").statement == 4999
    assert compiled.decide(ARN + "4999/x").effect == "Deny"
    assert compiled.decide(ARN + "5000/x").effect is None


@pytest.mark.parametrize(
    "junk",
    [
        pytest.param("x" * 1_000_000, id="a megabyte of text"),
        pytest.param(["x"] * 100_000, id="a hundred thousand texts"),
        pytest.param({f"k{n}": n for n in range(10_000)}, id="ten thousand members"),
    ],
)
def test_what_is_huge_is_refused_by_a_short_text(junk: Any) -> None:
    for element in ("Effect", "Principal", "Condition", "Sid", "Extra"):
        with pytest.raises(PolicyError) as refusal:
            Policy({"Statement": statement(**{"Principal": "*", element: junk})}, resource_policy=True)
        assert len(str(refusal.value)) < 200


def test_what_is_nested_deeply_is_refused() -> None:
    deep: Any = "x"
    for _ in range(100_000):
        deep = [deep]
    for document in (deep, {"Statement": deep}, {"Statement": statement(Resource=deep)}):
        with pytest.raises(PolicyError):
            Policy(document)
        with pytest.raises(PolicyError):
            Policy(document, resource_policy=True)
    with pytest.raises(PolicyError):
        policy(statement(Condition={"StringEquals": {"a:b": deep}}))


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every container of a document with every key of it."""
    members = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(members):
        yield node, key
        yield from places(value)


JUNK: list[Any] = [
    *[
        None,
        True,
        0,
        -1.5,
        float("nan"),
        10**5000,
        "",
        "*",
        "x",
        "${",
        "${aws:x}",
        "\x00",
        "\ud800",
        "é" * 600,
    ],
    *[[], {}, [[]], [None], {"AWS": "*"}, {"": ""}, {"x": []}, b"bytes", object(), (), ("*",), set()],
]
NAMES = [
    "Version",
    "Sid",
    "Effect",
    "Condition",
    "NotResource",
    "Principal",
    "a:b",
    "Null",
    "ForAllValues:",
    5,
    None,
]


def test_a_document_with_anything_in_any_place_is_a_policy_or_a_policy_error_and_nothing_else() -> None:
    alice = Principal("arn:aws:iam::123456789012:user/alice")
    sound = {
        "Version": "2012-10-17",
        "Id": "x",
        "Statement": [
            statement(Sid="one", Principal="*", Resource=["execute-api:/dev/${aws:username}/*", "*"]),
            statement(
                "Deny",
                NotPrincipal={"AWS": ["123456789012"], "Service": "x"},
                Condition={
                    "StringLike": {"a:b": ["x*", "${aws:username, 'y'}"]},
                    "ForAnyValue:IpAddress": {"a:c": "10.0.0.0/8"},
                    "DateLessThanIfExists": {"a:d": ["2026-01-01"]},
                    "ArnLike": {"a:e": "arn:*:*:*:*:x"},
                    "Null": {"a:f": "true"},
                },
            ),
        ],
    }
    random_ = random.Random("junk")
    made, refusals = 0, []
    for _ in range(4_000):
        document = copy.deepcopy(sound)
        for _ in range(random_.randint(1, 2)):
            container, key = random_.choice(list(places(document)))
            if isinstance(container, dict) and random_.random() < 0.3:
                container[random_.choice(NAMES)] = container.pop(key, None)
            else:
                container[key] = copy.deepcopy(random_.choice(JUNK))
        try:
            compiled = Policy(document, resource_policy=True, own=OWN)
        except PolicyError as error:
            refusals.append(str(error))
        else:
            made += 1
            keys = {
                "a:b": ["\ud800", ""],
                "a:c": ["é"],
                "a:d": ["0"],
                "a:e": ["::::::"],
                "aws:username": ["*"],
            }
            for asked in ({}, keys):
                assert isinstance(compiled.decide(ARN + "é\x00", keys=asked, principal=alice), Decision)
    assert made > 200
    assert len(refusals) > 2_000
    assert max(map(len, refusals)) < 250


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", ""),
        ("abc", "abc"),
        ("arn:aws:execute-api:*:*:*/*/GET/pets/*", "/GET/pets/"),
        ("arn:aws:execute-api:us-east-1:1:api/*/x", "arn:aws:execute-api:us-east-1:1:api/"),
        ("a?bcdef*", "bcdef"),
        ("", ""),
    ],
)
def test_what_is_looked_for_first_is_what_tells_patterns_apart(pattern: str, expected: str) -> None:
    assert needle(pattern) == expected
