"""A Django project in one file, wrapped where Django says its WSGI application is made.

Run it: ``python examples/django_wiki.py``. In a project of the usual shape the two lines of
:func:`make_application` stand in ``wsgi.py``. The authorizer is a function as it would run on AWS Lambda;
whom it lets in, Django reads in ``REMOTE_USER``.
"""

from __future__ import annotations

import io

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import JsonResponse
from django.urls import path

from wsgi_gateway import Gateway
from wsgi_gateway.authorizers import allow
from wsgi_gateway.wsgi import call_app

PAGES = {"tea": "Pour boiling water on it."}


def page(request, name):
    if request.method == "PUT":
        PAGES[name] = request.body.decode()
    return JsonResponse({"page": PAGES.get(name), "asked by": request.META.get("REMOTE_USER", "nobody")})


urlpatterns = [path("pages/<str:name>", page)]

DEFINITION = {
    "openapi": "3.0.1",
    "info": {"title": "wiki", "version": "1"},
    "components": {
        "securitySchemes": {
            "editors": {
                "type": "apiKey",
                "in": "header",
                "name": "Authorization",
                "x-amazon-apigateway-authtype": "custom",
                "x-amazon-apigateway-authorizer": {
                    "type": "token",
                    "authorizerUri": "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
                    "arn:aws:lambda:us-east-1:123456789012:function:editors/invocations",
                    "authorizerResultTtlInSeconds": 300,
                },
            }
        }
    },
    "paths": {
        "/pages/{name}": {
            "parameters": [{"name": "name", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": {"description": "a page"}}},
            "put": {"security": [{"editors": []}], "responses": {"200": {"description": "the new page"}}},
        }
    },
}


def editors(event, context):
    """Ada may write every page, Bob the page on milk.

    The policy is kept for five minutes and holds for every method that the same token calls meanwhile: so it
    says what Bob may do, and not whether he may do what he asked for just now.
    """
    stage = "/".join(event["methodArn"].split("/")[:2])
    if event["authorizationToken"] == "ada's token":
        return allow("ada")
    if event["authorizationToken"] == "bob's token":
        return allow("bob", resource=f"{stage}/PUT/pages/milk")
    raise Exception("Unauthorized")


def make_application():
    """What ``wsgi.py`` does."""
    application = get_wsgi_application()
    return Gateway(DEFINITION, application, lambdas={"editors": editors})


def main() -> None:
    if not settings.configured:
        settings.configure(
            SECRET_KEY="signs nothing", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[]
        )
        django.setup()
    application = make_application()

    def ask(verb, name, token=None, text=b""):
        environ = {
            "REQUEST_METHOD": verb,
            "PATH_INFO": f"/pages/{name}",
            "SERVER_NAME": "wiki.example",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(text)),
            "CONTENT_TYPE": "text/plain",
            "wsgi.input": io.BytesIO(text),
            "wsgi.url_scheme": "http",
        }
        if token:
            environ["HTTP_AUTHORIZATION"] = token
        answer = call_app(application, environ)
        print(f"{verb} {name:<6} {token or 'no token':<12} {answer.status} {answer.body().decode()}")

    ask("GET", "tea")
    ask("PUT", "tea", text=b"Never.")
    ask("PUT", "tea", "ada's token", b"Milk first.")
    ask("PUT", "tea", "bob's token", b"Milk last.")
    ask("PUT", "milk", "bob's token", b"From cows.")


if __name__ == "__main__":
    main()
