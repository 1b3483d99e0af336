"""The settings that the security baseline is about, as they are in force; what is absent is not what is unread.

Registry values come row by row. Account policies and user rights stand in what `secedit /export` wrote, audit policy in
what `auditpol /backup` wrote: keys, SIDs, GUIDs and numbers, which are the same in every language.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntFlag
from functools import cached_property
from typing import Annotated

from pydantic import Field

from hyperv_audit.facts.enums import MUST_BE_KNOWN, ProfileAction, ProfileState
from hyperv_audit.facts.reading import ProbeFailure, Readings, Row, Unreadable, describe

_REGISTRY, _POLICY, _AUDIT = "baseline.registry", "baseline.security_policy", "baseline.audit_policy"
_ACCOUNTS, _PROFILES = "baseline.local_accounts", "ipsec.firewall_profiles"

_UNSIGNED = 2**32
_SECTION = re.compile(r"\[([^\]]+)\]")
_SID = re.compile(r"S-1-\d+(-\d+)+")
_GUID = re.compile(r"\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}")
# "Machine Name,Policy Target,Subcategory,Subcategory GUID,Inclusion Setting,Exclusion Setting,Setting Value" (MS-GPAC
# 2.2.1); read by position, because nobody says that the words of the first line are the same in every language.
_AUDIT_COLUMNS = 7
_TARGET, _SUBCATEGORY, _SETTING = 1, 3, 6


class Audited(IntFlag):
    """Which events a subcategory logs: the setting value of MS-GPAC 2.2.1.3.1, where 4 means none as 0 does."""

    NOTHING = 0
    SUCCESS = 1
    FAILURE = 2

    @classmethod
    def of(cls, words: str) -> "Audited":
        """From `Success`, `Failure` or `Success and Failure`."""
        return cls(sum(flag for flag in cls if str(flag) in words))

    def __str__(self) -> str:
        return " and ".join(str(flag.name).capitalize() for flag in Audited if flag in self) or "No Auditing"


@dataclass(frozen=True)
class RegistryValue:
    """A value that is there. `kind` is its type where the host could tell, such as DWord or String."""

    kind: str | None
    data: int | str | list[int | str]

    @property
    def number(self) -> int | None:
        """A DWORD as the unsigned number that it is; PowerShell shows those above 2^31 as negative."""
        if isinstance(self.data, int) and self.kind in (None, "DWord"):
            return self.data % _UNSIGNED
        return None

    @property
    def text(self) -> str | None:
        """The text of a string, expandable or not."""
        return self.data if isinstance(self.data, str) and self.kind in (None, "String", "ExpandString") else None

    def __str__(self) -> str:
        return str(self.number) if self.number is not None else str(self.data)


class _Registry(Row):
    key: str = Field(alias="Key", min_length=1)
    name: str = Field(alias="Name", min_length=1)
    present: bool = Field(alias="Present")
    kind: str | None = Field(alias="Kind")
    data: int | str | list[int | str] | None = Field(alias="Value")


class _Account(Row):
    name: str = Field(alias="Name", min_length=1)
    sid: str = Field(alias="Sid", pattern=_SID.pattern)


class _Profile(Row):
    """Get-NetFirewallProfile -PolicyStore ActiveStore."""

    name: str = Field(alias="Name")
    enabled: Annotated[ProfileState, MUST_BE_KNOWN] = Field(alias="Enabled")
    inbound: Annotated[ProfileAction, MUST_BE_KNOWN] = Field(alias="DefaultInboundAction")
    outbound: Annotated[ProfileAction, MUST_BE_KNOWN] = Field(alias="DefaultOutboundAction")
    notifies: Annotated[ProfileState, MUST_BE_KNOWN] = Field(alias="NotifyOnListen")
    logs_allowed: Annotated[ProfileState, MUST_BE_KNOWN] = Field(alias="LogAllowed")
    logs_blocked: Annotated[ProfileState, MUST_BE_KNOWN] = Field(alias="LogBlocked")


# Values of the policy `WindowsFirewall\<profile>Profile`, each as what the profile says of it, by number of the policy.
_Numbers = Mapping[ProfileState | ProfileAction, int]
_ON: _Numbers = {ProfileState.OFF: 0, ProfileState.ON: 1}
_OFF: _Numbers = {ProfileState.OFF: 1, ProfileState.ON: 0}
_ACTION: _Numbers = {ProfileAction.ALLOW: 0, ProfileAction.BLOCK: 1}
_EFFECTIVE: Mapping[str, tuple[str, _Numbers]] = {
    "enablefirewall": ("enabled", _ON),
    "defaultinboundaction": ("inbound", _ACTION),
    "defaultoutboundaction": ("outbound", _ACTION),
    "disablenotifications": ("notifies", _OFF),
    "logdroppedpackets": ("logs_blocked", _ON),
    "logsuccessfulconnections": ("logs_allowed", _ON),
}
_PROFILE_KEY = re.compile(r"HKLM\\.*\\WindowsFirewall\\(Domain|Private|Public)Profile(\\Logging)?", re.IGNORECASE)


@dataclass(frozen=True)
class Baseline:
    """Settings by the names that Windows has for them. Reading one raises `Unreadable` where it could not be read."""

    readings: Readings

    def registry(self, key: str, name: str) -> RegistryValue | None:
        r"""A value of a key such as `HKLM\SOFTWARE\...`; None where there is none."""
        errors = self.readings.errors(_REGISTRY)
        if own := [error for error in errors if _is_about(error, key)]:
            raise Unreadable(f"{key}: {describe(own)}")
        if others := [error for error in errors if not error.target.upper().startswith("HKLM\\")]:
            raise Unreadable(f"{_REGISTRY}: {describe(others)}")
        rows = self._registry.get((key.casefold(), name.casefold()), [])
        if len(rows) != 1:
            raise Unreadable(f"{key}, {name}: {len(rows)} rows of {_REGISTRY} where one was expected")
        row = self.readings.parse(_REGISTRY, _Registry, rows[0])
        if row.data is None and (row.present or row.kind is not None):
            raise Unreadable(f"{key}, {name}: there is a value, and the host did not say which")
        if row.data is not None and not row.present:
            raise Unreadable(f"{key}, {name}: a value is shown that is said to be absent")
        return None if row.data is None else RegistryValue(row.kind, row.data)

    def firewall(self, key: str, name: str) -> int:
        """What a value of the firewall's policy amounts to in the profile in force, whoever has set it there."""
        profile, told = _PROFILE_KEY.fullmatch(key), _EFFECTIVE.get(name.casefold())
        if profile is None or told is None:
            raise Unreadable(f"{key}, {name}: which part of a firewall profile shows its effect is not known")
        rows = [row for row in self.readings.rows(_PROFILES, _Profile) if row.name.casefold() == profile[1].casefold()]
        if len(rows) != 1:
            raise Unreadable(f"{_PROFILES}: {len(rows)} profiles are called {profile[1]}")
        attribute, numbers = told
        state = getattr(rows[0], attribute)
        if state not in numbers:
            raise Unreadable(
                f"{_PROFILES}: {profile[1]} says {state.name.lower().replace('_', ' ')} of {name} in force"
            )
        return numbers[state]

    def system_access(self, key: str) -> int | None:
        """An account policy, or another number of that section; None where secedit leaves it out."""
        text = self._section("System Access").get(key.casefold())
        if text is None:
            return None
        if re.fullmatch(r"-?\d+", text) is None:
            raise Unreadable(f"{_POLICY}: {key} is {text!r}, and no number")
        return int(text)

    def holders(self, privilege: str) -> frozenset[str]:
        """Who holds a user right, as SIDs; an account that only has a name is somebody else by that name.

        secedit leaves out a right that nobody holds, which only counts when it shows who holds others.
        """
        rights = self._section("Privilege Rights")
        if not any(rights.values()):
            raise Unreadable(f"{_POLICY}: nobody holds any right, which cannot be")
        names = (name.strip() for name in rights.get(privilege.casefold(), "").split(","))
        return frozenset(self._sid(name) for name in names if name)

    def audited(self, guid: str) -> Audited:
        """What a subcategory of the audit policy logs."""
        self.readings.values(_AUDIT)
        settings = self._audit.get(guid.upper(), [])
        if len(settings) != 1 or settings[0] not in ("0", "1", "2", "3", "4"):
            said = ", ".join(map(repr, settings)) or "nothing"
            raise Unreadable(f"{_AUDIT}: says {said} of the subcategory {guid}")
        return Audited(int(settings[0]) % 4)

    @cached_property
    def _registry(self) -> Mapping[tuple[str, str], list[object]]:
        by_name: dict[tuple[str, str], list[object]] = {}
        for row in self.readings.raw(_REGISTRY):
            if isinstance(row, dict):
                by_name.setdefault((str(row.get("Key")).casefold(), str(row.get("Name")).casefold()), []).append(row)
        return by_name

    def _section(self, name: str) -> Mapping[str, str]:
        self.readings.values(_POLICY)
        section = self._policy.get(name.casefold())
        if section is None:
            raise Unreadable(f"{_POLICY}: there is no section [{name}]")
        return section

    @cached_property
    def _policy(self) -> Mapping[str, Mapping[str, str]]:
        sections: dict[str, dict[str, str]] = {}
        current: dict[str, str] = {}
        for line in _texts(self.readings, _POLICY):
            if heading := _SECTION.fullmatch(line.strip()):
                current = sections.setdefault(heading[1].casefold(), {})
            elif "=" in line:
                key, _, value = line.partition("=")
                if current.setdefault(key.strip().casefold(), value.strip()) != value.strip():
                    raise Unreadable(f"{_POLICY}: {key.strip()} stands there twice")
        return sections

    def _sid(self, name: str) -> str:
        if name.startswith("*"):
            return name[1:]
        return self._accounts.get(name.casefold(), name)

    @cached_property
    def _accounts(self) -> Mapping[str, str]:
        """Local accounts that secedit calls by name. Unread, they stay names, which no table asks for."""
        try:
            return {account.name.casefold(): account.sid for account in self.readings.rows(_ACCOUNTS, _Account)}
        except Unreadable:
            return {}

    @cached_property
    def _audit(self) -> Mapping[str, list[str]]:
        """What is said of each subcategory for the whole system; rows for single users have a SID as their target."""
        settings: dict[str, list[str]] = {}
        for row in csv.reader(_texts(self.readings, _AUDIT)):
            of_system = len(row) == _AUDIT_COLUMNS and _SID.fullmatch(row[_TARGET].strip("{} ")) is None
            if of_system and _GUID.fullmatch(row[_SUBCATEGORY]):
                settings.setdefault(row[_SUBCATEGORY].upper(), []).append(row[_SETTING].strip())
        return settings


def _texts(readings: Readings, probe: str) -> Iterator[str]:
    for line in readings.values(probe):
        if not isinstance(line, str):
            raise Unreadable(f"{probe}: a line is {line!r}, and no text")
        yield line


def _is_about(error: ProbeFailure, key: str) -> bool:
    return error.target.casefold() == key.casefold()
