"""References to models: how a schema names another one, and how a name is written in a JSON pointer.

::

    >>> named("https://apigateway.amazonaws.com/restapis/a1b2c3d4e5/models/Pet")
    Reference(name='Pet', rest='')
    >>> named("#/definitions/a~1b/properties/id"), reference("a/b")
    (Reference(name='a/b', rest='/properties/id'), '#/definitions/a~1b')

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/models-mappings.html, RFC 6901
"""

from __future__ import annotations

import re
from typing import NamedTuple

DEFINITIONS = "#/definitions/"
"""Where a model, and a document of Swagger 2.0, has the schemas that it refers to."""

COMPONENTS = "#/components/schemas/"
"""Where a document of OpenAPI 3 has them."""

_REFERENCE = re.compile(
    rf"(?:{COMPONENTS}|{DEFINITIONS}|https://apigateway\.amazonaws\.com/restapis/[^/]+/models/)"
    r"(?P<name>[^/]+)(?P<rest>/.*)?"
)


class Reference(NamedTuple):
    """``name``: that of the model. ``rest``: a JSON pointer from there on, such as ``/properties/id``."""

    name: str
    rest: str


def named(ref: str) -> Reference | None:
    """What a ``$ref`` names, in any of the three forms; None for one that names no model."""
    match = _REFERENCE.fullmatch(ref)
    return Reference(unescaped(match["name"]), match["rest"] or "") if match else None


def reference(name: str, prefix: str = DEFINITIONS) -> str:
    """The ``$ref`` that names a model."""
    return prefix + escaped(name)


def escaped(name: str) -> str:
    """A name as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def unescaped(step: str) -> str:
    """The name that a step of a JSON pointer stands for."""
    return step.replace("~1", "/").replace("~0", "~")
