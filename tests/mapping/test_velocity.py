"""The engine's contract: errors, budgets, the sandbox, API Gateway's variables."""

import subprocess
import sys
from typing import Any

import pytest

from wsgi_gateway.mapping.velocity import (
    HostObject,
    Input,
    JsonArray,
    SilentMap,
    TemplateRuntimeError,
    TemplateSyntaxError,
    Util,
    compile_template,
    parse_json,
)


def render(source: str, /, profile: str = "aws", **references: Any) -> str:
    return compile_template(source, profile=profile).render(references)


def gateway(body: str = "", **groups: dict[str, str]) -> dict[str, Any]:
    def find_path(path: str) -> Any:
        if not path.startswith("$."):
            raise ValueError(path)
        return lambda document: document[path[2:]] if isinstance(document, dict) else {}[path]

    parameters = {"path": {}, "querystring": {}, "header": {}, **groups}
    return {"input": Input(lambda: body, lambda: parameters, find_path), "util": Util()}


def test_syntax_error_says_where() -> None:
    with pytest.raises(TemplateSyntaxError) as caught:
        compile_template("ab\r\n#set($x = )\ny", name="orders")
    assert (caught.value.name, caught.value.line, caught.value.column) == ("orders", 2, 11)
    assert str(caught.value) == "orders:2:11: unexpected ')'\n#set($x = )\n          ^"


def test_runtime_error_says_where() -> None:
    with pytest.raises(TemplateRuntimeError) as caught:
        render("ab\n $l.get(4)", l=[])
    assert (caught.value.line, caught.value.column) == (2, 5)


def test_profiles_differ_in_what_is_undefined() -> None:
    assert render("$a.b|#if($a)t#end", "aws") == "|t"
    assert render("$a.b|#if($a)t#end", "stock") == "$a.b|"
    with pytest.raises(ValueError, match="profile"):
        compile_template("", profile="2.0")


def test_references_are_what_is_read() -> None:
    assert compile_template("#set($x = $input.body)$x #if($context.a)#end").references == {
        "input",
        "x",
        "context",
    }
    assert compile_template("text #set($y = 1)").references == frozenset()
    assert {"input", "context"} <= compile_template("#evaluate($stageVariables.t)").references


def test_rendering_leaves_the_mapping_alone_but_not_its_maps() -> None:
    references = {"a": 1, "context": {"requestOverride": {"header": {}}}}
    source = (
        "#set($a = 2)#set($context.requestOverride.header.x = $a)"
        "$context.requestOverride.header.put('y', 'z')"
    )
    assert compile_template(source).render(references) == ""
    assert references == {"a": 1, "context": {"requestOverride": {"header": {"x": 2, "y": "z"}}}}


def test_dicts_are_asked_through_their_own_methods() -> None:
    class Late(dict[str, str]):
        def get(self, key: str, default: Any = None) -> Any:
            return f"late {key}"

        def __getitem__(self, key: str) -> str:
            return f"late {key}"

        def __contains__(self, key: object) -> bool:
            return True

    assert render("$m.a $m['b'] $m.get('c') $m.containsKey('d')", m=Late()) == "late a late b late c true"


def test_nested_context_maps_print_nothing() -> None:
    assert render("[$m][$m.a]", m=SilentMap(a=1)) == "[][1]"


def test_lists_from_json_print_as_json() -> None:
    document = parse_json('{"a": [{"b": 1.0, "c": "x/y"}], "d": null}')
    assert isinstance(document["a"], JsonArray)
    assert render("$m $m.a", m=document) == '{a=[{"b":1.0,"c":"x/y"}], d=null} [{"b":1.0,"c":"x/y"}]'


def test_body_is_parsed_once_and_changes_show() -> None:
    source = "#set($o = $input.path('$'))#set($o.a = 2)$input.json('$') $input.json('$.a') $input.body"
    assert compile_template(source).render(gateway('{"a":1}')) == '{"a":2} 2 {"a":1}'


def test_a_form_is_a_string() -> None:
    assert compile_template("$input.path('$')|$input.json('$.a')").render(gateway("a=1")) == 'a=1|""'


def test_empty_body_renders_as_an_object() -> None:
    assert (
        compile_template("$input.body|$input.body.x|$util.urlEncode($input.body)").render(gateway())
        == "{}||%7B%7D"
    )


def test_params_are_searched_in_order() -> None:
    given = gateway(path={"k": "p"}, querystring={"k": "q", "r": "q"}, header={"r": "h", "s": "h"})
    source = "$input.params('k'),$input.params('r'),$input.params('s'),$input.params('t')"
    assert compile_template(source).render(given) == "p,q,h,"


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        pytest.param("$util.escapeJavaScript($v)", 'it\\\'s \\"\\u00E9\\"\\/', id="escapeJavaScript"),
        pytest.param("$util.urlEncode($v)", "it%27s+%22%C3%A9%22%2F", id="urlEncode"),
        pytest.param("$util.urlDecode($util.urlEncode($v))", 'it\'s "é"/', id="urlDecode"),
        pytest.param("$util.base64Encode($v)", "aXQncyAiw6kiLw==", id="base64Encode"),
        pytest.param("$util.base64Decode($util.base64Encode($v))", 'it\'s "é"/', id="base64Decode"),
        pytest.param("$util.parseJson('[1, {\"a\": 2}]')[1].a", "2", id="parseJson"),
    ],
)
def test_util(source: str, shown: str) -> None:
    assert compile_template(source).render({**gateway(), "v": 'it\'s "é"/'}) == shown


@pytest.mark.parametrize("source", ["$input.path('no')", "$util.parseJson('{')", "$util.urlDecode('%')"])
def test_bad_arguments_are_our_error(source: str) -> None:
    with pytest.raises(TemplateRuntimeError):
        compile_template(source).render(gateway("{}"))


class Secret(HostObject):
    methods = {"shown": lambda self: "yes"}
    hidden = "no"


@pytest.mark.parametrize(
    "source",
    [
        "$o.hidden",
        "$o.methods",
        "$o.get('__class__')",
        "$o['hidden']",
        "$o.getHidden()",
        "$s.format_map($m)",
        "$s.formatted('x')",
        "$s['__len__']",
        "$s.join('a')",
        "$l.append(1)",
        "$l.sort()",
        "$m.items()",
        "$m.pop('a')",
        "$m.update($m)",
        "$n.bit_length()",
        "$s.class.forName('java.lang.Runtime')",
        "$s.getClass().getClassLoader()",
        "$m['__dict__']",
        "$t.real",
        "$f.hex()",
    ],
)
def test_nothing_of_python_can_be_reached(source: str) -> None:
    values = {"o": Secret(), "s": "s", "l": [], "m": {"a": 1}, "n": 1, "t": True, "f": 1.5}
    assert compile_template(source).render(values) == ""
    assert values["m"] == {"a": 1}


@pytest.mark.parametrize(
    "text", ["');import os#", "\\'+__import__('os')+'", "\n\\", '"""', "{0}%s", "\u2028"]
)
def test_text_and_names_stay_data(text: str) -> None:
    assert render(f"#[[{text}]]#$m.get($k)", m={text: text}, k=text) == text * 2


def test_what_a_body_says_is_not_run() -> None:
    assert render("$v", v="#set($x = 1)$context #evaluate('x')") == "#set($x = 1)$context #evaluate('x')"


def test_macros_do_not_leak_between_renderings() -> None:
    template = compile_template("#if($define)#evaluate('#macro(m)M#end')#end#m()")
    assert [template.render({"define": flag}) for flag in (True, False)] == ["M", "#m()"]


HOSTILE = {
    "doubling a string": "#set($s='aaaaaaaa')#foreach($i in [1..1000])#set($s=\"$s$s\")#end",
    "doubling by plus": "#set($s='aaaaaaaa')#foreach($i in [1..1000])#set($s=$s+$s)#end",
    "doubling a list": "#set($l=[1])#foreach($i in [1..1000])#set($x=$l.addAll($l))#end",
    "nested loops": "#foreach($i in [1..1000])" * 40 + "#end" * 40,
    "a list of lists": "#set($l=[1])#foreach($i in [1..1000])#set($l=[$l,$l])#end$l",
    "hash of lists": "#set($l=[1])#foreach($i in [1..1000])#set($l=[$l,$l])#end$l.hashCode()",
    "a list in itself": "#set($l=[])#set($k=[$l])#set($x=$l.add($k))$l",
    "huge integers": "#set($n=99999999999)#foreach($i in [1..1000])#set($n=$n*$n)#end",
    "a long range": "#set($r=[1..2000000000])",
    "macros": "#macro(a)#a()#a()#end#a()",
    "evaluate": "#set($s='#evaluate($s)#evaluate($s)')#evaluate($s)",
    "a growing replaceAll": "#set($s='aa')#foreach($i in [1..1000])#set($s=$s.replaceAll('a','$0$0'))#end",
    "look-ahead": "$text.matches('(?=a)b')",
    "repeat": "$text.repeat(2000000000)",
    "brackets": "#set($x=" + "(" * 100_000,
    "negations": "#if(" + "!" * 100_000 + "$x)#end",
    "sums": "#set($x=1" + "+ 1" * 100_000 + ")",
    "ifs": "#if($x)" * 50_000,
    "hashes": "#" * 300_000,
    "dollars": "$" * 300_000,
    "escapes in a comment": "#*" + "\\" * 300_000 + "$",
    "quotes": "#set($x=" + '"' * 100_001,
}


@pytest.mark.parametrize("source", [pytest.param(source, id=name) for name, source in HOSTILE.items()])
def test_hostile_templates_end_in_our_error(source: str) -> None:
    with pytest.raises((TemplateSyntaxError, TemplateRuntimeError)):
        render(source, text="abc")


def test_foreach_stops_quietly_after_a_thousand_turns_on_aws() -> None:
    source = "#foreach($i in [1..2000000000])#if($foreach.last)last#end#if($i == 1000)end#end#end"
    assert render(source) == "end"
    assert render("#foreach($i in [1..1500])x#end", "stock") == "x" * 1500


def test_deep_blocks_work_and_deeper_ones_are_refused() -> None:
    nested = "#foreach($i in [1..1])#if($i)$foreach.index#if(false)#{else}" * 16 + "x" + "#end#end#end" * 16
    assert render(nested) == "0" * 16 + "x"
    with pytest.raises(TemplateSyntaxError):
        compile_template("#if(true)" * 101 + "#end" * 101)


def test_time_budget_can_be_given() -> None:
    template = compile_template("#foreach($i in [1..1000])#foreach($k in [1..1000])#end#end")
    with pytest.raises(TemplateRuntimeError, match="too long"):
        template.render({}, seconds=0.0)


def test_lark_and_re2_are_imported_when_needed() -> None:
    code = "import sys, wsgi_gateway.mapping.velocity as v; assert not {'lark', 're2'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_half_a_character_does_not_leave() -> None:
    assert render("$s.substring(0, 1)|$s.length()", s="\U0001f600") == "\ufffd|2"
