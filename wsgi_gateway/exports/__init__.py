"""Definitions out: an API becomes an OpenAPI 3.0 or Swagger 2.0 document, as GetExport has it.

::

    from wsgi_gateway import load
    from wsgi_gateway.exports import as_text, export

    api = load("api.yaml")
    document = export(api)                              # a dict, OpenAPI 3.0 with every extension
    text = as_text(export(api, "swagger"), yaml=True)

With all extensions (``apigateway``, the default) an import of the export is the API again. That is proved by
every export: the document is read back and compared, and what would be lost is refused. What no document has
words for is told as a warning, and only this:

==================================== =============================================================
``id``                               imports make one; give it to ``replace(load(...), id=...)``
``api_keys``, ``usage_plans``        they are no part of an API; AWS keeps them beside it
a response header that is required   Swagger 2.0 has no word for it, and AWS does not enforce it
a model's description                a model has one place for it: its schema
``Empty`` and ``Error``              where methods name AWS's own models, the document declares them
==================================== =============================================================

Not for: stages and deployments; an export is of an API. ``info.version`` is left out where the API has none
(AWS writes the day of creation); generators that insist on one want ``version=``.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-export-api.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from wsgi_gateway.config import GatewayResponseConfig, RestApiConfig
from wsgi_gateway.config.check import check
from wsgi_gateway.config.default_models import DEFAULT_MODELS
from wsgi_gateway.config.frozen import thaw
from wsgi_gateway.config.secrets import hides_secrets, secrets_of
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.exports.extensions import EXTENSIONS, PREFIX, Chosen, chosen
from wsgi_gateway.exports.forms import MODELS_OF_ONE_KIND, Form
from wsgi_gateway.exports.openapi30 import OpenApi30
from wsgi_gateway.exports.operation import written_paths
from wsgi_gateway.exports.proof import left_out, prove
from wsgi_gateway.exports.schemas import written_schemas
from wsgi_gateway.exports.security import Schemes
from wsgi_gateway.exports.swagger20 import Swagger20
from wsgi_gateway.exports.yaml_writer import as_yaml

FORMS: Mapping[str, Form] = {"oas30": OpenApi30(), "swagger": Swagger20()}
"""The forms, by the names that GetExport has for them."""

__all__ = ["EXTENSIONS", "FORMS", "as_text", "export", "file_name"]


@hides_secrets
def export(
    api: RestApiConfig,
    form: str = "oas30",
    *,
    extensions: Iterable[str] = ("apigateway",),
    server: str | None = None,
    version: str | None = None,
    warnings: list[Problem] | None = None,
) -> dict[str, Any]:
    """The document of ``api``, plain data that JSON and YAML can express.

    :param form: ``oas30`` or ``swagger``.
    :param extensions: some of :data:`EXTENSIONS`; ``()`` for a document without any.
    :param server: the URL where the API is served, stage and all: ``https://api.example.com/prod``.
    :param version: what stands in ``info.version`` if the API has no version.
    :param warnings: a list to which all is appended that the document does not say, and that it holds
        secrets of the definition.
    :raises ConfigError: for an API that cannot be served, or cannot be written in this form.
    """
    chosen_form, selection = FORMS.get(form), chosen(extensions)
    if chosen_form is None:
        raise ConfigError(f"exports are {' or '.join(FORMS)}, not {form[:80]!r}")
    _check_server(server)
    problems = [problem for problem in check(api) if problem.severity == "error"]
    if problems:
        raise ConfigError(problems)
    complete = _with_default_models(api)
    if complete.version is None:
        complete = replace(complete, version=version)
    document = _document(complete, chosen_form, selection, server)
    if selection.everything:
        prove(complete, document)
    if warnings is not None:
        warnings.extend(left_out(api, selection, document))
        warnings.extend(_told_secrets(api, document))
    return document


def _told_secrets(api: RestApiConfig, document: Mapping[str, Any]) -> Iterator[Problem]:
    """A warning if the document, which is to be the API, says what nobody may see."""
    secrets = secrets_of(api)
    if secrets and secrets.hidden(text := json.dumps(document, ensure_ascii=False)) != text:
        message = "the document holds values that the definition hides (NoEcho): it is as secret as they are"
        yield Problem("secret-exported", message, severity="warning")


def as_text(document: Mapping[str, Any], *, yaml: bool = False) -> str:
    """A document as JSON or YAML text, with a line end."""
    return as_yaml(document) if yaml else json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def file_name(document: Mapping[str, Any], *, yaml: bool = False) -> str:
    """AWS's name for the file: ``oas30_{version}.json``, ``swagger_{version}.json``.

    Letters that have a meaning in paths become ``-``.
    """
    form = "swagger" if "swagger" in document else "oas30"
    version = re.sub(r"[^A-Za-z0-9._-]", "-", document["info"].get("version") or "").lstrip(".")
    return f"{form}{'_' if version else ''}{version}.{'yaml' if yaml else 'json'}"


def _check_server(server: str | None) -> None:
    if server is None:
        return
    try:
        split = urlsplit(server)
    except ValueError:
        split = urlsplit("")
    if split.scheme not in ("http", "https") or not split.netloc or split.query or split.fragment:
        raise ConfigError("the server is no URL such as https://api.example.com/prod")


def _with_default_models(api: RestApiConfig) -> RestApiConfig:
    """The API with those of AWS's own models that its methods name and it does not declare."""
    named = {
        name
        for methods in api.resources.values()
        for method in methods.values()
        for name in method.named_models()
    }
    missing = sorted(named & DEFAULT_MODELS.keys() - api.models.keys())
    if not missing:
        return api
    return replace(api, models={**api.models, **{name: DEFAULT_MODELS[name] for name in missing}})


def _document(api: RestApiConfig, form: Form, selection: Chosen, server: str | None) -> dict[str, Any]:
    _check_models(api)
    schemes = Schemes(api, selection)
    info = {"title": api.name, "description": api.description, "version": api.version}
    document = form.document(
        {key: value for key, value in info.items() if value is not None},
        server,
        written_paths(api, form, selection, schemes),
        written_schemas(api.models, form.schemas),
        schemes.written(),
    )
    return document | _extensions(api, selection)


def _check_models(api: RestApiConfig) -> None:
    problems = [
        Problem("export-models", f"Only found non-JSON body models: {name[:80]}", model.place)
        for name, model in api.models.items()
        if model.content_type != MODELS_OF_ONE_KIND
    ]
    if problems:
        raise ConfigError(problems)


def _extensions(api: RestApiConfig, selection: Chosen) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if selection.validators and api.request_validators:
        found["request-validators"] = {
            name: {
                "validateRequestParameters": validator.validate_request_parameters,
                "validateRequestBody": validator.validate_request_body,
            }
            for name, validator in api.request_validators.items()
        }
    if selection.everything:
        found |= _settings(api)
    return {PREFIX + name: value for name, value in found.items()}


def _settings(api: RestApiConfig) -> dict[str, Any]:
    members = {
        "gateway-responses": {name: _response(one) for name, one in api.gateway_responses.items()} or None,
        "api-key-source": api.api_key_source if api.api_key_source != "HEADER" else None,
        "binary-media-types": list(api.binary_media_types) or None,
        "minimum-compression-size": api.minimum_compression_size,
        "policy": thaw(api.policy),
    }
    return {name: value for name, value in members.items() if value is not None}


def _response(response: GatewayResponseConfig) -> dict[str, Any]:
    members = {
        "statusCode": response.status_code,
        "responseParameters": thaw(response.response_parameters) or None,
        "responseTemplates": thaw(response.response_templates) or None,
    }
    return {name: value for name, value in members.items() if value is not None}
