"""``wsgi-gateway plans``: put from YAML and JSON, mistakes at their lines, listed, deleted."""

from __future__ import annotations

import json

import pytest

from cli.store_files import GOLD, shop

__all__ = ["shop"]

YAML = """\
# The good one.
id: gold
name: Gold
apiStages:
  - {apiId: a1, stage: prod, throttle: {/pets/GET: {rateLimit: 1, burstLimit: 2}}}
  - stage: dev
throttle: {rateLimit: 0.5, burstLimit: 20}
quota:
  limit: 100
  period: MONTH
"""


def test_a_plan_is_put_listed_and_deleted(shop):
    assert shop.run("plans", "put", shop.write("gold.yaml", YAML)).endswith("\ngold is kept\n")
    assert shop.run("plans", "put", shop.write("gold.yaml", YAML)) == "gold is kept\n"
    assert shop.run("plans", "list") == "gold  a1/prod, dev  0.5/s burst 20  100 per MONTH\n"
    (plan,) = shop.told("plans", "list")["items"]
    assert plan["apiStages"][0]["throttle"] == {"/pets/GET": {"rateLimit": 1, "burstLimit": 2}}
    assert shop.run("plans", "delete", "gold") == "gold is deleted\n"
    assert shop.run("plans", "list") == "there are no usage plans\n"
    assert shop.told("plans", "list") == {"items": []}


def test_what_is_listed_can_be_put_again(shop):
    shop.run("plans", "put", shop.write("gold.yaml", YAML))
    before = shop.told("plans", "list")
    shop.run("plans", "put", shop.write("again.json", before["items"][0]))
    assert shop.told("plans", "list") == before


def test_all_that_is_listed_can_be_put_into_another_store(shop, tmp_path):
    for name in ("gold", "silver"):
        shop.put_plan(id=name, apiStages=[{"stage": name}])
    before = shop.told("plans", "list")
    copy = f"lmdb:{tmp_path / 'copy'}"
    file = shop.write("all.json", before)
    assert shop.run("plans", "put", file, "--store", copy).endswith("\ngold is kept\nsilver is kept\n")
    assert shop.told("plans", "list", "--store", copy) == before


def test_of_several_plans_none_is_put_if_one_cannot_work(shop):
    lines = ["items:", "  - id: good", "  - id: bad", "    quota: {limt: 1, period: DAY}", "more: 1"]
    told = shop.run("plans", "put", shop.write("two.yaml", "\n".join(lines)), status=1)
    assert "two.yaml:4:" in told
    assert "two.yaml:5:" in told
    assert "'more' stands beside items" in told
    assert not shop.directory.joinpath("kept").exists()


@pytest.mark.parametrize("empty", ["[]", "items: []", '{"items": []}'])
def test_no_plan_at_all_is_told(shop, empty):
    assert "there is no usage plan" in shop.run("plans", "put", shop.write("none.yaml", empty), status=1)


def test_a_plan_is_replaced_and_its_keys_stay(shop):
    shop.put_plan()
    shop.run("keys", "create", "Ada", "--id", "ada", "--plan", "gold")
    shop.put_plan(quota={"limit": 7, "period": "DAY"}, shadow=True)
    assert shop.run("plans", "list") == "gold  a1/prod  0.5/s burst 20  7 per DAY  shadow\n"
    assert [item["id"] for item in shop.told("keys", "list", "--plan", "gold")["items"]] == ["ada"]
    assert "has API keys" in shop.run("plans", "delete", "gold", status=1)


def test_what_is_not_kept_of_a_plan_is_told(shop):
    plan = {**GOLD, "description": "the good one", "tags": {"a": "b"}, "productCode": ""}
    told = shop.run("plans", "put", shop.write("gold.json", plan))
    assert told.splitlines()[0] == "gold: not kept: description, tags"


def test_a_value_that_cannot_work_is_told_at_its_line_in_the_words_of_the_file(shop):
    lines = ["id: gold", "throttle:", "  burstLimit: 1", "  rateLimit: -1", "quota: {limit: 1, period: YEAR}"]
    file = shop.write("gold.yaml", "\n".join(lines))
    told = shop.run("plans", "put", file, status=1)
    assert f"{file}:4:3: error: rateLimit is -1; it must be" in told
    assert f"{file}:5:" in told
    assert "rate_limit" not in told


def test_a_file_of_null_has_one_mistake(shop):
    told = shop.run("plans", "put", shop.write("null.json", "null"), status=1)
    assert told.count("error:") == 1


def test_a_plan_without_limits_and_stages(shop):
    shop.run("plans", "put", shop.write("bare.json", {"id": "bare"}))
    assert shop.run("plans", "list") == "bare  no stages\n"


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        pytest.param("  limit: 100", "  limt: 100", 9, "unknown member 'limt'", id="a misspelled limit"),
        pytest.param("  limit: 100", "  limit: many", 9, "must be a whole number", id="a limit in words"),
        pytest.param("rateLimit: 0.5", "rateLimit: true", 7, "must be a number", id="a rate that is true"),
        pytest.param("  - stage: dev", "  - dev", 6, "is a mapping, not text", id="a stage that is text"),
        pytest.param("id: gold", "id: [gold]", 2, "id must be text", id="an id that is a list"),
    ],
)
def test_a_mistake_is_told_at_its_line(shop, old, new, line, message):
    assert YAML.count(old) == 1
    file = shop.write("gold.yaml", YAML.replace(old, new))
    lines = shop.run("plans", "put", file, status=1).splitlines()
    told = [text for text in lines if text.startswith(f"{file}:{line}:")]
    assert any(message in text for text in told), lines


def test_a_file_that_is_no_yaml(shop):
    assert "gold.yaml:2" in shop.run("plans", "put", shop.write("gold.yaml", "id: [\n"), status=1)
    assert "there is no store" in shop.run("plans", "list", status=2)


def test_a_file_that_is_not_there(shop):
    shop.run("plans", "put", str(shop.directory / "none.yaml"), status=2)


def test_a_plan_that_is_not_there(shop):
    shop.put_plan()
    assert "Invalid Usage Plan ID specified: 'none'" in shop.run("plans", "delete", "none", status=1)


def test_plans_that_meet_for_a_key_are_refused(shop):
    shop.put_plan()
    shop.run("plans", "put", shop.write("other.json", {**GOLD, "id": "other", "apiStages": [{"stage": "x"}]}))
    shop.run("keys", "create", "Ada", "--plan", "gold", "--plan", "other")
    file = shop.write("other.json", json.dumps({**GOLD, "id": "other"}))
    assert "for the same stage" in shop.run("plans", "put", file, status=1)
