"""A service that speaks XML, with a JSON face made of two mapping templates.

Run it: ``python examples/xml_desk.py``. The request template writes the XML; the response template cuts the
answer out of it with Java's ``replaceAll``, which Velocity offers on every string.
"""

from __future__ import annotations

import io
import re

from wsgi_gateway import Gateway
from wsgi_gateway.wsgi import Response, call_app

DEFINITION = {
    "openapi": "3.0.1",
    "info": {"title": "freight", "version": "1"},
    "paths": {
        "/quotes": {
            "post": {
                "responses": {"200": {"description": "a quote"}, "400": {"description": "no quote"}},
                "x-amazon-apigateway-integration": {
                    "type": "wsgi",
                    "uri": "wsgi:/soap/quote",
                    "httpMethod": "POST",
                    "passthroughBehavior": "never",
                    "requestParameters": {"integration.request.header.Content-Type": "'text/xml'"},
                    "requestTemplates": {
                        "application/json": "#set($town = $input.path('$.to'))"
                        "<quote><to>$town.replaceAll('&', '&amp;').replaceAll('<', '&lt;')</to>"
                        "<kg>$input.path('$.kilograms')</kg></quote>"
                    },
                    "responses": {
                        "4\\d\\d": {
                            "statusCode": "400",
                            "responseTemplates": {"application/json": '{"message": "we do not go there"}'},
                        },
                        "default": {
                            "statusCode": "200",
                            "responseTemplates": {
                                "application/json": "#set($xml = $input.body)"
                                '{"price": $xml.replaceAll("(?s).*<price>([^<]*)</price>.*", "$1"), '
                                '"days": $xml.replaceAll("(?s).*<days>([^<]*)</days>.*", "$1")}'
                            },
                        },
                    },
                },
            }
        }
    },
}


def soap_desk(environ, start_response):
    """The legacy app: XML in, XML out."""
    xml = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
    print(f"    the desk reads {xml}")
    town, weight = re.findall(r">([^<>]+)<", xml)
    if town == "Atlantis":
        answer = Response("404 Not Found", [("Content-Type", "text/xml")], [b"<fault>sunk</fault>"])
    else:
        text = f"<answer>\n <price>{int(weight) * 2.5}</price>\n <days>3</days>\n</answer>"
        answer = Response("200 OK", [("Content-Type", "text/xml")], [text.encode()])
    return answer(environ, start_response)


def main() -> None:
    gateway = Gateway(DEFINITION, soap_desk)
    for body in (b'{"to": "Stratford", "kilograms": 12}', b'{"to": "Atlantis", "kilograms": 1}'):
        environ = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/quotes",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        print(body.decode())
        answer = call_app(gateway, environ)
        print(f"    the client reads {answer.status} {answer.body().decode()}")


if __name__ == "__main__":
    main()
