"""What a back-test has found, as JSON: every limit with its counter's name, and what would have been enough.

::

    {"requests": 1204, "admitted": 1190, "refused": 14, "refusedBy": {"throttle": 14}, "callers": [...], ...}

Not for people (:mod:`wsgi_gateway.cli.back_test_report`).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from wsgi_gateway.usage.enough import BucketNeed

if TYPE_CHECKING:
    from wsgi_gateway.cli.back_test_report import Told
    from wsgi_gateway.usage.back_test import Need
    from wsgi_gateway.usage.caller_record import CallerRecord, Peak

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def as_json(told: Told) -> str:
    """One document; times in ISO 8601, UTC, to the microsecond. docs/back-test.md tells its members."""
    reader, refused = told.reader, told.refused
    requests = sum(record.requests for record in told.test.callers.values())
    document: dict[str, Any] = {
        "requests": requests,
        "admitted": requests - sum(refused.values()),
        "refused": sum(refused.values()),
        "refusedBy": refused,
        "first": None if told.span is None else _iso(told.span[0]),
        "last": None if told.span is None else _iso(told.span[1]),
        "lines": {
            "read": reader.lines,
            "unreadable": reader.unreadable,
            "reasons": reader.reasons,
            "leftOutByStatus": reader.left_out,
            "unrouted": reader.unrouted,
            "wholeSeconds": reader.whole_seconds,
        },
        "callerCount": len(told.test.callers),
        "callers": [_caller(record) for record in told.callers[: told.top or None]],
        "sharedLimits": [_limit(need) for need in told.test.shared_needs],
    }
    if told.comparison is not None:
        document["changes"] = [
            {
                "caller": name,
                "newlyRefused": change.newly_refused,
                "newlyAdmitted": change.newly_admitted,
                "firstNewlyRefused": None if change.first is None else _iso(change.first),
            }
            for name, change in sorted(
                told.comparison.changes.items(), key=lambda item: (-item[1].newly_refused, item[0] or "")
            )
        ]
    return json.dumps(document, indent=2)


def _caller(record: CallerRecord) -> dict[str, Any]:
    longest = None
    if record.refusals:
        stretch = record.longest
        longest = {"from": _iso(stretch.begin), "to": _iso(stretch.end), "requests": stretch.requests}
    first = record.first_refusal
    return {
        "caller": record.name,
        "requests": record.requests,
        "admitted": record.requests - record.refusals,
        "refused": record.refusals,
        "refusedBy": record.refused,
        "firstRefusal": None if first is None else {"time": _iso(first[0]), "limit": first[1]},
        "longestRefusal": longest,
        "peakSecond": _peak(record.second),
        "peakMinute": _peak(record.minute),
        "limits": [_limit(need) for need in record.needs],
    }


def _peak(peak: Peak) -> dict[str, Any]:
    return {"requests": peak.most, "time": _iso(peak.at)}


def _limit(need: Need) -> dict[str, Any]:
    told: dict[str, Any] = {
        "kind": need.kind, "name": need.name, "requests": need.requests, "refused": need.refused,
    }  # fmt: skip
    if isinstance(need, BucketNeed):
        told |= {"rateLimit": need.bucket.rate_limit, "burstLimit": need.bucket.burst_limit}
        told["enough"] = {"burstLimit": need.burst_enough, "rateLimit": need.rate_enough}
    else:
        told |= {"limit": need.quota.limit, "offset": need.quota.offset, "period": need.quota.period}
        told["enough"] = {"limit": need.limit_enough}
    return told


def _iso(at: int) -> str:
    return (_EPOCH + timedelta(microseconds=at)).isoformat(timespec="microseconds").replace("+00:00", "Z")
