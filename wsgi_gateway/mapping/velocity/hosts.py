"""The methods of `$util` and `$input` as generated code calls them: by a name of its own each, without asking
what object it is by name.

The tables are those of the two classes; nothing else can be called this way. A call with a number of
arguments that none of them takes has no entry and goes the usual way, which gives null.
"""

from collections.abc import Callable, Iterator
from typing import Any

from wsgi_gateway.mapping.velocity.values import HostObject
from wsgi_gateway.mapping.velocity.variables import Input, Util

_KINDS: dict[str, type[HostObject]] = {"input": Input, "util": Util}


def _methods() -> Iterator[tuple[tuple[str, str, int], tuple[str, str], Callable[..., Any]]]:
    for host, kind in _KINDS.items():
        for name, function in kind.methods.items():
            most = function.__code__.co_argcount - 1
            for count in range(most - len(function.__defaults__ or ()), most + 1):
                yield (host, name, count), (kind.__name__, f"{host}_{name}"), function


HOST_METHODS = {key: names for key, names, _ in _methods()}
"""By reference, method and number of arguments: the names of the class and of the function."""

HOST_GLOBALS: dict[str, Any] = {
    **{kind.__name__: kind for kind in _KINDS.values()},
    **{function_name: function for _, (_, function_name), function in _methods()},
}
"""What the names mean."""
