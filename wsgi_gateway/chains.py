"""A method's chain in the making, from the inside out.

::

    chain = Chain(lambda: Mock())
    chain.add(lambda app: MethodResponse(app, declared))
    app = chain.finished()

Not for: which layers a method has; that is written in :mod:`wsgi_gateway.gateway`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from wsgi_gateway.errors import DEFAULT_4XX, ConfigError, GatewayError, Problem

if TYPE_CHECKING:
    from wsgi_gateway.typing import Layer, WSGIApplication


class Chain:
    """A chain in the making; a part that cannot be made does not hide the next one's problems."""

    def __init__(self, terminal: Callable[[], WSGIApplication]) -> None:
        self._app: WSGIApplication = GatewayError(DEFAULT_4XX)
        self._problems: list[Problem] = []
        self.add(lambda app: terminal())

    def add(self, layer: Layer) -> None:
        """Put a layer around what there is."""
        try:
            self._app = layer(self._app)
        except ConfigError as error:
            self._problems.extend(error.problems)

    def finished(self) -> WSGIApplication:
        """The chain. Raises one ConfigError for all of its parts."""
        if self._problems:
            raise ConfigError(self._problems)
        return self._app
