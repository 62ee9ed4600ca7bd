"""``StageConfig``: AWS's Stage, a deployment of an API under a name, with variables and limits.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Stage.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wsgi_gateway.config.frozen import Declared
from wsgi_gateway.config.usage_plan import ThrottleConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class StageConfig(Declared):
    """A stage. ``throttle`` maps ``/path/VERB`` or ``*/*`` to limits shared by all callers of a method,
    ``overall_throttle`` is one for all of them together, ``account_throttle`` one for all APIs of the account
    and Region that use the store.
    """

    stage_name: str = "default"
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    throttle: Mapping[str, ThrottleConfig] = field(default_factory=dict)
    overall_throttle: ThrottleConfig | None = None
    account_throttle: ThrottleConfig | None = None
    deployment_id: str = "local"
    account_id: str = "123456789012"
    region: str = "us-east-1"
