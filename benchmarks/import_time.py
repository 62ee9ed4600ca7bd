"""What ``import`` costs over a bare interpreter: ``python benchmarks/import_time.py [MODULE ...]``."""

from __future__ import annotations

import subprocess
import sys
import time

RUNS = 25


def milliseconds(statement: str) -> float:
    """Best of many runs; the best one is the one that nothing disturbed."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", statement], check=True)
        times.append(time.perf_counter() - start)
    return min(times) * 1000


def main(modules: list[str]) -> None:
    bare = milliseconds("pass")
    print(f"{'bare interpreter':40} {bare:8.1f} ms")
    for module in modules:
        taken = milliseconds(f"import {module}")
        print(f"{'import ' + module:40} {taken:8.1f} ms {taken - bare:+8.1f} ms over bare")


if __name__ == "__main__":
    main(sys.argv[1:] or ["wsgi_gateway", "wsgi_gateway.pipeline", "wsgi_gateway.config"])
