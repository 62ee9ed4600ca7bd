"""The door to botocore: sessions, what it knows of a service, signatures, credentials.

::

    session = new_session()
    service = known_service(session, "sqs", "eu-west-1", endpoint_url=None)
    added = sign(service, keys, "POST", "https://sqs.eu-west-1.amazonaws.com/", headers, body)

Everything is botocore's own: where a service is (also ``AWS_ENDPOINT_URL``, ``AWS_ENDPOINT_URL_S3``, the
``services`` sections of AWS's config file, FIPS and dual-stack endpoints), what it is signed for, where
credentials come from. Importing this module imports none of it. At level DEBUG botocore's own loggers write
what is signed, session tokens included: leave them above that in production.

Not for: calling a service; what is sent goes through :mod:`wsgi_gateway.integrations.http_session`.

Source: https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from wsgi_gateway.typing import HeaderList

STS_SECONDS = 5.0
"""How long the service that hands out roles may take to connect, and once more to answer."""

_SIGNED_LIKE_S3 = frozenset({"s3", "s3v4"})


class Keys(Protocol):
    """Credentials at one moment."""

    access_key: str
    secret_key: str
    token: str | None


class Operation(NamedTuple):
    """One action: its ``verb`` and ``uri`` in a REST API, the prefix that it wants before the host, and where
    its parameters belong: name to ``(location, name there)``.
    """

    verb: str
    uri: str
    host_prefix: str
    parameters: dict[str, tuple[str, str]]


class Service(NamedTuple):
    """One service in one Region. ``url`` is called; ``aws_url`` is where it is at AWS, whatever is
    configured.
    """

    name: str
    url: str
    aws_url: str
    signing_name: str
    signing_region: str
    signature: str
    """The kind of signature: ``v4``, or as S3 makes it ``s3v4``, or one that is none of these."""
    protocols: frozenset[str]
    target_prefix: str
    json_version: str
    api_version: str
    operation: Callable[[str], Operation | None]


def new_session() -> Any:
    """A session with botocore's defaults."""
    from botocore.session import Session

    return Session()


def botocore_session(given: Any) -> Any:
    """The session in a boto3 session; a botocore session as it is."""
    return getattr(given, "_session", given)


def available(session: Any) -> frozenset[str]:
    """Botocore's names of all services."""
    return frozenset(session.get_available_services())


def known_service(session: Any, name: str, region: str, endpoint_url: str | None) -> Service:
    """What botocore knows of a service. Raises botocore's errors for settings that make no endpoint."""
    from botocore.config import Config

    at_aws = _client(session, name, region, Config(ignore_configured_endpoint_urls=True), None)
    here = _client(session, name, region, Config(), endpoint_url)
    model = at_aws.meta.service_model
    signer = at_aws._request_signer
    metadata = model.metadata
    return Service(
        name=name,
        url=here.meta.endpoint_url,
        aws_url=at_aws.meta.endpoint_url,
        signing_name=signer.signing_name,
        signing_region=signer.region_name,
        signature=_signature(metadata, signer.signature_version),
        protocols=_protocols(metadata),
        target_prefix=metadata.get("targetPrefix", ""),
        json_version=metadata.get("jsonVersion", ""),
        api_version=metadata.get("apiVersion", ""),
        operation=lambda action: _operation(model, action),
    )


def partition_of_region(session: Any, region: str) -> str:
    """``aws``, ``aws-cn``, ...; empty for a Region that botocore has never heard of."""
    from botocore.exceptions import UnknownRegionError

    try:
        return str(session.get_partition_for_region(region))
    except UnknownRegionError:
        return ""


def _client(session: Any, name: str, region: str, config: Any, endpoint_url: str | None) -> Any:
    # Keys of its own keep botocore from looking for some, which may take seconds and is not asked here.
    return session.create_client(
        name,
        region_name=region,
        endpoint_url=endpoint_url,
        config=config,
        aws_access_key_id="unused",
        aws_secret_access_key="unused",
    )


def _protocols(metadata: Any) -> frozenset[str]:
    named = metadata.get("protocols") or [metadata.get("protocol", "")]
    # Services that went from Query to another protocol still take it.
    return frozenset([*named, "query"] if "awsQueryCompatible" in metadata else named)


def _signature(metadata: Any, version: str) -> str:
    if version in _SIGNED_LIKE_S3:
        return "s3v4"
    auth = metadata.get("auth")
    return "v4" if version == "v4" and (not auth or "aws.auth#sigv4" in auth) else str(version or "none")


def _operation(model: Any, action: str) -> Operation | None:
    if action not in model.operation_names:
        return None
    operation = model.operation_model(action)
    members = operation.input_shape.members if operation.input_shape is not None else {}
    parameters = {
        name: (shape.serialization["location"], shape.serialization.get("name", name))
        for name, shape in members.items()
        if "location" in shape.serialization
    }
    prefix = (operation.endpoint or {}).get("hostPrefix", "")
    return Operation(operation.http["method"], operation.http["requestUri"], prefix, parameters)


# ------------------------------------------------------------ signatures


def sign(service: Service, keys: Keys, method: str, url: str, headers: HeaderList, body: bytes) -> HeaderList:
    """The headers that make a request a signed one, to be added to ``headers``, which must have Host.

    Signed are all of them (but User-Agent and X-Amzn-Trace-Id) as UTF-8, the URL as it stands and the body's
    hash.
    """
    from botocore.auth import S3SigV4Auth, SigV4Auth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest(method=method, url=url, headers=dict(headers), data=body)
    make = S3SigV4Auth if service.signature == "s3v4" else SigV4Auth
    make(keys, service.signing_name, service.signing_region).add_auth(request)
    return [(name, request.headers[name]) for name in _ADDED if name in request.headers]


_ADDED = ("X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-SHA256", "Authorization")


# ------------------------------------------------------------ credentials


def fixed_keys(access_key: str, secret_key: str, token: str | None) -> Keys:
    """Credentials that are known."""
    from botocore.credentials import ReadOnlyCredentials

    keys: Keys = ReadOnlyCredentials(access_key, secret_key, token)
    return keys


def renews_itself(credentials: Any) -> bool:
    """Whether credentials of botocore's expire and then ask for others."""
    return hasattr(credentials, "refresh_needed")


def is_due(credentials: Any) -> bool:
    """Whether they would renew themselves when asked now, which may take seconds."""
    return renews_itself(credentials) and bool(credentials.refresh_needed())


def held_keys(credentials: Any) -> Keys | None:
    """What those that renew themselves hold, without renewing them; None if it has expired."""
    keys: Keys | None = None if credentials.refresh_needed(0) else credentials._frozen_credentials
    return keys


def sts_client(session: Any, region: str, endpoint_url: str | None) -> Any:
    """A client of the service that hands out roles, which tries once. Not for threads at once."""
    from botocore.config import Config

    config = Config(
        connect_timeout=STS_SECONDS,
        read_timeout=STS_SECONDS,
        retries={"total_max_attempts": 1, "mode": "standard"},
    )
    return session.create_client("sts", region_name=region, endpoint_url=endpoint_url, config=config)


def assume_role(client: Any, role: str, name: str) -> dict[str, str]:
    """Temporary credentials of a role: ``access_key``, ``secret_key``, ``token``, and ``expiry_time`` in ISO
    8601. Raises botocore's errors.
    """
    try:
        got = client.assume_role(RoleArn=role, RoleSessionName=name)["Credentials"]
    finally:
        client.close()
    return {
        "access_key": got["AccessKeyId"],
        "secret_key": got["SecretAccessKey"],
        "token": got["SessionToken"],
        "expiry_time": got["Expiration"].isoformat(),
    }


def error_code(error: Exception) -> str:
    """What to say of an error in a log: AWS's code, or the exception's name. Never its text."""
    response = getattr(error, "response", None)
    code = response.get("Error", {}).get("Code") if isinstance(response, dict) else None
    is_code = isinstance(code, str) and code.replace(".", "").isalnum() and len(code) < 64
    return str(code) if is_code else type(error).__name__
