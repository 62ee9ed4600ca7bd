from __future__ import annotations

import pytest
from stores.every_store import KINDS


@pytest.fixture
def make_store(kind):
    """A function that makes a new, empty store of a kind; what it made is closed after the test."""
    made = []

    def make():
        made.append(KINDS[kind]())
        return made[-1]

    yield make
    for store in made:
        store.close()


@pytest.fixture
def store(make_store):
    return make_store()
