"""What the files of virtual machines lie on, how they travel, and who may open them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PureWindowsPath

from pydantic import Field

from hyperv_audit.facts import paths, sddl
from hyperv_audit.facts.cluster import ClusterNetwork
from hyperv_audit.facts.enums import BusType, DriveType
from hyperv_audit.facts.network import Ip, IpAddress, IpNetwork, lies_in
from hyperv_audit.facts.reading import Readings, Row, Unreadable
from hyperv_audit.facts.smb import Channel, Connection

REMOVABLE = (BusType.USB, BusType.SD, BusType.MMC, BusType.IEEE_1394)
_CLUSTER_STORAGE = "clusterstorage"


def is_shared_volume(path: str) -> bool:
    """Whether a local path is on a cluster shared volume: these are seen in a folder of the system drive."""
    return [part.lower() for part in PureWindowsPath(path).parts[1:2]] == [_CLUSTER_STORAGE]


class Disk(Row):
    """MSFT_Disk."""

    number: int = Field(alias="Number")
    bus: BusType = Field(alias="BusType")
    name: str | None = Field(alias="FriendlyName")

    def __str__(self) -> str:
        return f"disk {self.number} ({self.name or 'without a name'}, {self.bus.name.replace('_', ' ')})"


class Partition(Row):
    """MSFT_Partition: where it is seen, and whether Windows started from it."""

    disk: int = Field(alias="DiskNumber")
    is_boot: bool = Field(alias="IsBoot")
    paths: list[str] = Field(alias="AccessPaths")


class Drive(Row):
    """Win32_Volume: where a volume is seen, and of what kind it is."""

    name: str = Field(alias="Name")
    type: DriveType = Field(alias="DriveType")


class IscsiSession(Row):
    """Get-IscsiSession."""

    target: str = Field(alias="TargetNodeAddress")
    authentication: str = Field(alias="AuthenticationType", min_length=1)

    def __str__(self) -> str:
        return f"{self.target} ({self.authentication})"

    @property
    def authenticates(self) -> str:
        """NONE, ONEWAYCHAP or MUTUALCHAP."""
        return self.authentication.upper()


class IscsiConnection(Row):
    """Get-IscsiConnection. An initiator that was not bound to an address shows none."""

    here: Ip = Field(alias="InitiatorAddress")
    there: Ip = Field(alias="TargetAddress")

    def __str__(self) -> str:
        return f"iSCSI {self.here} to {self.there}"

    @property
    def is_unbound(self) -> bool:
        """Whether an end is shown as "any address"."""
        return self.here.is_unspecified or self.there.is_unspecified

    @property
    def ends(self) -> tuple[IpAddress, ...]:
        """The addresses that are known."""
        return tuple(ip for ip in (self.here, self.there) if not ip.is_unspecified)


class FolderAccess(Row):
    """Get-Acl of a local folder of virtual machines."""

    path: str = Field(alias="Path")
    entries: sddl.AccessList = Field(alias="Sddl")


@dataclass(frozen=True)
class Grant:
    """What a folder allows to somebody."""

    path: str
    allow: sddl.Allow

    def __str__(self) -> str:
        return f"{self.path}: {self.allow}"


@dataclass(frozen=True)
class SmbTraffic:
    """How files of virtual machines travel by SMB: to other servers, and from shares of this host."""

    remote: tuple[str, ...]
    channels: tuple[Channel, ...]
    connections: tuple[Connection, ...]
    shares: Mapping[str, tuple[sddl.Allow, ...]]

    @property
    def is_used(self) -> bool:
        """Whether such files lie on another server, or are handed out by this host."""
        return bool(self.remote or self.shares)

    @property
    def ends(self) -> tuple[IpAddress, ...]:
        """Every address that takes part."""
        return tuple(ip for channel in self.channels for ip in channel.ends)

    @property
    def unseen(self) -> tuple[str, ...]:
        """Paths to whose server no channel is open."""
        return tuple(
            path
            for path in self.remote
            if not any(paths.same_server(channel.server, paths.server(path)) for channel in self.channels)
        )

    @property
    def open_shares(self) -> dict[str, tuple[sddl.Allow, ...]]:
        """Shares that everybody, or nearly everybody, may use."""
        return {share: accounts for share, accounts in self.shares.items() if accounts}

    def outside(self, subnets: Iterable[IpNetwork]) -> tuple[Channel, ...]:
        """Channels of which one end lies elsewhere."""
        subnets = tuple(subnets)
        return tuple(c for c in self.channels if not all(lies_in(ip, subnets) for ip in c.ends))

    def encryption(self, channel: Channel) -> bool | None:
        """Whether all connections to its server are encrypted; None when none is shown."""
        states = [c.encrypted for c in self.connections if paths.same_server(c.server, channel.server)]
        return all(states) if states else None


@dataclass(frozen=True)
class DiskTraffic:
    """How files on what looks like local disks travel: iSCSI, and volumes that a cluster shares."""

    uses_iscsi: bool
    iscsi: tuple[IscsiConnection, ...]
    shared_volumes: tuple[str, ...]
    between_nodes: tuple[ClusterNetwork, ...]
    between_nodes_encrypted: bool
    unknown: tuple[str, ...]

    @property
    def ends(self) -> tuple[IpAddress, ...]:
        """Every address that takes part."""
        return tuple(ip for connection in self.iscsi for ip in connection.ends)


@dataclass(frozen=True)
class Storage:
    """Disks of the host, and access to folders of virtual machines."""

    readings: Readings

    @property
    def disks(self) -> tuple[Disk, ...]:
        """Every disk."""
        return self.readings.rows("storage.disks", Disk)

    @property
    def partitions(self) -> tuple[Partition, ...]:
        """Every partition that is seen somewhere."""
        return self.readings.rows("storage.partitions", Partition)

    @property
    def drives(self) -> tuple[Drive, ...]:
        """Every volume, also one that is not fixed."""
        return self.readings.rows("storage.drives", Drive)

    @property
    def iscsi_sessions(self) -> tuple[IscsiSession, ...]:
        """Sessions of the initiator; none while its service does not run."""
        return self.readings.rows("storage.iscsi_sessions", IscsiSession)

    @property
    def iscsi_connections(self) -> tuple[IscsiConnection, ...]:
        """Connections of the initiator; none while its service does not run."""
        return self.readings.rows("storage.iscsi_connections", IscsiConnection)

    @property
    def access(self) -> tuple[FolderAccess, ...]:
        """Local folders of virtual machines that exist, and who may open them."""
        return self.readings.rows("storage.acls", FolderAccess)

    def check_access_is_known(self, files: Iterable[str]) -> None:
        """Raise `Unreadable` when a local folder of these files was not among those that were asked."""
        known = {PureWindowsPath(folder.path) for folder in self.access}
        for path in files:
            if not paths.is_unc(path) and known.isdisjoint((PureWindowsPath(path), PureWindowsPath(path).parent)):
                raise Unreadable(f"storage.acls: nothing was shown of {path}")

    @property
    def grants(self) -> tuple[Grant, ...]:
        """Who may read or write in them."""
        return tuple(
            Grant(folder.path, entry) for folder in self.access for entry in folder.entries if entry.reads_or_writes
        )

    def partition_of(self, path: str) -> Partition | None:
        """The partition that a local path lies on: the longest place that begins it; None when no place does."""
        found = [(place, partition) for partition in self.partitions for place in partition.paths]
        fitting = [
            each
            for each in found
            if paths.lies_in(path, each[0]) and is_shared_volume(each[0]) == is_shared_volume(path)
        ]
        return max(fitting, key=lambda each: len(each[0]), default=(None, None))[1]

    def drive_type(self, path: str) -> DriveType | None:
        """Of what kind the volume of a local path is; None when Windows lists none there."""
        drives = [drive for drive in self.drives if paths.lies_in(path, drive.name)]
        nearest = max(drives, key=lambda drive: len(drive.name), default=None)
        return nearest.type if nearest else None

    def can_be_taken_out(self, path: str) -> bool:
        """Whether a local path is on a disk or volume made for carrying away."""
        disk = self.disk_of(path)
        taken = self.drive_type(path) in (DriveType.REMOVABLE, DriveType.COMPACT_DISC)
        return taken or (disk is not None and disk.bus in REMOVABLE)

    def is_placed_here(self, path: str) -> bool:
        """Whether this host has to know the disk: a shared volume shows it only where it is owned."""
        return not is_shared_volume(path) or self.partition_of(path) is not None

    def disk(self, number: int) -> Disk | None:
        """A disk by its number."""
        return next((disk for disk in self.disks if disk.number == number), None)

    def disk_of(self, path: str) -> Disk | None:
        """The disk that a local path lies on; None when it cannot be told."""
        partition = self.partition_of(path)
        return self.disk(partition.disk) if partition else None
