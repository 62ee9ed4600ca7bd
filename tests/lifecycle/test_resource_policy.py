"""Resource policies in their places: alone, before and beside each kind of authorizer, in a Gateway."""

from __future__ import annotations

import json
from typing import Any

import pytest
from authorizers.callers import Guard, Inner
from authorizers.signers import KEY, SECRET, sent

from wsgi_gateway.authorizers import allow, deny
from wsgi_gateway.authorizers.attached_policy import AttachedPolicy
from wsgi_gateway.authorizers.credentials import Credential
from wsgi_gateway.authorizers.jwt_token import TokenRefused, Verified
from wsgi_gateway.authorizers.policy import OwnNames
from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.config import AuthorizerConfig, MethodConfig, RestApiConfig, StageConfig
from wsgi_gateway.context import Context, Deployment
from wsgi_gateway.errors import CONTEXT_KEY, ConfigError
from wsgi_gateway.gateway import Gateway
from wsgi_gateway.lifecycle.resource_policy import ResourcePolicy
from wsgi_gateway.wsgi import Response, call_app

OFFICE, ELSEWHERE = "203.0.113.7", "198.51.100.1"
OWN = OwnNames("us-east-1", "123456789012", "api")
ARN = "arn:aws:execute-api:us-east-1:123456789012:api/dev/GET/pets"
SHOWN = "arn:aws:execute-api:us-east-1:********9012:api/dev/GET/pets"
ANONYMOUS = f"User: anonymous is not authorized to perform: execute-api:Invoke on resource: {SHOWN}"
SILENT = "User is not authorized to access this resource"
EXPLICIT = " with an explicit deny"
HEADER = ("method.request.header.Authorization",)


def statement(effect: str, **more: Any) -> dict[str, Any]:
    base = {"Effect": effect, "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}
    return {**base, **more}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def at(address: str, operator: str = "IpAddress") -> dict[str, Any]:
    return {operator: {"aws:SourceIp": address}}


RULES = {
    "Allow": policy(statement("Allow")),
    "silent": policy(statement("Allow", Condition=at(ELSEWHERE))),
    "Deny": policy(statement("Allow"), statement("Deny", Condition=at(OFFICE))),
    None: None,
}


def gateway(document: Any, kind: str, authorize: Any = None, **more: Any) -> tuple[Gateway, Inner]:
    inner = Inner()
    type_of = {"CUSTOM": "TOKEN"}.get(kind, kind)
    needed = kind not in ("NONE", "AWS_IAM")
    pools = ("arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a",)
    guard = AuthorizerConfig(
        name="guard",
        type=type_of,
        identity_source=HEADER,
        provider_arns=pools if kind == "COGNITO_USER_POOLS" else (),
    )
    method = MethodConfig(http_method="GET", authorization_type=kind, authorizer="guard" if needed else None)
    api = RestApiConfig(
        id="api",
        resources={"/pets": {"GET": method}},
        authorizers={"guard": guard} if needed else {},
        policy=document,
    )
    given = {"guard": authorize} if authorize is not None else {}
    return Gateway(api, inner, stage=StageConfig(stage_name="dev"), authorizers=given, **more), inner


def ask(app: Any, address: str = OFFICE, **more: Any) -> Response:
    environ = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": "/pets",
        "QUERY_STRING": "",
        "REMOTE_ADDR": address,
        "HTTP_AUTHORIZATION": "tok",
        **more,
    }
    return call_app(app, environ)


def told(response: Response) -> tuple[int, Any]:
    text = response.body()
    return response.status_code, json.loads(text).get("Message") if response.status_code != 200 else text


ADMITTED = (200, b"inside")


# ------------------------------------------------------------------------------------- nobody else is asked


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        pytest.param(None, ADMITTED, id="no policy: nothing is asked"),
        pytest.param("Allow", ADMITTED, id="an Allow admits"),
        pytest.param("silent", (403, ANONYMOUS), id="silence denies"),
        pytest.param("Deny", (403, ANONYMOUS + EXPLICIT), id="a Deny denies"),
    ],
)
def test_a_method_without_authorization_needs_the_policys_allow(rule: Any, expected: Any) -> None:
    app, inner = gateway(RULES[rule], "NONE")
    assert told(ask(app)) == expected
    assert bool(inner.seen) is (expected == ADMITTED)


def test_the_refusal_has_amazons_error_type() -> None:
    app, _ = gateway(RULES["silent"], "NONE")
    assert ask(app).header("x-amzn-ErrorType") == "AccessDeniedException"


def test_the_stage_works_alone_around_any_app() -> None:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/pets", "REMOTE_ADDR": OFFICE}
    stage = ResourcePolicy(Inner(), AttachedPolicy(policy(statement("Allow", Condition=at(OFFICE))), OWN))

    def status(**more: Any) -> int:
        whole = {**environ, **more}
        whole[CONTEXT_KEY] = Context(whole, Deployment(api_id="api", stage="dev"))
        return call_app(stage, whole).status_code

    assert status() == 200
    assert status(REMOTE_ADDR=ELSEWHERE) == 403
    assert status(REMOTE_ADDR="") == 403
    assert status(PATH_INFO="/" + "x" * 1600) == 414


# ------------------------------------------------------------------------------- beside a Lambda authorizer


LAMBDA = {"Allow": allow("alice"), "Deny": deny("alice"), "silent": allow("alice", "arn:aws:other")}


@pytest.mark.parametrize(
    ("answer", "rule", "expected", "asked"),
    [
        ("Allow", "Allow", ADMITTED, True),
        ("Allow", "silent", ADMITTED, True),
        ("Allow", "Deny", (403, ANONYMOUS + EXPLICIT), False),
        ("silent", "Allow", ADMITTED, True),
        ("silent", "silent", (403, SILENT), True),
        ("silent", "Deny", (403, ANONYMOUS + EXPLICIT), False),
        ("Deny", "Allow", (403, SILENT + EXPLICIT), True),
        ("Deny", "silent", (403, SILENT + EXPLICIT), True),
        ("Deny", "Deny", (403, ANONYMOUS + EXPLICIT), False),
    ],
)
def test_table_a_with_a_lambda_authorizer(answer: str, rule: str, expected: Any, asked: bool) -> None:
    guard = Guard(lambda event: LAMBDA[answer])
    app, inner = gateway(RULES[rule], "CUSTOM", guard)
    assert told(ask(app)) == expected
    assert bool(guard.events) is asked, "a Deny of the first phase comes before the function"
    assert bool(inner.seen) is (expected == ADMITTED)


def test_a_kept_answer_does_not_outlive_the_policys_deny() -> None:
    guard = Guard()
    app, _ = gateway(policy(statement("Deny", Condition=at(ELSEWHERE))), "CUSTOM", guard)
    assert [ask(app, address).status_code for address in (OFFICE, ELSEWHERE, OFFICE)] == [200, 403, 200]
    assert len(guard.events) == 1


def test_an_authorizers_own_policy_knows_the_requests_condition_keys() -> None:
    answer = allow("alice")
    answer["policyDocument"]["Statement"][0]["Condition"] = at(OFFICE)
    app, _ = gateway(None, "CUSTOM", lambda event: answer)
    assert told(ask(app)) == ADMITTED
    assert told(ask(app, ELSEWHERE)) == (403, SILENT)


# ----------------------------------------------------------------------------------------------- and tokens


class Tokens:
    def verify(self, token: str, scopes: frozenset[str] = frozenset()) -> Verified:
        if token != "tok":
            raise TokenRefused("not that one")
        return Verified({"sub": "alice"}, None, "RS256", "issuer")


@pytest.mark.parametrize(
    ("rule", "token", "expected"),
    [
        pytest.param("Allow", "tok", ADMITTED, id="both allow"),
        pytest.param("silent", "tok", ADMITTED, id="the policy is silent: the table admits"),
        pytest.param("Deny", "tok", (403, ANONYMOUS + EXPLICIT), id="the policy denies"),
        pytest.param("Allow", "no", (401, None), id="an Allow does not stand in for a token"),
        pytest.param("Deny", "no", (401, None), id="the token comes first"),
    ],
)
def test_a_user_pools_token_comes_first_and_then_the_policy(rule: str, token: str, expected: Any) -> None:
    app, _ = gateway(RULES[rule], "COGNITO_USER_POOLS", Tokens())
    assert told(ask(app, HTTP_AUTHORIZATION=token)) == expected


# -------------------------------------------------------------------------------------- and signed requests


SAME, CROSS = "arn:aws:iam::123456789012:user/alice", "arn:aws:iam::999988887777:user/bob"
INVOKE: dict[str, Any] = {"Action": "execute-api:Invoke", "Resource": "*"}
OF_CALLER: dict[str, Any] = {
    "Allow": [{"Statement": {"Effect": "Allow", **INVOKE}}],
    "Deny": [{"Statement": {"Effect": "Deny", **INVOKE}}],
    "silent": [],
}
TABLES = [
    ("Allow", "Allow", 200, 200),
    ("Allow", "silent", 200, 403),
    ("Allow", "Deny", 403, 403),
    ("silent", "Allow", 200, 403),
    ("silent", "silent", 403, 403),
    ("silent", "Deny", 403, 403),
    ("Deny", "Allow", 403, 403),
    ("Deny", "silent", 403, 403),
    ("Deny", "Deny", 403, 403),
    ("Allow", None, 200, 200),
]


def signed(document: Any, arn: str, own: str) -> tuple[int, Any]:
    credential = Credential(KEY, SECRET, principal=PrincipalRecord(arn=arn, policies=OF_CALLER[own]))
    one = sent("/pets")
    app, _ = gateway(document, "AWS_IAM", credentials=[credential], clock=lambda: one.time)
    return told(ask(app, **{**one.environ, "REMOTE_ADDR": OFFICE}))


@pytest.mark.parametrize(("own", "rule", "same", "cross"), TABLES)
def test_tables_a_and_b_with_signed_requests(own: str, rule: Any, same: int, cross: int) -> None:
    assert signed(RULES[rule], SAME, own)[0] == same
    assert signed(RULES[rule], CROSS, own)[0] == cross


def test_the_refusal_of_a_signed_request_names_its_user_and_says_if_it_was_explicit() -> None:
    text = f"User: {SAME} is not authorized to perform: execute-api:Invoke on resource: {SHOWN}"
    assert signed(RULES["Deny"], SAME, "Allow") == (403, text + EXPLICIT)
    assert signed(RULES["silent"], SAME, "silent") == (403, text)


def test_a_policy_may_allow_one_user_of_another_account() -> None:
    for_bob = policy(statement("Allow", Principal={"AWS": CROSS}))
    assert signed(for_bob, CROSS, "Allow")[0] == 200
    assert signed(for_bob, CROSS.replace("bob", "eve"), "Allow")[0] == 403


@pytest.mark.parametrize(
    ("principal", "arn", "own", "status"),
    [
        pytest.param(SAME, SAME, "silent", 200, id="an Allow for the user admits by itself"),
        pytest.param("123456789012", SAME, "silent", 403, id="one for the account leaves it to the account"),
        pytest.param("123456789012", SAME, "Allow", 200, id="whose callers' policies decide then"),
        pytest.param(["123456789012", SAME], SAME, "silent", 200, id="one for both admits the user"),
        pytest.param(
            "arn:aws:iam::123456789012:root", SAME, "silent", 403, id="the root's ARN is the account"
        ),
        pytest.param("123456789012", "arn:aws:iam::123456789012:root", "silent", 200, id="the root itself"),
        pytest.param("999988887777", CROSS, "silent", 403, id="another account, whose user has no policy"),
        pytest.param("999988887777", CROSS, "Allow", 200, id="another account, whose user has one"),
        pytest.param("*", SAME, "silent", 200, id="everyone"),
    ],
)
def test_an_allow_for_an_account_leaves_it_to_the_policies_of_its_callers(
    principal: Any, arn: str, own: str, status: int
) -> None:
    assert signed(policy(statement("Allow", Principal={"AWS": principal})), arn, own)[0] == status


# ------------------------------------------------------------------------------------ AWS principals, others


@pytest.mark.parametrize("kind", ["NONE", "CUSTOM", "COGNITO_USER_POOLS"])
def test_a_policy_for_aws_principals_closes_every_method_that_does_not_verify_signatures(kind: str) -> None:
    authorize = {"CUSTOM": Guard(), "COGNITO_USER_POOLS": Tokens()}.get(kind)
    app, inner = gateway(policy(statement("Allow", Principal={"AWS": SAME})), kind, authorize)
    assert told(ask(app)) == (403, ANONYMOUS)
    assert not inner.seen
    assert "resource-policy-closes" in [warning.code for warning in app.warnings]


@pytest.mark.parametrize("everyone", ["*", {"AWS": "*"}, {"AWS": ["*"]}])
def test_everyone_is_meant_by_either_form(everyone: Any) -> None:
    app, _ = gateway(policy(statement("Allow", Principal=everyone)), "NONE")
    assert told(ask(app)) == ADMITTED
    assert app.warnings == ()


def test_a_deny_of_one_user_does_not_touch_those_who_do_not_sign() -> None:
    app, _ = gateway(policy(statement("Allow"), statement("Deny", Principal={"AWS": CROSS})), "NONE")
    assert told(ask(app)) == ADMITTED


def test_keys_of_callers_are_absent_where_nobody_signed() -> None:
    wanted = {"StringEquals": {"aws:PrincipalAccount": "123456789012"}}
    app, _ = gateway(policy(statement("Allow", Condition=wanted)), "NONE")
    assert ask(app).status_code == 403
    others = {"StringNotEquals": {"aws:PrincipalAccount": "123456789012"}}
    app, _ = gateway(policy(statement("Allow"), statement("Deny", Condition=others)), "NONE")
    assert ask(app).status_code == 403
    app, _ = gateway(policy(statement("Allow"), statement("Deny", Condition=wanted)), "NONE")
    assert ask(app).status_code == 200


# --------------------------------------------------------------------------------------------------- paths


def on_any_path(*statements: Any, region: str = "us-east-1") -> Gateway:
    method = MethodConfig(http_method="ANY")
    api = RestApiConfig(id="api", resources={"/{proxy+}": {"ANY": method}}, policy=policy(*statements))
    return Gateway(api, Inner(), stage=StageConfig(stage_name="prod", region=region))


@pytest.mark.parametrize(
    ("denied", "path", "status"),
    [
        pytest.param("admin/*", "/admin/users", 403, id="below"),
        pytest.param("admin/*", "/admin/", 403, id="the index with its slash, as on AWS"),
        pytest.param("admin/*", "/admin", 200, id="without its slash it is not below"),
        pytest.param("admin", "/admin", 403, id="the page itself"),
        pytest.param("admin", "/admin/", 403, id="the page with a slash, which apps serve too"),
        pytest.param("admin/", "/admin/", 403, id="written with a slash"),
        pytest.param("admin/", "/admin", 200, id="written with a slash, asked for without"),
        pytest.param("admin/", "/admin//", 403, id="several slashes are one"),
    ],
)
def test_a_slash_at_the_end_does_not_lead_around_a_deny(denied: str, path: str, status: int) -> None:
    app = on_any_path(statement("Allow"), statement("Deny", Resource=f"execute-api:/prod/*/{denied}"))
    assert ask(app, PATH_INFO=path, RAW_URI=path).status_code == status


@pytest.mark.parametrize("spared", ["GET/*", "GET/"])
def test_the_slash_of_the_root_is_no_slash_at_the_end_of_a_path(spared: str) -> None:
    method = MethodConfig(http_method="GET")
    deny = {name: value for name, value in statement("Deny").items() if name != "Resource"}
    document = policy(statement("Allow"), {**deny, "NotResource": f"execute-api:/default/{spared}"})
    app = Gateway(RestApiConfig(id="api", resources={"/": {"GET": method}}, policy=document), Inner())
    assert ask(app, PATH_INFO="/").status_code == 200


def test_an_allow_is_for_the_arn_as_amazon_has_it() -> None:
    app = on_any_path(statement("Allow", Resource="execute-api:/prod/GET/public/*"))
    assert [ask(app, PATH_INFO=path).status_code for path in ("/public/", "/public/a", "/public")] == [
        200,
        200,
        403,
    ]


def test_no_path_can_supply_another_apis_name() -> None:
    app = on_any_path(statement("Allow", Resource="arn:aws:execute-api:*:*:tenant/*"))
    assert ask(app, PATH_INFO="/x:tenant/admin").status_code == 403
    spared = {"NotResource": "arn:aws:execute-api:*:*:tenant/*"}
    rest = {name: value for name, value in statement("Deny").items() if name != "Resource"}
    app = on_any_path(statement("Allow"), {**rest, **spared})
    assert ask(app, PATH_INFO="/x:tenant/admin").status_code == 403


@pytest.mark.parametrize(
    ("region", "partition"), [("us-gov-west-1", "aws-us-gov"), ("cn-north-1", "aws-cn"), ("eu-west-1", "aws")]
)
def test_arns_are_of_the_regions_partition(region: str, partition: str) -> None:
    denied = f"arn:{partition}:execute-api:{region}:123456789012:api/prod/DELETE/*"
    app = on_any_path(statement("Allow"), statement("Deny", Resource=denied), region=region)
    assert [ask(app, REQUEST_METHOD=verb).status_code for verb in ("GET", "DELETE")] == [200, 403]


# ---------------------------------------------------------------------------------------------- TLS, agents


@pytest.mark.parametrize(
    ("proxies", "scheme", "more", "status"),
    [
        pytest.param(0, "https", {}, 200, id="TLS that the server ended"),
        pytest.param(0, "http", {}, 403, id="none"),
        pytest.param(0, "https", {"HTTP_X_FORWARDED_PROTO": "https"}, 403, id="a header that was believed"),
        pytest.param(0, "https", {"HTTP_X_FORWARDED_SSL": "on"}, 403, id="another"),
        pytest.param(0, "https", {"HTTP_X_FORWARDED_PROTOCOL": "ssl"}, 403, id="a third"),
        pytest.param(1, "https", {"HTTP_X_FORWARDED_PROTO": "https"}, 200, id="the trusted proxy's"),
    ],
)
def test_nobody_can_claim_tls(proxies: int, scheme: str, more: dict[str, str], status: int) -> None:
    for document in (
        policy(statement("Allow", Condition={"Bool": {"aws:SecureTransport": "true"}})),
        policy(statement("Allow"), statement("Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})),
    ):
        app, _ = gateway(document, "NONE", trusted_proxies=proxies)
        assert ask(app, **{"wsgi.url_scheme": scheme, **more}).status_code == status


def test_a_user_agent_is_compared_as_the_text_it_is() -> None:
    app, _ = gateway(
        policy(
            statement("Allow"), statement("Deny", Condition={"StringLike": {"aws:UserAgent": "b\u00f6se*"}})
        ),
        "NONE",
    )
    disguised = "b\u00f6se/1".encode().decode("latin-1")
    assert ask(app, HTTP_USER_AGENT=disguised).status_code == 403


# ------------------------------------------------------------------------------------------------- proxies


@pytest.mark.parametrize(
    ("proxies", "peer", "chain", "status"),
    [
        pytest.param(0, OFFICE, None, 200, id="direct, from the office"),
        pytest.param(0, ELSEWHERE, OFFICE, 403, id="direct, forging the office"),
        pytest.param(1, "10.0.0.1", OFFICE, 200, id="through the proxy, from the office"),
        pytest.param(
            1, "10.0.0.1", f"{OFFICE}, {ELSEWHERE}", 403, id="through the proxy, forging the office"
        ),
        pytest.param(1, OFFICE, None, 403, id="past the proxy: nobody can say"),
        pytest.param(2, "10.0.0.1", f"{OFFICE}, 10.0.0.2", 200, id="through two"),
        pytest.param(2, "10.0.0.1", OFFICE, 403, id="past the first of two"),
        pytest.param(1, "10.0.0.1", "garbage", 403, id="an entry that is no address"),
    ],
)
def test_only_the_configured_number_of_proxies_is_believed(
    proxies: int, peer: str, chain: str | None, status: int
) -> None:
    for document in (
        policy(statement("Allow", Condition=at(OFFICE))),
        policy(statement("Allow"), statement("Deny", Condition=at(OFFICE, "NotIpAddress"))),
    ):
        app, _ = gateway(document, "NONE", trusted_proxies=proxies)
        more = {} if chain is None else {"HTTP_X_FORWARDED_FOR": chain}
        assert ask(app, peer, **more).status_code == status


@pytest.mark.parametrize("number", [-1, 1.5, "1", True, None])
def test_a_number_of_proxies_that_is_none_stops_the_load(number: Any) -> None:
    with pytest.raises(ConfigError, match="trusted_proxies"):
        gateway(None, "NONE", trusted_proxies=number)


# -------------------------------------------------------------------------------------------- when it loads


FOREIGN = "arn:aws:execute-api:eu-west-1:111122223333:a1b2c3/*"


def test_a_deny_that_means_another_api_stops_the_load() -> None:
    with pytest.raises(ConfigError, match=r"statement 1: Deny: means no method of this API"):
        gateway(policy(statement("Allow"), statement("Deny", Resource=FOREIGN)), "NONE")


def test_an_allow_that_means_another_api_is_warned_of_and_admits_nobody() -> None:
    app, _ = gateway(policy(statement("Allow", Resource=FOREIGN)), "NONE")
    assert [warning.code for warning in app.warnings] == ["resource-policy-idle"]
    assert ask(app).status_code == 403


@pytest.mark.parametrize(
    "more",
    [
        {"Resource": FOREIGN},
        {"Resource": "arn:aws:execute-api:*:*:other/*"},
        {"Resource": "arn:aws:execute-api:${AWS::Region}:${AWS::AccountId}:*/*"},
        {"Resource": "arn:aws:execute-api:us-east-1:123456789012:${*}/*"},
        {"Resource": "arn:aws-cn:execute-api:us-east-1:123456789012:api/*"},
        {"Resource": "execute-api:/"},
        {"Resource": "execute-api:/prod"},
        {"Resource": "execute-api:/GET/admin"},
        {"Resource": "execute-api:/prod/get/admin"},
        {"Resource": "execute-api:/prod/ANY/admin"},
        {"Resource": "execute-api:/prod/GET/users/{id}"},
        {"Resource": "execute-api:/prod/GET/caf%c3%a9"},
        {"Resource": "execute-api:/prod/GET/caf\u00e9"},
        {"Resource": "execute-api:/prod/GET/a b"},
        {"Resource": "execute-api:/prod/GET/%7Euser"},
        {"Resource": "execute-api:/prod/GET//admin"},
        {"Action": "s3:*"},
        {"Action": "apigateway:*"},
        {"NotAction": "execute-api:Inv*"},
        {"NotResource": "*"},
        {"NotPrincipal": "*"},
    ],
    ids=lambda more: " ".join(f"{name} {value}" for name, value in more.items()),
)
def test_a_deny_that_can_never_apply_stops_the_load_and_such_an_allow_is_warned_of(more: Any) -> None:
    def document(effect: str) -> Any:
        one = {**statement(effect), **more}
        for name in [name for name in more if name.startswith("Not")]:
            del one[name.removeprefix("Not")]
        return {"Statement": [statement("Allow"), one]}

    if "Version" not in more and "AWS::" not in str(more):
        with_version = {"Version": "2012-10-17", **document("Deny")}
        with pytest.raises(ConfigError, match="so it would deny nothing"):
            gateway(with_version, "NONE")
    if "${*}" in str(more):
        return  # in documents without a version that is text, which means no API either
    with pytest.raises(ConfigError, match="so it would deny nothing"):
        gateway(document("Deny"), "NONE")
    app, _ = gateway(document("Allow"), "NONE")
    assert [warning.code for warning in app.warnings] == ["resource-policy-idle"]


@pytest.mark.parametrize(
    "action", ["execute-api:Invok", "execute-api", "Invoke", "execute-api:Invoke ", "", "execute-api:"]
)
def test_an_action_that_is_none_stops_the_load(action: str) -> None:
    with pytest.raises(ConfigError, match="resource policy"):
        gateway(policy(statement("Allow"), statement("Deny", Action=action)), "NONE")


@pytest.mark.parametrize(
    "resource",
    [
        "*",
        "arn:aws:execute-api:us-east-1:123456789012:api/*",
        "arn:aws:execute-api:*:*:api/dev/GET/pets",
        "arn:aws:execute-api:us-east-?:*/GET/pets",
        "arn:aws:execute-api:us-east-1:123456789012:a*",
    ],
)
def test_a_deny_that_can_mean_this_api_is_none_of_those(resource: str) -> None:
    app, _ = gateway(policy(statement("Allow"), statement("Deny", Resource=resource)), "NONE")
    assert told(ask(app)) == (403, ANONYMOUS + EXPLICIT)


def test_a_key_that_only_amazons_networks_know_is_warned_of_and_denies() -> None:
    outside = {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    app, _ = gateway(policy(statement("Allow"), statement("Deny", Condition=outside)), "NONE")
    assert [warning.code for warning in app.warnings] == ["resource-policy-key"]
    assert "aws:sourcevpce" in str(app.warnings[0])
    assert ask(app).status_code == 403


def test_a_policy_that_is_none_is_told_once_with_what_else_is_wrong() -> None:
    with pytest.raises(ConfigError) as caught:
        gateway({"Statement": [{"Effect": "Perhaps"}]}, "CUSTOM")
    assert [problem.code for problem in caught.value.problems] == ["resource-policy", "unknown-function"]


@pytest.mark.parametrize(
    ("resource", "codes"),
    [
        ("execute-api:/dev/*", []),
        ("execute-api:/*/GET/*", []),
        ("execute-api:/prod/*", ["resource-policy-undeclared"]),
        ("execute-api:/dev/GET/pest", ["resource-policy-undeclared"]),
        ("execute-api:/dev/DELETE/pets", ["resource-policy-undeclared"]),
        ("execute-api:/dev/GET/pets/", []),
    ],
)
def test_a_statement_about_something_that_is_not_served_is_warned_of(resource: str, codes: list[str]) -> None:
    app, _ = gateway(policy(statement("Allow"), statement("Deny", Resource=resource)), "NONE")
    assert [warning.code for warning in app.warnings] == codes


# --------------------------------------------------------------------------------------------------- traces


@pytest.mark.parametrize("kind", ["NONE", "CUSTOM", "AWS_IAM"])
def test_a_trace_tells_what_the_policy_said_and_nothing_of_the_request(kind: str) -> None:
    traces: list[Any] = []
    sid = statement("Deny", Sid="NotFromThere", Condition=at(OFFICE))
    alice = Credential(KEY, SECRET, principal=PrincipalRecord(arn=SAME, policies=OF_CALLER["Allow"]))
    one = sent("/pets")
    app, _ = gateway(
        policy(statement("Allow"), sid),
        kind,
        Guard() if kind == "CUSTOM" else None,
        credentials=[alice] if kind == "AWS_IAM" else None,
        clock=lambda: one.time,
        on_trace=traces.append,
    )
    assert ask(app, **{**one.environ, "REMOTE_ADDR": OFFICE}).status_code == 403
    [note] = [event for event in traces[0].events if event.phase == "note"]
    said = "resource policy, statement 1: Deny, given IpAddress aws:SourceIp"
    assert said in note.details.values()
    assert (note.details["method_arn"], note.details["source_ip"]) == (ARN, OFFICE)
    if kind != "CUSTOM":
        assert (note.details["effect"], note.details["sid"]) == ("Deny", "NotFromThere")


def test_a_trace_says_that_a_header_was_not_believed() -> None:
    traces: list[Any] = []
    app, _ = gateway(policy(statement("Allow", Condition=at(OFFICE))), "NONE", on_trace=traces.append)
    assert ask(app, "10.0.0.1", HTTP_X_FORWARDED_FOR=OFFICE).status_code == 403
    [note] = [event for event in traces[0].events if event.phase == "note"]
    assert note.details["x_forwarded_for"] == "not believed, because trusted_proxies is 0"
