"""What differs between OpenAPI 3.0 and Swagger 2.0: the :class:`Form` of a document.

:mod:`~wsgi_gateway.exports.openapi30` and :mod:`~wsgi_gateway.exports.swagger20` are the two;
:mod:`~wsgi_gateway.exports.operation` writes operations in either.

Source: https://spec.openapis.org/oas/v3.0.3 and https://spec.openapis.org/oas/v2.0
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from wsgi_gateway.config import MethodConfig, MethodResponseConfig

MODELS_OF_ONE_KIND = "application/json"
"""The content type of models that can be exported, as on AWS."""


class Form(Protocol):
    """One form of document."""

    name: str
    """``oas30`` or ``swagger``, as GetExport has it."""
    schemas: str
    """The prefix of references to schemas."""

    def parameter(self, location: str, name: str, required: bool) -> dict[str, Any]:
        """A parameter; ``location``: path, query or header."""

    def body(self, models: Mapping[str, str]) -> dict[str, Any]:
        """The members of an operation that tell its bodies: media type to model name.

        :raises ConfigError: for what the form has no words for.
        """

    def produces(self, method: MethodConfig) -> dict[str, Any]:
        """The members of an operation that tell the media types of its answers; raises like :meth:`body`."""

    def response(self, response: MethodResponseConfig) -> dict[str, Any]:
        """One response of an operation."""

    def document(
        self,
        info: dict[str, Any],
        server: str | None,
        paths: dict[str, Any],
        schemas: dict[str, Any],
        schemes: dict[str, Any],
    ) -> dict[str, Any]:
        """The whole document. ``server``: its URL."""


def headers_of(response: MethodResponseConfig) -> dict[str, bool]:
    """Header name to whether it is required."""
    prefix = "method.response.header."
    return {key.removeprefix(prefix): required for key, required in response.response_parameters.items()}
