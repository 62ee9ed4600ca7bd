"""mount: a gateway for servers that are configured by text, above all gunicorn.

By environment variables; importing this module does nothing until ``application`` is asked for::

    WSGI_GATEWAY_API=api.yaml WSGI_GATEWAY_APP=shop:app gunicorn wsgi_gateway.mount:application

or by a call in gunicorn's own notation::

    gunicorn 'wsgi_gateway.mount:gateway("api.yaml", "shop:app")'

====================================  ==============================================================
``WSGI_GATEWAY_API``                  the definition: a file, or ``module:name`` of a RestApiConfig;
                                      OpenAPI files that make one API, with commas between them
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
``WSGI_GATEWAY_BASEPATH``             of OpenAPI: ``ignore``, ``prepend`` or ``split`` the server's path
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

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.docs_app import WithDocs
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.given_as_text import gateway, number, pairs

if TYPE_CHECKING:
    from wsgi_gateway.gateway import Gateway
    from wsgi_gateway.typing import WSGIApplication

    application: WSGIApplication

__all__ = ["PREFIX", "from_environment", "gateway", "pairs"]

PREFIX = "WSGI_GATEWAY_"
"""What the names of the environment variables begin with."""

_VARIABLES = (
    *("API", "APP", "STAGE", "STAGE_VARIABLES", "LAMBDAS", "AUTHORIZERS", "CREDENTIALS", "AWS"),
    *("LOCAL_FUNCTIONS", "INTEGRATIONS", "TRUSTED_PROXIES", "API_ID", "ACCOUNT_ID", "REGION"),
    *("STORE", "ON_STORE_ERROR", "STORE_LEASE_SECONDS", "RATE_LIMIT_HEADERS"),
    *("DOCS", "BASEPATH", "PARAMETERS", "IMPORTS", "RESOURCES", "REST_API"),
)


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
        trusted_proxies=number(given.get("TRUSTED_PROXIES", "0"), f"{PREFIX}TRUSTED_PROXIES"),
        api_id=given.get("API_ID"),
        account_id=given.get("ACCOUNT_ID"),
        region=given.get("REGION"),
        parameters=given.get("PARAMETERS"),
        imports=given.get("IMPORTS"),
        resources=given.get("RESOURCES"),
        rest_api=given.get("REST_API"),
        basepath=given.get("BASEPATH"),
        store=given.get("STORE"),
        on_store_error=given.get("ON_STORE_ERROR", "closed"),
        store_lease_seconds=_seconds(given.get("STORE_LEASE_SECONDS", "0")),
        rate_limit_headers=_switch(given.get("RATE_LIMIT_HEADERS", "0"), "RATE_LIMIT_HEADERS"),
    )


def _seconds(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ConfigError(f"{PREFIX}STORE_LEASE_SECONDS is a number, not {text[:40]!r}") from None


def _switch(text: str, name: str) -> bool:
    if text not in ("0", "1"):
        raise ConfigError(f"{PREFIX}{name} is 0 or 1, not {text[:40]!r}")
    return text == "1"


def _unknown(name: str) -> Problem:
    known = [PREFIX + other for other in _VARIABLES]
    hint = did_you_mean(PREFIX + name, known, "known are " + ", ".join(known))
    return Problem("option", f"the environment variable {PREFIX}{name} means nothing", hint=hint)


def __getattr__(name: str) -> Any:
    if name != "application":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()["application"] = from_environment(os.environ)
    return value
