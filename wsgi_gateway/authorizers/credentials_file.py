"""Credentials in a file, which is read again when it changes.

YAML or JSON, by the file's extension::

    credentials:
      - access_key_id: AKIDEXAMPLE
        secret_access_key: ...
        session_token: ...                      # of temporary credentials
        expires: 2030-01-01T00:00:00Z           # or seconds since the epoch
        principal:
          arn: arn:aws:iam::123456789012:user/alice
          tags: {team: forty}
          policies: [{Version: "2012-10-17", Statement: [...]}]

with any other extension, or none, the INI form of ``~/.aws/credentials``::

    [alice]
    aws_access_key_id = AKIDEXAMPLE
    aws_secret_access_key = ...
    aws_account_id = 123456789012               # else what CredentialFile was told
    arn = arn:aws:iam::123456789012:user/alice  # else a user called like the profile
    user_id = AIDAEXAMPLE                       # else one made up
    aws_session_token = ...                     # of temporary credentials; or aws_security_token
    expires = 2030-01-01T00:00:00Z              # or expiration, aws_expiration, x_security_token_expires

Settings of AWS's tools that say nothing about a key (``region``, ``output``, ``cli_*``, ``s3`` and so on) are
passed over. Any other member is refused, in both forms, and so is an empty one: an ``expire`` or a policy
that nobody reads would leave a key open that its author believes closed.

An INI profile has no policies. So its caller may call nothing by itself; only a resource policy can admit it.
A file in which no credential has policies is a warning in the log.

The file is looked at once a second at most. A change that cannot be read, or a file that is gone, leaves the
last good state in force and is logged: to take a key away, write a file without it.

Not for: profiles that get their keys from elsewhere (``role_arn``, ``credential_process``, ``sso_*``); there
is no secret in them to verify with, so that they are refused, also if there are keys beside.

Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html and
https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
"""

from __future__ import annotations

import configparser
import logging
import os
import re
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any

from wsgi_gateway.authorizers.credentials import Credential, KnownCredentials
from wsgi_gateway.authorizers.principal_record import PrincipalRecord
from wsgi_gateway.config.spelling import did_you_mean
from wsgi_gateway.errors import ConfigError, Place, Problem
from wsgi_gateway.typing import Clock

logger = logging.getLogger("wsgi_gateway")

_DOCUMENTS = frozenset({".yaml", ".yml", ".json"})
_MEMBERS = frozenset({"access_key_id", "secret_access_key", "session_token", "expires", "principal"})
_PRINCIPAL = frozenset(one.name for one in fields(PrincipalRecord) if one.init)
_PROFILE = {
    "access_key_id": ("aws_access_key_id",),
    "secret_access_key": ("aws_secret_access_key",),
    "session_token": ("aws_session_token", "aws_security_token"),
    "expires": ("expires", "expiration", "aws_expiration", "x_security_token_expires"),
    "account": ("aws_account_id",),
    "arn": ("arn",),
    "user_id": ("user_id",),
}
"""What is known of a profile, each by the names that tools write."""

_KNOWN = frozenset(name for names in _PROFILE.values() for name in names)
_FROM_ELSEWHERE = re.compile(
    r"role_arn|source_profile|credential_source|credential_process|web_identity_token_file|role_session_name"
    r"|external_id|mfa_serial|duration_seconds|login_session|sso_[a-z_]+"
)
_PASSED_OVER = re.compile(
    r"region|output|s3|cli_[a-z_]+|s3_[a-z0-9_]+|ec2_metadata_[a-z0-9_]+|metadata_service_[a-z_]+|csm_[a-z_]+"
    r"|account_id_endpoint_mode|api_versions|auth_scheme_preference|ca_bundle|defaults_mode"
    r"|disable_host_prefix_injection|disable_request_compression|endpoint_discovery_enabled|endpoint_url"
    r"|ignore_configured_endpoint_urls|max_attempts|parameter_validation|request_checksum_calculation"
    r"|request_min_compression_size_bytes|response_checksum_validation|retry_mode|sdk_ua_app_id|services"
    r"|sigv4a_signing_region_set|sts_regional_endpoints|tcp_keepalive|use_dualstack_endpoint"
    r"|use_fips_endpoint"
)
_PRINTABLE = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,31}")
"""Names that may show in a message; a longer one may be a secret on a line of its own."""


class CredentialFile:
    """Credentials from a file, see the module.

    ``account_id``: the account of INI profiles that name none. ``look_after``: seconds between two looks at
    the file. ``clock``: monotonic seconds. Raises ConfigError for a file that cannot be read, with places
    and names, never values.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        account_id: str = "123456789012",
        look_after: float = 1.0,
        clock: Clock = time.monotonic,
    ) -> None:
        self._path, self._account_id = os.fspath(path), account_id
        self._look_after, self._clock = look_after, clock
        self._lock = threading.Lock()
        self._next_look = clock() + look_after
        self._stamp = self._stamped()
        self._credentials = self._read()

    def find(self, access_key_id: str) -> Credential | None:
        """The credential with this id, as the file has it by now, or None."""
        if self._clock() >= self._next_look and self._lock.acquire(blocking=False):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._credentials.find(access_key_id)

    def __repr__(self) -> str:
        return f"<CredentialFile {self._path!r}>"

    def _look(self) -> None:
        self._next_look = self._clock() + self._look_after
        stamp = self._stamped()
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self._credentials = self._read()
            logger.info("read credentials anew from %s", self._path)
        except ConfigError as error:
            logger.error("the credentials read before stay in force: %s", error)

    def _stamped(self) -> tuple[int, ...]:
        try:
            found = os.stat(self._path)
        except (OSError, ValueError):
            return ()
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> KnownCredentials:
        is_document = Path(self._path).suffix.lower() in _DOCUMENTS
        try:
            found = list(self._document() if is_document else self._profiles())
            known = KnownCredentials(found)
        except ConfigError as error:
            problems = error.problems
        else:
            if found and not any(one.principal.policies for one in found):
                message = (
                    "no credential in %s has policies: its callers may call what a resource policy admits"
                )
                logger.warning(message, self._path)
            return known
        place = Place(self._path)
        raise ConfigError(
            one if one.place.file else Problem("credentials", one.message, place) for one in problems
        )

    def _problem(
        self, message: str, *members: str | int, line: int | None = None, hint: str | None = None
    ) -> ConfigError:
        return ConfigError([Problem("credentials", message, Place(self._path, line).at(*members), hint)])

    def _unknown(self, name: Any, known: frozenset[str], *where: str | int) -> ConfigError:
        if not isinstance(name, str) or not _PRINTABLE.fullmatch(name):
            return self._problem("there is a member that is unknown here", *where)
        hint = did_you_mean(name, sorted(known), f"known are {', '.join(sorted(known))}")
        if known is _KNOWN and name in _PRINCIPAL:
            hint = "profiles have none; write the file as YAML"
        return self._problem(f"{name!r} is not a member of this", *where, hint=hint)

    # ------------------------------------------------------------ YAML and JSON

    def _document(self) -> Iterator[Credential]:
        from wsgi_gateway.sources.reading import read

        try:
            data = read(self._path).data
        except ConfigError as error:
            # Messages about syntax repeat what they stumbled over, which may be a secret.
            found = error.problems[0]
            known = found.message if found.code in ("file-unreadable", "encoding") else "not YAML or JSON"
            raise ConfigError([Problem(found.code, known, found.place)]) from None
        entries = data.get("credentials") if isinstance(data, Mapping) else None
        if not isinstance(entries, list) or set(data) != {"credentials"}:
            raise self._problem("the file must be an object with one member, the list credentials")
        for number, entry in enumerate(entries):
            where = ("credentials", number)
            self._expect(entry, _MEMBERS, *where)
            self._expect(entry.get("principal"), _PRINCIPAL, *where, "principal")
            for part, at in ((entry, where), (entry["principal"], (*where, "principal"))):
                for name in (name for name in part if part[name] is None):
                    raise self._problem(f"{name} is empty; give it a value or remove it", *at)
            try:
                yield _credential(entry, PrincipalRecord(**entry["principal"]))
            except (ConfigError, TypeError) as error:
                message = error.problems[0].message if isinstance(error, ConfigError) else "arn is missing"
                raise self._problem(message, *where) from None

    def _expect(self, entry: Any, known: frozenset[str], *where: str | int) -> None:
        if not isinstance(entry, Mapping):
            raise self._problem("an object was expected", *where)
        for name in entry:
            if name not in known:
                raise self._unknown(name, known, *where)

    # ------------------------------------------------------------ INI

    def _profiles(self) -> Iterator[Credential]:
        for name, profile in self._sections():
            self._check_profile(name, profile)
            try:
                entry = {own: value for own in _PROFILE if (value := _agreed(profile, own)) is not None}
                account = entry.pop("account", "")
                arn = entry.pop("arn", f"arn:aws:iam::{account or self._account_id}:user/{name}")
                principal = PrincipalRecord(arn=arn, account=account, user_id=entry.pop("user_id", ""))
                yield _credential(entry, principal)
            except ConfigError as error:
                raise self._problem(error.problems[0].message, name) from None

    def _check_profile(self, name: str, profile: Mapping[str, str]) -> None:
        """Refuse members that are unknown or empty, and profiles without keys of their own."""
        if not profile.get("aws_access_key_id") or not profile.get("aws_secret_access_key"):
            raise self._problem("the profile has no keys of its own", name)
        for member, value in profile.items():
            if _FROM_ELSEWHERE.fullmatch(member):
                message = f"{member[:80]!r} belongs to profiles that get their keys from elsewhere"
                raise self._problem(message, name, hint="remove it, or the profile")
            if member in _KNOWN and not value:
                raise self._problem(f"{member} is empty; give it a value or remove it", name)
            if member not in _KNOWN and not _PASSED_OVER.fullmatch(member):
                raise self._unknown(member, _KNOWN, name)

    def _sections(self) -> list[tuple[str, Mapping[str, str]]]:
        parser = configparser.ConfigParser(interpolation=None, default_section="")
        try:
            parser.read_string(Path(self._path).read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            raise self._problem(getattr(error, "strerror", None) or "the file is not UTF-8") from None
        except configparser.Error as error:
            # Its text repeats the line, which may hold a secret.
            line = getattr(error, "lineno", None) or getattr(error, "errors", [(None,)])[0][0]
            raise self._problem("not the INI form of a credentials file", line=line) from None
        return [(name, parser[name]) for name in parser.sections()]


def _agreed(profile: Mapping[str, str], own: str) -> Any:
    """What a profile says under any of the names of one thing; None if it says nothing."""
    written = [name for name in _PROFILE[own] if name in profile]
    values = {_seconds(profile[name]) if own == "expires" else profile[name] for name in written}
    if len(values) > 1:
        raise ConfigError(f"{' and '.join(written)} say different things")
    return values.pop() if values else None


def _credential(entry: Mapping[str, Any], principal: PrincipalRecord) -> Credential:
    return Credential(
        entry.get("access_key_id", ""),
        entry.get("secret_access_key", ""),
        entry.get("session_token"),
        _seconds(entry.get("expires")),
        principal=principal,
    )


def _seconds(expires: Any) -> Any:
    """Seconds since the epoch, of such or of ISO 8601 text with a zone; anything else is left as it is."""
    if not isinstance(expires, str):
        return expires
    try:
        return float(expires)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(expires)
    except ValueError:
        raise ConfigError("expires is not a time of ISO 8601") from None
    if moment.tzinfo is None:
        raise ConfigError("expires has no time zone")
    return moment.timestamp()
