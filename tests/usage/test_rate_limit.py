"""What callers are told of limits, where the stage's own tests do not go."""

from __future__ import annotations

from wsgi_gateway.usage.quota import DAY, Quota
from wsgi_gateway.usage.rate_limit import RateLimits


def test_of_an_extended_quota_no_more_is_left_than_its_policy_says():
    told = RateLimits(0)
    told.add("quota", Quota(9, "DAY"), (-91, DAY, 0, 0))
    assert told.fields() == [
        ("RateLimit-Policy", '"quota";q=100;w=86400'),
        ("RateLimit", '"quota";r=100;t=86400'),
    ]
