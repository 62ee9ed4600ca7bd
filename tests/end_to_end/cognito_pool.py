"""A user pool that moto plays, on loopback: a user who has signed in, her tokens and the keys for them."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import boto3
from moto.cognitoidp import cognitoidp_backends
from moto.server import ThreadedMotoServer

SCOPE = "aws.cognito.signin.user.admin"
"""The scope that every access token of a user pool has."""

PASSWORD = "Not-A-Secret-1"
REGION = "eu-west-1"
ACCOUNT = "123456789012"


class Pool(NamedTuple):
    arn: str
    endpoint: str
    client: str
    tokens: dict[str, str]

    @property
    def name(self) -> str:
        return self.arn.partition("/")[2]

    @property
    def identity(self) -> str:
        return self.tokens["IdToken"]

    @property
    def access(self) -> str:
        return self.tokens["AccessToken"]

    def expired(self) -> str:
        """An identity token whose time was over a minute ago."""
        backend: Any = cognitoidp_backends[ACCOUNT][REGION].user_pools[self.name]
        return backend.create_jwt(self.client, "alice", "id", expires_in=-60)[0]


@contextmanager
def cognito_pool() -> Iterator[Pool]:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield _signed_in(f"http://{host}:{port}")
    finally:
        server.stop()
        assert server._server is not None
        server._server.server_close()


def _signed_in(endpoint: str) -> Pool:
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    aws: Any = boto3.client("cognito-idp", REGION, endpoint_url=endpoint, **keys)
    made = aws.create_user_pool(PoolName="pets")["UserPool"]
    pool, user = {"UserPoolId": made["Id"]}, {"UserPoolId": made["Id"], "Username": "alice"}
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    client = aws.create_user_pool_client(**pool, ClientName="shop", ExplicitAuthFlows=flows)
    name = client["UserPoolClient"]["ClientId"]
    aws.admin_create_user(**user, TemporaryPassword=PASSWORD)
    aws.admin_set_user_password(**user, Password=PASSWORD, Permanent=True)
    for group in ("keepers", "visitors"):
        aws.create_group(**pool, GroupName=group)
        aws.admin_add_user_to_group(**user, GroupName=group)
    answer = aws.admin_initiate_auth(
        **pool,
        ClientId=name,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "alice", "PASSWORD": PASSWORD},
    )
    aws.close()
    return Pool(made["Arn"], endpoint, name, answer["AuthenticationResult"])
