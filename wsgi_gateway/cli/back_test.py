"""``back-test``: who would have been refused, had a usage plan been in force when a log was written.

::

    $ wsgi-gateway back-test plan.json access.log
    10 requests of 3 callers, 2023-11-14 22:00:00 to 2023-11-14 22:00:00 UTC
    6 admitted, 4 refused (40.0 %): throttle 4

    caller  requests  refused  throttle  first refusal        longest  in 1 s  in 1 min  enough
    ada            5        3         3  2023-11-14 22:00:00    0.2 s       5         5  burst 5 or rate 7.5

The plans are read from a file (:mod:`wsgi_gateway.cli.plan_file`) or from ``module:name`` of a
RestApiConfig; the logs are JSON lines or the Common Log Format, also compressed by gzip, ``-`` for one on
standard input, in any order (:mod:`wsgi_gateway.usage.traffic`). With ``--before OTHER`` two sets of plans
are compared: whom does the change hit?

``--definition`` names the API, which knows what a path stands for and which methods need a key at all. It is
needed where a plan limits methods whose paths have variables, and the log has paths as clients sent them.

Exit status: 0, whoever is refused; 1 if plans or logs cannot be read; 2 wrong usage, such as a stage that no
plan covers, or a ``--caller`` that no line has.

Not for: what came before the plan's stage. Requests that an authorizer refused count here, unless
``--without-status 401`` leaves them out.
"""

from __future__ import annotations

import gzip
import os
import re
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import click

from wsgi_gateway.cli import problems as telling

if TYPE_CHECKING:
    from wsgi_gateway.cli.plan_file import Tested
    from wsgi_gateway.config import RestApiConfig
    from wsgi_gateway.usage.back_test import BackTest
    from wsgi_gateway.usage.traffic import Request, Route, TrafficReader


_STATUS = re.compile(r"[1-5][0-9]{2}", re.ASCII)


def _statuses(context: click.Context, parameter: click.Parameter, value: tuple[str, ...]) -> tuple[str, ...]:
    for text in value:
        if not _STATUS.fullmatch(text):
            raise click.BadParameter(f"{text[:20]!r} is no status, such as 401", context, parameter)
    return value


@click.command("back-test")
@click.argument("plan_file")
@click.argument(
    "logs", metavar="LOG...", nargs=-1, required=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
)  # fmt: skip
@click.option("--before", metavar="PLAN_FILE", help="Other plans: tell who is refused now and was not then.")
@click.option(
    "--caller", metavar="NAME", help="The member of JSON lines that names the caller; else address or user."
)
@click.option("--definition", metavar="FILE", help="The API, or module:name of it: what paths stand for.")
@click.option("--stage", metavar="NAME", help="The stage of requests that do not say theirs.")
@click.option("--api-id", metavar="ID", help="The API of requests that do not say theirs.")
@click.option(
    "--without-status", metavar="CODE", multiple=True, callback=_statuses,
    help="Leave requests with a status out; repeatable.",
)  # fmt: skip
@click.option("--top", default=20, show_default=True, type=click.IntRange(0), help="Callers to tell; 0: all.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(
    plan_file: str, logs: tuple[str, ...], before: str | None, top: int, form: str, **how: Any
) -> None:
    """Tell who would have been refused by the usage plans in PLAN_FILE."""
    from wsgi_gateway.cli import back_test_json, back_test_report
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.usage.comparison import Comparison

    sys.path.insert(0, os.getcwd())
    try:
        made = [_test(name, **how) for name in (plan_file, before) if name is not None]
        tests = [test for test, _ in made]
        _check_covered([tested for _, tested in made], **how)
        reader = _reader(tests, [tested for _, tested in made], **how)
        comparison = Comparison(tests[1], tests[0]) if before is not None else None
        replay = tests[0].replay if comparison is None else comparison.replay
        span = _replayed(_requests(reader, logs), replay)
    except ConfigError as error:
        telling.give_up(error.problems, plan_file)
    except OSError as error:
        raise click.ClickException(f"no room for sorting: {error.strerror}") from None
    if reader.unreadable and not reader.requests:
        raise click.ClickException("\n".join(["no line is a request", *reader.reasons]))
    _check_named(reader, how["caller"])
    told = back_test_report.Told(tests[0], reader, span, top, comparison)
    for line in back_test_report.as_text(told) if form == "text" else [back_test_json.as_json(told)]:
        click.echo(line)


def _test(name: str, stage: str | None, api_id: str | None, **_: object) -> tuple[BackTest, Tested]:
    """A test of the plans that ``name`` names, with counters of its own."""
    from wsgi_gateway.cli.plan_file import read_plans
    from wsgi_gateway.stores.memory import MemoryStore
    from wsgi_gateway.usage.back_test import BackTest

    tested = read_plans(name)
    covers_all = not tested.has_stages
    placed = tested.everywhere() if covers_all else tested
    test = BackTest(
        placed.plans,
        MemoryStore(),
        api_keys=tested.api_keys,
        stage=tested.stage,
        deployment=placed.deployment(api_id, None if covers_all else stage),
        one_place=covers_all,
    )
    return test, tested


def _check_covered(tested: list[Tested], stage: str | None, api_id: str | None, **_: object) -> None:
    """BadParameter for a stage or an API that no plan covers: everything would be refused there."""
    from wsgi_gateway.config.spelling import did_you_mean

    if not all(one.has_stages for one in tested):
        return
    covered = [one for some in tested for plan in some.plans for one in plan.api_stages]
    stages = sorted({one.stage for one in covered})
    if stage is not None and stage not in stages:
        hint = did_you_mean(stage, stages, f"they cover {', '.join(stages)}")
        raise click.BadParameter(f"no plan covers the stage {stage!r}; {hint}", param_hint="--stage")
    apis = {one.api_id for one in covered}
    if api_id is not None and not apis & {None, api_id}:
        named = sorted(name for name in apis if name is not None)
        hint = did_you_mean(api_id, named, f"they cover {', '.join(named)}")
        raise click.BadParameter(f"no plan covers the API {api_id!r}; {hint}", param_hint="--api-id")


def _check_named(reader: TrafficReader, caller: str | None) -> None:
    """BadParameter if the caller was to be found in a member, or a field, that no request has."""
    if caller is not None and reader.lines and not reader.named:
        message = f"no line has the member {caller!r}"
        if caller in ("address", "user"):
            message = f"no line names a caller by its {caller}"
        raise click.BadParameter(message, param_hint="--caller")


def _reader(
    tests: list[BackTest],
    tested: list[Tested],
    *,
    definition: str | None,
    caller: str | None,
    without_status: tuple[str, ...],
    **_: object,
) -> TrafficReader:
    from wsgi_gateway.usage.traffic import TrafficReader

    api = tested[0].api if definition is None else _definition(definition)
    needs_methods = any(test.methods_matter for test in tests)
    route: Route | None = None
    if api is not None and api.resources:
        route = _router(api)
    elif needs_methods and all(_is_literal(key) for one in tested for key in one.limited_methods):
        route = _literal
    return TrafficReader(
        caller=caller,
        key_ids={key.value: key.id for one in tested for key in one.api_keys},
        route=route,
        needs_methods=needs_methods,
        without_status=without_status,
    )


def _definition(name: str) -> RestApiConfig:
    from wsgi_gateway.config import RestApiConfig
    from wsgi_gateway.errors import ConfigError
    from wsgi_gateway.functions import DOTTED_NAME, imported
    from wsgi_gateway.sources import load

    if not DOTTED_NAME.fullmatch(name) or os.path.exists(name):
        return load(name)
    found = imported(name, "the definition")
    if not isinstance(found, RestApiConfig):
        raise ConfigError(f"the definition: {name} is a {type(found).__name__}, not a RestApiConfig")
    return found


def _router(api: RestApiConfig) -> Route:
    """What the gateway's router makes of a path."""
    from wsgi_gateway.router import Router

    # Nothing is served here: in the place of the apps stand the methods' own settings.
    methods: Any = api.resources
    router = Router(methods)

    @lru_cache(65536)
    def route(path: str, verb: str) -> tuple[str, bool] | None:
        if "{" in path and path in methods:
            method = methods[path].get(verb) or methods[path].get("ANY")
            return None if method is None else (path, method.api_key_required)
        found = router.match(path, verb)
        if found is None:
            return None
        served: Any = found[0].app
        return found[0].resource_path, served.api_key_required

    return route


def _is_literal(key: str) -> bool:
    return "{" not in key and "*" not in key


def _literal(path: str, verb: str) -> tuple[str, bool]:
    """A path where all that matters is which of some literal resources it is."""
    return "/" + unquote(path).strip("/"), True


def _requests(reader: TrafficReader, logs: Iterable[str]) -> Iterator[Request]:
    from wsgi_gateway.usage.traffic import lines_of

    for log in logs:
        with _opened(log) as stream:
            try:
                yield from reader.read(lines_of(stream), "standard input" if log == "-" else log)
            except (OSError, EOFError, zlib.error) as error:
                reason = getattr(error, "strerror", None) or str(error)
                raise click.ClickException(f"{log}: {reason}") from None


def _opened(log: str) -> AbstractContextManager[Any]:
    try:
        return gzip.open(log) if log.endswith(".gz") else click.open_file(log, "rb")
    except OSError as error:
        raise click.ClickException(f"{log}: {error.strerror}") from None


def _replayed(requests: Iterable[Request], replay: Callable[[Request], object]) -> tuple[int, int] | None:
    """Decide all requests in the order of time; when the first and the last one came."""
    from wsgi_gateway.usage.traffic_order import in_order

    first = last = None
    for request in in_order(requests):
        replay(request)
        last = request.at
        if first is None:
            first = last
    return None if first is None or last is None else (first, last)
