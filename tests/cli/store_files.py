"""What tests of verbs that use a store need: verbs run on a store in a directory, and plan files."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from wsgi_gateway.cli import main
from wsgi_gateway.stores import store_from_url
from wsgi_gateway.usage.registry import Registry

GOLD = {
    "id": "gold",
    "name": "Gold",
    "apiStages": [{"apiId": "a1", "stage": "prod"}],
    "throttle": {"rateLimit": 0.5, "burstLimit": 20},
    "quota": {"limit": 100, "period": "MONTH"},
}


class Shop:
    """A directory with a store in it."""

    def __init__(self, directory):
        self.directory = directory
        self.url = f"lmdb:{directory / 'kept'}"

    def run(self, *words, given=None, status=0):
        """What a verb prints; its exit status must be as said."""
        result = CliRunner().invoke(main, [*words], input=given, env={"WSGI_GATEWAY_STORE": self.url})
        assert result.exit_code == status, result.output
        return result.output

    def told(self, *words):
        """What a verb prints as JSON."""
        return json.loads(self.run(*words, "--format", "json"))

    def write(self, name, content):
        """The path of a file that is made; what is no text is written as JSON."""
        path = self.directory / name
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return str(path)

    def put_plan(self, **changes):
        self.run("plans", "put", self.write("plan.json", {**GOLD, **changes}))

    def open(self):
        """The store, and a registry in it."""
        store = store_from_url(self.url)
        return store, Registry(store)


@pytest.fixture
def shop(tmp_path):
    """A directory with a store in it."""
    return Shop(tmp_path)
