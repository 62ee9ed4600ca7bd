"""``Definition``: all that a document declares. OpenAPI has words for the API alone, templates for more.

::

    from wsgi_gateway import Gateway, load_definition

    stack = load_definition("stack.yaml", parameters={"Env": "prod"})
    application = Gateway(stack, app, stage="prod", lambdas={"Pets": pets})

Not for: what a Gateway is given beside a definition, such as functions and apps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace

from wsgi_gateway.config import RestApiConfig, StageConfig
from wsgi_gateway.config.check import check
from wsgi_gateway.config.check_method_settings import check_settings_of_api
from wsgi_gateway.config.check_stage import check_stage
from wsgi_gateway.config.frozen import Declared
from wsgi_gateway.config.secrets import secrets_of
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import ConfigError, Place, Problem
from wsgi_gateway.sources.lambda_functions import LocalFunction


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition(Declared):
    """``api``; ``stages`` by name; ``base_paths``: by domain name and base path the name of a stage.
    ``functions`` of the document whose code may lie on this machine, by name. ``warnings``: what has no
    effect in the document. ``stage_places``: where stages are declared, by name.

    What the document says nobody may see, such as values of NoEcho parameters, is ``api.secrets``.
    """

    api: RestApiConfig
    stages: Mapping[str, StageConfig] = field(default_factory=dict)
    base_paths: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    functions: Mapping[str, LocalFunction] = field(default_factory=dict)
    warnings: tuple[Problem, ...] = field(default=(), compare=False, repr=False)
    stage_places: Mapping[str, Place] = field(default_factory=dict, compare=False, repr=False)

    def __repr__(self) -> str:
        shown = (f"{one.name}={getattr(self, one.name)!r}" for one in fields(self) if one.repr)
        return secrets_of(self.api).hidden(f"Definition({', '.join(shown)})")

    def stage(self, name: str | None) -> StageConfig | None:
        """The stage of that name, or the only one; None if the document declares none.

        Raises ConfigError if it has others, and for no name where it has several.
        """
        if not self.stages:
            return None
        if name is None and len(self.stages) == 1:
            return next(iter(self.stages.values()))
        known = ", ".join(stage[:80] for stage in list(self.stages)[:20])
        if name is None:
            message = "the definition has several stages, and none was chosen"
            raise ConfigError([self._wrong_name(message, f"choose one of {known}")])
        if name not in self.stages:
            hint = did_you_mean(name, self.stages, f"it has {known}")
            message = f"the definition has no stage {name[:80]!r}"
            raise ConfigError([self._wrong_name(message, hint)])
        return self.stages[name]

    def _wrong_name(self, message: str, hint: str | None) -> Problem:
        return secrets_of(self.api).masked(Problem("stage-name", message, hint=hint))

    def problems(self) -> Iterator[Problem]:
        """What is wrong with the API, errors first, and where nothing is, with its stages."""
        found = check(self.api)
        yield from sorted(found, key=lambda problem: problem.severity != "error")
        if not any(problem.severity == "error" for problem in found):
            yield from self._problems_of_stages()

    def _problems_of_stages(self) -> Iterator[Problem]:
        for name, stage in self.stages.items():
            place = self.stage_places.get(name, Place(path=f"$.stages[{name!r}]"))
            problems = [_moved(problem, place) for problem in check_stage(stage)]
            yield from problems or check_settings_of_api(stage, place, (self.api,))


def _moved(problem: Problem, stage: Place) -> Problem:
    """A problem of a stage by itself at the place of that stage."""
    return replace(
        problem, place=replace(stage, path=stage.path + problem.place.path.removeprefix("$.stage"))
    )
