"""What a template may do with a value: the allow-list.

`call`, `get_property`, `get_index` and their setters are the only ways from a template to a value, and they
only ever look into the tables of this package or of a `HostObject` class. No attribute of a Python object
is reachable by name. What does not exist gives None, as in Velocity: the reference then prints nothing
(`aws`) or itself (`stock`).
"""

from typing import Any, ClassVar

from wsgi_gateway.mapping.velocity.budget import LARGE, SMALL, charge_text, check
from wsgi_gateway.mapping.velocity.characters import CHARACTER
from wsgi_gateway.mapping.velocity.containers import (
    ARRAY,
    JSON_LIST,
    LIST,
    MAP,
    list_get,
    list_set,
    map_get,
    map_put,
)
from wsgi_gateway.mapping.velocity.cursors import CURSOR
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.scalars import BIG_DECIMAL, BIG_INTEGER, BOOLEAN, DOUBLE, INTEGER, LONG
from wsgi_gateway.mapping.velocity.signatures import Table, choose, fits_int
from wsgi_gateway.mapping.velocity.strings import STRING
from wsgi_gateway.mapping.velocity.values import (
    Array,
    BigDecimal,
    Char,
    Cursor,
    Entry,
    HostObject,
    JsonArray,
    MapView,
)
from wsgi_gateway.mapping.velocity.views import ENTRY, VIEW

_TABLES: dict[type, tuple[Table, str]] = {
    str: (STRING, "java.lang.String"),
    Char: (CHARACTER, "java.lang.Character"),
    bool: (BOOLEAN, "java.lang.Boolean"),
    float: (DOUBLE, "java.lang.Double"),
    BigDecimal: (BIG_DECIMAL, "java.math.BigDecimal"),
    list: (LIST, "java.util.ArrayList"),
    JsonArray: (JSON_LIST, "net.minidev.json.JSONArray"),
    Array: (ARRAY, "java.lang.Object[]"),
    dict: (MAP, "java.util.LinkedHashMap"),
    MapView: (VIEW, "java.util.LinkedHashMap$LinkedKeySet"),
    Entry: (ENTRY, "java.util.LinkedHashMap$Entry"),
    Cursor: (CURSOR, "java.util.Iterator"),
}
_SIZED = frozenset((list, JsonArray, Array, dict, MapView))
_NOTHING: tuple[Table, str] = ({}, "java.lang.Object")


def register(kind: type, table: Table, class_name: str) -> None:
    """Let templates call these methods of `kind`; for the types of this package."""
    _TABLES[kind] = table, class_name


def table_of(value: Any) -> tuple[Table, str]:
    """The methods that templates may call on `value`, and the name of its class in Java."""
    kind = type(value)
    if kind is int:
        bits = value.bit_length()
        in_int = bits < 32 or value == -(2**31)
        if in_int:
            return INTEGER, "java.lang.Integer"
        return (
            (LONG, "java.lang.Long")
            if bits < 64 or value == -(2**63)
            else (BIG_INTEGER, "java.math.BigInteger")
        )
    found = _TABLES.get(kind)
    if found is None:
        found = _NOTHING
        for base in (dict, list, str):
            if isinstance(value, base):
                found = _TABLES[base]
    return found


class JavaClass(HostObject):
    """What `.class` gives: a name to print, and nothing that leads anywhere."""

    methods: ClassVar = {
        "getName": lambda self: self.name,
        "getSimpleName": lambda self: self.name.rpartition(".")[2],
        "toString": lambda self: self.velocity_text(),
    }
    properties: ClassVar = {"name": methods["getName"], "simpleName": methods["getSimpleName"]}

    def __init__(self, name: str) -> None:
        self.name = name

    def velocity_text(self) -> str:
        """As Java prints a class."""
        return f"class {self.name}"


def call(value: Any, name: str, *arguments: Any) -> Any:
    """`value.name(arguments)`"""
    if isinstance(value, HostObject):
        host = type(value).methods.get(name)
        if host is None:
            return None
        try:
            return host(value, *arguments)
        except TypeError as error:
            # Too many or too few arguments: there is no such method. Anything else is the host's own fault.
            if error.__traceback__ is not None and error.__traceback__.tb_next is None:
                return None
            raise
    table, class_name = _TABLES.get(type(value)) or table_of(value)
    overloads = table.get(name)
    if overloads is None:
        if name == "getClass" and not arguments and value is not None:
            return JavaClass(class_name)
        return None
    function = choose(overloads, arguments)
    if table is STRING:
        if len(value) > SMALL:
            # Most methods of a String give a text which is at most as long. The others charge for more.
            charge_text(len(value), value.isascii())
    elif type(value) in _SIZED and len(value) > LARGE:
        check()
    return None if function is None else function(value, *arguments)


def get_property(value: Any, name: str) -> Any:
    """`value.name`: a getter if Java has one, else the map's key, else `isName()`."""
    if isinstance(value, dict):
        return JavaClass(table_of(value)[1]) if name in ("class", "Class") else value.get(name)
    if isinstance(value, HostObject):
        getter = type(value).properties.get(name)
        return None if getter is None else getter(value)
    if value is None:
        return None
    if name in ("class", "Class"):
        return JavaClass(table_of(value)[1])
    table = table_of(value)[0]
    for candidate in (name, name[0].swapcase() + name[1:]):
        getters = table.get("get" + candidate) or table.get("is" + candidate)
        function = choose(getters, ()) if getters else None
        if function is not None:
            return function(value)
    return None


def get_index(value: Any, key: Any) -> Any:
    """`value[key]`; a negative number counts from the end."""
    if type(key) is int and key < 0:
        key += _size(value)
    if isinstance(value, dict):
        return map_get(value, key)
    if isinstance(value, list):
        return list_get(value, key) if fits_int(key) else None
    return call(value, "get", key)


def _size(value: Any) -> int:
    size = call(value, "size")
    if type(size) is not int:
        raise TemplateRuntimeError("a negative index needs something that has a size")
    return size


def set_property(value: Any, name: str, new: Any) -> None:
    """`#set(value.name = new)`: maps take it, all else ignores it."""
    if isinstance(value, dict):
        map_put(value, name, new)
    elif isinstance(value, Entry) and name in ("value", "Value"):
        call(value, "setValue", new)


def set_index(value: Any, key: Any, new: Any) -> None:
    """`#set(value[key] = new)`"""
    if type(key) is int and key < 0:
        key += _size(value)
    if isinstance(value, dict):
        map_put(value, key, new)
    elif isinstance(value, list) and fits_int(key):
        list_set(value, key, new)
