"""A CloudFormation template, ``stack.yaml``, served as it is written: validator, model, usage plan and all.

Run it: ``python examples/stack.py``. The template's functions are callables here, its parameters are given,
its stage has a variable that leads to the stock room.
"""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

from wsgi_gateway import Gateway, load_definition
from wsgi_gateway.wsgi import call_app

KEY = "a-key-for-ada-and-nobody-else"


def take(event, context):
    """The function ``Take`` of the template."""
    if event["tea"] == "gunpowder":
        raise RuntimeError("503 sold out")
    return {"number": 7}


class StockRoom(BaseHTTPRequestHandler):
    """The backend of GET /orders: open once, then closed."""

    answers = iter([200, 500])

    def do_GET(self):
        self.send_response(next(self.answers))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "11")
        self.end_headers()
        self.wfile.write(b'{"tea": 40}')

    def log_message(self, *args):
        """The example says what happens."""


def ask(app: Gateway, method: str, order: dict[str, object] | None = None, key: str = "") -> str:
    """Status and body of a request to /orders."""
    body = json.dumps(order).encode() if order else b""
    answer = call_app(
        app,
        {
            "REQUEST_METHOD": method,
            "PATH_INFO": "/orders",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_X_API_KEY": key,
            "wsgi.input": BytesIO(body),
        },
    )
    return f"{answer.status} {answer.body().decode()}"


def main() -> None:
    stack = load_definition(Path(__file__).with_name("stack.yaml"), parameters={"TeaKey": KEY})
    stock = ThreadingHTTPServer(("127.0.0.1", 0), StockRoom)
    threading.Thread(target=stock.serve_forever, daemon=True).start()
    stage = replace(stack.stages["prod"], variables={"backend": f"127.0.0.1:{stock.server_port}"})
    app = Gateway(stack.api, stage=stage, lambdas={"Take": take})

    oolong = {"tea": "oolong", "grams": 50}
    print("no key           ", ask(app, "POST", oolong))
    print("nothing of it    ", ask(app, "POST", {**oolong, "grams": 0}, KEY))
    print("an order         ", ask(app, "POST", oolong, KEY))
    print("the third        ", ask(app, "POST", oolong, KEY))
    print("the stock        ", ask(app, "GET"))
    print("a closed backend ", ask(app, "GET"))
    stock.shutdown()
    stock.server_close()


if __name__ == "__main__":
    main()
