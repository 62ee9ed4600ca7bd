"""Paths and documents made to hurt: an answer or one of our errors, soon, whatever comes."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgi_gateway.mapping.jsonpath import (
    InvalidPath,
    PathBudgetExceeded,
    PathNotFound,
    compile_path,
    is_definite,
)
from wsgi_gateway.mapping.jsonpath.errors import QueryFailed


def deep(levels, kind):
    document = {"x": 1} if kind == "object" else [1]
    for _ in range(levels):
        document = {"a": document} if kind == "object" else [document]
    return document


def outcome(path, document):
    """The answer's or error's type; what is not bounded never comes back."""
    try:
        return type(compile_path(path)(document))
    except (PathNotFound, InvalidPath) as error:
        return type(error)


WIDE = {"rows": [{"n": n, "s": "x" * 20, "t": [1, 2, 3]} for n in range(2000)]}


@pytest.mark.parametrize(
    ("path", "document", "expected"),
    [
        pytest.param("$" + ".a" * 20_000, deep(20_000, "object"), dict, id="20,000 names"),
        pytest.param("$" + "[0]" * 20_000, deep(20_000, "list"), list, id="20,000 places"),
        pytest.param("$" + ".a" * 20_000, {"a": 1}, PathNotFound, id="20,000 names, missing"),
        pytest.param("$" + ".*" * 20_000, deep(20_000, "list"), list, id="20,000 stars"),
        pytest.param("$" + "[0:9]" * 20_000, deep(20_000, "list"), list, id="20,000 slices"),
        pytest.param("$" + "[0,0]" * 20_000, deep(20_000, "list"), PathBudgetExceeded, id="20,000 doublings"),
        pytest.param("$" + "..a" * 500, deep(20_000, "object"), PathBudgetExceeded, id="500 scans"),
        pytest.param("$" + "[?(@)]" * 20_000, [[]], list, id="20,000 filters"),
        pytest.param("$" + ".length( )" * 20_000, {}, InvalidPath, id="20,000 calls"),
        pytest.param("$" + ".*" * 5000 + ".concat($)", [], PathBudgetExceeded, id="stars and a call"),
        pytest.param("$" + "..*" * 12, deep(200, "list"), PathBudgetExceeded, id="12 scans of everything"),
        pytest.param("$" + "..*" * 12, WIDE, list, id="12 scans of everything, wide"),
        pytest.param("$..*", deep(100_000, "list"), list, id="scan of 100,000 lists"),
        pytest.param("$..x", deep(100_000, "object"), list, id="scan of 100,000 objects"),
        pytest.param("$..[0].x", deep(100_000, "list"), list, id="placed scan of 100,000 lists"),
        pytest.param("$..a[?(@.x == 1)]", deep(100_000, "object"), list, id="filter on 100,000 objects"),
        pytest.param("$[?(@ == $[0])]", [deep(100_000, "list")] * 2, list, id="comparing 100,000 lists"),
        pytest.param("$.concat($)", deep(100_000, "list"), PathBudgetExceeded, id="printing 100,000 lists"),
        pytest.param("$[?(@ in $)]", list(range(3000)), PathBudgetExceeded, id="a search for each element"),
        pytest.param("$.a[?($.a subsetof $.a)]", {"a": list(range(2000))}, PathBudgetExceeded, id="subsets"),
        pytest.param("$[?(@..n == 1)]", [WIDE] * 500, PathBudgetExceeded, id="a scan for each element"),
        pytest.param("$..[?(@..[?(@..n)])]", [WIDE] * 9, PathBudgetExceeded, id="scans in filters in scans"),
        pytest.param(
            "$.r[?($.s =~ /(a|b)*c/)]",
            {"s": "ab" * 500_000, "r": [0] * 5000},
            PathBudgetExceeded,
            id="long matches",
        ),
        pytest.param(
            "$.r[?($.s contains 'abc')]",
            {"s": "ab" * 500_000, "r": [0] * 5000},
            PathBudgetExceeded,
            id="long texts",
        ),
        pytest.param("$[?(@ == 1)]", ["1" * 100_000] * 20, list, id="texts of 100,000 digits"),
        pytest.param("$[?(@ == '1')]", [10**50_000] * 20, list, id="numbers of 50,000 digits"),
        pytest.param("$.sum()", [10**50_000, -(10**50_000)], float, id="their sum"),
        pytest.param("$.concat($)", [10**50_000], str, id="their text"),
        pytest.param("$[?(@ > 1e2147483647)]", [1, 1.5, 10**5000], list, id="a literal beyond measure"),
        pytest.param("$[?(@ size 1e2147483647)]", [[1]], list, id="a size of as many"),
        pytest.param("$[?(@ == 1e99999999999)]", [1], InvalidPath, id="an exponent beyond 32 bits"),
        pytest.param("$[" + "9" * 10_000 + "]", [1], InvalidPath, id="a place of 10,000 digits"),
        pytest.param("$[?(@ > 1)]", [float("nan"), float("inf")], list, id="no numbers"),
        pytest.param("$[?(@ in [1])]", [float("nan"), float("inf")], list, id="no numbers in a list"),
        pytest.param("$.stddev()", [float("nan"), float("inf"), 1e308], float, id="their deviation"),
        pytest.param("$.concat($)", [float("nan"), float("-inf")], str, id="their names"),
        pytest.param("$[?(@ contains 'x')]", [["$" + "[?(@" * 9999]] * 5, list, id="texts much like paths"),
        pytest.param("$[?(@ contains 'x')]", [["[" * 50_000 + "]" * 50_000]] * 5, list, id="or like JSON"),
    ],
)
def test_hostile(path, document, expected):
    assert outcome(path, document) is expected


def nested_filter(levels, inner="@.x"):
    for _ in range(levels):
        inner = f"@.a[?({inner})]"
    return f"$[?({inner})]"


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(nested_filter(1000), id="filters in filters"),
        pytest.param(f"$.sum({nested_filter(1000)})", id="filters in filters in a call"),
        pytest.param("$[?(" + "(" * 5000 + "@.x" + ")" * 5000 + ")]", id="parentheses"),
        pytest.param("$[?(" + "!" * 5000 + "@.x)]", id="negations"),
        pytest.param("$.sum(" * 5000 + "$" + ")" * 5000, id="calls in calls"),
    ],
)
def test_nesting_is_bounded(path):
    assert outcome(path, [1, [1], {"a": []}]) in (InvalidPath, PathBudgetExceeded)


@pytest.mark.parametrize(
    ("path", "unused"),
    [
        pytest.param("$[?(@ in " + "[" * 5000 + "]" * 5000 + ")]", [], id="lists in lists"),
        pytest.param("$.append(" + '{"a":' * 5000 + "1" + "}" * 5000 + ")", {}, id="objects in arguments"),
    ],
)
def test_nesting_of_constants_is_bounded_when_they_are_used(path, unused):
    assert outcome(path, unused) is type(unused)
    assert outcome(path, [1]) in (list, QueryFailed)


@pytest.mark.parametrize("inner", ["@..x", "@.x.length() == 1", "@..x.length() == 1", "$..x.length() > @.x"])
def test_nesting_up_to_the_bound_stays_cheap(inner):
    for levels in (5, 12, 19):
        path = inner
        for _ in range(levels):
            path = f"@..[?({path})]"
        assert outcome(f"$..[?({path})]", {"a": [{"x": 1}]}) in (list, PathBudgetExceeded)
        path = inner
        for _ in range(levels):
            path = f"@..a[?({path})].length() == 1"
        assert outcome(f"$..[?({path})]", {"a": [{"x": 1}]}) in (list, PathBudgetExceeded)


NONSENSE = ["$[", "$.a(", "$['", "$[?(", "$[?(@.a(", '$.a("', "[?(/", "()", ").", "@()"]


@pytest.mark.parametrize("unit", NONSENSE)
def test_long_nonsense_is_refused_quickly(unit):
    for path in (unit * 10_000, "$." + unit * 10_000, "$[?(@" + unit * 5000 + ")]"):
        assert outcome(path, {}) in (InvalidPath, PathBudgetExceeded, PathNotFound, list)


def test_a_caller_close_to_the_recursion_limit_gets_our_error():
    def sink():
        try:
            return sink()
        except RecursionError:
            try:
                return compile_path("$[?(((@.never_seen_before))) ]")([])
            except InvalidPath as error:
                return error

    assert sink() == [] or isinstance(sink(), InvalidPath)


NUMBERS = st.integers(-99, 10**18) | st.floats(allow_nan=False)
SCALARS = st.none() | st.booleans() | NUMBERS | st.text(max_size=5)
NAMES = st.sampled_from(["a", "b", "a b", "", "it's", 'q"', "\\", "é", "0", "*"]) | st.text(max_size=4)
DOCUMENTS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)
PIECES = st.sampled_from(
    """$ @ . .. a b [0] [-1] [0,1] [1:] [:1] [-2:3] [*] * ['a'] ["a","b"] [?(@.a)] [?( ) )] && || ! == != < =~
    /a.*/i in nin
    size contains empty subsetof exists 1 1.5 'a' "b" true null [1,'a'] {"a":1} @.a $.b @..a .length()
    .sum() .keys() .first() .append(1) .concat($.a) ( ) [ ] , : ? - e \\ \u00e9""".split()
) | st.just(" ")
PATHS = st.lists(PIECES, max_size=9).map("".join) | st.lists(PIECES, max_size=9).map("$".join)
FILTERS = st.lists(PIECES, max_size=7).map(lambda pieces: f"$..[?(@.a {' '.join(pieces)})]")


@settings(max_examples=600, deadline=None)
@given(PATHS | FILTERS | st.text(max_size=12), DOCUMENTS)
def test_only_values_and_our_errors_come_out(path, document):
    before = copy.deepcopy(document)
    try:
        found = compile_path(path)(document)
    except (PathNotFound, InvalidPath):
        pass
    else:
        json.dumps(found)
        assert is_definite(path) or type(found) is list
    assert document == before


def places(document, path="$"):
    """Every value with the path that leads to it, parents first."""
    inside = {}
    if isinstance(document, dict):
        inside = {f"['{name.translate(ESCAPES)}']": value for name, value in document.items()}
    elif isinstance(document, list):
        inside = {f"[{place}]": value for place, value in enumerate(document)}
    for step, value in inside.items():
        yield path + step, value
    for step, value in inside.items():
        yield from places(value, path + step)


ESCAPES = str.maketrans({"\\": r"\\", "'": r"\'"})


@settings(deadline=None)
@given(DOCUMENTS.filter(lambda document: document is not None))
def test_every_value_is_found_where_it_is(document):
    for path, value in places(document):
        assert compile_path(path)(document) is value


@settings(deadline=None)
@given(DOCUMENTS.filter(lambda document: document is not None))
def test_a_scan_finds_every_value_parents_first(document):
    found = compile_path("$..*")(document)
    expected = [value for _, value in places(document)]
    assert len(found) == len(expected)
    assert all(one is other for one, other in zip(found, expected, strict=True))


@settings(deadline=None)
@given(st.lists(st.integers()), st.integers(0, 9), st.integers(0, 9))
def test_slices_with_positive_ends_are_pythons(items, start, stop):
    assert compile_path(f"$[{start}:{stop}]")(items) == items[start:stop]
    assert compile_path(f"$[{start}:]")(items) == items[start:]
    assert compile_path(f"$[-{start + 1}:]")(items) == items[-start - 1 :]
    assert compile_path(f"$[:{stop}]")(items) == items[:stop]
    assert compile_path(f"$[:-{stop + 1}]")(items) == items[: -stop - 1]


@settings(deadline=None)
@given(st.lists(st.integers(-5, 5) | st.floats(-5, 5) | st.text("12.", max_size=3)), st.integers(-5, 5))
def test_comparisons_with_a_number(items, bound):
    numbers = [item for item in items if not isinstance(item, str)]
    assert compile_path(f"$[?(@ < {bound})]")(items) == [item for item in numbers if item < bound]
    assert compile_path(f"$[?(@ >= {bound})]")(items) == [item for item in numbers if item >= bound]
    equal = compile_path(f"$[?(@ == {bound})]")(items)
    unequal = compile_path(f"$[?(@ != {bound})]")(items)
    assert [item for item in equal if not isinstance(item, str)] == [
        item for item in numbers if item == bound
    ]
    assert len(equal) + len(unequal) == len(items)
