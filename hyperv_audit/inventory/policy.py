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

    allowed_installation_types: list[str] = Field(
        ["Server Core"], description="how Windows may be installed, in the words of its registry, as 'Server Core'"
    )
    desktop_experience_justification: str | None = Field(
        None, description="why hosts have a desktop; makes that a matter of review"
    )
    min_ubr: dict[Build, Count | list[Count]] = Field(
        {},
        description="build -> the revision (UBR) that it should have at least; several where hotpatches have one",
    )
    min_ubr_updated: dt.date | None = Field(None, description="the day on which min_ubr was looked up")
    end_of_support: dict[Build, dt.date] = Field(
        {}, description="build -> its last day with updates, instead of Microsoft's"
    )
    eos_warn_days: Days = Field(180, description="days before the end of support from which a person is asked")
    max_patch_age_days: Days = Field(
        45, description="days after which the newest update, or min_ubr itself, is called old"
    )
    pending_reboot_is_failure: bool = Field(True, description="whether a restart that updates wait for is a finding")

    def minimums(self, build: str) -> tuple[int, ...]:
        """The revisions that a build should have; none where the policy does not say."""
        wanted = self.min_ubr.get(build, [])
        return (wanted,) if isinstance(wanted, int) else tuple(wanted)


class BiosMinimum(Strict):
    """The firmware that a model should have, with the words that Windows has for them."""

    manufacturer: str = Field(description="as Win32_ComputerSystem names it")
    model: str = Field(description="as Win32_ComputerSystem names it")
    version: str = Field(description="the version that it should have at least")


class Firmware(Strict):
    """HOST-01c."""

    min_bios: list[BiosMinimum] = Field(
        [], description="by manufacturer and model, the firmware that it should have at least"
    )
    max_bios_age_days: Days = Field(730, description="days after which firmware is called old")
    max_driver_age_days: Days = Field(1095, description="days after which a driver is called old")

    def minimums(self, manufacturer: str | None, model: str) -> tuple[str, ...]:
        """The versions that the firmware of this model should have; none where the policy does not say."""
        wanted = (_folded(manufacturer or ""), _folded(model))
        return tuple(m.version for m in self.min_bios if (_folded(m.manufacturer), _folded(m.model)) == wanted)


class Drivers(Strict):
    """HOST-01c; regular expressions over names of devices."""

    min_version: dict[Regex, str] = Field(
        {}, description="name of a device -> the version that its driver should have at least"
    )
    allow_unsigned_regex: list[Regex] = Field([], description="devices whose drivers may be unsigned")


class Software(Strict):
    """HOST-01d; regular expressions over names of features and of installed software."""

    allowed_features: list[str] = Field(
        [], description="roles and features that may be installed, beside those of Hyper-V"
    )
    denied_features: list[str] = Field(
        [], description="roles and features that must not be; instead of those that the check names"
    )
    allowed_regex: list[Regex] = Field([], description="installed programs that are known and meant")
    denied_regex: list[Regex] = Field(
        [], description="programs that must not be; instead of those that the check names"
    )
    max_interactive_sessions: Count = Field(0, description="how many people may be logged on at the host itself")
    session_denied_regex: list[Regex] = Field(
        [], description="accounts, as DOMAIN\\name, that must not be logged on at the host itself"
    )


class Management(Strict):
    """HOST-01e: whether people log on at the host itself; unset means that nobody has said."""

    local_management_used: bool | None = Field(
        None, description="whether people administer the host at its own console or desktop"
    )


class Wdac(Strict):
    """HOST-01f."""

    accept_audit: bool = Field(False, description="whether a policy in audit mode is for a person instead of a finding")
    kernel_only_ok: bool = Field(False, description="whether a policy that holds only the kernel is enough")


class Vbs(Strict):
    """HOST-01g."""

    require_secure_boot: bool = Field(True, description="whether the host has to start with Secure Boot")
    require_dma: bool = Field(False, description="whether protection against DMA is asked for")


class Network(Strict):
    """HOST-02 and HOST-03b; subnets as 10.20.30.0/24."""

    management_subnets: list[Subnet] = Field([], description="where hosts are administered")
    migration_subnets: list[Subnet] = Field([], description="where live migration travels")
    storage_subnets: list[Subnet] = Field([], description="where storage travels")
    tenant_subnets: list[Subnet] = Field([], description="where virtual machines are")
    allow_converged_management: bool = Field(
        False, description="whether the host may be administered over a switch of its virtual machines"
    )
    encryption_is_enough: bool = Field(True, description="whether encrypted live migration may share a network")


class Migration(Strict):
    """HOST-02c and HOST-02d."""

    encryption_required: bool = Field(True, description="whether live migration has to be encrypted, by IPsec or SMB")
    authentication: Literal["any", "Kerberos"] = Field(
        "any", description="Kerberos: CredSSP is a finding; any: for a person"
    )
    smb_encryption_accepted: bool = Field(
        False, description="whether encryption by SMB counts, because all hosts and storage are known to have it"
    )


class Smb(Strict):
    """HOST-03."""

    accept_signing_only: bool = Field(
        False, description="whether connections that are signed and not encrypted are enough"
    )
    encryption_instead_of_private_network: bool = Field(
        False, description="whether encrypted storage traffic may use any network"
    )


class Storage(Strict):
    """HOST-05; the host's own account and cluster accounts are added as SIDs."""

    acl_allowed_sids: list[Sid] = Field(
        ["S-1-5-18", "S-1-5-32-544", "S-1-5-32-578", "S-1-5-83-0", "S-1-3-0"],
        description="who may read or change folders of virtual machines: SIDs, or '*-512' for any domain's",
    )
    vm_on_system_volume: Literal["review", "fail", "pass"] = Field(
        "review", description="what is said of virtual machines on the volume of Windows"
    )


class Groups(Strict):
    """HOST-08: SIDs, or `*-512` for a relative id of any domain."""

    host_admins: list[str] = Field([], description="who may be in the group Administrators")
    hyperv_admins: list[str] = Field([], description="who may be in Hyper-V Administrators")
    vm_admins: list[str] = Field([], description="who administers virtual machines, and therefore nothing of a host")


class Antivirus(Strict):
    """HOST-09."""

    product: str = Field(
        "defender", description="what should protect the host; another name than 'defender' asks a person for its state"
    )
    max_signature_age_days: Days = Field(3, description="days that signatures may be old")
    allowed_exclusion_regex: list[Regex] = Field([], description="exclusions beyond those that Hyper-V needs")


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

    allowed_path_regex: list[Regex] = Field([], description="images that may be mounted on a host")


class Nested(Strict):
    """HOST-11: names or ids of virtual machines."""

    allowed_vms: list[str] = Field([], description="machines that may run a hypervisor of their own")
    denied_os_regex: Regex = Field(
        "ESXi|VMware|Proxmox|XenServer|Linux|FreeBSD",
        description="guest systems, as Windows names them, that must not nest",
    )


class BitLocker(Strict):
    """HOST-06; methods are numbers of Win32_EncryptableVolume."""

    methods: list[Annotated[int, Field(ge=1, le=7)]] = Field(
        [3, 4, 6, 7],
        description="ways of encryption that are accepted: 3 and 4 AES 128 and 256, 5 the drive's own, 6 and 7 XTS-AES",
    )
    extra_volumes: list[str] = Field(
        [], description="volumes that have to be encrypted beside those of Windows and virtual machines, as 'E:\\'"
    )


class Tpm(Strict):
    """HOST-12."""

    required: bool = Field(True, description="whether hosts have to have a TPM")


class GuardedFabric(Strict):
    """HOST-04 and HOST-12; modes are numbers of MSFT_HgsClientConfiguration."""

    required: bool = Field(True, description="whether hosts have to be guarded")
    attestation_modes: list[Annotated[int, Field(ge=1)]] = Field(
        [1], description="accepted modes: 1 TPM, 2 Active Directory"
    )


class Templates(Strict):
    """How templates are known; being off alone makes none."""

    name_patterns: list[VmPattern] = Field([], description="names of templates")
    folders: list[str] = Field([], description="folders that templates lie in")
    notes_markers: list[str] = Field([], description="text in a machine's notes that makes it one")


class AllowedDevice(Strict):
    """A device of the host that one virtual machine may have whole, and what for."""

    vm: VmPattern = Field(description="the machine that may have it, by id or name")
    location_path: str = Field(description="where the device is, as Windows names the place")
    vendor_device: str = Field(pattern="^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}$", description="PCI ids, as '10DE:1EB8'")
    reason: str = Field(description="what for")


class Protection(Strict):
    """What guests of a role need of VM-09; `ids: null` means that nobody has said."""

    av: bool = Field(True, description="whether antivirus is needed")
    firewall: bool = Field(True, description="whether a firewall is needed")
    ids: bool | None = Field(None, description="whether intrusion detection is needed")


class BaselineResult(Strict):
    """What a scanner of the organisation's found in a guest, for VM-05: a dated score against a named profile."""

    vm: VmPattern = Field(description="the machine, by id or name")
    tool: str = Field(description="the scanner")
    profile: str = Field(description="what it was compared with")
    evaluated: dt.date = Field(description="the day of the scan")
    score: float = Field(ge=0, le=100, description="percent of the settings that comply")
    failed_high: int = Field(ge=0, description="deviations that the scanner calls grave")


class Deviation(Strict):
    """An accepted deviation of one virtual machine from one recommendation."""

    vm: VmPattern = Field(description="the machine, by id or name")
    check: str = Field(description="id of the recommendation, as VM-06")
    reason: str = Field(description="why it is accepted")
    owner: str = Field(description="who has accepted it")
    expires: dt.date = Field(description="the last day on which it counts")


class PortRule(Strict):
    """A rule that every adapter of some machines must have, basic or extended. What is not said means any.

    Addresses, ports and protocols as Windows shows them: 10.20.0.0/16, 443, TCP or 6.
    """

    vm: VmPattern = Field("*", description="the machines that need it, by id or name")
    action: Literal["allow", "deny"] = Field(description="what the rule does")
    direction: Literal["inbound", "outbound"] = Field(description="which traffic it means, as the machine sees it")
    local: str = Field("any", description="addresses of the machine")
    remote: str = Field("any", description="addresses of the other side")
    local_port: str = Field("any", description="port of the machine")
    remote_port: str = Field("any", description="port of the other side")
    protocol: str = Field("any", description="by name or number")

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

    exceptions: list[Deviation] = Field([], description="accepted deviations of single machines")
    templates: Templates = Field(Templates(), description="how templates are known")
    guest_os: dict[VmPattern, str] = Field(
        {}, description="pattern -> the system inside, as windows-server-2022, where the guest does not tell"
    )
    gen1_unknown_guest: Literal["review", "fail"] = Field(
        "review", description="what is said of generation 1 when nobody knows the system inside"
    )
    min_vm_version: str | None = Field(
        None,
        pattern=r"^\d+\.\d+$",
        description="the configuration version that machines should have at least, as '9.0'",
    )
    secure_boot_unsupported: list[VmPattern] = Field(
        [], description="machines whose system cannot start with Secure Boot"
    )
    secure_boot_unknown_guest: Literal["review", "fail"] = Field(
        "fail", description="what is said of Secure Boot turned off when nobody knows the system inside"
    )
    require_2023_certs: bool = Field(
        False, description="whether the firmware has to know Microsoft's certificates of 2023"
    )
    allow_pxe: list[VmPattern] = Field([], description="machines that may start from the network")
    required_integration_services: list[
        Literal["heartbeat", "shutdown", "time-synchronization", "vss", "data-exchange"]
    ] = Field(
        ["heartbeat", "shutdown", "time-synchronization", "vss", "data-exchange"],
        description="integration services that have to be on and answer",
    )
    time_sync_exempt: list[VmPattern] = Field(
        [], description="machines that take their time from elsewhere, as domain controllers do"
    )
    min_is_version: str | None = Field(None, pattern=r"^\d+(\.\d+)+$", description="of guests older than 2012 R2")
    linux_daemons_required: bool = Field(
        False, description="whether Linux guests without the daemons of Hyper-V are findings"
    )
    expected_switch: dict[VmPattern, list[str]] = Field(
        {}, description="pattern -> switches, by name or id, that adapters may be on"
    )
    allowed_vlans: dict[VmPattern, list[Annotated[int, Field(ge=0, le=4094)]]] = Field(
        {}, description="pattern -> VLAN ids; 0 is traffic without a tag"
    )
    allow_trunk: dict[VmPattern, str] = Field(
        {}, description="pattern -> the VLAN ids a trunk may carry, as '10,20-30'"
    )
    require_vlan: bool = Field(False, description="whether each adapter has to be in a VLAN")
    allow_mac_spoofing: list[VmPattern] = Field([], description="machines that may send from other MAC addresses")
    dhcp_servers: list[VmPattern] = Field([], description="machines that may offer addresses")
    routers: list[VmPattern] = Field([], description="machines that may announce routes")
    mirror_sources: list[VmPattern] = Field([], description="machines whose traffic may be copied")
    mirror_destinations: list[VmPattern] = Field([], description="machines that may see the traffic of others")
    guest_teams: list[VmPattern] = Field([], description="machines that may team adapters inside")
    allow_priority_tag: list[VmPattern] = Field([], description="machines that may send priorities (802.1p)")
    allow_disconnected: list[VmPattern] = Field([], description="machines that may have an adapter on no switch")
    required_acls: list[PortRule] = Field([], description="port rules that adapters must have")
    bandwidth_max_bps: Count | None = Field(
        None, description="the highest limit of bandwidth that an adapter may have, in bits a second"
    )
    storm_limit_max: Count | None = Field(
        None, description="the highest limit of broadcast storms that an adapter may have, as Windows counts them"
    )
    dynamic_ip_max: Count | None = Field(
        None, description="the highest number of learnt addresses that an adapter may be allowed"
    )
    test_switches: list[str] = Field([], description="isolated switches for test failovers")
    allowed_iso: list[str] = Field([], description="paths of images, with wildcards")
    no_empty_dvd: bool = Field(False, description="whether a DVD drive without a medium is a finding")
    allow_floppy: list[VmPattern] = Field([], description="machines that may have an image in the floppy drive")
    allow_com_pipe: list[VmPattern] = Field([], description="machines whose serial ports may lead to a named pipe")
    allow_passthrough: list[VmPattern] = Field([], description="machines that may have a whole disk of the host")
    guest_clusters: list[VmPattern] = Field([], description="machines that share disks with one another")
    allow_guest_file_copy: list[VmPattern] = Field(
        [], description="machines that the host may copy files into (Guest Service Interface)"
    )
    allowed_gpu_partition: list[VmPattern] = Field([], description="machines that may share a GPU of the host")
    allow_fibre_channel: list[VmPattern] = Field(
        [], description="machines that may have virtual Fibre Channel adapters"
    )
    allow_full_scsi: list[VmPattern] = Field([], description="machines that may send every SCSI command to their disks")
    max_empty_controllers: Count = Field(1, description="how many SCSI controllers of a machine may have no drive")
    console_access: list[Sid] = Field([], description="SIDs that may be granted the console (Grant-VMConnectAccess)")
    allow_enhanced_session: bool = Field(False, description="whether the host may offer enhanced sessions")
    require_lock_on_disconnect: bool = Field(
        False, description="whether a console has to be locked when somebody leaves it"
    )
    vbs_opt_out_allowed: list[VmPattern] = Field(
        [], description="machines that may do without virtualization-based security"
    )
    allowed_dda: list[AllowedDevice] = Field([], description="devices that single machines may have whole")
    trusted_dda_vendors: list[Annotated[str, Field(pattern="^[0-9A-Fa-f]{4}$")]] = Field(
        [], description="PCI ids of vendors, as '10DE', whose devices may be given away whole"
    )
    untrusted_vms: list[VmPattern] = Field(
        [], description="machines that get no device of the host whole, whoever allows it"
    )
    shielding_required: list[VmPattern] = Field([], description="machines that have to be shielded")
    storage_roots: list[Root] = Field([], description="folders that files of virtual machines belong in")
    storage_access: list[Sid] = Field([], description="who else may open files of virtual machines")
    require_volume_encryption: bool = Field(
        False, description="whether volumes with files of virtual machines have to be encrypted"
    )
    array_encryption: list[Root] = Field([], description="folders that the storage array encrypts")
    require_smb_encryption: bool = Field(
        True, description="whether shares with files of virtual machines have to be encrypted on the way"
    )
    check_parents: Literal["auto", "all", "never"] = Field(
        "auto", description="which disks are opened to see what they rest on; auto: those of checkpoints"
    )
    checkpoint_max_age_days: Days = Field(7, description="days after which a checkpoint is called forgotten")
    forbid_standard_checkpoints: bool = Field(False, description="whether checkpoints that hold memory are findings")
    trusted_guardians: list[str] = Field(
        [], description="thumbprints (SHA-1) of their signing certificates, or names, which anybody can give"
    )
    require_tpm_attestation: bool = Field(
        False, description="whether hosts of shielded machines have to be attested by TPM"
    )
    encrypt_state_required: list[VmPattern] = Field(
        [], description="machines whose saved state and migration have to be encrypted"
    )
    require_replication_https: bool = Field(False, description="whether replicas have to travel over HTTPS")
    allow_nested: list[VmPattern] = Field([], description="machines that may run a hypervisor of their own")
    test_replica_max_age_days: Days = Field(7, description="days after which a test failover is called forgotten")
    require_guest_evidence: bool = Field(
        False, description="whether it is a finding that the inventory names no way into a machine (`guests`)"
    )
    roles: dict[VmPattern, str] = Field({}, description="pattern -> role; else dc, server, standalone, client or linux")
    min_build: dict[GuestBuild, Count] = Field(
        {}, description="build -> the revision (UBR) that it should have at least"
    )
    patch_grace_days: Days = Field(30, description="days that an update may wait to be installed")
    critical_grace_days: Days = Field(14, description="days that a critical update may wait")
    max_scan_age_days: Days = Field(7, description="days after which a guest has to have searched for updates again")
    allowed_update_sources: list[str] = Field([], description="update servers that guests may use, as they name them")
    end_of_support: dict[str, dt.date] = Field({}, description="release, as findings name it -> its last day")
    eol_exempt: list[VmPattern] = Field(
        [], description="machines that get updates beyond the end of support of their system"
    )
    template_max_age_days: Days = Field(60, description="days after which a template has to have been patched again")
    template_patched: dict[VmPattern, dt.date] = Field(
        {}, description="pattern -> the day on which a template was patched"
    )
    baseline_profiles: dict[str, str] = Field({}, description="role -> the profile that a scanner should have used")
    baseline_results: list[BaselineResult] = Field([], description="what a scanner of the organisation's found")
    baseline_min_score: float = Field(95, ge=0, le=100, description="percent of the settings that have to comply")
    baseline_max_age_days: Days = Field(30, description="days after which a scan counts no more")
    protection_profiles: dict[str, Protection] = Field({}, description="role, or `default` -> what it needs")
    av_services: list[str] = Field([], description="services of an antivirus that is none of Microsoft's")
    ids_services: list[str] = Field([], description="services of an intrusion detection that is none of Microsoft's")
    max_signature_age_days: Days = Field(3, description="days that signatures in guests may be old")
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
