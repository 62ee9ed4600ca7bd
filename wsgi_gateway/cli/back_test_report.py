"""What a back-test has found, as a table for people.

::

    for line in as_text(Told(test, reader, span, top=20)):
        click.echo(line)

The callers who are refused most come first, with the limits that would have been enough for them: *burst 38
or rate 23.5* means that either would have admitted everything that the throttle saw, if the other limits were
large enough too.

Not for programs (:mod:`wsgi_gateway.cli.back_test_json`), nor for deciding
(:mod:`wsgi_gateway.usage.back_test`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from wsgi_gateway.trace import printable
from wsgi_gateway.usage.back_test import KINDS
from wsgi_gateway.usage.enough import BucketNeed

if TYPE_CHECKING:
    from wsgi_gateway.usage.back_test import BackTest, Need
    from wsgi_gateway.usage.caller_record import CallerRecord
    from wsgi_gateway.usage.comparison import Comparison
    from wsgi_gateway.usage.traffic import TrafficReader

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WIDTH = 40
_LIMITS_TOLD = 3


class Told(NamedTuple):
    """What there is to tell. ``span``: the first and last instant; ``top``: how many callers, 0 for all."""

    test: BackTest
    reader: TrafficReader
    span: tuple[int, int] | None
    top: int
    comparison: Comparison | None = None

    @property
    def callers(self) -> list[CallerRecord]:
        """Those who are refused most come first."""
        records = self.test.callers.values()
        return sorted(records, key=lambda one: (-one.refusals, -one.requests, one.name or ""))

    @property
    def refused(self) -> dict[str, int]:
        """Requests refused, by kind, in the order in which limits are asked."""
        records = self.test.callers.values()
        found = {kind: sum(record.refused.get(kind, 0) for record in records) for kind in KINDS}
        return {kind: count for kind, count in found.items() if count}


def as_text(told: Told) -> Iterator[str]:
    """Lines for a terminal; what comes from the log is made printable."""
    yield from _summary(told)
    yield from _left_out(told.reader)
    callers = told.callers
    shown = callers[: told.top or None]
    if shown:
        yield ""
        yield from _table([_HEAD[:3] + _kinds(told) + _HEAD[3:], *(_row(one, told) for one in shown)])
    if len(shown) < len(callers):
        yield f"and {len(callers) - len(shown):,} more (--top 0 tells all)"
    for need in told.test.shared_needs:
        if need.refused:
            yield f"of all callers: {_label(need)} refuses {need.refused:,}, enough: {_enough(need)}"
    if told.comparison is not None:
        yield ""
        yield from _changes(told, told.comparison)


def _summary(told: Told) -> Iterator[str]:
    requests = sum(record.requests for record in told.test.callers.values())
    refused = told.refused
    count = sum(refused.values())
    when = "" if told.span is None else f", {_clock(told.span[0])} to {_clock(told.span[1])} UTC"
    yield f"{_number(requests, 'request')} of {_number(len(told.test.callers), 'caller')}{when}"
    kinds = ", ".join(f"{kind} {number:,}" for kind, number in refused.items())
    share = f" ({100 * count / requests:.1f} %): {kinds}" if count else ""
    yield f"{requests - count:,} admitted, {count:,} refused{share}"


def _left_out(reader: TrafficReader) -> Iterator[str]:
    if reader.left_out:
        yield f"{_number(reader.left_out, 'request')} left out by status"
    if reader.unrouted:
        yield f"{_number(reader.unrouted, 'request')} left out: no method of the definition serves them"
    if reader.unreadable:
        yield f"{_number(reader.unreadable, 'line')} could not be read"
        yield from (f"  {printable(reason)}" for reason in reader.reasons)
    if reader.requests and reader.whole_seconds == reader.requests:
        yield "the log has whole seconds: requests of one second count as simultaneous, and more are refused"


_HEAD = ("caller", "requests", "refused", "first refusal", "longest", "in 1 s", "in 1 min", "enough")


def _kinds(told: Told) -> tuple[str, ...]:
    return tuple(told.refused)


def _row(record: CallerRecord, told: Told) -> tuple[str, ...]:
    refused = tuple(f"{record.refused.get(kind, 0):,}" for kind in _kinds(told))
    first = "-" if record.first_refusal is None else _clock(record.first_refusal[0])
    longest = f"{(record.longest.end - record.longest.begin) / 1e6:,.1f} s" if record.refusals else "-"
    peaks = (f"{record.second.most:,}", f"{record.minute.most:,}")
    counts = (f"{record.requests:,}", f"{record.refusals:,}")
    return (_name(record.name), *counts, *refused, first, longest, *peaks, _enough_of(record))


def _enough_of(record: CallerRecord) -> str:
    refusing = sorted((need for need in record.needs if need.refused), key=lambda need: -need.refused)
    told = [f"{_label(need, short=True)}{_enough(need)}" for need in refusing[:_LIMITS_TOLD]]
    more = [f"and {len(refusing) - _LIMITS_TOLD} more limits"] if len(refusing) > _LIMITS_TOLD else []
    return "; ".join([*told, *more]) or "-"


def _enough(need: Need) -> str:
    if not isinstance(need, BucketNeed):
        return f"quota {need.limit_enough:,} a {need.quota.period.lower()}"
    rate = need.rate_enough
    other = "no rate would do" if rate is None else f"or rate {rate:,}"
    return f"burst {need.burst_enough:,}{',' if rate is None else ''} {other}"


def _label(need: Need, short: bool = False) -> str:
    """What a limit is of: a method, or what its kind says."""
    method = need.name[need.name.find(":/") + 1 :] if ":/" in need.name else ""
    if short:
        return f"{printable(method)}: " if need.kind == "method throttle" else ""
    return f"{need.kind} {printable(method)}".strip()


def _changes(told: Told, comparison: Comparison) -> Iterator[str]:
    changes = sorted(comparison.changes.items(), key=lambda item: (-item[1].newly_refused, item[0] or ""))
    refused = sum(change.newly_refused for _, change in changes)
    admitted = sum(change.newly_admitted for _, change in changes)
    yield f"compared with before: {refused:,} newly refused, {admitted:,} newly admitted"
    if not changes:
        return
    rows = [("caller", "newly refused", "newly admitted", "first newly refused")]
    for name, change in changes[: told.top or None]:
        first = "-" if change.first is None else _clock(change.first)
        rows.append((_name(name), f"{change.newly_refused:,}", f"{change.newly_admitted:,}", first))
    yield from _table(rows)


def _table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Columns; numbers to the right."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    numbers = {index for index, name in enumerate(rows[0]) if name not in _TEXTS}
    for row in rows:
        cells = zip(row, widths, strict=True)
        padded = [
            cell.rjust(width) if i in numbers else cell.ljust(width) for i, (cell, width) in enumerate(cells)
        ]
        yield "  ".join(padded).rstrip()


_TEXTS = {"caller", "first refusal", "first newly refused", "enough"}


def _name(name: str | None) -> str:
    shown = "(none)" if name is None else printable(name)
    return shown if len(shown) <= _WIDTH else f"{shown[: _WIDTH - 3]}..."


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _clock(at: int) -> str:
    return (_EPOCH + timedelta(microseconds=at)).strftime("%Y-%m-%d %H:%M:%S")
