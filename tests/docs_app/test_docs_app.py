"""The docs app: what it serves, what it tells and does not tell, where it stands."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from typing import Any
from wsgiref.util import setup_testing_defaults
from wsgiref.validate import validator

import pytest

from wsgi_gateway import ConfigError, Gateway, load
from wsgi_gateway.base_paths import DomainName
from wsgi_gateway.config import (
    AuthorizerConfig,
    IntegrationConfig,
    MethodConfig,
    MethodResponseConfig,
    RestApiConfig,
)
from wsgi_gateway.config.secrets import Secrets
from wsgi_gateway.docs_app import Docs, WithDocs
from wsgi_gateway.wsgi import Response, call_app

FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:123456789012:function:secret-guard/invocations"
)
GUARD = AuthorizerConfig(
    name="guard",
    identity_source=["method.request.header.X-Token"],
    authorizer_uri=FUNCTION,
    authorizer_credentials="arn:aws:iam::123456789012:role/secret-role",
)
PETS = RestApiConfig(
    name="Pets",
    version="1",
    authorizers={"guard": GUARD},
    resources={
        "/pets/{id}": {
            "GET": MethodConfig(
                http_method="GET",
                authorization_type="CUSTOM",
                authorizer="guard",
                method_responses={200: MethodResponseConfig(status_code=200)},
                integration=IntegrationConfig(
                    type="HTTP",
                    uri="http://secret-backend.internal/pets",
                    http_method="GET",
                    request_templates={"application/json": "secret-template"},
                ),
            )
        }
    },
    policy={"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke",
        "Resource": "execute-api:/secret*",
    }]},
)  # fmt: skip
OPEN = RestApiConfig(name="open", resources={"/": {"GET": MethodConfig(http_method="GET")}})
DOCUMENTS = ("openapi.json", "openapi.yaml", "swagger.json")
TYPES = {
    "": "text/html; charset=utf-8",
    "openapi.json": "application/json",
    "openapi.yaml": "application/yaml",
    "swagger.json": "application/json",
    "docs.js": "text/javascript; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
docs_of_pets = Docs(PETS)
answered = Response("200 OK", [("Content-Type", "text/plain")], [b"the app"])


def ask(app: Any, path: str, verb: str = "GET", script: str = "", **headers: str) -> Response:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": verb,
        "SCRIPT_NAME": script,
        "PATH_INFO": path,
        "QUERY_STRING": "",
    }
    setup_testing_defaults(environ)
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    response = call_app(validator(app), environ)
    response.body()
    return response


def gateway_of(api: RestApiConfig) -> Gateway:
    return Gateway(api, answered)


@pytest.mark.parametrize("name", TYPES)
def test_every_file_is_there_typed_and_never_sniffed(name: str) -> None:
    found = ask(docs_of_pets, f"/{name}")
    assert found.status == "200 OK"
    assert found.header("Content-Type") == TYPES[name]
    assert found.header("X-Content-Type-Options") == "nosniff"
    assert found.header("Content-Length") == str(len(found.body()))


@pytest.mark.parametrize("name", TYPES)
def test_head_is_get_without_its_body(name: str) -> None:
    get, head = ask(docs_of_pets, f"/{name}"), ask(docs_of_pets, f"/{name}", "HEAD")
    assert head.headerlist == get.headerlist
    assert (head.status, head.body()) == ("200 OK", b"")


@pytest.mark.parametrize("verb", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("path", ["", "/", "/openapi.json", "/nowhere"])
def test_docs_can_only_be_read(verb: str, path: str) -> None:
    found = call_app(docs_of_pets, {"REQUEST_METHOD": verb, "PATH_INFO": path})
    assert (found.status_code, found.header("Allow")) == (405, "GET, HEAD")


@pytest.mark.parametrize(
    "path",
    [
        "/../docs_app/page.py",
        "/swagger_ui/../page.py",
        "/page.py",
        "/__init__.py",
        "/VERSION.txt",
        "//openapi.json",
        "/openapi.json/",
        "/openapi.json\0",
        "/OPENAPI.JSON",
        "/etc/passwd",
        "//etc/passwd",
        "/..\\page.py",
    ],
)
def test_nothing_else_is_there(path: str) -> None:
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path}
    found = call_app(docs_of_pets, environ)
    assert found.status_code == 404
    assert path.encode() not in found.body()


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_document_tells_what_stands_behind_the_api(name: str) -> None:
    text = ask(docs_of_pets, f"/{name}").body().decode()
    assert "X-Token" in text
    assert "secret" not in text
    assert "arn:" not in text
    assert "x-amazon" not in text


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_a_definition_of_the_same_routes(name: str, tmp_path: Any) -> None:
    path = tmp_path / name
    path.write_bytes(ask(Docs(OPEN), f"/{name}").body())
    assert {route: set(verbs) for route, verbs in load(path).resources.items()} == {"/": {"GET"}}


class Links(HTMLParser):
    """What a page refers to, and what would be a script or style within it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.urls: list[str] = []
        self.inline: list[str] = []
        self.within = ""
        self.title = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.within = tag
        self.urls += [value for name, value in attrs if name in ("src", "href") and value]
        self.inline += [name for name, _ in attrs if name == "style" or name.startswith("on")]

    def handle_endtag(self, tag: str) -> None:
        self.within = ""

    def handle_data(self, data: str) -> None:
        if self.within in ("script", "style"):
            self.inline.append(data)
        if self.within == "title":
            self.title += data


def test_the_page_refers_to_files_beside_it_only_and_has_nothing_inline() -> None:
    links = Links(ask(docs_of_pets, "/").body().decode())
    assert links.inline == []
    assert set(links.urls) == TYPES.keys() - {""}


def test_the_policy_lets_the_page_load_its_own_files_and_nothing_else() -> None:
    policy = ask(docs_of_pets, "/").header("Content-Security-Policy")
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert rules["default-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    assert rules["script-src"] == rules["style-src"] == rules["connect-src"] == "'self'"
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    "title",
    ["</title><script>alert(1)</script>", "\"&'<!--", "{links}", "é\u2028"],
    ids=["a script", "quotes", "a placeholder", "other letters"],
)
def test_a_title_is_text(title: str) -> None:
    page = ask(Docs(replace(OPEN, name=title)), "/").body().decode()
    links = Links(page)
    assert links.inline == []
    assert links.title == title


def test_a_swagger_document_whose_texts_look_like_the_mark_is_as_it_was_written() -> None:
    odd = '"\ufdd0"'
    document = json.loads(ask(Docs(replace(OPEN, name=odd, description="\ufdd0")), "/swagger.json").body())
    assert (document["info"]["title"], document["basePath"]) == (odd, "/")


# ------------------------------------------------------------ validators, compression


@pytest.mark.parametrize("name", TYPES)
def test_who_has_it_is_told_so(name: str) -> None:
    tag = ask(docs_of_pets, f"/{name}").header("ETag")
    assert tag is not None
    for condition in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        found = ask(docs_of_pets, f"/{name}", if_none_match=condition)
        assert (found.status_code, found.body(), found.header("ETag")) == (304, b"", tag)
    assert ask(docs_of_pets, f"/{name}", if_none_match='"other"').status_code == 200


def test_another_api_has_another_tag() -> None:
    other = Docs(replace(PETS, version="2"))
    tags = [ask(app, "/openapi.json").header("ETag") for app in (docs_of_pets, other, Docs(PETS))]
    assert tags[0] == tags[2] != tags[1]


def test_large_files_are_compressed_for_those_who_take_it() -> None:
    plain = ask(docs_of_pets, "/swagger-ui-bundle.js")
    packed = ask(docs_of_pets, "/swagger-ui-bundle.js", accept_encoding="gzip, deflate, br")
    assert packed.header("Content-Encoding") == "gzip"
    assert gzip.decompress(packed.body()) == plain.body()
    assert len(packed.body()) < len(plain.body()) / 2
    assert packed.header("Vary") == plain.header("Vary") == "Accept-Encoding"
    assert packed.header("ETag") != plain.header("ETag")
    assert ask(docs_of_pets, "/", accept_encoding="gzip").header("Content-Encoding") is None


# ------------------------------------------------------------ where it stands


def test_without_the_last_slash_it_leads_there_by_a_relative_reference() -> None:
    found = ask(docs_of_pets, "", script="/api/docs")
    assert (found.status_code, found.header("Location")) == (307, "./docs/")
    odd = ask(docs_of_pets, "", script="/javascript:x\xe9\r\n")
    assert odd.header("Location") == "./javascript%3Ax%E9%0D%0A/"


@pytest.mark.parametrize(
    ("path", "relative"), [("/docs", ".."), ("/v1/docs", "../.."), ("/a/b/c", "../../..")]
)
def test_the_documents_name_the_place_of_the_gateway(path: str, relative: str) -> None:
    app = WithDocs(gateway_of(OPEN), path)
    document = json.loads(ask(app, f"{path}/openapi.json").body())
    assert document["servers"] == [{"url": relative}]
    for script, base in (
        ("", "/"),
        ("/shop", "/shop"),
        ("/sh op/é".encode().decode("latin-1"), "/sh%20op/%C3%A9"),
    ):
        swagger = json.loads(ask(app, f"{path}/swagger.json", script=script).body())
        assert swagger["basePath"] == base
        assert "host" not in swagger


def test_a_place_elsewhere_is_named_and_allowed_to_be_called() -> None:
    app = Docs(PETS, server="https://api.example.com:8443/prod")
    assert json.loads(ask(app, "/openapi.json").body())["servers"] == [
        {"url": "https://api.example.com:8443/prod"}
    ]
    swagger = json.loads(ask(app, "/swagger.json").body())
    assert (swagger["host"], swagger["basePath"]) == ("api.example.com:8443", "/prod")
    policy = ask(app, "/").header("Content-Security-Policy")
    assert "connect-src 'self' https://api.example.com:8443;" in str(policy)


@pytest.mark.parametrize(
    "server",
    [
        "javascript:alert(1)",
        "//evil.example",
        "https://a.example; script-src *",
        "https://user@a.example/",
        "ftp://a.example",
        "https://a.example/?q",
        "..?x",
        "",
        "prod",
    ],
)
def test_what_is_no_place_of_an_api_is_refused(server: str) -> None:
    with pytest.raises(ConfigError, match=r"server|place"):
        Docs(PETS, server=server)


def test_the_docs_may_be_mapped_beside_the_gateway() -> None:
    gateway = gateway_of(OPEN)
    domain = DomainName({"": gateway, "docs": Docs(gateway)})
    assert ask(domain, "/docs/openapi.json").status_code == 200
    assert ask(domain, "/").body() == b"the app"


def test_what_is_not_the_docs_is_the_gateways() -> None:
    app = WithDocs(gateway_of(OPEN))
    assert ask(app, "/").body() == b"the app"
    assert ask(app, "/docsx").status_code == 403
    assert ask(app, "/docs").status_code == 307
    assert ask(app, "/docs/").header("Content-Type") == TYPES[""]
    assert app.api is app.gateway.api


@pytest.mark.parametrize("resource", ["/docs", "/docs/{page}", "/docs/a/b", "/docs/", "/docs/{rest+}"])
def test_a_path_that_the_api_has_is_refused(resource: str) -> None:
    api = replace(OPEN, resources={resource: {"GET": MethodConfig(http_method="GET")}})
    with pytest.raises(ConfigError, match=re.escape(resource.rstrip("/"))):
        WithDocs(gateway_of(api))


@pytest.mark.parametrize(
    ("resource", "path"),
    [("/{proxy+}", "/docs"), ("/{page}", "/docs"), ("/v1/{page}", "/v1/docs"), ("/{v}/docs/x", "/v1/docs")],
)
def test_a_variable_gives_way_and_that_is_told(resource: str, path: str, caplog: Any) -> None:
    api = replace(OPEN, resources={resource: {"GET": MethodConfig(http_method="GET")}})
    app = WithDocs(gateway_of(api), path)
    message = f"{path} and what is below it go to the docs, no longer to {resource}"
    assert app.warnings[-1].message == message
    assert resource in caplog.text
    assert ask(app, f"{path}/").header("Content-Type") == TYPES[""]


@pytest.mark.parametrize("resource", ["/doc", "/docsx", "/x/docs", "/{v}/docs/x", "/"])
def test_other_routes_are_no_business_of_the_docs(resource: str, caplog: Any) -> None:
    api = replace(OPEN, resources={resource: {"GET": MethodConfig(http_method="GET")}})
    WithDocs(gateway_of(api), "/docs" if resource != "/{v}/docs/x" else "/docs/help")
    assert "docs" not in caplog.text


@pytest.mark.parametrize(
    "path", ["", "/", "docs", "/docs/", "//docs", "/../docs", "/a b", "/{docs}", "/a%2Fb", "/a\n"]
)
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(ConfigError, match="is no path for docs"):
        WithDocs(gateway_of(OPEN), path)


@pytest.mark.parametrize("path", [None, 5, b"/docs"])
def test_a_path_that_is_no_text_is_refused(path: Any) -> None:
    with pytest.raises(ConfigError, match=f"a {type(path).__name__} is no path for docs"):
        WithDocs(gateway_of(OPEN), path)


@pytest.mark.parametrize("server", [None, 5, b"..", "http://[x", "https://[::1", "ftp://h", ""])
def test_a_server_that_is_no_place_is_refused(server: Any) -> None:
    with pytest.raises(ConfigError, match="is no place of an API"):
        Docs(OPEN, server=server)


@pytest.mark.parametrize("given", [None, "api.yaml", 5, {"openapi": "3.0.1"}, lambda *request: []])
@pytest.mark.parametrize("docs", [Docs, WithDocs])
def test_what_has_no_api_is_refused(docs: Any, given: Any) -> None:
    with pytest.raises(ConfigError, match=f"not of a {type(given).__name__}"):
        docs(given)


def test_no_message_has_what_the_api_hides(caplog: Any) -> None:
    secret = "hunter2given"
    method = {"GET": MethodConfig(http_method="GET")}
    there = replace(OPEN, resources={f"/docs/{secret}": method}, secrets=Secrets([secret]))
    with pytest.raises(ConfigError, match=r"has /docs/\*\*\*\* there") as caught:
        WithDocs(gateway_of(there))
    assert secret not in str(caught.value)
    made = WithDocs(gateway_of(replace(there, resources={f"/{{{secret}+}}": method})))
    assert "no longer to /{****+}" in str(made.warnings[-1])
    assert "no longer to /{****+}" in caplog.text
    assert secret not in caplog.text


def test_an_api_that_swagger_2_has_no_words_for_is_documented_without_it() -> None:
    models = {"application/json": "Empty", "application/xml": "Error"}
    answer = MethodResponseConfig(status_code=200, response_models=models)
    method = MethodConfig(http_method="GET", method_responses={200: answer})
    app = Docs(replace(OPEN, resources={"/": {"GET": method}}))
    assert ask(app, "/swagger.json").status_code == 404
    assert "swagger.json" not in ask(app, "/").body().decode()
    assert ask(app, "/openapi.json").status_code == 200


# ------------------------------------------------------------ what is vendored


def test_the_vendored_files_are_those_that_were_published_with_their_licences() -> None:
    folder = files("wsgi_gateway.docs_app") / "swagger_ui"
    version = (folder / "VERSION.txt").read_text(encoding="utf-8")
    sums = dict(reversed(line.split()) for line in version.splitlines() if re.match(r"[0-9a-f]{64} ", line))
    assert {one.name for one in folder.iterdir()} == {*sums, "VERSION.txt"}
    assert {"LICENSE", "NOTICE"} <= sums.keys()
    for name, digest in sums.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest


def test_the_page_asks_nobody_whether_the_document_is_valid() -> None:
    script = ask(docs_of_pets, "/docs.js").body().decode()
    assert "validatorUrl: null" in script
    assert 'url: "openapi.json"' in script
    assert "http" not in script
