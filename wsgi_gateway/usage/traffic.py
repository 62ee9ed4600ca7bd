"""Recorded traffic: requests out of the logs that servers and gateways write.

Two kinds of lines are understood, also mixed in one log: JSON objects, as API Gateway writes its access
logs, and the Common or Combined Log Format of gunicorn, nginx and Apache::

    >>> from wsgi_gateway.usage.traffic import TrafficReader
    >>> log = [b'{"requestTimeEpoch": "1700000000123", "apiKeyId": "ada", "httpMethod": "GET",'
    ...        b' "resourcePath": "/pets/{id}", "status": "200"}',
    ...        b'192.0.2.7 - - [14/Nov/2023:22:13:21 +0000] "GET /pets/7?x=1 HTTP/1.1" 200 12']
    >>> for request in TrafficReader().read(log, "access.log"):
    ...     print(request.at, request.caller, request.verb, request.path)
    1700000000123000 ada GET /pets/{id}
    1700000001000000 192.0.2.7 GET /pets/7

What JSON lines may call their members is in :mod:`wsgi_gateway.usage.log_members`; ``caller`` names another
member for the caller, ``identity.sourceIp`` one inside of one. Of the other kind of lines the caller is the
``address`` or the ``user``.

**Keys are not kept.** What may be the value of an API key, judged by the member's name, is replaced by the
key's id where that is known, else by 16 digits of its SHA-256. Lines that cannot be read are counted and told
by file, line and reason, never by what they say.

Logs come from strangers: lines are at most :data:`LINE_LIMIT` bytes, and whatever is in them ends in a
request or in a reason.

Not for: order (:mod:`wsgi_gateway.usage.traffic_order`).

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html;
https://httpd.apache.org/docs/current/logs.html#common
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import lru_cache, partial
from hashlib import sha256
from types import MappingProxyType
from typing import IO, NamedTuple

from wsgi_gateway.redaction import is_secret_name
from wsgi_gateway.usage.log_members import MEMBERS, Unreadable, first_of, names_among, text_of
from wsgi_gateway.usage.recorded_time import microseconds

LINE_LIMIT = 256 * 1024
"""Bytes of a line."""

SHOWN = 5
"""How many of the lines that cannot be read are told."""

_COMMON = re.compile(
    r'(?P<address>\S++) \S++ (?P<user>.*?) \[(?P<time>[^\]]{20,32})\] "(?P<request>(?:[^"\\]|\\.)*+)" '
    r"(?P<status>\d{3}|-)(?: |$)"
)
_REQUEST = re.compile(r"([A-Z]{1,20}) ([^ ]++)(?: HTTP/[0-9.]{1,3})?")
_LONGEST_NAME = 200


class Request(NamedTuple):
    """A recorded request. ``at``: microseconds since the epoch, UTC."""

    at: int
    caller: str | None
    verb: str = ""
    path: str | None = None
    """The resource's template."""
    api_id: str | None = None
    stage: str | None = None
    needs_key: bool = True
    """Whether its method requires an API key; of others only the limits count that callers share."""


Route = Callable[[str, str], "tuple[str, bool] | None"]
"""Path as it was sent, without its query, or resource, and verb: the resource, and whether it needs a key."""


class TrafficReader:
    """Reads logs, and counts what it leaves out.

    :param caller: the member, or ``address`` or ``user``, that names the caller.
    :param key_ids: values of API keys to their ids.
    :param route: what a path stands for; None from it leaves the request out, as one that no method serves.
    :param needs_methods: whether a line without method and resource is of no use.
    :param without_status: recorded statuses (``"401"``) of requests that are left out.
    """

    def __init__(
        self,
        *,
        caller: str | None = None,
        key_ids: Mapping[str, str] = MappingProxyType({}),
        route: Route | None = None,
        needs_methods: bool = False,
        without_status: Collection[str] = (),
    ) -> None:
        members = MEMBERS if caller is None else {**MEMBERS, "caller": (caller,)}
        # The lines of a log are of one shape as a rule, so their names are looked up once.
        self._names = lru_cache(64)(partial(names_among, members))
        self._of_common = "address" if caller is None else caller
        self._key_ids = {**key_ids, **{key_id: key_id for key_id in key_ids.values()}}
        self._route = route
        self._needs_methods = needs_methods
        self._without_status = frozenset(without_status)
        self.lines = 0
        """Lines read, empty ones not counted."""
        self.requests = 0
        self.named = 0
        """Lines that name a caller, those left out too."""
        self.left_out = 0
        """Requests left out by their status."""
        self.unrouted = 0
        """Requests left out because no method serves them."""
        self.unreadable = 0
        """Lines that are no requests."""
        self.reasons: list[str] = []
        """Of the first of these: ``access.log:17: no time``."""
        self.whole_seconds = 0
        """Requests whose time has no fraction of a second."""

    def read(self, lines: Iterable[bytes], name: str) -> Iterator[Request]:
        """The requests of one log; ``name`` is what it is called in reasons."""
        for number, line in enumerate(lines, 1):
            if line.isspace() or not line:
                continue
            self.lines += 1
            try:
                request = self._request(line)
            except Unreadable as error:
                self.unreadable += 1
                if len(self.reasons) < SHOWN:
                    self.reasons.append(f"{name}:{number}: {error}")
                continue
            if request is not None:
                self.requests += 1
                self.whole_seconds += not request.at % 1_000_000
                yield request

    def _request(self, line: bytes) -> Request | None:
        if len(line) > LINE_LIMIT:
            raise Unreadable(f"the line is longer than {LINE_LIMIT} bytes")
        try:
            text = line.decode("utf-8-sig").strip()
        except UnicodeDecodeError:
            raise Unreadable("not UTF-8") from None
        return self._of_json(text) if text.startswith("{") else self._of_common_format(text)

    def _of_json(self, text: str) -> Request | None:
        try:
            members = json.loads(text)
        except (ValueError, RecursionError):
            raise Unreadable("not JSON") from None
        names = self._names(tuple(members))
        if self._without_status and self._is_left_out(first_of(members, names["status"])[1]):
            return None
        at = _time(first_of(members, names["time"])[1])
        caller = self._named(*first_of(members, names["caller"]))
        verb = text_of(first_of(members, names["verb"])[1]) or ""
        resource = text_of(first_of(members, names["resource"])[1])
        path = resource or text_of(first_of(members, names["path"])[1])
        api_id = text_of(first_of(members, names["api"])[1])
        stage = text_of(first_of(members, names["stage"])[1])
        return self._routed(Request(at, caller, verb, path, api_id, stage), resource is not None)

    def _of_common_format(self, text: str) -> Request | None:
        found = _COMMON.match(text)
        if found is None:
            raise Unreadable("neither JSON nor the Common Log Format")
        if self._is_left_out(found["status"]):
            return None
        requested = _REQUEST.fullmatch(found["request"])
        if requested is None:
            raise Unreadable("no method and path")
        if self._of_common not in ("address", "user"):
            raise Unreadable("the Common Log Format names callers by address or user only")
        caller = found[self._of_common]
        caller = None if caller == "-" else self._named("", caller)
        return self._routed(Request(_time(found["time"]), caller, requested[1], requested[2]), False)

    def _is_left_out(self, status: object) -> bool:
        left_out = bool(self._without_status) and str(status) in self._without_status
        self.left_out += left_out
        return left_out

    def _routed(self, request: Request, is_resource: bool) -> Request | None:
        path = None if request.path is None else request.path.partition("?")[0]
        if self._needs_methods and (path is None or not request.verb):
            raise Unreadable("no method and path, and methods have limits of their own")
        if self._route is None or path is None:
            if self._needs_methods and not is_resource:
                raise Unreadable("of which resource its path is only the API's definition can tell")
            return request if path == request.path else request._replace(path=path)
        found = self._route(path, request.verb)
        if found is None:
            self.unrouted += 1
            return None
        return request._replace(path=found[0], needs_key=found[1])

    def _named(self, member: str, value: object) -> str | None:
        """A caller's name, as it may be kept and shown."""
        name = text_of(value)
        if name is None:
            return None
        self.named += 1
        known = self._key_ids.get(name)
        if known is not None:
            return known
        is_id = member.lower().endswith("id")
        if len(name) > _LONGEST_NAME or (member and not is_id and is_secret_name(member)):
            return f"sha256:{sha256(name.encode()).hexdigest()[:16]}"
        return name


def lines_of(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines of a log; of one that is longer than :data:`LINE_LIMIT` only as much as shows that."""
    while line := stream.readline(LINE_LIMIT + 1):
        yield line
        while len(line) > LINE_LIMIT and not line.endswith(b"\n"):
            line = stream.readline(LINE_LIMIT + 1) or b"\n"


def _time(value: object) -> int:
    at = microseconds(value)
    if at is None:
        raise Unreadable("no time" if value is None else "its time is no time")
    return at
