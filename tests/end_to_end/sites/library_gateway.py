"""What a team writes to put the library behind a gateway: its wsgi.py, so to say."""

from dataclasses import replace
from pathlib import Path

from library.wsgi import application as library

from wsgi_gateway import ApiKeyConfig, ApiStageConfig, Gateway, QuotaConfig, UsagePlanConfig, load
from wsgi_gateway.authorizers import allow, deny

READERS = {"token-ada": "ada", "token-eve": "eve"}


def guard(event, context):
    reader = READERS.get(event["authorizationToken"])
    if reader is None:
        raise Exception("Unauthorized")
    return deny(reader) if reader == "eve" else allow(reader, card=7)


api = replace(
    load(Path(__file__).with_name("library.yaml")),
    api_keys=[
        ApiKeyConfig(id="branch", value="library-branch-key-0001"),
        ApiKeyConfig(id="nobody", value="library-nobody-key-0002"),
    ],
    usage_plans=[
        UsagePlanConfig(
            id="branches",
            keys=["branch"],
            api_stages=[ApiStageConfig(stage="prod")],
            quota=QuotaConfig(limit=1000, period="MONTH"),
        )
    ],
)
application = Gateway(api, library, stage="prod", lambdas={"guard": guard})
