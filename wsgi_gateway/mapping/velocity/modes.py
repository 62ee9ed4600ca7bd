r"""The scanner's modes: one regular expression each, and the tables of words.

The alternatives of an expression are in the order that makes the longest one win, as Velocity 1.7 chooses.
See `scanner` for what the modes are.
"""

import re

TEXT, REFERENCE, MODIFIER, ARGUMENTS, INDEX, HASH, DIRECTIVE = range(7)

_WORD = r"[A-Za-z_@][A-Za-z0-9_@]*"
_BRACED_WORD = r"\{[A-Za-z_][A-Za-z0-9_@]*\}"
_LINE_END = r"(?:[ \t]*(?:\r\n|\n|\r))?"
_SET = r"(?P<SET>[ \t]*(?:\#set|\#\{set\})[ ]*\()"
_OPENERS = (
    r"(?P<DOLLAR>\\*\$(?:\\*!)?)|(?P<BLOCK>\#\[\[)|(?P<FORMAL>\#\*\*[^#])|(?P<MULTI>\#\*)|(?P<OPEN_HASH>\#)"
)
_LINE_COMMENT = r"(?P<LINE_COMMENT>\#\#)"
_EMPTY_INDEX = r"(?P<EMPTY_INDEX>\$\[|\$!\[|\$\\!\[|\$\.)"
_NAME = r"(?P<IDENTIFIER>[A-Za-z_][A-Za-z0-9_-]*)"
_DOT = r"(?P<DOT>\.(?=[A-Za-z]))"
_BLANKS = r"(?P<BLANKS>[ \t\n\r]+)"
_STRING = r"""(?P<STRING>"[^"]*(?:""[^"]*)*"|'[^']*(?:''[^']*)*')"""
_EXPONENT = r"[eE][+-]?[0-9]+"
_NUMBER = (
    r"(?P<INTEGER_OF_RANGE>-?[0-9]+(?=\.\.))"
    rf"|(?P<FLOAT>-?[0-9]+\.[0-9]*(?:{_EXPONENT})?|-?\.[0-9]+(?:{_EXPONENT})?|-?[0-9]+{_EXPONENT})"
    r"|(?P<INTEGER>-?[0-9]+)"
)
_BRACKETS = r"(?P<LBRACKET>\[)|(?P<RBRACKET>\])|(?P<COMMA>,)|(?P<DOUBLEDOT>\.\.)|(?P<COLON>:)"


def _mode(*parts: str) -> re.Pattern[str]:
    return re.compile("|".join(parts), re.DOTALL)


# Alternatives are in the order which makes the longest one win, as in 1.7.
MODES = {
    TEXT: _mode(
        _SET,
        r"(?P<TEXT>[^$#\\]+)",
        rf"(?P<ESCAPED_DIRECTIVE>(?:\\\\)*\\\#(?:{_WORD}|{_BRACED_WORD}))",
        _EMPTY_INDEX,
        _LINE_COMMENT,
        _OPENERS,
        r"(?P<DOUBLE_ESCAPE>(?:\\\\)+)",
        r"(?P<ESCAPE>\\)",
    ),
    REFERENCE: _mode(
        _SET,
        _EMPTY_INDEX,
        _LINE_COMMENT,
        _OPENERS,
        r"(?P<INDEX_LBRACKET>\[)",
        _NAME,
        _DOT,
        r"(?P<LCURLY>\{)|(?P<RCURLY>\})|(?P<END_MODE>.)",
    ),
    MODIFIER: _mode(
        _SET,
        _OPENERS,
        r"(?P<INDEX_LBRACKET>\[)|(?P<LPAREN>\()",
        _NAME,
        _DOT,
        r"(?P<LCURLY>\{)|(?P<RCURLY>\})|(?P<END_MODE>.)",
    ),
    ARGUMENTS: _mode(
        _SET,
        _BLANKS,
        _OPENERS,
        _BRACKETS,
        r"(?P<LEFT_CURLEY>\{)|(?P<RIGHT_CURLEY>\})|(?P<CALL_RPAREN>\))",
        _STRING,
        _NUMBER,
        _NAME,
        _DOT,
    ),
    INDEX: _mode(_BLANKS, _OPENERS, r"(?P<INDEX_RBRACKET>\])", _STRING, _NUMBER, r"(?P<CONSTANT>true|false)"),
    HASH: _mode(
        _LINE_COMMENT,
        _OPENERS,
        rf"(?P<END>(?:end(?![A-Za-z0-9_@])|\{{end\}}){_LINE_END})",
        rf"(?P<ELSE>(?:else(?![A-Za-z0-9_@])|\{{else\}}){_LINE_END})",
        r"(?P<IF>if(?![A-Za-z0-9_@])|\{if\})|(?P<ELSEIF>elseif(?![A-Za-z0-9_@])|\{elseif\})",
        _NUMBER,
        rf"(?P<WORD>{_WORD}|{_BRACED_WORD})",
        r"(?P<END_MODE>.)",
    ),
    DIRECTIVE: _mode(
        _BLANKS,
        _LINE_COMMENT,
        _OPENERS,
        _BRACKETS,
        rf"(?P<LPAREN>\()|(?P<RPAREN>\){_LINE_END})",
        _STRING,
        _NUMBER,
        rf"(?P<WORD>{_WORD}|{_BRACED_WORD})",
        r"(?P<LEFT_CURLEY>\{)|(?P<RIGHT_CURLEY>\})",
        r"(?P<OPERATOR>&&|\|\||<=|>=|==|!=|[-+*/%<>!=])",
    ),
}
OPERATORS = {
    "-": "MINUS",
    "+": "PLUS",
    "*": "TIMES",
    "/": "DIVIDE",
    "%": "MODULO",
    "=": "EQUALS",
    "&&": "AND",
    "and": "AND",
    "||": "OR",
    "or": "OR",
    "!": "NOT",
    "not": "NOT",
    "<": "LT",
    "lt": "LT",
    "<=": "LE",
    "le": "LE",
    ">": "GT",
    "gt": "GT",
    ">=": "GE",
    "ge": "GE",
    "==": "EQ",
    "eq": "EQ",
    "!=": "NE",
    "ne": "NE",
}
CONSTANTS = {"true": "TRUE", "false": "FALSE"}
AHEAD_IS_PAREN = re.compile(r"[ \n\r\t]*\(")
_COMMENT_OPENER = r"\\*\$(?:\\*!)?|\#\[\[|\#\*\*[^#]|\#\*|\#"
# Inside a comment `$` and `#` still open a token, which an end of file may not interrupt.
IN_LINE_COMMENT = re.compile(
    rf"(?P<open>{_COMMENT_OPENER})|(?P<end>\r\n|\n|\r)|[^$#\\\r\n]+|\\+|.", re.DOTALL
)
IN_COMMENT = re.compile(rf"(?P<end>\*\#)|(?P<open>{_COMMENT_OPENER})|[^$#\\*]+|\\+|.", re.DOTALL)
IN_BLOCK = re.compile(rf"(?P<end>\]\]\#)|(?P<open>{_COMMENT_OPENER})|[^$#\\\]]+|\\+|.", re.DOTALL)
