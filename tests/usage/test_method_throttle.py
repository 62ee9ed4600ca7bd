from __future__ import annotations

import pytest

from wsgi_gateway.config import ThrottleConfig
from wsgi_gateway.errors import API_CONFIGURATION_ERROR, ConfigError, GatewayError
from wsgi_gateway.usage.method_throttle import MethodThrottle
from wsgi_gateway.usage.throttle import TokenBucket

SLOW, FAST = ThrottleConfig(rate_limit=1, burst_limit=1), ThrottleConfig(rate_limit=9, burst_limit=9)
SLOW_BUCKET, FAST_BUCKET = TokenBucket.of(SLOW), TokenBucket.of(FAST)


@pytest.mark.parametrize(
    ("throttle", "path", "verb", "found"),
    [
        pytest.param(
            {"/pets/GET": SLOW}, "/pets", "GET", ("/pets/GET", SLOW_BUCKET), id="a method has its own"
        ),
        pytest.param({"/pets/GET": SLOW}, "/pets", "POST", None, id="another verb has none"),
        pytest.param({"/pets/GET": SLOW}, "/pets/{id}", "GET", None, id="another resource has none"),
        pytest.param({"/pets/GET": SLOW}, "/Pets", "GET", None, id="case matters in a path"),
        pytest.param({"/{a+}/GET": SLOW}, "/{a+}", "GET", ("/{a+}/GET", SLOW_BUCKET), id="a greedy resource"),
        pytest.param({"//GET": SLOW}, "/", "GET", ("//GET", SLOW_BUCKET), id="the root with two slashes"),
        pytest.param({"/GET": SLOW}, "/", "GET", ("//GET", SLOW_BUCKET), id="the root with one slash"),
        pytest.param(
            {"/a/ANY": SLOW}, "/a", "PUT", ("/a/ANY", SLOW_BUCKET), id="ANY is for every verb, together"
        ),
        pytest.param(
            {"/a/ANY": SLOW, "/a/PUT": FAST}, "/a", "PUT", ("/a/PUT", FAST_BUCKET), id="a verb before ANY"
        ),
        pytest.param(
            {"*/*": SLOW}, "/a", "PUT", ("/a/PUT", SLOW_BUCKET), id="the default is each method's own"
        ),
        pytest.param(
            {"/*/*": SLOW}, "/a", "PUT", ("/a/PUT", SLOW_BUCKET), id="the default with a slash before it"
        ),
        pytest.param(
            {"*/*": SLOW, "/a/PUT": FAST}, "/a", "PUT", ("/a/PUT", FAST_BUCKET), id="a method's own wins"
        ),
        pytest.param(
            {"*/*": SLOW, "/a/PUT": FAST}, "/b", "PUT", ("/b/PUT", SLOW_BUCKET), id="the others keep it"
        ),
        pytest.param(
            {"*/*": SLOW}, None, "PUT", ("*/*", SLOW_BUCKET), id="without a router one for everything"
        ),
        pytest.param({}, "/a", "PUT", None, id="nothing without configuration"),
    ],
)
def test_finds_the_limit_of_a_method(throttle, path, verb, found):
    assert MethodThrottle(throttle).find(path, verb) == found


def test_verbs_that_a_client_makes_up_share_one_counter():
    throttle = MethodThrottle({"*/*": SLOW})
    assert {throttle.find("/a", f"BREW{n}") for n in range(100)} == {("/a/ANY", SLOW_BUCKET)}


def test_a_methods_limit_is_not_left_out_because_there_is_no_router():
    with pytest.raises(GatewayError) as refused:
        MethodThrottle({"/a/GET": SLOW, "*/*": FAST}).find(None, "GET")
    assert refused.value.response_type is API_CONFIGURATION_ERROR


@pytest.mark.parametrize(
    "key",
    [
        pytest.param("pets/GET", id="no slash before it"),
        pytest.param("/pets", id="no verb"),
        pytest.param("/pets/get", id="a verb in small letters"),
        pytest.param("/pets/*", id="a wildcard for the verb alone"),
        pytest.param("*/GET", id="a wildcard for the path alone"),
        pytest.param("GET", id="a verb alone"),
        pytest.param("", id="nothing"),
        pytest.param("/pets/GET/", id="a slash after it"),
    ],
)
def test_a_key_that_can_never_match_is_refused(key):
    with pytest.raises(ConfigError, match=r"must be /path/VERB or \*/\*"):
        MethodThrottle({key: SLOW})


@pytest.mark.parametrize(
    "keys",
    [
        pytest.param(("//GET", "/GET"), id="the root spelled both ways"),
        pytest.param(("*/*", "/*/*"), id="the default spelled both ways"),
    ],
)
def test_the_same_method_throttled_twice_is_refused(keys):
    with pytest.raises(ConfigError, match="throttled twice"):
        MethodThrottle(dict.fromkeys(keys, SLOW))


def test_is_true_exactly_when_something_is_throttled():
    assert [bool(MethodThrottle(given)) for given in ({}, {"*/*": SLOW}, {"/a/GET": SLOW})] == [
        False,
        True,
        True,
    ]
