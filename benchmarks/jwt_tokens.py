"""What verifying a token costs, beside PyJWT's own decode: ``python benchmarks/jwt_tokens.py``.

Both get a key that was made ready before, and check the same claims. The times are the best of many short
rounds, taken in turns in this process; the ratio is what may be compared between machines and days. Below:
how long nonsense takes to be refused.
"""

from __future__ import annotations

import time
import timeit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from wsgi_gateway.authorizers.issuers import Issuer
from wsgi_gateway.authorizers.jwks import KeySet
from wsgi_gateway.authorizers.jwt_token import TokenRefused, TokenVerifier

ROUNDS, CALLS = 60, 100
ISSUER, AUDIENCE = "https://login.example.com", "shop"
NOW = int(time.time())
CLAIMS = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "9f0c1b1e-1f3a-4d7c-a1f2-5b0f3a2c7d11",
    "iat": NOW,
    "nbf": NOW,
    "exp": NOW + 86_400,
    "scope": "pets.read pets.write",
    "email": "alice@example.com",
    "cognito:groups": ["keepers", "visitors"],
}
SCOPES = frozenset({"pets.read"})
LEAST = {"require": ["exp"]}


def keys() -> dict[str, tuple[object, dict[str, object]]]:
    """Private key and public JWK by algorithm."""
    private_rsa = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private_ec = ec.generate_private_key(ec.SECP256R1())
    return {
        "RS256": (private_rsa, RSAAlgorithm.to_jwk(private_rsa.public_key(), as_dict=True)),
        "ES256": (private_ec, ECAlgorithm.to_jwk(private_ec.public_key(), as_dict=True)),
    }


def beside_pyjwt() -> None:
    for alg, (private, public) in keys().items():
        token = jwt.encode(CLAIMS, private, algorithm=alg, headers={"kid": "a"})  # type: ignore[arg-type]
        ready = jwt.PyJWK({**public, "alg": alg}).key
        key_set = KeySet({"keys": [{**public, "kid": "a"}]})
        verifier = TokenVerifier([Issuer(ISSUER, audiences=[AUDIENCE], keys=key_set)], algorithms=[alg])

        def theirs(token: str = token, ready: object = ready, alg: str = alg) -> object:
            return jwt.decode(token, ready, [alg], LEAST, audience=AUDIENCE, issuer=ISSUER)  # type: ignore

        def ours(token: str = token, verifier: TokenVerifier = verifier) -> object:
            return verifier.verify(token, SCOPES)

        times = {"PyJWT": 1e9, "ours": 1e9}
        for _ in range(ROUNDS):
            for name, call in (("PyJWT", theirs), ("ours", ours)):
                times[name] = min(times[name], timeit.timeit(call, number=CALLS) / CALLS * 1e6)
        print(
            f"{alg}: PyJWT {times['PyJWT']:6.1f} us, ours {times['ours']:6.1f} us,"
            f" {times['ours'] / times['PyJWT']:.2f} x"
        )


def nonsense() -> None:
    public = keys()["RS256"][1]
    key_set = KeySet({"keys": [{**public, "kid": "a"}]})
    verifier = TokenVerifier([Issuer(ISSUER, audiences=[AUDIENCE], keys=key_set)], algorithms=["RS256"])
    for name, token in {
        "one megabyte": "eyJ" + "a" * 1_000_000,
        "5,000 dots": "a." * 5_000,
        "16 KiB of brackets": "eyJhbGciOiJSUzI1NiJ9." + "W1tb" * 4_000 + ".AAAA",
    }.items():
        began = time.perf_counter()
        try:
            verifier.verify(token)
        except TokenRefused as refused:
            print(f"{name}: refused in {(time.perf_counter() - began) * 1e3:.2f} ms ({refused.reason})")


if __name__ == "__main__":
    beside_pyjwt()
    nonsense()
