"""What virtual machines consist of on disk: where it lies, what it rests on, and who may open it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import PureWindowsPath
from typing import TYPE_CHECKING

from pydantic import Field

from hyperv_audit.facts import paths, sddl
from hyperv_audit.facts.enums import DvdMedia, VhdType
from hyperv_audit.facts.moments import Moment
from hyperv_audit.facts.reading import Row, Unreadable

if TYPE_CHECKING:
    from hyperv_audit.facts.host import HostFacts
    from hyperv_audit.facts.vm import Disk, VirtualMachine

NOBODY_ELSE = ("S-1-5-18", "S-1-5-32-544")  # SYSTEM and Administrators, who can take everything anyway
# Hyper-V Administrators, the group of all machines, who made a file, and what containers run as.
USUAL = (
    *NOBODY_ELSE,
    "S-1-5-32-578",
    sddl.EVERY_MACHINE,
    "S-1-3-0",
    "S-1-5-83-1-3166535780-1122986932-343720105-43916321",
    "S-1-15-3-1024-2268835264-3721307629-241982045-173645152-1490879176-104643441-2915960892-1612460704",
)
_RESTS_ON = ("vms.vm", "vms.settings", "vms.disks", "vms.dvd", "vms.checkpoints", "vm_files.access", "vm_files.parents")
_LONGEST_CHAIN = 64


class Use(Enum):
    """What a file or folder is to a machine."""

    DISK = "disk"
    CHECKPOINT_DISK = "disk of a checkpoint"
    PARENT = "what a disk rests on"
    CONFIGURATION = "configuration"
    GUEST_STATE = "firmware variables and virtual TPM"
    SAVED_STATE = "saved state"
    CHECKPOINTS = "folder of checkpoints"
    PAGING = "folder of smart paging"
    IMAGE = "image in a DVD drive"


@dataclass(frozen=True)
class Place:
    """A file or folder of a machine, and all that it is used for."""

    path: str
    uses: tuple[Use, ...]

    def __str__(self) -> str:
        return f"{self.path} ({', '.join(use.value for use in self.uses)})"

    @property
    def is_remote(self) -> bool:
        """Whether it is on another server."""
        return paths.is_unc(self.path)

    @property
    def is_disk(self) -> bool:
        """A file with what is on a guest's disk; the others are folders, with its configuration and its memory."""
        return not {Use.DISK, Use.CHECKPOINT_DISK, Use.PARENT}.isdisjoint(self.uses)


@dataclass(frozen=True)
class FileGrant:
    """What a file or folder of a machine allows to somebody."""

    path: str
    allow: sddl.Allow
    may_be_denied: bool
    is_own: bool  # allowed to a machine that uses it

    def __str__(self) -> str:
        return f"{self.path}: {self.allow}"

    @property
    def is_of_a_machine(self) -> bool:
        """Allowed to one certain virtual machine."""
        return sddl.is_of_a_machine(self.allow.sid)


class _Access(Row):
    path: str = Field(alias="Path")
    sddl: str | None = Field(alias="Sddl")


class _Written(Row):
    path: str = Field(alias="Path")
    last: Moment = Field(alias="LastWriteUtc")


class _Bound(Row):
    of: str = Field(alias="Of")
    found: int = Field(alias="Found")
    asked: int = Field(alias="Asked")


class Link(Row):
    """Get-VHD: a virtual disk, and the file that it rests on."""

    asked: str = Field(alias="Asked")
    path: str | None = Field(alias="Path")
    type: VhdType = Field(alias="VhdType")
    parent: str | None = Field(alias="ParentPath")


class FilesOfMachines:
    """What was asked about files and folders of all machines of a host; sorted once, for every machine to look up."""

    def __init__(self, host: HostFacts) -> None:
        self._host = host
        self._of: dict[str, VmFiles] = {}

    def access(self, path: str) -> sddl.Descriptor:
        """Who may open a local file or folder. Raises `Unreadable`."""
        found = self._access.get(paths.key(path))
        if isinstance(found, sddl.Descriptor):
            return found
        raise Unreadable(found or f"vm_files.access: was not asked about{self._bound('access')}", vm_only=True)

    def link(self, path: str) -> Link:
        """What a local virtual disk rests on. Raises `Unreadable`."""
        found = self._links.get(paths.key(path))
        if isinstance(found, Link):
            return found
        raise Unreadable(found or f"vm_files.parents: was not asked about{self._bound('parents')}", vm_only=True)

    def written(self, path: str) -> dt.date:
        """The day on which a local file was last written, in UTC. Raises `Unreadable`."""
        found = self._written.get(paths.key(path))
        if isinstance(found, dt.date):
            return found
        raise Unreadable(found or f"vm_files.written: was not asked about{self._bound('written')}", vm_only=True)

    def of(self, vm: VirtualMachine) -> VmFiles:
        """The files of one machine."""
        for probe in _RESTS_ON:  # also where all of it was kept
            self._host.readings.rest_on(probe)
        return self._of.setdefault(vm.id, VmFiles(vm))

    def was_opened(self, path: str) -> bool:
        """Whether it was asked what a virtual disk rests on."""
        return paths.key(path) in self._links

    def users(self, path: str) -> frozenset[str]:
        """SIDs of the machines of which something lies there, or below."""
        return frozenset(self._users.get(paths.key(path), ()))

    @cached_property
    def _access(self) -> dict[PureWindowsPath, sddl.Descriptor | str]:
        rows, reasons = self._host.readings.by_target("vm_files.access", _Access)
        known: dict[PureWindowsPath, sddl.Descriptor | str] = {}
        for row in rows:
            try:
                known[paths.key(row.path)] = sddl.read_descriptor(row.sddl)
            except ValueError as error:
                known[paths.key(row.path)] = f"vm_files.access: the access list {error}"
        return known | {paths.key(path): f"vm_files.access: {reason}" for path, reason in reasons.items()}

    @cached_property
    def _links(self) -> dict[PureWindowsPath, Link | str]:
        rows, reasons = self._host.readings.by_target("vm_files.parents", Link)
        known: dict[PureWindowsPath, Link | str] = {paths.key(row.asked): row for row in rows}
        return known | {paths.key(path): f"vm_files.parents: {reason}" for path, reason in reasons.items()}

    @cached_property
    def _written(self) -> dict[PureWindowsPath, dt.date | str]:
        rows, reasons = self._host.readings.by_target("vm_files.written", _Written)
        known: dict[PureWindowsPath, dt.date | str] = {paths.key(row.path): row.last.date() for row in rows if row.last}
        return known | {paths.key(path): f"vm_files.written: {reason}" for path, reason in reasons.items()}

    @cached_property
    def _users(self) -> dict[PureWindowsPath, set[str]]:
        users: dict[PureWindowsPath, set[str]] = {}
        for vm in self._host.virtual_machines:
            with suppress(Unreadable):
                for place in vm.files.with_parents:
                    spot = paths.key(place.path)
                    for each in (spot, *spot.parents):
                        users.setdefault(each, set()).add(sddl.of_machine(vm.id))
        return users

    def _bound(self, of: str) -> str:
        rows = self._host.readings.rows("vm_files.bounds", _Bound)
        row = next((row for row in rows if row.of == of), None)
        return f": only {row.asked} of {row.found} were" if row and row.asked < row.found else ""


@dataclass(frozen=True)
class VmFiles:
    """The files and folders of one machine. Reading a fact raises `Unreadable` when it could not be read.

    What was found is kept: one statement after the other asks for it.
    """

    vm: VirtualMachine

    @cached_property
    def disks(self) -> tuple[Place, ...]:
        """Files of its drives, and of those of its checkpoints; disks of the host that it was given whole are none."""
        drives = [(_file(disk), Use.DISK) for disk in self.vm.disks]
        kept = [(_file(disk), Use.CHECKPOINT_DISK) for checkpoint in self.vm.checkpoints for disk in checkpoint.disks]
        return _distinct((path, use) for path, use in (*drives, *kept) if path)

    @property
    def last_written(self) -> dt.date | None:
        """When anything was last written to its disks; None for a machine without a disk. Raises `Unreadable`."""
        files = self.vm.host.machine_files
        self.vm.host.readings.rest_on("vm_files.written")  # also where all of it was kept
        return max((files.written(disk.path) for disk in self.disks), default=None)

    @cached_property
    def folders(self) -> tuple[Place, ...]:
        """Folders with its configuration, its checkpoints and its paging file."""
        return _distinct(self.vm.own_folders)

    @cached_property
    def images(self) -> tuple[Place, ...]:
        """Images in its DVD drives."""
        drives = self.vm.devices.dvd_drives
        return _distinct((drive.image, Use.IMAGE) for drive in drives if drive.media is DvdMedia.ISO and drive.path)

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Its disks and folders, without what the disks rest on."""
        return (*self.disks, *self.folders)

    def chain(self, path: str) -> tuple[Link, ...]:
        """What a disk rests on, file by file. Raises `Unreadable` where its end was not seen."""
        links: list[Link] = []
        while link := self._link(path):
            if link.path is None or paths.key(link.path) != paths.key(path):
                raise Unreadable(f"vm_files.parents: {link.path} was shown in its place", vm_only=True)
            if not link.parent or link.type is VhdType.UNKNOWN or len(links) == _LONGEST_CHAIN:
                raise Unreadable("vm_files.parents: what it rests on was not shown", vm_only=True)
            links.append(link)
            path = link.parent
        return tuple(links)

    def _link(self, path: str) -> Link | None:
        """A disk that rests on another; None for one that does not, or whose name does not say so and nobody asked."""
        files = self.vm.host.machine_files
        if not _is_differencing(path) and not files.was_opened(path):
            return None
        link = files.link(path)
        return None if link.type in (VhdType.FIXED, VhdType.DYNAMIC) and not _is_differencing(path) else link

    @cached_property
    def parents(self) -> tuple[Link, ...]:
        """Each file that rests on another, as far as that was seen."""
        links: dict[PureWindowsPath, Link] = {}
        for disk in self.disks:
            with suppress(Unreadable):
                links |= {paths.key(link.asked): link for link in self.chain(disk.path)}
        return tuple(links.values())

    @cached_property
    def unseen_chains(self) -> dict[str, str]:
        """Disks of this host of which nobody knows what they rest on, with the reason."""
        unseen = {}
        for disk in self.disks:
            try:
                if not disk.is_remote:
                    self.chain(disk.path)
            except Unreadable as error:
                if not error.vm_only:
                    raise
                unseen[disk.path] = error.reason
        return unseen

    @cached_property
    def unopened(self) -> tuple[Place, ...]:
        """Disks of this host of which nobody asked whether they rest on another."""
        files = self.vm.host.machine_files
        return tuple(disk for disk in self.disks if not disk.is_remote and not files.was_opened(disk.path))

    @cached_property
    def with_parents(self) -> tuple[Place, ...]:
        """Everything that it consists of, as far as it was seen."""
        known = [(place.path, use) for place in self.places for use in place.uses]
        return _distinct([*known, *((link.parent, Use.PARENT) for link in self.parents if link.parent)])

    @cached_property
    def protected(self) -> tuple[str, ...]:
        """Local files, and local folders that files lie in: who may open them is asked here."""
        local = [place for place in self.with_parents if not place.is_remote]
        around = [str(PureWindowsPath(place.path).parent) for place in local if place.is_disk]
        return tuple({paths.key(path): path for path in (*(place.path for place in local), *around)}.values())

    @cached_property
    def unread(self) -> dict[str, str]:
        """Local files and folders of which nobody knows who may open them, with the reason."""
        return self._unread(self.protected)

    @cached_property
    def unread_images(self) -> dict[str, str]:
        """Local images of which nobody knows who may change them, with the reason."""
        return self._unread(image.path for image in self.images if not image.is_remote)

    def _unread(self, places: Iterable[str]) -> dict[str, str]:
        unread = {}
        for path in places:
            try:
                self.vm.host.machine_files.access(path)
            except Unreadable as error:
                if not error.vm_only:
                    raise
                unread[path] = error.reason
        return unread

    @cached_property
    def grants(self) -> tuple[FileGrant, ...]:
        """Who may read or change them, as far as that was read."""
        return tuple(grant for path in self.protected for grant in self._grants(path))

    @cached_property
    def image_writers(self) -> tuple[FileGrant, ...]:
        """Who may change an image that its drives read, as far as that was read."""
        granted = [grant for image in self.images for grant in self._grants(image.path)]
        return tuple(grant for grant in granted if grant.allow.writes and not grant.allow.inherit_only)

    @cached_property
    def owners(self) -> dict[str, str]:
        """By file or folder, the SID of its owner, who may change who may open it; as far as that was read."""
        owners = {}
        for path in self.protected:
            with suppress(Unreadable):
                owners[path] = self.vm.host.machine_files.access(path).owner or "nobody that was shown"
        return owners

    def writers(self, path: str) -> frozenset[str] | None:
        """SIDs that may change a local file; None where that was not read."""
        if self._unread([path]):
            return None
        return frozenset(g.allow.sid for g in self._grants(path) if g.allow.writes and not g.allow.inherit_only)

    def _grants(self, path: str) -> Iterator[FileGrant]:
        files = self.vm.host.machine_files
        with suppress(Unreadable):
            found, users = files.access(path), files.users(path)
            for allow in found.allows:
                if allow.reads_or_writes:
                    yield FileGrant(path, allow, found.may_deny(allow), allow.sid in users)


def _file(disk: Disk) -> str | None:
    """Its file; what was not shown of a disk is its machine's own."""
    try:
        return disk.file
    except Unreadable as error:
        raise Unreadable(error.reason, vm_only=True) from error


def _is_differencing(path: str) -> bool:
    """A file that Hyper-V made for a checkpoint, by its ending."""
    return path.lower().endswith((".avhd", ".avhdx"))


def _distinct(named: Iterable[tuple[str, Use]]) -> tuple[Place, ...]:
    """Each path once, as it was first written."""
    spelled: dict[PureWindowsPath, str] = {}
    uses: dict[PureWindowsPath, dict[Use, None]] = {}
    for path, use in named:
        spelled.setdefault(paths.key(path), path)
        uses.setdefault(paths.key(path), {})[use] = None
    return tuple(Place(spelled[spot], tuple(uses[spot])) for spot in spelled)
