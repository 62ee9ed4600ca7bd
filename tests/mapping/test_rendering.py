"""``Rendering``: the source map, the output as JSON, overrides in plain Python."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wsgi_gateway.mapping import Rendering, Span, Template, TemplateRuntimeError
from wsgi_gateway.mapping.trial.rendering import Lines, plain, written
from wsgi_gateway.mapping.velocity import HostObject, JsonArray, SilentMap
from wsgi_gateway.mapping.velocity.values import BigDecimal, Char, Key, MapView

LOOP = """\
#set($items = $input.path('$'))
[
#foreach($item in $items)
  "é$item"#if($foreach.hasNext),#end

#end
]"""


def spans_of(source: str, body: Any = None, **given: Any) -> list[tuple[str, int, int]]:
    """The output in pieces, with line and column of who wrote it."""
    rendering = Template(source).observe(body, **given)
    data = rendering.text.encode()
    assert_seamless(rendering)
    return [
        (data[one.start_byte : one.end_byte].decode(), one.line, one.column) for one in rendering.source_map
    ]


def assert_seamless(rendering: Rendering) -> None:
    """Every byte belongs to somebody, and to one only."""
    ends = [0, *(span.end_byte for span in rendering.source_map)]
    assert ends == [*(span.start_byte for span in rendering.source_map), len(rendering.text.encode())]


def test_every_byte_of_the_output_belongs_to_the_line_that_wrote_it() -> None:
    assert [(text, line) for text, line, _ in spans_of(LOOP, ["a", "ü"])] == [
        ("[\n", 2),
        ('  "é', 4),
        ("a", 4),
        ('"', 4),
        (",", 4),
        ("\n", 5),
        ('  "é', 4),
        ("ü", 4),
        ('"', 4),
        ("\n", 5),
        ("]", 7),
    ]


def test_a_span_counts_bytes_and_has_a_place_from_one() -> None:
    rendering = Template("é$input.body").observe("ü")
    assert rendering.source_map == (Span(0, 2, 1, 1), Span(2, 4, 1, 2))


def test_text_of_several_lines_has_a_span_for_each() -> None:
    assert spans_of("a\r\nb\n\nc") == [("a\r\n", 1, 1), ("b\n", 2, 1), ("\n", 3, 1), ("c", 4, 1)]


def test_what_writes_nothing_has_no_span() -> None:
    assert spans_of("#set($x = 1)$input.path('$.nope') a") == [(" a", 1, 34)]


def test_an_empty_output_has_no_spans() -> None:
    assert Template("$nothing").observe().source_map == ()


def test_lines_end_as_in_any_editor() -> None:
    lines = Lines("a\r\nbc\n\rd")
    assert [lines.line(number) for number in range(1, 6)] == ["a", "bc", "", "d", ""]
    assert len(lines) == 4
    assert [lines.at(offset) for offset in (0, 2, 3, 4, 7)] == [(1, 1), (1, 3), (2, 1), (2, 2), (4, 1)]


def test_json_of_what_is_no_json_names_the_line_of_the_template() -> None:
    rendering = Template('{\n"a": $input.path("$.a"),\n"b": 1}', name="order.vm").observe({"a": "x"})
    with pytest.raises(json.JSONDecodeError) as caught:
        rendering.json()
    who = "order.vm wrote no JSON (line 2 of the template)"
    assert str(caught.value) == f"{who}: Expecting value, in the output at: line 2 column 6 (char 7)"


def test_json_of_nothing_says_that_nothing_was_written() -> None:
    with pytest.raises(ValueError, match="nothing at all"):
        Template("$nothing").observe().json()


def test_json_has_no_nan() -> None:
    with pytest.raises(ValueError, match="NaN is not JSON"):
        Template("NaN").observe().json()


def test_json_of_a_failure_is_the_failure() -> None:
    rendering = Template("{}$input.path('$').get(1)").observe([])
    with pytest.raises(TemplateRuntimeError):
        rendering.json()


def test_a_rendering_shows_its_text_and_not_its_steps() -> None:
    shown = repr(Template("$input.body", name="order.vm").observe("x"))
    assert "name='order.vm', text='x', error=None" in shown
    assert "Step" not in shown


def test_values_become_pythons_own() -> None:
    from decimal import Decimal

    class Secret(HostObject):
        pass

    source: dict[Any, Any] = {"a": 1}
    value = {
        "list": JsonArray([1, {"x": Char("c")}]),
        "map": SilentMap(a=None, b=True, c=1.5),
        Key(1.0): BigDecimal(Decimal("1.50")),
        None: MapView(source, "keys"),
        "host": Secret(),
    }
    assert plain(value) == {
        "list": [1, {"x": "c"}],
        "map": {"a": None, "b": True, "c": 1.5},
        "1.0": "1.50",
        "": "[a]",
        "host": "",
    }
    assert type(plain(value)["map"]) is dict
    assert type(plain(value)["list"][1]["x"]) is str
    assert type(value["list"]) is JsonArray


def test_a_map_that_holds_itself_does_so_afterwards() -> None:
    value: dict[str, Any] = {"deep": None}
    value["me"] = value
    for _ in range(5000):
        value["deep"] = [value["deep"]]
    found = plain(value)
    assert found["me"] is found
    assert found["me"] is not value


def test_what_cannot_be_printed_is_nothing() -> None:
    endless: list[Any] = []
    for _ in range(400):
        endless = [endless]
    assert plain({"x": MapView({"a": endless}, "values")}) == {"x": ""}


def test_overrides_leave_out_what_is_empty() -> None:
    assert written(SilentMap(header=SilentMap(), path=SilentMap(a=""), status=None)) == {"path": {"a": ""}}
    assert written("replaced") == {}
