"""The collector rests inside, and works again behind, whatever happens."""

from __future__ import annotations

import gc

import pytest

from wsgi_gateway.collector import paused


@pytest.fixture(autouse=True)
def working():
    gc.enable()
    yield
    gc.enable()


def test_it_rests_inside_and_works_again_behind():
    with paused():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_again_behind_an_error():
    with pytest.raises(KeyError), paused():
        raise KeyError
    assert gc.isenabled()


def test_one_inside_of_another_leaves_the_end_to_that():
    with paused():
        with paused():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_where_it_was_off_it_stays_off():
    gc.disable()
    with paused():
        assert not gc.isenabled()
    assert not gc.isenabled()
