from __future__ import annotations

import subprocess
import sys

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores import store_from_url
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.stores.redis_url import RedisUrl


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("redis://h", {"nodes": (("h", 6379),), "db": 0, "password": None}, id="a host alone"),
        pytest.param("REDIS://h:1234/", {"nodes": (("h", 1234),), "db": 0}, id="a port"),
        pytest.param("redis://[::1]:1234/3", {"nodes": (("::1", 1234),), "db": 3}, id="IPv6 and a database"),
        pytest.param("redis://:p%40ss@h", {"username": None, "password": "p@ss"}, id="a password"),
        pytest.param("redis://u:a:b@h", {"username": "u", "password": "a:b"}, id="a user"),
        pytest.param("redis://h?prefix=shop:1", {"prefix": "shop:1", "server_clock": True}, id="a prefix"),
        pytest.param(
            "redis://h?clock=caller&timeout=2", {"server_clock": False, "timeout": 2.0}, id="options"
        ),
        pytest.param("rediss://h?ssl_ca_certs=/ca.pem", {"tls": True, "cluster": False}, id="TLS"),
        pytest.param(
            "redis+cluster://:p@a:1,b:2,c",
            {"nodes": (("a", 1), ("b", 2), ("c", 6379)), "cluster": True, "tls": False},
            id="a cluster",
        ),
        pytest.param("rediss+cluster://a", {"cluster": True, "tls": True}, id="a cluster over TLS"),
    ],
)
def test_a_url_says_where_the_store_is_and_how_it_is_spoken_to(url, expected):
    read = RedisUrl.read(url)
    assert {name: getattr(read, name) for name in expected} == expected


@pytest.mark.parametrize(
    "url",
    [
        "redis:",
        "redis://",
        "redis:secret@h",
        "redis://user:secret@",
        "redis://:secret@h:port",
        "redis://:secret@h:0",
        "redis://:secret@h:99999",
        "redis://:secret@h:",
        "redis://:secret@h/secret",
        "redis://:secret@h/-1",
        "redis://:secret@h/1/2",
        "redis://:secret@h#secret",
        "redis://:secret@h,h2",
        "redis+cluster://:secret@h/1",
        "redis+cluster://:secret@h,",
        "redis://:secret@h?secret=1",
        "redis://:secret@h?prefix=secret%7B",
        "redis://:secret@h?prefix=",
        "redis://:secret@h?prefix=a&prefix=b",
        "redis://:secret@h?clock=secret",
        "redis://:secret@h?timeout=secret",
        "redis://:secret@h?timeout=0",
        "redis://:secret@h?timeout=nan",
        "redis://:secret@h?ssl_ca_certs=secret",
        "rediss://:secret@h?ssl_cert_reqs=secret",
        "rediss://:secret@h?ssl_ca_certs=",
    ],
)
def test_what_cannot_work_is_refused_and_not_repeated(url):
    with pytest.raises(ConfigError) as refused:
        RedisStore.from_url(url)
    assert "store URL" in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://user:secret@h/2", "<RedisStore at <redis://h:6379/2>>"),
        ("rediss://:secret@[::1]", "<RedisStore at <rediss://[::1]:6379/0>>"),
        ("redis+cluster://:secret@a:1,b:2", "<RedisStore at <redis+cluster://a:1,b:2/0>>"),
    ],
)
def test_a_store_shows_where_it_is_without_user_and_password(url, shown):
    store = store_from_url(url)
    assert isinstance(store, RedisStore)
    assert repr(store) == shown


def test_making_a_store_connects_to_nothing():
    assert RedisStore.from_url("redis://nobody.invalid").shared_between_processes is True


def test_without_redis_py_the_error_says_what_to_install():
    script = """
import sys
sys.modules["redis"] = None
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores import store_from_url
for scheme in ("redis", "redis+cluster"):
    try:
        store_from_url(f"{scheme}://:secret@h")
    except ConfigError as error:
        print(error)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.count("pip install 'wsgi_gateway[redis]'") == 2
    assert "secret" not in done.stdout


@pytest.mark.parametrize("password", ["pa[S3cretPw]x", "S3cret\u2100Pw", "pa[ss"])
def test_a_password_that_should_have_been_encoded_is_not_told(password):
    with pytest.raises(ConfigError) as caught:
        RedisUrl.read(f"redis://:{password}@host/0")
    assert password not in str(caught.value)
    assert caught.value.__cause__ is caught.value.__context__ is None


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis://h?prefx=a", "the option 'prefx' is unknown; did you mean 'prefix'?"),
        ("rediss://h?ssl_ca_cert=a", "the option 'ssl_ca_cert' is unknown; did you mean 'ssl_ca_certs'?"),
        ("redis://h?ssl_ca_certs=a", "ssl_ca_certs is for URLs that begin with rediss"),
        (
            "redis://h?timeout=1&clock=mine",
            "options are prefix, clock, timeout; that of clock cannot be right",
        ),
        ("redis://h?hunter2=a", "an option is unknown; options are prefix, clock, timeout"),
    ],
)
def test_a_slip_in_an_option_is_told_and_what_may_be_half_a_password_is_not(url, told):
    with pytest.raises(ConfigError) as error:
        RedisUrl.read(url)
    assert [problem.message for problem in error.value.problems] == [f"store URL: {told}"]
