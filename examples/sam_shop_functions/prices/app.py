"""The function ``Prices`` of the template beside."""

import json
import os

PRICES = json.loads(os.environ["PRICES"])


def handler(event, context):
    """What articles cost, or a basket of them."""
    if event["httpMethod"] == "GET":
        return {"statusCode": 200, "body": json.dumps(PRICES)}
    basket = json.loads(event["body"])
    total = PRICES[basket["article"]] * basket["pieces"]
    member = event["requestContext"]["authorizer"]["principalId"]
    return {"statusCode": 200, "body": json.dumps({"total": total, "for": member})}
