"""``lint`` of CloudFormation templates: mapping templates of methods, and of definitions inside of them."""

from __future__ import annotations

from wsgi_gateway.cli.lint_sources import read

TEMPLATE = """\
Resources:
  Get:
    Type: AWS::ApiGateway::Method
    Properties:
      Integration:
        Type: AWS
        RequestTemplates:
          application/json: |
            {"a": $input.json('$.a')}
            #if(
        IntegrationResponses:
          - StatusCode: 200
            ResponseTemplates:
              application/json: "#else"
              text/plain: !Sub "#end ${Get}"
  Proxy:
    Type: AWS::ApiGateway::Method
    Properties: {Integration: {Type: AWS_PROXY, RequestTemplates: {application/json: "#if("}}}
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      Body:
        paths:
          /:
            get:
              x-amazon-apigateway-integration: {type: mock, requestTemplates: {application/json: "#end"}}
"""


def test_templates_of_a_template_are_found_with_their_lines(tmp_path):
    path = tmp_path / "stack.yaml"
    path.write_text(TEMPLATE)
    told = [one.problem for one in read(str(path), TEMPLATE.encode())]
    assert {(problem.code, problem.place.line) for problem in told} == {
        ("syntax", 10),
        ("syntax", 14),
        ("syntax", 26),
    }


def test_a_template_without_mistakes_has_none(tmp_path):
    path = tmp_path / "stack.yaml"
    path.write_text("Resources: {Integration: [1], A: {Properties: {Integration: 5}}}\n")
    assert not list(read(str(path), path.read_bytes()))
