from __future__ import annotations

from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgi_gateway.errors import ConfigError, GatewayError
from wsgi_gateway.integrations.path_template import PathTemplate, encode, leaves_its_place


@pytest.mark.parametrize(
    ("template", "values", "path"),
    [
        pytest.param("", {}, "/", id="no path is the root"),
        pytest.param("/a/{x}/b", {"x": "1"}, "/a/1/b", id="a value takes its place"),
        pytest.param("/a/{x}{y}", {"x": "1", "y": "2"}, "/a/12", id="two in one segment"),
        pytest.param("/a/{x}", {}, "/a/{x}", id="a placeholder without a value stays"),
        pytest.param("/a/{x}", {"x": "{y}", "y": "1"}, "/a/{y}", id="a value is not a template"),
        pytest.param("/{p}", {"p": "a/b//c/"}, "/a/b//c/", id="slashes of greedy values are kept"),
        pytest.param("/{p}", {"p": "//a//b"}, "/a//b", id="a path begins with one slash"),
        pytest.param("/{p}{q}", {"p": "", "q": "//a"}, "/a", id="whatever values it is made of"),
        pytest.param("/{p}/a", {"p": "/"}, "/a", id="and whatever follows them"),
        pytest.param("/{p}", {"p": "///"}, "/", id="if there is nothing else it is the root"),
        pytest.param("///a/{p}", {"p": "/b"}, "/a//b", id="the template's own slashes are no exception"),
        pytest.param("//a", {}, "/a", id="also without placeholders"),
        pytest.param("/{p}", {"p": "%2F%2Fa"}, "/%2F%2Fa", id="an encoded slash is no slash"),
        pytest.param("/{p}", {"p": "a%2Fb%20c"}, "/a%2Fb%20c", id="encoded values are kept"),
        pytest.param(
            "/{p}", {"p": "a?b#c d<é>"}, "/a%3Fb%23c%20d%3C%E9%3E", id="what would end the path is encoded"
        ),
        pytest.param("/{p}", {"p": "€"}, "/%E2%82%AC", id="text beyond bytes is UTF-8"),
        pytest.param("/{p}", {"p": "a%0d%0aX: y"}, "/a%0d%0aX:%20y", id="an encoded line end stays encoded"),
        pytest.param("/{p}", {"p": "@evil.example"}, "/@evil.example", id="an at sign is only a character"),
        pytest.param("/é b", {}, "/%E9%20b", id="the template is encoded too"),
    ],
)
def test_paths(template, values, path):
    assert PathTemplate(template).path(values) == path


@pytest.mark.parametrize(
    ("template", "values", "query"),
    [
        pytest.param("a=1&b={x}", {"x": "2"}, "a=1&b=2", id="a value takes its place"),
        pytest.param(
            "b={x}", {"x": "2&admin=1#;"}, "b=2%26admin=1%23%3B", id="a value cannot begin a parameter"
        ),
        pytest.param("b={x}", {"x": "1+1"}, "b=1%2B1", id="a plus is no blank"),
        pytest.param("b={x}", {"x": "a%26b"}, "b=a%26b", id="encoded values are kept"),
        pytest.param("b={x}", {}, "b={x}", id="a placeholder without a value stays"),
        pytest.param("", {}, "", id="no query string"),
    ],
)
def test_query_strings(template, values, query):
    assert PathTemplate("/", template).query(values) == query


LEAVING = [
    "..", ".", "../x", "x/..", "x/../y", "./x", "%2e%2e", "%2E%2e/x", ".%2e", "%2e", "..%2f..%2fx",
    "..%5c..%5cx",
    "..\\x", "x\\y", "x%5Cy", "%252e%252e", "%25252e%25252e%25252f", "%c0%ae%c0%ae/x", "%c0%ae%c0%ae%c0%afx",
    "%25c0%25ae%25c0%25ae/x", "%e0%80%ae%e0%80%ae/x", "%f0%80%80%ae./x", "..%c1%9cx", "..;/x", "..;a=b/x",
    "%2e%2e;x",
    "..%00/x", "..%20/x", "%20../x", "..%09", "..%0d%0a/x", "%2525252525252e",
]  # fmt: skip


@pytest.mark.parametrize("value", LEAVING)
def test_a_value_cannot_leave_its_place(value):
    with pytest.raises(GatewayError) as caught:
        PathTemplate("/prefix/{p}").path({"p": value})
    assert caught.value.status == 400


def test_dots_of_the_template_and_of_the_value_do_not_add_up():
    with pytest.raises(GatewayError):
        PathTemplate("/prefix/.{p}/x").path({"p": "."})


@pytest.mark.parametrize(
    "value", ["...", "a..b", "..a", ".a", "a.", "100%", "%zz", "a%2Eb", "%25", "a;b", "x/.well-known"]
)
def test_values_that_only_look_like_it_stay(value):
    assert PathTemplate("/prefix/{p}").path({"p": value}) == f"/prefix/{value}"


@pytest.mark.parametrize("character", [chr(code) for code in (*range(0x20), 0x7F)])
def test_control_characters_are_refused(character):
    for render in (PathTemplate("/{x}").path, PathTemplate("/", "a={x}").query):
        with pytest.raises(GatewayError) as caught:
            render({"x": f"a{character}b"})
        assert caught.value.status == 400
    with pytest.raises(GatewayError):
        encode(f"a={character}")
    with pytest.raises(ConfigError):
        PathTemplate(f"/{character}")
    with pytest.raises(ConfigError):
        PathTemplate("/", character)


@pytest.mark.parametrize("path", ["/a/../b", "/a/.", "/%2e%2e", "/a\\b"])
def test_a_template_that_leaves_its_place_is_a_config_error(path):
    with pytest.raises(ConfigError):
        PathTemplate(path)


@given(st.text(alphabet="./\\%2eEfF5cC0;a \x00", max_size=24))
def test_a_path_that_is_let_through_stays_below_its_prefix_however_often_it_is_decoded(value):
    try:
        path = PathTemplate("/prefix/{p}").path({"p": value})
    except GatewayError:
        return
    for _ in range(8):
        assert path.startswith("/prefix/")
        assert "\\" not in path
        assert not {".", ".."} & {segment.partition(";")[0].strip() for segment in path.split("/")}
        path = unquote(path, "latin-1")


@given(st.text(max_size=30))
def test_what_is_let_through_can_stand_in_a_request_line(value):
    try:
        path = PathTemplate("/{p}").path({"p": value})
        query = PathTemplate("/", "q={p}").query({"p": value})
    except GatewayError:
        return
    for text in (path, query):
        assert text.isascii()
        assert text.isprintable()
        assert not set(' "<>#') & set(text)
    assert "?" not in path
    assert not path.startswith("//")
    assert "&" not in query


def test_a_plain_path_is_no_suspect():
    assert not leaves_its_place("/a/b.c/d-e_f~g")
