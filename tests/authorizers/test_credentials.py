"""Credentials: checked at birth, silent about secrets, looked up where they are."""

from __future__ import annotations

import copy
import logging
from dataclasses import replace
from typing import Any

import pytest
from authorizers.signers import ALICE, ALICES_KEY, ALICES_SESSION, KEY, SECRET, TOKEN

from wsgi_gateway.authorizers.credentials import (
    AskedCredentials,
    Credential,
    masked,
    provider_of,
)
from wsgi_gateway.authorizers.credentials_file import CredentialFile
from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.authorizers.principals import Principal
from wsgi_gateway.errors import AUTHORIZER_FAILURE, ConfigError, GatewayError

USER = "arn:aws:iam::123456789012:user/teams/blue/alice"


# ------------------------------------------------------------------------------------------------- principals


@pytest.mark.parametrize(
    ("arn", "kind", "user_id"),
    [
        (USER, "User", "AIDA"),
        ("arn:aws:iam::123456789012:root", "Account", "123456789012"),
        ("arn:aws:sts::123456789012:assumed-role/reader/bob", "AssumedRole", "AROA"),
        ("arn:aws:sts::123456789012:federated-user/carol", "FederatedUser", "123456789012:carol"),
        ("arn:aws-cn:iam::123456789012:user/alice", "User", "AIDA"),
    ],
    ids=["a user", "an account", "a session", "a federated user", "another partition"],
)
def test_account_type_and_id_follow_from_the_arn(arn: str, kind: str, user_id: str) -> None:
    record = PrincipalRecord(arn=arn)
    assert (record.account, record.type) == ("123456789012", kind)
    assert record.user_id.startswith(user_id)
    assert record == PrincipalRecord(arn=arn)


def test_an_id_that_is_made_up_has_awss_form_and_is_one_for_all_sessions_of_a_role() -> None:
    arns = [f"arn:aws:sts::123456789012:assumed-role/reader/{name}" for name in ("bob", "carol")]
    bob, carol = (PrincipalRecord(arn=arn).user_id.split(":") for arn in arns)
    assert (bob[0], bob[1], carol[1]) == (carol[0], "bob", "carol")
    assert len(bob[0]) == len(PrincipalRecord(arn=USER).user_id) == 21


def test_a_user_has_a_name_and_a_session_none() -> None:
    assert PrincipalRecord(arn=USER).username == "alice"
    assert PrincipalRecord(arn="arn:aws:sts::123456789012:assumed-role/reader/bob").username is None


def test_policies_know_the_same_caller() -> None:
    role = "arn:aws:iam::123456789012:role/teams/reader"
    record = PrincipalRecord(arn="arn:aws:sts::123456789012:assumed-role/reader/bob", role_arn=role)
    assert isinstance(record.for_policies, Principal)
    assert ("AWS", role) in record.for_policies.names
    assert ("Account", "123456789012") in record.for_policies.names


ROOT = "arn:aws:iam::123456789012:root"
SESSION = "arn:aws:sts::123456789012:assumed-role/reader/bob"


@pytest.mark.parametrize("path", ["", "teams/", "a/b/c/"])
def test_a_session_may_name_its_role_whatever_the_path(path: str) -> None:
    role = f"arn:aws:iam::123456789012:role/{path}reader"
    assert PrincipalRecord(arn=SESSION, role_arn=role).role_arn == role


@pytest.mark.parametrize(
    "options",
    [
        {"arn": ""},
        {"arn": None},
        {"arn": "alice"},
        {"arn": "arn:aws:iam::123456789012:role/reader"},
        {"arn": "arn:aws:iam::123456789012:group/blue"},
        {"arn": "arn:aws:iam::12345:user/alice"},
        {"arn": "arn:aws:iam::123456789012:user/a b"},
        {"arn": "arn:aws:iam::123456789012:user/a\n"},
        {"arn": "arn:aws:iam::123456789012:user/*"},
        {"arn": USER, "account": "210987654321"},
        {"arn": USER, "tags": {"a": 1}},
        {"arn": USER, "tags": ["a"]},
        {"arn": USER, "policies": "Allow"},
        {"arn": USER, "policies": {"Version": "2012-10-17"}},
        {"arn": USER, "policies": ["{}"]},
        {"arn": USER, "user_id": 7},
        {"arn": USER, "role_arn": "reader"},
        {"arn": USER, "role_arn": "arn:aws:iam::123456789012:role/alice"},
        {"arn": ROOT, "role_arn": "arn:aws:iam::123456789012:role/root"},
        {"arn": SESSION, "role_arn": "arn:aws:iam::999999999999:role/reader"},
        {"arn": SESSION, "role_arn": "arn:aws-cn:iam::123456789012:role/reader"},
        {"arn": SESSION, "role_arn": "arn:aws:iam::123456789012:role/teams/writer"},
        {"arn": SESSION, "role_arn": "arn:aws:iam::123456789012:user/reader"},
        {"arn": SESSION, "role_arn": SESSION},
        {"arn": SESSION, "role_arn": ""},
        {"arn": SESSION, "role_arn": 0},
    ],
    ids=repr,
)
def test_a_principal_that_cannot_be_one_stops_the_load(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        PrincipalRecord(**options)


def test_what_a_principal_holds_cannot_be_changed_from_outside() -> None:
    tags, policies = {"team": "forty"}, [{"Version": "2012-10-17", "Statement": []}]
    record = PrincipalRecord(arn=USER, tags=tags, policies=policies)  # type: ignore[arg-type]
    tags["team"] = "other"
    policies.clear()
    assert record.tags["team"] == "forty"
    assert len(record.policies) == 1


# ------------------------------------------------------------------------------------------------ credentials


@pytest.mark.parametrize(
    "change",
    [
        {"access_key_id": ""},
        {"access_key_id": "AK/ID"},
        {"access_key_id": "AKID\n"},
        {"access_key_id": "Ä" * 20},
        {"access_key_id": "A" * 129},
        {"access_key_id": 7},
        {"secret_access_key": ""},
        {"secret_access_key": None},
        {"secret_access_key": b"x"},
        {"secret_access_key": SECRET + "\n"},
        {"secret_access_key": SECRET + "\ud800"},
        {"session_token": TOKEN + "é"},
        {"session_token": ""},
        {"session_token": 7},
        {"expires": "tomorrow"},
        {"expires": float("nan")},
        {"expires": True},
        {"principal": USER},
        {"principal": None},
    ],
    ids=repr,
)
def test_a_credential_that_cannot_be_one_stops_the_load_without_a_secret(change: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as error:
        replace(ALICES_SESSION, **change)
    assert SECRET not in str(error.value)
    assert TOKEN not in str(error.value)


def test_no_text_of_a_credential_holds_a_secret() -> None:
    for text in (
        repr(ALICES_SESSION),
        str(ALICES_SESSION),
        f"{[ALICES_SESSION]}",
        repr(copy.copy(ALICES_SESSION)),
    ):
        assert text.count("<Credential AKID...KEY1 of arn:aws:iam::123456789012:user/alice>") == 1
        assert SECRET not in text
        assert TOKEN not in text


def test_only_enough_of_an_id_is_shown() -> None:
    assert masked("AKIAIOSFODNN7EXAMPLE") == "AKIA...MPLE"
    assert masked("AKID") == "(short id)"


# ------------------------------------------------------------------------------------------------- known


@pytest.mark.parametrize("given", [{KEY: ALICES_KEY}, [ALICES_KEY], (ALICES_KEY,), {ALICES_KEY}], ids=type)
def test_known_credentials_are_found(given: Any) -> None:
    provider = provider_of(given)
    assert provider.find(KEY) is ALICES_KEY
    assert provider.find("AKIDOTHER") is None
    assert repr(provider) == "<KnownCredentials 1>"


@pytest.mark.parametrize(
    "given",
    [{"AKIDOTHER": ALICES_KEY}, [ALICES_KEY, ALICES_SESSION], [SECRET], {KEY: SECRET}, b"x"],
    ids=["another id", "one id twice", "text", "a secret", "bytes"],
)
def test_credentials_that_are_none_stop_the_load_without_a_secret(given: Any) -> None:
    with pytest.raises(ConfigError) as error:
        provider_of(given)
    assert SECRET not in str(error.value)


def test_anything_with_find_is_a_provider() -> None:
    class Vault:
        def find(self, access_key_id: str) -> Credential | None:
            return None

    vault = Vault()
    assert provider_of(vault) is vault
    with pytest.raises(ConfigError):
        provider_of(7)


# ------------------------------------------------------------------------------------------------- asked


class Asked:
    """A function that knows one key, and counts; and a clock."""

    def __init__(self, **options: Any) -> None:
        self.asked: list[str] = []
        self.now = 0.0
        self.credentials = {KEY: ALICES_KEY}
        self.provider = AskedCredentials(self.ask, clock=lambda: self.now, **options)

    def ask(self, access_key_id: str) -> Credential | None:
        self.asked.append(access_key_id)
        return self.credentials.get(access_key_id)


def test_a_function_is_asked_once_a_minute_about_a_known_key_and_an_unknown_one() -> None:
    one = Asked()
    for now in (0, 30, 59.9):
        one.now = now
        assert one.provider.find(KEY) is ALICES_KEY
        assert one.provider.find("AKIDOTHER") is None
    assert one.asked == [KEY, "AKIDOTHER"]
    one.now = 60
    one.credentials = {}
    assert one.provider.find(KEY) is None
    assert one.asked[2:] == [KEY]


def test_without_a_ttl_a_function_is_asked_every_time() -> None:
    one = Asked(ttl=0)
    for _ in range(3):
        one.provider.find(KEY)
    assert one.asked == [KEY] * 3
    assert repr(one.provider) == "<AskedCredentials 0 known, 0 unknown>"


def test_guessed_ids_are_bounded_and_drive_out_no_known_one() -> None:
    one = Asked(max_entries=10)
    one.provider.find(KEY)
    for number in range(500):
        one.provider.find(f"AKID{number}")
    assert one.provider.find(KEY) is ALICES_KEY
    assert one.asked.count(KEY) == 1
    assert repr(one.provider) == "<AskedCredentials 1 known, 10 unknown>"


def test_known_keys_are_bounded_too() -> None:
    provider = AskedCredentials(lambda key: Credential(key, "x", principal=ALICE), max_entries=3)
    for number in range(10):
        provider.find(f"AKID{number}")
    assert repr(provider) == "<AskedCredentials 3 known, 0 unknown>"


@pytest.mark.parametrize(
    "key", ["", "../../etc/passwd", "' OR 1=1", "A" * 129, "Ä", "AKID\x00", "AKID\n"], ids=repr
)
def test_a_function_never_sees_what_cannot_be_an_id(key: str) -> None:
    one = Asked()
    assert one.provider.find(key) is None
    assert one.asked == []


def test_a_function_that_fails_is_a_500_without_its_text_and_nothing_is_kept() -> None:
    def ask(access_key_id: str) -> Any:
        raise RuntimeError(f"password is {SECRET}")

    provider = AskedCredentials(ask)
    with pytest.raises(GatewayError) as error:
        provider.find(KEY)
    assert (error.value.response_type, error.value.status) == (AUTHORIZER_FAILURE, 500)
    assert error.value.reason == "looking up a credential raised RuntimeError"
    assert error.value.__cause__ is None
    assert repr(provider) == "<AskedCredentials 0 known, 0 unknown>"


@pytest.mark.parametrize("given", [SECRET, replace(ALICES_KEY, access_key_id="AKIDOTHER"), {}, 0], ids=type)
def test_a_function_that_gives_something_else_is_a_500(given: Any) -> None:
    with pytest.raises(GatewayError) as error:
        AskedCredentials(lambda key: given).find(KEY)
    assert error.value.response_type is AUTHORIZER_FAILURE


@pytest.mark.parametrize(
    "options", [{"ttl": -1}, {"ttl": float("nan")}, {"ttl": None}, {"max_entries": 0}], ids=repr
)
def test_options_that_cannot_work_stop_the_load(options: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        AskedCredentials(lambda key: None, **options)


def test_a_function_is_what_is_asked() -> None:
    assert isinstance(provider_of(lambda key: None), AskedCredentials)
    with pytest.raises(ConfigError):
        AskedCredentials(7)  # type: ignore[arg-type]


def test_a_path_is_a_file(tmp_path: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    path = tmp_path / "credentials"
    path.write_text("")
    for given in (path, str(path)):
        assert isinstance(provider_of(given), CredentialFile)
    assert caplog.records == []
