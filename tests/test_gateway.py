"""The whole: order of the stages, nothing around a stage, limits at the front door, gateways in gateways."""

from __future__ import annotations

import gc
import io
import itertools
import json
import tracemalloc
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wsgi_gateway import (
    ApiKeyConfig,
    ApiStageConfig,
    AuthorizerConfig,
    ConfigError,
    Context,
    Gateway,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    MethodResponseConfig,
    ModelConfig,
    QuotaConfig,
    RequestValidatorConfig,
    Response,
    RestApiConfig,
    StageConfig,
    ThrottleConfig,
    UsagePlanConfig,
)
from wsgi_gateway.authorizers import allow
from wsgi_gateway.config.check import check
from wsgi_gateway.errors import CONTEXT_KEY
from wsgi_gateway.integrations import LambdaFunction
from wsgi_gateway.wsgi import call_app

KEY = "0123456789abcdefghij"


def request(app, method="GET", path="/", body=b"", **environ):
    raw, _, query = path.partition("?")
    return call_app(
        app,
        {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(raw, encoding="latin-1"),
            "RAW_URI": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "REMOTE_ADDR": "203.0.113.7",
            "wsgi.input": io.BytesIO(body),
            "CONTENT_LENGTH": str(len(body)),
            **environ,
        },
    )


def api(**fields):
    return RestApiConfig(**fields)


def echo(environ, start_response):
    body = json.dumps({"path": environ["PATH_INFO"], "user": environ.get("REMOTE_USER")}).encode()
    return Response("200 OK", [("Content-Type", "application/json")], [body])(environ, start_response)


MOCK = IntegrationConfig(
    type="MOCK",
    request_templates={"application/json": "{statusCode: 200}"},
    passthrough_behavior="NEVER",
    integration_responses=[
        IntegrationResponseConfig(status_code=200, response_templates={"application/json": "mocked"})
    ],
)
EVERYTHING = api(
    resources={
        "/all": {
            "POST": MethodConfig(
                http_method="POST",
                authorization_type="CUSTOM",
                authorizer="guard",
                api_key_required=True,
                request_validator="all",
                request_parameters={"method.request.querystring.need": True},
                request_models={"application/json": "Size", "text/plain": "Size"},
                integration=MOCK,
            )
        }
    },
    authorizers={
        "guard": AuthorizerConfig(
            name="guard",
            identity_source=["method.request.header.Authorization"],
            authorizer_result_ttl_in_seconds=0,
        )
    },
    request_validators={
        "all": RequestValidatorConfig(
            name="all", validate_request_body=True, validate_request_parameters=True
        )
    },
    models={"Size": ModelConfig(name="Size", schema={"type": "object"})},
    api_keys=[ApiKeyConfig(id="k", value=KEY)],
    usage_plans=[
        UsagePlanConfig(
            id="p",
            keys=["k"],
            api_stages=[ApiStageConfig(stage="default")],
            throttle=ThrottleConfig(rate_limit=1, burst_limit=1),
            quota=QuotaConfig(limit=1000, period="DAY"),
        )
    ],
)
ORDER = ["authorizer", "key", "throttle", "parameters", "body", "type"]
OUTCOMES = {
    "authorizer": (401, "Unauthorized"),
    "key": (403, "Forbidden"),
    "throttle": (429, "Too Many Requests"),
    "parameters": (400, "Missing required request parameters: [need]"),
    "body": (400, "Invalid request body"),
    "type": (415, "Unsupported Media Type"),
}


@pytest.mark.parametrize(
    "failing",
    [set(names) for size in range(7) for names in itertools.combinations(ORDER, size)],
    ids=lambda names: "+".join(name for name in ORDER if name in names) or "nothing fails",
)
def test_the_first_failing_stage_answers(failing):
    gateway = Gateway(EVERYTHING, authorizers={"guard": lambda event: allow("u")}, clock=lambda: 1e9)
    good = {"HTTP_AUTHORIZATION": "t", "HTTP_X_API_KEY": KEY, "CONTENT_TYPE": "application/json"}
    if "throttle" in failing:
        assert request(gateway, "POST", "/all?need=1", b"{}", **good).status_code == 200
    environ = dict(good)
    if "authorizer" in failing:
        del environ["HTTP_AUTHORIZATION"]
    if "key" in failing:
        environ["HTTP_X_API_KEY"] = KEY[:-1] + "x"
    if "type" in failing:
        environ["CONTENT_TYPE"] = "text/plain"
    path = "/all" if "parameters" in failing else "/all?need=1"
    response = request(gateway, "POST", path, b"[]" if "body" in failing else b"{}", **environ)
    first = next((name for name in ORDER if name in failing), None)
    if first is None:
        assert (response.status_code, response.body()) == (200, b"mocked")
    else:
        assert (response.status_code, json.loads(response.body())["message"]) == OUTCOMES[first]


def test_refusals_cost_neither_tokens_nor_quota():
    gateway = Gateway(EVERYTHING, authorizers={"guard": lambda event: allow("u")}, clock=lambda: 1e9)
    for _ in range(5):
        request(gateway, "POST", "/all?need=1", b"{}", HTTP_X_API_KEY=KEY)
    good = {"HTTP_AUTHORIZATION": "t", "HTTP_X_API_KEY": KEY, "CONTENT_TYPE": "application/json"}
    assert request(gateway, "POST", "/all?need=1", b"{}", **good).status_code == 200


GUARDED = api(
    resources={
        "/admin": {"ANY": MethodConfig(http_method="ANY", authorization_type="CUSTOM", authorizer="guard")},
        "/admin/{page}": {
            "ANY": MethodConfig(http_method="ANY", authorization_type="CUSTOM", authorizer="guard")
        },
        "/{proxy+}": {"ANY": MethodConfig(http_method="ANY")},
        "/one/{x}": {"GET": MethodConfig(http_method="GET")},
    },
    authorizers={
        "guard": AuthorizerConfig(name="guard", identity_source=["method.request.header.Authorization"])
    },
)
PIECES = st.sampled_from(
    [
        "/",
        "//",
        "admin",
        "%61dmin",
        "ADMIN",
        "one",
        "x",
        "..",
        ".",
        "%2e%2e",
        "%2F",
        "%2f",
        "%5C",
        ";",
        "%3B",
        "%252F",
        "%00",
        "?",
        "é",
    ]
)


@settings(max_examples=2_000, deadline=None)
@given(
    path=st.lists(PIECES, min_size=1, max_size=7).map(lambda parts: "/" + "".join(parts)),
    verb=st.sampled_from(["GET", "HEAD", "POST", "TRACE", "get"]),
    override=st.sampled_from([None, "GET", "delete", "X"]),
    raw=st.sampled_from(["honest", "absent", "absolute", "forged"]),
)
def test_no_request_reaches_a_guarded_page_of_the_app_unless_its_authorizer_ran(path, verb, override, raw):
    seen = []

    def app(environ, start_response):
        seen.append(environ["PATH_INFO"])
        return Response()(environ, start_response)

    gateway = Gateway(GUARDED, app, authorizers={"guard": lambda event: allow("u")})
    environ = {} if override is None else {"HTTP_X_HTTP_METHOD_OVERRIDE": override}
    target = path.partition("?")[0]
    environ["RAW_URI"] = {"honest": path, "absent": "", "absolute": "http://h" + path, "forged": "/one/x"}[
        raw
    ]
    request(
        gateway,
        verb,
        path.encode().decode("latin-1"),
        PATH_INFO=unquote(target, encoding="latin-1"),
        **environ,
    )
    for reached in seen:
        assert not guarded(reached), (path, reached)


def guarded(path_info):
    """Whether the app, reading PATH_INFO as some apps do, would take this for an admin page."""
    segments = [name for name in (part.partition(";")[0] for part in path_info.split("/")) if name]
    return segments[:1] == ["admin"] and len(segments) <= 2


def test_a_method_without_integration_streams_to_the_wrapped_app():
    pulled = []

    def app(environ, start_response):
        start_response("200 OK", [])
        for part in (b"a", b"b"):
            pulled.append(part)
            yield part

    gateway = Gateway(api(resources={"/": {"GET": MethodConfig(http_method="GET")}}), app)
    response = request(gateway)
    assert pulled == [b"a"]
    assert response.body() == b"ab"


def test_a_named_app_serves_by_name():
    integration = IntegrationConfig(type="WSGI_PROXY", uri="wsgi:reports/v2/{id}")
    gateway = Gateway(
        api(resources={"/r/{id}": {"GET": MethodConfig(http_method="GET", integration=integration)}}),
        integrations={"reports": echo},
    )
    assert json.loads(request(gateway, path="/r/7").body())["path"] == "/v2/7"


def test_a_gateway_in_a_gateway_keeps_its_own_context():
    inner = Gateway(api(resources={"/{p+}": {"GET": MethodConfig(http_method="GET")}}), echo, stage="inner")
    outer = Gateway(
        api(
            resources={"/{q+}": {"GET": MethodConfig(http_method="GET")}},
        ),
        inner,
        stage="outer",
    )
    good, bad = request(outer, path="/x"), request(outer, "PUT", "/x")
    assert (good.status_code, bad.status_code) == (200, 403)
    assert len(good.header_values("x-amzn-RequestId")) == 1


LIMITED = api(resources={"/": {"POST": MethodConfig(http_method="POST")}})


def reader(environ, start_response):
    data = environ["wsgi.input"].read()
    return Response("200 OK", [], [str(len(data)).encode()])(environ, start_response)


@pytest.mark.parametrize(("size", "status"), [(100, 200), (101, 413)])
@pytest.mark.parametrize("framing", ["declared", "chunked"])
def test_a_body_above_the_limit_is_413(size, status, framing):
    gateway = Gateway(LIMITED, reader, payload_limit=100)
    environ = {} if framing == "declared" else {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    response = request(gateway, "POST", body=b"x" * size, **environ)
    assert response.status_code == status
    if status == 413:
        assert json.loads(response.body()) == {"message": "Request Too Long"}


@pytest.mark.parametrize("length", ["-1", "1e3", "٣", "x"])
def test_a_length_that_is_no_number_is_400(length):
    assert request(Gateway(LIMITED, reader), "POST", CONTENT_LENGTH=length).status_code == 400


def test_every_problem_of_a_definition_is_reported_at_once():
    broken = api(
        resources={
            "/a": {
                "GET": MethodConfig(
                    http_method="GET",
                    integration=IntegrationConfig(
                        type="MOCK", request_templates={"application/json": "#if("}
                    ),
                )
            },
            "/b": {"GET": MethodConfig(http_method="GET", authorization_type="CUSTOM", authorizer="nobody")},
            "/c": {"GET": MethodConfig(http_method="GET")},
        },
        authorizers={"nobody": AuthorizerConfig(name="nobody", identity_source=["method.request.header.A"])},
    )
    with pytest.raises(ConfigError) as caught:
        Gateway(broken)
    assert {problem.code for problem in caught.value.problems} == {
        "template-syntax",
        "unknown-function",
        "no-app",
    }


@pytest.mark.parametrize("kind", ["COGNITO_USER_POOLS", "JWT"])
def test_an_authorizer_of_tokens_that_lacks_what_it_needs_stops_the_load(kind):
    method = MethodConfig(http_method="GET", authorization_type=kind, authorizer="a")
    source = ["method.request.header.Authorization"]
    authorizers = {"a": AuthorizerConfig(name="a", type=kind, identity_source=source)}
    with pytest.raises(ConfigError, match="needs"):
        Gateway(api(resources={"/": {"GET": method}}, authorizers=authorizers), echo)


def test_a_function_may_be_a_dotted_name(monkeypatch):
    config = api(
        resources={
            "/": {"GET": MethodConfig(http_method="GET", authorization_type="CUSTOM", authorizer="g")}
        },
        authorizers={
            "g": AuthorizerConfig(name="g", identity_source=["method.request.header.Authorization"])
        },
    )
    with pytest.raises(ConfigError, match="cannot import"):
        Gateway(config, echo, authorizers={"g": "wsgi_gateway.no_such:thing"})
    gateway = Gateway(config, echo, authorizers={"g": "wsgi_gateway.authorizers:deny"})
    assert request(gateway, HTTP_AUTHORIZATION="t").status_code in (403, 500)


def test_a_trace_tells_the_request_without_its_secrets():
    traces = []
    gateway = Gateway(EVERYTHING, authorizers={"guard": lambda event: allow("u")}, on_trace=traces.append)
    environ = {"HTTP_AUTHORIZATION": "the-token", "HTTP_X_API_KEY": KEY, "HTTP_COOKIE": "crumbs"}
    request(
        gateway, "POST", "/all?need=1&access_token=hidden", b"{}", CONTENT_TYPE="application/json", **environ
    )
    told = "\n".join(traces[0].lines())
    stages = [
        "Router",
        "Authorizer",
        "UsagePlan",
        "MethodRequest",
        "IntegrationRequest",
        "IntegrationResponse",
    ]
    assert [told.index(stage) for stage in stages] == sorted(told.index(stage) for stage in stages)
    for secret in ("the-token", KEY, "crumbs", "hidden"):
        assert secret not in told


@pytest.mark.parametrize(
    ("source", "sent"),
    [
        ("method.request.header.X_Ident", {"HTTP_X_IDENT": "opaque"}),
        ("method.request.querystring.code", {"QUERY_STRING": "page=2&code=opaque"}),
    ],
)
def test_a_trace_keeps_what_an_authorizer_goes_by_to_itself(source, sent):
    traces = []
    authorizers = {"a": AuthorizerConfig(name="a", type="REQUEST", identity_source=[source])}
    method = MethodConfig(http_method="GET", authorization_type="CUSTOM", authorizer="a")
    config = api(resources={"/": {"GET": method}}, authorizers=authorizers)
    guard = {"a": lambda event: allow("u")}
    request(Gateway(config, echo, authorizers=guard, on_trace=traces.append), **sent)
    assert "opaque" not in "\n".join(traces[0].lines())


def test_a_refusal_is_traced_with_its_reason_and_the_client_does_not_get_it():
    traces = []
    gateway = Gateway(EVERYTHING, authorizers={"guard": lambda event: 7}, on_trace=traces.append)
    response = request(gateway, "POST", "/all", HTTP_AUTHORIZATION="t")
    assert json.loads(response.body()) == {"message": None}
    assert any(event.phase == "refusal" and event.details["reason"] for event in traces[0].events)


def test_the_stage_names_the_plans_that_count():
    gateway = Gateway(
        EVERYTHING, stage=StageConfig(stage_name="prod"), authorizers={"guard": lambda e: allow("u")}
    )
    good = {"HTTP_AUTHORIZATION": "t", "HTTP_X_API_KEY": KEY, "CONTENT_TYPE": "application/json"}
    assert request(gateway, "POST", "/all?need=1", b"{}", **good).status_code == 403


def test_limits_in_the_memory_of_several_processes_are_warned_of_once(caplog):
    gateway = Gateway(EVERYTHING, authorizers={"guard": lambda event: allow("u")})
    request(gateway, **{"wsgi.multiprocess": False})
    assert not caplog.records
    for _ in range(2):
        request(gateway, **{"wsgi.multiprocess": True})
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "every process admits the full limit" in caplog.text


def test_a_gateway_without_limits_has_nothing_to_warn_of(caplog):
    gateway = Gateway(api(resources={"/": {"GET": MethodConfig(http_method="GET")}}), echo)
    request(gateway, **{"wsgi.multiprocess": True})
    assert not caplog.records


def test_templates_of_the_answer_and_refusals_see_the_clients_request_not_the_integrations():
    template = '$input.params("X-Who") $input.params("q") $context.identity.userAgent'
    integration = IntegrationConfig(
        type="WSGI",
        http_method="POST",
        request_parameters={"integration.request.querystring.q": "'mapped'"},
        integration_responses=[
            IntegrationResponseConfig(
                status_code=200, response_templates={"text/x": "X", "application/json": template}
            )
        ],
    )
    gateway = Gateway(
        api(resources={"/": {"GET": MethodConfig(http_method="GET", integration=integration)}}),
        Response("200 OK", [], [b""]),
    )
    client = {"HTTP_X_WHO": "me", "HTTP_USER_AGENT": "conf/1"}
    assert request(gateway, path="/?q=1", **client).body() == b"me 1 conf/1"
    assert request(gateway, path="/", HTTP_ACCEPT="text/x").body() == b"X"


@pytest.mark.parametrize(
    "uri", ["http://${stageVariables.none}/x", "https://${stageVariables.none}.example.com/"]
)
def test_a_host_from_a_missing_stage_variable_is_500_when_called(uri):
    integration = IntegrationConfig(type="HTTP_PROXY", http_method="GET", uri=uri)
    gateway = Gateway(api(resources={"/": {"GET": MethodConfig(http_method="GET", integration=integration)}}))
    response = request(gateway)
    assert (response.status_code, json.loads(response.body())) == (500, {"message": "Internal server error"})


def test_what_has_no_effect_is_said(caplog):
    integration = IntegrationConfig(type="WSGI_PROXY", cache_key_parameters=["method.request.path.x"])
    resources = {"/{x}": {"GET": MethodConfig(http_method="GET", integration=integration)}}
    gateway = Gateway(api(resources=resources), echo)
    assert [problem.code for problem in gateway.warnings] == ["without-effect"]
    assert "cache_key_parameters has no effect here" in caplog.text


@pytest.mark.parametrize(
    ("timeout", "function", "codes"),
    [
        pytest.param(50, lambda event: {}, ["without-effect"], id="a callable"),
        pytest.param(50, LambdaFunction(lambda event: {}, timeout=1.0), [], id="one that is given up on"),
        pytest.param(29_000, lambda event: {}, [], id="the usual time"),
    ],
)
def test_a_time_that_nobody_keeps_is_said(timeout, function, codes):
    arn = "arn:aws:lambda:us-east-1:123456789012:function:f"
    integration = IntegrationConfig(
        type="AWS_PROXY",
        http_method="POST",
        uri=f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{arn}/invocations",
        timeout_in_millis=timeout,
    )
    resources = {"/": {"GET": MethodConfig(http_method="GET", integration=integration)}}
    gateway = Gateway(api(resources=resources), lambdas={"f": function})
    assert [problem.code for problem in gateway.warnings] == codes


def test_nor_does_anybody_stop_an_app_in_time():
    integration = IntegrationConfig(type="WSGI_PROXY", timeout_in_millis=50)
    resources = {"/": {"GET": MethodConfig(http_method="GET", integration=integration)}}
    (told,) = Gateway(api(resources=resources), echo).warnings
    assert told.message.startswith("timeout_in_millis has no effect here")


@pytest.mark.parametrize("path", ["/admin", "/admin/", "/admin//", "//admin", "/%61dmin", "/a%64min/"])
def test_a_denied_page_is_denied_however_it_is_spelled(path):
    def guard(event):
        answer = allow("u")
        arn = event["methodArn"].rpartition("/GET/")[0]
        deny = {"Effect": "Deny", "Action": "execute-api:Invoke", "Resource": f"{arn}/GET/admin"}
        answer["policyDocument"]["Statement"].append(deny)
        return answer

    method = MethodConfig(http_method="GET", authorization_type="CUSTOM", authorizer="guard")
    config = api(resources={"/{page+}": {"GET": method}}, authorizers=GUARDED.authorizers)
    gateway = Gateway(config, echo, authorizers={"guard": guard})
    assert request(gateway, path=path, HTTP_AUTHORIZATION="t").status_code == 403
    assert request(gateway, path="/admins", HTTP_AUTHORIZATION="t").status_code == 200


def test_refusals_raised_again_and_again_keep_nothing():
    integration = IntegrationConfig(
        type="WSGI",
        http_method="POST",
        request_parameters={"integration.request.header.x": "method.request.body.a"},
        integration_responses=[IntegrationResponseConfig(status_code=200)],
    )
    gateway = Gateway(
        api(resources={"/": {"POST": MethodConfig(http_method="POST", integration=integration)}}), echo
    )
    gc.disable()  # nothing may need the collector, or large bodies pile up until it comes
    tracemalloc.start()
    try:
        for round_ in range(30):
            if round_ == 5:
                before = tracemalloc.get_traced_memory()[0]
            assert request(gateway, "POST", "/", b"{" + b"x" * 100_000).status_code == 400
        assert tracemalloc.get_traced_memory()[0] - before < 500_000
    finally:
        gc.enable()
        tracemalloc.stop()


def answering(status, verb="GET", **fields):
    integration = IntegrationConfig(
        type="WSGI",
        http_method="GET",
        integration_responses=[IntegrationResponseConfig(status_code=status, **fields)],
    )
    responses = {status: MethodResponseConfig(status_code=status)}
    method = MethodConfig(http_method=verb, integration=integration, method_responses=responses)
    return Gateway(api(resources={"/": {verb: method}}), Response("200 OK", [], [b"HTTP/1.1 200 smuggled"]))


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_that_has_no_body_is_sent_without_one(status):
    response = request(answering(status))
    assert (response.status_code, response.body()) == (status, b"")
    assert response.header("Content-Length") is None


def test_head_is_answered_without_a_body_whatever_the_integration_says():
    response = request(answering(200, "HEAD"), "HEAD")
    assert (response.status_code, response.body()) == (200, b"")


def test_the_verb_on_the_wire_decides_on_the_body_not_the_overriding_one():
    gateway = Gateway(api(resources={"/": {"ANY": MethodConfig(http_method="ANY")}}), echo)
    overridden = request(gateway, "HEAD", HTTP_X_HTTP_METHOD_OVERRIDE="GET")
    assert (overridden.status_code, overridden.body()) == (200, b"")
    head = request(gateway, "POST", HTTP_X_HTTP_METHOD_OVERRIDE="HEAD")
    assert head.header("Content-Length") is None


def test_an_informational_status_is_never_final():
    template = "#set($context.responseOverride.status = 101)x"
    response = request(answering(200, response_templates={"application/json": template}))
    assert response.status_code == 200


@pytest.mark.parametrize("name", ["X%0d%0aEvil: 1", "a b", "", "Content-Length "])
def test_the_name_of_an_overridden_header_cannot_begin_another(name):
    template = "#set($context.responseOverride.header[$input.params('n')] = 'v')x"
    response = request(answering(200, response_templates={"application/json": template}), path=f"/?n={name}")
    assert response.status_code == 500
    assert not any("Evil" in key for key, _ in response.headerlist)


def test_a_header_arrives_as_the_bytes_it_was_sent_as():
    seen = {}

    def app(environ, start_response):
        seen.update(environ)
        return Response()(environ, start_response)

    integration = IntegrationConfig(
        type="WSGI_PROXY",
        request_parameters={"integration.request.header.x-out": "method.request.header.x-in"},
    )
    method = MethodConfig(
        http_method="GET",
        integration=integration,
        request_parameters={"method.request.header.X-In": False},
    )
    gateway = Gateway(api(resources={"/": {"GET": method}}), app)
    request(gateway, HTTP_X_IN="\xc3\xa9")
    assert seen["HTTP_X_OUT"] == "\xc3\xa9"


def test_a_trace_that_cannot_be_told_does_not_harm_the_request(caplog):
    def broken(trace):
        raise ValueError("no")

    gateway = Gateway(api(resources={"/": {"GET": MethodConfig(http_method="GET")}}), echo, on_trace=broken)
    assert request(gateway).status_code == 200
    assert "on_trace failed" in caplog.text


def test_the_header_an_authorizer_goes_by_is_never_traced():
    traces = []
    guards = {"g": AuthorizerConfig(name="g", identity_source=["method.request.header.X-Magic"])}
    method = MethodConfig(http_method="GET", authorization_type="CUSTOM", authorizer="g")
    config = api(resources={"/": {"GET": method}}, authorizers=guards)
    gateway = Gateway(config, echo, authorizers={"g": lambda event: allow("u")}, on_trace=traces.append)
    assert request(gateway, HTTP_X_MAGIC="hocuspocus").status_code == 200
    assert "hocuspocus" not in "\n".join(traces[0].lines())


def test_a_chunked_body_above_the_limit_is_413_for_a_stage_that_reads_it_too():
    gateway = Gateway(
        api(resources={"/": {"POST": MethodConfig(http_method="POST", integration=MOCK)}}), payload_limit=9
    )
    environ = {"CONTENT_LENGTH": "", "wsgi.input_terminated": True}
    assert request(gateway, "POST", body=b"x" * 10, **environ).status_code == 413


def test_an_inner_gateway_believes_nothing_that_an_outer_one_left():
    keyed = MethodConfig(http_method="GET", api_key_required=True)
    plans = {"api_keys": EVERYTHING.api_keys, "usage_plans": EVERYTHING.usage_plans}
    inner = Gateway(api(resources={"/": {"GET": keyed}}, api_key_source="AUTHORIZER", **plans), echo)
    environ = {"wsgi_gateway.usage_identifier_key": KEY, CONTEXT_KEY: object()}
    assert request(inner, **environ).status_code == 403


def test_the_key_an_authorizer_names_does_not_reach_the_app():
    seen = {}

    def app(environ, start_response):
        seen.update(environ)
        return Response()(environ, start_response)

    def guard(event):
        return {**allow("u"), "usageIdentifierKey": KEY}

    method = MethodConfig(
        http_method="GET", authorization_type="CUSTOM", authorizer="guard", api_key_required=True
    )
    plans = {"api_keys": EVERYTHING.api_keys, "usage_plans": EVERYTHING.usage_plans}
    config = api(
        resources={"/": {"GET": method}},
        authorizers=GUARDED.authorizers,
        api_key_source="AUTHORIZER",
        **plans,
    )
    gateway = Gateway(config, app, authorizers={"guard": guard})
    assert request(gateway, HTTP_AUTHORIZATION="t").status_code == 200
    assert KEY not in repr({name: value for name, value in seen.items() if name != CONTEXT_KEY})


def test_raw_bytes_in_a_path_make_the_same_arn_as_their_escapes():
    escaped = {"REQUEST_METHOD": "GET", "PATH_INFO": "/\xc3\xa9", "RAW_URI": "/%C3%A9"}
    raw = {**escaped, "RAW_URI": "/\xc3\xa9"}
    assert Context(raw).method_arn == Context(escaped).method_arn


@pytest.mark.parametrize(("server", "status"), [("WSGIServer/0.2 CPython/3", 200), ("gunicorn/27", 415)])
def test_a_type_that_wsgiref_invents_does_not_count(server, status):
    gateway = Gateway(api(resources={"/": {"GET": MethodConfig(http_method="GET", integration=MOCK)}}))
    environ = {"SERVER_SOFTWARE": server, "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": ""}
    assert request(gateway, **environ).status_code == status


def test_an_authorizer_that_fails_is_logged_by_type_and_place_only(caplog):
    def guard(event):
        raise ValueError(event["authorizationToken"])

    gateway = Gateway(EVERYTHING, authorizers={"guard": guard})
    assert request(gateway, "POST", "/all", HTTP_AUTHORIZATION="the-token").status_code == 500
    assert "ValueError" in caplog.text
    assert "test_gateway.py" in caplog.text
    assert "the-token" not in caplog.text


@pytest.mark.parametrize(
    "stage",
    [
        StageConfig(stage_name="*"),
        StageConfig(stage_name="prod/GET"),
        StageConfig(account_id="1234-5678-9012"),
        StageConfig(region="eu-west-1 "),
    ],
    ids=["a star", "a slash", "an account with hyphens", "a region with a blank"],
)
def test_names_that_would_change_the_meaning_of_arns_stop_the_load(stage):
    with pytest.raises(ConfigError, match=r"\$\.stage\."):
        Gateway(api(), echo, stage=stage)


@pytest.mark.parametrize("value", ["no", "1", 1, None])
def test_whether_callers_are_told_of_limits_is_true_or_false(value):
    with pytest.raises(ConfigError, match="rate_limit_headers is True or False"):
        Gateway(RestApiConfig(), rate_limit_headers=value)


def test_an_answer_whose_status_is_not_declared_is_a_server_error():
    """In the log of AWS: output mapping refers to an invalid method response."""
    integration = IntegrationConfig(
        type="WSGI", integration_responses=[IntegrationResponseConfig(status_code=404)]
    )
    method = MethodConfig(
        http_method="GET",
        integration=integration,
        method_responses={200: MethodResponseConfig(status_code=200)},
    )
    gateway = Gateway(api(resources={"/": {"GET": method}}), echo)
    response = request(gateway)
    assert (response.status_code, response.body()) == (500, b'{"message":"Internal server error"}')
    assert "status-undeclared" in [problem.code for problem in check(gateway.api)]
