"""What a Gateway is given beside the definition: found by name, remote or not, never ignored in silence."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from wsgi_gateway.authorizers import allow
from wsgi_gateway.config import AuthorizerConfig, IntegrationConfig, MethodConfig, RestApiConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.given import Given
from wsgi_gateway.wsgi import Response, call_app

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:guard"
URI = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{ARN}/invocations"


def check_token(event: Any) -> Any:
    return allow("alice")


class Dispenser:
    """Makes a new function each time it is asked."""

    made: int = 0

    def __new__(cls) -> Any:
        cls.made += 1
        return check_token


def given(**more: Any) -> Given:
    settings: dict[str, Any] = dict.fromkeys(
        ("app", "store", "lambdas", "integrations", "authorizers", "credentials")
    )
    return Given(**{**settings, "clock": time.time, **more})


def refusal(call: Any, *arguments: Any) -> str:
    with pytest.raises(ConfigError) as caught:
        call(*arguments)
    return str(caught.value)


@pytest.mark.parametrize("uri", ["guard", ARN, f"{ARN}:live", URI, URI.replace("guard/", "guard:live/")])
def test_a_function_is_found_by_its_name_wherever_the_name_stands(uri: str) -> None:
    assert given(lambdas={"guard": check_token}).function(uri) is check_token


def test_a_dotted_name_is_imported_once_for_all_who_ask() -> None:
    some = given(lambdas={"guard": f"{__name__}:Dispenser()", "other": f"{__name__}:check_token"})
    before = Dispenser.made
    assert some.function("guard") is some.function(ARN) is check_token
    assert Dispenser.made == before + 1
    assert some.function("other") is check_token


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (ARN, "LambdaService"),
        (f"{ARN}:live", "LambdaService"),
        ("https://auth.internal/decide", "FunctionUrl"),
    ],
)
def test_an_arn_and_a_url_are_functions_elsewhere_one_for_all(text: str, kind: str) -> None:
    for option in ("lambdas", "authorizers"):
        some = given(**{option: {"guard": text}})
        find = some.function if option == "lambdas" else some.authorizer
        assert type(find("guard")).__name__ == kind
        assert find("guard") is find("guard")


def test_a_star_stands_for_the_functions_that_the_arns_name() -> None:
    some = given(lambdas={"*": "aws", "mine": check_token})
    assert some.function(ARN.replace("guard", "mine")) is check_token
    assert repr(some.function(URI)) == f"<LambdaService {ARN}>"
    assert some.function(URI) is some.function(ARN)
    assert "has no whole ARN" in refusal(some.function, "guard")
    assert "can be 'aws' only" in refusal(given(lambdas={"*": check_token}).function, ARN)


@pytest.mark.parametrize("text", ["arn:aws:sqs:eu-west-1:123456789012:queue", "https://", "ftp://x", "shop"])
def test_text_that_names_no_function_is_refused(text: str) -> None:
    assert "lambdas['guard']" in refusal(given(lambdas={"guard": text}).function, "guard")


def test_a_name_that_is_not_given_is_refused_with_the_next_best() -> None:
    some = given(lambdas={"guard": check_token}, integrations={"reports": Response("200 OK")})
    assert "did you mean 'guard'" in refusal(some.function, "gaurd")
    assert "did you mean 'reports'" in refusal(some.wsgi_app, "report")


@pytest.mark.parametrize("option", ["lambdas", "integrations", "authorizers"])
def test_what_is_no_mapping_is_refused(option: str) -> None:
    assert f"{option} is a mapping from names, not a list" in refusal(lambda: given(**{option: ["guard"]}))


# ------------------------------------------------------------------------------------------- in a Gateway


def api(kind: str = "CUSTOM") -> RestApiConfig:
    guard = AuthorizerConfig(name="guard", identity_source=("method.request.header.Authorization",))
    custom = kind == "CUSTOM"
    method = MethodConfig(http_method="GET", authorization_type=kind, authorizer="guard" if custom else None)
    return RestApiConfig(resources={"/": {"GET": method}}, authorizers={"guard": guard} if custom else {})


def made(kind: str = "CUSTOM", **more: Any) -> Gateway:
    return Gateway(api(kind), Response("200 OK"), **{"lambdas": {"guard": check_token}, **more})


def test_an_authorizer_given_under_a_name_that_is_not_declared_stops_the_load() -> None:
    text = refusal(lambda: made(authorizers={"gaurd": check_token}))
    assert "no authorizer of the name 'gaurd' is declared" in text
    assert "did you mean 'guard'" in text


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"lambdas": {"guard": check_token, "old": check_token}}, "lambdas['old'] is used by no method"),
        ({"integrations": {"x": Response("200 OK")}}, "integrations['x'] is used by no method"),
        ({"credentials": []}, "credentials are given, and no method has the authorization type AWS_IAM"),
    ],
)
def test_what_is_given_and_not_used_is_warned_of(more: Any, message: str) -> None:
    assert [warning.message for warning in made(**more).warnings] == [message]


def test_credentials_that_are_none_stop_the_load_whoever_needs_them() -> None:
    for kind in ("NONE", "AWS_IAM"):
        text = refusal(lambda kind=kind: Gateway(api(kind), Response("200 OK"), credentials=5))
        assert text.count("credentials cannot be looked up in int") == 1


def test_a_function_given_by_authorizer_comes_before_one_given_by_its_arn() -> None:
    app = made(lambdas=None, authorizers={"guard": f"{__name__}:check_token"})
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_AUTHORIZATION": "tok"}
    assert call_app(app, environ).status_code == 200


def test_a_gateway_forgets_what_its_authorizers_answered() -> None:
    events: list[Any] = []

    def guard(event: Any) -> Any:
        events.append(event)
        return allow("alice")

    app = made(lambdas={"guard": guard})
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_AUTHORIZATION": "tok"}
    for _ in range(3):
        call_app(app, dict(environ))
    assert len(events) == 1
    app.flush_authorizers_cache()
    call_app(app, dict(environ))
    assert len(events) == 2


def test_a_lambda_integration_may_be_elsewhere_too() -> None:
    integration = IntegrationConfig(type="AWS_PROXY", uri=URI, http_method="POST")
    method = MethodConfig(http_method="GET", integration=integration)
    app = Gateway(RestApiConfig(resources={"/": {"GET": method}}), lambdas={"*": "aws"})
    assert app.warnings == ()


def test_the_keys_of_an_authorizer_of_tokens_may_be_a_file(tmp_path: Any) -> None:
    from authorizers.tokens import key_set

    file = tmp_path / "keys.json"
    file.write_text(json.dumps(key_set("rsa")))
    some = given(authorizers={"login": str(file)})
    assert repr(some.authorizer("login")) == f"<KeySet {file}>"
    assert some.authorizer("login") is some.authorizer("login")
    with pytest.raises(ConfigError):
        given(authorizers={"login": str(tmp_path / "missing.json")}).authorizer("login")


def test_where_aws_is_said_to_be_its_functions_are():
    arn = "arn:aws:lambda:eu-west-1:123456789012:function:price"
    uri = f"arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/{arn}/invocations"
    for lambdas in ({"*": "aws"}, {"price": arn}):
        here = given(lambdas=lambdas, aws="http://127.0.0.1:4566")
        assert here.function(uri)._endpoint_url == "http://127.0.0.1:4566"
        assert [problem.message for problem in here.unused()] == []
    assert given(lambdas={"*": "aws"}).function(uri)._endpoint_url is None
