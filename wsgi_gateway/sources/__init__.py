"""Definitions in: documents become :class:`~wsgi_gateway.config.RestApiConfig`, and what goes with it.

::

    from wsgi_gateway.sources import load, load_definition

    warnings = []
    api = load("openapi.yaml", warnings=warnings)
    stack = load_definition("stack.yaml", parameters={"Env": "prod"})
    stack.api, stack.stages["prod"]

Everything that is wrong with a document is reported at once, each problem with a code, AWS's wording where
AWS has one, file, line, column, JSON path and a hint. What AWS ignores becomes a warning; what would leave
something unprotected never does.

A kind of document is one module with ``recognises(data)`` and ``read_definition(root, basepath=...,
options=...)``, listed in :data:`KINDS`.

Not for: fetching documents; a source is a path or parsed data.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from importlib import import_module
from itertools import islice
from typing import Any

from wsgi_gateway.collector import paused
from wsgi_gateway.config import RestApiConfig
from wsgi_gateway.config.secrets import Secrets
from wsgi_gateway.config.spelling import unknown_options
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.sources.cfn_options import TemplateOptions
from wsgi_gateway.sources.definition import Definition
from wsgi_gateway.sources.document import Document
from wsgi_gateway.sources.node import Node
from wsgi_gateway.sources.openapi_merge import merge
from wsgi_gateway.sources.places import exact
from wsgi_gateway.sources.reading import read
from wsgi_gateway.sources.report import LIMIT, Report

KINDS = ("openapi", "sam", "cloudformation")
"""Modules of this package that read one kind of document, in the order in which they are asked."""

Source = str | os.PathLike[str] | Mapping[str, Any]
"""A file by its path, or a document that was parsed already."""

BASEPATHS = ("ignore", "prepend", "split")

__all__ = ["BASEPATHS", "KINDS", "Definition", "load", "load_definition"]


def load(
    source: Source | Sequence[Source],
    *,
    basepath: str = "ignore",
    warnings: list[Problem] | None = None,
    **options: Any,
) -> RestApiConfig:
    """The API of a definition, as :func:`load_definition` reads it. Stages that it declares are a warning."""
    definition = load_definition(source, basepath=basepath, warnings=warnings, **options)
    if definition.stages and warnings is not None:
        names = ", ".join(name[:80] for name in list(definition.stages)[:20])
        message = f"the settings of the stages are not used: {names}"
        hint = "load_definition() gives them"
        left = Problem("stages-left", message, definition.api.place, hint, severity="warning")
        warnings.append(definition.api.secrets.masked(left))
    return definition.api


@paused()
def load_definition(
    source: Source | Sequence[Source],
    *,
    basepath: str = "ignore",
    warnings: list[Problem] | None = None,
    **options: Any,
) -> Definition:
    """Read a definition, with all that it declares.

    :param source: path of a YAML or JSON file, or the document already parsed; a list of such for OpenAPI
        documents that make one API (:mod:`~wsgi_gateway.sources.openapi_merge`).
    :param basepath: what becomes of the path in ``servers`` or ``basePath``: ``ignore`` it, ``prepend`` it to
        every path, or ``split``: drop its first segment and prepend the others.
    :param warnings: a list to which everything that is ignored is appended.
    :param options: those of :class:`~wsgi_gateway.sources.cfn_options.TemplateOptions`: ``parameters`` and
        others of templates; ``region`` and ``account_id`` of every kind.
    :raises ConfigError: with every problem that stops the load, and for options that mean nothing.
    """
    if basepath not in BASEPATHS:
        raise ConfigError(f"basepath must be one of {', '.join(BASEPATHS)}")
    given = _options(options)
    report = Report()
    if isinstance(source, (str, os.PathLike, Mapping)) or not isinstance(source, Sequence):
        _, definition = _one(source, report, basepath, given)
    else:
        definition = _merged(source, report, basepath, given)
    if warnings is not None:
        warnings.extend(report.warnings)
    errors = report.errors
    if errors:
        raise ConfigError(errors)
    if report.hidden:
        definition = replace(definition, api=replace(definition.api, secrets=Secrets(report.hidden)))
    return replace(definition, warnings=tuple(report.warnings))


def _options(given: Mapping[str, Any]) -> TemplateOptions:
    known = ("basepath", "warnings", *(one.name for one in fields(TemplateOptions)))
    if problems := unknown_options(given, known):
        raise ConfigError(problems)
    return TemplateOptions(**given)


def _one(
    source: Source,
    report: Report,
    basepath: str,
    options: TemplateOptions,
) -> tuple[Document, Definition]:
    document = read(source)
    definition = _read(document, Node.root(document, report), basepath, options)
    if not report.full:
        report.add_unseen(exact(document, _first(definition.problems())))
    return document, definition


def _merged(sources: Sequence[Any], report: Report, basepath: str, options: TemplateOptions) -> Definition:
    """Several documents, each sound by itself, as one that is."""
    if not sources:
        raise ConfigError("a list of definitions was expected, not an empty one")
    found = [_one(source, report, basepath, options) for source in sources]
    if any(definition.stages or "Resources" in document.data for document, definition in found):
        raise ConfigError("a CloudFormation template is a definition of its own, and does not merge")
    if report.errors:
        return found[0][1]
    api, warnings = merge([(document.data, definition.api) for document, definition in found])
    report.extend(warnings)
    definition = Definition(api=api)
    report.extend(_first(definition.problems()))
    return definition


def _first(problems: Iterable[Problem]) -> Iterator[Problem]:
    """As many problems as a report keeps; only these are worth looking up."""
    found = list(problems)
    for is_error in (True, False):
        yield from islice((problem for problem in found if (problem.severity == "error") is is_error), LIMIT)


def _read(document: Document, root: Node, basepath: str, options: TemplateOptions) -> Definition:
    if isinstance(document.data, dict):
        for kind in KINDS:
            module = import_module(f"{__name__}.{kind}")
            if module.recognises(document.data):
                return _read_as(module, root, basepath, options)
    message = "Invalid OpenAPI input: an OpenAPI 3.0, OpenAPI 3.1 or Swagger 2.0 document was expected"
    hint = "it starts with openapi: 3.0.1 or swagger: '2.0'; a CloudFormation template has Resources"
    raise ConfigError([Problem("document-kind", message, root.place, hint)])


def _read_as(module: Any, root: Node, basepath: str, options: TemplateOptions) -> Definition:
    """Every nesting is bounded, but functions lead on to conditions, names, mappings and files."""
    try:
        found: Definition = module.read_definition(root, basepath=basepath, options=options)
    except RecursionError:
        message = "functions of this template lead to one another too often, or in a circle"
        raise ConfigError([Problem("template-too-deep", message, root.place)]) from None
    return found
