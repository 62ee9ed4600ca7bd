from __future__ import annotations

import json
from dataclasses import replace

import pytest

from wsgi_gateway.config import (
    ApiKeyConfig,
    ApiStageConfig,
    QuotaConfig,
    StageConfig,
    ThrottleConfig,
    UsagePlanConfig,
)
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import CONTEXT_KEY, ConfigError
from wsgi_gateway.lifecycle.rate_limit_headers import RateLimitHeaders
from wsgi_gateway.lifecycle.usage_plan import SHADOW_KEY, KeyTable, UsagePlan
from wsgi_gateway.pipeline import LifecycleStage, pipeline
from wsgi_gateway.stores.memory import MemoryStore
from wsgi_gateway.usage import Quota
from wsgi_gateway.wsgi import Response, call_app

VALUE, OTHER = "0123456789abcdefghij", "zyxwvutsrqponmlkjihg"
KEYS = (ApiKeyConfig(id="k1", value=VALUE), ApiKeyConfig(id="k2", value=OTHER))
DEV = Deployment(api_id="a1", stage="dev")
DAY = 86_400


def burst(number):
    return ThrottleConfig(rate_limit=0, burst_limit=number)


def plan(plan_id="p1", *, stages=("dev",), keys=("k1", "k2"), throttle=None, **more):
    """A plan; ``throttle`` is that of single methods, the plan's own is in ``more['per_key']``."""
    stages = [
        stage if isinstance(stage, ApiStageConfig) else ApiStageConfig(stage=stage, throttle=throttle or {})
        for stage in stages
    ]
    return UsagePlanConfig(
        id=plan_id,
        keys=keys,
        api_stages=stages,
        throttle=more.pop("per_key", None),
        quota=more.pop("quota", None),
    )


class Backend:
    """Counts its calls and remembers the last Context."""

    def __init__(self, status="200 OK"):
        self.status, self.calls, self.context = status, 0, None

    def __call__(self, environ, start_response):
        self.calls += 1
        self.context = environ[CONTEXT_KEY]
        return Response(self.status, [("Content-Type", "text/plain")], [b"backend"])(environ, start_response)


class Asked:
    """A plan around a backend, with a clock to turn and a shorthand for requests."""

    def __init__(self, *plans, wrap=lambda stage: stage, status="200 OK", **options):
        self.now = 0
        self.backend = Backend(status)
        options.setdefault("api_keys", KEYS)
        options.setdefault("clock", lambda: self.now)
        if "stage_throttle" in options:
            options["stage"] = StageConfig(throttle=options.pop("stage_throttle"))
        self.stage = UsagePlan(self.backend, plans, **options)
        self.app = wrap(self.stage)

    def answer(self, value=VALUE, *, deployment=DEV, path="/pets", verb="GET", **environ):
        environ = {"REQUEST_METHOD": verb, "PATH_INFO": path, **environ}
        if value is not None:
            environ["HTTP_X_API_KEY"] = value
        context = environ[CONTEXT_KEY] = Context(environ, deployment)
        context.resource_path = path
        self.context = context
        return call_app(self.app, environ)

    def status(self, *args, **kwargs):
        return self.answer(*args, **kwargs).status_code

    def statuses(self, count, *args, **kwargs):
        return [self.status(*args, **kwargs) for _ in range(count)]


def told(response):
    return response.status_code, response.header("x-amzn-ErrorType"), json.loads(response.body())


# ---------------------------------------------------------------- the key


def test_a_key_of_a_plan_for_the_stage_is_admitted_and_told_to_the_context():
    asked = Asked(plan())
    assert asked.answer().body() == b"backend"
    assert (asked.context.api_key, asked.context.api_key_id) == (VALUE, "k1")


FORBIDDEN = (403, "ForbiddenException", {"message": "Forbidden"})


@pytest.mark.parametrize(
    ("plans", "value", "reason"),
    [
        pytest.param([plan()], None, "no API key", id="no key"),
        pytest.param([plan()], "", "no API key", id="an empty key"),
        pytest.param([plan()], "unknown-0123456789abc", "unknown API key", id="an unknown key"),
        pytest.param([], VALUE, "no usage plan for stage dev", id="a key without any plan"),
        pytest.param([plan(keys=["k2"])], VALUE, "no usage plan for stage dev", id="a plan without the key"),
        pytest.param(
            [plan(stages=["prod"])], VALUE, "no usage plan for stage dev", id="a plan without the stage"
        ),
        pytest.param(
            [plan(stages=[ApiStageConfig(stage="dev", api_id="a2")])],
            VALUE,
            "no usage plan for stage dev",
            id="a plan for another API",
        ),
    ],
)
def test_every_refusal_of_a_key_reads_the_same_to_the_client(plans, value, reason):
    asked = Asked(*plans)
    assert told(asked.answer(value)) == FORBIDDEN
    assert reason in asked.context.error.reason
    assert (asked.context.api_key, asked.context.api_key_id, asked.backend.calls) == (None, None, 0)


def test_a_disabled_key_is_forbidden():
    asked = Asked(plan(keys=["k1"]), api_keys=[replace(KEYS[0], enabled=False)])
    assert told(asked.answer()) == FORBIDDEN
    assert asked.context.error.reason == "API key k1 is disabled"


@pytest.mark.parametrize(
    "value",
    [
        *(pytest.param(VALUE[:n] + "!" + VALUE[n + 1 :], id=f"byte {n} changed") for n in range(len(VALUE))),
        pytest.param(VALUE[:-1], id="cut"),
        pytest.param(VALUE + "0", id="longer"),
        pytest.param(VALUE.upper(), id="in capitals"),
        pytest.param(" " + VALUE, id="a space before it"),
        pytest.param(VALUE + " ", id="a space after it"),
        pytest.param(VALUE + "\t", id="a tab after it"),
        pytest.param(VALUE + "\0", id="a NUL after it"),
        pytest.param(VALUE[:10] + "\0" + VALUE[10:], id="a NUL inside"),
        pytest.param(VALUE + "," + OTHER, id="two keys in one header"),
        pytest.param(VALUE + ", " + VALUE, id="the same header twice"),
        pytest.param('"' + VALUE + '"', id="in quotes"),
        pytest.param("k1", id="its id"),
        pytest.param("x" * 10_000, id="ten kilobytes"),
        pytest.param(VALUE * 500, id="itself five hundred times"),
        pytest.param("ÿ" * 20, id="high bytes"),
        pytest.param("€" * 20, id="no bytes at all, which a server must not send"),
        pytest.param("%30" + VALUE[1:], id="percent-encoded"),
        pytest.param("*", id="a wildcard"),
        pytest.param(b"0123456789abcdefghij", id="bytes, which a server must not send"),
    ],
)
def test_a_value_that_is_not_exactly_the_key_is_forbidden(value):
    assert told(Asked(plan()).answer(value)) == FORBIDDEN


@pytest.mark.parametrize(
    "environ",
    [
        pytest.param({"QUERY_STRING": "x-api-key=" + VALUE}, id="in the query string"),
        pytest.param({"HTTP_AUTHORIZATION": VALUE}, id="in Authorization"),
        pytest.param({"HTTP_COOKIE": "x-api-key=" + VALUE}, id="in a cookie"),
        pytest.param({"HTTP_APIKEY": VALUE}, id="in a header of another name"),
        pytest.param({"x-api-key": VALUE}, id="under a name no client's header has"),
        pytest.param(
            {"wsgi_gateway.usage_identifier_key": VALUE}, id="from an authorizer, with source HEADER"
        ),
    ],
)
def test_a_key_in_the_wrong_place_is_forbidden(environ):
    assert told(Asked(plan()).answer(None, **environ)) == FORBIDDEN


def test_a_key_beyond_ascii_is_found_as_the_bytes_a_server_hands_on():
    value = "schlüssel-0123456789"
    asked = Asked(plan(keys=["k1"]), api_keys=[replace(KEYS[0], value=value)])
    assert asked.status(value.encode().decode("latin-1")) == 200


def test_with_source_authorizer_the_key_comes_from_the_authorizer():
    asked = Asked(plan(), api_key_source="AUTHORIZER")
    assert asked.status(None, **{"wsgi_gateway.usage_identifier_key": OTHER}) == 200
    assert (asked.context.api_key, asked.context.api_key_id) == (OTHER, "k2")


@pytest.mark.parametrize("identifier", [None, 7, True, [VALUE], {"k": VALUE}, "\ud800", ""])
def test_with_source_authorizer_a_header_does_not_help(identifier):
    asked = Asked(plan(), api_key_source="AUTHORIZER")
    environ = {} if identifier is None else {"wsgi_gateway.usage_identifier_key": identifier}
    assert told(asked.answer(VALUE, **environ)) == FORBIDDEN


# ---------------------------------------------------------------- limits


def test_a_throttle_is_each_keys_own():
    asked = Asked(plan(per_key=burst(2)))
    assert asked.statuses(3) == [200, 200, 429]
    assert asked.statuses(3, OTHER) == [200, 200, 429]


def test_a_throttled_request_reads_too_many_requests():
    asked = Asked(plan(per_key=burst(0)))
    assert told(asked.answer()) == (429, "TooManyRequestsException", {"message": "Too Many Requests"})
    assert (asked.context.api_key, asked.backend.calls) == (None, 0)


def test_tokens_come_back_with_time():
    asked = Asked(plan(per_key=ThrottleConfig(rate_limit=0.5, burst_limit=1)))
    seen = []
    for asked.now in (0, 1.999999, 2.0, 2.000001):
        seen.append(asked.status())
    assert seen == [200, 429, 200, 429]


def test_past_the_quota_the_answer_reads_limit_exceeded():
    asked = Asked(plan(quota=QuotaConfig(limit=1, period="DAY")))
    assert asked.status() == 200
    assert told(asked.answer()) == (429, "LimitExceededException", {"message": "Limit Exceeded"})


def test_a_quota_is_each_keys_own_and_begins_anew_with_its_period():
    asked = Asked(plan(quota=QuotaConfig(limit=1, period="DAY")))
    seen = [asked.status(), asked.status(), asked.status(OTHER)]
    asked.now = DAY - 0.001
    seen.append(asked.status())
    asked.now = DAY
    seen += [asked.status(), asked.status()]
    assert seen == [200, 429, 200, 429, 200, 429]


def test_limits_of_a_key_add_up_over_the_stages_and_apis_of_its_plan():
    asked = Asked(plan(stages=["dev", "prod"], per_key=burst(3), quota=QuotaConfig(limit=9, period="DAY")))
    places = [
        DEV,
        replace(DEV, stage="prod"),
        replace(DEV, api_id="a2"),
        replace(DEV, api_id="a2", stage="prod"),
    ]
    assert [asked.status(deployment=place) for place in places] == [200, 200, 200, 429]


def test_a_plans_throttle_of_a_method_is_each_keys_own_and_does_not_touch_other_methods():
    asked = Asked(plan(throttle={"/pets/GET": burst(1)}))
    assert asked.statuses(2) == [200, 429]
    assert asked.statuses(2, verb="POST") == [200, 200]
    assert asked.statuses(2, path="/pets/{id}") == [200, 200]
    assert asked.statuses(2, OTHER) == [200, 429]


def test_a_method_without_a_throttle_of_its_own_has_that_of_the_key():
    asked = Asked(plan(throttle={"/pets/GET": burst(9)}, per_key=burst(2)))
    assert [asked.status(path=path) for path in ("/pets", "/owners", "/owners")] == [200, 200, 429]


def test_a_plans_throttle_of_a_method_counts_each_stage_for_itself():
    asked = Asked(plan(stages=["dev", "prod"], throttle={"/pets/GET": burst(1)}))
    assert asked.statuses(2) == [200, 429]
    assert asked.statuses(2, deployment=replace(DEV, stage="prod")) == [200, 429]


def test_a_key_that_was_just_admitted_to_one_stage_is_forbidden_at_another():
    asked = Asked(plan(stages=["dev", ApiStageConfig(stage="beta", throttle={"*/*": burst(0)})]))
    places = [replace(DEV, stage=stage) for stage in ("dev", "prod", "beta", "dev")]
    assert [asked.status(deployment=place) for place in places] == [200, 403, 429, 200]


def test_deployments_that_call_in_turn_are_counted_each_for_itself():
    stages = [ApiStageConfig(stage=name, throttle={"*/*": burst(2)}) for name in ("dev", "prod")]
    asked = Asked(plan(stages=stages), stage_throttle={"*/*": burst(3)})
    places = [DEV, replace(DEV, stage="prod"), replace(DEV, api_id="a2")]
    found = [
        [asked.status(value, deployment=place) for place in places] for value in (VALUE, VALUE, OTHER, OTHER)
    ]
    assert found == [[200] * 3, [200] * 3, [200] * 3, [429] * 3]


def test_the_stages_throttle_is_shared_by_all_keys():
    asked = Asked(plan(), stage_throttle={"/pets/GET": burst(2)})
    assert [asked.status(value) for value in (VALUE, OTHER, VALUE)] == [200, 200, 429]
    assert asked.statuses(3, verb="POST") == [200, 200, 200]


def test_the_stages_default_throttle_is_each_methods_own():
    asked = Asked(plan(), stage_throttle={"*/*": burst(1), "//GET": burst(2)})
    assert asked.statuses(2) == [200, 429]
    assert asked.statuses(2, verb="POST") == [200, 429]
    assert asked.statuses(3, path="/") == [200, 200, 429]


def test_stages_that_share_a_store_do_not_share_the_stages_throttle():
    asked = Asked(plan(stages=["dev", "prod"]), stage_throttle={"*/*": burst(1)})
    assert asked.statuses(2) == [200, 429]
    assert asked.statuses(2, deployment=replace(DEV, stage="prod")) == [200, 429]


ORDER = ["the method of the plan", "the key", "the method of the stage", "the quota"]


@pytest.mark.parametrize("used_up", range(len(ORDER)), ids=ORDER)
def test_limits_are_asked_in_the_order_of_aws(used_up):
    """The first limit that is used up refuses, whatever comes after it."""
    size = [0 if n >= used_up else 9 for n in range(len(ORDER))]
    asked = Asked(
        plan(
            throttle={"/pets/GET": burst(size[0])},
            per_key=burst(size[1]),
            quota=QuotaConfig(limit=size[3], period="DAY"),
        ),
        stage_throttle={"/pets/GET": burst(size[2])},
    )
    assert asked.status() == 429
    names = ["plan:p1:k1:method:a1:dev:/pets/GET", "plan:p1:k1:throttle", "stage:a1:dev:/pets/GET"]
    names.append("plan:p1:k1:quota:DAY")
    assert asked.context.error.reason == "limit reached: " + names[used_up]


@pytest.mark.parametrize(
    ("limits", "stage_throttle"),
    [
        pytest.param({"per_key": burst(0)}, {}, id="the key's throttle"),
        pytest.param({"throttle": {"/pets/GET": burst(0)}}, {}, id="the method's throttle"),
        pytest.param({}, {"/pets/GET": burst(0)}, id="the stage's throttle"),
    ],
)
def test_a_throttled_request_does_not_eat_the_quota(limits, stage_throttle):
    quota = QuotaConfig(limit=1, period="DAY")
    store = MemoryStore()
    throttled = Asked(plan(quota=quota, **limits), stage_throttle=stage_throttle, store=store)
    assert throttled.statuses(5) == [429] * 5
    assert Asked(plan(quota=quota), store=store).statuses(2) == [200, 429]


def test_a_request_past_the_quota_does_not_eat_tokens():
    store = MemoryStore()
    spent = Asked(plan(per_key=burst(1), quota=QuotaConfig(limit=0, period="DAY")), store=store)
    assert spent.statuses(5) == [429] * 5
    assert Asked(plan(per_key=burst(1)), store=store).statuses(2) == [200, 429]


def test_a_refused_key_counts_nowhere():
    asked = Asked(plan(), stage_throttle={"*/*": burst(1)})
    assert asked.statuses(5, "unknown-0123456789abc") == [403] * 5
    assert asked.statuses(2) == [200, 429]


def test_a_request_refused_further_out_does_not_count_and_one_refused_further_in_does():
    class Gate(LifecycleStage):
        def on_request(self, ctx):
            return Response("418 Teapot") if "HTTP_X_OUT" in ctx.environ else None

    asked = Asked(plan(quota=QuotaConfig(limit=2, period="DAY")), wrap=Gate, status="400 Bad Request")
    assert asked.statuses(5, HTTP_X_OUT="1") == [418] * 5
    assert asked.statuses(3) == [400, 400, 429]


# ---------------------------------------------------------------- no key required


def test_without_a_required_key_the_stages_throttle_alone_holds():
    asked = Asked(plan(per_key=burst(0)), api_key_required=False, stage_throttle={"*/*": burst(3)})
    assert [asked.status(value) for value in (None, VALUE, "unknown", VALUE)] == [200, 200, 200, 429]
    assert (asked.context.api_key, asked.context.api_key_id) == (None, None)


def test_without_a_required_key_and_without_a_throttle_the_store_is_not_asked():
    asked = Asked(plan(), api_key_required=False, store=Failing())
    assert asked.status(None) == 200


# ---------------------------------------------------------------- the store


class Failing:
    """A store that is out of order, and whose error text gives too much away."""

    def admit(self, buckets, quotas, now):
        raise ConnectionError("redis://user:secret@host")


def test_if_the_store_fails_nobody_is_admitted_and_nothing_is_given_away():
    asked = Asked(plan(per_key=burst(1)), store=Failing())
    answer = told(asked.answer())
    assert answer == (503, "InternalServerErrorException", {"message": "Internal server error"})
    assert "ConnectionError" in asked.context.error.reason
    assert "secret" not in asked.context.error.reason
    assert (asked.backend.calls, asked.context.api_key) == (0, None)


def test_a_refusal_by_a_counter_of_another_name_still_refuses():
    class Odd:
        def admit(self, buckets, quotas, now):
            return "something"

    assert Asked(plan(per_key=burst(1)), store=Odd()).status() == 429


def test_the_store_is_asked_once_with_everything_and_whole_microseconds():
    calls = []

    class Recording:
        def admit(self, *call):
            calls.append(call)

    asked = Asked(plan(per_key=burst(1), quota=QuotaConfig(limit=1, period="DAY")), store=Recording())
    asked.now = 1700000000.25
    assert asked.status() == 200
    [(buckets, quotas, now)] = calls
    assert ([name for name, _ in buckets], [name for name, _ in quotas]) == (
        ["plan:p1:k1:throttle"],
        ["plan:p1:k1:quota:DAY"],
    )
    assert (now, type(now)) == (1_700_000_000_250_000, int)


def test_a_key_without_limits_needs_no_store():
    assert Asked(plan(), store=Failing()).status() == 200


def test_methods_that_share_a_store_count_together_and_others_do_not():
    store = MemoryStore()
    together = [Asked(plan(per_key=burst(1)), store=store) for _ in range(2)]
    apart = [Asked(plan(per_key=burst(1))) for _ in range(2)]
    assert [asked.status() for asked in together] == [200, 429]
    assert [asked.status() for asked in apart] == [200, 200]


# ---------------------------------------------------------------- the constructor


def test_many_methods_share_one_key_table():
    plans = [plan()]
    table = KeyTable(plans, KEYS)
    asked = Asked(*plans, key_table=table)
    assert asked.status() == 200
    assert asked.stage._keys is table
    assert Asked(api_keys=(), key_table=table).status() == 200


@pytest.mark.parametrize(
    ("plans", "api_keys"),
    [
        pytest.param([plan("p2")], KEYS, id="another plan"),
        pytest.param([plan()], KEYS[:1], id="fewer keys"),
    ],
)
def test_a_key_table_of_other_plans_is_refused(plans, api_keys):
    with pytest.raises(ConfigError, match="compiled from other plans"):
        UsagePlan(Backend(), plans, api_keys=api_keys, key_table=KeyTable([plan()], KEYS))


@pytest.mark.parametrize(
    ("plans", "options"),
    [
        pytest.param([], {"api_key_source": "QUERY"}, id="an unknown source of keys"),
        pytest.param(
            [], {"stage": StageConfig(throttle={"pets": burst(1)})}, id="a throttle that can never match"
        ),
        pytest.param([plan(keys=["nobody"])], {}, id="a plan with an unknown key"),
        pytest.param(
            [plan(keys=["nobody"])], {"api_key_required": False}, id="the same where no key is required"
        ),
        pytest.param([plan("a"), plan("b")], {}, id="a key in two plans for the stage"),
    ],
)
def test_what_cannot_work_is_refused_by_the_constructor(plans, options):
    with pytest.raises(ConfigError):
        UsagePlan(Backend(), plans, api_keys=KEYS, **options)


def test_works_alone_around_any_app_and_the_same_in_a_pipeline():
    def environ():
        return {"REQUEST_METHOD": "GET", "HTTP_X_API_KEY": VALUE}

    for build in (
        lambda: UsagePlan(Backend(), [plan(stages=["default"], per_key=burst(1))], api_keys=KEYS),
        lambda: pipeline(
            UsagePlan.layer([plan(stages=["default"], per_key=burst(1))], api_keys=KEYS), LifecycleStage
        )(Backend()),
    ):
        app = build()
        assert [call_app(app, environ()).status_code for _ in range(2)] == [200, 429]


def test_alone_the_stages_default_throttle_is_one_for_everything():
    app = UsagePlan(Backend(), api_key_required=False, stage=StageConfig(throttle={"*/*": burst(1)}))
    answers = [call_app(app, {"REQUEST_METHOD": "GET", "PATH_INFO": path}) for path in ("/a", "/b")]
    assert [answer.status_code for answer in answers] == [200, 429]


def test_alone_the_throttle_of_a_single_method_is_an_error_and_not_left_out():
    app = UsagePlan(Backend(), api_key_required=False, stage=StageConfig(throttle={"/a/GET": burst(9)}))
    assert call_app(app, {"REQUEST_METHOD": "GET", "PATH_INFO": "/a"}).status_code == 500


def test_the_response_never_passes_through_it():
    body = iter([b"streamed"])
    app = UsagePlan(Response("200 OK", [], body), [plan(stages=["default"])], api_keys=KEYS)
    environ = {"REQUEST_METHOD": "GET", "HTTP_X_API_KEY": VALUE}
    assert app(environ, lambda status, headers, exc_info=None: None) is body


def test_no_key_value_shows_in_a_refusal():
    asked = Asked(plan(per_key=burst(0), quota=QuotaConfig(limit=0, period="DAY")))
    for value in (VALUE, "unknown-0123456789abc"):
        answer = asked.answer(value)
        shown = f"{answer.headerlist} {answer.body()!r} {asked.context.error!r} {asked.context.error.reason}"
        assert value not in shown


# ------------------------------------------------------------------------- stage, account, shadow, headers


def test_the_limits_of_method_stage_and_account_are_asked_in_this_order_after_the_callers():
    sizes = {"key": 4, "method": 3, "stage": 2, "account": 1}
    expected = [
        "account:123456789012:us-east-1",
        "stage:a1:dev",
        "stage:a1:dev:/pets/GET",
        "plan:p1:k1:throttle",
    ]
    for smallest in ("account", "stage", "method", "key"):
        limit = {name: burst(0 if name == smallest else 9) for name in sizes}
        stage = StageConfig(
            throttle={"*/*": limit["method"]},
            overall_throttle=limit["stage"],
            account_throttle=limit["account"],
        )
        asked = Asked(plan(per_key=limit["key"]), stage=stage)
        assert asked.status() == 429
        assert asked.context.error.reason == f"limit reached: {expected.pop(0)}"


def test_an_account_shares_its_limit_among_apis_and_stages():
    store, stage = MemoryStore(), StageConfig(account_throttle=burst(3))
    asked = Asked(plan(stages=["dev", "prod"]), stage=stage, store=store)
    places = [Deployment(api_id=api, stage=name) for api in ("a1", "a2") for name in ("dev", "prod")]
    assert [asked.status(deployment=place) for place in places] == [200, 200, 200, 429]


def test_a_shadow_plan_decides_records_and_refuses_nobody():
    asked = Asked(replace(plan(per_key=burst(1)), shadow=True))
    assert asked.statuses(3) == [200, 200, 200]
    assert asked.backend.context.environ[SHADOW_KEY] == "limit reached: plan:p1:k1:throttle"
    assert (asked.context.api_key_id, asked.context.error) == ("k1", None)


def test_a_shadow_plan_counts_what_it_would_have_admitted():
    quota = QuotaConfig(limit=2, period="DAY")
    store = MemoryStore()
    asked = Asked(replace(plan(quota=quota), shadow=True), store=store)
    asked.statuses(5)
    counter = ("plan:p1:k1:quota:DAY", Quota(2, "DAY"))
    [state] = store.states((), [counter], 0)
    assert state[0] == 2


def test_behind_a_shadow_plan_the_limits_of_the_stage_hold():
    asked = Asked(replace(plan(per_key=burst(9)), shadow=True), stage_throttle={"*/*": burst(1)})
    assert asked.statuses(2) == [200, 429]


def test_a_shadow_plan_whose_store_fails_is_no_free_pass():
    asked = Asked(replace(plan(per_key=burst(9)), shadow=True), store=Failing())
    assert asked.status() == 503


def test_what_a_client_sends_as_a_shadows_record_goes_no_further():
    asked = Asked(replace(plan(per_key=burst(9)), shadow=True))
    asked.status(**{SHADOW_KEY: "forged"})
    assert SHADOW_KEY not in asked.backend.context.environ


def test_keys_that_cannot_be_looked_up_are_503_and_never_403():
    class Gone:
        def find(self, value):
            raise ConnectionError("redis://:s3cret@host")

    asked = Asked(api_keys=(), key_table=Gone())
    assert asked.status() == 503
    assert asked.context.error.reason == "the store of API keys failed: ConnectionError"


def headers(answer):
    names = ("RateLimit-Policy", "RateLimit", "Retry-After")
    return {name: answer.header(name) for name in names if answer.header(name) is not None}


def test_callers_are_told_what_is_left_of_their_own_limits_and_when_to_come_again():
    two = ThrottleConfig(rate_limit=0.5, burst_limit=2)
    asked = Asked(
        plan(per_key=two, quota=QuotaConfig(limit=9, period="DAY")),
        stage_throttle={"*/*": burst(99)},
        tells=True,
        wrap=RateLimitHeaders,
    )
    policy = '"throttle";q=2;w=4, "quota";q=9;w=86400'
    answers = [headers(asked.answer()) for _ in range(3)]
    assert answers == [
        {"RateLimit-Policy": policy, "RateLimit": '"throttle";r=1;t=2, "quota";r=8;t=86400'},
        {"RateLimit-Policy": policy, "RateLimit": '"throttle";r=0;t=4, "quota";r=7;t=86400'},
        {
            "RateLimit-Policy": policy,
            "RateLimit": '"throttle";r=0;t=4, "quota";r=7;t=86400',
            "Retry-After": "2",
        },
    ]
    asked.now = 2
    assert asked.status() == 200


def test_a_limit_that_callers_share_is_not_told_but_when_to_come_again():
    slow = ThrottleConfig(rate_limit=0.1, burst_limit=1)
    asked = Asked(plan(), stage_throttle={"*/*": slow}, tells=True, wrap=RateLimitHeaders)
    assert [headers(asked.answer()) for _ in range(2)] == [{}, {"Retry-After": "10"}]


def test_nobody_is_told_to_come_again_where_that_will_never_help():
    asked = Asked(plan(per_key=burst(0)), tells=True, wrap=RateLimitHeaders)
    assert "Retry-After" not in headers(asked.answer())


def test_without_limits_nothing_is_told_and_what_the_backend_says_stays():
    asked = Asked(plan(), tells=True, wrap=RateLimitHeaders)
    assert headers(asked.answer()) == {}


def test_of_a_shadow_plan_nothing_is_told_whether_it_would_refuse_or_not():
    limits = plan(per_key=burst(1), quota=QuotaConfig(limit=2, period="DAY"))
    asked = Asked(replace(limits, shadow=True), tells=True, wrap=RateLimitHeaders)
    assert [headers(asked.answer()) for _ in range(3)] == [{}] * 3


def test_behind_a_shadow_plan_a_limit_of_the_stage_tells_when_to_come_again():
    slow = ThrottleConfig(rate_limit=0.1, burst_limit=1)
    shadow = replace(plan(per_key=burst(9)), shadow=True)
    asked = Asked(shadow, stage_throttle={"*/*": slow}, tells=True, wrap=RateLimitHeaders)
    assert [headers(asked.answer()) for _ in range(2)] == [{}, {"Retry-After": "10"}]
