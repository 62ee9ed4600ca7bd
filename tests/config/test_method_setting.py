"""Which setting of a stage holds for a method: its own, its resource's ANY's, that of all, AWS's default."""

from __future__ import annotations

import pytest

from wsgi_gateway.config import MethodSettingConfig
from wsgi_gateway.config.method_setting import DEFAULTS, MethodSettings, method_of


@pytest.mark.parametrize(
    ("key", "method"),
    [
        ("*/*", ("*", "*")),
        ("/*/*", ("*", "*")),
        ("/GET", ("/", "GET")),
        ("//GET", ("/", "GET")),
        ("/~1/GET", ("/", "GET")),
        ("/pets/{id}/GET", ("/pets/{id}", "GET")),
        ("/~1pets~1{id}/GET", ("/pets/{id}", "GET")),
        ("/pets/ANY", ("/pets", "ANY")),
        ("/pets//GET", ("/pets/", "GET")),
        ("", None),
        ("GET", None),
        ("*", None),
        ("/pets", None),
        ("/pets/get", None),
        ("/pets/*", None),
        ("pets/GET", None),
    ],
)
def test_a_key_names_a_method(key: str, method: tuple[str, str] | None) -> None:
    assert method_of(key) == method


def test_what_is_not_said_is_inherited_field_by_field() -> None:
    settings = MethodSettings(
        {
            "*/*": MethodSettingConfig(caching_enabled=True, cache_ttl_in_seconds=60),
            "/pets/ANY": MethodSettingConfig(cache_ttl_in_seconds=10),
            "/pets/GET": MethodSettingConfig(require_authorization_for_cache_control=False),
        }
    )
    get, post, other = (
        settings.of(*method) for method in [("/pets", "GET"), ("/pets", "POST"), ("/", "GET")]
    )
    assert (get.caching_enabled, get.cache_ttl_in_seconds) == (True, 10)
    assert (get.require_authorization_for_cache_control, post.require_authorization_for_cache_control) == (
        False,
        True,
    )
    assert (post.cache_ttl_in_seconds, other.cache_ttl_in_seconds) == (10, 60)


def test_without_settings_aws_s_defaults_hold() -> None:
    assert MethodSettings({}).of("/pets", "GET") == DEFAULTS
    assert (DEFAULTS.caching_enabled, DEFAULTS.cache_ttl_in_seconds) == (False, 300)


def test_a_no_of_a_method_wins_over_the_yes_of_all() -> None:
    settings = MethodSettings(
        {
            "*/*": MethodSettingConfig(caching_enabled=True),
            "/a/GET": MethodSettingConfig(caching_enabled=False),
        }
    )
    assert settings.of("/a", "GET").caching_enabled is False
    assert settings.of("/b", "GET").caching_enabled is True


def test_only_a_verb_that_is_named_says_that_it_is_cached() -> None:
    settings = MethodSettings(
        {
            "*/*": MethodSettingConfig(caching_enabled=True),
            "/a/POST": MethodSettingConfig(caching_enabled=True),
            "/b/ANY": MethodSettingConfig(caching_enabled=True),
        }
    )
    told = [settings.says_caching(*method) for method in [("/a", "POST"), ("/b", "POST"), ("/c", "POST")]]
    assert told == [True, False, False]
