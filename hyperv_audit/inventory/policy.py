"""The organisation's answers where the checklist leaves a choice. Every key has a default that is safe without it."""

import datetime as dt
import fnmatch
import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from hyperv_audit.inventory.validate import Strict, refusal

T = TypeVar("T")


def _is_subnet(text: str) -> str:
    """Exact, because a slip such as 10.20.30.0/2 would let nearly every address pass."""
    advice = "write a subnet as 10.20.30.0/24 or fd00:20:30::/64"
    if "/" not in text:
        raise refusal("expected a subnet with the length of its prefix", advice)
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        raise refusal("expected a subnet", advice) from None
    if ipaddress.ip_address(text.partition("/")[0]) != network.network_address:
        raise refusal("the address is that of a host, not of a subnet", f"did you mean {network}?")
    if network.prefixlen == 0:
        raise refusal("a subnet of every address separates nothing", advice)
    return text


def _is_root(text: str) -> str:
    r"""Whole, because a slip such as D: or \\fs01 would take in everything."""
    if not re.match(r"[A-Za-z]:\\|\\\\[^\\?.][^\\]*\\[^\\]", text) or "/" in text:
        raise refusal("expected a folder of a drive or of a share", r"write it as D:\VMs or \\server\share")
    return text


def _is_regex(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise refusal(
            f"is no regular expression: {error}", r"write \[, \( and \\ where the character itself is meant"
        ) from None
    return text


Root = Annotated[str, AfterValidator(_is_root)]
Regex = Annotated[str, Field(min_length=1), AfterValidator(_is_regex)]
Count = Annotated[int, Field(ge=0)]
Days = Count
Subnet = Annotated[str, AfterValidator(_is_subnet)]
# An id, or a name with wildcards. A machine may have been renamed, so a run says which of them mean none.
_OF_VMS = "a pattern of virtual machines"
VmPattern = Annotated[str, _OF_VMS]
Sid = Annotated[str, Field(pattern=r"^(\*-\d+|S-1-[0-9-]+)$")]


def _in_quotes(build: object) -> object:
    """A build is a name; YAML reads one without quotes as a number."""
    return str(build) if type(build) is int else build


Build = Annotated[str, BeforeValidator(_in_quotes), Field(pattern=r"^\d{5}$")]
GuestBuild = Annotated[str, BeforeValidator(_in_quotes), Field(pattern=r"^\d{4,5}$")]


class Os(Strict):
    """HOST-01a and HOST-01b. Builds are 14393 (2016), 17763 (2019), 20348 (2022), 26100 (2025).

    A build with hotpatches has revisions of its own: name those, too.
    """

    allowed_installation_types: list[str] = ["Server Core"]
    desktop_experience_justification: str | None = None
    min_ubr: dict[Build, Count | list[Count]] = {}
    min_ubr_updated: dt.date | None = None
    end_of_support: dict[Build, dt.date] = {}
    eos_warn_days: Days = 180
    max_patch_age_days: Days = 45
    pending_reboot_is_failure: bool = True

    def minimums(self, build: str) -> tuple[int, ...]:
        """The revisions that a build should have; none where the policy does not say."""
        wanted = self.min_ubr.get(build, [])
        return (wanted,) if isinstance(wanted, int) else tuple(wanted)


class BiosMinimum(Strict):
    """The firmware that a model should have, with the words that Windows has for them."""

    manufacturer: str
    model: str
    version: str


class Firmware(Strict):
    """HOST-01c."""

    min_bios: list[BiosMinimum] = []
    max_bios_age_days: Days = 730
    max_driver_age_days: Days = 1095

    def minimums(self, manufacturer: str | None, model: str) -> tuple[str, ...]:
        """The versions that the firmware of this model should have; none where the policy does not say."""
        wanted = (_folded(manufacturer or ""), _folded(model))
        return tuple(m.version for m in self.min_bios if (_folded(m.manufacturer), _folded(m.model)) == wanted)


class Drivers(Strict):
    """HOST-01c; regular expressions over names of devices."""

    min_version: dict[Regex, str] = {}
    allow_unsigned_regex: list[Regex] = []


class Software(Strict):
    """HOST-01d; regular expressions over names of features and of installed software."""

    allowed_features: list[str] = []
    denied_features: list[str] = []
    allowed_regex: list[Regex] = []
    denied_regex: list[Regex] = []
    max_interactive_sessions: Count = 0
    session_denied_regex: list[Regex] = []


class Management(Strict):
    """HOST-01e: whether people log on at the host itself; unset means that nobody has said."""

    local_management_used: bool | None = None


class Wdac(Strict):
    """HOST-01f."""

    accept_audit: bool = False
    kernel_only_ok: bool = False


class Vbs(Strict):
    """HOST-01g."""

    require_secure_boot: bool = True
    require_dma: bool = False


class Network(Strict):
    """HOST-02 and HOST-03b; subnets as 10.20.30.0/24."""

    management_subnets: list[Subnet] = []
    migration_subnets: list[Subnet] = []
    storage_subnets: list[Subnet] = []
    tenant_subnets: list[Subnet] = []
    allow_converged_management: bool = False
    encryption_is_enough: bool = True


class Migration(Strict):
    """HOST-02c and HOST-02d."""

    encryption_required: bool = True
    authentication: Literal["any", "Kerberos"] = "any"
    smb_encryption_accepted: bool = False


class Smb(Strict):
    """HOST-03."""

    accept_signing_only: bool = False
    encryption_instead_of_private_network: bool = False


class Storage(Strict):
    """HOST-05; the host's own account and cluster accounts are added as SIDs."""

    acl_allowed_sids: list[Sid] = ["S-1-5-18", "S-1-5-32-544", "S-1-5-32-578", "S-1-5-83-0", "S-1-3-0"]
    vm_on_system_volume: Literal["review", "fail", "pass"] = "review"


class Groups(Strict):
    """HOST-08: SIDs, or `*-512` for a relative id of any domain."""

    host_admins: list[str] = []
    hyperv_admins: list[str] = []
    vm_admins: list[str] = []


class Antivirus(Strict):
    """HOST-09."""

    product: str = "defender"
    max_signature_age_days: Days = 3
    allowed_exclusion_regex: list[Regex] = []


class Baseline(Strict):
    """HOST-07 and VM-05."""

    table: str | None = Field(None, description="a CSV file of one's own settings, relative to the policy file")
    strict: bool = Field(False, description="take Microsoft's own values where stricter ones would do as well")

    @property
    def path(self) -> Path | None:
        """The file of one's own settings."""
        return Path(self.table) if self.table else None


class MountedVhd(Strict):
    """HOST-10."""

    allowed_path_regex: list[Regex] = []


class Nested(Strict):
    """HOST-11: names or ids of virtual machines."""

    allowed_vms: list[str] = []
    denied_os_regex: Regex = "ESXi|VMware|Proxmox|XenServer|Linux|FreeBSD"


class BitLocker(Strict):
    """HOST-06; methods are numbers of Win32_EncryptableVolume."""

    methods: list[Annotated[int, Field(ge=1, le=7)]] = [3, 4, 6, 7]
    extra_volumes: list[str] = []


class Tpm(Strict):
    """HOST-12."""

    required: bool = True


class GuardedFabric(Strict):
    """HOST-04 and HOST-12; modes are numbers of MSFT_HgsClientConfiguration."""

    required: bool = True
    attestation_modes: list[Annotated[int, Field(ge=1)]] = [1]


class Templates(Strict):
    """How templates are known; being off alone makes none."""

    name_patterns: list[VmPattern] = []
    folders: list[str] = []
    notes_markers: list[str] = []


class AllowedDevice(Strict):
    """A device of the host that one virtual machine may have whole, and what for."""

    vm: VmPattern
    location_path: str
    vendor_device: str = Field(pattern="^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}$", description="PCI ids, as '10DE:1EB8'")
    reason: str


class Protection(Strict):
    """What guests of a role need of VM-09; `ids: null` means that nobody has said."""

    av: bool = True
    firewall: bool = True
    ids: bool | None = None


class BaselineResult(Strict):
    """What a scanner of the organisation's found in a guest, for VM-05: a dated score against a named profile."""

    vm: VmPattern
    tool: str
    profile: str
    evaluated: dt.date
    score: float = Field(ge=0, le=100)
    failed_high: int = Field(ge=0, description="deviations that the scanner calls grave")


class Deviation(Strict):
    """An accepted deviation of one virtual machine from one recommendation."""

    vm: VmPattern
    check: str
    reason: str
    owner: str
    expires: dt.date


class PortRule(Strict):
    """A rule that every adapter of some machines must have, basic or extended. What is not said means any.

    Addresses, ports and protocols as Windows shows them: 10.20.0.0/16, 443, TCP or 6.
    """

    vm: VmPattern = "*"
    action: Literal["allow", "deny"]
    direction: Literal["inbound", "outbound"]
    local: str = "any"
    remote: str = "any"
    local_port: str = "any"
    remote_port: str = "any"
    protocol: str = "any"

    @property
    def about(self) -> tuple[str, ...]:
        """Local and remote address, local and remote port, protocol."""
        return self.local, self.remote, self.local_port, self.remote_port, self.protocol

    def __str__(self) -> str:
        said = {"from here": self.local, "port": self.local_port, "there": self.remote, "its port": self.remote_port}
        parts = [f"{name} {text}" for name, text in {**said, "by": self.protocol}.items() if text != "any"]
        return " ".join([self.action, self.direction, *(parts or ["everything"])])


class Vm(Strict):
    """The virtual machines. An id counts before a name, and a name before a pattern."""

    exceptions: list[Deviation] = []
    templates: Templates = Templates()
    guest_os: dict[VmPattern, str] = {}
    gen1_unknown_guest: Literal["review", "fail"] = "review"
    min_vm_version: str | None = Field(None, pattern=r"^\d+\.\d+$")
    secure_boot_unsupported: list[VmPattern] = []
    secure_boot_unknown_guest: Literal["review", "fail"] = "fail"
    require_2023_certs: bool = False
    allow_pxe: list[VmPattern] = []
    required_integration_services: list[
        Literal["heartbeat", "shutdown", "time-synchronization", "vss", "data-exchange"]
    ] = ["heartbeat", "shutdown", "time-synchronization", "vss", "data-exchange"]
    time_sync_exempt: list[VmPattern] = []
    min_is_version: str | None = Field(None, pattern=r"^\d+(\.\d+)+$", description="of guests older than 2012 R2")
    linux_daemons_required: bool = False
    expected_switch: dict[VmPattern, list[str]] = {}
    allowed_vlans: dict[VmPattern, list[Annotated[int, Field(ge=0, le=4094)]]] = Field(
        {}, description="pattern -> VLAN ids; 0 is traffic without a tag"
    )
    allow_trunk: dict[VmPattern, str] = Field(
        {}, description="pattern -> the VLAN ids a trunk may carry, as '10,20-30'"
    )
    require_vlan: bool = False
    allow_mac_spoofing: list[VmPattern] = []
    dhcp_servers: list[VmPattern] = []
    routers: list[VmPattern] = []
    mirror_sources: list[VmPattern] = []
    mirror_destinations: list[VmPattern] = []
    guest_teams: list[VmPattern] = []
    allow_priority_tag: list[VmPattern] = []
    allow_disconnected: list[VmPattern] = []
    required_acls: list[PortRule] = []
    bandwidth_max_bps: Count | None = None
    storm_limit_max: Count | None = None
    dynamic_ip_max: Count | None = None
    test_switches: list[str] = []
    allowed_iso: list[str] = Field([], description="paths of images, with wildcards")
    no_empty_dvd: bool = False
    allow_floppy: list[VmPattern] = []
    allow_com_pipe: list[VmPattern] = []
    allow_passthrough: list[VmPattern] = []
    guest_clusters: list[VmPattern] = Field([], description="machines that share disks with one another")
    allow_guest_file_copy: list[VmPattern] = []
    allowed_gpu_partition: list[VmPattern] = []
    allow_fibre_channel: list[VmPattern] = []
    allow_full_scsi: list[VmPattern] = []
    max_empty_controllers: Count = 1
    console_access: list[Sid] = []
    allow_enhanced_session: bool = False
    require_lock_on_disconnect: bool = False
    vbs_opt_out_allowed: list[VmPattern] = []
    allowed_dda: list[AllowedDevice] = []
    trusted_dda_vendors: list[Annotated[str, Field(pattern="^[0-9A-Fa-f]{4}$")]] = []
    untrusted_vms: list[VmPattern] = []
    shielding_required: list[VmPattern] = []
    storage_roots: list[Root] = Field([], description="folders that files of virtual machines belong in")
    storage_access: list[Sid] = Field([], description="who else may open files of virtual machines")
    require_volume_encryption: bool = False
    array_encryption: list[Root] = Field([], description="folders that the storage array encrypts")
    require_smb_encryption: bool = True
    check_parents: Literal["auto", "all", "never"] = Field(
        "auto", description="which disks are opened to see what they rest on; auto: those of checkpoints"
    )
    checkpoint_max_age_days: Days = 7
    forbid_standard_checkpoints: bool = False
    trusted_guardians: list[str] = Field(
        [], description="thumbprints (SHA-1) of their signing certificates, or names, which anybody can give"
    )
    require_tpm_attestation: bool = False
    encrypt_state_required: list[VmPattern] = []
    require_replication_https: bool = False
    allow_nested: list[VmPattern] = []
    test_replica_max_age_days: Days = 7
    require_guest_evidence: bool = False
    roles: dict[VmPattern, str] = Field({}, description="pattern -> role; else dc, server, standalone, client or linux")
    min_build: dict[GuestBuild, Count] = Field(
        {}, description="build -> the revision (UBR) that it should have at least"
    )
    patch_grace_days: Days = 30
    critical_grace_days: Days = 14
    max_scan_age_days: Days = 7
    allowed_update_sources: list[str] = []
    end_of_support: dict[str, dt.date] = Field({}, description="release, as findings name it -> its last day")
    eol_exempt: list[VmPattern] = []
    template_max_age_days: Days = 60
    template_patched: dict[VmPattern, dt.date] = Field(
        {}, description="pattern -> the day on which a template was patched"
    )
    baseline_profiles: dict[str, str] = Field({}, description="role -> the profile that a scanner should have used")
    baseline_results: list[BaselineResult] = []
    baseline_min_score: float = Field(95, ge=0, le=100)
    baseline_max_age_days: Days = 30
    protection_profiles: dict[str, Protection] = Field({}, description="role, or `default` -> what it needs")
    av_services: list[str] = Field([], description="services of an antivirus that is none of Microsoft's")
    ids_services: list[str] = Field([], description="services of an intrusion detection that is none of Microsoft's")
    max_signature_age_days: Days = 3
    vbs_required_services: dict[str, list[int]] = Field(
        {"dc": [2], "client": [1, 2], "server": [1, 2], "default": [2]},
        description="role, or `default` -> numbers of Win32_DeviceGuard: 1 Credential Guard, 2 memory integrity",
    )


class Policy(Strict):
    """The whole policy."""

    os: Os = Os()
    firmware: Firmware = Firmware()
    drivers: Drivers = Drivers()
    software: Software = Software()
    management: Management = Management()
    wdac: Wdac = Wdac()
    vbs: Vbs = Vbs()
    network: Network = Network()
    migration: Migration = Migration()
    smb: Smb = Smb()
    storage: Storage = Storage()
    bitlocker: BitLocker = BitLocker()
    groups: Groups = Groups()
    antivirus: Antivirus = Antivirus()
    baseline: Baseline = Baseline()
    mounted_vhd: MountedVhd = MountedVhd()
    nested: Nested = Nested()
    tpm: Tpm = Tpm()
    guarded_fabric: GuardedFabric = GuardedFabric()
    vm: Vm = Vm()


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
    """The entry of its id, else of its very name, else of the first pattern that means it, in the order of the file."""
    by_id = (value for key, value in table.items() if key.lower() == vm_id.lower())
    by_name = (value for key, value in table.items() if _folded(key) == _folded(name))
    by_pattern = (value for key, value in table.items() if _matches(key, vm_id, name))
    return next(chain(by_id, by_name, by_pattern), None)


def vm_patterns(section: Strict, name: str = "vm") -> Iterator[tuple[str, str]]:
    """Every pattern of virtual machines in a section of the policy, with its key."""
    for field_name, field in type(section).model_fields.items():
        key, value = f"{name}.{field_name}", getattr(section, field_name)
        if _OF_VMS in field.metadata:
            yield key, value
        elif VmPattern in get_args(field.annotation):
            yield from ((key, pattern) for pattern in value)
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, Strict):
                yield from vm_patterns(inner, key)


def names_path(patterns: Iterable[str], path: str) -> bool:
    """Whether one of `patterns` means this path; `..` in it may lead anywhere, and is meant by none."""
    return ".." not in path and any(fnmatch.fnmatchcase(_folded(path), _folded(pattern)) for pattern in patterns)


def _matches(pattern: str, vm_id: str, name: str) -> bool:
    """Wildcards count in the pattern only: a VM may be called `*`."""
    return pattern.lower() == vm_id.lower() or fnmatch.fnmatchcase(_folded(name), _folded(pattern))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()
