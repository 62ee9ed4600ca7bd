"""The document for callers: an API as those who call it see it, and nothing of what stands behind it.

::

    from wsgi_gateway import load
    from wsgi_gateway.exports.published import published

    document = published(load("api.yaml"), server="https://api.example.com/prod")

It is what the docs app serves and what SDKs are generated from. An export without extensions leaves the
integrations out too; but pages and generators need more than that, and get it here:

* ``ANY`` is every verb that its resource does not have, for no reader knows the extension that says so;
* every operation has an ``operationId`` that differs from all others in more than case and underscores: the
  operation's name, or the path and verb in the manner of AWS's SDKs (``petsPetIdGet``, ``rootPost``);
* every variable of a path is declared, and ``{proxy+}`` is ``{proxy}``;
* a method without declared responses has ``default``, for there must be one;
* schemas are what the form can say, each by its name (:mod:`~wsgi_gateway.exports.published.schemas`), and
  only those to which an operation leads;
* the security of an operation is one requirement, of what callers send
  (:mod:`~wsgi_gateway.exports.published.security`).

Left out, because it is not for callers: integrations, authorizers' functions, validators, gateway responses,
the policy, API keys and plans, models that no method names, every ``x-`` of a schema. Texts that the
definition has for people (titles, descriptions, names of models, operations and authorizers) are published.

Not for: importing again; :func:`wsgi_gateway.exports.export` is.

Source: https://spec.openapis.org/oas/v3.0.3. That AWS's SDKs name an operation after path and verb is as its
developer guide's examples do; the rule for letters other than A-Z and digits is not confirmed.
"""

from __future__ import annotations

from typing import Any

from wsgi_gateway.config import RestApiConfig
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.exports import export
from wsgi_gateway.exports.published.operations import as_called, readable_path
from wsgi_gateway.exports.published.schemas import published_schemas, reached
from wsgi_gateway.exports.published.security import CallersSecurity

VERSION = "0.0.0"
"""What stands in ``info.version`` of an API without one."""

_ANY_RESPONSE = "Any response"


def published(
    api: RestApiConfig,
    form: str = "oas30",
    *,
    server: str | None = None,
    warnings: list[Problem] | None = None,
) -> dict[str, Any]:
    """The document of ``api`` for callers, plain data that JSON and YAML can express.

    :param form: ``oas30`` or ``swagger``.
    :param server: the URL where the API is served, stage and all: ``https://api.example.com/prod``.
    :param warnings: a list to which is appended what callers would have wanted and the form cannot say.
    :raises ConfigError: for an API that cannot be served, or cannot be written in this form.
    """
    told: list[Problem] = [] if warnings is None else warnings
    called = as_called(api)
    document = export(called, form, extensions=(), server=server, version=VERSION)
    if form == "oas30" and server is not None:
        document["servers"] = [{"url": server}]
    _secure(document, called, CallersSecurity(api, form))
    document["paths"] = _paths(document["paths"])
    schemas = _schemas(document)
    written = published_schemas(schemas, form, told)
    _keep(document, reached(document["paths"], written))
    return document


def _secure(document: dict[str, Any], called: RestApiConfig, security: CallersSecurity) -> None:
    """Give every operation its requirement, and the document the schemes that these name."""
    for path, methods in called.resources.items():
        for verb, method in methods.items():
            operation = document["paths"][path][verb.lower()]
            operation.pop("security", None)
            operation["parameters"] = [
                one
                for one in operation.get("parameters", ())
                if not security.is_sent(method, one["in"], one.get("name", ""))
            ]
            if not operation["parameters"]:
                del operation["parameters"]
            operation |= security.of(method)
    schemes = security.named()
    if "openapi" in document:
        document["components"] = {"securitySchemes": schemes, **_without(document["components"])}
    elif schemes:
        document["securityDefinitions"] = schemes
    else:
        document.pop("securityDefinitions", None)


def _without(components: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in components.items() if name != "securitySchemes"}


def _paths(paths: dict[str, Any]) -> dict[str, Any]:
    """Paths as readers know them, operations with a response at least.

    No two become one: beside ``{name+}`` an API has no other variable.
    """
    for item in paths.values():
        for operation in item.values():
            operation["responses"] = operation["responses"] or {"default": {"description": _ANY_RESPONSE}}
    return {readable_path(path): item for path, item in paths.items()}


def _schemas(document: dict[str, Any]) -> dict[str, Any]:
    holder = document.get("components", {}).get("schemas") or document.get("definitions") or {}
    if not isinstance(holder, dict):
        raise ConfigError("the schemas of a document are a mapping")
    return holder


def _keep(document: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Put the schemas where the form has them; what would be empty is left out."""
    if "openapi" in document:
        components = {"schemas": schemas, "securitySchemes": document["components"]["securitySchemes"]}
        document["components"] = {name: value for name, value in components.items() if value}
        return
    document.pop("definitions", None)
    if schemas:
        document["definitions"] = schemas
