"""Methods that usage plans limit and a definition has not: told once, because such a limit holds nobody.

::

    watch = LimitedMethods(api, "prod")
    watch(plan)      # logs a warning of the logger wsgi_gateway for each method that is not there, once

Plans that a definition declares are refused for that (:mod:`wsgi_gateway.config.check_usage`). Those in a
store are changed while gateways run, and may be for other APIs too, so a warning is all there can be.

Not for: stages and APIs that are not this gateway's.

Source: this project's own.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from wsgi_gateway.config.check_method_settings import limited_method
from wsgi_gateway.config.spelling import did_you_mean

if TYPE_CHECKING:
    from wsgi_gateway.config import RestApiConfig, UsagePlanConfig

logger = logging.getLogger("wsgi_gateway")

_MOST = 1_000
"""How many warnings there may be; they are remembered."""


class LimitedMethods:
    """Called with every plan that is read from a store. ``stage``: the name of the gateway's own."""

    def __init__(self, api: RestApiConfig, stage: str) -> None:
        self._api, self._stage = api, stage
        self._told: set[tuple[str, str]] = set()

    def __call__(self, plan: UsagePlanConfig) -> None:
        """Tell of the methods that this plan limits in vain, unless that has been told."""
        for stage in plan.api_stages:
            if stage.stage != self._stage or stage.api_id not in (None, self._api.id):
                continue
            for key in stage.throttle:
                if not self._is_there(key) and (plan.id, key) not in self._told and len(self._told) < _MOST:
                    self._told.add((plan.id, key))
                    self._tell(plan.id, key)

    def _is_there(self, key: str) -> bool:
        path, verb = limited_method(key) or ("*", "*")
        methods = self._api.resources.get(path, {})
        return verb == "*" or verb in methods or "ANY" in methods or (verb == "ANY" and bool(methods))

    def _tell(self, plan_id: str, key: str) -> None:
        resources = self._api.resources.items()
        known = [f"{path}/{verb}" for path, methods in resources for verb in methods]
        hint = did_you_mean(key, known)
        logger.warning(
            "the usage plan %r of the store limits %r, and this API has no such method: that limit holds "
            "nobody here%s",
            plan_id[:128],
            key[:120],
            f"; {hint}" if hint else "",
        )
