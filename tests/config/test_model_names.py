"""References to models in their three forms, and names in JSON pointers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from wsgi_gateway.config.model_names import COMPONENTS, DEFINITIONS, escaped, named, reference, unescaped

REST_API = "https://apigateway.amazonaws.com/restapis/a1b2c3d4e5/models/"


@pytest.mark.parametrize("prefix", [COMPONENTS, DEFINITIONS, REST_API])
def test_a_model_is_named_in_three_forms(prefix: str) -> None:
    assert named(prefix + "Pet") == ("Pet", "")
    assert named(prefix + "a~1b~01/properties/id") == ("a/b~1", "/properties/id")


@pytest.mark.parametrize(
    "ref",
    [
        "#",
        "#/",
        "Pet",
        "#/definitions/",
        "#/properties/Pet",
        "other.json#/definitions/Pet",
        "/definitions/Pet",
    ],
)
def test_what_names_no_model(ref: str) -> None:
    assert named(ref) is None


@given(some.text(min_size=1))
def test_every_name_is_read_as_it_was_written(name: str) -> None:
    assert unescaped(escaped(name)) == name
    if "\n" not in name:
        for prefix in (COMPONENTS, DEFINITIONS):
            assert named(reference(name, prefix)) == (name, "")
