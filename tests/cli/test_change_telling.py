"""A change is told in a line, coloured by its effect, and not where colours are unwanted."""

from __future__ import annotations

import pytest
from click import unstyle

from wsgi_gateway.cli.change_telling import as_line
from wsgi_gateway.exports.diff import EFFECTS, Change


@pytest.mark.parametrize("effect", EFFECTS)
def test_every_effect_has_a_colour(monkeypatch: pytest.MonkeyPatch, effect: str) -> None:
    change = Change("route", "GET /pets", "is another", effect)
    monkeypatch.delenv("NO_COLOR", raising=False)
    coloured = as_line(change)
    monkeypatch.setenv("NO_COLOR", "1")
    plain = as_line(change)
    assert plain == f"{effect:<10}  GET /pets: is another [route]"
    assert coloured != plain
    assert unstyle(coloured) == plain
