"""CORS headers that contradict each other.

``Access-Control-Allow-Origin: *`` beside ``Access-Control-Allow-Credentials: true`` is refused by browsers,
and who writes both wants every site to act with a visitor's cookies; reflecting the Origin header gives
exactly that.

Source: https://fetch.spec.whatwg.org/#cors-protocol-and-credentials
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wsgi_gateway.errors import Place, Problem

_ORIGIN = "access-control-allow-origin"
_CREDENTIALS = "access-control-allow-credentials"


def check_cors(parameters: Mapping[str, str], at: Place) -> Iterator[Problem]:
    """Whether response parameters allow credentials to every origin."""
    values = {
        target.rpartition(".")[2].lower(): value
        for target, value in parameters.items()
        if isinstance(value, str)
    }
    if values.get(_CREDENTIALS, "").strip("'\" ").lower() != "true":
        return
    origin = values.get(_ORIGIN, "")
    if origin.strip("'\" ") == "*":
        message = (
            "Access-Control-Allow-Origin '*' and Access-Control-Allow-Credentials 'true' exclude each other"
        )
        yield Problem("cors-credentials", message, at, "name the origins that may send credentials")
    elif origin.lower() == "method.request.header.origin":
        message = (
            "every origin may act with a visitor's credentials: Access-Control-Allow-Origin reflects Origin"
        )
        yield Problem("cors-credentials", message, at, "name the origins", severity="warning")
