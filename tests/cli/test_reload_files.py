"""Which files belong to a definition, and when their content has changed."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from wsgi_gateway import ConfigError, Gateway, load_definition
from wsgi_gateway.cli import reload_files
from wsgi_gateway.cli.reload_files import Watch, files_of, files_told
from wsgi_gateway.cli.reloading import ReloadingGateway
from wsgi_gateway.wsgi import Response, call_app

BODY = {
    "openapi": "3.0.1",
    "info": {"title": "pets", "version": "1"},
    "paths": {"/pets": {"get": {"responses": {"200": {"description": "all"}}}}},
}
BY_LOCATION = "BodyS3Location: {Bucket: definitions, Key: %s}"
BY_INCLUDE = "Body: {'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: 's3://definitions/%s'}}}"
TEMPLATE = """\
Parameters: {{Name: {{Type: String, Default: body}}}}
Resources:
  Api:
    Type: AWS::ApiGateway::RestApi
    Properties:
      {body}
"""
SAM_TEMPLATE = """\
Transform: AWS::Serverless-2016-10-31
Resources:
  Shop:
    Type: AWS::Serverless::Api
    Properties: {StageName: prod, DefinitionUri: api/body.json}
"""
includes = pytest.mark.parametrize(
    "body", [BY_LOCATION, BY_INCLUDE], ids=["by BodyS3Location", "by AWS::Include"]
)


def app(environ, start_response):
    return Response("200 OK", [], [b"pets"])(environ, start_response)


def template(folder: Path, body: str) -> str:
    file = folder / "stack.yaml"
    file.write_text(TEMPLATE.format(body=body))
    return str(file)


def gateway(file: str) -> Gateway:
    return Gateway(load_definition(file), app)


def found(*roots: str) -> set[str]:
    return {os.path.basename(file) for file in files_of(roots, gateway(roots[0]))}


# ------------------------------------------------------------ which files


def test_a_definition_that_includes_nothing_is_one_file(tmp_path):
    file = tmp_path / "api.json"
    file.write_text(json.dumps(BODY))
    (tmp_path / "other.json").write_text("{}")
    assert found(str(file)) == {"api.json"}


@includes
@pytest.mark.parametrize("key", ["body.json", "v1/body.json"])
def test_a_file_that_a_template_includes_belongs_to_it(tmp_path, body, key):
    (tmp_path / key).parent.mkdir(exist_ok=True)
    (tmp_path / key).write_text(json.dumps(BODY))
    assert found(template(tmp_path, body % key)) == {"stack.yaml", "body.json"}


@includes
def test_a_file_that_lies_beside_whatever_its_key_belongs_to_it(tmp_path, body):
    (tmp_path / "body.json").write_text(json.dumps(BODY))
    assert found(template(tmp_path, body % "deep/down/body.json")) == {"stack.yaml", "body.json"}


@includes
def test_of_two_files_that_a_key_may_mean_the_one_that_is_read_belongs_to_it(tmp_path, body):
    (tmp_path / "v1").mkdir()
    for key in ("v1/body.json", "body.json"):
        (tmp_path / key).write_text(json.dumps(BODY))
    file = template(tmp_path, body % "v1/body.json")
    assert files_of([file], gateway(file)) == {file, str(tmp_path / "v1" / "body.json")}


def test_a_file_that_a_sam_template_includes_belongs_to_it(tmp_path):
    pytest.importorskip("samtranslator")
    (tmp_path / "api").mkdir()
    (tmp_path / "api" / "body.json").write_text(json.dumps(BODY))
    file = tmp_path / "template.yaml"
    file.write_text(SAM_TEMPLATE)
    assert found(str(file)) == {"template.yaml", "body.json"}


def test_a_file_whose_name_is_put_together_is_found_by_what_stands_in_it(tmp_path):
    (tmp_path / "body.json").write_text(json.dumps(BODY))
    file = template(tmp_path, BY_LOCATION % "!Sub '${Name}.json'")
    assert str(tmp_path / "body.json") in files_of([file], gateway(file))


def test_a_file_in_which_no_part_of_an_api_stands_is_found_by_its_name(tmp_path):
    (tmp_path / "tags.json").write_text('{"Description": "pets"}')
    transform = "'Fn::Transform': {Name: 'AWS::Include', Parameters: {Location: tags.json}}"
    (tmp_path / "body.json").write_text(json.dumps(BODY))
    file = template(tmp_path, f"{transform}\n      {BY_LOCATION % 'body.json'}")
    assert found(file) == {"stack.yaml", "tags.json", "body.json"}


def test_code_and_what_lies_outside_is_not_watched(tmp_path):
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "secret.json").write_text("{}")
    (inside / "app.py").write_text("")
    (inside / "body.json").write_text(json.dumps(BODY))
    body = BY_LOCATION % "body.json" + "\n      Description: app.py ../secret.json"
    assert found(template(inside, body)) == {"stack.yaml", "body.json"}


def test_the_files_of_one_that_cannot_be_served_are_what_it_names_and_where_it_is_wrong(tmp_path):
    file = template(tmp_path, BY_LOCATION % "body.json")
    with pytest.raises(ConfigError) as refused:
        load_definition(file)
    assert files_told([file], refused.value.problems) == {file, str(tmp_path / "body.json")}


def test_names_of_very_many_files_that_are_missing_are_not_all_watched(tmp_path):
    file = tmp_path / "api.yaml"
    file.write_text("Resources:\n" + "".join(f"- {number}.json\n" for number in range(5000)))
    assert len(files_told([str(file)], [])) < 200


def test_an_openapi_document_that_speaks_of_a_file_does_not_include_it(tmp_path):
    file = tmp_path / "api.json"
    file.write_text(json.dumps({**BODY, "info": {"title": "all of pets.json", "version": "1"}}))
    (tmp_path / "pets.json").write_text("{}")
    assert found(str(file)) == {"api.json"}


def test_what_a_module_has_read_is_not_watched(tmp_path):
    file = tmp_path / "api.json"
    file.write_text(json.dumps(BODY))
    assert files_of([], gateway(str(file))) == frozenset()


@includes
def test_a_change_of_an_included_file_is_taken(tmp_path, body):
    included = tmp_path / "body.json"
    included.write_text(json.dumps(BODY))
    file = template(tmp_path, body % "body.json")
    served = ReloadingGateway(lambda: gateway(file), [file], poll_seconds=10_000)

    def look() -> None:
        served.look()
        served.look()

    def status(path: str) -> int:
        return call_app(served, {"REQUEST_METHOD": "GET", "PATH_INFO": path}).status_code

    included.write_text(json.dumps({**BODY, "paths": {"/toys": BODY["paths"]["/pets"]}}))
    look()
    assert (status("/pets"), status("/toys")) == (403, 200)
    included.unlink()
    look()
    assert status("/toys") == 200
    included.write_text(json.dumps(BODY))
    look()
    assert (status("/pets"), status("/toys")) == (200, 403)


def test_a_file_is_watched_once_it_is_included_and_no_longer_than_that(tmp_path):
    file = tmp_path / "stack.yaml"
    (tmp_path / "one.json").write_text(json.dumps(BODY))
    template(tmp_path, BY_LOCATION % "one.json")
    served = ReloadingGateway(lambda: gateway(str(file)), [file], poll_seconds=10_000)

    def watched() -> set[str]:
        served.look()
        served.look()
        return {os.path.basename(one) for one in served.files}

    assert watched() == {"stack.yaml", "one.json"}
    template(tmp_path, BY_LOCATION % "two.json")
    assert watched() == {"stack.yaml", "one.json", "two.json"}  # it may come to be, and one.json serves
    (tmp_path / "two.json").write_text(json.dumps(BODY))
    assert watched() == {"stack.yaml", "two.json"}


# ------------------------------------------------------------ their content


@pytest.fixture
def digests(monkeypatch) -> list[str]:
    """Which files were read."""
    read: list[str] = []
    digest = reload_files._digest

    def remembering(file: str, found: os.stat_result) -> bytes:
        read.append(file)
        return digest(file, found)

    monkeypatch.setattr(reload_files, "_digest", remembering)
    return read


def test_a_file_is_read_once_while_its_times_stay_as_they_are(tmp_path, digests):
    file = str(tmp_path / "api.yaml")
    Path(file).write_text("a")
    later = Watch(clock=lambda: time.time() + 60)
    contents = [later.contents([file]) for _ in range(3)]
    assert contents == [contents[0]] * 3
    assert digests == [file]


def test_a_file_that_was_written_just_now_is_read_again(tmp_path, digests):
    file = str(tmp_path / "api.yaml")
    Path(file).write_text("a")
    written = os.stat(file).st_mtime
    watch = Watch(clock=lambda: written + 1)
    watch.contents([file])
    watch.contents([file])
    assert digests == [file] * 2


def test_content_counts_and_not_time(tmp_path):
    file = str(tmp_path / "api.yaml")
    Path(file).write_text("a")
    watch = Watch()
    before = watch.contents([file])
    os.utime(file, (1, 1))
    assert watch.contents([file]) == before
    Path(file).write_text("b")
    assert watch.contents([file]) != before


def test_content_that_was_given_the_old_size_and_time_is_read_all_the_same(tmp_path):
    file = str(tmp_path / "api.yaml")
    Path(file).write_text("a")
    os.utime(file, (1, 1))
    watch = Watch(clock=lambda: time.time() + 60)
    before = watch.contents([file])
    time.sleep(0.02)  # longer than a tick of the file system's clock
    Path(file).write_text("b")
    os.utime(file, (1, 1))
    assert watch.contents([file]) != before


def test_what_is_no_file_is_not_waited_for(tmp_path):
    pipe = str(tmp_path / "pipe.yaml")
    os.mkfifo(pipe)
    absent = str(tmp_path / "absent.yaml")
    contents = Watch().contents([pipe, absent, str(tmp_path), "nul\0"])
    assert contents[absent] is None
    assert contents["nul\0"] is None
    assert contents[pipe] == contents[str(tmp_path)] is not None


def test_files_that_are_forgotten_are_read_again(tmp_path, digests):
    file = str(tmp_path / "api.yaml")
    Path(file).write_text("a")
    watch = Watch(clock=lambda: time.time() + 60)
    watch.contents([file])
    watch.forget_others([])
    watch.contents([file])
    assert digests == [file] * 2
