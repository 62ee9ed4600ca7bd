"""Resource policies: an API's own, with short resources, principals, and a size."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wsgi_gateway.authorizers.policy import INVOKE, POLICY_LIMIT, OwnNames, Policy, PolicyError, Principal


def statement(action: Any = INVOKE, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


OWN = OwnNames("eu-west-1", "210987654321", "a1b2")
WHOLE = "arn:aws:execute-api:eu-west-1:210987654321:a1b2"


def of_the_api(*statements: Any, own: OwnNames | None = OWN) -> Policy:
    return Policy({"Version": "2012-10-17", "Statement": list(statements)}, resource_policy=True, own=own)


@pytest.mark.parametrize(
    ("short", "whole"),
    [
        pytest.param("execute-api:/dev/GET/pets", "/dev/GET/pets", id="a method"),
        pytest.param("execute-api:/dev/*", "/dev/GET/x/y", id="a stage"),
        pytest.param("execute-api:/*/GET/*", "/dev/GET/pets", id="a verb"),
        pytest.param("execute-api:/*", "/dev/GET/", id="everything"),
        pytest.param("execute-api:dev/GET/pets", "/dev/GET/pets", id="without the first slash"),
    ],
)
def test_a_short_resource_is_one_of_this_api(short: str, whole: str) -> None:
    compiled = of_the_api(statement(resource=short, Principal="*"))
    assert compiled.decide(WHOLE + whole).allowed
    assert not compiled.decide(WHOLE.replace("a1b2", "zzzz") + whole).allowed
    assert not compiled.decide(WHOLE.replace("eu-west-1", "us-east-1") + whole).allowed


def test_a_short_resource_may_have_variables_and_be_in_another_partition() -> None:
    compiled = of_the_api(
        statement(resource="execute-api:/dev/GET/${aws:username}", Principal="*"),
        own=OWN._replace(region="cn-north-1"),
    )
    arn = f"arn:aws-cn:execute-api:cn-north-1:{WHOLE.split(':', 4)[4]}/dev/GET/alice"
    assert compiled.decide(arn, keys={"aws:username": ["alice"]}).allowed
    assert not compiled.decide(arn, keys={"aws:username": ["bob"]}).allowed


def test_a_resource_policy_names_principals_and_a_callers_own_does_not() -> None:
    alice = Principal("arn:aws:iam::123456789012:user/alice")
    compiled = of_the_api(statement(Principal={"AWS": "123456789012"}))
    assert compiled.decide(WHOLE, principal=alice).allowed
    assert compiled.decide(WHOLE).effect is None
    with pytest.raises(PolicyError, match="needs exactly one of Principal and NotPrincipal"):
        of_the_api(statement())
    with pytest.raises(PolicyError, match="needs exactly one of Principal and NotPrincipal"):
        of_the_api(statement(Principal="*", NotPrincipal="*"))
    with pytest.raises(PolicyError, match="Principal"):
        Policy({"Statement": statement(Principal="*")})


def test_a_resource_policy_has_8192_characters_at_the_most_and_blanks_do_not_count() -> None:
    empty = (
        '{"Version":"2012-10-17","Statement":[{"Sid":"","Effect":"Allow","Principal":"*",'
        '"Action":"execute-api:Invoke","Resource":"*"}]}'
    )

    def of_length(length: int) -> Policy:
        text = empty.replace('"Sid":""', '"Sid":"' + "é" * (length - len(empty)) + '"')
        assert len(text) == length
        return Policy(json.loads(text), resource_policy=True)

    assert of_length(POLICY_LIMIT).decide(WHOLE).allowed
    with pytest.raises(PolicyError, match="8192"):
        of_length(POLICY_LIMIT + 1)
    with pytest.raises(PolicyError, match="JSON"):
        of_the_api(statement(Principal="*", Sid=object()))
    circle: dict[str, Any] = {}
    circle["Statement"] = circle
    with pytest.raises(PolicyError, match="JSON"):
        Policy(circle, resource_policy=True)


def test_a_resource_of_an_api_may_be_longer_than_one_of_an_authorizer() -> None:
    assert of_the_api(statement(Principal="*", resource="*" + "a" * 600)).decide("a" * 600).allowed
