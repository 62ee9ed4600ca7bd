"""``check_stage``: the names of a stage, of which method ARNs are made."""

from __future__ import annotations

import pytest

from wsgi_gateway.config import StageConfig
from wsgi_gateway.config.check_stage import check_stage


def found(**members):
    return [
        (problem.code, problem.place.path, problem.severity)
        for problem in check_stage(StageConfig(**members))
    ]


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({}, id="the default"),
        pytest.param({"stage_name": "$default"}, id="AWS's own default"),
        pytest.param({"stage_name": "Prod_2-b", "variables": {"a": "b"}}, id="letters, digits, dashes"),
        pytest.param({"account_id": "000000000000", "region": "us-gov-west-1"}, id="another account"),
    ],
)
def test_a_stage_is_sound(members):
    assert found(**members) == []


@pytest.mark.parametrize(
    ("member", "code", "value"),
    [
        *(
            ("stage_name", "stage-name", name)
            for name in ["", "*", "prod/GET", "a b", "prod\n", "$Default", "?"]
        ),
        *(
            ("account_id", "account-id", account)
            for account in ["", "*", "1234-5678-9012", "12345678901", "123456789012\n", "\u0661" * 12]
        ),
        *(
            ("region", "region", region)
            for region in ["", "*", "eu-west-1 ", " ", "EU-WEST-1", "eu:west", "a\n"]
        ),
    ],
)
def test_a_name_that_would_move_the_parts_of_an_arn_is_refused(member, code, value):
    assert found(**{member: value}) == [(code, f"$.stage.{member}", "error")]


def test_everything_wrong_is_told_at_once():
    wrong = {"stage_name": "*", "account_id": "1", "region": ""}
    assert [code for code, _, _ in found(**wrong)] == ["stage-name", "account-id", "region"]


@pytest.mark.parametrize("member", ["stage_name", "account_id", "region", "variables"])
def test_a_value_of_another_type_is_told_as_such(member):
    assert found(**{member: 7}) == [("wrong-type", f"$.stage.{member}", "error")]
