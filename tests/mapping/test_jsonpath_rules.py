"""Rules of the dialect that the recorded cases touch lightly or not at all, and the shape of the package."""

import doctest
import importlib
import pkgutil
import subprocess
import sys
from collections import OrderedDict, defaultdict
from decimal import Decimal

import pytest

from wsgi_gateway.mapping import jsonpath
from wsgi_gateway.mapping.jsonpath import InvalidPath, PathNotFound, compile_path, is_definite
from wsgi_gateway.mapping.jsonpath.conditions import SYMBOLS, WORDS
from wsgi_gateway.mapping.jsonpath.numbers import java_text, number_text
from wsgi_gateway.mapping.jsonpath.operators import OPERATORS

MODULES = sorted(f"{jsonpath.__name__}.{module.name}" for module in pkgutil.iter_modules(jsonpath.__path__))
MISSING, INVALID = object(), object()

SHOP = {
    "books": [{"t": "A", "p": 1, "tags": ["x"]}, {"t": "B", "p": 2.5, "tags": []}, {"t": "C"}],
    "bike": {"p": 7},
    "limit": 2,
    "deep": [[1, 2], [3]],
    "words": ["$.t", "[1]", "@tag", "plain"],
    "long": ["abc", 1, None, True],
    "nil": None,
    "unicode": ["\U00010000", "\uffff"],
    "odd": ["[x", "{x", ""],
    "same": [
        {"n": 1, "a": [[1, 2.5, "x", None]], "b": [[1, 2.5, "x", None]]},
        {"n": 2, "a": [1], "b": [1.0]},
        {"n": 3, "a": [0.0], "b": [-0.0]},
        {"n": 4, "a": {"b": [0.5], "c": True}, "b": {"c": True, "b": [0.5]}},
        {"n": 5, "a": {"b": [0.123456789012345678]}, "b": {}},
        {"n": 6, "a": [True], "b": [1]},
        {"n": 7, "a": [[]], "b": [{}]},
    ],
}


def answer(path, document=SHOP):
    try:
        return compile_path(path)(document)
    except PathNotFound:
        return MISSING
    except InvalidPath:
        return INVALID


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("$.books[9]", MISSING, id="a place beyond the end is missing"),
        pytest.param("$.books[9][*]", [], id="but nothing, before a fan-out"),
        pytest.param("$.books[9]..p", [], id="and before a deep scan"),
        pytest.param("$.nope[*]", MISSING, id="a missing name before a fan-out stays missing"),
        pytest.param("$..[0].t", ["A"], id="a place between .. and a last name selects"),
        pytest.param("$..[1].t", ["B"], id="another place"),
        pytest.param("$..[-1].t", [], id="a negative place there selects nothing"),
        pytest.param("$..[0:1].t", [], id="nor does a slice"),
        pytest.param("$..[0].tags[0]", ["x"], id="before two more steps, a place selects every element"),
        pytest.param("$..*.p", [7], id="a star between .. and a last name sees members only, until a list"),
        pytest.param("$..[?(@.p)].t", ["A", "B"], id="a filter there works, for lists do not pass it"),
        pytest.param("$.books[*]..p", [1, 2.5], id="a star before .. is an ordinary one"),
        pytest.param("$.length($.deep)", 1, id="length of a path: the length of its last child"),
        pytest.param("$.length($.limit)", MISSING, id="length of a path without children"),
        pytest.param("$.length($)", 10, id="length of the root"),
        pytest.param("$.length($.deep.append(1))", INVALID, id="a call with arguments is no argument"),
        pytest.param("$.concat($.deep)", "[1, 2][3]", id="concat prints lists as Java does"),
        pytest.param("$.concat($.bike)", "{p=7}", id="and objects"),
        pytest.param("$.concat($.long)", "abc1true", id="and leaves out null"),
        pytest.param("$.concat($.bike.keys())", "[p]", id="keys() is printed as a list"),
        pytest.param('$.concat("a,b")', "ab", id="a comma in an argument is lost"),
        pytest.param('$.concat("a" "b")', "a", id="text after a JSON argument is not read"),
        pytest.param("$.concat(1x)", INVALID, id="unless it is stuck to a number"),
        pytest.param("$.limit.append(1x)", 2, id="a malformed argument that is not used is no error"),
        pytest.param("$.deep.append(1x)", INVALID, id="used, it is"),
        pytest.param("$.deep.append($.bike.keys())", [[1, 2], [3], ["p"]], id="keys can be appended"),
        pytest.param("$.deep.index(0).length()", 2, id="a call with arguments may be followed by another"),
        pytest.param("$.deep.index(1)[0]", 3, id="or by a place"),
        pytest.param("$.deep.first( ).length()", 2, id="a blank counts as arguments"),
        pytest.param("$.bike.append(1).zz", {"p": 7}, id="a last name that misses leaves the call's answer"),
        pytest.param("$.deep[*].append(0).length()", [[1, 2, 0], 3, [3, 0], 2], id="each answer is a hit"),
        pytest.param("$.deep[*].concat($.zz)", [], id="a missing argument behind a star over a list"),
        pytest.param("$.bike.*.concat($.zz)", MISSING, id="and over an object"),
        pytest.param("$..keys()", INVALID, id="a scan needs a step"),
        pytest.param("$..length().x", [], id="a call right behind .. that is not last"),
        pytest.param("$..p.sum()", 10.5, id="a scan is summed as a whole"),
        pytest.param("$.nope.nope()", MISSING, id="an unknown function that is not reached"),
        pytest.param("$.bike.nope()", INVALID, id="and one that is"),
        pytest.param("$.books[?(@.nope() == 1)]", [], id="in a filter, it matches nothing"),
        pytest.param("$.books[?(@.tags.first() == 'x')]", INVALID, id="a function that fails, fails all"),
        pytest.param("$.books[?(@.tags.index(0) == 'x')]", INVALID, id="no arguments in filters"),
        pytest.param("$[?(@.books[*].t)].limit", [2], id="existence behind a star: every element has it"),
        pytest.param("$[?(@.books[*].p)].limit", [], id="existence behind a star: one has it not"),
        pytest.param("$.books[?(@['t','p'])].t", ["A", "B"], id="existence of several names"),
        pytest.param("$.books[?(@['t','p'].x)].t", ["A", "B"], id="existence below several names"),
        pytest.param("$.books[?(@.p <= $.limit)].t", ["A"], id="the document in a comparison"),
        pytest.param("$.books[?($.limit)].t", [], id="but not alone"),
        pytest.param("$.books[?(@.t nin 'A')].t", [], id="nin needs a list"),
        pytest.param("$.books[?(!(@.t in 'A'))].t", [], id="and a ! does not save it"),
        pytest.param("$.books[?(['x'] == @.tags)].t", [], id="a literal list on the left equals nothing"),
        pytest.param("$.books[?(@.tags == ['x'])].t", ["A"], id="on the right it does"),
        pytest.param("$[?('plain' in @.words)].limit", [2], id="a text in a list"),
        pytest.param("$[?('$.t' in @.words)].limit", [], id="a text that is a path is in no list"),
        pytest.param("$[?('[1]' in @.words)].limit", [], id="nor one that is JSON"),
        pytest.param("$[?([1] in @.words)].limit", [2], id="which is found as JSON"),
        pytest.param("$[?('@tag' in @.words)].limit", [2], id="but one that only looks like a path is"),
        pytest.param("$[?(1 in @.deep)]", INVALID, id="a list of lists cannot be searched"),
        pytest.param("$[?(@.bike in @.words)].limit", [], id="an object is in no list"),
        pytest.param("$.long[?(@ exists true)]", [True], id="the word exists compares booleans"),
        pytest.param("$.long[?(@ exists 1)]", INVALID, id="and fails without one"),
        pytest.param("$.long[?(@ == true)]", [True], id="true is not 1"),
        pytest.param("$.long[?(@ == 1)]", [1], id="1 is not true"),
        pytest.param("$.books[?(@.p == '2.50')].t", ["B"], id="a number on the left reads the text as one"),
        pytest.param("$.books[?('2.50' == @.p)].t", [], id="a text on the left reads the number as text"),
        pytest.param("$.books[?(@.p == 2.50)].t", ["B"], id="number and number"),
        pytest.param("$.books[?(@.t == 'A'", INVALID, id="an open filter"),
        pytest.param("$..['t','tags'][0]", ["x"], id="several names between .. and a place"),
        pytest.param("$[?(@..[0].t)].limit", [], id="existence below a placed scan: a list has it not"),
        pytest.param("$.long[*]['a','b']", [], id="several names of what is no object"),
        pytest.param("$.limit[0]", MISSING, id="a place in a number"),
        pytest.param("$.nil.length($)", INVALID, id="null has no length, not even of an argument"),
        pytest.param("$.books[?(@.t empty 1)]", [], id="empty needs a boolean"),
        pytest.param(
            "$.words[?(@ < 'é')]", ["$.t", "[1]", "@tag", "plain"], id="texts beyond ASCII have an order"
        ),
        pytest.param("$.unicode[?(@ < $.unicode[1])]", ["\U00010000"], id="by UTF-16 units"),
        pytest.param("$.unicode[?(@ size 2)]", ["\U00010000"], id="and a length in them"),
        pytest.param("$.same[?(@.a == @.b)].n", [1, 4], id="lists are equal if their numbers have one type"),
        pytest.param("$.same[?(@.a == [[1, 2.5, 'x', null]])].n", [1], id="a list in a list"),
        pytest.param(
            "$.same[?(@.a == {b: [0.1234567890123456789]})].n", [], id="a long fraction is no double"
        ),
        pytest.param("$[?('{x' in @.odd)].limit", [2], id="a text that only begins like JSON"),
        pytest.param("$.words['a',,'b']", INVALID, id="a name missing"),
        pytest.param("$['bike',\\x'limit']", {"bike": {"p": 7}, "limit": 2}, id="what stands between names"),
        pytest.param("$['\\uZZZZ']", INVALID, id="a code that is none"),
        pytest.param("$['\\u12']", MISSING, id="a code cut off"),
        pytest.param("$[?(@.a == '\\uZZZZ')]", INVALID, id="a code that is none, in a filter"),
        pytest.param("$['\\ud83d\\ude00', 'limit']", {"limit": 2}, id="a pair of codes"),
        pytest.param("$[*x]", INVALID, id="a star and more"),
        pytest.param("$.concat(x()$.limit)", INVALID, id="an argument that begins with garbage"),
        pytest.param("$.concat($.)", INVALID, id="an argument that ends with a dot"),
        pytest.param('$.words.concat("a)', "$.t[1]@tagplain", id="an argument with an open quote is dropped"),
        pytest.param('$.words.concat("a))', INVALID, id="unless the parentheses do not add up"),
        pytest.param("$.concat(])", INVALID, id="a stray bracket between arguments"),
        pytest.param("$.concat(-Infinity)", INVALID, id="a constant that is no JSON"),
        pytest.param("$[?(@./a) == 1)/)]", INVALID, id="a slash that hides the end of a filter"),
        pytest.param("$[?(@.a/ == '/)]", INVALID, id="or an open text"),
        pytest.param("$[?(@.a/' == /x)]", INVALID, id="or an open pattern"),
        pytest.param("$[?(@.a[0)]", INVALID, id="an open bracket in a filter"),
        pytest.param("$.books[0]\U0001f600", MISSING, id="a last character outside the BMP is a name"),
    ],
)
def test_rule(path, expected):
    assert answer(path) is expected or answer(path) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("[1, 2,,]", [1, 2]),
        ("[a b, 'c', \"d\"]", ["a b", "c", "d"]),
        ("{a: 1, 'b': [true, false, null]}", {"a": 1, "b": [True, False, None]}),
        ("[1 2, 3x, -, 01, 1.5, 1e2]", ["1 2", "3x", 0, 1, 1.5, 100.0]),
        ("[a[b], 1]", ["a[b"]),
        (r"['it\'s', 'A\x42\q', '\t']", ["it's", "AB", "\t"]),
        ("{}", {}),
        ("['a\\n\x01b']", ["a\nb"]),
    ],
)
def test_lenient_literals(text, value):
    assert jsonpath.nodes.JsonLiteral(text).value == value


def test_numbers_as_the_dialect_prints_them():
    numbers = [0.0, -0.0, 1.0, 0.001, 1e-4, 12345678.9, 5e-324, 1.7976931348623157e308, 10**20]
    texts = "0.0 -0.0 1.0 0.001 1.0E-4 1.23456789E7 4.9E-324 1.7976931348623157E308 100000000000000000000"
    assert [java_text(number) for number in numbers] == texts.split()
    texts = "0.0 0.0 1.0 0.001 0.00010 12345678.9 4.9E-324 1.7976931348623157E+308 100000000000000000000"
    assert [number_text(number) for number in numbers] == texts.split()
    assert [number_text(Decimal(text)) for text in ("1e2", "-0.0", "1.50")] == ["1E+2", "0.0", "1.50"]
    assert number_text(float("nan")) == "NaN"
    assert java_text(Decimal("1.50")) == "1.50"


def test_odd_values_compare_without_harm():
    class Text(str):
        pass

    document = [Text("a"), object(), float("inf"), "x" * 100]
    assert compile_path("$[?(@ == 'a')]")(document) == ["a"]
    assert compile_path("$[?(@ > 1)]")(document) == [float("inf")]
    assert compile_path("$[?(@ size $[2])]")(document) == []
    assert compile_path("$[?(@ == 'Infinity')]")(document) == []
    assert compile_path("$[?('Infinity' == @)]")(document) == [float("inf")]


@pytest.mark.parametrize(
    "text", ["[1", "{a}", "{:1}", "{a:}", "[}", "['a]", "{a:1 b:2 c", r"['a\']", "[" * 200]
)
def test_malformed_literals_fail_when_used(text):
    with pytest.raises(ValueError):
        _ = jsonpath.nodes.JsonLiteral(text).value


def test_a_malformed_literal_fails_the_query_not_the_path():
    find = compile_path("$[?(@.a in [}])]".replace("[}]", "[{a}]"))
    assert find([]) == []
    with pytest.raises(InvalidPath):
        find([{"a": 1}])


def test_errors_say_what_and_where():
    with pytest.raises(InvalidPath) as caught:
        compile_path("$.a[?(@.b == nope)]")
    error = caught.value
    assert (error.path, error.position, error.message) == ("$.a[?(@.b == nope)]", 13, "expected a value")
    assert "at 13" in str(error)
    with pytest.raises(InvalidPath) as caught:
        compile_path("a[x]")
    assert caught.value.position == 1  # counted in what was written, not behind the $. put in front
    with pytest.raises(PathNotFound, match="no results"):
        compile_path("$.a")({})


def test_definite():
    assert all(map(is_definite, ["$", "a.b[0]", "$['a','b']", "$.a.length()", "$..a.sum()"]))
    assert not any(map(is_definite, ["$..a", "$.*", "$[0,1]", "$[0:1]", "$[?(@.a)]", "$['a','b'].c", ".a"]))
    with pytest.raises(InvalidPath):
        is_definite("$[")


def test_subclasses_of_dict_and_list_are_documents_and_stay_as_they_are():
    class Rows(list):
        pass

    document = defaultdict(list, {"a": Rows([OrderedDict(b=1), OrderedDict(b=2)])})
    assert compile_path("$.a[1].b")(document) == 2
    assert compile_path("$..b")(document) == [1, 2]
    assert compile_path("$.a[?(@.b > 1)].b")(document) == [2]
    assert compile_path("$.a.length()")(document) == 2
    with pytest.raises(PathNotFound):
        compile_path("$.zz")(document)
    assert list(document) == ["a"]


def test_a_text_has_no_places_and_no_members():
    assert answer("$[0]", "text") is MISSING
    assert answer("$.a[0].b", {"a": "text"}) is MISSING


def test_every_operator_that_is_read_has_a_meaning():
    assert set(OPERATORS) == SYMBOLS | WORDS


def test_public_names():
    errors = ["InvalidPath", "PathBudgetExceeded", "PathNotFound"]
    assert jsonpath.__all__ == [*errors, "compile_path", "is_definite"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_the_manual(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_examples_on_the_front_page():
    assert doctest.testmod(jsonpath).failed == 0


def test_importing_needs_the_standard_library_only():
    program = """
import sys
before = set(sys.modules)
from wsgi_gateway.mapping.jsonpath import compile_path
compile_path("$.a[?(@.b == 1)]")({"a": []})
loaded = {name.partition(".")[0] for name in set(sys.modules) - before}
print(sorted(loaded & {"re2", "lark", "webob", "hypothesis"}))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
