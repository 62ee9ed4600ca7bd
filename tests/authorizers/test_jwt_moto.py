"""Real tokens of a user pool that moto plays, with the keys that it publishes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from authorizers.tokens import PATIENCE, reason
from end_to_end.cognito_pool import SCOPE, Pool, cognito_pool

from wsgi_gateway.authorizers.cognito import CognitoVerifier
from wsgi_gateway.authorizers.jwt_claims import claim_texts


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with cognito_pool() as made:
        yield made


def verifier(pool: Pool, **more: Any) -> CognitoVerifier:
    return CognitoVerifier([pool.arn], endpoint=pool.endpoint, timeout=PATIENCE, leeway_seconds=60, **more)


def test_an_identity_token_passes_without_scopes_and_no_other(pool: Pool) -> None:
    claims = verifier(pool).verify(pool.identity).claims
    assert (claims["cognito:username"], claims["aud"]) == ("alice", pool.client)
    assert sorted(claim_texts(claims)["cognito:groups"].split(",")) == ["keepers", "visitors"]
    assert "token_use" in reason(verifier(pool).verify, pool.access)


def test_an_access_token_passes_with_its_scope_and_no_other(pool: Pool) -> None:
    token = pool.access
    assert verifier(pool).verify(token, frozenset({SCOPE})).claims["client_id"] == pool.client
    assert "scopes" in reason(verifier(pool).verify, token, frozenset({"pets/read"}))
    assert "token_use" in reason(verifier(pool).verify, pool.identity, frozenset({SCOPE}))


def test_the_audience_is_the_app_client(pool: Pool) -> None:
    matching = verifier(pool, identity_validation_expression=pool.client)
    assert matching.verify(pool.identity).claims["token_use"] == "id"
    other = verifier(pool, identity_validation_expression="other")
    assert "aud" in reason(other.verify, pool.identity)
