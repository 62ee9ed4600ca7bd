"""``Template``: a mapping template by itself, with a request that is invented."""

from __future__ import annotations

import doctest
import itertools
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import wsgi_gateway.mapping
from wsgi_gateway.context import Context
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.mapping import (
    Rendering,
    Template,
    TemplateError,
    TemplateRuntimeError,
    TemplateSyntaxError,
)
from wsgi_gateway.mapping.templates import ContextMap, MappingTemplate
from wsgi_gateway.mapping.trial import invocation, template
from wsgi_gateway.mapping.trial.invocation import TEST_INVOCATION
from wsgi_gateway.mapping.velocity import runtime, unknown
from wsgi_gateway.mapping.velocity import template as velocity_template

OVERRIDES = (
    "#set($context.requestOverride.header.x = 'a')"
    "#set($context.requestOverride.path.id = $input.path('$.id'))"
    "#set($context.responseOverride.status = 201)"
)


# --- what is given


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(None, "{}", id="no body prints an empty object"),
        pytest.param("", "{}", id="an empty text is no body"),
        pytest.param("a=1", "a=1", id="text goes in as it is"),
        pytest.param(b'{"a": "\xc3\xa9"}', '{"a": "é"}', id="bytes are UTF-8"),
        pytest.param(b"\xff", "\ufffd", id="bytes that are not UTF-8 are replaced as in the gateway"),
        pytest.param(bytearray(b"[1]"), "[1]", id="bytes of any kind"),
        pytest.param({"a": [1, None, "é"]}, '{"a":[1,null,"é"]}', id="a dict becomes compact JSON"),
        pytest.param([], "[]", id="an empty list is a body"),
        pytest.param(0, "0", id="a number is JSON"),
        pytest.param(False, "false", id="a boolean is JSON"),
    ],
)
def test_the_body(body: Any, expected: str) -> None:
    assert Template("$input.body").render(body) == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param({"body": object()}, "body: .*object", id="a body that is no JSON"),
        pytest.param({"body": float("nan")}, "body: ", id="a body that is not a number"),
        pytest.param({"header": {"x": ["a", "b"]}}, "header 'x': .*not list; .*last", id="a list of headers"),
        pytest.param({"querystring": {"x": None}}, "querystring 'x': .*not None", id="a missing value"),
        pytest.param({"path": {1: "x"}}, "path: a name must be text, not 1", id="a name that is no text"),
        pytest.param({"path": "x=1"}, "path: a mapping .*not str", id="parameters as text"),
        pytest.param({"stage_variables": {"x": {}}}, "stage_variables 'x'", id="a nested stage variable"),
        pytest.param({"context": [1]}, "context: a mapping .*not list", id="a context that is a list"),
        pytest.param(
            {"context": {"a": {"b": {1}}}}, "context.a.b: .* cannot hold a value of type set", id="a set"
        ),
        pytest.param({"context": {"a": {1: 2}}}, "context.a: a name must be text", id="a number as a name"),
        pytest.param({"header": {"a b": "x"}}, "header 'a b': no header has", id="a header with a blank"),
        pytest.param(
            {"context": {"identity": None}}, "context.identity: names and values .*not None", id="no identity"
        ),
    ],
)
def test_what_no_request_could_bring_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=f"^{message}"):
        Template("x").render(**arguments)


def test_a_context_that_holds_itself_is_refused() -> None:
    given: dict[str, Any] = {}
    given["more"] = given
    with pytest.raises(ConfigError, match="nested too deeply"):
        Template("x").render(context=given)


def test_parameters_are_found_in_their_order_and_numbers_are_written_as_in_json() -> None:
    source = "$input.params('a') $input.params('b') $input.params('c') $input.params('d') $input.params()"
    given: dict[str, Any] = {"path": {"a": 1}, "querystring": {"a": "q", "b": True}, "header": {"c": 1.5}}
    assert Template(source).render(**given) == (
        "1 true 1.5  {path={a=1}, querystring={a=q, b=true}, header={C=1.5}}"
    )


def test_headers_are_found_in_any_case_and_those_that_amazon_drops_are_not_there() -> None:
    source = (
        "$input.params('X-TENANT')|$input.params('x-tenant')|$input.params('Expect')|$input.params().header"
    )
    assert Template(source).render(header={"x-Tenant": "a", "expect": "100-continue"}) == "a|a||{X-Tenant=a}"


def test_stage_variables_are_given_by_name() -> None:
    assert Template("$stageVariables.a$!stageVariables.b").render(stage_variables={"a": "1"}) == "1"


# --- the context


def test_the_context_has_the_members_of_the_gateways_own_in_its_order() -> None:
    names = "#foreach($name in $context.keySet())$name #end"
    there = ContextMap(Context({"REQUEST_METHOD": "GET"}))
    assert Template(names).render().split() == list(there)
    identity = "#foreach($name in $context.identity.keySet())$name #end"
    assert set(there["identity"]) <= set(Template(identity).render().split())


def test_nothing_of_the_context_changes_from_rendering_to_rendering() -> None:
    every = "#foreach($entry in $context.entrySet())$entry.key=$entry.value #end"
    assert Template(every).render() == Template(every).render()
    assert "requestTimeEpoch=1428582896000" in Template(every).render()


def test_the_two_times_of_the_invented_request_are_the_same() -> None:
    at = datetime.fromtimestamp(TEST_INVOCATION["requestTimeEpoch"] / 1000, UTC)
    assert at.strftime("%d/%b/%Y:%H:%M:%S %z") == TEST_INVOCATION["requestTime"]


def test_the_context_given_is_merged_member_by_member() -> None:
    source = (
        "$context.stage $context.identity.sourceIp $context.identity.apiKeyId $context.authorizer.claims.sub"
    )
    given = {"stage": "prod", "identity": {"sourceIp": "192.0.2.1"}, "authorizer": {"claims": {"sub": "ada"}}}
    assert Template(source).render(context=given) == "prod 192.0.2.1 test-invoke-api-key-id ada"


def test_maps_of_the_context_print_nothing_and_a_missing_authorizer_loops_as_an_empty_map() -> None:
    source = "[$context][$context.identity][$context.authorizer][#foreach($x in $context.authorizer)x#end]"
    assert Template(source).render(context={"authorizer": {}}) == "[][][][]"
    assert Template("[$context.authorizer.principalId]").render() == "[]"


def test_a_member_that_a_template_sets_stays_set() -> None:
    assert Template("#set($context.stage = 'x')$context.stage").render() == "x"


def test_a_rendering_changes_nothing_that_was_given() -> None:
    given: dict[str, Any] = {"authorizer": {"list": [1]}, "requestOverride": {"header": {"a": "1"}}}
    body = {"a": [1]}
    source = (
        "#set($x = $context.authorizer.list.add(2))#set($context.requestOverride.header.b = 2)"
        "#set($x = $input.path('$').put('b', 1))#set($context.stage = 'y')"
        "$context.authorizer.list $context.requestOverride.header.size()"
    )
    rendered = Template(source).render(body, context=given)
    assert rendered == "[1, 2] 2"
    assert given == {"authorizer": {"list": [1]}, "requestOverride": {"header": {"a": "1"}}}
    assert body == {"a": [1]}
    assert Template("$context.stage").render() == "test-invoke-stage"


# --- profiles


def test_profile_stock_is_velocity_as_shipped_with_references_of_any_name() -> None:
    rendered = Template(" $a.b $c $list[0] ", "stock").render(a={"b": 1.5}, list=("x",), c=None)
    assert rendered == " 1.5 $c x "


def test_references_given_to_stock_are_copied() -> None:
    items = [1]
    assert Template("$items.add(2) $items", "stock").render(items=items) == "true [1, 2]"
    assert items == [1]


def test_the_gateway_has_no_other_references() -> None:
    with pytest.raises(TypeError, match=r"API Gateway has no \$order; profile 'stock'"):
        Template("$order").render(order=1)


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("headers", "header"),
        ("query", "querystring"),
        ("query_string", "querystring"),
        ("stageVariables", "stage_variables"),
        ("payload", "body"),
    ],
)
def test_a_name_that_is_nearly_right_is_told_the_right_one(wrong: str, right: str) -> None:
    given: dict[str, Any] = {wrong: "x"}
    with pytest.raises(TypeError, match=rf"API Gateway has no \${wrong}; did you mean {right}=\?"):
        Template("x").render(**given)
    assert Template(f"${wrong}", "stock").render(**given) == "x"


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"^profile must be one of aws, stock, not '2\.0'$"):
        Template("x", "2.0")


def test_a_path_is_not_taken_for_a_template() -> None:
    with pytest.raises(ConfigError, match="from_file"):
        Template(Path("order.vm"))  # type: ignore[arg-type]


@pytest.mark.parametrize("source", ["\n $input.body\n", "x", " \n", "", "#set($a = 1)\n$a\n"], ids=repr)
def test_it_renders_what_the_gateway_renders(source: str) -> None:
    context = Context({"REQUEST_METHOD": "GET"})
    assert Template(source).render("b") == MappingTemplate(source, "t").render(context, lambda: "b")


# --- errors


@pytest.mark.parametrize(
    ("source", "where"),
    [
        pytest.param("ab\n#set($x = )", (2, 11), id="where nothing is stripped"),
        pytest.param("\n\n  #set($x = )", (3, 13), id="in a first line with an indent"),
        pytest.param("\n\n  a\n#set($x = )", (4, 11), id="in a later line"),
    ],
)
def test_a_syntax_error_has_line_column_and_caret_of_the_template_as_it_was_given(
    source: str, where: tuple[int, int]
) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        Template(source, name="order.vm")
    assert (caught.value.line, caught.value.column) == where
    line, column = where
    shown = source.split("\n")[line - 1]
    assert str(caught.value) == f"order.vm:{line}:{column}: unexpected ')'\n{shown}\n{' ' * (column - 1)}^"


@pytest.mark.parametrize("profile", ["aws", "stock"])
def test_a_failure_has_the_place_in_the_template_as_it_was_given(profile: str) -> None:
    with pytest.raises(TemplateRuntimeError) as caught:
        Template("\n\n  $input.path('$').get(3)", profile, name="order.vm").render([])
    assert (caught.value.line, caught.value.column) == (3, 20)
    assert str(caught.value).startswith("order.vm:3:20: ")
    assert isinstance(caught.value, TemplateError)
    assert caught.value.__notes__ == ["  $input.path('$').get(3)\n" + " " * 19 + "^"]


@pytest.mark.parametrize("watch", [False, True], ids=["rendered", "watched"])
def test_a_template_that_takes_too_long_is_told_its_limit(
    monkeypatch: pytest.MonkeyPatch, watch: bool
) -> None:
    # The clock goes on by an hour whenever it is looked at.
    clock = SimpleNamespace(monotonic=itertools.count(0, 3600).__next__)
    monkeypatch.setattr(runtime, "time", clock)
    monkeypatch.setattr(velocity_template, "time", clock)
    source = "#foreach($a in [1..900])#foreach($b in [1..900])#set($x = $b)#end#end"
    error = Template(source).observe().error if watch else None
    if not watch:
        with pytest.raises(TemplateRuntimeError) as caught:
            Template(source).render()
        error = caught.value
    assert error is not None
    assert error.message == f"the template takes too long: it has {'10' if watch else '0.8'} seconds"


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        pytest.param("#if($a = 1)x#end", "== compares", id="one sign of equality"),
        pytest.param("\n\n#set($a = null)", "an absent value is the empty text", id="null"),
        pytest.param("#set($x = )", "", id="no hint where none is known"),
    ],
)
def test_a_syntax_error_says_what_to_do(source: str, hint: str) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        Template(source)
    assert caught.value.hint.startswith(hint)
    assert bool(caught.value.hint) is bool(hint)
    assert ("\nwhat to do: " in str(caught.value)) is bool(hint)


@pytest.mark.parametrize(
    ("source", "opened"),
    [
        pytest.param("a\n#if(true)\nb", "the #if at 2:1", id="a condition"),
        pytest.param("\n\n  #if(true)b", "the #if at 3:3", id="behind blank lines"),
        pytest.param("#if(true)\n#foreach($a in $b)", "the #foreach at 2:1", id="the inner one of two"),
        pytest.param("#if(true)\n#foreach($a in $b)#end", "the #if at 1:1", id="the outer one of two"),
        pytest.param("$a#{define}($b)x", "the #define at 1:3", id="a block in braces"),
        pytest.param("x #set($a = (1)", "the parenthesis of #set at 1:3", id="an assignment"),
        pytest.param("#foreach($a in [1,", "the parenthesis of #foreach at 1:1", id="the head of a loop"),
    ],
)
def test_what_is_never_closed_is_told_with_its_place(source: str, opened: str) -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        Template(source)
    assert caught.value.message == f"unexpected end of the template: {opened} is never closed"


def test_the_caret_of_a_syntax_error_stands_below_its_place_behind_tabs_and_wide_letters() -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        Template("x\n\t日 #set($x = )")
    assert str(caught.value).splitlines()[1:] == ["\t日 #set($x = )", "\t" + " " * 13 + "^"]


# --- files


def test_a_file_is_read_with_its_line_ends_and_without_its_byte_order_mark(tmp_path: Path) -> None:
    file = tmp_path / "order.vm"
    file.write_bytes(b"\xef\xbb\xbfa\r\n$input.body\r\nb\r\n")
    assert Template.from_file(file).render("x") == "a\r\nx\r\nb"
    assert Template.from_file(str(file), "stock").render("x") == "a\r\nx\r\nb\r\n"
    assert Template.from_file(file).name == str(file)
    assert repr(Template.from_file(file, name="order.vm")) == "Template('order.vm', profile='aws')"


def test_a_file_that_is_not_utf_8_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "order.vm"
    file.write_bytes(b"a\n\xff")
    with pytest.raises(ConfigError, match=r"order\.vm:2:1: the file is not UTF-8$"):
        Template.from_file(file)


def test_a_file_that_is_not_there_is_an_oserror(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Template.from_file(tmp_path / "order.vm")


# --- watching


def test_observing_gives_the_same_text_and_what_was_written_to_the_overrides() -> None:
    rendering = Template(OVERRIDES + "$input.json('$')").observe({"id": [7]})
    assert isinstance(rendering, Rendering)
    assert (rendering.text, str(rendering), rendering.error) == ('{"id":[7]}', '{"id":[7]}', None)
    assert rendering.json() == {"id": [7]}
    assert rendering.request_override == {"header": {"x": "a"}, "path": {"id": [7]}}
    assert rendering.response_override == {"status": 201}


def test_overrides_that_nobody_wrote_are_empty() -> None:
    rendering = Template("x").observe()
    assert (rendering.request_override, rendering.response_override) == ({}, {})


def test_overrides_given_and_maps_put_in_their_place() -> None:
    source = "#set($context.requestOverride = {'header': {'x': 1}})"
    rendering = Template(source).observe(context={"requestOverride": {"header": {"a": "1"}}})
    assert rendering.request_override == {"header": {"a": "1"}}


def test_a_failure_while_watched_keeps_what_was_before_it() -> None:
    source = "\n " + OVERRIDES + "before $input.path('$').get('a').get(4) after"
    rendering = Template(source).observe({"a": []})
    assert rendering.error is not None
    assert (rendering.error.line, rendering.error.column) == (2, source.index("get(4)"))
    assert rendering.text == "before "
    assert rendering.request_override["header"] == {"x": "a"}
    with pytest.raises(TemplateRuntimeError):
        rendering.json()


def test_places_of_steps_are_places_in_the_template_as_it_was_given() -> None:
    for source in ("\n\n  $input.body", "$input.body"):
        (step,) = (step for step in Template(source).observe("x").steps if step.kind == "reference")
        assert source[step.start : step.end] == "$input.body"


def test_a_loop_that_was_ended_is_a_warning_with_its_place() -> None:
    source = "\n\n  #foreach($i in [1..1200])x#end"
    (warning,) = Template(source, name="order.vm").observe().warnings
    assert warning == "order.vm:3:3: #foreach made 1,000 of 1,200 turns: API Gateway ends a loop there"
    assert Template(source, "stock").observe().warnings == ()
    left = Template("#foreach($i in [1..1200])#if($i == 9)#break#end#end").observe()
    assert (left.warnings, "#foreach: 9 of 1,200 turns" in left.explain()) == ((), True)


@pytest.mark.parametrize(
    ("source", "body", "warning"),
    [
        pytest.param("$input.path('$.a')", "{'a': 1}", "line 1, column 2: Expecting", id="single quotes"),
        pytest.param("$input.json('$')", "{\n1}", "line 2, column 1: Expecting", id="on the second line"),
        pytest.param("$input.path('$')", "NaN", "NaN is not JSON", id="not a number"),
        pytest.param("$input.body", "a=1", None, id="a text that is only printed"),
        pytest.param("$input.path('$')", '"a"', None, id="a JSON string"),
        pytest.param("$input.path('$')", None, None, id="no body"),
    ],
)
def test_a_body_that_is_asked_for_json_and_is_none_is_a_warning(
    source: str, body: Any, warning: str | None
) -> None:
    warnings = Template(source).observe(body).warnings
    assert [text.startswith(f"the body is not JSON ({warning}") for text in warnings] == [True] * bool(
        warning
    )


def test_a_header_that_is_dropped_is_a_warning() -> None:
    warnings = Template("x").observe(header={"Expect": "1", "X-A": "2"}).warnings
    assert warnings == ("the header Expect is not there: API Gateway drops it on arrival",)


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        pytest.param("$s.toLower()", "String has no method toLower; there is toLowerCase", id="misspelt"),
        pytest.param("$s.length", "length is a method: length()", id="a method without parentheses"),
        pytest.param("$s.nothing", "String has no property nothing", id="an unknown property"),
        pytest.param("$s.substring('a')", "String.substring takes other arguments", id="wrong arguments"),
        pytest.param("$l.stream()", "JSONArray has no method stream", id="a method that Java has"),
        pytest.param("$m.nothing", None, id="a key that is not there"),
        pytest.param("$m.get('nothing')", None, id="a key that is not there, asked for"),
        pytest.param("$nothing", None, id="a name without a value"),
        pytest.param("$none.a", "the empty text has no property a", id="a property of nothing"),
        pytest.param("$util.escapeJavascript('a')", "Util has no method escapeJavascript; there is "
                     "escapeJavaScript", id="a method of the gateway's in another case"),
        pytest.param("$input.path", "path is a method: path(...)", id="a method of the gateway's"),
        pytest.param("$input.headers", "Input has no property headers", id="no property of the gateway's"),
        pytest.param("$context", "a map, which prints nothing", id="a map of the gateway's"),
        pytest.param("$util", "an object of the gateway's, which prints nothing", id="the gateway's object"),
    ],
)  # fmt: skip
def test_a_reference_that_prints_nothing_says_why_if_that_is_known(reference: str, why: str | None) -> None:
    source = (
        "#set($s = 'a')#set($l = $input.path('$.l'))#set($m = $input.path('$'))"
        f"#set($none = $input.path('$.x'))#set($y = \"$s.unknown()\"){reference}"
    )
    body = {"l": [1]}
    step = Template(source).observe(body).steps[-1]
    assert (step.kind, step.why) == ("reference", why)
    assert Template(source).observe(body).text == Template(source).render(body) == ""


def test_a_value_that_nobody_could_print_is_no_matter_to_who_watches() -> None:
    source = "#set($w = [1])#foreach($i in [1..60])#set($w = [$w, $w])#end$w.size()"
    rendering = Template(source).observe()
    assert (rendering.error, rendering.text) == (None, "2")
    assert max(len(step.value) for step in rendering.steps if isinstance(step.value, str)) == 1000


def test_threads_may_share_a_template() -> None:
    shared = Template(
        "#set($context.requestOverride.header.n = $input.body)$context.requestOverride.header.n"
    )

    def one(number: int) -> tuple[str, str, Any]:
        seen = shared.observe(number)
        return shared.render(number), seen.text, seen.request_override["header"]["n"]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(40))) == [(str(n), str(n), str(n)) for n in range(40)]


# --- the package


def test_the_names_of_the_package_are_there_when_asked_for_and_cost_nothing_before() -> None:
    assert set(wsgi_gateway.mapping.__all__) <= set(dir(wsgi_gateway.mapping))
    assert all(getattr(wsgi_gateway.mapping, name).__doc__ for name in wsgi_gateway.mapping.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Templet'"):
        _ = wsgi_gateway.mapping.Templet  # type: ignore[attr-defined]
    script = "import sys, wsgi_gateway.mapping; print('wsgi_gateway.mapping.trial.template' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize(
    "module", [wsgi_gateway.mapping, template, invocation, unknown], ids=lambda one: one.__name__
)
def test_examples_in_the_manual_are_true(module: Any) -> None:
    assert doctest.testmod(module).failed == 0
    assert doctest.testmod(module).attempted > 0


def test_the_example_of_the_readme_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    code = readme.partition("## Test a mapping template")[2].partition("```python\n")[2].partition("```")[0]
    exec(code, {})
    assert capsys.readouterr().out == code.rpartition("# ")[2]
