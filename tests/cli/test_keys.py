"""``wsgi-gateway keys``: made, shown once, listed, changed, imported; and what is never shown."""

from __future__ import annotations

import re

import pytest
from click.testing import CliRunner

from cli.store_files import shop
from wsgi_gateway.cli import main
from wsgi_gateway.usage.stored_keys import StoredKeys

__all__ = ["shop"]

VALUE = "apikey1234abcdefghij0123456789"


def found(shop, value):
    """The key that a worker would find."""
    store, _ = shop.open()
    key = StoredKeys(store).find(value.encode())
    store.close()
    return key


def test_create_shows_the_value_and_says_that_it_is_only_now(shop):
    shop.put_plan()
    output = shop.run("keys", "create", "Ada", "--plan", "gold", "--id", "ada", "--description", "first")
    value = re.search(r"^value: ([A-Za-z0-9]{40})$", output, re.MULTILINE)[1]
    assert "id: ada\n" in output
    assert "shown only now" in output
    assert found(shop, value).admission("a1", "prod") is not None
    (item,) = shop.told("keys", "list")["items"]
    assert (item["id"], item["name"], item["description"]) == ("ada", "Ada", "first")
    assert (item["enabled"], item["usagePlanIds"]) == (True, ["gold"])
    for shown in (shop.run("keys", "list"), str(item)):
        assert value not in shown
        assert value[:6] not in shown


def test_what_is_for_programs_is_alone_on_stdout(shop):
    result = CliRunner().invoke(main, ["keys", "create", "Ada"], env={"WSGI_GATEWAY_STORE": shop.url})
    assert re.fullmatch(r"id: \w+\nvalue: \w+\n", result.stdout)
    assert "shown only now" in result.stderr


@pytest.mark.parametrize("end", ["", "\n", "\r\n"], ids=["no line end", "a line end", "one of Windows"])
def test_a_value_from_standard_input_is_not_repeated(shop, end):
    output = shop.run("keys", "create", "Ada", "--value-from-stdin", "--disabled", given=VALUE + end)
    assert VALUE not in output
    assert found(shop, VALUE).enabled is False


def test_a_value_that_cannot_be_is_told_and_not_shown(shop):
    output = shop.run("keys", "create", "Ada", "--value-from-stdin", given="short-secret", status=1)
    assert output.endswith(": error: API Key value should be at least 20 characters [api-key]\n")
    assert "short-secret" not in output


@pytest.mark.parametrize("key_id", ["", "@ada", "a/b", "x" * 129])
def test_an_id_that_cannot_be_is_told_by_its_option(shop, key_id):
    output = shop.run("keys", "create", "Ada", "--id", key_id, status=2)
    assert output.startswith("Error: --id: ")
    assert output.count("\n") == 1
    assert not shop.directory.joinpath("kept").exists()


def test_that_there_are_no_keys_is_said(shop):
    shop.put_plan()
    assert shop.run("keys", "list") == "there are no API keys\n"
    assert shop.run("keys", "list", "--plan", "gold") == "there are no API keys in gold\n"
    assert shop.told("keys", "list") == {"items": []}


def test_list_tells_keys_of_all_plans_or_of_one(shop):
    shop.put_plan()
    shop.run("keys", "create", "Ada", "--id", "ada", "--plan", "gold")
    shop.run("keys", "create", "Bob", "--id", "bob", "--disabled")
    lines = shop.run("keys", "list").splitlines()
    assert [re.sub(r"[0-9a-f]{6}", "DIGEST", line, count=1) for line in lines] == [
        "ada  enabled   DIGEST  gold  Ada",
        "bob  disabled  DIGEST  -  Bob",
    ]
    assert [item["id"] for item in shop.told("keys", "list", "--plan", "gold")["items"]] == ["ada"]
    assert "Invalid Usage Plan ID" in shop.run("keys", "list", "--plan", "none", status=1)


def test_enable_disable_join_leave_and_delete(shop):
    shop.put_plan()
    shop.run("keys", "create", "Ada", "--id", "ada", "--value-from-stdin", given=VALUE)
    seen = []
    for words in (["disable", "ada"], ["enable", "ada"], ["join", "ada", "gold"], ["leave", "ada", "gold"]):
        told = shop.run("keys", *words)
        key = found(shop, VALUE)
        seen.append((told, key.enabled, key.admission("a1", "prod") is not None))
    assert seen == [
        ("ada is disabled\n", False, False),
        ("ada is enabled\n", True, False),
        ("ada is in gold\n", True, True),
        ("ada is not in gold\n", True, False),
    ]
    assert shop.run("keys", "delete", "ada") == "ada is deleted\n"
    assert found(shop, VALUE) is None


@pytest.mark.parametrize(
    "words", [["enable", "x"], ["disable", "x"], ["delete", "x"], ["join", "x", "p"], ["leave", "x", "p"]]
)
def test_a_key_that_is_not_there(shop, words):
    shop.put_plan()
    expected = "wsgi-gateway: error: Invalid API Key identifier specified: 'x' [not-found]\n"
    assert shop.run("keys", *words, status=1) == expected


def test_import_makes_and_overwrites(shop):
    shop.put_plan()
    file = shop.write(
        "keys.csv", f"\ufeffName,Key,UsagePlanIds\r\nAda,{VALUE},gold\r\nBob,{VALUE[::-1]},\r\n"
    )
    assert shop.run("keys", "import", file, "--dry-run") == "2 would be created, 0 would be overwritten\n"
    assert shop.told("keys", "list")["items"] == []
    assert shop.run("keys", "import", file) == "2 created, 0 overwritten\n"
    assert shop.run("keys", "import", file) == "0 created, 2 overwritten\n"
    assert sorted(item["name"] for item in shop.told("keys", "list")["items"]) == ["Ada", "Bob"]
    assert found(shop, VALUE).admission("a1", "prod") is not None


def test_an_import_with_mistakes_tells_their_lines_and_imports_nothing(shop):
    file = shop.write("keys.csv", f"Name,Key,UsagePlanIds\nAda,{VALUE},none\nBob,{VALUE[::-1]},{VALUE}\n")
    lines = shop.run("keys", "import", file, status=1).splitlines()
    assert [line.split(": ")[0] for line in lines[1:]] == [f"{file}:2", f"{file}:3"]
    assert VALUE not in "".join(lines)
    assert shop.told("keys", "list")["items"] == []


def test_mistakes_of_the_file_and_unknown_plans_are_told_together(shop):
    file = shop.write("keys.csv", f"Name,Key,UsagePlanIds\nAda,short,\nBob,{VALUE},none\n")
    lines = shop.run("keys", "import", file, status=1).splitlines()
    assert [line.split(": ")[0] for line in lines[1:]] == [f"{file}:2", f"{file}:3"]


def test_keys_may_come_on_standard_input(shop):
    text = f"Name,Key\nAda,{VALUE}\n"
    assert shop.run("keys", "import", "-", given=text).endswith("1 created, 0 overwritten\n")
    assert found(shop, VALUE).enabled is True
    told = shop.run("keys", "import", "-", given="Name,Key\nAda,short\n", status=1)
    assert told.startswith("standard input:2: error: ")


def test_a_file_that_is_no_text(shop):
    path = shop.directory / "keys.csv"
    path.write_bytes(b"Name,Key\nAda,\xff\n")
    assert "keys.csv:2: the file is not UTF-8" in shop.run("keys", "import", str(path), status=1)


# ------------------------------------------------------------ the store


VERBS = {
    "keys create": ["keys", "create", "Ada"],
    "keys list": ["keys", "list"],
    "keys enable": ["keys", "enable", "ada"],
    "keys disable": ["keys", "disable", "ada"],
    "keys delete": ["keys", "delete", "ada"],
    "keys join": ["keys", "join", "ada", "gold"],
    "keys leave": ["keys", "leave", "ada", "gold"],
    "keys import": ["keys", "import", __file__],
    "plans list": ["plans", "list"],
    "plans delete": ["plans", "delete", "gold"],
    "usage get": ["usage", "get", "gold"],
    "usage extend": ["usage", "extend", "gold", "ada", "1"],
    "usage watch": ["usage", "watch", "gold", "--times", "1"],
}
every_verb = pytest.mark.parametrize("words", [pytest.param(VERBS[verb], id=verb) for verb in VERBS])


@every_verb
def test_a_store_that_no_worker_sees_is_refused(words):
    result = CliRunner().invoke(main, [*words, "--store", "memory:"])
    assert result.exit_code == 2
    told = "Error: --store: no other process sees what is kept in such a store; name that of the workers\n"
    assert result.output == told


@every_verb
def test_without_a_store_nothing_is_done(words):
    result = CliRunner().invoke(main, words, env={"WSGI_GATEWAY_STORE": None})
    assert result.exit_code == 2
    assert result.output == "Error: --store: missing; WSGI_GATEWAY_STORE in the environment does too\n"


@every_verb
@pytest.mark.parametrize(("scheme", "status"), [("redis", 1), ("nosuch", 2)])
@pytest.mark.parametrize("password", ["hunter2", "hunter2@hunter2"], ids=["plain", "with a sign of URLs"])
def test_a_password_in_a_url_is_never_printed(words, scheme, status, password):
    # Port 1 of the loopback: nobody listens there.
    result = CliRunner().invoke(main, [*words, "--store", f"{scheme}://ada:{password}@127.0.0.1:1/0"])
    assert result.exit_code == status
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.output
    assert "hunter2" not in result.output
