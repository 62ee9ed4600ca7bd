"""An app that tells what has reached it, and in which process."""

import json
import os


def application(environ, start_response):
    told = {
        "pid": os.getpid(),
        "method": environ["REQUEST_METHOD"],
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "user": environ.get("REMOTE_USER"),
        "auth": environ.get("AUTH_TYPE"),
        "authorizer": environ.get("wsgi_gateway.authorizer"),
        "headers": {name: value for name, value in environ.items() if name.startswith("HTTP_")},
        "body": environ["wsgi.input"].read().decode("latin-1"),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]
