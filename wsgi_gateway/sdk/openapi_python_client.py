"""Python, by openapi-python-client: a package with httpx and attrs, typed, for threads and for asyncio.

::

    from pets import AuthenticatedClient
    from pets.api.default import list_pets

    url = "https://api.example.com/prod"
    client = AuthenticatedClient(url, key, prefix="", auth_header_name="x-api-key")
    pets = list_pets.sync(client=client)

It has one credential for a client; the second is a header: ``client.with_headers({"x-api-key": key})``.

Source: https://github.com/openapi-generators/openapi-python-client
"""

from __future__ import annotations

import json
import keyword
import re
import shutil
import sys
from importlib.util import find_spec
from itertools import pairwise

from wsgi_gateway.sdk.generators import Wanted, missing, refused_package
from wsgi_gateway.sdk.raw_bodies import as_raw

_LEFT_OUT = re.compile(r"WARNING parsing (.+?) within \S+\.? ?(.*)")


class OpenApiPythonClient:
    """The generator of the extra ``sdk``."""

    tool = "openapi-python-client"
    install = "pip install 'wsgi_gateway[sdk]'"

    def find(self) -> list[str]:
        """The module, in this very Python."""
        if find_spec("openapi_python_client") is None:
            raise missing(self.tool, self.install)
        return [sys.executable, "-m", "openapi_python_client"]

    def check_package(self, package: str) -> None:
        """A module's name, which hides no module of Python's own."""
        is_name = package.isascii() and package.isidentifier() and not keyword.iskeyword(package)
        if not is_name or package in sys.stdlib_module_names:
            raise refused_package(package, "a module's name: letters, digits and _, none of Python's own")

    def command(self, wanted: Wanted) -> list[str]:
        """With a file of settings, for the names are no options; with bodies that it can read."""
        settings = wanted.document.with_name("settings.json")
        document = json.loads(wanted.document.read_text(encoding="utf-8"))
        words = {
            "content_type_overrides": as_raw(document),
            "project_name_override": wanted.package.replace("_", "-"),
            "package_name_override": wanted.package,
            "package_version_override": _version(wanted.version),
        }
        settings.write_text(json.dumps(words), encoding="utf-8")
        wanted.document.write_text(json.dumps(document), encoding="utf-8")
        return [
            *self.find(),
            "generate",
            f"--path={wanted.document}",
            f"--output-path={wanted.output}",
            f"--config={settings}",
            "--meta=setup",
        ]

    def finish(self, wanted: Wanted) -> None:
        """Without what the formatter keeps for itself."""
        shutil.rmtree(wanted.output / ".ruff_cache", ignore_errors=True)

    def warnings(self, said: str) -> list[str]:
        """Of every operation what is missing, and why: the line below."""
        lines = [line.strip() for line in said.splitlines() if line.strip()]
        found = [(_LEFT_OUT.fullmatch(line), below) for line, below in pairwise([*lines, ""])]
        return [" ".join(f"{match[1]}: {match[2]} {below}".split()) for match, below in found if match]


def _version(version: str) -> str:
    """A version that packaging takes: AWS's ``2016-09-12T23:19:28Z`` is ``2016.9.12.23.19.28``."""
    return ".".join(str(int(number)) for number in re.findall(r"[0-9]{1,9}", version)[:8]) or "0.0.0"
