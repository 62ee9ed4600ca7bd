"""Public keys that a JWK set publishes, made ready to verify: the door to PyJWT.

A key serves one family of algorithms, the one that its type has, so that a public RSA key can never be
taken for a shared secret. What a key says about itself (``use``, ``key_ops``, ``alg``) is believed; keys that
cannot be used are left out, and what is wrong with them is kept for the log::

    >>> keys = Keys({"keys": [{"kty": "oct", "kid": "a", "k": "c2VjcmV0"}]})
    >>> keys.find("a", "RS256") is None, keys.knows("a"), keys.problems
    (True, True, ('oct is no type of public key that is supported',))

=========  =======================================================
RSA        RS256, RS384, RS512; 2,048 to 16,384 bits, not ROCA's
EC         ES256 on P-256, ES384 on P-384, ES512 on P-521
=========  =======================================================

A token that names no key is verified only if exactly one key fits its algorithm; two keys of one name and
algorithm are no key at all.

Not for: secret and private keys. ``oct`` keys are left out, private members are not even read.

Source: RFC 7517, RFC 7518, RFC 8725.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

Verify = Callable[[bytes, bytes], bool]
"""Whether a signature (second) is right for a message (first)."""

KEY_LIMIT = 100
"""Keys of one set."""

ALGORITHMS = frozenset({"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"})
"""What can be verified: AWS's list."""

_RSA = ("RS256", "RS384", "RS512")
_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_BITS = range(2048, 16384 + 1)
_EXPONENTS = range(3, 2**32)
_SMALL_PRIMES = tuple(n for n in range(3, 168, 2) if all(n % divisor for divisor in range(3, n, 2)))


class UnusableKey(ValueError):
    """A key, or a set of keys, that nothing can be verified with. The text is for logs."""


class Keys:
    """The keys of one set, compiled. ``document`` is the JWK set as parsed.

    ``problems``: what is wrong with keys that were left out. Raises :class:`UnusableKey` for what is no set.
    """

    __slots__ = ("_found", "_kids", "problems")

    def __init__(self, document: Mapping[str, Any]) -> None:
        entries = document.get("keys")
        if not isinstance(entries, (list, tuple)):
            raise UnusableKey("the set has no list of keys")
        if len(entries) > KEY_LIMIT:
            raise UnusableKey(f"the set has more than {KEY_LIMIT} keys")
        self._kids: set[str] = set()
        self._found: dict[tuple[str | None, str], Verify | None] = {}
        problems = []
        for entry in entries:
            try:
                self._add(entry)
            except UnusableKey as error:
                problems.append(str(error))
        self.problems = tuple(problems)

    def _add(self, entry: Any) -> None:
        if not isinstance(entry, Mapping):
            raise UnusableKey("a key is not an object")
        kid = entry.get("kid")
        if kid is not None and not isinstance(kid, str):
            raise UnusableKey("a key's kid is not text")
        if kid is not None:
            self._kids.add(kid)
        for alg, verify in compile_key(entry):
            # A second one of the same name takes the first one away as well: which is meant cannot be told.
            for name in {kid, None}:
                self._found[name, alg] = None if (name, alg) in self._found else verify

    def __len__(self) -> int:
        return sum(verify is not None for verify in self._found.values())

    def __repr__(self) -> str:
        return f"<Keys {len(self._kids)} named>"

    def find(self, kid: str | None, alg: str) -> Verify | None:
        """What verifies the tokens of a key and an algorithm; without ``kid``, if only one key fits."""
        return self._found.get((kid, alg))

    def knows(self, kid: str | None) -> bool:
        """Whether the set has a key of that name, usable or not; without a name, whether it has any key."""
        return kid in self._kids if kid is not None else bool(self._found)


def compile_key(entry: Mapping[str, Any]) -> Iterator[tuple[str, Verify]]:
    """Each algorithm that a JWK may be used with, and how. Raises :class:`UnusableKey`."""
    if entry.get("use", "sig") != "sig":
        raise UnusableKey("a key is not for signatures")
    operations = entry.get("key_ops", ("verify",))
    if not isinstance(operations, (list, tuple)) or "verify" not in operations:
        raise UnusableKey("a key is not for verifying")
    kind = entry.get("kty")
    names: tuple[str, ...]
    if kind == "RSA":
        names, public = _RSA, _rsa(entry)
    elif kind == "EC":
        names, public = (_curve_algorithm(entry),), _ec(entry)
    else:
        known = kind if isinstance(kind, str) and len(kind) < 10 and kind.isprintable() else "kty"
        raise UnusableKey(f"{known} is no type of public key that is supported")
    if entry.get("alg") is not None:
        if entry["alg"] not in names:
            raise UnusableKey(f"a key's alg is not one of its type {kind}")
        names = (entry["alg"],)
    return ((name, _verifier(name, public)) for name in names)


def _rsa(entry: Mapping[str, Any]) -> Any:
    public = _public("RSA", {"kty": "RSA", "n": entry.get("n"), "e": entry.get("e")})
    if public.key_size not in _BITS:
        raise UnusableKey(f"an RSA key has {public.key_size} bits")
    if public.public_numbers().e not in _EXPONENTS:
        raise UnusableKey("an RSA key has an exponent out of range")
    if _is_roca(public.public_numbers().n):
        raise UnusableKey("an RSA key can be factored (ROCA, CVE-2017-15361)")
    return public


def _is_roca(modulus: int) -> bool:
    """Whether a modulus is, for each small prime, a power of 65537: so only broken smartcards make them."""
    return all(modulus % prime in _powers(prime) for prime in _SMALL_PRIMES)


@cache
def _powers(prime: int) -> frozenset[int]:
    return frozenset(pow(65537, exponent, prime) for exponent in range(prime))


def _curve_algorithm(entry: Mapping[str, Any]) -> str:
    curve = entry.get("crv")
    if not isinstance(curve, str) or curve not in _CURVES:
        raise UnusableKey("an EC key is on another curve than P-256, P-384 and P-521")
    return _CURVES[curve]


def _ec(entry: Mapping[str, Any]) -> Any:
    return _public("EC", {"kty": "EC", **{name: entry.get(name) for name in ("crv", "x", "y")}})


def _public(kind: str, members: dict[str, Any]) -> Any:
    """The key itself, made of its public members alone."""
    if not all(isinstance(value, str) for value in members.values()):
        raise UnusableKey(f"a member of an {kind} key is missing, or not text")
    try:
        return library()[kind].from_jwk(members)
    except Exception:  # PyJWT's, cryptography's and binascii's alike; their texts may repeat the key
        raise UnusableKey(f"an {kind} key cannot be read") from None


def _verifier(name: str, public: Any) -> Verify:
    verify = library()[name].verify
    return lambda message, signature: bool(verify(message, public, signature))


@cache
def library() -> dict[str, Any]:
    """PyJWT's algorithms by AWS's name, and what reads keys by type. The first call imports PyJWT."""
    from jwt.algorithms import ECAlgorithm, RSAAlgorithm

    digits = ("256", "384", "512")
    found: dict[str, Any] = {"RSA": RSAAlgorithm, "EC": ECAlgorithm}
    found |= {f"RS{n}": RSAAlgorithm(getattr(RSAAlgorithm, f"SHA{n}")) for n in digits}
    found |= {f"ES{n}": ECAlgorithm(getattr(ECAlgorithm, f"SHA{n}")) for n in digits}
    return found
