"""What is sent to an AWS service: target, and the headers that the service's protocol wants.

A ``path/...`` URI is that path. An ``action/NAME`` is written as the service's protocol has it:

=================  =======================================================================================
JSON services      ``?Action=NAME`` (documented), and the headers ``X-Amz-Target`` and ``Content-Type``
                   (``application/x-amz-json-1.x``) unless they are mapped to something else
Query services     ``?Action=NAME&Version=...``, the parameters in the query string or a form as mapped
REST services      the operation's own path: ``s3:action/GetObject&Bucket=shelf&Key={key}`` is
                   ``s3:path/shelf/{key}``
=================  =======================================================================================

A body that is JSON is not sent to a Query service, which wants a form: it is a client's that no template has
made into one.

Services that speak JSON and Query are spoken to by Query, as AWS was seen to do with Systems Manager: a
``ssm:action`` takes its parameters from the query string and answers ``{"GetParameterResponse": ...}``. An
endpoint of one's own (a local stack) gets its X-Amz-Target besides; such ones answer plain JSON, and may
want the parameters in the body.

Path and query string go out in the one spelling that signatures are made of: everything but letters,
digits and ``-._~`` percent-encoded, slashes apart; ``%2F`` stays what it is. So whoever verifies has nothing
to guess.

Not for: signing; choosing the values, which mapping does.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html. Not confirmed on AWS: that
Version is supplied, the paths of REST actions, and whether S3 takes ``%2F`` in a signed path for itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import ConfigError, Problem
from wsgi_gateway.integrations.path_template import PathTemplate, encode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from wsgi_gateway.integrations.aws_session import Operation, Service
    from wsgi_gateway.integrations.aws_uri import AwsUri
    from wsgi_gateway.typing import HeaderList

_OLD_QUERY = frozenset({"ssm"})
"""Services that are called by Query although botocore knows JSON only (recorded)."""

_JSON_TYPE = "application/x-amz-"
_FORM_TYPE = "application/x-www-form-urlencoded"
_JSON_BEGINS = (b"{", b"[", b'"')
_VERSION = re.compile(r"(?:^|&)Version=")
_LABEL = re.compile(r"\{(\w+)\+?\}")
_PLAIN_PATH = re.compile(r"[A-Za-z0-9\-._~/]*")
_ODD_IN_PATHS = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~/]")
_ODD_IN_QUERIES = re.compile(r"%[0-9A-Fa-f]{2}|[^A-Za-z0-9\-._~]")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class ServiceRequest:
    """Makes the requests of one integration.

    ``base_path``: of the endpoint, in front of the URI's path. Raises ConfigError for actions that the
    service has not, and for paths that no PathTemplate takes.
    """

    def __init__(self, uri: AwsUri, service: Service, *, base_path: str = "") -> None:
        path, query, style = uri.path, uri.query, ""
        if uri.action:
            operation = _operation(service, uri.action)
            style = _style(service)
            if style == "rest":
                path, query = _rest(operation, uri)
            else:
                query = f"Action={uri.action}&{query}".rstrip("&")
        self._template = PathTemplate(base_path.rstrip("/") + path, query)
        wants_version = style == "query" and not _VERSION.search(query)
        self._version = f"Version={service.api_version}" if wants_version else ""
        is_elsewhere = service.url != service.aws_url
        has_target = style == "json" or (style == "query" and is_elsewhere and service.name in _OLD_QUERY)
        self._style = "" if style == "rest" else style
        self._amz_target = f"{service.target_prefix}.{uri.action}" if has_target else ""
        self._json_type = f"application/x-amz-json-{service.json_version or '1.0'}"

    def target(self, values: Mapping[str, str], mapped_query: str) -> str:
        """Path and query string: the URI's own parameters, then the mapped ones. ``values``: of placeholders.

        Raises GatewayError 400 for values that would leave their place.
        """
        path = canonical_path(self._template.path(values))
        own = self._template.query(values)
        version = "" if mapped_query and _VERSION.search(mapped_query) else self._version
        query = "&".join(part for part in (own, version, mapped_query) if part)
        return f"{path}?{canonical_query(query)}" if query else path

    def complete(self, headers: HeaderList, body: bytes) -> bytes:
        """Add to ``headers`` what the protocol wants and no mapping has set; the body that goes with them."""
        if not self._style:
            return body
        names = {name.lower(): index for index, (name, _) in enumerate(headers)}
        at = names.get("content-type")
        is_mapped = at is not None and headers[at][1].startswith((_JSON_TYPE, _FORM_TYPE))
        if self._amz_target:
            if "x-amz-target" not in names:
                headers.append(("X-Amz-Target", self._amz_target))
            if not is_mapped:
                _set(headers, at, self._json_type)
        elif not is_mapped and "x-amz-target" not in names and (body or at is not None):
            _set(headers, at, _FORM_TYPE)
            return b"" if body.lstrip()[:1] in _JSON_BEGINS else body
        return body


def _set(headers: HeaderList, at: int | None, content_type: str) -> None:
    if at is None:
        headers.append(("Content-Type", content_type))
    else:
        headers[at] = ("Content-Type", content_type)


def _operation(service: Service, action: str) -> Operation:
    operation = service.operation(action)
    if operation is None:
        hint = "actions are spelled as in the service's API; one that is new may need a newer botocore"
        raise ConfigError([Problem("integration-uri", f"{service.name} has no action {action!r}", hint=hint)])
    return operation


def _style(service: Service) -> str:
    """How the service takes an action. Raises ConfigError for services that take none."""
    if service.protocols & {"query", "ec2"} or service.name in _OLD_QUERY:
        return "query"
    if "json" in service.protocols and service.target_prefix:
        return "json"
    if service.protocols & {"rest-json", "rest-xml"}:
        return "rest"
    message = f"{service.name} takes no action in a way that is served"
    raise ConfigError([Problem("integration-uri", message, hint="write path/... as in the service's API")])


def _rest(operation: Operation, uri: AwsUri) -> tuple[str, str]:
    """Path and query string of an operation; a label without a parameter stays a placeholder."""
    labels: dict[str, str] = {}
    path, _, query = operation.uri.partition("?")
    for pair in filter(None, uri.query.split("&")):
        name, _, value = pair.partition("=")
        location, wire = operation.parameters.get(name, ("", ""))
        if location == "uri":
            labels[wire] = value
        elif location == "querystring":
            query = f"{query}&{wire}={value}".lstrip("&")
        else:
            hint = did_you_mean(name, operation.parameters, "others go into headers and body by mapping")
            message = f"{uri.action} has no parameter {name!r} in its path or query string"
            raise ConfigError([Problem("integration-uri", message, hint=hint)])
    return _LABEL.sub(lambda match: labels.get(match[1], f"{{{match[1]}}}"), path), query


# ------------------------------------------------------------ the one spelling


def canonical_path(path: str) -> str:
    """An encoded path in the spelling of signatures."""
    return path if _PLAIN_PATH.fullmatch(path) else _ODD_IN_PATHS.sub(_spelled, path)


def canonical_query(query: str) -> str:
    """A query string in the spelling of signatures; ``+`` is a blank. Raises GatewayError 400 for control
    characters.
    """
    pairs = (pair.partition("=") for pair in encode(query).split("&") if pair)
    return "&".join(
        f"{_ODD_IN_QUERIES.sub(_spelled_in_query, name)}{equals}"
        f"{_ODD_IN_QUERIES.sub(_spelled_in_query, value)}"
        for name, equals, value in pairs
    )


def _spelled(match: re.Match[str]) -> str:
    text = match[0]
    if len(text) == 1:
        return f"%{ord(text):02X}"
    character = chr(int(text[1:], 16))
    return character if character in _UNRESERVED else text.upper()


def _spelled_in_query(match: re.Match[str]) -> str:
    return "%20" if match[0] == "+" else _spelled(match)
