"""Credentials in a file: both forms, read anew when it changes, and no secret in any error."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest
from authorizers.signers import SECRET

from wsgi_gateway.authorizers.credentials_file import CredentialFile
from wsgi_gateway.errors import ConfigError

INI = f"""
[alice]
aws_access_key_id = AKIDALICE
aws_secret_access_key = {SECRET}
region = us-east-1

[default]
aws_access_key_id=AKIDBOB
aws_secret_access_key=100%%of/it=
aws_session_token = token+/==
aws_account_id = 210987654321
arn = arn:aws:sts::210987654321:assumed-role/reader/bob
user_id = AROAX:bob
expires = 2030-01-01T00:00:00Z
"""

YAML = f"""
credentials:
  - access_key_id: AKIDALICE
    secret_access_key: {SECRET}
    principal:
      arn: arn:aws:iam::123456789012:user/alice
      tags: {{team: forty}}
      policies:
        - Version: "2012-10-17"
          Statement: []
  - access_key_id: "123"
    secret_access_key: "x"
    session_token: token
    expires: 1893456000.5
    principal: {{arn: "arn:aws:iam::123456789012:root"}}
"""

JSON = """
{"credentials": [{"access_key_id": "AKIDALICE", "secret_access_key": "x",
  "expires": "2030-01-01T01:00:00+01:00", "principal": {"arn": "arn:aws:iam::123456789012:user/alice"}}]}
"""


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def written(tmp_path: Path, text: str, name: str = "credentials") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_form_of_the_command_line_is_read(tmp_path: Path) -> None:
    file = CredentialFile(written(tmp_path, INI), account_id="111122223333")
    alice, bob = file.find("AKIDALICE"), file.find("AKIDBOB")
    assert alice is not None
    assert bob is not None
    assert (alice.secret_access_key, alice.session_token, alice.expires) == (SECRET, None, None)
    assert alice.principal.arn == "arn:aws:iam::111122223333:user/alice"
    assert (bob.secret_access_key, bob.session_token) == ("100%%of/it=", "token+/==")
    assert (bob.principal.account, bob.principal.user_id) == ("210987654321", "AROAX:bob")
    assert bob.expires == 1_893_456_000
    assert file.find("AKIDCAROL") is None


@pytest.mark.parametrize("name", ["keys.yaml", "keys.yml", "KEYS.YAML"])
def test_yaml_is_read(tmp_path: Path, name: str) -> None:
    file = CredentialFile(written(tmp_path, YAML, name))
    alice, root = file.find("AKIDALICE"), file.find("123")
    assert alice is not None
    assert root is not None
    assert (alice.secret_access_key, alice.principal.tags["team"]) == (SECRET, "forty")
    assert alice.principal.policies == ({"Version": "2012-10-17", "Statement": []},)
    assert (root.session_token, root.expires, root.principal.type) == ("token", 1893456000.5, "Account")


def test_json_is_read(tmp_path: Path) -> None:
    found = CredentialFile(written(tmp_path, JSON, "keys.json")).find("AKIDALICE")
    assert found is not None
    assert found.expires == 1_893_456_000


# ------------------------------------------------------------------------------------------------- changes


def touch(path: Path, text: str, at: int) -> None:
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(at, at))


def test_a_changed_file_is_read_anew_and_looked_at_once_a_second(tmp_path: Path) -> None:
    clock = Clock()
    path = written(tmp_path, INI)
    file = CredentialFile(path, clock=clock)
    touch(path, INI.replace("AKIDALICE", "AKIDCAROL"), 10**9)
    clock.now = 0.9
    assert file.find("AKIDCAROL") is None
    clock.now = 1.0
    assert file.find("AKIDCAROL") is not None
    assert file.find("AKIDALICE") is None
    touch(path, INI, 2 * 10**9)
    clock.now = 1.9
    assert file.find("AKIDALICE") is None
    clock.now = 2.0
    assert file.find("AKIDALICE") is not None


def test_a_file_that_did_not_change_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    file = CredentialFile(written(tmp_path, INI), clock=clock)
    monkeypatch.setattr(file, "_read", lambda: pytest.fail("read"))
    for clock.now in range(1, 10):
        assert file.find("AKIDALICE") is not None


@pytest.mark.parametrize(
    "text", ["nonsense", "[alice]\naws_access_key_id = x\n", None], ids=["broken", "half", "gone"]
)
def test_a_change_that_cannot_be_read_leaves_the_old_state_and_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str | None
) -> None:
    clock = Clock()
    path = written(tmp_path, INI)
    file = CredentialFile(path, clock=clock)
    caplog.clear()
    if text is None:
        path.unlink()
    else:
        touch(path, text, 10**9)
    for clock.now in (1, 2, 3):
        assert file.find("AKIDALICE") is not None
    assert len(caplog.records) == 1
    assert caplog.records[0].levelno == logging.ERROR
    assert str(path) in caplog.text
    touch(path, INI.replace("AKIDALICE", "AKIDCAROL"), 2 * 10**9)
    clock.now = 4
    assert file.find("AKIDALICE") is None


def test_while_one_thread_reads_the_others_go_on_with_what_there_is(tmp_path: Path) -> None:
    clock = Clock()
    path = written(tmp_path, INI)
    file = CredentialFile(path, clock=clock)
    touch(path, "", 10**9)
    clock.now = 1
    with file._lock:
        assert file.find("AKIDALICE") is not None
    assert file.find("AKIDALICE") is None


# ------------------------------------------------------------------------------------------------- mistakes

PRINCIPAL = {"arn": "arn:aws:iam::123456789012:user/alice"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"aws_secret_access_key = {SECRET}", "not the INI form"),
        (f"[a]\n{SECRET}\n", "not the INI form"),
        (
            f"[a]\naws_access_key_id=x\naws_secret_access_key={SECRET}\naws_secret_access_key={SECRET}",
            "line|:4 |INI",
        ),
        (f"[a]\naws_secret_access_key={SECRET}", "no keys of its own"),
        ("[a]\nrole_arn = x\nsource_profile = b", "no keys of its own"),
        (f"[a]\naws_access_key_id=x\naws_secret_access_key={SECRET}\nexpires=soon", "ISO 8601"),
        (
            f"[a]\naws_access_key_id=x\naws_secret_access_key={SECRET}\nexpires=2030-01-01T00:00:00",
            "time zone",
        ),
        (f"[a]\naws_access_key_id=x\naws_secret_access_key={SECRET}\naws_account_id=7", "not one of a user"),
        (f"[a]\naws_access_key_id=x y\naws_secret_access_key={SECRET}", "access_key_id is 1 to 128"),
        (
            f"[a]\naws_access_key_id=x\naws_secret_access_key={SECRET}\n[b]\naws_access_key_id=x\n"
            "aws_secret_access_key=y",
            "two credentials",
        ),
    ],
    ids=[
        "no profile",
        "a line that is none",
        "a key twice",
        "no id",
        "keys from elsewhere",
        "no time",
        "a time without a zone",
        "no account",
        "no access key",
        "one id twice",
    ],
)
def test_a_broken_ini_file_stops_the_load_without_its_text(tmp_path: Path, text: str, expected: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(ConfigError, match=expected) as error:
        CredentialFile(path)
    assert str(path) in str(error.value)
    assert SECRET not in str(error.value)
    assert error.value.__cause__ is None


def entry(**change: Any) -> dict[str, Any]:
    return {"access_key_id": "AKID", "secret_access_key": SECRET, "principal": PRINCIPAL, **change}


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([], "one member, the list credentials"),
        ({}, "one member, the list credentials"),
        ({"credentials": {}}, "one member, the list credentials"),
        ({"credentials": [], "other": 1}, "one member, the list credentials"),
        ({"credentials": [SECRET]}, r"\$\.credentials\[0\].*object was expected"),
        ({"credentials": [entry(principal=None)]}, r"principal.*object was expected"),
        ({"credentials": [entry(secret="x")]}, "'secret' is not a member"),
        (
            {"credentials": [entry(principal={"arn": PRINCIPAL["arn"], "name": "x"})]},
            "'name' is not a member",
        ),
        ({"credentials": [entry(principal={"for_policies": "x"})]}, "'for_policies' is not a member"),
        ({"credentials": [entry(principal={})]}, "arn is missing"),
        ({"credentials": [entry(principal={"arn": 7})]}, "not one of a user"),
        ({"credentials": [entry(access_key_id=7)]}, "access_key_id is 1 to 128"),
        ({"credentials": [entry(session_token=7)]}, "session_token is not text"),
        ({"credentials": [entry(expires=[])]}, "seconds since the epoch"),
        ({"credentials": [entry(expires="nan")]}, "seconds since the epoch"),
        ({"credentials": [entry(), entry()]}, "two credentials"),
    ],
    ids=lambda value: "" if not isinstance(value, str) else value,
)
def test_a_broken_document_stops_the_load_without_its_text(tmp_path: Path, data: Any, expected: str) -> None:
    import json

    for name in ("keys.json", "keys.yaml"):
        path = written(tmp_path, json.dumps(data), name)
        with pytest.raises(ConfigError, match=expected) as error:
            CredentialFile(path)
        assert str(path) in str(error.value)
        assert SECRET not in str(error.value)


PROFILE = f"[alice]\naws_access_key_id = AKIDALICE\naws_secret_access_key = {SECRET}\n"


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("expire = 2020-01-01T00:00:00Z", "'expire' is not a member.*did you mean 'expires'"),
        ("expires_at = 2020-01-01T00:00:00Z", "'expires_at' is not a member.*did you mean 'expires'"),
        ("aws_sesion_token = t", "'aws_sesion_token' is not a member.*'aws_session_token'"),
        ("aws_acount_id = 999999999999", "'aws_acount_id' is not a member.*'aws_account_id'"),
        ('policies = [{"Effect": "Deny"}]', "'policies' is not a member.*YAML"),
        ("tags = team", "'tags' is not a member.*YAML"),
        ("something = else", "'something' is not a member.*known are arn, aws_"),
        (f"{SECRET} = x", "a member that is unknown"),
        ("role_arn = arn:aws:iam::123456789012:role/x", "'role_arn' belongs to .* elsewhere"),
        ("source_profile = other", "'source_profile' belongs to .* elsewhere"),
        ("credential_process = /bin/keys", "'credential_process' belongs to .* elsewhere"),
        ("sso_session = mine", "'sso_session' belongs to .* elsewhere"),
        ("web_identity_token_file = /token", "'web_identity_token_file' belongs to .* elsewhere"),
        ("expires =", "expires is empty"),
        ("aws_session_token =", "aws_session_token is empty"),
        ("aws_account_id =", "aws_account_id is empty"),
        ("arn =", "arn is empty"),
        ("aws_session_token = a\naws_security_token = b", "aws_session_token and aws_security_token say"),
        ("expires = 2030-01-01T00:00:00Z\naws_expiration = 2031-01-01T00:00:00Z", "say different things"),
        ("expiration = soon", "ISO 8601"),
    ],
    ids=lambda text: text.partition(" ")[0],
)
def test_a_member_that_nobody_reads_stops_the_load_by_its_name(
    tmp_path: Path, member: str, expected: str
) -> None:
    path = written(tmp_path, PROFILE + member)
    with pytest.raises(ConfigError, match=expected) as error:
        CredentialFile(path)
    assert f"{path} $.alice: " in str(error.value)
    assert SECRET.lower() not in str(error.value).lower()
    assert member not in str(error.value)


@pytest.mark.parametrize("name", ["expires", "expiration", "aws_expiration", "x_security_token_expires"])
def test_tools_write_the_end_of_a_key_under_four_names(tmp_path: Path, name: str) -> None:
    found = CredentialFile(written(tmp_path, f"{PROFILE}{name} = 2020-01-01T00:00:00Z")).find("AKIDALICE")
    assert found is not None
    assert found.expires == 1_577_836_800


def test_two_names_may_say_the_same(tmp_path: Path) -> None:
    members = (
        "aws_session_token = t\naws_security_token = t\n"
        "expires = 2030-01-01T00:00:00Z\nexpiration = 2030-01-01T01:00:00+01:00\n"
    )
    found = CredentialFile(written(tmp_path, PROFILE + members)).find("AKIDALICE")
    assert found is not None
    assert (found.session_token, found.expires) == ("t", 1_893_456_000)


def test_the_old_name_of_a_session_token_counts(tmp_path: Path) -> None:
    found = CredentialFile(written(tmp_path, f"{PROFILE}aws_security_token = t")).find("AKIDALICE")
    assert found is not None
    assert found.session_token == "t"


def test_what_says_nothing_about_a_key_is_passed_over(tmp_path: Path) -> None:
    members = (
        "region = eu-west-1\noutput = json\ncli_pager =\nsts_regional_endpoints = regional\n"
        "s3 =\n  addressing_style = path\nca_bundle = /ca.pem\nuse_fips_endpoint = true\nmax_attempts = 3\n"
    )
    assert CredentialFile(written(tmp_path, PROFILE + members)).find("AKIDALICE") is not None


@pytest.mark.parametrize("member", ["session_token", "expires", "access_key_id"])
@pytest.mark.parametrize("name", ["keys.yaml", "keys.json"])
def test_an_empty_member_of_a_document_stops_the_load(tmp_path: Path, name: str, member: str) -> None:
    import json

    path = written(tmp_path, json.dumps({"credentials": [entry(**{member: None})]}), name)
    with pytest.raises(ConfigError, match=rf"credentials\[0\]: error: {member} is empty"):
        CredentialFile(path)


@pytest.mark.parametrize("member", ["role_arn", "user_id", "policies"])
def test_an_empty_member_of_a_principal_stops_the_load(tmp_path: Path, member: str) -> None:
    import json

    data = {"credentials": [entry(principal={**PRINCIPAL, member: None})]}
    with pytest.raises(ConfigError, match=rf"principal: error: {member} is empty"):
        CredentialFile(written(tmp_path, json.dumps(data), "keys.json"))


@pytest.mark.parametrize(
    ("text", "name", "warnings"),
    [
        pytest.param(INI, "credentials", 1, id="profiles have none"),
        pytest.param(JSON, "keys.json", 1, id="nobody has any"),
        pytest.param(YAML, "keys.yaml", 0, id="somebody has some"),
        pytest.param("", "credentials", 0, id="there is nobody"),
    ],
)
def test_a_file_without_policies_is_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, name: str, warnings: int
) -> None:
    path = written(tmp_path, text, name)
    CredentialFile(path)
    assert [record.levelno for record in caplog.records] == [logging.WARNING] * warnings
    assert caplog.text.count(str(path)) == warnings


@pytest.mark.parametrize("name", ["keys.yaml", "keys.json", "credentials"])
def test_syntax_errors_do_not_repeat_the_line(tmp_path: Path, name: str) -> None:
    for text in (
        f'{{"a": "{SECRET}',
        f"a: [{SECRET}",
        f"\t- {SECRET}: x: y",
        f"!{SECRET} x",
        f"*{SECRET}",
        f"%{SECRET}",
    ):
        with pytest.raises(ConfigError) as error:
            CredentialFile(written(tmp_path, text, name))
        assert SECRET not in str(error.value)


@pytest.mark.parametrize("name", ["keys.yaml", "credentials"])
def test_a_file_that_cannot_be_read_stops_the_load(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        CredentialFile(tmp_path / name)
    (tmp_path / name).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="UTF-8"):
        CredentialFile(tmp_path / name)


def test_the_repr_names_the_file_only(tmp_path: Path) -> None:
    path = written(tmp_path, INI)
    assert repr(CredentialFile(path)) == f"<CredentialFile {str(path)!r}>"
