"""Annotations of GitHub's workflows: one line a problem, its properties and its text escaped."""

from __future__ import annotations

from wsgi_gateway.cli.problem_github import as_annotations
from wsgi_gateway.errors import Place, Problem


def test_a_problem_is_one_line_with_its_place_its_code_and_what_to_do() -> None:
    problem = Problem("http-uri", "no URL", Place("api.yaml", 3, 5, "$.uri"), "write one")
    assert list(as_annotations([problem], "-")) == [
        "::error file=api.yaml,line=3,col=5,title=http-uri::no URL%0Aat: $.uri%0Awhat to do: write one"
    ]


def test_a_warning_is_one_and_what_has_no_place_has_the_file_alone() -> None:
    problem = Problem("idle", "nothing happens", severity="warning")
    assert list(as_annotations([problem], "api.yaml")) == [
        "::warning file=api.yaml,title=idle::nothing happens"
    ]


def test_what_would_end_a_property_or_the_line_is_escaped() -> None:
    problem = Problem("code", "50%\r\n::error::forged", Place("a,b:c\r.yaml", 1, 1))
    (line,) = as_annotations([problem], "-")
    assert line == "::error file=a%2Cb%3Ac%0D.yaml,line=1,col=1,title=code::50%25?%0A::error::forged"
