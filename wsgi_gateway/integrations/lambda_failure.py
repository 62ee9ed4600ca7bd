"""Lambda's error document, and the gateway's own answer where there is none.

A function that fails has an answer all the same, the document that Lambda's Python runtime makes::

    >>> error_document(ValueError("no such pet"), "c6af9ac6")
    {'errorMessage': 'no such pet', 'errorType': 'ValueError', 'requestId': 'c6af9ac6', 'stackTrace': []}

``stackTrace`` is always empty for functions of this process: integrations without a mapping for errors show
the document to clients, as on AWS, and paths and lines of this server are nobody's business. The log has the
place. A function elsewhere has made its own document, and that is passed on as it is.

=====================================  ==============================================================
an exception                           its text and the name of its class, or its ``error_type``
``sys.exit(1)``                        ``Runtime.ExitError``
an answer that JSON cannot carry       ``Runtime.MarshalError``
an answer of more than 6 MB            ``Function.ResponseSizeTooLarge``; so is a document, if its text is
the function's own timeout             ``Sandbox.Timedout``
=====================================  ==============================================================

Not confirmed on AWS: the status 500 of a function that is throttled or cannot be reached, for integrations of
type AWS; what Lambda makes of an exception whose own text exceeds 6 MB.

Source: https://docs.aws.amazon.com/lambda/latest/dg/python-exceptions.html
"""

from __future__ import annotations

import json
import logging
from typing import Any

from wsgi_gateway.errors import (
    API_CONFIGURATION_ERROR,
    INTEGRATION_FAILURE,
    INTEGRATION_TIMEOUT,
    GatewayError,
)
from wsgi_gateway.functions import (
    FunctionFailed,
    FunctionForbidden,
    FunctionTimedOut,
    FunctionUnreachable,
    place_of,
)
from wsgi_gateway.integrations.lambda_payload import RESPONSE_LIMIT, marshalled

logger = logging.getLogger("wsgi_gateway")


def error_document(error: BaseException, request_id: str) -> dict[str, Any]:
    """The document of a function that raised ``error``."""
    if isinstance(error, FunctionFailed) and error.document is not None:
        return error.document
    if isinstance(error, SystemExit):
        how = "exited without providing a reason" if not error.code else "exited with error: exit status 1"
        return {
            "errorType": "Runtime.ExitError",
            "errorMessage": f"RequestId: {request_id} Error: Runtime {how}",
        }
    named = getattr(error, "error_type", None)
    kind = "Error" if isinstance(error, FunctionFailed) else type(error).__name__
    return {
        "errorMessage": _text(error),
        "errorType": named if isinstance(named, str) else kind,
        "requestId": request_id,
        "stackTrace": [],
    }


def timed_out(request_id: str, seconds: float) -> FunctionFailed:
    """The failure of a function that took longer than its own timeout."""
    message = f"RequestId: {request_id} Error: Task timed out after {seconds:.2f} seconds"
    kind = "Sandbox.Timedout"
    return FunctionFailed(message, kind, {"errorType": kind, "errorMessage": message})


def output_text(output: Any, request_id: str) -> tuple[bytes, bool]:
    """A function's answer as JSON text, spaced as Python's runtime does, and whether it could be made; if
    not, the text is an error document.
    """
    try:
        text = marshalled(output).encode("utf-8", "replace")
    except (TypeError, ValueError, RecursionError) as error:
        return _document(f"Unable to marshal response: {error}", "Runtime.MarshalError", request_id), False
    if len(text) > RESPONSE_LIMIT:
        return _too_large(request_id), False
    return text, True


def error_text(error: BaseException, request_id: str) -> bytes:
    """The error document as JSON text."""
    document = error_document(error, request_id)
    text = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    # One from elsewhere was within the limit there, and is spaced anew here.
    is_ours = getattr(error, "document", None) is not document
    return _too_large(request_id) if is_ours and len(text) > RESPONSE_LIMIT else text


def _too_large(request_id: str) -> bytes:
    message = f"Response payload size exceeded maximum allowed payload size ({RESPONSE_LIMIT} bytes)."
    return _document(message, "Function.ResponseSizeTooLarge", request_id)


def _document(message: str, error_type: str, request_id: str) -> bytes:
    document = {
        "errorMessage": message,
        "errorType": error_type,
        "requestId": request_id,
        "stackTrace": [],
    }
    return json.dumps(document).encode()


def no_answer(error: FunctionUnreachable, *, status: int) -> GatewayError:
    """The refusal where a function could not be asked: 504 if we gave up, 500 if we may not call it, else
    ``status``.
    """
    if isinstance(error, FunctionTimedOut):
        return GatewayError(INTEGRATION_TIMEOUT, reason=str(error))
    if isinstance(error, FunctionForbidden):
        return GatewayError(API_CONFIGURATION_ERROR, reason=str(error))
    return GatewayError(INTEGRATION_FAILURE, status=status, reason=str(error))


def log_failure(name: str, error: BaseException) -> None:
    """One line; without the text, which may hold whatever the function worked on."""
    if isinstance(error, FunctionUnreachable):
        logger.error("the function %s gave no answer: %s", name, error)
    elif isinstance(error, FunctionFailed):
        logger.error("the function %s failed with %s", name, error.error_type or "an error without a type")
    else:
        logger.error("%s raised %s in %s", name, type(error).__name__, place_of(error))


def _text(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:
        return ""
