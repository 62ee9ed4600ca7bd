"""ReloadingGateway: a gateway that takes a new definition while it serves, and nobody notices a gap.

::

    from wsgi_gateway.cli.reloading import ReloadingGateway

    store = store_from_url("lmdb:/var/lib/shop")
    application = ReloadingGateway(lambda: Gateway("api.yaml", app, store=store), ["api.yaml"])

``load`` is called once at once, and again on a thread of its own when a file has changed. What it returns
serves from then on: one assignment, so that a request meets the old definition or the new one and never both.
Requests that are under way end on the old one, which goes when the last of them has. What cannot be loaded
leaves the old one serving and is told once for each change.

Watched are the files that are named and those that they include (:mod:`wsgi_gateway.cli.reload_files`). They
are looked at twice a second, not by events of the system, which containers and network disks do not pass on.
A change counts when it looks the same twice, so that a file is never read while an editor is writing it, and
when the content has changed, not the time alone.

What goes on across a change, and what begins anew:

* Counters go on if ``load`` gives every Gateway the same ``store``: a reload refills no quota and no bucket.
  New limits hold at once. Without a store each Gateway counts from nothing. What it has leased goes with an
  old Gateway: lease by a :class:`~wsgi_gateway.stores.leased.LeasedStore` that all of them get.
* Answers of authorizers, and answers kept for clients, begin anew, unless they lie in a store that processes
  share; there they are found again if nothing they depend on has changed. AWS keeps them across a deployment,
  and lets go of those whose identity sources changed; here that costs one call more for each caller.
* Connections to backends are made anew; idle ones close with the old Gateway.
* Apps and functions are what ``load`` gives: Python modules are not loaded again. Functions in processes of
  their own (:mod:`wsgi_gateway.local_functions`) begin anew, and the processes of before end when they are
  idle.

The thread starts with the first request, in each process by itself, so that ``--preload`` is fine; or by
:meth:`ReloadingGateway.watch`. It ends by :meth:`ReloadingGateway.close`, and when nobody has the object any
more. In production gunicorn's SIGHUP does the same with new processes, apps and functions included.

Not for: several definitions that have to change together.

Source: this project's own; AWS's deployments are immutable and change at once, too:
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
"""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from wsgi_gateway.cli.reload_files import Contents, Watch, files_of, files_told
from wsgi_gateway.cli.reload_listener import Listener, LoggingListener
from wsgi_gateway.errors import ConfigError

if TYPE_CHECKING:
    from wsgi_gateway.errors import Problem
    from wsgi_gateway.gateway import Gateway
    from wsgi_gateway.typing import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger("wsgi_gateway")

POLL_SECONDS = 0.5
"""How often files are looked at. A change serves after one to two times as long, and the time to load it."""


class ReloadingGateway:
    """A WSGI app that is always the newest Gateway which could be loaded.

    :param load: makes the Gateway; raises ConfigError if the files cannot be served.
    :param files: the definition's files, by their paths; those that they include are found.
    :param listener: who is told; the log by default. What it raises is logged, and hinders nothing.
    :param poll_seconds: how often files are looked at.

    Raises what ``load`` raises the first time.
    """

    def __init__(
        self,
        load: Callable[[], Gateway],
        files: Iterable[str | os.PathLike[str]],
        *,
        listener: Listener | None = None,
        poll_seconds: float = POLL_SECONDS,
    ) -> None:
        if not poll_seconds > 0:
            raise ConfigError("poll_seconds is a positive number of seconds")
        self._load, self._poll_seconds = load, poll_seconds
        self._roots = tuple(os.path.abspath(file) for file in files)
        self._listener: Listener = LoggingListener() if listener is None else listener
        self._watch = Watch()
        before = self._watch.contents(self._roots)
        self.gateway = load()
        """The one that serves."""
        self._files = files_of(self._roots, self.gateway)
        self._served: Contents = {**self._watch.contents(self._files), **before}
        self._refused: Contents | None = None
        self._pending: Contents | None = None
        self._closed = False
        self._begin()
        _ALL.add(self)

    def _begin(self) -> None:
        """Also in a forked process, in which no thread watches."""
        self._lock, self._looking = threading.Lock(), threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None
        self._serve: WSGIApplication = _Starting(self)

    def __repr__(self) -> str:
        return f"<ReloadingGateway of {len(self._files)} files>"

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request by the newest Gateway."""
        return self._serve(environ, start_response)

    @property
    def files(self) -> frozenset[str]:
        """What is watched: absolute paths, of files that may be missing."""
        return self._files

    def watch(self) -> None:
        """Start watching in this process, if nobody does. Raises RuntimeError if no thread is to be had."""
        with self._lock:
            if self._thread is None and not self._closed:
                over = self._over
                owner = weakref.ref(self, lambda _: over.set())
                arguments = (owner, over, self._poll_seconds)
                thread = threading.Thread(
                    target=_watch, args=arguments, name="wsgi_gateway-reload", daemon=True
                )
                thread.start()
                self._thread = thread
            self._serve = self.gateway

    def close(self) -> None:
        """Watch no more; what serves goes on serving. Waits for a load that is under way."""
        with self._lock:
            self._closed = True
            thread, self._thread = self._thread, None
            self._over.set()
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def look(self) -> None:
        """Look at the files, once; what the thread does. A change is taken by the second look at it."""
        with self._looking:
            self._look()
            self._tell(self._listener.looked, "what serves goes on")

    def _tell(self, tell: Callable[[], None], now: str) -> None:
        """A listener that fails is none of the definition's concern; ``now``: what serves."""
        try:
            tell()
        except Exception as error:
            logger.error("a listener failed, and reloading goes on; %s", now, exc_info=error)

    def _look(self) -> None:
        now = self._watch.contents(self._files)
        if now == self._served:
            if self._refused is not None:
                self._refused = None
                self._tell(self._listener.restored, "the files are again what serves")
            self._pending = None
        elif now != self._refused:
            if now == self._pending:
                self._reload(now)
            else:
                self._pending = now

    def _reload(self, now: Contents) -> None:
        self._pending = None
        try:
            made = self._load()
        except ConfigError as error:
            self._keep_on(now, error.problems)
            return
        except Exception:
            self._refused = now
            raise
        old = self.gateway
        self._files = files_of(self._roots, made)
        self._watch.forget_others(self._files)
        # What has changed since is another change.
        self._served = {**self._watch.contents(self._files), **{f: now[f] for f in self._files & now.keys()}}
        self._refused = None
        with self._lock:
            self.gateway = self._serve = made
        self._tell(lambda: self._listener.changed(old, made), "the changed definition serves")

    def _keep_on(self, now: Contents, problems: Sequence[Problem]) -> None:
        """The old Gateway serves on. It is told unless the files have changed again meanwhile."""
        if self._watch.contents(self._files) != now:
            return
        missing = files_told(self._roots, problems) - self._files
        more = self._watch.contents(missing)
        self._files |= missing
        self._served = {**self._served, **more}
        self._refused = {**now, **more}
        self._tell(lambda: self._listener.refused(problems), "the definition before goes on being served")


class _Starting:
    """What serves the first request of a process: it starts the thread, and later ones go without it."""

    def __init__(self, owner: ReloadingGateway) -> None:
        self._owner = weakref.ref(owner)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        owner = self._owner()
        assert owner is not None, "who calls it has it"
        with suppress(RuntimeError):  # no thread is to be had; the next request tries again
            owner.watch()
        return owner.gateway(environ, start_response)


def _watch(owner: weakref.ref[ReloadingGateway], over: threading.Event, seconds: float) -> None:
    """Without holding the object that is watched for."""
    while not over.wait(seconds):
        found = owner()
        if found is None:
            return
        try:
            found.look()
        except Exception as error:
            logger.error("reloading failed; the definition before goes on being served", exc_info=error)
        del found


_ALL: weakref.WeakSet[ReloadingGateway] = weakref.WeakSet()


def _begin_anew() -> None:
    for reloading in list(_ALL):
        reloading._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)
