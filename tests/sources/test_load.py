"""``load``: which documents are taken, how all that is wrong with one is reported at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from wsgi_gateway import mount
from wsgi_gateway.config import RestApiConfig
from wsgi_gateway.errors import ConfigError
from wsgi_gateway.sources import load, load_definition

CASES = Path(__file__).parent.parent / "conformance" / "cases"
BACKEND = "127.0.0.1:8000"


def documents():
    for file in sorted(CASES.glob("*.json")):
        text = file.read_text().replace("${BACKEND}", f"http://{BACKEND}").replace("${BACKEND_HOST}", BACKEND)
        for case in json.loads(text)["cases"]:
            yield pytest.param(case, id=case["id"])


@pytest.mark.parametrize("case", list(documents()))
def test_every_conformance_document_loads_or_is_refused_in_the_words_of_aws(case, tmp_path):
    basepath = case.get("setup", {}).get("import", {}).get("basepath", "ignore")
    path = tmp_path / "api.json"
    path.write_text(json.dumps(case["openapi"]))
    if "load_error" not in case:
        assert load(case["openapi"], basepath=basepath) == load(path, basepath=basepath)
        return
    with pytest.raises(ConfigError) as caught:
        load(path, basepath=basepath)
    assert all(text in str(caught.value) for text in case["load_error"]["message_contains"])
    assert all(problem.place.line == 1 for problem in caught.value.problems)


def minimal(**members):
    return {"openapi": "3.0.1", "info": {"title": "t", "version": "1"}, "paths": {}, **members}


@pytest.mark.parametrize(
    "document",
    [
        pytest.param({"openapi": "3.0.1", "paths": {}}, id="OpenAPI 3.0"),
        pytest.param({"openapi": "3.1.0", "paths": {}}, id="OpenAPI 3.1"),
        pytest.param({"openapi": "3.1", "paths": {}}, id="OpenAPI without patch level"),
        pytest.param({"openapi": 3.1, "paths": {}}, id="a version that is a number"),
        pytest.param({"swagger": "2.0", "paths": {}}, id="Swagger 2.0"),
        pytest.param({"swagger": 2.0, "paths": {}}, id="Swagger version as a number"),
        pytest.param({"swagger": 2, "paths": {}}, id="Swagger version as a whole number"),
    ],
)
def test_versions_that_are_read(document):
    assert load(document) == RestApiConfig()


@pytest.mark.parametrize("version", ["2.0", "3.2.0", "4.0.0", "", "x", [], 3, True])
def test_other_versions_are_refused(version):
    with pytest.raises(ConfigError, match="document-version"):
        load({"openapi": version, "paths": {}})


@pytest.mark.parametrize(
    ("document", "text"),
    [
        pytest.param({}, "an OpenAPI 3.0, OpenAPI 3.1 or Swagger 2.0 document was expected", id="nothing"),
        pytest.param({"Resources": {}}, "At least one Resources member must be defined", id="CloudFormation"),
        pytest.param({"asyncapi": "2.0.0"}, "it starts with openapi", id="something else"),
        pytest.param({"openapi": "3.0.1"}, "there are no paths", id="no paths"),
    ],
)
def test_other_documents_are_refused_saying_what_was_expected(document, text):
    with pytest.raises(ConfigError, match=text):
        load(document)


def test_many_warnings_do_not_hide_an_error():
    schemas = {f"S{number}": {"nullable": True} for number in range(600)}
    document = minimal(components={"schemas": schemas}, **{"x-amazon-apigateway-policy": {}})
    warnings = []
    with pytest.raises(ConfigError, match="the resource policy: the policy document has no Statement"):
        load(document, warnings=warnings)
    assert len(warnings) == 500


def test_members_that_nobody_knows_are_not_looked_at_for_ever():
    strange = {f"colour-{number}": 1 for number in range(501)}
    with pytest.raises(ConfigError, match="too-many-unknown"):
        load(minimal(**strange))


@pytest.mark.parametrize("read", [load, load_definition, mount.gateway])
@pytest.mark.parametrize(
    ("option", "hint"), [("regions", "did you mean 'region'"), ("typo", "there are .*parameters")]
)
def test_an_option_that_means_nothing_is_refused(read, option, hint):
    with pytest.raises(ConfigError, match=f"the option '{option}' means nothing.*{hint}"):
        read({"openapi": "3.0.1"}, **{option: 1})


def test_an_unknown_basepath_mode_is_refused():
    with pytest.raises(ConfigError, match="basepath must be one of ignore, prepend, split"):
        load(minimal(), basepath="append")


def test_title_version_and_description_are_kept_as_written(tmp_path):
    path = tmp_path / "api.yaml"
    path.write_text("openapi: 3.0.1\ninfo: {title: 007, version: 1.10, description: no}\npaths: {}\n")
    api = load(path)
    assert (api.name, api.version, api.description) == ("007", "1.10", "no")


BAD = """\
openapi: 3.0.1
info: {title: bad, version: 1.0}
x-amazon-apigateway-request-validator: al
x-amazon-apigateway-request-validators:
  all: {validateRequestBody: yes}
paths:
  /pets:
    get:
      responses: {"200": {description: ok}}
      x-amazon-apigateway-integration:
        type: http
        httpMethod: GET
        uri: non-valid-http
        passthroughBehaviour: never
        responses:
          default: {statusCode: "200"}
          "404": {statusCode: 404}
    post:
      security: [{guard: []}]
      x-amazon-apigateway-integraton: {type: mock}
  /pets/{a}: {}
  /pets/{b}:
    delete:
      parameters:
        - {name: a, in: qery}
      x-amazon-apigateway-integration:
        type: aws_prxy
  /{all+}/x:
    get: {}
"""

EXPECTED = {
    ("request-validator", 3, 1),
    ("wrong-type", 5, 9),
    ("integration-field", 14, 9),
    ("integration-uri", 13, 9),
    ("security-scheme-unknown", 19, 19),
    ("extension-unknown", 20, 7),
    ("path-siblings", 22, 3),
    ("parameter", 25, 11),
    ("integration-type", 27, 9),
    ("path-greedy-child", 28, 3),
}


def test_everything_wrong_is_reported_at_once_with_line_and_column(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    with pytest.raises(ConfigError) as caught:
        load(path)
    found = {(problem.code, problem.place.line, problem.place.column) for problem in caught.value.problems}
    assert found == EXPECTED
    assert {problem.place.file for problem in caught.value.problems} == {str(path)}


def test_problems_come_in_the_order_of_the_document(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_text(BAD)
    with pytest.raises(ConfigError) as caught:
        load(path)
    lines = [problem.place.line for problem in caught.value.problems]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    "text",
    [
        "$.paths['/pets'].get['x-amazon-apigateway-integration'].uri: error: ",
        "Invalid HTTP endpoint specified for URI",
        "did you mean 'passthroughBehavior'?",
        "did you mean 'x-amazon-apigateway-integration'?",
        "did you mean 'AWS_PROXY'?",
        "did you mean 'all'?",
        "A sibling ({a}) of this resource already has a variable path part",
        "Cannot create a child of a resource with a greedy path variable: {all+}",
    ],
)
def test_a_problem_says_where_what_and_what_to_do(text):
    import yaml

    with pytest.raises(ConfigError) as caught:
        load(yaml.safe_load(BAD))
    assert text in str(caught.value)


def test_what_aws_ignores_is_a_warning(tmp_path):
    path = tmp_path / "api.yaml"
    path.write_text(
        "openapi: 3.0.1\n"
        "x-amazon-apigateway-documentation: {version: '1'}\n"
        "paths:\n"
        "  /a/:\n"
        "    trace: {}\n"
        "    get:\n"
        "      parameters: [{name: c, in: cookie}]\n"
        "      responses: {default: {description: d}, 2XX: {description: d}}\n"
        "      callbacks: {}\n"
        "      colour: red\n"
    )
    warnings = []
    api = load(path, warnings=warnings)
    assert list(api.resources) == ["/a"]
    assert [(problem.code, problem.place.line) for problem in warnings] == [
        ("extension-ignored", 2),
        ("path-slash", 4),
        ("method-unsupported", 5),
        ("parameter-ignored", 7),
        ("response-ignored", 8),
        ("response-ignored", 8),
        ("member-ignored", 9),
        ("member-unknown", 10),
    ]
    assert {problem.severity for problem in warnings} == {"warning"}


def test_warnings_are_handed_over_also_when_the_load_fails():
    warnings = []
    with pytest.raises(ConfigError):
        load(minimal(webhooks={}, **{"x-amazon-apigateway-polcy": {}}), warnings=warnings)
    assert [problem.code for problem in warnings] == ["member-ignored"]


@pytest.mark.parametrize(
    ("basepath", "servers", "expected"),
    [
        pytest.param("ignore", [{"url": "https://h/v1/x"}], ["/", "/a"], id="ignored"),
        pytest.param("prepend", [{"url": "https://h/v1/x/"}], ["/v1/x", "/v1/x/a"], id="prepended"),
        pytest.param("split", [{"url": "https://h/v1/x/"}], ["/x", "/x/a"], id="split"),
        pytest.param("split", [{"url": "https://h/v1"}], ["/", "/a"], id="split of one segment"),
        pytest.param("prepend", [{"url": "/v1"}], ["/v1", "/v1/a"], id="a relative url"),
        pytest.param("prepend", [{"url": "https://h"}], ["/", "/a"], id="no path"),
        pytest.param("prepend", [], ["/", "/a"], id="no server"),
        pytest.param(
            "prepend",
            [{"url": "https://{host}/x", "variables": {"basePath": {"default": "/var"}}}],
            ["/var", "/var/a"],
            id="a basePath variable counts even unused",
        ),
        pytest.param(
            "prepend",
            [{"url": "https://h/{v}", "variables": {"v": {"default": "v2"}}}],
            ["/v2", "/v2/a"],
            id="other variables by their default",
        ),
    ],
)
def test_the_path_of_the_server(basepath, servers, expected):
    document = minimal(paths={"/": {"get": {}}, "/a": {"get": {}}}, servers=servers)
    assert list(load(document, basepath=basepath).resources) == expected


def test_swagger_has_a_base_path():
    document = {"swagger": "2.0", "basePath": "/v1/x", "paths": {"/a": {"get": {}}}}
    assert list(load(document, basepath="split").resources) == ["/x/a"]


def test_a_problem_of_a_prepended_path_still_has_a_line(tmp_path):
    path = tmp_path / "api.yaml"
    path.write_text("swagger: '2.0'\nbasePath: /v1\npaths:\n  /a b:\n    get: {}\n")
    with pytest.raises(ConfigError, match=r"api\.yaml:5:5 .*path-part"):
        load(path, basepath="prepend")
