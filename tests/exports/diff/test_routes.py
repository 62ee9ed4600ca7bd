"""Routes answer as the Router does: compared with it over random tables, by asking it for every path."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from wsgi_gateway.config import IntegrationConfig, MethodConfig, RestApiConfig
from wsgi_gateway.config.method import HTTP_METHODS
from wsgi_gateway.errors import DEFAULT_4XX, GatewayError
from wsgi_gateway.exports.diff import Change, diff, paths
from wsgi_gateway.exports.diff.paths import common, most_general, shape_of, shapes
from wsgi_gateway.exports.diff.routes import Routes
from wsgi_gateway.router import Router, dispatching

SEGMENTS = ("a", "b", "strange")
LONGEST = 3
ELSEWHERE = IntegrationConfig(type="HTTP_PROXY", http_method="GET", uri="http://example.org/")

templates = some.builds(
    lambda inner, last: "/" + "/".join([*inner, *last]),
    some.lists(some.sampled_from(["a", "b", "{x}"]), max_size=LONGEST - 1),
    some.sampled_from([["a"], ["{x}"], ["{rest+}"], []]),
)
methods = some.dictionaries(
    some.sampled_from(["GET", "POST", "ANY"]), some.sampled_from([None, ELSEWHERE]), min_size=1
)
tables = some.dictionaries(templates, methods, max_size=6)


def api_of(table: dict[str, dict[str, IntegrationConfig | None]]) -> RestApiConfig:
    return RestApiConfig(
        resources={
            path: {verb: MethodConfig(http_method=verb, integration=to) for verb, to in verbs.items()}
            for path, verbs in table.items()
        }
    )


def asked(api: RestApiConfig) -> Iterator[tuple[str, str, MethodConfig | None, str]]:
    """Every path that any table may tell from others, every verb: the method that the Router finds."""
    nobody = GatewayError(DEFAULT_4XX)
    routes = {path: dict.fromkeys(verbs, nobody) for path, verbs in api.resources.items()}
    router = Router(routes, dispatching=dispatching(api))
    for length in range(LONGEST + 2):
        for parts in product(SEGMENTS, repeat=length):
            path = "/" + "/".join(parts)
            for verb in HTTP_METHODS:
                found = router.match(path, verb)
                template = found[0].resource_path if found else ""
                own = api.resources.get(template, {})
                yield path, verb, own.get(verb) or own.get("ANY"), template


def tells(change: Change, path: str, verb: str) -> bool:
    told, _, template = change.where.partition(" ")
    pattern = re.sub(r"\\\{[^{}]*\\\}", "[^/]+", re.sub(r"\\\{[^{}]*\\\+\\\}", ".+", re.escape(template)))
    return told in (verb, "ANY") and re.fullmatch(pattern, path) is not None


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))
@given(tables, tables)
def test_what_is_compared_is_what_the_routers_find(old_table, new_table):
    old, new = api_of(old_table), api_of(new_table)
    routes = Routes(old, new)
    compared = {(id(was), id(will)) for _, was, will in routes.both()}
    changes = list(routes.changes())
    unmet = set(changes)
    met = set()
    for (path, verb, was, before), (_, _, will, after) in zip(asked(old), asked(new), strict=True):
        if was is not None and will is not None:
            met.add((id(was), id(will)))
            effects = {"unclear"} if shape_of(before) != shape_of(after) else set()
        else:
            effects = {"breaking"} if was else {"opening", "compatible"} if will else set()
        told = {one for one in changes if one.effect in effects and tells(one, path, verb)}
        assert told or not effects, (path, verb, before, after, changes)
        unmet -= told
    assert compared == met
    assert unmet == set()


def table(**verbs: str) -> RestApiConfig:
    """``a="GET POST"``: the paths ``/a``, ``/{p}`` for ``one``, ``/{p+}`` for ``rest``, all HTTP proxies."""
    named = {"one": "/{p}", "rest": "/{p+}", "below": "/a/{p+}", "first": "/a/{p}", "deep": "/{p}/b"}
    return api_of(
        {named.get(name, "/" + name): dict.fromkeys(text.split(), ELSEWHERE) for name, text in verbs.items()}
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        pytest.param(
            table(a="GET POST", rest="ANY"),
            table(a="POST", rest="ANY"),
            [("unclear", "GET /a", "is gone; /{p+} answers instead")],
            id="a verb less falls to the variable beside it",
        ),
        pytest.param(
            table(a="POST", rest="ANY"),
            table(a="GET POST", rest="ANY"),
            [("unclear", "GET /a", "is new; /{p+} answered so far")],
            id="a verb more takes from the variable beside it",
        ),
        pytest.param(
            table(below="GET"),
            table(first="GET"),
            [
                ("breaking", "GET /a/{p+}", "is gone: callers are answered by 403"),
                ("unclear", "GET /a/{p}", "is new; /a/{p+} answered so far"),
            ],
            id="a greedy variable is narrowed",
        ),
        pytest.param(
            table(first="GET", deep="GET"),
            table(first="POST", deep="GET"),
            [
                ("breaking", "GET /a/{p}", "is gone: callers are answered by 403"),
                ("compatible", "POST /a/{p}", "is new"),
                ("unclear", "GET /a/b", "was answered by /a/{p}, is by /{p}/b"),
            ],
            id="what two templates have in common",
        ),
        pytest.param(
            api_of({"/{p+}": {"ANY": None}}),
            api_of({"/{p+}": {"ANY": None}, "/a": {"GET": None}}),
            [
                ("breaking", "ANY /a", "was answered by /{p+}; now callers are answered by 403"),
                ("unclear", "GET /a", "is new; /{p+} answered so far"),
            ],
            id="nothing falls to the wrapped app past a path that is declared",
        ),
        pytest.param(
            api_of({"/{p+}": {"ANY": None}, "/a": {"GET": None}}),
            api_of({"/{p+}": {"ANY": None}}),
            [
                ("opening", "ANY /a", "/{p+} answers now; so far callers are answered by 403"),
                ("unclear", "GET /a", "is gone; /{p+} answers instead"),
            ],
            id="a path that kept others from the wrapped app is gone",
        ),
        pytest.param(
            table(a="ANY"), table(a=" ".join(HTTP_METHODS)), [], id="ANY is written out verb by verb"
        ),
    ],
)
def test_a_change_of_routes_is_told_for_the_most_general_path(
    old: RestApiConfig, new: RestApiConfig, told: list[tuple[str, str, str]]
) -> None:
    routes = [one for one in diff(old, new) if one.area == "route"]
    assert sorted((one.effect, one.where, one.message) for one in routes) == told


def test_callers_who_are_let_in_by_a_variable_beside_a_path_are_told_as_let_in() -> None:
    guarded = MethodConfig(http_method="GET", authorization_type="AWS_IAM", integration=ELSEWHERE)
    rest = {"/{p+}": {"ANY": MethodConfig(http_method="ANY", integration=ELSEWHERE)}}
    post = {"POST": MethodConfig(http_method="POST", integration=ELSEWHERE)}
    old = RestApiConfig(resources={"/a": {"GET": guarded, **post}, **rest})
    new = RestApiConfig(resources={"/a": post, **rest})
    assert [(one.effect, one.where, one.message) for one in diff(old, new)] == [
        ("opening", "GET /a", "authorization was AWS_IAM and is NONE"),
        ("unclear", "GET /a", "is gone; /{p+} answers instead"),
    ]


def test_templates_with_too_much_in_common_are_told_as_not_all_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(paths, "_MOST", 5)
    variables = [f"{{{name}}}" for name in "pqrstu"]
    named = ["/".join([*variables[:at], "a", *variables[at:]]) for at in range(6)]
    many = api_of({f"/{path}": {"GET": None} for path in named})
    told = diff(many, many)
    assert [(one.effect, one.where) for one in told] == [("unclear", "the API")]


def test_a_path_of_which_three_templates_decide_is_looked_at() -> None:
    old = api_of({"/{x}/{y}/c": {"GET": ELSEWHERE}})
    new = api_of(
        {
            "/{x}/{y}/{z}": {"GET": ELSEWHERE},
            "/{x}/b/{z}": {"GET": None},
            "/a/{y}/{z}": {"POST": ELSEWHERE},
        }
    )
    told = [(one.where, one.message) for one in diff(old, new) if one.effect == "breaking"]
    assert told == [("GET /a/b/c", "was answered by /{x}/{y}/c; now callers are answered by 403")]


def test_templates_that_are_too_long_are_told_as_not_compared() -> None:
    told = diff(api_of({"/a" * 3000 + "/{x}": {"GET": None}}), RestApiConfig())
    assert [(one.effect, one.where) for one in told] == [("unclear", "the API")]


def test_shapes_have_in_common_what_both_match() -> None:
    assert common(shape_of("/a/{x}"), shape_of("/{y}/b")) == ("a", "b")
    assert common(shape_of("/{p+}"), shape_of("/{y}/b")) == ("{}", "b")
    assert common(shape_of("/{p+}"), shape_of("/a/{p+}")) == ("a", "{+}")
    assert common(shape_of("/a"), shape_of("/b")) is None
    assert common(shape_of("/{p+}"), shape_of("/")) is None


def test_the_most_general_shapes_are_those_that_no_other_covers() -> None:
    def general(*templates: str) -> list[str]:
        return ["/" + "/".join(shape) for shape in most_general(map(shape_of, templates))]

    assert general("/a/b", "/{p+}", "/{x}", "/") == ["/{+}", "/"]
    assert general("/a", "/a/{p+}", "/a/b/{p+}", "/a/{x}/c") == ["/a", "/a/{+}"]
    assert general("/a/{x}", "/{y}/b", "/a/b") == ["/a/{}", "/{}/b"]


def test_shapes_are_those_of_the_templates_first() -> None:
    assert shapes([]).found == []
    assert shapes(["/a/{x}", "/{y}/b"]).found == [("a", "{}"), ("{}", "b"), ("a", "b")]
    assert shapes(["/pets/{id}", "/{rest+}"]).found == [("pets", "{}"), ("{+}",), ("{}",), ("{}", "{}")]
