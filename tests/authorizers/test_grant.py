"""Answers of authorizers: what makes one usable, and what becomes of its context."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wsgi_gateway.authorizers import PolicyError, allow
from wsgi_gateway.authorizers.grant import Grant


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("blue", "blue"),
        ("", ""),
        ("[1]", "[1]"),
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (-7, "-7"),
        (2**70, str(2**70)),
        (1.5, "1.5"),
        (1.0, "1.0"),
    ],
    ids=repr,
)
def test_context_values_become_text_for_templates_and_stay_what_they_are_for_the_app(
    value: Any, text: str
) -> None:
    grant = Grant(allow("alice", key=value))
    assert grant.variables == {"key": text, "principalId": "alice"}
    assert grant.context == {"key": value, "principalId": "alice"}
    assert type(grant.context["key"]) is type(value)


def test_a_context_cannot_replace_the_principal() -> None:
    grant = Grant({**allow("alice"), "context": {"principalId": "root"}})
    assert grant.variables == {"principalId": "alice"}
    assert grant.context == {"principalId": "alice"}


def test_a_principal_is_given_to_wsgi_as_utf_8_in_latin_1() -> None:
    assert Grant(allow("Žofie")).remote_user.encode("latin-1").decode() == "Žofie"


@pytest.mark.parametrize("context", [None, {}], ids=["null", "empty"])
def test_a_context_may_be_missing(context: Any) -> None:
    assert Grant({**allow("alice"), "context": context}).variables == {"principalId": "alice"}


@pytest.mark.parametrize(("given", "kept"), [("key", "key"), (None, None)], ids=["a key", "null"])
def test_the_usage_identifier_key_is_text_or_absent(given: Any, kept: Any) -> None:
    assert Grant({**allow("alice"), "usageIdentifierKey": given}).usage_identifier_key == kept
    assert Grant(allow("alice")).usage_identifier_key is None


NO_POLICY = {"principalId": "alice"}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="nothing"),
        pytest.param("Unauthorized", id="text"),
        pytest.param(json.dumps(allow("alice")), id="an answer as JSON text"),
        pytest.param([allow("alice")], id="a list"),
        pytest.param(True, id="a boolean"),
        pytest.param({}, id="an empty object"),
        pytest.param({"isAuthorized": True}, id="the simple answer of HTTP APIs"),
        pytest.param(NO_POLICY, id="no policy"),
        pytest.param({**NO_POLICY, "policyDocument": None}, id="policy is null"),
        pytest.param({**NO_POLICY, "policyDocument": {}}, id="policy is empty"),
        pytest.param(
            {**NO_POLICY, "policyDocument": json.dumps(allow("a")["policyDocument"])}, id="policy is text"
        ),
        pytest.param({"policyDocument": allow("alice")["policyDocument"]}, id="no principal"),
        pytest.param({**allow("alice"), "principalId": None}, id="principal is null"),
        pytest.param({**allow("alice"), "principalId": ""}, id="principal is empty"),
        pytest.param({**allow("alice"), "principalId": 7}, id="principal is a number"),
        pytest.param({**allow("alice"), "principalId": "\ud800"}, id="principal is no Unicode"),
        pytest.param({**allow("alice"), "context": []}, id="context is a list"),
        pytest.param({**allow("alice"), "context": "x"}, id="context is text"),
        pytest.param({**allow("alice"), "context": {"a": {}}}, id="an object in the context"),
        pytest.param({**allow("alice"), "context": {"a": ["x"]}}, id="a list in the context"),
        pytest.param({**allow("alice"), "context": {"a": None}}, id="null in the context"),
        pytest.param({**allow("alice"), "context": {"a": float("nan")}}, id="not a number in the context"),
        pytest.param({**allow("alice"), "context": {"a": float("inf")}}, id="infinity in the context"),
        pytest.param({**allow("alice"), "context": {"a": 10**5000}}, id="a number of 5001 digits"),
        pytest.param({**allow("alice"), "context": {"a-b": "x"}}, id="a dash in a name"),
        pytest.param({**allow("alice"), "context": {"": "x"}}, id="an empty name"),
        pytest.param({**allow("alice"), "context": {1: "x"}}, id="a number as name"),
        pytest.param({**allow("alice"), "context": {"a\n": "x"}}, id="a line end in a name"),
        pytest.param({**allow("alice"), "usageIdentifierKey": 5}, id="usage key is a number"),
        pytest.param({**allow("alice"), "usageIdentifierKey": ""}, id="usage key is empty"),
        pytest.param({**allow("alice"), "usageIdentifierKey": "\ud800"}, id="usage key is no Unicode"),
    ],
)
def test_an_unusable_answer_is_refused_without_repeating_it(answer: Any) -> None:
    with pytest.raises(PolicyError) as refusal:
        Grant(answer)
    assert "alice" not in str(refusal.value)


def test_a_grant_shows_nothing_of_itself() -> None:
    grant = Grant(allow("alice", usage_identifier_key="0123456789", secret="s3cret"))
    assert repr(grant) == str(grant) == "<Grant>"


def test_the_size_of_a_grant_grows_with_what_it_keeps() -> None:
    small = Grant(allow("alice")).size
    assert Grant(allow("alice", note="x" * 5000)).size > small + 5000
    assert Grant(allow("alice", ["a" * 500] * 10)).size > small + 5000


def test_a_text_that_no_bytes_can_have_given_is_refused() -> None:
    with pytest.raises(PolicyError, match="not valid Unicode"):
        Grant(allow("alice", team="\ud800"))
