"""Policies: Deny before Allow before silence, and nothing that is not understood is passed over."""

from __future__ import annotations

import random
from typing import Any

import pytest

from wsgi_gateway.authorizers import Policy, PolicyError, allow, deny
from wsgi_gateway.authorizers.policy import INVOKE, SILENCE, Decision

API = "arn:aws:execute-api:us-east-1:123456789012:api/dev"


def policy(*statements: Any, **more: Any) -> Policy:
    return Policy({"Version": "2012-10-17", "Statement": list(statements), **more})


def statement(
    effect: str = "Allow", action: Any = INVOKE, resource: Any = "*", **more: Any
) -> dict[str, Any]:
    return {"Effect": effect, "Action": action, "Resource": resource, **more}


# ----------------------------------------------------------------------------------- against an oracle


def oracle_matches(pattern: str, text: str) -> bool:
    if not pattern:
        return not text
    if pattern[0] == "*":
        return any(oracle_matches(pattern[1:], text[i:]) for i in range(len(text) + 1))
    return bool(text) and pattern[0] in ("?", text[0]) and oracle_matches(pattern[1:], text[1:])


def oracle_decides(document: dict[str, Any], action: str, resource: str) -> str | None:
    """IAM's order, word by word, for a document of lists."""
    effects = set()
    for one in document["Statement"]:
        if "Action" in one:
            about = any(oracle_matches(p.lower(), action.lower()) for p in one["Action"])
        else:
            about = not any(oracle_matches(p.lower(), action.lower()) for p in one["NotAction"])
        if "Resource" in one:
            applies = any(oracle_matches(p, resource) for p in one["Resource"])
        else:
            applies = not any(oracle_matches(p, resource) for p in one["NotResource"])
        if about and applies:
            effects.add(one["Effect"])
    return "Deny" if "Deny" in effects else "Allow" if "Allow" in effects else None


ACTIONS = [
    "execute-api:Invoke",
    "EXECUTE-API:invoke",
    "execute-api:*",
    "execute-api:Inv?ke",
    "*",
    "*:Invoke",
    "execute-api:InvalidateCache",
    "execute-api:Invok",
    "execute-api:Invoke?",
    "lambda:*",
]
PIECES = ["a", "b", "/", "*", "?", "GET", "*/", "api/", "A"]
TEXTS = ["a", "b", "/", "GET", "api/", "A", "//"]


def drawn(random_: random.Random, pieces: list[str]) -> str:
    return "".join(random_.choices(pieces, k=random_.randint(1, 6)))


def drawn_statement(random_: random.Random) -> dict[str, Any]:
    actions = random_.choice(["Action", "Action", "Action", "NotAction"])
    resources = random_.choice(["Resource", "Resource", "Resource", "NotResource"])
    return {
        "Effect": random_.choice(["Allow", "Allow", "Deny"]),
        actions: random_.choices(ACTIONS, k=random_.randint(1, 2)),
        resources: [drawn(random_, PIECES) for _ in range(random_.randint(1, 3))],
    }


def drawn_policy(random_: random.Random) -> dict[str, Any]:
    statements = [drawn_statement(random_) for _ in range(random_.randint(0, 4))]
    return {"Version": "2012-10-17", "Statement": statements}


@pytest.mark.parametrize("block", range(10), ids="500 policies, block {}".format)
def test_a_policy_decides_as_the_oracle_does(block: int) -> None:
    seen = set()
    for seed in range(block * 500, block * 500 + 500):
        random_ = random.Random(seed)
        document = drawn_policy(random_)
        compiled = Policy(document)
        for _ in range(4):
            resource = drawn(random_, TEXTS)
            action = random_.choice([INVOKE, INVOKE, "execute-api:InvalidateCache", "Execute-API:INVOKE"])
            expected = oracle_decides(document, action, resource)
            seen.add(expected)
            decision = compiled.decide(resource, action)
            assert decision.effect == expected, (document, action, resource)
            assert decision.allowed is (expected == "Allow")
            if expected is not None:
                assert document["Statement"][decision.statement]["Effect"] == expected
    assert seen == {"Allow", "Deny", None}


# ----------------------------------------------------------------------------------------- a table of rules


@pytest.mark.parametrize(
    ("statements", "resource", "expected"),
    [
        pytest.param([statement()], API + "/GET/a", ("Allow", 0), id="star allows"),
        pytest.param([statement("Deny")], API + "/GET/a", ("Deny", 0), id="star denies"),
        pytest.param([], API + "/GET/a", (None, None), id="no statement is silence"),
        pytest.param([statement(), statement("Deny")], API + "/GET/a", ("Deny", 1), id="a later deny wins"),
        pytest.param(
            [statement("Deny"), statement()], API + "/GET/a", ("Deny", 0), id="an earlier deny wins"
        ),
        pytest.param(
            [statement("Deny", resource=API + "/GET/b"), statement()],
            API + "/GET/a",
            ("Allow", 1),
            id="a deny elsewhere does not matter",
        ),
        pytest.param(
            [statement(resource=API + "/GET/a")], API + "/DELETE/a", (None, None), id="another verb"
        ),
        pytest.param(
            [statement(resource=API + "/GET/a")], API + "/GET/a/", (None, None), id="an extra slash"
        ),
        pytest.param(
            [statement(resource=API + "/GET/a")], API + "/GET//a", (None, None), id="a doubled slash"
        ),
        pytest.param(
            [statement(resource=API + "/GET/A")], API + "/GET/a", (None, None), id="resources mind case"
        ),
        pytest.param(
            [statement(resource=API + "/GET/*")], API + "/GET/a/b/c", ("Allow", 0), id="star spans /"
        ),
        pytest.param(
            [statement(resource=API + "/GET/?")], API + "/GET/a", ("Allow", 0), id="? is one character"
        ),
        pytest.param([statement(resource=API + "/GET/?")], API + "/GET/", (None, None), id="? is not none"),
        pytest.param([statement(action="execute-api:invoke")], API, ("Allow", 0), id="actions ignore case"),
        pytest.param([statement(action="execute-api:*")], API, ("Allow", 0), id="any action of the service"),
        pytest.param([statement(action=["a:b", INVOKE])], API, ("Allow", 0), id="a list of actions"),
        pytest.param(
            [statement(action="execute-api:InvalidateCache")], API, (None, None), id="another action"
        ),
        pytest.param([statement(resource=["x", API])], API, ("Allow", 0), id="a list of resources"),
        pytest.param([statement(resource=["x", "*"])], API, ("Allow", 0), id="a list with a star"),
        pytest.param(
            [{"Effect": "Allow", "NotAction": "lambda:*", "Resource": "*"}], API, ("Allow", 0), id="NotAction"
        ),
        pytest.param(
            [{"Effect": "Allow", "NotAction": "*", "Resource": "*"}], API, (None, None), id="NotAction star"
        ),
        pytest.param(
            [{"Effect": "Deny", "Action": "*", "NotResource": API + "/GET/*"}, statement()],
            API + "/PUT/a",
            ("Deny", 0),
            id="NotResource denies everything else",
        ),
        pytest.param(
            [{"Effect": "Deny", "Action": "*", "NotResource": API + "/GET/*"}, statement()],
            API + "/GET/a",
            ("Allow", 1),
            id="NotResource spares what it names",
        ),
        pytest.param([statement(Sid="one")], API, ("Allow", 0), id="a Sid is allowed"),
    ],
)
def test_decisions(statements: list[Any], resource: str, expected: tuple[Any, Any]) -> None:
    assert policy(*statements).decide(resource) == Decision(*expected)


def test_one_statement_need_not_be_in_a_list() -> None:
    assert Policy({"Statement": statement()}).decide(API).allowed


@pytest.mark.parametrize("version", ["2012-10-17", "2008-10-17"])
def test_both_versions_of_the_language_are_known(version: str) -> None:
    assert Policy({"Version": version, "Id": "x", "Statement": [statement()]}).decide(API).allowed


def test_a_changed_document_does_not_change_the_compiled_policy() -> None:
    document = {"Statement": [statement(resource=["a"])]}
    compiled = Policy(document)
    document["Statement"][0]["Resource"].append("*")
    assert compiled.decide("b") == SILENCE


def test_a_resource_of_512_characters_is_the_longest() -> None:
    assert policy(statement(resource="*" + "a" * 511)).decide("a" * 600).allowed
    with pytest.raises(PolicyError, match="512"):
        policy(statement(resource=["x", "*" + "a" * 512]))
    with pytest.raises(PolicyError, match="512"):
        policy({"Effect": "Deny", "Action": "*", "NotResource": "a" * 513})


@pytest.mark.parametrize(
    "document",
    [
        pytest.param(None, id="nothing"),
        pytest.param("{}", id="text"),
        pytest.param([], id="a list"),
        pytest.param({}, id="no Statement"),
        pytest.param({"Statement": None}, id="Statement is null"),
        pytest.param({"Statement": "Allow"}, id="Statement is text"),
        pytest.param({"Statement": [None]}, id="a statement is null"),
        pytest.param({"Statement": ["x"]}, id="a statement is text"),
        pytest.param({"Statement": [statement()], "Version": "2099-01-01"}, id="unknown Version"),
        pytest.param({"Statement": [statement()], "Version": None}, id="Version is null"),
        pytest.param({"Statement": [statement()], "version": "2012-10-17"}, id="version in lower case"),
        pytest.param({"Statement": [statement()], "Id": ["x"]}, id="Id is a list"),
        pytest.param({"Statement": [statement(Sid={})]}, id="Sid is an object"),
        pytest.param({"Statement": [statement("allow")]}, id="Effect in lower case"),
        pytest.param({"Statement": [statement(effect=None)]}, id="Effect is null"),
        pytest.param({"Statement": [statement(effect=["Allow"])]}, id="Effect is a list"),
        pytest.param({"Statement": [{"Action": "*", "Resource": "*"}]}, id="no Effect"),
        pytest.param({"Statement": [{"Effect": "Allow", "Resource": "*"}]}, id="no Action"),
        pytest.param({"Statement": [{"Effect": "Allow", "Action": "*"}]}, id="no Resource"),
        pytest.param({"Statement": [statement(NotAction="x")]}, id="Action and NotAction"),
        pytest.param({"Statement": [statement(NotResource="x")]}, id="Resource and NotResource"),
        pytest.param({"Statement": [statement(action=[])]}, id="no actions in the list"),
        pytest.param({"Statement": [statement(resource=[])]}, id="no resources in the list"),
        pytest.param({"Statement": [statement(resource="")]}, id="empty resource"),
        pytest.param({"Statement": [statement(resource=[""])]}, id="empty resource in a list"),
        pytest.param({"Statement": [statement(resource=None)]}, id="Resource is null"),
        pytest.param({"Statement": [statement(resource=[None])]}, id="null in the list of resources"),
        pytest.param({"Statement": [statement(resource={"a": 1})]}, id="Resource is an object"),
        pytest.param({"Statement": [statement(action=5)]}, id="Action is a number"),
        pytest.param({"Statement": [statement(Condition={})]}, id="an empty Condition"),
        pytest.param(
            {"Statement": [statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})]},
            id="a Condition",
        ),
        pytest.param({"Statement": [statement(Principal="*")]}, id="a Principal"),
        pytest.param({"Statement": [statement(NotPrincipal="*")]}, id="a NotPrincipal"),
        pytest.param({"Statement": [statement(condition={})]}, id="condition in lower case"),
        pytest.param({"Statement": [statement(resource="a/${aws:username}")]}, id="a policy variable"),
        pytest.param(
            {"Statement": [statement(), statement("Deny", Condition={})]}, id="only the second is bad"
        ),
    ],
)
def test_what_is_not_understood_makes_the_whole_policy_unusable(document: Any) -> None:
    with pytest.raises(PolicyError):
        Policy(document)


# ------------------------------------------------------------------------------------------ conveniences


def test_allow_builds_a_complete_answer() -> None:
    assert allow("alice", API + "/GET/*", usage_identifier_key="key", team="blue", level=3) == {
        "principalId": "alice",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": INVOKE, "Effect": "Allow", "Resource": API + "/GET/*"}],
        },
        "context": {"team": "blue", "level": 3},
        "usageIdentifierKey": "key",
    }


def test_deny_builds_a_complete_answer() -> None:
    assert deny("bob", why="left") == {
        "principalId": "bob",
        "policyDocument": {
            "Version": "2012-10-17",
            "Statement": [{"Action": INVOKE, "Effect": "Deny", "Resource": "*"}],
        },
        "context": {"why": "left"},
    }


def test_several_resources_may_be_given() -> None:
    document = allow("alice", ("a", "b"))["policyDocument"]
    assert [Policy(document).decide(name).allowed for name in ("a", "b", "c")] == [True, True, False]
