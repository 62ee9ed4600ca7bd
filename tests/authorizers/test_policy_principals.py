"""Principals: who is meant by Principal and NotPrincipal, as tables, and what is no principal."""

from __future__ import annotations

from typing import Any

import pytest

from wsgi_gateway.authorizers.policy import INVOKE, Policy, PolicyError, Principal

ACCOUNT, ROOT = "123456789012", "arn:aws:iam::123456789012:root"
USER, OTHER_USER = "arn:aws:iam::123456789012:user/team/alice", "arn:aws:iam::123456789012:user/bob"
ROLE, SESSION = "arn:aws:iam::123456789012:role/reader", "arn:aws:sts::123456789012:assumed-role/reader/i-1"
PATH_ROLE = "arn:aws:iam::123456789012:role/a/b/reader"
FEDERATED_USER = "arn:aws:sts::123456789012:federated-user/carol"
STRANGER = "arn:aws:iam::999999999999:user/team/alice"

CALLERS = {
    "anonymous": None,
    "user": Principal(USER),
    "root": Principal(ROOT),
    "session": Principal(SESSION),
    "session of a role with a path": Principal(SESSION, role_arn=PATH_ROLE),
    "federated user": Principal(FEDERATED_USER),
    "stranger": Principal(STRANGER),
    "service": Principal(service="events.amazonaws.com"),
    "federated": Principal(federated="accounts.google.com"),
    "canonical": Principal(canonical_user="79a59df900b949e5"),
}
EVERYONE = set(CALLERS)
ACCOUNTS_OWN = {"user", "root", "session", "session of a role with a path", "federated user"}
SESSIONS = {"session", "session of a role with a path"}


def meant(effect: str, **element: Any) -> set[str]:
    """The callers to whom a statement applies."""
    statement = {"Effect": effect, "Action": INVOKE, "Resource": "*", **element}
    compiled = Policy({"Statement": statement}, resource_policy=True)
    return {name for name, who in CALLERS.items() if compiled.decide("a", principal=who).effect == effect}


PRINCIPALS: list[Any] = [
    pytest.param("*", EVERYONE, id="everyone"),
    pytest.param({"AWS": "*"}, EVERYONE, id="everyone of AWS, which is everyone"),
    pytest.param({"AWS": ["*"]}, EVERYONE, id="everyone in a list"),
    pytest.param({"AWS": [USER, "*"]}, EVERYONE, id="a user and everyone"),
    pytest.param({"AWS": ACCOUNT}, ACCOUNTS_OWN, id="an account by number"),
    pytest.param({"AWS": ROOT}, ACCOUNTS_OWN, id="an account by its root"),
    pytest.param({"AWS": ["999999999999"]}, {"stranger"}, id="another account"),
    pytest.param({"AWS": USER}, {"user"}, id="a user"),
    pytest.param({"AWS": USER.replace("alice", "Alice")}, set(), id="a user whose name differs in case"),
    pytest.param({"AWS": OTHER_USER}, set(), id="another user"),
    pytest.param({"AWS": [OTHER_USER, USER]}, {"user"}, id="two users"),
    pytest.param({"AWS": ROLE}, {"session"}, id="a role"),
    pytest.param({"AWS": PATH_ROLE}, {"session of a role with a path"}, id="a role with a path"),
    pytest.param({"AWS": SESSION}, SESSIONS, id="a session"),
    pytest.param({"AWS": SESSION + "2"}, set(), id="another session"),
    pytest.param({"AWS": FEDERATED_USER}, {"federated user"}, id="a federated user"),
    pytest.param({"Service": "events.amazonaws.com"}, {"service"}, id="a service"),
    pytest.param({"Service": ["s3.amazonaws.com"]}, set(), id="another service"),
    pytest.param({"Federated": "accounts.google.com"}, {"federated"}, id="an identity provider"),
    pytest.param({"CanonicalUser": "79a59df900b949e5"}, {"canonical"}, id="a canonical user"),
    pytest.param({"Service": "accounts.google.com"}, set(), id="a name of another kind"),
    pytest.param(
        {"AWS": USER, "Service": "events.amazonaws.com"}, {"user", "service"}, id="several kinds at once"
    ),
]


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@pytest.mark.parametrize(("principal", "callers"), PRINCIPALS)
def test_principal_means_whom_it_names(principal: Any, callers: set[str], effect: str) -> None:
    assert meant(effect, Principal=principal) == callers


@pytest.mark.parametrize(("principal", "callers"), PRINCIPALS)
def test_an_allow_for_not_principal_leaves_out_whom_any_name_means(principal: Any, callers: set[str]) -> None:
    assert meant("Allow", NotPrincipal=principal) == EVERYONE - callers


@pytest.mark.parametrize(
    ("names", "spared"),
    [
        pytest.param([USER], set(), id="a user without the account"),
        pytest.param([ACCOUNT], {"root"}, id="the account without the user"),
        pytest.param([USER, ACCOUNT], {"root", "user"}, id="the user and the account"),
        pytest.param([ROLE, ROOT], {"root"}, id="the role and the account without the session"),
        pytest.param([SESSION, ROOT], {"root"}, id="the session and the account without the role"),
        pytest.param([SESSION, ROLE, ROOT], {"root", "session"}, id="session, role and account"),
    ],
)
def test_a_deny_for_not_principal_spares_those_who_are_listed_with_all_their_names(
    names: list[str], spared: set[str]
) -> None:
    assert meant("Deny", NotPrincipal={"AWS": names}) == EVERYONE - spared


def test_not_principal_for_everyone_means_nobody() -> None:
    assert meant("Deny", NotPrincipal="*") == meant("Allow", NotPrincipal={"AWS": "*"}) == set()


@pytest.mark.parametrize(
    "element",
    [
        pytest.param("x", id="some text"),
        pytest.param("", id="no text"),
        pytest.param(None, id="null"),
        pytest.param([], id="a list"),
        pytest.param(["*"], id="everyone in a bare list"),
        pytest.param({}, id="nobody"),
        pytest.param({"AWS": []}, id="an empty list"),
        pytest.param({"AWS": None}, id="null for a name"),
        pytest.param({"AWS": [USER, 5]}, id="a number in the list"),
        pytest.param({"AWS": {"x": "y"}}, id="an object for a name"),
        pytest.param({"aws": "*"}, id="the kind in lower case"),
        pytest.param({"User": "x"}, id="an unknown kind"),
        pytest.param({"AWS": ""}, id="an empty name"),
        pytest.param({"AWS": "alice"}, id="no ARN"),
        pytest.param({"AWS": "12345678901"}, id="an account of eleven digits"),
        pytest.param({"AWS": "1234567890123"}, id="an account of thirteen digits"),
        pytest.param({"AWS": "١٢٣٤٥٦٧٨٩٠١٢"}, id="an account of other digits"),
        pytest.param({"AWS": "AIDACKCEVSQ6C2EXAMPLE"}, id="the id of a principal since deleted"),
        pytest.param({"AWS": "arn:aws:iam::123456789012:user/*"}, id="all users"),
        pytest.param({"AWS": "arn:aws:iam::123456789012:user/al?ce"}, id="a wildcard in a name"),
        pytest.param({"AWS": "arn:aws:iam::*:root"}, id="all accounts"),
        pytest.param({"AWS": "arn:aws:iam::123456789012:group/x"}, id="a group"),
        pytest.param({"AWS": "arn:aws:sts::123456789012:assumed-role/reader/*"}, id="all sessions"),
        pytest.param({"AWS": "arn:aws:sts::123456789012:assumed-role/reader"}, id="half a session"),
        pytest.param({"AWS": "arn:aws:s3:::bucket"}, id="an ARN of something else"),
        pytest.param({"AWS": "arn:aws:iam::123456789012:USER/alice"}, id="a kind of ARN in capitals"),
        pytest.param({"AWS": USER + "\n"}, id="a line end behind the name"),
        pytest.param({"AWS": "${aws:username}"}, id="a variable"),
        pytest.param({"Service": "*"}, id="all services"),
        pytest.param({"Federated": "*.example.org"}, id="a wildcard in a provider"),
        pytest.param({"CanonicalUser": [""]}, id="an empty canonical user"),
    ],
)
@pytest.mark.parametrize("name", ["Principal", "NotPrincipal"])
def test_what_names_nobody_for_certain_is_refused(name: str, element: Any) -> None:
    with pytest.raises(PolicyError) as refusal:
        meant("Deny", **{name: element})
    assert "alice" not in str(refusal.value)


@pytest.mark.parametrize("arn", ["alice", "arn:aws:iam::1:root", "arn:aws:s3:::bucket", USER + "\n", "*", ""])
def test_a_caller_is_named_by_an_arn_of_a_principal(arn: str) -> None:
    with pytest.raises(ValueError, match="not the ARN"):
        Principal(arn)


def test_a_caller_without_a_name_is_not_a_principal() -> None:
    with pytest.raises(ValueError, match="anonymous"):
        Principal()


def test_a_callers_account_is_the_one_of_the_arn() -> None:
    assert [Principal(arn).account for arn in (USER, ROOT, SESSION, STRANGER)] == [ACCOUNT] * 3 + ["9" * 12]
    assert Principal(service="events.amazonaws.com").account is None
    assert Principal("arn:aws-cn:iam::123456789012:user/x").account == ACCOUNT
    assert repr(Principal(USER)) == f"<Principal {USER}>"
