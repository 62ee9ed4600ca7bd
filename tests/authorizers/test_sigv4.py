"""The verifier: time, scope, keys and tokens, each refused with AWS's text and a reason without secrets."""

from __future__ import annotations

import threading
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
    SECRET,
    TOKEN,
    reason,
    refusal,
    sent,
    signed,
    verified,
    verifier,
)

from wsgi_gateway.authorizers import sigv4
from wsgi_gateway.authorizers.credentials import Credential
from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.authorizers.signature_refused import SignatureRefused
from wsgi_gateway.authorizers.signed_request import read_signature
from wsgi_gateway.authorizers.sigv4 import SignatureVerifier, signing_key
from wsgi_gateway.authorizers.wire_request import WireRequest
from wsgi_gateway.errors import (
    ACCESS_DENIED,
    EXPIRED_TOKEN,
    INVALID_SIGNATURE,
    MISSING_AUTHENTICATION_TOKEN,
    ConfigError,
    GatewayError,
)

INVALID_TOKEN = "The security token included in the request is invalid."


def test_the_example_of_the_documentation_has_the_documented_signature() -> None:
    key = signing_key("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "20150830", "us-east-1", "iam")
    assert key.hex() == "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9"


def test_the_identity_has_awss_names() -> None:
    record = PrincipalRecord(
        arn="arn:aws:sts::123456789012:assumed-role/reader/bob", user_id="AROAX:bob", org_id="o-1"
    )
    caller = verified(sent(token=TOKEN), Credential(KEY, SECRET, TOKEN, principal=record))
    assert {name: value for name, value in caller.identity.items() if value is not None} == {
        "accountId": "123456789012",
        "caller": "AROAX:bob",
        "user": "AROAX:bob",
        "userArn": "arn:aws:sts::123456789012:assumed-role/reader/bob",
        "accessKey": KEY,
        "principalOrgId": "o-1",
    }


def test_the_identity_of_a_cognito_identity_names_it() -> None:
    record = PrincipalRecord(
        arn="arn:aws:sts::123456789012:assumed-role/reader/CognitoIdentityCredentials",
        cognito_identity_id="us-east-1:1",
        cognito_identity_pool_id="us-east-1:2",
        cognito_authentication_type="authenticated",
        cognito_authentication_provider="pool",
    )
    identity = verified(sent(), Credential(KEY, SECRET, principal=record)).identity
    assert [identity[name] for name in identity if name.startswith("cognito")] == [
        "us-east-1:1",
        "us-east-1:2",
        "authenticated",
        "pool",
    ]


# ------------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize("later", [-900, -1, 0, 899, 900], ids="{:+} seconds".format)
def test_a_signature_is_admitted_within_fifteen_minutes_either_way(later: int) -> None:
    verified(sent(), later=later)


def test_an_old_signature_is_refused_with_awss_text() -> None:
    refused = reason_and_message(signed(time=NOW - 901))
    assert refused == (
        INVALID_SIGNATURE,
        "Signature expired: 20150830T122059Z is now earlier than 20150830T122100Z "
        "(20150830T123600Z - 15 min.)",
    )


def test_a_signature_of_the_future_is_refused_with_awss_text() -> None:
    assert reason_and_message(signed(time=NOW + 901)) == (
        INVALID_SIGNATURE,
        "Signature not yet current: 20150830T125101Z is still later than 20150830T125100Z "
        "(20150830T123600Z + 15 min.)",
    )


def test_the_window_can_be_the_five_minutes_that_awss_gateway_was_seen_to_use() -> None:
    verified(sent(), later=300, window_seconds=300)
    assert refusal(sent(), later=301, window_seconds=300).message.endswith("- 5 min.)")


def reason_and_message(request: WireRequest, *credentials: Credential, **options: Any) -> tuple[Any, Any]:
    with pytest.raises(SignatureRefused) as refused:
        verifier(*credentials, **options).verify(request)
    return refused.value.kind, refused.value.message


@pytest.mark.parametrize(
    ("seconds", "later"),
    [(1, 0), (1, 1), (60, 60), (604_800, 604_800), (604_800, -900), (3600, 1800)],
    ids=lambda number: f"{number} s",
)
def test_a_presigned_url_is_admitted_until_it_expires(seconds: int, later: int) -> None:
    verified(presigned(seconds), later=later)


@pytest.mark.parametrize(
    ("seconds", "later"), [(1, 2), (60, 61), (604_800, 604_801)], ids=lambda number: f"{number} s"
)
def test_a_presigned_url_is_refused_after_it_expired(seconds: int, later: int) -> None:
    assert refusal(presigned(seconds), later=later).message.startswith("Signature expired: ")


def test_a_presigned_url_of_the_future_is_refused() -> None:
    assert refusal(presigned(604_800), later=-901).message.startswith("Signature not yet current: ")


@pytest.mark.parametrize("seconds", [0, 604_801, 999_999_999, -1, "1.5", "x", "", "1" * 5000, "٣"], ids=repr)
def test_an_expiry_that_aws_does_not_know_is_refused(seconds: Any) -> None:
    assert refusal(presigned(seconds)).message.startswith("X-Amz-Expires ")


def test_a_presigned_url_without_an_expiry_has_the_window() -> None:
    one = presigned(60)
    query = one.environ["QUERY_STRING"].replace("X-Amz-Expires=60&", "")
    names = read_signature(WireRequest("GET", "/", query, [("Host", "x")])).signed_headers
    assert names == ["host"]
    one.environ["QUERY_STRING"] = query
    assert refusal(one, later=901).message.startswith("Signature expired: ")
    assert refusal(one, later=900).reason == "the signature is wrong"


def presigned(seconds: Any) -> Any:
    class Form(QUERY):  # type: ignore[misc, valid-type]
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, expires=seconds)

    return sent(form=Form)


# ------------------------------------------------------------------------------------------------- scope


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "/20150830/",
            "/20150831/",
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            "'20150831' != '20150830', from '20150830T123600Z'. ",
        ),
        ("us-east-1", "us-east-2", "Credential should be scoped to a valid region, not 'us-east-2'. "),
        ("execute-api", "s3", "Credential should be scoped to correct service: 'execute-api'. "),
        (
            "aws4_request",
            "aws5_request",
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'. ",
        ),
        (
            "20150830/us-east-1/execute-api/aws4_request",
            "a/b/c/d",
            "Credential should be scoped to a valid region, not 'b'. "
            "Credential should be scoped to correct service: 'execute-api'. "
            "Credential should be scoped with a valid terminator: 'aws4_request', not 'd'. "
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            "'a' != '20150830', from '20150830T123600Z'. ",
        ),
    ],
    ids=["day", "region", "service", "terminator", "everything"],
)
def test_another_scope_is_refused_with_awss_text(old: str, new: str, message: str) -> None:
    request = signed()
    request.headers["authorization"] = request.headers["authorization"].replace(old, new)
    assert reason_and_message(request) == (INVALID_SIGNATURE, message)


def test_a_right_signature_for_another_scope_is_refused() -> None:
    assert reason(signed(region="eu-west-1"))
    assert reason(signed(service="s3"))
    assert reason(signed(day="20150829"))
    assert reason(signed(region=""), region=None)
    assert not reason(signed(region="eu-west-1"), region=None)


# ------------------------------------------------------------------------------------------------- keys


def test_an_unknown_key_is_refused_with_awss_text() -> None:
    other = Credential("AKIDOTHER", SECRET, principal=ALICE)
    refused = refusal(sent(), other)
    assert (refused.kind, refused.message) == (ACCESS_DENIED, INVALID_TOKEN)


def test_an_unknown_key_goes_the_whole_way_of_a_wrong_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    def steps(request: WireRequest, *credentials: Credential) -> list[str]:
        seen: list[str] = []
        for name in ("signing_key", "digest", "compare_digest"):
            original = getattr(sigv4, name)
            monkeypatch.setattr(sigv4, name, noted(seen, name, original))
        body = request.body
        request.body = noted(seen, "body", body)
        assert reason(request, *credentials)
        monkeypatch.undo()
        return seen

    def noted(seen: list[str], name: str, call: Any) -> Any:
        return lambda *args: (seen.append(name), call(*args))[1]

    wrong = signed(body=b"x", method="POST")
    wrong.headers["authorization"] = wrong.headers["authorization"][:-1] + "g"
    unknown = steps(signed(body=b"x", method="POST"), Credential("AKIDOTHER", SECRET, principal=ALICE))
    assert unknown == steps(wrong) == ["body", "signing_key", *["digest"] * 5, "compare_digest"]


def test_no_secret_can_be_guessed_for_the_unknown_key() -> None:
    request = signed()
    request.headers["authorization"] = request.headers["authorization"].replace(KEY, "nobody")
    assert reason(request) == "the access key is unknown"


@pytest.mark.parametrize("secret", [SECRET + "x", SECRET[:-1], SECRET.lower(), "x"])
def test_another_secret_is_refused(secret: str) -> None:
    refused = refusal(sent(), Credential(KEY, secret, principal=ALICE))
    assert (refused.kind, refused.message) == (INVALID_SIGNATURE, INVALID_SIGNATURE.message)


def test_signing_keys_are_made_once_a_day_and_region(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[tuple[str, ...]] = []

    def counted(*parts: str) -> bytes:
        made.append(parts[1:])
        return signing_key(*parts)

    monkeypatch.setattr(sigv4, "signing_key", counted)
    now = [float(NOW)]
    one = SignatureVerifier([ALICES_KEY], region=None, clock=lambda: now[0])
    for day in range(3):
        now[0] = NOW + day * 86_400
        for region in ("us-east-1", "eu-west-1"):
            for _ in range(3):
                one.verify(signed(time=now[0], region=region))
    days = ("20150830", "20150831", "20150901")
    assert made == [(day, name, "execute-api") for day in days for name in ("us-east-1", "eu-west-1")]


def test_the_signing_keys_kept_are_bounded() -> None:
    one = verifier(region=None)
    for number in range(sigv4.KEPT_KEYS + 50):
        one.verify(signed(region=f"r{number}"))
    assert one._signing_key.cache_info().currsize == sigv4.KEPT_KEYS


def test_a_verifier_may_be_used_by_many_threads_at_once() -> None:
    one, outcomes = verifier(region=None), []

    def run(number: int) -> None:
        for turn in range(50):
            request = signed(region=f"r{turn}")
            if number % 2:
                request.method = "PUT"
            try:
                outcomes.append((number % 2, one.verify(request).access_key_id))
            except SignatureRefused:
                outcomes.append((number % 2, None))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(outcomes) == {(0, KEY), (1, None)}
    assert len(outcomes) == 400


# ------------------------------------------------------------------------------------------------- tokens


@pytest.mark.parametrize("form", [HEADER, QUERY], ids=["header", "presigned"])
@pytest.mark.parametrize(
    ("sent_token", "own"),
    [(None, TOKEN), (TOKEN, None), (TOKEN + "x", TOKEN), (TOKEN[:-1], TOKEN), (TOKEN.upper(), TOKEN)],
    ids=["none", "one too many", "a longer one", "a shorter one", "capitals"],
)
def test_a_session_token_that_is_not_the_keys_is_refused(sent_token: str, own: str, form: Any) -> None:
    refused = refusal(sent(token=sent_token, form=form), Credential(KEY, SECRET, own, principal=ALICE))
    assert (refused.kind, refused.message) == (ACCESS_DENIED, INVALID_TOKEN)
    assert refused.reason == "the session token is not that of the key"


def test_a_session_token_of_odd_characters_is_refused() -> None:
    request = signed(headers=[("X-Amz-Security-Token", "\xc3\xa9")])
    assert reason(request, ALICES_SESSION) == "the session token is not that of the key"


def test_a_token_may_be_added_after_signing() -> None:
    request = signed(headers=[("X-Amz-Security-Token", TOKEN)])
    assert not reason(request, ALICES_SESSION)
    request.headers["x-amz-security-token"] += "x"
    assert reason(request, ALICES_SESSION) == "the session token is not that of the key"


@pytest.mark.parametrize("expires", [NOW - 1, NOW, float(NOW)], ids=repr)
def test_credentials_past_their_time_are_refused(expires: float) -> None:
    credential = Credential(KEY, SECRET, expires=expires, principal=ALICE)
    kind, message = reason_and_message(signed(), credential)
    assert (kind, message) == (EXPIRED_TOKEN, "The security token included in the request is expired")


def test_credentials_are_good_until_the_second_they_expire() -> None:
    assert not reason(signed(), Credential(KEY, SECRET, expires=NOW + 0.1, principal=ALICE))


def test_only_who_can_sign_learns_that_credentials_have_expired() -> None:
    request = signed()
    request.method = "PUT"
    credential = Credential(KEY, SECRET, expires=NOW - 1, principal=ALICE)
    assert reason(request, credential) == "the signature is wrong"


# ------------------------------------------------------------------------------------------------- the body


def test_a_true_hash_of_the_body_is_admitted_signed_or_not() -> None:
    hashed = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    header = ("X-Amz-Content-Sha256", hashed)
    assert not reason(signed(body=b"hello", headers=[header]))
    names = "host;x-amz-content-sha256;x-amz-date"
    assert not reason(signed(body=b"hello", headers=[header], names=names))


@pytest.mark.parametrize(
    "claim",
    [
        "UNSIGNED-PAYLOAD",
        "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
        "0" * 64,
        "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
        "e3b0",
        "",
    ],
)
def test_any_other_hash_is_refused_even_if_it_was_signed(claim: str) -> None:
    request = signed(
        headers=[("X-Amz-Content-Sha256", claim)],
        names="host;x-amz-content-sha256;x-amz-date",
        payload=claim,
    )
    assert reason(request) in (
        "x-amz-content-sha256 is not a hash",
        "the body is not the one that was signed",
    )


def test_a_body_that_is_not_the_signed_ones_is_refused() -> None:
    hashed = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
    request = signed(headers=[("X-Amz-Content-Sha256", hashed)], body=b"other", payload=hashed)
    assert reason(request) == "the body is not the one that was signed"


def test_a_body_is_not_read_for_a_signature_that_its_hash_shows_to_be_wrong() -> None:
    request = signed(headers=[("X-Amz-Content-Sha256", "0" * 64)], method="POST")
    request.body = lambda: pytest.fail("read")
    assert reason(request) == "the signature is wrong"


def test_a_body_that_cannot_be_read_has_its_own_answer() -> None:
    one = sent(method="POST", body=b"hello")
    one.environ["CONTENT_LENGTH"] = "99"
    with pytest.raises(GatewayError) as refused:
        verified(one)
    assert refused.value.status == 400


# ------------------------------------------------------------------------------------------------- the rest


def test_no_signature_is_a_missing_token() -> None:
    assert reason_and_message(WireRequest("GET", "/", headers=[("Host", "x")])) == (
        MISSING_AUTHENTICATION_TOKEN,
        "Missing Authentication Token",
    )


def test_a_refusal_is_answered_with_awss_type() -> None:
    answer = SignatureRefused(INVALID_SIGNATURE, "text", "why", "IncompleteSignatureException").answer()
    assert (answer.status, answer.message, answer.error_type, answer.reason) == (
        403,
        "text",
        "IncompleteSignatureException",
        "why",
    )
    plain = SignatureRefused(EXPIRED_TOKEN, None, "why").answer()
    assert (plain.message, plain.error_type) == (EXPIRED_TOKEN.message, "ExpiredTokenException")


def test_no_reason_and_no_repr_holds_a_secret() -> None:
    one = sent(token=TOKEN)
    signature = read_signature(one.request())
    texts = [repr(signature), repr(verifier(ALICES_SESSION)), repr(verified(one, ALICES_SESSION).principal)]
    for credential in (ALICES_KEY, Credential(KEY, "x", TOKEN, principal=ALICE)):
        refused = refusal(one, credential)
        texts += [repr(credential), str(refused), repr(refused), str(refused.message)]
    for text in texts:
        assert SECRET not in text
        assert TOKEN not in text
        assert signature.value not in text


@pytest.mark.parametrize(
    "options",
    [
        {"region": ""},
        {"service": ""},
        {"window_seconds": 0},
        {"window_seconds": -1},
        {"window_seconds": 86_401},
        {"window_seconds": float("nan")},
    ],
    ids=repr,
)
def test_options_that_cannot_work_stop_the_load(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        verifier(**options)


def test_credentials_of_no_known_form_stop_the_load() -> None:
    with pytest.raises(ConfigError, match="int"):
        SignatureVerifier(7, region=None)
