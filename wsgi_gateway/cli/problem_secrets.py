"""What must not be shown of a definition's text: values that are secret, found by what they are.

::

    secrets = Secrets.of(document)
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
from collections.abc import Iterator
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

_OPAQUE = ("Value", "Default", "SecretString")
_MAPS = ("Variables", "StageVariableOverrides")
_Steps = tuple[str, ...]


class _Secret(NamedTuple):
    column: int
    texts: tuple[str, ...]


class Secrets:
    """Where a document has secrets. ``members``: by line, those whose keys stand there."""

    def __init__(self, members: dict[int, list[_Secret]], texts: frozenset[str], parsed: bool) -> None:
        self._members = members
        self._parsed = parsed
        self._texts = sorted(texts, key=len, reverse=True)

    @classmethod
    def of(cls, document: Document | None) -> Secrets:
        """The secrets of a document; None for a text that is none."""
        members: dict[int, list[_Secret]] = defaultdict(list)
        texts: set[str] = set()
        for container, member, value in _found(document.data if document is not None else None):
            lines = tuple(line for text in _texts_of(value) for line in text.split("\n") if line.strip())
            texts.update(line.strip() for line in lines if len(line.strip()) >= 6)
            mark = document.mark(container, member) if document is not None else None
            if mark is not None:
                members[mark.line].append(_Secret(mark.column, lines))
        return cls(dict(members), frozenset(texts), document is not None)

    def spans(self, number: int, line: str) -> list[tuple[int, int]]:
        """What is to be hidden of a line, from, to; ascending, none within another."""
        spans = [*self._by_place(number, line), *self._by_text(line), *_by_shape(line)]
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
        if match[1] in _OPAQUE or is_secret_name(match[1]):
            yield match.end(), len(line)
            return


def _texts_of(value: Any) -> Iterator[str]:
    """Every text in a value; of functions what they join."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, (int, float)) and not isinstance(one, bool):
            yield str(one)
        elif isinstance(one, (dict, list)):
            waiting.extend(one.values() if isinstance(one, dict) else one)


def _found(data: Any) -> Iterator[tuple[Any, str, Any]]:
    """Containers and members whose values are secret."""
    waiting: list[tuple[Any, str, Any]] = [(data, "", None)]
    seen: set[int] = set()
    while waiting:
        value, name, above = waiting.pop()
        if not isinstance(value, (dict, list)) or id(value) in seen:
            continue
        seen.add(id(value))
        if isinstance(value, list):
            waiting.extend((inner, name, value) for inner in value)
            continue
        for member, inner in value.items():
            if _is_secret(value, name, above, member, inner):
                yield value, member, inner
            else:
                waiting.append((inner, member, value))


def _is_secret(holder: dict[str, Any], name: str, above: Any, member: str, value: Any) -> bool:
    if member == "Value" and name == "Properties" and isinstance(above, dict):
        return above.get("Type") == "AWS::ApiGateway::ApiKey"
    if member == "Default":
        return holder.get("NoEcho") in (True, "true", "True")
    if member == "SecretString":
        return True
    if not isinstance(value, str):
        return False
    if name in _MAPS or name == "stageVariables":
        return True
    if _PUBLIC.fullmatch(value):
        return False
    return is_secret_name(member) and (" " not in value.strip() or value.strip()[:1] in "'\"")
