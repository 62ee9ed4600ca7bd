"""CloudFormation's functions of plain values: texts, lists and numbers in, a text, list or number out.

::

    >>> FUNCTIONS["Fn::Join"](["-", ["pets", "prod"]], 100)
    'pets-prod'
    >>> FUNCTIONS["Fn::Cidr"](["10.0.0.0/24", 2, 5], 100)
    ['10.0.0.0/27', '10.0.0.32/27']

The second argument is how many characters may be made; OverflowError says that more would be.

Not for: functions that look something up; those are in :mod:`~wsgi_gateway.sources.intrinsics`.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable
from ipaddress import ip_network
from itertools import islice
from typing import Any

NOTHING: Any = type("Nothing", (), {"__repr__": lambda self: "NOTHING"})()
"""What ``AWS::NoValue`` leaves behind."""

FAILED: Any = type("Failed", (), {"__repr__": lambda self: "FAILED"})()
"""What a function gives that could not be worked out, which is reported: nothing more is to be said of it."""

Function = Callable[[Any, int], Any]

_JOIN = (
    "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings to be "
    "joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
)
_SPLIT = (
    "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be split or "
    "a function that returns a string to be split."
)
_SELECT = "every Fn::Select object requires two non-empty parameters, an integer index and a list of strings"
_CIDR = "every Fn::Cidr object requires two parameters, (1) a string and (2) a count between 1 and 256"
_CIDR_COUNT = 256


class WrongArguments(Exception):
    """What a function was given is not what it takes; the text is AWS's."""


def comparable(value: Any) -> Any:
    """How Fn::Equals sees a value: ``true`` and ``"true"`` are one, and so are 1 and ``"1"``."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value


def _text(value: Any, otherwise: str) -> str:
    if isinstance(value, (str, int, float)):
        return str(comparable(value))
    raise WrongArguments(otherwise)


def _pair(value: Any, otherwise: str) -> tuple[Any, Any]:
    if not isinstance(value, list) or len(value) != 2:
        raise WrongArguments(otherwise)
    return value[0], value[1]


def _join(value: Any, limit: int) -> str:
    delimiter, parts = _pair(value, _JOIN)
    if not isinstance(delimiter, str) or not isinstance(parts, list):
        raise WrongArguments(_JOIN)
    texts = [_text(part, _JOIN) for part in parts]
    if sum(map(len, texts)) + len(delimiter) * len(texts) > limit:
        raise OverflowError
    return delimiter.join(texts)


def _split(value: Any, limit: int) -> list[str]:
    delimiter, text = _pair(value, _SPLIT)
    if not isinstance(delimiter, str) or not delimiter or not isinstance(text, str):
        raise WrongArguments(_SPLIT)
    if text.count(delimiter) * 64 > limit:
        raise OverflowError
    return text.split(delimiter)


def _select(value: Any, limit: int) -> Any:
    index, parts = _pair(value, _SELECT)
    shown = _text(index, _SELECT)
    if not shown.isdecimal() or len(shown) > 9 or not isinstance(parts, list):
        raise WrongArguments(_SELECT)
    if int(shown) >= len(parts):
        raise WrongArguments(f"Fn::Select cannot select nonexistent value at index {shown}")
    return parts[int(shown)]


def _base64(value: Any, limit: int) -> str:
    text = _text(value, "every Fn::Base64 object must have a String-typed value.")
    if len(text) * 6 > limit:
        raise OverflowError
    return b64encode(text.encode()).decode()


def _cidr(value: Any, limit: int) -> list[str]:
    if not isinstance(value, list) or len(value) not in (2, 3):
        raise WrongArguments(_CIDR)
    block, count, bits = _text(value[0], _CIDR), _text(value[1], _CIDR), _text([*value, "8"][2], _CIDR)
    if not count.isdecimal() or not bits.isdecimal() or len(count) > 3 or len(bits) > 3:
        raise WrongArguments(_CIDR)
    try:
        network = ip_network(block, strict=False)
        parts = network.subnets(new_prefix=network.max_prefixlen - int(bits))
        found = [str(part) for part in islice(parts, int(count))]
    except ValueError:
        raise WrongArguments(_CIDR) from None
    if not 1 <= int(count) <= _CIDR_COUNT or len(found) < int(count):
        raise WrongArguments(_CIDR)
    return found


def _length(value: Any, limit: int) -> int:
    if not isinstance(value, list):
        raise WrongArguments("Fn::Length takes a list, or a function that gives one")
    return len(value)


def _to_json_string(value: Any, limit: int) -> str:
    if not isinstance(value, (dict, list)):
        raise WrongArguments("Fn::ToJsonString takes a mapping or a list")
    made = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    if len(made) > limit:
        raise OverflowError
    return made


FUNCTIONS: dict[str, Function] = {
    "Fn::Join": _join,
    "Fn::Split": _split,
    "Fn::Select": _select,
    "Fn::Base64": _base64,
    "Fn::Cidr": _cidr,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json_string,
}
"""Those which need nothing but their argument."""
