"""Lets tenants in: a token is ``key-of-NAME``, and the house has as many floors as names have letters.

It writes down who has asked, a line for each call, and answers only when nobody holds the door.
"""

import fcntl
import os

from wsgi_gateway.authorizers import allow, deny


def porter(event, context):
    with open(os.environ["TENANTS_CALLS"], "a") as calls:
        calls.write(f"{os.getpid()} {event['authorizationToken']}\n")
    with open(os.environ["TENANTS_DOOR"]) as door:
        fcntl.flock(door, fcntl.LOCK_SH)
    word, _, name = event["authorizationToken"].partition("-of-")
    if word == "stolen":
        return deny(name)
    if word == "broken":
        raise RuntimeError(name)
    if word != "key":
        raise Exception("Unauthorized")
    return allow(name, floor=len(name))
