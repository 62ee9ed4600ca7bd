"""``wsgi-gateway usage``: by day in the shape of GetUsage, extended, watched."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from cli.store_files import shop
from wsgi_gateway.cli import main, usage_watch
from wsgi_gateway.cli.usage_watch import UsageWatch
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage.quota import DAY, Quota
from wsgi_gateway.usage.registry import Registry
from wsgi_gateway.usage.stored_keys import StoredKeys
from wsgi_gateway.usage.usage_by_day import set_remaining, usage_by_day

__all__ = ["shop"]

VALUE = "apikey1234abcdefghij0123456789"


def admit(store, times, now):
    """Requests with the key, as the stage makes them."""
    admission, _ = StoredKeys(store).find(VALUE.encode()).admission("a1", "prod")
    return [store.admit(admission.buckets, admission.quotas, now) for _ in range(times)]


@pytest.fixture
def busy(shop):
    """A shop in which Ada has made 3 requests of 100 today."""
    shop.put_plan(quota={"limit": 100, "period": "DAY"})
    shop.run("keys", "create", "Ada", "--id", "ada", "--plan", "gold", "--value-from-stdin", given=VALUE)
    shop.run("keys", "create", "Bob", "--id", "bob", "--plan", "gold")
    store, _ = shop.open()
    shop.now = int(time.time() * 1_000_000)
    assert admit(store, 3, shop.now) == [None] * 3
    store.close()
    return shop


def day(ago=0):
    return str((datetime.now(UTC) - timedelta(ago)).date())


def test_get_tells_the_present_period_of_every_key(busy):
    told = busy.told("usage", "get", "gold")
    assert told["usagePlanId"] == "gold"
    assert told["startDate"] == told["endDate"]
    assert told["items"] == {"ada": [[3, 97]], "bob": [[0, 100]]}
    assert told["totals"] == {"keys": {"ada": 3, "bob": 0}, "plan": 3}


def test_get_begins_with_the_total_of_the_plan_and_ends_each_key_with_its_own(busy):
    today = busy.told("usage", "get", "gold")["endDate"]
    assert busy.run("usage", "get", "gold").splitlines() == [
        "total       gold  3 used by 2 keys",
        f"{today}  ada  3 used  97 remaining",
        "total       ada  3 used",
        f"{today}  bob  0 used  100 remaining",
        "total       bob  0 used",
    ]


def test_days_without_use_are_told_only_if_asked_for(busy):
    days = ["--key", "ada", "--start", day(3), "--end", day()]
    lines = busy.run("usage", "get", "gold", *days).splitlines()
    assert [line.split()[0] for line in lines] == [day(), "total"]
    lines = busy.run("usage", "get", "gold", *days, "--all-days").splitlines()
    assert [line.split()[0] for line in lines] == [day(3), day(2), day(1), day(), "total"]
    lines = busy.run("usage", "get", "gold", "--key", "bob", "--start", day(3), "--end", day(1)).splitlines()
    assert [line.split()[0] for line in lines] == [day(1), "total"]


def test_one_request_is_told_as_one(busy):
    assert busy.run("usage", "extend", "gold", "ada", "1") == "ada has 1 request left in the present DAY\n"


def test_totals_are_of_the_days_that_are_told(shop):
    shop.put_plan(quota={"limit": 100, "period": "DAY"})
    shop.run("keys", "create", "Ada", "--id", "ada", "--plan", "gold", "--value-from-stdin", given=VALUE)
    now = int(time.time() * 1_000_000)
    store, _ = shop.open()
    admit(store, 4, now - DAY)
    admit(store, 3, now)
    store.close()
    days = ["--start", day(2), "--end", day()]
    assert shop.told("usage", "get", "gold", *days)["totals"] == {"keys": {"ada": 7}, "plan": 7}
    yesterday = shop.told("usage", "get", "gold", "--start", day(1), "--end", day(1))
    assert yesterday["totals"]["plan"] == 4


def test_of_one_key_there_is_no_total_of_the_plan(busy):
    assert busy.told("usage", "get", "gold", "--key", "ada")["totals"] == {"keys": {"ada": 3}}
    lines = busy.run("usage", "get", "gold", "--key", "ada").splitlines()
    assert lines[0].endswith("  ada  3 used  97 remaining")
    assert lines[1:] == ["total       ada  3 used"]


def test_a_plan_without_keys_has_a_total_of_nothing(busy):
    busy.put_plan(id="none")
    assert busy.run("usage", "get", "none") == "total       none  0 used by 0 keys\n"


def test_get_tells_days_as_they_are_named(busy):
    told = busy.told("usage", "get", "gold", "--key", "ada", "--start", day(2), "--end", day())
    assert told["items"] == {"ada": [[0, 100], [0, 100], [3, 97]]}


@pytest.mark.parametrize(
    "days",
    [
        pytest.param(["--end", day(-2)], id="a day to come"),
        pytest.param(["--start", day(1), "--end", day(2)], id="the last day before the first"),
        pytest.param(["--start", day(92)], id="more than 90 days ago"),
        pytest.param(["--start", "yesterday"], id="no date"),
    ],
)
def test_days_that_cannot_be(busy, days):
    output = busy.run("usage", "get", "gold", *days, status=2)
    assert output.startswith(("Error: --start: ", "Error: --end: "))
    assert output.count("\n") == 1


@pytest.mark.parametrize("seconds", ["nan", "inf", "0", "-1", "2x"])
def test_an_interval_that_cannot_be(busy, seconds):
    output = busy.run("usage", "watch", "gold", "--times", "2", "--interval", seconds, status=2)
    assert output.startswith("Error: --interval: ")


def test_extend_sets_what_remains_and_is_counted_on(busy):
    assert busy.run("usage", "extend", "gold", "ada", "2") == "ada has 2 requests left in the present DAY\n"
    assert busy.told("usage", "get", "gold", "--key", "ada")["items"]["ada"] == [[3, 2]]
    store, _ = busy.open()
    refused = admit(store, 3, busy.now)
    store.close()
    assert refused == [None, None, "plan:gold:ada:quota:DAY"]
    busy.run("usage", "extend", "gold", "ada", "500")
    assert busy.told("usage", "get", "gold", "--key", "ada")["items"]["ada"] == [[5, 500]]


@pytest.mark.parametrize("remaining", ["-1", "many", "0.5"])
def test_what_cannot_remain(busy, remaining):
    busy.run("usage", "extend", "gold", "ada", "--", remaining, status=2)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        pytest.param(["get", "none"], "Invalid Usage Plan ID specified", id="get of an unknown plan"),
        pytest.param(["get", "gold", "--key", "x"], "Invalid API Key identifier", id="get of an unknown key"),
        pytest.param(["get", "gold", "--key", "eve"], "is not in the usage plan", id="get of a key outside"),
        pytest.param(["get", "free"], "has no quota", id="get of a plan without a quota"),
        pytest.param(["extend", "none", "ada", "1"], "Invalid Usage Plan ID", id="extend an unknown plan"),
        pytest.param(["extend", "gold", "eve", "1"], "is not in the usage plan", id="extend a key outside"),
        pytest.param(["extend", "free", "eve", "1"], "has no quota", id="extend without a quota"),
        pytest.param(["watch", "none"], "Invalid Usage Plan ID", id="watch an unknown plan"),
        pytest.param(["watch", "free"], "neither a throttle nor a quota", id="watch what has no limits"),
    ],
)
def test_what_is_not_there(busy, words, message):
    busy.run("plans", "put", busy.write("free.json", {"id": "free"}))
    busy.run("keys", "create", "Eve", "--id", "eve", "--plan", "free")
    assert message in busy.run("usage", *words, status=1)


# ------------------------------------------------------------ by day


def test_days_of_several_periods():
    store, quota = MemoryStore(), Quota(10, "WEEK")
    monday = 4 + 7 * 2900  # days since 1970-01-01, a Thursday
    for ago in (0, 0, 2, 9):
        store.admit((), [("q", quota)], (monday + ago) * DAY)
    now = (monday + 10) * DAY
    told = usage_by_day(store, ("q", quota), monday - 1, monday + 10, now)
    assert told == [
        [0, 10],
        [2, 8],
        [0, 8],
        [1, 7],
        *[[0, 7]] * 4,
        [0, 10],
        [0, 10],
        [1, 9],
        [0, 9],
    ]
    assert usage_by_day(store, ("q", quota), monday + 1, monday + 2, now) == [[0, 8], [1, 7]]


def test_an_offset_is_missing_before_the_first_request():
    store, quota = MemoryStore(), Quota(10, "MONTH", offset=4)
    assert usage_by_day(store, ("q", quota), 100, 100, 100 * DAY) == [[0, 6]]
    set_remaining(store, ("q", quota), 15, 100 * DAY)
    assert usage_by_day(store, ("q", quota), 100, 100, 100 * DAY) == [[0, 15]]


# ------------------------------------------------------------ watched


@pytest.fixture
def watched():
    """A store with a plan that two keys are in."""
    from wsgi_gateway.usage.plan_json import plan_from_json

    store = MemoryStore()
    registry = Registry(store)
    stages = [{"apiId": "a1", "stage": "prod"}]
    limits = {"throttle": {"rateLimit": 1, "burstLimit": 20}, "quota": {"limit": 100, "period": "DAY"}}
    registry.put_plan(plan_from_json({"id": "gold", "apiStages": stages, **limits}))
    registry.create_key("Ada", key_id="ada", value=VALUE, plans=["gold"])
    registry.create_key("Bob", key_id="bob", plans=["gold"])
    return store


def test_a_watch_tells_requests_rates_and_what_is_left(watched):
    now, shown = [1_000_000.0], []
    watching = UsageWatch(watched, "gold", clock=lambda: now[0])

    def sleep(seconds):
        admit(watched, 5, int(now[0] * 1_000_000))
        now[0] += seconds

    watching.run(lambda rows: shown.append([tuple(row) for row in rows]), 2.0, 3, sleep)
    assert shown == [
        [("ada", "Ada", 0, None, 100, 20), ("bob", "Bob", 0, None, 100, 20)],
        [("ada", "Ada", 5, 2.5, 95, 17), ("bob", "Bob", 0, 0.0, 100, 20)],
        [("ada", "Ada", 10, 2.5, 90, 14), ("bob", "Bob", 0, 0.0, 100, 20)],
    ]


def test_a_watch_over_midnight_begins_anew(watched):
    now = [DAY / 1_000_000 * 100 - 1]
    watching = UsageWatch(watched, "gold", top=1, clock=lambda: now[0])
    admit(watched, 5, int(now[0] * 1_000_000))
    watching.rows()
    now[0] += 2
    assert [tuple(row) for row in watching.rows()] == [("ada", "Ada", 0, None, 100, 17)]


def test_a_watch_spends_nothing(watched):
    watching = UsageWatch(watched, "gold", clock=lambda: 1.0)
    assert watching.rows() == [row._replace(per_second=None) for row in watching.rows()]
    assert len(watched) == 0


def test_a_watch_of_a_plan_that_goes_away_ends(watched):
    registry = Registry(watched)
    watching = UsageWatch(watched, "gold")
    registry.delete_key("ada")
    registry.delete_key("bob")
    assert watching.rows() == []
    registry.delete_plan("gold")
    with pytest.raises(ConfigError, match="Invalid Usage Plan ID"):
        watching.rows()


def test_watch_prints_lines_where_nobody_looks(busy):
    output = busy.run("usage", "watch", "gold", "--times", "2", "--interval", "0.1", "--top", "1")
    lines = [line.split() for line in output.splitlines()]
    assert lines[0] == ["key", "name", "today", "a", "second", "left", "tokens"]
    assert [line[:3] for line in lines if line[:1] == ["ada"]] == [["ada", "Ada", "3"]] * 2
    assert ["bob"] not in [line[:1] for line in lines]


def test_ctrl_c_ends_a_watch(busy, monkeypatch):
    def interrupted(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(UsageWatch.run, "__defaults__", (interrupted,))
    result = CliRunner().invoke(main, ["usage", "watch", "gold", "--store", busy.url])
    assert result.exit_code == 0
    assert result.output.count("ada") == 1


def test_on_a_terminal_with_rich_the_table_stays_in_its_place(busy, monkeypatch):
    console = pytest.importorskip("rich.console").Console(force_terminal=True, width=100)
    monkeypatch.setattr(usage_watch.terminal, "_console", lambda: console)
    with console.capture() as capture:
        busy.run("usage", "watch", "gold", "--times", "2", "--interval", "0.1")
    assert "ada" in capture.get()
    assert "\x1b[1A" in capture.get()
