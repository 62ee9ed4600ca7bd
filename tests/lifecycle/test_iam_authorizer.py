"""The IamAuthorizer stage: requests signed by botocore, what the caller's policies allow, alone and in a
Gateway.
"""

from __future__ import annotations

import json
from typing import Any

import pytest
from authorizers.callers import Inner
from authorizers.signers import KEY, QUERY, SECRET, Sent, sent

from wsgi_gateway.authorizers.credentials import Credential
from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.config import (
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    MethodResponseConfig,
    RestApiConfig,
)
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import CONTEXT_KEY, ConfigError
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.lifecycle.iam_authorizer import IamAuthorizer
from wsgi_gateway.wsgi import Response, call_app

ARN = "arn:aws:iam::123456789012:user/alice"
READ = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*:*:*/*/GET/*"},
        {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": "*/secret"},
    ],
}


def alice(*policies: Any, **more: Any) -> list[Credential]:
    return [Credential(KEY, SECRET, principal=PrincipalRecord(arn=ARN, policies=policies, **more))]


def ask(
    one: Sent, credentials: Any, later: float = 0, inner: Any = None, **more: Any
) -> tuple[Response, Context]:
    environ = {**one.environ, "wsgi.url_scheme": "https", "REMOTE_ADDR": "192.0.2.7", **more}
    ctx = environ[CONTEXT_KEY] = Context(environ, Deployment(api_id="api", stage="dev"))
    stage = IamAuthorizer(inner or Inner(), credentials=credentials, clock=lambda: one.time + later)
    return call_app(stage, environ), ctx


def told(response: Response) -> tuple[int, str | None, Any]:
    body = json.loads(response.body())
    return (
        response.status_code,
        response.header("x-amzn-ErrorType"),
        body.get("message") or body.get("Message"),
    )


@pytest.mark.parametrize(
    "one",
    [
        pytest.param(sent("/pets"), id="by header"),
        pytest.param(sent("/pets", form=QUERY), id="by query string"),
        pytest.param(sent("/pets/a%20b/%C3%A9?x=1&x=2&y="), id="odd paths and queries"),
    ],
)
def test_a_signed_request_that_a_policy_allows_is_admitted(one: Sent) -> None:
    inner = Inner()
    response, ctx = ask(one, alice(READ), inner=inner, REMOTE_USER="mallory")
    assert response.status_code == 200
    [seen] = inner.seen
    assert (seen["REMOTE_USER"], seen["AUTH_TYPE"]) == (ARN, "AWS4-HMAC-SHA256")
    assert "HTTP_AUTHORIZATION" not in seen
    assert (ctx.identity["userArn"], ctx.identity["accountId"], ctx.identity["accessKey"]) == (
        ARN,
        "123456789012",
        KEY,
    )


DENIED = f"User: {ARN} is not authorized to perform: execute-api:Invoke on resource: "
METHOD = "arn:aws:execute-api:us-east-1:********9012:api/dev/"


@pytest.mark.parametrize(
    ("one", "policies", "text"),
    [
        pytest.param(sent("/pets"), [], DENIED + METHOD + "GET/pets", id="no policy at all"),
        pytest.param(
            sent("/pets", method="POST", body=b"{}"), [READ], DENIED + METHOD + "POST/pets", id="another verb"
        ),
        pytest.param(
            sent("/secret"),
            [READ],
            DENIED + METHOD + "GET/secret with an explicit deny",
            id="a statement that denies",
        ),
    ],
)
def test_what_no_policy_allows_is_denied(one: Sent, policies: list[Any], text: str) -> None:
    inner = Inner()
    response, _ = ask(one, alice(*policies), inner=inner)
    assert told(response) == (403, "AccessDeniedException", text)
    assert not inner.seen


def test_one_policy_that_denies_wins_over_another_that_allows() -> None:
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    assert ask(sent("/secret"), alice(everything, READ))[0].status_code == 403
    assert ask(sent("/secret"), alice(everything))[0].status_code == 200


@pytest.mark.parametrize(
    ("condition", "admitted"),
    [
        pytest.param({"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}, True, id="from this network"),
        pytest.param({"IpAddress": {"aws:SourceIp": "198.51.100.0/24"}}, False, id="from another"),
        pytest.param({"Bool": {"aws:SecureTransport": "true"}}, True, id="over TLS"),
        pytest.param({"StringEquals": {"aws:PrincipalTag/team": "blue"}}, True, id="of a team"),
        pytest.param({"StringEquals": {"aws:PrincipalTag/team": "red"}}, False, id="of another team"),
        pytest.param({"StringEquals": {"aws:username": "alice"}}, True, id="of a name"),
        pytest.param({"DateGreaterThan": {"aws:CurrentTime": "2999-01-01T00:00:00Z"}}, False, id="not yet"),
        pytest.param({"StringEquals": {"aws:SourceVpc": "vpc-1"}}, False, id="what nobody can know here"),
    ],
)
def test_conditions_see_the_request_and_the_caller(condition: Any, admitted: bool) -> None:
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*", "Condition": condition}
    credentials = alice({"Version": "2012-10-17", "Statement": [statement]}, tags={"team": "blue"})
    forged = {"HTTP_X_FORWARDED_FOR": "198.51.100.9"}
    assert (ask(sent("/pets"), credentials, **forged)[0].status_code == 200) is admitted


@pytest.mark.parametrize(
    ("condition", "more"),
    [
        pytest.param({"IpAddress": {"aws:SourceIpp": "192.0.2.0/24"}}, {}, id="a name that is misspelt"),
        pytest.param({"IpAddress": {"aws:SourceIp": "0.0.0.0/0"}}, {"REMOTE_ADDR": ""}, id="no address told"),
    ],
)
def test_what_nobody_can_say_denies(condition: Any, more: Any) -> None:
    statements = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition},
    ]
    credentials = alice({"Version": "2012-10-17", "Statement": statements})
    assert ask(sent("/pets"), credentials, **more)[0].status_code == 403


def test_a_stage_below_a_mount_point_admits() -> None:
    one = sent("/shop/pets")
    response, _ = ask(one, alice(READ), SCRIPT_NAME="/shop", PATH_INFO="/pets")
    assert response.status_code == 200


def test_a_gateway_wants_signatures_for_its_region() -> None:
    one = sent("/pets", region="eu-west-1")
    gateway = Gateway(api(), credentials=alice(READ), clock=lambda: one.time)
    environ = {**one.environ, "wsgi.url_scheme": "https", "SERVER_NAME": "x", "SERVER_PORT": "443"}
    assert call_app(gateway, environ).status_code == 403


def test_what_is_not_signed_or_wrongly_is_refused() -> None:
    unsigned = Sent({k: v for k, v in sent("/pets").environ.items() if k != "HTTP_AUTHORIZATION"}, 0)
    assert told(ask(unsigned, alice(READ))[0])[:2] == (403, "MissingAuthenticationTokenException")
    other = sent("/pets")
    assert (
        told(ask(other, alice(READ), PATH_INFO="/cats", RAW_URI="/cats")[0])[1] == "InvalidSignatureException"
    )
    assert told(ask(other, alice(READ), later=901)[0])[1] == "InvalidSignatureException"
    assert told(ask(other, {})[0])[0] == 403


def test_a_policy_that_is_none_stops_the_load_and_says_which() -> None:
    with pytest.raises(ConfigError, match=f"policy 1 of {ARN}: statement 0: Effect"):
        alice(READ, {"Statement": [{"Effect": "Perhaps"}]})


def test_a_provider_that_answers_with_another_keys_credential_is_not_believed() -> None:
    class Confused:
        def find(self, access_key_id: str) -> Credential:
            return Credential("AKIDOTHER", SECRET, principal=PrincipalRecord(arn=ARN, policies=[READ]))

    response, ctx = ask(sent("/pets"), Confused())
    assert (response.status_code, ctx.identity) == (500, {})


def api(kind: str = "AWS_IAM") -> RestApiConfig:
    template = '{"who": "$context.identity.userArn", "account": "$context.identity.accountId"}'
    mock = IntegrationConfig(
        type="MOCK",
        request_templates={"application/json": '{"statusCode": 200}'},
        integration_responses=[
            IntegrationResponseConfig(status_code=200, response_templates={"application/json": template})
        ],
    )
    answers = {200: MethodResponseConfig(status_code=200)}
    method = MethodConfig(
        http_method="GET", authorization_type=kind, integration=mock, method_responses=answers
    )
    return RestApiConfig(name="pets", resources={"/pets": {"GET": method}})


def test_a_gateway_with_signed_methods() -> None:
    one = sent("/pets")
    gateway = Gateway(api(), credentials=alice(READ), clock=lambda: one.time)
    environ = {
        **one.environ,
        "wsgi.url_scheme": "https",
        "SERVER_NAME": "api.example.com",
        "SERVER_PORT": "443",
    }
    response = call_app(gateway, dict(environ))
    assert json.loads(response.body()) == {"who": ARN, "account": "123456789012"}
    del environ["HTTP_AUTHORIZATION"]
    assert call_app(gateway, environ).status_code == 403


def test_a_gateway_without_credentials_does_not_load() -> None:
    with pytest.raises(ConfigError, match="credentials"):
        Gateway(api())


def test_a_provider_that_fails_admits_nobody_and_says_nothing(caplog: pytest.LogCaptureFixture) -> None:
    class Vault:
        def find(self, access_key_id: str) -> Credential | None:
            raise RuntimeError(f"the vault said {SECRET}")

    response, _ = ask(sent("/pets"), Vault())
    assert response.status_code == 500
    assert SECRET not in caplog.text
