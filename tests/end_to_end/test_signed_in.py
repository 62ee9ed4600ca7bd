"""Users of a Cognito pool: real tokens, and keys that gunicorn's workers fetch from the pool."""

from __future__ import annotations

import http.client
import json
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jwt
import pytest
from authorizers.tokens import PATIENCE, encoded, part, publisher, token

from end_to_end.cognito_pool import Pool, cognito_pool
from end_to_end.gunicorn_process import SITES, Answer, Gunicorn, gunicorn

DECLARED = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_keepers"
UNAUTHORIZED = (401, {"message": "Unauthorized"})


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with cognito_pool() as made:
        yield made


@contextmanager
def keepers(pool: Pool, endpoint: str, folder: Path) -> Iterator[Gunicorn]:
    """The site, with the pool's real name in its definition."""
    declared = (SITES / "keepers.yaml").read_text()
    assert DECLARED in declared
    (folder / "keepers.yaml").write_text(declared.replace(DECLARED, pool.arn))
    variables = {
        "WSGI_GATEWAY_API": folder / "keepers.yaml",
        "WSGI_GATEWAY_APP": "mirror:application",
        "WSGI_GATEWAY_AUTHORIZERS": "pool=keepers_pool:verifier",
        "KEEPERS_POOL": pool.arn,
        "KEEPERS_ENDPOINT": endpoint,
    }
    options = [option for name, value in variables.items() for option in ("--env", f"{name}={value}")]
    with gunicorn("wsgi_gateway.mount:application", folder, *options) as running:
        yield running


@pytest.fixture(scope="module")
def server(pool: Pool, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    with keepers(pool, pool.endpoint, tmp_path_factory.mktemp("keepers")) as running:
        yield running


def asked(server: Gunicorn, path: str, authorization: str) -> Answer:
    return server.ask("GET", path, headers={"Authorization": authorization})


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


# ------------------------------------------------------------ who passes


@pytest.mark.parametrize("prefix", ["", "Bearer "], ids=["the token alone", "after the word Bearer"])
def test_an_identity_token_passes_a_method_without_scopes(server: Gunicorn, pool: Pool, prefix: str) -> None:
    answer = asked(server, "/me", prefix + pool.identity)
    assert answer.status == 200
    told = answer.json()
    assert (told["user"], told["auth"]) == ("alice", "Bearer")
    assert told["authorizer"] == {"claims": claims(pool.identity)}
    assert sorted(told["authorizer"]["claims"]["cognito:groups"]) == ["keepers", "visitors"]


def test_an_access_token_passes_a_method_with_its_scope(server: Gunicorn, pool: Pool) -> None:
    answer = asked(server, "/profile", pool.access)
    assert answer.status == 200
    assert answer.json()["user"] == "alice"
    assert answer.json()["authorizer"] == {"claims": claims(pool.access)}


def test_claims_reach_templates_and_mapped_parameters_as_text(server: Gunicorn, pool: Pool) -> None:
    answer = server.ask("POST", "/feed", {"meal": "hay"}, {"Authorization": pool.identity})
    assert answer.status == 200
    told, subject = answer.json(), claims(pool.identity)["sub"]
    assert json.loads(told["body"]) == {"by": "alice", "id": subject, "use": "id", "meal": "hay"}
    assert (told["path"], told["query"]) == ("/meals", f"client={pool.client}")
    assert told["headers"]["HTTP_X_KEEPER"] == subject


def test_a_subject_that_the_client_invents_reaches_nobody(server: Gunicorn, pool: Pool) -> None:
    forged = {"Authorization": pool.identity, "X-Keeper": "mallory", "Remote-User": "mallory"}
    told = server.ask("POST", "/feed?client=evil", {"meal": "hay"}, forged).json()
    assert "mallory" not in (told["user"], told["headers"]["HTTP_X_KEEPER"])
    assert told["query"] == f"client={pool.client}"


# ------------------------------------------------------------ who does not


@pytest.mark.parametrize(
    ("path", "use"),
    [
        pytest.param("/me", "AccessToken", id="an access token where an identity is wanted"),
        pytest.param("/profile", "IdToken", id="an identity token where a scope is wanted"),
        pytest.param("/pets", "AccessToken", id="an access token without the scope"),
        pytest.param("/me", "RefreshToken", id="a refresh token"),
    ],
)
def test_tokens_for_another_use_are_refused(server: Gunicorn, pool: Pool, path: str, use: str) -> None:
    answer = asked(server, path, pool.tokens[use])
    assert (answer.status, answer.json()) == UNAUTHORIZED
    assert answer.headers["x-amzn-errortype"] == "UnauthorizedException"


@pytest.mark.parametrize("which", [0, 1, 2], ids=["of the header", "of the claims", "of the signature"])
def test_a_token_with_one_other_character_is_refused(server: Gunicorn, pool: Pool, which: int) -> None:
    parts = pool.identity.split(".")
    good = parts[which]
    for place in (0, len(good) // 3, len(good) // 2, len(good) - 2, len(good) - 1):
        other = "B" if good[place] == "A" else "A"
        parts[which] = good[:place] + other + good[place + 1 :]
        answer = asked(server, "/me", ".".join(parts))
        assert (answer.status, answer.json()) == UNAUTHORIZED, place


def test_unsigned_tokens_are_refused(server: Gunicorn, pool: Pool) -> None:
    _, payload, signature = pool.identity.split(".")
    for alg in ("none", "None", "NONE", "nOnE", "", None):
        for end in ("", signature):
            head = part({"alg": alg, "kid": "dummy", "typ": "JWT"})
            answer = asked(server, "/me", f"{head}.{payload}.{end}")
            assert (answer.status, answer.json()) == UNAUTHORIZED, (alg, end)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no token"),
        pytest.param({"Authorization": ""}, id="an empty one"),
        pytest.param({"Authorization": "Bearer"}, id="the word Bearer alone"),
        pytest.param({"Authorization": "Basic YWxpY2U6cGVuY2ls"}, id="a password"),
        pytest.param({"Authorization": encoded(b"\xff" * 300)}, id="noise"),
    ],
)
def test_whoever_has_no_token_is_refused(server: Gunicorn, headers: dict[str, str]) -> None:
    answer = server.ask("GET", "/me", headers=headers)
    assert (answer.status, answer.json()) == UNAUTHORIZED


def test_a_token_in_another_place_counts_for_nothing(server: Gunicorn, pool: Pool) -> None:
    answer = server.ask("GET", f"/me?Authorization={pool.identity}", headers={"Cookie": pool.identity})
    assert (answer.status, answer.json()) == UNAUTHORIZED


def test_an_expired_token_is_told_so(server: Gunicorn, pool: Pool) -> None:
    answer = asked(server, "/me", pool.expired())
    assert (answer.status, answer.json()) == (401, {"message": "The incoming token has expired"})


def test_no_token_is_in_the_log(server: Gunicorn, pool: Pool) -> None:
    asked(server, "/me", pool.identity)
    asked(server, "/me", pool.access)
    written = server.log.read_text()
    for kept in pool.tokens.values():
        assert str(kept)[-40:] not in written


# ------------------------------------------------------------ where the keys come from


def each_worker(server: Gunicorn, authorization: str) -> list[Answer]:
    """The answers of both workers: one waits for the end of its request while the other is asked."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=PATIENCE) as waiting:
        waiting.sendall(b"GET /me HTTP/1.1\r\nHost: localhost\r\n")
        other = asked(server, "/me", authorization)
        waiting.sendall(f"Authorization: {authorization}\r\n\r\n".encode())
        response = http.client.HTTPResponse(waiting)
        response.begin()
        return [other, Answer(response.status, dict(response.getheaders()), response.read())]


def passing(server: Gunicorn, pool: Pool) -> set[int]:
    """The processes that were asked, all of which let the pool's user in."""
    answers = each_worker(server, pool.identity)
    assert [answer.status for answer in answers] == [200, 200]
    return {answer.json()["pid"] for answer in answers}


def test_requests_keep_passing_when_the_keys_publisher_has_gone(pool: Pool, tmp_path: Path) -> None:
    path = f"/{pool.name}/.well-known/jwks.json"
    unknown = token({"iss": claims(pool.identity)["iss"]}, kid="another")
    with urllib.request.urlopen(pool.endpoint + path) as answer:
        keys = json.load(answer)
    with publisher() as published:
        published.publish(path, keys)
        with keepers(pool, published.url, tmp_path) as server:
            assert len(passing(server, pool)) == 2
            assert published.asked == [path, path]
            published.close()
            assert len(passing(server, pool)) == 2
            # A name that is not among the kept keys makes each worker ask again, and nobody is there.
            deadline = time.monotonic() + PATIENCE
            while server.log.read_text().count("the download failed") < 2 and time.monotonic() < deadline:
                for refused in each_worker(server, unknown):
                    assert (refused.status, refused.json()) == UNAUTHORIZED
            assert server.log.read_text().count("the download failed") >= 2
            assert len(passing(server, pool)) == 2
