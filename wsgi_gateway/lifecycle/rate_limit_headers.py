"""RateLimitHeaders: tells callers how much of their limits is left, and when to come again.

Why: a client that knows its limits need not run into them. AWS does not tell. Around UsagePlan::

    app = RateLimitHeaders(UsagePlan(app, plans, api_keys=keys, tells=True))

    RateLimit-Policy: "throttle";q=20;w=2, "quota";q=1000;w=86400
    RateLimit: "throttle";r=19;t=1, "quota";r=998;t=43200
    Retry-After: 1                                          (with 429 alone)

What stands under these names in the answer already is replaced: a backend knows nothing of these limits.

Not for: limits that callers share (of a stage or a method): what is left of those is never told, and a
request that they refuse gets ``Retry-After`` alone. Nor for plans with ``shadow``: they are not in force, so
nothing of them is told.

Source: see :mod:`wsgi_gateway.usage.rate_limit`; the format is that of a draft and may change with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from wsgi_gateway.pipeline import LifecycleStage

if TYPE_CHECKING:
    from wsgi_gateway.context import Context
    from wsgi_gateway.wsgi import Response


class RateLimitHeaders(LifecycleStage):
    """``RateLimitHeaders(app)`` around a UsagePlan that ``tells``."""

    def on_response(self, ctx: Context, response: Response) -> None:
        """Add the fields, if a limit was asked about this request."""
        told = ctx.rate_limits
        if told is None:
            return
        fields = told.fields()
        wait = told.retry_after()
        if wait is not None:
            fields.append(("Retry-After", str(wait)))
        for name, value in fields:
            response.set_header(name, value)
