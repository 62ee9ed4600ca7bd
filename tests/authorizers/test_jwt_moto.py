"""Real tokens of a user pool that moto plays, with the keys that it publishes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from authorizers.tokens import PATIENCE, reason

from wsgi_gateway.authorizers.cognito import CognitoVerifier
from wsgi_gateway.authorizers.jwt_claims import claim_texts

moto_server = pytest.importorskip("moto.server")

SCOPE = "aws.cognito.signin.user.admin"
PASSWORD = "Not-A-Secret-1"


class Pool(NamedTuple):
    arn: str
    endpoint: str
    client: str
    tokens: dict[str, str]


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto_server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield signed_in(f"http://{host}:{port}")
    finally:
        server.stop()


def signed_in(endpoint: str) -> Pool:
    import boto3

    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    aws: Any = boto3.client("cognito-idp", "eu-west-1", endpoint_url=endpoint, **keys)
    made = aws.create_user_pool(PoolName="pets")["UserPool"]
    user = {"UserPoolId": made["Id"], "Username": "alice"}
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    client = aws.create_user_pool_client(UserPoolId=made["Id"], ClientName="shop", ExplicitAuthFlows=flows)[
        "UserPoolClient"
    ]["ClientId"]
    aws.admin_create_user(**user, TemporaryPassword=PASSWORD)
    aws.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
    for group in ("keepers", "visitors"):
        aws.create_group(UserPoolId=made["Id"], GroupName=group)
        aws.admin_add_user_to_group(**user, GroupName=group)
    answer = aws.admin_initiate_auth(
        UserPoolId=made["Id"],
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )
    return Pool(made["Arn"], endpoint, client, answer["AuthenticationResult"])


def verifier(pool: Pool, **more: Any) -> CognitoVerifier:
    return CognitoVerifier([pool.arn], endpoint=pool.endpoint, timeout=PATIENCE, leeway_seconds=60, **more)


def test_an_identity_token_passes_without_scopes_and_no_other(pool: Pool) -> None:
    claims = verifier(pool).verify(pool.tokens["IdToken"]).claims
    assert (claims["cognito:username"], claims["aud"]) == ("alice", pool.client)
    assert sorted(claim_texts(claims)["cognito:groups"].split(",")) == ["keepers", "visitors"]
    assert "token_use" in reason(verifier(pool).verify, pool.tokens["AccessToken"])


def test_an_access_token_passes_with_its_scope_and_no_other(pool: Pool) -> None:
    token = pool.tokens["AccessToken"]
    assert verifier(pool).verify(token, frozenset({SCOPE})).claims["client_id"] == pool.client
    assert "scopes" in reason(verifier(pool).verify, token, frozenset({"pets/read"}))
    assert "token_use" in reason(verifier(pool).verify, pool.tokens["IdToken"], frozenset({SCOPE}))


def test_the_audience_is_the_app_client(pool: Pool) -> None:
    matching = verifier(pool, identity_validation_expression=pool.client)
    assert matching.verify(pool.tokens["IdToken"]).claims["token_use"] == "id"
    other = verifier(pool, identity_validation_expression="other")
    assert "aud" in reason(other.verify, pool.tokens["IdToken"])
