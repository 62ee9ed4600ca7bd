"""The Python functions of a template, run from the folder where their code is.

::

    from wsgi_gateway import Gateway, load_definition
    from wsgi_gateway.local_functions import local_functions

    shop = load_definition("template.yaml")
    application = Gateway(shop, lambdas=local_functions(shop))

or ``wsgi-gateway serve template.yaml --local-functions``, or ``WSGI_GATEWAY_LOCAL_FUNCTIONS=1`` for
:mod:`wsgi_gateway.mount`. Nothing is run unless one asks for it.

Every function runs in processes of its own (:mod:`wsgi_gateway.integrations.lambda_process`), with the folder
of its ``CodeUri`` (or of ``Code``, or the text of ``InlineCode``), the layers of the template that lie beside
it, the variables of its environment and its timeout. What its ``requirements.txt`` wants has to be installed
here, or has been put into ``.aws-sam/build`` by ``sam build``, whose template can be served.

What cannot be run is told when it is called, and in a log: functions in other languages and images, code and
layers that lie elsewhere, variables whose value is not known.

Not for: production; changes of a function's code, for which the server has to be started again.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from wsgi_gateway.config import RestApiConfig
from wsgi_gateway.config.secrets import Secrets
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.functions import FunctionElsewhere, FunctionUnreachable
from wsgi_gateway.integrations.lambda_process import LambdaProcess
from wsgi_gateway.sources import Definition, load_definition
from wsgi_gateway.sources.lambda_functions import LocalFunction

logger = logging.getLogger("wsgi_gateway")

_NAMED = re.compile(r":function:([^:/$]+)(?=[:/]|$)")
_ANY_NAME = re.compile(r":function:[^:/]*\$\{stageVariables\.")


def local_functions(
    source: Definition | str | os.PathLike[str] | Mapping[str, Any], **options: Any
) -> dict[str, Callable[..., Any]]:
    """Functions by name, for ``lambdas``.

    :param source: a Definition, or what :func:`~wsgi_gateway.sources.load_definition` takes, with its
        options.
    :raises ConfigError: for a handler whose module is not in the function's folder.
    """
    definition = source if isinstance(source, Definition) else load_definition(source, **options)
    return _made(definition.functions, definition.api.secrets)


def functions_of_api(definition: Definition) -> dict[str, Callable[..., Any]]:
    """Those that the API calls; a warning in the log for each that cannot be run."""
    names = set(_names(definition.api))
    wanted = {name: one for name, one in definition.functions.items() if None in names or name in names}
    for function in wanted.values():
        if function.unavailable is not None:
            logger.warning("the function %s cannot be run here: %s", function.name, function.unavailable)
    return _made(wanted, definition.api.secrets)


def _names(api: RestApiConfig) -> Iterator[str | None]:
    """Names of functions in ARNs; None if a stage variable chooses one."""
    uris = [authorizer.authorizer_uri for authorizer in api.authorizers.values()]
    for methods in api.resources.values():
        uris += [method.integration.uri for method in methods.values() if method.integration is not None]
    for uri in uris:
        yield from _NAMED.findall(uri or "")
        if _ANY_NAME.search(uri or ""):
            yield None


def _made(functions: Mapping[str, LocalFunction], secrets: Secrets) -> dict[str, Callable[..., Any]]:
    problems = [secrets.masked(problem) for one in functions.values() for problem in _problems(one)]
    if problems:
        raise ConfigError(problems)
    return {name: _run(function) for name, function in functions.items()}


def _run(function: LocalFunction) -> Callable[..., Any]:
    if function.unavailable is not None:
        return NotRun(function.name, function.unavailable)
    layers = [path for layer in function.layers for path in (os.path.join(layer, "python"), layer)]
    return LambdaProcess(
        function.name,
        handler=function.handler,
        paths=[*([function.code] if function.code is not None else []), *layers],
        source=function.source,
        variables=function.variables,
        timeout=function.timeout,
        arn=function.arn,
        memory_size=function.memory_size,
    )


def _problems(function: LocalFunction) -> Iterator[Problem]:
    """What a folder tells before anything runs: whether the handler's module is in it."""
    if function.unavailable is not None or function.code is None or not os.path.isdir(function.code):
        return
    module = function.handler.rpartition(".")[0].replace(".", "/")
    searched = [
        function.code,
        *(os.path.join(layer, "python") for layer in function.layers),
        *function.layers,
    ]
    if module and not any(_is_module(Path(folder), module) for folder in searched):
        message = f"the handler {function.handler[:80]} of {function.name[:80]} is not in its code"
        hint = f"{module[:80]}.py was looked for in {function.code}"
        yield Problem("handler-missing", message, function.place, hint)


def _is_module(folder: Path, module: str) -> bool:
    path = folder / module
    return path.is_dir() or any(path.parent.glob(f"{path.name}.*"))


class NotRun(FunctionElsewhere):
    """What stands for a function that cannot be run here: calling it raises FunctionUnreachable."""

    def __init__(self, name: str, reason: str) -> None:
        self.__name__ = name
        self.reason = reason

    def __call__(self, event: Any) -> Any:
        """Raises FunctionUnreachable."""
        return self.answer(b"")

    def within(self, seconds: float) -> NotRun:
        """Itself."""
        return self

    def answer(self, payload: bytes) -> bytes:
        """Raises FunctionUnreachable."""
        raise FunctionUnreachable(self.reason)
