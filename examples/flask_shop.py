"""A Flask shop that was never meant for strangers, with API keys, a throttle and validation around it.

Run it: ``python examples/flask_shop.py``. The shop's own code is not touched; the last line of
:func:`open_shop` does it all.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Flask, jsonify, request

from wsgi_gateway import ApiKeyConfig, ApiStageConfig, Gateway, ThrottleConfig, UsagePlanConfig, load

DEFINITION = {
    "openapi": "3.0.1",
    "info": {"title": "shop", "version": "1"},
    "x-amazon-apigateway-request-validators": {
        "everything": {"validateRequestBody": True, "validateRequestParameters": True}
    },
    "x-amazon-apigateway-request-validator": "everything",
    "components": {
        "securitySchemes": {"api_key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
        "schemas": {
            "Basket": {
                "type": "object",
                "required": ["article", "pieces"],
                "properties": {"article": {"type": "string"}, "pieces": {"type": "integer", "minimum": 1}},
            }
        },
    },
    "paths": {
        "/articles": {"get": {"responses": {"200": {"description": "what there is"}}}},
        "/baskets": {
            "post": {
                "security": [{"api_key": []}],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Basket"}}}
                },
                "responses": {"200": {"description": "the price"}},
            }
        },
    },
}

KEY = "the-key-of-partner-seven"


def make_shop() -> Flask:
    """The legacy app: it divides by what it is told to, and counts nobody."""
    shop = Flask("shop")
    prices = {"tea": 4, "milk": 1}

    @shop.get("/articles")
    def articles():
        return jsonify(prices)

    @shop.post("/baskets")
    def baskets():
        basket = request.get_json()
        return jsonify(price=prices[basket["article"]] * basket["pieces"])

    return shop


def open_shop() -> Flask:
    """The same app behind the gateway."""
    shop = make_shop()
    api = replace(
        load(DEFINITION),
        api_keys=[ApiKeyConfig(id="seven", value=KEY)],
        usage_plans=[
            UsagePlanConfig(
                id="partners",
                keys=["seven"],
                api_stages=[ApiStageConfig(stage="prod")],
                throttle=ThrottleConfig(rate_limit=0.01, burst_limit=3),
            )
        ],
    )
    shop.wsgi_app = Gateway(api, shop.wsgi_app, stage="prod")
    return shop


def main() -> None:
    client = open_shop().test_client()
    key = {"x-api-key": KEY}

    def tell(what, answer):
        print(f"{what:<40} {answer.status_code} {answer.get_data(as_text=True).strip()}")

    tell("articles, open to everybody", client.get("/articles"))
    tell("a basket without a key", client.post("/baskets", json={"article": "tea", "pieces": 2}))
    tell("a basket with a key", client.post("/baskets", json={"article": "tea", "pieces": 2}, headers=key))
    tell(
        "pieces that are no number",
        client.post("/baskets", json={"article": "tea", "pieces": "2"}, headers=key),
    )
    tell(
        "the third with this key", client.post("/baskets", json={"article": "milk", "pieces": 1}, headers=key)
    )
    tell("the fourth", client.post("/baskets", json={"article": "milk", "pieces": 1}, headers=key))
    tell("a path nobody declared", client.get("/admin"))


if __name__ == "__main__":
    main()
