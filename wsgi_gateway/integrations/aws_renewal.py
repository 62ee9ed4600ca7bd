"""Renewal: getting credentials in a thread of its own, so that nobody waits for them longer than they may.

::

    renewal = Renewal(fetch)
    renewal.begin()                          # goes on with what there is
    if renewal.wait(Deadline(0.5)):          # has none: waits
        ...                                  # it has ended, well or with ``renewal.failure``

Why: a service that hands out credentials may hang for as long as its sockets allow, and cannot be
interrupted. The deadline of a request is shorter than that, and the request's own.

One run at a time. After one that failed there is none for :data:`ANEW_AFTER` seconds: looking for credentials
where there are none takes its time.

Not for: keeping what was fetched. A process that forks makes its own.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from wsgi_gateway.errors import GatewayError
from wsgi_gateway.integrations.aws_session import error_code
from wsgi_gateway.integrations.http_deadline import DeadlineExceeded

if TYPE_CHECKING:
    from wsgi_gateway.integrations.http_deadline import Deadline
    from wsgi_gateway.typing import Clock

ANEW_AFTER = 5.0
"""Seconds after which credentials that could not be had are looked for again."""


class Renewal:
    """Runs ``renew``, which raises if it fails; ``on_failure`` is told in a word why, for a log."""

    def __init__(
        self,
        renew: Callable[[], None],
        on_failure: Callable[[str], None] = lambda failure: None,
        clock: Clock = time.monotonic,
    ) -> None:
        self._renew, self._on_failure, self._clock = renew, on_failure, clock
        self._lock = threading.Lock()
        self._under_way: threading.Event | None = None
        self._again_at = 0.0
        self.failure = ""
        """Why the last run failed, in a word; empty for one that did not."""

    def begin(self) -> threading.Event | None:
        """What is set when the present run ends, which is begun if there is none; None shortly after one
        that failed.
        """
        with self._lock:
            if self._under_way is None and self._clock() >= self._again_at:
                ended = threading.Event()
                thread = threading.Thread(target=self._run, args=(ended,), name="aws-renewal", daemon=True)
                try:
                    thread.start()
                except RuntimeError as error:  # the system has no thread for us
                    self._failed(error)
                else:
                    self._under_way = ended
            return self._under_way

    def wait(self, deadline: Deadline) -> bool:
        """Wait for a run to end; False at once if there is none, as one failed a moment ago.

        Raises DeadlineExceeded.
        """
        run = self.begin()
        if run is None:
            return False
        if not run.wait(deadline.remaining()):
            raise DeadlineExceeded("no credentials in time")
        return True

    def _run(self, ended: threading.Event) -> None:
        try:
            self._renew()
            self.failure = ""
        except Exception as error:
            self._failed(error)
        finally:
            with self._lock:
                self._under_way = None
            ended.set()

    def _failed(self, error: Exception) -> None:
        self._again_at = self._clock() + ANEW_AFTER
        self.failure = str(error.reason) if isinstance(error, GatewayError) else error_code(error)
        self._on_failure(self.failure)
