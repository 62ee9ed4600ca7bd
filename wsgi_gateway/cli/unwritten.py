"""Output that cannot be written, on a disk that is full: told in a line on standard error, exit status 1.

::

    $ wsgi-gateway export api.yaml > /dev/full
    Error: standard output: No space left on device

Not for: a reader that has gone (``| head``), with which click ends in silence; files that a command opens,
which it names itself.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EDQUOT, EFBIG, EIO, ENOSPC

import click

_FULL = frozenset((EDQUOT, EFBIG, EIO, ENOSPC))


@contextmanager
def told_if_unwritten() -> Iterator[None]:
    """Around a command. Raises click.ClickException."""
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL or error.filename is not None:
            raise
        _drop_the_rest()
        raise click.ClickException(f"standard output: {error.strerror}") from None


def _drop_the_rest() -> None:
    """What is still buffered would fail again as the interpreter ends, with another message."""
    with suppress(OSError, ValueError):  # of a stream that is no file
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
