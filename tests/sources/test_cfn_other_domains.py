"""Certificates of clients of an AWS::ApiGatewayV2::DomainName that leads to a REST API are refused."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway import ConfigError, load_definition

TLS = {"TruststoreUri": "s3://bucket/key"}
DOMAIN = "AWS::ApiGatewayV2::DomainName"
V1, V2 = "AWS::ApiGateway::BasePathMapping", "AWS::ApiGatewayV2::ApiMapping"


def template_of(
    domain: dict[str, Any], mapping: dict[str, Any], *, kind: str = DOMAIN, **attributes: Any
) -> dict[str, Any]:
    body = {"openapi": "3.0.1", "info": {"title": "pets"}, "paths": {"/": {"get": {"responses": {}}}}}
    properties = {"DomainName": "pets.example.org", **domain}
    return {
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
        "Resources": {
            "Api": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Body": body}},
            "Http": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "others"}},
            "Domain": {"Type": kind, "Properties": properties, **attributes},
            "Below": mapping,
        },
    }


def below(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": {"DomainName": {"Ref": "Domain"}, "Stage": "prod", **properties}}


def errors(template: dict[str, Any]) -> list[tuple[str, str]]:
    try:
        load_definition(template)
    except ConfigError as error:
        return [(one.code, one.place.path) for one in error.problems]
    return []


REFUSED = [("property-unsupported", "$.Resources.Domain.Properties.MutualTlsAuthentication")]
API = {"Ref": "Api"}


@pytest.mark.parametrize(
    "mapping",
    [
        pytest.param(below(V1, RestApiId=API), id="a base path"),
        pytest.param(below(V1), id="a base path that leaves the API to the path"),
        pytest.param(below(V1, RestApiId=API, DomainName="pets.example.org"), id="a base path, by the name"),
        pytest.param(below(V1, RestApiId=API, DomainName="Pets.Example.org"), id="in other letters"),
        pytest.param(below(V2, ApiId=API), id="a mapping of the second version"),
        pytest.param(
            {
                "Type": "AWS::ApiGatewayV2::RoutingRule",
                "Properties": {
                    "DomainNameArn": {"Fn::GetAtt": ["Domain", "DomainNameArn"]},
                    "Actions": [{"InvokeApi": {"ApiId": API, "Stage": "prod"}}],
                },
            },
            id="a routing rule",
        ),
    ],
)
def test_a_domain_that_leads_to_the_api_is_refused(mapping: dict[str, Any]) -> None:
    assert errors(template_of({"MutualTlsAuthentication": TLS}, mapping)) == REFUSED
    assert errors(template_of({}, mapping)) == []


@pytest.mark.parametrize(
    ("template", "why"),
    [
        pytest.param(
            template_of({"MutualTlsAuthentication": TLS}, below(V2, ApiId={"Ref": "Http"})),
            "it is mapped to an API of another kind",
            id="of another API",
        ),
        pytest.param(
            template_of({"MutualTlsAuthentication": TLS}, below(V1, DomainName="other.example.org")),
            "it is not mapped",
            id="that nothing names",
        ),
        pytest.param(
            template_of({"MutualTlsAuthentication": {"Ref": "AWS::NoValue"}}, below(V1, RestApiId=API)),
            "it demands nothing",
            id="that demands nothing",
        ),
        pytest.param(
            template_of(
                {"MutualTlsAuthentication": TLS}, below(V1, DomainName="pets.example.org"), Condition="Never"
            ),
            "it is not there",
            id="that is not there",
        ),
    ],
)
def test_a_domain_that_does_not_is_no_part_of_the_api(template: dict[str, Any], why: str) -> None:
    assert errors(template) == [], why


def test_rules_that_choose_an_api_by_more_than_its_base_path_are_a_warning() -> None:
    rule = {"Type": "AWS::ApiGatewayV2::RoutingRule", "Properties": {"Priority": 1}}
    warnings: list[Any] = []
    load_definition(template_of({}, rule), warnings=warnings)
    assert [(one.code, one.place.path) for one in warnings] == [("without-effect", "$.Resources.Below")]
