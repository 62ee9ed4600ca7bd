"""Rules of a stage, and of the names that ARNs are made of: an API's id, a stage's name, account and Region.

A policy's Resource is compared with ``arn:aws:execute-api:region:account:api/stage/VERB/path``. A name with a
slash, a wildcard or a blank in it would move the parts, and a Deny would be compared with something else.

::

    problems = list(check_stage(StageConfig(stage_name="prod", account_id="1234-5678-9012")))

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html and
https://docs.aws.amazon.com/apigateway/latest/api/API_CreateStage.html (stageName)
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from wsgi_gateway.config.check_method_settings import check_settings
from wsgi_gateway.config.shapes import check_shape
from wsgi_gateway.config.stage import StageConfig
from wsgi_gateway.errors import Place, Problem

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_STAGE_NAME = re.compile(r"[A-Za-z0-9_-]+|\$default")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z0-9-]+")


def check_api_id(api_id: str, place: Place) -> Iterator[Problem]:
    """Whether an API may have this id."""
    if not _NAME.fullmatch(api_id):
        message = f"the API id {api_id[:80]!r} is none"
        yield Problem("api-id", message, place, "letters, digits, - and _, such as a1b2c3d4e5")


def check_stage(stage: StageConfig) -> Iterator[Problem]:
    """Everything wrong with a stage: first the type of every field, the names only if those are right."""
    place = Place(path="$.stage")
    wrong = list(check_shape(stage, StageConfig, place))
    yield from wrong
    if wrong:
        return
    if not _STAGE_NAME.fullmatch(stage.stage_name):
        message = f"the stage name {stage.stage_name[:80]!r} is none"
        yield Problem("stage-name", message, place.at("stage_name"), "letters, digits, - and _")
    if not _ACCOUNT_ID.fullmatch(stage.account_id):
        message = f"the account id {stage.account_id[:80]!r} is none"
        yield Problem("account-id", message, place.at("account_id"), "twelve digits, without dashes")
    if not _REGION.fullmatch(stage.region):
        message = f"the Region {stage.region[:80]!r} is none"
        yield Problem("region", message, place.at("region"), "such as us-east-1")
    yield from check_settings(stage, place)
