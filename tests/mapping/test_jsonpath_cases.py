"""The recorded answers of Jayway JsonPath 2.10.0 (default options), all of them.

One test a group keeps the run short; a failure lists the cases by id.
"""

import json
import math
from collections import defaultdict
from pathlib import Path

import pytest

from wsgi_gateway.mapping.jsonpath import InvalidPath, PathNotFound, compile_path, is_definite

CASES = Path(__file__).with_name("data") / "jsonpath_cases.jsonl"

#: Recorded answers we deliberately differ from, by case id, each with its reason.  There are none.
DIFFERENCES: dict[str, str] = {}


def cases_by_group():
    groups = defaultdict(list)
    with CASES.open(encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            groups[case["group"]].append(case)
    return groups


GROUPS = cases_by_group()


def answer(path, document):
    try:
        return {"value": compile_path(path)(document)}
    except PathNotFound:
        return {"missing": True}
    except InvalidPath:
        return {"invalid": True}


def same(one, other):
    """Equal with types told apart, in the order of members as well; doubles up to their last bits."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return math.isclose(one, other, rel_tol=1e-12) and math.copysign(1, one) == math.copysign(1, other)
    return one == other


def test_every_case_is_there():
    assert sum(map(len, GROUPS.values())) == 1879


@pytest.mark.parametrize("group", sorted(GROUPS))
def test_answers_of_group(group):
    wrong = []
    for case in GROUPS[group]:
        got = answer(case["path"], case["document"])
        if not same(got, case["expect"]) and case["id"] not in DIFFERENCES:
            wrong.append((case["id"], case["path"], case["expect"], got))
    assert not wrong


def test_reading_changes_no_document():
    for cases in GROUPS.values():
        for case in cases:
            before = json.dumps(case["document"])
            answer(case["path"], case["document"])
            assert json.dumps(case["document"]) == before, case["id"]


def test_an_indefinite_path_answers_a_plain_list_and_nothing_else():
    for cases in GROUPS.values():
        for case in cases:
            got = answer(case["path"], case["document"])
            if "value" in got and not is_definite(case["path"]):
                assert type(got["value"]) is list, case["id"]
