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
    "file_server": [
        'PUT      200 OK  {"stored": true}  application/json',
        "GET      200 OK  the same bytes  image/png",
        'another  404 Not Found  {"message": "no such file"}  application/json',
        'outside  400 Bad Request  {"message":"Bad Request"}  application/json',
        'GET      404 Not Found  {"message": "no such file"}  application/json',
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
    "lambda_handler": [
        'GET  /pets/rex      200 OK           {"name": "rex", "asked": "dev"}',
        "     log: the function pets failed with Sandbox.Timedout",
        'GET  /pets/cat      502 Bad Gateway  {"message":"Internal server error"}',
        'GET  /prices/dog    200 OK           {"price": 30}',
        'GET  /prices/dragon 404 Not Found    {"message": "not for sale: dragon"}',
        "POST /feeding       200 OK\n",
        "GET  /diary         200 OK           9:00 slept; 10:00 slept; 11:00 slept;",
        "and the pets are fed",
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
    "sqs_ingest": [
        "an order               202 Accepted",
        "one without its tea    400 Bad Request {'message': 'Invalid request body'}",
        "a queue that is gone   503 Service Unavailable {'message': 'try again'}",
        "in the queue           {'tea': 'Lapsang & Söhne', 'grams': 250}, told the client: True",
    ],
    "sam_shop": [
        'everybody           200 OK {"tea": 4, "milk": 1}',
        'a basket, no token  401 Unauthorized {"message":"Unauthorized"}',
        'Ada, without body   400 Bad Request {"message":"Invalid request body"}',
        'Ada, two teas       200 OK {"total": 8, "for": "ada"}',
        "another page        200 OK may be asked by https://shop.example",
    ],
    "stack": [
        'no key            403 Forbidden {"message":"Forbidden"}',
        'nothing of it     400 Bad Request {"message":"Invalid request body"}',
        'an order          201 Created {"number": 7}',
        'the third         429 Too Many Requests {"message":"Limit Exceeded"}',
        'the stock         200 OK {"tea": 40}',
        'a closed backend  502 Bad Gateway {"message": "the stock room is closed"}',
    ],
    "xml_desk": [
        "the desk reads <quote><to>Stratford &amp; Avon</to><kg>12</kg></quote>",
        'the client reads 200 OK {"offers": [{"carrier": "Snail & Sons", "price": 18.0, "days": 9}, ',
        '{"carrier": "The \\"Rocket\\"", "price": 72.0, "days": 1}]}',
        'the client reads 404 Not Found {"message": "we do not go <down>"}',
        'the client reads 400 Bad Request {"message": "Invalid request body"}',
        "the desk reads <track><number>AB 12</number></track>",
        'the client reads 200 OK {"parcel": "AB 12", "at": "Stratford"}',
        'the client reads 404 Not Found {"message": "there is no such parcel"}',
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


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.name)
def test_a_definition_has_no_mistakes_that_lint_knows(path):
    told = subprocess.run(
        [sys.executable, "-m", "wsgi_gateway", "lint", str(path)], capture_output=True, text=True
    )
    assert told.returncode == 0, told.stdout
