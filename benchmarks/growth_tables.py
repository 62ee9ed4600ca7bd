"""The numbers of ``growth.py`` as tables in Markdown: ``python benchmarks/growth_tables.py results.json``."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def percent(value):
    return "no end" if value is None else f"{100 * value:.1f} %"


def wait(value):
    return "no end" if value is None else f"{value / 1000:.2f} ms"


def number(value):
    return f"{value:,.0f}" if value >= 100 else f"{value:.2f}" if value < 10 else f"{value:.0f}"


def lease(seconds):
    return f"{seconds:g} s" if seconds else "exact"


def table(title, rows, by, cell):
    """A row for each of the labels ``by``, a column for each length of leases."""
    leases = sorted({row["lease"] for row in rows})
    print(f"\n{title}\n")
    print("| " + " | ".join([*by, *map(lease, leases)]) + " |")
    print("|---" * (len(by) + len(leases)) + "|")
    labels = dict.fromkeys(tuple(row[name] for name in by) for row in rows)
    for label in labels:
        mine = {row["lease"]: row for row in rows if tuple(row[name] for name in by) == label}
        first = [f"{one:,}" if isinstance(one, int) else f"{one}" for one in label]
        print("| " + " | ".join([*first, *[cell(mine[one]) for one in leases]]) + " |")


def print_tables(found):
    print(f"a call costs Redis {found['service']} us; {found['measured round trip']} us around it here,")
    print(f"{found['round trip']} us in the simulations; a Redis of one processor serves at most")
    print(f"{1e6 / found['service']:,.0f} calls a second")
    print_measured(found)
    print_check(found)
    by_gateways = ["zipf", "gateways"]
    table("calls a second", found["load"], by_gateways, lambda row: number(row["calls per second"]))
    table("of Redis in use", found["load"], by_gateways, lambda row: percent(row["utilisation"]))
    table("mean wait", found["load"], by_gateways, lambda row: wait(row["mean"]))
    table("p99 of the wait", found["load"], by_gateways, lambda row: wait(row["p99"]))
    table("refused", found["load"], by_gateways, lambda row: percent(row["refused"]))
    table("admitted too little", found["load"], by_gateways, lambda row: percent(row["short"]))
    table("calls a decision", found["keys"], ["zipf", "keys"], lambda row: number(row["calls per decision"]))
    table("calls a decision", found["worth"], ["rate"], lambda row: number(row["calls per decision"]))
    print_errors(found)
    every = [row for name in found for row in _rows(found[name]) if "over" in row]
    decisions, over = sum(row["decisions"] for row in every), sum(row["over"] for row in every)
    print(f"\n{len(every)} runs, {decisions:,} decisions judged, {over} over a limit")


def print_check(found):
    """A queue whose mean wait is known (Poisson arrivals, constant service: Pollaczek and Khinchine)."""
    service, rows = found["service"], found["load"]
    print("\n| gateways | mean wait, exact, simulated | by the formula |\n|---|---|---|")
    for row in rows:
        if not row["lease"] and row["zipf"] and row["mean"] is not None:
            used = row["gateways"] * 200 * service / 1e6
            known = found["round trip"] + service + used * service / (2 * (1 - used))
            print(f"| {row['gateways']:,} | {row['mean']:.1f} us | {known:.1f} us |")


def print_errors(found):
    for title, name in (("admitted too little", "short"), ("taken and unspent", "unspent")):
        cell = lambda row, name=name: percent(row[name])  # noqa: E731
        table(title, found["error"], ["demand"], cell)
        table(title, found["error_by_gateways"], ["demand", "gateways"], cell)
        table(title, found["error_by_rate"], ["demand", "rate"], cell)
        table(title, found["special"], ["what"], cell)
    table("refused with room", found["error"], ["demand"], lambda row: percent(row["with room"]))
    table("calls a decision", found["error"], ["demand"], lambda row: number(row["calls per decision"]))
    calls = lambda row: number(row["calls per decision"])  # noqa: E731
    table("calls a decision", found["error_by_rate"], ["demand", "rate"], calls)
    table("calls a decision", found["special"], ["what"], calls)
    table("p99 of the wait", found["error"], ["demand"], lambda row: wait(row["p99"]))
    table("admitted of 10,000", found["quota"], ["gateways"], lambda row: f"{row['admitted']:,}")
    table("last admitted", found["quota"], ["gateways"], lambda row: f"{row['last admitted']:.2f} s")
    table("calls a decision", found["quota"], ["gateways"], calls)


def print_measured(found):
    print("\n| store | processes | decisions a second | of Redis's processor, a call |\n|---|---|---|---|")
    for row in found["capacity"]:
        each = f"{row['service']:.1f} us" if row["service"] else ""
        print(f"| {row['store']} | {row['processes']} | {row['rate']:,.0f} | {each} |")
    print("\nmeasured / simulated\n")
    print("| processes | lease | calls a decision | refused | mean wait | p99 |\n|---|---|---|---|---|---|")
    for real, model in zip(found["measured"], found["twins"], strict=False):
        cells = [
            f"{number(real['calls per decision'])} / {number(model['calls per decision'])}",
            f"{percent(real['refused'])} / {percent(model['refused'])}",
            f"{wait(real['mean'])} / {wait(model['mean'])}",
            f"{wait(real['p99'])} / {wait(model['p99'])}",
        ]
        print(f"| {real['gateways']} | {lease(real['lease'])} | " + " | ".join(cells) + " |")


def _rows(value):
    return value if isinstance(value, list) else []


if __name__ == "__main__":
    print_tables(json.loads(Path(sys.argv[1]).read_text()))
