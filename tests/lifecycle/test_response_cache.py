"""The response cache, alone around an app: what is given again, to whom, for how long, and what never is."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from wsgi_gateway.config import MethodSettingConfig
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import CONTEXT_KEY, THROTTLED, GatewayError
from wsgi_gateway.lifecycle.response_cache import WARNING, ResponseCache
from wsgi_gateway.mapping.cache_key import CacheKey
from wsgi_gateway.pipeline import LifecycleStage, fuse
from wsgi_gateway.stores.flights import Flights
from wsgi_gateway.stores.keepable import LONGEST
from wsgi_gateway.stores.kept_answers import KeptAnswers
from wsgi_gateway.trace import Trace
from wsgi_gateway.wsgi import Response, call_app

ON = MethodSettingConfig(caching_enabled=True)
AS_ON_AWS = MethodSettingConfig(caching_enabled=True, cache_per_caller=False)
ANYONE = MethodSettingConfig(caching_enabled=True, require_authorization_for_cache_control=False)


class Backend:
    """An app that counts; every answer tells its number."""

    def __init__(self, status: str = "200 OK", headers: Any = (), body: Any = None) -> None:
        self.status, self.headers, self.body = status, list(headers), body
        self.count = 0
        self.closed = 0

    def __call__(self, environ, start_response):
        self.count += 1
        body = [b"answer %d" % self.count] if self.body is None else self.body
        return Response(self.status, list(self.headers), body)(environ, start_response)


class Body:
    """An iterable that is closed."""

    def __init__(self, *parts: Any) -> None:
        self.parts, self.closed = parts, 0

    def __iter__(self):
        for part in self.parts:
            if isinstance(part, BaseException):
                raise part
            yield part

    def close(self) -> None:
        self.closed += 1


class Clock:
    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def ask(app: Any, verb: str = "GET", query: str = "", path: str = "/reports", **more: Any) -> Response:
    environ = {"REQUEST_METHOD": verb, "PATH_INFO": path, "QUERY_STRING": query, **more}
    return call_app(app, environ)


def anew(app: Any, header: str = "max-age=0", **more: Any) -> Response:
    return ask(app, HTTP_CACHE_CONTROL=header, **more)


# --------------------------------------------------------------------------- what is given again


def test_an_answer_is_given_again_with_the_same_status_headers_and_bytes() -> None:
    backend = Backend(
        "201 Created", [("X-A", "1"), ("x-a", "2"), ("Content-Type", "a/b")], [b"\x00\xff", b"z"]
    )
    app = ResponseCache(backend, ON)
    first, second = ask(app), ask(app)
    assert backend.count == 1
    assert second.status == first.status == "201 Created"
    assert second.headerlist == first.headerlist
    assert first.header_values("X-A") == ["1", "2"]
    assert first.header("Content-Length") == "3"
    assert second.body() == first.body() == b"\x00\xffz"


def test_after_its_time_it_is_fetched_again() -> None:
    backend, clock = Backend(), Clock()
    app = ResponseCache(
        backend, MethodSettingConfig(caching_enabled=True, cache_ttl_in_seconds=60), clock=clock
    )
    ask(app)
    clock.now += 59
    assert ask(app).body() == b"answer 1"
    clock.now += 1
    assert ask(app).body() == b"answer 2"


def test_five_minutes_unless_the_setting_says_otherwise() -> None:
    backend, clock = Backend(), Clock()
    app = ResponseCache(backend, ON, clock=clock)
    ask(app)
    clock.now += 299
    assert ask(app).body() == b"answer 1"
    clock.now += 1
    assert ask(app).body() == b"answer 2"


@pytest.mark.parametrize(
    "setting",
    [
        pytest.param(MethodSettingConfig(), id="not said"),
        pytest.param(MethodSettingConfig(caching_enabled=False), id="off"),
        pytest.param(MethodSettingConfig(caching_enabled=True, cache_ttl_in_seconds=0), id="TTL 0"),
    ],
)
def test_nothing_is_kept_where_caching_is_off(setting: MethodSettingConfig) -> None:
    app = ResponseCache(Backend(), setting)
    assert [ask(app).body(), ask(app).body()] == [b"answer 1", b"answer 2"]


@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH"])
def test_other_verbs_than_get_are_for_those_who_say_so(verb: str) -> None:
    plain, told = ResponseCache(Backend(), ON), ResponseCache(Backend(), {verb: ON})
    assert [ask(plain, verb).body(), ask(plain, verb).body()] == [b"answer 1", b"answer 2"]
    assert [ask(told, verb).body(), ask(told, verb).body()] == [b"answer 1", b"answer 1"]


def test_the_app_changes_nothing_by_changing_its_headers() -> None:
    headers = [("X-A", "1")]
    app = ResponseCache(Response("200 OK", headers, [b"x"]), ON)
    given = ask(app)
    given.headerlist.append(("X-B", "2"))
    headers.append(("X-C", "3"))
    assert [name for name, _ in ask(app).headerlist] == ["X-A", "Content-Length"]


def test_identifiers_of_a_request_are_not_given_to_another() -> None:
    def backend(environ, start_response):
        ctx = environ[CONTEXT_KEY]
        headers = [("X-Amzn-Trace-Id", ctx.trace_id), ("x-amzn-RequestId", "r1"), ("x-amz-apigw-id", "e1")]
        return Response("200 OK", headers, [b"x"])(environ, start_response)

    app = ResponseCache(backend, ON)
    first, second = (ask(app, HTTP_X_AMZN_TRACE_ID=f"Root={n};Parent={n};Sampled=1") for n in "12")
    assert first.header("X-Amzn-Trace-Id") == "Root=1;Parent=1;Sampled=1"
    assert second.header("X-Amzn-Trace-Id") == "Root=2;Parent=2;Sampled=1"
    assert second.header("x-amzn-RequestId") is second.header("x-amz-apigw-id") is None


# --------------------------------------------------------------------------- what is never kept


@pytest.mark.parametrize(
    "status",
    ["206 Partial Content", "301 Moved Permanently", "304 Not Modified", "404 Not Found", "500 No", "503 No"],
)
def test_only_answers_of_2xx_are_kept_and_no_parts(status: str) -> None:
    backend = Backend(status)
    app = ResponseCache(backend, ON)
    assert [ask(app).status, ask(app).status] == [status, status]
    assert backend.count == 2


@pytest.mark.parametrize(
    "header",
    [
        pytest.param(("Set-Cookie", "session=1"), id="a cookie"),
        pytest.param(("set-cookie", ""), id="an empty cookie"),
        pytest.param(("Content-Type", "text/event-stream; charset=utf-8"), id="events"),
        pytest.param(("Cache-Control", "private"), id="private"),
        pytest.param(("Cache-Control", "max-age=60, No-Store"), id="no-store among others"),
        pytest.param(("Vary", "*"), id="varies by everything"),
        pytest.param(("Vary", "Range"), id="varies by a header that is no part of the key"),
        pytest.param(("Vary", "Cookie, X-Request-Id"), id="varies by one that is and one that is none"),
        pytest.param(("Content-Length", "9"), id="shorter than it said"),
        pytest.param(("Content-Length", "7"), id="longer than it said"),
        pytest.param(("Content-Length", "eight"), id="of no length"),
        pytest.param(("Content-Length", str(LONGEST + 1)), id="too long, by what it says"),
    ],
)
def test_such_an_answer_goes_on_and_is_not_kept(header: tuple[str, str]) -> None:
    backend = Backend(headers=[header])
    app = ResponseCache(backend, ON)
    first, second = ask(app), ask(app)
    assert (first.body(), second.body()) == (b"answer 1", b"answer 2")
    assert first.headerlist == second.headerlist == [header]


@pytest.mark.parametrize(
    ("header", "count"),
    [
        (("Set-Cookie", "session=1"), 2),
        (("Cache-Control", "private"), 1),
        (("Vary", "Cookie"), 1),
        (("Content-Encoding", "gzip"), 2),
        (("Content-Encoding", "Identity"), 1),
    ],
)
def test_as_on_aws_the_backend_has_no_say_but_a_cookie_is_never_kept(
    header: tuple[str, str], count: int
) -> None:
    backend = Backend(headers=[header])
    app = ResponseCache(backend, AS_ON_AWS)
    ask(app), ask(app)
    assert backend.count == count


@pytest.mark.parametrize("vary", ["Range, Cookie,", "Accept-Encoding, Origin"])
def test_what_varies_by_a_part_of_the_key_is_kept(vary: str) -> None:
    parameters = ["method.request.header.Range"]
    app = ResponseCache(
        Backend(headers=[("Vary", vary)]), ON, key=lambda setting: CacheKey(parameters=parameters)
    )
    answers = [ask(app, HTTP_RANGE=unit, HTTP_ORIGIN=unit).body() for unit in ("a", "b", "a")]
    assert answers == [b"answer 1", b"answer 2", b"answer 1"]


def gzips(environ, start_response):
    """What codes its answers for those who take that, and does not say so in a Vary."""
    coded = "gzip" in environ.get("HTTP_ACCEPT_ENCODING", "")
    headers = [("Content-Encoding", "gzip")] if coded else []
    return Response("200 OK", headers, [b"coded" if coded else b"plain"])(environ, start_response)


@pytest.mark.parametrize("setting", [ON, AS_ON_AWS], ids=["for each caller", "for all"])
def test_nobody_gets_a_coding_that_they_do_not_take(setting: MethodSettingConfig) -> None:
    app = ResponseCache(gzips, setting)
    bodies = [ask(app, HTTP_ACCEPT_ENCODING=taken).body() for taken in ("gzip", "identity")]
    assert bodies == [b"coded", b"plain"]


def test_for_all_a_coding_is_kept_where_accept_encoding_is_a_key_parameter() -> None:
    backend = Backend(headers=[("Content-Encoding", "gzip")])
    parameters = ["method.request.header.Accept-Encoding"]
    app = ResponseCache(
        backend, AS_ON_AWS, key=lambda setting: CacheKey(parameters=parameters, per_caller=False)
    )
    answers = [ask(app, HTTP_ACCEPT_ENCODING=taken).body() for taken in ("gzip", "br", "gzip")]
    assert answers == [b"answer 1", b"answer 2", b"answer 1"]


@pytest.mark.parametrize("size", [LONGEST, LONGEST + 1])
def test_up_to_a_mebibyte_is_kept_and_more_goes_on_whole(size: int) -> None:
    bodies = []

    def backend(environ, start_response):
        bodies.append(Body(b"x" * 1000, b"y" * (size - 1001), b"z"))
        return Response("200 OK", [], bodies[-1])(environ, start_response)

    app = ResponseCache(backend, ON)
    for _ in range(2):
        response = ask(app)
        assert len(b"".join(response.app_iter)) == size
        response.close()
    assert len(bodies) == (1 if size == LONGEST else 2)
    assert [body.closed for body in bodies] == [1] * len(bodies)


def test_a_refusal_from_further_in_is_not_kept() -> None:
    refusal = GatewayError(THROTTLED)
    app = ResponseCache(refusal, MethodSettingConfig(caching_enabled=True))
    kept = app._kept
    assert ask(app).status_code == ask(app).status_code == 429
    assert len(kept) == 0

    class AsSuccess(LifecycleStage):
        def on_response(self, ctx: Context, response: Response) -> None:
            response.status = "200 OK"

    app = ResponseCache(AsSuccess(refusal), ON, kept=kept)
    assert ask(app).status_code == 200
    assert len(kept) == 0


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit(3)])
def test_a_body_that_breaks_is_closed_and_nothing_of_it_is_kept(error: BaseException) -> None:
    body = Body(b"half", error)
    app = ResponseCache(Backend(body=body), ON)
    with pytest.raises(type(error)):
        ask(app)
    assert body.closed == 1
    assert len(app._kept) == len(app._flights) == 0


@pytest.mark.parametrize("error", [ValueError("broken"), SystemExit(3)])
def test_an_app_that_raises_leaves_nobody_waiting(error: BaseException) -> None:
    def backend(environ, start_response):
        raise error

    app = ResponseCache(backend, ON)
    for _ in range(2):
        with pytest.raises(type(error)):
            ask(app)
    assert len(app._flights) == 0


# --------------------------------------------------------------------------- whose it is


def tenant(name: str, **more: Any) -> dict[str, Any]:
    return {"HTTP_AUTHORIZATION": f"Bearer {name}", **more}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(
            {"HTTP_AUTHORIZATION": "Bearer a"}, {"HTTP_AUTHORIZATION": "Bearer b"}, id="another token"
        ),
        pytest.param({"HTTP_AUTHORIZATION": "Bearer a"}, {}, id="a token and none"),
        pytest.param({"HTTP_COOKIE": "s=1"}, {"HTTP_COOKIE": "s=2"}, id="another session"),
        pytest.param({"HTTP_X_API_KEY": "1"}, {"HTTP_X_API_KEY": "2"}, id="another key"),
        pytest.param({"HTTP_HOST": "a"}, {"HTTP_HOST": "b"}, id="another host"),
        pytest.param({"HTTP_X_FORWARDED_HOST": "evil"}, {}, id="a host that a proxy is said to have seen"),
        pytest.param({"wsgi.url_scheme": "http"}, {"wsgi.url_scheme": "https"}, id="another scheme"),
        pytest.param({"SCRIPT_NAME": "/a"}, {"SCRIPT_NAME": "/b"}, id="another place"),
        pytest.param({"query": "a=1"}, {"query": "a=2"}, id="another query"),
        pytest.param({"path": "/a"}, {"path": "/b"}, id="another path"),
        pytest.param({"path": "/a"}, {"path": "/a/"}, id="a slash at the end"),
    ],
)
def test_callers_do_not_get_each_others_answers(one: dict[str, Any], other: dict[str, Any]) -> None:
    app = ResponseCache(Backend(), ON)
    assert [ask(app, **request).body() for request in (one, other, one, other)] == [
        b"answer 1",
        b"answer 2",
        b"answer 1",
        b"answer 2",
    ]


def test_whoever_says_so_shares_between_callers() -> None:
    app = ResponseCache(Backend(), AS_ON_AWS)
    assert ask(app, **tenant("a")).body() == ask(app, **tenant("b")).body() == b"answer 1"


def test_who_the_authorizer_found_is_part_of_the_key() -> None:
    app, found = ResponseCache(Backend(), ON), []
    for principal in ("alice", "bob", "alice"):
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/"}
        ctx = environ[CONTEXT_KEY] = Context(environ, Deployment())
        ctx.authorizer = {"principalId": principal}
        found.append(call_app(app, environ).body())
    assert found == [b"answer 1", b"answer 2", b"answer 1"]


# --------------------------------------------------------------------------- anew


@pytest.mark.parametrize(
    "header", ["max-age=0", "no-cache, max-age=0", "MAX-AGE=0", "max-age=00", 'max-age="0"']
)
def test_max_age_0_fetches_the_answer_and_replaces_the_kept_one(header: str) -> None:
    app = ResponseCache(Backend(), ANYONE)
    assert ask(app).body() == b"answer 1"
    assert anew(app, header).body() == b"answer 2"
    assert ask(app).body() == b"answer 2"


@pytest.mark.parametrize(
    "header", ["no-cache", "no-store", "max-age=1", "max-age=10", "s-max-age=0", "xmax-age=0", ""]
)
def test_no_other_directive_does_anything(header: str) -> None:
    app = ResponseCache(Backend(), ANYONE)
    ask(app)
    response = anew(app, header)
    assert (response.body(), response.header("Warning")) == (b"answer 1", None)


@pytest.mark.parametrize(
    ("strategy", "status", "warning"),
    [
        ("FAIL_WITH_403", 403, None),
        ("SUCCEED_WITH_RESPONSE_HEADER", 200, WARNING),
        ("SUCCEED_WITHOUT_RESPONSE_HEADER", 200, None),
    ],
)
def test_without_the_right_it_is_refused_or_does_nothing(
    strategy: str, status: int, warning: str | None
) -> None:
    backend = Backend()
    setting = MethodSettingConfig(caching_enabled=True, unauthorized_cache_control_header_strategy=strategy)
    app = ResponseCache(backend, setting)
    for _ in range(2):  # once it is fetched, once it is kept
        response = anew(app)
        assert (response.status_code, response.header("Warning")) == (status, warning)
    assert ask(app).header("Warning") is None
    assert backend.count == 1


def test_the_warning_is_there_on_an_answer_that_is_not_kept_too() -> None:
    backend = Backend("404 Not Found", [("X-A", "1")])
    assert anew(ResponseCache(backend, ON)).header_values("Warning") == [WARNING]
    assert backend.headers == [("X-A", "1")]


def test_with_the_right_it_is_done() -> None:
    allowed = [False]
    app = ResponseCache(Backend(), ON, may_invalidate=lambda ctx: allowed[0])
    ask(app)
    assert anew(app).body() == b"answer 1"
    allowed[0] = True
    assert anew(app).body() == b"answer 2"
    assert ask(app).body() == b"answer 2"


def test_an_answer_that_was_under_way_does_not_come_after_a_newer_one() -> None:
    started, go_on = threading.Event(), threading.Event()
    turn = iter([b"old", b"new"])

    def backend(environ, start_response):
        body = next(turn)
        if body == b"old":
            started.set()
            go_on.wait(30)
        return Response("200 OK", [], [body])(environ, start_response)

    app = ResponseCache(backend, ANYONE)
    slow = threading.Thread(target=ask, args=(app,))
    slow.start()
    started.wait(30)
    assert anew(app).body() == b"new"
    go_on.set()
    slow.join()
    assert ask(app).body() == b"new"


# --------------------------------------------------------------------------- one at a time


class Gate(Backend):
    """A backend that answers when it is told to."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.opened, self.entered = threading.Event(), threading.Semaphore(0)

    def __call__(self, environ, start_response):
        self.entered.release()
        self.opened.wait(30)
        return super().__call__(environ, start_response)


def herd(app: Any, count: int) -> tuple[list[threading.Thread], list[bytes]]:
    answers: list[bytes] = []
    threads = [threading.Thread(target=lambda: answers.append(ask(app).body())) for _ in range(count)]
    for thread in threads:
        thread.start()
    return threads, answers


def test_a_herd_sends_one_request_and_all_get_its_answer() -> None:
    backend = Gate()
    threads, answers = herd(ResponseCache(backend, ON), 12)
    backend.entered.acquire()
    backend.opened.set()
    for thread in threads:
        thread.join()
    assert answers == [b"answer 1"] * 12
    assert backend.count == 1


def test_an_answer_that_came_while_it_was_looked_for_is_not_fetched_again() -> None:
    class Late(KeptAnswers):
        """One that looks, and finds nothing, just before another request's answer comes."""

        def find(self, *args: Any) -> None:
            return None

    backend, kept = Backend(), Late()
    app = ResponseCache(backend, ON, kept=kept)
    assert [ask(app).body(), ask(app).body()] == [b"answer 1", b"answer 1"]
    assert len(app._flights) == 0


def test_what_may_not_be_shared_each_fetches_for_themselves() -> None:
    backend = Gate(headers=[("Set-Cookie", "s=1")])
    threads, answers = herd(ResponseCache(backend, ON), 4)
    backend.entered.acquire()
    backend.opened.set()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [b"answer 1", b"answer 2", b"answer 3", b"answer 4"]


def test_nobody_waits_longer_than_the_integration_may_take() -> None:
    backend = Gate()
    app = ResponseCache(backend, ON, wait=0.01)
    leader, _ = herd(app, 1)
    backend.entered.acquire()
    others, answers = herd(app, 1)
    assert backend.entered.acquire(timeout=30), "the other one went itself"
    backend.opened.set()
    for thread in leader + others:
        thread.join()
    assert backend.count == 2
    assert len(answers) == 1


def test_an_app_that_asks_its_own_gateway_does_not_wait_for_itself() -> None:
    depth = []

    def backend(environ, start_response):
        depth.append(1)
        inner = b"" if len(depth) > 1 else ask(app).body()
        return Response("200 OK", [], [b"<" + inner + b">"])(environ, start_response)

    app = ResponseCache(backend, ON)
    assert ask(app).body() == b"<<>>"


def test_methods_that_share_a_place_share_nothing_but_room() -> None:
    kept, flights = KeptAnswers(), Flights()
    one, other = (ResponseCache(Backend(), ON, kept=kept, flights=flights) for _ in range(2))
    ask(one, path="/one")
    assert ask(other, path="/two").body() == b"answer 1"
    assert len(kept) == 2


# --------------------------------------------------------------------------- in a chain


def test_stages_further_in_do_not_run_for_what_is_kept_those_further_out_do() -> None:
    seen: list[str] = []

    class Watch(LifecycleStage):
        def __init__(self, app: Any, name: str) -> None:
            super().__init__(app)
            self.name = name

        def on_request(self, ctx: Context) -> None:
            seen.append(f"{self.name} in")

        def on_response(self, ctx: Context, response: Response) -> None:
            seen.append(f"{self.name} out")

    nested = Watch(ResponseCache(Watch(Backend(), "inner"), ON), "outer")
    for app in (nested, fuse(nested)):
        seen.clear()
        ask(app, query=str(id(app)))
        assert seen == ["outer in", "inner in", "inner out", "outer out"]
        seen.clear()
        ask(app, query=str(id(app)))
        assert seen == ["outer in", "outer out"]


def test_the_trace_tells_hit_and_miss() -> None:
    app, told = ResponseCache(Backend(), ANYONE), []
    for cache_control in ("", "", "max-age=0"):
        environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/", "HTTP_CACHE_CONTROL": cache_control}
        ctx = environ[CONTEXT_KEY] = Context(environ)
        ctx.trace = Trace()
        call_app(app, environ)
        told += [event.details["cache"] for event in ctx.trace.events if "cache" in event.details]
    assert told == ["miss", "hit", "anew"]
