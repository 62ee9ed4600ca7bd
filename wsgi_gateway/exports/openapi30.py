"""OpenAPI 3.0, as GetExport's ``oas30`` has it.

Source: https://spec.openapis.org/oas/v3.0.3. That the server's path is the default of the variable
``basePath`` is AWS's way of exporting; that this default is written without a slash could not be confirmed
(imports take either).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from wsgi_gateway.config import MethodConfig, MethodResponseConfig
from wsgi_gateway.config.model_names import COMPONENTS
from wsgi_gateway.exports.forms import headers_of
from wsgi_gateway.exports.schemas import reference


class OpenApi30:
    """The form of OpenAPI 3.0.1."""

    name = "oas30"
    schemas = COMPONENTS

    def parameter(self, location: str, name: str, required: bool) -> dict[str, Any]:
        """A parameter with a schema."""
        return {"name": name, "in": location, "required": required, "schema": {"type": "string"}}

    def body(self, models: Mapping[str, str]) -> dict[str, Any]:
        """``requestBody``. A body is required, for AWS validates an absent one as ``{}``."""
        return {"requestBody": {"content": self._content(models), "required": True}} if models else {}

    def produces(self, method: MethodConfig) -> dict[str, Any]:
        """Nothing: every response has its own content."""
        return {}

    def response(self, response: MethodResponseConfig) -> dict[str, Any]:
        """A response with headers and content."""
        headers = {
            name: {"required": True, "schema": {"type": "string"}}
            if required
            else {"schema": {"type": "string"}}
            for name, required in headers_of(response).items()
        }
        return {
            "description": f"{response.status_code} response",
            **({"headers": headers} if headers else {}),
            "content": self._content(response.response_models),
        }

    def _content(self, models: Mapping[str, str]) -> dict[str, Any]:
        return {media_type: {"schema": reference(name, self.schemas)} for media_type, name in models.items()}

    def document(
        self,
        info: dict[str, Any],
        server: str | None,
        paths: dict[str, Any],
        schemas: dict[str, Any],
        schemes: dict[str, Any],
    ) -> dict[str, Any]:
        """The document, its members in AWS's order."""
        components = {
            **({"schemas": schemas} if schemas else {}),
            **({"securitySchemes": schemes} if schemes else {}),
        }
        return {
            "openapi": "3.0.1",
            "info": info,
            **({"servers": [_server(server)]} if server else {}),
            "paths": paths,
            "components": components,
        }


def _server(url: str) -> dict[str, Any]:
    path = urlsplit(url).path.strip("/")
    if not path:
        return {"url": url}
    start = url[: url.index(path, url.index("//") + 2 + len(urlsplit(url).netloc))]
    return {"url": start + "{basePath}", "variables": {"basePath": {"default": path}}}
