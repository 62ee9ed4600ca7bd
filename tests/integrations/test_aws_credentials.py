"""Whose rights: found once, renewed by one thread, refused by 500 and never replaced by others."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from integrations.aws_calls import (
    HERE,
    KEY,
    SECRET,
    TOKEN,
    Answer,
    ask,
    environ_of,
    isolate,
    signed_server,
    signing_session,
)

from wsgi_gateway.authorizers.credentials import Credential, KnownCredentials
from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.context import Context
from wsgi_gateway.errors import ConfigError, GatewayError
from wsgi_gateway.integrations.aws_credentials import (
    ANEW_AFTER,
    CALLER,
    CallerCredentials,
    OwnCredentials,
    RoleCredentials,
)
from wsgi_gateway.integrations.aws_service import AwsService
from wsgi_gateway.integrations.aws_services import AwsServices

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


class TestOwn:
    def test_none_are_looked_for_again_after_a_while_only(self, ctx: Context) -> None:
        now, looked = Now(), []

        def find() -> Any:
            looked.append(now())
            return signing_session().get_credentials() if len(looked) > 1 else None

        own = OwnCredentials(find, now)
        for _ in range(3):
            assert reason(lambda: own(ctx)) == "no credentials for AWS were found"
        assert len(looked) == 1
        now.seconds += ANEW_AFTER
        assert (own(ctx).access_key, own(ctx).secret_key) == (KEY, SECRET)
        assert len(looked) == 2

    def test_what_fails_while_it_is_renewed_is_told_without_its_text(self, ctx: Context) -> None:
        class Failing:
            def get_frozen_credentials(self) -> None:
                raise RuntimeError(SECRET)

        told = reason(lambda: OwnCredentials(Failing)(ctx))
        assert told == "no credentials: RuntimeError"

    def test_they_are_found_as_every_sdk_finds_them(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with signed_server() as server:
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
            monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
            services = AwsServices(endpoint_url=server.url)
            assert ask("sqs:path/q", services=services).status == 200
            assert server.seen[-1].text["x-amz-security-token"] == TOKEN

    def test_a_forked_process_finds_its_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with signed_server() as server:
            services = AwsServices(endpoint_url=server.url)
            app = AwsService(HERE + "sqs:path/q", services=services)
            assert Answer(app, environ_of()).status == 500
            held = services._of_this_process().own._lock
            with held:  # by a thread of the parent's, which the child has not
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads
                    child = os.fork()
                if child == 0:
                    signal.alarm(20)
                    os.environ.update(AWS_ACCESS_KEY_ID=KEY, AWS_SECRET_ACCESS_KEY=SECRET)
                    os._exit(0 if Answer(app, environ_of()).status == 200 else 1)
                assert os.waitpid(child, 0)[1] == 0
            app.close()


def handed_out(seconds: float, key: str = KEY) -> dict[str, str]:
    expires = datetime.now(UTC) + timedelta(seconds=seconds)
    return {"access_key": key, "secret_key": SECRET, "token": TOKEN, "expiry_time": expires.isoformat()}


class TestRole:
    def test_it_is_assumed_once(self, ctx: Context) -> None:
        asked: list[int] = []
        role = RoleCredentials(ROLE, lambda: asked.append(1) or handed_out(3600))
        assert [role(ctx).token for _ in range(5)] == [TOKEN] * 5
        assert len(asked) == 1

    def test_it_is_renewed_before_it_expires(self, ctx: Context) -> None:
        answers = iter([handed_out(60, "AKIAFIRST"), handed_out(3600, "AKIASECOND")])
        role = RoleCredentials(ROLE, lambda: next(answers))
        assert [role(ctx).access_key for _ in range(3)] == ["AKIAFIRST", "AKIASECOND", "AKIASECOND"]

    def test_threads_wait_for_one_that_asks(self, ctx: Context) -> None:
        asked: list[int] = []
        gate = threading.Event()

        def assume() -> dict[str, str]:
            asked.append(1)
            gate.wait(5)
            return handed_out(3600)

        role, got = RoleCredentials(ROLE, assume), []
        threads = [threading.Thread(target=lambda: got.append(role(ctx).access_key)) for _ in range(8)]
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
            assert reason(lambda: role(ctx)) == f"the role {ROLE} cannot be assumed: RuntimeError"
            assert "a moment ago" in reason(lambda: role(ctx))
        assert len(asked) == 1
        assert SECRET not in caplog.text
        now.seconds += ANEW_AFTER
        assert role(ctx).access_key == KEY

    def test_threads_that_waited_in_vain_do_not_ask_again(self, ctx: Context) -> None:
        asked: list[int] = []
        gate = threading.Event()

        def assume() -> dict[str, str]:
            asked.append(1)
            gate.wait(5)
            raise RuntimeError

        role, told = RoleCredentials(ROLE, assume), []
        threads = [threading.Thread(target=lambda: told.append(reason(lambda: role(ctx)))) for _ in range(8)]
        for thread in threads:
            thread.start()
        until(lambda: role._renewed._refresh_lock.locked() and bool(asked))
        time.sleep(0.1)  # for the others to come to the lock
        gate.set()
        for thread in threads:
            thread.join()
        assert (len(told), len(asked)) == (8, 1)

    def test_expired_ones_that_cannot_be_renewed_are_not_used(self, ctx: Context) -> None:
        answers = iter([handed_out(0.05)])
        role = RoleCredentials(ROLE, lambda: next(answers))
        assert role(ctx).access_key == KEY
        time.sleep(0.1)
        assert "cannot be assumed" in reason(lambda: role(ctx))
        assert "a moment ago" in reason(lambda: role(ctx))

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


class TestCaller:
    ALICE = Credential(
        KEY, SECRET, TOKEN, principal=PrincipalRecord(arn="arn:aws:iam::123456789012:user/alice")
    )

    def test_the_key_that_signed_is_used(self, ctx: Context) -> None:
        ctx.identity = self.ALICE.identity
        keys = CallerCredentials(KnownCredentials([self.ALICE]))(ctx)
        assert (keys.access_key, keys.secret_key, keys.token) == (KEY, SECRET, TOKEN)

    def test_nobody_s_is_refused(self, ctx: Context) -> None:
        assert "has signed nothing" in reason(lambda: CallerCredentials(KnownCredentials([self.ALICE]))(ctx))

    def test_one_that_is_gone_is_refused(self, ctx: Context) -> None:
        ctx.identity = self.ALICE.identity
        assert "not known any more" in reason(lambda: CallerCredentials(KnownCredentials([]))(ctx))

    def test_a_vault_that_fails_is_told_without_its_text(self, ctx: Context) -> None:
        class Vault:
            def find(self, access_key_id: str) -> Credential | None:
                raise RuntimeError(SECRET)

        ctx.identity = self.ALICE.identity
        assert (
            reason(lambda: CallerCredentials(Vault())(ctx))
            == "looking up the caller's key raised RuntimeError"
        )

    @pytest.mark.parametrize("arn", ["arn:aws:iam::*:user/*", "arn:aws-cn:iam::*:user/*"])
    def test_how_it_is_written(self, arn: str) -> None:
        assert CALLER.fullmatch(arn)
        assert not CALLER.fullmatch(ROLE)
