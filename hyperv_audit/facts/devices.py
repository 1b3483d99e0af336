"""What a virtual machine was given: drives, ports, parts of the host, and who may sit at its console."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING, TypeVar

from pydantic import Field

from hyperv_audit.facts.enums import ConsoleAccess, ConsoleMode, DvdMedia, OnOff
from hyperv_audit.facts.paths import is_whole, plain
from hyperv_audit.facts.reading import Row, Unreadable
from hyperv_audit.facts.vm_files import Use

if TYPE_CHECKING:
    from hyperv_audit.facts.vm import VirtualMachine

R = TypeVar("R", bound=Row)

_NO_SUCH_CLASS = "HRESULT 0x80041010,"
_PCI = re.compile(r"VEN_([0-9A-F]{4})&DEV_([0-9A-F]{4})", re.IGNORECASE)


class DvdDrive(Row):
    """Get-VMDvdDrive; whether an image is there is known of local drives only."""

    media: DvdMedia = Field(alias="MediaType")
    path: str | None = Field(alias="Path")
    is_there: bool | None = Field(alias="IsThere")

    def __str__(self) -> str:
        return self.path or "a DVD drive without a path"

    @property
    def image(self) -> str:
        """The path of an image, without what says nothing of its place."""
        return plain(self.path or "")


class FloppyDrive(Row):
    """Get-VMFloppyDiskDrive."""

    path: str | None = Field(alias="Path")


class ComPort(Row):
    """Get-VMComPort. A port without a pipe leads nowhere."""

    path: str | None = Field(alias="Path")
    debugger: OnOff = Field(alias="DebuggerMode")

    @property
    def is_remote(self) -> bool:
        """Whether its pipe is on another machine."""
        return bool(self.path) and not (self.path or "").startswith("\\\\.\\")


class ScsiController(Row):
    """Get-VMScsiController."""

    number: int = Field(alias="Number")
    drives: int = Field(alias="Drives")


class DiskDrive(Row):
    """Get-VMHardDiskDrive. A disk of the host has a number, and a localised text where its path would stand."""

    path: str | None = Field(alias="Path")
    number: int | None = Field(alias="DiskNumber")

    def __str__(self) -> str:
        return f"disk {self.number} of the host" if self.is_of_host else self.path or "an empty drive"

    @property
    def is_of_host(self) -> bool:
        """Whether a disk of the host was passed through whole. Raises `Unreadable`."""
        if self.number is None and self.path and not is_whole(self.path):
            raise Unreadable(f"vms.disks: {self.path!r} is no path, and no DiskNumber was shown", vm_only=True)
        return self.number is not None

    @property
    def is_vhd_set(self) -> bool:
        """Whether it is a kind of file that is made for several machines."""
        return (self.path or "").lower().endswith(".vhds")


class _SharedDisk(Row):
    path: str = Field(alias="Path")
    is_shareable: bool = Field(alias="PersistentReservations")


class PciDevice(Row):
    """A device of the host, taken from it for a machine (Get-VMAssignableDevice, Get-VMHostAssignableDevice)."""

    instance_id: str | None = Field(alias="InstanceId")
    location: str = Field(alias="LocationPath", min_length=1)

    def __str__(self) -> str:
        return f"{self.vendor_device or 'an unknown device'} at {self.location}"

    @property
    def vendor_device(self) -> str | None:
        """Vendor and device as the PCI bus has them, `10DE:1EB8`; None where the id does not tell."""
        found = _PCI.search(self.instance_id or "")
        return f"{found[1]}:{found[2]}".upper() if found else None

    @property
    def vendor(self) -> str | None:
        """Who made it: 10DE is NVIDIA, 1002 AMD, 8086 Intel."""
        return self.vendor_device.partition(":")[0] if self.vendor_device else None


class GpuPartition(Row):
    """Get-VMGpuPartitionAdapter."""

    id: str | None = Field(alias="Id")


class FibreChannelAdapter(Row):
    """Get-VMFibreChannelHba."""

    san: str | None = Field(alias="San")


class ConsoleEntry(Row):
    """Get-VMConnectAccess."""

    name: str | None = Field(alias="Name")
    sid: str = Field(alias="Sid", min_length=1)
    access: ConsoleAccess = Field(alias="Access")

    def __str__(self) -> str:
        return f"{self.name or 'somebody'} ({self.sid})"


class Settings(Row):
    """Msvm_VirtualSystemSettingData, as far as no cmdlet shows it."""

    unfiltered_scsi: bool = Field(alias="AllowFullSCSICommandSet")
    debug_port: int = Field(alias="DebugPortEnabled")
    console: ConsoleMode = Field(alias="ConsoleMode")
    guest_state: str | None = Field(alias="GuestStateDataRoot")
    guest_state_file: str | None = Field(alias="GuestStateFile")
    saved_state: str | None = Field(alias="SuspendDataRoot")

    @property
    def folders(self) -> tuple[tuple[str, Use], ...]:
        """Where its state lies; a file that is named without a folder lies in the first."""
        named = [(self.guest_state, Use.GUEST_STATE), (self.saved_state, Use.SAVED_STATE)]
        if self.guest_state_file and is_whole(self.guest_state_file):
            named.append((str(PureWindowsPath(self.guest_state_file).parent), Use.GUEST_STATE))
        return tuple((path, use) for path, use in named if path)


@dataclass(frozen=True)
class Devices:
    """The devices of one virtual machine. Reading a fact raises `Unreadable` when it could not be read."""

    vm: VirtualMachine

    @property
    def dvd_drives(self) -> tuple[DvdDrive, ...]:
        """DVD drives, also empty ones."""
        return self.vm.rows("dvd", DvdDrive)

    @property
    def floppies(self) -> tuple[str, ...]:
        """Images in floppy disk drives; generation 2 has no such drive."""
        if self.vm.generation != 1:
            return ()
        return tuple(drive.path for drive in self.vm.rows("floppy", FloppyDrive) if drive.path)

    @property
    def com_ports(self) -> tuple[ComPort, ...]:
        """Serial ports; every machine has two."""
        return self._some("com_ports", ComPort)

    @property
    def disks(self) -> tuple[DiskDrive, ...]:
        """Disks, and drives without one."""
        return self.vm.rows("disks", DiskDrive)

    @property
    def shared_disks(self) -> tuple[str, ...]:
        """Disks to which another machine may write too."""
        sets = [disk.path for disk in self.disks if disk.is_vhd_set and disk.path]
        shared = [row.path for row in self.vm.rows("shared_disks", _SharedDisk) if row.is_shareable]
        return tuple(dict.fromkeys([*shared, *sets]))

    @property
    def empty_controllers(self) -> int:
        """How many SCSI controllers have nothing to do."""
        return sum(not controller.drives for controller in self.vm.rows("controllers", ScsiController))

    @property
    def assigned(self) -> tuple[PciDevice, ...]:
        """Devices of the host that this machine has whole."""
        return self.vm.rows("assigned_devices", PciDevice)

    @property
    def gpu_partitions(self) -> tuple[GpuPartition, ...]:
        """Parts of graphics cards. A build that knows neither the command nor the class gives none away."""
        errors = self.vm.host.readings.errors("vms.gpu_partitions")
        if errors and all(error.id.startswith(_NO_SUCH_CLASS) for error in errors):
            return ()
        return self.vm.rows("gpu_partitions", GpuPartition)

    @property
    def fibre_channel(self) -> tuple[FibreChannelAdapter, ...]:
        """Virtual Fibre Channel adapters."""
        return self.vm.rows("fibre_channel", FibreChannelAdapter)

    @property
    def console_users(self) -> tuple[ConsoleEntry, ...]:
        """Who was let to the console, beside the administrators of Hyper-V."""
        entries = self.vm.rows("console_access", ConsoleEntry)
        return tuple(entry for entry in entries if entry.access is not ConsoleAccess.DENIED)

    def _some(self, probe: str, model: type[R]) -> tuple[R, ...]:
        """Rows of what every machine has."""
        rows = self.vm.rows(probe, model)
        if not rows:
            raise Unreadable(f"vms.{probe}: no row of this VM", vm_only=True)
        return rows
