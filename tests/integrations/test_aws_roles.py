"""Roles: assumed once, renewed beside the requests, used while valid, waited for until a deadline."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from integrations.aws_calls import (
    HERE,
    KEY,
    SECRET,
    TOKEN,
    ask,
    isolate,
    signed_server,
    signing_session,
)

from wsgi_gateway.context import Context
from wsgi_gateway.errors import ConfigError, GatewayError
from wsgi_gateway.integrations.aws_credentials import (
    ANEW_AFTER,
    RoleCredentials,
)
from wsgi_gateway.integrations.aws_service import AwsService
from wsgi_gateway.integrations.aws_services import AwsServices
from wsgi_gateway.integrations.http_deadline import Deadline, DeadlineExceeded

ROLE = "arn:aws:iam::123456789012:role/gateway"


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    isolate(monkeypatch)


@pytest.fixture
def ctx() -> Context:
    return Context({"REQUEST_METHOD": "GET"})


class Now:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def soon() -> Deadline:
    """A deadline that no test runs into unless something hangs."""
    return Deadline(20)


def until(condition: Callable[[], bool]) -> None:
    """Wait for another thread, 5 s at the most."""
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.001)


def reason(call: Callable[[], Any]) -> str:
    """Of a refusal, which is always AWS's 500."""
    with pytest.raises(GatewayError) as caught:
        call()
    assert caught.value.status == 500
    return str(caught.value.reason)


def handed_out(seconds: float, key: str = KEY) -> dict[str, str]:
    expires = datetime.now(UTC) + timedelta(seconds=seconds)
    return {"access_key": key, "secret_key": SECRET, "token": TOKEN, "expiry_time": expires.isoformat()}


class Day:
    """A time of day that is set by hand."""

    def __init__(self) -> None:
        self.seconds = datetime(2030, 1, 1, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.seconds

    def handed_out(self, seconds: float, key: str = KEY) -> dict[str, str]:
        expires = datetime.fromtimestamp(self.seconds + seconds, UTC)
        return {"access_key": key, "secret_key": SECRET, "token": TOKEN, "expiry_time": expires.isoformat()}


class TestRole:
    def test_it_is_assumed_once(self, ctx: Context) -> None:
        asked: list[int] = []
        role = RoleCredentials(ROLE, lambda: asked.append(1) or handed_out(3600))
        assert [role(ctx, soon()).token for _ in range(5)] == [TOKEN] * 5
        assert len(asked) == 1

    @pytest.mark.parametrize(("life", "kept"), [(3600, 2700), (60, 30)], ids=["of an hour", "of a minute"])
    def test_it_is_renewed_before_it_expires(self, ctx: Context, life: int, kept: int) -> None:
        day, answers = Day(), iter(["AKIAFIRST", "AKIASECOND"])
        role = RoleCredentials(ROLE, lambda: day.handed_out(life, next(answers)), now=day)
        assert role(ctx, soon()).access_key == "AKIAFIRST"
        day.seconds += kept - 1
        assert role(ctx, soon()).access_key == "AKIAFIRST"
        assert next(answers) == "AKIASECOND"  # nobody had asked for it
        answers = iter(["AKIATHIRD"])
        day.seconds += 1
        until(lambda: role(ctx, soon()).access_key == "AKIATHIRD")

    def test_while_they_are_valid_nobody_waits_for_new_ones(self, ctx: Context) -> None:
        day, gate, asked = Day(), threading.Event(), []

        def assume() -> dict[str, str]:
            asked.append(1)
            if len(asked) > 1:
                gate.wait(5)
            return day.handed_out(3600, f"AKIA{len(asked)}")

        role = RoleCredentials(ROLE, assume, now=day)
        assert role(ctx, soon()).access_key == "AKIA1"
        day.seconds += 3599
        assert [role(ctx, soon()).access_key for _ in range(5)] == ["AKIA1"] * 5
        gate.set()
        until(lambda: role(ctx, soon()).access_key == "AKIA2")
        assert len(asked) == 2

    def test_while_they_are_valid_they_serve_though_none_can_be_had(
        self, ctx: Context, caplog: pytest.LogCaptureFixture
    ) -> None:
        day, down = Day(), threading.Event()

        def assume() -> dict[str, str]:
            if down.is_set():
                raise RuntimeError(SECRET)
            return day.handed_out(3600)

        role = RoleCredentials(ROLE, assume, Now(), now=day)
        role(ctx, soon())
        down.set()
        day.seconds += 3599
        with caplog.at_level(logging.DEBUG):
            assert role(ctx, soon()).access_key == KEY
            until(lambda: bool(caplog.records))
            assert [role(ctx, soon()).access_key for _ in range(10)] == [KEY] * 10
        told = [(record.levelname, record.getMessage(), record.exc_info) for record in caplog.records]
        message = f"the role {ROLE} cannot be renewed yet, its keys serve on: RuntimeError"
        assert told == [("WARNING", message, None)]
        day.seconds += 1
        assert "be assumed" in reason(lambda: role(ctx, soon()))

    def test_who_waits_waits_until_their_own_deadline(self, ctx: Context) -> None:
        gate = threading.Event()
        role = RoleCredentials(ROLE, lambda: handed_out(3600) if gate.wait(5) else {})
        for _ in range(2):
            with pytest.raises(DeadlineExceeded):
                role(ctx, Deadline(0.05))
        gate.set()
        assert role(ctx, soon()).access_key == KEY

    def test_a_service_of_roles_that_hangs_is_504_at_the_deadline(self) -> None:
        with signed_server() as server, socket.create_server(("127.0.0.1", 0)) as silent:
            sts = f"http://127.0.0.1:{silent.getsockname()[1]}"
            services = AwsServices(
                session=signing_session(), endpoint_url=server.url, endpoint_urls={"sts": sts}
            )
            answer = ask("sqs:path/q", services=services, credentials=ROLE, timeout=0.2)
            assert (answer.status, answer.body) == (504, b'{"message":"Endpoint request timed out"}')
            assert (answer.reason, server.seen) == ("no credentials in time", [])

    def test_threads_wait_for_one_that_asks(self, ctx: Context) -> None:
        asked: list[int] = []
        gate = threading.Event()

        def assume() -> dict[str, str]:
            asked.append(1)
            gate.wait(5)
            return handed_out(3600)

        role, got = RoleCredentials(ROLE, assume), []
        threads = [
            threading.Thread(target=lambda: got.append(role(ctx, soon()).access_key)) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        until(lambda: bool(asked))
        gate.set()
        for thread in threads:
            thread.join()
        assert (got, len(asked)) == ([KEY] * 8, 1)

    def test_what_failed_is_not_asked_again_at_once(
        self, ctx: Context, caplog: pytest.LogCaptureFixture
    ) -> None:
        now, asked = Now(), []

        def assume() -> dict[str, str]:
            asked.append(1)
            if len(asked) == 1:
                raise RuntimeError(SECRET)
            return handed_out(3600)

        role = RoleCredentials(ROLE, assume, now)
        with caplog.at_level(logging.DEBUG):
            assert reason(lambda: role(ctx, soon())) == f"the role {ROLE} cannot be assumed: RuntimeError"
            assert "a moment ago" in reason(lambda: role(ctx, soon()))
        assert len(asked) == 1
        assert SECRET not in caplog.text
        now.seconds += ANEW_AFTER
        assert role(ctx, soon()).access_key == KEY

    def test_threads_that_waited_in_vain_do_not_ask_again(self, ctx: Context) -> None:
        asked: list[int] = []
        gate = threading.Event()

        def assume() -> dict[str, str]:
            asked.append(1)
            gate.wait(5)
            raise RuntimeError

        role, told = RoleCredentials(ROLE, assume), []
        threads = [
            threading.Thread(target=lambda: told.append(reason(lambda: role(ctx, soon())))) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        until(lambda: bool(asked))
        time.sleep(0.1)  # for the others to come and wait
        gate.set()
        for thread in threads:
            thread.join()
        assert (len(told), len(asked)) == (8, 1)

    def test_expired_ones_that_cannot_be_renewed_are_not_used(self, ctx: Context) -> None:
        day = Day()
        answers = iter([day.handed_out(3600)])
        role = RoleCredentials(ROLE, lambda: next(answers), now=day)
        assert role(ctx, soon()).access_key == KEY
        day.seconds += 3600
        assert "cannot be assumed: StopIteration" in reason(lambda: role(ctx, soon()))
        assert "a moment ago" in reason(lambda: role(ctx, soon()))

    def test_a_role_that_sts_refuses_is_500_and_nothing_is_called(self) -> None:
        with signed_server() as server:
            error = b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
            server.answer = (403, [("Content-Type", "text/xml")], error)
            services = AwsServices(session=signing_session(), endpoint_url=server.url)
            answer = ask("sqs:path/q", services=services, credentials=ROLE)
            assert (answer.status, answer.body) == (500, b'{"message":"Internal server error"}')
            assert answer.reason == f"the role {ROLE} cannot be assumed: AccessDenied"
            assert [seen.body.startswith(b"Action=AssumeRole") for seen in server.seen] == [True]

    def test_without_credentials_of_one_s_own_none_is_assumed(self) -> None:
        with signed_server() as server:
            answer = ask("sqs:path/q", services=AwsServices(endpoint_url=server.url), credentials=ROLE)
            assert (answer.status, server.seen) == (500, [])

    def test_for_development_one_s_own_stand_in_if_that_is_asked_for(self) -> None:
        with signed_server() as server:
            services = AwsServices(session=signing_session(), endpoint_url=server.url, assume_roles=False)
            assert ask("sqs:path/q", services=services, credentials=ROLE).status == 200
            assert [seen.target for seen in server.seen] == ["/q"]

    @pytest.mark.parametrize(
        "arn",
        [
            "",
            "gateway",
            "arn:aws:iam::1:role/x",
            "arn:aws:iam::123456789012:user/x",
            ROLE + "\n",
            ROLE + " x",
        ],
    )
    def test_an_arn_of_no_role_is_refused_at_load(self, arn: str) -> None:
        with pytest.raises(ConfigError, match="Invalid ARN"):
            AwsService(HERE + "sqs:path/q", services=AwsServices(assume_roles=False), credentials=arn)
