"""What one decision does inside its transaction, and how counters go that say nothing any more.

All limits of a decision are read, decided and written in one transaction, which the caller begins and ends.
What is written carries its limit (:mod:`wsgi_gateway.stores.lmdb_codec`), so that whoever adds a counter or a
record can look at two old ones and drop them if their time is over: the next two in the order of the keys,
round and round, whoever looks. There are never more than about twice as many as are alive.

Not for: the arithmetic (:mod:`wsgi_gateway.usage`), or locks.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from wsgi_gateway.stores import lmdb_codec as codec
from wsgi_gateway.stores.lmdb_checkpoint import note
from wsgi_gateway.stores.lmdb_codec import (
    NOTED,
    bucket_state,
    bucket_value,
    counter_key,
    quota_state,
    quota_value,
)
from wsgi_gateway.usage.quota import DAY

if TYPE_CHECKING:
    from wsgi_gateway.stores.lmdb_codec import Transaction
    from wsgi_gateway.stores.lmdb_files import Files
    from wsgi_gateway.usage.quota import Quota, State
    from wsgi_gateway.usage.throttle import TokenBucket

    Buckets = Sequence[tuple[str, TokenBucket]]
    Quotas = Sequence[tuple[str, Quota]]
    Level = tuple[int, int]

_LOOKED_AT_PER_NEW_ONE = 2


def admit(
    txn: Transaction,
    files: Files,
    buckets: Buckets,
    quotas: Quotas,
    now: int,
    told: list[Any] | None,
) -> str | None:
    """Take one of everything or nothing; the name of the first limit that refuses, or ``None``."""
    get = txn.get
    levels, counts = [], []
    for name, bucket in buckets:
        key = counter_key(name)
        value = get(key)
        level = None if value is None else bucket_state(value)
        admitted, after = bucket.take(level, _not_before(txn, now) if value is None else now)
        if not admitted:
            if level is None:
                make_way(txn, files, now)
            if level != after:
                txn.put(key, bucket_value(bucket, after))
            return _refused(txn, name, buckets, quotas, told)
        levels.append((key, bucket, level, after))
    for name, quota in quotas:
        key = counter_key(name)
        value = get(key)
        used = None if value is None else quota_state(value)
        admitted, state = quota.take(used, _not_before(txn, now) if value is None else now)
        if not admitted:
            _put_quota(txn, files, key, value, quota, used, state, now)
            return _refused(txn, name, buckets, quotas, told)
        counts.append((key, value, quota, used, state))
    put = txn.put
    for key, bucket, level, after in levels:
        if level is None:
            make_way(txn, files, now)
        put(key, bucket_value(bucket, after))
    for key, value, quota, used, state in counts:
        _put_quota(txn, files, key, value, quota, used, state, now)
    if told is not None:
        told.extend([one[-1] for one in (*levels, *counts)])
    return None


def states(txn: Transaction, buckets: Buckets, quotas: Quotas) -> list[Any]:
    """What the counters hold; None for one never used."""
    levels = [txn.get(counter_key(name)) for name, _ in buckets]
    counts = [txn.get(counter_key(name)) for name, _ in quotas]
    return [
        *(None if value is None else bucket_state(value) for value in levels),
        *(None if value is None else quota_state(value) for value in counts),
    ]


def set_used(txn: Transaction, files: Files, name: str, quota: Quota, used: int, now: int) -> None:
    """Say how much of a quota is used in the present period."""
    key = counter_key(name)
    value = txn.get(key)
    before = None if value is None else quota_state(value)
    _, end, day, today = quota.present(before, _not_before(txn, now) if value is None else now)
    _put_quota(txn, files, key, value, quota, before, (used, end, day, today), now)


def usage(txn: Transaction, files: Files, name: str, quota: Quota) -> dict[int, tuple[int, int]]:
    """Requests admitted and remaining, of all days that are known."""
    history = codec.key_of(codec.HISTORY, name)
    days = codec.days_of(txn.get(history))
    with files.durable.begin() as durable:
        days = {**codec.days_of(durable.get(history)), **days}
    value = txn.get(counter_key(name))
    if value is not None:
        used, _, day, today = quota_state(value)
        if today:
            days[day] = (today, max(0, quota.limit - used))
    return days


def make_way(txn: Transaction, files: Files, now: int, size: int = 0) -> None:
    """Before something new comes: see that there is room for ``size`` bytes, and drop what may be over.

    Raises :class:`~wsgi_gateway.stores.lmdb_files.FullError`.
    """
    files.see_to_room(size)
    reclaim(txn, now)


def reclaim(txn: Transaction, now: int, look_at: int = _LOOKED_AT_PER_NEW_ONE) -> int:
    """Look at those that were not looked at for longest and drop what is over; how many that were."""
    seen = _next_of_ring(txn, look_at)
    dropped = 0
    for key, value in seen:
        if key[:1] == codec.COUNTER:
            dropped += _drop_counter(txn, key, value, now)
        elif value[0] == codec.EXPIRING and codec.expires_at(value) <= now:
            dropped += txn.delete(key)
    if seen:
        txn.put(codec.HAND, seen[-1][0])
    return dropped


def _refused(txn: Transaction, name: str, buckets: Buckets, quotas: Quotas, told: list[Any] | None) -> str:
    # Nothing was taken; what was put is the refill, and a clock that was set.
    if told is not None:
        told.extend(states(txn, buckets, quotas))
    return name


def _not_before(txn: Transaction, now: int) -> int:
    """For counters that are not there: what was reclaimed is over, also for a clock that went back."""
    return max(now, codec.number(txn.get(codec.RECLAIMED_AT)))


def _put_quota(
    txn: Transaction,
    files: Files,
    key: bytes,
    value: bytes | None,
    quota: Quota,
    before: State | None,
    after: State,
    now: int,
) -> None:
    if value is None or before is None:
        make_way(txn, files, now)
        note(txn, key)
    else:
        if before == after:
            return
        if not value[0] & NOTED:
            note(txn, key)
        if before[2] != after[2]:
            _file(txn, key, quota, before, after)
    txn.put(key, quota_value(quota, after, NOTED))


def _file(txn: Transaction, key: bytes, quota: Quota, before: State, after: State) -> None:
    """Put a day that is over on record; the next fold adds it to those that are durable."""
    filed = quota.filed(before, after)
    if filed is not None:
        history = codec.HISTORY + key[1:]
        days = codec.days_of(txn.get(history))
        days[filed[0]] = filed[1:]
        txn.put(history, codec.days_value(days))
        note(txn, history)


def _next_of_ring(txn: Transaction, count: int) -> list[tuple[bytes, bytes]]:
    cursor = txn.cursor()
    seen: dict[bytes, bytes] = {}
    there = cursor.set_range((txn.get(codec.HAND) or codec.COUNTER) + b"\0")
    for _ in range(count):
        there = there and cursor.key() < codec.END_OF_RING
        if not there and not (cursor.set_range(codec.COUNTER) and cursor.key() < codec.END_OF_RING):
            break
        seen[cursor.key()] = cursor.value()
        there = cursor.next()
    return list(seen.items())


def _drop_counter(txn: Transaction, key: bytes, value: bytes, now: int) -> bool:
    limit, state = codec.limit_of(value)
    expiry = limit.expires_at(state)  # type: ignore[arg-type]
    if expiry is None or expiry > now:
        return False
    if value[0] & codec.QUOTA:
        _file(txn, key, limit, state, (0, 0, now // DAY, 0))  # type: ignore[arg-type]
        note(txn, key)
    txn.put(codec.RECLAIMED_AT, codec.number_value(_not_before(txn, now)))
    txn.delete(key)
    return True
