"""A Hyper-V host as facts."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from pydantic import Field

from hyperv_audit.facts import paths
from hyperv_audit.facts.bitlocker import BitLocker, Volume
from hyperv_audit.facts.enums import SwitchType
from hyperv_audit.facts.operating_system import OperatingSystem
from hyperv_audit.facts.platform import Hgs, Platform
from hyperv_audit.facts.reading import Readings, Row, Unreadable, is_elevated
from hyperv_audit.facts.smb import Smb
from hyperv_audit.facts.vm import Adapter, Disk, Machine, VirtualMachine


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


class _ComputerName(Row):
    name: str = Field(alias="ComputerName")


@dataclass(frozen=True)
class HyperV:
    """The role."""

    readings: Readings

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


class HostFacts:
    """Everything that was observed on one host. Reading a fact raises `Unreadable` when it could not be read."""

    def __init__(self, name: str, readings: Readings) -> None:
        self.name = name
        self.readings = readings
        self.os = OperatingSystem(readings)
        self.smb = Smb(readings)
        self.bitlocker = BitLocker(readings)
        self.platform = Platform(readings)
        self.hgs = Hgs(readings)
        self.hyperv = HyperV(readings)

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
        found: list[tuple[str, Adapter]] = []
        for vm in self.virtual_machines:
            with suppress(Unreadable):
                found += [(vm.id, adapter) for adapter in vm.adapters]
        return tuple(found)

    def virtual_machine(self, vm_id: str) -> VirtualMachine:
        """One virtual machine by its id."""
        return VirtualMachine(self, vm_id.lower())

    @property
    def vm_files(self) -> tuple[str, ...]:
        """Every folder and disk file of the virtual machines. Raises `Unreadable` where one was not shown."""
        folders = [folder for vm in self.readings.rows("vms.vm", Machine) for folder in vm.folders]
        disks = [disk.file for disk in self.readings.rows("vms.disks", Disk)]
        return tuple(dict.fromkeys(path for path in (*folders, *disks) if path))

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
