"""Where the fields stand in CloudFormation and SAM: the words of every kind of object, as a table.

It reads as that of :mod:`wsgi_gateway.parity.words_openapi` does. Resources are of the kind of their type;
properties without effect are not repeated here, :data:`wsgi_gateway.sources.cfn_properties.KINDS` has them.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/AWS_ApiGateway.html,
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html
"""

from __future__ import annotations

WORDS = """
template
  AWSTemplateFormatVersion | template.version
  Description Metadata | template.text
  Parameters | template.parameters
  Rules | template.rules
  Mappings | template.mappings
  Conditions | template.conditions
  Transform | template.transform
  Resources | RestApiConfig.resources | {resource}
  Outputs Hooks | template.stack
  Globals | sam.generated | globals

globals
  Api | sam.generated | AWS::Serverless::Api
  Function | sam.generated | AWS::Serverless::Function
  * | template.other-resource

resource
  Type | template.type
  Properties | template.other-resource
  Condition | template.resource-condition
  Metadata | template.text
  DependsOn CreationPolicy UpdatePolicy DeletionPolicy UpdateReplacePolicy Version | template.lifecycle
  * | template.lifecycle

AWS::ApiGateway::RestApi
  ApiKeySourceType | RestApiConfig.api_key_source
  BinaryMediaTypes | RestApiConfig.binary_media_types
  Body | template.body | document
  BodyS3Location | template.body
  Description | RestApiConfig.description
  DisableExecuteApiEndpoint | template.endpoint-type
  EndpointConfiguration | template.endpoint-type | AWS::ApiGateway::RestApi.EndpointConfiguration
  FailOnWarnings | template.fail-on-warnings
  Mode Parameters | template.import
  MinimumCompressionSize | RestApiConfig.minimum_compression_size
  Name | RestApiConfig.name
  Policy | RestApiConfig.policy
  Version | RestApiConfig.version

AWS::ApiGateway::RestApi.EndpointConfiguration
  Types IpAddressType | template.endpoint-type
  VpcEndpointIds | template.endpoint-closed

AWS::ApiGateway::Resource
  ParentId PathPart RestApiId | RestApiConfig.resources

AWS::ApiGateway::Model
  RestApiId | template.api
  Name | ModelConfig.name
  ContentType | ModelConfig.content_type
  Description | ModelConfig.description
  Schema | ModelConfig.schema | schema

AWS::ApiGateway::RequestValidator
  RestApiId | template.api
  Name | RequestValidatorConfig.name
  ValidateRequestBody | RequestValidatorConfig.validate_request_body
  ValidateRequestParameters | RequestValidatorConfig.validate_request_parameters

AWS::ApiGateway::GatewayResponse
  RestApiId | template.api
  ResponseType | GatewayResponseConfig.response_type
  ResponseParameters | GatewayResponseConfig.response_parameters
  ResponseTemplates | GatewayResponseConfig.response_templates
  StatusCode | GatewayResponseConfig.status_code

AWS::ApiGateway::Authorizer
  RestApiId | template.api
  Name | AuthorizerConfig.name
  Type | AuthorizerConfig.type
  AuthType | AuthorizerConfig.auth_type
  AuthorizerCredentials | AuthorizerConfig.authorizer_credentials
  AuthorizerResultTtlInSeconds | AuthorizerConfig.authorizer_result_ttl_in_seconds
  AuthorizerUri | AuthorizerConfig.authorizer_uri
  IdentitySource | AuthorizerConfig.identity_source
  IdentityValidationExpression | AuthorizerConfig.identity_validation_expression
  ProviderARNs | AuthorizerConfig.provider_arns
  JwtConfiguration | AuthorizerConfig.jwt_configuration

AWS::ApiGateway::Method
  RestApiId | template.api
  ResourceId | RestApiConfig.resources
  HttpMethod | MethodConfig.http_method
  ApiKeyRequired | MethodConfig.api_key_required
  AuthorizationScopes | MethodConfig.authorization_scopes
  AuthorizationType | MethodConfig.authorization_type
  AuthorizerId | MethodConfig.authorizer
  Integration | MethodConfig.integration | AWS::ApiGateway::Method.Integration
  MethodResponses | MethodConfig.method_responses | AWS::ApiGateway::Method.MethodResponse
  OperationName | MethodConfig.operation_name
  RequestModels | MethodConfig.request_models
  RequestParameters | MethodConfig.request_parameters
  RequestValidatorId | MethodConfig.request_validator

AWS::ApiGateway::Method.MethodResponse
  StatusCode | MethodResponseConfig.status_code
  ResponseModels | MethodResponseConfig.response_models
  ResponseParameters | MethodResponseConfig.response_parameters

AWS::ApiGateway::Method.Integration
  CacheKeyParameters | IntegrationConfig.cache_key_parameters
  CacheNamespace | IntegrationConfig.cache_namespace
  ConnectionId | IntegrationConfig.connection_id
  ConnectionType | IntegrationConfig.connection_type
  ContentHandling | IntegrationConfig.content_handling
  Credentials | IntegrationConfig.credentials
  IntegrationHttpMethod | IntegrationConfig.http_method
  IntegrationResponses | IntegrationConfig.integration_responses | AWS::ApiGateway::Method.IntegrationResponse
  IntegrationTarget | template.private-integration
  PassthroughBehavior | IntegrationConfig.passthrough_behavior
  RequestParameters | IntegrationConfig.request_parameters
  RequestTemplates | IntegrationConfig.request_templates
  ResponseTransferMode | IntegrationConfig.response_transfer_mode
  TimeoutInMillis | IntegrationConfig.timeout_in_millis
  Type | IntegrationConfig.type
  Uri | IntegrationConfig.uri

AWS::ApiGateway::Method.IntegrationResponse
  ContentHandling | IntegrationResponseConfig.content_handling
  ResponseParameters | IntegrationResponseConfig.response_parameters
  ResponseTemplates | IntegrationResponseConfig.response_templates
  SelectionPattern | IntegrationResponseConfig.selection_pattern
  StatusCode | IntegrationResponseConfig.status_code

AWS::ApiGateway::Deployment
  RestApiId | template.api
  StageName | StageConfig.stage_name
  DeploymentCanarySettings | StageConfig.canary_settings | AWS::ApiGateway::Stage.CanarySetting
  StageDescription | StageConfig.method_settings | AWS::ApiGateway::Deployment.StageDescription

AWS::ApiGateway::Deployment.StageDescription
  CacheClusterEnabled | StageConfig.cache_cluster_enabled
  CacheClusterSize | StageConfig.cache_cluster_size
  CanarySetting | StageConfig.canary_settings | AWS::ApiGateway::Stage.CanarySetting
  MethodSettings | StageConfig.method_settings | AWS::ApiGateway::Stage.MethodSetting
  TracingEnabled | StageConfig.tracing_enabled
  Variables | StageConfig.variables
  CacheDataEncrypted | MethodSettingConfig.cache_data_encrypted
  CacheTtlInSeconds | MethodSettingConfig.cache_ttl_in_seconds
  CachingEnabled | MethodSettingConfig.caching_enabled
  DataTraceEnabled | MethodSettingConfig.data_trace_enabled
  LoggingLevel | MethodSettingConfig.logging_level
  MetricsEnabled | MethodSettingConfig.metrics_enabled
  ThrottlingBurstLimit | MethodSettingConfig.throttling_burst_limit
  ThrottlingRateLimit | MethodSettingConfig.throttling_rate_limit

AWS::ApiGateway::Stage
  RestApiId | template.api
  StageName | StageConfig.stage_name
  DeploymentId | StageConfig.deployment_id
  CacheClusterEnabled | StageConfig.cache_cluster_enabled
  CacheClusterSize | StageConfig.cache_cluster_size
  CanarySetting | StageConfig.canary_settings | AWS::ApiGateway::Stage.CanarySetting
  MethodSettings | StageConfig.method_settings | AWS::ApiGateway::Stage.MethodSetting
  TracingEnabled | StageConfig.tracing_enabled
  Variables | StageConfig.variables

AWS::ApiGateway::Stage.CanarySetting
  DeploymentId | CanarySettingsConfig.deployment_id
  PercentTraffic | CanarySettingsConfig.percent_traffic
  StageVariableOverrides | CanarySettingsConfig.stage_variable_overrides
  UseStageCache | CanarySettingsConfig.use_stage_cache

AWS::ApiGateway::Stage.MethodSetting
  HttpMethod ResourcePath | StageConfig.method_settings
  CacheDataEncrypted | MethodSettingConfig.cache_data_encrypted
  CacheTtlInSeconds | MethodSettingConfig.cache_ttl_in_seconds
  CachingEnabled | MethodSettingConfig.caching_enabled
  DataTraceEnabled | MethodSettingConfig.data_trace_enabled
  LoggingLevel | MethodSettingConfig.logging_level
  MetricsEnabled | MethodSettingConfig.metrics_enabled
  ThrottlingBurstLimit | MethodSettingConfig.throttling_burst_limit
  ThrottlingRateLimit | MethodSettingConfig.throttling_rate_limit

AWS::ApiGateway::ApiKey
  Enabled | ApiKeyConfig.enabled
  Name | ApiKeyConfig.name
  Value | ApiKeyConfig.value

AWS::ApiGateway::UsagePlan
  UsagePlanName | UsagePlanConfig.name
  ApiStages | UsagePlanConfig.api_stages | AWS::ApiGateway::UsagePlan.ApiStage
  Quota | UsagePlanConfig.quota | AWS::ApiGateway::UsagePlan.Quota
  Throttle | UsagePlanConfig.throttle | AWS::ApiGateway::UsagePlan.Throttle

AWS::ApiGateway::UsagePlan.ApiStage
  ApiId | ApiStageConfig.api_id
  Stage | ApiStageConfig.stage
  Throttle | ApiStageConfig.throttle | {AWS::ApiGateway::UsagePlan.Throttle}

AWS::ApiGateway::UsagePlan.Quota
  Limit | QuotaConfig.limit
  Offset | QuotaConfig.offset
  Period | QuotaConfig.period

AWS::ApiGateway::UsagePlan.Throttle
  BurstLimit | ThrottleConfig.burst_limit
  RateLimit | ThrottleConfig.rate_limit

AWS::ApiGateway::UsagePlanKey
  KeyId UsagePlanId | UsagePlanConfig.keys
  KeyType | template.key-type

AWS::ApiGateway::BasePathMapping
  DomainName BasePath RestApiId Stage | template.domain

AWS::ApiGateway::BasePathMappingV2
  DomainNameArn BasePath RestApiId Stage | template.domain

AWS::ApiGateway::DomainName
  DomainName | template.domain

AWS::ApiGateway::DomainNameV2
  DomainName | template.domain

AWS::Serverless::Api
  DefinitionBody | template.body | document
  DefinitionUri | template.body
  StageName | StageConfig.stage_name
  Variables | StageConfig.variables
  BinaryMediaTypes | RestApiConfig.binary_media_types
  MinimumCompressionSize | RestApiConfig.minimum_compression_size
  ApiKeySourceType | RestApiConfig.api_key_source
  Name | RestApiConfig.name
  Description | RestApiConfig.description
  Models | RestApiConfig.models | {schema}
  GatewayResponses | RestApiConfig.gateway_responses | {AWS::ApiGateway::GatewayResponse}
  CacheClusterEnabled | StageConfig.cache_cluster_enabled
  CacheClusterSize | StageConfig.cache_cluster_size
  CanarySetting | StageConfig.canary_settings | AWS::ApiGateway::Stage.CanarySetting
  MethodSettings | StageConfig.method_settings | AWS::ApiGateway::Stage.MethodSetting
  TracingEnabled | StageConfig.tracing_enabled
  OpenApiVersion MergeDefinitions | sam.generated
  Mode | template.import
  FailOnWarnings | template.fail-on-warnings
  Policy | RestApiConfig.policy
  Auth | sam.generated | AWS::Serverless::Api.Auth
  Cors | sam.generated | AWS::Serverless::Api.Cors
  Domain | template.domain | AWS::Serverless::Api.Domain
  AccessLogSetting | AWS::ApiGateway::Stage.AccessLogSetting
  Tags | AWS::ApiGateway::RestApi.Tags
  SecurityPolicy | AWS::ApiGateway::RestApi.SecurityPolicy
  EndpointAccessMode | AWS::ApiGateway::RestApi.EndpointAccessMode
  EndpointConfiguration DisableExecuteApiEndpoint | template.endpoint-type
  AlwaysDeploy PropagateTags | sam.stack

AWS::Serverless::Function
  CodeUri Environment Handler InlineCode Layers MemorySize PackageType Timeout | template.code
  Runtime | sam.runtime
  FunctionName | template.function-name
  AutoPublishAlias | sam.generated
  Events | sam.event | {event}
  * | template.other-resource

AWS::Serverless::LayerVersion
  ContentUri | template.code
  * | template.other-resource

AWS::Serverless::StateMachine
  Events | sam.event | {event}
  * | template.other-resource

AWS::Lambda::Function
  Code Environment Handler Layers MemorySize PackageType Runtime Timeout | template.code
  FunctionName | template.function-name
  * | template.other-resource

AWS::Lambda::LayerVersion
  Content | template.code
  * | template.other-resource

event
  Type | sam.event
  Properties | sam.event
  * | template.other-resource

other-event
  * | template.other-resource
"""
"""The kinds of objects of templates; a template itself is of the kind ``template``."""
