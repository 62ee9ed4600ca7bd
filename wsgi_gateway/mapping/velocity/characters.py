"""The methods of java.lang.Character, which is what `charAt` and `toCharArray` give.

A character prints like a string of one, and `==` finds it equal to one, but it has none of a string's
methods.
"""

from wsgi_gateway.mapping.velocity.signatures import Table
from wsgi_gateway.mapping.velocity.strings import EQUALS, other_class
from wsgi_gateway.mapping.velocity.values import Char


def _numeric(self: str, other: str) -> int:
    try:
        return int(other, 36)
    except ValueError:
        return -1


CHARACTER: Table = {
    "toString": [("", lambda c: str.__str__(c) + ""), ("c", lambda c, o: str.__str__(o) + "")],
    "charValue": [("", lambda c: c)],
    "equals": EQUALS,
    "compareTo": [("c", lambda c, o: ord(c) - ord(o)), ("o", other_class)],
    "hashCode": [("", ord), ("c", lambda c, o: ord(o))],
    "compare": [("cc", lambda c, a, b: ord(a) - ord(b))],
    "isDigit": [("c", lambda c, o: o.isdecimal())],
    "isLetter": [("c", lambda c, o: o.isalpha())],
    "isLetterOrDigit": [("c", lambda c, o: o.isalpha() or o.isdecimal())],
    "isUpperCase": [("c", lambda c, o: o.isupper())],
    "isLowerCase": [("c", lambda c, o: o.islower())],
    "isWhitespace": [("c", lambda c, o: o.isspace() and o not in "\u00a0\u2007\u202f")],
    "toUpperCase": [("c", lambda c, o: Char(o.upper() if len(o.upper()) == 1 else o))],
    "toLowerCase": [("c", lambda c, o: Char(o.lower() if len(o.lower()) == 1 else o))],
    "getNumericValue": [("c", _numeric)],
    "valueOf": [("c", lambda c, o: o)],
}
