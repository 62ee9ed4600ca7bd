"""SDKs: clients of an API, written by generators that others keep well.

::

    from wsgi_gateway import load
    from wsgi_gateway.sdk import write_sdk

    write_sdk(load("api.yaml"), "python", "clients/python", package="pets")

=============== =====================================================================================
``python``      openapi-python-client (``pip install wsgi_gateway[sdk]``): httpx, typed, sync and async
``typescript``  openapi-typescript: the types, for openapi-fetch
all others      openapi-generator, which wants a Java runtime
=============== =====================================================================================

What they are given is the document for callers (:mod:`wsgi_gateway.exports.published`): models on method
requests and responses make a client typed, an operation's name becomes a function's. The client is written
beside ``output`` first and moved there when it is whole, so a generator that fails leaves nothing behind.

AWS's GetSdk has ``java``, ``javascript``, ``android``, ``objectivec``, ``swift`` and ``ruby``; these words
do the same here, but the clients are not AWS's: other names of classes, and nobody signs requests.

Not for: AWS_IAM methods, whose requests want a signature; give the client's HTTP library a signer.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-generate-sdk.html
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from pathlib import Path

from wsgi_gateway.config import RestApiConfig
from wsgi_gateway.config.secrets import hides_secrets
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.exports.published import published
from wsgi_gateway.sdk.generators import Generator, Wanted
from wsgi_gateway.sdk.openapi_generator import GENERATORS, OpenApiGenerator
from wsgi_gateway.sdk.openapi_python_client import OpenApiPythonClient
from wsgi_gateway.sdk.openapi_typescript import OpenApiTypescript
from wsgi_gateway.sdk.running import DEADLINE, run

LANGUAGES: dict[str, Generator] = {
    "python": OpenApiPythonClient(),
    "typescript": OpenApiTypescript(),
    **{language: OpenApiGenerator(language) for language in GENERATORS},
}
"""The generators by language."""

__all__ = ["LANGUAGES", "write_sdk"]

_WORDS = re.compile(r"[A-Za-z0-9]+")


@hides_secrets
def write_sdk(
    api: RestApiConfig,
    language: str,
    output: str | os.PathLike[str],
    *,
    package: str | None = None,
    server: str | None = None,
    force: bool = False,
    seconds: float = DEADLINE,
) -> list[str]:
    """Write a client of ``api`` into the directory ``output``.

    :param language: one of :data:`LANGUAGES`.
    :param package: the name of the package, module or crate; made of the API's name by default.
    :param server: the URL of the API, for those clients that have one by default.
    :param force: write into a directory that is not empty: over files of the same name, beside all others.
    :param seconds: how long the generator may take.
    :returns: what the document and the generator left out, as lines.
    :raises ConfigError: for a language, package or directory that will not do, a generator that is not
        installed or fails.
    """
    generator = LANGUAGES.get(language)
    if generator is None:
        hint = did_you_mean(language, LANGUAGES, f"there are {', '.join(LANGUAGES)}")
        raise ConfigError([Problem("sdk-language", f"no SDK for {language[:80]!r}", hint=hint)])
    name = package or _package(api.name)
    generator.check_package(name)
    _check_output(Path(output), force=force)
    target = Path(output).absolute()  # for the generator runs in a directory of its own
    told: list[Problem] = []
    document = published(api, server=server, warnings=told)
    with _beside(target) as directory:
        source, made = Path(directory, "openapi.json"), Path(directory, "made")
        source.write_text(json.dumps(document), encoding="utf-8")
        wanted = Wanted(source, made, name, document["info"]["version"])
        said = run(generator.command(wanted), directory, generator.tool, seconds)
        generator.finish(wanted)
        _put(made, target, generator.tool)
    return [api.secrets.hidden(line) for line in (*(one.message for one in told), *generator.warnings(said))]


def _package(title: str) -> str:
    """``"Pet shop"`` to ``"pet_shop_client"``: a module's name in every language, and no language's own."""
    words = [word.lower() for word in _WORDS.findall(title)] or ["api"]
    return "_".join([*(["api"] if words[0][0].isdigit() else []), *words, "client"])[-80:].lstrip(
        "_0123456789"
    )


def _check_output(target: Path, *, force: bool) -> None:
    if target.is_dir():
        if force or not any(target.iterdir()):
            return
        message, hint = f"{target} is not empty", "choose another directory, or write over it by --force"
    elif target.exists() or target.is_symlink():
        message, hint = f"{target} is no directory", "choose another one"
    else:
        return
    raise ConfigError([Problem("sdk-output", message, hint=hint)])


def _beside(target: Path) -> tempfile.TemporaryDirectory[str]:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        return tempfile.TemporaryDirectory(prefix=".sdk-", dir=target.parent, ignore_cleanup_errors=True)
    except OSError as error:
        raise _unwritable(target, error) from None


def _put(made: Path, target: Path, tool: str) -> None:
    if not made.is_dir() or not any(made.iterdir()):
        raise ConfigError([Problem("sdk-generator", f"{tool} has written nothing")])
    try:
        if target.exists():
            shutil.copytree(made, target, dirs_exist_ok=True)
        else:
            made.rename(target)
    except OSError as error:
        raise _unwritable(target, error) from None


def _unwritable(target: Path, error: OSError) -> ConfigError:
    return ConfigError([Problem("sdk-output", f"{error.filename or target}: {error.strerror or error}")])
