"""The body of an answer that Lambda streams: the events of InvokeWithResponseStream as bytes.

``PayloadChunk`` events carry the bytes, one ``InvokeComplete`` ends them and tells whether the function
failed on the way. An end without it is a cut.

Not for: what the bytes mean; that is :mod:`wsgi_gateway.integrations.lambda_stream`.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from wsgi_gateway.functions import FunctionUnreachable, failure_of


class EventStreamBody:
    """The bytes of ``events``, boto3's EventStream. Iterate it once; ``close()`` it at any time.

    ``name``: the function's, for messages. ``unreachable``: makes an exception of one of boto3's. Raises, in
    the middle, FunctionFailed and FunctionUnreachable.
    """

    def __init__(
        self, events: Any, name: str, unreachable: Callable[[Exception], FunctionUnreachable]
    ) -> None:
        self._events, self._name, self._unreachable = events, name, unreachable
        self._parts = self._read()

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        return next(self._parts)

    def close(self) -> None:
        """Give the connection up. Harmless to repeat."""
        with suppress(Exception):
            self._events.close()

    def _read(self) -> Iterator[bytes]:
        try:
            for event in self._events:
                if "PayloadChunk" in event:
                    yield event["PayloadChunk"].get("Payload", b"")
                elif "InvokeComplete" in event:
                    self._completed(event["InvokeComplete"])
                    return
        except GeneratorExit:
            raise
        except Exception as error:
            self.close()
            if isinstance(error, _Failed):
                raise failure_of(error.document) from None
            raise self._unreachable(error) from None
        self.close()
        raise FunctionUnreachable(f"{self._name}: the answer is cut short")

    def _completed(self, end: dict[str, Any]) -> None:
        self.close()
        if end.get("ErrorCode"):
            raise _Failed({"errorType": end["ErrorCode"], "errorMessage": end.get("ErrorDetails")})


class _Failed(Exception):
    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__()
        self.document = document
