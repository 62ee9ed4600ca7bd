"""``check``: the rules of a model, whatever it was made of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wsgi_gateway.config import (
    ApiKeyConfig,
    ApiStageConfig,
    AuthorizerConfig,
    GatewayResponseConfig,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    MethodResponseConfig,
    ModelConfig,
    QuotaConfig,
    RequestValidatorConfig,
    RestApiConfig,
    ThrottleConfig,
    UsagePlanConfig,
)
from wsgi_gateway.config.check import check as check_all
from wsgi_gateway.errors import Place

GET = MethodConfig(http_method="GET")
KEY = ApiKeyConfig(id="k1", value="0123456789abcdefghij")
GUARD = AuthorizerConfig(name="guard", identity_source=("method.request.header.Authorization",))


def check(api):
    """Without what no method uses: parts stand here alone. tests/config/test_check_unused.py has those."""
    return [problem for problem in check_all(api) if not problem.code.endswith("-unused")]


def found(api):
    return [(problem.code, problem.place.path, problem.severity) for problem in check(api)]


def api_of(method=GET, path="/pets", **members):
    return RestApiConfig(resources={path: {"GET": method}}, **members)


def integration(**fields):
    return MethodConfig(http_method="GET", integration=IntegrationConfig(**fields))


def test_an_empty_api_is_sound():
    assert check(RestApiConfig()) == []


@pytest.mark.parametrize("api_id", ["local", "a1b2c3d4e5", "tenant-A_2"])
def test_an_id_is_letters_digits_and_dashes(api_id):
    assert check(RestApiConfig(id=api_id)) == []


@pytest.mark.parametrize("api_id", ["", "*", "a/prod", "a b", "a\n", "a:b", "a?", "${x}", "\u00e4", "\u0663"])
def test_an_id_that_would_move_the_parts_of_an_arn_is_refused(api_id):
    assert found(RestApiConfig(id=api_id)) == [("api-id", "$.id", "error")]


def test_a_full_api_is_sound():
    method = MethodConfig(
        http_method="GET",
        authorization_type="CUSTOM",
        authorizer="guard",
        api_key_required=True,
        request_validator="all",
        request_parameters={"method.request.path.id": True, "method.request.header.X-A": False},
        request_models={"application/json": "Pet"},
        method_responses={
            200: MethodResponseConfig(
                status_code=200,
                response_parameters={"method.response.header.X": False},
                response_models={"application/json": "Empty"},
            )
        },
        integration=IntegrationConfig(
            type="HTTP",
            http_method="ANY",
            uri="http://h:8000/{id}",
            integration_responses=[IntegrationResponseConfig(status_code=200)],
        ),
    )
    api = api_of(
        method,
        "/pets/{id}",
        models={"Pet": ModelConfig(name="Pet", schema={"type": "object"})},
        request_validators={"all": RequestValidatorConfig(name="all")},
        authorizers={"guard": GUARD},
        gateway_responses={"THROTTLED": GatewayResponseConfig(response_type="THROTTLED", status_code=420)},
        api_keys=[KEY],
        usage_plans=[
            UsagePlanConfig(
                id="p",
                keys=["k1"],
                throttle=ThrottleConfig(rate_limit=0.5, burst_limit=1),
                quota=QuotaConfig(limit=5, period="DAY", offset=5),
                api_stages=[
                    ApiStageConfig(
                        stage="prod",
                        throttle={
                            "/pets/{id}/GET": ThrottleConfig(rate_limit=1, burst_limit=1),
                            "*/*": ThrottleConfig(rate_limit=1, burst_limit=1),
                        },
                    )
                ],
            )
        ],
        binary_media_types=["image/*", "*/*"],
        minimum_compression_size=0,
    )
    assert check(api) == []


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        pytest.param(["pets"], "path", id="without a slash"),
        pytest.param([""], "path", id="empty"),
        pytest.param(["/a//b"], "path-part", id="an empty segment"),
        pytest.param(["/a/"], "path-part", id="a final slash"),
        pytest.param(["/a b"], "path-part", id="a blank"),
        pytest.param(["/a%20b"], "path-part", id="a percent sign"),
        pytest.param(["/a{b}"], "path-part", id="a variable that is no whole segment"),
        pytest.param(["/{a}{b}"], "path-part", id="two variables in a segment"),
        pytest.param(["/{}"], "path-part", id="a variable without name"),
        pytest.param(["/{a*}"], "path-part", id="a star in a variable"),
        pytest.param(["/é"], "path-part", id="a letter outside of ASCII"),
        pytest.param(["/{p+}/a"], "path-greedy-child", id="a child of a greedy variable"),
        pytest.param(["/{a}/x/{a}"], "path-variable-twice", id="one variable twice"),
        pytest.param(["/{a}", "/{b}"], "path-siblings", id="two variable siblings"),
        pytest.param(["/{a}/x", "/{b}/y"], "path-siblings", id="two variable siblings in the middle"),
        pytest.param(["/x/{a+}", "/x/{b+}"], "path-siblings", id="two greedy siblings"),
        pytest.param(["/a" * 201], "path", id="too many segments"),
    ],
)
def test_bad_paths(paths, code):
    api = RestApiConfig(resources={path: {"GET": GET} for path in paths})
    assert [problem[:2] for problem in found(api)] == [(code, Place().at("resources", paths[-1]).path)]


@pytest.mark.parametrize(
    "paths",
    [
        pytest.param(["/"], id="the root"),
        pytest.param(["/a-b_c.d,e:f"], id="all characters"),
        pytest.param(["/{a}", "/{a}/x", "/{a}/{b}", "/x/{c}"], id="variables below each other"),
    ],
)
def test_good_paths(paths):
    assert check(RestApiConfig(resources={path: {"GET": GET} for path in paths})) == []


@pytest.mark.parametrize(
    "paths",
    [
        pytest.param(["/{a}", "/{b+}"], id="the greedy one later"),
        pytest.param(["/x/{b+}", "/x/{a}/y", "/x/{a}/z"], id="the greedy one first"),
    ],
)
def test_a_variable_beside_a_greedy_one_is_refused_in_the_words_of_aws(paths):
    (problem,) = check(RestApiConfig(resources={path: {"GET": GET} for path in paths}))
    assert (problem.code, problem.severity) == ("path-siblings", "error")
    assert "of this resource already has a variable path part -- only one is allowed" in problem.message
    assert problem.place == Place().at("resources", paths[1])


@pytest.mark.parametrize(
    "again",
    [
        pytest.param("/a/", id="a final slash"),
        pytest.param("/a//", id="two final slashes"),
        pytest.param("/%61", id="a letter percent-encoded"),
        pytest.param("/%61/", id="both"),
    ],
)
def test_a_route_that_would_hide_the_protection_of_another_is_refused(again):
    problems = check(RestApiConfig(resources={"/a": {"GET": GET}, again: {"POST": GET}}))
    (twice,) = [problem for problem in problems if problem.code == "path-twice"]
    assert twice.severity == "error"
    assert twice.place == Place().at("resources", again)
    assert "hide the other's protection" in twice.message


def test_an_encoded_slash_makes_a_route_that_exists_already():
    api = RestApiConfig(resources={"/a/b": {"GET": GET}, "/a%2fb": {"GET": GET}})
    assert "path-twice" in [problem.code for problem in check(api)]


@pytest.mark.parametrize(
    ("verb", "method", "path"),
    [
        pytest.param("FETCH", MethodConfig(http_method="FETCH"), "$.resources['/a'].FETCH", id="unknown"),
        pytest.param("get", MethodConfig(http_method="get"), "$.resources['/a'].get", id="lower case"),
        pytest.param(
            "GET", MethodConfig(http_method="PUT"), "$.resources['/a'].GET.http_method", id="another's place"
        ),
    ],
)
def test_bad_verbs(verb, method, path):
    assert found(RestApiConfig(resources={"/a": {verb: method}})) == [("http-method", path, "error")]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"authorization_type": "MAGIC"}, "authorization-type", id="an unknown type"),
        pytest.param({"authorization_type": "CUSTOM"}, "authorizer", id="no authorizer"),
        pytest.param(
            {"authorization_type": "CUSTOM", "authorizer": "gard"}, "authorizer", id="an unknown authorizer"
        ),
        pytest.param(
            {"authorization_type": "JWT", "authorizer": "guard"}, "authorizer", id="of another type"
        ),
        pytest.param({"authorizer": "guard"}, "authorizer", id="an authorizer nobody asks"),
        pytest.param({"authorization_scopes": ("s",)}, "authorization-scopes", id="scopes nobody looks at"),
        pytest.param({"request_validator": "none"}, "request-validator", id="an unknown validator"),
        pytest.param({"request_models": {"a/b": "Pett"}}, "model", id="an unknown model"),
        pytest.param({"request_parameters": {"header.X": True}}, "parameter-name", id="a bad parameter name"),
        pytest.param(
            {"method_responses": {99: MethodResponseConfig(status_code=99)}}, "status-code", id="a low status"
        ),
        pytest.param(
            {"method_responses": {200: MethodResponseConfig(status_code=201)}},
            "status-code",
            id="another status",
        ),
        pytest.param(
            {
                "method_responses": {
                    200: MethodResponseConfig(status_code=200, response_parameters={"X": True})
                }
            },
            "parameter-name",
            id="a bad header name",
        ),
        pytest.param(
            {"method_responses": {200: MethodResponseConfig(status_code=200, response_models={"a/b": "x"})}},
            "model",
            id="an unknown response model",
        ),
    ],
)
def test_bad_methods(fields, code):
    api = api_of(replace(GET, **fields), authorizers={"guard": GUARD})
    assert [problem[0] for problem in found(api)] == [code]


def test_scopes_of_a_custom_authorizer_are_a_warning():
    method = replace(GET, authorization_type="CUSTOM", authorizer="guard", authorization_scopes=("s",))
    problems = check(api_of(method, authorizers={"guard": GUARD}))
    assert [(problem.code, problem.severity) for problem in problems] == [("authorization-scopes", "warning")]


@pytest.mark.parametrize(
    ("one", "other", "severity"),
    [
        pytest.param("header", "querystring", "error", id="header and query string, as recorded"),
        pytest.param("path", "querystring", "warning", id="a variable's and another"),
    ],
)
def test_one_name_in_two_places(one, other, severity):
    parameters = {f"method.request.{one}.a": False, f"method.request.{other}.a": False}
    problems = check(api_of(replace(GET, request_parameters=parameters), "/{a}"))
    assert [(problem.code, problem.severity) for problem in problems] == [("parameter-names", severity)]


@pytest.mark.parametrize("name", ["Pet_1", "a.b", "a-b", "a:b", "", "Tierä"])
def test_names_of_models_are_letters_and_digits(name):
    (problem,) = check(RestApiConfig(models={name: ModelConfig(name=name, schema={})}))
    assert problem.message == f"Model name must be alphanumeric: {name}"


@pytest.mark.parametrize("media_type", ["*/*", "application/*", "json", ""])
def test_a_model_for_a_type_that_no_body_has_is_told(media_type):
    method = replace(GET, request_models={media_type: "Empty"})
    (problem,) = check(api_of(method))
    assert (problem.code, problem.severity) == ("model-media-type", "warning")
    assert check(api_of(replace(GET, request_models={"$default": "Empty"}))) == []


LAMBDA = "lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:f/invocations"


@pytest.mark.parametrize(
    ("kind", "uri"),
    [
        pytest.param("HTTP", "http://example.com", id="http"),
        pytest.param("HTTP_PROXY", "HTTPS://example.com/a?b=c#d", id="https in capitals"),
        pytest.param("HTTP", "http://${stageVariables.hostport}/x", id="a host and port by variable"),
        pytest.param("HTTP", "http://h:${stageVariables.port}/x", id="a port by variable"),
        pytest.param("HTTP", "http://[::1]:8080/x", id="an address in brackets"),
        pytest.param("HTTP", "http://h/{a}/{b}?c={d}", id="path parameters"),
        pytest.param("AWS", "arn:aws:apigateway:us-east-1:sqs:path/1/q", id="a service path"),
        pytest.param("AWS", "arn:aws-cn:apigateway:r:dynamodb:action/Scan", id="a service action"),
        pytest.param("AWS", "arn:aws:apigateway:${AWS::Region}:s3:path/{k}", id="a pseudo variable"),
        pytest.param("AWS", "arn:aws:apigateway:r:account.s3:path/x", id="a sub-domain"),
        pytest.param("AWS_PROXY", f"arn:aws:apigateway:us-east-1:{LAMBDA}", id="a function"),
        pytest.param(
            "AWS_PROXY", "arn:aws:apigateway:r:lambda:path//2015-03-31/functions/f/invocations", id="slashes"
        ),
        pytest.param("AWS_PROXY", "arn:aws:apigateway:r:firehose:action/PutRecord", id="firehose"),
        pytest.param("WSGI", "wsgi:shop", id="a wsgi app"),
        pytest.param("WSGI_PROXY", "wsgi:shop/a/b", id="a wsgi app and path"),
        pytest.param("MOCK", None, id="a mock without uri"),
        pytest.param("WSGI", None, id="the wrapped app"),
    ],
)
def test_good_uris(kind, uri):
    method = integration(
        type=kind,
        http_method="POST",
        uri=uri,
        integration_responses=[IntegrationResponseConfig(status_code=200)],
    )
    assert check(api_of(method)) == []


HTTP = "Invalid HTTP endpoint specified for URI"
ARN = "Invalid ARN specified in the request"
TARGET = "AWS ARN for integration must contain path or action"
PROXY = (
    "Integrations of type 'AWS_PROXY' currently only supports "
    "Lambda function and Firehose stream invocations."
)


@pytest.mark.parametrize(
    ("kind", "uri", "message"),
    [
        pytest.param("HTTP", None, HTTP, id="no url"),
        pytest.param("HTTP", "example.com", HTTP, id="no scheme"),
        pytest.param("HTTP", "ftp://example.com", HTTP, id="another scheme"),
        pytest.param("HTTP", "http://", HTTP, id="no host"),
        pytest.param("HTTP", "http:///path", HTTP, id="no host before the path"),
        pytest.param("HTTP", "http://h:x1/", HTTP, id="a port that is no number"),
        pytest.param("HTTP", "http://h:99999/", HTTP, id="a port too high"),
        pytest.param("HTTP", "http://[::1/", HTTP, id="half a bracket"),
        pytest.param("HTTP", "http://h\r\nx: y/", HTTP, id="a line end"),
        pytest.param("HTTP", "http://h\\@evil/", HTTP, id="a backslash"),
        pytest.param("HTTP_PROXY", "${stageVariables.url}", HTTP, id="a variable for all"),
        pytest.param("AWS", "non-valid-arn", ARN, id="no ARN"),
        pytest.param("AWS", None, ARN, id="no ARN at all"),
        pytest.param("AWS", "arn:aws:apigateway:r:s3", ARN, id="an ARN too short"),
        pytest.param("AWS", "arn:aws:iam::000000000000:role/x", TARGET, id="a role"),
        pytest.param("AWS", "arn:aws:apigateway:r:s3:bucket/x", TARGET, id="neither path nor action"),
        pytest.param("AWS_PROXY", "arn:aws:lambda:us-east-1:1:function:fn", TARGET, id="a bare function"),
        pytest.param("AWS_PROXY", "arn:aws:apigateway:r:sqs:path/1/q", PROXY, id="a queue"),
        pytest.param(
            "AWS_PROXY",
            "arn:aws:apigateway:r:lambda:path/f",
            "Integrations of type 'AWS_PROXY' currently only supports",
            id="no invocation",
        ),
        pytest.param("WSGI", "shop", "Invalid WSGI app", id="no wsgi name"),
        pytest.param("WSGI_PROXY", "wsgi:a b", "Invalid WSGI app", id="a blank in a wsgi name"),
    ],
)
def test_bad_uris_are_refused_in_the_words_of_aws(kind, uri, message):
    method = integration(
        type=kind,
        http_method="POST",
        uri=uri,
        integration_responses=[IntegrationResponseConfig(status_code=200)],
    )
    (problem,) = check(api_of(method))
    assert problem.message.startswith(message)
    assert problem.place.path == "$.resources['/pets'].GET.integration.uri"


@pytest.mark.parametrize("kind", ["HTTP", "HTTP_PROXY", "AWS", "AWS_PROXY"])
def test_integrations_need_a_method(kind):
    messages = [problem.message for problem in check(api_of(integration(type=kind)))]
    assert "Enumeration value for HttpMethod must be non-empty" in messages


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"uri": "http://h:81/"}, "integration-port", id="a port AWS does not call"),
        pytest.param({"timeout_in_millis": 29_001}, "integration-timeout", id="a raised timeout"),
        pytest.param(
            {"connection_type": "VPC_LINK", "connection_id": "v"}, "connection", id="a private connection"
        ),
        pytest.param({"type": "HTTP"}, "integration-responses", id="no responses"),
        pytest.param(
            {"type": "AWS_PROXY", "http_method": "GET", "uri": f"arn:aws:apigateway:us-east-1:{LAMBDA}"},
            "integration-http-method",
            id="a function called by GET",
        ),
    ],
)
def test_what_aws_takes_though_it_will_not_work_is_a_warning(fields, code):
    fields = {"type": "HTTP_PROXY", "http_method": "GET", "uri": "http://h/", **fields}
    problems = check(api_of(integration(**fields)))
    assert [(problem.code, problem.severity) for problem in problems] == [(code, "warning")]


def test_an_answer_that_streams_may_take_fifteen_minutes():
    fields = {"type": "HTTP_PROXY", "http_method": "GET", "uri": "http://h/", "timeout_in_millis": 900_000}
    assert check(api_of(integration(response_transfer_mode="STREAM", **fields))) == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        pytest.param({"type": "SOAP"}, "integration-type", id="an unknown type"),
        pytest.param({"http_method": "FETCH"}, "integration-http-method", id="an unknown method"),
        pytest.param({"passthrough_behavior": "never"}, "integration-field", id="a word in lower case"),
        pytest.param({"content_handling": "TEXT"}, "integration-field", id="an unknown handling"),
        pytest.param({"connection_type": "VPC_LINK"}, "connection", id="a link without id"),
        pytest.param({"connection_id": "x"}, "connection", id="an id without link"),
        pytest.param({"timeout_in_millis": 49}, "integration-timeout", id="no time at all"),
    ],
)
def test_bad_integrations(fields, code):
    fields = {"type": "HTTP_PROXY", "http_method": "GET", "uri": "http://h/", **fields}
    assert [problem[0] for problem in found(api_of(integration(**fields)))] == [code]


def test_integration_responses_need_method_responses_if_there_are_any():
    responses = [
        IntegrationResponseConfig(status_code=200),
        IntegrationResponseConfig(status_code=404, selection_pattern="404"),
    ]
    mock = IntegrationConfig(type="MOCK", integration_responses=responses)
    declared = {200: MethodResponseConfig(status_code=200)}
    assert check(api_of(MethodConfig(http_method="GET", integration=mock))) == []
    api = api_of(MethodConfig(http_method="GET", integration=mock, method_responses=declared))
    place = "$.resources['/pets'].GET.integration.integration_responses[1].status_code"
    assert found(api) == [("status-undeclared", place, "warning")]


def test_responses_of_a_proxy_are_not_looked_at():
    proxy = IntegrationConfig(
        type="HTTP_PROXY",
        http_method="GET",
        uri="http://h/",
        integration_responses=[IntegrationResponseConfig(status_code=999)],
    )
    assert check(api_of(MethodConfig(http_method="GET", integration=proxy))) == []


@pytest.mark.parametrize(
    ("fields", "codes"),
    [
        pytest.param({"type": "MAGIC"}, ["authorizer-type"], id="an unknown type"),
        pytest.param({"authorizer_result_ttl_in_seconds": 3601}, ["authorizer-ttl"], id="kept too long"),
        pytest.param(
            {"authorizer_result_ttl_in_seconds": -1}, ["authorizer-ttl"], id="kept less than no time"
        ),
        pytest.param({"identity_source": ()}, ["identity-source"], id="a token from nowhere"),
        pytest.param(
            {"type": "REQUEST", "identity_source": ()}, ["identity-source"], id="one answer for all callers"
        ),
        pytest.param(
            {"type": "REQUEST", "identity_source": ("method.request.path.a",)},
            ["identity-source"],
            id="a path",
        ),
        pytest.param({"type": "COGNITO_USER_POOLS"}, ["provider-arns"], id="no pool"),
        pytest.param(
            {"type": "REQUEST", "identity_source": (), "authorizer_result_ttl_in_seconds": 0},
            [],
            id="nothing kept",
        ),
    ],
)
def test_authorizers(fields, codes):
    api = RestApiConfig(authorizers={"guard": replace(GUARD, **fields)})
    assert [problem[0] for problem in found(api)] == codes


PLAN = UsagePlanConfig(id="p", keys=("k1",), api_stages=(ApiStageConfig(stage="prod"),))
LIMIT = ThrottleConfig(rate_limit=1, burst_limit=1)


@pytest.mark.parametrize(
    ("members", "code", "path"),
    [
        pytest.param(
            {"api_keys": (replace(KEY, value="short"),)}, "api-key", "api_keys[0].value", id="a short key"
        ),
        pytest.param(
            {"api_keys": (replace(KEY, value="x" * 129),)}, "api-key", "api_keys[0].value", id="a long key"
        ),
        pytest.param(
            {"api_keys": (KEY, replace(KEY, id="k2"))}, "api-key", "api_keys[1].value", id="one value twice"
        ),
        pytest.param(
            {"api_keys": (KEY, replace(KEY, value="y" * 20))}, "api-key", "api_keys[1].id", id="one id twice"
        ),
        pytest.param(
            {"usage_plans": (replace(PLAN, keys=("k9",)),)},
            "usage-plan-key",
            "usage_plans[0].keys[0]",
            id="unknown",
        ),
        pytest.param(
            {"usage_plans": (PLAN, replace(PLAN, keys=()))},
            "usage-plan",
            "usage_plans[1].id",
            id="a plan twice",
        ),
        pytest.param(
            {"usage_plans": (PLAN, replace(PLAN, id="q"))},
            "usage-plan-overlap",
            "usage_plans[1]",
            id="two plans",
        ),
        pytest.param(
            {"usage_plans": (replace(PLAN, throttle=replace(LIMIT, rate_limit=-1)),)},
            "throttle",
            "usage_plans[0].throttle.rate_limit",
            id="a negative rate",
        ),
        pytest.param(
            {"usage_plans": (replace(PLAN, throttle=replace(LIMIT, burst_limit=-1)),)},
            "throttle",
            "usage_plans[0].throttle.burst_limit",
            id="a negative burst",
        ),
        pytest.param(
            {"usage_plans": (replace(PLAN, quota=QuotaConfig(limit=-1, period="DAY")),)},
            "quota",
            "usage_plans[0].quota.limit",
            id="a negative quota",
        ),
        pytest.param(
            {"usage_plans": (replace(PLAN, quota=QuotaConfig(limit=1, period="YEAR")),)},
            "quota",
            "usage_plans[0].quota.period",
            id="an unknown period",
        ),
        pytest.param(
            {"usage_plans": (replace(PLAN, quota=QuotaConfig(limit=1, period="DAY", offset=2)),)},
            "quota",
            "usage_plans[0].quota.offset",
            id="an offset beyond the quota",
        ),
        pytest.param(
            {"usage_plans": (replace(PLAN, quota=QuotaConfig(limit=1, period="DAY", offset=-1)),)},
            "quota",
            "usage_plans[0].quota.offset",
            id="a negative offset",
        ),
        pytest.param(
            {
                "usage_plans": (
                    replace(PLAN, api_stages=(ApiStageConfig(stage="s", throttle={"/pets/POST": LIMIT}),)),
                )
            },
            "usage-plan-method",
            "usage_plans[0].api_stages[0].throttle['/pets/POST']",
            id="a limit of no method",
        ),
    ],
)
def test_bad_keys_and_plans(members, code, path):
    assert found(api_of(**{"api_keys": (KEY,), **members})) == [(code, f"$.{path}", "error")]


def test_limits_of_methods_of_other_apis_are_not_ours_to_judge():
    stage = ApiStageConfig(stage="s", api_id="other", throttle={"/x/GET": LIMIT})
    assert check(api_of(api_keys=(KEY,), usage_plans=(replace(PLAN, api_stages=(stage,)),))) == []


def test_the_root_is_limited_as_two_slashes():
    stage = ApiStageConfig(stage="s", throttle={"//GET": LIMIT})
    assert check(api_of(GET, "/", api_keys=(KEY,), usage_plans=(replace(PLAN, api_stages=(stage,)),))) == []


def test_no_problem_shows_the_value_of_a_key():
    keys = (replace(KEY, value="secret"), replace(KEY, value="secret"), replace(KEY, value="secret" * 30))
    assert "secret" not in "".join(map(str, check(RestApiConfig(api_keys=keys))))


@pytest.mark.parametrize(
    ("members", "code"),
    [
        pytest.param({"api_key_source": "header"}, "api-key-source", id="a source in lower case"),
        pytest.param(
            {"minimum_compression_size": 10_485_761}, "minimum-compression-size", id="a size too large"
        ),
        pytest.param(
            {"binary_media_types": ("image/png ",)}, "binary-media-type", id="a media type with a blank"
        ),
        pytest.param(
            {"gateway_responses": {"X": GatewayResponseConfig(response_type="X")}},
            "gateway-response-type",
            id="unknown",
        ),
        pytest.param(
            {"models": {"A": ModelConfig(name="B", schema={})}}, "name", id="a model under another name"
        ),
        pytest.param({"name": 5}, "wrong-type", id="a name that is a number"),
        pytest.param({"name": "\ud800"}, "wrong-type", id="a name that cannot be sent"),
        pytest.param({"resources": []}, "wrong-type", id="resources that are a list"),
        pytest.param({"resources": {5: {}}}, "wrong-type", id="a path that is a number"),
        pytest.param({"resources": {"/a": {"GET": {}}}}, "wrong-type", id="a method that is a dict"),
        pytest.param({"api_keys": KEY}, "wrong-type", id="a key that is not in a list"),
        pytest.param({"minimum_compression_size": True}, "wrong-type", id="a size that is a boolean"),
        pytest.param(
            {"usage_plans": (replace(PLAN, throttle=replace(LIMIT, rate_limit=float("nan"))),)},
            "wrong-type",
            id="no rate",
        ),
        pytest.param(
            {"usage_plans": (replace(PLAN, throttle=replace(LIMIT, rate_limit=10**400)),)},
            "wrong-type",
            id="a huge rate",
        ),
    ],
)
def test_bad_members_of_the_api(members, code):
    assert [problem[0] for problem in found(RestApiConfig(**members))] == [code]


def test_places_written_down_are_used():
    place = Place("api.yaml", 7, 3, "$.paths['/pets'].get")
    (problem,) = check(api_of(replace(GET, authorizer="x", place=place)))
    assert problem.place == Place("api.yaml", 7, 3, "$.paths['/pets'].get.authorizer")


def test_a_missing_name_is_guessed():
    method = replace(GET, request_validator="bdy")
    (problem,) = check(api_of(method, request_validators={"body": RequestValidatorConfig(name="body")}))
    assert problem.hint == "did you mean 'body'?"


NOT_FINAL = [pytest.param(100, id="to go on"), pytest.param(101, id="to switch"), pytest.param(199, id="any")]


@pytest.mark.parametrize("status", [*NOT_FINAL, pytest.param(600, id="too high")])
def test_an_answer_that_is_not_final_cannot_be_given(status):
    responses = [IntegrationResponseConfig(status_code=status)]
    method = MethodConfig(
        http_method="GET",
        method_responses={status: MethodResponseConfig(status_code=status)},
        integration=IntegrationConfig(type="MOCK", integration_responses=responses),
    )
    refusal = GatewayResponseConfig(response_type="THROTTLED", status_code=status)
    api = api_of(method, gateway_responses={"THROTTLED": refusal})
    at = "$.resources['/pets'].GET"
    assert found(api) == [
        ("status-code", f"{at}.method_responses[{status}]", "error"),
        ("status-code", f"{at}.integration.integration_responses[0].status_code", "error"),
        ("status-code", "$.gateway_responses.THROTTLED.status_code", "error"),
    ]


@pytest.mark.parametrize("status", [200, 204, 304, 418, 599])
def test_every_final_status_may_be_answered(status):
    responses = [IntegrationResponseConfig(status_code=status)]
    method = MethodConfig(
        http_method="GET",
        method_responses={status: MethodResponseConfig(status_code=status)},
        integration=IntegrationConfig(type="MOCK", integration_responses=responses),
    )
    assert check(api_of(method)) == []


NO_TOKENS = [
    pytest.param("a:b", id="a colon"),
    pytest.param("a b", id="a blank"),
    pytest.param("a\r\nEvil", id="a line end"),
    pytest.param("a\n", id="a line end behind it"),
    pytest.param("", id="nothing"),
    pytest.param("é", id="a letter outside of ASCII"),
    pytest.param('"a"', id="quotes"),
    pytest.param("a[0]", id="brackets"),
    pytest.param("a\x00", id="a null byte"),
]


@pytest.mark.parametrize("name", NO_TOKENS)
def test_a_target_that_cannot_be_a_header_is_refused(name):
    response = IntegrationResponseConfig(
        status_code=200, response_parameters={f"method.response.header.{name}": "'x'"}
    )
    method = MethodConfig(
        http_method="GET",
        method_responses={
            200: MethodResponseConfig(
                status_code=200, response_parameters={f"method.response.header.{name}": True}
            )
        },
        integration=IntegrationConfig(
            type="MOCK",
            request_parameters={f"integration.request.header.{name}": "'x'"},
            integration_responses=[response],
        ),
    )
    refusal = GatewayResponseConfig(
        response_type="THROTTLED", response_parameters={f"gatewayresponse.header.{name}": "'x'"}
    )
    problems = check(api_of(method, gateway_responses={"THROTTLED": refusal}))
    assert [(problem.code, problem.severity) for problem in problems] == [("parameter-name", "error")] * 4


def test_a_bad_header_is_refused_for_a_proxy_too():
    proxy = integration(
        type="HTTP_PROXY",
        http_method="GET",
        uri="http://h/",
        request_parameters={"integration.request.header.a:b": "'x'"},
    )
    place = "$.resources['/pets'].GET.integration.request_parameters['integration.request.header.a:b']"
    assert found(api_of(proxy)) == [("parameter-name", place, "error")]


def test_every_token_may_be_a_header():
    name = "!#$%&'*+-.^_`|~09azAZ"
    response = IntegrationResponseConfig(
        status_code=200, response_parameters={f"method.response.header.{name}": "'x'"}
    )
    method = integration(
        type="MOCK",
        request_parameters={
            f"integration.request.header.{name}": "'x'",
            "integration.request.querystring.a:b": "'x'",
        },
        integration_responses=[response],
    )
    refusal = GatewayResponseConfig(
        response_type="THROTTLED", response_parameters={f"gatewayresponse.header.{name}": "'x'"}
    )
    assert check(api_of(method, gateway_responses={"THROTTLED": refusal})) == []


SECRET = "s3cr3t-value-of-twenty-six"
SHY = ApiKeyConfig(id="k7", value=SECRET)


def usage_problems(keys, *plans):
    return check(api_of(api_keys=keys, usage_plans=plans))


@pytest.mark.parametrize(
    ("keys", "plans", "code"),
    [
        pytest.param([SHY], [replace(PLAN, keys=(SECRET,))], "usage-plan-key", id="a plan by value"),
        pytest.param(
            [SHY],
            [replace(PLAN, keys=(SECRET,)), replace(PLAN, id="q", keys=(SECRET,))],
            "usage-plan-key",
            id="two plans by value",
        ),
        pytest.param([SHY], [replace(PLAN, keys=(SECRET[:-1],))], "usage-plan-key", id="a mistyped value"),
        pytest.param([SHY], [replace(PLAN, keys=(SECRET + "x",))], "usage-plan-key", id="more than a value"),
        pytest.param([], [replace(PLAN, keys=(SECRET,))], "usage-plan-key", id="a value of a key elsewhere"),
        pytest.param([replace(SHY, id=SECRET)], [], "api-key-id", id="an id that is the value"),
        pytest.param([replace(SHY, id=SECRET)] * 2, [], "api-key", id="such an id twice"),
        pytest.param(
            [replace(SHY, id=SECRET)],
            [replace(PLAN, keys=(SECRET[:-1],))],
            "usage-plan-key",
            id="a hint at such an id",
        ),
        pytest.param(
            [replace(SHY, id=SECRET)],
            [replace(PLAN, keys=(SECRET,)), replace(PLAN, id="q", keys=(SECRET,))],
            "usage-plan-overlap",
            id="such an id in two plans",
        ),
        pytest.param(
            [replace(SHY, id="y" * 20), replace(SHY, value="y" * 20)],
            [replace(PLAN, keys=(SECRET,))],
            "usage-plan-key",
            id="an id that is the value of another",
        ),
    ],
)
def test_the_value_of_a_key_shows_in_no_message(keys, plans, code):
    problems = usage_problems(keys, *plans)
    assert code in [problem.code for problem in problems]
    text = "\n".join(map(str, problems))
    assert SECRET[:5] not in text
    assert "y" * 20 not in text


def test_a_key_named_by_its_value_is_told_so():
    (problem,) = usage_problems([SHY], replace(PLAN, keys=(SECRET,)))
    assert "a key is named by its value instead of its id" in problem.message
    assert problem.hint == "its id is 'k7'"


def test_an_unknown_key_shows_its_beginning():
    (problem,) = usage_problems([SHY], replace(PLAN, keys=("forgotten",)))
    assert problem.message == "Invalid API Key identifier specified: forg..."


def test_an_unknown_validator_is_refused_in_the_words_of_aws():
    (problem,) = check(api_of(replace(GET, request_validator="none")))
    assert problem.message.startswith("Invalid Request Validator identifier specified")
