from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wsgi_gateway.integrations import Mock
from wsgi_gateway.integrations.mock import status_code
from wsgi_gateway.wsgi import call_app

ACCEPTED = {
    "JSON": '{"statusCode": 200}',
    "the form CDK writes": "{ statusCode: 200 }",
    "blanks and line ends around": "\n\n {\n  statusCode : 200\n}\n ",
    "single quotes": "{'statusCode': 200, '': ''}",
    "braces inside an unquoted key": "{statusCode: 200,odd{ k}ey: [va l]}",
    "a closing brace at a key's end": "{statusCode: 200, key}: [va l]}",
    "a quote at a key's end": "{statusCode: 200, key'}: [va l]}",
    "a closing brace before a key": "{statusCode: 200, }key: ''}",
    "mixed quotes": "{statusCode: 200, \"word\": 'single'}",
    "blank names": '{statusCode: 200, " ": " ", "": ""}',
    "a trailing comma": '{"statusCode": 200 , }',
    "two trailing commas": '{"statusCode": 200 ,, }',
    "null as a name": '{"statusCode": 200 , null: null }',
    "a nested object in JSON": '{"statusCode": 200, "more": {"statusCode": 404}}',
    "a nested object in a lenient one": "{more: {statusCode: 404, list: [{}]}, statusCode: 200}",
    "an escaped quote": '{note: "say \\"}\\", hm", statusCode: 200}',
    "a value left out": "{note: , statusCode: 200}",
    "the last of two": "{statusCode: 500, statusCode: 200}",
}
REFUSED = {
    "a quoted status": '{"statusCode": "200"}',
    "a quoted status, leniently": "{statusCode: '200'}",
    "a fraction": '{"statusCode": 200.0}',
    "a boolean": '{"statusCode": true}',
    "no status": '{"other": 200}',
    "the second of two quoted": "{statusCode: 200, statusCode: '404'}",
    "an empty object": "{}",
    "nothing": "",
    "no braces": "statusCode: 200",
    "no closing brace": '{"statusCode": 200',
    "no opening brace": '"statusCode": 200}',
    "a brace too many": "{statusCode: 200}}",
    "quotes that do not match": "{\"statusCode': 200 }",
    "quotes that do not match the other way": "{'statusCode\": 200 }",
    "a quote left open": "{'statusCode: 200 }",
    "a value's quote left open": "{statusCode: 200, word: 'single}",
    "a nested brace for a key": "{statusCode: 200, {key: [va l]}",
    "a key after a nested object": "{statusCode: 200, what:{}key: [va l]}}",
    "a bracket left open": "{statusCode: 200, key: [va l}",
    "brackets crossed": "{statusCode: 200, key: [{]}}",
    "a key without a value": "{statusCode: 200, key}",
    "text after a quoted value": "{statusCode: 200, key: 'a' b}",
    "a list": "[200]",
    "a number": "200",
}


def by_id(table: dict[str, str]) -> list[object]:
    return [pytest.param(text, id=name) for name, text in table.items()]


@pytest.mark.parametrize("template", by_id(ACCEPTED))
def test_accepts(template, request_of):
    environ = request_of("POST", body=template.encode())
    response = call_app(Mock(), environ)
    assert (response.status, response.headerlist, response.body()) == ("200 OK", [], b"")
    assert environ["wsgi_gateway.context"].integration_status == 200


@pytest.mark.parametrize("template", by_id(REFUSED))
def test_refuses(template, request_of):
    environ = request_of("POST", body=template.encode())
    response = call_app(Mock(), environ)
    assert response.status_code == 500
    assert json.loads(response.body()) == {"message": "Internal server error"}
    assert environ["wsgi_gateway.context"].error.response_type.name == "API_CONFIGURATION_ERROR"
    assert environ["wsgi_gateway.context"].integration_status is None


@pytest.mark.parametrize("status", [0, -1000, 100, 199, 600, 1234])
def test_an_integer_that_is_no_final_status_is_known_further_out_and_500_alone(status, request_of):
    environ = request_of("POST", body=b'{"statusCode": %d}' % status)
    assert call_app(Mock(), environ).status_code == 500
    assert environ["wsgi_gateway.context"].integration_status == status
    assert environ["wsgi_gateway.context"].error is None


def test_reads_the_body_that_the_integration_request_made_and_not_the_clients(request_of):
    environ = request_of("POST", body=b"client")
    context = environ["wsgi_gateway.context"]
    assert context.body() == b"client"
    reshaped = {**request_of("POST", body=b"{statusCode: 201}"), "wsgi_gateway.context": context}
    assert call_app(Mock(), reshaped).status_code == 201


@pytest.mark.parametrize(
    ("length", "status"),
    [pytest.param(99, 400, id="cut short"), pytest.param(20_000_000, 413, id="too long")],
)
def test_a_body_that_cannot_be_read_is_the_clients_fault(length, status, request_of):
    assert (
        call_app(Mock(), request_of("POST", body=b"{statusCode: 200}", length=length)).status_code == status
    )


def test_bytes_that_are_not_utf_8_are_text_all_the_same(request_of):
    assert call_app(Mock(), request_of("POST", body=b'{statusCode: 200, note: "\xff"}')).status_code == 200


@given(st.text(alphabet="{}[]:,'\"\\ statusCode20\n", max_size=60))
def test_any_text_yields_an_integer_or_nothing(text):
    assert isinstance(status_code(text), int | None)


@given(
    st.dictionaries(st.text(), st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists)),
    st.integers(-999, 999),
)
def test_every_json_object_with_an_integer_status_is_accepted(members, status):
    assert status_code(json.dumps({**members, "statusCode": status})) == status


@pytest.mark.parametrize(
    "text", ["{" * 100_000, "[" * 100_000, "{a:" * 100_000, '{"a":' * 50_000 + "}" * 50_000]
)
def test_deep_nesting_is_refused_and_breaks_nothing(text):
    assert status_code(text) is None


def test_a_number_with_thousands_of_digits_is_refused():
    assert status_code('{"statusCode": ' + "9" * 5000 + "}") is None
