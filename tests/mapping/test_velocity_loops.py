"""What `#foreach` does at its edges, and what 1.7 fails at only when it gets there. Every expected text is
what Velocity 1.7 printed.
"""

from typing import Any

import pytest

from wsgi_gateway.mapping.velocity import TemplateRuntimeError, TemplateSyntaxError, compile_template


def render(source: str, profile: str) -> str:
    values: dict[str, Any] = {
        "nulls": [1, None, 2],
        "ints": [3, 1, 2],
        "m": {"a": 1, "b": 2},
        "one": {"a": 1},
    }
    return compile_template(source, profile=profile).render({**values, "f": False, "n": 7})


@pytest.mark.parametrize("profile", ["aws", "stock"])
@pytest.mark.parametrize(
    ("source", "expected"),
    [
        pytest.param(
            "#foreach($i in [1,2])#foreach($j in [3])#end$velocityCount#end", "12", id="inner counters end"
        ),
        pytest.param("#foreach($i in [1..2])#end$!velocityCount", "", id="counters end with the loop"),
        pytest.param(
            "#set($it=$ints.iterator())#foreach($x in $it)$x#break#end#foreach($x in $it)$x#end",
            "312",
            id="an iterator is taken turn by turn",
        ),
        pytest.param(
            "#foreach($x in $one)#set($one.q=1)#end$one", "{a=1, q=1}", id="a map grows in its last turn"
        ),
        pytest.param(
            "#foreach($x in $ints)#if($foreach.count==2)#set($y=$ints.remove(0))#end#end$ints",
            "[1, 2]",
            id="a list shrinks in the turn before the last",
        ),
        pytest.param("#if($f)#foreach()x#end#end", "", id="a loop without items that is not reached"),
        pytest.param("#if($f)#evaluate('#if(')#end", "", id="an evaluate that is not reached"),
        pytest.param("a#stop#evaluate('#')", "a", id="an evaluate behind a stop"),
        pytest.param("#define($b)x#end$$b", "x", id="what stands before a block is lost"),
        pytest.param('#foreach($i in [3])t$n.foo("#break")#end', "t", id="a break in a string"),
    ],
)
def test_what_is_printed(source: str, expected: str, profile: str) -> None:
    assert render(source, profile) == expected


@pytest.mark.parametrize(
    ("source", "aws", "stock"),
    [
        pytest.param("#foreach($i in $nulls)#set($i=5)$i,#end", "5,,5,", "5,$i,5,", id="by a set"),
        pytest.param(
            "#foreach($i in $nulls)#foreach($i in [1..2])$i#end,#end",
            "12,,12,",
            "12,$i$i,12,",
            id="by a loop",
        ),
    ],
)
def test_in_the_turn_of_a_null_the_variable_cannot_be_set(source: str, aws: str, stock: str) -> None:
    assert (render(source, "aws"), render(source, "stock")) == (aws, stock)


@pytest.mark.parametrize("profile", ["aws", "stock"])
@pytest.mark.parametrize(
    "source",
    [
        pytest.param("#foreach($x in $m)#set($m.q=1)#end", id="a map that grows"),
        pytest.param("#foreach($x in $m.keySet())#set($m.q=1)#end", id="the keys of a map that grows"),
        pytest.param(
            "#foreach($x in $m.entrySet())$m.clear()#end", id="the entries of a map that is cleared"
        ),
        pytest.param(
            "#foreach($x in $ints)#if($foreach.last)#set($y=$ints.remove(0))#end#end",
            id="a list that shrinks in its last turn",
        ),
        pytest.param("#foreach($x in $ints)#set($y=$ints.add(1))#end", id="a list that grows"),
        pytest.param("#foreach()x#end", id="no items"),
        pytest.param("#foreach($foreach in [1])x#end", id="a loop variable called foreach"),
    ],
)
def test_what_fails_when_it_is_reached(source: str, profile: str) -> None:
    with pytest.raises(TemplateRuntimeError):
        render(source, profile)


@pytest.mark.parametrize(
    "source", ['#if("#end")x#end', '#set($x = !"#else")', '#q("#h(")', "#evaluate('#if(')"]
)
def test_what_is_refused_when_it_is_compiled(source: str) -> None:
    with pytest.raises(TemplateSyntaxError):
        compile_template(source)


def test_an_include_of_nothing_says_so_in_stock() -> None:
    comment = "<!-- include error : error with arg 0 please see log. see error log -->"
    assert render("#include($undef)", "stock") == comment
