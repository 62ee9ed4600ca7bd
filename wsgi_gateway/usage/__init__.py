"""The arithmetic of usage plans: token buckets, calendar quotas, and who may call what.

Everything here is pure: time is an argument (whole microseconds since the epoch), state is a value, and
nothing is kept between two calls. Counters live in :mod:`wsgi_gateway.stores`; the stage that asks is
:class:`wsgi_gateway.lifecycle.usage_plan.UsagePlan`.

Both limits have the same two methods, so that a store need not tell them apart::

    take(state, now) -> (admitted, state)      the state to keep; a refusal takes nothing from it
    expires_at(state) -> instant or None       from when on the state says no more than no state at all

A state is a pair of whole numbers, or ``None`` for a counter that was never seen.
"""

from wsgi_gateway.usage.key_table import Admission, ApiKey, KeyTable
from wsgi_gateway.usage.quota import Quota
from wsgi_gateway.usage.throttle import TokenBucket

__all__ = ["Admission", "ApiKey", "KeyTable", "Quota", "TokenBucket"]
