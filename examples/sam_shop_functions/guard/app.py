"""The function ``Guard`` of the template beside: who may fill a basket."""


def handler(event, context):
    """A policy for the holder of a token."""
    allow = event["authorizationToken"] == "token-of-ada"
    statement = {
        "Action": "execute-api:Invoke",
        "Effect": "Allow" if allow else "Deny",
        "Resource": event["methodArn"],
    }
    return {"principalId": "ada", "policyDocument": {"Version": "2012-10-17", "Statement": [statement]}}
