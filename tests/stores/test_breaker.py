"""A breaker: one tries at a time, and nobody keeps the others from it for good."""

from __future__ import annotations

import threading

import pytest

from wsgi_gateway.stores.breaker import LONGEST, Breaker


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def broken(clock):
    breaker = Breaker(1.0, clock)
    assert breaker.failed()
    clock.now += 1
    return breaker


def elsewhere(call):
    """What a call answers on another thread."""
    answers = []
    thread = threading.Thread(target=lambda: answers.append(call()))
    thread.start()
    thread.join()
    return answers[0]


def test_nobody_tries_before_its_time(clock):
    breaker = Breaker(1.0, clock)
    breaker.failed()
    assert not breaker.enter()


def test_one_tries_at_a_time(broken):
    assert broken.enter()
    assert not elsewhere(broken.enter)
    broken.leave()
    assert elsewhere(broken.enter)


def test_only_who_tries_leaves(broken):
    assert broken.enter()
    elsewhere(broken.leave)
    assert not elsewhere(broken.enter)


def test_others_may_try_once_a_trial_has_lasted_too_long(broken, clock):
    assert elsewhere(broken.enter)  # and an exception of a signal kept it from leaving
    assert not broken.enter()
    clock.now += LONGEST
    assert broken.enter()


def test_after_an_answer_all_may_ask(broken):
    broken.answered()
    assert broken.enter()
    assert elsewhere(broken.enter)
    assert broken.is_open


def test_a_success_is_told_once(broken):
    assert broken.succeeded()
    assert not broken.succeeded()
    assert not broken.is_open
