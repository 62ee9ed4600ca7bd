"""The engines written in Python behind the questions of `templates.py`, and the protocol of all workers.

A worker is a process of its own: `python template_engines.py FOLDER ENGINE`, the folder being that of the
templates. It reads questions, one a line, `time|text render|compile TEMPLATE LINES MILLISECONDS`, and answers
each with a line: the microseconds of one call (best slice within so many milliseconds), or the rendered text
in Base64. This file runs in interpreters that have no `wsgi_gateway`, too.
"""

from __future__ import annotations

import base64
import itertools
import re
import sys
import time
from collections.abc import Callable
from functools import partial
from importlib import import_module, metadata
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

SLICE = 0.005  # seconds; on a busy machine a longer one is never undisturbed, and is slower for it
NOT_PLAIN = re.compile("[\"'\\\\]")


def references(count: int) -> dict[str, Any]:
    """What the templates are given; the same in each of the languages, which the texts are compared for."""
    lines = [
        {
            "sku": f"A{number}",
            "qty": 2 * number + 1,
            "price": number + 10.25,
            "paid": number % 2 == 0,
            "name": 'Plate 12"' if number % 4 == 0 else "Mug, blue",
            "stock": {"warehouse": f"W{number % 5}"},
            "status": "open" if number % 3 == 0 else "sent",
            **({"discount": 1} if number % 3 == 0 else {}),
        }
        for number in range(count)
    ]
    customer = {"name": "Ada", "address": {"city": "Köln"}}
    order = {"id": "o-1", "customer": customer, "lines": lines, "total": 99.5}
    return {"x": "a b&c", "y": "Köln/5", "doc": {"order": order}}


class HostUtil:
    """`$util` for the engines that have none."""

    def urlEncode(self, text: str) -> str:
        return quote_plus(text)

    def escapeJavaScript(self, text: str) -> str:
        return NOT_PLAIN.sub(lambda found: "\\" + found.group(), text)


class Ours:
    suffix = "vm"

    def __init__(self) -> None:
        from wsgi_gateway.mapping.velocity import Util, compile_template

        self.compile, self.util = compile_template, Util()

    def renderer(self, source: str) -> Callable[[dict[str, Any]], str]:
        return self.compile(source).render


class Airspeed:
    suffix = "vm"

    def __init__(self) -> None:
        metadata.version("airspeed-ext")  # not the older engine of the same module name
        self.template, self.util = import_module("airspeed").Template, HostUtil()

    def compile(self, source: str) -> Any:
        template = self.template(source)
        template.ensure_compiled()
        return template

    def renderer(self, source: str) -> Callable[[dict[str, Any]], str]:
        merge = self.compile(source).merge
        return lambda given: merge(dict(given))


class Jinja:
    suffix = "jinja"

    def __init__(self) -> None:
        import jinja2

        environment = jinja2.Environment(trim_blocks=True, keep_trailing_newline=True)
        self.compile, self.util = environment.from_string, HostUtil()

    def renderer(self, source: str) -> Callable[[dict[str, Any]], str]:
        return self.compile(source).render


ENGINES: dict[str, Any] = {"wsgi_gateway": Ours, "airspeed-ext": Airspeed, "jinja2": Jinja}


def call(engine: Any, kind: str, source: str, lines: int) -> Callable[[], Any]:
    if kind == "compile":
        # What is kept by its text would be compiled once: every text is another.
        numbers = itertools.count()
        return lambda: engine.compile(f"{source}{next(numbers)}")
    return partial(engine.renderer(source), references(lines) | {"util": engine.util})


def microseconds(run: Callable[[], Any], milliseconds: int) -> float:
    best, turns = float("inf"), 1
    start = time.perf_counter()
    end = start + milliseconds / 1000
    while start < end:
        for _ in range(turns):
            run()
        stop = time.perf_counter()
        best = min(best, (stop - start) / turns)
        turns = max(1, int(SLICE / best))
        start = stop
    return best * 1e6


def main(folder: str, name: str) -> None:
    engine = ENGINES[name]()
    calls: dict[tuple[str, ...], Callable[[], Any]] = {}
    for line in sys.stdin:
        wanted, *key, milliseconds = line.split()
        kind, template, lines = key
        if tuple(key) not in calls:
            source = Path(folder, f"{template}.{engine.suffix}").read_text("utf-8")
            calls[tuple(key)] = call(engine, kind, source, int(lines))
        run = calls[tuple(key)]
        answer = base64.b64encode(str(run()).encode()).decode() if wanted == "text" else None
        print(answer or microseconds(run, int(milliseconds)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
