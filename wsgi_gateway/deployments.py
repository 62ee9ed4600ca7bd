"""What a Gateway serves, made of what it is given: the API, the stage, and what is the same for all requests.

::

    warnings = []
    definition = definition_of("api.yaml", warnings, api_id="a1b2c3")
    stage = stage_of(StageConfig(stage_name="prod"), definition, warnings)
    deployment = deployment_of(definition.api, stage, payload_limit=PAYLOAD_LIMIT, trusted_proxies=0)

Not for: what stands in a method's chain; that is written in :mod:`wsgi_gateway.gateway`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from wsgi_gateway.canary import canary_api
from wsgi_gateway.collector import paused
from wsgi_gateway.config import RestApiConfig, StageConfig
from wsgi_gateway.config.check import check
from wsgi_gateway.config.check_method_settings import check_settings_of_api
from wsgi_gateway.config.check_stage import check_stage
from wsgi_gateway.config.secrets import Secrets
from wsgi_gateway.config.unserved import settings_without_effect
from wsgi_gateway.context import Deployment
from wsgi_gateway.errors import ConfigError, Place, Problem
from wsgi_gateway.sources import Definition, Source, load_definition


@paused()
def definition_of(
    api: RestApiConfig | Definition | Source | Sequence[Source],
    warnings: list[Problem],
    api_id: str | None,
    stage: StageConfig | str | None = None,
) -> Definition:
    """The definition with a clean API, with what AWS ignores in it; ConfigError otherwise. Where it names the
    account and Region by variables, these are those of the stage.
    """
    if isinstance(api, RestApiConfig):
        found = Definition(api=api)
    else:
        found = api if isinstance(api, Definition) else load_definition(api, **_names(stage))
        if found is not api and api_id is None:
            warnings.extend(found.warnings)
            return found  # loading has checked it
    if api_id is not None:
        found = replace(found, api=replace(found.api, id=api_id))
    problems = check(found.api)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise ConfigError(errors)
    warnings.extend(found.warnings or problems)
    return found


def _names(stage: StageConfig | str | None) -> dict[str, Any]:
    """What a stage that is sound says of account and Region."""
    if not isinstance(stage, StageConfig) or any(check_stage(stage)):
        return {}
    return {"region": stage.region, "account_id": stage.account_id}


def stage_of(stage: StageConfig | str | None, definition: Definition, warnings: list[Problem]) -> StageConfig:
    """The stage, sound by itself and for this API, with the limits of all its settings in one place: the one
    that is given, or that of the definition which is named, or its only one.

    Raises ConfigError for everything that is wrong with it, and with its canary's deployment.
    """
    if isinstance(stage, StageConfig):
        made = stage
    else:
        made = definition.stage(stage) or StageConfig(stage_name=stage or "default")
    problems = list(check_stage(made))
    if problems:
        raise ConfigError(problems)
    api, place = definition.api, Place(path="$.stage")
    canary = None if made.canary_settings is None else made.canary_settings.deployment
    if canary is not None:
        found = check(canary)
        problems = [problem for problem in found if problem.severity == "error"]
        warnings.extend(problem for problem in found if problem.severity != "error")
    problems.extend(check_settings_of_api(made, place, (api,) if canary is None else (api, canary)))
    if problems:
        raise ConfigError(problems)
    warnings.extend(settings_without_effect(made, place))
    warnings.extend(_base_paths_left(definition))
    return made.with_all_limits()


def _base_paths_left(definition: Definition) -> Iterator[Problem]:
    for domain, paths in definition.base_paths.items():
        named = [path for path in paths if path not in ("", "(none)")]
        if named:
            message = f"base paths of {domain[:80]} are not served by a Gateway: {', '.join(named)[:160]}"
            hint = f"DomainName({{{named[0]!r}: gateway}}) serves them"
            yield Problem("base-paths-left", message, definition.api.place, hint, severity="warning")


def secret_names(api: RestApiConfig) -> frozenset[str]:
    """What authorizers go by: names of headers and parameters, in lower case, headers as a trace has them."""
    sources = [source for authorizer in api.authorizers.values() for source in authorizer.identity_source]
    names = [
        source.split(".", 3)[3] if source.count(".") > 2 else source.rpartition(".")[2] for source in sources
    ]
    return frozenset(
        spelling for name in names for spelling in (name.lower(), name.lower().replace("_", "-"))
    )


def secrets_of_stage(api: RestApiConfig, stage: StageConfig) -> Secrets:
    """What no message of a stage shows: secrets of its API and of its canary's."""
    canary = stage.canary_settings
    return api.secrets if canary is None else canary_api(api, canary).secrets


def deployment_of(
    api: RestApiConfig, stage: StageConfig, payload_limit: int, trusted_proxies: int
) -> Deployment:
    """What is the same for every request. Raises ConfigError for a number of proxies that is none."""
    is_number = isinstance(trusted_proxies, int) and not isinstance(trusted_proxies, bool)
    if not is_number or not 0 <= trusted_proxies <= 100:
        raise ConfigError(f"trusted_proxies is a number of proxies, not {trusted_proxies!r}")
    return Deployment(
        api_id=api.id,
        account_id=stage.account_id,
        region=stage.region,
        stage=stage.stage_name,
        deployment_id=stage.deployment_id,
        stage_variables=stage.variables,
        payload_limit=payload_limit,
        trusted_proxies=trusted_proxies,
    )
