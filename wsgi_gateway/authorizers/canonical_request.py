"""The canonical request: one form for all spellings of a request, of which the signature is made.

Method, path, query string, signed headers and the body's hash, a line each::

    >>> canonical_query("b=2&a=%7Eme&a=+x")
    'a=%20x&a=~me&b=2'
    >>> canonical_uri("/pets/a%20b/../c d")
    '/pets/c%20d'

All AWS services but Amazon S3 encode the path once more, so that ``%20`` as sent is signed as ``%2520``, and
take dots and empty segments out of it.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import re
from hashlib import sha256
from urllib.parse import quote, unquote_to_bytes

from wsgi_gateway.authorizers.signed_request import ALGORITHM, Signature
from wsgi_gateway.authorizers.wire_request import WireRequest, normal_path

_BLANKS = re.compile(r"[ \t\r\n]+")
_PLAIN_PATH = re.compile(r"(?:/[A-Za-z0-9_~\-][A-Za-z0-9._~\-]*)*/?")
# Unreserved characters as they are, all others as escapes in capitals: what encoding would make of them.
_ENCODED = re.compile(
    r"[A-Za-z0-9._~\-]*+(?:%(?:[0189A-F][0-9A-F]|2[0-9A-CF]|3[A-F]|40|5[B-E]|60|7[B-DF])[A-Za-z0-9._~\-]*+)*+"
)


def canonical_request(request: WireRequest, signature: Signature, payload_hash: str) -> str:
    """The request in its canonical form, text of latin-1 code points. ``payload_hash``: hexadecimal."""
    headers, names = request.headers, signature.signed_headers
    lines = [
        request.method,
        canonical_uri(request.path),
        canonical_query(request.query, without="X-Amz-Signature" if signature.is_presigned else None),
        *[f"{name}:{_squeezed(headers[name])}" for name in names],
        "",
        ";".join(names),
        payload_hash,
    ]
    return "\n".join(lines)


def string_to_sign(signature: Signature, canonical: str) -> str:
    """What is signed: algorithm, date, scope and the hash of the canonical request."""
    scope = "/".join(signature.scope[1:])
    return f"{ALGORITHM}\n{signature.date}\n{scope}\n{sha256(canonical.encode('latin-1')).hexdigest()}"


def canonical_uri(path: str) -> str:
    """The path as signed: without dots and empty segments, and encoded once more, escapes too."""
    if path and _PLAIN_PATH.fullmatch(path):
        return path
    return quote(normal_path(path), safe="/-._~", encoding="latin-1")


def canonical_query(query: str, *, without: str | None = None) -> str:
    """The query string as signed: decoded and encoded again, sorted by name and value.

    ``without``: a name to leave out, the signature's own. A plus is a blank, as AWS reads it.
    """
    if not query:
        return ""
    pairs = []
    for pair in query.split("&"):
        name, _, value = pair.partition("=")
        if pair and name != without:
            pairs.append((_encoded(name), _encoded(value)))
    pairs.sort()
    return "&".join([f"{name}={value}" for name, value in pairs])


def _encoded(text: str) -> str:
    if _ENCODED.fullmatch(text):
        return text
    return quote(unquote_to_bytes(text.replace("+", " ").encode("latin-1")), safe="-._~")


def _squeezed(value: str) -> str:
    """A header's value without blanks at its ends and with single ones inside."""
    if "  " in value or "\t" in value or "\n" in value or "\r" in value:
        value = _BLANKS.sub(" ", value)
    return value.strip(" ")
