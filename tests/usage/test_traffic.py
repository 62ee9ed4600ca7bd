"""Logs become requests in the order of time; what is no request becomes a reason, and no key is kept."""

from __future__ import annotations

import io
import json
import random
import time
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgi_gateway.usage.recorded_time import microseconds
from wsgi_gateway.usage.traffic import LINE_LIMIT, SHOWN, Request, TrafficReader, lines_of
from wsgi_gateway.usage.traffic_order import in_order

AT = 1_700_000_000_000_000
COMMON = '192.0.2.7 - ada [14/Nov/2023:22:13:20 +0000] "GET /pets/7?x=1 HTTP/1.1" 200 12'
VALUE = "0123456789abcdefghij"
DIGEST = f"sha256:{sha256(VALUE.encode()).hexdigest()[:16]}"


def line(**members):
    return json.dumps({"time": 1700000000, **members}).encode()


def read(*lines, **options):
    reader = TrafficReader(**options)
    lines = [one if isinstance(one, bytes) else one.encode() for one in lines]
    return list(reader.read(lines, "log")), reader


def one(text, **options):
    [request], _ = read(text, **options)
    return request


def why_not(text, **options):
    requests, reader = read(text, **options)
    assert (requests, reader.unreadable) == ([], 1)
    [reason] = reader.reasons
    return reason


# ---------------------------------------------------------------- JSON lines


def test_an_access_log_line_of_api_gateway_becomes_a_request():
    text = json.dumps(
        {
            "requestTimeEpoch": "1700000000123",
            "apiKeyId": "abc",
            "httpMethod": "GET",
            "resourcePath": "/pets/{id}",
            "path": "/prod/pets/7",
            "status": "200",
            "apiId": "a1",
            "stage": "prod",
        }
    )
    assert one(text) == Request(AT + 123_000, "abc", "GET", "/pets/{id}", "a1", "prod")


@pytest.mark.parametrize(
    ("members", "options", "caller"),
    [
        pytest.param({"apiKeyId": "abc"}, {}, "abc", id="the id of a key"),
        pytest.param({"identity": {"apiKeyId": "abc"}}, {}, "abc", id="a member inside of one"),
        pytest.param({"user": "ada"}, {"caller": "user"}, "ada", id="another member"),
        pytest.param({"a": {"b": {"c": "ada"}}}, {"caller": "a.b.c"}, "ada", id="one far inside"),
        pytest.param({"a.b": "ada"}, {"caller": "a.b"}, "ada", id="a name with a dot"),
        pytest.param({"tenant": 7}, {"caller": "tenant"}, "7", id="a number"),
        pytest.param({"apiKeyId": "-"}, {}, None, id="a dash is nobody"),
        pytest.param({"apiKeyId": ""}, {}, None, id="empty is nobody"),
        pytest.param({"apiKeyId": None}, {}, None, id="null is nobody"),
        pytest.param({}, {}, None, id="absent is nobody"),
        pytest.param({"apiKeyId": "-", "key": "abc"}, {"key_ids": {"v": "abc"}}, "abc", id="the next name"),
        pytest.param({"apiKey": VALUE}, {}, DIGEST, id="a value that nobody knows is a digest"),
        pytest.param({"token": VALUE}, {"caller": "token"}, DIGEST, id="so is what a secret's name holds"),
        pytest.param(
            {"apiKey": VALUE}, {"key_ids": {VALUE: "k1"}}, "k1", id="a value that is known is its id"
        ),
        pytest.param({"apiKey": "k1"}, {"key_ids": {VALUE: "k1"}}, "k1", id="an id in the value's place"),
        pytest.param(
            {"apiKeyId": VALUE}, {"key_ids": {VALUE: "k1"}}, "k1", id="a value in the place of an id"
        ),
        pytest.param(
            {"agent": "x" * 201},
            {"caller": "agent"},
            f"sha256:{sha256(b'x' * 201).hexdigest()[:16]}",
            id="a long name is a digest",
        ),
    ],
)
def test_a_caller_is_named_by(members, options, caller):
    assert one(line(**members), **options).caller == caller


@pytest.mark.parametrize(
    ("members", "verb", "path"),
    [
        pytest.param({"method": "GET", "path": "/a?b=c"}, "GET", "/a", id="a path without its query"),
        pytest.param({"http_method": "PUT", "uri": "/a"}, "PUT", "/a", id="other names"),
        pytest.param({"verb": "GET", "resource": "/{a}", "path": "/b"}, "GET", "/{a}", id="a resource first"),
        pytest.param({}, "", None, id="neither"),
    ],
)
def test_a_method_is_named_by(members, verb, path):
    request = one(line(**members))
    assert (request.verb, request.path) == (verb, path)


# ---------------------------------------------------------------- the Common Log Format


@pytest.mark.parametrize(
    ("text", "options", "caller"),
    [
        pytest.param(COMMON, {}, "192.0.2.7", id="the address"),
        pytest.param(COMMON, {"caller": "address"}, "192.0.2.7", id="the address by name"),
        pytest.param(COMMON, {"caller": "user"}, "ada", id="the user"),
        pytest.param(COMMON.replace("ada", "-"), {"caller": "user"}, None, id="nobody"),
        pytest.param(COMMON.replace("ada", "a [b] c"), {"caller": "user"}, "a [b] c", id="odd users"),
        pytest.param(COMMON + ' "-" "curl/8"', {}, "192.0.2.7", id="the combined format"),
        pytest.param(COMMON.replace(" HTTP/1.1", ""), {}, "192.0.2.7", id="no version of HTTP"),
        pytest.param(COMMON.replace("192.0.2.7", "2001:db8::1"), {}, "2001:db8::1", id="IPv6"),
        pytest.param("  " + COMMON + "\r\n", {}, "192.0.2.7", id="blanks around"),
    ],
)
def test_a_line_of_a_web_server_becomes_a_request(text, options, caller):
    assert one(text, **options) == Request(AT, caller, "GET", "/pets/7")


def test_formats_may_be_mixed_and_empty_lines_do_not_count():
    requests, reader = read(COMMON, b"\n", line(key_id="a"), b"")
    assert [request.caller for request in requests] == ["192.0.2.7", "a"]
    assert (reader.lines, reader.requests, reader.unreadable) == (2, 2, 0)


# ---------------------------------------------------------------- what is left out


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("what is this", "neither JSON nor the Common Log Format", id="prose"),
        pytest.param("{broken", "not JSON", id="half a line"),
        pytest.param("[1]", "neither JSON", id="a list"),
        pytest.param('{"a":' * 50_000, "not JSON", id="deep nesting"),
        pytest.param('{"time": ' + "9" * 5000 + "}", "not JSON", id="a number of 5,000 digits"),
        pytest.param(b"{\xff}", "not UTF-8", id="other bytes"),
        pytest.param("{}", "no time", id="no time"),
        pytest.param('{"time": "soon"}', "its time is no time", id="a word for a time"),
        pytest.param('{"time": [1]}', "its time is no time", id="a list for a time"),
        pytest.param('{"time": NaN}', "its time is no time", id="not a number"),
        pytest.param('{"time": true}', "its time is no time", id="true"),
        pytest.param(line(apiKeyId=["a"]), "a member is no text", id="a list for a caller"),
        pytest.param(line(apiKeyId=10**30), "a member is no text", id="a huge number for a caller"),
        pytest.param('{"time": 1, "key_id": "\\ud800"}', "a member is no text", id="half a character"),
        pytest.param(COMMON.replace("Nov", "Foo"), "its time is no time", id="a month of another calendar"),
        pytest.param(COMMON.replace("GET /pets/7?x=1 HTTP/1.1", "-"), "no method", id="no request line"),
        pytest.param(
            COMMON.replace("GET /pets/7?x=1", "\\x16\\x03\\x01"), "no method", id="TLS on a plain port"
        ),
        pytest.param(b"x" * (LINE_LIMIT + 1), "longer than", id="a line that is too long"),
    ],
)
def test_what_is_no_request_is_counted_with_its_place(text, reason):
    told = why_not(text)
    assert told.startswith("log:1: ")
    assert reason in told


def test_a_reason_never_repeats_the_line():
    assert VALUE not in why_not(f'{{"apiKey": "{VALUE}", "time": "{VALUE}"}}')


def test_the_first_few_reasons_are_kept_and_all_are_counted():
    _, reader = read(*["x"] * 20)
    assert (reader.unreadable, len(reader.reasons)) == (20, SHOWN)
    assert reader.reasons[-1].startswith(f"log:{SHOWN}: ")


def test_requests_are_left_out_by_their_status():
    lines = [line(status="401"), line(status=401), line(status=200), COMMON.replace(" 200 ", " 401 ")]
    requests, reader = read(*lines, without_status=["401"])
    assert (len(requests), reader.left_out) == (1, 3)


def test_a_path_is_routed_and_what_no_method_serves_is_left_out():
    def route(path, verb):
        return ("/pets/{id}", False) if (path, verb) == ("/pets/7", "GET") else None

    requests, reader = read(COMMON, line(method="PUT", path="/pets/7"), line(), route=route)
    assert [(request.path, request.needs_key) for request in requests] == [
        ("/pets/{id}", False),
        (None, True),
    ]
    assert reader.unrouted == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(line(resource="/pets"), "no method and path", id="no method"),
        pytest.param(line(method="GET"), "no method and path", id="no path"),
        pytest.param(COMMON, "only the API's definition can tell", id="a path for a resource"),
    ],
)
def test_where_methods_have_limits_a_line_must_tell_its_own(text, reason):
    assert reason in why_not(text, needs_methods=True)


def test_where_methods_have_limits_a_resource_needs_no_route():
    assert one(line(method="GET", resource="/{a}"), needs_methods=True).path == "/{a}"


def test_the_common_log_format_has_no_other_callers():
    assert "address or user" in why_not(COMMON, caller="tenant")


def test_whole_seconds_are_counted():
    _, reader = read(COMMON, line(time="1700000000.5"))
    assert reader.whole_seconds == 1


def test_of_a_long_line_the_rest_is_skipped():
    log = io.BytesIO(b"x" * (3 * LINE_LIMIT) + b"\n" + line() + b"\n" + b"y" * (LINE_LIMIT + 1))
    lengths = [len(one) for one in lines_of(log)]
    assert lengths == [LINE_LIMIT + 1, len(line()) + 1, LINE_LIMIT + 1]


def test_a_line_of_the_longest_length_is_whole():
    whole = b"x" * LINE_LIMIT + b"\n"
    assert list(lines_of(io.BytesIO(whole + b"b\n"))) == [whole, b"b\n"]


@given(
    st.text(max_size=60) | st.binary(max_size=60), st.sampled_from(["%s", '{"time": "%s"}', COMMON + "%s"])
)
def test_whatever_a_line_is_it_ends_in_a_request_or_in_a_reason(text, around):
    text = around.encode().replace(
        b"%s", text if isinstance(text, bytes) else text.encode("utf-8", "replace")
    )
    requests, reader = read(text)
    assert len(requests) + reader.unreadable == reader.lines == int(bool(text) and not text.isspace())


# ---------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("value", "at"),
    [
        pytest.param(1700000000, AT, id="seconds"),
        pytest.param("1700000000", AT, id="seconds as text"),
        pytest.param(1700000000.123456, AT + 123_456, id="a float"),
        pytest.param("1700000000.123456789", AT + 123_456, id="a decimal, cut at the microsecond"),
        pytest.param(1700000000123, AT + 123_000, id="milliseconds"),
        pytest.param("1700000000123.5", AT + 123_500, id="half a millisecond"),
        pytest.param(1700000000123456, AT + 123_456, id="microseconds"),
        pytest.param(1700000000123456789, AT + 123_456, id="nanoseconds"),
        pytest.param("2023-11-14T22:13:20Z", AT, id="ISO 8601"),
        pytest.param("2023-11-14T22:13:20.123456789Z", AT + 123_456, id="ISO 8601 with nanoseconds"),
        pytest.param("2023-11-14 22:13:20,5", AT + 500_000, id="ISO 8601 as Python's logging writes it"),
        pytest.param("2023-11-15T03:43:20+05:30", AT, id="a zone"),
        pytest.param("2023-11-14T22:13:20", AT, id="no zone is UTC"),
        pytest.param("14/Nov/2023:22:13:20 +0000", AT, id="the Common Log Format"),
        pytest.param("14/Nov/2023:17:13:20 -0500", AT, id="the Common Log Format elsewhere"),
        pytest.param(0, 0, id="the epoch"),
        pytest.param(-1, None, id="before the epoch"),
        pytest.param("1969-12-31T23:59:59Z", None, id="before the epoch in words"),
        pytest.param("9999-12-31T23:59:59Z", None, id="the end of time"),
        pytest.param(10**20, None, id="beyond nanoseconds"),
        pytest.param("9" * 21, None, id="beyond nanoseconds as text"),
        pytest.param("2023-11-14T22:13:60Z", None, id="a leap second"),
        pytest.param("1e9", None, id="an exponent"),
        pytest.param(float("inf"), None, id="infinity"),
        pytest.param("", None, id="nothing"),
        pytest.param(None, None, id="null"),
        pytest.param(True, None, id="a truth"),
    ],
)
def test_a_time_is_read(value, at):
    assert microseconds(value) == at


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/St_Johns"])
def test_the_time_zone_of_the_machine_is_of_no_account(zone, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv("TZ", zone)
        time.tzset()
        # A text of its own for each zone: texts are remembered.
        text = f"2023-11-14T22:13:20.{len(zone):06}"
        assert microseconds(text) == AT + len(zone)
    time.tzset()


@given(st.integers(0, 4 * 10**15))
def test_a_time_to_the_microsecond_is_read_back_from_every_form(at):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)
    whole, rest = divmod(at, 1_000_000)
    for form in (moment.isoformat(), f"{whole}.{rest:06}", at / 1_000_000):
        assert microseconds(form) == at


# ---------------------------------------------------------------- order


@settings(deadline=None)
@given(st.lists(st.integers(0, 20), max_size=60), st.integers(1, 7))
def test_requests_come_in_the_order_of_time_and_equal_ones_as_they_were_read(times, at_once):
    requests = [Request(at, str(number), needs_key=number % 2 == 0) for number, at in enumerate(times)]
    assert list(in_order(iter(requests), at_once)) == sorted(requests, key=lambda request: request.at)


def test_a_shuffled_log_of_many_runs_is_sorted():
    times = list(range(20_000))
    random.Random(7).shuffle(times)
    found = [request.at for request in in_order((Request(at, None) for at in times), at_once=300)]
    assert found == list(range(20_000))
