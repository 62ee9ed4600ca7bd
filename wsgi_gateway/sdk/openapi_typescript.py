"""TypeScript, by openapi-typescript: a file of types, ``schema.d.ts``; openapi-fetch makes a client of them.

::

    import createClient from "openapi-fetch";
    import type { paths } from "./schema";

    const client = createClient<paths>({ baseUrl: "https://api.example.com/prod" });
    const { data, error } = await client.GET("/pets/{id}", { params: { path: { id: "7" } } });

The program is looked for in ``node_modules`` of the current directory and those above it, then on the PATH.
Nothing is downloaded. The types have no package; what is given as its name is not used.

Source: https://openapi-ts.dev
"""

from __future__ import annotations

from pathlib import Path

from wsgi_gateway.sdk.generators import Wanted, executable, missing


class OpenApiTypescript:
    """The generator of types alone."""

    tool = "openapi-typescript"
    install = "npm install --save-dev openapi-typescript typescript"

    def find(self) -> list[str]:
        """The program of the project that one is in, or a global one."""
        here = Path.cwd()
        folders = tuple(str(folder / "node_modules" / ".bin") for folder in (here, *here.parents))
        found = executable(self.tool, folders=folders)
        if found is None:
            raise missing(self.tool, self.install)
        return [found]

    def check_package(self, package: str) -> None:
        """Types have none."""

    def command(self, wanted: Wanted) -> list[str]:
        """One file in, one file out."""
        return [*self.find(), str(wanted.document), "--output", str(wanted.output / "schema.d.ts")]

    def finish(self, wanted: Wanted) -> None:
        """Nothing: it is one file."""

    def warnings(self, said: str) -> list[str]:
        """What it warns of."""
        return [line.strip() for line in said.splitlines() if "⚠" in line]
