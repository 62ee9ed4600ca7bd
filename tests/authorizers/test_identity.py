"""Identity sources: where a request says who is calling."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway.authorizers.identity import compile_source, header_key
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import ConfigError

ENVIRON = {
    "REQUEST_METHOD": "GET",
    "PATH_INFO": "/a",
    "QUERY_STRING": "user=u1&empty=&many=1&many=2&sp+ace=a%2Fb",
    "CONTENT_TYPE": "text/plain",
    "HTTP_X_USER": "u2",
    "HTTP_X_EMPTY": "",
    "HTTP_X_API_KEY": "key",
    "REMOTE_ADDR": "192.0.2.1",
}


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("method.request.header.X-User", ("u2",)),
        ("method.request.header.x-user", ("u2",)),
        ("method.request.header.Content-Type", ("text/plain",)),
        ("method.request.header.X-Empty", ("",)),
        ("method.request.header.X-Other", ()),
        ("method.request.querystring.user", ("u1",)),
        ("method.request.querystring.User", ()),
        ("method.request.querystring.empty", ("",)),
        ("method.request.querystring.many", ("1", "2")),
        ("method.request.querystring.sp ace", ("a/b",)),
        ("stageVariables.colour", ("blue",)),
        ("stageVariables.other", ()),
        ("context.httpMethod", ("GET",)),
        ("context.identity.sourceIp", ("192.0.2.1",)),
        ("context.identity.user", ()),
        ("context.identity.apiKey", ("key",)),
        ("context.requestTimeEpoch", ("1500",)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_source_gives_all_values_it_has(expression: str, values: tuple[str, ...]) -> None:
    ctx = Context(dict(ENVIRON), Deployment(stage_variables={"colour": "blue"}))
    ctx.request_time = 1.5
    assert compile_source(expression)(ctx) == values


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "Authorization",
        "method.request.header.",
        "method.request.header.A, method.request.header.B",
        "method.request.header.Connection",
        "method.request.header.Content-Length",
        "method.request.querystring.",
        "method.request.path.id",
        "method.request.body.token",
        "integration.request.header.A",
        "stageVariables",
        "stageVariables.",
        "context.",
        "context.sourceIp",
        "context.identity",
        "context.identity.nobody",
        "context.authorizer.principalId",
        "'literal'",
    ],
    ids=repr,
)
def test_what_can_never_identify_anyone_is_refused(expression: str) -> None:
    with pytest.raises(ConfigError):
        compile_source(expression)


@pytest.mark.parametrize("expression", ["method.request.querystring.a", "context.path", "Authorization"])
def test_only_a_header_has_a_header_key(expression: Any) -> None:
    with pytest.raises(ConfigError):
        header_key(expression)
