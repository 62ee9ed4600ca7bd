"""Problems as annotations of GitHub's workflows: shown beside the line in a pull request.

::

    ::error file=api.yaml,line=14,col=11,title=integration-uri::Invalid HTTP endpoint specified for URI

Not for people; they read the text.

Source: https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions, and for the
escapes the toolkit of GitHub's own actions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wsgi_gateway.cli.problem_excerpt import Excerpts

if TYPE_CHECKING:
    from wsgi_gateway.errors import Problem


def as_annotations(problems: Iterable[Problem], file: str, hiding: Excerpts | None = None) -> Iterator[str]:
    """One line a problem. ``file``: where those stand that know no file. ``hiding``: what reads files for
    their secrets, if it is at hand.
    """
    hiding = hiding or Excerpts()
    for problem in (hiding.hidden(one, file) for one in problems):
        place = problem.place
        names = {"file": place.file or file, "line": place.line, "col": place.column, "title": problem.code}
        properties = ",".join(
            f"{name}={_property(str(value))}" for name, value in names.items() if value is not None
        )
        details = (problem.message, f"at: {place.path}", f"what to do: {problem.hint}")
        wanted = (True, place.path != "$", bool(problem.hint))
        text = "\n".join(line for line, is_there in zip(details, wanted, strict=True) if is_there)
        yield f"::{problem.severity} {properties}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
