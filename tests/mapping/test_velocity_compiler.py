"""The compiler's short cuts change nothing: what it puts into local variables, keeps, puts off or makes a
function of its own, prints as the plainest program would.
"""

from collections.abc import Callable
from typing import Any

import pytest

from wsgi_gateway.mapping.velocity import Input, TemplateRuntimeError, Util, arithmetic, compile_template
from wsgi_gateway.mapping.velocity.printing import text
from wsgi_gateway.mapping.velocity.template import Template, _Code


def plainest(source: str, profile: str) -> Template:
    return Template(source, profile, "<template>", _Code(source, profile, frozenset(), shared=True))


def quickest(source: str, profile: str) -> Template:
    return compile_template(source, profile=profile)


WAYS = [pytest.param(quickest, id="quickest"), pytest.param(plainest, id="plainest")]
Way = Callable[[str, str], Template]


def render(way: Way, source: str, profile: str = "aws", **values: Any) -> str:
    return way(source, profile).render({"util": Util(), **values})


def nested(loops: int, ifs: int) -> str:
    return "#foreach($i in [1])" * loops + "(#if(true)" * ifs + "x" + "#end)" * ifs + "#end" * loops


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("loops", range(5))
@pytest.mark.parametrize("ifs", [1, 7, 12, 13, 14, 25, 60])
def test_blocks_of_any_depth_print_in_order(way: Way, loops: int, ifs: int) -> None:
    expected = "(" * ifs + "x" + ")" * ifs
    assert render(way, nested(loops, ifs)) == expected
    assert render(way, "#macro(m)#end" + nested(loops, ifs)) == expected


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param("$m.a#set($m.a=2)$m.a", "12", id="a member that is set"),
        pytest.param("#set($n=$m)$m.a#set($n.a=2)$m.a", "12", id="a member that is set by another name"),
        pytest.param("$m.a$!m.put('a',2)$m.a", "112", id="a member that is put"),
        pytest.param("#if($m.a)$m.a#set($m.a=2)#end$m.a", "12", id="a member that is set in a branch"),
        pytest.param(
            "#foreach($i in [1,2])$m.a#set($m.a=$i+4)#end", "15", id="a member that is set in a loop"
        ),
        pytest.param("#set($x=$m)$x.a#set($x={'a':3})$x.a", "13", id="a variable that is set"),
        pytest.param(
            '$l.get(0)#if("$!l.set(0,9)"=="x")#end$l.get(0)', "19", id="a list that a string changes"
        ),
        pytest.param("#foreach($x in $l)$x#end$!x#set($x=7)$x", "127", id="a variable of a loop afterwards"),
        pytest.param(
            "#foreach($x in $l)#foreach($x in $l)$x#end$x#end", "121122", id="a loop in its own variable"
        ),
        pytest.param("#foreach($x in $l)$velocityCount#set($c=$velocityCount)#end$c", "122", id="counters"),
        pytest.param(
            "#set($x='a')$x.concat(\"#if(true)#set($x='zz')#end\")", "a", id="a set within an argument"
        ),
        pytest.param(
            "#foreach\t($util in [{'a':1}])$util.a $util.put('a',2) $util.a#end",
            "1 1 2",
            id="a host's name in a loop",
        ),
        pytest.param('a#set($y="#stop")b', "a", id="a stop in a string"),
        pytest.param("#if(false)#set($x=1)#end$!x", "", id="a variable that a branch would have set"),
        pytest.param("#if(true)a#elseif(true)b#end#if(false)c#elseif(true)d#else e#end", "ad", id="ladders"),
        pytest.param("{'}${q}\\\"f'{x}'\n", "{'}\\\"f'{x}'\n", id="what Python would take for its own"),
        pytest.param(
            "#foreach($i in [1..3])$foreach.count/$foreach.index#if($foreach.hasNext),#end#end",
            "1/0,2/1,3/2",
            id="a loop's own",
        ),
    ],
)
def test_short_cuts_change_nothing(way: Way, source: str, expected: str) -> None:
    assert render(way, source, m={"a": 1}, l=[1, 2]) == expected


SUMS = {
    "+": lambda a, b: arithmetic.add(a, b, "", 0, 0, 0, 0),
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
}
ORDERS = {
    "==": arithmetic.equal,
    "!=": arithmetic.not_equal,
    "<": arithmetic.less,
    "<=": arithmetic.less_equal,
    ">": arithmetic.greater,
    ">=": arithmetic.greater_equal,
}


@pytest.mark.parametrize("left", [0, 7, -7, 2**31, 2**53, 2**64, 1.5, -0.0, 1e300, "7", "x", True])
@pytest.mark.parametrize("right", [0, 7, 2**53, 2**64, 2.5, 1e300, "7", False])
def test_sums_and_comparisons_are_those_of_the_long_way(left: Any, right: Any) -> None:
    sums = "".join(f"#set($r='-')#set($r=$a {sign} $b)$r," for sign in SUMS)
    orders = "".join(f"#if($a {sign} $b)1#{{else}}0#end" for sign in ORDERS)
    against = "#if($a == 7)1#{else}0#end#if($a != 'x')1#{else}0#end#if($a < 8)1#{else}0#end"
    found = [function(left, right) for function in SUMS.values()]
    truths = [function(left, right) for function in ORDERS.values()]
    truths += [arithmetic.equal(left, 7), arithmetic.not_equal(left, "x"), arithmetic.less(left, 8)]
    expected = "".join(f"{'-' if value is None else text(value)}," for value in found)
    expected += "".join("1" if truth else "0" for truth in truths)
    assert render(quickest, sums + orders + against, a=left, b=right) == expected


def test_trees_of_strings_are_judged_each_by_itself() -> None:
    quiet = "$n#foreach($i in $l)$i#end"
    changing = "#foreach($i in $l)#if($i==1)$l.add(2)#end#end"
    source = f'#if($n == "{quiet}")x#end#if($n == "{changing}")x#end'
    for _ in range(5):
        with pytest.raises(TemplateRuntimeError, match="ConcurrentModification"):
            render(quickest, source, n=1, l=[1, 2])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "source",
    [
        pytest.param("#if(true)$v$v$v#end" * 40, id="many conditions"),
        pytest.param("#if(true)a" * 11 + "$v$v$v" + "#end" * 11, id="conditions in conditions"),
        pytest.param("#if(false)#elseif(true)x$v#end" * 40, id="ladders"),
        pytest.param("$$v" * 40, id="what stands before a reference"),
    ],
)
def test_texts_that_wait_are_counted(way: Way, source: str) -> None:
    given = Input(lambda: "x" * 4_000_000, dict, lambda path: lambda document: document)
    for profile in ("aws", "stock"):
        with pytest.raises(TemplateRuntimeError, match=r"too much memory|longer than"):
            render(way, "#set($v=$input.body)" + source, profile, input=given)


@pytest.mark.parametrize(
    "source",
    [
        "#define($v)$v#define($v)#end$#end]$util.escapeJavaScript($v)",
        "#define($v)$l.add(1)#end#set($m=[$v])$l.size()#set($n={'v':$v})$l.size()$v$l.size()",
    ],
)
def test_to_watch_a_block_does_not_run_it(source: str) -> None:
    values: dict[str, Any] = {"util": Util(), "l": []}
    expected = compile_template(source).render(values | {"l": []})
    seen = compile_template(source, observed=True).observe(values)
    assert (seen.error, seen.text) == (None, expected)
