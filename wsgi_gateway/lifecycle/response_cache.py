"""ResponseCache: answers that were given before, given again, as the cache of an AWS stage does.

Around any WSGI app::

    >>> from wsgi_gateway.config import MethodSettingConfig
    >>> from wsgi_gateway.lifecycle.response_cache import ResponseCache
    >>> from wsgi_gateway.pipeline import LifecycleStage
    >>> from wsgi_gateway.wsgi import Response, call_app
    >>> asked = []
    >>> class Slow(LifecycleStage):
    ...     def on_request(self, ctx):
    ...         asked.append(ctx.environ["QUERY_STRING"])
    ...         return Response("200 OK", [], [b"report"])
    >>> app = ResponseCache(Slow(None), MethodSettingConfig(caching_enabled=True, cache_ttl_in_seconds=60))
    >>> request = {"REQUEST_METHOD": "GET", "PATH_INFO": "/reports", "QUERY_STRING": "year=2024"}
    >>> [call_app(app, dict(request)).body() for turn in range(3)], asked
    ([b'report', b'report', b'report'], ['year=2024'])

**Which requests.** GET, and other verbs for which a setting of their own says so. What an answer is found by
is in :mod:`wsgi_gateway.mapping.cache_key`: the resource and its cache key parameters. Parameters that are
not named there do not count, as on AWS: ``?page=2`` gets page 1 unless ``page`` is one of them. Methods
without an integration can name none; for them the whole path and query string count.

**Whose.** AWS shares answers between all callers. Here each caller has their own, unless the setting says
``cache_per_caller=False``: a caller is who the authorizer found, the API key's id, the address, and all
request headers but a few that name nobody (:data:`~wsgi_gateway.mapping.cache_key.HEADERS_OF_NOBODY`). No
list of those that do could be complete, and what an answer repeats of a header must not reach another client.

**Which answers.** Those of status 2xx, but for 206, of up to 1,048,576 bytes, as they are after all mapping.
Not kept are refusals, an answer with Set-Cookie (not even without it), event streams, one that is shorter
than it said, and one with a ``Content-Encoding`` where ``Accept-Encoding`` is no part of the key, as with
``cache_per_caller=False``. With ``cache_per_caller`` neither are those that say ``no-store`` or ``private``,
or whose ``Vary`` names a header that is no part of the key. For a kept answer the body is read whole before
it is sent.

**Anew.** ``Cache-Control: max-age=0`` of a client fetches the answer and puts it in the place of the kept
one; no other directive does anything. Unless the setting says otherwise that takes the right to
``execute-api:InvalidateCache``, which ``may_invalidate`` tells; without it the request is refused (403) or
answered as any other, with a ``Warning`` or without.

**One at a time.** Of requests for one answer that is not there, one is sent on in each process, and the
others wait for it, ``wait`` seconds at most; then they go themselves.

Hit or miss is told by the trace alone; AWS has no header for it either. With a shared store answers are those
of all its processes, and a store that fails costs misses (:mod:`wsgi_gateway.stores.kept_answers`).

Not confirmed on AWS: which statuses are kept, the text of the warning, whether ``no-cache`` counts, where in
the order the cache stands, whether answers in a coding are kept. Not for: answers that stream; with
``cache_per_caller=False`` bodies that depend on any header which is no key parameter.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-caching.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from wsgi_gateway.config.method_setting import FAIL_WITH_403, WITH_HEADER, MethodSettingConfig, MethodSettings
from wsgi_gateway.context import Context
from wsgi_gateway.errors import ACCESS_DENIED, GatewayError
from wsgi_gateway.mapping.cache_key import CacheKey
from wsgi_gateway.pipeline import LifecycleStage, fuse
from wsgi_gateway.stores.flights import Flight, Flights
from wsgi_gateway.stores.keepable import keepable
from wsgi_gateway.stores.kept_answers import Answer, KeptAnswers
from wsgi_gateway.wsgi import Response, call_app

if TYPE_CHECKING:
    from wsgi_gateway.typing import Clock, WSGIApplication

WARNING = '199 - "Cache-Control was ignored: not authorized to invalidate the cache"'
"""What AWS writes there could not be confirmed."""

_ANEW = re.compile(r'(?:^|[,\s])max-age\s*=\s*"?0+"?\s*(?:,|$)', re.IGNORECASE)
_MAY_NOT = GatewayError(ACCESS_DENIED, reason="not authorized to invalidate entries of the cache")


Lookup = tuple[Answer | None, str, Flight[Answer] | None]
"""An answer, how it was come by, and a flight that the request leads."""


class _Rule(NamedTuple):
    """A setting, for one verb."""

    ttl: int
    key: CacheKey
    asks_leave: bool
    refuses: bool
    warns: bool
    respectful: bool


class ResponseCache(LifecycleStage):
    """Keeps the answers of one method.

    :param settings: of the method; or of several verbs, by verb.
    :param key: what an answer is found by; by default the whole target, for each caller. A function of a
        setting for keys that depend on it.
    :param kept: where answers are kept, and ``flights``: one of each for all methods of a stage.
    :param may_invalidate: whether the caller of a request has the right to ``execute-api:InvalidateCache``;
        nobody has it by default.
    :param clock: seconds since the epoch.
    :param wait: seconds for which a request waits for another one's answer.
    """

    def __init__(
        self,
        app: WSGIApplication,
        settings: MethodSettingConfig | Mapping[str, MethodSettingConfig],
        *,
        key: Callable[[MethodSettingConfig], CacheKey] | None = None,
        kept: KeptAnswers | None = None,
        flights: Flights[Answer] | None = None,
        may_invalidate: Callable[[Context], bool] | None = None,
        clock: Clock = time.time,
        wait: float = 29.0,
    ) -> None:
        super().__init__(app)
        by_verb = settings if isinstance(settings, Mapping) else {"GET": settings}
        self._rules = {
            verb: rule for verb, one in by_verb.items() if (rule := _rule(one, key or _whole_target))
        }
        self._inner = fuse(app)
        self._kept = KeptAnswers() if kept is None else kept
        self._flights: Flights[Answer] = Flights() if flights is None else flights
        self._may_invalidate = may_invalidate
        self._clock, self._wait = clock, wait

    def on_request(self, ctx: Context) -> WSGIApplication | None:
        """Answer with what is kept, or fetch and keep it."""
        rule = self._rules.get(ctx.http_method)
        if rule is None:
            return None
        asked = ctx.client.get("HTTP_CACHE_CONTROL")
        anew, warns = asked is not None and _ANEW.search(asked) is not None, False
        if anew and rule.asks_leave and not (self._may_invalidate and self._may_invalidate(ctx)):
            if rule.refuses:
                return _MAY_NOT
            anew, warns = False, rule.warns
        key, now = rule.key(ctx), self._clock()
        mark = self._kept.mark(now)
        answer, how, flight = self._renewed(key, mark) if anew else self._looked_up(key, mark, now)
        if ctx.trace is not None:
            ctx.trace.note("ResponseCache", {"cache": how})
        if answer is not None:
            return _response(ctx, answer, warns)
        return self._fetched(ctx, rule, key, mark, flight, warns)

    def _renewed(self, key: bytes, mark: int) -> Lookup:
        """The lead of a new flight; what is kept, or under way, is too old."""
        flight = self._flights.take(key)
        self._kept.drop(key, mark)
        return None, "anew", flight

    def _looked_up(self, key: bytes, mark: int, now: float) -> Lookup:
        """What is kept, or what another request brings; else the lead of a flight, or none to go alone."""
        answer = self._kept.find(key, mark, now)
        if answer is not None:
            return answer, "hit", None
        if self._flights.is_passed(key):
            return None, "miss", None
        flight, leads = self._flights.board(key)
        if leads:
            answer = self._kept.remembered(key, mark, now)
            if answer is None:
                return None, "miss", flight
            self._flights.land(key, flight, answer)  # another one landed since we looked
            return answer, "hit", None
        answer = self._flights.wait(key, flight, self._wait)
        return answer, "miss" if answer is None else "shared", None

    def _fetched(
        self,
        ctx: Context,
        rule: _Rule,
        key: bytes,
        mark: int,
        flight: Flight[Answer] | None,
        warns: bool,
    ) -> Response:
        """Ask what stands behind, and keep its answer if that may be kept. A flight always ends."""
        answer: Answer | None = None
        try:
            response = call_app(self._inner, ctx.environ)
            if ctx.error is None:
                answer = keepable(response, covers=rule.key.covers, respectful=rule.respectful)
            if answer is not None and (flight is None or self._flights.is_current(key, flight)):
                self._kept.keep(key, mark, answer, rule.ttl, self._clock())
        finally:
            if flight is not None:
                self._flights.land(key, flight, answer)
        if answer is not None:
            return _response(ctx, answer, warns)
        if warns:
            response.headerlist = [*response.headerlist, ("Warning", WARNING)]
        return response


def _whole_target(setting: MethodSettingConfig) -> CacheKey:
    return CacheKey(per_caller=setting.cache_per_caller is not False, whole_target=True)


def _rule(setting: MethodSettingConfig, key: Callable[[MethodSettingConfig], CacheKey]) -> _Rule | None:
    setting = MethodSettings({"*/*": setting}).of("/", "GET")  # defaults filled in
    if not setting.caching_enabled or not setting.cache_ttl_in_seconds:
        return None
    strategy = setting.unauthorized_cache_control_header_strategy
    return _Rule(
        setting.cache_ttl_in_seconds,
        key(setting),
        bool(setting.require_authorization_for_cache_control),
        strategy == FAIL_WITH_403,
        strategy == WITH_HEADER,
        setting.cache_per_caller is not False,
    )


def _response(ctx: Context, answer: Answer, warns: bool) -> Response:
    headers = list(answer.headers)
    if answer.traced:
        headers.append(("X-Amzn-Trace-Id", ctx.trace_id))
    if warns:
        headers.append(("Warning", WARNING))
    return Response(answer.status, headers, [answer.body])
