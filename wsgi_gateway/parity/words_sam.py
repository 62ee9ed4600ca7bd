"""Where the fields stand below the properties of SAM: the words of every kind of object, as a table.

It reads as that of :mod:`wsgi_gateway.parity.words_openapi` does. A test holds it against the schema that
comes with the translator; a word that a later translator knows, and this table does not, is unclassified.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-resource-api.html,
https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-api.html
"""

from __future__ import annotations

WORDS = """
AWS::Serverless::StateMachine
  Events | sam.event | {event}
  * | template.other-resource

AWS::Serverless::Api.Auth
  ApiKeyRequired AddApiKeyRequiredToCorsPreflight | MethodConfig.api_key_required
  DefaultAuthorizer AddDefaultAuthorizerToCorsPreflight | MethodConfig.authorizer
  InvokeRole | IntegrationConfig.credentials
  Authorizers | RestApiConfig.authorizers | {AWS::Serverless::Api.Authorizer}
  ResourcePolicy | RestApiConfig.policy | AWS::Serverless::Api.ResourcePolicy
  UsagePlan | sam.generated | AWS::Serverless::Api.UsagePlan

AWS::Serverless::Api.Authorizer
  UserPoolArn | AuthorizerConfig.provider_arns
  FunctionArn | AuthorizerConfig.authorizer_uri
  FunctionPayloadType | AuthorizerConfig.type
  FunctionInvokeRole | AuthorizerConfig.authorizer_credentials
  DisableFunctionDefaultPermissions | sam.stack
  AuthorizationScopes | MethodConfig.authorization_scopes
  Identity | AuthorizerConfig.identity_source | AWS::Serverless::Api.Identity

AWS::Serverless::Api.Identity
  Header Headers QueryStrings StageVariables Context | AuthorizerConfig.identity_source
  ReauthorizeEvery | AuthorizerConfig.authorizer_result_ttl_in_seconds
  ValidationExpression | AuthorizerConfig.identity_validation_expression

AWS::Serverless::Api.ResourcePolicy
  AwsAccountBlacklist AwsAccountWhitelist CustomStatements IntrinsicVpcBlacklist | RestApiConfig.policy
  IntrinsicVpcWhitelist IntrinsicVpceBlacklist IntrinsicVpceWhitelist | RestApiConfig.policy
  IpRangeBlacklist IpRangeWhitelist SourceVpcBlacklist SourceVpcWhitelist | RestApiConfig.policy

AWS::Serverless::Api.UsagePlan
  CreateUsagePlan | sam.generated
  UsagePlanName | UsagePlanConfig.name
  Description | AWS::ApiGateway::UsagePlan.Description
  Tags | AWS::ApiGateway::UsagePlan.Tags
  Quota | UsagePlanConfig.quota | AWS::ApiGateway::UsagePlan.Quota
  Throttle | UsagePlanConfig.throttle | AWS::ApiGateway::UsagePlan.Throttle

AWS::Serverless::Api.Cors
  AllowCredentials AllowHeaders AllowMethods AllowOrigin MaxAge | sam.generated

AWS::Serverless::Api.Domain
  DomainName BasePath NormalizeBasePath | template.domain
  CertificateArn | AWS::ApiGateway::DomainName.CertificateArn
  EndpointAccessMode | AWS::ApiGateway::DomainName.EndpointAccessMode
  EndpointConfiguration IpAddressType | AWS::ApiGateway::DomainName.EndpointConfiguration
  MutualTlsAuthentication | AWS::ApiGateway::DomainName.MutualTlsAuthentication
  OwnershipVerificationCertificateArn | AWS::ApiGateway::DomainName.OwnershipVerificationCertificateArn
  SecurityPolicy | AWS::ApiGateway::DomainName.SecurityPolicy
  Policy | AWS::ApiGateway::DomainNameV2.Policy
  AccessAssociation | AWS::ApiGateway::DomainNameAccessAssociation.AccessAssociationSource
  Route53 | sam.stack

event.Api
  Path Method RestApiId | sam.event
  Auth | sam.event | event.Api.Auth
  RequestModel | MethodConfig.request_models | event.Api.RequestModel
  RequestParameters | MethodConfig.request_parameters | {event.Api.RequestParameter}
  TimeoutInMillis | IntegrationConfig.timeout_in_millis
  ResponseTransferMode | IntegrationConfig.response_transfer_mode
  UnescapeMappingTemplate | sam.event

event.Api.Auth
  ApiKeyRequired | MethodConfig.api_key_required
  Authorizer | MethodConfig.authorizer
  AuthorizationScopes | MethodConfig.authorization_scopes
  InvokeRole | IntegrationConfig.credentials
  OverrideApiAuth | sam.event
  ResourcePolicy | RestApiConfig.policy | AWS::Serverless::Api.ResourcePolicy

event.Api.RequestModel
  Model Required | MethodConfig.request_models
  ValidateBody ValidateParameters | MethodConfig.request_validator

event.Api.RequestParameter
  Required | MethodConfig.request_parameters
  Caching | IntegrationConfig.cache_key_parameters
"""
"""The kinds of objects below AWS::Serverless::Api and events of type Api."""
