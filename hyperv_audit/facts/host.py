"""A Hyper-V host as facts."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from pydantic import Field

from hyperv_audit.facts import paths
from hyperv_audit.facts.baseline import Baseline
from hyperv_audit.facts.bitlocker import BitLocker, Volume
from hyperv_audit.facts.cluster import Cluster
from hyperv_audit.facts.defender import Defender
from hyperv_audit.facts.devices import PciDevice
from hyperv_audit.facts.enums import BusType, ClusterResourceState, SwitchType
from hyperv_audit.facts.estate import Estate
from hyperv_audit.facts.groups import Groups
from hyperv_audit.facts.guest import Guest, NoGuest, not_asked
from hyperv_audit.facts.hardware import Hardware
from hyperv_audit.facts.ipsec import Ipsec
from hyperv_audit.facts.migration import Migration
from hyperv_audit.facts.mounted import Mounted
from hyperv_audit.facts.network import IpNetwork, Network
from hyperv_audit.facts.operating_system import OperatingSystem
from hyperv_audit.facts.platform import Hgs, Platform
from hyperv_audit.facts.preflight import Preflight
from hyperv_audit.facts.reading import Readings, Row, Unreadable, is_elevated
from hyperv_audit.facts.security import Security
from hyperv_audit.facts.smb import Smb
from hyperv_audit.facts.software import Software
from hyperv_audit.facts.storage import DiskTraffic, Grant, SmbTraffic, Storage, is_shared_volume
from hyperv_audit.facts.updates import Updates
from hyperv_audit.facts.vm import Adapter, Disk, Machine, VirtualMachine
from hyperv_audit.facts.vm_files import FilesOfMachines

ALONE = Estate()


class Switch(Row):
    """Get-VMSwitch."""

    id: str = Field(alias="Id")
    name: str = Field(alias="Name")
    type: SwitchType = Field(alias="SwitchType")

    def __str__(self) -> str:
        return self.name

    def is_one_of(self, meant: Iterable[str]) -> bool:
        """Whether the policy means this switch, by its name or by its id."""
        return any(text == self.name or text.lower() == self.id.lower() for text in meant)


class SupportedVersion(Row):
    """Get-VMHostSupportedVersion."""

    version: str = Field(alias="Version", pattern=r"^\d+(\.\d+)+$")
    is_default: bool = Field(alias="IsDefault")


class SharedVolume(Row):
    """A cluster shared volume, and the node that owns it now."""

    path: str = Field(alias="Path", min_length=1)
    owner: str = Field(alias="Owner")
    state: ClusterResourceState = Field(alias="State")


class _ComputerName(Row):
    name: str = Field(alias="ComputerName")


class _EnhancedSession(Row):
    offered: bool = Field(alias="EnhancedSession")


class _Defaults(Row):
    disks: str = Field(alias="VirtualHardDiskPath", min_length=1)
    machines: str = Field(alias="VirtualMachinePath", min_length=1)


@dataclass(frozen=True)
class HyperV:
    """The role."""

    readings: Readings

    @property
    def is_visible(self) -> bool:
        """That this account sees Hyper-V. Raises `Unreadable` when it does not: then nothing found means nothing."""
        if self.readings.values("session.canary") != (1,):
            raise Unreadable("session.canary: the account cannot see Hyper-V, or its service does not run")
        return True

    @property
    def default_folders(self) -> tuple[str, str]:
        """Where new disks and machines are put."""
        defaults = self.readings.one("hyperv.host", _Defaults)
        return defaults.disks, defaults.machines

    @property
    def offers_enhanced_sessions(self) -> bool:
        """Whether a console can share drives and the clipboard of whoever sits at it."""
        return self.readings.one("hyperv.host", _EnhancedSession).offered

    @property
    def computer_name(self) -> str:
        """The host's name as Hyper-V knows it."""
        return self.readings.one("hyperv.host", _ComputerName).name

    @property
    def switches(self) -> tuple[Switch, ...]:
        """Virtual switches."""
        return self.readings.rows("hyperv.switches", Switch)

    @property
    def default_version(self) -> tuple[int, ...]:
        """The configuration version that new virtual machines get here."""
        versions = self.readings.rows("hyperv.supported_versions", SupportedVersion)
        defaults = [version.version for version in versions if version.is_default]
        if not defaults:
            raise Unreadable("hyperv.supported_versions: none is marked as the default")
        return tuple(int(part) for part in defaults[0].split("."))

    @property
    def shared_volumes(self) -> tuple[SharedVolume, ...]:
        """Cluster shared volumes; none on a host that is no cluster node."""
        return self.readings.rows("hyperv.shared_volumes", SharedVolume)


@dataclass(frozen=True)
class Nesting:
    """Which virtual machines may run a hypervisor of their own, and of which ones nobody knows, with the reason."""

    nested: tuple[VirtualMachine, ...]
    unread: tuple[str, ...]


class HostFacts:
    """Everything that was observed on one host. Reading a fact raises `Unreadable` when it could not be read."""

    def __init__(
        self,
        name: str,
        readings: Readings,
        seen: dt.datetime,
        inside: Callable[[str], Guest | NoGuest] = not_asked,
        estate: Estate = ALONE,
    ) -> None:
        self.name = name
        self.readings = readings
        self.seen = seen
        self.seen_on = seen.date()  # the day to which ages are counted
        self.inside = inside  # of a virtual machine, by its id: what was seen there, or why nothing was
        self.estate = estate  # the other hosts of the run
        self.preflight = Preflight(readings)
        self.os = OperatingSystem(readings)
        self.updates = Updates(readings)
        self.hardware = Hardware(readings)
        self.smb = Smb(readings)
        self.bitlocker = BitLocker(readings)
        self.platform = Platform(readings)
        self.hgs = Hgs(readings)
        self.hyperv = HyperV(readings)
        self.security = Security(readings)
        self.software = Software(readings)
        self.groups = Groups(readings)
        self.defender = Defender(readings)
        self.baseline = Baseline(readings)
        self.mounted = Mounted(readings)
        self.network = Network(readings)
        self.migration = Migration(readings)
        self.ipsec = Ipsec(readings)
        self.cluster = Cluster(readings)
        self.storage = Storage(readings)
        self.machine_files = FilesOfMachines(self)

    @property
    def is_elevated(self) -> bool:
        """Whether the account was an administrator with a full token."""
        return is_elevated(self.readings)

    @property
    def virtual_machines(self) -> tuple[VirtualMachine, ...]:
        """The virtual machines of this host; also one whose own row could not be read, by the id of its error."""
        return tuple(VirtualMachine(self, id_) for id_ in self.readings.ids("vms.vm"))

    @property
    def adapters(self) -> tuple[tuple[str, Adapter], ...]:
        """The network adapters of all VMs that could be read, each with its VM's id."""
        return self.readings.once("adapters", self._adapters)

    @property
    def carriers(self) -> Mapping[tuple[str, str], frozenset[str]]:
        """By switch and hardware address, the machines that have it there."""
        return self.readings.once("carriers", self._carriers)

    def _carriers(self) -> Mapping[tuple[str, str], frozenset[str]]:
        found: dict[tuple[str, str], set[str]] = {}
        for vm, adapter in self.adapters:
            found.setdefault(adapter.switch_and_mac, set()).add(vm)
        return {place: frozenset(machines) for place, machines in found.items()}

    def _adapters(self) -> tuple[tuple[str, Adapter], ...]:
        found: list[tuple[str, Adapter]] = []
        for vm in self.virtual_machines:
            with suppress(Unreadable):
                found += [(vm.id, adapter) for adapter in vm.adapters]
        return tuple(found)

    @property
    def nesting(self) -> Nesting:
        """Nested virtualization on this host. Raises `Unreadable` where no machine could be asked at all."""
        machines, probe = self.virtual_machines, "vms.processors"
        if machines and not self.readings.raw(probe) and not self.readings.errors(probe):
            raise Unreadable(f"{probe} is empty, and there are virtual machines")
        nested: list[VirtualMachine] = []
        unread: list[str] = []
        for vm in machines:
            try:
                if vm.exposes_virtualization:
                    nested.append(vm)
            except Unreadable as error:
                if not error.vm_only:
                    raise
                unread.append(f"{vm.label}: {error.reason}")
        return Nesting(tuple(nested), tuple(unread))

    @property
    def nested_claims(self) -> Mapping[str, str]:
        """By the id of a nested machine, what its guest says it is; empty for one that says nothing.

        Raises `Unreadable` where no guest could be asked.
        """
        claims: dict[str, str] = {}
        for vm in self.nesting.nested:
            try:
                claims[vm.id] = vm.guest_name
            except Unreadable as error:
                if not error.vm_only:
                    raise
                claims[vm.id] = ""
        return claims

    @property
    def idle_devices(self) -> tuple[PciDevice, ...]:
        """Devices that were taken from this host, and that no machine was seen to have. Raises `Unreadable`."""
        taken = self.readings.rows("hyperv.assignable_devices", PciDevice)
        assigned: set[str] = set()
        for vm in self.virtual_machines if taken else ():
            try:
                assigned |= {device.location for device in vm.devices.assigned}
            except Unreadable as error:
                if not error.vm_only:
                    raise
        return tuple(device for device in taken if device.location not in assigned)

    def virtual_machine(self, vm_id: str) -> VirtualMachine:
        """One virtual machine by its id."""
        return VirtualMachine(self, vm_id.lower())

    @property
    def vm_files(self) -> tuple[str, ...]:
        """Every folder and disk file of the virtual machines. Raises `Unreadable` where one was not shown."""
        folders = [folder for vm in self.readings.rows("vms.vm", Machine) for folder in vm.folders]
        disks = [disk.file for disk in self.readings.rows("vms.disks", Disk)]
        return tuple(dict.fromkeys(path for path in (*folders, *disks) if path))

    @property
    def files(self) -> tuple[str, ...]:
        """`vm_files`, and the folders where new ones are put."""
        return tuple(dict.fromkeys([*self.vm_files, *self.hyperv.default_folders]))

    @property
    def passed_through(self) -> tuple[int, ...]:
        """Numbers of disks that virtual machines were given whole."""
        return tuple(d.number for d in self.readings.rows("vms.disks", Disk) if d.number is not None)

    @property
    def smb_traffic(self) -> SmbTraffic:
        """How `files` travel by SMB. What only some hosts need is read only there."""
        files, smb = self.files, self.smb
        remote = tuple(path for path in files if paths.is_unc(path))
        return SmbTraffic(
            remote=remote,
            channels=smb.channels_to(files) if remote else (),
            connections=smb.connections_to(files) if remote else (),
            shares={str(share): smb.broad_access(share) for share in smb.shares_of(files)},
        )

    @property
    def disk_traffic(self) -> DiskTraffic:
        """How `files` travel that are on no server. On a cluster, a shared volume may be on any of its disks."""
        local = [path for path in self.files if not paths.is_unc(path)]
        shared = tuple(path for path in local if is_shared_volume(path))
        places = {path: self.storage.disk_of(path) for path in local if path not in shared}
        places |= {f"disk {number}": self.storage.disk(number) for number in self.passed_through}
        disks = self.storage.disks if shared else [disk for disk in places.values() if disk]
        uses_iscsi = any(disk.bus is BusType.ISCSI for disk in disks)
        return DiskTraffic(
            uses_iscsi=uses_iscsi,
            iscsi=self.storage.iscsi_connections if uses_iscsi else (),
            shared_volumes=shared,
            between_nodes=self.cluster.internal if shared else (),
            between_nodes_encrypted=self.cluster.encrypts_storage if shared else False,
            unknown=tuple(path for path, disk in places.items() if disk is None or disk.bus is BusType.UNKNOWN),
        )

    @property
    def folder_grants(self) -> tuple[Grant, ...]:
        """Who may read or write in local folders of machines. Raises `Unreadable` when one was not asked."""
        self.storage.check_access_is_known(self.vm_files)
        return self.storage.grants

    @property
    def can_migrate(self) -> bool:
        """Whether virtual machines may move while they run; nodes of a cluster always may."""
        return self.cluster.is_node or self.migration.settings.enabled

    @property
    def migration_subnets(self) -> tuple[IpNetwork, ...]:
        """Where the memory of machines may travel, as the cluster says or the host; any network: all of its own."""
        if self.cluster.is_node:
            return tuple(network.subnet for network in self.cluster.migration_networks)
        if self.migration.settings.any_network:
            return tuple(dict.fromkeys(address.network for address in self.network.addresses))
        return tuple(network.subnet for network in self.migration.listed)

    @property
    def unread_adapters(self) -> dict[str, str]:
        """Machines whose adapters nobody knows, with the reason. Raises `Unreadable` where none could be asked."""
        return self._unread(lambda vm: (vm.adapters, vm.addresses))

    @property
    def unread_security(self) -> dict[str, str]:
        """Machines of which nobody knows how they are protected. Raises `Unreadable` where none could be asked."""
        return self._unread(lambda vm: vm.security)

    @property
    def adapters_by_switch(self) -> dict[str, list[tuple[str, Adapter]]]:
        """Adapters of virtual machines by the name of their switch, each with its machine's label."""
        labels = {vm.id: vm.label for vm in self.virtual_machines}
        found: dict[str, list[tuple[str, Adapter]]] = {}
        for id_, adapter in self.adapters:
            if adapter.switch_name:
                found.setdefault(adapter.switch_name, []).append((labels[id_], adapter))
        return found

    def _unread(self, ask: Callable[[VirtualMachine], object]) -> dict[str, str]:
        unread = {}
        for vm in self.virtual_machines:
            try:
                ask(vm)
            except Unreadable as error:
                if not error.vm_only:
                    raise
                unread[vm.label] = error.reason
        return unread

    def volume_of(self, path: str) -> Volume | None:
        """What BitLocker says of the volume of a local path; None when it does not know it.

        A cluster shared volume that Windows does not list beside the others is unknown: its files would seem to lie on
        the drive that it is mounted in.
        """
        mount = self.bitlocker.mount_of(path)
        shared = [volume.path for volume in self.hyperv.shared_volumes if paths.lies_in(path, volume.path)]
        if mount is None or any(not paths.lies_in(mount.name, volume) for volume in shared):
            return None
        return next((volume for volume in self.bitlocker.volumes if volume.id.lower() == mount.id.lower()), None)
