"""Nothing is ignored in silence: a word that is as on AWS changes what is loaded, or is told.

Every word is put into a definition with values of several types. If neither the model nor what the load says
is another with any of them, nothing reads the word; those that are meant to be so are listed with the reason.
What is said to have no part in an API is not read.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.parity import ENTRIES, Mark
from wsgi_gateway.parity.words import ANY, KINDS
from wsgi_gateway.sources import load_definition

from .documents import WAYS, with_words
from .test_agreement import BESIDE, BY_WORD, SAMPLES

VALUES = ["some text", True, False, 7, ["a/b"], {"a": "b"}, [{"a": 1}], "OVERWRITE"]

DESCRIBING = frozenset({"openapi.text", "openapi.annotation", "openapi.address", "template.text"})
"""What changes no answer: said to be so by its entry."""

UNREAD = {
    "openapi.version": "of the other form",
    "openapi.base-path": "read as the import option says, which ignores it",
    "openapi.inner-servers": "AWS reads none either",
    "openapi.body-required": "AWS keeps no such word",
    "openapi.parameter-type": "AWS keeps none of these words",
    "template.fail-on-warnings": "of a Body, which the definition here has not",
    "template.import": "of a Body, which the definition here has not",
    "sam.generated": "of SAM templates",
}
IN_SWAGGER = {
    "document": {"parameters", "responses"},
    "operation": {"consumes", "produces"},
}
SHARED = {"components": set(KINDS["components"]) - {"schemas", "securitySchemes"}, "document": {"security"}}
"""What stands ready to be referred to, or for operations that say nothing themselves."""

KINDS_TRIED = [kind for kind in KINDS if kind in WAYS]


def seen(document: dict[str, Any]) -> Any:
    """Everything that a definition loads to, places apart, with what is hidden from a repr."""
    warnings: list[Any] = []
    try:
        made = load_definition(document, warnings=warnings)
    except ConfigError as error:
        return sorted(map(str, error.problems))
    return plain(made), sorted(map(str, warnings))


def plain(value: Any) -> Any:
    if is_dataclass(value):
        return {
            field.name: plain(getattr(value, field.name))
            for field in fields(value)
            if "place" not in field.name
        }
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, (list, tuple)) else value


@cache
def usual(kind: str) -> Any:
    return seen(deepcopy(WAYS[kind][0]))


def is_read(kind: str, name: str) -> bool:
    word = KINDS[kind].get(name) or KINDS[kind][ANY]
    first = BY_WORD.get(name, SAMPLES.get(word.entry, "some text"))
    beside = BESIDE.get(name, {})
    return any(seen(with_words(kind, {name: value, **beside})) != usual(kind) for value in (first, *VALUES))


@pytest.mark.parametrize("kind", KINDS_TRIED)
def test_every_word_of_the_kind_that_does_something_is_read(kind: str) -> None:
    meant = IN_SWAGGER.get(kind, set()) | SHARED.get(kind, set())
    silent = [
        name
        for name, word in KINDS[kind].items()
        if name != ANY
        and ENTRIES[word.entry].mark in (Mark.AS_AWS, Mark.BEYOND)
        and word.entry not in DESCRIBING | UNREAD.keys()
        and name not in meant
        and not is_read(kind, name)
    ]
    assert silent == []


@pytest.mark.parametrize("kind", [kind for kind in KINDS_TRIED if ANY not in KINDS[kind]])
def test_a_word_that_nobody_knows_is_told(kind: str) -> None:
    said = seen(with_words(kind, {"surprise": "some text"}))
    assert "surprise" in str(said)


OF_FUNCTIONS = (
    "Description Role Tags TracingConfig VpcConfig KmsKeyArn EphemeralStorage Architectures DeadLetterConfig "
    "ReservedConcurrentExecutions SnapStart LoggingConfig"
).split()
"""Other properties of AWS::Lambda::Function."""


@pytest.mark.parametrize("name", OF_FUNCTIONS)
def test_a_property_of_a_function_that_is_said_to_do_nothing_is_not_read(name: str) -> None:
    assert name not in KINDS["AWS::Lambda::Function"]
    assert not is_read("AWS::Lambda::Function", name)
