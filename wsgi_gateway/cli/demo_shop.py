"""The app of ``demo``: an order desk that speaks forms, with two callers and a guard.

The desk was written for people with browsers: it takes ``cust=Ada&art=tea&qty=2`` and answers with terse
names. The definition beside it, ``demo.yaml``, gives it a JSON face, an authorizer, API keys and limits,
and the desk does not know.

Not for: anything but the demonstration.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from wsgi_gateway.authorizers import allow, deny
from wsgi_gateway.config import (
    ApiKeyConfig,
    ApiStageConfig,
    QuotaConfig,
    ThrottleConfig,
    UsagePlanConfig,
)
from wsgi_gateway.wsgi import Response

if TYPE_CHECKING:
    from wsgi_gateway.typing import StartResponse, WSGIEnvironment

SHOP_KEY = "demo-key-of-the-shop-0001"
TRIAL_KEY = "demo-key-for-a-trial-0002"
"""Values of the two API keys. They are in the source because they open nothing but the demonstration."""

API_KEYS = (ApiKeyConfig(id="shop", value=SHOP_KEY), ApiKeyConfig(id="trial", value=TRIAL_KEY))

USAGE_PLANS = (
    UsagePlanConfig(
        id="shops",
        api_stages=(ApiStageConfig(stage="demo"),),
        keys=("shop",),
        throttle=ThrottleConfig(rate_limit=5, burst_limit=10),
        quota=QuotaConfig(limit=1000, period="DAY"),
    ),
    UsagePlanConfig(
        id="trials",
        api_stages=(ApiStageConfig(stage="demo"),),
        keys=("trial",),
        throttle=ThrottleConfig(rate_limit=0.01, burst_limit=1),
    ),
)


def guard(event: dict[str, Any], context: object) -> dict[str, Any]:
    """The authorizer, as it would be written for AWS Lambda: a token to a policy."""
    clerks = {"token-of-ada": "ada", "token-of-bob": "bob"}
    clerk = clerks.get(event["authorizationToken"])
    if clerk is None:
        raise Exception("Unauthorized")
    return deny(clerk) if clerk == "bob" else allow(clerk, branch="London")


_numbers = itertools.count(1)


def order_desk(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
    """The legacy app: ``GET /`` for people, ``POST /cgi-bin/order`` with a form for programs."""
    if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"] == "/cgi-bin/order":
        answer = _order(environ)
    elif environ["PATH_INFO"] == "/":
        answer = _plain("200 OK", "The order desk, since 2004. Orders: POST /cgi-bin/order\n")
    else:
        answer = _plain("404 Not Found", "No such page.\n")
    return answer(environ, start_response)


def _order(environ: WSGIEnvironment) -> Response:
    size = int(environ.get("CONTENT_LENGTH") or 0)
    form = {name: values[0] for name, values in parse_qs(environ["wsgi.input"].read(size).decode()).items()}
    answer = {
        "RC": 0,
        "ORDNO": next(_numbers),
        "CUST_NM": form["cust"],
        "ART": form["art"],
        "CLERK": form["clerk"],
    }
    return Response("200 OK", [("Content-Type", "application/json")], [json.dumps(answer).encode()])


def _plain(status: str, text: str) -> Response:
    return Response(status, [("Content-Type", "text/plain; charset=utf-8")], [text.encode()])
