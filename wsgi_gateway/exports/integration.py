"""``x-amazon-apigateway-integration`` as it is written: the words of OpenAPI for an ``IntegrationConfig``.

::

    >>> from wsgi_gateway.config import IntegrationConfig
    >>> written_integration(IntegrationConfig(type="MOCK", content_handling="CONVERT_TO_TEXT"))
    {'type': 'mock', 'passthroughBehavior': 'when_no_match', 'contentHandling': 'CONVERT_TO_TEXT'}

Types and the passthrough behaviour are in lower case, as AWS exports them. What is unset, or AWS's default,
is left out, but for the passthrough behaviour.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions-integration.html
"""

from __future__ import annotations

from typing import Any

from wsgi_gateway.config import IntegrationConfig, IntegrationResponseConfig
from wsgi_gateway.config.frozen import thaw

_DEFAULT_TIMEOUT = 29_000


def written_integration(config: IntegrationConfig) -> dict[str, Any]:
    """The value of the extension, plain data."""
    timeout = config.timeout_in_millis
    streams = config.response_transfer_mode != "BUFFERED"
    members = {
        "type": config.type.lower(),
        "httpMethod": config.http_method or None,
        "uri": config.uri,
        "credentials": config.credentials,
        "connectionType": config.connection_type,
        "connectionId": config.connection_id,
        "requestParameters": thaw(config.request_parameters) or None,
        "requestTemplates": thaw(config.request_templates) or None,
        "passthroughBehavior": config.passthrough_behavior.lower(),
        "contentHandling": config.content_handling,
        "timeoutInMillis": timeout if timeout != _DEFAULT_TIMEOUT else None,
        "cacheNamespace": config.cache_namespace,
        "cacheKeyParameters": list(config.cache_key_parameters) or None,
        "responses": _responses(config) or None,
        "tlsConfig": {"insecureSkipVerification": True} if config.insecure_skip_verification else None,
        "responseTransferMode": config.response_transfer_mode if streams else None,
    }
    return {name: value for name, value in members.items() if value is not None}


def _responses(config: IntegrationConfig) -> dict[str, Any]:
    return {
        response.selection_pattern or "default": _response(response)
        for response in config.integration_responses
    }


def _response(response: IntegrationResponseConfig) -> dict[str, Any]:
    members = {
        "statusCode": str(response.status_code),
        "responseParameters": thaw(response.response_parameters) or None,
        "responseTemplates": thaw(response.response_templates) or None,
        "contentHandling": response.content_handling,
    }
    return {name: value for name, value in members.items() if value is not None}
