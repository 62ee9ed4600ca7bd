"""The gateway that the environment describes. Every answer says which process gave it, refusals as well.

METERED_LEDGER: a file that gets a line for every lease taken from Redis, the process and how much it wanted.
METERED_FIRST: so many requests with the key "hundreds" are served while this module is imported.
"""

import os
from wsgiref.util import setup_testing_defaults

import meters

from wsgi_gateway.mount import application as gateway
from wsgi_gateway.stores.redis_store import RedisStore
from wsgi_gateway.wsgi import call_app


def application(environ, start_response):
    def told(status, headers, exc_info=None):
        return start_response(status, [*headers, ("X-Worker", str(os.getpid()))], exc_info)

    return gateway(environ, told)


def noting(take_some, path):
    ledger = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def take_and_note(store, buckets, quotas, now, wanted):
        # Before it is taken: a process may be killed at any moment.
        os.write(ledger, f"{os.getpid()} {wanted}\n".encode())
        return take_some(store, buckets, quotas, now, wanted)

    return take_and_note


if "METERED_LEDGER" in os.environ:
    RedisStore.take_some = noting(RedisStore.take_some, os.environ["METERED_LEDGER"])

for _ in range(int(os.environ.get("METERED_FIRST", "0"))):
    environ = {"QUERY_STRING": "", "HTTP_X_API_KEY": meters.value("hundreds")}
    setup_testing_defaults(environ)
    answer = call_app(application, environ)
    assert answer.status_code == 200, answer.status
