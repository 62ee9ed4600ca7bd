"""Base paths of a domain name: which API a path goes to, as what, and what is told of it."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote

import pytest

from wsgi_gateway.base_paths import DomainName
from wsgi_gateway.config import (
    AuthorizerConfig,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    RestApiConfig,
    StageConfig,
)
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.wsgi import Response, call_app


def told(name: str) -> Any:
    def app(environ, start_response):
        where = [environ["SCRIPT_NAME"], environ["PATH_INFO"]]
        return Response("200 OK", [], [json.dumps([name, *where]).encode()])(environ, start_response)

    return app


def get(app: Any, target: str, **more: Any) -> Response:
    raw, _, query = target.partition("?")
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote(raw, encoding="latin-1"),
        "RAW_URI": target,
        "QUERY_STRING": query,
        "SERVER_PORT": "80",
        **more,
    }
    return call_app(app, environ)


DOMAIN = DomainName({name: told(name) for name in ("", "orders", "orders/v1", "a$-_.+!*'()b")})


@pytest.mark.parametrize(
    ("target", "answer"),
    [
        ("/", ["", "", "/"]),
        ("/pets/7", ["", "", "/pets/7"]),
        ("/orders", ["orders", "/orders", ""]),
        ("/orders/", ["orders", "/orders", "/"]),
        ("/orders/7", ["orders", "/orders", "/7"]),
        ("/orders/v1", ["orders/v1", "/orders/v1", ""]),
        ("/orders/v1/7/x?q=/orders", ["orders/v1", "/orders/v1", "/7/x"]),
        ("/orders/v10/7", ["orders", "/orders", "/v10/7"]),
        ("/orders-old/v1", ["", "", "/orders-old/v1"]),
        ("/Orders/7", ["", "", "/Orders/7"]),
        ("/order%73/v1/7", ["orders/v1", "/orders/v1", "/7"]),
        ("/orders%2Fv1/7", ["", "", "/orders/v1/7"]),
        ("/orders/v1%2F7", ["orders", "/orders", "/v1/7"]),
        ("//orders/7", ["", "", "//orders/7"]),
        ("/orders//v1", ["orders", "/orders", "//v1"]),
        ("/a$-_.+!*'()b/x", ["a$-_.+!*'()b", "/a$-_.+!*'()b", "/x"]),
    ],
)
def test_the_longest_base_path_of_whole_segments_wins(target: str, answer: list[str]) -> None:
    assert json.loads(get(DOMAIN, target).body()) == answer


def test_it_may_be_mounted_itself() -> None:
    environ = {"SCRIPT_NAME": "/mounted", "RAW_URI": "/mounted/orders/7", "PATH_INFO": "/orders/7"}
    assert json.loads(get(DOMAIN, "", **environ).body()) == ["orders", "/mounted/orders", "/7"]


def test_without_a_match_it_is_forbidden() -> None:
    response = get(DomainName({"orders": told("orders")}), "/pets")
    assert (response.status_code, json.loads(response.body())) == (403, {"message": "Forbidden"})
    assert response.header("x-amzn-ErrorType") == "ForbiddenException"
    assert response.header("x-amzn-RequestId")


def test_the_environ_of_the_server_is_left_as_it_was() -> None:
    environ = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/orders/7", "QUERY_STRING": ""}
    before = dict(environ)
    call_app(DOMAIN, environ)
    call_app(DomainName({"x": told("x")}), environ)
    assert environ == before


@pytest.mark.parametrize(
    "mappings",
    [
        pytest.param({}, id="none"),
        pytest.param(None, id="no mapping"),
        pytest.param({"": told("a"), "(none)": told("b")}, id="two for all the rest"),
        pytest.param({"/orders": told("a")}, id="a slash in front"),
        pytest.param({"orders/": told("a")}, id="a slash at the end"),
        pytest.param({"orders//v1": told("a")}, id="two slashes"),
        pytest.param({"a b": told("a")}, id="a blank"),
        pytest.param({"a%20b": told("a")}, id="an escape"),
        pytest.param({"a/../b": told("a")}, id="dots"),
        pytest.param({"caf\xe9": told("a")}, id="a letter that is not ASCII"),
        pytest.param({"a\n": told("a")}, id="a line break"),
        pytest.param({"x" * 301: told("a")}, id="too long"),
        pytest.param({7: told("a")}, id="no text"),
        pytest.param({"orders": "app"}, id="no app"),
    ],
)
def test_mappings_that_cannot_work_are_refused(mappings: Any) -> None:
    with pytest.raises(ConfigError) as refused:
        DomainName(mappings)
    assert {problem.code for problem in refused.value.problems} == {"base-path"}


# --------------------------------------------------------------------------- gateways

TOLD = '["$context.path", "$context.customDomain.basePathMatched", "$context.resourcePath", "$context.stage"]'
TELLS = MethodConfig(
    http_method="GET",
    integration=IntegrationConfig(
        type="MOCK",
        request_templates={"application/json": '{"statusCode": 200}'},
        integration_responses=[
            IntegrationResponseConfig(
                status_code=200,
                response_parameters={"method.response.header.X-Base": "context.customDomain.basePathMatched"},
                response_templates={"application/json": TOLD},
            )
        ],
    ),
)


def tells(**more: Any) -> Gateway:
    return Gateway(
        RestApiConfig(resources={"/items/{id}": {"GET": TELLS}}), stage=StageConfig(stage_name="prod"), **more
    )


def test_the_base_path_stands_where_the_stage_stands_without_a_domain_name() -> None:
    gateway = tells()
    domain = DomainName({"(none)": gateway, "shop/v1": gateway})
    assert json.loads(get(domain, "/shop/v1/items/7").body())[0::2] == ["/shop/v1/items/7", "/items/{id}"]
    assert json.loads(get(domain, "/items/7").body())[0] == "/items/7"
    assert json.loads(get(gateway, "/items/7").body())[0] == "/prod/items/7"


@pytest.mark.parametrize("target", ["/shop/v1", "/shop/v1/", "/", "/shop/v1/a/"])
def test_the_path_ends_as_it_was_written(target: str) -> None:
    config = RestApiConfig(resources={"/": {"GET": TELLS}, "/a": {"GET": TELLS}})
    gateway = Gateway(config)
    assert json.loads(get(DomainName({"": gateway, "shop/v1": gateway}), target).body())[0] == target


def test_the_base_path_that_matched_can_be_read() -> None:
    gateway = tells()
    domain = DomainName({"(none)": gateway, "shop/v1": gateway})
    bases = [
        get(app, path + "/items/7").header("X-Base") for app, path in [(domain, "/shop/v1"), (domain, "")]
    ]
    assert bases == ["shop/v1", "(none)"]
    assert get(gateway, "/items/7").header("X-Base") is None


def test_an_app_behind_its_gateway_knows_where_it_is() -> None:
    config = RestApiConfig(resources={"/{path+}": {"GET": MethodConfig(http_method="GET")}})
    domain = DomainName({"shop": Gateway(config, told("app"))})
    assert json.loads(get(domain, "/shop/a%20b/c").body()) == ["app", "/shop", "/a b/c"]


def test_a_domain_name_behind_a_gateway_begins_anew() -> None:
    outer = Gateway(
        RestApiConfig(resources={"/{path+}": {"GET": MethodConfig(http_method="GET")}}),
        DomainName({"shop": tells()}),
    )
    assert json.loads(get(outer, "/shop/items/7").body())[0] == "/shop/items/7"
    beside = DomainName(
        {
            "one": Gateway(
                RestApiConfig(resources={"/{path+}": {"GET": MethodConfig(http_method="GET")}}), tells()
            )
        }
    )
    assert json.loads(get(beside, "/one/items/7").body())[0] == "/prod/items/7"


def test_the_event_of_a_lambda_proxy_has_the_base_path() -> None:
    def function(event: Any, context: Any = None) -> dict[str, Any]:
        return {"body": json.dumps([event["path"], event["requestContext"]["path"], event["resource"]])}

    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    method = MethodConfig(
        http_method="GET", integration=IntegrationConfig(type="AWS_PROXY", http_method="POST", uri=uri)
    )
    gateway = Gateway(RestApiConfig(resources={"/items/{id}": {"GET": method}}), lambdas={"f": function})
    domain = DomainName({"shop/v1": gateway, "": gateway})
    assert json.loads(get(domain, "/shop/v1/items/7").body()) == ["/shop/v1/items/7"] * 2 + ["/items/{id}"]
    assert json.loads(get(domain, "/items/7").body()) == ["/items/7"] * 2 + ["/items/{id}"]


def test_the_event_of_a_request_authorizer_has_the_base_path() -> None:
    seen = []

    def guard(event: Any) -> dict[str, Any]:
        seen.append(event["path"])
        statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event["methodArn"]}
        return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}

    config = RestApiConfig(
        authorizers={
            "guard": AuthorizerConfig(name="guard", type="REQUEST", authorizer_result_ttl_in_seconds=0)
        },
        resources={
            "/items/{id}": {
                "GET": MethodConfig(http_method="GET", authorization_type="CUSTOM", authorizer="guard")
            }
        },
    )
    domain = DomainName({"shop/v1": Gateway(config, told("app"), authorizers={"guard": guard})})
    assert get(domain, "/shop/v1/items/7").status_code == 200
    assert seen == ["/shop/v1/items/7"]
