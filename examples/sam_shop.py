"""A SAM template, ``sam_shop.yaml``, served with its own Python functions.

Run it: ``python examples/sam_shop.py``. The same by the command line:
``wsgi-gateway serve examples/sam_shop.yaml --local-functions``.
"""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

from wsgi_gateway import Gateway, load_definition
from wsgi_gateway.local_functions import local_functions
from wsgi_gateway.wsgi import call_app


def ask(application, verb, path, body=None, **headers):
    """An answer's status, the origin that may ask, and the body."""
    raw = b"" if body is None else json.dumps(body).encode()
    environ = {
        "REQUEST_METHOD": verb,
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(raw),
        "CONTENT_LENGTH": str(len(raw)),
        "CONTENT_TYPE": "application/json",
        **{f"HTTP_{name.upper()}": value for name, value in headers.items()},
    }
    answer = call_app(application, environ)
    return answer.status, answer.header("Access-Control-Allow-Origin"), b"".join(answer.app_iter).decode()


def main() -> None:
    """Ask for prices, and fill a basket as a member and as nobody."""
    shop = load_definition(Path(__file__).with_suffix(".yaml"))
    application = Gateway(shop, lambdas=local_functions(shop))

    status, _, body = ask(application, "GET", "/prices")
    print(f"everybody           {status} {body}")
    status, _, body = ask(application, "POST", "/basket", {"article": "tea", "pieces": 2})
    print(f"a basket, no token  {status} {body}")
    status, _, body = ask(application, "POST", "/basket", authorization="token-of-ada")
    print(f"Ada, without body   {status} {body}")
    basket = {"article": "tea", "pieces": 2}
    status, _, body = ask(application, "POST", "/basket", basket, authorization="token-of-ada")
    print(f"Ada, two teas       {status} {body}")
    status, origin, _ = ask(application, "OPTIONS", "/basket")
    print(f"another page        {status} may be asked by {origin}")


if __name__ == "__main__":
    main()
