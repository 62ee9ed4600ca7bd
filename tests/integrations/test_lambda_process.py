"""Functions in processes of their own: what they see, how they fail, and that they end."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from textwrap import dedent

import pytest

from wsgi_gateway import ConfigError
from wsgi_gateway.functions import FunctionFailed, FunctionTimedOut, FunctionUnreachable
from wsgi_gateway.integrations import lambda_process
from wsgi_gateway.integrations.lambda_payload import REQUEST_LIMIT
from wsgi_gateway.integrations.lambda_process import LambdaProcess


@pytest.fixture
def function():
    """A function of the text of its module."""
    made = []

    def make(source, handler="index.handler", **options):
        made.append(LambdaProcess("pets", handler=handler, source=dedent(source), **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def folder(path, **modules):
    path.mkdir(parents=True, exist_ok=True)
    for name, text in modules.items():
        (path / f"{name}.py").write_text(dedent(text), "utf-8")
    return str(path)


# --------------------------------------------------------------------- what it sees


def test_an_event_is_answered(function):
    assert function("def handler(event, context): return {'got': event}")({"a": [1, None]}) == {
        "got": {"a": [1, None]}
    }


def test_answers_are_json_as_lambda_makes_it(function):
    source = """
        import decimal
        def handler(event, context): return {"tuple": (1, 2), "price": decimal.Decimal("1.50"), 3: "\u00e9"}
    """
    assert function(source).answer(b"{}") == '{"tuple": [1, 2], "price": 1.5, "3": "\u00e9"}'.encode()


def test_a_process_is_used_again(function):
    called = function("import os\ndef handler(event, context): return os.getpid()")
    assert called({}) == called({}) != os.getpid()


def test_modules_of_one_name_do_not_meet(tmp_path):
    source = "import names\ndef handler(event, context): return names.NAME"
    functions = [
        LambdaProcess(
            "f", handler="app.handler", paths=[folder(tmp_path / name, app=source, names=f"NAME = {name!r}")]
        )
        for name in ("cats", "dogs")
    ]
    try:
        assert [one({}) for one in functions] == ["cats", "dogs"]
    finally:
        for one in functions:
            one.close()


def test_each_function_has_its_own_variables(function, monkeypatch):
    monkeypatch.setenv("SHARED", "server")
    monkeypatch.setenv("TABLE", "server")
    source = """
        import os
        def handler(event, context): return [os.environ.get(n) for n in ("TABLE", "SHARED", "OTHER")]
    """
    assert function(source, variables={"TABLE": "pets"})({}) == ["pets", "server", None]
    assert function(source, variables={"OTHER": "o"})({}) == ["server", "server", "o"]
    assert os.environ["TABLE"] == "server"


def test_variables_are_there_while_the_module_is_imported(function):
    source = "import os\nTABLE = os.environ['TABLE']\ndef handler(event, context): return TABLE"
    assert function(source, variables={"TABLE": "pets"})({}) == "pets"


def test_its_folder_is_where_it_works(tmp_path):
    source = "import os\ndef handler(event, context): return [os.getcwd(), os.environ['LAMBDA_TASK_ROOT']]"
    where = folder(tmp_path / "code", app=source)
    function = LambdaProcess("f", handler="app.handler", paths=[where])
    assert function({}) == [where, where]
    function.close()


def test_a_handler_in_a_package_below(tmp_path):
    where = folder(tmp_path, outer="")
    folder(tmp_path / "src" / "api", app="def handler(event, context): return 'inner'")
    function = LambdaProcess("f", handler="src/api/app.handler", paths=[where])
    assert function({}) == "inner"
    function.close()


def test_the_context_says_what_lambda_says(function):
    source = """
        def handler(event, context):
            return [context.function_name, context.function_version, context.invoked_function_arn,
                    context.memory_limit_in_mb, len(context.aws_request_id) > 8,
                    0 < context.get_remaining_time_in_millis() <= 2000]
    """
    called = function(
        source, arn="arn:aws:lambda:us-east-1:123456789012:function:pets", memory_size=256, timeout=2.0
    )
    arn = "arn:aws:lambda:us-east-1:123456789012:function:pets"
    assert called({}) == ["pets", "$LATEST", arn, "256", True, True]


def test_what_it_prints_does_not_disturb_its_answer(function, capfd):
    source = """
        import logging, sys
        print("imported")
        def handler(event, context):
            print('{"ok": true, "size": 3}')
            logging.getLogger().warning("careful")
            return "said"
    """
    assert function(source)({}) == "said"
    printed = capfd.readouterr().err
    assert "imported" in printed
    assert "[WARNING]\tcareful" in printed


def test_it_has_nothing_to_read(function):
    assert function("import sys\ndef handler(event, context): return sys.stdin.read()")({}) == ""


# --------------------------------------------------------------------- how it fails


@pytest.mark.parametrize(
    ("source", "handler", "kind", "message"),
    [
        pytest.param(
            "def handler(e, c): raise KeyError('no')", "index.handler", "KeyError", "'no'", id="it raises"
        ),
        pytest.param(
            "def handler(e, c): return {1, 2}", "index.handler", "Runtime.MarshalError", "Unable", id="a set"
        ),
        pytest.param(
            "import nothing_of_this", "index.handler", "Runtime.ImportModuleError", "Unable", id="an import"
        ),
        pytest.param(
            "def handler(", "index.handler", "Runtime.UserCodeSyntaxError", "line 1", id="no Python"
        ),
        pytest.param(
            "x = 1", "index.handler", "Runtime.HandlerNotFound", "'handler' missing", id="no handler"
        ),
        pytest.param("x = 1", "handler", "Runtime.MalformedHandlerName", "Bad handler", id="no module"),
        pytest.param("raise ValueError('no')", "index.handler", "ValueError", "no", id="its module raises"),
        pytest.param(
            "def handler(e, c): raise SystemExit", "index.handler", "Runtime.ExitError", "", id="it exits"
        ),
        pytest.param(
            "import os\nos._exit(3)", "index.handler", "Runtime.ExitError", "", id="its module ends it"
        ),
        pytest.param(
            "import os\ndef handler(e, c): os._exit(3)",
            "index.handler",
            "Runtime.ExitError",
            "",
            id="it ends",
        ),
    ],
)
def test_a_failure_is_told_as_lambda_tells_it(function, source, handler, kind, message):
    with pytest.raises(FunctionFailed) as caught:
        function(source, handler)({})
    assert caught.value.error_type == kind
    assert message in str(caught.value)


def test_the_trace_of_a_failure_stays_here(function, capfd):
    with pytest.raises(FunctionFailed) as caught:
        function("def handler(e, c): raise ValueError('no')")({})
    assert caught.value.document["stackTrace"] == []
    assert "ValueError: no" in capfd.readouterr().err


def test_one_that_ended_is_started_again(function):
    called = function("def handler(event, context):\n    if event: raise SystemExit\n    return 'here'")
    assert called({}) == "here"
    with pytest.raises(FunctionFailed):
        called({"leave": True})
    assert called({}) == "here"


def test_one_that_was_killed_while_it_was_idle_is_started_again(function):
    called = function("import os\ndef handler(event, context): return os.getpid()")
    pid = called({})
    os.kill(pid, signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert called({}) != pid


def test_its_own_timeout_ends_it(function):
    called = function("import time\ndef handler(event, context): time.sleep(60)", timeout=0.2)
    with pytest.raises(FunctionFailed, match=r"Task timed out after 0\.20 seconds") as caught:
        called({})
    assert caught.value.error_type == "Sandbox.Timedout"


def test_it_can_be_given_up_on(function):
    called = function("import time\ndef handler(event, context): time.sleep(event)", timeout=60.0)
    assert called(0) is None
    with pytest.raises(FunctionTimedOut):
        called.within(0.2)(60)


def test_a_large_event_is_refused(function):
    with pytest.raises(FunctionUnreachable, match="an event of more than"):
        function("def handler(e, c): pass").answer(b" " * (REQUEST_LIMIT + 1))


def test_events_and_answers_of_megabytes_go_through(function):
    text = "x" * 5_000_000
    assert function("def handler(event, context): return event", timeout=30.0)(text) == text


@pytest.mark.parametrize("timeout", [0, -1, float("nan")])
def test_a_timeout_that_is_none_is_refused(timeout):
    with pytest.raises(ConfigError, match="positive number"):
        LambdaProcess("f", handler="a.b", timeout=timeout)


# ------------------------------------------------------------------------ processes


def test_several_events_are_answered_at_once(function, tmp_path):
    source = f"""
        import os, pathlib, time
        def handler(event, context):
            here = pathlib.Path({str(tmp_path)!r})
            (here / str(os.getpid())).touch()
            while len(list(here.iterdir())) < 3: time.sleep(0.01)
            return os.getpid()
    """
    called = function(source, timeout=30.0)
    with ThreadPoolExecutor(3) as threads:
        assert len(set(threads.map(called, [{}] * 3))) == 3


def test_no_more_processes_than_the_limit(function, monkeypatch):
    monkeypatch.setattr(lambda_process, "PROCESSES", 1)
    called = function(
        "import time\ndef handler(event, context): time.sleep(event); return event", timeout=30.0
    )
    assert called(0) == 0
    busy = threading.Thread(target=called, args=(1.0,))
    busy.start()
    while called._pool._state()[0]._value:
        time.sleep(0.01)
    with pytest.raises(FunctionTimedOut, match="all of its 1 processes are busy"):
        called.within(0.05)(0)
    busy.join()


def test_processes_end_with_what_started_them():
    function = LambdaProcess(
        "f", handler="index.h", source="import os\ndef h(event, context): return os.getpid()"
    )
    pid = function({})
    del function
    gc.collect()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_fork_has_processes_of_its_own(function):
    called = function("import os\ndef handler(event, context): return os.getppid()")
    assert called({}) == os.getpid()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(write, str(called({}) == os.getpid()).encode())
        finally:
            os._exit(0)
    os.close(write)
    os.waitpid(child, 0)
    with os.fdopen(read) as answer:
        assert answer.read() == "True"


def test_its_variables_are_not_shown():
    function = LambdaProcess("pets", handler="a.b", variables={"KEY": "secret"})
    assert repr(function) == "<LambdaProcess pets>"
