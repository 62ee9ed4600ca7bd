"""Keys of a set: which may be used for what, and which are left out."""

from __future__ import annotations

from typing import Any

import pytest
from authorizers.tokens import encoded, jwk, key_set, private

from wsgi_gateway.authorizers.jwk import KEY_LIMIT, Keys, UnusableKey

RS = {"RS256", "RS384", "RS512"}
EVERY = sorted({*RS, "ES256", "ES384", "ES512", "HS256", "PS256", "none"})


def serves(entry: dict[str, Any]) -> set[str]:
    keys = Keys({"keys": [entry]})
    return {alg for alg in EVERY if keys.find(entry.get("kid"), alg) is not None}


def without(name: str, *members: str) -> dict[str, Any]:
    return {member: value for member, value in jwk(name).items() if member not in members}


@pytest.mark.parametrize(
    ("entry", "algorithms"),
    [
        pytest.param(jwk("rsa"), RS, id="RSA"),
        pytest.param(jwk("rsa", alg="RS512"), {"RS512"}, id="RSA that says RS512"),
        pytest.param(jwk("rsa", use="sig", key_ops=["verify"]), RS, id="RSA that says it is for verifying"),
        pytest.param(jwk("rsa", alg=None), RS, id="alg null"),
        pytest.param(jwk("rsa", d="AAAA", p="AAAA"), RS, id="RSA with private members, which are not read"),
        pytest.param(without("rsa", "kid"), RS, id="RSA without a name"),
        pytest.param(jwk("ES256"), {"ES256"}, id="P-256"),
        pytest.param(jwk("ES384"), {"ES384"}, id="P-384"),
        pytest.param(jwk("ES512"), {"ES512"}, id="P-521"),
    ],
)
def test_a_key_serves_the_algorithms_of_its_type(entry: dict[str, Any], algorithms: set[str]) -> None:
    assert serves(entry) == algorithms


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        pytest.param("key", "a key is not an object", id="text"),
        pytest.param(jwk("rsa", kid=7), "a key's kid is not text", id="a name that is a number"),
        pytest.param(jwk("rsa", use="enc"), "a key is not for signatures", id="for encryption"),
        pytest.param(jwk("rsa", use=None), "a key is not for signatures", id="use null"),
        pytest.param(jwk("rsa", key_ops=["sign"]), "a key is not for verifying", id="for signing"),
        pytest.param(jwk("rsa", key_ops=[]), "a key is not for verifying", id="for nothing"),
        pytest.param(jwk("rsa", key_ops="verify"), "a key is not for verifying", id="key_ops a text"),
        pytest.param(jwk("rsa", alg="ES256"), "a key's alg is not one of its type RSA", id="RSA for ES256"),
        pytest.param(jwk("rsa", alg="HS256"), "a key's alg is not one of its type RSA", id="RSA for HS256"),
        pytest.param(jwk("rsa", alg="PS256"), "a key's alg is not one of its type RSA", id="RSA for PS256"),
        pytest.param(jwk("rsa", alg=["RS256"]), "a key's alg is not one of its type RSA", id="alg a list"),
        pytest.param(
            jwk("ES256", alg="ES384"), "a key's alg is not one of its type EC", id="P-256 for ES384"
        ),
        pytest.param(jwk("rsa-1024"), "an RSA key has 1024 bits", id="RSA of 1024 bits"),
        pytest.param(without("rsa", "n"), "a member of an RSA key is missing, or not text", id="no modulus"),
        pytest.param(jwk("rsa", e=3), "a member of an RSA key is missing, or not text", id="e a number"),
        pytest.param(jwk("rsa", e="AQ"), "an RSA key cannot be read", id="an exponent of one"),
        pytest.param(jwk("rsa", e="Ag"), "an RSA key cannot be read", id="an even exponent"),
        pytest.param(
            jwk("rsa", e=encoded(b"\1" + bytes(7) + b"\1")),
            "an RSA key has an exponent out of range",
            id="a huge exponent",
        ),
        pytest.param(jwk("rsa", n=""), "an RSA key cannot be read", id="an empty modulus"),
        pytest.param(jwk("rsa", n="\u00e9"), "an RSA key cannot be read", id="a modulus beyond ASCII"),
        pytest.param(
            jwk("ES256", crv="secp256k1"),
            "an EC key is on another curve than P-256, P-384 and P-521",
            id="another curve",
        ),
        pytest.param(
            jwk("ES256", crv=["P-256"]),
            "an EC key is on another curve than P-256, P-384 and P-521",
            id="crv a list",
        ),
        pytest.param(jwk("ES256", crv="P-384"), "an EC key cannot be read", id="coordinates too short"),
        pytest.param(
            jwk("ES256", x=jwk("ES256")["y"]), "an EC key cannot be read", id="a point off the curve"
        ),
        pytest.param(
            without("ES256", "y"), "a member of an EC key is missing, or not text", id="half a point"
        ),
        pytest.param(
            {"kty": "oct", "kid": "a", "k": "AAAA"},
            "oct is no type of public key that is supported",
            id="a shared secret",
        ),
        pytest.param({"kid": "a"}, "kty is no type of public key that is supported", id="no type"),
        pytest.param({"kty": ["RSA"]}, "kty is no type of public key that is supported", id="kty a list"),
    ],
)
def test_a_key_that_cannot_be_used_is_left_out_and_said_to_be(entry: Any, problem: str) -> None:
    keys = Keys({"keys": [entry, jwk("rsa2")]})
    assert keys.problems == (problem,)
    assert [alg for alg in EVERY if keys.find("rsa2", alg)] == sorted(RS)
    if isinstance(entry, dict) and isinstance(entry.get("kid"), str):
        assert keys.knows(entry["kid"])
        assert not any(keys.find(entry["kid"], alg) for alg in EVERY)


def prime_like_roca(offset: int, bits: int) -> int:
    """A number of the broken library's form, ``k * M + (65537 ** a mod M)``; prime or not."""
    product = 1
    for prime in (n for n in range(2, 168) if all(n % divisor for divisor in range(2, n))):
        product *= prime
    return ((1 << bits) // product + offset) * product + pow(65537, offset, product)


def test_a_key_made_by_a_broken_smartcard_is_left_out() -> None:
    modulus = prime_like_roca(1_001, 1025) * prime_like_roca(2_002, 1025)
    entry = jwk("rsa", n=encoded(modulus.to_bytes((modulus.bit_length() + 7) // 8, "big")))
    assert Keys({"keys": [entry]}).problems == ("an RSA key can be factored (ROCA, CVE-2017-15361)",)


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"keys": None},
        {"keys": {"a": jwk("rsa")}},
        {"keys": "rsa"},
        {"keys": [jwk("rsa")] * (KEY_LIMIT + 1)},
    ],
    ids=["no keys", "null", "an object", "text", "too many"],
)
def test_what_is_no_set_is_refused(document: Any) -> None:
    with pytest.raises(UnusableKey):
        Keys(document)


def test_what_verifies_tells_right_from_wrong() -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    verify = Keys(key_set("rsa")).find("rsa", "RS256")
    sign = private("rsa").sign(b"message", padding.PKCS1v15(), hashes.SHA256())
    assert verify is not None
    assert verify(b"message", sign) is True
    assert verify(b"massage", sign) is False
    assert verify(b"message", b"") is False


def test_two_keys_of_one_name_are_no_key_but_one_of_each_type_are_two() -> None:
    same = Keys({"keys": [jwk("rsa", kid="a"), jwk("rsa2", kid="a"), jwk("rsa3", kid="a")]})
    assert same.find("a", "RS256") is None
    assert same.knows("a")
    mixed = Keys({"keys": [jwk("rsa", kid="a"), jwk("ES256", kid="a")]})
    assert mixed.find("a", "RS256") is not None
    assert mixed.find("a", "ES256") is not None


def test_without_a_name_only_a_key_that_is_the_only_one_will_do() -> None:
    keys = Keys(key_set("rsa", "rsa2", "ES256"))
    assert keys.find(None, "ES256") is not None
    assert keys.find(None, "RS256") is None
    assert keys.knows(None)
    assert not Keys({"keys": []}).knows(None)


def test_a_set_prints_without_its_keys() -> None:
    assert repr(Keys(key_set("rsa", "ES256"))) == "<Keys 2 named>"
