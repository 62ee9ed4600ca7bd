from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from wsgi_gateway import stores
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores import BUILT_IN, GROUP, store_from_url
from wsgi_gateway.stores.memory import MemoryStore


class ThirdParty:
    def __init__(self, url):
        self.url = url


@pytest.fixture
def installed(monkeypatch):
    """Two entry points as a third party's package would declare them."""

    def entry_points(group):
        value = f"{__name__}:ThirdParty"
        return [EntryPoint("tea", value, group), EntryPoint("memory", value, group)] if group == GROUP else []

    monkeypatch.setattr(stores, "entry_points", entry_points)
    monkeypatch.setattr(EntryPoint, "load", lambda self: ThirdParty)


@pytest.mark.parametrize("url", ["memory:", "Memory:", "memory://"])
def test_memory_is_built_in(url):
    assert isinstance(store_from_url(url), MemoryStore)


def test_each_call_makes_a_new_store():
    assert store_from_url("memory:") is not store_from_url("memory:")


@pytest.mark.usefixtures("installed")
def test_a_third_partys_scheme_comes_from_its_entry_point():
    store = store_from_url("tea://pot")
    assert isinstance(store, ThirdParty)
    assert store.url == "tea://pot"


@pytest.mark.usefixtures("installed")
def test_a_built_in_scheme_cannot_be_taken_over():
    assert isinstance(store_from_url("memory:"), MemoryStore)


@pytest.mark.usefixtures("installed")
def test_an_unknown_scheme_is_refused_with_those_that_are_supported():
    with pytest.raises(ConfigError) as refused:
        store_from_url("carrier-pigeon://user:secret@host")
    message = str(refused.value)
    assert "'carrier-pigeon' is unknown" in message
    assert "memory:" in message
    assert "tea:" in message
    assert "secret" not in message


@pytest.mark.parametrize("url", ["", "memory", "://host", "1:2", ":memory:"])
def test_what_has_no_scheme_is_refused(url):
    with pytest.raises(ConfigError, match="a scheme is missing"):
        store_from_url(url)


def test_every_built_in_scheme_names_a_class_that_is_there():
    for scheme, (module, name) in BUILT_IN.items():
        assert stores._built_in(scheme) is not None, (module, name)
