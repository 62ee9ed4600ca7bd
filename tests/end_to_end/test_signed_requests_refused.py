"""Requests that were signed and then changed, or signed by the wrong one, are refused with AWS's text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from botocore.credentials import Credentials

from end_to_end.gunicorn_process import Answer, Gunicorn
from end_to_end.signed_requests import (
    ALICE,
    ALICES_SESSION,
    BOB,
    CAROL,
    SECRET,
    USER,
    YESTERDAYS_SESSION,
    Request,
    Sign,
    by_header,
    presigned,
    vault,
)

Change = Callable[[Request], None]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    with vault(tmp_path_factory.mktemp("vault")) as running:
        yield running


both_forms = pytest.mark.parametrize("sign", [by_header, presigned], ids=["by header", "presigned"])


def swapped(text: str, place: int) -> str:
    """The text with another character there, of the same kind."""
    first = "0" if text[place].isdigit() else "A" if text[place].isupper() else "a"
    other = chr(ord(first) + 1) if text[place] == first else first
    return text[:place] + other + text[place:][1:]


def in_header(name: str, place: int) -> Change:
    def change(request: Request) -> None:
        request.headers[name] = swapped(request.headers[name], place)

    return change


def in_target(pattern: str) -> Change:
    """The last character of what the pattern matches."""

    def change(request: Request) -> None:
        found = re.search(pattern, request.target)
        assert found is not None
        request.target = swapped(request.target, found.end() - 1)

    return change


def in_body(place: int) -> Change:
    def change(request: Request) -> None:
        changed = bytearray(request.body)
        changed[place] ^= 1
        request.body = bytes(changed)

    return change


def verb(request: Request) -> None:
    request.verb = "PUT"


def another_parameter(request: Request) -> None:
    request.target += "&c=3"


def another_slash_escaped(request: Request) -> None:
    request.target = request.target.replace("/letters/", "/letters%252F", 1)


CHANGES = {
    "the first byte of the body": in_body(0),
    "the last byte of the body": in_body(-1),
    "the path": in_target("/letters/seven"),
    "a slash of the path": another_slash_escaped,
    "the name of a parameter": in_target(r"\?a"),
    "the value of a parameter": in_target("=one"),
    "one parameter more": another_parameter,
    "the verb": verb,
    "the content type": in_header("Content-Type", -1),
    "a header of the client's": in_header("X-Shop", -1),
    "the host": in_header("Host", -1),
}
ONLY_IN_HEADERS = {
    "the date": in_header("X-Amz-Date", -2),
    "the signature's first digit": in_header("Authorization", -64),
    "the signature's last digit": in_header("Authorization", -1),
    "the session's token": in_header("X-Amz-Security-Token", 0),
}
ONLY_PRESIGNED = {
    "the date": in_target(r"X-Amz-Date=\w{15}"),
    "the signature's first digit": in_target("X-Amz-Signature=."),
    "the signature's last digit": in_target(r"X-Amz-Signature=\w{64}"),
    "the session's token": in_target("X-Amz-Security-Token=."),
    "the lifetime": in_target("X-Amz-Expires=60"),
}


def letter(server: Gunicorn, sign: Sign) -> Request:
    headers = {"Content-Type": "text/plain", "X-Shop": "tea"}
    return sign(server, "/letters/seven?a=one&b=2", "POST", b"Dear all", headers, ALICES_SESSION)


def refusal(answer: Answer) -> tuple[int, str | None, str]:
    text = answer.json()
    return answer.status, answer.headers.get("x-amzn-errortype"), text.get("message") or text.get("Message")


def is_wrong(answer: Answer) -> bool:
    status, kind, message = refusal(answer)
    return (status, kind) == (403, "InvalidSignatureException") and message.startswith(
        "The request signature"
    )


@both_forms
def test_unchanged_it_passes(server: Gunicorn, sign: Sign) -> None:
    assert letter(server, sign).send(server).status == 200


@both_forms
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_was_changed_is_refused(server: Gunicorn, change: Change, sign: Sign) -> None:
    request = letter(server, sign)
    change(request)
    answer = request.send(server)
    assert is_wrong(answer), refusal(answer)


@pytest.mark.parametrize("change", ONLY_IN_HEADERS.values(), ids=ONLY_IN_HEADERS)
def test_what_was_changed_in_the_signatures_headers_is_refused(server: Gunicorn, change: Change) -> None:
    test_what_was_changed_is_refused(server, change, by_header)


@pytest.mark.parametrize("change", ONLY_PRESIGNED.values(), ids=ONLY_PRESIGNED)
def test_what_was_changed_in_the_signatures_parameters_is_refused(server: Gunicorn, change: Change) -> None:
    test_what_was_changed_is_refused(server, change, presigned)


@both_forms
def test_every_byte_of_a_body_counts(server: Gunicorn, sign: Sign) -> None:
    for place in range(8):
        request = letter(server, sign)
        in_body(place)(request)
        assert is_wrong(request.send(server)), place


INVALID = "The security token included in the request is invalid."
KEYS = {
    "another's secret": (Credentials(ALICE.access_key, SECRET[::-1]), "InvalidSignatureException", "The req"),
    "an unknown key": (Credentials("AKIAEXAMPLENOBODY", SECRET), "AccessDeniedException", INVALID),
    "a session's key without its token": (
        Credentials(ALICES_SESSION.access_key, SECRET),
        "AccessDeniedException",
        INVALID,
    ),
    "a user's key with a token": (
        Credentials(ALICE.access_key, SECRET, ALICES_SESSION.token),
        "AccessDeniedException",
        INVALID,
    ),
    "a session that is over": (
        YESTERDAYS_SESSION,
        "ExpiredTokenException",
        "The security token included in the request is expired",
    ),
}


@both_forms
@pytest.mark.parametrize(("keys", "kind", "text"), KEYS.values(), ids=KEYS)
def test_another_key_is_refused(
    server: Gunicorn, keys: Credentials, kind: str, text: str, sign: Sign
) -> None:
    status, found, message = refusal(sign(server, "/letters/7", keys=keys).send(server))
    assert (status, found) == (403, kind)
    assert message.startswith(text)


@pytest.mark.parametrize(
    "scope",
    [
        pytest.param({"region_name": "eu-west-1"}, id="another region"),
        pytest.param({"service_name": "s3"}, id="another service"),
    ],
)
def test_a_signature_for_somewhere_else_is_refused(server: Gunicorn, scope: dict[str, str]) -> None:
    status, kind, message = refusal(by_header(server, "/letters/7", **scope).send(server))
    assert (status, kind) == (403, "InvalidSignatureException")
    assert message.startswith("Credential should be scoped to")


def test_an_unsigned_request_is_refused(server: Gunicorn) -> None:
    answer = server.ask("GET", "/letters/7")
    assert refusal(answer) == (403, "MissingAuthenticationTokenException", "Missing Authentication Token")


# ------------------------------------------------------------ what the caller may do


@both_forms
@pytest.mark.parametrize(
    ("keys", "verb", "target", "explicit"),
    [
        pytest.param(BOB, "POST", "/letters/7", False, id="a verb that no statement allows"),
        pytest.param(BOB, "GET", "/", False, id="a path that no statement allows"),
        pytest.param(BOB, "GET", "/letters/secret/1", True, id="a path that one denies"),
        pytest.param(CAROL, "GET", "/letters/7", False, id="a caller without policies"),
    ],
)
def test_what_no_policy_allows_is_refused_in_amazons_words(
    server: Gunicorn, keys: Credentials, verb: str, target: str, explicit: bool, sign: Sign
) -> None:
    status, kind, message = refusal(sign(server, target, verb, keys=keys).send(server))
    assert (status, kind) == (403, "AccessDeniedException")
    name = "bob" if keys is BOB else "carol"
    asked = rf"arn:aws:execute-api:us-east-1:\*{{8}}9012:\w+/prod/{verb}{re.escape(target)}"
    expected = (
        rf"User: {USER}{name} is not authorized to perform: execute-api:Invoke on resource: {asked}"
        + (" with an explicit deny" if explicit else "")
    )
    assert re.fullmatch(expected, message), message


@both_forms
def test_what_a_policy_allows_passes(server: Gunicorn, sign: Sign) -> None:
    answer = sign(server, "/letters/7", keys=BOB).send(server)
    assert (answer.status, answer.json()["user"]) == (200, USER + "bob")


def test_no_secret_is_in_the_log(server: Gunicorn) -> None:
    for keys in (ALICES_SESSION, BOB, Credentials(ALICE.access_key, "another-secret-altogether")):
        by_header(server, "/letters/7", keys=keys).send(server)
    written = server.log.read_text()
    assert SECRET not in written
    assert str(ALICES_SESSION.token) not in written
