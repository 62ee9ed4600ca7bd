"""What rendering a mapping template costs, beside other engines in the same run.

python benchmarks/templates.py [--jars DIR] [--node-path DIR] [--python PATH] [--rounds N]

Engines: Apache Velocity 1.7 on the JVM (Debian package `velocity`; wants `javac`), velocityjs (npm; wants
`node`), airspeed-ext and Jinja2 (PyPI; `--python` names an interpreter that has them, if this one has not).
One that is not installed is left out, and the first lines say so.

Templates (`invoices/`): two values of a form; a plain invoice; and a rich one, as people write them, with
`$foreach.count`, `$util`, a product and two conditions a line. For Jinja2 the same in its language. Two of
three lines have no `discount`, which API Gateway takes for the empty string, and this for true; Velocity is
therefore told to do so too. What Velocity and Jinja2 render must equal what is rendered here, or the run
fails; if another engine differs, the run says so.

Each engine is a process, warmed up first. Then all are asked in turns, so that a busy machine slows all, and
the best slice of all rounds counts. Slices are of 5 ms for all engines: a loaded machine interrupts longer
ones, and whoever is measured by them looks slow. Only ratios may be compared between machines and days.
Compiling is of a text never seen before; of velocityjs and airspeed-ext it is their parsing.
"""

from __future__ import annotations

import argparse
import base64
import os
import shutil
import subprocess
import sys
import tempfile
import timeit
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from wsgi_gateway.mapping.jsonpath import compile_path

HERE = Path(__file__).parent
TEMPLATES = HERE / "invoices"
JARS = ("velocity", "commons-lang", "commons-collections3")
OURS, VELOCITY, JINJA = "wsgi_gateway", "Velocity 1.7", "Jinja2"
MUST_AGREE = (VELOCITY, JINJA)
MILLISECONDS = 60
WARM_UP = {VELOCITY: 4000, "velocityjs": 1500}


class Case(NamedTuple):
    """`most`: the target in microseconds; `times`: as ratio to other engines."""

    title: str
    question: str
    most: float | None = None
    times: Mapping[str, float] = MappingProxyType({})


CASES = (
    Case("form, two urlEncode", "render tiny 0", most=7),
    Case("plain, 10 lines", "render plain 10", times={VELOCITY: 0.6, JINJA: 0.15}),
    Case("plain, 1,000 lines", "render plain 1000", times={VELOCITY: 0.7}),
    Case("rich, 10 lines", "render rich 10", times={VELOCITY: 0.6, JINJA: 0.15}),
    Case("rich, 1,000 lines", "render rich 1000", times={VELOCITY: 0.7}),
    Case("compile plain", "compile plain 0", most=2000),
    Case("compile rich", "compile rich 0", most=2000),
)


class Worker:
    """An engine's process; see `template_engines.py` for what it is asked."""

    def __init__(self, command: list[str], **more: str) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | more,
        )
        self.ask(f"text {CASES[0].question} 0")

    def ask(self, question: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        try:
            print(question, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise RuntimeError(self._last_words())
        return answer.strip()

    def _last_words(self) -> str:
        lines = [line for line in self.process.communicate()[1].splitlines() if "rror" in line]
        return lines[-1].strip() if lines else "it ended without a word"

    def text(self, case: Case) -> str:
        return base64.b64decode(self.ask(f"text {case.question} 0")).decode()

    def microseconds(self, case: Case, milliseconds: int) -> float:
        return float(self.ask(f"time {case.question} {milliseconds}"))

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


def on_python(interpreter: str, engine: str) -> Worker:
    return Worker([interpreter, str(HERE / "template_engines.py"), str(TEMPLATES), engine])


def on_the_jvm(jars: Path, classes: str) -> Worker:
    if not (shutil.which("java") and shutil.which("javac")):
        raise RuntimeError("there is no java or no javac")
    found = [jars / f"{jar}.jar" for jar in JARS]
    absent = [jar.name for jar in found if not jar.exists()]
    if absent:
        raise RuntimeError(f"{jars} has no {', '.join(absent)}; see --jars")
    path = os.pathsep.join([classes, *map(str, found)])
    source = str(HERE / "TemplatesOnTheJvm.java")
    subprocess.run(["javac", "-encoding", "UTF-8", "-cp", path, "-d", classes, source], check=True)
    return Worker(["java", "-cp", path, "TemplatesOnTheJvm", str(TEMPLATES)])


def on_node(path: str | None) -> Worker:
    if not shutil.which("node"):
        raise RuntimeError("there is no node")
    more = {"NODE_PATH": path} if path else {}
    return Worker(["node", str(HERE / "templates_on_node.js"), str(TEMPLATES)], **more)


def installed(options: argparse.Namespace, classes: str) -> dict[str, Worker]:
    """The engines there are; of the others is said why not."""
    starts = {
        VELOCITY: partial(on_the_jvm, options.jars, classes),
        JINJA: partial(on_python, options.python, "jinja2"),
        "airspeed-ext": partial(on_python, options.python, "airspeed-ext"),
        "velocityjs": partial(on_node, options.node_path),
    }
    workers = {OURS: on_python(sys.executable, "wsgi_gateway")}
    for name, start in starts.items():
        try:
            workers[name] = start()
        except (RuntimeError, subprocess.CalledProcessError) as reason:
            print(f"{name} is left out: {reason}")
    return workers


def compare_texts(workers: dict[str, Worker]) -> None:
    """Engines that do other work cannot be compared."""
    for case in CASES:
        if case.question.startswith("compile"):
            continue
        ours = workers[OURS].text(case)
        others = [name for name, worker in workers.items() if worker.text(case) != ours]
        for name in others:
            print(f"{name} renders another text: {case.title}")
        if set(others) & set(MUST_AGREE):
            sys.exit("so these figures would mean nothing")


def measure(workers: dict[str, Worker], rounds: int) -> dict[tuple[str, str], float]:
    def ask(name: str, case: Case, milliseconds: int) -> float:
        return workers[name].microseconds(case, milliseconds)

    for name in workers:
        for case in CASES:
            ask(name, case, WARM_UP.get(name, 300))
    best: dict[tuple[str, str], float] = {}
    for _ in range(rounds):
        for case in CASES:
            for name in workers:
                taken = ask(name, case, MILLISECONDS)
                best[name, case.title] = min(taken, best.get((name, case.title), taken))
    return best


def verdicts(case: Case, best: dict[tuple[str, str], float]) -> str:
    ours = best[OURS, case.title]
    told = [] if case.most is None else [_verdict(ours, case.most, "us")]
    for name in (VELOCITY, JINJA):
        if (name, case.title) not in best:
            continue
        ratio = ours / best[name, case.title]
        most = case.times.get(name)
        told.append(f"{ratio:.2f} x {name}" if most is None else _verdict(ratio, most, f"x {name}"))
    return "; ".join(told)


def _verdict(value: float, most: float, unit: str) -> str:
    return f"{value:.2f} {unit} (target {most:g}{'' if value <= most else ', MISSED'})"


def path_of_three_steps() -> float:
    """Microseconds; for other paths see `jsonpath.py`."""
    run = partial(compile_path("$.doc.order.id"), {"doc": {"order": {"id": "o-1"}}})
    return min(timeit.repeat(run, number=5000, repeat=100)) / 5000 * 1e6


def report(workers: dict[str, Worker], rounds: int) -> None:
    compare_texts(workers)
    before = os.getloadavg()[0]
    best = measure(workers, rounds)
    print(f"\nus, best of {rounds} rounds; load {before:.1f} to {os.getloadavg()[0]:.1f}")
    print(" " * 20 + "".join(f"{name:>14}" for name in workers))
    for case in CASES:
        print(f"{case.title:20}" + "".join(f"{best[name, case.title]:14,.1f}" for name in workers))
    print("\nwsgi_gateway takes")
    for case in CASES:
        print(f"{case.title:20}  {verdicts(case, best)}")
    print(f"{'$.doc.order.id':20}  {_verdict(path_of_three_steps(), 0.5, 'us')}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jars", type=Path, default=Path("/usr/share/java"), help="where the jars are")
    parser.add_argument("--node-path", help="the node_modules with velocityjs")
    parser.add_argument("--python", default=sys.executable, help="an interpreter with jinja2, airspeed-ext")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as classes:
        workers = installed(options, classes)
        try:
            report(workers, options.rounds)
        finally:
            for worker in workers.values():
                worker.end()


if __name__ == "__main__":
    main()
