"""``wsgi-gateway demo``: admitted and refused, told stage by stage."""

from __future__ import annotations

import io

import pytest
from click.testing import CliRunner

from wsgi_gateway.cli import main
from wsgi_gateway.cli.demo import build
from wsgi_gateway.wsgi import call_app


@pytest.fixture(scope="module")
def output() -> str:
    result = CliRunner().invoke(main, ["demo", "--once"])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize(
    "answer",
    [
        '201 Created {"number": 1, "customer": "Ada", "article": "tea & milk", "taken_by": "ada"}',
        '401 Unauthorized {"message":"Unauthorized"}',
        '403 Forbidden {"Message":"User is not authorized to access this resource with an explicit deny"}',
        "400 Bad Request Invalid request body: [object has missing required properties",
        '429 Too Many Requests {"problem": "slow down", "request": "',
    ],
)
def test_the_demonstration_shows(output, answer):
    assert f"< {answer}" in output


@pytest.mark.parametrize(
    "stage",
    "GatewayResponses Router Authorizer UsagePlan MethodRequest IntegrationRequest MethodResponse "
    "IntegrationResponse".split(),
)
def test_every_stage_is_told(output, stage):
    assert f" {stage} " in output


def test_no_credential_is_told(output):
    assert "demo-key-of-the-shop" not in output
    assert "token-of-ada" not in output


def test_what_needs_no_key_is_open():
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/health", "wsgi.input": io.BytesIO()}
    answer = call_app(build(), environ)
    assert (answer.status, answer.body()) == ("200 OK", b'{"stage": "demo", "ok": true}')


def test_the_desks_own_page_is_still_there():
    answer = call_app(build(), {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "wsgi.input": io.BytesIO()})
    assert answer.body().startswith(b"The order desk")
