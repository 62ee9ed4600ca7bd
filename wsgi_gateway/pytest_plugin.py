"""pytest: the fixture ``mapping_template``, and the story of a mapping template in the report of a failed
test.

::

    def test_order(mapping_template):
        rendering = mapping_template("templates/order.vm").render({"id": 7}, header={"x": "1"})
        assert rendering.json() == {"order": 7}

The path is relative to the test's file, else to pytest's root directory. When the test fails, its report has
a section ``mapping template templates/order.vm``: the template line by line, with the value of every
reference and every branch taken, of the last rendering.

pytest finds this module by its entry point as soon as the package is installed, so nothing but pytest itself
is imported here until a test asks for the fixture.

Not for unittest; :class:`wsgi_gateway.mapping.Template` needs no framework.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from wsgi_gateway.mapping import Rendering, Template

LINES = 200
"""Lines of a section; of a longer one the middle is left out."""
COLUMNS = 400
"""Characters of a line."""


class WatchedTemplate:
    """A template of a test; every rendering of it is watched.

    ``template``: the :class:`~wsgi_gateway.mapping.Template`. ``last``: the last rendering, None before.
    """

    def __init__(self, template: Template) -> None:
        self.template = template
        self.last: Rendering | None = None

    def render(self, body: Any = None, **given: Any) -> Rendering:
        """What :meth:`wsgi_gateway.mapping.Template.observe` gives for the same arguments.

        Raises :class:`~wsgi_gateway.mapping.TemplateRuntimeError` if the template fails.
        """
        __tracebackhide__ = True  # the test's own lines are what is wanted
        rendering = self.observe(body, **given)
        if rendering.error is not None:
            raise rendering.error
        return rendering

    def observe(self, body: Any = None, **given: Any) -> Rendering:
        """The same, for failures too: the rendering has the ``error``."""
        __tracebackhide__ = True
        self.last = self.template.observe(body, **given)
        return self.last


OpenTemplate = Callable[..., WatchedTemplate]

_OPENED: pytest.StashKey[list[WatchedTemplate]] = pytest.StashKey()


@pytest.fixture
def mapping_template(request: pytest.FixtureRequest) -> OpenTemplate:
    """``mapping_template(path, profile="aws")`` opens a mapping template, as API Gateway would run it.

    Raises FileNotFoundError, and TemplateSyntaxError with line, column and a caret.
    """
    opened: list[WatchedTemplate] = request.node.stash.setdefault(_OPENED, [])
    folders = (request.path.parent, request.config.rootpath)

    def open_template(path: str | os.PathLike[str], profile: str = "aws") -> WatchedTemplate:
        from wsgi_gateway.mapping import Template

        __tracebackhide__ = True
        template = Template.from_file(_found(path, folders), profile, name=os.fspath(path))
        watched = WatchedTemplate(template)
        opened.append(watched)
        return watched

    return open_template


def _found(path: str | os.PathLike[str], folders: tuple[Path, ...]) -> Path:
    __tracebackhide__ = True
    for folder in folders:
        if (folder / path).is_file():
            return folder / path
    looked = " and in ".join(map(str, dict.fromkeys(folders)))
    raise FileNotFoundError(f"no template {os.fspath(path)!r} in {looked}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test tells what its templates did."""
    report = yield
    if report.failed:
        opened = item.stash.get(_OPENED, [])
        while opened:  # emptied, so that a teardown which fails as well does not tell it again
            _tell(opened.pop(0), report)
    return report


def _tell(watched: WatchedTemplate, report: pytest.TestReport) -> None:
    if watched.last is None:
        return
    try:
        story = _shortened(watched.last.explain())
    except Exception as error:  # a hook that raises would end the whole run
        story = f"could not be told: {error!r}"
    report.sections.append((f"mapping template {watched.template.name}", story))


def _shortened(text: str) -> str:
    lines = [line if len(line) <= COLUMNS else line[:COLUMNS] + "..." for line in text.splitlines()]
    if len(lines) > LINES:
        left_out = f"... {len(lines) - LINES:,} lines ..."
        lines[LINES * 3 // 4 : len(lines) - LINES // 4] = [left_out]
    return "\n".join(lines)
