"""The compact form of a signed token, read strictly: what was signed has one spelling, and one meaning.

Why so strict: whatever two readers of a token may read differently is a way past one of them. A list of
revoked tokens is worth nothing if a token has a second spelling, and of two ``exp`` members somebody
believes the other one::

    >>> signed = parse_jws("eyJhbGciOiJSUzI1NiIsImtpZCI6ImEifQ.e30.AAAA")
    >>> signed.alg, signed.kid, signed.payload
    ('RS256', 'a', b'{}')

Refused are: more than 16 KiB; anything but three parts of unpadded, canonical base64url; headers and
payloads that are no JSON object, or hold a member twice, NaN, an infinite number or half a surrogate pair;
and header members that change what the rest means (``crit``, ``b64``, ``zip``, ``enc``, ``cty``). Where a key
could be had (``jku``, ``jwk``, ``x5u``, ``x5c``) is not even looked at.

An ECDSA signature has a twin that is right too, (r, n-s), and issuers make either: name tokens by ``jti``, or
by what was signed, not by their whole text.

Not for: deciding whether the signature is right, or what the payload says:
:mod:`wsgi_gateway.authorizers.jwt_token`.

Source: RFC 7515, RFC 8725.
"""

from __future__ import annotations

import json
import re
from binascii import a2b_base64
from math import isfinite
from typing import Any, NamedTuple, NoReturn

TOKEN_LIMIT = 16 * 1024
"""Bytes of a token."""

KID_LIMIT = 512
"""Characters of a key's name."""

OTHER_TYPES = frozenset(
    "logout+jwt dpop+jwt secevent+jwt oauth-authz-req+jwt client-authentication+jwt token-introspection+jwt "
    "entity-statement+jwt kb+jwt".split()
)
"""Types of tokens that issuers sign with the same keys and that never stand for a caller (RFC 8725, 3.11)."""

_COMPACT = re.compile(rb"([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]+)")
_STANDARD = bytes.maketrans(b"-_", b"+/")
_PADDING = (b"", b"", b"==", b"=")
_LAST = {2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}
"""The last character of a part whose bits are left over; any other has a twin that decodes alike."""

_MEANING = ("crit", "b64", "zip", "enc", "cty")


LEVELS = 100
"""Of objects and lists in a header or a payload, at most."""


class TokenRefused(Exception):
    """A token that proves nothing.

    ``reason``: which check failed, for logs and traces; never a part of the token. ``expired``: whether it
    was good once, which is all that a client may be told apart.
    """

    def __init__(self, reason: str, *, expired: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.expired = expired


class Jws(NamedTuple):
    """What a token consists of. ``message`` is what is signed, as it was sent; ``kid`` may be missing."""

    alg: str
    kid: str | None
    message: bytes
    payload: bytes
    signature: bytes

    def __repr__(self) -> str:
        return "<Jws>"


def parse_jws(token: str) -> Jws:
    """Take a token apart. Raises :class:`TokenRefused` for whatever is not exactly in the compact form."""
    if len(token) > TOKEN_LIMIT:
        raise TokenRefused(f"the token has more than {TOKEN_LIMIT} bytes")
    match = _COMPACT.fullmatch(token.encode("ascii", "replace"))
    if match is None:
        raise TokenRefused("the token is not three parts of base64url")
    header, payload, signature = map(_decoded, match.groups())
    alg, kid = _names(json_object(header, "the token's header"))
    return Jws(alg, kid, match.string[: match.end(2)], payload, signature)


def _decoded(part: bytes) -> bytes:
    over = len(part) % 4
    if over == 1 or (over and part[-1] not in _LAST[over]):
        raise TokenRefused("a part of the token is not canonical base64url")
    return a2b_base64(part.translate(_STANDARD) + _PADDING[over])


def _names(header: dict[str, Any]) -> tuple[str, str | None]:
    """Algorithm and key as the header names them."""
    for member in _MEANING:
        if member in header:
            raise TokenRefused(f"the token's header has {member}")
    alg, kid = header.get("alg"), header.get("kid")
    if not isinstance(alg, str):
        raise TokenRefused("the token's alg is not text")
    if "kid" in header and not (isinstance(kid, str) and len(kid) <= KID_LIMIT):
        raise TokenRefused("the token's kid is not text, or too long")
    typ = header.get("typ", "")
    if not isinstance(typ, str) or typ.lower().removeprefix("application/") in OTHER_TYPES:
        raise TokenRefused("the token's typ says that it is for something else")
    return alg, kid


# ---------------------------------------------------------------- JSON


def json_object(data: bytes, what: str) -> dict[str, Any]:
    """The JSON object in ``data``. Raises :class:`TokenRefused`, naming ``what``, for anything doubtful."""
    try:
        text = data.decode("utf-8")
        value = _decode(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()  # half a surrogate pair has no UTF-8
        if text.count("[") + text.count("{") > LEVELS and _is_deep(value):
            raise ValueError("too many levels")
    except (ValueError, RecursionError):
        raise TokenRefused(f"{what} is not strict JSON") from None
    if not isinstance(value, dict):
        raise TokenRefused(f"{what} is not a JSON object")
    return value


def _is_deep(value: Any) -> bool:
    """Whether it has more than LEVELS levels. How many Python itself can read differs by its version."""
    level = [value]
    for _ in range(LEVELS):
        members = (
            one.values() if isinstance(one, dict) else one for one in level if isinstance(one, (dict, list))
        )
        level = [member for some in members for member in some]
        if not level:
            return False
    return True


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _finite(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError("out of range")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError("not a number of JSON")


_decode = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_constant).decode
