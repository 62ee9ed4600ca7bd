"""The ledger of the model: what becomes of every field of the config classes, and what stands behind that.

``FIELDS["IntegrationConfig.uri"]`` is its :class:`~wsgi_gateway.parity.marks.Entry`. A test holds this table
against the classes themselves, the files that it names, and what a load warns of.

Not for: words of documents that no field of the model has; :mod:`wsgi_gateway.parity.forms` has those.

Source: the page of AWS's API reference that each block names.
"""

from __future__ import annotations

from collections.abc import Mapping

from wsgi_gateway.parity.marks import Entry, entries

_API = "https://docs.aws.amazon.com/apigateway/latest/api/API_"

_FIELDS = f"""
RestApiConfig {_API}RestApi.html
  name | as-aws | sources/test_openapi exports/test_export | a name for people
  id | as-aws | test_mount config/test_check | stands in ARNs and $context.apiId; AWS gives one, here it
      is given
  version | as-aws | exports/test_export | a text for people
  description | as-aws | exports/test_export | a text for people
  resources | as-aws | c:routing test_router | paths and verbs
  models | as-aws | c:request_validation mapping/test_models | JSON Schema, draft 4
  request_validators | as-aws | c:request_validation sources/test_openapi
  authorizers | as-aws | c:authorizers lifecycle/test_authorizer
  gateway_responses | as-aws | c:gateway_responses lifecycle/test_gateway_responses
  api_keys | as-aws | c:api_keys lifecycle/test_usage_plan
  usage_plans | as-aws | c:api_keys test_gateway
  api_key_source | as-aws | c:authorizers lifecycle/test_usage_plan
  binary_media_types | as-aws | c:binary lifecycle/test_content_handling
  minimum_compression_size | as-aws | lifecycle/test_content_encoding
  policy | as-aws | lifecycle/test_resource_policy authorizers/test_policy_tables authorizers/test_policy

MethodConfig {_API}Method.html
  http_method | as-aws | c:routing test_router test_gateway | ANY stands for all seven
  authorization_type | as-aws | test_gateway sources/test_openapi_security
  authorizer | as-aws | c:authorizers lifecycle/test_authorizer sources/test_openapi_security
  authorization_scopes | as-aws | sources/test_openapi_security config/test_check
  api_key_required | as-aws | c:api_keys lifecycle/test_usage_plan
  operation_name | as-aws | sources/test_openapi | a name for people and clients
  request_validator | as-aws | c:request_validation config/test_check
  request_parameters | as-aws | c:request_validation lifecycle/test_method_request
  request_models | as-aws | c:request_validation lifecycle/test_method_request
  method_responses | as-aws | config/test_check test_gateway
  integration | as-aws | c:http_integration test_gateway | without one the request goes to the wrapped app

MethodResponseConfig {_API}MethodResponse.html
  status_code | as-aws | c:response_selection lifecycle/test_method_response
  response_parameters | as-aws | c:parameter_mapping sources/test_openapi | whether one is
      required is not enforced, there or here
  response_models | as-aws | exports/test_export | for clients and documents; validated neither there
      nor here

ModelConfig {_API}Model.html
  name | as-aws | sources/test_openapi exports/test_export
  schema | as-aws | c:request_validation mapping/test_model_keywords mapping/test_models
  content_type | as-aws | exports/test_export
  description | as-aws | exports/test_export | a text for people

RequestValidatorConfig {_API}RequestValidator.html
  name | as-aws | c:request_validation sources/test_openapi
  validate_request_body | as-aws | c:request_validation lifecycle/test_method_request
  validate_request_parameters | as-aws | c:request_validation lifecycle/test_method_request

IntegrationConfig {_API}Integration.html
  type | as-aws | c:http_integration c:mock_integration c:aws_services c:lambda_custom test_gateway
  http_method | as-aws | c:http_integration integrations/test_http_sending
  uri | as-aws | c:http_integration c:load_errors integrations/test_lambda_uri
      integrations/test_http_sending
  credentials | as-aws | c:aws_services integrations/test_aws_roles integrations/test_aws_in_gateway |
      of services; functions run with the rights of this process, and a warning says so
  connection_type | as-aws | config/test_check
  connection_id | without-effect | config/test_check | the backend is called directly by its URI
  request_parameters | as-aws | c:parameter_mapping lifecycle/test_integration_request
  request_templates | as-aws | c:passthrough c:vtl_input lifecycle/test_integration_request
  passthrough_behavior | as-aws | c:passthrough lifecycle/test_integration_request
  content_handling | as-aws | c:binary lifecycle/test_content_handling
  timeout_in_millis | as-aws | c:http_integration config/test_check | 50
      to 29,000; up to 900,000 as AWS raises the quota; plain callables and WSGI apps are not given up on
  cache_namespace | as-aws | test_caching | of a cache; without one it does nothing, there or here
  cache_key_parameters | as-aws | test_caching sources/test_openapi
  integration_responses | as-aws | c:response_selection test_gateway
  insecure_skip_verification | as-aws | integrations/test_http_tls
  response_transfer_mode | as-aws | integrations/test_lambda_stream integrations/test_http_streaming

IntegrationResponseConfig {_API}IntegrationResponse.html
  status_code | as-aws | c:response_selection lifecycle/test_integration_response
  selection_pattern | as-aws | lifecycle/test_error_message_selection
  response_parameters | as-aws | c:parameter_mapping lifecycle/test_integration_response
  response_templates | as-aws | c:vtl_input lifecycle/test_integration_response
  content_handling | as-aws | c:binary lifecycle/test_content_handling

AuthorizerConfig {_API}Authorizer.html
  name | as-aws | c:authorizers sources/test_openapi_security
  type | as-aws | c:authorizers lifecycle/test_authorizer_tokens
  authorizer_uri | as-aws | c:authorizers sources/test_openapi_security
  authorizer_credentials | without-effect | sources/test_openapi_security | functions are called with
      the rights of this process
  identity_source | as-aws | authorizers/test_lambda_function
  identity_validation_expression | as-aws | authorizers/test_lambda_function authorizers/test_jwt_cognito
  authorizer_result_ttl_in_seconds | as-aws | c:authorizers lifecycle/test_authorizer
  provider_arns | as-aws | lifecycle/test_authorizer_tokens authorizers/test_jwt_cognito
  jwt_configuration | as-aws | lifecycle/test_authorizer_tokens
  auth_type | as-aws | exports/test_export sources/test_openapi_security | a text that only documents show

JwtConfig {_API}Authorizer.html
  issuers | as-aws | lifecycle/test_authorizer_tokens authorizers/test_jwt_issuers
  default_algorithms | as-aws | lifecycle/test_authorizer_tokens

JwtIssuerConfig {_API}Authorizer.html
  issuer | as-aws | authorizers/test_jwt_issuers
  audiences | as-aws | authorizers/test_jwt_issuers
  additional_claims | as-aws | authorizers/test_jwt_issuers

JwtClaimConfig {_API}Authorizer.html
  claim_name | as-aws | lifecycle/test_authorizer_tokens
  required | as-aws | authorizers/test_jwt_issuers
  expected_values | as-aws | authorizers/test_jwt_issuers

GatewayResponseConfig {_API}GatewayResponse.html
  response_type | as-aws | c:gateway_responses lifecycle/test_gateway_responses
  status_code | as-aws | c:gateway_responses lifecycle/test_gateway_responses
  response_parameters | as-aws | c:gateway_responses lifecycle/test_gateway_responses
  response_templates | as-aws | c:gateway_responses lifecycle/test_gateway_responses

ApiKeyConfig {_API}ApiKey.html
  id | as-aws | c:api_keys usage/test_key_table
  value | as-aws | c:api_keys usage/test_key_table
  name | as-aws | c:api_keys usage/test_registry | a name for people
  enabled | as-aws | c:api_keys usage/test_key_table

UsagePlanConfig {_API}UsagePlan.html
  id | as-aws | c:api_keys usage/test_key_table
  name | as-aws | c:api_keys usage/test_registry | a name for people
  api_stages | as-aws | usage/test_plan_json config/test_check
  keys | as-aws | c:api_keys lifecycle/test_usage_plan
  throttle | as-aws | lifecycle/test_usage_plan usage/test_throttle
  quota | as-aws | c:api_keys lifecycle/test_usage_plan usage/test_quota
  shadow | beyond-aws | lifecycle/test_usage_plan | limits that are decided and never refuse

ApiStageConfig {_API}ApiStage.html
  stage | as-aws | lifecycle/test_usage_plan
  api_id | as-aws | usage/test_key_table lifecycle/test_usage_plan
  throttle | as-aws | lifecycle/test_usage_plan

QuotaConfig {_API}QuotaSettings.html
  limit | as-aws | c:api_keys usage/test_quota
  period | as-aws | c:api_keys usage/test_quota
  offset | as-aws | usage/test_quota

ThrottleConfig {_API}ThrottleSettings.html
  rate_limit | as-aws | lifecycle/test_usage_plan usage/test_throttle
  burst_limit | as-aws | lifecycle/test_usage_plan usage/test_throttle

StageConfig {_API}Stage.html
  stage_name | as-aws | config/test_check_stage
  variables | as-aws | c:stages test_variables
  throttle | as-aws | config/test_check_method_settings lifecycle/test_usage_plan | limits of methods,
      as AWS's method settings have them
  overall_throttle | beyond-aws | usage/test_shared_limits lifecycle/test_usage_plan | one limit for all
      methods of a stage
  account_throttle | beyond-aws | usage/test_shared_limits lifecycle/test_usage_plan | what AWS sets for
      an account, set by its owner
  method_settings | as-aws | config/test_method_setting config/test_check_method_settings
  cache_cluster_enabled | as-aws | test_caching
  cache_cluster_size | without-effect | config/test_check_method_settings | every process keeps up to 64
      MiB of answers
  canary_settings | as-aws | test_canary
  tracing_enabled | without-effect | config/test_check_method_settings | trace ids are passed on, and
      nothing is sent to X-Ray
  deployment_id | as-aws | test_variables | what $context.deploymentId prints
  account_id | as-aws | test_variables config/test_check_stage | stands in ARNs and $context
  region | as-aws | authorizers/test_sigv4 config/test_check_stage | stands in ARNs and signatures

MethodSettingConfig {_API}MethodSetting.html
  caching_enabled | as-aws | config/test_method_setting lifecycle/test_response_cache
  cache_ttl_in_seconds | as-aws | config/test_method_setting lifecycle/test_response_cache
  cache_data_encrypted | without-effect | config/test_check_method_settings | cached answers lie in
      memory, and in the store as they are
  require_authorization_for_cache_control | as-aws | config/test_method_setting
      lifecycle/test_response_cache
  unauthorized_cache_control_header_strategy | as-aws | lifecycle/test_response_cache
  throttling_rate_limit | as-aws | config/test_check_method_settings
  throttling_burst_limit | as-aws | config/test_check_method_settings
  logging_level | without-effect | config/test_check_method_settings | there are no execution logs
  data_trace_enabled | without-effect | config/test_check_method_settings | there are no execution logs
  metrics_enabled | without-effect | config/test_check_method_settings | there are no metrics
  cache_per_caller | beyond-aws | test_caching lifecycle/test_response_cache | AWS shares answers
      between callers

CanarySettingsConfig {_API}CanarySettings.html
  percent_traffic | as-aws | c:stages test_canary
  deployment | beyond-aws | test_canary | AWS names a deployment, code gives the API itself
  deployment_id | as-aws | test_canary | what $context.deploymentId prints; a template has one API, which both
      deployments serve
  stage_variable_overrides | as-aws | c:stages test_canary
  use_stage_cache | as-aws | test_canary
"""

_CONDITIONS = """
IntegrationConfig
  type | wsgi(_proxy)? | beyond-aws | apps of this process
  uri | wsgi:.* | beyond-aws | apps of this process
  connection_type | vpc_link | without-effect | the backend is called over the network like any other
AuthorizerConfig
  auth_type | awssigv4 | as-aws | methods that name the scheme are of the type AWS_IAM
StageConfig
  tracing_enabled | false | as-aws | off, there and here
MethodSettingConfig
  cache_data_encrypted | false | as-aws | off, there and here
  data_trace_enabled | false | as-aws | off, there and here
  metrics_enabled | false | as-aws | off, there and here
  logging_level | off | as-aws | off, there and here
"""

FIELDS: Mapping[str, Entry] = entries(_FIELDS, _CONDITIONS)
"""Every field of the model by ``Class.field``, but for the places that problems are told at."""
