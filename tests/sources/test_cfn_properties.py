"""Every property of every AWS::ApiGateway::* type: it changes the model, it is a warning, or it is refused.

The table is AWS's, written down from its documentation; the package has a table of its own.
"""

from __future__ import annotations

from copy import deepcopy

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load_definition

READ, WARNED, REFUSED, NEEDED = "is read", "is a warning", "is refused", "is needed"
"""NEEDED: what nothing can do without, and nothing shows by itself."""

API = {"Ref": "Api"}
ROLE = "arn:aws:iam::123456789012:role/r"
LAMBDA = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:f/invocations"
)
TAGS = [{"Key": "a", "Value": "b"}]
SETTING = {"HttpMethod": "GET", "ResourcePath": "/", "ThrottlingRateLimit": 1, "ThrottlingBurstLimit": 1}
OPENAPI = {"openapi": "3.0.1", "info": {"title": "t", "version": "2"}, "paths": {}}

BASE = {
    "Api": ("RestApi", {"Name": "pets"}),
    "Get": (
        "Method",
        {
            "RestApiId": API,
            "ResourceId": {"Fn::GetAtt": ["Api", "RootResourceId"]},
            "HttpMethod": "GET",
            "AuthorizationType": "NONE",
            "RequestParameters": {"method.request.querystring.q": False},
            "MethodResponses": [
                {"StatusCode": 200, "ResponseParameters": {"method.response.header.X": False}}
            ],
            "Integration": {
                "Type": "HTTP",
                "IntegrationHttpMethod": "GET",
                "Uri": "http://backend.internal/",
                "IntegrationResponses": [{"StatusCode": 200}],
            },
        },
    ),
    "Who": (
        "Authorizer",
        {
            "RestApiId": API,
            "Name": "who",
            "Type": "TOKEN",
            "AuthorizerUri": LAMBDA,
            "IdentitySource": "method.request.header.Authorization",
        },
    ),
    "Checked": ("RequestValidator", {"RestApiId": API, "Name": "checked"}),
    "Shape": ("Model", {"RestApiId": API, "Name": "Shape", "Schema": {"type": "object"}}),
    "Deployed": ("Deployment", {"RestApiId": API}),
    "Prod": (
        "Stage",
        {"RestApiId": API, "StageName": "prod", "DeploymentId": {"Ref": "Deployed"}, "Variables": {"a": "b"}},
    ),
    "Next": ("Deployment", {"RestApiId": API, "StageName": "next"}),
    "Key": ("ApiKey", {"Name": "k", "Enabled": True, "Value": "x" * 20}),
    "Plan": ("UsagePlan", {"ApiStages": [{"ApiId": API, "Stage": "prod"}]}),
    "Opens": (
        "UsagePlanKey",
        {"KeyId": {"Ref": "Key"}, "KeyType": "API_KEY", "UsagePlanId": {"Ref": "Plan"}},
    ),
    "Missing": ("GatewayResponse", {"RestApiId": API, "ResponseType": "DEFAULT_4XX"}),
    "Part": ("Resource", {"RestApiId": API, "ParentId": "Api.RootResourceId", "PathPart": "part"}),
    "Domain": ("DomainName", {"DomainName": "pets.example"}),
    "Domain2": ("DomainNameV2", {"DomainName": "pets2.example"}),
    "Base": ("BasePathMapping", {"DomainName": "pets.example", "RestApiId": API, "Stage": "prod"}),
    "Base2": ("BasePathMappingV2", {"DomainNameArn": "pets2.example", "RestApiId": API, "Stage": "prod"}),
    "Access": (
        "DomainNameAccessAssociation",
        {
            "DomainNameArn": "a",
            "AccessAssociationSource": "v",
            "AccessAssociationSourceType": "VPCE",
        },
    ),
    "Logs": ("Account", {}),
    "Certificate": ("ClientCertificate", {}),
    "Told": ("DocumentationPart", {"RestApiId": API, "Location": {"Type": "API"}, "Properties": "{}"}),
    "Telling": ("DocumentationVersion", {"RestApiId": API, "DocumentationVersion": "1"}),
    "Link": ("VpcLink", {"Name": "l", "TargetArns": ["a"]}),
}


def of_integration(**properties):
    return {**BASE["Get"][1]["Integration"], **properties}


def of_response(**properties):
    return of_integration(IntegrationResponses=[{"StatusCode": 200, **properties}])


PROPERTIES = {
    "Logs": {"CloudWatchRoleArn": (ROLE, WARNED)},
    "Key": {
        "CustomerId": ("c", WARNED),
        "Description": ("d", WARNED),
        "Enabled": (False, READ),
        "GenerateDistinctId": (True, WARNED),
        "Name": ("other", READ),
        "StageKeys": ([{"RestApiId": API, "StageName": "prod"}], WARNED),
        "Tags": (TAGS, WARNED),
        "Value": ("y" * 20, READ),
    },
    "Who": {
        "RestApiId": (API, NEEDED),
        "Type": ("REQUEST", READ),
        "Name": ("me", READ),
        "AuthType": ("own", READ),
        "AuthorizerCredentials": (ROLE, READ),
        "AuthorizerResultTtlInSeconds": (60, READ),
        "AuthorizerUri": (LAMBDA.replace(":f/", ":g/"), READ),
        "IdentitySource": ("method.request.header.X", READ),
        "IdentityValidationExpression": ("a+", READ),
        "ProviderARNs": (["arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_a"], READ),
        "JwtConfiguration": ({"Issuers": [{"Issuer": "https://i.example", "Audiences": ["a"]}]}, WARNED),
    },
    "Base": {
        "DomainName": ("pets3.example", READ),
        "BasePath": ("v1", READ),
        "RestApiId": (API, NEEDED),
        "Stage": ("next", READ),
    },
    "Base2": {
        "DomainNameArn": ("pets3.example", READ),
        "BasePath": ("v1", READ),
        "RestApiId": (API, NEEDED),
        "Stage": ("next", READ),
    },
    "Certificate": {"Description": ("d", WARNED), "Tags": (TAGS, WARNED)},
    "Next": {
        "RestApiId": (API, NEEDED),
        "DeploymentCanarySettings": ({"PercentTraffic": 5}, READ),
        "Description": ("d", WARNED),
        "StageDescription": ({"Variables": {"c": "d"}}, READ),
        "StageName": ("later", READ),
    },
    "Told": {
        "Location": ({"Type": "METHOD"}, WARNED),
        "Properties": ('{"a": 1}', WARNED),
        "RestApiId": (API, WARNED),
    },
    "Telling": {
        "DocumentationVersion": ("2", WARNED),
        "RestApiId": (API, WARNED),
        "Description": ("d", WARNED),
    },
    "Domain": {
        "CertificateArn": ("a", WARNED),
        "DomainName": ("other.example", NEEDED),
        "EndpointAccessMode": ("STRICT", WARNED),
        "EndpointConfiguration": ({"Types": ["REGIONAL"]}, WARNED),
        "MutualTlsAuthentication": ({"TruststoreUri": "s3://a/b"}, REFUSED),
        "OwnershipVerificationCertificateArn": ("a", WARNED),
        "RegionalCertificateArn": ("a", WARNED),
        "RoutingMode": ("BASE_PATH_MAPPING_ONLY", WARNED),
        "SecurityPolicy": ("TLS_1_2", WARNED),
        "Tags": (TAGS, WARNED),
    },
    "Domain2": {
        "CertificateArn": ("a", WARNED),
        "DomainName": ("other.example", NEEDED),
        "EndpointAccessMode": ("STRICT", WARNED),
        "EndpointConfiguration": ({"Types": ["PRIVATE"]}, WARNED),
        "Policy": ({"Statement": []}, REFUSED),
        "RoutingMode": ("BASE_PATH_MAPPING_ONLY", WARNED),
        "SecurityPolicy": ("TLS_1_2", WARNED),
        "Tags": (TAGS, WARNED),
    },
    "Access": {
        "DomainNameArn": ("b", WARNED),
        "AccessAssociationSource": ("w", WARNED),
        "AccessAssociationSourceType": ("VPCE", WARNED),
        "Tags": (TAGS, WARNED),
    },
    "Missing": {
        "ResponseType": ("DEFAULT_5XX", READ),
        "RestApiId": (API, NEEDED),
        "ResponseParameters": ({"gatewayresponse.header.X": "'x'"}, READ),
        "ResponseTemplates": ({"application/json": "{}"}, READ),
        "StatusCode": ("404", READ),
    },
    "Get": {
        "RestApiId": (API, NEEDED),
        "ResourceId": ({"Ref": "Part"}, READ),
        "HttpMethod": ("POST", READ),
        "ApiKeyRequired": (True, READ),
        "AuthorizationScopes": (["a"], REFUSED),
        "AuthorizationType": ("AWS_IAM", READ),
        "AuthorizerId": ({"Ref": "Who"}, REFUSED),
        "Integration": (of_integration(Uri="http://other.internal/"), READ),
        "MethodResponses": ([{"StatusCode": 200, "ResponseModels": {"application/json": "Shape"}}], READ),
        "OperationName": ("getPets", READ),
        "RequestModels": ({"application/json": "Shape"}, READ),
        "RequestParameters": ({"method.request.header.X": True}, READ),
        "RequestValidatorId": ({"Ref": "Checked"}, READ),
    },
    "Shape": {
        "RestApiId": (API, NEEDED),
        "ContentType": ("application/xml", READ),
        "Description": ("d", READ),
        "Name": ("Form", READ),
        "Schema": ({"type": "array"}, READ),
    },
    "Checked": {
        "RestApiId": (API, NEEDED),
        "Name": ("both", READ),
        "ValidateRequestBody": (True, READ),
        "ValidateRequestParameters": ("true", READ),
    },
    "Part": {
        "ParentId": ({"Fn::GetAtt": "Api.RootResourceId"}, NEEDED),
        "PathPart": ("piece", NEEDED),
        "RestApiId": (API, NEEDED),
    },
    "Api": {
        "ApiKeySourceType": ("AUTHORIZER", READ),
        "BinaryMediaTypes": (["image~1png"], READ),
        "Body": (OPENAPI, READ),
        "BodyS3Location": ({"Bucket": "b", "Key": "nothing"}, REFUSED),
        "CloneFrom": ("a1b2c3", REFUSED),
        "Description": ("d", READ),
        "DisableExecuteApiEndpoint": (True, WARNED),
        "EndpointAccessMode": ("STRICT", WARNED),
        "EndpointConfiguration": ({"Types": ["PRIVATE"], "VpcEndpointIds": ["v"]}, WARNED),
        "FailOnWarnings": (True, NEEDED),
        "MinimumCompressionSize": (100, READ),
        "Mode": ("merge", NEEDED),
        "Name": ("dogs", READ),
        "Parameters": ({"basepath": "prepend"}, NEEDED),
        "Policy": (
            {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]},
            READ,
        ),
        "SecurityPolicy": ("TLS_1_2", WARNED),
        "Tags": (TAGS, WARNED),
        "Version": ("2", READ),
    },
    "Prod": {
        "RestApiId": (API, NEEDED),
        "AccessLogSetting": ({"DestinationArn": "a", "Format": "$context.requestId"}, WARNED),
        "CacheClusterEnabled": (True, READ),
        "CacheClusterSize": ("0.5", READ),
        "CanarySetting": ({"PercentTraffic": 5}, READ),
        "ClientCertificateId": ("c", WARNED),
        "DeploymentId": ({"Ref": "Next"}, READ),
        "Description": ("d", WARNED),
        "DocumentationVersion": ("1", WARNED),
        "MethodSettings": ([SETTING], READ),
        "StageName": ("beta", READ),
        "Tags": (TAGS, WARNED),
        "TracingEnabled": (True, READ),
        "Variables": ({"c": "d"}, READ),
    },
    "Plan": {
        "ApiStages": ([{"ApiId": API, "Stage": "next"}], READ),
        "Description": ("d", WARNED),
        "Quota": ({"Limit": 1, "Period": "DAY"}, READ),
        "Tags": (TAGS, WARNED),
        "Throttle": ({"RateLimit": 1.5, "BurstLimit": 2}, READ),
        "UsagePlanName": ("p", READ),
    },
    "Opens": {
        "KeyId": ("of-elsewhere", READ),
        "KeyType": ("API_KEY", NEEDED),
        "UsagePlanId": ("of-elsewhere", READ),
    },
    "Link": {
        "Name": ("m", WARNED),
        "TargetArns": (["b"], WARNED),
        "Description": ("d", WARNED),
        "Tags": (TAGS, WARNED),
    },
}

PARTS = {
    "Get": {
        "Integration": [
            (of_integration(CacheKeyParameters=["method.request.querystring.q"]), READ),
            (of_integration(CacheNamespace="n"), READ),
            (of_integration(ConnectionType="VPC_LINK", ConnectionId={"Ref": "Link"}), READ),
            (of_integration(ContentHandling="CONVERT_TO_TEXT"), READ),
            (of_integration(Credentials=ROLE), READ),
            (of_integration(IntegrationHttpMethod="post"), READ),
            (of_integration(IntegrationTarget="arn"), WARNED),
            (of_integration(PassthroughBehavior="never"), READ),
            (of_integration(RequestParameters={"integration.request.header.X": "'x'"}), READ),
            (of_integration(RequestTemplates={"application/json": "{}"}), READ),
            (of_integration(Type="HTTP_PROXY", ResponseTransferMode="STREAM"), READ),
            (of_integration(TimeoutInMillis="2000"), READ),
            (of_response(ContentHandling="CONVERT_TO_TEXT"), READ),
            (of_response(ResponseParameters={"method.response.header.X": "'x'"}), READ),
            (of_response(ResponseTemplates={"application/json": "{}"}), READ),
            (of_response(SelectionPattern="2.."), READ),
            (of_integration(tlsConfig={}), REFUSED),
            (of_response(Pattern="2.."), REFUSED),
        ],
        "MethodResponses": [
            ([{"StatusCode": 200, "ResponseParameters": {"method.response.header.X": True}}], READ),
            ([{"StatusCode": 200, "Headers": {}}], REFUSED),
        ],
    },
    "Prod": {
        "MethodSettings": [
            ([{**SETTING, "CacheDataEncrypted": True}], READ),
            ([{**SETTING, "CacheTtlInSeconds": 5}], READ),
            ([{**SETTING, "CachingEnabled": True}], READ),
            ([{**SETTING, "DataTraceEnabled": True}], READ),
            ([{**SETTING, "LoggingLevel": "INFO"}], READ),
            ([{**SETTING, "MetricsEnabled": True}], READ),
            ([{**SETTING, "HttpMethod": "*", "ResourcePath": "/*"}], READ),
            ([{**SETTING, "Throttling": 1}], REFUSED),
            ([{**SETTING, "ResourcePath": "/nothing"}], REFUSED),
        ],
        "CanarySetting": [
            ({"StageVariableOverrides": {"a": "c"}}, READ),
            ({"DeploymentId": {"Ref": "Next"}, "UseStageCache": True}, READ),
            ({"Percent": 5}, REFUSED),
        ],
    },
    "Next": {
        "StageDescription": [
            ({"CacheClusterEnabled": True, "CacheClusterSize": "0.5"}, READ),
            ({"CachingEnabled": True, "CacheTtlInSeconds": 5, "CacheDataEncrypted": True}, READ),
            ({"DataTraceEnabled": True, "LoggingLevel": "INFO", "MetricsEnabled": True}, READ),
            ({"ThrottlingBurstLimit": 1, "ThrottlingRateLimit": 1}, READ),
            ({"CanarySetting": {"PercentTraffic": 1}}, READ),
            ({"MethodSettings": [SETTING], "TracingEnabled": True}, READ),
            ({"AccessLogSetting": {}}, WARNED),
            ({"ClientCertificateId": "c"}, WARNED),
            ({"Description": "d"}, WARNED),
            ({"DocumentationVersion": "1"}, WARNED),
            ({"Tags": TAGS}, WARNED),
            ({"StageName": "x"}, REFUSED),
        ],
        "DeploymentCanarySettings": [
            ({"StageVariableOverrides": {"a": "c"}}, READ),
            ({"UseStageCache": True}, READ),
            ({"DeploymentId": "d"}, REFUSED),
        ],
    },
    "Plan": {
        "ApiStages": [
            (
                [{"ApiId": API, "Stage": "prod", "Throttle": {"//GET": {"RateLimit": 1, "BurstLimit": 1}}}],
                READ,
            ),
            ([{"ApiId": API, "Name": "prod"}], REFUSED),
        ],
        "Quota": [
            ({"Limit": 5, "Period": "month", "Offset": 1}, READ),
            ({"Limit": 5, "Per": "DAY"}, REFUSED),
        ],
        "Throttle": [({"RateLimit": 1}, REFUSED)],
    },
    "Api": {
        "EndpointConfiguration": [
            ({"Types": ["EDGE"], "IpAddressType": "ipv4"}, WARNED),
            ({"Type": "EDGE"}, REFUSED),
        ],
        "BodyS3Location": [({"Buckets": "b", "Key": "k"}, REFUSED)],
        "Policy": [("", NEEDED), ("{", REFUSED)],
        "Parameters": [({"ignore": "documentation"}, NEEDED)],
    },
}


def document(resources):
    return {
        "Resources": {
            name: {"Type": f"AWS::ApiGateway::{kind}", "Properties": properties}
            for name, (kind, properties) in resources.items()
        }
    }


def told(resources):
    """The definition, and how often each warning about properties is there."""
    warnings = []
    found = load_definition(document(resources), warnings=warnings)
    return found, [(problem.code, problem.place.path) for problem in warnings]


def outcome(name, member, value):
    """What becomes of the template of these tests when the property has that value."""
    at = f"$.Resources.{name}.Properties"
    try:
        found, warnings = told(changed(name, member, value))
    except ConfigError as error:
        places = [problem.place.path for problem in error.problems]
        return REFUSED if any(place.startswith(at) for place in places) else f"is refused at {places}"
    other, fewer = told(BASE)
    if found != other:
        return READ
    return WARNED if ("without-effect", at) in warnings or set(warnings) - set(fewer) else NEEDED


def changed(name, member, value):
    resources = deepcopy(BASE)
    resources[name][1][member] = value
    return resources


ALL = [
    pytest.param(name, member, value, expected, id=f"{member} of a {BASE[name][0]} {expected}")
    for name, members in PROPERTIES.items()
    for member, (value, expected) in members.items()
]


@pytest.mark.parametrize(("name", "member", "value", "expected"), ALL)
def test_a_property(name, member, value, expected):
    assert outcome(name, member, value) == expected


@pytest.mark.parametrize(
    ("name", "member", "value", "expected"),
    [
        pytest.param(name, member, value, expected, id=f"{BASE[name][0]} {member} {number} {expected}")
        for name, members in PARTS.items()
        for member, values in members.items()
        for number, (value, expected) in enumerate(values)
    ],
)
def test_a_part_of_a_property(name, member, value, expected):
    assert outcome(name, member, value) == expected


def test_the_template_of_these_tests_is_sound():
    definition, _ = told(BASE)
    assert set(definition.stages) == {"prod", "next"}


@pytest.mark.parametrize("name", PROPERTIES)
def test_an_unknown_property_is_refused_with_the_nearest_name(name):
    known = max(PROPERTIES[name], key=len)
    resources = changed(name, known + "x", "x")
    with pytest.raises(ConfigError, match=f"property-unknown.*did you mean '{known}'"):
        told(resources)


NEEDS = {
    "Who": "RestApiId Type Name",
    "Base": "DomainName",
    "Base2": "DomainNameArn RestApiId",
    "Next": "RestApiId",
    "Told": "Location Properties RestApiId",
    "Telling": "DocumentationVersion RestApiId",
    "Access": "DomainNameArn AccessAssociationSource AccessAssociationSourceType",
    "Missing": "ResponseType RestApiId",
    "Get": "RestApiId ResourceId HttpMethod",
    "Shape": "RestApiId",
    "Checked": "RestApiId",
    "Part": "ParentId PathPart RestApiId",
    "Prod": "RestApiId",
    "Opens": "KeyId KeyType UsagePlanId",
    "Link": "Name TargetArns",
}


@pytest.mark.parametrize(
    ("name", "member"),
    [
        pytest.param(name, member, id=f"{member} of a {BASE[name][0]}")
        for name, members in NEEDS.items()
        for member in members.split()
    ],
)
def test_a_property_that_is_needed(name, member):
    resources = deepcopy(BASE)
    del resources[name][1][member]
    with pytest.raises(ConfigError, match=rf"required key \[{member}\] not found"):
        told(resources)


def test_an_unknown_type_is_refused():
    resources = {**BASE, "Odd": ("RestAPI", {})}
    with pytest.raises(ConfigError, match=r"Unrecognized resource types.*did you mean"):
        told(resources)
