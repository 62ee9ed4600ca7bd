"""What an answer from the response cache costs, beside asking the app through a Gateway, in one process.

    python benchmarks/response_cache.py

Prints microseconds per request (best of several rounds) and the ratio to a Gateway without a cache around an
app that does nothing. Nothing is asserted: absolute times belong to the machine.
"""

from __future__ import annotations

import time

from wsgi_gateway.config import MethodConfig, MethodSettingConfig, RestApiConfig, StageConfig
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.lifecycle.response_cache import ResponseCache

ROUNDS, REQUESTS = 7, 5_000
ON = MethodSettingConfig(caching_enabled=True)
AS_ON_AWS = MethodSettingConfig(caching_enabled=True, cache_per_caller=False)


def bare(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"x" * 2000]


def slow(environ, start_response):
    time.sleep(0.001)
    return bare(environ, start_response)


def start_response(status, headers, exc_info=None):
    return None


def request(number=0):
    return {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/reports",
        "QUERY_STRING": f"page={number}",
        "HTTP_HOST": "api.example.com",
        "HTTP_AUTHORIZATION": "Bearer 0123456789",
        "SERVER_PORT": "80",
        "REMOTE_ADDR": "203.0.113.7",
        "wsgi.url_scheme": "http",
    }


def best(app, requests=REQUESTS, *, new=False):
    times = []
    for turn in range(ROUNDS):
        numbers = range(turn * requests, (turn + 1) * requests) if new else [0] * requests
        environs = [request(number) for number in numbers]
        app(request(-1), start_response)
        started = time.perf_counter()
        for environ in environs:
            b"".join(app(environ, start_response))
        times.append((time.perf_counter() - started) / requests * 1e6)
    return min(times)


def gateway(app, setting=None):
    method = MethodConfig(http_method="GET")
    stage = StageConfig(
        method_settings={} if setting is None else {"*/*": setting}, cache_cluster_enabled=True
    )
    return Gateway(RestApiConfig(resources={"/reports": {"GET": method}}), app, stage=stage)


def main():
    base = best(gateway(bare))
    rows = [
        ("Gateway without a cache", base),
        ("Gateway, hit", best(gateway(bare, ON))),
        ("Gateway, hit, shared as on AWS", best(gateway(bare, AS_ON_AWS))),
        ("Gateway, miss", best(gateway(bare, ON), new=True)),
        ("Gateway without a cache, backend of 1 ms", best(gateway(slow), 300)),
        ("Gateway, hit, backend of 1 ms", best(gateway(slow, ON), 300)),
        ("the bare app", best(bare)),
        ("ResponseCache alone, hit", best(ResponseCache(bare, ON))),
        ("ResponseCache alone, miss", best(ResponseCache(bare, ON), new=True)),
    ]
    for name, microseconds in rows:
        print(f"{name:42} {microseconds:9.1f} us {microseconds / base:8.2f} x")


if __name__ == "__main__":
    main()
