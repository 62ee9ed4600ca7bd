"""The ledger's tables say what a load does: each word of every kind of object is put into a definition, and
what the load tells of it is compared with its mark.
"""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway.cli.problem_finding import problems_of
from wsgi_gateway.errors import json_path
from wsgi_gateway.parity import ENTRIES, Mark, Row, ledger
from wsgi_gateway.parity.words import ANY, KINDS
from wsgi_gateway.sources.reading import read

from .documents import WAYS, with_words

SAMPLES: dict[str, Any] = {
    "AuthorizerConfig.authorizer_credentials": "arn:aws:iam::123456789012:role/guard",
    "MethodSettingConfig.cache_data_encrypted": True,
    "MethodSettingConfig.data_trace_enabled": True,
    "MethodSettingConfig.logging_level": "INFO",
    "MethodSettingConfig.metrics_enabled": True,
    "StageConfig.cache_cluster_size": "0.5",
    "StageConfig.tracing_enabled": True,
    "openapi.callbacks": {"onPet": {}},
    "openapi.endpoint-closed": ["vpce-1"],
    "openapi.payload-format": "1.0",
    "openapi.trace": {"responses": {}},
    "openapi.webhooks": {"onPet": {}},
    "template.endpoint-closed": ["vpce-1"],
    "template.endpoint-type": True,
    "template.rules": {"Only": {"Assertions": []}},
}
"""Values that do what a word is for; a text does for all others."""

BY_WORD: dict[str, Any] = {
    "EndpointConfiguration": {"Types": ["REGIONAL"]},
    "x-amazon-apigateway-endpoint-configuration": {"types": ["REGIONAL"]},
    "exclusiveMaximum": True,
    "exclusiveMinimum": True,
    "Types": ["REGIONAL"],
    "types": ["REGIONAL"],
    "AccessLogSetting": {"Format": "$context.requestId"},
    "Tags": [{"Key": "team", "Value": "pets"}],
    "RestApiId": {"Ref": "Api"},
    "KeyId": {"Ref": "Ada"},
    "UsagePlanId": {"Ref": "Gold"},
    "Environment": {"Variables": {"SIZE": "3"}},
    "PackageType": "Image",
}
BESIDE = {"connectionId": {"connectionType": "VPC_LINK"}, "ConnectionId": {"ConnectionType": "VPC_LINK"}}
"""Words that make sense beside others only, which are put there too."""

ON_CONDITION = frozenset(
    "jwtConfiguration JwtConfiguration credentials Credentials cacheNamespace CacheNamespace".split()
)
"""Words whose effect hangs on others: the type of the authorizer or integration, the stage's settings."""

UNKNOWN = frozenset(
    "property-unknown template-section resource-attribute extension-unknown extension-misplaced "
    "extension-unsupported integration-field integration-response-field authorizer-field "
    "gateway-response-field request-validator-field property-unsupported".split()
)
"""Codes of errors which say that what stands there is not known, or not supported."""

_OF_SAM = {"event", "AWS::Serverless::Api"}
UNTRIED = {"globals", "other-event", *(kind for kind in KINDS if kind.partition(".")[0] in _OF_SAM)}
"""Kinds of SAM, of which aws-sam-translator judges."""

WORDS = [
    pytest.param(kind, name, id=f"{kind} {name}")
    for kind, words in KINDS.items()
    for name in words
    if name != ANY and kind not in UNTRIED
]


def row_of(kind: str, name: str, value: Any) -> Row:
    """The first row of the word, in a definition that has it."""
    data = with_words(kind, {name: value, **BESIDE.get(name, {})})
    path = json_path("$", *WAYS[kind][1], name)
    below = (path, f"{path}.", f"{path}[")
    rows = ledger(read(data), problems_of(data))
    return next(row for row in rows if row.place.path == path or row.place.path.startswith(below[1:]))


@pytest.mark.parametrize(("kind", "name"), WORDS)
def test_a_word_is_what_its_mark_says(kind: str, name: str) -> None:
    entry = ENTRIES[KINDS[kind][name].entry]
    value = BY_WORD.get(name, SAMPLES.get(entry.name, "some text"))
    row = row_of(kind, name, value)
    if entry.mark in (Mark.WITHOUT_EFFECT, Mark.REFUSED) and entry.is_told:
        assert (row.mark, row.code is not None) == (entry.mark, True), row
    elif name not in ON_CONDITION:
        assert row.mark is not Mark.WITHOUT_EFFECT or row.mark is entry.mark, row.why
        assert row.code not in UNKNOWN, row.why


def test_every_kind_of_object_is_tried() -> None:
    assert {kind for kind in KINDS if kind not in WAYS} == UNTRIED


@pytest.mark.parametrize("kind", WAYS)
def test_the_definition_that_words_are_tried_in_has_the_kind_and_no_error(kind: str) -> None:
    data, way = WAYS[kind]
    assert [problem for problem in problems_of(data) if problem.severity == "error"] == []
    found: Any = data
    for member in way:
        found = found[member]
    assert isinstance(found, dict)
