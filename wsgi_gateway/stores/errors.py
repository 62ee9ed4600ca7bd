"""StoreUnavailable: a store cannot decide just now. Its text names kinds of failures, never a URL.

Source: this project's own.
"""

from __future__ import annotations


class StoreUnavailable(Exception):
    """The store is down, slow, full, read-only or not what it should be. Raised by the verbs of stores."""


class StoreFull(StoreUnavailable):
    """There is no room for something new; what is known goes on being counted."""


class StoreRefuses(StoreUnavailable):
    """The store is there and says no to this: read-only, out of memory, not permitted. To other things it may
    say yes.
    """
