"""What stands behind ``depot.yaml`` in this process: a Flask app, and a Lambda function."""

from __future__ import annotations

import json

from flask import Flask

app = Flask(__name__)


@app.get("/")
def front():
    return "the depot"


@app.get("/stock/<item>")
def stock(item):
    return {"item": item, "pieces": len(item)}


def price(event, context):
    item = (event["queryStringParameters"] or {}).get("item", "")
    if not item:
        raise ValueError("no item")
    answer = {"item": item, "cents": 100 * len(item), "stage": event["requestContext"]["stage"]}
    return {"statusCode": 200, "headers": {"X-Currency": "EUR"}, "body": json.dumps(answer)}
