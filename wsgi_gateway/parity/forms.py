"""The ledger of words that no field of the model has: those that describe, and those of templates.

A mark with a star is told by the ledger alone: a load does not warn of every function and table that stands
in a template beside the API.

Not for: fields of the model (:mod:`wsgi_gateway.parity.fields`); properties of CloudFormation without effect,
which the reader's own table lists (:data:`wsgi_gateway.sources.cfn_properties.KINDS`).
"""

from __future__ import annotations

from collections.abc import Mapping

from wsgi_gateway.parity.marks import Entry, Mark, entries
from wsgi_gateway.sources.cfn_properties import KINDS

_GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide/"
_CLOUDFORMATION = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"
_SAM = "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/"
_TESTED = "parity/test_agreement"

_FORMS = f"""
openapi {_GUIDE}api-gateway-known-issues.html
  version | as-aws | sources/test_openapi sources/test_load | which form it is
  text | as-aws | sources/test_openapi | describes; changes no answer, there or here
  address | as-aws | sources/test_openapi | where the API is served is not decided by the document
  base-path | as-aws | c:import_basepath | as the import option basepath says
  inner-servers | as-aws | parity/test_ledger | servers of paths and operations are not read, there or
      here
  reference | as-aws | sources/test_openapi | stands for what it leads to, within the document
  parameter-type | as-aws | sources/test_openapi | of a parameter its name, place and whether it is
      required are kept
  body-required | as-aws | c:request_validation | an absent body is validated as {{}}
  foreign | as-aws | sources/test_openapi_strays | extensions of others are not read, there or here
  annotation | as-aws | mapping/test_models | describes; validates nothing, there or here
  schema-checked | beyond-aws | mapping/test_model_keywords | AWS's documentation calls it
      unsupported; here it is checked, as JSON Schema draft 4 says
  format | without-effect* | mapping/test_model_keywords | not checked; whether AWS does is not
      confirmed
  later-drafts | without-effect | {_TESTED} | JSON Schema draft 4, which models are, does not know it
  webhooks | without-effect | {_TESTED} | no requests come of them
  callbacks | without-effect | {_TESTED} | no requests come of them
  trace | without-effect | {_TESTED} | API Gateway has no TRACE methods
  http-apis | without-effect | {_TESTED} | it belongs to HTTP APIs
  documentation | without-effect | {_TESTED} | documentation parts are not kept
  tls | without-effect | {_TESTED} | TLS ends in the server in front
  endpoint-type | without-effect | {_TESTED} | the server decides where it listens
  endpoint-closed | without-effect | {_TESTED} | the server in front decides who reaches it
  private-integration | without-effect | {_TESTED} | the backend is called directly by its URI
  server-name | refused | {_TESTED} | a certificate is checked against the host of the URI
  http-api-integration | refused | {_TESTED} | it belongs to HTTP APIs
  payload-format | as-aws | {_TESTED} | REST APIs have 1.0
  jwks-uri | without-effect | {_TESTED} | AWS tells it and does not read it

template {_CLOUDFORMATION}template-anatomy.html
  version | as-aws | parity/test_ledger | which form it is
  text | as-aws | parity/test_ledger | describes; changes no answer, there or here
  parameters | as-aws | sources/test_cfn_parameters | values that are given when it is loaded
  mappings | as-aws | sources/test_intrinsics
  conditions | as-aws | sources/test_intrinsics
  transform | as-aws | parity/test_ledger | AWS::Include, AWS::LanguageExtensions and SAM are done here,
      others are refused
  loop | as-aws | sources/test_intrinsics_loops | the name and the values of an Fn::ForEach
  rules | without-effect | {_TESTED} | they check parameters before a stack is made
  stack | without-effect* | parity/test_ledger | of a stack; a definition makes none
  type | as-aws | sources/test_intrinsics
  resource-condition | as-aws | sources/test_intrinsics | whether the resource is there
  lifecycle | without-effect* | parity/test_ledger | of making and removing resources, which nobody does
      here
  other-resource | without-effect* | sources/test_cfn_names parity/test_ledger | no part of an API; what
      refers to it gets a name or an ARN
  code | beyond-aws | test_local_functions parity/test_ledger parity/test_nothing_silent | functions in
      Python run here, in processes of their own, where that is asked for
  function-name | as-aws | sources/test_cfn_names test_local_functions | the name in the ARN of a function
  import | as-aws | sources/test_cfn_body | how a Body is read
  fail-on-warnings | as-aws | sources/test_cfn_body | the warnings told here count, of which AWS has fewer;
      not those of what has no effect here alone
  body | as-aws | sources/test_cfn_body parity/test_ledger | an OpenAPI document; of BodyS3Location the
      file beside the template
  endpoint-type | without-effect | {_TESTED} | the server decides where it listens
  endpoint-closed | without-effect | {_TESTED} | the server decides who reaches it
  api | as-aws | sources/test_cloudformation | to which API it belongs
  domain | as-aws | sources/test_cfn_usage | which stages are served below which base paths
  private-integration | without-effect | {_TESTED} | the backend is called directly by its URI
  key-type | as-aws | {_TESTED} | API_KEY is the only one

sam {_SAM}sam-resource-api.html
  generated | as-aws | sources/test_sam sources/test_sam_names parity/test_sam parity/test_ledger | the
      resources that the translator makes of it are read
  event | as-aws | sources/test_sam sources/test_sam_events parity/test_ledger | a method and its AWS_PROXY
      integration; beside a definition of the author's own a permission, which nobody asks for here
  runtime | beyond-aws | test_local_functions parity/test_sam | functions of Python run here, where that is
      asked for
  stack | without-effect* | parity/test_ledger | of deploying; nothing is deployed here
"""

_CONDITIONS = """
sam
  runtime | nodejs.* | without-effect | functions of Python alone run here; lambdas= gives any other
  runtime | java.* | without-effect | functions of Python alone run here; lambdas= gives any other
  runtime | dotnet.* | without-effect | functions of Python alone run here; lambdas= gives any other
  runtime | ruby.* | without-effect | functions of Python alone run here; lambdas= gives any other
  runtime | go1.* | without-effect | functions of Python alone run here; lambdas= gives any other
  runtime | provided.* | without-effect | functions of Python alone run here; lambdas= gives any other
openapi
  endpoint-closed | false | as-aws | open, there and here
  payload-format | 2.* | without-effect | it belongs to HTTP APIs
"""


def _of_properties() -> dict[str, Entry]:
    """Properties that have no effect here, or are refused, by ``AWS::ApiGateway::Type.Property``."""
    found: dict[str, Entry] = {}
    for kind, row in KINDS.items():
        owner = f"AWS::ApiGateway::{kind}"
        page = f"{_CLOUDFORMATION}aws-resource-apigateway-{kind.lower()}.html"
        named = [(name, Mark.WITHOUT_EFFECT, why) for name, why in row.ignored.items()]
        named += [(name, Mark.REFUSED, why) for name, why in row.refused.items()]
        if row.why is not None:
            named += [(name, Mark.WITHOUT_EFFECT, row.why) for name in row.read.split()]
        for name, mark, why in named:
            found[f"{owner}.{name}"] = Entry(
                f"{owner}.{name}", mark, why, (_TESTED, "sources/test_cfn_properties", page)
            )
    return found


FORMS: Mapping[str, Entry] = {**entries(_FORMS, _CONDITIONS), **_of_properties()}
"""Every word by ``form.word``, and properties without effect by ``Type.Property``."""
