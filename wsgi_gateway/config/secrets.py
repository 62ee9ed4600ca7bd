"""``Secrets``: what an API holds and no message may show, such as the values of NoEcho parameters.

::

    api = load("stack.yaml", parameters={"Password": "hunter2given"})
    api.secrets                                     # <Secrets: 1>
    api.secrets.hidden("no host hunter2given")      # 'no host ****'

They are a part of the API, so whoever has it hides them: what a Gateway, an export, a comparison or the docs
have to say, and :func:`repr`. They are no part of what an API *is*: it compares without them, and no document
has them. A pickle has those that stand in the API anyway, and none that stood beside it in a template.

Not for: secrets in requests and answers, which :mod:`wsgi_gateway.redaction` finds by name and by shape.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html,
``NoEcho``: asterisks in the place of the value.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import Any, TypeVar, cast

from wsgi_gateway.config.masking import SHORTEST, Hidden, hiding
from wsgi_gateway.errors import ConfigError, Problem

F = TypeVar("F", bound=Callable[..., Any])


def masked(problem: Problem, hidden: Hidden) -> Problem:
    """The problem with asterisks for what is hidden, wherever it stands."""
    if not hidden:
        return problem
    hint = None if problem.hint is None else hidden.masked(problem.hint)
    place = replace(problem.place, path=hidden.masked(problem.place.path))
    return replace(problem, message=hidden.masked(problem.message), hint=hint, place=place)


class Secrets:
    """Texts that are shown as asterisks, as :mod:`~wsgi_gateway.config.masking` finds them; those of less
    than ``SHORTEST`` characters are none. ``one | other`` has those of both. Raises ConfigError for what is
    no list of texts.
    """

    __slots__ = ("_texts",)

    def __init__(self, texts: Iterable[str] = ()) -> None:
        found = list(texts) if isinstance(texts, (list, tuple, set, frozenset)) else [None]
        if not all(isinstance(text, str) for text in found):
            raise ConfigError("secrets are a list of texts")
        long = dict.fromkeys(text for text in found if text is not None and len(text) >= SHORTEST)
        self._texts = tuple(long)

    def __bool__(self) -> bool:
        return bool(self._texts)

    def __or__(self, other: Secrets) -> Secrets:
        if not other or other is self:
            return self
        return Secrets((*self._texts, *other._texts)) if self else other

    def __repr__(self) -> str:
        return f"<Secrets: {len(self._texts)}>"

    def hidden(self, text: str) -> str:
        """The text with asterisks for the secrets."""
        return hiding(self._texts).masked(text) if self else text

    def masked(self, problem: Problem) -> Problem:
        """The problem with asterisks for the secrets, wherever they stand."""
        return masked(problem, hiding(self._texts)) if self else problem

    def inside(self, data: bytes) -> Secrets:
        """Those that stand in these data, in whatever case."""
        data = data.lower()
        return Secrets([text for text in self._texts if text.lower().encode(errors="surrogatepass") in data])

    @contextmanager
    def hiding(self, warnings: list[Problem] | None = None) -> Iterator[None]:
        """A ConfigError that is raised inside has asterisks for the secrets, and so has what is appended to
        ``warnings``.
        """
        before = 0 if warnings is None else len(warnings)
        try:
            yield
        except ConfigError as error:
            if not self:
                raise
            raise ConfigError(map(self.masked, error.problems)) from None
        finally:
            if warnings is not None and self:
                warnings[before:] = map(self.masked, warnings[before:])


NO_SECRETS = Secrets()


def secrets_of(api: Any) -> Secrets:
    """The API's; none of what is no API."""
    found = getattr(api, "secrets", NO_SECRETS)
    return found if isinstance(found, Secrets) else NO_SECRETS


def hides_secrets(function: F) -> F:
    """A function of an API that tells none of its secrets, by a ConfigError or in a list ``warnings``."""

    @wraps(function)
    def hiding(api: Any, *args: Any, **options: Any) -> Any:
        with secrets_of(api).hiding(options.get("warnings")):
            return function(api, *args, **options)

    return cast("F", hiding)
