"""The ledger's tables: every field of the model is there, all that they name exists, no word of a reader is
missing.
"""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import wsgi_gateway.config as config
from wsgi_gateway.config import authorizer
from wsgi_gateway.config.secrets import Secrets
from wsgi_gateway.errors import Place
from wsgi_gateway.parity import ENTRIES, Mark
from wsgi_gateway.parity.fields import FIELDS
from wsgi_gateway.parity.forms import FORMS
from wsgi_gateway.parity.page import page, spelled
from wsgi_gateway.parity.words import ANY, KINDS
from wsgi_gateway.sources import (
    cfn_template,
    openapi,
    openapi_authorizer,
    openapi_extensions,
    openapi_integration,
    openapi_keywords,
    openapi_operation,
)
from wsgi_gateway.sources.cfn_properties import KINDS as PROPERTIES

ROOT = Path(__file__).parent.parent.parent
CLASSES = [
    one
    for module in (config, authorizer)
    for one in vars(module).values()
    if isinstance(one, type) and is_dataclass(one) and one.__name__.endswith("Config")
]
MODEL = sorted(
    {
        f"{one.__name__}.{field.name}"
        for one in CLASSES
        for field in fields(one)
        if field.type not in ("Place", Place, "Secrets", Secrets)  # no fields of AWS's
    }
)


def test_every_field_of_the_model_has_an_entry_and_no_entry_is_of_a_field_that_is_gone() -> None:
    assert sorted(FIELDS) == MODEL
    assert len(MODEL) > 100


@pytest.mark.parametrize("name", ENTRIES)
def test_an_entry_has_evidence_that_exists(name: str) -> None:
    entry = ENTRIES[name]
    files = [evidence for evidence in entry.evidence if not evidence.startswith("https:")]
    pages = [evidence for evidence in entry.evidence if evidence.startswith("https://docs.aws.amazon.com/")]
    assert files
    assert pages
    assert [evidence for evidence in files if not (ROOT / spelled(evidence)).is_file()] == []


@pytest.mark.parametrize("name", FIELDS)
def test_the_tests_behind_a_field_speak_of_it(name: str) -> None:
    spellings = _spellings(name)
    silent = [
        evidence
        for evidence in FIELDS[name].evidence
        if not evidence.startswith("https:") and not re.search(spellings, _text(spelled(evidence)))
    ]
    assert silent == []


def _spellings(name: str) -> str:
    """The field's own name, and the words that documents have for it."""
    field = name.partition(".")[2]
    first, *rest = field.split("_")
    camel = first + "".join(word.capitalize() for word in rest)
    words = {
        word for kind in KINDS.values() for word, found in kind.items() if found.entry == name and word != ANY
    }
    return r"\b(?:" + "|".join(map(re.escape, {field, camel, *words})) + r")\b"


@cache
def _text(file: str) -> str:
    return (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ENTRIES)
def test_what_is_without_effect_or_refused_says_why(name: str) -> None:
    entry = ENTRIES[name]
    assert entry.why or entry.mark not in (Mark.WITHOUT_EFFECT, Mark.REFUSED, Mark.BEYOND)
    assert all(condition.why for condition in entry.conditions)


def test_every_word_leads_to_an_entry_and_to_a_kind() -> None:
    words = [(kind, name, word) for kind, found in KINDS.items() for name, word in found.items()]
    assert [one for one in words if one[2].entry not in ENTRIES] == []
    assert [one for one in words if one[2].kind is not None and one[2].kind not in KINDS] == []


def test_every_entry_is_the_field_of_a_word_or_is_said_in_code_alone() -> None:
    used = {word.entry for found in KINDS.values() for word in found.values()}
    used |= {"openapi.reference", "openapi.foreign", "template.loop"}  # words of every kind
    assert sorted(set(FORMS) - used) == []
    assert sorted(set(FIELDS) - used) == IN_CODE_ALONE


IN_CODE_ALONE = [
    "ApiKeyConfig.id",
    "CanarySettingsConfig.deployment",
    "MethodSettingConfig.cache_per_caller",
    "MethodSettingConfig.require_authorization_for_cache_control",
    "MethodSettingConfig.unauthorized_cache_control_header_strategy",
    "RestApiConfig.api_keys",
    "RestApiConfig.id",
    "RestApiConfig.usage_plans",
    "StageConfig.account_id",
    "StageConfig.account_throttle",
    "StageConfig.overall_throttle",
    "StageConfig.region",
    "StageConfig.throttle",
    "UsagePlanConfig.id",
    "UsagePlanConfig.shadow",
]
"""Fields that documents have no word for, or that are the id of a resource."""

X = openapi_extensions.PREFIX
LATER_DRAFTS = {name for name, word in KINDS["schema"].items() if word.entry == "openapi.later-drafts"}
READERS: dict[str, tuple[str, Any]] = {
    "the root": ("document", openapi.FIELDS),
    "operations": ("operation", openapi_operation.FIELDS),
    "parameters": ("parameter", openapi_operation.PARAMETER_FIELDS),
    "Swagger's bodies": ("body-parameter", openapi_operation.PARAMETER_FIELDS),
    "request bodies": ("request-body", openapi_operation.REQUEST_BODY_FIELDS),
    "responses": ("response", openapi_operation.RESPONSE_FIELDS),
    "media types": ("request-media", openapi_operation.MEDIA_TYPE_FIELDS),
    "media types of responses": ("response-media", openapi_operation.MEDIA_TYPE_FIELDS),
    "integrations": ("integration", openapi_integration.FIELDS),
    "integration responses": ("integration-response", openapi_integration.RESPONSE_FIELDS),
    "authorizers": ("authorizer", openapi_authorizer.FIELDS),
    "schemas": ("schema", (openapi_keywords.KEYWORDS | LATER_DRAFTS) - {"$ref"}),
    "sections": ("template", cfn_template.SECTIONS),
    "resources": ("resource", cfn_template.ATTRIBUTES),
    **{
        kind: (f"AWS::ApiGateway::{kind}", {*row.read.split(), *row.ignored, *row.refused})
        for kind, row in PROPERTIES.items()
    },
}


@pytest.mark.parametrize("reader", READERS)
def test_the_words_of_a_reader_are_those_of_the_ledger(reader: str) -> None:
    kind, known = READERS[reader]
    words = {name for name in KINDS[kind] if name != ANY and not name.startswith(X)}
    assert words == set(known)


def test_every_extension_is_a_word_of_some_kind() -> None:
    assert {
        name for found in KINDS.values() for name in found if name.startswith(X)
    } == openapi_extensions.EXTENSIONS


def test_the_generated_page_is_current() -> None:
    written = (ROOT / "docs" / "parity-fields.md").read_text(encoding="utf-8")
    assert written == page(), "write it anew: python -m wsgi_gateway.parity > docs/parity-fields.md"
