"""What callers send, as security schemes."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway.config import AuthorizerConfig, MethodConfig, RestApiConfig
from wsgi_gateway.exports.published import published

TYPES = {"TOKEN": "CUSTOM", "REQUEST": "CUSTOM"}
FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:work/invocations"
)


def operation(
    form: str = "oas30",
    *,
    sources: list[str] | None = None,
    kind: str = "TOKEN",
    name: str = "guard",
    **method: Any,
) -> tuple[Any, Any, Any]:
    """The security of the only operation, its parameters, and the schemes of the document."""
    authorizers = {}
    key_source = method.pop("api_key_source", "HEADER")
    if sources is not None:
        guard = AuthorizerConfig(
            name=name,
            type=kind,
            identity_source=sources,
            authorizer_uri=FUNCTION if kind in TYPES else None,
            authorizer_result_ttl_in_seconds=0,
            provider_arns=["arn:aws:cognito-idp:us-east-1:1:userpool/x"] if kind.startswith("COG") else (),
        )
        authorizers[name] = guard
        method |= {"authorization_type": TYPES.get(kind, kind), "authorizer": name}
    api = RestApiConfig(
        name="t",
        api_key_source=key_source,
        authorizers=authorizers,
        resources={"/": {"GET": MethodConfig(http_method="GET", **method)}},
    )
    document = published(api, form)
    found = document["paths"]["/"]["get"]
    schemes = document.get("securityDefinitions") or document.get("components", {}).get("securitySchemes", {})
    return found.get("security"), found.get("parameters", []), schemes


def header(name: str) -> dict[str, str]:
    return {"type": "apiKey", "name": name, "in": "header"}


def test_an_open_method_asks_for_nothing() -> None:
    assert operation() == (None, [], {})


def test_all_that_a_method_asks_for_is_one_requirement() -> None:
    security, _, schemes = operation(sources=["method.request.header.X-Token"], api_key_required=True)
    assert security == [{"guard": [], "api_key": []}]
    assert schemes == {"guard": header("X-Token"), "api_key": header("x-api-key")}


@pytest.mark.parametrize("kind", ["COGNITO_USER_POOLS"])
def test_a_token_of_a_pool_is_a_bearer_token_where_the_form_knows_such(kind: str) -> None:
    asked = {"sources": ["method.request.header.Authorization"], "kind": kind}
    assert operation(**asked)[2] == {"guard": {"type": "http", "scheme": "bearer"}}
    assert operation("swagger", **asked)[2] == {"guard": header("Authorization")}
    assert operation(sources=["method.request.header.X-Token"], kind=kind)[2] == {"guard": header("X-Token")}


def test_every_source_that_callers_send_is_a_scheme_and_all_are_demanded() -> None:
    sources = ["method.request.header.A", "method.request.querystring.q", "stageVariables.v", "context.path"]
    security, _, schemes = operation(sources=sources, kind="REQUEST")
    assert security == [{"guard": [], "guard2": []}]
    assert schemes == {"guard": header("A"), "guard2": {"type": "apiKey", "name": "q", "in": "query"}}


def test_an_authorizer_that_looks_at_nothing_declared_is_guessed_and_says_so() -> None:
    _, _, schemes = operation(sources=[], kind="REQUEST")
    assert schemes == {
        "guard": {**header("Authorization"), "description": "What this API looks at is not declared."}
    }


def test_a_signed_request_has_its_own_scheme() -> None:
    security, _, schemes = operation(authorization_type="AWS_IAM")
    assert security == [{"sigv4": []}]
    assert "Signature Version 4" in schemes["sigv4"]["description"]


def test_a_key_that_the_authorizer_gives_is_not_asked_of_callers() -> None:
    security, _, schemes = operation(
        sources=["method.request.header.A"], api_key_required=True, api_key_source="AUTHORIZER"
    )
    assert (security, set(schemes)) == ([{"guard": []}], {"guard"})


def test_names_that_documents_cannot_have_are_written_otherwise_and_stay_apart() -> None:
    security, _, schemes = operation(sources=["method.request.header.A"], name="my pool/1")
    assert (security, set(schemes)) == ([{"my_pool_1": []}], {"my_pool_1"})
    security, _, schemes = operation(
        sources=["method.request.header.A"], name="api_key", api_key_required=True
    )
    assert security == [{"api_key": [], "api_key2": []}]
    assert schemes == {"api_key": header("A"), "api_key2": header("x-api-key")}


def test_what_a_scheme_sends_is_no_parameter_as_well() -> None:
    parameters = {"method.request.header.authorization": True, "method.request.querystring.q": True}
    _, left, _ = operation(sources=["method.request.header.Authorization"], request_parameters=parameters)
    assert [one["name"] for one in left] == ["q"]


def test_scopes_are_told_to_people() -> None:
    api = RestApiConfig(
        authorizers={"pool": AuthorizerConfig(
            name="pool",
            type="COGNITO_USER_POOLS",
            identity_source=["method.request.header.Authorization"],
            provider_arns=["arn:aws:cognito-idp:us-east-1:1:userpool/x"],
        )},
        resources={"/": {"GET": MethodConfig(
            http_method="GET",
            authorization_type="COGNITO_USER_POOLS",
            authorizer="pool",
            authorization_scopes=["pets/read", "pets/write"],
        )}},
    )  # fmt: skip
    found = published(api)["paths"]["/"]["get"]
    assert found["description"] == "The token has one of the scopes: pets/read, pets/write"
    assert found["security"] == [{"pool": []}]
