"""Whose rights an AWS service is called with.

* :class:`OwnCredentials`: those of this process, found as every AWS SDK finds them: environment, profile,
  container, instance.
* :class:`RoleCredentials`: those of a role (the integration's ``credentials``), assumed through STS with the
  process's own and renewed in time, by one thread while the others go on with what they have.
* :class:`CallerCredentials`: the caller's own key (``arn:aws:iam::*:user/*``), which signed the request to a
  method with AWS_IAM and whose secret is known because that signature was verified with it.

Each is called with the request's Context and returns keys, or raises GatewayError: 500, as AWS answers when
it may not assume the role. Nothing is ever called with other rights than these. What has failed is not asked
again for :data:`ANEW_AFTER` seconds: looking for credentials where there are none takes its time.

Not for: whether the caller may do what is called; the service decides.

Source: https://docs.aws.amazon.com/apigateway/latest/api/API_Integration.html. Not confirmed on AWS: that a
role which cannot be assumed is 500.
"""

from __future__ import annotations

import logging
import re
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from wsgi_gateway.errors import API_CONFIGURATION_ERROR, ConfigError, GatewayError, Problem
from wsgi_gateway.integrations.aws_session import Keys, error_code, fixed_keys, renewed

if TYPE_CHECKING:
    from wsgi_gateway.authorizers.credentials import CredentialProvider
    from wsgi_gateway.context import Context
    from wsgi_gateway.typing import Clock

CALLER = re.compile(r"arn:aws[a-z-]*:iam::\*:user/\*")
"""The integration's ``credentials`` that mean the caller's own."""

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,576}", re.ASCII)

ANEW_AFTER = 5.0
"""Seconds after which credentials that could not be had are looked for again."""

logger = logging.getLogger("wsgi_gateway")

CredentialsOf = Callable[["Context"], Keys]
"""Keys for one request."""


class OwnCredentials:
    """Of this process. ``find()`` returns botocore's credentials, or None."""

    def __init__(self, find: Callable[[], Any], clock: Clock = time.monotonic) -> None:
        self._find, self._clock = find, clock
        self._found: Any = None
        self._again_at = 0.0
        self._lock = threading.Lock()

    def __call__(self, ctx: Context) -> Keys:
        """The keys. Raises GatewayError."""
        try:
            keys: Keys = self.found().get_frozen_credentials()
        except GatewayError:
            raise
        except Exception as error:
            raise refused(f"no credentials: {error_code(error)}") from None
        return keys

    def found(self) -> Any:
        """Botocore's credentials. Raises GatewayError."""
        if self._found is None:
            with self._lock:
                if self._found is None and self._clock() >= self._again_at:
                    self._found = self._find()
                    self._again_at = self._clock() + ANEW_AFTER
        if self._found is None:
            raise refused("no credentials for AWS were found")
        return self._found


class RoleCredentials:
    """Of a role. ``assume()`` returns temporary credentials, as
    :func:`~wsgi_gateway.integrations.aws_session.renewed` wants them.
    """

    def __init__(
        self, role: str, assume: Callable[[], dict[str, str]], clock: Clock = time.monotonic
    ) -> None:
        self._role, self._assume, self._clock = role, assume, clock
        self._again_at = 0.0
        self._renewed = renewed(self._fetch)

    def __call__(self, ctx: Context) -> Keys:
        """The keys. Raises GatewayError."""
        # Botocore logs a traceback for every attempt.
        if self._clock() < self._again_at and self._renewed.refresh_needed(0):
            raise refused(f"the role {self._role} could not be assumed a moment ago")
        try:
            keys: Keys = self._renewed.get_frozen_credentials()
        except Exception as error:
            raise refused(f"the role {self._role} cannot be assumed: {error_code(error)}") from None
        return keys

    def _fetch(self) -> dict[str, str]:
        # One thread at a time comes here, but those that waited for it come too.
        if self._clock() < self._again_at:
            raise _Failed("a moment ago")
        try:
            return self._assume()
        except Exception as error:
            self._again_at = self._clock() + ANEW_AFTER
            code = error_code(error)
        logger.error("the role %s cannot be assumed: %s", self._role, code)
        raise _Failed(code)


class _Failed(Exception):
    """Why a role was not assumed, in a word; botocore logs it."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.response = {"Error": {"Code": code}}


class CallerCredentials:
    """Of whoever signed the request, looked up where the signature's verifier looks.

    Raises GatewayError for a request that nobody has signed, and for a key that is not known any more.
    """

    def __init__(self, provider: CredentialProvider) -> None:
        self._provider = provider

    def __call__(self, ctx: Context) -> Keys:
        """The keys. Raises GatewayError."""
        access_key = ctx.identity.get("accessKey")
        if not access_key:
            raise refused("the caller's own credentials are asked for, and the caller has signed nothing")
        try:
            found = self._provider.find(access_key)
        except Exception as error:
            raise refused(f"looking up the caller's key raised {type(error).__name__}") from None
        if found is None:
            raise refused("the caller's key is not known any more")
        return fixed_keys(found.access_key_id, found.secret_access_key, found.session_token)


def checked_role(arn: str) -> str:
    """The ARN of a role as it is. Raises ConfigError for anything else."""
    if not _ROLE.fullmatch(arn):
        hint = "arn:aws:iam::ACCOUNT:role/NAME, or arn:aws:iam::*:user/* for the caller's own credentials"
        raise ConfigError([Problem("credentials", "Invalid ARN specified in the request", hint=hint)])
    return arn


def refused(reason: str) -> GatewayError:
    """500, with a reason for logs."""
    return GatewayError(API_CONFIGURATION_ERROR, reason=reason)
