"""What a template can hold in its hands.

Plain Python values stand for Java's: dict (LinkedHashMap), list (ArrayList), str, int (Integer, Long or
BigInteger by its size), float (Double), bool, None. This module has the few that Python lacks. `JsonArray`
is a list that came from JSON and prints as JSON; `SilentMap` prints nothing, as the maps of `$context` do
on AWS. `HostObject` is the only way to let a template call Python: a class lists what may be called, and
nothing else of it can be reached.
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from wsgi_gateway.mapping.velocity.budget import LARGE, SLOT, charge, check

MAX_LIST = 1_000_000


class JsonArray(list[Any]):
    """A list that came from JSON: prints as compact JSON."""

    __slots__ = ()


class SilentMap(dict[str, Any]):
    """A map that prints as nothing."""

    __slots__ = ()


class HostObject:
    """An object of the gateway's which templates may use.

    `methods` maps a name to `callable(self, *arguments)`; `properties` maps a name to `callable(self)`.
    """

    methods: ClassVar[Mapping[str, Callable[..., Any]]] = {}
    properties: ClassVar[Mapping[str, Callable[[Any], Any]]] = {}

    def velocity_text(self) -> str:
        """How a template prints this object."""
        return ""

    def velocity_members(self) -> tuple[Any, ...]:
        """What this object holds that a template may have made, for the memory it may take."""
        return ()


class Char(str):
    """A java.lang.Character: prints like a string, is none."""

    __slots__ = ()


class BigDecimal:
    """A java.math.BigDecimal, which only arithmetic on huge integers and doubles makes."""

    __slots__ = ("value",)

    def __init__(self, value: Decimal) -> None:
        self.value = value

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self.value.__sizeof__()


class Array(list[Any]):
    """A Java array: acts as a list, prints as `[Ljava.lang.String;@1b`."""

    __slots__ = ("code",)

    def __init__(self, items: list[Any], code: str) -> None:
        super().__init__(items)
        self.code = code


class MapView:
    """`keySet()`, `values()` or `entrySet()` of a map: shows the map as it is now."""

    __slots__ = ("kind", "source")

    def __init__(self, source: dict[Any, Any], kind: str) -> None:
        self.source = source
        self.kind = kind

    def items(self) -> list[Any]:
        """What the view shows at the moment."""
        charge(2 * SLOT * len(self.source) if self.kind == "entries" else 8 * len(self.source))
        if self.kind == "keys":
            return [plain_key(key) for key in self.source]
        if self.kind == "values":
            return list(self.source.values())
        return [Entry(self.source, key) for key in self.source]

    def __len__(self) -> int:
        return len(self.source)


class Entry:
    """One key and value of a map."""

    __slots__ = ("key", "source")

    def __init__(self, source: dict[Any, Any], key: Any) -> None:
        self.source = source
        self.key = key


class Cursor:
    """A java.util.Iterator."""

    __slots__ = ("items", "position", "source")

    def __init__(self, source: Any, items: list[Any], position: int = 0) -> None:
        self.source = source
        self.items = items
        self.position = position

    def __iter__(self) -> Iterator[Any]:
        while self.position < len(self.items):
            self.position += 1
            yield self.items[self.position - 1]


class Key:
    """A map key that Python would confuse with another (1, 1.0 and true) or cannot hash (a list)."""

    __slots__ = ("identity", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.identity = (type(value), value if isinstance(value, (bool, float)) else id(value))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Key) and self.identity == other.identity

    def __hash__(self) -> int:
        return hash(self.identity)


def map_key(value: Any) -> Any:
    """What stands for `value` as a key of a Python dict."""
    kind = type(value)
    if kind is str:
        if len(value) > LARGE:
            check()  # to find it takes as long as to compare it
        return value
    if kind is int or value is None:
        return value
    return Key(value)


def plain_key(key: Any) -> Any:
    """The template's value of a dict's key."""
    return key.value if type(key) is Key else key


def is_number(value: Any) -> bool:
    """Whether Java would call it a Number."""
    kind = type(value)
    return kind is int or kind is float or kind is BigDecimal
