"""An API as it is called: every verb by itself, every operation with a name, every path variable declared.

::

    >>> operation_id("/pets/{petId}", "GET"), operation_id("/", "POST"), readable_path("/files/{key+}")
    ('petsPetIdGet', 'rootPost', '/files/{key}')

Names are unique when compared without case, underscores and dashes, for generators make names of functions,
classes and files of them. Those that the definition gives come first; a number behind tells the others apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from wsgi_gateway.config import MethodConfig, ModelConfig, RestApiConfig
from wsgi_gateway.config.check_paths import path_variables
from wsgi_gateway.config.method import HTTP_METHODS
from wsgi_gateway.exports.forms import MODELS_OF_ONE_KIND

_WORDS = re.compile(r"[^\W_]+")
_GREEDY = re.compile(r"\+\}$")
_PATH = "method.request.path."
_HEADER = "method.request.header."
_TOLD_BY_CONTENT = frozenset({"accept", "content-type"})
_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS", "DELETE"})


def readable_path(path: str) -> str:
    """A path template without the sign for greedy variables, which OpenAPI does not have."""
    return _GREEDY.sub("}", path)


def operation_id(path: str, verb: str) -> str:
    """The words of the path and the verb, in camel case."""
    first, *rest = _WORDS.findall(path) or ["root"]
    return "".join(
        [first[0].lower() + first[1:], *(word[0].upper() + word[1:] for word in rest), verb.title()]
    )


def as_called(api: RestApiConfig) -> RestApiConfig:
    """``api`` with what callers see of it, and nothing else but its authorizers."""
    methods = {
        (path, verb): _as_called(path, verb, method, api.models.keys(), expanded=verb not in declared)
        for path, declared in api.resources.items()
        for verb, method in _expanded(declared.values())
    }
    for (path, verb), name in _names(methods):
        methods[path, verb] = replace(methods[path, verb], operation_name=name)
    resources: dict[str, dict[str, MethodConfig]] = {path: {} for path in api.resources}
    for (path, verb), method in methods.items():
        resources[path][verb] = method
    return RestApiConfig(
        name=api.name,
        version=api.version,
        description=api.description,
        api_key_source=api.api_key_source,
        authorizers=api.authorizers,
        models={name: _of_one_kind(model) for name, model in api.models.items()},
        resources=resources,
        place=api.place,
        secrets=api.secrets,
    )


def _expanded(methods: Iterable[MethodConfig]) -> Iterator[tuple[str, MethodConfig]]:
    by_verb = {method.http_method: method for method in methods}
    for verb in HTTP_METHODS:
        method = by_verb.get(verb) or by_verb.get("ANY")
        if method is not None:
            yield verb, method


def _as_called(
    path: str, verb: str, method: MethodConfig, models: Iterable[str], *, expanded: bool
) -> MethodConfig:
    has_body = not (expanded and verb in _WITHOUT_BODY)
    name = method.operation_name
    return replace(
        method,
        http_method=verb,
        operation_name=f"{name}{verb.title()}" if name and expanded else name,
        integration=None,
        request_validator=None,
        request_parameters=_parameters(path, method),
        request_models=_by_media_type(method.request_models) if has_body else {},
        method_responses={
            status: replace(response, response_models=_by_media_type(response.response_models))
            for status, response in method.method_responses.items()
        },
    )


def _parameters(path: str, method: MethodConfig) -> dict[str, bool]:
    """The variables of the path first, in its order; without headers that OpenAPI tells otherwise."""
    found = dict.fromkeys((_PATH + name for name in path_variables(path)), True)
    for key, required in method.request_parameters.items():
        header = key.removeprefix(_HEADER).lower() if key.startswith(_HEADER) else None
        if not key.startswith(_PATH) and header not in _TOLD_BY_CONTENT:
            found[key] = required
    return found


def _by_media_type(named: Mapping[str, str]) -> dict[str, str]:
    """Media type to model; ``$default`` is what a body without a declared type is taken for."""
    models = dict(named)
    default = models.pop("$default", None)
    return models if default is None else {MODELS_OF_ONE_KIND: default, **models}


def _of_one_kind(model: ModelConfig) -> ModelConfig:
    """A schema of anything in the place of a model that is not of JSON: documents know no others."""
    if model.content_type == MODELS_OF_ONE_KIND:
        return model
    return replace(model, content_type=MODELS_OF_ONE_KIND, schema={})


def _names(methods: dict[tuple[str, str], MethodConfig]) -> Iterator[tuple[tuple[str, str], str]]:
    taken: set[str] = set()
    for key, method in sorted(methods.items(), key=lambda pair: not _is_named(pair[1])):
        proposal = method.operation_name if _is_named(method) else operation_id(*key)
        yield key, _free(str(proposal), taken)


def _is_named(method: MethodConfig) -> bool:
    return bool(method.operation_name and _WORDS.search(method.operation_name))


def _free(proposal: str, taken: set[str]) -> str:
    name, number = proposal, 2
    while _folded(name) in taken:
        name, number = f"{proposal}{number}", number + 1
    taken.add(_folded(name))
    return name


def _folded(name: str) -> str:
    return "".join(_WORDS.findall(name)).lower()
