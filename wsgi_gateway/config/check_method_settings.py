"""Rules of a stage's limits and method settings, its cache and its canary.

A limit of a method that is not there would limit nothing, so it stops the load.

::

    problems = [*check_settings(stage, place), *check_settings_of_api(stage, place, apis)]

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html,
https://docs.aws.amazon.com/apigateway/latest/api/API_CanarySettings.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html (variables, TTL)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

from wsgi_gateway.config.method import HTTP_METHODS
from wsgi_gateway.config.method_setting import (
    LOGGING_LEVELS,
    STRATEGIES,
    MethodSettingConfig,
    method_of,
)
from wsgi_gateway.config.rest_api import RestApiConfig
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.config.stage import StageConfig, has_limit
from wsgi_gateway.config.usage_plan import ThrottleConfig
from wsgi_gateway.errors import Place, Problem

LONGEST_TTL = 3600
"""Seconds."""

CACHE_SIZES = ("0.5", "1.6", "6.1", "13.5", "28.4", "58.2", "118", "237")
"""Of AWS's cache clusters, in gigabytes."""

_VARIABLE_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
_VARIABLE_VALUE = re.compile(r"[A-Za-z0-9._~:/?#&=,-]{1,512}")
_MOST_VARIABLES = 100


def check_settings(stage: StageConfig, place: Place) -> Iterator[Problem]:
    """What is wrong with the limits and settings by themselves."""
    yield from _check_throttle(stage, place)
    limited = {method_of(key) for key in stage.throttle}
    seen: dict[tuple[str, str], str] = {}
    for key, setting in stage.method_settings.items():
        at = place.at("method_settings", key)
        method = method_of(key)
        if method is None:
            message = f"Invalid method setting path: {key[:120]}"
            yield Problem("method-setting", message, at, "it must be /path/VERB or */*")
            continue
        if method in seen:
            message = f"{key[:120]!r} and {seen[method][:120]!r} are settings of one method"
            yield Problem("method-setting", message, at)
        seen[method] = key
        if method in limited and has_limit(setting):
            message = "the method is throttled twice: by this setting, and by the stage's throttle"
            yield Problem("method-setting", message, at, "remove one of the two")
        yield from _check_setting(setting, at)
    size = stage.cache_cluster_size
    if size is not None and size not in CACHE_SIZES:
        message = f"the cache cluster size {size[:20]!r} is none"
        yield Problem("cache-cluster-size", message, place.at("cache_cluster_size"), ", ".join(CACHE_SIZES))
    yield from _check_variables(stage.variables, place.at("variables"))
    yield from _check_canary(stage, place.at("canary_settings"))


def _check_throttle(stage: StageConfig, place: Place) -> Iterator[Problem]:
    seen: dict[tuple[str, str], str] = {}
    for key, limit in stage.throttle.items():
        at, method = place.at("throttle", key), limited_method(key)
        if method is None:
            message = f"{key[:120]!r} is no method to limit"
            yield Problem("stage-throttle", message, at, "write /path/VERB, the verb in capitals, or */*")
        elif seen.setdefault(method, key) != key:
            message = f"{key[:120]!r} and {seen[method][:120]!r} are limits of one method"
            yield Problem("stage-throttle", message, at)
        yield from _check_limit(limit, at)
    for name in ("overall_throttle", "account_throttle"):
        whole: ThrottleConfig | None = getattr(stage, name)
        if whole is not None:
            yield from _check_limit(whole, place.at(name))


def _check_limit(limit: ThrottleConfig, place: Place) -> Iterator[Problem]:
    for name in ("rate_limit", "burst_limit"):
        value = getattr(limit, name)
        if not 0 <= value < float("inf"):
            message = f"{name} is {value}; it must be a finite number, zero or more"
            yield Problem("stage-throttle", message, place.at(name))


def limited_method(key: str) -> tuple[str, str] | None:
    """``/pets/GET`` to ``("/pets", "GET")``, ``*/*`` to ``("*", "*")``; None for what limits nothing. As
    limits are looked up, which know no ``~1``.
    """
    path, slash, verb = key.rpartition("/")
    if key in ("*/*", "/*/*"):
        return "*", "*"
    if not slash or not key.startswith("/") or verb not in (*HTTP_METHODS, "ANY"):
        return None
    return path or "/", verb


def _check_setting(setting: MethodSettingConfig, place: Place) -> Iterator[Problem]:
    ttl = setting.cache_ttl_in_seconds
    if ttl is not None and not 0 <= ttl <= LONGEST_TTL:
        message = f"cache_ttl_in_seconds is {ttl}; it must be 0 to {LONGEST_TTL}"
        yield Problem("method-setting", message, place.at("cache_ttl_in_seconds"))
    for name, choices in (
        ("unauthorized_cache_control_header_strategy", STRATEGIES),
        ("logging_level", LOGGING_LEVELS),
    ):
        value = getattr(setting, name)
        if value is not None and value not in choices:
            message = f"{name} is {value[:60]!r}"
            yield Problem("method-setting", message, place.at(name), ", ".join(choices))
    for name in ("throttling_rate_limit", "throttling_burst_limit"):
        value = getattr(setting, name)
        if value is not None and value < 0:
            message = f"{name} is {value}; leave it out for no limit"
            yield Problem("method-setting", message, place.at(name))


def _check_variables(variables: Mapping[str, str], place: Place) -> Iterator[Problem]:
    """Values are not shown: people keep secrets in them, although they should not."""
    if len(variables) > _MOST_VARIABLES:
        message = f"a stage has at most {_MOST_VARIABLES} variables, not {len(variables)}"
        yield Problem("stage-variables", message, place)
    for name, value in variables.items():
        if not _VARIABLE_NAME.fullmatch(name):
            message = f"{name[:80]!r} is no name of a stage variable"
            yield Problem("stage-variables", message, place, "up to 64 letters, digits and underscores")
        elif not _VARIABLE_VALUE.fullmatch(value):
            message = f"the value of the stage variable {name} has characters that it must not have"
            hint = "1 to 512 letters, digits and -._~:/?#&=,"
            yield Problem("stage-variables", message, place.at(name), hint)


def _check_canary(stage: StageConfig, place: Place) -> Iterator[Problem]:
    canary = stage.canary_settings
    if canary is None:
        return
    if not 0 <= canary.percent_traffic <= 100:
        message = f"percent_traffic is {canary.percent_traffic}; it must be 0 to 100"
        yield Problem("canary", message, place.at("percent_traffic"))
    if canary.deployment_id == "":
        yield Problem("canary", "a deployment id is not empty", place.at("deployment_id"))
    merged = {**stage.variables, **canary.stage_variable_overrides}
    yield from _check_variables(canary.stage_variable_overrides, place.at("stage_variable_overrides"))
    if len(merged) > _MOST_VARIABLES >= max(len(stage.variables), len(canary.stage_variable_overrides)):
        message = f"with the canary's overrides there are {len(merged)} variables; {_MOST_VARIABLES} may be"
        yield Problem("canary", message, place.at("stage_variable_overrides"))


def check_settings_of_api(
    stage: StageConfig, place: Place, apis: Iterable[RestApiConfig]
) -> Iterator[Problem]:
    """Limits and settings of methods which none of the deployments (the stage's, its canary's) has."""
    declared = {(path, verb) for api in apis for path, methods in api.resources.items() for verb in methods}
    known = [f"{path}/{verb}" for path, verb in sorted(declared)]
    otherwise = "write /path/VERB as the definition has them"
    paths = {(path, "ANY") for path, _ in declared}  # such a limit is one of the verbs that there are
    for key in stage.throttle:
        method = limited_method(key)
        if method not in paths and _is_missing(method, declared):
            message = f"there is no method {key[:120]!r} to limit"
            hint = did_you_mean(key, known, otherwise)
            yield Problem("stage-throttle", message, place.at("throttle", key), hint)
    for key in stage.method_settings:
        if _is_missing(method_of(key), declared):
            message = f"Invalid method setting path: {key[:120]} is no method of the API"
            hint = did_you_mean(key, known, otherwise)
            yield Problem("method-setting", message, place.at("method_settings", key), hint)


def _is_missing(method: tuple[str, str] | None, declared: Collection[tuple[str, str]]) -> bool:
    path, verb = method or ("*", "*")
    return verb != "*" and (path, verb) not in declared and (path, "ANY") not in declared
