"""``CanarySettingsConfig``: AWS's CanarySettings, a second deployment for some of a stage's requests.

::

    stage = StageConfig(
        stage_name="prod",
        variables={"backend": "v1.internal"},
        canary_settings=CanarySettingsConfig(
            percent_traffic=5.0,
            deployment=load("next.yaml"),
            stage_variable_overrides={"backend": "v2.internal"},
        ),
    )

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_CanarySettings.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wsgi_gateway.config.frozen import Declared
from wsgi_gateway.config.rest_api import RestApiConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class CanarySettingsConfig(Declared):
    """``percent_traffic``: 0 to 100. ``deployment``: the API as the canary has it, None for the stage's own;
    AWS names it by ``deployment_id``, which is what ``$context.deploymentId`` prints. The overrides are put
    over the stage's variables, and may add new ones. ``use_stage_cache``: whether the canary reads and
    writes the cached answers of the stage; its own otherwise.
    """

    percent_traffic: float = 0.0
    deployment: RestApiConfig | None = None
    deployment_id: str | None = None
    stage_variable_overrides: Mapping[str, str] = field(default_factory=dict, repr=False)
    use_stage_cache: bool = False
