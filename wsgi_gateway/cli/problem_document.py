"""The document in a file, parsed once for all that look at it: for places, for secrets, for the ledger.

::

    document = document_of("api.yaml")

Not for: loading, which reads a file itself.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgi_gateway.sources.document import Document


def document_of(file: str) -> Document:
    """The document, as the file is now.

    :raises ConfigError: that of :func:`wsgi_gateway.sources.reading.read`.
    """
    try:
        now = os.stat(file)
    except (OSError, ValueError):
        return _read(file, 0, 0)
    return _read(file, now.st_mtime_ns, now.st_size)


@lru_cache(maxsize=4)
def _read(file: str, changed: int, size: int) -> Document:
    from wsgi_gateway.sources.reading import read

    return read(file)
