r"""How a reference and a string are written, and what that means.

A reference's first token carries everything before its name: backslashes, other openers that came to
nothing, `$`, `$!`, `${`. `\$a` prints `$a`, `\\$a` prints `\` and the value; in profile `stock` the
backslashes stay when there is no value. `$\!a` never has a value in 1.7.
"""

from wsgi_gateway.mapping.velocity import nodes
from wsgi_gateway.mapping.velocity.errors import Refusal
from wsgi_gateway.mapping.velocity.lookahead import Token


def read_notation(first: Token, name: str | None, trailers: list[nodes.Node], end: int) -> nodes.Reference:
    """The reference which begins with `first`; `name` is given if a `{` stands between."""
    image, start = first.image, first.start
    if "\\!" in image:
        return _slash_bang(first, trailers, end)
    slashes = len(image) - len(image.lstrip("\\"))
    escaped, prefix = slashes % 2 == 1, image[: slashes // 2]
    image, start = image[slashes:], start + slashes
    dollar = image.rfind("$")
    more = image[:dollar] if dollar > 0 else ""
    image, start = image[len(more) :], start + len(more)
    quiet = image.startswith("$!")
    if image.startswith("$"):
        root = name if name is not None else image[2 if quiet else 1 :]
    else:
        root = image
    return nodes.Reference(
        root,
        trailers,
        prefix=prefix,
        more_prefix=more,
        escaped=escaped,
        quiet=quiet and not escaped,
        bare=not image.startswith("$"),
        assigned=image[1:],
        start=start,
        end=end,
    )


def _slash_bang(first: Token, trailers: list[nodes.Node], end: int) -> nodes.Reference:
    image = first.image
    at = image.index("\\", image.index("$"))
    shown = image[:at] + image[at + 1 :]
    return nodes.Reference(
        shown, trailers, assigned=image[1:], shown=shown, computable=False, start=first.start, end=end
    )


def unquote(image: str, start: int) -> tuple[str, bool]:
    """The text of a string literal, and whether it is to be rendered."""
    quote, text = image[0], image[1:-1]
    live = quote == '"' and ("$" in image or "#" in image)
    if quote == '"' and "\\u" in text:
        text = _unescape(text, start)
    return _single_quotes(text, quote), live


def _unescape(text: str, start: int) -> str:
    """Java's unicode escapes: the only ones a Velocity string has. A lone surrogate is a replacement
    character."""
    first, *rest = text.split("\\u")
    units = first
    for piece in rest:
        try:
            if len(piece) < 4:
                raise ValueError
            units += chr(int(piece[:4], 16)) + piece[4:]
        except ValueError:
            raise Refusal("'\\u' wants four hexadecimal digits", start) from None
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _single_quotes(text: str, quote: str) -> str:
    return text.replace(quote * 2, quote)
