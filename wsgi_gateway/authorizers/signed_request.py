"""Signed requests: what a request says about its signature, in either of two forms.

A signature of AWS's version 4 comes in one of two forms, never in both:

* the header ``Authorization: AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...``, with
  ``X-Amz-Date`` (or ``Date``) and, for temporary credentials, ``X-Amz-Security-Token``;
* the query string of a presigned URL: ``X-Amz-Algorithm``, ``-Credential``, ``-Date``, ``-Expires``,
  ``-SignedHeaders``, ``-Signature`` and ``-Security-Token``.

:func:`read_signature` reads either and refuses what has no signature, half of one, or one that does not cover
what it has to::

    >>> from wsgi_gateway.authorizers.wire_request import WireRequest
    >>> request = WireRequest("GET", "/pets", headers=[("Host", "example.com")])
    >>> read_signature(request)
    Traceback (most recent call last):
    wsgi_gateway.authorizers.signature_refused.SignatureRefused: no signature

Covered must be ``Host``, every ``x-amz-*`` header and ``X-HTTP-Method-Override``, which changes the method.
Not so ``x-amz-security-token`` of a header signature and ``x-amz-content-sha256``, which are checked by
themselves (API Gateway's own JavaScript SDK adds the token after signing), and ``x-amz-cf-id``, which
CloudFront adds on the way.

Not for: telling whether a signature is right; :mod:`wsgi_gateway.authorizers.sigv4` does.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-authentication-methods.html
"""

from __future__ import annotations

import re
from calendar import timegm
from datetime import datetime
from email.utils import parsedate_to_datetime
from time import gmtime, strftime
from typing import NamedTuple
from urllib.parse import unquote_plus

from wsgi_gateway.authorizers.signature_refused import (
    SignatureRefused,
    hashed,
    incomplete,
    malformed,
    unsupported,
)
from wsgi_gateway.authorizers.wire_request import METHOD_OVERRIDE, WireRequest
from wsgi_gateway.errors import INVALID_SIGNATURE, MISSING_AUTHENTICATION_TOKEN

ALGORITHM = "AWS4-HMAC-SHA256"
AUTHORIZATION_LIMIT = 10_240
"""Characters of an Authorization header: AWS's limit for all headers together."""

TARGET_LIMIT = 65_536
"""Characters of the path, and of the query string, of a signed request."""

EXPIRES_LIMIT = 604_800
"""Seconds that a presigned URL may be valid: a week."""


_HEADER_PARAMETERS = ("Credential", "Signature", "SignedHeaders")
_QUERY_PARAMETERS = ("Algorithm", "Credential", "Signature", "SignedHeaders", "Date")
_CHECKED_BY_THEMSELVES = frozenset({"x-amz-content-sha256", "x-amz-cf-id"})
_BASIC_FORMAT = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_DIGITS = re.compile(r"[0-9]{1,9}")


class Signature(NamedTuple):
    """What a request says about its signature. ``value`` and ``token`` are for comparing only.

    ``scope``: access key id, date, region, service and terminator, as in the request. ``date``: the ISO 8601
    basic form; ``time``: the same in seconds since the epoch. ``expires``: seconds, of a presigned URL.
    ``payload``: the body's hash as the request has it, or None.
    """

    scope: list[str]
    date: str
    time: int
    signed_headers: list[str]
    value: str
    token: str | None
    is_presigned: bool
    expires: int | None
    payload: str | None

    def __repr__(self) -> str:
        return f"<Signature of {self.date}>"


def read_signature(request: WireRequest) -> Signature:
    """Read the signature of either form. Raises :class:`SignatureRefused`."""
    authorization = request.headers.get("authorization")
    if len(request.path) > TARGET_LIMIT or len(request.query) > TARGET_LIMIT:
        raise SignatureRefused(INVALID_SIGNATURE, None, "the path or the query string is too long")
    is_presigned = "X-Amz-Algorithm" in request.query and "X-Amz-Algorithm" in _names(request.query)
    if authorization and is_presigned:
        message = "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."
        raise SignatureRefused(INVALID_SIGNATURE, message, "signed by header and by query string")
    if is_presigned:
        signature = _of_query(request)
    elif authorization:
        signature = _of_header(request, authorization)
    else:
        raise SignatureRefused(MISSING_AUTHENTICATION_TOKEN, None, "no signature")
    _check_coverage(request.headers, signature)
    return signature


# ---------------------------------------------------------------- the header


def _of_header(request: WireRequest, authorization: str) -> Signature:
    found = _parameters(authorization)
    headers = request.headers
    date = headers.get("x-amz-date") or headers.get("date")
    message = "".join(
        f"Authorization header requires '{name}' parameter. "
        for name in _HEADER_PARAMETERS
        if not found[name]
    )
    if not date:
        message += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
    if message:
        message += f"(Hashed with SHA-256 and encoded with Base64) Authorization={hashed(authorization)}"
        raise incomplete(message, "a part of the signature is missing")
    assert date
    date, time = _moment(date, is_basic="x-amz-date" in headers)
    return Signature(
        _scope(found["Credential"]),
        date,
        time,
        found["SignedHeaders"].split(";"),
        found["Signature"],
        headers.get("x-amz-security-token"),
        False,
        None,
        headers.get("x-amz-content-sha256"),
    )


def _parameters(authorization: str) -> dict[str, str]:
    """The three parameters of the header, empty where it has none."""
    found = dict.fromkeys(_HEADER_PARAMETERS, "")
    scheme, blank, rest = authorization.partition(" ")
    if scheme[:5] == "AWS4-" and scheme != ALGORITHM:
        raise unsupported(scheme)
    if not blank:
        return found
    if scheme != ALGORITHM or len(authorization) > AUTHORIZATION_LIMIT:
        raise malformed(authorization, "the Authorization header is not a signature, or too long for one")
    for part in rest.split(","):
        name, equals, value = part.strip(" ").partition("=")
        if not equals or found.get(name) != "":
            raise malformed(authorization, "a part of the signature is unknown, repeated, or has no value")
        found[name] = value
    return found


# ---------------------------------------------------------------- the query string


def _names(query: str) -> list[str]:
    return [pair.partition("=")[0] for pair in query.split("&")]


def _of_query(request: WireRequest) -> Signature:
    found = _query_parameters(request.query)
    if found.get("Algorithm", ALGORITHM) != ALGORITHM:
        raise unsupported(found["Algorithm"])
    missing = [name for name in _QUERY_PARAMETERS if not found.get(name)]
    if missing:
        message = " ".join(f"AWS query-string parameters must include 'X-Amz-{name}'." for name in missing)
        raise incomplete(
            f"{message} Re-examine the query-string parameters.", "a part of the signature is missing"
        )
    date, time = _moment(found["Date"], is_basic=True)
    return Signature(
        _scope(found["Credential"]),
        date,
        time,
        found["SignedHeaders"].split(";"),
        found["Signature"],
        found.get("Security-Token"),
        True,
        _expires(found.get("Expires")),
        found.get("Content-Sha256") or request.headers.get("x-amz-content-sha256"),
    )


def _query_parameters(query: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in query.split("&"):
        if pair[:6] == "X-Amz-":
            name, _, value = pair[6:].partition("=")
            if name in found:
                raise incomplete("Re-examine the query-string parameters.", "a parameter stands there twice")
            found[name] = unquote_plus(value) if "%" in value or "+" in value else value
    return found


def _expires(text: str | None) -> int | None:
    if text is None:
        return None
    if not _DIGITS.fullmatch(text):
        raise incomplete("X-Amz-Expires should be a number", "X-Amz-Expires is not a number")
    seconds = int(text)
    if not 1 <= seconds <= EXPIRES_LIMIT:
        message = f"X-Amz-Expires must be less than a week (in seconds) that is {EXPIRES_LIMIT}"
        raise incomplete(
            message if seconds else "X-Amz-Expires must be positive", "X-Amz-Expires is out of range"
        )
    return seconds


# ---------------------------------------------------------------- both


def _scope(credential: str) -> list[str]:
    scope = credential.split("/")
    if len(scope) != 5:
        # AWS repeats the credential here; it may be a secret that was put into the wrong place.
        message = (
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term"
        )
        raise incomplete(f"{message}.", "the credential scope has not five parts")
    return scope


def _moment(date: str, *, is_basic: bool) -> tuple[str, int]:
    """A date as it stands in the string to sign, and in seconds since the epoch."""
    try:
        if _BASIC_FORMAT.fullmatch(date):
            parts = (date[:4], date[4:6], date[6:8], date[9:11], date[11:13], date[13:15])
            moment = datetime(*map(int, parts))  # type: ignore[arg-type]  # refuses what is no date
            return date, timegm(moment.timetuple())
        if not is_basic and len(date) < 64:
            time = timegm(parsedate_to_datetime(date).utctimetuple())
            return basic_format(time), time
    except (ValueError, TypeError, IndexError, OverflowError):
        pass
    message = f"Date must be in ISO-8601 'basic format'. Got '{date[:64]}'. See http://en.wikipedia.org/wiki/ISO_8601"
    raise incomplete(message, "the date is malformed")


def basic_format(time: float) -> str:
    """``20150830T123600Z``, of seconds since the epoch."""
    return strftime("%Y%m%dT%H%M%SZ", gmtime(time))


def _check_coverage(headers: dict[str, str], signature: Signature) -> None:
    """Refuse a signature that leaves out what it must cover, or names what was not sent."""
    names, signed = signature.signed_headers, set(signature.signed_headers)
    if "host" not in signed:
        message = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
        raise SignatureRefused(INVALID_SIGNATURE, message, "the Host header is not signed")
    for name in headers:
        if (name[:6] == "x-amz-" or name == METHOD_OVERRIDE) and name not in signed:
            if name in _CHECKED_BY_THEMSELVES:
                continue
            if name == "x-amz-security-token" and not signature.is_presigned:
                continue
            message = f"'{name[:64]}' must be a 'SignedHeader' in the AWS Authorization."
            raise SignatureRefused(INVALID_SIGNATURE, message, f"the header {name[:64]} is not signed")
    if not signed <= headers.keys():
        raise SignatureRefused(INVALID_SIGNATURE, None, "a signed header is not there")
    if len(signed) < len(names) or names != sorted(names):
        raise SignatureRefused(INVALID_SIGNATURE, None, "SignedHeaders is not sorted, or repeats itself")
