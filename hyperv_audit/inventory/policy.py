"""The organisation's answers where the checklist leaves a choice. Every key has a default that is safe without it."""

import datetime as dt
import fnmatch
import unicodedata
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field

from hyperv_audit.inventory.document import read_document
from hyperv_audit.inventory.validate import Strict, validated

T = TypeVar("T")


class Os(Strict):
    """HOST-01."""

    allowed_installation_types: list[str] = ["Server Core"]
    desktop_experience_justification: str | None = None


class Smb(Strict):
    """HOST-03."""

    accept_signing_only: bool = False


class BitLocker(Strict):
    """HOST-06; methods are numbers of Win32_EncryptableVolume."""

    methods: list[int] = [3, 4, 6, 7]
    extra_volumes: list[str] = []


class Tpm(Strict):
    """HOST-12."""

    required: bool = True


class GuardedFabric(Strict):
    """HOST-04 and HOST-12; modes are numbers of MSFT_HgsClientConfiguration."""

    required: bool = True
    attestation_modes: list[int] = [1]


class Deviation(Strict):
    """An accepted deviation of one virtual machine from one recommendation."""

    vm: str
    check: str
    reason: str
    owner: str
    expires: dt.date


class Vm(Strict):
    """The virtual machines. Patterns match the VM's id first, then its name."""

    exceptions: list[Deviation] = []
    guest_os: dict[str, str] = {}
    gen1_unknown_guest: Literal["review", "fail"] = "review"
    min_vm_version: str | None = Field(None, pattern=r"^\d+\.\d+$")
    secure_boot_unsupported: list[str] = []
    secure_boot_unknown_guest: Literal["review", "fail"] = "fail"
    allow_pxe: list[str] = []
    expected_switch: dict[str, list[str]] = {}
    allowed_vlans: dict[str, list[int]] = {}
    allow_trunk: dict[str, str] = Field({}, description="pattern -> the VLAN ids a trunk may carry, as '10,20-30'")
    require_vlan: bool = False
    allow_mac_spoofing: list[str] = []
    dhcp_servers: list[str] = []
    routers: list[str] = []
    mirror_sources: list[str] = []
    mirror_destinations: list[str] = []
    guest_teams: list[str] = []
    allow_priority_tag: list[str] = []
    allow_disconnected: list[str] = []
    bandwidth_max_bps: int | None = None
    storm_limit_max: int | None = None
    dynamic_ip_max: int | None = None
    test_switches: list[str] = []
    shielding_required: list[str] = []
    trusted_guardians: list[str] = []
    require_tpm_attestation: bool = False
    test_replica_max_age_days: int = 7


class Policy(Strict):
    """The whole policy."""

    os: Os = Os()
    smb: Smb = Smb()
    bitlocker: BitLocker = BitLocker()
    tpm: Tpm = Tpm()
    guarded_fabric: GuardedFabric = GuardedFabric()
    vm: Vm = Vm()


def load_policy(path: Path) -> Policy:
    """The policy of a file, defaults where it is silent. Raises `InventoryError` with every mistake and its line."""
    return validated(read_document(path), Policy)


def restore_policy(kept: Mapping[str, Any]) -> Policy:
    """A policy that was kept with the evidence, as JSON has it: a date is text there."""
    return Policy.model_validate(kept, strict=False)


def keep_policy(policy: Policy) -> dict[str, Any]:
    """What `restore_policy` reads."""
    return policy.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


def matches(patterns: Iterable[str], vm_id: str, name: str) -> bool:
    """Whether one of `patterns` means this virtual machine."""
    return any(_matches(pattern, vm_id, name) for pattern in patterns)


def lookup(table: Mapping[str, T], vm_id: str, name: str) -> T | None:
    """The entry of the first pattern that means this virtual machine, in the order of the file."""
    return next((value for pattern, value in table.items() if _matches(pattern, vm_id, name)), None)


def _matches(pattern: str, vm_id: str, name: str) -> bool:
    """Wildcards count in the pattern only: a VM may be called `*`."""
    return pattern.lower() == vm_id.lower() or fnmatch.fnmatchcase(_folded(name), _folded(pattern))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
