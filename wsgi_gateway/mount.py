"""mount: a gateway for servers that are configured by text, above all gunicorn.

By environment variables; importing this module does nothing until ``application`` is asked for::

    WSGI_GATEWAY_API=api.yaml WSGI_GATEWAY_APP=shop:app gunicorn wsgi_gateway.mount:application

or by a call in gunicorn's own notation::

    gunicorn 'wsgi_gateway.mount:gateway("api.yaml", "shop:app")'

====================================  ==============================================================
``WSGI_GATEWAY_API``                  the definition: a file, or ``module:name`` of a RestApiConfig
``WSGI_GATEWAY_APP``                  the wrapped app, ``module:callable``, or ``module:factory()``
``WSGI_GATEWAY_STAGE``                its name; if unset the only one of the definition, or ``default``
``WSGI_GATEWAY_STAGE_VARIABLES``      ``name=value,other=value``
``WSGI_GATEWAY_LAMBDAS``              ``name=module:function,other=module:function``; also ARNs and URLs, see
                                      :mod:`wsgi_gateway.given`
``WSGI_GATEWAY_LOCAL_FUNCTIONS``      ``1``: run the Python functions of a template whose code is on this
                                      machine, see :mod:`wsgi_gateway.local_functions`
``WSGI_GATEWAY_INTEGRATIONS``         ``name=module:app``: the WSGI apps of ``wsgi:name``
``WSGI_GATEWAY_AUTHORIZERS``          ``name=module:function``, or a verifier of tokens
``WSGI_GATEWAY_CREDENTIALS``          a file of credentials, for methods with AWS_IAM
``WSGI_GATEWAY_AWS``                  the URL of all AWS services, such as a local stack's
``WSGI_GATEWAY_STORE``                the URL of a store that workers share, such as ``lmdb:/var/lib/shop``
``WSGI_GATEWAY_ON_STORE_ERROR``       ``closed`` (503), ``open`` or ``local``; closed if unset
``WSGI_GATEWAY_STORE_LEASE_SECONDS``  take limits in advance for so long; 0 if unset
``WSGI_GATEWAY_RATE_LIMIT_HEADERS``   ``1``: tell callers what is left of their limits
``WSGI_GATEWAY_DOCS``                 ``/docs``: where a page documents the API; nowhere if unset
``WSGI_GATEWAY_TRUSTED_PROXIES``      how many proxies of one's own stand in front; 0 if unset
``WSGI_GATEWAY_API_ID``               the API's id, account and Region, as ARNs in policies name
``WSGI_GATEWAY_ACCOUNT_ID``           them
``WSGI_GATEWAY_REGION``
``WSGI_GATEWAY_PARAMETERS``           of a template: its parameters, ``Env=prod,Size=2``
``WSGI_GATEWAY_IMPORTS``              values of exports of other stacks, ``network-Link=abc123``
``WSGI_GATEWAY_RESOURCES``            what ``Ref`` and ``Fn::GetAtt`` give, ``Queue.Arn=arn:aws:sqs:...``
``WSGI_GATEWAY_REST_API``             the logical id of the API, if a template has several
====================================  ==============================================================

What AWS would ignore in a definition, and what has no effect here, every Gateway logs at start, as warnings
of the logger ``wsgi_gateway``.

OpenAPI has no words for API keys and usage plans: an API that has them is a ``module:name``, made with
``dataclasses.replace(load("api.yaml"), api_keys=[...], usage_plans=[...])``.

Limits counted in the memory of a process hold for each process: three workers let through three times as
much. Where that happens a warning goes to the logger ``wsgi_gateway``: at start if ``WEB_CONCURRENCY``
tells the number of workers, and from every Gateway with the first request that comes from a server of
several processes.

In a store that processes share, counters of stages and methods are named by the API's id and the stage. Two
APIs without an id are one API there, and a warning at start says so: give each an id.

Not for: code, which calls :class:`~wsgi_gateway.gateway.Gateway`; PasteDeploy, see :mod:`wsgi_gateway.paste`.

Source: https://peps.python.org/pep-3333/ for ``wsgi.multiprocess``; AWS has no part in this.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from wsgi_gateway.config import RestApiConfig, StageConfig
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.docs_app import WithDocs
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.functions import DOTTED_NAME, imported
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.local_functions import functions_of_api
from wsgi_gateway.sources import Definition, load_definition
from wsgi_gateway.usage.shared_limits import SharedLimits

if TYPE_CHECKING:
    from wsgi_gateway.typing import Store, WSGIApplication

    application: WSGIApplication

logger = logging.getLogger("wsgi_gateway")

PREFIX = "WSGI_GATEWAY_"
"""What the names of the environment variables begin with."""

_VARIABLES = (
    *("API", "APP", "STAGE", "STAGE_VARIABLES", "LAMBDAS", "AUTHORIZERS", "CREDENTIALS", "AWS"),
    *("LOCAL_FUNCTIONS", "INTEGRATIONS", "TRUSTED_PROXIES", "API_ID", "ACCOUNT_ID", "REGION"),
    *("STORE", "ON_STORE_ERROR", "STORE_LEASE_SECONDS", "RATE_LIMIT_HEADERS"),
    *("DOCS", "PARAMETERS", "IMPORTS", "RESOURCES", "REST_API"),
)
_OF_TEMPLATES = ("parameters", "imports", "resources")
_NEXT_PAIR = re.compile(r"\s*[,\n]\s*(?=[\w.*-]+\s*=)")


def gateway(
    api: str | os.PathLike[str] | RestApiConfig | Definition | Mapping[str, Any],
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
    **options: Any,
) -> Gateway:
    """A Gateway whose parts may be given as text.

    ``api``: a definition file, ``module:name`` of a RestApiConfig, or what Gateway takes. ``app``: a WSGI
    app, ``module:callable`` or ``module:factory()``. ``stage_variables``, ``lambdas``, ``integrations`` and
    ``authorizers``: mappings, or text as in the environment variables. ``local_functions``: whether the
    functions of a template are run that lie on this machine and are not among ``lambdas``. ``api_id``,
    ``account_id``, ``region``: the names in the API's ARNs, in the place of what the definition and the stage
    say. ``parameters``, ``imports``, ``resources`` and ``rest_api``: of a template, see
    :class:`~wsgi_gateway.sources.cfn_options.TemplateOptions`. ``options``: Gateway's others (``store``,
    ``credentials``, ...).

    Raises ConfigError for everything that Gateway refuses, and for names that cannot be imported.
    """
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
    definition = _definition(api, {**names, **template})
    options["stage"] = _stage(stage, stage_variables, definition, **names)
    if local_functions:
        lambdas = {**_functions(definition), **(lambdas or {})}
    options["lambdas"], options["authorizers"], options["integrations"] = lambdas, authorizers, integrations
    options["trusted_proxies"] = _number(trusted_proxies, "trusted_proxies")
    made = Gateway(definition, _app(app, "app"), api_id=api_id, **options)
    limited = bool(made.api.usage_plans or SharedLimits(made.stage))
    if not _is_shared(options.get("store")):
        if limited:
            _warn_of_workers(os.environ.get("WEB_CONCURRENCY", ""))
    elif api_id is None and made.api.id == RestApiConfig().id and (limited or _asks_for_keys(made.api)):
        _warn_of_other_apis(made.api.id, made.stage.stage_name)
    return made


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


def _number(value: int | str, option: str) -> int:
    if isinstance(value, str):
        if not value.isdecimal() or len(value) > 3:
            raise ConfigError(f"{option} is a number, not {value[:40]!r}")
        return int(value)
    return value


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"{PREFIX}STORE_LEASE_SECONDS is a number, not {text[:40]!r}") from None


def _switch(text: str, name: str) -> bool:
    if text not in ("0", "1"):
        raise ConfigError(f"{PREFIX}{name} is 0 or 1, not {text[:40]!r}")
    return text == "1"


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
            raise ConfigError(f"{', '.join(sorted(misplaced))}: these are options of templates in files")
        return api
    return load_definition(api, **given)


def _imported(name: str) -> RestApiConfig | Definition:
    found = imported(name, "api")
    if not isinstance(found, (RestApiConfig, Definition)):
        raise ConfigError(f"api: {name} is a {type(found).__name__}, not a RestApiConfig")
    return found


def pairs(text: str, option: str) -> dict[str, str]:
    """``"a=1,b=2"`` to a dict; a comma separates only before the next ``name=``, so values may have some.

    ``option``: what the text was given for, for messages. Raises ConfigError for a part without ``=`` and for
    a name given twice.
    """
    found: dict[str, str] = {}
    text = text.strip().strip(",")
    for part in _NEXT_PAIR.split(text) if text else ():
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals or not name:
            raise ConfigError(f"{option}: {part!r} is not name=value")
        if name in found:
            raise ConfigError(f"{option}: {name!r} is given twice")
        found[name] = value.strip()
    return found


# ------------------------------------------------------------ the environment


def from_environment(variables: Mapping[str, str]) -> Gateway | WithDocs:
    """The gateway that environment variables describe. Raises ConfigError that says what to set."""
    given = _given(variables)
    return WithDocs(_described(given), given["DOCS"]) if "DOCS" in given else _described(given)


def _given(variables: Mapping[str, str]) -> dict[str, str]:
    """What is set, without the prefix."""
    given = {
        name.removeprefix(PREFIX): value
        for name, value in variables.items()
        if name.startswith(PREFIX) and value
    }
    unknown = [_unknown(name) for name in given if name not in _VARIABLES]
    if unknown:
        raise ConfigError(unknown)
    if variables.get(f"{PREFIX}STORE") == "":
        raise ConfigError(f"{PREFIX}STORE is set and empty; unset it for the memory of each process")
    if "API" not in given:
        raise ConfigError(
            f"set {PREFIX}API to the definition's file (and {PREFIX}APP to the app, module:callable, "
            "if the definition leaves methods to it)"
        )
    return given


def _described(given: Mapping[str, str]) -> Gateway:
    return gateway(
        given["API"],
        given.get("APP"),
        stage=given.get("STAGE"),
        stage_variables=pairs(given.get("STAGE_VARIABLES", ""), f"{PREFIX}STAGE_VARIABLES"),
        lambdas=pairs(given.get("LAMBDAS", ""), f"{PREFIX}LAMBDAS"),
        local_functions=_switch(given.get("LOCAL_FUNCTIONS", "0"), "LOCAL_FUNCTIONS"),
        integrations=pairs(given.get("INTEGRATIONS", ""), f"{PREFIX}INTEGRATIONS"),
        authorizers=pairs(given.get("AUTHORIZERS", ""), f"{PREFIX}AUTHORIZERS"),
        credentials=given.get("CREDENTIALS"),
        aws=given.get("AWS"),
        trusted_proxies=_number(given.get("TRUSTED_PROXIES", "0"), f"{PREFIX}TRUSTED_PROXIES"),
        api_id=given.get("API_ID"),
        account_id=given.get("ACCOUNT_ID"),
        region=given.get("REGION"),
        parameters=given.get("PARAMETERS"),
        imports=given.get("IMPORTS"),
        resources=given.get("RESOURCES"),
        rest_api=given.get("REST_API"),
        store=given.get("STORE"),
        on_store_error=given.get("ON_STORE_ERROR", "closed"),
        store_lease_seconds=_seconds(given.get("STORE_LEASE_SECONDS", "0")),
        rate_limit_headers=_switch(given.get("RATE_LIMIT_HEADERS", "0"), "RATE_LIMIT_HEADERS"),
    )


def _unknown(name: str) -> Problem:
    known = [PREFIX + other for other in _VARIABLES]
    hint = did_you_mean(PREFIX + name, known, "known are " + ", ".join(known))
    return Problem("option", f"the environment variable {PREFIX}{name} means nothing", hint=hint)


def __getattr__(name: str) -> Any:
    if name != "application":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()["application"] = from_environment(os.environ)
    return value
