"""Services behind a Gateway: whose rights, stage variables, warnings, and the option of all who make one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from click.testing import CliRunner
from integrations.aws_calls import KEY, SECRET, SignedServer, isolate, signed_server, signing_session

from wsgi_gateway import (
    Gateway,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    RestApiConfig,
    StageConfig,
)
from wsgi_gateway.authorizers.credentials import Credential
from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.config.unserved import without_effect
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations.aws_services import AwsServices
from wsgi_gateway.mount import from_environment
from wsgi_gateway.paste import app_factory
from wsgi_gateway.wsgi import call_app

HERE = "arn:aws:apigateway:eu-west-1:"
JOBS = HERE + "sqs:path/123456789012/jobs"
ROLE = "arn:aws:iam::123456789012:role/gateway"
CALLER = "arn:aws:iam::*:user/*"
ALLOWED = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
ALICE = PrincipalRecord(arn="arn:aws:iam::123456789012:user/alice", policies=(ALLOWED,))


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    isolate(monkeypatch)


@pytest.fixture
def server() -> Iterator[SignedServer]:
    with signed_server() as made:
        yield made


def api(uri: str = JOBS, *, authorization_type: str = "NONE", **more: Any) -> RestApiConfig:
    answers = [IntegrationResponseConfig(status_code=200)]
    integration = IntegrationConfig(
        type="AWS", http_method="POST", uri=uri, integration_responses=answers, **more
    )
    method = MethodConfig(http_method="POST", authorization_type=authorization_type, integration=integration)
    return RestApiConfig(resources={"/jobs": {"POST": method}})


def services(server: SignedServer, **more: Any) -> AwsServices:
    return AwsServices(session=signing_session(), endpoint_url=server.url, **more)


def ask(gateway: Gateway, **headers: str) -> int:
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/jobs",
        "RAW_URI": "/jobs",
        "QUERY_STRING": "",
        "HTTP_HOST": "api.example.com",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
        **headers,
    }
    response = call_app(gateway, environ)
    response.close()
    return int(response.status[:3])


def signed_by_alice() -> dict[str, str]:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.credentials import Credentials

    request = AWSRequest(method="POST", url="http://api.example.com/jobs")
    SigV4Auth(Credentials(KEY, SECRET), "execute-api", "us-east-1").add_auth(request)
    return {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in request.headers.items()}


def test_the_caller_s_own_credentials_are_those_that_signed(server: SignedServer) -> None:
    gateway = Gateway(
        api(authorization_type="AWS_IAM", credentials=CALLER),
        credentials=[Credential(KEY, SECRET, principal=ALICE)],
        aws=AwsServices(endpoint_url=server.url),  # which has none of its own
    )
    assert ask(gateway, **signed_by_alice()) == 200
    assert KEY in server.seen[-1].text["authorization"]
    assert (ask(gateway), len(server.seen)) == (403, 1)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="a method that anybody may call"),
        pytest.param({"authorization_type": "AWS_IAM"}, id="callers whose keys are not known"),
    ],
)
def test_the_caller_s_own_credentials_are_refused_where_nobody_signs(more: dict[str, str]) -> None:
    with pytest.raises(ConfigError, match=r"caller's own credentials|needs the credentials"):
        Gateway(api(credentials=CALLER, **more))


def test_stage_variables_are_put_into_uri_and_credentials(server: SignedServer) -> None:
    variables = {"queue": "jobs", "region": "eu-west-1", "account": "123456789012", "service": "sqs"}
    uri = (
        "arn:aws:apigateway:${stageVariables.region}:${stageVariables.service}:"
        "path/${stageVariables.account}/${stageVariables.queue}"
    )
    role = "arn:aws:iam::${stageVariables.account}:role/gateway"
    gateway = Gateway(
        api(uri, credentials=role),
        stage=StageConfig(stage_name="prod", variables=variables),
        aws=services(server, assume_roles=False),
    )
    assert ask(gateway) == 200
    assert server.seen[-1].target == "/123456789012/jobs"


@pytest.mark.parametrize(
    ("uri", "credentials"),
    [
        pytest.param("arn:aws:apigateway:${stageVariables.none}:sqs:path/q", None, id="in the Region"),
        pytest.param(HERE + "${stageVariables.none}:path/q", None, id="in the service"),
        pytest.param(HERE + "sqs:action/${stageVariables.none}", None, id="in the action"),
        pytest.param(JOBS, "${stageVariables.none}", id="in the role"),
        pytest.param(JOBS, "arn:aws:iam::${stageVariables.none}:role/x", id="in the role's account"),
    ],
)
def test_a_missing_stage_variable_is_500_and_nothing_is_called(
    server: SignedServer, uri: str, credentials: str | None
) -> None:
    gateway = Gateway(api(uri, credentials=credentials), aws=services(server))
    assert (ask(gateway), server.seen) == (500, [])


def test_a_role_is_told_to_have_no_effect_with_functions_alone() -> None:
    function = "arn:aws:lambda:eu-west-1:123456789012:function:f"
    invocation = f"{HERE}lambda:path/2015-03-31/functions/{function}/invocations"
    told = {
        uri: [problem.message for problem in without_effect(api(uri, credentials=ROLE))]
        for uri in (JOBS, invocation)
    }
    assert told[JOBS] == []
    assert "credentials has no effect" in told[invocation][0]


def test_what_is_given_and_used_by_no_method_is_told() -> None:
    gateway = Gateway(RestApiConfig(), lambda environ, start_response: [], aws="http://127.0.0.1:1")
    assert [problem.message for problem in gateway.warnings] == ["aws is used by no method"]


def test_one_definition_lists_all_that_cannot_work() -> None:
    config = RestApiConfig(
        resources={
            "/a": api(HERE + "sqz:path/q").resources["/jobs"],
            "/b": api(HERE + "sqs:action/No").resources["/jobs"],
        }
    )
    with pytest.raises(ConfigError) as caught:
        Gateway(config)
    assert [problem.message.partition(" has ")[0][:40] for problem in caught.value.problems] == [
        "POST /a: AWS service of name 'sqz' is no",
        "POST /b: sqs",
    ]


DEFINITION = """
openapi: 3.0.1
info: {title: jobs, version: "1"}
paths:
  /jobs:
    post:
      responses: {"200": {description: sent}}
      x-amazon-apigateway-integration:
        {type: aws, httpMethod: POST, uri: "%s", responses: {default: {statusCode: 200}}}
"""


def test_the_option_by_the_environment_and_in_ini_files(
    server: SignedServer, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    (tmp_path / "api.yaml").write_text(DEFINITION % JOBS)
    here = str(tmp_path)
    mounted = from_environment({"WSGI_GATEWAY_API": f"{here}/api.yaml", "WSGI_GATEWAY_AWS": server.url})
    pasted = app_factory({"here": here}, api="api.yaml", aws=server.url)
    assert [ask(mounted), ask(pasted), len(server.seen)] == [200, 200, 2]


def test_the_option_of_serve_is_told_for_production(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from wsgi_gateway.cli import main, server

    monkeypatch.setattr(server, "run", lambda *ignored: None)
    (tmp_path / "api.yaml").write_text(DEFINITION % JOBS)
    arguments = ["serve", str(tmp_path / "api.yaml"), "--aws", "http://127.0.0.1:4566"]
    done = CliRunner().invoke(main, arguments)
    assert (done.exit_code, "WSGI_GATEWAY_AWS=http://127.0.0.1:4566 \\" in done.output) == (0, True)
