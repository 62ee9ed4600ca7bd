"""Reading signatures: what is half, double, malformed, huge or does not cover enough is refused, soon."""

from __future__ import annotations

import contextlib

import pytest
from authorizers.signers import HOST, KEY, NOW, QUERY, TOKEN, reason, sent, signed, verified, verifier
from hypothesis import given
from hypothesis import strategies as st

from wsgi_gateway.authorizers.signature_refused import SignatureRefused
from wsgi_gateway.authorizers.signed_request import read_signature
from wsgi_gateway.authorizers.wire_request import WireRequest
from wsgi_gateway.errors import INVALID_SIGNATURE, MISSING_AUTHENTICATION_TOKEN

DATE = ("X-Amz-Date", "20150830T123600Z")
PARTS = {
    "Credential": f"{KEY}/20150830/us-east-1/execute-api/aws4_request",
    "SignedHeaders": "host;x-amz-date",
    "Signature": "0" * 64,
}


def authorization(**parts: str | None) -> str:
    found = {**PARTS, **parts}
    return "AWS4-HMAC-SHA256 " + ", ".join(
        f"{name}={value}" for name, value in found.items() if value is not None
    )


def refused(text: str | None, *headers: tuple[str, str], query: str = "") -> SignatureRefused:
    pairs = [("Host", HOST), *(headers or [DATE])]
    if text is not None:
        pairs.append(("Authorization", text))
    with pytest.raises(SignatureRefused) as error:
        read_signature(WireRequest("GET", "/", query, pairs))
    return error.value


# ------------------------------------------------------------------------------------------------- none


@pytest.mark.parametrize("text", [None, ""], ids=["no header", "an empty one"])
def test_no_signature_is_a_missing_token(text: str | None) -> None:
    assert refused(text).kind is MISSING_AUTHENTICATION_TOKEN


@pytest.mark.parametrize(
    "text",
    [
        "Bearer abc",
        "Basic dXNlcjpwYXNz",
        "AWS AKID:sig",
        "aws4-hmac-sha256 Credential=a",
        "AWS4-HMAC-SHA256 x",
        "x y",
    ],
)
def test_another_scheme_is_refused_with_the_hash_of_what_came(text: str) -> None:
    error = refused(text)
    assert (error.kind, error.error_type) == (INVALID_SIGNATURE, "IncompleteSignatureException")
    assert error.message.startswith(
        "Invalid key=value pair (missing equal-sign) in Authorization header "
        "(hashed with SHA-256 and encoded with Base64): '"
    )
    assert text.split()[1] not in error.message.split("'")[1]


def test_a_value_without_a_blank_lacks_all_parts() -> None:
    assert refused("sometoken", ("X-Other", "x")).message == (
        "Authorization header requires 'Credential' parameter. "
        "Authorization header requires 'Signature' parameter. "
        "Authorization header requires 'SignedHeaders' parameter. "
        "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
        "(Hashed with SHA-256 and encoded with Base64) Authorization="
        "nJKFR6Xc4vzCeI3jT+FjlC9k5Q/qVw0zd0gi1erL8ew="
    )


@pytest.mark.parametrize("name", PARTS)
@pytest.mark.parametrize("value", [None, ""], ids=["not there", "empty"])
def test_each_missing_part_is_named(name: str, value: str | None) -> None:
    message = refused(authorization(**{name: value})).message
    assert message.startswith(f"Authorization header requires '{name}' parameter. (Hashed")


@pytest.mark.parametrize(
    "text",
    [
        authorization(Other="x"),
        authorization() + ", Signature=" + "0" * 64,
        authorization() + ",",
        authorization() + "," + authorization(),
        authorization() + ", x",
        authorization().replace(", ", " "),
        authorization().replace(", ", ",\t"),
        authorization().replace(", ", ";"),
    ],
    ids=[
        "an unknown part",
        "a part twice",
        "a comma at the end",
        "two headers",
        "no equals sign",
        "no commas",
        "tabs",
        "semicolons",
    ],
)
def test_a_malformed_header_is_refused(text: str) -> None:
    assert refused(text).error_type == "IncompleteSignatureException"


def test_blanks_after_commas_may_be_left_out_or_many() -> None:
    for text in (authorization().replace(", ", ","), authorization().replace(", ", ",   ")):
        pairs = [("Host", HOST), DATE, ("Authorization", text)]
        assert read_signature(WireRequest("GET", "/", "", pairs)).value == "0" * 64


@pytest.mark.parametrize(
    ("algorithm", "why"),
    [("AWS4-ECDSA-P256-SHA256", "SigV4a is not supported"), ("AWS4-HMAC-SHA512", "the algorithm is unknown")],
)
def test_another_algorithm_is_refused_in_both_forms(algorithm: str, why: str) -> None:
    by_header = refused(authorization().replace("AWS4-HMAC-SHA256", algorithm))
    by_query = refused(None, query=f"X-Amz-Algorithm={algorithm}&X-Amz-Region-Set=us-east-1")
    for error in (by_header, by_query):
        assert error.message == f"Unsupported AWS 'algorithm': '{algorithm}'."
        assert error.reason == why


# ------------------------------------------------------------------------------------------------- presigned


def test_each_missing_parameter_of_a_presigned_url_is_named() -> None:
    assert refused(None, query="X-Amz-Algorithm=AWS4-HMAC-SHA256").message == (
        "AWS query-string parameters must include 'X-Amz-Credential'. "
        "AWS query-string parameters must include 'X-Amz-Signature'. "
        "AWS query-string parameters must include 'X-Amz-SignedHeaders'. "
        "AWS query-string parameters must include 'X-Amz-Date'. "
        "Re-examine the query-string parameters."
    )


def test_a_parameter_that_stands_there_twice_is_refused() -> None:
    for name in ("Algorithm", "Signature", "Expires", "Security-Token"):
        query = f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-{name}=1&X-Amz-{name}=1"
        assert refused(None, query=query).reason == "a parameter stands there twice"


def test_both_forms_at_once_are_refused() -> None:
    error = refused(authorization(), query="X-Amz-Algorithm=AWS4-HMAC-SHA256")
    assert error.message == (
        "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
    )


def test_the_other_forms_parameters_are_ordinary_ones_and_signed() -> None:
    verified(sent("/x?X-Amz-Signature=1&X-Amz-Expires=0"))
    one = sent("/x?a=1")
    one.environ["QUERY_STRING"] += "&X-Amz-Signature=1"
    with pytest.raises(SignatureRefused):
        verified(one)


# ------------------------------------------------------------------------------------------------- dates


@pytest.mark.parametrize(
    "date",
    [
        "20150830",
        "2015-08-30T12:36:00Z",
        "20150830T123600",
        "20150830T123600z",
        "20150830T123600Z ",
        "20151330T123600Z",
        "20150230T123600Z",
        "20150830T126000Z",
        "00000830T123600Z",
        "\u0662\u0660\u0661\u0665\u0660\u0668\u0663\u0660T123600Z",
        "20150830T123600Z,20150830T123600Z",
        "Sun, 30 Aug 2015 12:36:00 GMT",
        "9" * 1_000_000,
    ],
    ids=lambda text: text[:24],
)
def test_a_malformed_date_is_refused_with_awss_text(date: str) -> None:
    request = WireRequest("GET", "/", "", [("Host", HOST), ("Authorization", authorization())])
    request.headers["x-amz-date"] = date
    with pytest.raises(SignatureRefused) as error:
        read_signature(request)
    assert error.value.message.startswith("Date must be in ISO-8601 'basic format'. Got '")
    assert len(error.value.message) < 250


@pytest.mark.parametrize(
    "date",
    [
        "20150830T123600Z",
        "Sun, 30 Aug 2015 12:36:00 GMT",
        "Sun, 30 Aug 2015 14:36:00 +0200",
        "30 Aug 2015 12:36:00 -0000",
    ],
)
def test_a_date_header_may_have_either_form(date: str) -> None:
    pairs = [("Host", HOST), ("Date", date), ("Authorization", authorization(SignedHeaders="date;host"))]
    signature = read_signature(WireRequest("GET", "/", "", pairs))
    assert (signature.date, signature.time) == ("20150830T123600Z", NOW)


@pytest.mark.parametrize(
    "date", ["yesterday", "", "Sun", "Sun, 99 Aug 2015 12:36:00 GMT", "(" * 60, "x" * 100_000]
)
def test_a_malformed_date_header_is_refused(date: str) -> None:
    assert refused(authorization(SignedHeaders="date;host"), ("Date", date)).error_type


def test_x_amz_date_goes_before_date() -> None:
    pairs = [
        ("Host", HOST),
        DATE,
        ("Date", "Mon, 01 Jan 2001 00:00:00 GMT"),
        ("Authorization", authorization()),
    ]
    assert read_signature(WireRequest("GET", "/", "", pairs)).time == NOW


@given(st.text(max_size=40))
def test_no_date_header_raises_anything_else(date: str) -> None:
    pairs = [("Host", HOST), ("Date", date), ("Authorization", authorization(SignedHeaders="date;host"))]
    with contextlib.suppress(SignatureRefused):
        assert read_signature(WireRequest("GET", "/", "", pairs)).value == "0" * 64


# ------------------------------------------------------------------------------------------------- scope


@pytest.mark.parametrize("credential", [KEY, f"{KEY}/a/b/c", f"{KEY}/a/b/c/d/e", "/" * 5, "x" * 5000])
def test_a_credential_of_other_than_five_parts_is_refused_and_not_repeated(credential: str) -> None:
    message = refused(authorization(Credential=credential)).message
    assert message.startswith("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/")
    assert KEY not in message


# ------------------------------------------------------------------------------------------------- coverage


def test_host_must_be_signed() -> None:
    error = refused(authorization(SignedHeaders="x-amz-date"))
    assert error.message == "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    assert reason(signed(names="x-amz-date")) == "the Host header is not signed"


@pytest.mark.parametrize("name", ["X-Amz-Meta", "x-amz-target", "X-HTTP-Method-Override", "X-Amz-Date"])
def test_a_header_that_must_be_signed_cannot_be_added_later(name: str) -> None:
    request = signed(names="host" if name == "X-Amz-Date" else "host;x-amz-date")
    request.headers.setdefault(name.lower(), "v")
    with pytest.raises(SignatureRefused) as error:
        verifier().verify(request)
    assert error.value.message == f"'{name.lower()}' must be a 'SignedHeader' in the AWS Authorization."


@pytest.mark.parametrize(
    "name", ["x-amzn-trace-id", "x-amz-cf-id", "x-forwarded-for", "accept", "content-type"]
)
def test_a_header_of_others_may_be_added_later(name: str) -> None:
    request = signed()
    request.headers[name] = "v"
    assert not reason(request)


def test_a_token_in_a_header_cannot_join_a_presigned_url() -> None:
    one = sent(form=QUERY)
    one.environ["HTTP_X_AMZ_SECURITY_TOKEN"] = TOKEN
    with pytest.raises(SignatureRefused, match="x-amz-security-token is not signed"):
        verified(one)


@pytest.mark.parametrize(
    "names",
    [
        "x-amz-date;host",
        "host;host;x-amz-date",
        "host;x-amz-date;",
        ";host;x-amz-date",
        "Host;host;x-amz-date",
        "host;missing;x-amz-date",
        "host,x-amz-date",
        "host x-amz-date",
    ],
)
def test_names_out_of_order_repeated_or_missing_are_refused(names: str) -> None:
    assert refused(authorization(SignedHeaders=names)).kind is INVALID_SIGNATURE


# ------------------------------------------------------------------------------------------------- hostile


def test_a_header_of_a_megabyte_is_refused() -> None:
    for text in (
        "x" * 1_000_000,
        "AWS4-HMAC-SHA256 " + "Credential=" * 90_000,
        authorization() + "," * 1_000_000,
    ):
        assert len(refused(text).message) < 400


def test_ten_thousand_signed_headers_are_refused() -> None:
    names = ";".join(sorted(f"h{number}" for number in range(10_000)))
    assert refused(authorization(SignedHeaders=names)).reason.startswith("the Authorization header is not")


def test_ten_thousand_headers_beside_thousands_of_signed_names_are_refused() -> None:
    names = ";".join(sorted({"host", "x-amz-date", *(f"{number:x}" for number in range(2_000))}))
    headers = [(f"x-amz-{number}", "v") for number in range(10_000)]
    error = refused(authorization(SignedHeaders=names), DATE, *headers)
    assert error.message == "'x-amz-0' must be a 'SignedHeader' in the AWS Authorization."


@pytest.mark.parametrize(
    "query",
    ["X-Amz-Algorithm&" * 100_000, "X-Amz-Algorithm=" + "%41" * 300_000, "&" * 1_000_000, "a=%" * 300_000],
    ids=["names", "escapes", "ampersands", "percent signs"],
)
def test_a_query_string_of_a_megabyte_is_refused(query: str) -> None:
    assert refused(authorization(), query=query).reason == "the path or the query string is too long"


def test_a_path_of_a_megabyte_is_refused() -> None:
    assert reason(signed(path="/" + "../" * 300_000)) == "the path or the query string is too long"


@given(
    st.text(st.characters(max_codepoint=255), max_size=120),
    st.text(st.characters(max_codepoint=255), max_size=120),
)
def test_whatever_comes_is_refused_and_raises_nothing_else(text: str, query: str) -> None:
    for value in (text, "AWS4-HMAC-SHA256 " + text, authorization() + text):
        for parameters in (query, "X-Amz-Algorithm=AWS4-HMAC-SHA256&" + query):
            with pytest.raises(SignatureRefused):
                verifier().verify(
                    WireRequest("GET", "/", parameters, [("Host", HOST), DATE, ("Authorization", value)])
                )
            with pytest.raises(SignatureRefused):
                verifier().verify(WireRequest("GET", "/", parameters, [("Host", HOST)]))


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=30))
def test_text_that_no_bytes_can_have_given_is_refused(path: str, query: str, value: str) -> None:
    request = signed(headers=[("X-Custom", "v")], names="host;x-amz-date;x-custom")
    request.path, request.query, request.headers["x-custom"] = "/" + path, query, value + "ሴ"
    with pytest.raises(SignatureRefused):
        verifier().verify(request)
