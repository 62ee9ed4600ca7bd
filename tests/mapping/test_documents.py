"""Bodies about which parsers disagree are refused, whoever would have been right."""

from __future__ import annotations

import pytest

from wsgi_gateway.mapping.documents import strict_json, to_json


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'{"a": 1, "a": 2}', id="duplicate members"),
        pytest.param(b'[{"x": {"a": 1, "a": 1}}]', id="duplicate members further in"),
        pytest.param(b"NaN", id="NaN"),
        pytest.param(b"[-Infinity]", id="Infinity"),
        pytest.param(b"1e400", id="beyond a double"),
        pytest.param(b"1" * 4_301, id="4301 digits"),
        pytest.param(b"1" * 3_000_000, id="three million digits"),
        pytest.param(b"[" * 100_000, id="unclosed and deep"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="deep"),
        pytest.param(b"[" * 129 + b"]" * 129, id="129 levels"),
        pytest.param(b'"\\ud800"', id="a lone surrogate"),
        pytest.param(b'{"\\udfff": 1}', id="a lone surrogate as a name"),
        pytest.param(b"\xef\xbb\xbf{}", id="a byte order mark"),
        pytest.param('{"a": 1}'.encode("utf-16"), id="UTF-16"),
        pytest.param(b'"\xff"', id="invalid UTF-8"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"{'a': 1}", id="single quotes"),
        pytest.param(b"[1,]", id="a trailing comma"),
        pytest.param(b"{} {}", id="two documents"),
    ],
)
def test_refused(data):
    with pytest.raises(ValueError, match=r"."):
        strict_json(data)


@pytest.mark.parametrize(
    ("data", "document"),
    [
        pytest.param(b'{"b": 1, "a": [1.5, null, true]}', {"b": 1, "a": [1.5, None, True]}, id="an object"),
        pytest.param(b'"\\ud83d\\ude00"', "\U0001f600", id="a surrogate pair"),
        pytest.param(b"[[], " * 2 + b"[]]]", [[], [[], []]], id="brackets side by side"),
        pytest.param(b" 1e-400 ", 0.0, id="too small becomes zero"),
        pytest.param(b"9" * 4_300, int("9" * 4_300), id="4300 digits"),
    ],
)
def test_read(data, document):
    assert strict_json(data) == document


def test_members_keep_their_order_and_text_is_compact():
    assert to_json(strict_json('{"b": "é", "a": {"c": []}}')) == '{"b":"é","a":{"c":[]}}'
