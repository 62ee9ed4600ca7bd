"""Refusals: AWS's closed table of gateway response types, and the one error of the package that answers.

:class:`GatewayError` is a value (compare it), an exception (raise it where you cannot return) and a WSGI app
(call it). Called, it renders itself through the responder which ``GatewayResponses`` put on the request's
context, or in AWS's default form when there is none::

    >>> from wsgi_gateway.errors import GatewayError, THROTTLED
    >>> GatewayError(THROTTLED).message
    'Too Many Requests'

What a client may read is ``message``; ``reason`` is for traces and logs and never leaves the process.
:class:`ConfigError` is the other error: it stops a load and lists every problem with its place.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html;
the ``x-amzn-ErrorType`` values were seen on AWS for 400, 403 (unknown route, API key), 415, 429 and every 5xx
of an integration. The ones of AUTHORIZER_FAILURE, EXPIRED_TOKEN, REQUEST_TOO_LARGE, RESOURCE_NOT_FOUND and
WAF_FILTERED, and the texts of 404, 413 and EXPIRED_TOKEN, could not be confirmed.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wsgi_gateway.wsgi import Response, status_line

if TYPE_CHECKING:
    from wsgi_gateway.typing import StartResponse, WSGIEnvironment

CONTEXT_KEY = "wsgi_gateway.context"
"""Where a request's :class:`~wsgi_gateway.context.Context` lies in the environ."""


@dataclass(frozen=True, slots=True)
class ResponseType:
    """One row of AWS's table: the type's name, default status, default message and ``x-amzn-ErrorType``."""

    name: str
    status: int | None
    message: str | None
    error_type: str

    def __str__(self) -> str:
        return self.name

    def __reduce__(self) -> str:
        return self.name  # copies and pickles are this module's constant of that name


_INTERNAL = ("Internal server error", "InternalServerErrorException")

ACCESS_DENIED = ResponseType(
    "ACCESS_DENIED", 403, "User is not authorized to access this resource", "AccessDeniedException"
)
API_CONFIGURATION_ERROR = ResponseType("API_CONFIGURATION_ERROR", 500, *_INTERNAL)
AUTHORIZER_CONFIGURATION_ERROR = ResponseType(
    "AUTHORIZER_CONFIGURATION_ERROR", 500, None, "AuthorizerConfigurationException"
)
AUTHORIZER_FAILURE = ResponseType("AUTHORIZER_FAILURE", 500, None, "AuthorizerConfigurationException")
BAD_REQUEST_BODY = ResponseType("BAD_REQUEST_BODY", 400, "Invalid request body", "BadRequestException")
BAD_REQUEST_PARAMETERS = ResponseType(
    "BAD_REQUEST_PARAMETERS", 400, "Missing required request parameters", "BadRequestException"
)
DEFAULT_4XX = ResponseType("DEFAULT_4XX", None, "Bad Request", "BadRequestException")
DEFAULT_5XX = ResponseType("DEFAULT_5XX", None, *_INTERNAL)
EXPIRED_TOKEN = ResponseType(
    "EXPIRED_TOKEN", 403, "The security token included in the request is expired", "ExpiredTokenException"
)
INTEGRATION_FAILURE = ResponseType("INTEGRATION_FAILURE", 504, *_INTERNAL)
INTEGRATION_TIMEOUT = ResponseType(
    "INTEGRATION_TIMEOUT", 504, "Endpoint request timed out", "InternalServerErrorException"
)
INVALID_API_KEY = ResponseType("INVALID_API_KEY", 403, "Forbidden", "ForbiddenException")
INVALID_SIGNATURE = ResponseType(
    "INVALID_SIGNATURE",
    403,
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    "InvalidSignatureException",
)
MISSING_AUTHENTICATION_TOKEN = ResponseType(
    "MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token", "MissingAuthenticationTokenException"
)
QUOTA_EXCEEDED = ResponseType("QUOTA_EXCEEDED", 429, "Limit Exceeded", "LimitExceededException")
REQUEST_TOO_LARGE = ResponseType("REQUEST_TOO_LARGE", 413, "Request Too Long", "RequestTooLargeException")
RESOURCE_NOT_FOUND = ResponseType("RESOURCE_NOT_FOUND", 404, "Not Found", "ResourceNotFoundException")
THROTTLED = ResponseType("THROTTLED", 429, "Too Many Requests", "TooManyRequestsException")
UNAUTHORIZED = ResponseType("UNAUTHORIZED", 401, "Unauthorized", "UnauthorizedException")
UNSUPPORTED_MEDIA_TYPE = ResponseType(
    "UNSUPPORTED_MEDIA_TYPE", 415, "Unsupported Media Type", "BadRequestException"
)
WAF_FILTERED = ResponseType("WAF_FILTERED", 403, "Forbidden", "ForbiddenException")

RESPONSE_TYPES: dict[str, ResponseType] = {
    row.name: row for row in list(globals().values()) if isinstance(row, ResponseType)
}
"""AWS's 21 gateway response types by name."""


class GatewayError(Exception):
    """One refusal: a row of AWS's table and what this request adds to it.

    :param response_type: a :class:`ResponseType`.
    :param message: the client's text; default the type's own. ``None`` there prints as JSON ``null``.
    :param status: default the type's own, 400 or 500 for the two ``DEFAULT_*`` types.
    :param error_type: the ``x-amzn-ErrorType`` header; default the type's own.
    :param validation_errors: every violation found, for ``$context.error.validationErrorString``.
    :param headers: further response headers, ``(name, value)`` pairs.
    :param reason: why, for traces and logs only; a client never sees it.

    An ordinary exception, not a frozen dataclass: those break inside ``contextlib.contextmanager``.
    """

    def __init__(
        self,
        response_type: ResponseType,
        message: str | None = None,
        *,
        status: int | None = None,
        error_type: str | None = None,
        validation_errors: Sequence[str] = (),
        headers: Sequence[tuple[str, str]] = (),
        reason: str | None = None,
    ) -> None:
        super().__init__(response_type.name, message)
        self.response_type = response_type
        self.message = response_type.message if message is None else message
        self.status: int = status or response_type.status or (400 if response_type is DEFAULT_4XX else 500)
        self.error_type = error_type or response_type.error_type
        self.validation_errors = tuple(validation_errors)
        self.headers = tuple(headers)
        self.reason = reason

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.response_type, self.message, self._options())

    def _options(self) -> dict[str, Any]:
        names = ("status", "error_type", "validation_errors", "headers", "reason")
        return {name: getattr(self, name) for name in names}

    def _fields(self) -> tuple[object, ...]:
        return (
            self.response_type,
            self.message,
            self.status,
            self.error_type,
            self.validation_errors,
            self.headers,
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GatewayError) and self._fields() == other._fields()

    def __hash__(self) -> int:
        return hash(self._fields())

    def __repr__(self) -> str:
        return f"GatewayError({self.response_type.name}, {self.message!r}, status={self.status})"

    @property
    def message_string(self) -> str:
        """``$context.error.messageString``: the message as a JSON string, quotes and all, or ``null``."""
        return json.dumps(self.message)

    @property
    def validation_error_string(self) -> str | None:
        """``$context.error.validationErrorString``: ``[first, second]``, or None if nothing was validated."""
        return f"[{', '.join(self.validation_errors)}]" if self.validation_errors else None

    def default_body(self) -> str:
        """AWS's default template filled in; only ACCESS_DENIED spells its member with a capital."""
        member = "Message" if self.response_type is ACCESS_DENIED else "message"
        return f'{{"{member}":{self.message_string}}}'

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer the request, through the responder of ``GatewayResponses`` if there is one outside of us."""
        context = environ.get(CONTEXT_KEY)
        if context is None:
            return default_response(self)(environ, start_response)
        context.error = self
        if context.trace is not None:
            context.trace.refused(self)
        responder = context.responder
        app = default_response(self) if responder is None else responder(self, context)
        return app(environ, start_response)


def _restored(response_type: ResponseType, message: str | None, options: dict[str, Any]) -> GatewayError:
    return GatewayError(response_type, message, **options)


def default_response(error: GatewayError) -> Response:
    """The answer in AWS's default form, for a stage that stands alone."""
    body = error.default_body().encode()
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("x-amzn-ErrorType", error.error_type),
        *error.headers,
    ]
    return Response(status_line(error.status), headers, [body])


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a user's document something stands: lines and columns count from one."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str = "$"

    def at(self, *members: str | int) -> Place:
        """A member further down; the line stays that of the nearest known ancestor."""
        return Place(self.file, self.line, self.column, json_path(self.path, *members))

    def __str__(self) -> str:
        where = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        return f"{where} {self.path}" if where else self.path


def json_path(root: str, *members: str | int) -> str:
    """``json_path("$", "paths", "/pets", 0)`` is ``$.paths['/pets'][0]``."""
    for member in members:
        if isinstance(member, int):
            root += f"[{member}]"
        elif member.isidentifier():
            root += f".{member}"
        else:
            root += f"[{member!r}]"
    return root


WITHOUT_EFFECT = frozenset(
    "without-effect api-key-value authorization-scopes authorizer-field-ignored authorizer-unused base-path "
    "connection extension-ignored integration-field-ignored member-ignored member-unknown "
    "method-unsupported model-media-type model-schema other-api parameter-format parameter-ignored "
    "ref-not-found ref-siblings response-ignored schema-keyword-ignored selection-pattern usage-plan-key "
    "usage-plan-unused validator-unused".split()
)
"""Codes of warnings which say that what stands at their place, with all that is part of it, has no effect.
Others are advice. A new warning that says so has its code here, or ``without-effect``.
"""

NAME_WITHOUT_EFFECT = frozenset({"path-slash"})
"""Codes of warnings which say it of the name that stands there alone."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a definition: a stable code, what, where, and what to do about it."""

    code: str
    message: str
    place: Place = Place()
    hint: str | None = None
    severity: str = "error"

    @property
    def is_without_effect(self) -> bool:
        """Whether it says that all of what stands at its place has no effect."""
        return self.severity != "error" and self.code in WITHOUT_EFFECT

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.place}: {self.severity}: {self.message} [{self.code}]{hint}"


class ConfigError(ValueError):
    """A definition that will not be served. ``problems`` lists everything that is wrong with it, not the
    first thing.

    Also raised by the constructors of stages for options that cannot work.
    """

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        self.problems: tuple[Problem, ...] = (
            (Problem("option", problems),) if isinstance(problems, str) else tuple(problems)
        )
        super().__init__("\n".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[type[ConfigError], tuple[tuple[Problem, ...]]]:
        return type(self), (self.problems,)
