"""Which of Java's overloads an argument list fits.

A table maps a method's name to overloads `(signature, function)`. A signature has one letter a parameter:

`i` int, `l` long, `d` double, `z` boolean, `c` char, `s` String, `q` CharSequence, `o` anything, `n` a
number of the receiver's own class, `C` a collection, `M` a map.

As in Java, null fits whatever is no primitive. If nothing fits, the call gives null, as an unknown method
does.
"""

from collections.abc import Callable, Mapping
from typing import Any

from wsgi_gateway.mapping.velocity.errors import TemplateRuntimeError
from wsgi_gateway.mapping.velocity.values import Char, MapView, is_number

Overload = tuple[str, Callable[..., Any]]
Table = Mapping[str, list[Overload]]

_INT = range(-(2**31), 2**31)
_LONG = range(-(2**63), 2**63)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and type(value) is not Char


def fits_int(value: Any) -> bool:
    """Whether Java would call it an Integer."""
    return type(value) is int and value in _INT


_FITS: dict[str, Callable[[Any], bool]] = {
    "i": fits_int,
    "l": lambda v: type(v) is int and v in _LONG,
    "d": lambda v: type(v) is float or (type(v) is int and v in _LONG),
    "z": lambda v: type(v) is bool,
    "c": lambda v: type(v) is Char,
    "s": lambda v: v is None or _is_text(v),
    "q": lambda v: v is None or _is_text(v),
    "o": lambda v: True,
    "n": is_number,
    "C": lambda v: v is None or isinstance(v, (list, MapView)),
    "M": lambda v: v is None or isinstance(v, dict),
}


def choose(overloads: list[Overload], arguments: tuple[Any, ...]) -> Callable[..., Any] | None:
    """The first overload that fits; tables list the more specific first."""
    count = len(arguments)
    for signature, function in overloads:
        if len(signature) != count:
            continue
        for letter, argument in zip(signature, arguments, strict=True):
            if letter != "o" and not _FITS[letter](argument):
                break
        else:
            return function
    if arguments and any(not signature for signature, _ in overloads):
        # Velocity 1.7 takes a method without parameters for one that fits, and then fails to call it.
        raise TemplateRuntimeError("wrong number of arguments")
    return None
