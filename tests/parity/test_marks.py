"""The ledger's tables as text: blocks, rows, cells, conditions."""

from __future__ import annotations

import pytest

from wsgi_gateway.parity.marks import Mark, entries, rows
from wsgi_gateway.parity.page import cell, spelled

FIELDS = """
Pet https://docs.aws.amazon.com/pet.html
  name | as-aws | c:routing test_router
  owner | without-effect* | test_router | nobody asks,
      and nobody answers
"""
CONDITIONS = """
Pet
  owner | none | as-aws | there is none
"""


def test_a_row_that_is_indented_further_goes_on() -> None:
    assert list(rows(FIELDS)) == [
        ("Pet https://docs.aws.amazon.com/pet.html", ["name", "as-aws", "c:routing test_router"]),
        (
            "Pet https://docs.aws.amazon.com/pet.html",
            ["owner", "without-effect*", "test_router", "nobody asks, and nobody answers"],
        ),
    ]


def test_an_entry_has_its_evidence_and_the_page_of_its_block() -> None:
    name, owner = entries(FIELDS).values()
    assert name.evidence == ("c:routing", "test_router", "https://docs.aws.amazon.com/pet.html")
    assert (name.mark, name.is_told, owner.mark, owner.is_told) == (
        Mark.AS_AWS,
        True,
        Mark.WITHOUT_EFFECT,
        False,
    )


@pytest.mark.parametrize(
    ("value", "mark"),
    [
        ("None", Mark.AS_AWS),
        ("NONE", Mark.AS_AWS),
        ("none at all", Mark.WITHOUT_EFFECT),
        (True, Mark.WITHOUT_EFFECT),
    ],
)
def test_a_condition_matches_the_whole_value_whatever_its_case(value: object, mark: Mark) -> None:
    assert entries(FIELDS, CONDITIONS)["Pet.owner"].of(value)[0] is mark


def test_a_condition_of_a_field_that_is_gone_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        entries(FIELDS, CONDITIONS.replace("owner", "keeper"))


def test_evidence_is_spelled_so_that_it_can_be_looked_up() -> None:
    assert spelled("c:routing") == "tests/conformance/cases/routing.json"
    assert spelled("config/test_check") == "tests/config/test_check.py"
    assert spelled("https://example.org/a:b") == "https://example.org/a:b"


def test_a_cell_of_a_table_cannot_end_it() -> None:
    assert cell("a|b\n<script>") == "a\\|b &lt;script>"
