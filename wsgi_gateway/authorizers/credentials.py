"""Credentials: whose access key it is, and where access keys are looked up.

Verifying a signature takes the same secret that made it. Four ways to say where secrets are::

    alice = PrincipalRecord(arn="arn:aws:iam::123456789012:user/alice")
    credential = Credential("AKIDEXAMPLE", "secret", principal=alice)

    {"AKIDEXAMPLE": credential}         # a mapping, or anything iterable of credentials
    lambda access_key_id: credential    # a function; None for an unknown key. Asked once a minute per key
    "credentials.yaml"                  # a file, see wsgi_gateway.authorizers.credentials_file
    MyVault()                           # anything with find(access_key_id)

:func:`provider_of` turns each of them into a :class:`CredentialProvider`.

Not for: keeping secrets; the file, or the vault behind the function, is to be protected by its owner. Not
for: asking AWS, which tells nobody a secret.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

from __future__ import annotations

import os
import re
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import isfinite
from types import MappingProxyType
from typing import Any, Protocol, runtime_checkable

from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.errors import AUTHORIZER_FAILURE, ConfigError, GatewayError
from wsgi_gateway.typing import Clock

_KEY_ID = re.compile(r"[A-Za-z0-9_]{1,128}")


@dataclass(frozen=True, eq=False)
class Credential:
    """One access key. ``expires``: seconds since the epoch, or None. Neither repr nor errors show a secret.

    ``identity``: what ``$context.identity`` gets, by AWS's names; it is made here.
    Raises ConfigError for parts of a wrong kind.
    """

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None
    expires: float | None = None
    principal: PrincipalRecord = field(kw_only=True)
    identity: Mapping[str, str | None] = field(init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.access_key_id, str) or not _KEY_ID.fullmatch(self.access_key_id):
            raise ConfigError("an access_key_id is 1 to 128 letters, digits and underscores")
        shown = masked(self.access_key_id)
        if not _is_token(self.secret_access_key):
            raise ConfigError(f"credential {shown}: secret_access_key is not text of printable ASCII")
        if self.session_token is not None and not _is_token(self.session_token):
            raise ConfigError(f"credential {shown}: session_token is not text of printable ASCII")
        if self.expires is not None and not _is_time(self.expires):
            raise ConfigError(f"credential {shown}: expires is not in seconds since the epoch")
        if not isinstance(self.principal, PrincipalRecord):
            raise ConfigError(f"credential {shown}: principal is not a PrincipalRecord")
        object.__setattr__(self, "identity", _identity(self.access_key_id, self.principal))

    def __repr__(self) -> str:
        return f"<Credential {masked(self.access_key_id)} of {self.principal.arn}>"


def _identity(access_key_id: str, principal: PrincipalRecord) -> Mapping[str, str | None]:
    return MappingProxyType(
        {
            "accountId": principal.account,
            "caller": principal.user_id,
            "user": principal.user_id,
            "userArn": principal.arn,
            "accessKey": access_key_id,
            "principalOrgId": principal.org_id,
            "cognitoIdentityId": principal.cognito_identity_id,
            "cognitoIdentityPoolId": principal.cognito_identity_pool_id,
            "cognitoAuthenticationType": principal.cognito_authentication_type,
            "cognitoAuthenticationProvider": principal.cognito_authentication_provider,
        }
    )


def _is_token(value: Any) -> bool:
    return isinstance(value, str) and value != "" and value.isascii() and value.isprintable()


def masked(access_key_id: str) -> str:
    """Enough of an access key's id to recognise it by."""
    return f"{access_key_id[:4]}...{access_key_id[-4:]}" if len(access_key_id) > 11 else "(short id)"


def _is_time(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


@runtime_checkable
class CredentialProvider(Protocol):
    """Where credentials are looked up."""

    def find(self, access_key_id: str) -> Credential | None:
        """The credential with this id, or None."""
        ...


Lookup = Callable[[str], Credential | None]


class KnownCredentials:
    """Credentials that are all known from the start: a mapping by id, or any iterable of them.

    Raises ConfigError for a credential that lies under another's id, and for two of one id.
    """

    def __init__(self, credentials: Mapping[str, Credential] | Iterable[Credential]) -> None:
        pairs = (
            credentials.items()
            if isinstance(credentials, Mapping)
            else [(getattr(one, "access_key_id", None), one) for one in credentials]
        )
        self._credentials: dict[str, Credential] = {}
        for key, credential in pairs:
            if not isinstance(credential, Credential) or key != credential.access_key_id:
                raise ConfigError("credentials must be Credential objects under their own access_key_id")
            if key in self._credentials:
                raise ConfigError(f"there are two credentials of the id {masked(key)}")
            self._credentials[key] = credential

    def find(self, access_key_id: str) -> Credential | None:
        """The credential with this id, or None."""
        return self._credentials.get(access_key_id)

    def __repr__(self) -> str:
        return f"<KnownCredentials {len(self._credentials)}>"


class AskedCredentials:
    """Credentials that a function knows; what it said is kept for ``ttl`` seconds, None too.

    Known and unknown ids are kept apart, ``max_entries`` of each, so that guessing ids drives out no real
    one. The function never sees an id that cannot be one. If it raises, the request is answered 500
    AUTHORIZER_FAILURE and nothing is kept. Raises ConfigError for options that cannot work.
    """

    def __init__(
        self, ask: Lookup, *, ttl: float = 60.0, max_entries: int = 10_000, clock: Clock = time.monotonic
    ) -> None:
        if not callable(ask):
            raise ConfigError(f"credentials are asked of a function, not of {type(ask).__name__}")
        if not _is_time(ttl) or ttl < 0 or max_entries < 1:
            raise ConfigError("ttl must be zero or more, max_entries one or more")
        self._ask, self._ttl, self._limit, self._clock = ask, ttl, max_entries, clock
        self._known: OrderedDict[str, tuple[float, Credential]] = OrderedDict()
        self._unknown: OrderedDict[str, tuple[float, None]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, access_key_id: str) -> Credential | None:
        """The credential with this id, or None. Raises GatewayError if the function fails."""
        if not _KEY_ID.fullmatch(access_key_id):
            return None
        entry = self._known.get(access_key_id) or self._unknown.get(access_key_id)
        if entry is not None and self._clock() < entry[0]:
            return entry[1]
        credential = self._asked(access_key_id)
        if self._ttl:
            with self._lock:
                self._keep(access_key_id, credential, self._clock() + self._ttl)
        return credential

    def _asked(self, access_key_id: str) -> Credential | None:
        try:
            credential = self._ask(access_key_id)
        except Exception as error:
            # Neither its text nor its cause: both may hold a secret.
            reason = f"looking up a credential raised {type(error).__name__}"
            raise GatewayError(AUTHORIZER_FAILURE, reason=reason) from None
        if credential is not None and not (
            isinstance(credential, Credential) and credential.access_key_id == access_key_id
        ):
            reason = "looking up a credential gave something else than the credential of that id"
            raise GatewayError(AUTHORIZER_FAILURE, reason=reason)
        return credential

    def _keep(self, key: str, credential: Credential | None, until: float) -> None:
        self._known.pop(key, None)
        self._unknown.pop(key, None)
        if credential is None:
            self._unknown[key] = (until, None)
        else:
            self._known[key] = (until, credential)
        for kept in (self._known, self._unknown):
            if len(kept) > self._limit:
                kept.popitem(last=False)

    def __repr__(self) -> str:
        return f"<AskedCredentials {len(self._known)} known, {len(self._unknown)} unknown>"


def provider_of(credentials: Any) -> CredentialProvider:
    """A provider from any of the forms that the module describes. Raises ConfigError for anything else."""
    if isinstance(credentials, (str, os.PathLike)):  # asked first, because text has a find() of its own
        from wsgi_gateway.authorizers.credentials_file import CredentialFile

        return CredentialFile(credentials)
    if isinstance(credentials, CredentialProvider) and not isinstance(credentials, (type, bytes, bytearray)):
        return credentials
    if callable(credentials):
        return AskedCredentials(credentials)
    if isinstance(credentials, Iterable):
        return KnownCredentials(credentials)
    raise ConfigError(f"credentials cannot be looked up in {type(credentials).__name__}")
