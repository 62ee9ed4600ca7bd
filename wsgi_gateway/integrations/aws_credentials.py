"""Whose rights an AWS service is called with.

* :class:`OwnCredentials`: those of this process, found as every AWS SDK finds them: environment, profile,
  container, instance.
* :class:`RoleCredentials`: those of a role (the integration's ``credentials``), assumed through STS with the
  process's own and renewed in time. While they are valid they are used, whatever becomes of the renewal.
* :class:`CallerCredentials`: the caller's own key (``arn:aws:iam::*:user/*``), which signed the request to a
  method with AWS_IAM and whose secret is known because that signature was verified with it.

Each is called with the request's Context and its deadline, and returns keys, or raises GatewayError: 500, as
AWS answers when it may not assume the role. Nothing is ever called with other rights than these. What has to
be asked for is asked for by one thread of its own (:mod:`wsgi_gateway.integrations.aws_renewal`); a request
that cannot do without waits until its deadline at the most.

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
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from wsgi_gateway.errors import API_CONFIGURATION_ERROR, ConfigError, GatewayError, Problem
from wsgi_gateway.integrations.aws_renewal import ANEW_AFTER, Renewal
from wsgi_gateway.integrations.aws_session import (
    Keys,
    error_code,
    fixed_keys,
    held_keys,
    is_due,
    renews_itself,
)

if TYPE_CHECKING:
    from wsgi_gateway.authorizers.credentials import CredentialProvider
    from wsgi_gateway.context import Context
    from wsgi_gateway.integrations.http_deadline import Deadline
    from wsgi_gateway.typing import Clock

CALLER = re.compile(r"arn:aws[a-z-]*:iam::\*:user/\*")
"""The integration's ``credentials`` that mean the caller's own."""

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,576}", re.ASCII)

RENEWED_BEFORE = 900.0
"""Seconds before they expire from which credentials are renewed; half their life for short-lived ones."""

logger = logging.getLogger("wsgi_gateway")

CredentialsOf = Callable[["Context", "Deadline"], Keys]
"""Keys for one request, before its deadline."""


class OwnCredentials:
    """Of this process. ``find()`` returns botocore's credentials, or None."""

    def __init__(self, find: Callable[[], Any], clock: Clock = time.monotonic) -> None:
        self._find, self._clock = find, clock
        self._found: Any = None
        self._again_at = 0.0
        self._lock = threading.Lock()
        self._renewal = Renewal(self._renew, clock=clock)

    def __call__(self, ctx: Context, deadline: Deadline) -> Keys:
        """The keys. Raises GatewayError, DeadlineExceeded."""
        if self._found is None or is_due(self._found):
            return self._after_renewal(deadline)
        return _frozen(self._found)

    def found(self) -> Any:
        """Botocore's credentials; looking for them may take seconds. Raises GatewayError."""
        if self._found is None:
            with self._lock:
                if self._found is None and self._clock() >= self._again_at:
                    self._found = self._find()
                    self._again_at = self._clock() + ANEW_AFTER
        if self._found is None:
            raise refused("no credentials for AWS were found")
        return self._found

    def _after_renewal(self, deadline: Deadline) -> Keys:
        keys = self._valid()
        if keys is not None:
            self._renewal.begin()
            return keys
        self._renewal.wait(deadline)
        keys = self._valid()
        if keys is None:
            raise refused(self._renewal.failure)
        return keys

    def _valid(self) -> Keys | None:
        found = self._found
        return None if found is None else _frozen(found) if not renews_itself(found) else held_keys(found)

    def _renew(self) -> None:
        is_new = self._found is None
        found = self.found()
        if is_new and self._valid() is not None:
            return
        _frozen(found)
        # Botocore keeps to itself what failed while there is time left.
        if is_due(found) and self._valid() is None:
            raise refused("no credentials: they have expired")


def _frozen(found: Any) -> Keys:
    try:
        keys: Keys = found.get_frozen_credentials()
    except Exception as error:
        raise refused(f"no credentials: {error_code(error)}") from None
    return keys


class RoleCredentials:
    """Of a role. ``assume()`` returns temporary credentials, as
    :func:`~wsgi_gateway.integrations.aws_session.assume_role` does. ``now`` is the time of day, in which AWS
    says when they expire.
    """

    def __init__(
        self,
        role: str,
        assume: Callable[[], dict[str, str]],
        clock: Clock = time.monotonic,
        now: Clock = time.time,
    ) -> None:
        self._role, self._assume, self._now = role, assume, now
        self._lease: _Lease | None = None
        self._renewal = Renewal(self._renew, self._tell, clock)

    def __call__(self, ctx: Context, deadline: Deadline) -> Keys:
        """The keys. Raises GatewayError, DeadlineExceeded."""
        lease = self._valid()
        if lease is not None:
            if self._now() >= lease.renewed_from:
                self._renewal.begin()
            return lease.keys
        has_ended = self._renewal.wait(deadline)
        lease = self._valid()
        if lease is None and has_ended:
            raise refused(f"the role {self._role} cannot be assumed: {self._renewal.failure}")
        if lease is None:
            raise refused(f"the role {self._role} could not be assumed a moment ago")
        return lease.keys

    def _valid(self) -> _Lease | None:
        lease = self._lease
        return None if lease is None or self._now() >= lease.expires else lease

    def _renew(self) -> None:
        got = self._assume()
        keys = fixed_keys(got["access_key"], got["secret_key"], got["token"])
        now, expires = self._now(), datetime.fromisoformat(got["expiry_time"]).timestamp()
        self._lease = _Lease(keys, expires, expires - min(RENEWED_BEFORE, (expires - now) / 2))

    def _tell(self, failure: str) -> None:
        if self._valid() is None:
            logger.error("the role %s cannot be assumed: %s", self._role, failure)
        else:
            logger.warning("the role %s cannot be renewed yet, its keys serve on: %s", self._role, failure)


class _Lease(NamedTuple):
    """Keys for a while; times of day in seconds."""

    keys: Keys
    expires: float
    renewed_from: float


class CallerCredentials:
    """Of whoever signed the request, looked up where the signature's verifier looks.

    Raises GatewayError for a request that nobody has signed, and for a key that is not known any more.
    """

    def __init__(self, provider: CredentialProvider) -> None:
        self._provider = provider

    def __call__(self, ctx: Context, deadline: Deadline) -> Keys:
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
