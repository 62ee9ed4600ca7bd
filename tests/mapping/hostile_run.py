"""Runs `hostile_templates` in this process, under a limit of memory and with every audited event noted.

Started by `test_velocity_hostile`; prints what became of each template as JSON.
"""

import codecs
import json
import resource
import sys
from functools import lru_cache

from hostile_templates import BODIES, MEGABYTE, Hostile, hostile

from wsgi_gateway.mapping.jsonpath import compile_path
from wsgi_gateway.mapping.velocity import Input, SilentMap, TemplateError, Util, compile_template

LIMIT = 256 * MEGABYTE
# Compiling runs `compile` and `exec`; what is held, and where an error was, is found by looking at frames.
EXPECTED = frozenset(("builtins.id", "compile", "exec", "sys._getframe"))
FRAMES = frozenset(("f_code", "tb_frame"))


def main() -> None:
    """Run them all; prints what became of them."""
    body = lru_cache(maxsize=1)(lambda name: BODIES[name]())
    shared = {"path": {"id": "1"}, "querystring": {}, "header": {"Host": "h"}}
    events: set[str] = set()
    running = ""

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if not running or event in EXPECTED:
            return
        if event != "object.__getattr__" or arguments[1] not in FRAMES:
            events.add(f"{running}: {event} {arguments}"[:200])

    def outcome(case: Hostile) -> str:
        text = body(case.body)
        names = {
            "input": Input(lambda: text, lambda: shared, compile_path),
            "util": Util(),
            "context": SilentMap(
                stage="s", requestOverride=SilentMap(path=SilentMap()), identity=SilentMap()
            ),
            "stageVariables": SilentMap(a="b"),
        }
        # Who piles up memory gets the time for it; that all others come to look at the clock shows sooner.
        seconds = 0.8 if case.name.startswith("hoards") else 0.3
        try:
            return f"text {compile_template(case.source).render(names, seconds=seconds)[:300]}"
        except TemplateError as error:
            return f"error {error.message[:300]}"
        except BaseException as error:
            return f"escaped {error!r}"[:300]

    # What is imported late is imported now.
    outcome(Hostile("", "#set($s='a')$s.matches('a')$input.json('$[?(@.a=~/a/)]')"))
    for codec in ("utf-16-le", "utf-16-be", "utf-32", "unicode_escape"):
        codecs.lookup(codec)
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT, LIMIT))
    sys.addaudithook(audit)
    running = "control"
    open(__file__).close()
    control, events = events, set()
    outcomes = {}
    for case in hostile():
        running = case.name
        outcomes[case.name] = outcome(case)
    running = ""
    clean = outcome(
        Hostile("", "[$leak$!context.leak$!stageVariables.leak][$!input.params('leak')][#leak()]")
    )
    found = {"outcomes": outcomes, "events": sorted(events), "control": sorted(control), "shared": shared}
    found["clean"] = clean.removeprefix("text ")
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
