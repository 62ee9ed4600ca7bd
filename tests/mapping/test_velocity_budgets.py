"""What a rendering may take: the size of a text before it is made, and the memory of all it holds.

The clock is set so far away that a refusal here cannot be its work, if it does not say so.
"""

import json
from typing import Any
from urllib.parse import quote_plus, unquote_plus

import pytest

from wsgi_gateway.mapping.jsonpath import compile_path
from wsgi_gateway.mapping.velocity import (
    Input,
    TemplateRuntimeError,
    TemplateSyntaxError,
    Util,
    compile_template,
    runtime,
)
from wsgi_gateway.mapping.velocity.budget import LARGE, MAX_HELD, MAX_TEXT

FAR = 20.0
LOOPS = "#foreach($i in [1..1000])#foreach($j in [1..1000])"
ENDS = "#end#end"
UTIL = Util()


def render(source: str, body: str = "{}", *, seconds: float = FAR, **references: Any) -> str:
    names = {"input": Input(lambda: body, dict, compile_path), "util": UTIL, **references}
    return compile_template(source).render(names, seconds=seconds)


TEXTS = {
    "base64 of base64": (
        "#set($s=$input.body)#foreach($i in [1..100])#set($s=$util.base64Encode($s))#end",
        "x" * 230_000,
    ),
    "escapes": ("#set($s=$util.escapeJavaScript($input.body))", "\u00e9" * (MAX_TEXT // 6 + 1)),
    "percents": ("#set($s=$util.urlEncode($input.body))", "'" * (MAX_TEXT // 3 + 1)),
    "capitals of three characters": (
        "#set($s=$input.body)$s.toUpperCase().length()",
        "\u0390" * (MAX_TEXT // 3 + 1),
    ),
    "a string of references": ('#set($s="' + "$input.body" * 60 + '")', "x" * 230_000),
    "a loop in a string": (f'#set($s="{LOOPS}$input.body{ENDS}")', "x" * 230_000),
    "a block in a string": ("#define($d)" + "$input.body" * 60 + '#end#set($s="$d")', "x" * 230_000),
    "text of a list": (
        "#set($l=[$input.body,$input.body,$input.body,$input.body,$input.body])$l.toString().length()",
        "x" * (MAX_TEXT // 4),
    ),
    "a repeated string": ("$input.body.repeat(100)", "x" * 230_000),
    "a replaced string": ("$input.body.replace('x', 'xxxxxxxxxx')", "x" * 2_000_000),
    "a replacement for many": ("$input.body.replaceAll('x', $input.body)", "x" * 100_000),
    "output of small pieces": ("#foreach($k in [1..9])" + LOOPS + "$i,$j,$i,$j;" + ENDS + "#end", ""),
}


@pytest.mark.parametrize(("source", "body"), TEXTS.values(), ids=TEXTS)
def test_a_text_is_refused_before_it_is_too_long(source: str, body: str) -> None:
    with pytest.raises(TemplateRuntimeError, match=r"longer than|output budget"):
        render(source, body)


HOARDS = {
    "texts in a map": ("#set($m={})#set($b=$input.body)" + LOOPS + '#set($m["${i}-$j"]="$i$j$b")' + ENDS),
    "texts in a list": ("#set($l=[])#set($b=$input.body)" + LOOPS + '#set($z=$l.add("$i$j$b"))' + ENDS),
    "texts for keys": ("#set($m={})#set($b=$input.body)" + LOOPS + '#set($m["$i$j$b"]=1)' + ENDS),
    "texts in literals": ("#set($l=[])#set($b=$input.body)" + LOOPS + '#set($l=[$l, "$i$j$b"])' + ENDS),
    "texts in variables": "#set($b=$input.body.repeat(500))"
    + "".join(f'#set($v{n}="${{b}}{n}$b")' for n in range(100)),
    "lists in lists": "#set($l=[])#set($r=[1..100000])" + LOOPS + "#set($z=$l.add($r.clone()))" + ENDS,
    "parts of lists": "#set($l=[])#set($r=[1..100000])"
    + LOOPS
    + "#set($z=$l.add($r.subList(0, 9999)))"
    + ENDS,
    "lists added to lists": "#set($l=[])#set($r=[1..100000])"
    + "#foreach($i in [1..1000])#set($k=[])#set($z=$k.addAll($r))#set($z=$l.add($k))#end",
    "ranges in a list": "#set($l=[])" + LOOPS + "#set($z=$l.add([1..900000]))" + ENDS,
    "ranges in variables": "".join(f"#set($v{n}=[1..1000000])" for n in range(50)),
    "copies of maps": '#set($m={})#foreach($i in [1..1000])#set($m["$i"]=1)#end#set($l=[])'
    + LOOPS
    + "#set($z=$l.add($m.clone()))"
    + ENDS,
    "views of maps": '#set($m={})#foreach($i in [1..1000])#set($m["$i"]=1)#end#set($l=[])'
    + LOOPS
    + "#set($z=$l.add($m.entrySet().toArray()))"
    + ENDS,
    "huge integers": "#set($n=99999999999)#foreach($i in [1..8])#set($n=$n*$n)#end#set($l=[])"
    + LOOPS
    + "#set($q=$n+$j)#set($z=$l.add($q))"
    + ENDS,
    "huge decimals": "#set($n=99999999999999999999)#set($d=$n*1.5)#foreach($i in [1..7])#set($d=$d*$d)#end"
    + "#set($l=[])"
    + LOOPS
    + "#set($q=$d+$j)#set($z=$l.add($q))"
    + ENDS,
    "characters": "#set($l=[])" + LOOPS + "#set($z=$l.add($input.body.toCharArray()))" + ENDS,
    "pieces of a text": "#set($l=[])" + LOOPS + "#set($z=$l.add($t.split('x')))" + ENDS,
    "documents": "#set($l=[])" + LOOPS + "#set($z=$l.add($util.parseJson('[[],[],[],{},{},{}]')))" + ENDS,
    "what a path finds": "#set($l=[])" + LOOPS + "#set($z=$l.add($input.path('$..*')))" + ENDS,
    "an evaluated text": "#set($h='$a')#evaluate($h.repeat(9000))",
}


@pytest.fixture
def _little_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A third of the memory is hoarded in a third of the time."""
    monkeypatch.setattr(runtime, "MAX_HELD", MAX_HELD // 3)
    monkeypatch.setattr(runtime.Render, "left", MAX_HELD // 3)


@pytest.mark.usefixtures("_little_room")
@pytest.mark.parametrize("source", HOARDS.values(), ids=HOARDS)
def test_what_is_held_is_bounded(source: str) -> None:
    body = json.dumps(list(range(1000))) + " " * 100 if "$.." in source else "x" * 5000
    with pytest.raises(TemplateRuntimeError, match="too much memory"):
        render(source, body, t=("x" + "y" * 99) * 500)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("[" + "[]," * 2_000_000 + "[]]", id="empty lists"),
        pytest.param("[" + '{"a":1},' * 800_000 + "{}]", id="small maps"),
        pytest.param("[" * 5_000_000, id="brackets"),
    ],
)
@pytest.mark.parametrize("source", ["$input.path('$').size()", "$util.parseJson($input.body).size()"])
def test_a_document_that_takes_too_much_is_not_read(source: str, body: str) -> None:
    with pytest.raises(TemplateRuntimeError, match="too much memory"):
        render(source, body)


def test_what_is_thrown_away_does_not_count() -> None:
    piece = "x" * 3000
    source = '#set($s="")#foreach($i in [1..1000])#set($s="$s$p,")#end$s'
    assert sum(range(1, 1001)) * 3001 > MAX_HELD
    assert render(source, p=piece) == (piece + ",") * 1000


def test_one_text_held_often_counts_once() -> None:
    source = "#set($l=[])#foreach($i in [1..1000])#set($z=$l.add($input.body))#end$l.size()"
    assert render(source, "x" * 1_000_000) == "1000"


def test_lists_that_hold_themselves_are_measured_too() -> None:
    source = "#set($l=[1])#set($z=$l.add($l))#set($m={'l':$l})#set($m.m=$m)" + LOOPS + "#set($k=[$m])" + ENDS
    assert render(source) == ""


def test_the_body_is_read_once_and_stays_the_same_object() -> None:
    reads: list[str] = []

    def body() -> str:
        reads.append("x" * 1000 + str(len(reads)))
        return reads[-1]

    given = Input(body, dict, compile_path)
    texts = [Input.properties["body"](given) for _ in range(3)]
    assert (len(reads), texts[0] is texts[1] is texts[2]) == (1, True)


@pytest.mark.parametrize(
    ("source", "body"),
    [
        pytest.param(
            "#macro(m $x $n)#if($n<18)#set($k=$n+1)#m(\"$x$x$x$x\" $k)#else$x#end#end#m('' 0)",
            "",
            id="arguments by name that multiply",
        ),
        pytest.param("$input.body.replaceAll('a.*b|a', 'x')", "a" * 2_000_000, id="matches that look ahead"),
        pytest.param('#set($c="$input.body ")$input.body.equalsIgnoreCase($c)', "é" * 5_000_000, id="case"),
        pytest.param("$input.body.hashCode()", "é" * 5_000_000, id="hash of a text"),
        pytest.param("#set($r=[1..90000])$r.containsAll($r)", "", id="lists in lists"),
    ],
)
def test_one_call_that_takes_long_looks_at_the_clock(source: str, body: str) -> None:
    with pytest.raises(TemplateRuntimeError, match="takes too long"):
        render(source, body, seconds=0.05)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("$b.matches('(a|b)*a(a|b){200}c')", id="a text too long for the expression"),
        pytest.param("$b.matches($b)", id="an expression too long"),
        pytest.param("$b.toCharArray()", id="too many characters"),
        pytest.param("$b.getBytes()", id="too many bytes"),
        pytest.param("$input.path($b)", id="a path too long"),
        pytest.param("#set($n=99999)#foreach($i in [1..10])#set($n=$n*$n)#end$n.toString(2)", id="digits"),
    ],
)
def test_what_has_no_clock_is_refused_by_size(source: str) -> None:
    with pytest.raises(TemplateRuntimeError, match=r"too l|longer than|too many digits"):
        render(source, b="ab" * 600_000)


@pytest.mark.parametrize("step", ["$d * $d", "$d * $n"])
def test_decimals_do_not_grow_without_end(step: str) -> None:
    source = f"#set($n=99999999999999999999)#set($d=$n*1.5e300)#foreach($i in [1..1000])#set($d={step})#end"
    with pytest.raises(TemplateRuntimeError, match="a decimal grew too large"):
        render(source * 10)


def test_more_macros_than_anyone_writes() -> None:
    source = "#set($h='#')" + LOOPS + '#evaluate("${h}macro(m${i}x$j)x${h}end")' + ENDS
    with pytest.raises(TemplateRuntimeError, match="macros"):
        render(source)


@pytest.mark.parametrize("radix", [-2, 0, 1, 10, 37])
def test_a_radix_that_is_none_is_ten(radix: int) -> None:
    assert render("$n.toString($n, $radix)", n=-255, radix=radix) == "-255"


def test_a_radix() -> None:
    assert render("$n.toString($n, 16) $n.toString(0, 2)", n=-255) == "-ff 0"


def test_a_needle_of_any_length_is_found_from_the_end() -> None:
    hay = "ab" + "a" * 300_000 + "ab" + "a" * 300_000
    for needle in ("ab", "b" + "a" * 200_000, "ab" + "a" * 100, "x" * 100):
        source = "$hay.lastIndexOf($needle) $hay.lastIndexOf($needle, 1000)"
        expected = f"{hay.rfind(needle)} {hay.rfind(needle, 0, 1000 + len(needle))}"
        assert render(source, hay=hay, needle=needle) == expected


@pytest.mark.parametrize("shift", range(7))
def test_long_texts_are_cut_where_no_character_is_hurt(shift: int) -> None:
    plain = "a" * shift + "😀é %+'\"" * (LARGE // 4)
    encoded = quote_plus(plain, safe="*")
    assert render("$util.urlEncode($s)", s=plain) == encoded
    assert render("$util.urlDecode($s)", s=encoded) == plain
    assert render("$util.urlDecode($s)", s=plain.replace("%", "")) == unquote_plus(plain.replace("%", ""))
    assert render("$s.length()", s=plain) == str(len(plain) + plain.count("😀"))
    assert render("$s.substring(0)", s=plain) == plain
    assert render("$s.toUpperCase()", s=plain) == plain.upper()
    assert json.loads('"' + render("$util.escapeJavaScript($s)", s=plain).replace("\\'", "'") + '"') == plain


@pytest.mark.parametrize("text", ["%80" * LARGE, "%E2%82" * LARGE, "a%20" * LARGE])
def test_bytes_that_are_no_characters_decode_as_they_do_at_once(text: str) -> None:
    assert render("$util.urlDecode($s)", s=text) == unquote_plus(text, errors="replace")


def test_halves_of_characters_meet_in_the_output() -> None:
    halves = "\ud83d\ude00" * LARGE
    assert render("a$s", s=halves) == "a" + "😀" * LARGE


def test_long_texts_compare_as_short_ones_do() -> None:
    one = "a" * (3 * LARGE)
    source = "$one.compareTo($two) $two.compareTo($one) $one.compareTo($one) $one.compareToIgnoreCase($two)"
    assert render(source, one=one, two=one + "B") == "-1 1 0 -1"
    assert render(source, one=one + "c", two=one + "B") == "33 -33 0 1"


def test_json_of_a_long_text() -> None:
    body = json.dumps({"a": '"\n\x01é' * LARGE}, ensure_ascii=False)
    assert json.loads(render("$input.json('$')", body)) == json.loads(body)


def test_many_pieces_make_the_same_output() -> None:
    expected = "".join(f"{i},{j};" for i in range(1, 301) for j in range(1, 301))
    source = "#foreach($i in [1..300])#foreach($j in [1..300])$i,$j;#end#end"
    assert render(source) == expected
    assert render(f'#set($s="{source}")$s') == expected
    assert render(f"#define($d){source}#end$d") == expected


@pytest.mark.parametrize("size", [0, 1, 254, 255, 256, 257, 1000])
def test_interpolation_around_the_size_that_is_free(size: int) -> None:
    text = "é" * size
    assert render('#set($s="${t}-$t")$s', t=text) == f"{text}-{text}"
    assert render('#set($s="' + "$t" * 9 + '")$s', t=text) == text * 9


@pytest.mark.parametrize(
    "source",
    [
        pytest.param("$a " * 30_000, id="many references"),
        pytest.param(('#set($x="' + "$a" * 200 + '")') * 100, id="many references in strings"),
        pytest.param('#set($x="#set($y=""' + "$a" * 20_000 + '"")")', id="many in a string in a string"),
        pytest.param('#set($x="#if(' + "$a.b == 1 && " * 5000 + '$a)#end")', id="an expression in a string"),
        pytest.param("##\n" * 50_000, id="comments"),
        pytest.param("$a" + " " * 600_000, id="blanks"),
    ],
)
def test_a_template_of_which_too_much_would_be_made_is_refused(source: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="the template is too large"):
        compile_template(source)


@pytest.mark.parametrize(
    "source",
    ["$a " * 3000, '#set($x="' + "text, " * 10_000 + '$a")', "#set($x='" + "$a" * 50_000 + "')"],
    ids=["many references", "a long text in a string", "what is no reference"],
)
def test_a_template_that_people_could_write_is_not_refused(source: str) -> None:
    assert compile_template(source).render({}).strip() == ""


CHAINS = json.dumps([{"a": {"a": {"a": [1, 2, 3]}}}] * 20_000)


@pytest.mark.parametrize("path", ["$..*..*..*", "$[?($ == $)]", "$..[?(@..a)]", "$..a..a..a..a"])
def test_a_path_looks_at_the_clock_of_its_rendering(path: str) -> None:
    source = f"#set($d=$input.path('$'))#foreach($i in [1..1000])#set($x=$input.path('{path}'))#end"
    with pytest.raises(TemplateRuntimeError, match="the template takes too long"):
        render(source, CHAINS, seconds=0.3)


@pytest.mark.usefixtures("_little_room")
def test_what_a_path_makes_is_on_the_account_of_its_rendering() -> None:
    wide = json.dumps([{"a": 1, "b": 2}] * 1000)
    source = "#set($l=[])#foreach($i in [1..1000])#set($z=$l.add($input.path(\"$..['a','b']\")))#end"
    with pytest.raises(TemplateRuntimeError, match="too much memory"):
        render(source, wide)


def test_parameters_are_the_templates_own_to_change() -> None:
    given = {"path": {"id": "1"}, "querystring": {}, "header": {"Host": "h"}}
    names = {"input": Input(str, lambda: given, compile_path)}
    source = "$input.params().header.clear()$input.params().path.put('id', '2')$input.params('id')"
    assert compile_template(source).render(names) == "12"
    assert given == {"path": {"id": "1"}, "querystring": {}, "header": {"Host": "h"}}
