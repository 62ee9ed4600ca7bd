"""What a template says of an API beside what the API's Body says.

Properties of a RestApi, and resources, come on top of the Body: they are applied after the import. So one of
two that differ is lost. Of two resource policies that may be the one that closes; which of them counts on AWS
is not confirmed, and two that differ are refused. Two that are equal, as when a generator writes both, are
one. The source of API keys and a gateway response only take each other's place, with a warning, as between
files that merge (:mod:`~wsgi_gateway.sources.openapi_merge`).

Not for: methods, authorizers and models of one name, which AWS refuses.

Source: decided here. Terraform's provider applies an explicit policy after the import (pull request 48118 of
hashicorp/terraform-provider-aws); AWS documents no order for CloudFormation.
"""

from __future__ import annotations

from collections.abc import Mapping

from wsgi_gateway.config import GatewayResponseConfig, RestApiConfig
from wsgi_gateway.config.frozen import freeze
from wsgi_gateway.sources.node import Node

_REPLACED = "merge-replaced"


def check_policies(api: Node, described: RestApiConfig, policy: object) -> None:
    """Report a ``Policy`` that is another than that of the Body."""
    if policy is not None and described.policy is not None and freeze(policy) != described.policy:
        message = "the API has two resource policies that differ, this one and that of its definition"
        hint = "AWS keeps one of them; put all statements into one policy, and remove the other"
        api.child("Policy").error("policy-twice", message, hint)


def warn_of_replaced(
    api: Node, described: RestApiConfig, source: str | None, responses: Mapping[str, GatewayResponseConfig]
) -> None:
    """Warn of what takes the place of something in the Body; ``described`` is what the Body says."""
    said = described.api_key_source
    if source is not None and said == "AUTHORIZER" and source != said:
        message = f"ApiKeySourceType {source} takes the place of {said} in the Body"
        api.child("ApiKeySourceType").warning(_REPLACED, message)
    for kind, response in responses.items():
        before = described.gateway_responses.get(kind)
        if before is not None and before != response:
            message = f"the gateway response {kind[:80]} takes the place of that in the Body"
            api.report.warning(_REPLACED, message, response.place)
