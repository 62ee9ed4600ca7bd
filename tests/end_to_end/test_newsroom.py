"""A Flask app of blueprints, mounted by gunicorn's own notation, with two workers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from end_to_end.gunicorn_process import gunicorn, read

MOUNT = (
    "wsgi_gateway.mount:gateway('newsroom_gateway:api', 'newsroom:create_app()', "
    "stage='prod', lambdas='guard=newsroom_gateway:guard')"
)
KEY = {"x-api-key": "newsroom-paper-key-0001"}
ADA = {"Authorization": "ada:pencil"}
ARTICLE = {"headline": "Bridge closed", "text": "It was only open for a day"}


on_linux = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with gunicorn(MOUNT, tmp_path_factory.mktemp("newsroom")) as running:
        yield running


def test_what_asks_for_nothing_passes_through(server):
    answer = server.ask("GET", "/articles/")
    assert answer.status == 200
    assert [article["id"] for article in answer.json()] == [1, 2]


def test_the_apps_own_error_page_passes_through(server):
    answer = server.ask("GET", "/articles/77")
    assert (answer.status, answer.json()["description"]) == (404, "no such article")


def test_an_authorized_and_valid_article_is_added_by_its_author(server):
    answer = server.ask("POST", "/articles/", ARTICLE, {**KEY, **ADA})
    assert answer.status == 201
    assert answer.json() == {"headline": "Bridge closed", "words": 7, "by": "ada"}
    assert answer.headers["location"].endswith("/articles/3")


@pytest.mark.parametrize(
    ("headers", "article", "status", "message"),
    [
        pytest.param(KEY, ARTICLE, 401, "Unauthorized", id="without a name"),
        pytest.param(
            {**KEY, "Authorization": "ada:ink"}, ARTICLE, 401, "Unauthorized", id="with a wrong secret"
        ),
        pytest.param(ADA, ARTICLE, 403, "Forbidden", id="without a key"),
        pytest.param(
            {**KEY, **ADA}, {"text": "no headline"}, 400, "Invalid request body", id="without a headline"
        ),
    ],
)
def test_articles_are_refused(server, headers, article, status, message):
    answer = server.ask("POST", "/articles/", article, headers)
    assert (answer.status, answer.json()) == (status, {"message": message})


def test_a_json_tip_reaches_the_form_and_comes_back_as_json(server):
    answer = server.ask("POST", "/tips", {"text": "follow the money"}, KEY)
    assert (answer.status, answer.json()) == (200, {"tip": "FOLLOW THE MONEY", "from": "local"})


def test_a_409_of_the_app_is_mapped_to_a_400(server):
    answer = server.ask("POST", "/tips", {"text": "eh"}, KEY)
    assert (answer.status, answer.json()) == (400, {"message": "a tip has at least five letters"})


def test_a_form_and_its_redirect_pass_through(server):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = server.ask("POST", "/subscribe", b"email=ada%40example.org", form)
    assert (answer.status, answer.headers["location"]) == (303, "/articles/?welcome=ada@example.org")


def test_a_photo_is_uploaded(server):
    photo = b"\xff\xd8" + bytes(3_000_000)
    body = (
        b'--x\r\nContent-Disposition: form-data; name="photo"; filename="p.jpg"\r\n\r\n'
        + photo
        + b"\r\n--x--\r\n"
    )
    answer = server.ask("POST", "/photos", body, {"Content-Type": "multipart/form-data; boundary=x"})
    assert answer.json() == {"name": "p.jpg", "sha256": hashlib.sha256(photo).hexdigest()}


def test_a_chunked_upload_streams_into_the_app(server):
    connection = server.connection()
    connection.request("PUT", "/raw", body=iter([b"a" * 70_000] * 50), encode_chunked=True)
    answer = read(connection)
    connection.close()
    assert answer.json() == {"size": 3_500_000}


def test_a_chunked_upload_is_cut_off_one_byte_above_the_limit(server):
    size = 10 * 1024 * 1024 + 1
    connection = server.connection()
    connection.putrequest("PUT", "/raw")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    # gunicorn reads a kilobyte ahead, so it is the end of the body, not its last byte, that gets the answer.
    connection.send(f"{size:x}\r\n".encode() + bytes(size) + b"\r\n0\r\n\r\n")
    answer = read(connection)
    connection.close()
    assert (answer.status, answer.json()) == (413, {"message": "Request Too Long"})


@on_linux
def test_a_large_download_streams_through_flat_workers(server):
    server.ask("GET", "/archive/1")
    before = server.peak_memory()
    connection = server.connection()
    connection.request("GET", "/archive/200")
    response = connection.getresponse()
    size = 0
    while block := response.read(1 << 20):
        size += len(block)
    connection.close()
    assert size == 200 * 1024 * 1024
    assert server.peak_memory() - before < 20_000


def test_a_generator_of_lines_passes(server):
    assert server.ask("GET", "/ticker").body == b"first\nsecond\n"


def test_head_is_answered_by_the_app_without_a_body(server):
    answer = server.ask("HEAD", "/articles/1")
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"", "application/json")


def test_an_exception_that_leaves_the_app_is_amazons_500_and_only_the_log_says_why(server):
    answer = server.ask("GET", "/scandal")
    assert answer.status == 500
    assert answer.json() == {
        "message": "Internal server error",
        "request": answer.headers["x-amzn-requestid"],
    }
    assert b"Deep Throat" not in answer.body
    assert "Deep Throat" in server.log.read_text()


def test_an_encoded_slash_is_refused_and_a_doubled_one_is_the_apps_business(server):
    assert server.ask("GET", "/path/a%2Fb").status == 400
    assert server.ask("GET", "/path/a/b").json() == {"rest": "a/b", "method": "GET"}
    assert server.ask("GET", "/path/a//b").json() == {"rest": "a//b", "method": "GET"}


def test_the_verb_override_changes_route_and_app_alike(server):
    answer = server.ask(
        "POST", "/articles/1", headers={"X-HTTP-Method-Override": "GET", "Content-Length": "0"}
    )
    assert answer.json()["headline"] == "Bridge reopened"


def test_the_throttle_of_a_plan_is_429(server):
    answers = [
        server.ask("POST", "/tips", {"text": "hello you"}, {"x-api-key": "newsroom-blog-key-00002"})
        for _ in range(3)
    ]
    # Two workers with a memory each let two requests through, and that is why the log warns.
    assert [answer.status for answer in answers].count(429) >= 1
    refused = next(answer for answer in answers if answer.status == 429)
    assert refused.json() == {"message": "Too Many Requests"}


def test_limits_that_each_worker_counts_alone_are_warned_of(server):
    assert "every process admits the full limit" in server.log.read_text()
