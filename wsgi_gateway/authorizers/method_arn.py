"""How long the ARN of a method may be that has an authorizer: path values count, so a client can exceed it.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
"""

from __future__ import annotations

from wsgi_gateway.errors import DEFAULT_4XX, GatewayError

METHOD_ARN_LIMIT = 1600
"""Bytes of the ARN of a method that has an authorizer."""

URI_TOO_LONG = GatewayError(
    DEFAULT_4XX, "Request URI too long", status=414, reason="method ARN over 1600 bytes"
)
"""The refusal of a longer one."""
