"""Answers that processes share: kept no longer than their TTL, flushed for all, never a loss of requests."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from authorizers.callers import Asked, Clock, Inner, fetch

from wsgi_gateway.authorizers import AuthorizerCache, allow, deny, shared_answers
from wsgi_gateway.authorizers.grant import Grant
from wsgi_gateway.authorizers.shared_answers import LOOKED_AT_AGAIN, SharedAnswers
from wsgi_gateway.config import AuthorizerConfig, MethodConfig, RestApiConfig, StageConfig
from wsgi_gateway.errors import UNAUTHORIZED, GatewayError
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.wsgi import call_app

KEY = b"k" * 32


class Shelf(MemoryStore):
    """A store that says it is shared, with a place for answers; it can be told to fail."""

    shared_between_processes = True

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, tuple[bytes, int]] = {}
        self.broken: set[str] = set()

    def _verb(self, name: str) -> None:
        if name in self.broken:
            raise ConnectionError("redis://:s3cret@host is down")

    def recall(self, key: str, now: int) -> bytes | None:
        self._verb("recall")
        value, expires = self.values.get(key, (b"", 0))
        return value if now < expires else None

    def keep(self, key: str, value: bytes, expires_at: int | None, now: int) -> None:
        self._verb("keep" if key != "scope" else "mark")
        self.values[key] = (value, 10**18 if expires_at is None else expires_at)

    @property
    def answers(self) -> dict[str, bytes]:
        """What is kept but marks."""
        return {
            key: value for key, (value, _) in self.values.items() if key.count(":") > key.count("authorizer:")
        }

    def lie(self, value: bytes) -> None:
        """Put something in the place of the one answer."""
        [name] = self.answers
        self.values[name] = (value, 10**18)


def workers(shelf: Shelf, count: int = 2) -> list[AuthorizerCache]:
    """The caches of so many processes."""
    return [AuthorizerCache(shared=SharedAnswers(shelf, "scope")) for _ in range(count)]


def asked(answer: Any = None) -> Asked:
    return Asked(Grant(allow("alice", team="blue") if answer is None else answer))


def test_what_one_process_was_told_another_does_not_ask() -> None:
    one, other = workers(Shelf())
    first, second = asked(), asked()
    assert fetch(one, first, KEY)[1] == "miss"
    outcome, where = fetch(other, second, KEY)
    assert (where, second.calls) == ("store", 0)
    assert outcome.variables == {"team": "blue", "principalId": "alice"}
    assert outcome.policy.decide("arn:aws:execute-api:r:1:a/s/GET/").allowed
    assert fetch(other, second, KEY)[1] == "hit"


def test_an_answer_that_denies_denies_everywhere() -> None:
    one, other = workers(Shelf())
    fetch(one, asked(deny("alice")), KEY)
    outcome, where = fetch(other, asked(), KEY)
    assert (where, outcome.policy.decide("arn").effect) == ("store", "Deny")


def test_an_answer_lives_for_its_ttl_wherever_it_is() -> None:
    clock, ask = Clock(), asked()
    one, other = workers(Shelf())
    fetch(one, ask, KEY, clock, 10)
    clock.now += 9.5
    assert fetch(other, ask, KEY, clock, 10)[1] == "store"
    clock.now += 0.4
    assert fetch(other, ask, KEY, clock, 10)[1] == "hit"
    clock.now += 0.1
    assert fetch(other, ask, KEY, clock, 10)[1] == "miss"


def test_refusals_are_not_shared() -> None:
    shelf = Shelf()
    one, other = workers(shelf)
    fetch(one, Asked(GatewayError(UNAUTHORIZED)), KEY)
    assert shelf.answers == {}
    assert fetch(other, asked(), KEY)[1] == "miss"


def test_an_answer_that_names_an_api_key_stays_in_its_process() -> None:
    shelf = Shelf()
    one, other = workers(shelf)
    with_key = {**allow("alice"), "usageIdentifierKey": "0123456789abcdefghij"}
    fetch(one, asked(with_key), KEY)
    assert shelf.answers == {}
    assert fetch(other, asked(with_key), KEY)[1] == "miss"


def test_no_token_and_no_key_in_clear_reaches_the_store() -> None:
    shelf = Shelf()
    fetch(workers(shelf)[0], asked(), KEY)
    [(name, value)] = shelf.answers.items()
    assert name.startswith("scope:")
    assert name.endswith(f":{KEY.hex()}")
    assert json.loads(value)["answer"] == allow("alice", team="blue")


def test_scopes_do_not_see_each_others_answers() -> None:
    shelf = Shelf()
    fetch(AuthorizerCache(shared=SharedAnswers(shelf, "one")), asked(), KEY)
    assert fetch(AuthorizerCache(shared=SharedAnswers(shelf, "two")), asked(), KEY)[1] == "miss"


def test_a_flush_reaches_the_other_processes_in_two_seconds() -> None:
    clock, ask = Clock(), asked()
    one, other = workers(Shelf())
    for cache in (one, other):
        fetch(cache, ask, KEY, clock)
    one.clear()
    assert fetch(one, ask, KEY, clock)[1] == "miss"
    assert fetch(other, ask, KEY, clock)[1] == "hit", "not yet"
    one.clear()
    clock.now += LOOKED_AT_AGAIN
    assert fetch(other, ask, KEY, clock)[1] == "miss"


def test_what_was_asked_before_a_flush_is_not_kept_after_it() -> None:
    clock = Clock()
    one, other = workers(Shelf())
    old = Grant(allow("old"))

    def ask() -> Grant:
        other.clear()
        return old

    fetch(one, ask, KEY, clock)
    clock.now += LOOKED_AT_AGAIN
    assert fetch(other, asked(), KEY, clock)[1] == "miss"
    assert fetch(one, asked(), KEY, clock)[0] is not old


@pytest.mark.parametrize("broken", ["mark", "recall", "keep"])
def test_a_store_that_fails_costs_a_call_and_one_line_without_secrets(
    broken: str, caplog: pytest.LogCaptureFixture
) -> None:
    shelf, clock, ask = Shelf(), Clock(), asked()
    [cache] = workers(shelf, 1)
    shelf.broken = {broken}
    with caplog.at_level(logging.WARNING, "wsgi_gateway"):
        for _ in range(50):
            assert isinstance(fetch(cache, ask, KEY, clock)[0], Grant)
            clock.now += LOOKED_AT_AGAIN
    assert len(caplog.records) == 1
    assert "ConnectionError" in caplog.text
    assert "s3cret" not in caplog.text


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"stored": 999}',
        b'{"stored": "x", "ttl": 300, "answer": {}}',
        b'{"stored": 999, "ttl": 300, "answer": {}}',
        b'{"stored": 999, "ttl": 300, "answer": {"principalId": "mallory"}}',
        b'{"stored": NaN, "ttl": 300, "answer": null}',
        b'{"stored": ' + b"9" * 400 + b', "ttl": 1, "answer": null}',
        b"[" * 100_000,
    ],
    ids=lambda value: repr(value[:40]),
)
def test_what_is_no_answer_is_not_believed(value: bytes) -> None:
    shelf, ask = Shelf(), asked()
    one, other = workers(shelf)
    fetch(one, asked(), KEY)
    shelf.lie(value)
    assert fetch(other, ask, KEY)[1] == "miss"
    assert ask.calls == 1


def test_an_answer_of_the_future_is_not_believed_and_none_outlives_its_ttl_by_a_clock_set_back() -> None:
    clock, ask = Clock(), asked()
    one, other = workers(Shelf())
    fetch(one, asked(), KEY, clock)
    clock.now -= 100
    assert fetch(other, ask, KEY, clock)[1] == "miss"


def test_the_shorter_of_two_ttls_holds() -> None:
    clock, ask = Clock(), asked()
    one, other = workers(Shelf())
    fetch(one, ask, KEY, clock, 3600)
    clock.now += 20
    assert fetch(other, ask, KEY, clock, 10)[1] == "miss"


def test_a_store_that_has_lost_its_marks_brings_no_old_answer_back() -> None:
    clock, shelf = Clock(), Shelf()
    one, other = workers(shelf)
    fetch(one, asked(), KEY, clock, 3600)
    one.clear()
    del shelf.values["scope"]
    clock.now += 9
    for cache in (one, other, *workers(shelf)):
        assert fetch(cache, asked(), b"other", clock, 3600)[1] in ("miss", "store")
        assert fetch(cache, Asked(GatewayError(UNAUTHORIZED)), KEY, clock, 3600)[1] == "miss"


def test_a_mark_that_was_read_before_a_flush_is_not_believed_after_it() -> None:
    class Slow(Shelf):
        interrupted: Any = None

        def recall(self, key: str, now: int) -> bytes | None:
            found = super().recall(key, now)
            if key == "scope" and self.interrupted is not None:
                flush, self.interrupted = self.interrupted, None
                flush()
            return found

    shelf, clock = Slow(), Clock()
    [cache] = workers(shelf, 1)
    fetch(cache, asked(), KEY, clock)
    clock.now += LOOKED_AT_AGAIN
    shelf.interrupted = cache.clear
    fetch(cache, asked(), b"other", clock)
    assert fetch(cache, Asked(GatewayError(UNAUTHORIZED)), KEY, clock)[1] == "miss"


def test_what_cannot_be_shared_is_kept_by_its_process_for_its_whole_ttl() -> None:
    clock = Clock()
    for answer in ({**allow("a"), "usageIdentifierKey": "0" * 20}, allow("a", text="x" * 70_000)):
        [cache] = workers(Shelf(), 1)
        ask = asked(answer)
        for _ in range(10):
            fetch(cache, ask, KEY, clock)
            clock.now += 20
        assert ask.calls == 1


def test_a_flush_forgets_here_even_if_the_store_fails() -> None:
    shelf = Shelf()
    [cache] = workers(shelf, 1)
    fetch(cache, asked(), KEY)
    shelf.broken = {"mark", "recall", "keep"}
    with pytest.raises(ConnectionError):
        cache.clear()
    assert len(cache) == 0


# ------------------------------------------------------------------------------------------- in a Gateway


CALLS: list[str] = []


def named_guard(event: Any) -> Any:
    CALLS.append(event["authorizationToken"])
    return allow("alice")


def other_guard(event: Any) -> Any:
    CALLS.append("other")
    return allow("bob")


def gateway(shelf: Any, guard: Any = "named_guard", stage: Any = None, **more: Any) -> Gateway:
    method = MethodConfig(http_method="GET", authorization_type="CUSTOM", authorizer="guard")
    declared = AuthorizerConfig(name="guard", identity_source=("method.request.header.Authorization",))
    settings: dict[str, Any] = {"id": "a1b2c3", "authorizers": {"guard": declared}, **more}
    api = RestApiConfig(resources={"/": {"GET": method}}, **settings)
    function = f"{__name__}:{guard}" if isinstance(guard, str) else guard
    stage = stage or StageConfig(stage_name="dev")
    return Gateway(api, Inner(), stage=stage, store=shelf, lambdas={"guard": function})


def ask(app: Gateway, token: str = "tok") -> int:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_AUTHORIZATION": token}
    return call_app(app, environ).status_code


def calls_of(*apps: Gateway) -> int:
    CALLS.clear()
    assert {ask(app) for app in apps} == {200}
    return len(CALLS)


def test_gateways_that_share_a_store_share_the_answers_of_functions_that_have_a_name() -> None:
    shelf = Shelf()
    one, other = gateway(shelf), gateway(shelf)
    assert calls_of(one, other, other) == 1
    assert ask(other, "another") == 200
    assert CALLS == ["tok", "another"]


DECLARED = AuthorizerConfig(
    name="guard",
    identity_source=("method.request.header.Authorization",),
    identity_validation_expression="tok",
)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"id": "other"}, id="another API"),
        pytest.param({"authorizers": {"guard": DECLARED}}, id="another declaration"),
        pytest.param({"guard": "other_guard"}, id="another function"),
        pytest.param({"stage": StageConfig(stage_name="prod")}, id="another stage"),
        pytest.param(
            {"stage": StageConfig(stage_name="dev", variables={"tenant": "b"})}, id="other variables"
        ),
        pytest.param(
            {"stage": StageConfig(stage_name="dev", account_id="999988887777")}, id="another account"
        ),
        pytest.param({"stage": StageConfig(stage_name="dev", region="eu-west-1")}, id="another Region"),
    ],
)
def test_authorizers_that_differ_in_anything_share_nothing(more: dict[str, Any]) -> None:
    shelf = Shelf()
    assert calls_of(gateway(shelf), gateway(shelf, **more)) == 2


def test_functions_that_are_given_as_such_have_no_name_to_share_by() -> None:
    def guard_of(tenant: str) -> Any:
        return lambda event: CALLS.append(tenant) or allow(tenant)  # type: ignore[func-returns-value]

    shelf = Shelf()
    assert calls_of(gateway(shelf, guard_of("a")), gateway(shelf, guard_of("b"))) == 2
    assert shelf.values == {}


def test_apis_without_an_id_of_their_own_share_nothing() -> None:
    shelf = Shelf()
    assert calls_of(gateway(shelf, id="local"), gateway(shelf, id="local")) == 2
    assert shelf.values == {}


def test_a_store_of_one_process_is_not_asked() -> None:
    assert calls_of(gateway(MemoryStore()), gateway(MemoryStore())) == 2


def test_one_process_fills_no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_answers, "_BUDGET", 5_000)
    shelf, clock = Shelf(), Clock()
    [cache] = workers(shelf, 1)
    for number in range(100):
        fetch(cache, asked(), b"%032d" % number, clock)
    assert 1 <= len(shelf.answers) < 10
    clock.now += 301
    fetch(cache, asked(), KEY, clock)
    assert any(KEY.hex() in name for name in shelf.answers)
