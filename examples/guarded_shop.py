"""Four ways to say who may call, in one definition, ``guarded_shop.yaml``, around a plain WSGI app.

Run it: ``python examples/guarded_shop.py``. ``/till`` asks a function, ``/basket`` wants a JWT, ``/stock`` a
signed request, and the API's own policy denies everybody who is not in 203.0.113.0/24. For every request it
prints what the client was told, and why, which only the trace says. ``docs/authorizers.md`` is the manual.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path

import jwt
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from cryptography.hazmat.primitives.asymmetric import rsa

from wsgi_gateway import Gateway
from wsgi_gateway.authorizers import Credential, KeySet, PrincipalRecord, allow
from wsgi_gateway.wsgi import call_app

ISSUER = "https://login.example.com"
ROBOT = Credentials("AKIDROBOT", "the robot's secret")
STRANGER = Credentials("AKIDROBOT", "another secret")
READ_ONLY = {
    "Version": "2012-10-17",
    "Statement": {
        "Sid": "look",
        "Effect": "Allow",
        "Action": "execute-api:Invoke",
        "Resource": "arn:aws:execute-api:us-east-1:123456789012:*/*/GET/*",
    },
}


def shop(environ, start_response):
    """The wrapped app: it greets whomever the gateway says it is."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"hello {environ.get('REMOTE_USER', 'nobody')}".encode()]


def clerks(event, context):
    """The function for ``/till``: Ada may do everything, Bob may look."""
    api_and_stage = "/".join(event["methodArn"].split("/")[:2])
    if event["authorizationToken"] == "ada's token":
        return allow("ada", desk=1)
    if event["authorizationToken"] == "bob's token":
        return allow("bob", resource=f"{api_and_stage}/GET/*")
    raise Exception("Unauthorized")


def token(key, **claims) -> str:
    """What the issuer gives to a customer who has logged in."""
    said = {"iss": ISSUER, "aud": "shop", "sub": "carol", "exp": int(time.time()) + 600, **claims}
    return "Bearer " + jwt.encode(said, key, algorithm="RS256", headers={"kid": "key-1"})


def signed(verb: str, path: str, credentials: Credentials) -> dict[str, str]:
    """The headers of a request that botocore has signed."""
    request = AWSRequest(verb, f"http://shop.example{path}")
    SigV4Auth(credentials, "execute-api", "us-east-1").add_auth(request)
    return dict(request.headers)


def open_shop(keys: Path, traces: list) -> Gateway:
    """The shop behind the gateway; ``keys`` is the file with the issuer's public key."""
    robot = PrincipalRecord(arn="arn:aws:iam::123456789012:user/robot", policies=(READ_ONLY,))
    return Gateway(
        Path(__file__).with_name("guarded_shop.yaml"),
        shop,
        lambdas={"clerks": clerks},
        authorizers={"customers": KeySet(keys)},
        credentials=[Credential(ROBOT.access_key, ROBOT.secret_key, principal=robot)],
        on_trace=traces.append,
    )


def ask(gateway: Gateway, verb: str, path: str, headers: dict[str, str], address: str):
    """One request, as a server would hand it over."""
    environ = {
        "REQUEST_METHOD": verb,
        "PATH_INFO": path,
        "RAW_URI": path,  # signatures are made of the path as it was sent; gunicorn sets this
        "REMOTE_ADDR": address,
        "HTTP_HOST": "shop.example",
    }
    environ |= {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
    return call_app(gateway, environ)


def reason(trace) -> str:
    """Why a request was refused, or else what admitted it."""
    told = {name: value for event in trace.events for name, value in event.details.items()}
    return told.get("reason") or told.get("why") or "the token holds"


def main() -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    other_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    published = {"keys": [{**public, "kid": "key-1", "alg": "RS256", "use": "sig"}]}
    traces: list = []

    def tell(who: str, verb: str, path: str, headers=None, address: str = "203.0.113.7") -> None:
        answer = ask(gateway, verb, path, headers or {}, address)
        print(f"{verb} {path}, {who}: {answer.status} {answer.body().decode()}\n    {reason(traces[-1])}")

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "keys.json")
        file.write_text(json.dumps(published))
        gateway = open_shop(file, traces)
        tell("from the network", "GET", "/prices")
        tell("from elsewhere", "GET", "/prices", address="198.51.100.7")
        tell("no token", "GET", "/till")
        tell("Ada", "DELETE", "/till", {"Authorization": "ada's token"})
        tell("Bob", "GET", "/till", {"Authorization": "bob's token"})
        tell("Bob", "DELETE", "/till", {"Authorization": "bob's token"})
        tell("Ada, from elsewhere", "GET", "/till", {"Authorization": "ada's token"}, "198.51.100.7")
        tell("Carol", "GET", "/basket", {"Authorization": token(key, scope="shop/basket")})
        tell("another scope", "GET", "/basket", {"Authorization": token(key, scope="shop/gifts")})
        tell("another key", "GET", "/basket", {"Authorization": token(other_key, scope="shop/basket")})
        tell("yesterday's", "GET", "/basket", {"Authorization": token(key, scope="shop/basket", exp=1)})
        tell("the robot", "GET", "/stock", signed("GET", "/stock", ROBOT))
        tell("the robot", "PUT", "/stock", signed("PUT", "/stock", ROBOT))
        tell("a wrong secret", "GET", "/stock", signed("GET", "/stock", STRANGER))
        tell("unsigned", "GET", "/stock")


if __name__ == "__main__":
    main()
