"""The one trace: what every stage saw, decided and changed.

A Context carries a :class:`Trace` only while tracing is on (``Gateway(..., on_trace=print_it)``); without one
a request pays a single comparison per chain. The demo, and every view of a request still to come, reads this
object::

    def print_it(trace):
        for line in trace.lines():
            print(line)

    app = Gateway("api.yaml", app, on_trace=print_it)

Secrets are redacted where they enter (:mod:`wsgi_gateway.redaction`), and so are the headers and parameters
that the definition's authorizers go by, and what the definition says nobody may see
(:mod:`wsgi_gateway.config.secrets`). Control characters are escaped, so a client cannot forge lines.
Bodies are shown, their first 1,024 bytes: keep a trace like the bodies themselves.
"""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from wsgi_gateway.config.secrets import NO_SECRETS, Secrets
from wsgi_gateway.errors import GatewayError
from wsgi_gateway.redaction import redacted, redacted_text

if TYPE_CHECKING:
    from wsgi_gateway.context import Context
    from wsgi_gateway.typing import WSGIEnvironment
    from wsgi_gateway.wsgi import Response

BODY_LIMIT = 1024
"""Bytes of a body that a trace keeps, as AWS's execution log truncates."""


@dataclass(slots=True)
class Event:
    """One thing that happened: in which stage, in which direction, what, with which details."""

    stage: str
    phase: str
    text: str
    details: dict[str, Any] = field(default_factory=dict)
    microseconds: float = 0.0


class Trace:
    """Events of one request, in order.

    :param secret_names: names of headers and parameters, in lower case, whose values are secret here.
    :param secrets: values that are secret wherever they stand.
    """

    def __init__(self, secret_names: frozenset[str] = frozenset(), secrets: Secrets = NO_SECRETS) -> None:
        self.events: list[Event] = []
        self._secret_names, self._secrets = secret_names, secrets
        self._started = time.perf_counter()
        self._stage = ""

    def _add(
        self, phase: str, text: str, details: Mapping[str, Any] | None = None, stage: str | None = None
    ) -> None:
        elapsed = (time.perf_counter() - self._started) * 1e6
        clean = {name: self._clean(name, value) for name, value in (details or {}).items()}
        where = self._stage if stage is None else stage
        text = self._secrets.hidden(redacted_text(text, self._secret_names))
        self.events.append(Event(where, phase, text, clean, elapsed))

    def _clean(self, name: str, value: Any) -> Any:
        value = redacted(name, value, self._secret_names)
        if isinstance(value, list):
            return [self._secrets.hidden(one) if isinstance(one, str) else one for one in value]
        return self._secrets.hidden(value) if isinstance(value, str) else value

    def started(self, environ: WSGIEnvironment) -> None:
        """The request as it came."""
        query = environ.get("QUERY_STRING", "")
        target = environ.get("PATH_INFO", "") + (f"?{query}" if query else "")
        self._add("request", f"{environ['REQUEST_METHOD']} {printable(target)}", _shown(environ), "client")

    def note(self, stage: str, details: Mapping[str, Any]) -> None:
        """What a stage wants remembered: decisions and their reasons."""
        self._add("note", "", details, stage)

    def refused(self, error: GatewayError) -> None:
        """A refusal, with the reason that the client does not get."""
        details: dict[str, Any] = {
            "type": error.response_type.name,
            "status": error.status,
            "message": error.message,
        }
        if error.reason:
            details["reason"] = error.reason
        if error.validation_errors:
            details["violations"] = list(error.validation_errors)
        self._add("refusal", error.response_type.name, details)

    def finished(self, status: str) -> None:
        """The answer's status line."""
        self._add("response", status, None, "client")

    def watch(self, step: Any) -> Any:
        """A step of a chain whose hooks report here."""
        return _Watched(step, self)

    def lines(self) -> Iterator[str]:
        """The request told stage by stage, one line an event."""
        for event in self.events:
            details = " ".join(f"{name}={printable(str(value))}" for name, value in event.details.items())
            text = f"{event.text} {details}".strip()
            yield f"{event.microseconds:9.0f} us  {event.stage:<20} {event.phase:<9} {text}"


class _Watched:
    """A step of a chain (see pipeline) with its hooks wrapped."""

    def __init__(self, step: Any, trace: Trace) -> None:
        self._step = step
        self._trace = trace
        self._name = type(step.stage).__name__
        self.stage = step.stage
        self.buffers_request = step.buffers_request
        self.buffers_response = step.buffers_response
        self.before = None if step.before is None else self._before
        self.after = None if step.after is None else self._after
        self.rescue = step.rescue

    def _before(self, ctx: Context) -> Any:
        seen = ctx.environ
        known = _shown(seen)
        self._trace._stage = self._name
        answer = self._step.before(ctx)
        if isinstance(answer, GatewayError):
            return answer
        changed = _difference(known, _shown(ctx.environ)) if ctx.environ is not seen else {}
        if ctx.resource_path is not None and self._name == "Router":
            changed["resource"] = ctx.resource_path
            changed.update(ctx.path_parameters)
        self._trace._add(
            "request", "goes on" if answer is None or self._name == "Router" else "answers", changed
        )
        return answer

    def _after(self, ctx: Context, response: Response) -> Any:
        before = (response.status, dict(response.headerlist))
        self._trace._stage = self._name
        answer = self._step.after(ctx, response)
        changed = _difference(before[1], dict(response.headerlist))
        if response.status != before[0]:
            changed["status"] = f"{before[0]} -> {response.status}"
        body = response.app_iter
        if isinstance(body, list) and changed:
            changed["body"] = printable(b"".join(body)[:BODY_LIMIT].decode("utf-8", "replace"))
        self._trace._add("response", "goes on" if answer is None else "answers", changed)
        return answer


def _shown(environ: WSGIEnvironment) -> dict[str, Any]:
    shown = {
        key[5:].replace("_", "-").title(): value for key, value in environ.items() if key.startswith("HTTP_")
    }
    if environ.get("CONTENT_TYPE"):
        shown["Content-Type"] = environ["CONTENT_TYPE"]
    shown["method"] = environ["REQUEST_METHOD"]
    if environ.get("QUERY_STRING"):
        shown["query"] = environ["QUERY_STRING"]
    body = environ.get("wsgi.input")
    if isinstance(body, io.BytesIO):
        # Only what a stage has put into memory already; a stream is left alone.
        shown["body"] = body.getvalue()[:BODY_LIMIT].decode("utf-8", "replace")
    return shown


def _difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, Any]:
    changed = {name: value for name, value in new.items() if old.get(name) != value}
    gone = [name for name in old if name not in new]
    if gone:
        changed["removed"] = ", ".join(gone)
    return changed


def printable(text: str) -> str:
    """Text on one line, without control characters."""
    if text.isprintable():
        return text
    return "".join(ch if ch.isprintable() else ch.encode("unicode_escape").decode() for ch in text)
