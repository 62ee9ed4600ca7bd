"""Definitions in: documents become :class:`~wsgi_gateway.config.RestApiConfig`.

::

    from wsgi_gateway.sources import load

    warnings = []
    api = load("openapi.yaml", warnings=warnings)

Everything that is wrong with a document is reported at once, each problem with a code, AWS's wording where
AWS has one, file, line, column, JSON path and a hint. What AWS ignores becomes a warning; what would leave
something unprotected never does.

A kind of document is one module with ``recognises(data)`` and ``read(root, basepath=...)``, listed in
:data:`KINDS`.

Not for: fetching documents; a source is a path or parsed data.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from importlib import import_module
from itertools import islice
from typing import Any

from wsgi_gateway.config import RestApiConfig
from wsgi_gateway.config.check import check
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.document import Document
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.places import exact
from wsgi_gateway.sources.reading import read
from wsgi_gateway.sources.report import LIMIT, Report

KINDS = ("openapi", "cloudformation")
"""Modules of this package that read one kind of document, in the order in which they are asked."""

BASEPATHS = ("ignore", "prepend", "split")

__all__ = ["BASEPATHS", "KINDS", "load"]


def load(
    source: str | os.PathLike[str] | Mapping[str, Any],
    *,
    basepath: str = "ignore",
    warnings: list[Problem] | None = None,
    **template: Any,
) -> RestApiConfig:
    """Read a definition.

    :param source: path of a YAML or JSON file, or the document already parsed.
    :param basepath: what becomes of the path in ``servers`` or ``basePath``: ``ignore`` it, ``prepend`` it to
        every path, or ``split``: drop its first segment and prepend the others.
    :param warnings: a list to which everything that is ignored is appended.
    :param template: for CloudFormation templates, ``parameters`` and the other options of
        :class:`~wsgi_gateway.sources.cfn_options.TemplateOptions`.
    :raises ConfigError: with every problem that stops the load.
    """
    if basepath not in BASEPATHS:
        raise ConfigError(f"basepath must be one of {', '.join(BASEPATHS)}")
    document = read(source)
    report = Report()
    api = _read(document, Node.root(document, report), basepath, template)
    if not report.full:
        report.extend(exact(document, _first(check(api))))
    if warnings is not None:
        warnings.extend(report.warnings)
    errors = report.errors
    if errors:
        raise ConfigError(errors)
    return api


def _first(problems: list[Problem]) -> Iterator[Problem]:
    """As many problems as a report keeps; only these are worth looking up."""
    for is_error in (True, False):
        yield from islice(
            (problem for problem in problems if (problem.severity == "error") is is_error), LIMIT
        )


def _read(document: Document, root: Node, basepath: str, template: dict[str, Any]) -> RestApiConfig:
    if isinstance(document.data, dict):
        for kind in KINDS:
            module = import_module(f"{__name__}.{kind}")
            if module.recognises(document.data):
                api: RestApiConfig = module.read(root, basepath=basepath, **_options(kind, template))
                return api
    message = "Invalid OpenAPI input: an OpenAPI 3.0, OpenAPI 3.1 or Swagger 2.0 document was expected"
    raise ConfigError([Problem("document-kind", message, root.place, _kind_hint(document.data))])


def _options(kind: str, template: dict[str, Any]) -> dict[str, Any]:
    """What a kind's ``read`` takes beside basepath: templates have options."""
    if kind == "cloudformation":
        return {"options": TemplateOptions(**template)}
    if template:
        raise ConfigError(f"{', '.join(template)}: these are options of CloudFormation templates")
    return {}


def _kind_hint(data: Any) -> str:
    return "it starts with openapi: 3.0.1 or swagger: '2.0'"
