"""Every value of a template that uses every type, replaced by what it must not be.

Whatever a template holds, its load ends in a Definition or in problems that have a place inside of it.
"""

from __future__ import annotations

import copy

import pytest

from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load_definition
from wsgi_gateway.sources.yaml_text import read_yaml

TEMPLATE = read_yaml("""
AWSTemplateFormatVersion: '2010-09-09'
Description: d
Transform: [AWS::LanguageExtensions]
Rules: {R: {}}
Parameters:
  Env: {Type: String, Default: a, AllowedValues: [a, b], AllowedPattern: '[a-z]+', NoEcho: true}
  Count: {Type: Number, Default: 3, MinValue: 1, MaxValue: 5}
  Zones: {Type: CommaDelimitedList, Default: 'a,b'}
  Stored: {Type: 'AWS::SSM::Parameter::Value<String>', Default: /x}
Mappings: {M: {a: {b: c}}}
Conditions:
  A: !Equals [!Ref Env, a]
  B: !And [{Condition: A}, !Not [!Or [!Equals [1, 2], !Equals [x, y]]]]
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Condition: B
    DependsOn: [Pets]
    Properties:
      Name: !Sub ['${Env}-${q}-${Pets.Arn}-${Live}', {q: !FindInMap [M, a, b]}]
      Description: !If [B, !Join ['-', !Ref Zones], !Ref 'AWS::NoValue']
      Version: !Select [0, !Split [/, a/b]]
      MinimumCompressionSize: !Ref Count
      ApiKeySourceType: HEADER
      BinaryMediaTypes: [image~1png]
      EndpointConfiguration: {Types: [REGIONAL], IpAddressType: ipv4}
      Policy: {Statement: [{Effect: Allow, Principal: '*', Action: '*', Resource: ['*']}]}
      Parameters: {basepath: ignore}
      Tags: [{Key: !Base64 x, Value: !ImportValue net}, {Key: !Select [0, !Cidr [10.0.0.0/24, 2, 5]]}]
      Body:
        openapi: 3.0.1
        info: {title: t, version: '1'}
        paths:
          /x/{id}:
            get:
              parameters: [{name: id, in: path, required: true, schema: {type: string}}]
              responses: {'200': {description: d}}
              x-amazon-apigateway-integration: {type: mock, responses: {default: {statusCode: '200'}}}
  Part:
    Type: AWS::ApiGateway::Resource
    Properties: {RestApiId: !Ref Api, ParentId: !GetAtt Api.RootResourceId, PathPart: part}
  Check:
    Type: AWS::ApiGateway::RequestValidator
    Properties: {RestApiId: !Ref Api, Name: c, ValidateRequestBody: true, ValidateRequestParameters: 'true'}
  Shape:
    Type: AWS::ApiGateway::Model
    Properties: {RestApiId: !Ref Api, Name: Shape, ContentType: a/b, Schema: {type: [object]}}
  Who:
    Type: AWS::ApiGateway::Authorizer
    Properties:
      RestApiId: !Ref Api
      Name: who
      Type: TOKEN
      AuthType: custom
      AuthorizerCredentials: arn:aws:iam::123456789012:role/r
      AuthorizerResultTtlInSeconds: 5
      AuthorizerUri: 'arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/f/invocations'
      IdentitySource: method.request.header.A
      IdentityValidationExpression: a+
      ProviderARNs: []
  Jwt:
    Type: AWS::ApiGateway::Authorizer
    Properties:
      RestApiId: !Ref Api
      Name: jwt
      Type: JWT
      IdentitySource: method.request.header.A
      JwtConfiguration:
        DefaultAlgorithms: [RS256]
        Issuers:
          - Issuer: https://i.example
            Audiences: [a]
            AdditionalClaims: [{ClaimName: c, Required: true, ExpectedValues: [v]}]
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      RestApiId: !Ref Api
      ResourceId: !Ref Part
      HttpMethod: GET
      ApiKeyRequired: true
      AuthorizationScopes: []
      AuthorizationType: CUSTOM
      AuthorizerId: !Ref Who
      OperationName: get
      RequestModels: {application/json: !Ref Shape}
      RequestParameters: {method.request.querystring.q: true}
      RequestValidatorId: !Ref Check
      MethodResponses:
        - StatusCode: 200
          ResponseModels: {application/json: Empty}
          ResponseParameters: {method.response.header.X: true}
      Integration:
        Type: HTTP
        Uri: http://backend.internal/
        IntegrationHttpMethod: GET
        CacheKeyParameters: [method.request.querystring.q]
        CacheNamespace: n
        ConnectionType: INTERNET
        ContentHandling: CONVERT_TO_TEXT
        Credentials: arn:aws:iam::123456789012:role/r
        PassthroughBehavior: NEVER
        RequestParameters: {integration.request.header.X: method.request.querystring.q}
        RequestTemplates: {application/json: $input.body}
        TimeoutInMillis: 100
        ResponseTransferMode: BUFFERED
        IntegrationResponses:
          - StatusCode: 200
            SelectionPattern: 2..
            ContentHandling: CONVERT_TO_TEXT
            ResponseParameters: {method.response.header.X: "'x'"}
            ResponseTemplates: {application/json: x}
  Missing:
    Type: AWS::ApiGateway::GatewayResponse
    Properties:
      RestApiId: !Ref Api
      ResponseType: DEFAULT_4XX
      StatusCode: 404
      ResponseParameters: {gatewayresponse.header.X: "'x'"}
      ResponseTemplates: {application/json: '{}'}
  Made:
    Type: AWS::ApiGateway::Deployment
    Properties:
      RestApiId: !Ref Api
      StageName: made
      DeploymentCanarySettings: {PercentTraffic: 1, StageVariableOverrides: {a: b}, UseStageCache: true}
      StageDescription: {Variables: {c: d}, CachingEnabled: true, CacheTtlInSeconds: 5}
  Prod:
    Type: AWS::ApiGateway::Stage
    Properties:
      RestApiId: !Ref Api
      DeploymentId: !Ref Made
      StageName: prod
      CacheClusterEnabled: true
      CacheClusterSize: '0.5'
      TracingEnabled: true
      Variables: {a: b}
      CanarySetting: {PercentTraffic: 5, DeploymentId: d, StageVariableOverrides: {a: c}}
      MethodSettings: [{ResourcePath: /*, HttpMethod: '*', LoggingLevel: INFO, ThrottlingRateLimit: 1.5}]
  Key:
    Type: AWS::ApiGateway::ApiKey
    Properties: {Name: k, Enabled: true, Value: xxxxxxxxxxxxxxxxxxxxxxxx, StageKeys: [{RestApiId: !Ref Api}]}
  Plan:
    Type: AWS::ApiGateway::UsagePlan
    Properties:
      UsagePlanName: p
      ApiStages: [{ApiId: !Ref Api, Stage: prod, Throttle: {/part/GET: {RateLimit: 1, BurstLimit: 1}}}]
      Quota: {Limit: 1, Period: DAY, Offset: 0}
      Throttle: {RateLimit: 1, BurstLimit: 1}
  Opens:
    Type: AWS::ApiGateway::UsagePlanKey
    Properties: {KeyId: !Ref Key, KeyType: API_KEY, UsagePlanId: !Ref Plan}
  Domain:
    Type: AWS::ApiGateway::DomainName
    Properties: {DomainName: d.example, CertificateArn: a}
  Base:
    Type: AWS::ApiGateway::BasePathMapping
    Properties: {DomainName: !Ref Domain, BasePath: v1, RestApiId: !Ref Api, Stage: prod}
  Base2:
    Type: AWS::ApiGateway::BasePathMappingV2
    Properties: {DomainNameArn: !GetAtt Domain.DomainNameArn, RestApiId: !Ref Api, Stage: prod}
  Link: {Type: 'AWS::ApiGateway::VpcLink', Properties: {Name: l, TargetArns: [a]}}
  Pets: {Type: 'AWS::Lambda::Function', Properties: {FunctionName: !Sub '${Env}-pets'}}
  First: {Type: 'AWS::Lambda::Version', Properties: {FunctionName: !Ref Pets}}
  Live: {Type: 'AWS::Lambda::Alias', Properties: {Name: live, FunctionName: !Ref Pets}}
""").data

OPTIONS = {"parameters": {"Stored": "v", "Env": "a"}, "imports": {"net": "n"}}


def nested(container):
    for _ in range(100):
        container = {"a": container} if isinstance(container, dict) else [container]
    return container


EVIL = [
    None,
    True,
    False,
    0,
    -1,
    1.5,
    10**30,
    10**300,
    "",
    "x",
    "${",
    "(((",
    "\N{RIGHT-TO-LEFT OVERRIDE}\0",
    "a" * 5000,
    "{{resolve:ssm:x}}",
    [],
    {},
    [None],
    [[]],
    [{}],
    ["x", None, 1],
    {"a": None},
    {"": ""},
    {"x": {"y": []}},
    nested({}),
    nested([]),
    {"Ref": "Nobody"},
    {"Ref": None},
    {"Ref": "AWS::NoValue"},
    {"Ref": "Key"},
    {"Ref": "Api", "Fn::Sub": "x"},
    {"Fn::GetAtt": ["Get", "Arn"]},
    {"Fn::GetAtt": ["Api", None]},
    {"Fn::Sub": ["${a}", {"a": None}]},
    {"Fn::Join": []},
    {"Fn::If": ["A", "b", {"Ref": "AWS::NoValue"}]},
    {"Fn::Select": [0, None]},
    {"Fn::Cidr": ["::/0", 256, 0]},
    {"Fn::FindInMap": [None, None, None]},
    {"Fn::Transform": {"Name": "AWS::Include", "Parameters": {"Location": 5}}},
    {"Fn::Transform": []},
    {"Fn::ForEach::X": [1]},
]
STRIDE = 14
"""Each place gets every fourteenth of them, beginning with another one than its neighbour."""


def places(value, path=()):
    if path:
        yield path
    if isinstance(value, dict):
        for key, member in value.items():
            yield from places(member, (*path, key))
    elif isinstance(value, list):
        for index, member in enumerate(value):
            yield from places(member, (*path, index))


def replaced(path, value):
    document = copy.copy(TEMPLATE)
    holder = document
    for step in path[:-1]:
        holder[step] = copy.copy(holder[step])
        holder = holder[step]
    holder[path[-1]] = value
    return document


PARTS = [*(section for section in TEMPLATE if section != "Resources"), *TEMPLATE["Resources"]]


def wrong_end(document, **options):
    """What the load ends in that it must not; None for a definition, and for problems that have a place."""
    try:
        found = load_definition(document, **options)
    except ConfigError as error:
        places_of = [problem.place.path for problem in error.problems]
        return None if places_of and all(path.startswith("$") for path in places_of) else str(error)
    return None if found.api.name else "no name"


def test_the_template_of_these_tests_is_sound():
    assert set(load_definition(TEMPLATE, **OPTIONS).stages) == {"made", "prod"}


@pytest.mark.parametrize("part", PARTS)
def test_anything_may_stand_anywhere(part):
    beginning = ("Resources", part) if part in TEMPLATE["Resources"] else (part,)
    inside = [path for path in places(TEMPLATE) if path[: len(beginning)] == beginning]
    for number, path in enumerate(inside):
        for evil in EVIL[number % STRIDE :: STRIDE]:
            assert wrong_end(replaced(path, evil), **OPTIONS) is None, (path, evil)


@pytest.mark.parametrize("option", ["parameters", "imports", "resources"])
def test_anything_may_be_given(option):
    for name in ("Stored", "Env", "Count", "Zones", "net", "Api", "Pets.Arn"):
        for evil in EVIL[::3]:
            given = {**OPTIONS.get(option, {}), name: evil}
            assert wrong_end(TEMPLATE, **{**OPTIONS, option: given}) is None, (name, evil)
