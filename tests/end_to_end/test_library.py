"""A Django project that knows nothing of us, wrapped, under gunicorn with two workers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from end_to_end.gunicorn_process import Gunicorn, gunicorn, read

KEY = {"x-api-key": "library-branch-key-0001"}
ADA = {"Authorization": "token-ada"}
LOAN = {"isbn": "9780199536108", "reader": "Ada & Co", "weeks": 2}
LIMIT = 10 * 1024 * 1024


on_linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with gunicorn("library_gateway:application", tmp_path_factory.mktemp("library")) as running:
        yield running


def test_a_request_with_its_key_and_parameter_reaches_django(server):
    answer = server.ask("GET", "/books/?title=march", headers=KEY)
    assert answer.status == 200
    assert answer.json()["books"][0]["title"] == "Middlemarch"
    assert len(answer.headers["x-amzn-requestid"]) == 36


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="without a key"),
        pytest.param({"x-api-key": "library-branch-key-0009"}, id="with an unknown key"),
        pytest.param({"x-api-key": "library-nobody-key-0002"}, id="with a key of no plan"),
    ],
)
def test_books_are_refused(server, headers):
    answer = server.ask("GET", "/books/?title=march", headers=headers)
    assert (answer.status, answer.json()) == (403, {"message": "Forbidden"})
    assert answer.headers["x-amzn-errortype"] == "ForbiddenException"


def test_a_missing_parameter_is_refused_before_django(server):
    answer = server.ask("GET", "/books/", headers=KEY)
    assert answer.status == 400
    assert answer.json() == {"message": "Missing required request parameters: [title]"}


def test_a_404_of_django_stays_its_own(server):
    answer = server.ask("GET", "/books/9999999999999/", headers=KEY)
    assert answer.status == 404
    assert "x-amzn-errortype" not in answer.headers
    assert b"<title>Not Found</title>" in answer.body


def test_a_json_loan_becomes_a_form_and_its_answer_json_again(server):
    answer = server.ask("POST", "/loans", LOAN, {**KEY, **ADA})
    assert answer.status == 201
    assert answer.json() == {"title": "Middlemarch", "reader": "Ada & Co", "weeks": 2}


def test_a_404_of_django_is_mapped_where_the_definition_says_so(server):
    answer = server.ask("POST", "/loans", {**LOAN, "isbn": "0000000000000"}, {**KEY, **ADA})
    assert (answer.status, answer.json()) == (404, {"message": "no such book"})


def test_what_the_form_refuses_comes_back_with_its_status(server):
    answer = server.ask("POST", "/loans", {**LOAN, "weeks": 99}, {**KEY, **ADA})
    assert answer.status == 422
    assert "weeks" in answer.json()["errors"]


@pytest.mark.parametrize(
    ("headers", "loan", "status", "message"),
    [
        pytest.param(KEY, LOAN, 401, "Unauthorized", id="without a token"),
        pytest.param(
            {**KEY, "Authorization": "nonsense"}, LOAN, 401, "Unauthorized", id="with a wrong token"
        ),
        pytest.param(ADA, LOAN, 403, "Forbidden", id="without a key"),
        pytest.param({**KEY, **ADA}, {"isbn": "1"}, 400, "Invalid request body", id="with a wrong body"),
    ],
)
def test_loans_are_refused(server, headers, loan, status, message):
    answer = server.ask("POST", "/loans", loan, headers)
    assert (answer.status, answer.json()) == (status, {"message": message})


def test_an_explicit_deny_has_amazons_words(server):
    answer = server.ask("POST", "/loans", LOAN, {**KEY, "Authorization": "token-eve"})
    assert answer.status == 403
    assert answer.json() == {
        "Message": "User is not authorized to access this resource with an explicit deny"
    }


def test_a_body_of_another_type_is_415_where_nothing_may_pass_unmapped(server):
    answer = server.ask("POST", "/loans", b"isbn=1", {**KEY, **ADA, "Content-Type": "text/plain"})
    assert (answer.status, answer.json()) == (415, {"message": "Unsupported Media Type"})


def test_django_sees_who_was_authorized(server):
    assert server.ask("GET", "/reader/", headers=ADA).json() == {"user": "ada", "auth": "custom"}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/files/a/b", "a/b"),
        ("/files/a%20b", "a b"),
        ("/files//a///b/", "/a///b/"),
        ("/files/%C3%A9t%C3%A9", "été"),
        ("/files/100%25", "100%"),
    ],
)
def test_paths_reach_django_as_they_were_sent(server, path, name):
    assert server.ask("GET", path).body.decode() == f"GET {name}"


@pytest.mark.parametrize(
    "path", ["/files/a%2Fb", "/files/..%2Freader", "/files/%2e%2e/reader", "/files/a%5Cb"]
)
def test_paths_that_mean_another_route_when_decoded_are_refused(server, path):
    answer = server.ask("GET", path)
    assert (answer.status, answer.json()) == (400, {"message": "Bad Request"})


@pytest.mark.parametrize(
    "path", ["/reader/", "/%72eader/", "//reader/", "/reader//", "/./reader/", "/files/../reader/"]
)
def test_no_spelling_of_a_guarded_path_gets_around_its_guard(server, path):
    answer = server.ask("GET", path)
    refusal = (400, {"message": "Bad Request"}) if "." in path else (401, {"message": "Unauthorized"})
    assert (answer.status, answer.json()) == refusal


def test_a_head_request_has_the_headers_and_no_body(server):
    answer = server.ask("HEAD", "/files/a")
    assert answer.status == 200
    assert answer.body == b""


def test_a_refusal_of_head_has_no_body(server):
    answer = server.ask("HEAD", "/reader/")
    assert (answer.status, answer.body) == (401, b"")


@on_linux
def test_a_large_download_streams_through_flat_workers(server):
    server.ask("GET", "/export/1")
    before = server.peak_memory()
    assert _size(server, "/export/200") == 200 * 1024 * 1024
    assert server.peak_memory() - before < 20_000


def _size(server: Gunicorn, target: str) -> int:
    connection = server.connection()
    connection.request("GET", target)
    response = connection.getresponse()
    size = 0
    while block := response.read(1 << 20):
        size += len(block)
    connection.close()
    return size


def test_a_file_upload_arrives_whole(server):
    page = bytes(range(256)) * 16384
    boundary = "b0undary"
    body = (
        (
            f'--{boundary}\r\nContent-Disposition: form-data; name="page"; filename="p.tiff"\r\n'
            "Content-Type: image/tiff\r\n\r\n"
        ).encode()
        + page
        + f"\r\n--{boundary}--\r\n".encode()
    )
    answer = server.ask(
        "POST", "/scans/", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    )
    assert answer.json() == {"name": "p.tiff", "size": len(page), "sha256": hashlib.sha256(page).hexdigest()}


def test_an_upload_of_exactly_the_limit_passes(server):
    answer = server.ask("POST", "/scans/", bytes(LIMIT), {"Content-Type": "application/octet-stream"})
    assert answer.json() == {"size": LIMIT}


def test_an_upload_over_the_limit_is_413_before_it_is_sent(server):
    connection = server.connection()
    connection.putrequest("POST", "/scans/")
    connection.putheader("Content-Length", str(LIMIT + 1))
    connection.endheaders()
    answer = read(connection)
    connection.close()
    assert (answer.status, answer.json()) == (413, {"message": "Request Too Long"})


def test_an_exception_that_django_answers_itself_keeps_djangos_page(server):
    answer = server.ask("GET", "/broken/")
    assert answer.status == 500
    assert b"Server Error (500)" in answer.body
    assert b"room 7" not in answer.body
