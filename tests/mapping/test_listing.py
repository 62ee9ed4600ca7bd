"""The listing of a watched rendering: what stands below each line of the template."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest

from wsgi_gateway.mapping import Rendering, Template, TemplateRuntimeError
from wsgi_gateway.mapping.trial.listing import listing, pointed
from wsgi_gateway.mapping.trial.rendering import Span


@dataclass(frozen=True)
class Seen:
    """A step as the engine tells it."""

    kind: str
    start: int
    end: int
    value: Any = None
    output: tuple[int, int] | None = None
    depth: int = 0
    items: int | None = None
    why: str | None = None


def at(source: str, part: str, kind: str, value: Any = None, depth: int = 0, **more: Any) -> Seen:
    start = source.index(part)
    return Seen(kind, start, start + len(part), value, depth=depth, **more)


def watched(source: str, *steps: Seen, **more: Any) -> Rendering:
    given: dict[str, Any] = {
        "text": "",
        "error": None,
        "request_override": {},
        "response_override": {},
        **more,
    }
    return Rendering(name="order.vm", source=source, steps=steps, **given)  # type: ignore[arg-type]


def notes(rendering: Rendering) -> list[str]:
    """The notes, with the number of their line."""
    found, number = [], 0
    for row in listing(rendering):
        if row.kind == "source":
            number = int(row.text.partition("|")[0])
        elif row.kind in ("note", "missing"):
            found.append(f"{number}: {row.text.partition('>')[2].strip()}")
    return found


@pytest.mark.parametrize(
    ("source", "kind", "value", "note"),
    [
        pytest.param("$a.b", "reference", "x", "$a.b = x", id="a reference"),
        pytest.param("$a.b", "reference", None, "$a.b has no value", id="a reference without a value"),
        pytest.param("$a", "reference", "", '$a = ""', id="an empty text is put in quotes"),
        pytest.param("$a", "reference", " x", '$a = " x"', id="so is one with blanks at an end"),
        pytest.param(
            "$a", "reference", "x\n\x1b[31m", "$a = x\\n\\x1b[31m", id="control characters are escaped"
        ),
        pytest.param("$a", "reference", "x" * 99, f"$a = {'x' * 67}...", id="a long value is cut"),
        pytest.param("#set( $a.b = 1)", "set", "1", "$a.b = 1", id="an assignment"),
        pytest.param("#{set}($a=1)", "set", "1", "$a = 1", id="an assignment in braces"),
        pytest.param("#set($a = $b)", "set", None, "$a is not set: there is no value", id="one of nothing"),
        pytest.param("#if($a)", "if", True, "#if($a): true", id="a branch taken"),
        pytest.param("#if($a)", "if", False, "#if($a): false", id="a branch not taken"),
        pytest.param("#elseif($a)", "elseif", True, "#elseif($a): true", id="a later branch"),
        pytest.param("$a", "elseif", False, "#elseif($a): false", id="one of which the condition is known"),
        pytest.param(" ", "elseif", False, "#elseif: false", id="one of which nothing is known"),
        pytest.param("#define( $a )", "define", None, "#define: $a is a block", id="a block"),
        pytest.param("#else", "else", None, "#else: taken", id="the last branch"),
        pytest.param("  #set($a=1)", "set", "1", "$a = 1", id="an assignment with an indent"),
        pytest.param("\t#set($a=1)", "set", "1", "$a = 1", id="an assignment behind a tab"),
        pytest.param("#hi($a)", "call", None, "#hi($a)", id="a macro"),
        pytest.param("#evaluate($a)", "evaluate", "1", "#evaluate($a): 1", id="an evaluation"),
        pytest.param("#stop", "stop", None, "#stop: the template ends here", id="the end"),
    ],
)
def test_every_step_is_told_in_words(source: str, kind: str, value: Any, note: str) -> None:
    assert notes(watched(source, Seen(kind, 0, len(source), value))) == [f"1: {note}"]


@pytest.mark.parametrize(
    ("made", "most", "items", "told"),
    [
        pytest.param(0, 0, 0, "no turn", id="over nothing"),
        pytest.param(1, 1, 1, "1 turn", id="of one turn"),
        pytest.param(1000, 1000, 1000, "1,000 turns", id="as long as may be"),
        pytest.param(
            1000, 1000, 1500, "1,000 of 1,500 turns: API Gateway ends a loop there", id="that is too long"
        ),
        pytest.param(3, 1000, 1500, "3 of 1,500 turns", id="that is left before it is too long"),
        pytest.param(3, 3, None, "3 turns", id="of unknown length"),
    ],
)
def test_a_loop_is_told_with_its_turns(made: int, most: int, items: int | None, told: str) -> None:
    steps = [Seen("foreach", 0, 18, most, items=items), *[Seen("turn", 0, 18, "x")] * made]
    assert notes(watched("#foreach($a in $b)", *steps))[0] == f"1: #foreach: {told}"


def test_of_steps_that_are_not_all_there_a_loop_is_taken_at_its_word() -> None:
    told = watched("#foreach($a in $b)", Seen("foreach", 0, 18, 7, items=7), complete=False)
    assert "#foreach: 7 turns" in told.explain()


def test_a_value_that_prints_nothing_and_a_name_that_is_unknown_are_told() -> None:
    source = "$a $b.c()"
    steps = [Seen("reference", 0, 2, "", why="a map, which prints nothing")]
    steps.append(Seen("reference", 3, 9, None, why="String has no method c"))
    rows = list(listing(watched(source, *steps)))
    assert [(row.kind, row.text.partition(">     ")[2]) for row in rows[2:-1]] == [
        ("missing", "$a is a map, which prints nothing; $b.c() has no value: String has no method c")
    ]


def test_what_a_line_has_just_told_is_not_told_again_until_it_changes() -> None:
    source = "$a $a #set($a=2)$a $a"
    values = [(0, 2, "1"), (3, 5, "1"), (16, 18, "2"), (19, 21, "1")]
    steps = [Seen("reference", start, end, value) for start, end, value in values]
    steps.insert(2, Seen("set", 6, 16, "2"))
    assert notes(watched(source, *steps)) == ["1: $a = 1; $a = 2; $a = 1"]


def test_text_speaks_for_itself() -> None:
    assert notes(watched("text", Seen("text", 0, 4, None, (0, 4)))) == []


def test_an_unresolved_reference_makes_its_row_stand_out() -> None:
    rows = list(listing(watched("$a $b", Seen("reference", 0, 2, "x"), Seen("reference", 3, 5, None))))
    assert [row.kind for row in rows] == ["title", "source", "missing", "title"]
    assert rows[2].text == "     >     $a = x; $b has no value"


def test_notes_stand_on_one_line_or_below_each_other() -> None:
    source = "$aaa $bbb"
    short = watched(source, Seen("reference", 0, 4, "x"), Seen("reference", 5, 9, "y"))
    assert notes(short) == ["1: $aaa = x; $bbb = y"]
    long = watched(source, Seen("reference", 0, 4, "x" * 60), Seen("reference", 5, 9, "y" * 60))
    assert notes(long) == ["1: $aaa = " + "x" * 60, "1: $bbb = " + "y" * 60]


def test_of_very_many_notes_on_one_line_the_first_are_told() -> None:
    source = "$a" * 100
    told = notes(watched(source, *(Seen("reference", 2 * n, 2 * n + 2, str(n)) for n in range(100))))
    assert len(told) == 41
    assert told[-1] == "1: ... 60 more"


LOOP = "#foreach($i in $l)\n$i#if($x)y#end\n#end"


def loop(turns: int, depth: int = 0, missing: int = -1) -> list[Seen]:
    steps = [at(LOOP, "#foreach($i in $l)", "foreach", turns, depth)]
    for turn in range(turns):
        steps.append(at(LOOP, "#foreach($i in $l)", "turn", f"v{turn}", depth))
        steps.append(Seen("reference", 19, 21, None if turn == missing else f"v{turn}", depth=depth + 1))
        steps.append(at(LOOP, "#if($x)", "if", False, depth + 1))
    return steps


def test_the_first_turns_of_a_loop_are_told_and_the_others_counted() -> None:
    assert notes(watched(LOOP, *loop(1000, missing=500))) == [
        "1: #foreach: 1,000 turns",
        "1: turn 1: $i = v0",
        "1: turn 2: $i = v1",
        "1: turn 3: $i = v2",
        "1: ... 997 more turns",
        "2: turn 1: $i = v0; #if($x): false",
        "2: turn 2: $i = v1; #if($x): false",
        "2: turn 3: $i = v2; #if($x): false",
        "2: ... 997 more turns, 1 with a reference without a value",
    ]


def test_a_line_that_does_the_same_in_every_turn_is_told_once() -> None:
    same = [step for step in loop(5) if step.kind != "reference"]
    assert notes(watched(LOOP, *same))[-1] == "2: all 5 turns: #if($x): false"


def test_a_turn_of_a_loop_in_a_loop_has_both_numbers() -> None:
    source = "#foreach($a in $l)\n#foreach($b in $a)\n$b\n#end\n#end"
    steps = [at(source, "#foreach($a in $l)", "foreach", 2)]
    for outer in range(2):
        steps.append(at(source, "#foreach($a in $l)", "turn", f"a{outer}", 0))
        steps.append(at(source, "#foreach($b in $a)", "foreach", 2, 1))
        for inner in range(2):
            steps.append(at(source, "#foreach($b in $a)", "turn", f"b{inner}", 1))
            steps.append(
                Seen(
                    "reference",
                    source.index("\n$b\n") + 1,
                    source.index("\n$b\n") + 3,
                    f"{outer}{inner}",
                    None,
                    2,
                )
            )
    assert notes(watched(source, *steps)) == [
        "1: #foreach: 2 turns",
        "1: turn 1: $a = a0",
        "1: turn 2: $a = a1",
        "2: all 2 turns: #foreach: 2 turns",
        "2: turn 1.1: $b = b0",
        "2: turn 1.2: $b = b1",
        "2: turn 2.1: $b = b0",
        "2: turn 2.2: $b = b1",
        "3: turn 1.1: $b = 00",
        "3: turn 1.2: $b = 01",
        "3: turn 2.1: $b = 10",
        "3: turn 2.2: $b = 11",
    ]


def test_the_head_of_an_inner_loop_is_in_a_turn_of_the_outer_ones_only() -> None:
    source = "#foreach($a in [1, 2])\n#foreach($b in [$a, $a])\n#foreach($c in [$a])\n$c\n#end\n#end\n#end"
    told = [note for note in notes(Template(source).observe()) if note.startswith(("2", "3"))]
    assert told == [
        "2: turn 1: $a = 1; #foreach: 2 turns",
        "2: turn 2: $a = 2; #foreach: 2 turns",
        "2: turn 1.1: $b = 1",
        "2: turn 1.2: $b = 1",
        "2: turn 2.1: $b = 2",
        "2: turn 2.2: $b = 2",
        "3: turn 1.1: $a = 1; #foreach: 1 turn",
        "3: turn 1.2: $a = 1; #foreach: 1 turn",
        "3: turn 2.1: $a = 2; #foreach: 1 turn",
        "3: turn 2.2: $a = 2; #foreach: 1 turn",
        "3: turn 1.1.1: $c = 1",
        "3: turn 1.2.1: $c = 1",
        "3: turn 2.1.1: $c = 2",
        "3: turn 2.2.1: $c = 2",
    ]


def test_the_end_of_a_condition_is_told_on_its_own_line() -> None:
    source = "#if($a)\nx\n#else\ny\n#end"
    steps = [Seen("if", 0, 7, False), Seen("else", 0, 0)]
    assert notes(watched(source, *steps)) == ["1: #if($a): false", "3: #else: taken"]


def test_what_follows_a_loop_on_its_line_is_not_in_it() -> None:
    source = "$a#foreach($i in $l)$i#end$b"
    steps = [
        Seen("reference", 0, 2, "a"),
        at(source, "#foreach($i in $l)", "foreach", 1),
        at(source, "#foreach($i in $l)", "turn", "x", 0),
        Seen("reference", 20, 22, "x", depth=1),
        Seen("reference", 26, 28, "b"),
    ]
    assert notes(watched(source, *steps)) == [
        "1: $a = a; #foreach: 1 turn; $b = b",
        "1: turn 1: $i = x",
    ]


def test_a_line_of_a_macro_is_told_for_each_call() -> None:
    source = "#macro(m $x)\n$x\n#end\n#m(1)#m(2)"
    steps = [
        Seen("call", 21, 26),
        Seen("reference", 13, 15, "1", depth=1),
        Seen("call", 26, 31),
        Seen("reference", 13, 15, "2", depth=1),
    ]
    assert notes(watched(source, *steps)) == ["2: time 1: $x = 1", "2: time 2: $x = 2", "4: #m(1); #m(2)"]


def failed_at(line: int, column: int, message: str = "too much") -> TemplateRuntimeError:
    return TemplateRuntimeError(message, name="order.vm", line=line, column=column)


def test_a_failure_is_told_where_it_happened_and_at_the_end() -> None:
    rendering = watched("a\n\t$b.get(4)", text="a\n", error=failed_at(2, 5, "out of\nrange"))
    assert rendering.explain().splitlines() == [
        "order.vm (profile aws)",
        "   1 | a",
        "   2 |     $b.get(4)",
        "     |        ^ out of\\nrange",
        "output until it failed: 2 characters",
        "a",
        "error: order.vm:2:5: out of\\nrange",
    ]


def test_the_turn_that_failed_is_told_however_late_it_was() -> None:
    rendering = watched(LOOP, *loop(500), error=failed_at(2, 1))
    assert notes(rendering)[-2:] == ["2: ... 496 more turns", "2: turn 500: $i = v499; #if($x): false"]


def test_a_failure_without_a_place_is_told_at_the_end() -> None:
    rendering = watched("a", error=TemplateRuntimeError("too long", name="order.vm"))
    assert rendering.explain().splitlines()[-1] == "error: order.vm: too long"
    assert pointed("a", TemplateRuntimeError("too long")) == []


def test_of_a_minified_template_the_neighbourhood_of_the_failure_is_shown() -> None:
    source = "x" * 500 + "$y" + "z" * 500
    line, caret = pointed(source, failed_at(1, 501))
    assert line[len(caret) - 1] == "$"
    assert re.fullmatch(r"\.\.\.x+\$yz+\.\.\. \(\d+ more characters\)", line)
    assert len(line) < 200


def test_the_output_is_shown_up_to_a_size_and_without_control_characters() -> None:
    shown = watched("x", text="a\x1b\nb\n" + "c" * 5000).explain().splitlines()
    assert shown[2:5] == ["output: 5,005 characters", "a\\x1b", "b"]
    assert shown[-1] == "... 1,005 more characters"


def test_overrides_are_shown_member_by_member() -> None:
    endless: list[Any] = []
    endless.append(endless)
    rendering = watched(
        "x",
        request_override={"header": {"x\n": "a b"}, "querystring": {"q": [1, "2"]}, "path": "?"},
        response_override={"status": 201, "header": {"e": endless, "n": None}},
    )
    assert rendering.explain().splitlines()[3:] == [
        "written to $context.requestOverride:",
        "    header.x\\n = a b",
        "    querystring.q = [1, '2']",
        "    path = ?",
        "written to $context.responseOverride:",
        "    status = 201",
        "    header.e = [[[[[[[...]]]]]]]",
        "    header.n = null",
    ]


def test_warnings_stand_at_the_end_each_on_a_line() -> None:
    *_, row = listing(watched("x", warnings=("the body is\nnot JSON",)))
    assert row == ("warning", "warning: the body is\\nnot JSON")


@pytest.mark.parametrize(
    ("before", "blanks"),
    [
        pytest.param("\t\t", " " * 8, id="tabs"),
        pytest.param("a\t", " " * 4, id="a tab behind a letter"),
        pytest.param("日本", " " * 4, id="letters of double width"),
        pytest.param("e\u0301", " ", id="an accent of its own"),
    ],
)
def test_the_caret_stands_below_the_place_whatever_is_before_it(before: str, blanks: str) -> None:
    line, caret = pointed(before + "$x", failed_at(1, len(before) + 1))
    assert (caret, line.endswith("$x")) == (blanks + "^", True)


def test_a_last_line_end_makes_no_line() -> None:
    assert [row.text for row in listing(watched("a\n\n")) if row.kind == "source"] == ["   1 | a", "   2 |"]


def test_numbers_of_lines_stand_right_in_long_templates() -> None:
    rows = [row.text for row in listing(watched("a\n" * 12_345)) if row.kind == "source"]
    assert (rows[0], rows[-1]) == ("    1 | a", "12345 | a")


def test_text_written_otherwise_than_it_stands_there_is_one_span() -> None:
    rendering = watched("a\\\nb", Seen("text", 0, 4, None, (0, 2)), text="ab")
    assert rendering.source_map == (Span(0, 2, 1, 1),)
