"""APIs of every kind, over every field of the model, as they are after a load."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from wsgi_gateway.config import (
    AuthorizerConfig,
    GatewayResponseConfig,
    IntegrationConfig,
    IntegrationResponseConfig,
    MethodConfig,
    MethodResponseConfig,
    ModelConfig,
    RequestValidatorConfig,
    RestApiConfig,
)
from wsgi_gateway.config.authorizer import JwtClaimConfig, JwtConfig, JwtIssuerConfig

names = st.text("abcXYZ019_", min_size=1, max_size=6)
model_names = st.text("abcXYZ019", min_size=1, max_size=6)
texts = st.one_of(
    st.sampled_from(
        ["no", "010", "1e3", "~", "null", " x", "x ", "a: b", "# c", "- d", "é", "\u2028", "1.10"]
    ),
    st.text(max_size=30),
    st.text("ab {}\n\t\"'$#:", max_size=30),
)
lines = st.text("abc $/.:-'", min_size=1, max_size=12)
media_types = st.sampled_from(["application/json", "application/xml", "text/plain", "$default", "image/*"])
templates = st.dictionaries(media_types, texts, max_size=2)
statuses = st.sampled_from([200, 201, 302, 400, 404, 500, 503])
handling = st.sampled_from([None, "CONVERT_TO_BINARY", "CONVERT_TO_TEXT"])
ROLE = "arn:aws:iam::123456789012:role/x"
FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:work/invocations"
)


def headers(prefix: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(
        st.sampled_from(["X-A", "X-B", "X-C"]).map(lambda name: prefix + name), values, max_size=3
    )


def leaves() -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.fixed_dictionaries({"type": st.sampled_from(["string", "integer", "number", "boolean"])}),
        st.fixed_dictionaries({"type": st.just("string"), "pattern": st.sampled_from(["^a+$", "x|y"])}),
        st.fixed_dictionaries(
            {"enum": st.lists(st.one_of(texts, st.integers(), st.none()), min_size=1, max_size=3)}
        ),
        st.fixed_dictionaries({"minimum": st.integers(-5, 5), "exclusiveMinimum": st.booleans()}),
        st.just({"default": {"$ref": "no reference"}, "example": ["#/definitions/x", 1.5]}),
    )


def schemas(known: list[str]) -> st.SearchStrategy[Any]:
    """Schemas as documents have them: references to other models are to ``#/components/schemas``."""
    references = [{"$ref": f"#/components/schemas/{name}"} for name in known]
    local = [{"$ref": "#/definitions/inner"}]
    leaf = st.one_of(leaves(), st.sampled_from(references + local))
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.fixed_dictionaries(
                {"type": st.just("object"), "properties": st.dictionaries(names, inner, max_size=3)}
            ),
            st.fixed_dictionaries({"type": st.just("array"), "items": inner}),
            st.fixed_dictionaries({"allOf": st.lists(inner, min_size=1, max_size=2)}),
            st.fixed_dictionaries({"not": inner, "additionalProperties": st.booleans()}),
        ),
        max_leaves=5,
    )


def _has_local(schema: Any) -> bool:
    return "#/definitions/inner" in str(schema)


@st.composite
def documents_of_models(draw: st.DrawFn) -> dict[str, Any]:
    known = draw(
        st.lists(model_names.filter(lambda name: name != "inner"), min_size=1, max_size=4, unique=True)
    )
    found = {}
    for name in known:
        schema = dict(draw(schemas(known)))
        if _has_local(schema):
            schema = {"allOf": [schema], "definitions": {"inner": draw(leaves())}}
        elif "$ref" not in schema and draw(st.booleans()):
            schema["description"] = draw(texts)
        found[name] = schema
    return found


def loaded_models(schemas: dict[str, Any]) -> dict[str, ModelConfig]:
    """Models by the one road that makes them complete: a load."""
    from wsgi_gateway import load

    document = {"openapi": "3.0.1", "info": {"title": "t"}, "paths": {}, "components": {"schemas": schemas}}
    return dict(load(document).models)


@st.composite
def integration_responses(draw: st.DrawFn, statuses: list[int]) -> list[IntegrationResponseConfig]:
    patterns = draw(
        st.lists(
            st.sampled_from(["4\\d{2}", "5\\d\\d", ".*no.*", "(a|b)\n.+", "404"]), unique=True, max_size=3
        )
    )
    return [
        IntegrationResponseConfig(
            status_code=draw(st.sampled_from(statuses)),
            selection_pattern=pattern,
            response_parameters=draw(headers("method.response.header.", lines)),
            response_templates=draw(templates),
            content_handling=draw(handling),
        )
        for pattern in [*patterns, *draw(st.sampled_from([[], [None]]))]
    ]


@st.composite
def integrations(draw: st.DrawFn, declared: list[int]) -> IntegrationConfig | None:
    kind = draw(
        st.sampled_from([None, "MOCK", "HTTP", "HTTP_PROXY", "AWS", "AWS_PROXY", "WSGI", "WSGI_PROXY"])
    )
    if kind is None:
        return None
    is_http, is_proxy = kind.startswith("HTTP"), kind.endswith("PROXY")
    uri = {
        "MOCK": None,
        "WSGI": draw(st.sampled_from([None, "wsgi:reports/x"])),
        "WSGI_PROXY": "wsgi:reports",
    }.get(kind, "https://${stageVariables.host}/x?y={id}" if is_http else FUNCTION)
    link = is_http and draw(st.booleans())
    wants_method = kind in ("HTTP", "HTTP_PROXY", "AWS", "AWS_PROXY")
    mapped = draw(headers("integration.request.header.", lines))
    return IntegrationConfig(
        type=kind,
        http_method=draw(st.sampled_from(["GET", "POST", "ANY"])) if wants_method else None,
        uri=uri,
        credentials=draw(st.sampled_from([None, ROLE, "arn:aws:iam::*:user/*"])),
        connection_type="VPC_LINK" if link else draw(st.sampled_from([None, "INTERNET"])),
        connection_id="abc123" if link else None,
        request_parameters=mapped,
        request_templates=draw(templates),
        passthrough_behavior=draw(st.sampled_from(["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"])),
        content_handling=draw(handling),
        timeout_in_millis=draw(st.sampled_from([50, 29_000, 1_234, 60_000])),
        cache_namespace=draw(st.sampled_from([None, "pets", "010"])),
        cache_key_parameters=draw(st.sampled_from([(), ("method.request.querystring.q", *mapped)])),
        integration_responses=draw(integration_responses(declared or [200])),
        insecure_skip_verification=is_http and draw(st.booleans()),
        response_transfer_mode="STREAM" if is_proxy and draw(st.booleans()) else "BUFFERED",
    )


def identities(is_request: bool) -> st.SearchStrategy[list[str]]:
    if not is_request:
        return st.sampled_from([["method.request.header.Authorization"], ["method.request.header.X-T"]])
    sources = ["method.request.header.A", "method.request.querystring.q", "stageVariables.v", "context.path"]
    return st.lists(st.sampled_from(sources), min_size=1, max_size=3, unique=True)


@st.composite
def jwt_configurations(draw: st.DrawFn) -> JwtConfig:
    claims = st.builds(
        JwtClaimConfig,
        claim_name=names,
        required=st.booleans(),
        expected_values=st.lists(texts, max_size=2),
    )
    issuers = st.builds(
        JwtIssuerConfig,
        issuer=names.map("https://{}.example".format),
        audiences=st.lists(texts, max_size=2),
        additional_claims=st.lists(claims, max_size=2),
    )
    algorithms = st.lists(st.sampled_from(["RS256", "ES256"]), max_size=2)
    return JwtConfig(issuers=draw(st.lists(issuers, max_size=2)), default_algorithms=draw(algorithms))


@st.composite
def authorizers(draw: st.DrawFn, name: str) -> AuthorizerConfig:
    kind = draw(st.sampled_from(["TOKEN", "REQUEST", "COGNITO_USER_POOLS", "JWT"]))
    return AuthorizerConfig(
        name=name,
        type=kind,
        authorizer_uri=FUNCTION if kind in ("TOKEN", "REQUEST") else None,
        authorizer_credentials=draw(st.sampled_from([None, ROLE])),
        identity_source=draw(identities(kind == "REQUEST")),
        identity_validation_expression=draw(st.sampled_from([None, "^Bearer .+$", "no"])),
        authorizer_result_ttl_in_seconds=draw(st.sampled_from([0, 300, 3600])),
        provider_arns=("arn:aws:cognito-idp:us-east-1:1:userpool/x",) if kind.startswith("COGNITO") else (),
        jwt_configuration=draw(jwt_configurations()) if kind == "JWT" else None,
        auth_type=draw(st.sampled_from([None, "oauth2", "custom-of-ours"])),
    )


KINDS = {"TOKEN": "CUSTOM", "REQUEST": "CUSTOM", "COGNITO_USER_POOLS": "COGNITO_USER_POOLS", "JWT": "JWT"}


@st.composite
def protections(draw: st.DrawFn, known: dict[str, AuthorizerConfig]) -> dict[str, Any]:
    choice = draw(st.sampled_from(["NONE", "AWS_IAM", *known]))
    found: dict[str, Any] = {"api_key_required": draw(st.booleans()), "authorization_type": choice}
    if choice in known:
        scopes = draw(st.lists(st.sampled_from(["pets/read", "pets/write", "no"]), unique=True, max_size=2))
        found |= {
            "authorization_type": KINDS[known[choice].type],
            "authorizer": choice,
            "authorization_scopes": scopes,
        }
    return found


@st.composite
def methods(
    draw: st.DrawFn, verb: str, models: list[str], validators: list[str], known: dict[str, AuthorizerConfig]
) -> MethodConfig:
    types = draw(st.lists(media_types, unique=True, max_size=2))
    body, answer = draw(st.sampled_from(models)), draw(st.sampled_from(models))
    codes = draw(st.lists(statuses, unique=True, max_size=3))
    with_model = draw(st.lists(st.sampled_from(codes), unique=True)) if codes else []
    kinds = draw(st.lists(media_types, unique=True, min_size=1, max_size=2))
    parameters = st.sampled_from(["path.id", "querystring.q", "querystring.r", "header.X-H", "header.$h"])
    integration = draw(integrations(codes))
    keys = [key for key in integration.cache_key_parameters if "method." in key] if integration else []
    answers = integration.integration_responses if integration else ()
    mapped = {code: {} for code in codes}
    for one in answers:
        mapped.setdefault(one.status_code, {}).update(dict.fromkeys(one.response_parameters, False))
    return MethodConfig(
        http_method=verb,
        operation_name=draw(st.one_of(st.none(), texts)),
        request_validator=draw(st.sampled_from([None, *validators])),
        request_parameters={
            **dict.fromkeys(keys, False),
            **{
                f"method.request.{one}": draw(st.booleans())
                for one in draw(st.lists(parameters, unique=True, max_size=4))
            },
        },
        request_models=dict.fromkeys(types, body),
        method_responses={
            code: MethodResponseConfig(
                status_code=code,
                response_parameters={
                    **mapped[code],
                    **draw(headers("method.response.header.", st.just(False))),
                },
                response_models=dict.fromkeys(kinds, answer) if code in with_model else {},
            )
            for code in codes
        },
        integration=integration,
        **draw(protections(known)),
    )


POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"},
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "execute-api:Invoke",
            "Resource": ["execute-api:/*/GET/pets"],
            "Condition": {"NotIpAddress": {"aws:SourceIp": ["10.0.0.0/8"]}},
        },
    ],
}


@st.composite
def apis(draw: st.DrawFn) -> RestApiConfig:
    """An API as a load makes one."""
    models = loaded_models(draw(documents_of_models()))
    validators = draw(st.lists(names, unique=True, max_size=2))
    guards = {
        name: draw(authorizers(name))
        for name in draw(st.lists(st.sampled_from(["guard", "api_key", "sigv4"]), unique=True, max_size=2))
    }
    resources = {}
    for path in draw(
        st.lists(st.sampled_from(["/", "/pets", "/pets/{id}", "/{p+}", "/x/010"]), unique=True, max_size=3)
    ):
        verbs = draw(st.lists(st.sampled_from(["GET", "POST", "ANY", "OPTIONS"]), unique=True, max_size=2))
        resources[path] = {verb: draw(methods(verb, list(models), validators, guards)) for verb in verbs}
    kinds = draw(
        st.lists(st.sampled_from(["THROTTLED", "DEFAULT_4XX", "UNAUTHORIZED"]), unique=True, max_size=2)
    )
    return RestApiConfig(
        name=draw(texts.filter(bool)),
        version=draw(st.one_of(st.none(), texts)),
        description=draw(st.one_of(st.none(), texts)),
        resources=resources,
        models=models,
        request_validators={
            name: RequestValidatorConfig(
                name=name,
                validate_request_body=draw(st.booleans()),
                validate_request_parameters=draw(st.booleans()),
            )
            for name in validators
        },
        authorizers=guards,
        gateway_responses={
            kind: GatewayResponseConfig(
                response_type=kind,
                status_code=draw(st.sampled_from([None, 418, 500])),
                response_parameters=draw(headers("gatewayresponse.header.", lines)),
                response_templates=draw(templates),
            )
            for kind in kinds
        },
        api_key_source=draw(st.sampled_from(["HEADER", "AUTHORIZER"])),
        binary_media_types=draw(st.lists(st.sampled_from(["image/png", "*/*", "a/b"]), unique=True)),
        minimum_compression_size=draw(st.sampled_from([None, 0, 1024])),
        policy=draw(st.sampled_from([None, POLICY])),
    )
