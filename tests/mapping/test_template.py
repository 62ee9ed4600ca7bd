"""``Template``: a mapping template by itself, with a request that is invented."""

from __future__ import annotations

import doctest
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
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
    invocation,
    template,
)
from wsgi_gateway.mapping.invocation import TEST_INVOCATION
from wsgi_gateway.mapping.templates import ContextMap, MappingTemplate

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
        pytest.param({"context": {"a": {"b": {1}}}}, "context.a.b: .* cannot hold a set", id="a set"),
        pytest.param({"context": {"a": {1: 2}}}, "context.a: a name must be text", id="a number as a name"),
    ],
)
def test_what_no_request_could_bring_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
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


def test_an_unknown_profile_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"profile must be one of aws, stock, not '2\.0'"):
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
    with pytest.raises(ConfigError, match=r"order\.vm:2: the file is not UTF-8"):
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
    assert Template("x").observe(context={"requestOverride": None}).request_override == {}


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
    script = "import sys, wsgi_gateway.mapping; print('wsgi_gateway.mapping.template' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


@pytest.mark.parametrize("module", [wsgi_gateway.mapping, template, invocation], ids=lambda one: one.__name__)
def test_examples_in_the_manual_are_true(module: Any) -> None:
    assert doctest.testmod(module).failed == 0
    assert doctest.testmod(module).attempted > 0


def test_the_example_of_the_readme_prints_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    code = readme.partition("## Test a mapping template")[2].partition("```python\n")[2].partition("```")[0]
    exec(code, {})
    assert capsys.readouterr().out == code.rpartition("# ")[2]
