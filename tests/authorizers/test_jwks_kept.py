"""Key sets that are kept: how often they are fetched, for how long they serve, and who waits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from authorizers.published import NO_KEY, NO_SET, Published, kept, settled
from authorizers.tokens import Clock, jwk, key_set, reason

from wsgi_gateway.authorizers.jwks import KeySet, KeysUnavailable
from wsgi_gateway.authorizers.jwks_sources import SourceFailed
from wsgi_gateway.authorizers.jws import TokenRefused
from wsgi_gateway.errors import ConfigError


def test_nothing_is_fetched_before_it_is_needed_and_then_once() -> None:
    published = Published("rsa", "ES256")
    keys = kept(published)
    assert published.fetches == 0
    for _ in range(3):
        assert keys.find("rsa", "RS256")
        assert keys.find("ES256", "ES256")
    assert published.fetches == 1


@pytest.mark.parametrize(
    ("max_age", "fresh"),
    [(None, 3600), (300, 300), (0, 60), (59, 60), (10**9, 24 * 3600)],
    ids=["unsaid", "five minutes", "none at all", "less than the least", "more than the most"],
)
def test_a_set_is_fresh_as_long_as_said_within_bounds(max_age: int | None, fresh: int) -> None:
    clock, published = Clock(), Published("rsa", max_age=max_age)
    keys = kept(published, clock)
    keys.find("rsa", "RS256")
    clock.now += fresh - 1
    keys.find("rsa", "RS256")
    assert published.fetches == 1
    clock.now += 1
    keys.find("rsa", "RS256")
    settled(keys)
    assert published.fetches == 2


def test_nobody_waits_while_an_outdated_set_is_renewed() -> None:
    clock, published = Clock(), Published("rsa")
    keys = kept(published, clock)
    keys.find("rsa", "RS256")
    clock.now += 3600
    published.open.clear()
    published.document = key_set("rsa2")
    for _ in range(3):
        assert keys.find("rsa", "RS256")
    published.open.set()
    settled(keys)
    assert published.fetches == 2
    assert keys.find("rsa2", "RS256")
    assert reason(keys.find, "rsa", "RS256") == NO_KEY


def test_an_unknown_name_has_the_set_fetched_so_that_a_new_key_is_found_at_once() -> None:
    clock, published = Clock(), Published("rsa")
    keys = kept(published, clock)
    keys.find("rsa", "RS256")
    clock.now += 10
    published.document = key_set("rsa", "rsa2")
    assert keys.find("rsa2", "RS256")
    assert published.fetches == 2


def test_a_flood_of_unknown_names_costs_one_fetch_per_cool_down() -> None:
    clock, published = Clock(), Published("rsa")
    keys = kept(published, clock)
    for moment in range(50):
        clock.now = 1000.0 + moment
        for number in range(4):
            assert reason(keys.find, f"unknown-{moment}-{number}", "RS256") == NO_KEY
        assert keys.find("rsa", "RS256")
    assert published.fetches == 5


def test_a_key_that_appears_within_the_cool_down_is_found_at_its_end() -> None:
    clock, published = Clock(), Published("rsa")
    keys = kept(published, clock, cool_down=7.0)
    keys.find("rsa", "RS256")
    published.document = key_set("rsa", "rsa2")
    clock.now += 6.9
    assert reason(keys.find, "rsa2", "RS256") == NO_KEY
    clock.now += 0.1
    assert keys.find("rsa2", "RS256")


@pytest.mark.parametrize("alg", ["ES256", "HS256"])
def test_a_known_name_with_a_wrong_algorithm_fetches_nothing(alg: str) -> None:
    clock, published = Clock(), Published("rsa")
    keys = kept(published, clock)
    keys.find("rsa", "RS256")
    clock.now += 100
    assert reason(keys.find, "rsa", alg) == NO_KEY
    assert published.fetches == 1


def test_a_name_that_the_publisher_took_back_is_refused_after_the_renewal() -> None:
    clock, published = Clock(), Published("rsa")
    keys = kept(published, clock)
    keys.find("rsa", "RS256")
    published.document = {"keys": []}
    clock.now += 3600
    keys.find("rsa", "RS256")
    settled(keys)
    assert reason(keys.find, "rsa", "RS256") == NO_KEY


FAILURES = [
    pytest.param(SourceFailed("the answer's status is 503"), id="an error"),
    pytest.param(RuntimeError("SECRET"), id="an error of the user's function"),
    pytest.param({"keys": "none"}, id="a set that is none"),
]


@pytest.mark.parametrize("failure", FAILURES)
def test_if_it_cannot_be_renewed_the_old_set_serves_until_its_bound(failure: Any) -> None:
    clock, published = Clock(), Published("rsa")
    keys = kept(published, clock, max_stale=100.0)
    keys.find("rsa", "RS256")
    published.document = failure
    for later in (3600, 3610, 3699.9):
        clock.now = 1000.0 + later
        assert keys.find("rsa", "RS256")
        settled(keys)
    assert published.fetches == 4
    clock.now = 1000.0 + 3700
    with pytest.raises(KeysUnavailable):
        keys.find("rsa", "RS256")
    published.document = key_set("rsa")
    clock.now += 10
    assert keys.find("rsa", "RS256")


@pytest.mark.parametrize("failure", FAILURES)
def test_without_any_set_nobody_passes_and_another_try_comes_soon(failure: Any) -> None:
    clock, published = Clock(), Published("rsa")
    good, published.document = published.document, failure
    keys = kept(published, clock)
    for _ in range(5):
        with pytest.raises(KeysUnavailable) as caught:
            keys.find("rsa", "RS256")
        assert (caught.value.reason, caught.value.expired) == (NO_SET, False)
    assert published.fetches == 1
    published.document = good
    clock.now += 1.0
    assert keys.find("rsa", "RS256")


def test_who_is_not_told_of_unavailable_keys_refuses_the_token() -> None:
    assert issubclass(KeysUnavailable, TokenRefused)


def test_the_log_names_the_set_and_the_fault_and_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    published = Published("rsa-1024", "rsa")
    keys = kept(published, name="the pool")
    keys.find("rsa", "RS256")
    assert "key set the pool: an RSA key has 1024 bits; it is left out" in caplog.text
    published.document = RuntimeError("SECRET")
    with pytest.raises(KeysUnavailable):
        kept(published).find("rsa", "RS256")
    assert "RuntimeError" in caplog.text
    assert "SECRET" not in caplog.text


# ---------------------------------------------------------------- given sets and files


def test_a_given_set_is_never_fetched() -> None:
    keys = KeySet(key_set("rsa"))
    assert keys.find("rsa", "RS256")
    assert reason(keys.find, "rsa2", "RS256") == NO_KEY
    assert keys._flight is None


def test_a_file_is_read_again_after_a_minute_and_for_unknown_names(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "keys.json"
    path.write_text(json.dumps(key_set("rsa")))
    keys = kept(path, clock)
    assert keys.find("rsa", "RS256")
    path.write_text(json.dumps(key_set("rsa2")))
    assert keys.find("rsa", "RS256")
    assert keys.find("rsa2", "RS256")  # unknown until now
    path.write_text("broken")
    clock.now += 60
    assert keys.find("rsa2", "RS256")
    settled(keys)
    assert keys.find("rsa2", "RS256")


@pytest.mark.parametrize(
    "source",
    [
        pytest.param({}, id="no set"),
        pytest.param({"keys": []}, id="no keys"),
        pytest.param({"keys": [jwk("rsa-1024")]}, id="no usable key"),
        pytest.param("/nowhere/keys.json", id="no such file"),
        pytest.param("http://login.example.com/keys", id="plain http to another machine"),
        pytest.param("https://user:secret@login.example.com/keys", id="user information"),
        pytest.param("https:///keys", id="no host"),
    ],
)
def test_a_set_that_cannot_work_is_not_made(source: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        KeySet(source)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"keys": [], "keys": []}'])
def test_a_file_that_is_no_set_is_refused_at_once(text: str, tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(text)
    with pytest.raises(ConfigError):
        KeySet(path)


@pytest.mark.parametrize("options", [{"timeout": 0}, {"cool_down": 0.5}, {"max_stale": -1}])
def test_times_that_cannot_work_are_refused(options: Any) -> None:
    with pytest.raises(ConfigError):
        KeySet(key_set("rsa"), **options)


def test_a_set_prints_its_name_without_the_query_string() -> None:
    assert (
        repr(KeySet("https://login.example.com/keys?key=secret")) == "<KeySet https://login.example.com/keys>"
    )
