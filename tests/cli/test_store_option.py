"""``--store``: one variable for all verbs, stores that are made or refused, and what is told of a URL."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner
from stores.redis_server import free_port, own_prefix, shared_server

from cli.store_files import GOLD, shop
from wsgi_gateway import mount
from wsgi_gateway.cli import main
from wsgi_gateway.cli.store_option import VARIABLE, missing_directory, shown

__all__ = ["shop"]

VALUE = "apikey1234abcdefghij0123456789"
VERBS = [
    *(
        ["keys", verb]
        for verb in ("create", "list", "enable", "disable", "delete", "join", "leave", "import")
    ),
    *(["plans", verb] for verb in ("put", "list", "delete")),
    *(["usage", verb] for verb in ("get", "extend", "watch")),
    ["serve"],
]
every_verb = pytest.mark.parametrize("words", VERBS, ids=" ".join)


def test_the_variable_is_the_one_of_the_workers():
    assert VARIABLE.removeprefix(mount.PREFIX) in mount._VARIABLES


@every_verb
def test_help_tells_the_variable(words):
    told = " ".join(CliRunner().invoke(main, [*words, "--help"]).output.split())
    assert re.search(r"--store URL .*\[env var: WSGI_GATEWAY_STORE[];]", told)


# ------------------------------------------------------------ a store that is not there


READING = {
    "keys list": ["keys", "list"],
    "plans list": ["plans", "list"],
    "usage get": ["usage", "get", "gold"],
    "usage watch": ["usage", "watch", "gold", "--times", "1"],
    "keys enable": ["keys", "enable", "ada"],
    "keys disable": ["keys", "disable", "ada"],
    "keys delete": ["keys", "delete", "ada"],
    "keys join": ["keys", "join", "ada", "gold"],
    "keys leave": ["keys", "leave", "ada", "gold"],
    "plans delete": ["plans", "delete", "gold"],
    "usage extend": ["usage", "extend", "gold", "ada", "1"],
}


@pytest.mark.parametrize("words", READING.values(), ids=READING)
@pytest.mark.parametrize("there", [False, True], ids=["no directory", "an empty directory"])
def test_what_puts_nothing_into_a_store_makes_none(shop, words, there):
    directory = shop.directory / "kept"
    if there:
        directory.mkdir()
    output = shop.run(*words, status=2)
    told = "plans put, keys create and keys import make one"
    assert output == f"Error: --store: there is no store in {directory}; {told}\n"
    assert list(shop.directory.iterdir()) == ([directory] if there else [])
    assert not there or list(directory.iterdir()) == []


def test_a_file_in_the_place_of_the_store_is_no_store(shop):
    shop.write("kept", "a file")
    assert "there is no store in" in shop.run("keys", "list", status=2)
    assert "--store: " in shop.run("keys", "create", "Ada", status=2)


@pytest.mark.parametrize("verb", ["plans put", "keys create", "keys import"])
def test_what_makes_a_store_says_so_once_and_not_on_stdout(shop, verb):
    words = {
        "plans put": ["plans", "put", shop.write("gold.json", GOLD)],
        "keys create": ["keys", "create", "Ada"],
        "keys import": ["keys", "import", shop.write("keys.csv", f"Name,Key\nAda,{VALUE}\n")],
    }[verb]
    told = f"a new store is made in {shop.directory / 'kept'}\n"
    for times in (1, 0):
        result = CliRunner().invoke(main, words, env={VARIABLE: shop.url})
        assert result.exit_code == 0
        assert result.stderr.count(told) == times
        assert told not in result.stdout


def test_a_trial_import_into_a_store_that_is_not_there_makes_none(shop):
    file = shop.write("keys.csv", f"Name,Key\nAda,{VALUE}\n")
    assert shop.run("keys", "import", file, "--dry-run").splitlines() == [
        f"a new store would be made in {shop.directory / 'kept'}",
        "1 would be created, 0 would be overwritten",
    ]
    assert not shop.directory.joinpath("kept").exists()


def test_a_directory_that_cannot_be_looked_into_is_not_called_missing(shop):
    # Links in a circle, since a process of root may look into everybody's directories.
    directory = shop.directory / "kept"
    directory.symlink_to(directory)
    assert missing_directory(shop.url) is None
    assert shop.run("keys", "list", status=2).startswith(f"Error: --store: store in {directory}: ")


@pytest.mark.parametrize(
    ("url", "directory"),
    [
        ("lmdb:/no/such%20place?size=1MiB", "/no/such place"),
        ("LMDB:///no/such", "/no/such"),
        ("lmdb:relative", None),
        ("lmdb:/zero%00", None),
        ("redis://host/0", None),
        ("memory:", None),
        ("", None),
    ],
)
def test_only_directories_can_be_missing(url, directory):
    assert missing_directory(url) == directory


# ------------------------------------------------------------ a URL that cannot work


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("lmdb:relative", "must be followed by the absolute path"),
        ("/var/lib/shop", "a scheme is missing"),
        ("/var/lib/shop", "; did you mean lmdb:/var/lib/shop?"),
        ("lmbd:/var/lib/shop", "scheme 'lmbd' is unknown"),
        ("redis://host:port", "port"),
        ("lmdb:/tmp/\udcff", "not UTF-8"),
        ("", "empty"),
    ],
)
@pytest.mark.parametrize("words", [["keys", "create", "Ada"], ["plans", "list"], ["serve", "nowhere.yaml"]])
def test_a_url_that_cannot_work_is_told_by_its_option(words, url, message):
    result = CliRunner().invoke(main, [*words, "--store", url])
    assert result.exit_code == 2
    assert isinstance(result.exception, SystemExit)
    assert result.output.startswith("Error: --store: ")
    assert message in result.output
    assert result.output.count("\n") == 1


def test_a_variable_that_is_set_and_empty_is_not_taken_for_none():
    result = CliRunner().invoke(main, ["serve", "nowhere.yaml"], env={VARIABLE: ""})
    assert result.exit_code == 2
    assert result.output.startswith("Error: --store: WSGI_GATEWAY_STORE is set and empty")


def test_a_server_that_does_not_answer_is_told_by_its_address():
    url = f"redis://ada:hunter2@127.0.0.1:{free_port()}/0"
    result = CliRunner().invoke(main, ["keys", "list", "--store", url])
    assert result.exit_code == 1
    assert result.output.startswith(f"Error: the store {url.replace('ada:hunter2', '...')} is not available")


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis://host:6379/0?prefix=shop", "redis://host:6379/0?prefix=shop"),
        ("redis://:hunter2@host/0", "redis://...@host/0"),
        ("redis://ada:hun@ter/2?@host/0", "redis://...@host/0"),
        ("mine:ada:hunter2@host", "mine:...@host"),
        ("mine://host?password=hunter2&n=1", "mine://host?password=(redacted)&n=1"),
        ("lmdb:/var/lib/a@b", "lmdb:/var/lib/a@b"),
        ("memory:", "memory:"),
    ],
)
def test_what_is_shown_of_a_url(url, told):
    assert shown(url) == told


def test_of_a_redis_in_which_nothing_was_ever_kept_the_prefix_is_told(shop):
    url = shared_server().url(timeout=10, prefix=own_prefix())
    prefix = url.rpartition("=")[2]
    hint = (
        f"(nothing was ever kept under the prefix {prefix!r} of database 0; is that the one of the workers?)"
    )
    assert shop.run("keys", "list", "--store", url) == f"there are no API keys\n{hint}\n"
    assert shop.run("plans", "list", "--store", url) == f"there are no usage plans\n{hint}\n"
    shop.run("keys", "create", "Ada", "--id", "ada", "--store", url)
    shop.run("keys", "delete", "ada", "--store", url)
    assert shop.run("keys", "list", "--store", url) == "there are no API keys\n"
