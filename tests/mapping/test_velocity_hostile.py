"""Templates made to hurt: whatever they and their data do ends in text or in an error of ours.

All of `hostile_templates` run in one child process, which may take 256 MB in all, interpreter included, and
reports whatever a template makes Python do that can be audited: opening, importing, connecting, starting.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mapping.hostile_templates import hostile

from wsgi_gateway.mapping.jsonpath import compile_path
from wsgi_gateway.mapping.velocity import Input, SilentMap, TemplateError, Util, compile_template

CHILD = Path(__file__).with_name("hostile_run.py")
OURS = re.compile(r"(text|error) .*", re.DOTALL)
# "KeyError: ..." is what an exception that nobody expected is made of.
UNEXPECTED = re.compile(r"error (?!Index: )[A-Z]\w*: ?")


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-X", "utf8", str(CHILD)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_there_are_enough_of_them_and_all_were_run(report: dict[str, Any]) -> None:
    names = [case.name for case in hostile()]
    assert len(names) == len(set(names)) >= 308
    assert list(report["outcomes"]) == names


def test_each_ends_in_text_or_in_an_error_of_ours(report: dict[str, Any]) -> None:
    wrong = {name: outcome for name, outcome in report["outcomes"].items() if not OURS.fullmatch(outcome)}
    assert wrong == {}


def test_no_error_is_one_that_nobody_expected(report: dict[str, Any]) -> None:
    wrong = {name: outcome for name, outcome in report["outcomes"].items() if UNEXPECTED.match(outcome)}
    assert wrong == {}


def test_nothing_is_opened_imported_started_or_connected(report: dict[str, Any]) -> None:
    assert report["events"] == []


def test_the_hook_would_have_seen_it(report: dict[str, Any]) -> None:
    assert [event.partition(" (")[0] for event in report["control"]] == ["control: open"]


def test_what_the_renderings_shared_is_as_it_was(report: dict[str, Any]) -> None:
    assert report["shared"] == {"path": {"id": "1"}, "querystring": {}, "header": {"Host": "h"}}
    assert report["clean"] == "[][][#leak()]"


@pytest.mark.parametrize("kind", ["dunder", "format", "java"])
def test_nothing_of_python_shows(report: dict[str, Any], kind: str) -> None:
    shown = [outcome for name, outcome in report["outcomes"].items() if name.startswith(f"{kind}-")]
    assert len(shown) > 20
    assert [
        outcome for outcome in shown if re.search(r"<class|<built-in|function|0x[0-9a-f]{6}", outcome)
    ] == []


PAYLOADS = [
    piece + more
    for piece in ("$context", "#set($x = 1)", "${util}", "$input.body", "#evaluate('a')", "#stop", "##", "#*")
    for more in ("", "x", " y", "\n", "#end", "$", "\\", "'\"")
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_what_a_body_says_is_no_template(payload: str) -> None:
    names = {
        "input": Input(lambda: json.dumps({"a": payload}), dict, compile_path),
        "context": SilentMap(stage="secret"),
        "util": Util(),
    }
    assert compile_template("[$input.path('$.a')]").render(names) == f"[{payload}]"
    shown = compile_template("#set($a = $input.path('$.a'))#foreach($x in [$a])[\"$x\" $a]#end").render(names)
    assert shown == f'["{payload}" {payload}]'
    assert json.loads(compile_template("$input.json('$.a')").render(names)) == payload


def test_an_evaluated_body_gets_no_further_than_its_template() -> None:
    names = {"input": Input(lambda: "$input.class #include('/etc/passwd')", dict, compile_path)}
    with pytest.raises(TemplateError, match="there are no files"):
        compile_template("#evaluate($input.body)").render(names)
