"""The 1,579 templates whose output Apache Velocity 1.7 itself printed, in both profiles.

The JSONPath library behind `$input` is a parameter of the engine's. Here it is a small one which knows what
the cases' own library knew: names, `['name']`, `[n]`, `[*]` and `..name`; neither negative indices nor
functions nor double quotes.
"""

import copy
import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from wsgi_gateway.mapping.velocity import (
    Input,
    TemplateError,
    TemplateRuntimeError,
    TemplateSyntaxError,
    Util,
    compile_template,
)
from wsgi_gateway.mapping.velocity.template import Template, _Code

CASES = [
    json.loads(line)
    for line in Path(__file__)
    .with_name("data")
    .joinpath("velocity_cases.jsonl")
    .read_text("utf-8")
    .splitlines()
]
STEP = re.compile(
    r"\.\.(?P<deep>\w+)|\.(?P<name>[\w-]+)(?!\()|\['(?P<key>[^']*)'\]|\[(?P<at>\d+)\]|\[(?P<all>\*)\]"
)


def find_path(path: str) -> Any:
    if '["' in path:
        raise ValueError(path)

    def find(document: Any) -> Any:
        rest = path if path.startswith("$") else "$." + path
        rest, found, many = rest[1:], [document], False
        while rest:
            step = STEP.match(rest)
            if step is None:
                raise LookupError(path)
            found = [value for item in found for value in follow(item, step)]
            many = many or bool(step["deep"] or step["all"])
            rest = rest[step.end() :]
        if not many and not found:
            raise LookupError(path)
        return found if many else found[0]

    return find


def follow(item: Any, step: re.Match[str]) -> list[Any]:
    if step["deep"]:
        children = list(item.values()) if isinstance(item, dict) else item if isinstance(item, list) else []
        own = [item[step["deep"]]] if isinstance(item, dict) and step["deep"] in item else []
        return own + [value for child in children for value in follow(child, step)]
    if step["all"]:
        return list(item)
    if step["at"]:
        return [item[int(step["at"])]] if isinstance(item, list) and int(step["at"]) < len(item) else []
    name = step["name"] or step["key"]
    return [item[name]] if isinstance(item, dict) and name in item else []


def references(case: dict[str, Any]) -> dict[str, Any]:
    found = copy.deepcopy(case["context"])
    if "input" in case:
        body = case["input"].get("body", "")
        text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        parameters = {"path": {}, "querystring": {}, "header": {}, **case["input"]["params"]}
        found |= {"input": Input(lambda: text, lambda: parameters, find_path), "util": Util()}
    return found


def outcome(case: dict[str, Any], profile: str) -> tuple[str, str]:
    try:
        template = compile_template(case["template"], profile=profile)
    except TemplateSyntaxError:
        return "error", "parse"
    try:
        return "text", template.render(references(case))
    except TemplateRuntimeError:
        return "error", "runtime"


def expected(case: dict[str, Any], profile: str) -> tuple[str, str]:
    if profile == "aws" and "error_aws" in case:
        return "error", case["error_kind_aws"]
    if profile == "aws" and "expect_aws" in case:
        return "text", case["expect_aws"]
    return ("error", case["error_kind"]) if case.get("error") else ("text", case["expect"])


GROUPS: dict[str, list[dict[str, Any]]] = defaultdict(list)
for one in CASES:
    GROUPS[one["group"]].append(one)


def test_all_cases_are_here() -> None:
    assert len(CASES) == 1579
    assert len({case["id"] for case in CASES}) == 1579


@pytest.mark.parametrize("profile", ["aws", "stock"])
@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_group_prints_what_velocity_prints(group: str, profile: str) -> None:
    wrong = [
        f"{case['id']}: {case['template']!r} gave {found!r}, not {wanted!r}"
        for case in GROUPS[group]
        if (found := outcome(case, profile)) != (wanted := expected(case, profile))
    ]
    assert not wrong, "\n".join(wrong)


def shared(source: str, profile: str) -> Template:
    """Compiled as if other functions might look at every variable."""
    return Template(source, profile, "<template>", _Code(source, profile, frozenset(), shared=True))


@pytest.mark.parametrize("profile", ["aws", "stock"])
@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_variables_of_ones_own_or_shared_make_no_difference(group: str, profile: str) -> None:
    def ways(case: dict[str, Any]) -> set[str]:
        found = set()
        for make in (
            lambda: compile_template(case["template"], profile=profile),
            lambda: shared(case["template"], profile),
        ):
            try:
                found.add(make().render(references(case)))
            except TemplateError as error:
                found.add(f"{type(error).__name__}: {error.message} {error.line}:{error.column}")
            except Exception as error:
                found.add(str(error))
        return found

    compiled = [case for case in GROUPS[group] if case.get("error_kind") != "parse"]
    wrong = [
        f"{case['id']}: {case['template']!r} gave {found}"
        for case in compiled
        if len(found := ways(case)) > 1
    ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("profile", ["aws", "stock"])
@pytest.mark.parametrize("group", GROUPS, ids=str)
def test_an_observed_template_prints_the_same_and_its_steps_make_up_the_output(
    group: str, profile: str
) -> None:
    for case in GROUPS[group]:
        wanted = expected(case, profile)
        if wanted == ("error", "parse"):
            continue
        template = compile_template(case["template"], profile=profile, observed=True)
        seen = template.observe(references(case))
        assert seen.complete
        if wanted[0] == "error":
            assert seen.error is not None, case["id"]
            continue
        assert (seen.error, seen.text) == (None, wanted[1]), case["id"]
        spans = [step.output for step in seen.steps if step.output is not None]
        assert [start for start, _ in spans] == [0, *(end for _, end in spans)][: len(spans)], case["id"]
        covered = "#evaluate" in case["template"] or "#stop" in case["template"]
        assert covered or (spans[-1][1] if spans else 0) == len(seen.text), case["id"]
