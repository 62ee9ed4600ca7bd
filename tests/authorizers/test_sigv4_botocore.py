"""What botocore signs is admitted, in both forms, and nothing that was changed afterwards."""

from __future__ import annotations

import io
from typing import Any

import pytest
from authorizers.signers import (
    ALICE,
    ALICES_KEY,
    ALICES_SESSION,
    HEADER,
    KEY,
    NOW,
    QUERY,
    TOKEN,
    Sent,
    refusal,
    sent,
    verified,
    verifier,
)

from wsgi_gateway.authorizers.signature_refused import SignatureRefused
from wsgi_gateway.authorizers.sigv4 import SignatureVerifier
from wsgi_gateway.authorizers.wire_request import WireRequest
from wsgi_gateway.context import context_of

both_forms = pytest.mark.parametrize("form", [HEADER, QUERY], ids=["header", "presigned"])

TARGETS = {
    "the root": "/",
    "no path at all": "",
    "a plain path": "/dev/pets/7",
    "a trailing slash": "/dev/pets/",
    "doubled slashes": "/dev//pets///7",
    "an escaped blank": "/a%20b",
    "an escaped slash": "/a%2Fb",
    "an escaped percent sign": "/a%2520b",
    "small letters in an escape": "/a%2fb",
    "an escape without need": "/%61",
    "escaped dots": "/a/%2e%2e/b",
    "UTF-8": "/%E1%88%B4/caf%C3%A9",
    "all unreserved": "/-._~09AZaz",
    "a plus in the path": "/a+b",
    "reserved characters": "/$default/@x/a:b,c;d=e/(f)'*!&g",
    "a name that begins with a dot": "/.well-known/..x/...",
    "a query": "/x?a=1&b=2",
    "a query out of order": "/x?b=2&a=1&B=3&a-=4",
    "repeated names": "/x?a=2&a=1&a=2",
    "empty values and names without": "/x?a=&b&c=1",
    "an escaped slash in the query": "/x?a=%2Fb%2F",
    "an escaped plus in the query": "/x?a=1%2B1",
    "an escaped blank in the query": "/x?a=1%201",
    "UTF-8 in the query": "/x?%E1%88%B4=caf%C3%A9",
    "unreserved in the query": "/x?-._~=~_.-",
}


@both_forms
@pytest.mark.parametrize("token", [None, TOKEN], ids=["a user's key", "a session's key"])
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_botocores_signature_is_admitted(target: str, token: str | None, form: Any) -> None:
    one = sent(target, form=form, token=token)
    caller = verified(one, ALICES_SESSION if token else ALICES_KEY)
    assert (caller.access_key_id, caller.principal) == (KEY, ALICE)


@both_forms
@pytest.mark.parametrize(
    "params",
    [{"q": "a b"}, {"q": "1+1"}, {"q": "a/b&c=d?"}, {"ü": "ß€"}, {"q": ""}],
    ids=["a blank", "a plus", "reserved characters", "UTF-8", "nothing"],
)
def test_parameters_that_botocore_encodes_are_admitted(params: dict[str, str], form: Any) -> None:
    verified(sent("/x", form=form, params=params))


@both_forms
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "body", [b"", b'{"a": 1}', bytes(range(256)), b"x" * 100_000], ids=["empty", "JSON", "binary", "100 kB"]
)
def test_a_body_is_covered_and_stays_readable(method: str, body: bytes, form: Any) -> None:
    one = sent(form=form, method=method, body=body, Content_Type="application/json")
    verified(one)
    assert context_of(one.environ).body() == body
    assert one.environ["wsgi.input"].read() == body


def test_a_chunked_body_without_a_single_byte_is_admitted() -> None:
    one = sent(method="POST", Transfer_Encoding="chunked")
    one.environ.pop("CONTENT_LENGTH", None)
    one.environ.update({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True})
    verified(one)


def test_a_chunked_body_is_admitted() -> None:
    one = sent(method="POST", body=b"hello", Transfer_Encoding="chunked")
    one.environ.pop("CONTENT_LENGTH", None)
    one.environ.update({"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True})
    verified(one)


@both_forms
def test_further_headers_are_admitted_whatever_their_blanks(form: Any) -> None:
    verified(sent(form=form, X_Custom="  a   b \t c ", X_Amz_Meta="v", Accept="*/*", X_Empty=""))


def test_a_header_in_utf_8_is_admitted_with_the_bytes_it_was_sent_with() -> None:
    one = sent(X_Name="Zoë à la")
    one.environ["HTTP_X_NAME"] = "Zoë à la".encode().decode("latin-1")
    verified(one)


def test_a_date_header_takes_the_place_of_x_amz_date() -> None:
    one = sent(Date="Mon, 01 Jan 2001 00:00:00 GMT")
    assert "HTTP_X_AMZ_DATE" not in one.environ
    verified(one)


def test_behind_a_mount_the_signed_path_begins_with_the_mounts() -> None:
    one = sent("/dev/caf%C3%A9/a%2Fb")
    one.environ["SCRIPT_NAME"] = "/dev"
    one.environ["PATH_INFO"] = one.environ["PATH_INFO"].removeprefix("/dev")
    verified(one)


@pytest.mark.parametrize("name", ["RAW_URI", "REQUEST_URI"])
def test_the_raw_path_is_taken_from_where_servers_put_it(name: str) -> None:
    one = sent("/a%2Fb")
    one.environ[name] = one.environ.pop("RAW_URI")
    verified(one)
    one.environ[name] = f"https://example.com{one.environ[name]}"
    verified(one)


def test_a_raw_path_that_is_not_the_routed_one_is_not_believed() -> None:
    one = sent("/public")
    one.environ["PATH_INFO"] = "/admin"
    assert refusal(one).reason == "the signature is wrong"


def test_without_a_raw_path_a_plain_one_is_still_admitted() -> None:
    one = sent("/dev/pets/7?b=1&a=2")
    del one.environ["RAW_URI"]
    verified(one)


# ------------------------------------------------------------------------------------------------- changes

CHANGES: dict[str, dict[str, Any]] = {
    "another method": {"REQUEST_METHOD": "PUT"},
    "another path": {"PATH_INFO": "/pett", "RAW_URI": "/pett"},
    "a longer path": {"PATH_INFO": "/pets/", "RAW_URI": "/pets/"},
    "the path escaped": {"RAW_URI": "/%70ets"},
    "another host": {"HTTP_HOST": "api.example.con"},
    "another type": {"CONTENT_TYPE": "text/html"},
    "another body": {"wsgi.input": b"hellp"},
    "a shorter body": {"CONTENT_LENGTH": "4"},
    "another signed header": {"HTTP_X_CUSTOM": "valuf"},
    "a signed header twice": {"HTTP_X_CUSTOM": "value,value"},
}


@both_forms
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_changed_after_signing_is_refused(change: dict[str, Any], form: Any) -> None:
    one = sent(form=form, method="POST", body=b"hello", Content_Type="text/plain", X_Custom="value")
    one.environ.update(
        {name: io.BytesIO(value) if isinstance(value, bytes) else value for name, value in change.items()}
    )
    if "RAW_URI" in change and one.environ["QUERY_STRING"]:
        one.environ["RAW_URI"] += "?" + one.environ["QUERY_STRING"]
    assert refusal(one).message.startswith("The request signature we calculated does not match")


@both_forms
@pytest.mark.parametrize(
    "query", ["a=1&b=3", "a=1", "a=1&b=2&c=3", "a=1&b=2&b=2", "b=1&a=2", ""], ids=lambda text: text or "none"
)
def test_a_changed_query_is_refused(query: str, form: Any) -> None:
    one = sent("/x?a=1&b=2", form=form)
    one.environ["QUERY_STRING"] = one.environ["QUERY_STRING"].replace("a=1&b=2", query)
    assert refusal(one).reason


@both_forms
def test_the_order_of_the_query_is_not_signed(form: Any) -> None:
    one = sent("/x?a=1&b=2", form=form)
    one.environ["QUERY_STRING"] = "&".join(reversed(one.environ["QUERY_STRING"].split("&")))
    verified(one)


@both_forms
@pytest.mark.parametrize("place", range(64), ids=str)
def test_a_signature_with_one_other_digit_is_refused(place: int, form: Any) -> None:
    one = sent(form=form)
    name = "QUERY_STRING" if form is QUERY else "HTTP_AUTHORIZATION"
    text = one.environ[name]
    at = text.index("Signature=") + len("Signature=") + place
    one.environ[name] = text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]
    assert refusal(one).reason == "the signature is wrong"


@both_forms
def test_every_changed_byte_is_refused(form: Any) -> None:
    one = sent("/x/y?a=1%2F", form=form, method="POST", body=b"body", token=TOKEN, X_Amz_Meta="v")
    request = one.request()
    admits = verifier(ALICES_SESSION, now=one.time)
    admits.verify(request)
    mutants = list(every_mutant(request))
    assert len(mutants) > 300
    for place, mutant in mutants:
        assert refuses(admits, mutant), f"admitted with a change at {place}"


def refuses(one: SignatureVerifier, request: WireRequest) -> bool:
    try:
        one.verify(request)
    except SignatureRefused:
        return True
    return False


def every_mutant(request: WireRequest) -> Any:
    body = request.body()
    for at in range(len(request.method)):
        yield ("method", at), altered(request, body, method=flipped(request.method, at))
    for at in range(1, len(request.path)):
        yield ("path", at), altered(request, body, path=flipped(request.path, at))
    for at in range(len(request.query)):
        yield ("query", at), altered(request, body, query=flipped(request.query, at))
    for at in range(len(body)):
        yield ("body", at), altered(request, flipped(body.decode(), at).encode())
    for name, value in request.headers.items():
        for at in range(len(value)):
            if name in ("content-length", "user-agent", "connection"):
                continue
            yield (name, at), altered(request, body, headers={**request.headers, name: flipped(value, at)})


def altered(request: WireRequest, body: bytes, **change: Any) -> WireRequest:
    parts = {"method": request.method, "path": request.path, "query": request.query, **change}
    headers = parts.pop("headers", request.headers)
    return WireRequest(**parts, headers=headers.items(), body=lambda: body)


def flipped(text: str, at: int) -> str:
    return text[:at] + chr(ord(text[at]) ^ 1) + text[at + 1 :]


# ------------------------------------------------------------------------------------------------- scope


def test_another_region_is_refused_unless_any_will_do() -> None:
    one = sent(region="eu-west-1")
    expected = "Credential should be scoped to a valid region, not 'eu-west-1'. "
    assert refusal(one).message == expected
    verified(one, region=None)


def test_another_service_is_refused() -> None:
    one = sent(service="s4")
    assert refusal(one).message == "Credential should be scoped to correct service: 'execute-api'. "
    verified(one, service="s4")


def test_nothing_is_admitted_years_later() -> None:
    assert refusal(Sent(sent().environ, NOW)).message.startswith("Signature not yet current: ")
