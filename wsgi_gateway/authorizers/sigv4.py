"""Signature Version 4: who signed a request, proved.

The secret never travels. Client and gateway both write the request down in one canonical form, sign its hash
with a key made from the secret, and compare. So whatever the signature covers cannot have been changed on
the way: the method, the path, the whole query string, the headers it names and the body::

    verifier = SignatureVerifier({"AKIDEXAMPLE": credential}, region="us-east-1")
    try:
        caller = verifier.verify(from_environ(environ))
    except SignatureRefused as refused:
        return refused.answer()
    caller.identity["userArn"]     # arn:aws:iam::123456789012:user/alice

===========================================  ==============================  ===============================
no signature                                 MISSING_AUTHENTICATION_TOKEN    "Missing Authentication Token"
half a signature, or malformed               INVALID_SIGNATURE (Incomplete)  says what is missing
wrong in anything                            INVALID_SIGNATURE               "The request signature we ..."
too old, or of the future                    INVALID_SIGNATURE               "Signature expired: ..."
another region, service or day               INVALID_SIGNATURE               "Credential should be ..."
unknown key, or a session token not its own  ACCESS_DENIED                   "The security token ... invalid."
temporary credentials past their time        EXPIRED_TOKEN                   "The security token ... expired"
===========================================  ==============================  ===============================

The body's hash is always that of the body: ``x-amz-content-sha256`` may be absent, or must be true;
``UNSIGNED-PAYLOAD`` is Amazon S3's alone. A path with ``.`` or ``..`` segments is refused, because what is
signed is the path without them, and what is routed is not; see
:func:`~wsgi_gateway.authorizers.wire_request.signed_path`.

AWS's own gateway was seen to allow 5 minutes between clocks, its documentation says 15:
``window_seconds``. A server must say how the path was sent (``RAW_URI`` or ``REQUEST_URI``), and a proxy
must leave ``Host`` alone; else nothing matches.

Not for: SigV4a (``AWS4-ECDSA-P256-SHA256``), which is refused. Not for: what the caller may do; that is
for policies to say. Not against replays within the window; AWS has nothing against them either.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest, digest
from secrets import token_hex
from typing import Any, NamedTuple

from wsgi_gateway.authorizers.canonical_request import canonical_request, string_to_sign
from wsgi_gateway.authorizers.credentials import Credential, provider_of
from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.authorizers.signature_refused import SignatureRefused
from wsgi_gateway.authorizers.signed_request import Signature, basic_format, read_signature
from wsgi_gateway.authorizers.wire_request import WireRequest
from wsgi_gateway.errors import (
    ACCESS_DENIED,
    AUTHORIZER_FAILURE,
    EXPIRED_TOKEN,
    INVALID_SIGNATURE,
    ConfigError,
    GatewayError,
)
from wsgi_gateway.typing import Clock

WINDOW_SECONDS = 900
"""How far the clocks of client and gateway may be apart, as AWS documents it."""

TERMINATOR = "aws4_request"
KEPT_KEYS = 1024
"""Signing keys kept: one per credential, day and region."""

_INVALID_TOKEN = "The security token included in the request is invalid."
_HASH = re.compile(r"[0-9a-f]{64}")
_DOTS = re.compile(r"/\.{1,2}(?=/|\Z)")


class Caller(NamedTuple):
    """Who signed. ``identity``: what ``$context.identity`` gets, by AWS's names; values may be None."""

    access_key_id: str
    principal: PrincipalRecord
    identity: Mapping[str, str | None]


class SignatureVerifier:
    """Verifies signed requests.

    ``credentials``: see :mod:`wsgi_gateway.authorizers.credentials`. ``region``: the one to be signed for;
    None for any. ``clock``: seconds since the epoch. ``window_seconds``: how far the clocks may be apart.
    Raises ConfigError for options that cannot work.
    """

    def __init__(
        self,
        credentials: Any,
        *,
        region: str | None,
        service: str = "execute-api",
        clock: Clock = time.time,
        window_seconds: float = WINDOW_SECONDS,
    ) -> None:
        if region == "" or not service:
            raise ConfigError("a region and a service to be signed for cannot be empty")
        if not 0 < window_seconds <= 86_400:
            raise ConfigError(f"window_seconds is {window_seconds!r}, not above zero and at most a day")
        self._find = provider_of(credentials).find
        self._region, self._service, self._clock, self._window = region, service, clock, window_seconds
        self._signing_key = lru_cache(KEPT_KEYS)(signing_key)
        nobody = PrincipalRecord(arn="arn:aws:iam::000000000000:root")
        self._nobody = Credential("nobody", token_hex(32), principal=nobody)

    def verify(self, request: WireRequest) -> Caller:
        """Who signed this request. Raises :class:`SignatureRefused`.

        Also raises GatewayError where the body cannot be read, or where looking up the key fails.
        """
        signature = read_signature(request)
        now = self._clock()
        self._check_time(signature, now)
        self._check_scope(signature)
        payload = _payload_hash(request, signature)
        # An unknown key goes the whole way of a wrong signature, so that neither can be told by its time.
        credential = self._find(signature.scope[0]) or self._nobody
        if credential is not self._nobody and credential.access_key_id != signature.scope[0]:
            raise GatewayError(AUTHORIZER_FAILURE, reason="the provider gave the credential of another key")
        key = self._signing_key(credential.secret_access_key, *signature.scope[1:4])
        expected = digest(key, _string_to_sign(request, signature, payload), "sha256").hex()
        is_right = compare_digest(expected.encode(), signature.value.encode("utf-8", "replace"))
        if credential is self._nobody:
            raise SignatureRefused(ACCESS_DENIED, _INVALID_TOKEN, "the access key is unknown")
        if not is_right:
            raise _mismatch("the signature is wrong")
        if _DOTS.search(request.path):
            raise _mismatch("the path that was signed is not the path that was asked for")
        if signature.payload is not None and payload != sha256(request.body()).hexdigest():
            raise _mismatch("the body is not the one that was signed")
        _check_token(credential, signature, now)
        return Caller(credential.access_key_id, credential.principal, credential.identity)

    def _check_time(self, signature: Signature, now: float) -> None:
        signed = signature.time
        lifetime = self._window if signature.expires is None else signature.expires
        if signed < now - lifetime:
            message = (
                f"Signature expired: {signature.date} is now earlier than {basic_format(now - lifetime)} "
                f"({basic_format(now)} - {lifetime / 60:g} min.)"
            )
            raise SignatureRefused(INVALID_SIGNATURE, message, "the signature is too old")
        if signed > now + self._window:
            message = (
                f"Signature not yet current: {signature.date} is still later than "
                f"{basic_format(now + self._window)} ({basic_format(now)} + {self._window / 60:g} min.)"
            )
            raise SignatureRefused(INVALID_SIGNATURE, message, "the signature is of the future")

    def _check_scope(self, signature: Signature) -> None:
        _, day, region, service, terminator = signature.scope
        message = ""
        if region != self._region and (self._region is not None or not region):
            message += f"Credential should be scoped to a valid region, not '{region[:64]}'. "
        if service != self._service:
            message += f"Credential should be scoped to correct service: '{self._service}'. "
        if terminator != TERMINATOR:
            message += (
                f"Credential should be scoped with a valid terminator: '{TERMINATOR}', "
                f"not '{terminator[:64]}'. "
            )
        if day != signature.date[:8]:
            message += (
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                f"'{day[:64]}' != '{signature.date[:8]}', from '{signature.date}'. "
            )
        if message:
            reason = "the credential scope is of another region, service or day"
            raise SignatureRefused(INVALID_SIGNATURE, message, reason)


def _mismatch(reason: str) -> SignatureRefused:
    return SignatureRefused(INVALID_SIGNATURE, None, reason)


def _payload_hash(request: WireRequest, signature: Signature) -> str:
    """The body's hash as the request has it, which is checked later, or that of the body."""
    if signature.payload is None:
        return sha256(request.body()).hexdigest()
    if not _HASH.fullmatch(signature.payload):
        raise _mismatch("x-amz-content-sha256 is not a hash")
    return signature.payload


def _string_to_sign(request: WireRequest, signature: Signature, payload_hash: str) -> bytes:
    try:
        return string_to_sign(signature, canonical_request(request, signature, payload_hash)).encode()
    except UnicodeEncodeError:
        raise _mismatch("the request has text that no bytes can have given") from None


def signing_key(secret_access_key: str, date: str, region: str, service: str) -> bytes:
    """The key of one day, region and service. ``date``: ``YYYYMMDD``."""
    key = f"AWS4{secret_access_key}".encode()
    for part in (date, region, service, TERMINATOR):
        key = digest(key, part.encode("utf-8", "replace"), "sha256")
    return key


def _check_token(credential: Credential, signature: Signature, now: float) -> None:
    own, sent = credential.session_token or "", signature.token or ""
    if not compare_digest(own.encode(), sent.encode("utf-8", "replace")):
        raise SignatureRefused(ACCESS_DENIED, _INVALID_TOKEN, "the session token is not that of the key")
    if credential.expires is not None and now >= credential.expires:
        raise SignatureRefused(EXPIRED_TOKEN, None, "the credentials have expired")
