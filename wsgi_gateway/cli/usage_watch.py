"""The live table of ``usage watch``: the busiest keys of a plan, by rich where it is installed, else lines.

::

    watching = UsageWatch(store, "gold", top=20)
    with screen("gold") as show:
        watching.run(show, interval=2.0, times=None)

Of each key: requests admitted today, how many of them a second since the last look, requests left of the
quota, tokens left of the throttle. It looks and spends nothing.

Limits: the first :data:`KEYS_LOOKED_AT` keys of a plan, by id.

Not for: keeping; ``usage get`` tells what was.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from wsgi_gateway.cli import terminal

if TYPE_CHECKING:
    from wsgi_gateway.typing import Clock, Store

KEYS_LOOKED_AT = 1000

HEADING = ("key", "name", "today", "a second", "left", "tokens")


class Row(NamedTuple):
    """One key; None where its plan has no such limit, or there was no look before."""

    key: str
    name: str
    today: int | None
    per_second: float | None
    left: int | None
    tokens: int | None

    def texts(self) -> list[str]:
        """As they are told."""
        rate = "-" if self.per_second is None else f"{self.per_second:.1f}"
        numbers = ["-" if number is None else str(number) for number in (self.today, self.left, self.tokens)]
        return [self.key, self.name, numbers[0], rate, *numbers[1:]]


Show = Callable[[Sequence[Row]], None]


class UsageWatch:
    """``top`` keys of a plan. ConfigError if there is no such plan, or nothing in it is limited."""

    def __init__(self, store: Store, plan_id: str, *, top: int = 20, clock: Clock = time.time) -> None:
        from wsgi_gateway.usage.key_rules import refuse
        from wsgi_gateway.usage.registry import Registry

        self._store, self._plan_id, self._top, self._clock = store, plan_id, top, clock
        self._registry = Registry(store)
        plan = self._registry.get_plan(plan_id)
        if plan.throttle is None and plan.quota is None:
            refuse("usage-plan", f"the usage plan {plan_id!r} has neither a throttle nor a quota to watch")
        self._before: dict[str, tuple[int, int]] = {}

    def run(
        self, show: Show, interval: float, times: int | None, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        """Show the rows every ``interval`` seconds, ``times`` times or for ever."""
        looks = 0
        while True:
            show(self.rows())
            looks += 1
            if looks == times:
                return
            sleep(interval)

    def rows(self) -> list[Row]:
        """The busiest keys, first those with most requests today."""
        from wsgi_gateway.usage.key_table import Admission, Plan

        now = int(self._clock() * 1_000_000)
        plan = Plan(self._registry.get_plan(self._plan_id))
        records = islice(self._registry.each_key(self._plan_id), KEYS_LOOKED_AT)
        rows = [self._row(record.id, record.name, Admission(plan, record.id), now) for record in records]
        return sorted(rows, key=lambda row: (-(row.today or 0), row.key))[: self._top]

    def _row(self, key_id: str, name: str, admission: Any, now: int) -> Row:
        buckets, quotas = admission.buckets, admission.quotas
        states = self._store.states(buckets, quotas, now)
        tokens = buckets[0][1].tokens(states[0], now) if buckets else None
        if not quotas:
            return Row(key_id, name, None, None, None, tokens)
        quota, state = quotas[0][1], states[-1]
        today = quota.present(state, now)[3]
        return Row(key_id, name, today, self._rate(key_id, today, now), quota.remaining(state, now), tokens)

    def _rate(self, key_id: str, today: int, now: int) -> float | None:
        """Requests a second since the last look; None at the first, and over midnight."""
        before, then = self._before.get(key_id, (today + 1, now))
        self._before[key_id] = today, now
        return (today - before) * 1_000_000 / (now - then) if today >= before and now > then else None


@contextmanager
def screen(title: str) -> Iterator[Show]:
    """What shows rows: a table that stays in its place on a terminal with rich, else lines."""
    console = terminal._console()
    if console is None:
        yield _tell
        return
    from rich.live import Live

    with Live(console=console, auto_refresh=False) as live:
        yield lambda rows: live.update(_table(title, rows), refresh=True)


def _tell(rows: Sequence[Row]) -> None:
    lines = [list(HEADING), *(row.texts() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADING))]
    for line in lines:
        click.echo("  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip())
    click.echo()


def _table(title: str, rows: Sequence[Row]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(*HEADING, title=title, box=box.SIMPLE)
    for row in rows:
        table.add_row(*(Text(text) for text in row.texts()))
    return table
