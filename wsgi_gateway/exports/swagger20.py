"""Swagger 2.0, as GetExport's ``swagger`` has it.

An operation of Swagger has one schema for its body and one list of media types for all its answers. What
does not fit in there (a model each for JSON and XML, an answer of another media type than its siblings) is
refused, with the advice to export OpenAPI 3.0.

Source: https://spec.openapis.org/oas/v2.0
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from wsgi_gateway.config import MethodConfig, MethodResponseConfig
from wsgi_gateway.config.model_names import DEFINITIONS
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.exports.forms import headers_of
from wsgi_gateway.exports.schemas import reference


class Swagger20:
    """The form of Swagger 2.0."""

    name = "swagger"
    schemas = DEFINITIONS

    def parameter(self, location: str, name: str, required: bool) -> dict[str, Any]:
        """A parameter with a type."""
        return {"name": name, "in": location, "required": required, "type": "string"}

    def body(self, models: Mapping[str, str]) -> dict[str, Any]:
        """``consumes``, and the parameter named after the model."""
        if not models:
            return {}
        name = _single(models.values(), "one model for all media types of a body")
        parameter = {"in": "body", "name": name, "required": True, "schema": reference(name, self.schemas)}
        return {"consumes": list(models), "parameters": [parameter]}

    def produces(self, method: MethodConfig) -> dict[str, Any]:
        """``produces``, for all responses with a model."""
        types = {
            tuple(sorted(response.response_models))
            for response in method.method_responses.values()
            if response.response_models
        }
        if not types:
            return {}
        return {"produces": list(_single(types, "the same media types for all responses with a model"))}

    def response(self, response: MethodResponseConfig) -> dict[str, Any]:
        """A response with headers and a schema."""
        found: dict[str, Any] = {"description": f"{response.status_code} response"}
        models = response.response_models
        if models:
            name = _single(models.values(), "one model for all media types of a response")
            found["schema"] = reference(name, self.schemas)
        headers = {name: {"type": "string"} for name in headers_of(response)}
        return found | ({"headers": headers} if headers else {})

    def document(
        self,
        info: dict[str, Any],
        server: str | None,
        paths: dict[str, Any],
        schemas: dict[str, Any],
        schemes: dict[str, Any],
    ) -> dict[str, Any]:
        """The document, its members in AWS's order."""
        return {
            "swagger": "2.0",
            "info": info,
            **(_server(server) if server else {}),
            "paths": paths,
            **({"securityDefinitions": schemes} if schemes else {}),
            **({"definitions": schemas} if schemas else {}),
        }


def _server(url: str) -> dict[str, Any]:
    split = urlsplit(url)
    path = split.path.strip("/")
    return {
        "host": split.netloc,
        **({"basePath": f"/{path}"} if path else {}),
        "schemes": [split.scheme],
    }


def _single(values: Any, wanted: str) -> Any:
    found = set(values)
    if len(found) > 1:
        message = f"Swagger 2.0 has {wanted}"
        raise ConfigError([Problem("export-form", message, hint="export OpenAPI 3.0 (oas30)")])
    return found.pop()
