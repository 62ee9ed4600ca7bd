"""Escapes in quoted names and texts.

A backslash drops out and the next character stands, except for the seven escapes of JSON::

    >>> unescape(r"it\\'s \\u0041\\x41")
    "it's Ax41"

Not for regular expressions, which keep their backslashes.
"""

from __future__ import annotations

_CONTROL = {"r": "\r", "f": "\f", "t": "\t", "n": "\n", "b": "\b"}


def unescape(text: str) -> str:
    """The text without its escapes; ValueError for a `\\u` without four hexadecimal digits behind it."""
    if "\\" not in text:
        return text
    return join_surrogates("".join(_pieces(text)))


def _pieces(text: str) -> list[str]:
    pieces: list[str] = []
    at = 0
    while (slash := text.find("\\", at)) != -1:
        pieces.append(text[at:slash])
        escape = text[slash + 1 : slash + 2]
        at = slash + 2
        if escape == "u":
            digits = text[at : at + 4]
            at += 4
            # A \u cut off by the closing quote vanishes.
            if len(digits) == 4:
                pieces.append(_unit(digits))
        else:
            pieces.append(_CONTROL.get(escape, escape or "\\"))
    pieces.append(text[at:])
    return pieces


def _unit(digits: str) -> str:
    """Four characters as Java reads a number: a sign is one of them, digits of any script count."""
    if "_" in digits or digits != digits.strip():
        raise ValueError(f"no hexadecimal digits: {digits!r}")
    return chr(int(digits, 16) % 0x10000)


def join_surrogates(text: str) -> str:
    """Pairs of surrogates become the character they stand for; lone ones stay."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


def utf16_length(text: str) -> int:
    """The length the dialect sees: characters outside the BMP count twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def utf16_key(text: str) -> bytes:
    """A key that sorts texts as the dialect does, by UTF-16 units."""
    return text.encode("utf-16-be", "surrogatepass")
