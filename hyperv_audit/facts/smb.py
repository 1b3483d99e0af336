"""SMB: how the host serves and uses files over the network."""

from dataclasses import dataclass

from pydantic import Field

from hyperv_audit.facts import paths, sddl
from hyperv_audit.facts.network import Ip, IpAddress
from hyperv_audit.facts.reading import Readings, Row, Unreadable

SMB_3_0 = (3, 0)


class Server(Row):
    """Get-SmbServerConfiguration."""

    encrypts_data: bool = Field(alias="EncryptData")
    rejects_unencrypted_access: bool = Field(alias="RejectUnencryptedAccess")
    requires_signing: bool = Field(alias="RequireSecuritySignature")
    smb1_enabled: bool = Field(alias="EnableSMB1Protocol")


class Client(Row):
    """Get-SmbClientConfiguration."""

    requires_signing: bool = Field(alias="RequireSecuritySignature")


class _Feature(Row):
    installed: bool = Field(alias="Installed")


class Share(Row):
    """Get-SmbShare; a special share is an administrative one such as C$."""

    name: str = Field(alias="Name")
    path: str | None = Field(alias="Path")
    special: bool = Field(alias="Special")
    encrypts_data: bool = Field(alias="EncryptData")

    def __str__(self) -> str:
        return f"{self.name} ({self.path})"

    def exposes(self, path: str) -> bool:
        """Whether the share and this path lie in one another."""
        return bool(self.path) and (paths.lies_in(path, self.path or "") or paths.lies_in(self.path or "", path))


class Connection(Row):
    """Get-SmbConnection. An encrypted connection usually reports itself as not signed: encryption replaces signing."""

    server: str = Field(alias="ServerName")
    share: str = Field(alias="ShareName")
    dialect: str = Field(alias="Dialect", pattern=r"^\d+(\.\d+)*$")
    encrypted: bool = Field(alias="Encrypted")
    signed: bool = Field(alias="Signed")

    def __str__(self) -> str:
        return (
            f"\\\\{self.server}\\{self.share} (SMB {self.dialect}, {'' if self.encrypted else 'not '}encrypted, "
            f"{'' if self.signed else 'not '}signed)"
        )

    @property
    def version(self) -> tuple[int, ...]:
        """The dialect as numbers: "3.00" is (3, 0)."""
        return tuple(int(part) for part in self.dialect.split("."))


class Channel(Row):
    """Get-SmbMultichannelConnection: one pair of addresses over which a server is spoken to."""

    server: str = Field(alias="ServerName")
    here: Ip = Field(alias="ClientIpAddress")
    there: Ip = Field(alias="ServerIpAddress")

    def __str__(self) -> str:
        return f"{self.server}: {self.here} to {self.there}"

    @property
    def ends(self) -> tuple[IpAddress, ...]:
        """Both addresses."""
        return self.here, self.there


class _ShareAccess(Row):
    name: str = Field(alias="Name")
    entries: sddl.AccessList = Field(alias="Sddl")


@dataclass(frozen=True)
class Smb:
    """SMB on this host, and what it has to do with the files of its virtual machines."""

    readings: Readings

    @property
    def server(self) -> Server:
        """The service."""
        return self.readings.one("smb.server", Server)

    @property
    def client(self) -> Client:
        """The workstation side."""
        return self.readings.one("smb.client", Client)

    @property
    def smb1_installed(self) -> bool:
        """Whether the feature FS-SMB1 is there; an edition that does not know it has no row."""
        return any(feature.installed for feature in self.readings.rows("smb.smb1_feature", _Feature))

    @property
    def shares(self) -> tuple[Share, ...]:
        """Every share of the host. Raises `Unreadable` where an ordinary one does not tell what it exposes."""
        shares = self.readings.rows("smb.shares", Share)
        if hidden := [share.name for share in shares if share.path is None and not share.special]:
            raise Unreadable(f"smb.shares: Path of {hidden[0]!r} was not shown")
        return shares

    @property
    def connections(self) -> tuple[Connection, ...]:
        """Live connections to other servers; they are gone some minutes after their last use."""
        return self.readings.rows("smb.connections", Connection)

    @property
    def channels(self) -> tuple[Channel, ...]:
        """Pairs of addresses of live connections to other servers."""
        return self.readings.rows("smb.multichannel", Channel)

    def channels_to(self, locations: tuple[str, ...]) -> tuple[Channel, ...]:
        """Every channel to the servers of these UNC paths, also one that is not selected just now."""
        servers = [paths.server(path) for path in locations if paths.is_unc(path)]
        return tuple(c for c in self.channels if any(paths.same_server(c.server, name) for name in servers))

    def broad_access(self, share: Share) -> tuple[sddl.Allow, ...]:
        """What a share allows to everybody or nearly everybody. Raises `Unreadable` when it was not shown."""
        rows = [row for row in self.readings.rows("smb.share_access", _ShareAccess) if row.name == share.name]
        if not rows:
            raise Unreadable(f"smb.share_access: the access list of {share.name} was not shown")
        return tuple(entry for row in rows for entry in row.entries if entry.mask and entry.is_broad)

    def connections_to(self, locations: tuple[str, ...]) -> tuple[Connection, ...]:
        """Live connections to the servers of these UNC paths."""
        servers = [paths.server(path) for path in locations if paths.is_unc(path)]
        return tuple(c for c in self.connections if any(paths.same_server(c.server, name) for name in servers))

    def connections_to_share(self, path: str) -> tuple[Connection, ...]:
        """Live connections to the share of a UNC path: each has a state of its own."""
        wanted = paths.share(path).lower()
        return tuple(c for c in self.connections_to((path,)) if c.share.lower() == wanted)

    def unseen(self, locations: tuple[str, ...]) -> tuple[str, ...]:
        """UNC paths to whose server no connection is open."""
        return tuple(
            path
            for path in locations
            if paths.is_unc(path) and not any(paths.same_server(c.server, paths.server(path)) for c in self.connections)
        )

    def shares_of(self, locations: tuple[str, ...]) -> tuple[Share, ...]:
        """Ordinary shares of this host that expose these local paths."""
        local = [path for path in locations if not paths.is_unc(path)]
        return tuple(s for s in self.shares if not s.special and any(s.exposes(path) for path in local))
