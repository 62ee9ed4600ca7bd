"""Every example runs by itself, says what its text promises, and warns of nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parent.parent / "examples"

SAYS = {
    "assemble": [
        "200 OK                   Good day, Ada! (closes at 17)",
        '400 Bad Request          {"message":"Missing required request parameters: [name]"}',
        "503 Service Unavailable  Sorry. We open at 9.",
    ],
    "django_wiki": [
        'GET tea    no token     200 OK {"page": "Pour boiling water on it.", "asked by": "nobody"}',
        'PUT tea    no token     401 Unauthorized {"message":"Unauthorized"}',
        'PUT tea    ada\'s token  200 OK {"page": "Milk first.", "asked by": "ada"}',
        "PUT tea    bob's token  403 Forbidden",
        'PUT milk   bob\'s token  200 OK {"page": "From cows.", "asked by": "bob"}',
    ],
    "flask_shop": [
        'articles, open to everybody              200 {"milk":1,"tea":4}',
        'a basket without a key                   403 {"message":"Forbidden"}',
        'a basket with a key                      200 {"price":8}',
        'pieces that are no number                400 {"message":"Invalid request body"}',
        'the fourth                               429 {"message":"Too Many Requests"}',
        'a path nobody declared                   403 {"message":"Missing Authentication Token"}',
    ],
    "guarded_shop": [
        "GET /prices, from the network: 200 OK hello nobody\n    resource policy, statement 0: Allow",
        "    resource policy, statement 1: Deny, given NotIpAddress aws:SourceIp",
        "DELETE /till, Ada: 200 OK hello ada\n    statement 0: Allow",
        "DELETE /till, Bob: 403 Forbidden",
        "GET /basket, Carol: 200 OK hello carol\n    the token holds",
        "    the token's signature is wrong",
        '401 Unauthorized {"message":"The incoming token has expired"}',
        "GET /stock, the robot: 200 OK hello arn:aws:iam::123456789012:user/robot",
        "PUT /stock, the robot: 403 Forbidden",
        "    the signature is wrong",
    ],
    "limited_api": [
        "4 processes, 100 requests each, quota 100: 100 admitted",
        "one more       429 Too Many Requests",
        "extended       200 OK",
        "disabled       403 Forbidden",
        "another value  403 Forbidden",
    ],
    "mock_api": [
        'london    200 OK         {"town": "london", "degrees": 20}',
        'boston    200 OK         {"town": "boston", "degrees": 68}',
        'atlantis  404 Not Found  {"message": "There is no atlantis."}',
    ],
    "xml_desk": [
        "the desk reads <quote><to>Stratford</to><kg>12</kg></quote>",
        'the client reads 200 OK {"price": 30.0, "days": 3}',
        'the client reads 400 Bad Request {"message": "we do not go there"}',
    ],
}


def test_every_example_is_here():
    assert sorted(SAYS) == sorted(path.stem for path in EXAMPLES.glob("*.py"))


@pytest.mark.parametrize("name", SAYS)
def test_an_example_says_what_it_promises(name, tmp_path):
    command = [sys.executable, "-W", "error", str(EXAMPLES / f"{name}.py")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    for line in SAYS[name]:
        assert line in done.stdout
