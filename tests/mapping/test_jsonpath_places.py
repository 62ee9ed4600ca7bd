"""Places that are missed, and where a deep scan meets a place: rules that only show in combinations."""

import pytest

from wsgi_gateway.mapping.jsonpath import InvalidPath, PathNotFound, compile_path
from wsgi_gateway.mapping.jsonpath.hazards import last_hazard
from wsgi_gateway.mapping.jsonpath.parser import parse

MISSING, INVALID = object(), object()

TABLE = {
    "rows": [[1, 2], [], [3]],
    "named": {"none": [], "one": [5]},
    "none": [],
    "people": [{"n": 1, "at": [{"k": "a"}]}, {"n": 2, "at": []}, {"n": 3, "at": [{"k": "b"}, {"k": "c"}]}],
}


def answer(path):
    try:
        return compile_path(path)(TABLE)
    except PathNotFound:
        return MISSING
    except InvalidPath:
        return INVALID


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        pytest.param("$.none.first()", INVALID, id="an empty list has no first element"),
        pytest.param("$.rows[1].first()", MISSING, id="below a place, that is an absence"),
        pytest.param("$.rows[*].first()", [1, 3], id="below a star, a gap"),
        pytest.param("$.named.*.first()", INVALID, id="but not when the star ran over an object"),
        pytest.param("$.rows[0:2].first()", [1], id="below a slice"),
        pytest.param("$.rows[2,1,0].first()", [3, 1], id="below several places"),
        pytest.param("$.rows[?(@.length() < 2)].first()", [3], id="below a filter"),
        pytest.param("$.rows[*].index(1)", [2], id="index() misses in the same way"),
        pytest.param("$.rows.index(9)", INVALID, id="and fails alone"),
        pytest.param("$.rows[0].index(4294967296)", 1, id="a whole number is cut to 32 bits"),
        pytest.param("$.rows[0].index(1e12)", MISSING, id="a double is not"),
        pytest.param('$.rows[0].index("x")', MISSING, id="no number at all is a missed place too"),
        pytest.param("$.rows[*].last()", INVALID, id="last() of an empty list fails everything"),
        pytest.param("$.rows[*].append(9).index(2)", [[1, 2, 9], 9, [9], [3, 9]], id="what was found stays"),
        pytest.param("$.rows[*].concat($.none.first())", [], id="in an argument"),
        pytest.param("$.rows[?(@.first() == 1)]", INVALID, id="in the filter itself it fails"),
        pytest.param("$.rows[0][?($.none.first() == 1)]", [], id="unless there is a place before the filter"),
        pytest.param("$.people[?(@.at.first() != 0)].n", INVALID, id="or in the path that is compared"),
        pytest.param("$.people[?(@.at[*].k.first() == 'a')].n", INVALID, id="first() of no list fails"),
        pytest.param("$[?(@.rows[1].first() == 1)]", [], id="a place inside the filter saves it"),
        pytest.param("$[?(@.rows[1].first())].none", [], id="also where existence is asked for"),
        pytest.param("$.people[0].at[?(!(@.k.first() == 1))]", INVALID, id="no list, no place to miss"),
        pytest.param("$.people[0][?(@.at.first() == 1 || $.none.first() == 1)]", [], id="inside of or"),
        pytest.param("$.people[0][?(@.n == 2 && $.none.first() == 1)].n", [], id="not reached"),
        pytest.param("$.length(1, $.nope)", MISSING, id="arguments come first, even for length()"),
        pytest.param("$.length(1)", INVALID, id="which takes a path"),
        pytest.param("$..k.append(1).x.sum()", TABLE, id="a name behind a scan turned around may miss"),
        pytest.param("$..[0].*", [1, 2, 3, 1, [{"k": "a"}], "a", "b"], id="members of the element there"),
        pytest.param("$..[1].*", [1, 2, 3, 2, [], "c"], id="but elements of any list"),
        pytest.param("$..named[*].*", [5], id="an ordinary star after a name"),
        pytest.param("$..[0].length()", 3, id="length() counts elements only"),
        pytest.param("$['\\u-041']", MISSING, id="a sign is a digit's worth of a code"),
        pytest.param("$['\\u+06eone']", [], id="either sign"),
        pytest.param("$['\\u+06eone','\\u006eone']", {"none": []}, id="and the code is read without it"),
        pytest.param("$['\\u_06e']", INVALID, id="an underscore is not"),
    ],
)
def test_rule(path, expected):
    assert answer(path) is expected or answer(path) == expected


def test_a_scan_in_a_filter_remembers_lists_from_one_element_to_the_next():
    find = compile_path("$[?(@..*.k == ['v'])].n")
    assert find([{"n": 1, "o": {"k": "v"}}]) == [1]
    assert find([{"n": 0, "l": [0]}, {"n": 1, "o": {"k": "v"}}]) == []
    assert find([{"n": 1, "o": {"k": "v"}}]) == [1]


def test_only_calls_that_can_miss_are_hazards():
    assert last_hazard(parse("$.a[*].length()").steps) == -1
    assert last_hazard(parse("$.a[*].sum($.b)").steps) == 2
    assert last_hazard(parse("$.a[?(@.b == 1 && !(@.c || @.d.first() > 1))]").steps) == 1
