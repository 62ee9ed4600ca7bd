"""paste: factories for PasteDeploy, so that an ini file makes the gateway.

Around an app of the same file::

    [filter:gateway]
    use = egg:wsgi_gateway
    api = %(here)s/api.yaml
    stage = prod
    stage_variables = colour=blue, size=large
    lambdas = guard=shop.guards:guard

    [pipeline:main]
    pipeline = gateway shop

or as an app of its own, with or without an ``app``::

    [app:main]
    use = egg:wsgi_gateway
    api = api.yaml
    app = shop:app

A relative ``api`` is looked for beside the ini file. The settings mean what they mean in
:mod:`wsgi_gateway.mount`; any other stops the load. Limits that workers share::

    store = lmdb:%(here)s/limits
    on_store_error = closed
    store_lease_seconds = 0
    rate_limit_headers = 1

For templates there are ``parameters``, ``imports``, ``resources``, ``rest_api`` and ``local_functions``;
``docs = /docs`` adds a page that documents the API.

A percent sign, as in a password of a store's URL, is written twice in an ini file.

Not for: servers without ini files, see :mod:`wsgi_gateway.mount`.

Source: https://docs.pylonsproject.org/projects/pastedeploy/en/latest/#defining-factories
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.docs_app import WithDocs
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.given_as_text import gateway

if TYPE_CHECKING:
    from wsgi_gateway.gateway import Gateway
    from wsgi_gateway.typing import WSGIApplication

_NAMES = ("api_id", "account_id", "region", "parameters", "imports", "resources", "rest_api", "basepath")
_SETTINGS = (
    *("api", "stage", "stage_variables", "lambdas", "authorizers", "credentials", "aws", "trusted_proxies"),
    *("integrations", "store", "on_store_error", "store_lease_seconds", "rate_limit_headers"),
    *("local_functions", "docs"),
    *_NAMES,
)


def app_factory(global_conf: Mapping[str, str], /, **local_conf: str) -> Gateway | WithDocs:
    """``paste.app_factory``: the settings ``api``, ``app`` and the rest. Raises ConfigError."""
    app = local_conf.pop("app", None)
    return _made(app, global_conf, local_conf, (*_SETTINGS, "app"))


def filter_app_factory(
    app: WSGIApplication, global_conf: Mapping[str, str], /, **local_conf: str
) -> Gateway | WithDocs:
    """``paste.filter_app_factory``: the same around ``app``. Raises ConfigError."""
    return _made(app, global_conf, local_conf, _SETTINGS)


def filter_factory(
    global_conf: Mapping[str, str], /, **local_conf: str
) -> Callable[[WSGIApplication], WSGIApplication]:
    """``paste.filter_factory``: a function from app to gateway. What is wrong is found when it is called."""
    return lambda app: filter_app_factory(app, global_conf, **local_conf)


def _made(
    app: WSGIApplication | str | None,
    global_conf: Mapping[str, str],
    settings: Mapping[str, str],
    known: tuple[str, ...],
) -> Gateway | WithDocs:
    unknown = [name for name in settings if name not in known]
    if unknown:
        raise ConfigError(
            Problem(
                "option",
                f"the setting {name!r} means nothing",
                hint=did_you_mean(name, known, ", ".join(known)),
            )
            for name in unknown
        )
    if not settings.get("api"):
        raise ConfigError("the setting api is missing: api = the definition's file")
    here = global_conf.get("here")
    names: dict[str, Any] = {name: settings.get(name) for name in _NAMES}
    made = gateway(
        _beside(settings["api"], here),
        app,
        stage=settings.get("stage"),
        stage_variables=settings.get("stage_variables"),
        lambdas=settings.get("lambdas"),
        integrations=settings.get("integrations"),
        authorizers=settings.get("authorizers"),
        credentials=_beside(settings["credentials"], here) if "credentials" in settings else None,
        aws=settings.get("aws"),
        trusted_proxies=settings.get("trusted_proxies", "0"),
        store=settings.get("store"),
        on_store_error=settings.get("on_store_error", "closed"),
        store_lease_seconds=_seconds(settings.get("store_lease_seconds", "0")),
        rate_limit_headers=_switch(settings, "rate_limit_headers"),
        local_functions=_switch(settings, "local_functions"),
        **names,
    )
    return WithDocs(made, settings["docs"]) if settings.get("docs") else made


def _beside(api: str, here: str | None) -> str:
    path = os.path.join(here or "", api)
    if "," in api and not os.path.exists(path):
        return ",".join(_beside(part.strip(), here) for part in api.split(","))
    return path if os.path.exists(path) or ":" not in api else api


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"the setting store_lease_seconds is a number, not {text[:40]!r}") from None


def _switch(settings: Mapping[str, str], name: str) -> bool:
    text = settings.get(name, "0")
    if text not in ("0", "1"):
        raise ConfigError(f"the setting {name} is 0 or 1, not {text[:40]!r}")
    return text == "1"
