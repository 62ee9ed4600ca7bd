"""What a generator of clients is: a program of others, the words that call it, and what it says.

:class:`Generator` is the protocol; a language that another program serves better is one more file like
:mod:`wsgi_gateway.sdk.openapi_typescript`, and an entry in :data:`wsgi_gateway.sdk.LANGUAGES`.
"""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from wsgi_gateway.errors import ConfigError, Problem


@dataclass(frozen=True, slots=True)
class Wanted:
    """One client: from which document, into which directory (not there yet), of which name and version."""

    document: Path
    output: Path
    package: str
    version: str


class Generator(Protocol):
    """A program that writes clients of one language."""

    tool: str
    """Its name, for people."""
    install: str
    """The command that installs it."""

    def find(self) -> list[str]:
        """The beginning of its command line.

        :raises ConfigError: if it is not installed, saying how to.
        """

    def check_package(self, package: str) -> None:
        """:raises ConfigError: for a name that no package of the language may have."""

    def command(self, wanted: Wanted) -> list[str]:
        """Its command line, each word by itself; raises like :meth:`find`."""

    def finish(self, wanted: Wanted) -> None:
        """Add to what it has written, or take away from it."""

    def warnings(self, said: str) -> list[str]:
        """What it left out, of all that it said."""


def executable(*names: str, folders: tuple[str, ...] = ()) -> str | None:
    """The path of a program: in ``folders``, beside this Python, or on the PATH; the first name that is."""
    path = os.pathsep.join([*folders, str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def missing(what: str, install: str) -> ConfigError:
    """The error for a program that is not there."""
    return ConfigError([Problem("sdk-tool", f"{what} is not installed", hint=install)])


def refused_package(package: str, wanted: str) -> ConfigError:
    """The error for a name that will not do."""
    return ConfigError([Problem("sdk-package", f"{package[:80]!r} is no name for the package", hint=wanted)])
