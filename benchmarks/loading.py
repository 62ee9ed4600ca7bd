"""What a large definition costs: 300 resources, 1,000 methods, read, checked and compiled in a cold process.

    python benchmarks/loading.py

The definition is one as teams have it: models that refer to each other, validators, two authorizers, CORS for
every resource, proxies to functions and HTTP backends, and integrations with templates of their own. A cold
process imports, loads it and makes the Gateway; the time of one that only parses the file (``json.load``,
``yaml.safe_load``) is beside it, for machines differ. Then what a request costs to route among 1,000 methods
against 10.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from wsgi_gateway import Gateway, MethodConfig, RestApiConfig

X = "x-amazon-apigateway-"
ARN = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/arn:aws:lambda:eu-west-1:123456789012"
RUNS = 5
GATEWAY = """
from wsgi_gateway import Gateway
lambdas = dict.fromkeys(["guard", *(f"f{number}" for number in range(40))], lambda event, context: {})
made = Gateway(sys.argv[1], lambda environ, start_response: [], lambdas=lambdas)
"""
PRELUDE = """
import resource, sys, time
start, used = time.perf_counter(), time.process_time()
"""
REPORT = """
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(time.perf_counter() - start, time.process_time() - used, memory)
"""


def definition(resources: int = 300, methods: int = 1_000) -> dict[str, Any]:
    """An OpenAPI document with so many resources and methods."""
    verbs = ("options", "get", "post", "put", "delete", "patch", "head")
    paths: dict[str, Any] = {}
    names = [path for number in range(resources // 2) for path in (f"/c{number}", f"/c{number}/{{id}}")]
    for number in range(methods):
        path, verb = names[number % resources], verbs[number // resources]
        paths.setdefault(path, {})[verb] = operation(number, verb, "{" in path)
    return {
        "openapi": "3.0.1",
        "info": {"title": "large", "version": "1"},
        "paths": paths,
        "components": {"schemas": {f"Model{n}": model(n) for n in range(60)}, "securitySchemes": schemes()},
        X + "request-validators": {
            "all": {"validateRequestBody": True, "validateRequestParameters": True},
            "parameters": {"validateRequestParameters": True},
        },
        X + "request-validator": "all",
        X + "gateway-responses": {
            "DEFAULT_4XX": {
                "responseTemplates": {"application/json": '{"error": $context.error.messageString}'}
            },
            "THROTTLED": {
                "statusCode": 429,
                "responseParameters": {"gatewayresponse.header.Retry-After": "'1'"},
            },
        },
    }


def operation(number: int, verb: str, has_id: bool) -> dict[str, Any]:
    """One of four kinds of method in turn; OPTIONS is CORS."""
    parameters: list[dict[str, Any]] = [{"name": "page", "in": "query", "schema": {"type": "integer"}}]
    if has_id:
        parameters.append({"name": "id", "in": "path", "required": True, "schema": {"type": "string"}})
    made: dict[str, Any] = {
        "operationId": f"operation{number}",
        "summary": f"Operation {number} of the collection",
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "ok",
                "headers": {"Access-Control-Allow-Origin": {"schema": {"type": "string"}}},
            },
            "404": {"description": "gone", "content": content(number)},
            "502": {"description": "broken"},
        },
    }
    if verb == "options":
        return made | {X + "integration": cors()}
    if verb in ("post", "put", "patch"):
        made["requestBody"] = {"content": content(number)}
    made["security"] = [{("token", "pool")[number % 2]: []}]
    return made | {X + "integration": (function, proxy, mapped)[number % 3](number, has_id)}


def content(number: int) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": f"#/components/schemas/Model{number % 60}"}}}


def function(number: int, has_id: bool) -> dict[str, Any]:
    return {"type": "aws_proxy", "httpMethod": "POST", "uri": f"{ARN}:function:f{number % 40}/invocations"}


def proxy(number: int, has_id: bool) -> dict[str, Any]:
    made = {
        "type": "http_proxy",
        "httpMethod": "ANY",
        "uri": f"https://b{number % 9}.internal.example/c{number}",
    }
    if has_id:
        made["uri"] += "/{id}"
        return made | {"requestParameters": {"integration.request.path.id": "method.request.path.id"}}
    return made


def mapped(number: int, has_id: bool) -> dict[str, Any]:
    """Templates of its own, both ways."""
    take = f"""#set($body = $input.path('$'))
{{"number": {number}, "page": "$util.escapeJavaScript($input.params('page'))",
#if($body.tags.size() > 0)"tags": [#foreach($tag in $body.tags)"$tag"#if($foreach.hasNext),#end#end],#end
"stage": "$context.stage", "caller": "$context.authorizer.principalId"}}"""
    give = f"""#set($root = $input.path('$'))
{{"number": {number}, "id": "$root.id", "all": $input.json('$.all')}}"""
    return {
        "type": "http",
        "httpMethod": "POST",
        "uri": f"https://b{number % 9}.internal.example/old/{number}",
        "requestParameters": {"integration.request.header.X-Caller": "context.identity.sourceIp"},
        "requestTemplates": {"application/json": take},
        "responses": {
            "default": {
                "statusCode": "200",
                "responseParameters": {"method.response.header.Access-Control-Allow-Origin": "'*'"},
                "responseTemplates": {"application/json": give},
            },
            "4\\d{2}": {"statusCode": "404"},
            "5\\d{2}": {
                "statusCode": "502",
                "responseTemplates": {"application/json": '{"message": "broken"}'},
            },
        },
    }


def cors() -> dict[str, Any]:
    headers = {"method.response.header.Access-Control-Allow-Origin": "'*'"}
    return {
        "type": "mock",
        "requestTemplates": {"application/json": '{"statusCode": 200}'},
        "responses": {"default": {"statusCode": "200", "responseParameters": headers}},
    }


def model(number: int) -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["id", "name"],
        "properties": {
            "id": {"type": "string", "pattern": "^[a-z0-9-]{1,36}$"},
            "name": {"type": "string", "minLength": 1, "maxLength": 80},
            "count": {"type": "integer", "minimum": 0},
            "kind": {"type": "string", "enum": ["small", "large", f"kind{number}"]},
            "tags": {"type": "array", "items": {"type": "string"}, "maxItems": 20},
            "next": {"$ref": f"#/components/schemas/Model{number + 1 if number % 5 < 4 else number - 4}"},
        },
    }


def schemes() -> dict[str, Any]:
    header = {"type": "apiKey", "name": "Authorization", "in": "header"}
    pool = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_abcdefghi"
    token = {"type": "token", "authorizerUri": f"{ARN}:function:guard/invocations"}
    return {
        "token": header | {X + "authtype": "custom", X + "authorizer": token},
        "pool": header
        | {
            X + "authtype": "cognito_user_pools",
            X + "authorizer": {"type": "cognito_user_pools", "providerARNs": [pool]},
        },
    }


def cold(code: str, file: Path) -> tuple[float, float, float]:
    """The best run of a child: seconds, seconds of processor time, MB at the peak.

    Modules are compiled to bytecode before, as an installer does it.
    """
    command = [sys.executable, "-c", PRELUDE + code + REPORT, str(file)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPYCACHEPREFIX"] = str(file.parent / "bytecode")
    runs = [
        subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
        for _ in range(RUNS)
    ]
    seconds, used, kilobytes = min(tuple(map(float, run.split())) for run in runs)
    return seconds, used, kilobytes / 1024


def loading(folder: Path) -> None:
    import yaml

    document = definition()
    parsers = {
        "json": "import json; json.load(open(sys.argv[1]))",
        "yaml": "import yaml; yaml.safe_load(open(sys.argv[1]))",
    }
    texts = {"json": json.dumps(document, indent=2), "yaml": yaml.safe_dump(document, sort_keys=False)}
    for kind, text in texts.items():
        file = folder / f"large.{kind}"
        file.write_text(text)
        whole, used, memory = cold(GATEWAY, file)
        parsed = cold(parsers[kind], file)[0]
        print(
            f"{kind}, {len(text) / 1e6:.1f} MB: {whole:5.2f} s ({used:.2f} s of processor time, at most "
            f"{memory:.0f} MB), {whole / parsed:5.1f} x parsing alone ({parsed:.2f} s)"
        )


def routed(count: int) -> float:
    """Microseconds of the last request of a gateway with ``count`` methods."""
    resources = {f"/c{n}/{{id}}": {"GET": MethodConfig(http_method="GET")} for n in range(count)}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("200 OK", [])
        return [b""]

    gateway = Gateway(RestApiConfig(resources=resources), app)
    path = f"/c{count - 1}/7"
    best = []
    for _ in range(30):
        environs = [
            {"REQUEST_METHOD": "GET", "PATH_INFO": path, "RAW_URI": path, "SERVER_PROTOCOL": "HTTP/1.1"}
            for _ in range(1_000)
        ]
        start = time.perf_counter()
        for environ in environs:
            gateway(environ, lambda status, headers, exc_info=None: None)
        best.append(time.perf_counter() - start)
    return min(best) * 1_000


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        loading(Path(folder))
    few, many = routed(10), routed(1_000)
    print(f"a request among 10 methods {few:.1f} us, among 1,000 {many:.1f} us: {many / few:.2f} times")
    print(f"peak of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
