"""A Gateway whose parts may be given as text: what servers, ini files and the command line make one of.

::

    app = gateway("stack.yaml", "shop:app", stage="prod", parameters="Env=prod,Size=2", lambdas="a=shop:a")

Not for: code, which calls :class:`~wsgi_gateway.gateway.Gateway`.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from inspect import signature
from typing import TYPE_CHECKING, Any

from wsgi_gateway.config import RestApiConfig, StageConfig
from wsgi_gateway.config.spelling import unknown_options
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.functions import DOTTED_NAME, imported
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.local_functions import functions_of_api
from wsgi_gateway.redaction import names_programs
from wsgi_gateway.sources import Definition, Source, load_definition
from wsgi_gateway.usage.shared_limits import SharedLimits

if TYPE_CHECKING:
    from wsgi_gateway.typing import Store, WSGIApplication

logger = logging.getLogger("wsgi_gateway")

_OF_TEMPLATES = ("parameters", "imports", "resources")
_NEXT_PAIR = re.compile(r"\s*[,\n]\s*(?=[\w.*-]+\s*=)")


def gateway(
    api: Source | Sequence[Source] | RestApiConfig | Definition,
    app: WSGIApplication | str | None = None,
    *,
    stage: StageConfig | str | None = None,
    stage_variables: Mapping[str, str] | str | None = None,
    lambdas: Mapping[str, Any] | str | None = None,
    local_functions: bool = False,
    integrations: Mapping[str, Any] | str | None = None,
    authorizers: Mapping[str, Any] | str | None = None,
    trusted_proxies: int | str = 0,
    api_id: str | None = None,
    account_id: str | None = None,
    region: str | None = None,
    parameters: Mapping[str, Any] | str | None = None,
    imports: Mapping[str, Any] | str | None = None,
    resources: Mapping[str, Any] | str | None = None,
    rest_api: str | None = None,
    basepath: str | None = None,
    **options: Any,
) -> Gateway:
    """A Gateway whose parts may be given as text.

    ``api``: a definition file, several with commas between them, which are merged, ``module:name`` of a
    RestApiConfig, or what Gateway takes. ``app``: a WSGI app, ``module:callable`` or ``module:factory()``.
    ``stage_variables``, ``lambdas``, ``integrations`` and
    ``authorizers``: mappings, or text as in the environment variables. ``local_functions``: whether the
    functions of a template are run that lie on this machine and are not among ``lambdas``. ``api_id``,
    ``account_id``, ``region``: the names in the API's ARNs, in the place of what the definition and the stage
    say. ``parameters``, ``imports``, ``resources`` and ``rest_api``: of a template, see
    :class:`~wsgi_gateway.sources.cfn_options.TemplateOptions`; ``basepath`` of OpenAPI, see
    :func:`~wsgi_gateway.sources.load_definition`. ``options``: Gateway's others (``store``,
    ``credentials``, ...).

    Raises ConfigError for everything that Gateway refuses, for names that cannot be imported, and for options
    that mean nothing.
    """
    if problems := unknown_options(options, _options_of(gateway, Gateway)):
        raise ConfigError(problems)
    if isinstance(stage_variables, str):
        stage_variables = pairs(stage_variables, "stage_variables")
    if isinstance(lambdas, str):
        lambdas = pairs(lambdas, "lambdas")
    if isinstance(authorizers, str):
        authorizers = pairs(authorizers, "authorizers")
    if isinstance(integrations, str):
        integrations = pairs(integrations, "integrations")
    if isinstance(integrations, Mapping):
        integrations = {name: _app(given, f"integrations[{name!r}]") for name, given in integrations.items()}
    names = {"account_id": account_id, "region": region}
    template = {"parameters": parameters, "imports": imports, "resources": resources, "rest_api": rest_api}
    definition = _definition(api, {**names, **template, "basepath": basepath})
    options["stage"] = _stage(stage, stage_variables, definition, **names)
    if local_functions:
        lambdas = {**_functions(definition), **(lambdas or {})}
    options["lambdas"], options["authorizers"], options["integrations"] = lambdas, authorizers, integrations
    options["trusted_proxies"] = number(trusted_proxies, "trusted_proxies")
    made = Gateway(definition, _app(app, "app"), api_id=api_id, **options)
    limited = bool(made.api.usage_plans or SharedLimits(made.stage))
    if not _is_shared(options.get("store")):
        if limited:
            _warn_of_workers(os.environ.get("WEB_CONCURRENCY", ""))
    elif api_id is None and made.api.id == RestApiConfig().id and (limited or _asks_for_keys(made.api)):
        _warn_of_other_apis(made.api.id, made.stage.stage_name)
    return made


def _options_of(*made: Callable[..., Any]) -> list[str]:
    """Which keyword arguments they take."""
    parameters = [one for function in made for one in signature(function).parameters.values()]
    return list(dict.fromkeys(one.name for one in parameters if one.kind is one.KEYWORD_ONLY))


def _functions(definition: RestApiConfig | Definition) -> dict[str, Any]:
    if isinstance(definition, RestApiConfig):
        raise ConfigError("local_functions are those of a template; give a RestApiConfig its lambdas")
    return functions_of_api(definition)


def _app(app: Any, option: str) -> Any:
    """A WSGI app that may be given as text."""
    made = imported(app, option) if isinstance(app, str) else app
    if app is not None and not callable(made):
        raise ConfigError(f"{option} is not callable, so it is no WSGI application")
    return made


def _asks_for_keys(api: RestApiConfig) -> bool:
    """Whether plans that the store keeps may hold here."""
    return any(method.api_key_required for methods in api.resources.values() for method in methods.values())


def _is_shared(store: Store | str | None) -> bool:
    """Whether processes count together. None is Gateway's default, the memory of its process."""
    if isinstance(store, str):
        return not store.lower().startswith("memory:")
    return store is not None and bool(getattr(store, "shared_between_processes", True))


def _warn_of_workers(number: str) -> None:
    if number.isdecimal() and int(number) > 1:
        logger.warning(
            "WEB_CONCURRENCY asks for %s workers, and each counts throttles and quotas in its own memory: "
            "together they admit up to %s times as much as the usage plans say. Use one worker with threads, "
            "or a store that processes share (WSGI_GATEWAY_STORE=lmdb:/var/lib/shop).",
            number,
            number,
        )


def _warn_of_other_apis(api_id: str, stage: str) -> None:
    logger.warning(
        "this API has no id: in the store that it shares, limits of its stage and methods are counted under "
        "%s/%s, together with those of every other API without an id. Give each API one (--api-id, "
        "WSGI_GATEWAY_API_ID, api_id=).",
        api_id,
        stage,
    )


def _stage(
    stage: StageConfig | str | None,
    variables: Mapping[str, str] | None,
    definition: RestApiConfig | Definition,
    **names: str | None,
) -> StageConfig:
    given: dict[str, Any] = {name: value for name, value in names.items() if value is not None}
    if isinstance(stage, StageConfig):
        if variables:
            raise ConfigError("give the stage variables in the StageConfig, not beside it")
        return replace(stage, **given) if given else stage
    declared = definition.stage(stage) if isinstance(definition, Definition) else None
    made = declared or StageConfig(stage_name=stage or "default")
    return replace(made, variables={**made.variables, **(variables or {})}, **given)


def number(value: int | str, option: str) -> int:
    """A whole number, perhaps as text of at most three digits. Raises ConfigError for other text."""
    if isinstance(value, str):
        if not value.isdecimal() or len(value) > 3:
            raise ConfigError(f"{option} is a number, not {value[:40]!r}")
        return int(value)
    return value


def _definition(api: Any, options: Mapping[str, Any]) -> RestApiConfig | Definition:
    """What is served. ``options``: those of documents, as they were given."""
    given: dict[str, Any] = {
        name: pairs(value, name) if name in _OF_TEMPLATES and isinstance(value, str) else value
        for name, value in options.items()
        if value
    }
    if isinstance(api, str) and DOTTED_NAME.fullmatch(api) and not os.path.exists(api):
        api = _imported(api)
    if isinstance(api, (RestApiConfig, Definition)):
        if misplaced := given.keys() - {"account_id", "region"}:
            raise ConfigError(f"{', '.join(sorted(misplaced))}: these are options of definitions in files")
        return api
    if isinstance(api, str) and "," in api and not os.path.exists(api):
        api = [part.strip() for part in api.split(",")]
    return load_definition(api, **given)


def _imported(name: str) -> RestApiConfig | Definition:
    found = imported(name, "api")
    if not isinstance(found, (RestApiConfig, Definition)):
        raise ConfigError(f"api: {name} is a {type(found).__name__}, not a RestApiConfig")
    return found


def pairs(text: str, option: str) -> dict[str, str]:
    """``"a=1,b=2"`` to a dict; a comma separates only before the next ``name=``, so values may have some.

    ``option``: what the text was given for, for messages. Raises ConfigError for a part without ``=``, which
    is not repeated where it may be a secret, and for a name given twice.
    """
    found: dict[str, str] = {}
    text = text.strip().strip(",")
    for number, part in enumerate(_NEXT_PAIR.split(text) if text else (), 1):
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not name:
            what = repr(part) if names_programs(option) else f"number {number}"
            raise ConfigError(f"{option}: {what} is not name=value")
        if name in found:
            raise ConfigError(f"{option}: {name!r} is given twice")
        found[name] = value.strip()
    return found
