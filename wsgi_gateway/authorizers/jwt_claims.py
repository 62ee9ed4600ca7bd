"""What the claims of a verified token must say, and how AWS shows them.

Each check raises :class:`~wsgi_gateway.authorizers.jws.TokenRefused` with a reason that names the claim and
never its value::

    >>> check_audience({"aud": ["shop", "desk"]}, frozenset({"desk"}))
    >>> scopes({"scope": "pets.read pets.write"}) == {"pets.read", "pets.write"}
    True

As AWS shows the claims of a user pool, in ``$context.authorizer.claims`` and to Lambda functions, all are
text: booleans and numbers as JSON prints them, lists joined by commas, objects as compact JSON, and the three
times ``exp``, ``iat`` and ``nbf`` as Java prints dates::

    >>> claim_texts({"exp": 1727342566, "auth_time": 1727196552, "cognito:groups": ["a", "b"]})
    {'exp': 'Thu Sep 26 09:22:46 UTC 2024', 'auth_time': '1727196552', 'cognito:groups': 'a,b'}

That is how events of deployed REST APIs, published by their owners between 2017 and 2024, have them; ``nbf``,
which user pools do not issue, and null, which is left out here, could not be seen.

Source: RFC 7519, section 4.1; RFC 8693, section 4.2;
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-enable-cognito-user-pool.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

from wsgi_gateway.authorizers.jws import TokenRefused

Claims = Mapping[str, Any]

ISSUED_AHEAD = 60
"""Seconds that ``iat`` may lie ahead of our clock: it grants nothing, and an issuer's may be a bit fast."""

_LAST_SECOND = 253_402_300_799  # of the year 9999; what lies beyond is no time, but a way to say "for ever"
_DAYS = "Mon Tue Wed Thu Fri Sat Sun".split()
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_TIMES = frozenset({"exp", "iat", "nbf"})
_TEXTS = ("sub", "jti")


def check_times(claims: Claims, now: float, leeway: float) -> None:
    """Refuse a token that is not valid yet, has no ``exp``, or has expired; which is looked at last.

    ``now``: seconds since the epoch. ``leeway``: seconds by which ``exp`` and ``nbf`` may be missed.
    """
    expires, begins, issued = _time(claims, "exp"), _time(claims, "nbf"), _time(claims, "iat")
    if expires is None:
        raise TokenRefused("the token has no exp")
    if begins is not None and now < begins - leeway:
        raise TokenRefused("the token's nbf is still to come")
    if issued is not None and now < issued - max(leeway, ISSUED_AHEAD):
        raise TokenRefused("the token's iat is still to come")
    if now >= expires + leeway:
        raise TokenRefused("the token has expired", expired=True)


def _time(claims: Claims, name: str) -> float | None:
    if name not in claims:
        return None
    value = claims[name]
    if type(value) not in (int, float) or not 0 <= value <= _LAST_SECOND:
        raise TokenRefused(f"the token's {name} is not a time")
    return value  # type: ignore[no-any-return]


def check_texts(claims: Claims) -> None:
    """Refuse a token whose ``sub`` or ``jti`` is not text, or whose ``aud`` is neither text nor texts."""
    for name in _TEXTS:
        if not isinstance(claims.get(name, ""), str):
            raise TokenRefused(f"the token's {name} is not text")
    audiences(claims)


def audiences(claims: Claims) -> tuple[str, ...]:
    """For whom the token is; nothing, if it does not say."""
    found = claims.get("aud", ())
    if isinstance(found, str):
        return (found,)
    if not isinstance(found, (list, tuple)) or not all(isinstance(one, str) for one in found):
        raise TokenRefused("the token's aud is neither text nor a list of texts")
    return tuple(found)


def check_audience(claims: Claims, accepted: frozenset[str]) -> None:
    """Refuse a token that is for none of those accepted."""
    if accepted.isdisjoint(audiences(claims)):
        raise TokenRefused("the token's aud names no audience of this authorizer")


def scopes(claims: Claims) -> frozenset[str]:
    """What the token is good for: ``scope``, or without it ``scp``; text with blanks, or a list of texts."""
    found = claims["scope"] if "scope" in claims else claims.get("scp", "")
    if isinstance(found, str):
        return frozenset(found.split(" ")) - {""}
    if not isinstance(found, (list, tuple)) or not all(isinstance(one, str) for one in found):
        raise TokenRefused("the token's scope is neither text nor a list of texts")
    return frozenset(found)


def check_scopes(claims: Claims, wanted: frozenset[str]) -> None:
    """Refuse a token that has none of the scopes wanted; where none is wanted, any will do."""
    if wanted and wanted.isdisjoint(scopes(claims)):
        raise TokenRefused("the token has none of the method's scopes")


# ---------------------------------------------------------------- as AWS shows them


def claim_texts(claims: Claims) -> dict[str, str]:
    """The claims by name, each as text."""
    return {name: _shown(name, value) for name, value in claims.items() if value is not None}


def _shown(name: str, value: Any) -> str:
    if name in _TIMES and type(value) in (int, float):
        return _java_date(value)
    if isinstance(value, (list, tuple)):
        return ",".join(map(_text, value))
    return _text(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _java_date(seconds: float) -> str:
    """``java.util.Date.toString()`` in UTC; not strftime, whose names are those of the locale."""
    year, month, day, hour, minute, second, weekday, *_ = time.gmtime(seconds)
    clock = f"{hour:02}:{minute:02}:{second:02}"
    return f"{_DAYS[weekday]} {_MONTHS[month - 1]} {day:02} {clock} UTC {year}"
