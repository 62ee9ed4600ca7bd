"""``wsgi-gateway render``: the output exactly, the explanation, the source map; never a traceback."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from wsgi_gateway.cli import main, render, render_json

ORDER = """\
#set($order = $input.path('$'))
{"id": $order.id, "for": "$input.params('X-User')"#if($order.gift == 1), "gift": 1#else, "a": "$order.a"#end

#foreach($line in $order.lines)
, "$line"
#end
}
"""
BODY = {"id": 7, "lines": [f"line {number}" for number in range(1200)]}


GUIDE = (Path(__file__).parents[2] / "docs" / "mapping-templates.md").read_text(encoding="utf-8")


class Folder:
    """A directory with templates and data, and the command run on them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def file(self, name: str, content: str | bytes) -> str:
        file = self.path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(file)

    def run(self, template: str | bytes, *options: str, stdin: str | None = None, **more: Any) -> Result:
        file = self.file("order.vm", template)
        result = CliRunner().invoke(main, ["render", file, *options], input=stdin, **more)
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result

    def order(self, *options: str, **more: Any) -> Result:
        return self.run(ORDER, "--body", self.file("order.json", json.dumps(BODY)), *options, **more)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_the_output_is_printed_and_nothing_else(folder: Folder) -> None:
    result = folder.run("é\r\n$input.body\n\n")
    assert (result.stdout_bytes, result.exit_code) == ("é\r\n{}".encode(), 0)


def test_on_a_terminal_a_line_end_follows_the_output(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "stdout", sys.__stdout__)
    monkeypatch.setattr(sys.__stdout__, "isatty", lambda: True, raising=False)
    render._write("a")
    render._write("b\n")
    assert capfdbinary.readouterr().out == b"a\nb\n"


def test_the_body_comes_from_a_file_or_from_stdin(folder: Folder) -> None:
    body = folder.file("body.json", b'{"a": "\xff"}')
    assert folder.run("$input.json('$.a')", "--body", body).output == '"\ufffd"'
    assert folder.run("$input.json('$.a')", "--body", "-", stdin='{"a": 1}').output == "1"


@pytest.mark.parametrize("name", ["context.json", "context.yaml"])
def test_a_context_in_json_or_yaml_is_merged_into_the_test_invocations(folder: Folder, name: str) -> None:
    file = folder.file(name, '{"stage": "prod", "authorizer": {"principalId": "ada"}}')
    source = "$context.stage $context.authorizer.principalId $context.httpMethod"
    assert folder.run(source, "--context", file).output == "prod ada POST"


def test_parameters_come_from_a_file_and_from_options_which_win(folder: Folder) -> None:
    file = folder.file("params.yaml", "path: {a: 1}\nquerystring: {b: x, c: x}\nheader: {x-user: ada}\n")
    result = folder.run(
        "$input.params()|$stageVariables.t",
        *("--params", file, "--query", "c=y=z", "--path", "d=", "--header", "H=1"),
        *("--stage-variable", "t=orders"),
    )
    assert result.output == "{path={a=1, d=}, querystring={b=x, c=y=z}, header={X-User=ada, H=1}}|orders"


def test_profile_stock_is_velocity_as_shipped(folder: Folder) -> None:
    assert folder.run("$nothing\n", "--profile", "stock").output == "$nothing\n"


# --- explain and source map


def test_explain_tells_every_value_and_branch_and_the_output_at_the_end(folder: Folder) -> None:
    result = folder.order("--explain", "--header", "x-user=ada")
    lines = result.output.splitlines()
    assert result.exit_code == 0
    assert lines[1] == "   1 | #set($order = $input.path('$'))"
    assert lines[2].startswith("     >     $input.path('$') = {id=7, lines=[")
    assert lines[3].startswith("     >     $order = {id=7, lines=[")
    told = [line.partition(" >     ")[2] for line in lines if " >     " in line]
    items, told[8] = told[8], ""
    assert items.startswith('$order.lines = ["line 0","line 1"')
    assert told[2:] == [
        "$order.id = 7",
        "$input.params('X-User') = ada",
        "$order.gift has no value",
        "#if($order.gift == 1): false",
        "#else: taken",
        "$order.a has no value",
        "",
        "#foreach: 1,000 of 1,200 turns: API Gateway ends a loop there",
        "turn 1: $line = line 0",
        "turn 2: $line = line 1",
        "turn 3: $line = line 2",
        "... 997 more turns",
        "turn 1: $line = line 0",
        "turn 2: $line = line 1",
        "turn 3: $line = line 2",
        "... 997 more turns",
    ]
    assert '{"id": 7, "for": "ada", "a": ""' in lines
    assert "\x1b" not in result.output


def test_explain_shows_what_was_written_to_the_overrides(folder: Folder) -> None:
    result = folder.run("#set($context.responseOverride.status = 404)", "--explain")
    assert result.output.splitlines()[-2:] == ["written to $context.responseOverride:", "    status = 404"]


def test_explain_has_colours_on_a_terminal_only(folder: Folder) -> None:
    assert "\x1b[33m" in folder.run("$nothing", "--explain", color=True).output
    assert "\x1b" not in folder.run("$nothing", "--explain").output


def test_the_source_map_is_json_in_bytes_and_lines(folder: Folder) -> None:
    result = folder.run("é$input.json('$.a')\n b", "--source-map", "--body", "-", stdin='{"a": "x"}')
    found = json.loads(result.output)
    assert (found["output"], found["error"], found["template"]) == (
        'é"x"\n b',
        None,
        str(folder.path / "order.vm"),
    )
    assert found["spans"] == [
        {"start_byte": 0, "end_byte": 2, "line": 1, "column": 1},
        {"start_byte": 2, "end_byte": 5, "line": 1, "column": 2},
        {"start_byte": 5, "end_byte": 6, "line": 1, "column": 20},
        {"start_byte": 6, "end_byte": 8, "line": 2, "column": 1},
    ]


def test_explain_and_source_map_are_two_commands(folder: Folder) -> None:
    result = folder.run("x", "--explain", "--source-map")
    assert (result.exit_code, "exclude each other" in result.output) == (2, True)


def test_a_document_for_programs_has_the_overrides_and_the_warnings(folder: Folder) -> None:
    source = (
        "#set($context.requestOverride.header.x = $input.path('$'))"
        "#set($context.responseOverride.status = 404)$input.path('$')"
    )
    result = folder.run(source, "--format", "json", "--body", "-", "--header", "TE=1", stdin="a=1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert json.loads(result.stdout) == {
        "template": str(folder.path / "order.vm"),
        "output": "a=1",
        "request_override": {"header": {"x": "a=1"}},
        "response_override": {"status": 404},
        "warnings": [
            "the header TE is not there: API Gateway drops it on arrival",
            "the body is not JSON (line 1, column 1: Expecting value): "
            "$input.path('$') is its text, and other paths find nothing",
        ],
        "error": None,
    }


def test_a_document_holds_what_json_cannot(folder: Folder) -> None:
    source = """#set($e = {})#set($x = $e.put('e', $e))#set($w = [1])
#foreach($i in [1..40])#set($w = [$w, $w])#end
#set($context.requestOverride.header = $e)#set($context.requestOverride.path = $w)"""
    found = json.loads(folder.run(source, "--format", "json").stdout)["request_override"]
    assert found.pop("path").startswith("[[[[[[[...], [...]], [[...], [...]]], ")
    assert found == {"header": "{'e': {'e': {'e': {'e': {'e': {'e': {...}}}}}}}"}
    deep: list[Any] = []
    for _ in range(50_000):
        deep = [deep]
    assert render_json._group(deep) == '"[[[[[[[...]]]]]]]"'
    assert render_json._group({"n": float("nan")}) == "\"{'n': nan}\""


def test_a_source_map_has_one_line_a_span(folder: Folder) -> None:
    lines = folder.run("a\n$input.body", "--source-map").stdout.splitlines()
    assert lines[6:10] == [
        '  "spans": [',
        '    {"start_byte": 0, "end_byte": 2, "line": 1, "column": 1},',
        '    {"start_byte": 2, "end_byte": 4, "line": 2, "column": 1}',
        "  ],",
    ]
    assert '"spans": [],' in folder.run("$nothing", "--source-map").stdout


def test_beside_the_output_the_overrides_and_warnings_are_told(folder: Folder) -> None:
    source = (
        "$input.json('$')#set($context.responseOverride.header.x = \"a\nb\")#foreach($i in [1..1001])#end"
    )
    result = folder.run(source, "--header", "Expect=1", "--body", "-", stdin="{'a': 1}")
    assert (result.exit_code, result.stdout) == (0, "\"{'a': 1}\"")
    assert result.stderr.splitlines() == [
        "note: $context.responseOverride: header.x = a\\nb",
        "warning: the header Expect is not there: API Gateway drops it on arrival",
        "warning: the body is not JSON (line 1, column 2: "
        "Expecting property name enclosed in double quotes): "
        "$input.path('$') is its text, and other paths find nothing",
        f"warning: {folder.path / 'order.vm'}:2:4: "
        "#foreach made 1,000 of 1,001 turns: API Gateway ends a loop there",
    ]


def test_a_template_is_read_from_stdin(folder: Folder) -> None:
    result = CliRunner().invoke(main, ["render", "-"], input="$input.body")
    assert (result.output, result.exit_code) == ("{}", 0)
    result = CliRunner().invoke(main, ["render", "-", "--explain"], input="a")
    assert result.output.startswith("<stdin> (profile aws)\n")
    result = CliRunner().invoke(main, ["render", "-", "--body", "-"], input="a")
    assert (result.exit_code, "cannot both be read from stdin" in result.output) == (2, True)


def test_a_byte_order_mark_is_no_part_of_the_body(folder: Folder) -> None:
    body = folder.file("body.json", b'\xef\xbb\xbf{"a": 1}')
    result = folder.run("$input.json('$.a')", "--body", body)
    assert (result.stdout, result.stderr) == ("1", "")


# --- what goes wrong


def test_what_a_failure_may_come_from_is_told_before_it(folder: Folder) -> None:
    result = folder.run("$input.path('$').get(4).substring(9)", "--body", "-", "--header", "TE=1", stdin="[]")
    first, second, *_ = result.stderr.splitlines()
    assert first.startswith("warning: the header TE")
    assert "Index: 4, Size: 0" in second


def test_a_template_that_takes_too_long_is_not_run_again(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from wsgi_gateway.mapping import Template, TemplateRuntimeError

    def late(self: Template, **given: Any) -> str:
        raise TemplateRuntimeError("the template takes too long")

    monkeypatch.setattr(Template, "render", late)
    monkeypatch.setattr(Template, "observe", None)
    result = folder.run("x")
    assert (result.exit_code, "takes too long" in result.stderr) == (1, True)


def test_a_syntax_error_says_what_to_do(folder: Folder) -> None:
    result = folder.run("#if($a = 1)x#end")
    assert result.stderr.splitlines()[1:] == ["#if($a = 1)x#end", " " * 7 + "^", "what to do: == compares"]


FAILS = "before\n$input.path('$').get(4)\nafter"


def test_a_template_that_fails_is_told_with_line_and_caret(folder: Folder) -> None:
    result = folder.run(FAILS, "--body", "-", stdin="[]")
    assert (result.exit_code, result.stdout) == (1, "")
    first, line, caret = result.stderr.splitlines()
    assert "order.vm:2:18: Index: 4, Size: 0" in first
    assert line[caret.index("^") :] == "get(4)"


def test_explain_tells_everything_up_to_the_failure(folder: Folder) -> None:
    result = folder.run(FAILS, "--body", "-", "--explain", stdin="[]")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[3] == "     |                  ^ Index: 4, Size: 0"
    assert lines[5:7] == ["output until it failed: 7 characters", "before"]
    assert lines[-1].startswith("error: ")


def test_a_source_map_goes_up_to_the_failure(folder: Folder) -> None:
    result = folder.run(FAILS, "--body", "-", "--source-map", stdin="[]")
    found = json.loads(result.stdout)
    assert (found["output"], result.exit_code) == ("before\n", 1)
    assert found["error"] in result.stderr


def test_a_failure_that_quotes_data_writes_no_control_characters(folder: Folder) -> None:
    result = folder.run(
        "#set($x = $input.body.replaceAll($input.body, ''))", "--body", "-", stdin="(\x1b[31m"
    )
    assert result.exit_code == 1
    assert "\x1b" not in result.output


@pytest.mark.parametrize("options", [(), ("--explain",), ("--source-map",)], ids=["plain", "explain", "map"])
def test_a_syntax_error_is_told_with_line_and_caret(folder: Folder, options: tuple[str, ...]) -> None:
    result = folder.run("\n#set($x = )\n", *options)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.splitlines()[1:] == ["#set($x = )", "          ^"]
    assert "order.vm:2:11: unexpected ')'" in result.stderr


@pytest.mark.parametrize(
    ("option", "content", "told"),
    [
        pytest.param("--context", "a: [", "bad.yaml:2:1: error: ", id="no YAML"),
        pytest.param("--context", "- 1", "bad.yaml:1:1: error: names and values were expected", id="a list"),
        pytest.param("--context", b"\xff", "not UTF-8", id="no UTF-8"),
        pytest.param(
            "--params",
            "queries: {a: b}",
            "'queries' is none of path, querystring, header",
            id="an unknown group",
        ),
        pytest.param(
            "--params", "path: x", "'path': names and values were expected", id="a group that is no mapping"
        ),
        pytest.param("--context", "identity:", "context.identity: names and values", id="an empty identity"),
        pytest.param(
            "--params", "path: {a: [1]}", "path 'a': text was expected, not list", id="a list as value"
        ),
    ],
)
@pytest.mark.parametrize("how", ["--explain", "--profile=aws"], ids=["explained", "rendered"])
def test_a_bad_file_is_told_in_a_line(folder: Folder, option: str, content: Any, told: str, how: str) -> None:
    result = folder.run("x", option, folder.file("bad.yaml", content), how)
    assert (result.exit_code, result.stdout) == (1, "")
    assert told in result.stderr


def test_a_template_that_is_not_utf_8_is_told_in_a_line(folder: Folder) -> None:
    result = folder.run(b"a\n\xff")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == f"{folder.path / 'order.vm'}:2:1: error: the file is not UTF-8 [encoding]\n"


def test_a_template_that_cannot_be_read_is_told_in_a_line(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(file: str, mode: str) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("click.open_file", refuse)
    result = folder.run("x")
    assert (result.exit_code, "order.vm: Permission denied" in result.stderr) == (1, True)


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(("--header", "x"), id="a header without a value"),
        pytest.param(("--header", "=x"), id="a header without a name"),
        pytest.param(("--query", "a=1", "--query", "a=2"), id="a parameter given twice"),
        pytest.param(("--body", "nowhere.json"), id="a body that is not there"),
        pytest.param(("--context", "nowhere.json"), id="a context that is not there"),
        pytest.param(("--profile", "2.0"), id="an unknown profile"),
        pytest.param(("--explain", "--format", "json"), id="an explanation as JSON"),
        pytest.param(("--source-map", "--format", "text"), id="a source map as text"),
    ],
)
def test_wrong_usage_has_status_2(folder: Folder, options: tuple[str, ...]) -> None:
    assert folder.run("x", *options).exit_code == 2


def test_a_template_of_200_lines_with_a_long_loop_stays_readable(folder: Folder) -> None:
    source = "".join(f'#if($input.path("$.a{n}"))$input.path("$.a{n}")#end\n' for n in range(100))
    result = folder.order("--explain")
    assert len(folder.run(source, "--explain").output.splitlines()) < 500
    assert max(map(len, result.output.splitlines()[:25])) < 180


def test_the_guide_shows_what_is_printed(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    blocks = dict(
        re.findall(r"```(text|json|console)\n(.*?)```", GUIDE.partition("### Source map")[0], re.DOTALL)
    )
    folder.file("order.vm", blocks["text"])
    folder.file("order.json", blocks["json"])
    monkeypatch.chdir(folder.path)
    command, _, printed = blocks["console"].partition("\n")
    assert CliRunner().invoke(main, command.split()[2:]).output == printed


def test_the_guides_template_is_as_lint_would_have_it() -> None:
    from wsgi_gateway.mapping.lint import lint

    assert lint(GUIDE.partition("```text\n")[2].partition("```")[0]) == ()


def test_the_guide_shows_an_error_as_it_is_printed(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = GUIDE.partition("```error\n")[2].partition("```")[0]
    monkeypatch.chdir(folder.path)
    folder.run("\n\n" + shown.splitlines()[1])
    assert CliRunner().invoke(main, ["render", "order.vm"]).stderr == shown


def test_the_guide_has_the_methods_that_there_are() -> None:
    from wsgi_gateway.mapping.velocity import Input, Util, scalars
    from wsgi_gateway.mapping.velocity.methods import _TABLES

    tables = {name.rpartition(".")[2]: table for table, name in _TABLES.values()}
    del tables["ForeachScope"]
    tables |= {"Integer": scalars.INTEGER, "Long": scalars.LONG, "BigInteger": scalars.BIG_INTEGER}
    rows = re.findall(r"^\| `([^`]+)`[^|]* \| (.*) \|$", GUIDE.partition("## Methods")[2], re.MULTILINE)
    told = {name: methods.replace("`", "").split() for name, methods in rows}
    there = {**tables, "$input": Input.methods, "$util": Util.methods}
    assert told == {name: sorted(methods) for name, methods in there.items()}


def test_the_guide_has_the_limits_that_are_kept() -> None:
    from wsgi_gateway.mapping.trial.template import WATCHED_SECONDS
    from wsgi_gateway.mapping.velocity import budget, lookahead, observed, runtime, scanner, values

    limits = GUIDE.partition("## Limits")[2]
    assert f"{runtime.SECONDS:g} seconds ({WATCHED_SECONDS:.0f} when" in limits
    assert f"| {budget.MAX_TEXT:,} characters |" in limits
    assert f"| {budget.MAX_HELD >> 20} MiB |" in limits
    assert f"| {runtime.MAX_MACRO_DEPTH} deep |" in limits
    assert f"| {runtime.MAX_MACROS:,} |" in limits
    assert f"| {runtime.MAX_STEPS // 1_000_000} million steps |" in limits
    assert f"| {values.MAX_LIST:,} numbers |" in limits
    tokens, blocks, brackets = lookahead.MAX_TOKENS, lookahead.MAX_BLOCKS, lookahead.MAX_BRACKETS
    size = f"{scanner.MAX_SOURCE:,} characters, {tokens:,} tokens"
    assert f"| a template | {size}, blocks {blocks} deep, brackets {brackets} deep |" in limits
    assert f"| {observed.MAX_STEPS:,} |" in limits
