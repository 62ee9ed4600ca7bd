"""YAML text: read back the same by our reader, and by one of YAML 1.1."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgi_gateway.exports.yaml_writer import as_yaml
from wsgi_gateway.sources.reading import read

WORDS = [
    "no",
    "Yes",
    "~",
    "010",
    "0x1F",
    "1e3",
    "1_000",
    "12:30:00",
    "2024-01-01",
    "<<",
    "=",
    "-",
    "? a",
    "!x",
]
TEXTS = st.one_of(
    st.sampled_from(
        [*WORDS, ".inf", "+1", "---", "...", "\ufeff", "\x85", "\u2028\n", "\U0001f600", "a\n\n", "\ta"]
    ),
    st.text(max_size=20),
    st.text("ab: #-'\"\\\n\t{}", max_size=20),
)
DATA = st.dictionaries(
    TEXTS,
    st.recursive(
        st.one_of(TEXTS, st.integers(-(10**12), 10**12), st.booleans(), st.none()),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
        max_leaves=8,
    ),
    max_size=4,
)


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("yaml") / "data.yaml"


@settings(max_examples=200, deadline=None)
@given(data=DATA)
def test_every_reader_reads_what_was_written(path: Path, data: dict[str, Any]) -> None:
    text = as_yaml(data)
    path.write_bytes(text.encode())
    assert read(path).data == data
    assert yaml.safe_load(text) == data


def test_a_template_is_a_block_and_a_word_is_plain() -> None:
    assert as_yaml({"t": '{\n  "a": 1\n}', "u": ["x", {"b": "c d"}], "e": {}, "f": []}) == (
        't: |-\n  {\n    "a": 1\n  }\nu:\n  - x\n  - b: c d\ne: {}\nf: []\n'
    )


def test_a_key_may_be_long(path: Path) -> None:
    data = {"k" * 3000: {"a": "b"}, "l" * 3000: "\n", "m": [{"n" * 2000: 1}]}
    path.write_text(as_yaml(data), encoding="utf-8")
    assert read(path).data == data


def test_a_number_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        as_yaml({"a": float("nan")})
