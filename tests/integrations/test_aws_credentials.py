"""Whose rights: found once, renewed by one thread, refused by 500 and never replaced by others."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import RefreshableCredentials
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
from wsgi_gateway.errors import GatewayError
from wsgi_gateway.integrations.aws_credentials import (
    ANEW_AFTER,
    CALLER,
    CallerCredentials,
    OwnCredentials,
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


class TestOwn:
    def test_none_are_looked_for_again_after_a_while_only(self, ctx: Context) -> None:
        now, looked = Now(), []

        def find() -> Any:
            looked.append(now())
            return signing_session().get_credentials() if len(looked) > 1 else None

        own = OwnCredentials(find, now)
        for _ in range(3):
            assert reason(lambda: own(ctx, soon())) == "no credentials for AWS were found"
        assert len(looked) == 1
        now.seconds += ANEW_AFTER
        assert (own(ctx, soon()).access_key, own(ctx, soon()).secret_key) == (KEY, SECRET)
        assert len(looked) == 2

    def test_what_fails_while_it_is_renewed_is_told_without_its_text(self, ctx: Context) -> None:
        class Failing:
            def get_frozen_credentials(self) -> None:
                raise RuntimeError(SECRET)

        told = reason(lambda: OwnCredentials(Failing)(ctx, soon()))
        assert told == "no credentials: RuntimeError"

    def test_who_waits_for_them_waits_until_their_own_deadline(self, ctx: Context) -> None:
        gate = threading.Event()
        own = OwnCredentials(lambda: signing_session().get_credentials() if gate.wait(5) else None)
        for _ in range(2):
            with pytest.raises(DeadlineExceeded):
                own(ctx, Deadline(0.05))
        gate.set()
        assert own(ctx, soon()).access_key == KEY

    @pytest.mark.parametrize("left", [14 * 60, 60], ids=["a quarter of an hour", "a minute"])
    def test_those_that_renew_themselves_serve_while_they_are_valid(self, ctx: Context, left: int) -> None:
        gate = threading.Event()

        def renewed() -> dict[str, str]:
            gate.wait(5)
            return handed_out(3600, "AKIASECOND")

        found = RefreshableCredentials.create_from_metadata(handed_out(left), renewed, "test")
        own = OwnCredentials(lambda: found)
        assert [own(ctx, soon()).access_key for _ in range(3)] == [KEY] * 3
        gate.set()
        until(lambda: own(ctx, soon()).access_key == "AKIASECOND")

    def test_those_that_have_expired_and_renew_themselves_are_waited_for(self, ctx: Context) -> None:
        found = RefreshableCredentials.create_from_metadata(
            handed_out(-1), lambda: handed_out(3600, "AKIASECOND"), "test"
        )
        assert OwnCredentials(lambda: found)(ctx, soon()).access_key == "AKIASECOND"

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


class TestCaller:
    ALICE = Credential(
        KEY, SECRET, TOKEN, principal=PrincipalRecord(arn="arn:aws:iam::123456789012:user/alice")
    )

    def test_the_key_that_signed_is_used(self, ctx: Context) -> None:
        ctx.identity = self.ALICE.identity
        keys = CallerCredentials(KnownCredentials([self.ALICE]))(ctx, soon())
        assert (keys.access_key, keys.secret_key, keys.token) == (KEY, SECRET, TOKEN)

    def test_nobody_s_is_refused(self, ctx: Context) -> None:
        assert "has signed nothing" in reason(
            lambda: CallerCredentials(KnownCredentials([self.ALICE]))(ctx, soon())
        )

    def test_one_that_is_gone_is_refused(self, ctx: Context) -> None:
        ctx.identity = self.ALICE.identity
        assert "not known any more" in reason(lambda: CallerCredentials(KnownCredentials([]))(ctx, soon()))

    def test_a_vault_that_fails_is_told_without_its_text(self, ctx: Context) -> None:
        class Vault:
            def find(self, access_key_id: str) -> Credential | None:
                raise RuntimeError(SECRET)

        ctx.identity = self.ALICE.identity
        assert (
            reason(lambda: CallerCredentials(Vault())(ctx, soon()))
            == "looking up the caller's key raised RuntimeError"
        )

    @pytest.mark.parametrize("arn", ["arn:aws:iam::*:user/*", "arn:aws-cn:iam::*:user/*"])
    def test_how_it_is_written(self, arn: str) -> None:
        assert CALLER.fullmatch(arn)
        assert not CALLER.fullmatch(ROLE)
