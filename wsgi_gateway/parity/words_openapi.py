"""Where the fields stand in OpenAPI and Swagger: the words of every kind of object, as a table.

::

    operation
      operationId | MethodConfig.operation_name
      parameters | MethodConfig.request_parameters | parameter

reads as: in an operation the member ``operationId`` is that field of the model; below ``parameters`` stand
objects of the kind ``parameter`` (``{parameter}`` would be a mapping from names to them). What has no kind
is one field with all that is below it; ``*`` is any other word of a kind.

Not for: what the words do; :mod:`wsgi_gateway.parity.fields` and :mod:`wsgi_gateway.parity.forms` say that.

Source: https://spec.openapis.org/oas/v3.1.0, https://swagger.io/specification/v2/,
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-swagger-extensions.html
"""

from __future__ import annotations

WORDS = """
document
  openapi swagger | openapi.version
  info | openapi.text | info
  servers | openapi.base-path | server
  basePath | openapi.base-path
  host schemes | openapi.address
  paths | RestApiConfig.resources | {path-item}
  components | openapi.text | components
  definitions | RestApiConfig.models | {schema}
  parameters | MethodConfig.request_parameters | {parameter}
  responses | MethodConfig.method_responses | {response}
  securityDefinitions | RestApiConfig.authorizers | {scheme}
  security | MethodConfig.authorizer
  consumes | MethodConfig.request_models
  produces | MethodResponseConfig.response_models
  tags | openapi.text | tag
  externalDocs jsonSchemaDialect | openapi.text
  webhooks | openapi.webhooks
  x-amazon-apigateway-api-key-source | RestApiConfig.api_key_source
  x-amazon-apigateway-binary-media-types | RestApiConfig.binary_media_types
  x-amazon-apigateway-endpoint-configuration | openapi.endpoint-type | endpoint
  x-amazon-apigateway-gateway-responses | RestApiConfig.gateway_responses | {gateway-response}
  x-amazon-apigateway-minimum-compression-size | RestApiConfig.minimum_compression_size
  x-amazon-apigateway-policy | RestApiConfig.policy
  x-amazon-apigateway-request-validator | MethodConfig.request_validator
  x-amazon-apigateway-request-validators | RestApiConfig.request_validators | {validator}
  x-amazon-apigateway-cors x-amazon-apigateway-importexport-version | openapi.http-apis
  x-amazon-apigateway-documentation | openapi.documentation
  x-amazon-apigateway-security-policy x-amazon-apigateway-endpoint-access-mode | openapi.tls

info
  title | RestApiConfig.name
  version | RestApiConfig.version
  description | RestApiConfig.description
  summary termsOfService contact license | openapi.text

tag
  name description externalDocs | openapi.text
  x-amazon-apigateway-tag-value | openapi.http-apis

server
  url variables description | openapi.base-path
  x-amazon-apigateway-endpoint-configuration | openapi.endpoint-type | endpoint

endpoint
  types ipAddressType | openapi.endpoint-type
  disableExecuteApiEndpoint vpcEndpointIds | openapi.endpoint-closed

components
  schemas | RestApiConfig.models | {schema}
  parameters | MethodConfig.request_parameters | {parameter}
  responses | MethodConfig.method_responses | {response}
  requestBodies | MethodConfig.request_models | {request-body}
  headers | MethodResponseConfig.response_parameters
  securitySchemes | RestApiConfig.authorizers | {scheme}
  pathItems | RestApiConfig.resources | {path-item}
  examples links callbacks | openapi.text
  x-amazon-apigateway-integrations | MethodConfig.integration | {integration}

path-item
  summary description | openapi.text
  servers | openapi.inner-servers
  parameters | MethodConfig.request_parameters | parameter
  get put post delete options head patch | MethodConfig.http_method | operation
  x-amazon-apigateway-any-method | MethodConfig.http_method | operation
  trace | openapi.trace

operation
  tags summary description externalDocs deprecated | openapi.text
  operationId | MethodConfig.operation_name
  parameters | MethodConfig.request_parameters | parameter
  requestBody | MethodConfig.request_models | request-body
  responses | MethodConfig.method_responses | {response}
  callbacks | openapi.callbacks
  security | MethodConfig.authorizer
  servers | openapi.inner-servers
  schemes | openapi.address
  consumes | MethodConfig.request_models
  produces | MethodResponseConfig.response_models
  x-amazon-apigateway-auth | MethodConfig.authorization_type
  x-amazon-apigateway-integration | MethodConfig.integration | integration
  x-amazon-apigateway-request-validator | MethodConfig.request_validator

parameter
  name in required | MethodConfig.request_parameters
  description | openapi.text
  schema deprecated allowEmptyValue style explode allowReserved example examples | openapi.parameter-type
  content type format items collectionFormat default maximum exclusiveMaximum minimum | openapi.parameter-type
  exclusiveMinimum maxLength minLength pattern maxItems minItems | openapi.parameter-type
  uniqueItems enum multipleOf | openapi.parameter-type

body-parameter
  name in | MethodConfig.request_models
  required | openapi.body-required
  description | openapi.text
  schema | MethodConfig.request_models | schema
  deprecated allowEmptyValue style explode allowReserved example examples content | openapi.parameter-type
  type format items collectionFormat default maximum exclusiveMaximum minimum | openapi.parameter-type
  exclusiveMinimum maxLength minLength pattern maxItems minItems | openapi.parameter-type
  uniqueItems enum multipleOf | openapi.parameter-type

request-body
  description | openapi.text
  required | openapi.body-required
  content | MethodConfig.request_models | {request-media}

request-media
  schema | MethodConfig.request_models | schema
  example examples encoding | openapi.text

response
  description summary links | openapi.text
  headers | MethodResponseConfig.response_parameters
  content | MethodResponseConfig.response_models | {response-media}
  schema | MethodResponseConfig.response_models | schema
  examples | openapi.text

response-media
  schema | MethodResponseConfig.response_models | schema
  example examples encoding | openapi.text

schema
  type multipleOf maximum exclusiveMaximum minimum maxLength minLength pattern | ModelConfig.schema
  uniqueItems maxProperties minProperties required enum dependencies | ModelConfig.schema
  format | openapi.format
  exclusiveMinimum maxItems minItems | openapi.schema-checked
  properties patternProperties definitions | ModelConfig.schema | {schema}
  items additionalItems additionalProperties not allOf anyOf oneOf | ModelConfig.schema | schema
  title description default example examples xml externalDocs deprecated | openapi.annotation
  $schema id $id $comment $vocabulary | openapi.annotation
  contentEncoding contentMediaType contentSchema | openapi.annotation
  nullable discriminator readOnly writeOnly const if then else contains | openapi.later-drafts
  propertyNames prefixItems dependentSchemas dependentRequired | openapi.later-drafts
  unevaluatedProperties unevaluatedItems $defs $anchor | openapi.later-drafts

scheme
  type name in | AuthorizerConfig.identity_source
  description | openapi.text
  scheme bearerFormat flows flow authorizationUrl tokenUrl scopes openIdConnectUrl | openapi.text
  x-amazon-apigateway-authtype | AuthorizerConfig.auth_type
  x-amazon-apigateway-authorizer | RestApiConfig.authorizers | authorizer

authorizer
  type | AuthorizerConfig.type
  authorizerUri | AuthorizerConfig.authorizer_uri
  authorizerCredentials | AuthorizerConfig.authorizer_credentials
  identitySource | AuthorizerConfig.identity_source
  identityValidationExpression | AuthorizerConfig.identity_validation_expression
  authorizerResultTtlInSeconds | AuthorizerConfig.authorizer_result_ttl_in_seconds
  providerARNs | AuthorizerConfig.provider_arns
  jwtConfiguration | AuthorizerConfig.jwt_configuration | jwt
  authorizerPayloadFormatVersion enableSimpleResponses | openapi.http-apis

jwt
  issuers | JwtConfig.issuers | issuer
  defaultAlgorithms | JwtConfig.default_algorithms

issuer
  issuer | JwtIssuerConfig.issuer
  audiences | JwtIssuerConfig.audiences
  additionalClaims | JwtIssuerConfig.additional_claims | claim
  jwksUri | openapi.jwks-uri

claim
  claimName | JwtClaimConfig.claim_name
  required | JwtClaimConfig.required
  expectedValues format | JwtClaimConfig.expected_values

validator
  validateRequestBody | RequestValidatorConfig.validate_request_body
  validateRequestParameters | RequestValidatorConfig.validate_request_parameters

gateway-response
  statusCode | GatewayResponseConfig.status_code
  responseParameters | GatewayResponseConfig.response_parameters
  responseTemplates | GatewayResponseConfig.response_templates

integration
  type | IntegrationConfig.type
  uri | IntegrationConfig.uri
  httpMethod | IntegrationConfig.http_method
  credentials | IntegrationConfig.credentials
  connectionType | IntegrationConfig.connection_type
  connectionId | IntegrationConfig.connection_id
  cacheKeyParameters | IntegrationConfig.cache_key_parameters
  cacheNamespace | IntegrationConfig.cache_namespace
  contentHandling | IntegrationConfig.content_handling
  passthroughBehavior | IntegrationConfig.passthrough_behavior
  requestParameters | IntegrationConfig.request_parameters
  requestTemplates | IntegrationConfig.request_templates
  responses | IntegrationConfig.integration_responses | {integration-response}
  timeoutInMillis | IntegrationConfig.timeout_in_millis
  tlsConfig | IntegrationConfig.insecure_skip_verification | tls
  responseTransferMode | IntegrationConfig.response_transfer_mode
  payloadFormatVersion | openapi.payload-format
  integrationTarget | openapi.private-integration
  integrationSubtype | openapi.http-api-integration

tls
  insecureSkipVerification | IntegrationConfig.insecure_skip_verification
  serverNameToVerify | openapi.server-name

integration-response
  statusCode | IntegrationResponseConfig.status_code
  responseParameters | IntegrationResponseConfig.response_parameters
  responseTemplates | IntegrationResponseConfig.response_templates
  contentHandling | IntegrationResponseConfig.content_handling
"""
"""The kinds of objects of OpenAPI documents; a document itself is of the kind ``document``."""
