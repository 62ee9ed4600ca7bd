"""Policy variables: where they stand, what fills them in, and that what fills them in is only text."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway.authorizers.policy import INVOKE, Policy, PolicyError

API = "arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/"
ALICE = {"aws:username": ["alice"], "aws:principaltag/team": ["blue"], "aws:sourceip": ["192.0.2.1"]}


def policy(effect: str, version: str | None = "2012-10-17", **more: Any) -> Policy:
    statement = {"Effect": effect, "Action": INVOKE, "Resource": "*", **more}
    if "NotResource" in more:
        del statement["Resource"]
    return Policy({"Statement": statement} | ({"Version": version} if version else {}))


def applies(effect: str, keys: dict[str, list[str]], path: str = "", **more: Any) -> bool:
    return policy(effect, **more).decide(API + path, keys=keys).effect == effect


@pytest.mark.parametrize(
    ("resource", "path", "keys", "expected"),
    [
        pytest.param("${aws:username}/cv", "alice/cv", ALICE, True, id="a value"),
        pytest.param("${aws:username}/cv", "bob/cv", ALICE, False, id="another value"),
        pytest.param("${aws:username}/cv", "Alice/cv", ALICE, False, id="another case of the value"),
        pytest.param("${AWS:UserName}/cv", "alice/cv", ALICE, True, id="another case of the name"),
        pytest.param("${aws:PrincipalTag/Team}", "blue", ALICE, True, id="a tag"),
        pytest.param("${aws:PrincipalTag/Team}/${aws:username}", "blue/alice", ALICE, True, id="two"),
        pytest.param("x${aws:username}y/*", "xalicey/1/2", ALICE, True, id="a star behind it"),
        pytest.param("*/${aws:username}", "1/2/alice", ALICE, True, id="a star before it"),
        pytest.param("?/${aws:username}/?", "1/alice/2", ALICE, True, id="question marks around it"),
        pytest.param("?/${aws:username}/?", "1/alice/22", ALICE, False, id="two characters for one"),
        pytest.param("*?${aws:username}*", "xxalicexx", ALICE, True, id="star and question mark"),
        pytest.param("*?${aws:username}*", "alice", ALICE, False, id="too little for the question mark"),
        pytest.param("${aws:username}", "*", {"aws:username": ["*"]}, True, id="a star as value is a star"),
        pytest.param("${aws:username}", "bob", {"aws:username": ["*"]}, False, id="and no wildcard"),
        pytest.param("${aws:username}/?", "bo/1", {"aws:username": ["??"]}, False, id="nor a question mark"),
        pytest.param("${aws:username}/?", "??/1", {"aws:username": ["??"]}, True, id="which is itself"),
        pytest.param(
            "${aws:username}",
            "${aws:sourceip}",
            {"aws:username": ["${aws:sourceip}"]},
            True,
            id="a variable as value is not filled in again",
        ),
        pytest.param("${aws:username}", "", {}, False, id="no value"),
        pytest.param("${aws:username}", "", {"aws:username": []}, False, id="an empty list of values"),
        pytest.param("${aws:username}", "", {"aws:username": [""]}, False, id="an empty value"),
        pytest.param("${aws:username}", "a", {"aws:username": ["a", "b"]}, False, id="several values"),
        pytest.param("*${aws:username}", "a", {}, False, id="no value behind a star"),
        pytest.param("${aws:username, 'all'}", "alice", ALICE, True, id="a value in spite of a default"),
        pytest.param("${aws:username, 'all'}", "all", ALICE, False, id="no default besides a value"),
        pytest.param("${aws:username, 'all'}", "all", {}, True, id="a default"),
        pytest.param("${aws:username,'all'}", "all", {}, True, id="a default without the blank"),
        pytest.param("${aws:username, 'a b'}", "a b", {}, True, id="a default with a blank in it"),
        pytest.param("${aws:username, ''}/x", "/x", {}, True, id="an empty default"),
        pytest.param("${aws:username, '*'}", "x", {}, False, id="a star as default is no wildcard"),
        pytest.param("a${*}b", "a*b", {}, True, id="an escaped star is one"),
        pytest.param("a${*}b", "axb", {}, False, id="and nothing else"),
        pytest.param("a${?}b", "a?b", {}, True, id="an escaped question mark is one"),
        pytest.param("a${?}b", "axb", {}, False, id="and nothing else either"),
        pytest.param("a${$}{aws:username}", "a${aws:username}", ALICE, True, id="an escaped dollar sign"),
        pytest.param("${*}${aws:username}*", "*alice/x", ALICE, True, id="all together"),
        pytest.param("a$b$", "a$b$", {}, True, id="a dollar sign without a brace is one"),
        pytest.param("a{b}", "a{b}", {}, True, id="and so are braces without one"),
    ],
)
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_resource_is_filled_in(
    resource: str, path: str, keys: dict[str, list[str]], expected: bool, effect: str
) -> None:
    assert applies(effect, keys, path, Resource=API + resource) is expected
    assert applies(effect, keys, path, Resource=["zzz", API + resource, "yyy*"]) is expected


@pytest.mark.parametrize("version", ["2008-10-17", None], ids=["2008", "no version"])
@pytest.mark.parametrize("text", ["${aws:username}", "${*}", "${", "${nothing at all", "${aws:x, 'y'}"])
def test_in_older_policies_a_variable_is_only_text(version: str | None, text: str) -> None:
    compiled = policy("Allow", version, Resource=API + text + "/?")
    assert compiled.decide(API + text + "/1", keys=ALICE).allowed
    assert not compiled.decide(API + "alice/1", keys=ALICE).allowed
    compiled = policy("Allow", version, Condition={"StringLike": {"aws:referer": text}})
    assert compiled.decide(API, keys={"aws:referer": [text], **ALICE}).allowed
    assert not compiled.decide(API, keys={"aws:referer": ["alice"], **ALICE}).allowed


def test_what_not_resource_spares_is_filled_in() -> None:
    for effect in ("Allow", "Deny"):
        own = {"NotResource": API + "${aws:username}/*"}
        assert not applies(effect, ALICE, "alice/1", **own)
        assert applies(effect, ALICE, "bob/1", **own)
        assert policy(effect, **own).decide("something else", keys=ALICE).effect == effect


def test_a_not_resource_without_a_value_spares_nothing_from_a_deny_and_gives_nothing_to_an_allow() -> None:
    for resources in (API + "${aws:username}/*", [API + "x", API + "${aws:username}/*"]):
        assert applies("Deny", {}, "alice/1", NotResource=resources)
        assert not applies("Allow", {}, "alice/1", NotResource=resources)
    assert not applies("Deny", {}, "x", NotResource=[API + "x", API + "${aws:username}/*"])


@pytest.mark.parametrize(
    ("operator", "value", "referer", "keys", "expected"),
    [
        pytest.param("StringEquals", "${aws:username}", "alice", ALICE, True, id="equal"),
        pytest.param("StringEquals", "${aws:username}", "bob", ALICE, False, id="not equal"),
        pytest.param("StringEquals", "${aws:username}*", "alicex", ALICE, False, id="no wildcards in Equals"),
        pytest.param("StringEquals", "${aws:username}*", "alice*", ALICE, True, id="a star in Equals"),
        pytest.param("StringEquals", "a${*}${$}{", "a*${", ALICE, True, id="escapes in Equals"),
        pytest.param("StringEqualsIgnoreCase", "${AWS:username}!", "ALICE!", ALICE, True, id="ignoring case"),
        pytest.param(
            "StringEqualsIgnoreCase", "${aws:x, 'Some'}", "sOME", ALICE, True, id="a default ignoring case"
        ),
        pytest.param(
            "StringEqualsIgnoreCase",
            "${aws:username}",
            "bob",
            {"aws:username": ["BOB"]},
            True,
            id="a value ignoring case",
        ),
        pytest.param("StringLike", "*/${aws:username}/?", "x/alice/1", ALICE, True, id="like"),
        pytest.param("StringLike", "*/${aws:username}/?", "x/bob/1", ALICE, False, id="not like"),
        pytest.param("StringLike", "${aws:username}", "bob", {"aws:username": ["*"]}, False, id="a star"),
        pytest.param(
            "StringEquals", ["${aws:x}", "bob"], "bob", {}, True, id="one without a value, one equal"
        ),
        pytest.param("StringEquals", "${aws:x}", "bob", {}, False, id="without a value nothing is equal"),
        pytest.param("StringLike", "*${aws:x}", "bob", {}, False, id="nor like it"),
        pytest.param("StringNotEquals", "${aws:x}", "bob", {}, True, id="so that everything is unequal"),
        pytest.param("StringNotLike", "*${aws:x}", "bob", {}, True, id="and unlike it"),
        pytest.param("StringNotEquals", "${aws:username}", "alice", ALICE, False, id="NotEquals of an equal"),
        pytest.param(
            "ArnLike",
            "arn:aws:iam::*:user/${aws:username}",
            "arn:aws:iam::1:user/alice",
            ALICE,
            True,
            id="an ARN with a wildcard",
        ),
        pytest.param(
            "ArnLike",
            "arn:aws:iam::*:user/${aws:username}",
            "arn:aws:iam::1:user/bob",
            ALICE,
            False,
            id="another ARN",
        ),
        pytest.param(
            "ArnEquals",
            "${aws:whole}",
            "arn:aws:iam::1:user/bob",
            {"aws:whole": ["arn:aws:iam::1:user/bob"]},
            True,
            id="a whole ARN as value",
        ),
        pytest.param(
            "ArnEquals",
            "arn:aws:iam::${aws:account}:user/bob",
            "arn:aws:iam::1:user/bob",
            {"aws:account": ["1"]},
            True,
            id="a part of an ARN as value",
        ),
        pytest.param(
            "ArnLike",
            "arn:aws:iam::${aws:account}:user/*",
            "arn:aws:iam::1:user/bob",
            {"aws:account": ["1:user/bob"]},
            False,
            id="a value does not reach beyond its part",
        ),
        pytest.param("ArnNotEquals", "${aws:x}", "arn:aws:iam::1:user/bob", {}, True, id="no ARN to equal"),
        pytest.param("Bool", "${aws:flag}", "TRUE", {"aws:flag": ["true"]}, True, id="a flag"),
        pytest.param("Bool", "${aws:flag}", "true", {"aws:flag": ["false"]}, False, id="another flag"),
        pytest.param("Bool", "${aws:flag}", "true", {}, False, id="no flag"),
    ],
)
@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_a_value_of_a_condition_is_filled_in(
    operator: str, value: Any, referer: str, keys: dict[str, list[str]], expected: bool, effect: str
) -> None:
    condition = {operator: {"aws:referer": value}}
    assert applies(effect, {"aws:referer": [referer], **keys}, Condition=condition) is expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("${aws:username", id="no closing brace"),
        pytest.param("${aws:username}${", id="no closing brace behind another"),
        pytest.param("${}", id="no name"),
        pytest.param("${ }", id="a blank for a name"),
        pytest.param("${username}", id="no prefix"),
        pytest.param("${aws:}", id="a prefix only"),
        pytest.param("${aws:user name}", id="a blank in the name"),
        pytest.param("${ aws:username}", id="a blank before the name"),
        pytest.param("${aws:username }", id="a blank behind the name"),
        pytest.param("${aws:username*}", id="a star in the name"),
        pytest.param("${aws:user${aws:x}}", id="one within another"),
        pytest.param("${**}", id="two stars escaped at once"),
        pytest.param("${aws:username, all}", id="a default without quotes"),
        pytest.param("${aws:username, 'all}", id="a default without the last quote"),
        pytest.param("${aws:username, 'a'b'}", id="a quote in a default"),
        pytest.param("${aws:username 'all'}", id="a default without a comma"),
        pytest.param("${aws:username, }", id="a comma without a default"),
        pytest.param("${*, 'x'}", id="a default for an escape"),
    ],
)
def test_what_is_no_variable_is_refused(text: str) -> None:
    for more in ({"Resource": API + text}, {"NotResource": ["*", API + text]}):
        with pytest.raises(PolicyError, match="statement 0: Resource: a policy variable"):
            policy("Allow", **more)
    for operator in ("StringEquals", "StringNotLike", "ArnLike", "Bool", "StringEqualsIgnoreCase"):
        with pytest.raises(PolicyError, match="policy variable"):
            policy("Allow", Condition={operator: {"aws:referer": text}})


@pytest.mark.parametrize(
    "resource",
    [
        "${aws:username}",
        "*${aws:username}",
        "arn:aws:execute-api:${aws:region}:1:a/*",
        "arn:${a:b}:::::",
        "arn:aws:execute-api:us-east-1:${aws:account}:a/*",
    ],
    ids=["alone", "behind a star", "in the region", "in the partition", "in the account"],
)
def test_variables_stand_behind_the_fifth_colon_of_a_resource(resource: str) -> None:
    with pytest.raises(PolicyError, match="fifth colon"):
        policy("Allow", Resource=resource)
    assert policy("Allow", "2008-10-17", Resource=resource).decide("x").effect is None


@pytest.mark.parametrize(
    "operator",
    ["NumericEquals", "DateLessThan", "BinaryEquals", "IpAddress", "Null"],
    ids="{} has none".format,
)
def test_operators_that_have_no_variables_refuse_them(operator: str) -> None:
    with pytest.raises(PolicyError):
        policy("Allow", Condition={operator: {"aws:referer": "${aws:username}"}})
