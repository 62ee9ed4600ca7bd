"""Refused signatures: AWS's types and texts for the client, a reason for the log.

::

    try:
        caller = verifier.verify(request)
    except SignatureRefused as refused:
        return refused.answer()

The reason says what is wrong and repeats nothing of what came in. The message is AWS's; it may repeat a date,
a region or a header's name, and of an Authorization header the SHA-256, as API Gateway does since 2023.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html, and what AWS's
services were seen to answer.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from wsgi_gateway.errors import INVALID_SIGNATURE, GatewayError, ResponseType

SIGV4A = "AWS4-ECDSA-P256-SHA256"
INCOMPLETE = "IncompleteSignatureException"


class SignatureRefused(Exception):
    """The request is not admitted. ``kind``: a row of AWS's table; ``message``: AWS's text, for the client.

    ``reason``: for logs; it holds nothing of what came in. ``error_type``: the ``x-amzn-ErrorType`` where it
    is not the kind's own.
    """

    def __init__(
        self, kind: ResponseType, message: str | None, reason: str, error_type: str | None = None
    ) -> None:
        super().__init__(kind, message, reason, error_type)
        self.kind, self.reason, self.error_type = kind, reason, error_type
        self.message = kind.message if message is None else message

    def __str__(self) -> str:
        return self.reason

    def answer(self) -> GatewayError:
        """The same as an answer for the client."""
        return GatewayError(self.kind, self.message, error_type=self.error_type, reason=self.reason)


def malformed(authorization: str, reason: str) -> SignatureRefused:
    """The refusal of an Authorization header that is not one of AWS's."""
    message = (
        "Invalid key=value pair (missing equal-sign) in Authorization header "
        f"(hashed with SHA-256 and encoded with Base64): '{hashed(authorization)}'."
    )
    return incomplete(message, reason)


def hashed(text: str) -> str:
    """What API Gateway shows of an Authorization header: SHA-256 in base64."""
    return b64encode(sha256(text.encode("latin-1", "replace")).digest()).decode()


def incomplete(message: str, reason: str) -> SignatureRefused:
    """The refusal of half a signature."""
    return SignatureRefused(INVALID_SIGNATURE, message, reason, INCOMPLETE)


def unsupported(algorithm: str) -> SignatureRefused:
    """The refusal of a signature of another algorithm."""
    reason = "SigV4a is not supported" if algorithm == SIGV4A else "the algorithm is unknown"
    return incomplete(f"Unsupported AWS 'algorithm': '{algorithm[:64]}'.", reason)
