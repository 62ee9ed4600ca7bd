"""Credentials for every origin are refused at load; a reflected origin is warned of."""

from __future__ import annotations

import pytest

from wsgi_gateway.config.check_cors import check_cors
from wsgi_gateway.errors import Place


def parameters(origin, credentials, prefix="method.response.header."):
    return {
        f"{prefix}Access-Control-Allow-Origin": origin,
        f"{prefix}access-control-allow-credentials": credentials,
    }


@pytest.mark.parametrize(
    ("origin", "credentials", "severities"),
    [
        pytest.param("'*'", "'true'", ["error"], id="every origin"),
        pytest.param("method.request.header.Origin", "'true'", ["warning"], id="the origin reflected"),
        pytest.param("'https://example.org'", "'true'", [], id="one origin"),
        pytest.param("'*'", "'false'", [], id="no credentials"),
    ],
)
@pytest.mark.parametrize("prefix", ["method.response.header.", "gatewayresponse.header."])
def test_origin_and_credentials(origin, credentials, severities, prefix):
    found = check_cors(parameters(origin, credentials, prefix), Place())
    assert [problem.severity for problem in found] == severities
