"""Wrong usage of any verb: exit status 2, one line, which begins with the option or argument."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from wsgi_gateway.cli import main

STORE = {"WSGI_GATEWAY_STORE": "lmdb:/no/such/place"}


@pytest.mark.parametrize(
    ("words", "line"),
    [
        pytest.param(
            ["usage", "watch", "gold", "--top", "2x"],
            "--top: '2x' is not a valid integer range.",
            id="a number that is none",
        ),
        pytest.param(
            ["serve", "a.yaml", "--port", "70000"],
            "--port: 70000 is not in the range 0<=x<=65535.",
            id="a number that is too large",
        ),
        pytest.param(
            ["usage", "extend", "gold", "ada", "-1"], "-1: there is no such option", id="a negative number"
        ),
        pytest.param(
            ["usage", "extend", "gold", "ada", "many"],
            "REMAINING: 'many' is not a valid integer range.",
            id="an argument",
        ),
        pytest.param(["keys", "create"], "NAME: missing", id="an argument that is missing"),
        pytest.param(
            ["keys", "list", "--format", "xml"],
            "--format: 'xml' is not one of 'text', 'json'.",
            id="a choice that is none",
        ),
        pytest.param(
            ["keys", "list", "--formt", "json"],
            "--formt: there is no such option; did you mean --format?",
            id="a misspelled option",
        ),
        pytest.param(
            ["usage", "get", "gold", "--start"],
            "--start: Option '--start' requires an argument.",
            id="an option without its value",
        ),
        pytest.param(
            ["plans", "put", "/no/such.yaml"],
            "FILE: File '/no/such.yaml' does not exist.",
            id="a file that is not there",
        ),
        pytest.param(
            ["serve", "a.yaml", "--credentials", "/no/such"],
            "--credentials: File '/no/such' does not exist.",
            id="credentials that are not there",
        ),
        pytest.param(
            ["serve", "a.yaml", "--api-id", "a/b"],
            "--api-id: the API id 'a/b' is none: letters, digits, - and _, such as a1b2c3d4e5",
            id="an API id that is none",
        ),
        pytest.param(
            ["serve", "a.yaml", "--stage", "a b"],
            "--stage: the stage name 'a b' is none: letters, digits, - and _",
            id="a stage that is none",
        ),
        pytest.param(
            ["serve", "a.yaml", "--account-id", "12"],
            "--account-id: the account id '12' is none: twelve digits, without dashes",
            id="an account that is none",
        ),
        pytest.param(
            ["serve", "a.yaml", "--region", "EU"],
            "--region: the Region 'EU' is none: such as us-east-1",
            id="a Region that is none",
        ),
        pytest.param(
            ["serve", "a.yaml", "--lambda", "two\nlines"],
            "--lambda: 'two\\nlines' is not name=value",
            id="a line end in a value",
        ),
        pytest.param(
            ["keys", "list", "--two\nlines"],
            "--two lines: there is no such option",
            id="a line end in an option",
        ),
    ],
)
def test_it_is_told_by_the_name_of_what_is_wrong(words, line):
    result = CliRunner().invoke(main, words, env=STORE)
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"Error: {line}\n")


@pytest.mark.parametrize("words", [["kyes"], ["keys", "lst"], ["keys", "list", "more"]])
def test_what_no_option_is_to_blame_for_leads_to_the_help(words):
    result = CliRunner().invoke(main, words, env=STORE)
    assert result.exit_code == 2
    assert result.output.count("\n") == 1
    assert " -h tells what there is)" in result.output
    assert repr(words[-1])[1:-1] in result.output


def test_no_words_at_all_are_a_call_for_help():
    result = CliRunner().invoke(main, ["keys"])
    assert result.exit_code in (0, 2)  # as click has it, by its version
    assert result.output.startswith("Usage: ")
