"""Operators whose common case the generated code settles itself: ints and doubles of moderate size, and what
is compared with a constant. Everything else is a call of `arithmetic`, which knows Java's rules.

    >>> from wsgi_gateway.mapping.velocity.nodes import Constant
    >>> shortcut("EQ", "t1", "'a'", Constant("a"), "equal(t1, 'a')")
    "t1 == 'a' if type(t1) is str else equal(t1, 'a')"
"""

from wsgi_gateway.mapping.velocity import nodes

_SIGNS = {"PLUS": "+", "MINUS": "-", "TIMES": "*"}
_ORDERS = {"LT": "<", "LE": "<=", "GT": ">", "GE": ">="}


def shortcut(operator: str, left: str, right: str, operand: nodes.Node, slow: str) -> str:
    """The common case is told at once, without a call."""
    if operator in _SIGNS:
        return _calculated(_SIGNS[operator], left, right, slow)
    value = operand.value if isinstance(operand, nodes.Constant) else None
    if not left.isidentifier() or not (type(value) is str or type(value) is int):
        return slow
    kind = type(value).__name__
    if operator in ("EQ", "NE"):
        return f"{left} {'==' if operator == 'EQ' else '!='} {right} if type({left}) is {kind} else {slow}"
    if operator in _ORDERS and kind == "int":
        return f"{left} {_ORDERS[operator]} {right} if type({left}) is int else {slow}"
    return slow


def _calculated(sign: str, left: str, right: str, slow: str) -> str:
    """Two ints of moderate size, or doubles, of which Python makes what Java does."""
    tests = []
    for name in (left, right):
        if name.isidentifier():
            tests.append(f"((c := type({name})) is int and -L < {name} < L or c is float)")
        elif not name.lstrip("-").isdigit() or len(name) > 15:
            return slow
    return f"{left} {sign} {right} if {' and '.join(tests)} else {slow}" if tests else slow
