"""Rules of integrations: type, method, URI, responses.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html; the messages for bad URIs and
methods are those recorded from PutIntegration.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from wsgi_gateway.config.check_cors import check_cors
from wsgi_gateway.config.check_http import FINAL_STATUSES, check_header_targets, check_status
from wsgi_gateway.config.integration import (
    INTEGRATION_TYPES,
    PASSTHROUGH_BEHAVIORS,
    IntegrationConfig,
    IntegrationResponseConfig,
)
from wsgi_gateway.config.method import HTTP_METHODS
from wsgi_gateway.config.shapes import own_place
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import Place, Problem

TIMEOUT_LIMITS = (50, 29_000)
RAISED_TIMEOUT_LIMIT = 900_000
"""Milliseconds to which AWS raises the limit on request."""

_CHOICES = {
    "passthrough_behavior": PASSTHROUGH_BEHAVIORS,
    "content_handling": frozenset({"CONVERT_TO_BINARY", "CONVERT_TO_TEXT"}),
    "connection_type": frozenset({"INTERNET", "VPC_LINK"}),
    "response_transfer_mode": frozenset({"BUFFERED", "STREAM"}),
}
_WITHOUT_METHOD = frozenset({"MOCK", "WSGI", "WSGI_PROXY"})
_LAMBDA = re.compile(
    r"path//?(2015-03-31/functions/[^/]+/invocations|2021-11-15/functions/[^/]+/response-streaming-invocations)"
)
_PROXY_SERVICES = (
    "Integrations of type 'AWS_PROXY' currently only supports "
    "Lambda function and Firehose stream invocations."
)
_FIREHOSE = re.compile(r"action/PutRecord(Batch)?")
_WSGI_URI = re.compile(r"wsgi:(?:[A-Za-z_][A-Za-z0-9_.\-]*)?(/.*)?")
_VARIABLE_PORT = re.compile(r":\$\{[^{}]*\}$")
_PLACEHOLDER = re.compile(r"\$\{(?!stageVariables\.)[^{}]+\}")
_OF_STAGE = re.compile(r":\$\{stageVariables\.\w+\}$")
"""The end of an ARN whose whole target a stage variable gives, such as ``path/queue``."""
_SUBSTITUTED = re.compile(r"\$\{[^{}]*\}|\{[^{}]*\}")


def check_integration(config: IntegrationConfig, place: Place, statuses: Sequence[int]) -> Iterator[Problem]:
    """Everything wrong with an integration of a method that declares the responses ``statuses``."""
    if config.type not in INTEGRATION_TYPES:
        hint = did_you_mean(config.type, INTEGRATION_TYPES, f"one of {', '.join(sorted(INTEGRATION_TYPES))}")
        message = f"the integration type {config.type[:80]!r} is unknown"
        yield Problem("integration-type", message, place.at("type"), hint)
        return
    yield from _check_http_method(config, place)
    yield from _check_uri(config, place)
    yield from _check_timeout(config, place)
    yield from _check_connection(config, place)
    yield from check_header_targets(
        config.request_parameters, "integration.request.header.", place.at("request_parameters")
    )
    for field, allowed in _CHOICES.items():
        yield from _check_choice(getattr(config, field), allowed, place.at(field))
    if not config.is_proxy:
        yield from _check_responses(config, place, statuses)


def _check_http_method(config: IntegrationConfig, place: Place) -> Iterator[Problem]:
    at, method = place.at("http_method"), config.http_method
    if not method:
        if config.type not in _WITHOUT_METHOD:
            yield Problem("integration-http-method", "Enumeration value for HttpMethod must be non-empty", at)
    elif method not in HTTP_METHODS and method != "ANY":
        hint = did_you_mean(method, (*HTTP_METHODS, "ANY"), f"one of {', '.join(HTTP_METHODS)}, ANY")
        yield Problem("integration-http-method", f"the method {method[:80]!r} is unknown", at, hint)
    elif config.type == "AWS_PROXY" and method != "POST":
        message = "functions are invoked by POST; every call will be answered by 500"
        yield Problem("integration-http-method", message, at, "set it to POST", severity="warning")


def _check_uri(config: IntegrationConfig, place: Place) -> Iterator[Problem]:
    uri, at = config.uri or "", place.at("uri")
    if config.type in ("HTTP", "HTTP_PROXY", "AWS", "AWS_PROXY"):
        is_http = config.type.startswith("HTTP")
        problems = _check_url(uri, at) if is_http else _check_arn(uri, config.type, at)
        yield from _with_placeholders(uri, problems)
    elif config.type in ("WSGI", "WSGI_PROXY") and uri and not _WSGI_URI.fullmatch(uri):
        yield Problem(
            "integration-uri",
            "Invalid WSGI app specified for URI",
            at,
            "wsgi:NAME, wsgi:NAME/path, or wsgi:/path for the wrapped app",
        )


def _with_placeholders(uri: str, problems: Iterator[Problem]) -> Iterator[Problem]:
    """The problems, with a better hint where the URI is one of a template that nobody has rendered."""
    placeholder = _PLACEHOLDER.search(uri)
    for problem in problems:
        if placeholder is None:
            yield problem
        else:
            hint = f"{placeholder[0][:60]} is no stage variable; render the template that has a value for it"
            yield replace(problem, hint=hint)


def _check_url(uri: str, at: Place) -> Iterator[Problem]:
    message = "Invalid HTTP endpoint specified for URI"
    scheme, separator, _ = uri.partition("://")
    if scheme.lower() not in ("http", "https") or not separator or re.search(r"[\x00-\x20\x7f\\]", uri):
        yield Problem("integration-uri", message, at, "http://HOST/PATH or https://HOST/PATH")
        return
    # Stage variables may stand for all of the authority, port and all.
    parts = uri.split("/", 3)
    authority = _VARIABLE_PORT.sub("", parts[2].split("?")[0].split("#")[0])
    authority = _SUBSTITUTED.sub("x", authority)
    try:
        split = urlsplit(f"{scheme}://{authority}")
        host, port = split.hostname, split.port
    except ValueError:
        host, port = None, None
    if not host:
        yield Problem("integration-uri", message, at, "http://HOST/PATH or https://HOST/PATH")
    elif port is not None and port not in (80, 443) and port < 1024:
        text = f"AWS does not call port {port}: ports are 80, 443 and 1024 to 65535"
        yield Problem("integration-port", text, at, severity="warning")


def _check_arn(uri: str, kind: str, at: Place) -> Iterator[Problem]:
    """``arn:PARTITION:apigateway:REGION:SERVICE:path/...`` or ``...:action/...``."""
    parts = _SUBSTITUTED.sub("x", uri).split(":", 5)
    hint = "arn:aws:apigateway:REGION:SERVICE:path/... or arn:aws:apigateway:REGION:SERVICE:action/..."
    if parts[0] != "arn" or len(parts) < 6:
        yield Problem("integration-uri", "Invalid ARN specified in the request", at, hint)
        return
    service, target = parts[4], parts[5]
    is_given_by_stage = kind == "AWS" and _OF_STAGE.search(uri) is not None
    if parts[2] != "apigateway" or not (is_given_by_stage or target.startswith(("path/", "action/"))):
        yield Problem("integration-uri", "AWS ARN for integration must contain path or action", at, hint)
    elif kind == "AWS_PROXY" and service.rpartition(".")[2] not in ("lambda", "firehose"):
        yield Problem("integration-uri", _PROXY_SERVICES, at, "use type AWS")
    elif kind == "AWS_PROXY" and not (_FIREHOSE if service == "firehose" else _LAMBDA).fullmatch(target):
        text = "arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations"
        yield Problem("integration-uri", _PROXY_SERVICES, at, text)


def _check_timeout(config: IntegrationConfig, place: Place) -> Iterator[Problem]:
    at, timeout = place.at("timeout_in_millis"), config.timeout_in_millis
    least, most = TIMEOUT_LIMITS
    if not least <= timeout <= RAISED_TIMEOUT_LIMIT:
        yield Problem("integration-timeout", f"Timeout should be between {least} ms and {most} ms", at)
    elif timeout > most and config.response_transfer_mode != "STREAM":
        message = f"AWS allows more than {most} ms only with a raised quota"
        yield Problem("integration-timeout", message, at, severity="warning")


def _check_connection(config: IntegrationConfig, place: Place) -> Iterator[Problem]:
    is_http = config.type in ("HTTP", "HTTP_PROXY")
    if config.connection_type == "VPC_LINK" and not (is_http and config.connection_id):
        message = "a VPC_LINK connection needs type HTTP or HTTP_PROXY and a connection id"
        yield Problem("connection", message, place.at("connection_type"))
    elif config.connection_type == "VPC_LINK":
        message = "there are no VPC links here: uri is called over the network like any other"
        yield Problem("connection", message, place.at("connection_type"), severity="warning")
    elif config.connection_id and config.connection_type != "VPC_LINK":
        yield Problem(
            "connection", "a connection id needs connection type VPC_LINK", place.at("connection_id")
        )
    if config.insecure_skip_verification and not is_http:
        at = place.at("insecure_skip_verification")
        yield Problem("tls", "TLS settings need type HTTP or HTTP_PROXY", at)
    if config.response_transfer_mode == "STREAM" and not config.is_proxy:
        at = place.at("response_transfer_mode")
        yield Problem("response-transfer-mode", "only proxy integrations stream", at, "use BUFFERED")


def _check_choice(value: str | None, allowed: Collection[str], at: Place) -> Iterator[Problem]:
    if value is not None and value not in allowed:
        hint = did_you_mean(value, allowed, f"one of {', '.join(sorted(allowed))}")
        yield Problem("integration-field", f"the value {value[:80]!r} is unknown", at, hint)


def _check_responses(config: IntegrationConfig, place: Place, statuses: Sequence[int]) -> Iterator[Problem]:
    if not config.integration_responses:
        message = "without integration responses every call will be answered by 500"
        yield Problem("integration-responses", message, place, "add one under 'default'", severity="warning")
    seen: set[str] = set()
    for index, response in enumerate(config.integration_responses):
        at = own_place(response, place.at("integration_responses", index))
        yield from _check_response(response, at, statuses)
        pattern = response.selection_pattern or ""
        if pattern in seen:
            what = f"the pattern {pattern[:80]!r}" if pattern else "the default"
            yield Problem("selection-pattern", f"{what} has two integration responses", at)
        seen.add(pattern)


def _check_response(
    response: IntegrationResponseConfig, at: Place, statuses: Sequence[int]
) -> Iterator[Problem]:
    status = response.status_code
    yield from check_status(status, at.at("status_code"))
    if status in FINAL_STATUSES and statuses and status not in statuses:
        declared = ", ".join(str(known) for known in sorted(statuses)[:20])
        message = (
            f"Invalid Response status code specified: {status} is not among the method responses ({declared})"
        )
        hint = f"declare {status} among the responses; without that every such answer is a 500, as on AWS"
        yield Problem("status-undeclared", message, at.at("status_code"), hint, severity="warning")
    parameters = at.at("response_parameters")
    yield from check_header_targets(response.response_parameters, "method.response.header.", parameters)
    yield from check_cors(response.response_parameters, parameters)
    yield from _check_choice(
        response.content_handling, _CHOICES["content_handling"], at.at("content_handling")
    )
