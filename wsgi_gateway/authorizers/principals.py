"""Principals: who calls, and the Principal and NotPrincipal elements of resource policies.

A caller that signed the request is a :class:`Principal`; everyone else is None, the anonymous caller, whom
only ``"*"`` (or ``{"AWS": "*"}``, which is the same) means::

    >>> alice = Principal("arn:aws:iam::123456789012:user/alice")
    >>> is_meant = compile_principal({"AWS": "123456789012"}, negated=False, denies=False, place="here")
    >>> is_meant(alice), is_meant(None)
    (True, False)

An account, as its number or its root's ARN, means all its callers; a role's ARN all its sessions. So a
policy that names an AWS principal refuses every method that is not AWS_IAM, as on AWS.

NotPrincipal means everyone else, anonymous callers too. Which of a caller's names must be listed AWS leaves
open; here a Deny spares a caller only if the account and, of a session, the role and the session are all
listed, as AWS recommends to list them, and an Allow leaves out a caller of whom any name is.

Refused: wildcards within a name, which AWS does not match either, groups, and unique ids (``AIDA...``) that
stand in a policy for principals since deleted.

Not for: who the caller is; the stage that verifies signatures says so.

Source:
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html,
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from wsgi_gateway.authorizers.decisions import PolicyError

IsMeant = Callable[["Principal | None"], bool]

_ARN = re.compile(
    r"arn:aws[a-z-]*:(?:iam::([0-9]{12}):(root|(?:user|role)/[^*?\s]+)"
    r"|sts::([0-9]{12}):((?:assumed-role/[^*?/\s]+|federated-user)/[^*?/\s]+))"
)
_ACCOUNT = re.compile(r"[0-9]{12}")
_OTHER = re.compile(r"[^*?\s]+")
_KINDS = ("AWS", "Service", "Federated", "CanonicalUser")


class Principal:
    """Who signed a request.

    ``arn``: of the user, the root, the session of a role (``arn:aws:sts::...:assumed-role/name/session``)
    or a federated user; None for the others. ``role_arn``: of a session's role, needed only if the role has a
    path, which the session's ARN does not tell. ``service``, ``federated``, ``canonical_user``: what these
    principals are called. ``account``: twelve digits, of the ARN. Raises ValueError for any other ARN, and
    if there is no name at all.
    """

    __slots__ = ("account", "arn", "names")

    def __init__(
        self,
        arn: str | None = None,
        *,
        role_arn: str | None = None,
        service: str | None = None,
        federated: str | None = None,
        canonical_user: str | None = None,
    ) -> None:
        self.arn, self.account = arn, None
        names = set() if arn is None else {_name_of_arn(arn)}
        if arn is not None:
            self.account = arn.split(":")[4]
            names.add(("Account", self.account))
            role_arn = role_arn or _role_of_session(arn)
        if role_arn is not None:
            names.add(_name_of_arn(role_arn))
        others = {"Service": service, "Federated": federated, "CanonicalUser": canonical_user}
        names.update((kind, name) for kind, name in others.items() if name is not None)
        if not names:
            raise ValueError("a principal has a name; the anonymous caller is None")
        self.names: frozenset[tuple[str, str]] = frozenset(names)

    @property
    def is_root(self) -> bool:
        """Whether it is the root of its account."""
        return self.arn is not None and self.arn.endswith(":root")

    def __repr__(self) -> str:
        return f"<Principal {self.arn or sorted(self.names)}>"


def _name_of_arn(arn: str) -> tuple[str, str]:
    found = _ARN.fullmatch(arn)
    if found is None:
        raise ValueError("not the ARN of an account, a user, a role, or a session")
    return ("Account", found[1]) if found[2] == "root" else ("AWS", arn)


def _role_of_session(arn: str) -> str | None:
    head, _, session = arn.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{session.partition('/')[0]}" if session else None


def split_accounts(statement: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], bool]]:
    """A statement that allows, as one for whom it names and one for whole accounts, to which it leaves it;
    with each whether it is the latter. Any other statement stays as it is.
    """
    element = statement.get("Principal")
    named = element.get("AWS") if isinstance(element, Mapping) else None
    names = named if isinstance(named, (list, tuple)) else [named]
    accounts = [name for name in names if isinstance(name, str) and _is_account(name)]
    if statement.get("Effect") != "Allow" or not accounts or not isinstance(element, Mapping):
        return [(statement, False)]
    others = {kind: value for kind, value in element.items() if kind != "AWS"}
    rest = [name for name in names if name not in accounts]
    if rest:
        others["AWS"] = rest
    parts: list[tuple[Mapping[str, Any], bool]] = [({**statement, "Principal": {"AWS": accounts}}, True)]
    return [({**statement, "Principal": others}, False), *parts] if others else parts


def _is_account(name: str) -> bool:
    found = _ARN.fullmatch(name)
    return bool(_ACCOUNT.fullmatch(name)) or (found is not None and found[2] == "root")


def compile_principal(element: Any, *, negated: bool, denies: bool, place: str) -> IsMeant | None:
    """Whether a caller is meant by the element's value; None if everyone is.

    ``negated``: it is NotPrincipal's. ``denies``: the statement's effect is Deny. Raises PolicyError.
    """
    names = _everyone_or_names(element, f"{place}: {'Not' if negated else ''}Principal")
    if names is None:
        return (lambda caller: False) if negated else None
    if not negated:
        return lambda caller: caller is not None and not caller.names.isdisjoint(names)
    if denies:
        return lambda caller: caller is None or not caller.names <= names
    return lambda caller: caller is None or caller.names.isdisjoint(names)


def _everyone_or_names(element: Any, where: str) -> frozenset[tuple[str, str]] | None:
    if element == "*":
        return None
    if not isinstance(element, Mapping) or not element:
        raise PolicyError(f"{where} is neither * nor an object with members")
    names: set[tuple[str, str] | None] = set()
    for kind, values in element.items():
        if kind not in _KINDS:
            raise PolicyError(f"{where}: {str(kind)[:40]!r} is no kind of principal")
        values = values if isinstance(values, (list, tuple)) else [values]
        if not values:
            raise PolicyError(f"{where}: {kind} names nobody")
        names.update(_name(kind, value, f"{where}: {kind}") for value in values)
    return None if None in names else frozenset(name for name in names if name is not None)


def _name(kind: str, value: Any, where: str) -> tuple[str, str] | None:
    """The name to be compared; None for everyone."""
    if not isinstance(value, str):
        raise PolicyError(f"{where} holds something that is no text")
    if kind != "AWS":
        if not _OTHER.fullmatch(value):
            raise PolicyError(f"{where} holds something that is no name; wildcards are not matched")
        return kind, value
    if value == "*":
        return None
    if _ACCOUNT.fullmatch(value):
        return "Account", value
    try:
        return _name_of_arn(value)
    except ValueError as error:
        raise PolicyError(f"{where} holds what is {error}; wildcards are not matched") from error
