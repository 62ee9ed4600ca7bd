"""The door to requests."""

from __future__ import annotations

import subprocess
import sys

import pytest
import requests

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.integrations import Http
from wsgi_gateway.wsgi import call_app


def test_a_session_of_the_callers_is_used_and_left_as_it_was(echo, request_of):
    seen = []
    with requests.Session() as session:
        session.hooks["response"].append(lambda response, **options: seen.append(response.status_code))
        adapters = dict(session.adapters)
        first, second = Http(echo.url, session=session), Http(echo.url, session=session)
        assert call_app(first, request_of()).status_code == 200
        assert call_app(second, request_of()).status_code == 200
        assert dict(session.adapters) == adapters
    assert seen == [200, 200]


def test_a_session_that_does_not_verify_is_a_config_error():
    with requests.Session() as session:
        session.verify = False
        with pytest.raises(ConfigError):
            Http("https://host/", session=session)
        Http("https://host/", session=session, insecure_skip_verification=True)


def test_a_hook_that_replaces_the_answer_is_a_broken_one(echo, request_of):
    with requests.Session() as session:
        session.hooks["response"].append(lambda response, **options: requests.Response())
        assert call_app(Http(echo.url, session=session), request_of()).status_code == 502


def test_requests_is_not_imported_before_the_first_request():

    script = "import sys; from wsgi_gateway.integrations import Http; Http('http://h/'); "
    script += "sys.exit('requests' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
