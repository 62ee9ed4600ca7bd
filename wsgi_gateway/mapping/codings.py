"""Content codings: gzip and deflate, of bodies that come and of bodies that go.

::

    >>> from wsgi_gateway.mapping.codings import accepted_coding, decoded, encoded
    >>> accepted_coding("br;q=0.8, gzip, *;q=0")
    'gzip'
    >>> decoded(encoded(b"tea " * 1000, "gzip"), "gzip", limit=4000)[:8]
    b'tea tea '

* :func:`decoded` holds no more than its limit of what comes out, whatever goes in. ``deflate`` is taken with
  the zlib header that the standard asks for and without it, as some clients send it; gzip may have several
  members. What is cut short, or has something behind its end, is no coding.
* :func:`accepted_coding` wants the coding that the client likes best to be one of the two: AWS asks for that
  too. Among equals gzip comes first. A client that refuses the answer as it is gets the best there is.

Not for: other codings; AWS has none for REST APIs either.
Source: RFC 9110, sections 8.4.1 and 12.5.3;
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gzip-compression-decompression.html
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

CODINGS = ("gzip", "deflate")
"""The codings that are known, the better one first."""

_ALIASES = {"x-gzip": "gzip"}
_WINDOW = {"gzip": 31, "deflate": 15}
_WITHOUT_HEADER = -15
_WEIGHT = re.compile(r"\s*q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\s*", re.IGNORECASE)
_SLICE = 65_536
_MOST_MEMBERS = 1_000


class CodingUnknown(ValueError):
    """The body comes in a coding that is not known here. The text is for logs."""


class CodingBroken(ValueError):
    """The body is not what its coding says. The text is for logs."""


class DecodedTooLarge(ValueError):
    """Decoded, the body is larger than it may be. The text is for logs."""


def coding_of(content_encoding: str) -> str | None:
    """The coding a ``Content-Encoding`` header names, None for ``identity``.

    Raises :class:`CodingUnknown` for others, and for more than one.
    """
    names = [name.strip().lower() for name in content_encoding.split(",")]
    names = [_ALIASES.get(name, name) for name in names if name not in ("", "identity")]
    if not names:
        return None
    if len(names) > 1 or names[0] not in CODINGS:
        raise CodingUnknown("a content coding other than gzip, deflate and identity")
    return names[0]


def decoded(data: bytes, coding: str, limit: int) -> bytes:
    """What ``data`` says.

    Raises :class:`CodingBroken`, and :class:`DecodedTooLarge` as soon as more than ``limit`` bytes have come.
    """
    try:
        return _decoded(data, coding, limit)
    except zlib.error as error:
        raise CodingBroken(f"not {coding}: {error}") from error


def _decoded(data: bytes, coding: str, limit: int) -> bytes:
    decoder = zlib.decompressobj(_window(data, coding))
    parts: list[bytes] = []
    left, members = limit, 1
    # In slices, because what follows a member is copied with every one of them.
    for at in range(0, len(data), _SLICE):
        piece = data[at : at + _SLICE]
        while piece:
            if decoder.eof:
                members += 1
                if coding != "gzip" or members > _MOST_MEMBERS:
                    raise CodingBroken(f"something stands behind the end of the {coding}")
                decoder = zlib.decompressobj(_WINDOW["gzip"])
            part = decoder.decompress(piece, left + 1)
            left -= len(part)
            if left < 0:
                raise DecodedTooLarge(f"more than {limit} bytes once decoded")
            parts.append(part)
            piece = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
    if not decoder.eof:
        raise CodingBroken(f"the {coding} is cut short")
    return b"".join(parts)


def _window(data: bytes, coding: str) -> int:
    has_header = len(data) > 1 and data[0] & 15 == 8 and (data[0] << 8 | data[1]) % 31 == 0
    return _WITHOUT_HEADER if coding == "deflate" and not has_header else _WINDOW[coding]


@lru_cache(maxsize=256)
def accepted_coding(accept_encoding: str) -> str | None:
    """The coding to answer in; None to leave the answer as it is."""
    weights: dict[str, float] = {}
    for entry in accept_encoding.lower().split(","):
        name, semicolon, parameter = entry.partition(";")
        match = _WEIGHT.fullmatch(parameter) if semicolon else None
        name = name.strip()
        if name and (match or not semicolon):
            weights[_ALIASES.get(name, name)] = float(match[1]) if match else 1.0
    others = weights.pop("*", None)
    offers = {coding: weights.pop(coding, others or 0.0) for coding in CODINGS}
    best = max(CODINGS, key=offers.__getitem__)
    if not offers[best]:
        return None
    refuses_identity = weights.get("identity", others) == 0
    return best if refuses_identity or offers[best] >= max(weights.values(), default=0.0) else None


def encoded(data: bytes, coding: str) -> bytes:
    """``data`` in a coding, the same bytes every time."""
    encoder = _encoder(coding)
    return bytes(encoder.compress(data) + encoder.flush())


def _encoder(coding: str) -> Any:
    return zlib.compressobj(wbits=_WINDOW[coding])


class EncodedParts:
    """The parts of a body in a coding, one for each that comes, some of them empty, and an end.

    :param parts: the body; its ``close()`` is called by this one's, once.
    :param flushes: whether each part can be read by the client as soon as it is there, which costs some bytes
        each.
    """

    def __init__(self, parts: Iterable[bytes], coding: str, *, flushes: bool) -> None:
        self._source: Iterable[bytes] | None = parts
        self._parts = iter(parts)
        self._encoder: Any = _encoder(coding)
        self._flushes = flushes

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        # A body that breaks off must not get an end, or it would look whole.
        encoder, self._encoder = self._encoder, None
        if encoder is None:
            raise StopIteration
        try:
            part = next(self._parts)
        except StopIteration:
            return bytes(encoder.flush())
        data = encoder.compress(part)
        if part and self._flushes:
            data += encoder.flush(zlib.Z_SYNC_FLUSH)
        self._encoder = encoder
        return bytes(data)

    def close(self) -> None:
        """Close the body these are the parts of. Harmless to repeat."""
        source, self._source, self._encoder = self._source, None, None
        close = getattr(source, "close", None)
        if close is not None:
            close()
