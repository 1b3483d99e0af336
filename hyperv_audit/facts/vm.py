"""A virtual machine as facts: configuration as its host shows it, and what the guest says of itself."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field

from hyperv_audit.facts import guest_os, paths, vlans
from hyperv_audit.facts.devices import Devices, Settings
from hyperv_audit.facts.enums import (
    AclAction,
    AclDirection,
    BootType,
    Heartbeat,
    IsolationMode,
    MachineType,
    Mirroring,
    OnOff,
    PrivateVlanMode,
    ProductType,
    ReplicationAuthentication,
    ReplicationMode,
    SessionTransport,
    SnapshotType,
    StartAction,
    StopAction,
    VlanMode,
    VMState,
)
from hyperv_audit.facts.estate import Carrier
from hyperv_audit.facts.guest import Absence, Guest, NoGuest
from hyperv_audit.facts.integration import IntegrationService, Service
from hyperv_audit.facts.moments import Moment
from hyperv_audit.facts.network import Ip, IpAddress
from hyperv_audit.facts.reading import Row, Unreadable
from hyperv_audit.facts.vm_files import Use, VmFiles
from hyperv_audit.inventory.policy import lookup, matches

if TYPE_CHECKING:
    from hyperv_audit.facts.host import HostFacts

R = TypeVar("R", bound=Row)
T = TypeVar("T")

EMPTY_KEY_PROTECTOR = 4  # bytes 0,0,0,4: Get-VMKeyProtector never returns nothing
UNTRUSTED_GUARDIAN = "UntrustedGuardian"  # made by Set-VMKeyProtector -NewLocalKeyProtector: its keys lie on the host
_ANY = ("", "*", "any")
_WHOLE = ("0.0.0.0/0", "::/0")
_RUNNING = (VMState.RUNNING, VMState.RUNNING_CRITICAL)


class SecureBootTemplate(StrEnum):
    """Templates by id; compared without case and braces."""

    MICROSOFT_WINDOWS = "1734c6e8-3154-4dda-ba5f-a874cc483422"
    MICROSOFT_UEFI_CA = "272e7447-90a4-4563-a4b9-8e4ab00526ce"
    OPEN_SOURCE_SHIELDED_VM = "4292ae2b-ee2c-42b5-a969-dd8f8689f6f3"


class Identity(Row):
    """Who a virtual machine is: the id is the key, the name is anybody's text."""

    id: str = Field(alias="Id", pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$")
    name: str | None = Field(alias="Name")


class Machine(Row):
    """Get-VM. What a critical VM does not show is None here, and unreadable for a check."""

    state: VMState | None = Field(alias="State")
    generation: int | None = Field(alias="Generation")
    version: str | None = Field(alias="Version")
    type: MachineType | None = Field(alias="VirtualMachineType")
    replication: ReplicationMode | None = Field(alias="ReplicationMode")
    path: str | None = Field(alias="Path")
    configuration: str | None = Field(alias="ConfigurationLocation")
    created: Moment = Field(alias="CreationTime")

    @property
    def folders(self) -> tuple[str, str]:
        """Where its configuration lies. Raises `Unreadable`."""
        if self.path is None or self.configuration is None:
            raise Unreadable("vms.vm: Path or ConfigurationLocation of a VM was not shown")
        return self.path, self.configuration


class Conditions(Row):
    """Get-VM again: what of a machine changes while it runs, and what surrounds it."""

    notes: str | None = Field(alias="Notes")
    heartbeat: Heartbeat | None = Field(alias="Heartbeat")
    uptime: int | None = Field(alias="UptimeSeconds")
    start_action: StartAction | None = Field(alias="AutomaticStartAction")
    stop_action: StopAction | None = Field(alias="AutomaticStopAction")
    dynamic_memory: bool | None = Field(alias="DynamicMemoryEnabled")
    lock_on_disconnect: OnOff | None = Field(alias="LockOnDisconnect")
    session_transport: SessionTransport | None = Field(alias="EnhancedSession")
    remote_fx: bool = Field(alias="RemoteFx")


class _Memory(Row):
    """Get-VM: where what a machine has in its memory is written to."""

    snapshots: str | None = Field(alias="SnapshotFileLocation")
    paging: str | None = Field(alias="SmartPagingFilePath")
    pages: bool | None = Field(alias="SmartPagingFileInUse")


class Firmware(Row):
    """Get-VMFirmware, generation 2 only. The template's id stands there also while Secure Boot is off."""

    secure_boot: OnOff = Field(alias="SecureBoot")
    template_id: str | None = Field(alias="SecureBootTemplateId")
    boot_types: list[BootType] = Field(alias="BootTypes")

    @property
    def template(self) -> SecureBootTemplate | None:
        """The template, when it is one that Microsoft ships."""
        wanted = (self.template_id or "").strip("{}").lower()
        return next((template for template in SecureBootTemplate if template.value == wanted), None)

    @property
    def first_boot(self) -> BootType | None:
        """What the boot order begins with; None where nothing was shown."""
        return self.boot_types[0] if self.boot_types else None


class Security(Row):
    """Get-VMSecurity."""

    tpm: bool = Field(alias="TpmEnabled")
    shielded: bool = Field(alias="Shielded")
    encrypts_state_and_migration: bool = Field(alias="EncryptStateAndVmMigrationTraffic")


class _KeyStorageDrive(Row):
    enabled: bool = Field(alias="KsdEnabled")


class _VbsOptOut(Row):
    chosen: bool = Field(alias="VirtualizationBasedSecurityOptOut")


class InForce(Row):
    """Msvm_SecurityElement: what protects the machine now, whatever is set for its next start."""

    shielded: bool = Field(alias="Shielded")
    encrypts_state_and_migration: bool = Field(alias="EncryptStateAndVmMigrationTraffic")


class _EncryptionFlag(Row):
    is_set: bool = Field(alias="EncryptStateAndVmMigrationTraffic")


class _Replication(Row):
    authentication: ReplicationAuthentication = Field(alias="AuthenticationType")


class Guardian(Row):
    """MSFT_HgsGuardian: somebody who can unlock. Anybody can give a guardian any name; its certificate is its own."""

    name: str = Field(alias="Name")
    certificate: str = Field(alias="SigningCertificate", pattern="^([0-9a-f]{2})*$")

    def __str__(self) -> str:
        return f"{self.name} ({self.thumbprint or 'no certificate was shown'})"

    @property
    def thumbprint(self) -> str:
        """Of its signing certificate, as Windows shows it: SHA-1 in upper case; empty where none was shown."""
        return hashlib.sha1(bytes.fromhex(self.certificate), usedforsecurity=False).hexdigest().upper() * bool(
            self.certificate
        )


class KeyProtector(Row):
    """Get-VMKeyProtector, decoded; never its bytes."""

    length: int = Field(alias="Length")
    owner: str | None = Field(alias="Owner")
    guardians: list[Guardian] = Field(alias="Guardians")
    decode_error: str | None = Field(alias="DecodeError")

    @property
    def is_present(self) -> bool:
        """Whether there is one at all."""
        return self.length > EMPTY_KEY_PROTECTOR

    @property
    def is_decoded(self) -> bool:
        """Whether it says who holds its keys."""
        return self.decode_error is None and bool(self.owner) and bool(self.guardians)

    @property
    def is_local(self) -> bool:
        """Whether its keys lie on this very host."""
        return UNTRUSTED_GUARDIAN in (self.owner, *(guardian.name for guardian in self.guardians))


class Vlan(Row):
    """VlanSetting of an adapter."""

    mode: VlanMode = Field(alias="OperationMode")
    access: int = Field(alias="AccessVlanId")
    native: int = Field(alias="NativeVlanId")
    allowed: str | None = Field(alias="AllowedVlanIdList")
    private_mode: PrivateVlanMode | None = Field(alias="PrivateVlanMode")
    primary: int | None = Field(alias="PrimaryVlanId")
    secondary: int | None = Field(alias="SecondaryVlanId")
    secondaries: str | None = Field(alias="SecondaryVlanIdList")

    @property
    def private_is_consistent(self) -> bool:
        """Isolated and community need a primary and one secondary VLAN; promiscuous a primary and a list."""
        partners = {
            PrivateVlanMode.ISOLATED: self.secondary,
            PrivateVlanMode.COMMUNITY: self.secondary,
            PrivateVlanMode.PROMISCUOUS: self.secondaries,
        }
        return bool(self.primary) and self.private_mode is not None and bool(partners.get(self.private_mode))


class Isolation(Row):
    """IsolationSetting of an adapter."""

    mode: IsolationMode = Field(alias="IsolationMode")
    default_id: int = Field(alias="DefaultIsolationID")


class Acl(Row):
    """A basic port rule, for all ports and protocols."""

    action: AclAction = Field(alias="Action")
    direction: AclDirection = Field(alias="Direction")
    local: str | None = Field(alias="Local")
    remote: str | None = Field(alias="Remote")

    @property
    def about(self) -> tuple[str | None, ...]:
        """Local and remote address, local and remote port, protocol."""
        return self.local, self.remote, "any", "any", "any"

    @property
    def is_for_all_networks(self) -> bool:
        """Whether it is for all traffic of its port."""
        return True

    @property
    def is_of_everything(self) -> bool:
        """Whether it is about all traffic, or all of one protocol, at least of one kind of addresses."""
        *ends, _protocol = self.about
        return all(is_any(text) or text in _WHOLE for text in ends)

    def concerns(self, direction: AclDirection) -> bool:
        """Whether it is for traffic of this direction."""
        return self.direction in (direction, AclDirection.BOTH)


class ExtendedAcl(Acl):
    """An extended port rule; of several, the one with the highest weight counts."""

    local_port: str | None = Field(alias="LocalPort")
    remote_port: str | None = Field(alias="RemotePort")
    protocol: str | None = Field(alias="Protocol")
    weight: int | None = Field(alias="Weight")
    isolation_id: int | None = Field(alias="IsolationId")

    @property
    def is_for_all_networks(self) -> bool:
        """Whether it is for more than one virtual network, of those that share the port."""
        return self.isolation_id == 0

    @property
    def about(self) -> tuple[str | None, ...]:
        """As for a basic rule."""
        return self.local, self.remote, self.local_port, self.remote_port, self.protocol


def is_any(text: str | None) -> bool:
    """Whether an address, a port or a protocol of a rule means every one; what was not shown means nothing."""
    return text is not None and text.strip().lower() in _ANY


class Adapter(Row):
    """Get-VMNetworkAdapter."""

    id: str = Field(alias="Id")
    name: str | None = Field(alias="Name")
    connected: bool = Field(alias="Connected")
    switch_id: str | None = Field(alias="SwitchId")
    switch_name: str | None = Field(alias="SwitchName")
    pool: str | None = Field(alias="PoolName")
    mac: str = Field(alias="MacAddress")
    mac_is_dynamic: bool = Field(alias="DynamicMacAddressEnabled")
    mac_spoofing: OnOff = Field(alias="MacAddressSpoofing")
    dhcp_guard: OnOff = Field(alias="DhcpGuard")
    router_guard: OnOff = Field(alias="RouterGuard")
    mirroring: Mirroring = Field(alias="PortMirroringMode")
    priority_tag: OnOff = Field(alias="IeeePriorityTag")
    teaming: OnOff = Field(alias="AllowTeaming")
    virtual_subnet: int = Field(alias="VirtualSubnetId")
    storm_limit: int = Field(alias="StormLimit")
    dynamic_ip_limit: int = Field(alias="DynamicIPAddressLimit")
    iov_weight: int = Field(alias="IovWeight")
    test_failover: str | None = Field(alias="TestReplicaSwitchName")
    maximum_bandwidth: int | None = Field(alias="MaximumBandwidth")
    vlan: Vlan = Field(alias="Vlan")
    isolation: Isolation = Field(alias="Isolation")
    acls: list[Acl] = Field(alias="Acls")
    extended_acls: list[ExtendedAcl] = Field(alias="ExtendedAcls")

    @property
    def label(self) -> str:
        """How a finding calls it: adapters of one VM often share a name."""
        return f"{self.name or 'adapter'} ({self.id.rpartition(chr(92))[2][:8]})"

    @property
    def switch_and_mac(self) -> tuple[str, str]:
        """Where its address has to be unique."""
        return (self.switch_id or "").lower(), self.mac.upper()

    @property
    def is_software_defined(self) -> bool:
        """A network controller owns this port; VLANs are none of its business."""
        controlled = (IsolationMode.NATIVE_VIRTUAL_SUBNET, IsolationMode.EXTERNAL_VIRTUAL_SUBNET)
        return self.virtual_subnet != 0 or self.isolation.mode in controlled

    @property
    def effective_vlan(self) -> int | None:
        """The VLAN of an access port, set by either of two cmdlets; the primary one of a private port; else None."""
        if self.vlan.mode is VlanMode.ACCESS:
            return self.vlan.access or None
        if self.vlan.mode is VlanMode.PRIVATE:
            return self.vlan.primary or None
        if self.vlan.mode is VlanMode.UNTAGGED and self.isolation.mode is IsolationMode.VLAN:
            return self.isolation.default_id or None
        return None

    @property
    def is_untagged(self) -> bool:
        """Whether its traffic leaves the host without a tag, and its VLAN is whatever the physical port makes of it."""
        return self.vlan.mode in (VlanMode.UNTAGGED, VlanMode.ACCESS) and self.effective_vlan is None

    def test_switch(self, *, of_replica: bool) -> str:
        """Where a test failover would connect it; empty for nowhere. Only a replica has one. Raises `Unreadable`."""
        if self.test_failover is None and of_replica:
            raise Unreadable("vms.adapters: TestReplicaSwitchName of a replica was not shown", vm_only=True)
        return self.test_failover or ""

    def carries(self, vlan: int | None) -> bool:
        """Whether the port hears this VLAN (None: traffic without a tag). A network controller's port hears none."""
        if self.is_software_defined:
            return False
        if self.vlan.mode is VlanMode.TRUNK:
            tagged = vlan is not None and vlans.may_hold(self.vlan.allowed or "", vlan)
            return tagged or (self.vlan.native or None) == vlan
        return self.effective_vlan == vlan


class _LegacyAdapter(Row):
    name: str | None = Field(alias="Name")


class AdapterAddresses(Row):
    """What the guest's integration services say of an adapter's addresses; none proves nothing."""

    addresses: list[Ip] = Field(alias="IPAddresses")


class Disk(Row):
    """Get-VMHardDiskDrive. A pass-through disk has a number, and a localised text where its path would stand."""

    path: str | None = Field(alias="Path")
    number: int | None = Field(alias="DiskNumber")

    @property
    def file(self) -> str | None:
        """The virtual disk; None for a pass-through disk and for an empty drive. Raises `Unreadable`."""
        if self.number is not None:
            return None
        if self.path is None:
            raise Unreadable("vms.disks: Path of a disk was not shown")
        if self.path and not paths.is_whole(self.path):
            raise Unreadable(f"vms.disks: {self.path!r} is no path, and no DiskNumber was shown")
        return self.path


class Checkpoint(Row):
    """Get-VMSnapshot. One with a state other than off keeps the memory that the machine had."""

    name: str | None = Field(alias="Name")
    type: SnapshotType = Field(alias="SnapshotType")
    state: VMState = Field(alias="State")
    created: Moment = Field(alias="CreationTime")
    is_automatic: bool | None = Field(alias="IsAutomaticCheckpoint")  # builds before 2019 make none
    disks: list[Disk] = Field(alias="Disks")

    def __str__(self) -> str:
        made = self.created.date() if self.created else "an unknown day"
        kind = "automatic, " * bool(self.is_automatic) + self.type.name.replace("_", " ").lower()
        return f"{self.name or 'a checkpoint'} of {made} ({kind})"

    @property
    def is_recovery_point(self) -> bool:
        """One that Hyper-V Replica made, and takes away again."""
        return self.type in (SnapshotType.REPLICA, SnapshotType.APP_CONSISTENT_REPLICA, SnapshotType.SYNCED_REPLICA)

    @property
    def holds_memory(self) -> bool:
        """Whether the memory of the machine was kept too."""
        return self.state is not VMState.OFF

    def age(self, today: dt.date) -> int:
        """In days. Raises `Unreadable`."""
        if self.created is None:
            raise Unreadable("vms.checkpoints: CreationTime was not shown", vm_only=True)
        return (today - self.created.date()).days


class _Processor(Row):
    exposes_virtualization: bool = Field(alias="ExposeVirtualizationExtensions")


class _ProcessorStatus(Row):
    codes: list[int] = Field(alias="Codes")


class _Guest(Row):
    items: list[str] = Field(alias="Items")


@dataclass(frozen=True)
class VirtualMachine:
    """One virtual machine on its host. Reading a fact raises `Unreadable` when it could not be read."""

    host: HostFacts
    id: str

    @property
    def name(self) -> str:
        """What it is called; not unique, and hostile text."""
        return self._known(self._one("vms.vm", Identity).name, "Name")

    @property
    def label(self) -> str:
        """How a finding over many machines calls it: names are not unique, and may not have been read."""
        with suppress(Unreadable):
            return f"{self.name} ({self.id[:8]})"
        return self.id

    @property
    def state(self) -> VMState:
        """What it does just now."""
        return self._known(self._machine.state, "State")

    @property
    def generation(self) -> int:
        """1 or 2, for its whole life."""
        return self._if_well(self._machine.generation, "Generation")

    @property
    def version(self) -> str:
        """Configuration version, for example "10.0"; compare as numbers."""
        return self._if_well(self._machine.version, "Version")

    @property
    def version_numbers(self) -> tuple[int, ...]:
        """As text, "10.0" would sort below "9.0"."""
        try:
            return tuple(int(part) for part in self.version.split("."))
        except ValueError as error:
            raise Unreadable(f"vms.vm: Version is {self.version!r}", vm_only=True) from error

    @property
    def is_planned(self) -> bool:
        """An import or a migration in flight."""
        return self._known(self._machine.type, "VirtualMachineType") is MachineType.PLANNED

    @property
    def is_running(self) -> bool:
        """Whether a guest executes."""
        return self.state in _RUNNING

    @property
    def replication(self) -> ReplicationMode:
        """Its part in Hyper-V Replica."""
        return self._known(self._machine.replication, "ReplicationMode")

    @property
    def created(self) -> dt.datetime:
        """When it was made."""
        return self._known(self._machine.created, "CreationTime")

    @property
    def firmware(self) -> Firmware:
        """Boot settings of a generation 2 virtual machine."""
        return self._one("vms.firmware", Firmware)

    @property
    def security(self) -> Security:
        """Shielding, vTPM, encryption."""
        return self._one("vms.security", Security)

    @property
    def has_key_storage_drive(self) -> bool:
        """Whether it has a small drive for BitLocker's key: generation 1 can have no virtual TPM."""
        return self._one("vms.protection_settings", _KeyStorageDrive).enabled

    @property
    def opts_out_of_vbs(self) -> bool:
        """Whether its host withholds virtualization-based security from it; no is the default."""
        return self._one("vms.protection_settings", _VbsOptOut).chosen

    @property
    def legacy_adapters(self) -> tuple[str, ...]:
        """Names of network adapters that the host emulates."""
        rows = self.host.readings.of_vm("vms.legacy_adapters", self.id, _LegacyAdapter, several=True)
        return tuple(row.name or "an adapter" for row in rows)

    @property
    def key_protector(self) -> KeyProtector:
        """Who can unlock its vTPM."""
        return self._one("vms.key_protector", KeyProtector)

    @property
    def adapters(self) -> tuple[Adapter, ...]:
        """Its network adapters; it may have none, but a VM in trouble may only seem so."""
        return self.rows("adapters", Adapter)

    def rows(self, probe: str, model: type[R]) -> tuple[R, ...]:
        """Rows of what a machine may lack; one in trouble may only seem to lack it. Raises `Unreadable`."""
        found = self.host.readings.of_vm(f"vms.{probe}", self.id, model, several=True)
        if not found and self.state.is_critical:
            raise Unreadable(f"vms.{probe}: no row of this VM", vm_only=True)
        return found

    @property
    def devices(self) -> Devices:
        """What else it was given."""
        return Devices(self)

    @property
    def settings(self) -> Settings:
        """What no cmdlet shows."""
        return self._one("vms.settings", Settings)

    @property
    def in_force(self) -> InForce:
        """How it is protected now."""
        return self._one("vms.protection_in_force", InForce)

    @property
    def is_to_encrypt(self) -> bool:
        """Whether encryption of saved state and migration is set, with or without what it takes to work."""
        return self._one("vms.protection_settings", _EncryptionFlag).is_set

    @property
    def replication_authentication(self) -> ReplicationAuthentication | None:
        """How its replica server is reached; None for a machine that is not replicated."""
        if self.replication in (ReplicationMode.NONE, ReplicationMode.TEST_REPLICA):
            return None
        return self._one("vms.replication", _Replication).authentication

    @property
    def integration(self) -> dict[Service, IntegrationService]:
        """Its integration services; Hyper-V gives every machine all of them."""
        rows = self.host.readings.of_vm("vms.integration", self.id, IntegrationService, several=True)
        if not rows:
            raise Unreadable("vms.integration: no row of this VM", vm_only=True)
        return {row.service: row for row in rows if row.service}

    @property
    def lets_host_copy_files(self) -> bool:
        """Whether its host can copy files into the guest (Guest Service Interface)."""
        service = self.integration.get(Service.GUEST_SERVICE_INTERFACE)
        if service is None:
            raise Unreadable("vms.integration: no row of guest-service-interface", vm_only=True)
        return service.enabled

    @property
    def heartbeat(self) -> Heartbeat | None:
        """What the guest's heartbeat says; None while it is off."""
        return self._conditions.heartbeat

    @property
    def uptime(self) -> dt.timedelta:
        """How long it has run."""
        return dt.timedelta(seconds=self._known(self._conditions.uptime, "UptimeSeconds"))

    @property
    def notes(self) -> str:
        """What people wrote about it."""
        return self._known(self._conditions.notes, "Notes")

    @property
    def path(self) -> str:
        """The folder that it is kept in."""
        return self._known(self._machine.path, "Path")

    @property
    def start_action(self) -> StartAction:
        """What becomes of it when its host starts."""
        return self._known(self._conditions.start_action, "AutomaticStartAction")

    @property
    def stop_action(self) -> StopAction:
        """What becomes of it when its host stops."""
        return self._known(self._conditions.stop_action, "AutomaticStopAction")

    @property
    def has_dynamic_memory(self) -> bool:
        """Whether its memory grows and shrinks."""
        return self._known(self._conditions.dynamic_memory, "DynamicMemoryEnabled")

    @property
    def locks_on_disconnect(self) -> OnOff | None:
        """Whether its console locks when nobody is connected any more; None where this was never set."""
        return self._conditions.lock_on_disconnect

    @property
    def session_transport(self) -> SessionTransport:
        """What enhanced sessions go over."""
        return self._known(self._conditions.session_transport, "EnhancedSessionTransportType")

    @property
    def has_remote_fx(self) -> bool:
        """Whether it has a RemoteFX 3D adapter. Of a machine that has gone everything is null: it must show more."""
        conditions = self._conditions
        if not conditions.remote_fx:
            self._known(conditions.start_action, "AutomaticStartAction")
        return conditions.remote_fx

    @property
    def processor_status(self) -> tuple[int, ...]:
        """VMProcessorOperationalStatus: above all, which devices weaken the protection of the host's resources.

        A machine that does not run has none.
        """
        codes = tuple(self._one("vms.processor_status", _ProcessorStatus).codes)
        if not codes and self.is_running:
            raise Unreadable("vms.processor_status: no status of a VM that runs", vm_only=True)
        return codes

    @property
    def is_clustered(self) -> bool:
        """Whether a cluster keeps it running."""
        return self.id.lower() in {machine.id.lower() for machine in self.host.cluster.machines}

    @property
    def disks(self) -> tuple[Disk, ...]:
        """Its drives, also empty ones and disks of the host; a VM in trouble may only seem to have none."""
        return self.rows("disks", Disk)

    @property
    def checkpoints(self) -> tuple[Checkpoint, ...]:
        """Its checkpoints, also those of a backup or of Hyper-V Replica; a VM in trouble may only seem to have none."""
        return self.rows("checkpoints", Checkpoint)

    @property
    def pages_to_disk(self) -> bool:
        """Whether its memory stands in a paging file just now."""
        return self._known(self._one("vms.vm", _Memory).pages, "SmartPagingFileInUse")

    @property
    def files(self) -> VmFiles:
        """What it consists of, where that lies, and who may open it."""
        return self.host.machine_files.of(self)

    @property
    def own_folders(self) -> tuple[tuple[str, Use], ...]:
        """Its folders, each with what lies there."""
        machine, memory = self._machine, self._one("vms.vm", _Memory)
        return (
            *self.settings.folders,
            (self._known(machine.path, "Path"), Use.CONFIGURATION),
            (self._known(machine.configuration, "ConfigurationLocation"), Use.CONFIGURATION),
            (self._known(memory.snapshots, "SnapshotFileLocation"), Use.CHECKPOINTS),
            (self._known(memory.paging, "SmartPagingFilePath"), Use.PAGING),
        )

    @property
    def exposes_virtualization(self) -> bool:
        """Whether a hypervisor can run inside it; the setting stands also while it is off."""
        return self._one("vms.processors", _Processor).exposes_virtualization

    @property
    def addresses(self) -> tuple[IpAddress, ...]:
        """Addresses that its guest reports; empty also when it is off or says nothing."""
        rows = self.host.readings.of_vm("vms.adapters", self.id, AdapterAddresses)
        return tuple(address for row in rows for address in row.addresses)

    @property
    def is_replica(self) -> bool:
        """A copy that Hyper-V Replica keeps: what runs, and can be asked, is the primary."""
        return self.replication in (ReplicationMode.REPLICA, ReplicationMode.EXTENDED_REPLICA)

    @property
    def absence(self) -> Absence | None:
        """Why nobody can look inside, whatever way there is; None where a guest executes that may be asked."""
        if self.is_replica:
            return Absence.REPLICA
        return None if self.is_running else Absence.NOT_RUNNING

    @property
    def inside(self) -> Guest | NoGuest:
        """What was seen from inside, or why nothing was. A replica's and a resting guest's past does not count."""
        return NoGuest(self.absence) if self.absence else self.host.inside(self.id)

    @property
    def guest(self) -> guest_os.GuestOs:
        """What the guest says it is; unknown while it is off, shielded, or silent."""
        return guest_os.from_items(self._items)

    @property
    def guest_name(self) -> str:
        """The guest's own name for its system, word for word; empty while it says nothing."""
        return guest_os.read_items(self._items).get("OSName", "").strip()

    @property
    def claims_domain_controller(self) -> bool:
        """Whether the guest says that it is a domain controller."""
        return guest_os.read_items(self._items).get("ProductType") == str(ProductType.DOMAIN_CONTROLLER.value)

    @property
    def guest_components(self) -> tuple[int, ...] | None:
        """Version of the guest's integration components, by its own account; None while it says nothing of them."""
        text = guest_os.read_items(self._items).get("IntegrationServicesVersion", "").strip()
        parts = text.split(".")
        return tuple(int(part) for part in parts) if all(re.fullmatch(r"[0-9]{1,9}", part) for part in parts) else None

    def matches(self, patterns: Iterable[str]) -> bool:
        """Whether one of the policy's patterns means this VM, by id or by name."""
        return matches(patterns, self.id, self.name)

    def lookup(self, table: Mapping[str, T]) -> T | None:
        """What the policy says of this VM, by id or by name; None where it is silent."""
        return lookup(table, self.id, self.name)

    @property
    def static_mac_twins(self) -> tuple[str, ...]:
        """Static addresses that another VM on the same switch of this host carries too."""
        mine = {a.switch_and_mac for a in self.adapters if not a.mac_is_dynamic}
        return tuple(sorted(place[1] for place in mine if self.host.carriers.get(place, frozenset()) - {self.id}))

    @property
    def static_mac_elsewhere(self) -> tuple[Carrier, ...]:
        """Machines of other hosts of this run that carry one of its static addresses; not its own replica."""
        mine = [a.mac for a in self.adapters if not a.mac_is_dynamic]
        return tuple(c for mac in mine for c in self.host.estate.elsewhere(mac, self.host.name, self.id))

    @property
    def _items(self) -> tuple[str, ...]:
        rows = self.host.readings.of_vm("vms.guest", self.id, _Guest)
        return tuple(rows[0].items) if rows else ()

    @property
    def _conditions(self) -> Conditions:
        return self._one("vms.conditions", Conditions)

    @property
    def _machine(self) -> Machine:
        return self._one("vms.vm", Machine)

    def _one(self, probe: str, model: type[R]) -> R:
        rows = self.host.readings.of_vm(probe, self.id, model)
        if len(rows) != 1:
            raise Unreadable(f"{probe}: {len(rows) or 'no'} row{'s' * (len(rows) > 1)} of this VM", vm_only=True)
        return rows[0]

    def _if_well(self, value: T | None, name: str) -> T:
        if self.state.is_critical:
            raise Unreadable(f"vms.vm: {name} may be wrong while the configuration cannot be reached", vm_only=True)
        return self._known(value, name)

    def _known(self, value: T | None, name: str) -> T:
        if value is None:
            raise Unreadable(f"vms.vm: {name} was not shown", vm_only=True)
        if isinstance(value, IntEnum) and value.name == "UNKNOWN":
            raise Unreadable(f"vms.vm: {name} is a number that is not known here", vm_only=True)
        return value
