"""Draw what ``growth.py`` found: ``python benchmarks/growth_plots.py results.json docs/growth``.

Needs matplotlib. The same results make the same files.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "growth",
        "font.size": 9,
        "axes.grid": True,
        "grid.alpha": 0.3,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "legend.frameon": False,
    }
)

from matplotlib import pyplot  # noqa: E402
from matplotlib.lines import Line2D  # noqa: E402

COLOURS = {0.0: "#444444", 0.05: "#d95f02", 0.1: "#1b9e77", 0.5: "#3b6fb6"}
"""By seconds of the lease; 0 is exact."""
SKEWED, EVEN = "-", "--"


def named(lease):
    return f"leases of {lease:g} s" if lease else "exact"


def line(axes, rows, x, y, style="-", scale=1.0, marker="o"):
    """A line for each length of leases; what has no end is left out."""
    for lease, colour in COLOURS.items():
        mine = [row for row in rows if row["lease"] == lease and row[y] is not None]
        if mine:
            across, up = [row[x] for row in mine], [row[y] * scale for row in mine]
            axes.plot(across, up, linestyle=style, color=colour, marker=marker, markersize=3, linewidth=1.2)


def legend(axes, *styles, leases=tuple(COLOURS), **where):
    lines = [Line2D([], [], color=COLOURS[lease], label=named(lease)) for lease in leases]
    lines += [Line2D([], [], color="black", linestyle=style, label=label) for style, label in styles]
    axes.legend(handles=lines, **where)


def of(rows, **labels):
    return [row for row in rows if all(row[name] == value for name, value in labels.items())]


def calls(found):
    """Calls a second at Redis, by number of gateways."""
    figure, axes = pyplot.subplots(figsize=(6.4, 3.8))
    line(axes, of(found["load"], zipf=1.1), "gateways", "calls per second", SKEWED)
    line(axes, of(found["load"], zipf=0.0), "gateways", "calls per second", EVEN)
    most = 1e6 / found["service"]
    axes.axhline(most, color="#c00", linewidth=1)
    axes.text(1, most * 1.1, "all that one Redis serves", color="#c00")
    axes.set(xscale="log", yscale="log", xlabel="gateways, 200 decisions/s each", ylabel="calls/s at Redis")
    legend(axes, (SKEWED, "popularity: Zipf 1.1"), (EVEN, "all keys equal"), loc="lower right")
    return figure


def waits(found):
    """What a decision waits, by number of gateways."""
    figure, both = pyplot.subplots(1, 2, figsize=(8.4, 3.4), sharey=True)
    for axes, y, title in zip(both, ("mean", "p99"), ("mean", "99th percentile"), strict=True):
        line(axes, of(found["load"], zipf=1.1), "gateways", y, SKEWED, 0.001)
        line(axes, of(found["load"], zipf=0.0), "gateways", y, EVEN, 0.001)
        axes.set(xscale="log", xlabel="gateways", title=title, ylim=(0, 1.2))
    both[0].set_ylabel("wait for a decision, ms")
    legend(both[0], (SKEWED, "Zipf 1.1"), (EVEN, "all keys equal"), loc="lower left")
    return figure


def keys(found):
    """Calls for a decision, by number of keys."""
    figure, axes = pyplot.subplots(figsize=(6.4, 3.4))
    line(axes, of(found["keys"], zipf=1.1), "keys", "calls per decision", SKEWED)
    line(axes, of(found["keys"], zipf=0.0), "keys", "calls per decision", EVEN)
    axes.set(xscale="log", xlabel="keys; 100 gateways, 200 decisions/s each", ylabel="calls per decision")
    legend(axes, (SKEWED, "popularity: Zipf 1.1"), (EVEN, "all keys equal"), loc="lower right")
    return figure


def worth(found):
    """Calls for a decision, by how often a key is asked for at one gateway."""
    figure, both = pyplot.subplots(1, 2, figsize=(8.4, 3.4), sharey=True)
    line(both[0], found["worth"], "rate", "calls per decision")
    both[0].set(xlabel="decisions/s of one key at one gateway", ylabel="calls per decision")
    scaled = [{**row, "many": row["rate"] * row["lease"]} for row in found["worth"]]
    line(both[1], scaled, "many", "calls per decision")
    both[1].set(xlabel="decisions in the time of one lease")
    for axes in both:
        axes.set(xscale="log", yscale="log")
        axes.axhline(1.0, color=COLOURS[0.0], linewidth=1)
    legend(both[0], loc="lower left")
    return figure


def errors(found):
    """What is admitted too little."""
    figure, all_of_them = pyplot.subplots(1, 3, figsize=(10.5, 3.4), sharey=True)
    line(all_of_them[0], found["error"], "demand", "short", scale=100)
    all_of_them[0].set(xlabel="demand / limit; 10 gateways", ylabel="admitted too little, %", xscale="log")
    all_of_them[0].set_xticks([0.5, 1, 2, 4], ["0.5", "1", "2", "4"])
    all_of_them[0].minorticks_off()
    line(all_of_them[1], of(found["error_by_gateways"], demand=0.9), "gateways", "short", "-", 100)
    line(all_of_them[1], of(found["error_by_gateways"], demand=1.2), "gateways", "short", "--", 100)
    all_of_them[1].set(xlabel="gateways; demand 0.9 (-), 1.2 (--)", xscale="log")
    line(all_of_them[2], of(found["error_by_rate"], demand=0.9), "rate", "short", "-", 100)
    line(all_of_them[2], of(found["error_by_rate"], demand=1.0), "rate", "short", "--", 100)
    all_of_them[2].set(xlabel="limit, a second; demand 0.9 (-), 1.0 (--)", xscale="log")
    legend(all_of_them[0], loc="upper right")
    return figure


def measured(found):
    """Real processes beside the simulated ones."""
    figure, all_of_them = pyplot.subplots(1, 3, figsize=(10.5, 3.4))
    shown = [("calls per decision", "calls per decision", 1), ("refused", "refused, %", 100)]
    for axes, (y, label, scale) in zip(all_of_them, [*shown, ("mean", "mean wait, ms", 0.001)], strict=True):
        line(axes, found["twins"], "gateways", y, "-", scale, "")
        line(axes, found["measured"], "gateways", y, "None", scale, "D")
        axes.set(xlabel="gateways = processes", ylabel=label, xticks=[1, 2, 4])
        axes.set_ylim(bottom=0)
    lines = [Line2D([], [], color=colour, label=named(lease)) for lease, colour in COLOURS.items()]
    lines.append(Line2D([], [], color="black", linestyle="None", marker="D", markersize=3, label="measured"))
    all_of_them[0].legend(handles=lines, loc="lower right")
    return figure


def main(results, directory):
    found = json.loads(results.read_text())
    directory.mkdir(parents=True, exist_ok=True)
    for draw in (calls, waits, keys, worth, errors, measured):
        figure = draw(found)
        figure.tight_layout()
        path = directory / f"{draw.__name__}.svg"
        figure.savefig(path, metadata={"Date": None})
        pyplot.close(figure)
        # matplotlib leaves blanks at the ends of lines.
        path.write_text("\n".join(text.rstrip() for text in path.read_text().splitlines()) + "\n")
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
