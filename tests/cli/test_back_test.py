"""``wsgi-gateway back-test``: plans and logs in, a table or JSON out; exit status 0, 1 or 2."""

from __future__ import annotations

import gzip
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from wsgi_gateway.cli import main

START = datetime(2023, 11, 14, 22, 0, tzinfo=UTC)
VALUE = "0123456789abcdefghij"
PLAN = {"id": "basic", "throttle": {"rateLimit": 1, "burstLimit": 2}}
METHODS = {"/pets/GET": {"rateLimit": 0, "burstLimit": 1}}

DEFINITION = """\
openapi: 3.0.1
info: {title: t, version: "1"}
paths:
  /pets/{id}:
    get:
      security: [{key: []}]
      responses: {"200": {description: a pet}}
    delete:
      responses: {"200": {description: no key is needed}}
components:
  securitySchemes: {key: {type: apiKey, name: x-api-key, in: header}}
"""

MODULE = f"""\
from wsgi_gateway.config import *

PLAN = UsagePlanConfig(id="p", keys=["k1"], api_stages=[ApiStageConfig(stage="prod")],
                       throttle=ThrottleConfig(rate_limit=0, burst_limit=1))
api = RestApiConfig(api_keys=[ApiKeyConfig(id="k1", value="{VALUE}")], usage_plans=[PLAN])
other = 7
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return tmp_path


def write(name, content):
    Path(name).write_text(content if isinstance(content, str) else json.dumps(content))
    return name


def access_log(name="access.log", **bursts):
    """A log in which each caller sends so many requests a second apart by a tenth, from ``START`` on."""
    lines = [
        {"time": (START + timedelta(seconds=n / 10)).isoformat(), "apiKeyId": caller, "httpMethod": "GET",
         "resourcePath": "/pets"}
        for caller, count in bursts.items() for n in range(count)
    ]  # fmt: skip
    return write(name, "\n".join(map(json.dumps, lines)))


def common(*requests):
    stamp = START.strftime("%d/%b/%Y:%H:%M:%S +0000")
    return write(
        "common.log", "\n".join(f'192.0.2.7 - - [{stamp}] "{one} HTTP/1.1" 200 1' for one in requests)
    )


def run(*arguments, status=0, **options):
    result = CliRunner().invoke(main, ["back-test", *arguments], **options)
    assert result.exit_code == status, result.output
    return result.output


def as_json(*arguments, **options):
    return json.loads(run(*arguments, "--format", "json", **options))


# ---------------------------------------------------------------- what is told


def test_a_table_tells_who_is_refused_and_what_would_have_been_enough(folder):
    output = run(write("plan.json", PLAN), access_log(ada=5, bob=2, eve=3))
    assert output.splitlines() == [
        "10 requests of 3 callers, 2023-11-14 22:00:00 to 2023-11-14 22:00:00 UTC",
        "6 admitted, 4 refused (40.0 %): throttle 4",
        "",
        "caller  requests  refused  throttle  first refusal        longest  in 1 s  in 1 min  enough",
        f"ada            5        3         3  {START:%F %T}    0.2 s       5         5  burst 5 or rate 7.5",
        f"eve            3        1         1  {START:%F %T}    0.0 s       3         3  burst 3 or rate 5",
        "bob            2        0         0  -                          -       2         2  -",
    ]


def test_the_manual_shows_what_is_told(folder):
    manual = (Path(__file__).parent.parent.parent / "docs" / "back-test.md").read_text(encoding="utf-8")
    assert run(write("plan.json", PLAN), access_log(ada=5, bob=2, eve=3)) in manual
    old = write("old.json", {**PLAN, "throttle": {"rateLimit": 1, "burstLimit": 4}})
    output = run("plan.json", access_log(ada=5, bob=3, eve=2), "--before", old)
    assert output[output.index("compared with") :] in manual


def test_json_tells_every_limit_by_its_counter(folder):
    plan = {**PLAN, "quota": {"limit": 3, "offset": 2, "period": "DAY"}}
    told = as_json(write("plan.json", plan), access_log(ada=4))
    assert (told["requests"], told["admitted"], told["refused"]) == (4, 1, 3)
    assert told["refusedBy"] == {"quota": 3}
    assert (told["first"], told["last"]) == ("2023-11-14T22:00:00.000000Z", "2023-11-14T22:00:00.300000Z")
    [caller] = told["callers"]
    assert caller["firstRefusal"] == {
        "time": "2023-11-14T22:00:00.100000Z",
        "limit": "plan:basic:ada:quota:DAY",
    }
    assert caller["longestRefusal"] == {
        "from": "2023-11-14T22:00:00.100000Z",
        "to": "2023-11-14T22:00:00.300000Z",
        "requests": 3,
    }
    assert caller["peakMinute"] == {"requests": 4, "time": "2023-11-14T22:00:00.000000Z"}
    throttle, quota = caller["limits"]
    assert throttle == {
        "kind": "throttle",
        "name": "plan:basic:ada:throttle",
        "requests": 4,
        "refused": 0,
        "rateLimit": 1,
        "burstLimit": 2,
        "enough": {"burstLimit": 4, "rateLimit": 6.666667},
    }
    assert (quota["limit"], quota["offset"], quota["refused"]) == (3, 2, 3)
    assert quota["enough"] == {"limit": 6}


def test_only_the_first_callers_are_told(folder):
    plan, log = write("plan.json", PLAN), access_log(ada=3, bob=4, eve=2)
    assert "and 2 more (--top 0 tells all)" in run(plan, log, "--top", "1")
    assert [one["caller"] for one in as_json(plan, log, "--top", "2")["callers"]] == ["bob", "ada"]
    assert len(as_json(plan, log, "--top", "0")["callers"]) == 3


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        pytest.param({"quota": {"limit": 2, "period": "WEEK"}}, "quota 4 a week", id="a quota"),
        pytest.param(
            {"throttle": {"rateLimit": 1, "burstLimit": 0}}, "burst 4, no rate would do", id="burst zero"
        ),
        pytest.param(
            {"apiStages": [{"stage": "dev", "throttle": METHODS}]},
            "/pets/GET: burst 4 or rate 10",
            id="a limit of a method",
        ),
        pytest.param(
            {"stageThrottle": {"*/*": {"rateLimit": 0, "burstLimit": 1}}},
            "of all callers: stage throttle /pets/GET refuses 3, enough: burst 4 or rate 10",
            id="a limit of all callers",
        ),
    ],
)
def test_what_would_have_been_enough_is_told_of(plan, told, folder):
    assert run(write("plan.json", {"id": "p", **plan}), access_log(ada=4)).splitlines()[-1].endswith(told)


def test_what_a_log_says_cannot_move_the_cursor(folder):
    output = run(write("plan.json", PLAN), access_log(**{"\x1b[2Jada\nbob" + "x" * 50: 3}))
    assert "\x1b" not in output
    assert "\\x1b[2Jada\\nbobxxx" in output


def test_a_comparison_tells_who_is_refused_now_and_was_admitted_before(folder):
    old = write("old.json", {**PLAN, "throttle": {"rateLimit": 1, "burstLimit": 4}})
    new = write("new.json", PLAN)
    log = access_log(ada=5, bob=3, eve=2)
    lines = run(new, log, "--before", old).splitlines()
    assert lines[-4] == "compared with before: 3 newly refused, 0 newly admitted"
    assert [line.split()[:3] for line in lines[-2:]] == [["ada", "2", "0"], ["bob", "1", "0"]]
    assert as_json(old, log, "--before", new)["changes"] == [
        {"caller": "ada", "newlyRefused": 0, "newlyAdmitted": 2, "firstNewlyRefused": None},
        {"caller": "bob", "newlyRefused": 0, "newlyAdmitted": 1, "firstNewlyRefused": None},
    ]


# ---------------------------------------------------------------- logs


def test_logs_are_read_together_in_the_order_of_time(folder):
    plan = write("plan.json", PLAN)
    whole = as_json(plan, access_log(ada=40, bob=10))
    lines = Path("access.log").read_text().splitlines()
    with gzip.open("second.gz", "wt") as second:
        second.write("\n".join(reversed(lines[::2])))
    write("first.log", "\n".join(lines[1::2]))
    parts = as_json(plan, "second.gz", "first.log")
    assert parts["refused"] > 0
    assert parts == {**whole, "callers": parts["callers"]}
    assert sorted(parts["callers"], key=str) == sorted(whole["callers"], key=str)


def test_a_dash_is_standard_input(folder):
    access_log(ada=3)
    assert as_json(write("plan.json", PLAN), "-", input=Path("access.log").read_bytes())["requests"] == 3


def test_lines_that_cannot_be_read_are_told_and_the_others_count(folder):
    write("access.log", Path(access_log(ada=1)).read_text() + "\nwhat\n\nis this\n")
    lines = run(write("plan.json", PLAN), "access.log").splitlines()
    assert lines[2:5] == [
        "2 lines could not be read",
        "  access.log:2: neither JSON nor the Common Log Format",
        "  access.log:4: neither JSON nor the Common Log Format",
    ]


def test_a_log_with_whole_seconds_is_told_to_be_coarse(folder):
    output = run(write("plan.json", PLAN), common("GET /a", "GET /a", "GET /a"))
    assert "requests of one second count as simultaneous" in output
    assert "burst 3, no rate would do" in output


def test_requests_with_a_status_can_be_left_out(folder):
    output = run(write("plan.json", PLAN), common("GET /a"), "--without-status", "200")
    assert "1 request left out by status" in output
    assert output.startswith("0 requests of 0 callers")


def test_callers_may_be_named_otherwise(folder):
    log = write("log", json.dumps({"time": 1, "tenant": {"name": "acme"}}))
    told = as_json(write("plan.json", PLAN), log, "--caller", "tenant.name")
    assert [one["caller"] for one in told["callers"]] == ["acme"]


@pytest.mark.parametrize("status", ["40x", "4xx", "", "600", "20", "2000", "401,403", "\u0664\u0660\u0661"])
def test_a_status_that_is_none_is_wrong_usage(folder, status):
    plan, log = write("plan.json", PLAN), access_log(ada=1)
    told = run(plan, log, "--without-status", "401", "--without-status", status, status=2)
    assert told == f"Error: --without-status: {status!r} is no status, such as 401\n"


def test_a_member_for_callers_that_no_line_has_is_wrong_usage(folder):
    plan, log = write("plan.json", PLAN), access_log(ada=1)
    assert run(plan, log, "--caller", "nope", status=2) == "Error: --caller: no line has the member 'nope'\n"


def test_a_log_without_users_cannot_be_tested_by_user(folder):
    plan, log = write("plan.json", PLAN), common("GET /a")
    told = run(plan, log, "--caller", "user", status=2)
    assert told == "Error: --caller: no line names a caller by its user\n"


def test_callers_that_some_lines_name_are_told(folder):
    log = write("log", '{"time": 1, "tenant": "acme"}\n{"time": 2}')
    callers = as_json(write("plan.json", PLAN), log, "--caller", "tenant")["callers"]
    assert {one["caller"] for one in callers} == {"acme", None}


# ---------------------------------------------------------------- plans


@pytest.mark.parametrize(
    ("stage", "option", "told"),
    [
        (
            {"stage": "prod"},
            ["--stage", "prd"],
            "--stage: no plan covers the stage 'prd'; did you mean 'prod'?",
        ),
        (
            {"stage": "prod"},
            ["--stage", "x"],
            "--stage: no plan covers the stage 'x'; they cover prod",
        ),
        (
            {"stage": "prod", "apiId": "a1"},
            ["--api-id", "b2"],
            "--api-id: no plan covers the API 'b2'; they cover a1",
        ),
    ],
)
def test_a_place_that_no_plan_covers_is_wrong_usage(folder, stage, option, told):
    plan, log = write("plan.json", {**PLAN, "apiStages": [stage]}), access_log(ada=1)
    assert run(plan, log, *option, status=2) == f"Error: {told}\n"


def test_a_stage_that_only_the_plans_before_cover_may_be_named(folder):
    new = write("new.json", {**PLAN, "apiStages": [{"stage": "prod"}]})
    old = write("old.json", {**PLAN, "apiStages": [{"stage": "dev"}]})
    told = as_json(new, access_log(ada=1), "--before", old, "--stage", "dev")
    assert told["refusedBy"] == {"no plan": 1}


def test_plans_without_stages_are_tested_whatever_stage_is_named(folder):
    assert as_json(write("plan.json", PLAN), access_log(ada=1), "--stage", "prod")["admitted"] == 1


def test_plans_may_be_yaml_and_name_keys_and_one_is_for_all_others(folder):
    write(
        "plans.yaml",
        "items:\n"
        "- {id: gold, keys: [ada, {id: bob, type: API_KEY}], throttle: {rateLimit: 0, burstLimit: 3}}\n"
        "- {id: rest, throttle: {rateLimit: 0.5, burstLimit: 1}}\n",
    )
    told = as_json("plans.yaml", access_log(ada=4, bob=2, eve=2))
    assert {
        one["caller"]: one["firstRefusal"] and one["firstRefusal"]["limit"] for one in told["callers"]
    } == {
        "ada": "plan:gold:ada:throttle",
        "bob": None,
        "eve": "plan:rest:eve:throttle",
    }


def test_plans_of_a_definition_in_python_know_the_values_of_keys_and_never_show_them(folder):
    write("backtested.py", MODULE)
    log = write(
        "log",
        "\n".join(json.dumps({"time": 1, "apiKey": key}) for key in (VALUE, VALUE, "k1", "unknown-" + VALUE)),
    )
    output = run("backtested:api", log, "--format", "json")
    assert VALUE not in output
    first, second = json.loads(output)["callers"]
    assert (first["caller"], first["refusedBy"]) == ("k1", {"throttle": 2})
    assert (second["caller"][:7], second["refusedBy"]) == ("sha256:", {"no plan": 1})


@pytest.mark.parametrize(
    ("where", "refused"),
    [
        pytest.param({}, {}, id="where the plan is, if a line says nothing"),
        pytest.param({"stage": "dev"}, {"no plan": 1}, id="at another stage"),
        pytest.param({"apiId": "a2"}, {"no plan": 1}, id="in another API"),
    ],
)
def test_a_request_is_counted(where, refused, folder):
    plan = write("plan.json", {"id": "p", "apiStages": [{"apiId": "a1", "stage": "prod"}]})
    log = write("log", json.dumps({"time": 1, "apiKeyId": "ada", **where}))
    assert as_json(plan, log)["refusedBy"] == refused


def test_a_line_that_says_its_stage_counts_there_and_in_a_draft_everywhere(folder):
    log = write("log", json.dumps({"time": 1, "keyId": "ada", "stage": "dev", "apiId": "a9"}))
    staged = write("staged.json", {"id": "p", "apiStages": [{"stage": "prod"}]})
    assert as_json(staged, log)["refusedBy"] == {"no plan": 1}
    assert as_json(write("draft.json", {"id": "p"}), log)["refusedBy"] == {}


def test_the_definition_tells_what_a_path_stands_for_and_who_needs_no_key(folder):
    write("api.yaml", DEFINITION)
    limits = {"/pets/{id}/GET": {"rateLimit": 0, "burstLimit": 1}}
    plan = write("plan.json", {"id": "p", "apiStages": [{"stage": "prod", "throttle": limits}]})
    log = common("GET /pets/1", "GET /pets/2?x=/pets", "DELETE /pets/1", "GET /nothing")
    told = as_json(plan, log, "--definition", "api.yaml")
    assert (told["requests"], told["refusedBy"]) == (3, {"method throttle": 1})
    assert told["lines"]["unrouted"] == 1
    assert "the API's definition can tell" in run(plan, log, status=1)


def test_a_method_that_needs_no_key_takes_nothing_from_the_plan(folder):
    write("api.yaml", DEFINITION)
    plan = write("plan.json", {"id": "p", "quota": {"limit": 1, "period": "DAY"}})
    log = common("DELETE /pets/1", "DELETE /pets/1", "GET /pets/1")
    assert as_json(plan, log, "--definition", "api.yaml")["refused"] == 0
    assert as_json(plan, log)["refused"] == 2
    resources = [
        {"time": 1, "key_id": "a", "method": verb, "resource": "/pets/{id}"} for verb in ("DELETE", "GET")
    ]
    log = write("log", "\n".join(map(json.dumps, resources)))
    assert as_json(plan, log, "--definition", "api.yaml")["refused"] == 0


def test_without_variables_in_any_limit_a_path_is_its_resource(folder):
    plan = write("plan.json", {"id": "p", "apiStages": [{"stage": "prod", "throttle": METHODS}]})
    told = as_json(plan, common("GET /pets", "GET /%70ets/?a=b", "GET /other", "GET /other"))
    assert told["refusedBy"] == {"method throttle": 1}


# ---------------------------------------------------------------- what cannot be


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        pytest.param("{", "plan.json:1:", id="no JSON"),
        pytest.param([], "there is no usage plan", id="no plan"),
        pytest.param({"items": [{"id": 7}]}, "plan.json:1:13: error: id must be text", id="a wrong type"),
        pytest.param({"id": "p", "throtle": {}}, "did you mean 'throttle'?", id="a misspelled limit"),
        pytest.param({"id": "p", "keys": "ada"}, "keys is a list", id="keys that are no list"),
        pytest.param({"id": "p", "keys": [{}]}, "keys is a list", id="a key without an id"),
        pytest.param(
            {"id": "p", "stageThrottle": {"*/*": {"rateLimit": 1}}},
            "burstLimit of a throttle is missing",
            id="half a limit of all callers",
        ),
        pytest.param(
            [{"id": "a"}, {"id": "b"}], "several usage plans without keys", id="two plans for everybody"
        ),
        pytest.param(
            [{"id": "a", "apiStages": [{"stage": "s"}]}, {"id": "b"}],
            "'b' has no apiStages",
            id="half a draft",
        ),
        pytest.param(
            {"id": "a", "apiStages": [{"stage": "s"}, {"stage": "t"}]},
            "--stage",
            id="two stages to choose from",
        ),
        pytest.param(
            {"id": "a", "apiStages": [{"stage": "s", "apiId": "x"}, {"stage": "s", "apiId": "y"}]},
            "--api-id",
            id="two APIs to choose from",
        ),
    ],
)
def test_plans_that_cannot_be_tested_end_in_status_1(plan, message, folder):
    assert message in run(write("plan.json", plan), access_log(ada=1), status=1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        pytest.param("missing.json", "No such file", id="a file that is not there"),
        pytest.param("backtested:other", "is a int, not a RestApiConfig", id="a name of something else"),
        pytest.param("backtested:nothing", "cannot import", id="a name of nothing"),
    ],
)
def test_plans_that_are_not_there_end_in_status_1(name, message, folder):
    write("backtested.py", MODULE)
    assert message in run(name, access_log(ada=1), status=1)


def test_a_log_without_a_request_ends_in_status_1(folder):
    output = run(write("plan.json", PLAN), write("log", "what\nis this\n"), status=1)
    assert "no line is a request" in output
    assert "log:1: neither JSON" in output


def test_an_empty_log_is_no_error(folder):
    assert "0 requests of 0 callers" in run(write("plan.json", PLAN), write("log", ""))


@pytest.mark.parametrize("cut", [pytest.param(12, id="cut short"), pytest.param(0, id="no gzip at all")])
def test_a_broken_archive_ends_in_status_1(cut, folder):
    whole = gzip.compress(Path(access_log(ada=50)).read_bytes())
    Path("log.gz").write_bytes(whole[:-cut] if cut else b"plain text")
    assert "log.gz: " in run(write("plan.json", PLAN), "log.gz", status=1)


def test_a_log_that_is_not_there_is_wrong_usage(folder):
    assert "does not exist" in run(write("plan.json", PLAN), "missing.log", status=2)
    assert run("plan.json", status=2) == "Error: LOG...: missing\n"
