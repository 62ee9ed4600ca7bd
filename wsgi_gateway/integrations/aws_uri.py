"""The URI of an AWS service integration, taken apart.

::

    >>> from wsgi_gateway.integrations.aws_uri import parse_aws_uri
    >>> uri = parse_aws_uri("arn:aws:apigateway:eu-west-1:s3:path/shelf/{key}?versionId={version}")
    >>> uri.region, uri.service, uri.path, uri.query
    ('eu-west-1', 's3', '/shelf/{key}', 'versionId={version}')
    >>> parse_aws_uri("arn:aws:apigateway:eu-west-1:sns:action/Publish&Subject=tea").action
    'Publish'

``path/...`` is the path of a service's REST API, ``action/NAME`` one of its actions, with parameters after
``&``. In front of the service's name may stand a subdomain: ``shelf.s3``.

Not for: functions, see :mod:`wsgi_gateway.integrations.lambda_uri`; looking the service up; stage variables,
which have been put in already. A placeholder in the Region, the service, the subdomain or the action's name
is refused: a request must not choose whom it is sent to.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_PutIntegration.html; the messages are those
recorded from it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from wsgi_gateway.errors import ConfigError, Problem

_REGION = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SERVICE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?")
_PARTITION = re.compile(r"aws(?:-[a-z]+)*")
_ACTION = re.compile(r"[A-Za-z0-9_]+")
_HINT = "arn:aws:apigateway:REGION:SERVICE:path/... or arn:aws:apigateway:REGION:SERVICE:action/..."


class AwsUri(NamedTuple):
    """The parts. ``service`` has its subdomain in front; ``path`` begins with a slash; ``action`` is empty
    for a path, and ``path`` is ``/`` for an action; ``query`` is as written.
    """

    partition: str
    region: str
    service: str
    path: str
    query: str
    action: str


def parse_aws_uri(uri: str) -> AwsUri:
    """Raises ConfigError for what is no such ARN, with AWS's messages."""
    parts = uri.split(":", 5)
    if len(parts) < 6 or parts[0] != "arn" or not _PARTITION.fullmatch(parts[1]):
        raise _refused("Invalid ARN specified in the request")
    _, partition, gateway, region, service, target = parts
    kind, slash, rest = target.partition("/")
    if gateway != "apigateway" or kind not in ("path", "action") or not slash:
        raise _refused("AWS ARN for integration must contain path or action")
    if not _REGION.fullmatch(region) or not _SERVICE.fullmatch(service) or ".." in service:
        raise _refused("Invalid ARN specified in the request")
    if kind == "path":
        path, _, query = rest.partition("?")
        return AwsUri(partition, region, service, "/" + path, query, "")
    action, _, query = rest.replace("?", "&", 1).partition("&")
    if not _ACTION.fullmatch(action):
        raise _refused("Invalid ARN specified in the request")
    return AwsUri(partition, region, service, "/", query, action)


def _refused(message: str) -> ConfigError:
    return ConfigError([Problem("integration-uri", message, hint=_HINT)])
