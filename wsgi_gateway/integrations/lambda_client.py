"""The door to boto3 for functions: the client that invokes them, and what its errors mean.

Why: :mod:`wsgi_gateway.integrations.lambda_service` says what is asked of Lambda; how boto3 is set up for it,
and how it says no, is here. boto3 is imported with the first call.

Not for: AWS's other services.

Source: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
"""

from __future__ import annotations

import re
from typing import Any

from wsgi_gateway.functions import FunctionForbidden, FunctionTimedOut, FunctionUnreachable

CONNECT_SECONDS = 3.0
"""How long connecting may take at most."""

CONNECTIONS = 64
"""How many connections a client keeps."""

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9.]{0,63}")
_MAY_NOT = re.compile(
    r"(AccessDenied|UnrecognizedClient|InvalidSignature|ExpiredToken|MissingAuthenticationToken)\w*"
)


def made_client(endpoint_url: str | None, region: str, timeout: float) -> Any:
    """A boto3 client for Lambda that tries once. ``timeout``: seconds until an answer has to begin."""
    from boto3.session import Session
    from botocore.config import Config

    config = Config(
        connect_timeout=min(timeout, CONNECT_SECONDS),
        read_timeout=timeout,
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=CONNECTIONS,
        proxies={},
    )
    # A session of its own, for boto3's default one is not safe for threads.
    return Session().client("lambda", region_name=region, endpoint_url=endpoint_url, config=config)


def lacks_credentials(error: Exception) -> bool:
    """Whether boto3 found nothing to sign with."""
    from botocore.exceptions import NoCredentialsError

    return isinstance(error, NoCredentialsError)


def no_answer_of(error: Exception, name: str, timeout: float) -> FunctionUnreachable:
    """What an error of boto3's means for the function ``name``, in words of ours.

    A FunctionTimedOut, a FunctionForbidden (we may not, or cannot prove who we are), else a
    FunctionUnreachable.
    """
    from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError
    from urllib3.exceptions import TimeoutError as BodyTimeout

    if isinstance(error, ConnectTimeoutError):
        return FunctionTimedOut(f"{name}: no connection in time")
    if isinstance(error, (ReadTimeoutError, BodyTimeout)):
        return FunctionTimedOut(f"{name}: no answer in {timeout} s")
    if isinstance(error, ClientError):
        code = _code(error.response)
        kind = FunctionForbidden if _MAY_NOT.fullmatch(code) else FunctionUnreachable
        return kind(f"{name}: the service refused with {code}")
    return FunctionUnreachable(f"{name}: {type(error).__name__}")


def _code(response: dict[str, Any]) -> str:
    """AWS's error code, unless what is in its place is something else."""
    code = str(response.get("Error", {}).get("Code", ""))
    return code if _CODE.fullmatch(code) else "no error code"
