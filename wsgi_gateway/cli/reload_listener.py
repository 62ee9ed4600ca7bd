"""Who is told of changed definitions: what a listener is asked, and the one that tells the log.

::

    application = ReloadingGateway(load, ["api.yaml"], listener=LoggingListener())

Not for: terminals, which :mod:`wsgi_gateway.cli.reload_telling` tells.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from wsgi_gateway.errors import Problem
    from wsgi_gateway.gateway import Gateway

logger = logging.getLogger("wsgi_gateway")


class Listener(Protocol):
    """Who is told, on the watching thread."""

    def changed(self, old: Gateway, new: Gateway) -> None:
        """The new one serves."""

    def refused(self, problems: Sequence[Problem]) -> None:
        """The files as they are now cannot be served; the old ones are."""

    def restored(self) -> None:
        """The files are again what is served, after they were refused."""

    def looked(self) -> None:
        """The files have been looked at, as twice a second."""


class LoggingListener:
    """Tells the log of ``wsgi_gateway``."""

    def changed(self, old: Gateway, new: Gateway) -> None:
        """As INFO."""
        logger.info("%s: a changed definition serves", new.api.secrets.hidden(new.api.name))

    def refused(self, problems: Sequence[Problem]) -> None:
        """As ERROR, each problem."""
        for problem in problems:
            logger.error("%s", problem)
        logger.error("the changed definition cannot be served; the one before is")

    def restored(self) -> None:
        """As INFO."""
        logger.info("the definition is again what is served")

    def looked(self) -> None:
        """Nothing to tell."""
