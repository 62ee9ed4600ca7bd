"""Signatures and keys: nothing passes but what the issuer signed, with its own key, in its own way."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from authorizers.tokens import (
    CLAIMS,
    altered,
    encoded,
    jwk,
    part,
    private,
    reason,
    token,
    verifier,
)
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding

NO_KEY = "no key of the issuer's set fits the token's kid and alg"
WRONG = "the token's signature is wrong"


def test_a_changed_signature_or_payload_is_refused() -> None:
    good = token()
    assert reason(verifier().verify, altered(good, 2)) == WRONG
    head, _, sign = good.split(".")
    assert reason(verifier().verify, f"{head}.{part({**CLAIMS, 'sub': 'mallory'})}.{sign}") == WRONG


def test_a_token_of_another_key_is_refused() -> None:
    assert reason(verifier().verify, token(name="rsa2", kid="rsa")) == WRONG


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "nOnE", "", "HS256", "PS256", "EdDSA", "ES256K", "rs256"]
)
def test_an_algorithm_that_is_not_listed_is_refused(alg: str) -> None:
    head, payload, sign = token().split(".")
    del head
    bad = f"{part({'alg': alg, 'kid': 'rsa'})}.{payload}.{sign}"
    assert reason(verifier().verify, bad) == "the token's alg is not one of this authorizer's"


def test_an_algorithm_of_the_library_that_this_authorizer_does_not_list_is_refused() -> None:
    bad = token(alg="RS512")
    assert "alg" in reason(verifier(algorithms=["RS256"]).verify, bad)


@pytest.mark.parametrize("form", ["PEM", "DER", "OpenSSH", "JWK"])
def test_a_public_key_is_never_a_shared_secret(form: str) -> None:
    public = private("rsa").public_key()
    plain = serialization.PublicFormat.SubjectPublicKeyInfo
    secret = {
        "PEM": public.public_bytes(serialization.Encoding.PEM, plain),
        "DER": public.public_bytes(serialization.Encoding.DER, plain),
        "OpenSSH": public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH),
        "JWK": json.dumps(jwk("rsa")).encode(),
    }[form]
    message = f"{part({'alg': 'HS256', 'kid': 'rsa'})}.{part(CLAIMS)}"
    bad = f"{message}.{encoded(hmac.digest(secret, message.encode(), hashlib.sha256))}"
    assert "alg" in reason(verifier().verify, bad)


@pytest.mark.parametrize(("name", "alg"), [("rsa", "ES256"), ("ES256", "RS256"), ("ES256", "ES384")])
def test_a_key_serves_its_own_algorithms_alone(name: str, alg: str) -> None:
    bad = f"{part({'alg': alg, 'kid': name})}.{part(CLAIMS)}.AAAA"
    assert reason(verifier().verify, bad) == NO_KEY


ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.mark.parametrize(
    "sign",
    [
        pytest.param(bytes(64), id="both zero"),
        pytest.param(bytes(32) + (1).to_bytes(32, "big"), id="r zero"),
        pytest.param((1).to_bytes(32, "big") + bytes(32), id="s zero"),
        pytest.param(ORDER.to_bytes(32, "big") * 2, id="both the order"),
        pytest.param(b"\xff" * 64, id="all ones"),
        pytest.param(bytes(63), id="a byte short"),
        pytest.param(bytes(65), id="a byte long"),
        pytest.param(b"\0", id="one byte"),
    ],
)
def test_a_signature_out_of_thin_air_is_refused(sign: bytes) -> None:
    bad = f"{token(name='ES256', alg='ES256').rpartition('.')[0]}.{encoded(sign)}"
    assert reason(verifier().verify, bad) == WRONG


def test_an_ecdsa_signature_in_another_form_is_refused() -> None:
    message = token(name="ES256", alg="ES256").rpartition(".")[0]
    der = private("ES256").sign(message.encode(), ec.ECDSA(hashes.SHA256()))
    assert reason(verifier().verify, f"{message}.{encoded(der)}") == WRONG


@pytest.mark.parametrize("hashing", [hashes.SHA1(), hashes.SHA512()], ids=["SHA-1", "SHA-512"])
def test_another_hash_than_the_named_one_is_refused(hashing: Any) -> None:
    message = token().rpartition(".")[0]
    sign = private("rsa").sign(message.encode(), padding.PKCS1v15(), hashing)
    assert reason(verifier().verify, f"{message}.{encoded(sign)}") == WRONG


@pytest.mark.parametrize("number", [0, 1, -1], ids=["zero", "one", "the modulus"])
def test_a_trivial_rsa_signature_is_refused(number: int) -> None:
    number = private("rsa").public_key().public_numbers().n if number < 0 else number
    bad = f"{token().rpartition('.')[0]}.{encoded(number.to_bytes(256, 'big'))}"
    assert reason(verifier().verify, bad) == WRONG


# ---------------------------------------------------------------- keys


@pytest.mark.parametrize(
    "kid", ["../../etc/passwd", "' OR 1=1 --", "$(id)", "a\0b", "{{7*7}}", "", "RSA", "k" * 512]
)
def test_a_kid_is_a_name_and_nothing_else(kid: str) -> None:
    assert reason(verifier().verify, token(kid=kid)) == NO_KEY


def test_keys_that_a_token_brings_along_are_not_looked_at() -> None:
    brought = {
        "jwk": jwk("rsa3", kid="rsa"),
        "jku": "http://127.0.0.1:1/keys",
        "x5u": "http://127.0.0.1:1/",
        "x5c": ["MIIB"],
    }
    message = f"{part({'alg': 'RS256', 'kid': 'rsa', **brought})}.{part(CLAIMS)}"
    sign = private("rsa3").sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())
    assert reason(verifier().verify, f"{message}.{encoded(sign)}") == WRONG
    assert verifier().verify(token(**brought)).claims == CLAIMS


def test_without_a_kid_the_one_key_that_fits_is_taken() -> None:
    assert verifier().verify(token(name="ES256", alg="ES256", kid=None)).kid is None
    assert reason(verifier().verify, token(kid=None)) == NO_KEY  # there are two
