"""What is said of a change: its meaning to callers, the stage, code, and each warning once."""

from __future__ import annotations

import logging
import os
import sys
import threading
from dataclasses import replace
from types import ModuleType

import pytest

from wsgi_gateway import ConfigError, Gateway, RestApiConfig, StageConfig, load
from wsgi_gateway.cli.reload_telling import Code, TerminalListener, ToldOnce
from wsgi_gateway.config import MethodConfig, ThrottleConfig
from wsgi_gateway.wsgi import Response

logger = logging.getLogger("wsgi_gateway")


def gateway(*paths: str, stage: StageConfig | None = None, description: str = "") -> Gateway:
    resources = {path: {"GET": MethodConfig(http_method="GET")} for path in paths}
    api = RestApiConfig(name="shop", description=description, resources=resources)
    return Gateway(api, Response("200 OK"), stage=stage)


def told(capsys, old: Gateway, new: Gateway) -> str:
    TerminalListener("api.yaml").changed(old, new)
    return capsys.readouterr().out


def test_what_changes_for_callers_is_told(capsys):
    assert told(capsys, gateway("/a", "/b"), gateway("/a", "/c")).splitlines() == [
        "api.yaml: taken",
        "    breaking    GET /b: is gone: callers are answered by 403 [route]",
        "    compatible  GET /c: is new [route]",
    ]


def test_a_change_of_words_alone_is_told_as_such(capsys):
    text = told(capsys, gateway("/a"), gateway("/a", description="the shop"))
    assert text == "api.yaml: taken, nothing changes for callers\n"


def test_what_is_other_in_the_stage_is_told_by_name_and_not_by_value(capsys):
    stage = StageConfig(stage_name="prod", variables={"token": "secret"})
    limited = replace(
        stage, variables={"token": "hidden"}, overall_throttle=ThrottleConfig(rate_limit=1, burst_limit=1)
    )
    assert told(capsys, gateway("/a", stage=stage), gateway("/a", stage=limited)).splitlines() == [
        "api.yaml: taken",
        "    the stage prod: other variables, overall_throttle",
    ]


def test_problems_are_told_on_stderr_with_their_place_and_line(capsys, tmp_path):
    file = tmp_path / "api.yaml"
    file.write_text("openapi: 3.0.1\ninfo: {title: a, version: '1'}\npaths:\n  no-slash: {}\n")
    with pytest.raises(ConfigError) as refused:
        load(file)
    TerminalListener("api.yaml").refused(refused.value.problems)
    output, told = capsys.readouterr()
    assert output == ""
    assert f"{file}:4:3: error: " in told
    assert "  no-slash: {}" in told
    assert told.endswith("api.yaml: not taken, what was served before still is\n")


# ------------------------------------------------------------ code


@pytest.fixture
def module(tmp_path, monkeypatch):
    def written(name: str, path: str):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
        made = ModuleType(name)
        made.__file__ = str(file)
        monkeypatch.setitem(sys.modules, name, made)
        return file

    return written


def test_a_module_of_the_folder_is_told_once_for_each_change(tmp_path, module):
    file = module("shop_of_this_test", "shop/goods.py")
    code = Code(str(tmp_path))
    assert code.changed() == []
    for number in range(2):
        file.write_text(f"# {number}")
        touched(file, number)
        assert code.changed() == ["shop/goods.py"]
        assert code.changed() == []


def touched(file, number: int) -> None:
    """However coarse the times of the file system are."""
    os.utime(file, (number + 1, number + 1))


def test_a_module_that_is_loaded_later_is_known_from_then_on(tmp_path, module):
    code = Code(str(tmp_path))
    assert code.changed() == []
    file = module("late_of_this_test", "late.py")
    assert code.changed() == []
    touched(file, 1)
    assert code.changed() == ["late.py"]


def test_modules_of_other_folders_and_installed_ones_are_not_told(tmp_path, module):
    files = [
        module("other_of_this_test", "other/other.py"),
        module("installed_of_this_test", "here/venv/site-packages/a.py"),
    ]
    code = Code(str(tmp_path / "here"))
    code.changed()
    for file in files:
        touched(file, 1)
    assert code.changed() == []


def test_a_module_that_is_gone_is_not_told_until_it_is_back(tmp_path, module):
    file = module("gone_of_this_test", "gone.py")
    code = Code(str(tmp_path))
    code.changed()
    file.unlink()
    assert code.changed() == []
    file.write_text("")
    touched(file, 1)
    assert code.changed() == ["gone.py"]


# ------------------------------------------------------------ warnings


def test_a_warning_is_told_once_as_long_as_it_is_given(caplog):
    told_once = ToldOnce()
    for warnings in (["a", "a", "b"], ["b"], ["a", "b"]):
        with told_once():
            for warning in warnings:
                logger.warning("%s", warning)
    assert [record.getMessage() for record in caplog.records] == ["a", "b", "a"]


def test_what_other_threads_say_meanwhile_is_told_each_time(caplog):
    told_once = ToldOnce()
    for _ in range(2):
        with told_once():
            thread = threading.Thread(target=logger.warning, args=("the store fails",))
            thread.start()
            thread.join()
    logger.warning("the store fails")
    assert len(caplog.records) == 3


def test_a_load_that_fails_forgets_no_warning(caplog):
    told_once = ToldOnce()
    for error in (None, ConfigError("wrong"), None):
        try:
            with told_once():
                if error is not None:
                    raise error
                logger.warning("a")
        except ConfigError:
            pass
    assert len(caplog.records) == 1
    assert logger.filters == []
