"""The closed table of AWS::ApiGateway::* types: every property has its place, no effect here, or is refused.

An unknown property is an error, as on AWS. One without effect is a warning with the reason; one that would
protect something, and cannot here, is refused.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGateway.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.sources.cfn_template import API_GATEWAY, only
from wsgi_gateway.sources.node import Node

_TAGS = "nothing here has tags"
_TEXT = "nothing shows it"
_TLS = "TLS ends in the server in front"
_LOGS = "there are no access logs"
_CERTIFICATE = "backends are called without client certificates"
_DOCUMENTATION = "documentation parts are not kept"
_DOMAIN = "host names and TLS belong to the server in front"


@dataclass(frozen=True, slots=True)
class Kind:
    """``read``: properties with a place in the model. ``needed``: those without which AWS makes nothing.
    ``ignored``: without effect, and why. ``refused``: and what to do instead. ``why``: set for types that
    have no effect as a whole.
    """

    read: str = ""
    needed: str = ""
    ignored: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    why: str | None = None


_STAGE_IGNORED = {
    "AccessLogSetting": _LOGS,
    "ClientCertificateId": _CERTIFICATE,
    "Description": _TEXT,
    "DocumentationVersion": _DOCUMENTATION,
    "Tags": _TAGS,
}
_DOMAIN_IGNORED = {
    **dict.fromkeys(
        "CertificateArn EndpointAccessMode EndpointConfiguration OwnershipVerificationCertificateArn "
        "RegionalCertificateArn SecurityPolicy".split(),
        _TLS,
    ),
    "RoutingMode": "only base path mappings choose",
    "Tags": _TAGS,
}
_RESTRICT = "restrict who may call in the server in front, and remove this property"

KINDS: Mapping[str, Kind] = {
    "Account": Kind("", "", {"CloudWatchRoleArn": "nothing is sent to CloudWatch"}),
    "ApiKey": Kind(
        "Enabled Name Value",
        "",
        {
            "CustomerId": _TEXT,
            "Description": _TEXT,
            "GenerateDistinctId": "a key's id is its logical id",
            "StageKeys": "keys count by usage plans",
            "Tags": _TAGS,
        },
    ),
    "Authorizer": Kind(
        "RestApiId Type Name AuthType AuthorizerCredentials AuthorizerResultTtlInSeconds AuthorizerUri "
        "IdentitySource IdentityValidationExpression ProviderARNs JwtConfiguration",
        "RestApiId Type Name",
    ),
    "BasePathMapping": Kind("DomainName BasePath RestApiId Stage", "DomainName"),
    "BasePathMappingV2": Kind("DomainNameArn BasePath RestApiId Stage", "DomainNameArn RestApiId"),
    "ClientCertificate": Kind("Description Tags", why=_CERTIFICATE),
    "Deployment": Kind(
        "RestApiId DeploymentCanarySettings StageDescription StageName", "RestApiId", {"Description": _TEXT}
    ),
    "DocumentationPart": Kind(
        "Location Properties RestApiId", "Location Properties RestApiId", why=_DOCUMENTATION
    ),
    "DocumentationVersion": Kind(
        "DocumentationVersion RestApiId Description", "DocumentationVersion RestApiId", why=_DOCUMENTATION
    ),
    "DomainName": Kind(
        "DomainName",
        "",
        _DOMAIN_IGNORED,
        {"MutualTlsAuthentication": "check certificates in the server that ends TLS, and remove it"},
    ),
    "DomainNameV2": Kind("DomainName", "", _DOMAIN_IGNORED, {"Policy": _RESTRICT}),
    "DomainNameAccessAssociation": Kind(
        "DomainNameArn AccessAssociationSource AccessAssociationSourceType Tags",
        "DomainNameArn AccessAssociationSource AccessAssociationSourceType",
        why=_DOMAIN,
    ),
    "GatewayResponse": Kind(
        "RestApiId ResponseType ResponseParameters ResponseTemplates StatusCode", "ResponseType RestApiId"
    ),
    "Method": Kind(
        "RestApiId ResourceId HttpMethod ApiKeyRequired AuthorizationScopes AuthorizationType AuthorizerId "
        "Integration MethodResponses OperationName RequestModels RequestParameters RequestValidatorId",
        "RestApiId ResourceId HttpMethod",
    ),
    "Model": Kind("RestApiId ContentType Description Name Schema", "RestApiId"),
    "RequestValidator": Kind("RestApiId Name ValidateRequestBody ValidateRequestParameters", "RestApiId"),
    "Resource": Kind("ParentId PathPart RestApiId", "ParentId PathPart RestApiId"),
    "RestApi": Kind(
        "ApiKeySourceType BinaryMediaTypes Body BodyS3Location Description DisableExecuteApiEndpoint "
        "EndpointConfiguration FailOnWarnings MinimumCompressionSize Mode Name Parameters Policy Version",
        "",
        {"EndpointAccessMode": _TLS, "SecurityPolicy": _TLS, "Tags": _TAGS},
        {"CloneFrom": "there are no other APIs to copy; load the definition of that one"},
    ),
    "Stage": Kind(
        "RestApiId CacheClusterEnabled CacheClusterSize CanarySetting DeploymentId MethodSettings StageName "
        "TracingEnabled Variables",
        "RestApiId",
        _STAGE_IGNORED,
    ),
    "UsagePlan": Kind("ApiStages Quota Throttle UsagePlanName", "", {"Description": _TEXT, "Tags": _TAGS}),
    "UsagePlanKey": Kind("KeyId KeyType UsagePlanId", "KeyId KeyType UsagePlanId"),
    "VpcLink": Kind(
        "Name TargetArns Description Tags",
        "Name TargetArns",
        why="backends are called over the network like any other",
    ),
}

STAGE_IGNORED: Mapping[str, str] = _STAGE_IGNORED
"""Also of the stage that a Deployment describes."""


def check_type(kind: str, resource: Node) -> bool:
    """Whether there is such a type; reports one that is none."""
    if kind.removeprefix(API_GATEWAY) in KINDS:
        return True
    message = f"Template format error: Unrecognized resource types: [{kind[:80]}]"
    resource.error("resource-type", message, did_you_mean(kind, [API_GATEWAY + name for name in KINDS]))
    return False


def check_properties(kind: str, properties: Node) -> None:
    """Report unknown, ignored and refused properties of a resource of a type of API Gateway."""
    row = KINDS[kind.removeprefix(API_GATEWAY)]
    known = {*row.read.split(), *row.ignored, *row.refused}
    only(properties, known, "property-unknown", kind)
    if row.why is not None:
        properties.warning("without-effect", f"{kind} has no effect here: {row.why}")
    report_ignored(properties, row.ignored)
    for refused, hint in row.refused.items():
        if refused in properties:
            properties.child(refused).error("property-unsupported", f"{refused} is not supported", hint)


def check_needed(kind: str, properties: Node, resource: str) -> None:
    """Report properties without which AWS makes no such resource."""
    for needed in KINDS[kind.removeprefix(API_GATEWAY)].needed.split():
        if needed not in properties:
            message = f"Properties validation failed for resource {resource[:80]}: "
            properties.error("property-missing", f"{message}required key [{needed}] not found")


def report_ignored(properties: Node, ignored: Mapping[str, str]) -> None:
    """A warning for each property that is there and has no effect."""
    for name, why in ignored.items():
        if name in properties:
            properties.child(name).warning("without-effect", f"{name} has no effect here: {why}")
