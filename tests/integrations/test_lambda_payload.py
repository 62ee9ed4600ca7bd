"""An answer as Lambda's runtime writes it."""

from __future__ import annotations

import json
from decimal import Decimal
from enum import IntEnum

import pytest

from wsgi_gateway.integrations import LambdaCustom
from wsgi_gateway.integrations.lambda_payload import marshalled, size_of
from wsgi_gateway.wsgi import call_app


class Count(IntEnum):
    ONE = 1


@pytest.mark.parametrize(
    ("output", "text"),
    [
        pytest.param({"a": ("é", None)}, '{"a": ["é", null]}', id="a tuple"),
        pytest.param([Count.ONE, True], "[1, true]", id="an enumeration"),
        pytest.param({1: 2, None: 3}, '{"1": 2, "null": 3}', id="keys that are no text"),
        pytest.param([Decimal("7"), Decimal("-0.5")], "[7, -0.5]", id="Decimals"),
        pytest.param(Decimal("1E+2"), "100.0", id="a Decimal with an exponent"),
        pytest.param(Decimal(10**40), "1" + "0" * 40, id="a Decimal of many digits"),
    ],
)
def test_json_has_a_word_for(output, text):
    assert marshalled(output) == text


@pytest.mark.parametrize(
    "output",
    [
        float("nan"),
        float("-inf"),
        Decimal("NaN"),
        Decimal("sNaN"),
        Decimal("-Infinity"),
        Decimal("1E+999999999999"),
        10**5000,
        b"bytes",
        {1, 2},
        {("a", "b"): 1},
        object(),
    ],
    ids=lambda output: type(output).__name__ + " " + ("" if type(output) in (object, int) else str(output)),
)
def test_json_has_none_for(output, request_of):
    with pytest.raises((TypeError, ValueError)):
        marshalled(output)
    response = call_app(LambdaCustom(lambda event: output), request_of("POST"))
    assert json.loads(response.body())["errorType"] == "Runtime.MarshalError"


def test_a_function_behind_templates_may_answer_in_decimals(request_of):
    response = call_app(LambdaCustom(lambda event: {"price": Decimal("1.25")}), request_of("POST"))
    assert response.body() == b'{"price": 1.25}'


def test_the_size_is_in_bytes_and_without_blanks():
    assert size_of({"a": ["€", "\ud800"], "b": 1}) == len('{"a":["...","?"],"b":1}')
