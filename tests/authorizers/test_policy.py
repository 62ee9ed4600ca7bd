"""Policies: Deny before Allow before silence, and nothing that is not understood is passed over."""

from __future__ import annotations

import random
from typing import Any

import pytest

from wsgi_gateway.authorizers import Policy, PolicyError, allow, deny
from wsgi_gateway.authorizers.decisions import Decision
from wsgi_gateway.authorizers.policy import (
    INVOKE,
    NO_KEYS,
    SILENCE,
)

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


def oracle_decides_both(document: dict[str, Any], action: str, resource: str) -> str | None:
    """With a slash at the end the page without it must not be denied either."""
    ends = resource.endswith("/") and resource.count("/") > 3  # with three it is the root's own
    bare = oracle_decides(document, action, resource[:-1]) if ends else None
    return "Deny" if bare == "Deny" else oracle_decides(document, action, resource)


ACTIONS = [
    "execute-api:Invoke",
    "EXECUTE-API:invoke",
    "execute-api:*",
    "execute-api:Inv?ke",
    "*",
    "*:Invoke",
    "execute-api:InvalidateCache",
    "lambda:Invok",
    "lambda:Invoke?",
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
            expected = oracle_decides_both(document, action, resource)
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
    assert policy(*statements).decide(resource)[:2] == expected


def test_each_action_has_its_own_statements_however_often_it_is_asked_about() -> None:
    compiled = policy(statement(), statement("Deny", action="execute-api:InvalidateCache"))
    for _ in range(2):
        assert compiled.decide(API, "execute-api:InvalidateCache").effect == "Deny"
        assert compiled.decide(API, "EXECUTE-API:invalidatecache").effect == "Deny"
        assert compiled.decide(API, "execute-api:invoke").allowed
        assert compiled.decide(API, "execute-api:ManageConnections").effect is None


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
        pytest.param({"Statement": [statement(action="a:${aws:username}")]}, id="a variable in an action"),
        pytest.param({"Statement": [statement(resource="execute-api:/dev/*")]}, id="a short resource"),
        pytest.param({"Statement": [statement(Principal="*")]}, id="a Principal"),
        pytest.param({"Statement": [statement(NotPrincipal="*")]}, id="a NotPrincipal"),
        pytest.param({"Statement": [statement(condition={})]}, id="condition in lower case"),
        pytest.param(
            {"Version": "2012-10-17", "Statement": [statement(resource="arn:aws:x:::a/${aws:username")]},
            id="half a policy variable",
        ),
        pytest.param(
            {"Statement": [statement(), statement("Deny", Condition={})]}, id="only the second is bad"
        ),
    ],
)
def test_what_is_not_understood_makes_the_whole_policy_unusable(document: Any) -> None:
    with pytest.raises(PolicyError):
        Policy(document)


# ------------------------------------------------------------------------------------- why, and for whom


OFFICE = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}, "Bool": {"aws:SecureTransport": "true"}}
HERE = {"aws:sourceip": ["203.0.113.9"], "aws:securetransport": ["true"]}
ELSEWHERE = {"aws:sourceip": ["192.0.2.1"], "aws:securetransport": ["true"]}


def test_the_statement_that_decided_is_told_with_its_sid_and_why() -> None:
    compiled = policy(statement(Sid="All"), statement("Deny", Sid="Office", Condition=OFFICE))
    assert compiled.decide(API, keys=HERE) == Decision("Allow", 0, "All", "statement 0: Allow")
    assert compiled.decide(API, keys=ELSEWHERE) == Decision(
        "Deny",
        1,
        "Office",
        "statement 1: Deny, given NotIpAddress aws:SourceIp; Bool aws:SecureTransport",
    )
    assert policy().decide(API) == Decision(None, None, None, "no statement applies")


def test_an_explanation_tells_of_every_statement_what_was_not_right_and_nothing_of_the_request() -> None:
    compiled = Policy(
        {
            "Version": "2012-10-17",
            "Statement": [
                {**statement(action="execute-api:InvalidateCache"), "Principal": "*"},
                {**statement(resource=API + "/PUT/*"), "Principal": "*"},
                {**statement(), "Principal": {"AWS": "123456789012"}},
                {**statement(resource=API + "/GET/${aws:username}"), "Principal": "*"},
                {**statement("Deny", Condition=OFFICE), "Principal": "*"},
                {**statement(), "Principal": "*"},
            ],
        },
        resource_policy=True,
    )
    text = "resource policy, statement "
    given = "4: Deny, given NotIpAddress aws:SourceIp; Bool aws:SecureTransport: "
    assert compiled.explain(API + "/GET/a", keys=HERE) == (
        text + "0: Allow: is about another action",
        text + "1: Allow: is about another resource",
        text + "2: Allow, given principal: principal does not hold",
        text + "3: Allow, given resource with variables: resource with variables does not hold",
        text + given + "NotIpAddress aws:SourceIp does not hold",
        text + "5: Allow: applies",
    )
    assert compiled.explain(API + "/GET/a")[3:5] == (
        text + "3: Allow, given resource with variables: resource with variables cannot be told",
        text + given + "NotIpAddress aws:SourceIp cannot be told",
    )


def test_an_explanation_agrees_with_the_decision() -> None:
    compiled = policy(statement(), statement("Deny", Condition=OFFICE))
    for keys in (HERE, ELSEWHERE, {}):
        told = compiled.explain(API, keys=keys)
        index = compiled.decide(API, keys=keys).statement
        assert index is not None
        assert told[index].endswith(": applies")
    assert [line.endswith(": applies") for line in compiled.explain(API, keys=HERE)] == [True, False]


# ------------------------------------------------------------------------------------------ asking for keys


def test_a_key_is_asked_for_in_lower_case_once_and_only_when_a_statement_gets_that_far() -> None:
    names: list[str] = []

    def ask(name: str) -> list[str] | None:
        names.append(name)
        return ["203.0.113.9"] if name == "aws:sourceip" else None

    condition = {"IpAddress": {"AWS:SourceIP": "192.0.2.0/24"}}
    compiled = policy(
        statement("Deny", resource=API + "/PUT/*", Condition={"Null": {"aws:username": "true"}}),
        statement("Deny", Condition={**condition, "StringEquals": {"aws:Referer": "x"}}),
        statement("Deny", Condition=condition),
        statement(),
    )
    assert compiled.decide(API + "/GET/a", keys=ask).allowed
    assert names == ["aws:sourceip"]


def test_what_a_policy_may_ask_for_is_known_beforehand() -> None:
    condition = {
        "StringLike": {"aws:Referer": ["${aws:username, 'nobody'}/*", "x"]},
        "Null": {"a:B/c": "true"},
    }
    resource = API + "/GET/${aws:PrincipalTag/Team}"
    compiled = policy(statement(), statement(resource=["x", resource], Condition=condition))
    assert compiled.keys == {"aws:referer", "aws:username", "a:b/c", "aws:principaltag/team"}
    assert policy(statement()).keys == frozenset()
    literal = Policy({"Statement": [statement(resource=resource)]})
    assert literal.keys == frozenset()


def test_a_mapping_may_answer_and_a_single_text_is_one_value() -> None:
    compiled = policy(statement(Condition={"StringEquals": {"aws:username": "alice"}}))
    assert compiled.decide(API, keys={"aws:username": ("alice",)}).allowed
    assert compiled.decide(API, keys={"aws:username": "alice"}).allowed
    assert not compiled.decide(API, keys={"aws:username": None}).allowed


NEEDS_AN_ANSWER = {
    "a condition": {"Condition": {"Null": {"aws:username": "true"}}},
    "a missing key that would do": {"Condition": {"StringNotEquals": {"aws:username": "bob"}}},
    "IfExists": {"Condition": {"StringEqualsIfExists": {"aws:username": "bob"}}},
    "a variable": {"Resource": API + "/GET/${aws:username}"},
    "a variable with a default": {"Resource": API + "/GET/${aws:username, 'a'}"},
}


@pytest.mark.parametrize("more", NEEDS_AN_ANSWER.values(), ids=NEEDS_AN_ANSWER.keys())
def test_where_nobody_can_answer_an_allow_does_not_apply_and_a_deny_does(more: dict[str, Any]) -> None:
    for keys in ({}, {"keys": NO_KEYS}):
        assert policy({**statement(), **more}).decide(API + "/GET/a", **keys) == SILENCE
        assert (
            policy(statement(), {**statement("Deny"), **more}).decide(API + "/GET/a", **keys).effect == "Deny"
        )


def test_an_empty_mapping_answers_that_the_request_has_no_keys() -> None:
    compiled = policy(statement(Condition={"Null": {"aws:username": "true"}}))
    assert compiled.decide(API, keys={}).allowed


def test_what_goes_wrong_while_answering_is_not_hidden() -> None:
    def ask(name: str) -> list[str]:
        raise LookupError(name)

    with pytest.raises(LookupError):
        policy(statement(Condition=OFFICE)).decide(API, keys=ask)


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
