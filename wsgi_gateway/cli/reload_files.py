"""Which files a definition is made of, and whether their content has changed.

::

    watch = Watch()
    files = files_of(["/srv/stack.yaml"], gateway)
    before = watch.contents(files)
    ...
    watch.contents(files) != before

A file belongs to a definition if something of the API, or a warning about it, has its place there; and if a
word in a template is the name of a file beside it, as ``BodyS3Location``, ``AWS::Include`` and
``DefinitionUri`` have them. The second finds what is not there yet, too. A name too many costs a look at a
file; a name that has spaces or is put together by functions, of a file in which nothing has a place, is not
found.

Content is compared, by its hash. It is read again only if the file's times, size or number have changed, or
if it was changed so recently that another change might have left these as they were.

Not for: Python modules.
"""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from wsgi_gateway.errors import Place
from wsgi_gateway.sources.document import SIZE_LIMIT

if TYPE_CHECKING:
    from wsgi_gateway.errors import Problem
    from wsgi_gateway.gateway import Gateway
    from wsgi_gateway.typing import Clock

Contents = Mapping[str, bytes | None]
"""By path: what stands for a file's content; None for a file that is not there."""

_RACY_SECONDS = 2
"""The coarsest times that file systems have."""

_WORD = re.compile(r"[\w$./\\:@%+~-]{3,1024}")
_INCLUDES = ("Resources", "Fn::Transform")
"""What stands in documents that may include others; OpenAPI has no word for it."""
_DOCUMENTS = (".yaml", ".yml", ".json")
_CODE = (".py", ".pyc")
_MOST_MISSING = 100
"""How many files that are not there are watched for."""


class _Seen(NamedTuple):
    identity: tuple[int, ...]
    is_settled: bool
    digest: bytes


class Watch:
    """Tells contents apart. For one thread. ``clock``: seconds since the epoch, as files are dated."""

    def __init__(self, clock: Clock = time.time) -> None:
        self._clock = clock
        self._seen: dict[str, _Seen] = {}

    def contents(self, files: Iterable[str]) -> Contents:
        """What is in the files now."""
        return {file: self._content(file) for file in files}

    def forget_others(self, files: Collection[str]) -> None:
        """Remember only these."""
        self._seen = {file: seen for file, seen in self._seen.items() if file in files}

    def _content(self, file: str) -> bytes | None:
        try:
            found = os.stat(file)
            identity = found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino, found.st_dev
            seen = self._seen.get(file)
            if seen is None or seen.identity != identity or not seen.is_settled:
                age = self._clock() - max(found.st_mtime, found.st_ctime)
                seen = _Seen(identity, age > _RACY_SECONDS, _digest(file, found))
                self._seen[file] = seen
        except (OSError, ValueError):
            return None
        return seen.digest


def _digest(file: str, found: os.stat_result) -> bytes:
    if not stat.S_ISREG(found.st_mode):
        return b"no file"  # opening a pipe would wait for somebody to write
    with open(file, "rb") as stream:
        return sha256(stream.read(SIZE_LIMIT + 1)).digest()


def files_of(roots: Iterable[str], gateway: Gateway) -> frozenset[str]:
    """The files that a Gateway was made of: ``roots`` and what they include, as absolute paths. None without
    roots: what a module has read it does not read again.
    """
    if not (roots := tuple(roots)):
        return frozenset()
    warned = (problem.place.file for problem in gateway.warnings)
    return _closure(roots, (*_places(gateway.api), *warned))


def files_told(roots: Iterable[str], problems: Iterable[Problem]) -> frozenset[str]:
    """Those of a definition that cannot be served: ``roots``, what they name, and where problems are."""
    return _closure(roots, [problem.place.file for problem in problems])


def _closure(roots: Iterable[str], placed: Iterable[str | None]) -> frozenset[str]:
    to_read = [*roots, *(os.path.abspath(file) for file in set(placed) if file is not None)]
    found: dict[str, None] = {}
    missing = 0
    while to_read:
        file = to_read.pop()
        if file in found:
            continue
        is_there = os.path.isfile(file)
        missing += not is_there
        if missing <= _MOST_MISSING:
            found[file] = None
            if is_there:
                to_read.extend(_named(file))
    return frozenset(found)


def _places(declared: Any) -> Iterator[str | None]:
    """The files in which the parts of an API stand."""
    to_see = [declared]
    while to_see:
        one = to_see.pop()
        if isinstance(one, Place):
            yield one.file
        elif isinstance(one, Mapping):
            to_see.extend(one.values())
        elif isinstance(one, (tuple, list, frozenset)):
            to_see.extend(one)
        elif is_dataclass(one):
            to_see.extend(getattr(one, field.name) for field in fields(one))


def _named(file: str) -> Iterator[str]:
    """The files beside one, or below its folder, that words in it name."""
    try:
        with open(file, encoding="utf-8", errors="replace") as stream:
            text = stream.read(SIZE_LIMIT)
    except OSError:
        return
    includes = any(sign in text for sign in _INCLUDES)
    for word in set(_WORD.findall(text)) if includes else ():
        _, dot, extension = word.rpartition(".")
        path = word.partition("://")[2].partition("/")[2] if word.startswith("s3://") else word
        parts = [part for part in path.replace("\\", "/").split("/") if part not in ("", ".")]
        if dot and extension.isalnum() and parts and ".." not in parts and f".{extension}" not in _CODE:
            yield from _beside(os.path.dirname(file), parts)


def _beside(folder: str, parts: list[str]) -> Iterator[str]:
    """The file of that name, at its place below the folder or in it; without one, where it may come to be."""
    places = dict.fromkeys((os.path.join(folder, *parts), os.path.join(folder, parts[-1])))
    there = [place for place in places if os.path.isfile(place)]
    yield from there[:1] or (places if parts[-1].lower().endswith(_DOCUMENTS) else ())
