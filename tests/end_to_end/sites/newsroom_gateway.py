"""The newsroom's definition with its keys, for wsgi_gateway.mount."""

from dataclasses import replace
from pathlib import Path

from wsgi_gateway import ApiKeyConfig, ApiStageConfig, ThrottleConfig, UsagePlanConfig, load
from wsgi_gateway.authorizers import allow


def guard(event, context):
    # Nothing is cached, so the function is asked about requests without the header, too.
    name, _, secret = event["headers"].get("Authorization", "").partition(":")
    if secret != "pencil":
        raise Exception("Unauthorized")
    return allow(name)


api = replace(
    load(Path(__file__).with_name("newsroom.yaml")),
    api_keys=[
        ApiKeyConfig(id="paper", value="newsroom-paper-key-0001"),
        ApiKeyConfig(id="blog", value="newsroom-blog-key-00002"),
    ],
    usage_plans=[
        UsagePlanConfig(id="papers", keys=["paper"], api_stages=[ApiStageConfig(stage="prod")]),
        UsagePlanConfig(
            id="blogs",
            keys=["blog"],
            api_stages=[ApiStageConfig(stage="prod")],
            throttle=ThrottleConfig(rate_limit=0.001, burst_limit=1),
        ),
    ],
)
