"""The methods of lists, maps and their views.

Maps are always asked through their own `get`, `[]` and `in`, so the gateway can hand in a dict that looks
values up when they are first wanted.
"""

from collections.abc import Callable, Iterable
from sys import getsizeof
from typing import Any

from wsgi_gateway.mapping.velocity.arithmetic import equals
from wsgi_gateway.mapping.velocity.budget import PAIR, SLOT, charge, charge_member, check
from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.hashing import hash_code
from wsgi_gateway.mapping.velocity.printing import text
from wsgi_gateway.mapping.velocity.signatures import Table
from wsgi_gateway.mapping.velocity.values import (
    MAX_LIST,
    Array,
    Cursor,
    MapView,
    map_key,
)

_PLAIN = (str, int, float, bool, type(None))


def elements(value: Any) -> list[Any]:
    """The members of a list or a view."""
    if value is None:
        raise TemplateRuntimeError("a collection was expected, not null")
    return value.items() if isinstance(value, MapView) else value


def same(left: Any, right: Any) -> bool:
    """`Objects.equals`"""
    return (left is None and right is None) or (
        left is not None and right is not None and equals(left, right)
    )


def find(items: Iterable[Any], wanted: Any) -> int:
    """Where `wanted` is, or -1."""
    check()
    budget = [100_000]
    for position, item in enumerate(items):
        if item is wanted or (item is not None and wanted is not None and equals(item, wanted, budget)):
            return position
    return -1


def _rfind(items: list[Any], wanted: Any) -> int:
    found = find(reversed(items), wanted)
    return len(items) - 1 - found if found >= 0 else -1


def _checked(items: list[Any], index: int, end: int) -> int:
    if not 0 <= index < end:
        raise TemplateRuntimeError(f"Index: {index}, Size: {len(items)}")
    return index


def _room(size: int) -> None:
    if size > MAX_LIST:
        raise TemplateRuntimeError("a list grew too large")


def list_get(self: list[Any], index: int) -> Any:
    """`List.get`"""
    return self[_checked(self, index, len(self))]


def list_set(self: list[Any], index: int, value: Any) -> Any:
    """`List.set`"""
    old = self[_checked(self, index, len(self))]
    charge_member(value)
    self[index] = value
    return old


def _add(self: list[Any], value: Any) -> bool:
    _room(len(self) + 1)
    charge_member(value)
    self.append(value)
    return True


def _insert(self: list[Any], index: int, value: Any) -> str:
    _room(len(self) + 1)
    charge_member(value)
    self.insert(_checked(self, index, len(self) + 1), value)
    return ""


def _add_all(self: list[Any], more: Any) -> bool:
    added = elements(more)
    _room(len(self) + len(added))
    charge(SLOT * len(added))
    self.extend(list(added))
    return bool(added)


def _insert_all(self: list[Any], index: int, more: Any) -> bool:
    added = elements(more)
    _room(len(self) + len(added))
    charge(SLOT * len(added))
    at = _checked(self, index, len(self) + 1)
    self[at:at] = list(added)
    return bool(added)


def _remove_at(self: list[Any], index: int) -> Any:
    return self.pop(_checked(self, index, len(self)))


def _remove(self: list[Any], value: Any) -> bool:
    at = find(self, value)
    if at >= 0:
        del self[at]
    return at >= 0


def _filter(keep_found: bool) -> Callable[[list[Any], Any], bool]:
    def run(self: list[Any], other: Any) -> bool:
        wanted = elements(other)
        kept = [item for item in self if (find(wanted, item) >= 0) is keep_found]
        changed = len(kept) != len(self)
        self[:] = kept
        return changed

    return run


def contains_all(self: Any, other: Any) -> bool:
    """`Collection.containsAll`"""
    own = elements(self)
    return all(find(own, item) >= 0 for item in elements(other))


def _sub_list(self: list[Any], begin: int, end: int) -> list[Any]:
    if begin < 0 or end > len(self) or begin > end:
        raise TemplateRuntimeError(f"fromIndex = {begin}, toIndex = {end}")
    return _copied(self)[begin:end]


def _copied(self: list[Any]) -> list[Any]:
    charge(SLOT * (len(self) + 2))
    return self


def copied_map(self: dict[Any, Any]) -> dict[Any, Any]:
    """The map, its copy being charged for."""
    charge(PAIR * (len(self) + 2))
    return self


def clear(self: Any) -> str:
    """`Collection.clear`"""
    self.clear()
    return ""


def _to_array(self: list[Any]) -> Array:
    return Array(_copied(self), "[Ljava.lang.Object;")


LIST: Table = {
    "size": [("", len)],
    "isEmpty": [("", lambda s: not s)],
    "get": [("i", list_get)],
    "set": [("io", list_set)],
    "add": [("io", _insert), ("o", _add)],
    "addAll": [("C", _add_all), ("iC", _insert_all)],
    "remove": [("i", _remove_at), ("o", _remove)],
    "removeAll": [("C", _filter(keep_found=False))],
    "retainAll": [("C", _filter(keep_found=True))],
    "contains": [("o", lambda s, o: find(s, o) >= 0)],
    "containsAll": [("C", contains_all)],
    "indexOf": [("o", find)],
    "lastIndexOf": [("o", _rfind)],
    "subList": [("ii", _sub_list)],
    "clear": [("", clear)],
    "iterator": [("", lambda s: Cursor(s, s))],
    "listIterator": [
        ("", lambda s: Cursor(s, s)),
        ("i", lambda s, i: Cursor(s, s, _checked(s, i, len(s) + 1))),
    ],
    "toArray": [("", _to_array), ("o", lambda s, o: _to_array(s or [None]))],
    "clone": [("", lambda s: type(s)(_copied(s)))],
    "ensureCapacity": [("i", lambda s, i: "")],
    "trimToSize": [("", lambda s: "")],
    "toString": [("", text)],
    "hashCode": [("", hash_code)],
    "equals": [("o", lambda s, o: isinstance(o, list) and equals(s, o))],
}
JSON_LIST: Table = {**LIST, "toJSONString": [("", text)]}
_READ_ONLY = "size isEmpty get set contains containsAll indexOf lastIndexOf iterator".split()
ARRAY: Table = {**{name: LIST[name] for name in (*_READ_ONLY, "toString", "listIterator", "subList")}}


def map_get(self: dict[Any, Any], key: Any) -> Any:
    """`Map.get`"""
    return self.get(map_key(key))


def map_put(self: dict[Any, Any], key: Any, value: Any) -> Any:
    """`Map.put`"""
    _room(len(self) + 1)
    charge(PAIR + getsizeof(key) + getsizeof(value))
    key = map_key(key)
    old = self.get(key)
    self[key] = value
    return old


def _put_all(self: dict[Any, Any], other: Any) -> str:
    if other is None:
        raise TemplateRuntimeError("putAll of null")
    _room(len(self) + len(other))
    copied_map(other)
    for key in list(other):
        self[key] = other[key]
    return ""


def _put_if_absent(self: dict[Any, Any], key: Any, value: Any) -> Any:
    old = map_get(self, key)
    if old is None:
        map_put(self, key, value)
    return old


def _pop(self: dict[Any, Any], key: Any) -> Any:
    return self.pop(map_key(key), None)


def _pop_pair(self: dict[Any, Any], key: Any, value: Any) -> bool:
    found = map_key(key) in self and same(map_get(self, key), value)
    if found:
        _pop(self, key)
    return found


def _replace(self: dict[Any, Any], key: Any, value: Any) -> Any:
    return map_put(self, key, value) if map_key(key) in self else None


def _replace_pair(self: dict[Any, Any], key: Any, old: Any, new: Any) -> bool:
    found = map_key(key) in self and same(map_get(self, key), old)
    if found:
        map_put(self, key, new)
    return found


def _get_or_default(self: dict[Any, Any], key: Any, default: Any) -> Any:
    return map_get(self, key) if map_key(key) in self else default


MAP: Table = {
    "size": [("", len)],
    "isEmpty": [("", lambda s: len(s) == 0)],
    "get": [("o", map_get)],
    "put": [("oo", map_put)],
    "putAll": [("M", _put_all)],
    "putIfAbsent": [("oo", _put_if_absent)],
    "remove": [("o", _pop), ("oo", _pop_pair)],
    "replace": [("oo", _replace), ("ooo", _replace_pair)],
    "getOrDefault": [("oo", _get_or_default)],
    "containsKey": [("o", lambda s, k: map_key(k) in s)],
    "containsValue": [("o", lambda s, v: find([s[k] for k in copied_map(s)], v) >= 0)],
    "keySet": [("", lambda s: MapView(s, "keys"))],
    "values": [("", lambda s: MapView(s, "values"))],
    "entrySet": [("", lambda s: MapView(s, "entries"))],
    "clear": [("", clear)],
    "clone": [("", lambda s: dict(copied_map(s)))],
    "toString": [("", text)],
    "hashCode": [("", hash_code)],
    "equals": [("o", lambda s, o: isinstance(o, dict) and equals(s, o))],
}
