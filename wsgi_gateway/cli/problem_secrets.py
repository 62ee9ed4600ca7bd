"""What must not be shown of a definition's text: values that are secret, found by what they are.

::

    secrets = Secrets.of(document, lines)
    secrets.spans(line_number, line)     # [(17, 39)]: from the 18th character to the 39th

Secret are the value of an API key, the default of a parameter with ``NoEcho``, the values of variables of
stages and functions, quoted values of mapped headers, and what stands under a name that speaks of a
credential; then whatever looks like one (:mod:`wsgi_gateway.redaction`) and passwords in URLs. Where a value
is not written as it reads (escapes, several lines), all that follows its key is hidden. Of a text that cannot
be parsed, lines are judged by their names alone.

Not for: secrets that neither their place nor their name nor their shape gives away.

Source: NoEcho in
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

from wsgi_gateway.redaction import REDACTED, is_secret_name, redacted_text

if TYPE_CHECKING:
    from wsgi_gateway.sources.document import Document

MASK = REDACTED

_KEY = re.compile(r"""["']?([A-Za-z][\w.-]{0,99})["']?\s*:(?:\s+|(?=["']))""")
_USER = re.compile(r"(?<=://)[^\s/@\"']+(?=@)")
_PUBLIC = re.compile(
    r"[A-Z_]{2,40}|true|false|(?:method|integration|context|stageVariables|gatewayresponse)\..*|\$\{?[\w:.]+\}?"
    r"|arn:.*|https?://[^@]*"
)
"""Values that are words of API Gateway, names of other values, or addresses."""

_NAMING = frozenset({"Ref", "Fn::GetAtt", "Fn::ImportValue", "Condition"})
"""Functions that name a value and hold none."""

_KEYS = re.compile("api_?k", re.IGNORECASE)
"""In the type of a resource that has the value of an API key, rightly written or not."""

_OPAQUE = ("Value", "Default", "SecretString")
_LEAST = 6
"""Characters of a secret that is looked for in all lines; shorter ones are hidden where they stand alone."""

_MOST = 10**9
"""Characters times secrets that are looked at in a line, about half a second."""

_MAPS = ("Variables", "StageVariableOverrides")


class _Secret(NamedTuple):
    column: int
    texts: tuple[str, ...]


class Secrets:
    """Where a document has secrets. ``members``: by line, those whose keys stand there. ``inside``: numbers
    of lines that are part of one.
    """

    def __init__(
        self, members: dict[int, list[_Secret]], texts: frozenset[str], inside: frozenset[int], parsed: bool
    ) -> None:
        self._members = members
        self._inside = inside
        self._parsed = parsed
        self._texts = sorted(texts, key=len, reverse=True)

    @classmethod
    def of(cls, document: Document | None, lines: Sequence[str]) -> Secrets:
        """The secrets of a document, whose text has these lines; None for a text that is none."""
        members: dict[int, list[_Secret]] = defaultdict(list)
        texts: set[str] = set()
        for container, member, value, is_variable in _found(document.data if document is not None else None):
            parts = tuple(part for text in _texts_of(value) for part in text.split("\n") if part.strip())
            if not is_variable:
                texts.update(part.strip() for part in parts if len(part.strip()) >= _LEAST)
            mark = document.mark(container, member) if document is not None else None
            if mark is not None:
                members[mark.line].append(_Secret(mark.column, parts))
        inside = (
            line for start, found in members.items() for one in found for line in _below(start, one, lines)
        )
        return cls(dict(members), frozenset(texts), frozenset(inside), document is not None)

    def spans(self, number: int, line: str) -> list[tuple[int, int]]:
        """What is to be hidden of a line, from, to; ascending, none within another. Of a line that it would
        take long to look through that is all.
        """
        if len(line) * len(self._texts) > _MOST:
            return [(0, len(line))]
        spans = [*self._by_place(number, line), *self._by_text(line), *_by_shape(line)]
        if number in self._inside:
            spans.append((len(line) - len(line.lstrip()), len(line)))
        if not self._parsed:
            spans.extend(_by_name(line))
        return _joined(spans)

    def hidden(self, text: str) -> str:
        """A message without secrets."""
        for secret in self._texts:
            text = text.replace(secret, MASK)
        return text

    def _by_place(self, number: int, line: str) -> Iterator[tuple[int, int]]:
        for secret in self._members.get(number, ()):
            after = max(secret.column - 1, 0)
            found = [line.find(text.strip(), after) for text in secret.texts]
            if len(found) == 1 and found[0] >= 0:
                yield found[0], found[0] + len(secret.texts[0].strip())
            elif secret.texts:
                key = _KEY.match(line, after)
                yield (key.end() if key else after), len(line)

    def _by_text(self, line: str) -> Iterator[tuple[int, int]]:
        for text in self._texts:
            start = line.find(text)
            while start >= 0:
                yield start, start + len(text)
                start = line.find(text, start + len(text))


def _below(start: int, secret: _Secret, lines: Sequence[str]) -> Iterator[int]:
    """Numbers of the lines of a YAML block or of a text that goes on: those indented more than the key."""
    line = lines[start - 1] if 0 < start <= len(lines) else ""
    if not secret.texts or any(part.strip() in line[secret.column - 1 :] for part in secret.texts):
        return
    for number in range(start + 1, len(lines) + 1):
        text = lines[number - 1]
        if text.strip() and len(text) - len(text.lstrip()) < secret.column:
            return
        yield number


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _by_shape(line: str) -> Iterator[tuple[int, int]]:
    yield from (match.span() for match in _USER.finditer(line))
    hidden = redacted_text(line)
    if hidden != line:
        # From the first to the last difference: what looks like a credential, and what lies between two.
        start = next((at for at, pair in enumerate(zip(line, hidden, strict=False)) if pair[0] != pair[1]), 0)
        same = 0
        while same < min(len(line), len(hidden)) - start and line[-1 - same] == hidden[-1 - same]:
            same += 1
        yield start, len(line) - same


def _by_name(line: str) -> Iterator[tuple[int, int]]:
    for match in _KEY.finditer(line):
        if match[1] in _OPAQUE or _speaks_of_a_secret(match[1]):
            yield match.end(), len(line)
            return


def _texts_of(value: Any) -> Iterator[str]:
    """Every text in a value; of functions what they join."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict) and not _NAMING.isdisjoint(one):
            continue
        if isinstance(one, str):
            yield one
        elif isinstance(one, (int, float)) and not isinstance(one, bool):
            yield str(one)
        elif isinstance(one, (dict, list)):
            waiting.extend(one.values() if isinstance(one, dict) else one)


def _found(data: Any) -> Iterator[tuple[Any, str, Any, bool]]:
    """Containers and members whose values are secret, and whether they are variables, whose values are often
    words that stand elsewhere too.
    """
    waiting: list[tuple[Any, str, Any]] = [(data, "", None)]
    while waiting:
        value, name, above = waiting.pop()
        if isinstance(value, list):
            waiting.extend((inner, name, value) for inner in value)
        for member, inner in value.items() if isinstance(value, dict) else ():
            if _is_secret(value, name, above, member, inner):
                yield value, member, inner, name in _MAPS
            else:
                waiting.append((inner, member, value))


def _is_secret(holder: dict[str, Any], name: str, above: Any, member: str, value: Any) -> bool:
    if member == "Value" and name == "Properties" and isinstance(above, dict):
        return _KEYS.search(str(above.get("Type"))) is not None
    if member == "Default":
        return holder.get("NoEcho") in (True, "true", "True")
    if member == "SecretString":
        return True
    if not isinstance(value, str):
        return False
    if name in _MAPS:
        return True
    if _PUBLIC.fullmatch(value):
        return False
    return _speaks_of_a_secret(member) and (" " not in value.strip() or value.strip()[:1] in "'\"")


def _speaks_of_a_secret(name: str) -> bool:
    return is_secret_name(name) and name not in _vocabulary()


@cache
def _vocabulary() -> frozenset[str]:
    """Words of definitions, some of which sound like secrets: ``Key`` of a tag, ``authorizerCredentials``."""
    from wsgi_gateway.sources import openapi_authorizer, openapi_extensions, openapi_integration
    from wsgi_gateway.sources.cfn_properties import KINDS

    properties = [[*kind.read.split(), *kind.ignored, *kind.refused] for kind in KINDS.values()]
    fields = (openapi_authorizer.FIELDS, openapi_integration.FIELDS, openapi_extensions.EXTENSIONS)
    return frozenset(chain(("Key", "key", "Credentials"), *properties, *fields))
