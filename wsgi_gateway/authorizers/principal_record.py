"""Principal records: what is known of whom an access key belongs to.

::

    PrincipalRecord(arn="arn:aws:iam::123456789012:user/alice", tags={"team": "forty"})

It fills ``$context.identity``, and answers what policies ask about a caller.

Not for: matching the Principal element of a policy; that is what :attr:`PrincipalRecord.for_policies`, a
:class:`~wsgi_gateway.authorizers.principals.Principal`, is for.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from types import MappingProxyType
from typing import Any

from wsgi_gateway.authorizers.policy import Policy, PolicyError
from wsgi_gateway.authorizers.principals import Principal
from wsgi_gateway.errors import ConfigError

_ARN = re.compile(r"arn:[a-z-]+:(?:iam|sts)::([0-9]{12}):(root|[a-z-]+/[!-~]+)")
_ROLE = re.compile(r"arn:([a-z-]+):iam::([0-9]{12}):role/(?:[!-~]*/)?([^/*?\s]+)")
_TYPES = {"user": "User", "assumed-role": "AssumedRole", "federated-user": "FederatedUser", "root": "Account"}
_PREFIXES = {"User": "AIDA", "AssumedRole": "AROA"}
_TEXTS = (
    "role_arn",
    "user_id",
    "type",
    "org_id",
    "cognito_identity_id",
    "cognito_identity_pool_id",
    "cognito_authentication_type",
    "cognito_authentication_provider",
)


@dataclass(frozen=True, kw_only=True)
class PrincipalRecord:
    """Whom a key belongs to. Only ``arn`` is needed; the rest follows from it where it can.

    ``arn``: of a user, a role's session, a federated user or an account's root. ``account``: twelve digits.
    ``role_arn``: of a session's role, needed only if the role has a path, which the session's ARN omits.
    ``user_id``: AWS's unique id, such as ``AIDA...``; one is made up if none is given. ``type``: as
    ``aws:PrincipalType`` has it. ``tags``: text by name. ``policies``: the documents (dicts) of its
    identity-based policies. ``org_id`` and ``cognito_*``: further members of ``$context.identity``.
    ``for_policies``: the same caller as policies know it, and ``compiled``: the policies, are made here.
    Raises ConfigError for an ARN of anything else, for an account or a role that is not the ARN's, and for a
    policy that is none.
    """

    arn: str
    role_arn: str | None = None
    account: str = ""
    user_id: str = ""
    type: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[Any, ...] = ()
    org_id: str | None = None
    cognito_identity_id: str | None = None
    cognito_identity_pool_id: str | None = None
    cognito_authentication_type: str | None = None
    cognito_authentication_provider: str | None = None
    for_policies: Principal = field(init=False, repr=False, compare=False)
    compiled: tuple[Policy, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        found = _ARN.fullmatch(self.arn) if isinstance(self.arn, str) else None
        kind = _TYPES.get(found[2].partition("/")[0]) if found else None
        if found is None or kind is None:
            raise ConfigError(f"the ARN of a principal is not one of a user or role session: {self.arn!r}")
        if self.account not in ("", found[1]):
            raise ConfigError(f"the account of {self.arn} is not {self.account!r}")
        if not _is_mapping_of_text(self.tags):
            raise ConfigError(f"the tags of {self.arn} are not text by name")
        if not isinstance(self.policies, (list, tuple)) or not all(
            isinstance(document, Mapping) for document in self.policies
        ):
            raise ConfigError(f"the policies of {self.arn} are not a list of objects")
        if not all(isinstance(getattr(self, name) or "", str) for name in _TEXTS):
            raise ConfigError(f"what is said of {self.arn} is not all text")
        if self.role_arn is not None and not _is_role_of(self.role_arn, self.arn):
            raise ConfigError(f"role_arn is not the ARN of the role of {self.arn}: {self.role_arn!r}")
        settle = object.__setattr__
        try:
            settle(self, "for_policies", Principal(self.arn, role_arn=self.role_arn))
        except ValueError as error:
            raise ConfigError(f"{self.arn}: {error}") from None
        settle(self, "account", found[1])
        settle(self, "type", self.type or kind)
        settle(self, "user_id", self.user_id or _unique_id(self.arn, found[1], found[2], kind))
        settle(self, "tags", MappingProxyType(dict(self.tags)))
        settle(self, "policies", tuple(self.policies))
        settle(self, "compiled", tuple(self._compiled()))

    def _compiled(self) -> Iterator[Policy]:
        for index, document in enumerate(self.policies):
            try:
                yield Policy(document)
            except PolicyError as error:
                raise ConfigError(f"policy {index} of {self.arn}: {error}") from error

    @property
    def username(self) -> str | None:
        """``aws:username``: the name of an IAM user; None for all others."""
        return self.arn.rpartition("/")[2] if self.type == "User" else None


def _is_role_of(role_arn: Any, arn: str) -> bool:
    """Whether ``arn`` is a session of that role: the same partition, account and name, whatever the path."""
    found = _ROLE.fullmatch(role_arn) if isinstance(role_arn, str) else None
    return found is not None and arn.startswith(f"arn:{found[1]}:sts::{found[2]}:assumed-role/{found[3]}/")


def _is_mapping_of_text(tags: Any) -> bool:
    return isinstance(tags, Mapping) and all(isinstance(part, str) for pair in tags.items() for part in pair)


def _unique_id(arn: str, account: str, resource: str, kind: str) -> str:
    """An id of AWS's form, always the same for one ARN."""
    if kind == "Account":
        return account
    name, _, session = resource.partition("/")[2].rpartition("/")
    if kind == "FederatedUser":
        return f"{account}:{session}"
    unique = _PREFIXES[kind] + b32encode(sha256((name if kind != "User" else arn).encode()).digest()).decode()
    return f"{unique[:21]}:{session}" if kind == "AssumedRole" else unique[:21]
