"""The fixture ``mapping_template``, and what a failed test tells of its templates."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

TEST = """\
def test_order(mapping_template):
    rendering = mapping_template("templates/order.vm").render({"id": 7}, header={"x": "1"})
    assert rendering.json() == {"order": %s}
"""
ORDER = '{"order": $input.path("$.id")}\n'


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """A project with a template in tests/templates; its own pytest has the plugin, installed or not."""
    folder = pytester.mkdir("tests") / "templates"
    folder.mkdir()
    (folder / "order.vm").write_text(ORDER)
    pytester.makeini("[pytest]\naddopts = -p wsgi_gateway.pytest_plugin\n")
    return pytester


def run(project: pytest.Pytester, test: str, *options: str) -> pytest.RunResult:
    (project.path / "tests" / "test_order.py").write_text(test)
    return project.runpytest_inprocess("-p", "no:cacheprovider", *options)


def test_a_template_beside_the_test_is_rendered(project: pytest.Pytester) -> None:
    result = run(project, TEST % 7)
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*mapping template*")


def test_a_failed_test_tells_what_its_template_did(project: pytest.Pytester) -> None:
    result = run(project, TEST % 8)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- mapping template templates/order.vm -*",
            "templates/order.vm (profile aws)",
            '   1 | {"order": $input.path("$.id")}',
            '* > *$input.path("$.id") = 7',
            "output: 12 characters",
            '{"order": 7}',
        ]
    )


def test_the_last_rendering_of_every_template_is_told_once(project: pytest.Pytester) -> None:
    result = run(
        project,
        """\
        import pytest

        @pytest.fixture
        def fails_too(mapping_template):
            yield
            assert False

        def test_order(fails_too, mapping_template):
            one, two = mapping_template("templates/order.vm"), mapping_template("templates/order.vm", "stock")
            mapping_template("templates/order.vm")
            one.render({"id": 1})
            one.render({"id": 2})
            two.render({})
            assert False
        """.replace("\n        ", "\n").strip(),
    )
    result.assert_outcomes(failed=1, errors=1)
    told = result.stdout.str()
    assert told.count("- mapping template templates/order.vm -") == 2
    assert '{"order": 2}' in told
    assert '{"order": 1}' not in told
    assert '$input.path("$.id") has no value' in told


def test_a_template_that_fails_fails_the_test_and_is_told_up_to_there(project: pytest.Pytester) -> None:
    (project.path / "tests" / "templates" / "order.vm").write_text("before\n$input.path('$').get(4)\nafter")
    result = run(
        project, 'def test_order(mapping_template): mapping_template("templates/order.vm").render([])'
    )
    result.assert_outcomes(failed=1)
    told = result.stdout.str()
    error = [line.strip() for line in told.splitlines() if line.startswith("E  ")]
    assert error[0].endswith("TemplateRuntimeError: templates/order.vm:2:18: Index: 4, Size: 0")
    assert error[1:] == ["E   $input.path('$').get(4)", "E" + " " * 20 + "^"]
    assert "output until it failed: 7 characters" in told


@pytest.mark.parametrize(
    "given",
    [
        pytest.param('"templates/order.vm").render([])', id="a template that fails"),
        pytest.param('"templates/wrong.vm")', id="a template that is none"),
        pytest.param('"templates/nowhere.vm")', id="a template that is not there"),
        pytest.param('"templates/order.vm").render(headers={})', id="a name that is not known"),
        pytest.param('"templates/order.vm").observe(header={"a": None})', id="a value that cannot be"),
        pytest.param('"templates/text.vm").render().json()', id="an output that is not JSON"),
    ],
)
def test_a_failed_test_shows_its_own_lines_and_none_of_the_package(
    project: pytest.Pytester, given: str
) -> None:
    templates = project.path / "tests" / "templates"
    (templates / "order.vm").write_text("$input.path('$').get(4)")
    (templates / "wrong.vm").write_text("#set($a = )")
    (templates / "text.vm").write_text("text")
    told = run(project, f"def test_order(mapping_template): mapping_template({given}").stdout.str()
    assert "1 failed" in told
    assert ".py:1: in " in told or ".py:1: " in told
    assert "wsgi_gateway/" not in told


def test_a_failure_can_be_what_a_test_expects(project: pytest.Pytester) -> None:
    (project.path / "tests" / "templates" / "order.vm").write_text("$input.path('$').get(4)")
    test = """\
import pytest
from wsgi_gateway.mapping import TemplateRuntimeError

def test_order(mapping_template):
    template = mapping_template("templates/order.vm")
    with pytest.raises(TemplateRuntimeError):
        template.render([])
    assert template.observe([]).error.line == 1
    assert template.last.error is not None
    assert template.template.name == "templates/order.vm"
"""
    run(project, test).assert_outcomes(passed=1)


def test_a_template_is_looked_for_beside_the_test_and_then_at_the_root(project: pytest.Pytester) -> None:
    (project.path / "root.vm").write_text("at the root")
    (project.path / "tests" / "root.vm").write_text("beside")
    (project.path / "only.vm").write_text("at the root")
    test = """\
def test_order(mapping_template):
    assert mapping_template("root.vm").render().text == "beside"
    assert mapping_template("only.vm").render().text == "at the root"
"""
    run(project, test).assert_outcomes(passed=1)


def test_a_template_that_is_not_there_is_told_with_the_folders(project: pytest.Pytester) -> None:
    result = run(project, 'def test_order(mapping_template): mapping_template("nowhere.vm")')
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*FileNotFoundError: no template 'nowhere.vm' in {project.path}*"])


def test_a_syntax_error_is_told_with_line_and_caret(project: pytest.Pytester) -> None:
    (project.path / "tests" / "templates" / "order.vm").write_text("\n#set($x = )")
    result = run(project, TEST % 7)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*TemplateSyntaxError: templates/order.vm:2:11: unexpected ')'", "*^"])


def test_a_long_story_is_cut_in_the_middle(project: pytest.Pytester) -> None:
    lines = "".join(f"line {number}\n" for number in range(1000)) + "x" * 1000
    (project.path / "tests" / "templates" / "order.vm").write_text(lines)
    test = 'def test_order(mapping_template): assert not mapping_template("templates/order.vm").render().text'
    told = run(project, test, "--tb=line").stdout.str()
    # What pytest itself tells of the assertion is as long as the environment has it.
    told = told.partition("- mapping template templates/order.vm -")[2].partition("short test summary")[0]
    told = "\n".join(line for line in told.splitlines() if not line.startswith("/"))
    assert "... 1,261 lines ..." in told
    assert len(told.splitlines()) < 220
    assert max(map(len, told.splitlines())) <= 403


def test_a_story_that_cannot_be_told_ends_no_run(project: pytest.Pytester) -> None:
    (project.path / "conftest.py").write_text(
        "from wsgi_gateway.mapping import Rendering\nRendering.explain = lambda self: 1 / 0\n"
    )
    script = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider"]
    (project.path / "tests" / "test_order.py").write_text(TEST % 8)
    done = subprocess.run(script, cwd=project.path, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "could not be told: ZeroDivisionError" in done.stdout


def test_the_plugin_is_in_the_list_of_what_the_package_brings() -> None:
    setup = (Path(__file__).parent.parent / "setup.cfg").read_text(encoding="utf-8")
    assert "pytest11 =\n    wsgi_gateway.pytest_plugin = wsgi_gateway.pytest_plugin\n" in setup


def test_nothing_is_imported_before_a_test_asks() -> None:
    script = (
        "import sys, pytest; before = set(sys.modules)\n"
        "import wsgi_gateway.pytest_plugin\n"
        "names = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(names - sys.stdlib_module_names))\n"
        "print([name for name in sys.modules if name.startswith('wsgi_gateway.mapping')])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["['wsgi_gateway']", "[]"]
