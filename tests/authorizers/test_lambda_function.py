"""Lambda authorizers: the forms they may have, whom they are asked about, and what their answers mean."""

from __future__ import annotations

import functools
from typing import Any

import pytest
from authorizers.callers import TOKEN_SOURCE, context, request_config, token_config

from wsgi_gateway.authorizers import allow
from wsgi_gateway.authorizers.grant import Grant
from wsgi_gateway.authorizers.lambda_function import LambdaAuthorizer, callable_of_event
from wsgi_gateway.config import AuthorizerConfig
from wsgi_gateway.errors import (
    AUTHORIZER_CONFIGURATION_ERROR,
    AUTHORIZER_FAILURE,
    UNAUTHORIZED,
    WAF_FILTERED,
    ConfigError,
    GatewayError,
    Place,
)
from wsgi_gateway.functions import FunctionFailed, FunctionTimedOut, FunctionUnreachable

# ------------------------------------------------------------------------------------------------ forms


class Service:
    def authorize(self, event: Any) -> Any:
        return ("service", event)


class Called:
    def __call__(self, event: Any) -> Any:
        return ("called", event)


def two(event: Any, context: Any) -> Any:
    return ("two", event, context)


@pytest.mark.parametrize(
    ("function", "answer"),
    [
        pytest.param(lambda event: ("one", event), ("one", 7), id="(event)"),
        pytest.param(
            lambda event, context=5: (event, context), (7, 5), id="(event, context=5) keeps its default"
        ),
        pytest.param(lambda *args: args, (7,), id="(*args)"),
        pytest.param(Called(), ("called", 7), id="an instance with __call__"),
        pytest.param(Called, ("called", 7), id="a class whose instances have __call__"),
        pytest.param(Service(), ("service", 7), id="an object with authorize()"),
        pytest.param(Service, ("service", 7), id="a class whose instances have authorize()"),
        pytest.param(Service().authorize, ("service", 7), id="a bound method"),
        pytest.param(functools.partial(two, context=1), ("two", 7, 1), id="a partial"),
        pytest.param([7, 7].count, 2, id="a builtin"),
    ],
)
def test_an_authorizer_may_be(function: Any, answer: Any) -> None:
    assert callable_of_event(function)(7) == answer  # type: ignore[arg-type]


def test_the_context_is_lambdas_as_far_as_it_has_a_meaning_here() -> None:
    _, event, one = callable_of_event(two)({"type": "TOKEN"})
    _, _, other = callable_of_event(two)({"type": "TOKEN"})
    assert (event, one.function_name, one.function_version) == ({"type": "TOKEN"}, "two", "$LATEST")
    assert one.aws_request_id != other.aws_request_id
    assert 0 < one.get_remaining_time_in_millis() <= 29_000


async def coroutine(event: Any) -> Any:
    return event


class Async:
    async def __call__(self, event: Any) -> Any:
        return event


class Needy:
    def __init__(self, database: Any) -> None:
        self.database = database


@pytest.mark.parametrize(
    "function",
    [
        None,
        "name",
        object(),
        lambda: None,
        lambda a, b, c: None,
        lambda *, event: None,
        coroutine,
        Async(),
        Needy,
    ],
    ids=[
        "none",
        "text",
        "an object",
        "()",
        "(a, b, c)",
        "(*, event)",
        "coroutine",
        "async call",
        "a needy class",
    ],
)
def test_an_authorizer_cannot_be(function: Any) -> None:
    with pytest.raises(ConfigError):
        LambdaAuthorizer(token_config(), function)


# ---------------------------------------------------------------------------------------------- outcomes


def raising(error: BaseException) -> Any:
    def function(event: Any) -> Any:
        raise error

    return function


def outcome(function: Any) -> Any:
    return LambdaAuthorizer(token_config(), function).ask(context(HTTP_AUTHORIZATION="s3cret"))


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no text")


@pytest.mark.parametrize(
    ("error", "response_type"),
    [
        pytest.param(Exception("Unauthorized"), UNAUTHORIZED, id="exactly the word"),
        pytest.param(ValueError("Unauthorized"), UNAUTHORIZED, id="the word in another class"),
        pytest.param(Exception("unauthorized"), AUTHORIZER_FAILURE, id="lower case"),
        pytest.param(Exception("Unauthorized."), AUTHORIZER_FAILURE, id="with a full stop"),
        pytest.param(Exception(" Unauthorized"), AUTHORIZER_FAILURE, id="with a blank"),
        pytest.param(KeyError("Unauthorized"), AUTHORIZER_FAILURE, id="a KeyError, which adds quotes"),
        pytest.param(Exception("kaput s3cret"), AUTHORIZER_FAILURE, id="anything else"),
        pytest.param(Exception(), AUTHORIZER_FAILURE, id="no text"),
        pytest.param(Unprintable(), AUTHORIZER_FAILURE, id="no printable text"),
        pytest.param(RecursionError("deep"), AUTHORIZER_FAILURE, id="a RecursionError"),
        pytest.param(TimeoutError(), AUTHORIZER_FAILURE, id="a TimeoutError"),
        pytest.param(FunctionFailed("Unauthorized", "E"), UNAUTHORIZED, id="elsewhere, exactly the word"),
        pytest.param(FunctionFailed("kaput s3cret", "E"), AUTHORIZER_FAILURE, id="elsewhere, anything else"),
        pytest.param(FunctionFailed(), AUTHORIZER_FAILURE, id="elsewhere, no text"),
        pytest.param(FunctionTimedOut("late"), AUTHORIZER_FAILURE, id="elsewhere, no answer in time"),
        pytest.param(
            FunctionUnreachable("down"), AUTHORIZER_CONFIGURATION_ERROR, id="elsewhere, out of reach"
        ),
        pytest.param(
            FunctionUnreachable("Unauthorized"),
            AUTHORIZER_CONFIGURATION_ERROR,
            id="elsewhere, out of reach, whatever its text",
        ),
    ],
)
def test_an_exception_of_the_function_is(error: Exception, response_type: Any) -> None:
    refusal = outcome(raising(error))
    assert refusal == GatewayError(response_type)
    assert refusal.reason
    assert "s3cret" not in refusal.reason


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (FunctionFailed("s3cret", "KeyError"), "the authorizer's function failed with KeyError"),
        (FunctionFailed("s3cret"), "the authorizer's function failed with an error without a type"),
        (FunctionUnreachable("guard: down"), "the authorizer's function gave no answer: guard: down"),
        (FunctionTimedOut("guard: late"), "the authorizer's function gave no answer: guard: late"),
    ],
    ids=["failed", "failed without a type", "unreachable", "timed out"],
)
def test_of_a_function_elsewhere_the_reason_and_the_log_say_what_is_wrong(
    error: Exception, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert outcome(raising(error)).reason == reason
    assert reason.rpartition(" ")[2] in caplog.text
    assert "s3cret" not in caplog.text


def test_a_refusal_raised_by_the_function_is_answered_as_it_is() -> None:
    refusal = GatewayError(WAF_FILTERED)
    assert outcome(raising(refusal)) is refusal


def test_an_unusable_answer_is_a_configuration_error_with_a_reason() -> None:
    refusal = outcome(lambda event: {"principalId": event["authorizationToken"]})
    assert refusal == GatewayError(AUTHORIZER_CONFIGURATION_ERROR)
    assert refusal.message is None
    assert "policy" in refusal.reason
    assert "s3cret" not in refusal.reason


def test_a_usable_answer_is_a_grant() -> None:
    grant = outcome(lambda event: allow(event["authorizationToken"]))
    assert isinstance(grant, Grant)
    assert grant.principal_id == "s3cret"


def test_a_killed_worker_is_not_taken_for_an_answer() -> None:
    with pytest.raises(SystemExit):
        outcome(raising(SystemExit()))


# ---------------------------------------------------------------------------------------------- identity


@pytest.mark.parametrize("token", [None, "", " ", "\t "], ids=["absent", "empty", "a blank", "blanks"])
@pytest.mark.parametrize("ttl", [0, 300], ids=["not kept", "kept"])
def test_without_a_token_nobody_is_identified(token: str | None, ttl: int) -> None:
    identity = LambdaAuthorizer(token_config(authorizer_result_ttl_in_seconds=ttl), allow).identity
    assert identity(context() if token is None else context(HTTP_AUTHORIZATION=token)) is None


@pytest.mark.parametrize(
    ("token", "is_valid"),
    [
        ("Bearer abc", True),
        ("xBearer abc", False),
        ("Bearer abc1", False),
        ("Bearer abc\n", False),
        ("bearer a", False),
    ],
    ids=repr,
)
def test_the_whole_token_must_match_the_validation_expression(token: str, is_valid: bool) -> None:
    config = token_config(identity_validation_expression="Bearer [a-z]+")
    outcome = LambdaAuthorizer(config, lambda event: allow("alice")).ask(context(HTTP_AUTHORIZATION=token))
    assert isinstance(outcome, Grant) if is_valid else outcome == GatewayError(UNAUTHORIZED)


def test_an_alternative_of_the_validation_expression_must_match_the_whole_token_too() -> None:
    authorizer = LambdaAuthorizer(
        token_config(identity_validation_expression="a|ab"), lambda event: allow("alice")
    )
    assert isinstance(authorizer.ask(context(HTTP_AUTHORIZATION="ab")), Grant)
    assert authorizer.ask(context(HTTP_AUTHORIZATION="abc")) == GatewayError(UNAUTHORIZED)


SOURCES = ("method.request.header.X-User", "method.request.querystring.a")


@pytest.mark.parametrize(
    ("more", "values"),
    [
        pytest.param({"HTTP_X_USER": "u", "QUERY_STRING": "a=1"}, (("u",), ("1",)), id="all there, in order"),
        pytest.param({"HTTP_X_USER": "u", "QUERY_STRING": "a=1&a=2"}, (("u",), ("1", "2")), id="all values"),
        pytest.param({"HTTP_X_USER": "u"}, None, id="one missing"),
        pytest.param({"HTTP_X_USER": "u", "QUERY_STRING": "a="}, None, id="one empty"),
        pytest.param({"HTTP_X_USER": " ", "QUERY_STRING": "a=1"}, None, id="one blank"),
        pytest.param({"HTTP_X_USER": "u", "QUERY_STRING": "a=1&a="}, None, id="the last value empty"),
        pytest.param({}, None, id="none there"),
    ],
)
def test_with_a_ttl_every_identity_source_must_have_a_value(more: dict[str, str], values: Any) -> None:
    assert (
        LambdaAuthorizer(request_config(identity_source=SOURCES), allow).identity(context(**more)) == values
    )


def test_without_a_ttl_missing_sources_are_the_functions_business() -> None:
    config = request_config(identity_source=SOURCES, authorizer_result_ttl_in_seconds=0)
    assert LambdaAuthorizer(config, allow).identity(context()) is not None


# ----------------------------------------------------------------------------------------- configuration


@pytest.mark.parametrize(
    "config",
    [
        pytest.param(token_config(type="COGNITO_USER_POOLS"), id="user pools"),
        pytest.param(token_config(type="JWT"), id="JWT"),
        pytest.param(token_config(type="AWS_IAM"), id="IAM"),
        pytest.param(token_config(type="token"), id="lower case"),
        pytest.param(token_config(identity_source=()), id="TOKEN without a source"),
        pytest.param(token_config(identity_source=TOKEN_SOURCE * 2), id="TOKEN with two sources"),
        pytest.param(
            token_config(identity_source=("method.request.querystring.a",)), id="TOKEN from a query"
        ),
        pytest.param(token_config(identity_source=("stageVariables.a",)), id="TOKEN from a stage variable"),
        pytest.param(token_config(authorizer_result_ttl_in_seconds=-1), id="negative TTL"),
        pytest.param(token_config(authorizer_result_ttl_in_seconds=3601), id="TTL over an hour"),
        pytest.param(token_config(authorizer_result_ttl_in_seconds=1.5), id="broken TTL"),
        pytest.param(token_config(authorizer_result_ttl_in_seconds=True), id="boolean TTL"),
        pytest.param(token_config(authorizer_result_ttl_in_seconds=None), id="null TTL"),
        pytest.param(token_config(identity_validation_expression="(?=a)b"), id="look-ahead"),
        pytest.param(token_config(identity_validation_expression="(a)\\1"), id="back-reference"),
        pytest.param(token_config(identity_validation_expression="["), id="no expression"),
        pytest.param(token_config(provider_arns=("arn",)), id="provider ARNs"),
        pytest.param(request_config(), id="REQUEST with a TTL and no source"),
        pytest.param(request_config(identity_source=("method.request.path.id",)), id="a path parameter"),
        pytest.param(
            request_config(identity_source=SOURCES, identity_validation_expression="a"),
            id="REQUEST with validation",
        ),
        pytest.param(
            request_config(identity_source=("nonsense",), authorizer_result_ttl_in_seconds=0),
            id="a wrong source, even if unused",
        ),
    ],
)
def test_a_configuration_that_cannot_work_is_refused(config: AuthorizerConfig) -> None:
    with pytest.raises(ConfigError):
        LambdaAuthorizer(config, allow)


def test_every_problem_is_reported_with_its_place() -> None:
    place = Place("api.yaml", 7)
    config = request_config(authorizer_result_ttl_in_seconds=5000, provider_arns=("arn",), place=place)
    with pytest.raises(ConfigError, match="'guard'") as refusal:
        LambdaAuthorizer(config, allow)
    assert [problem.place for problem in refusal.value.problems] == [place, place]


@pytest.mark.parametrize("ttl", [0, 1, 3600])
def test_a_ttl_from_nothing_to_an_hour_is_allowed(ttl: int) -> None:
    assert LambdaAuthorizer(token_config(authorizer_result_ttl_in_seconds=ttl), allow).ttl == ttl
