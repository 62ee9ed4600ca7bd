"""Answers that processes share: kept no longer than their TTL, flushed for all, never a loss of requests."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from authorizers.callers import Asked, Clock, Guard, Inner, fetch

from wsgi_gateway.authorizers import AuthorizerCache, allow, deny
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
        self.generations: dict[str, int] = {}
        self.broken: set[str] = set()

    def _verb(self, name: str) -> None:
        if name in self.broken:
            raise ConnectionError("redis://:s3cret@host is down")

    def recall(self, key: str, now: int) -> bytes | None:
        self._verb("recall")
        value, expires = self.values.get(key, (b"", 0))
        return value if now < expires else None

    def keep(self, key: str, value: bytes, expires_at: int | None, now: int) -> None:
        self._verb("keep")
        self.values[key] = (value, expires_at)

    def generation(self, name: str) -> int:
        self._verb("generation")
        return self.generations.get(name, 0)

    def advance(self, name: str) -> int:
        self._verb("advance")
        self.generations[name] = self.generations.get(name, 0) + 1
        return self.generations[name]


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
    assert shelf.values == {}
    assert fetch(other, asked(), KEY)[1] == "miss"


def test_an_answer_that_names_an_api_key_stays_in_its_process() -> None:
    shelf = Shelf()
    one, other = workers(shelf)
    with_key = {**allow("alice"), "usageIdentifierKey": "0123456789abcdefghij"}
    fetch(one, asked(with_key), KEY)
    assert shelf.values == {}
    assert fetch(other, asked(with_key), KEY)[1] == "miss"


def test_no_token_and_no_key_in_clear_reaches_the_store() -> None:
    shelf = Shelf()
    fetch(workers(shelf)[0], asked(), KEY)
    [(name, (value, _))] = shelf.values.items()
    assert name == f"scope:0:{KEY.hex()}"
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


@pytest.mark.parametrize("broken", ["generation", "recall", "keep"])
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
        b'{"expires": 1e9}',
        b'{"expires": "x", "answer": {}}',
        b'{"expires": 1e9, "answer": {}}',
        b'{"expires": 1e9, "answer": {"principalId": "mallory"}}',
        b'{"expires": NaN, "answer": null}',
        b"[" * 100_000,
    ],
    ids=lambda value: repr(value[:40]),
)
def test_what_is_no_answer_is_not_believed(value: bytes) -> None:
    shelf, ask = Shelf(), asked()
    shelf.values[f"scope:0:{KEY.hex()}"] = (value, 10**18)
    assert fetch(workers(shelf, 1)[0], ask, KEY)[1] == "miss"
    assert ask.calls == 1


# ------------------------------------------------------------------------------------------- in a Gateway


def gateway(shelf: Any, guard: Guard, **more: Any) -> Gateway:
    method = MethodConfig(http_method="GET", authorization_type="CUSTOM", authorizer="guard")
    declared = AuthorizerConfig(name="guard", identity_source=("method.request.header.Authorization",))
    settings: dict[str, Any] = {"id": "a1b2c3", "authorizers": {"guard": declared}, **more}
    api = RestApiConfig(resources={"/": {"GET": method}}, **settings)
    return Gateway(api, Inner(), stage=StageConfig(stage_name="dev"), store=shelf, lambdas={"guard": guard})


def ask(app: Gateway, token: str = "tok") -> int:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_AUTHORIZATION": token}
    return call_app(app, environ).status_code


def test_gateways_that_share_a_store_share_their_authorizers_answers() -> None:
    shelf, first, second = Shelf(), Guard(), Guard()
    one, other = gateway(shelf, first), gateway(shelf, second)
    assert [ask(one), ask(other), ask(other, "another")] == [200, 200, 200]
    assert (len(first.events), len(second.events)) == (1, 1)


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"id": "other"}, id="of another API"),
        pytest.param(
            {
                "authorizers": {
                    "guard": AuthorizerConfig(
                        name="guard",
                        identity_source=("method.request.header.Authorization",),
                        identity_validation_expression="tok",
                    )
                }
            },
            id="declared otherwise",
        ),
    ],
)
def test_authorizers_that_differ_share_nothing(more: dict[str, Any]) -> None:
    shelf, first, second = Shelf(), Guard(), Guard()
    assert [ask(gateway(shelf, first)), ask(gateway(shelf, second, **more))] == [200, 200]
    assert len(second.events) == 1


def test_apis_without_an_id_of_their_own_share_nothing() -> None:
    shelf, first, second = Shelf(), Guard(), Guard()
    assert [ask(gateway(shelf, guard, id="local")) for guard in (first, second)] == [200, 200]
    assert (len(second.events), shelf.values) == (1, {})


def test_a_store_of_one_process_is_not_asked() -> None:
    assert ask(gateway(MemoryStore(), Guard())) == 200
