"""The authorizer cache: kept for its time, bounded, one call per caller, nothing shared between callers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from authorizers.callers import GRANT, Asked, Clock, fetch

from wsgi_gateway.authorizers import AuthorizerCache, allow
from wsgi_gateway.authorizers.cache import ENTRY_OVERHEAD, CallerKeys
from wsgi_gateway.authorizers.grant import Grant
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import UNAUTHORIZED, ConfigError, GatewayError

REFUSAL = GatewayError(UNAUTHORIZED)


# ------------------------------------------------------------------------------------------------- time


@pytest.mark.parametrize(
    ("passed", "source"), [(0, "hit"), (299.9, "hit"), (300, "miss"), (10**6, "miss"), (-1, "miss")], ids=str
)
def test_a_grant_is_kept_for_its_ttl_and_not_by_a_clock_that_went_back(passed: float, source: str) -> None:
    cache, clock, ask = AuthorizerCache(), Clock(), Asked()
    assert fetch(cache, ask, clock=clock) == (GRANT, "miss")
    clock.now += passed
    assert fetch(cache, ask, clock=clock) == (GRANT, source)
    assert ask.calls == (1 if source == "hit" else 2)


def test_the_ttl_begins_when_the_answer_has_come() -> None:
    cache, clock = AuthorizerCache(), Clock()

    def slow() -> Grant:
        clock.now += 100
        return GRANT

    fetch(cache, slow, clock=clock)
    clock.now += 299
    assert fetch(cache, slow, clock=clock)[1] == "hit"


def test_a_hit_does_not_make_a_grant_last_longer() -> None:
    cache, clock, ask = AuthorizerCache(), Clock(), Asked()
    for _ in range(6):
        fetch(cache, ask, clock=clock)
        clock.now += 100
    assert ask.calls == 2


def test_a_refusal_is_never_kept() -> None:
    cache, ask = AuthorizerCache(), Asked(REFUSAL)
    for _ in range(3):
        assert fetch(cache, ask) == (REFUSAL, "miss")
    assert ask.calls == 3
    assert len(cache) == 0


def test_an_exception_flies_on_and_is_not_kept() -> None:
    cache = AuthorizerCache()

    def broken() -> Any:
        raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            fetch(cache, broken)
    assert fetch(cache, Asked())[1] == "miss"


def test_clearing_forgets_everything() -> None:
    cache, ask = AuthorizerCache(), Asked()
    fetch(cache, ask)
    cache.clear()
    assert (len(cache), cache.size) == (0, 0)
    assert fetch(cache, ask)[1] == "miss"


def test_an_answer_asked_for_before_clearing_is_used_and_not_kept() -> None:
    cache = AuthorizerCache()

    def revoked_meanwhile() -> Grant:
        cache.clear()
        return GRANT

    assert fetch(cache, revoked_meanwhile) == (GRANT, "miss")
    assert fetch(cache, Asked())[1] == "miss"


# ----------------------------------------------------------------------------------------------- bounds


def keys() -> Iterator[bytes]:
    return (b"%d" % number for number in itertools.count())


def test_what_was_used_longest_ago_goes_first() -> None:
    cache, ask = AuthorizerCache(max_entries=3), Asked()
    for key in (b"a", b"b", b"c", b"a", b"d"):
        fetch(cache, ask, key)
    assert [fetch(cache, ask, key)[1] for key in (b"a", b"c", b"d", b"b")] == ["hit", "hit", "hit", "miss"]
    assert len(cache) == 3


def test_the_bytes_are_bounded_and_counted_exactly() -> None:
    room = 10 * (GRANT.size + ENTRY_OVERHEAD)
    cache = AuthorizerCache(max_bytes=room)
    for key in itertools.islice(keys(), 100):
        fetch(cache, Asked(), key)
    assert len(cache) == 10
    assert cache.size == room


def test_a_grant_that_replaces_an_expired_one_is_counted_once() -> None:
    cache, clock = AuthorizerCache(), Clock()
    for _ in range(5):
        fetch(cache, Asked(), clock=clock)
        clock.now += 1000
    assert (len(cache), cache.size) == (1, GRANT.size + ENTRY_OVERHEAD)


def test_a_grant_larger_than_the_cache_is_used_and_drives_no_other_out() -> None:
    cache, ask = AuthorizerCache(max_bytes=GRANT.size + ENTRY_OVERHEAD), Asked()
    huge = Asked(Grant(allow("huge", note="x" * 1000)))
    fetch(cache, ask)
    assert [fetch(cache, huge, b"huge") for _ in range(2)] == [(huge.outcome, "miss")] * 2
    assert fetch(cache, ask)[1] == "hit"
    assert (len(cache), cache.size) == (1, GRANT.size + ENTRY_OVERHEAD)


@pytest.mark.parametrize("bounds", [{"max_entries": 0}, {"max_bytes": 0}, {"wait": 0}], ids=str)
def test_a_cache_without_room_is_refused(bounds: dict[str, int]) -> None:
    with pytest.raises(ConfigError):
        AuthorizerCache(**bounds)


def test_a_cache_shows_how_full_it_is_and_nothing_else() -> None:
    cache = AuthorizerCache()
    fetch(cache, Asked())
    assert repr(cache) == f"<AuthorizerCache 1 entries, about {cache.size} bytes>"


# ------------------------------------------------------------------------------------------------- keys


def context(api_id: str = "api", stage: str = "dev") -> Context:
    return Context({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, Deployment(api_id=api_id, stage=stage))


def test_near_equal_callers_have_different_keys() -> None:
    keys = [
        CallerKeys(scope)(context(api_id, stage), identity)
        for scope in (0, 1, 11)
        for api_id, stage in [("a", "b"), ("ab", ""), ("", "ab"), ("a1", ":b"), ("b", "a"), ("a", "c")]
        for identity in [
            (),
            ((),),
            (("",),),
            (("", ""),),
            (("",), ("",)),
            (("ab",),),
            (("a", "b"),),
            (("a", "bc"),),
            (("ab", "c"),),
            (("a",), ("b",)),
            (("b",), ("a",)),
            (("a1:b",),),
            (("1:a1:b",),),
            (("a",), ("b1,0:",)),
            (("a",), ("b",), ("",)),
            (("AB",),),
            (("ab ",),),
            (("é",),),
            (("e\u0301",),),
            (("\ud800",),),
            (("\x00",),),
        ]
    ]
    assert len(set(keys)) == len(keys)
    assert {len(key) for key in keys} == {32}


def test_equal_callers_have_equal_keys() -> None:
    assert CallerKeys(3)(context(), (("tok",),)) == CallerKeys(3)(context(), (("tok",),))


def test_a_stage_that_serves_two_gateways_keeps_their_callers_apart() -> None:
    keys = CallerKeys(3)
    made = [keys(context(api_id), (("tok",),)) for api_id in ("one", "other", "one")]
    assert made[0] == made[2] != made[1]


def test_no_token_is_kept_in_a_key() -> None:
    assert b"tok" not in CallerKeys(0)(context(), (("tok" * 20,),))


class Service:
    def authorize(self, event: Any) -> Any:
        return event

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None  # type: ignore[assignment]


def test_a_scope_is_one_configuration_and_one_function() -> None:
    cache, one, other = AuthorizerCache(), Service(), Service()
    first = cache.scope("config", one)
    assert cache.scope("config", one) == first
    assert (
        len(
            {
                first,
                cache.scope("config", other),
                cache.scope("changed", one),
                cache.scope("config", one.authorize),
            }
        )
        == 4
    )
    assert cache.scope("config", one.authorize) == cache.scope("config", one.authorize)
    assert cache.scope("config", one.authorize) != cache.scope("config", other.authorize)
