"""An old app that speaks XML, with a JSON face made of mapping templates: ``xml_desk.yaml``.

Run it: ``python examples/xml_desk.py``. The app is as it was, and need not be touched: it takes XML by POST
at one path and answers in XML. The definition gives it resources, verbs, a model for requests, and templates
both ways: those of the requests write XML, those of the answers cut XML up with Java's ``split`` and
``replaceAll``, which Velocity offers on every string.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from wsgi_gateway import Gateway
from wsgi_gateway.wsgi import Response, call_app

PRICES = {"Snail & Sons": (1.5, 9), 'The "Rocket"': (6.0, 1)}
PARCELS = {"AB 12": "Stratford"}


def xml_desk(environ, start_response):
    """The old app: one path, XML in, XML out."""
    text = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
    print(f"    the desk reads {text}")
    asked = ElementTree.fromstring(text)
    answer = quote(asked) if asked.tag == "quote" else track(asked)
    status = "404 Not Found" if answer.startswith("<fault>") else "200 OK"
    print(f"    the desk says {status[:3]} {answer}")
    return Response(status, [("Content-Type", "text/xml")], [answer.encode()])(environ, start_response)


def quote(asked):
    town, weight = asked.findtext("to"), float(asked.findtext("kg"))
    if town == "Atlantis":
        return "<fault>we do not go &lt;down&gt;</fault>"
    offers = (
        f"<offer by={quoteattr(carrier)}><price>{price * weight}</price><days>{days}</days></offer>"
        for carrier, (price, days) in PRICES.items()
    )
    return f"<answer>{''.join(offers)}</answer>"


def track(asked):
    place = PARCELS.get(asked.findtext("number"))
    return "<fault>unknown</fault>" if place is None else f"<answer><at>{escape(place)}</at></answer>"


def main() -> None:
    gateway = Gateway(Path(__file__).with_name("xml_desk.yaml"), xml_desk)
    for verb, path, document in (
        ("POST", "/quotes", {"to": "Stratford & Avon", "kilograms": 12}),
        ("POST", "/quotes", {"to": "Atlantis", "kilograms": 1}),
        ("POST", "/quotes", {"to": "Stratford", "kilograms": "twelve"}),
        ("GET", "/parcels/AB%2012", None),
        ("GET", "/parcels/XY", None),
    ):
        body = b"" if document is None else json.dumps(document).encode()
        environ = {
            "REQUEST_METHOD": verb,
            "PATH_INFO": path.replace("%20", " "),
            "RAW_URI": path,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        if body:
            environ["CONTENT_TYPE"] = "application/json"
        print(verb, path, body.decode())
        answer = call_app(gateway, environ)
        print(f"    the client reads {answer.status} {json.dumps(json.loads(answer.body()))}")


if __name__ == "__main__":
    main()
