"""Who has rights on a host: local groups and access lists, all by SID, since names are in the language of the host."""

from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import Field

from hyperv_audit.facts import sddl
from hyperv_audit.facts.reading import Readings, Row, Unreadable
from hyperv_audit.facts.sddl import EVERYONE, Allow

ADMINISTRATORS = "S-1-5-32-544"
HYPERV_ADMINISTRATORS = "S-1-5-32-578"
PRIVILEGED = {
    ADMINISTRATORS: "Administrators",
    HYPERV_ADMINISTRATORS: "Hyper-V Administrators",
    "S-1-5-32-555": "Remote Desktop Users",
    "S-1-5-32-580": "Remote Management Users",
    "S-1-5-32-551": "Backup Operators",
}
# Not every Windows has these: Server Operators are a domain controller's.
SOMETIMES = {
    "S-1-5-32-547": "Power Users",
    "S-1-5-32-549": "Server Operators",
    "S-1-5-32-550": "Print Operators",
}
_NO_SUCH_GROUP = "GroupNotFound,"
# Everyone, Authenticated Users, Users, Domain Users, Domain Computers: nobody decided who these are.
BROAD = (EVERYONE, "S-1-5-11", "S-1-5-32-545", "*-513", "*-515")


def is_one_of(sid: str, patterns: Iterable[str]) -> bool:
    """Whether a pattern of the policy means this account: its SID, or `*-512` for a relative id of any domain."""
    return any(_matches(sid.upper(), pattern.strip().upper()) for pattern in patterns)


def _matches(sid: str, pattern: str) -> bool:
    if pattern.startswith("*-"):
        return sid.startswith("S-1-5-21-") and sid.endswith(pattern[1:])
    return sid == pattern


class Member(Row):
    """A member of a local group."""

    sid: str = Field(alias="Sid", pattern=r"^S-1-\d+(-\d+)+$")
    name: str = Field(alias="Name")

    def __str__(self) -> str:
        return f"{self.name} ({self.sid})" if not self.is_orphan else self.sid

    @property
    def is_orphan(self) -> bool:
        """An account that no longer exists, or whose domain does not answer: Windows has no name for it."""
        return self.name in ("", self.sid)

    @property
    def is_broad(self) -> bool:
        """A group of everybody."""
        return is_one_of(self.sid, BROAD)


class _Store(Row):
    present: bool = Field(alias="Present")


class _Folder(Row):
    path: str = Field(alias="Path")
    allows: sddl.AccessList = Field(alias="Sddl")


class _Share(Row):
    name: str = Field(alias="Name")
    allows: sddl.AccessList = Field(alias="Sddl")


@dataclass(frozen=True)
class Groups:
    """Rights on this host. A domain group is shown as itself: who is in it, only the domain knows."""

    readings: Readings

    @property
    def administrators(self) -> tuple[Member, ...]:
        """Members of Administrators: at least the built-in account, which cannot be removed."""
        if not (members := self._of(ADMINISTRATORS)):
            raise Unreadable("groups.S-1-5-32-544 is empty, and the built-in account cannot be removed from it")
        return members

    @property
    def hyperv_administrators(self) -> tuple[Member, ...]:
        """Members of Hyper-V Administrators."""
        return self._of(HYPERV_ADMINISTRATORS)

    @property
    def privileged(self) -> dict[str, tuple[Member, ...]]:
        """Members of every group whose members may log on to this host or read its files, by its English name."""
        everywhere = {name: self._of(sid) for sid, name in PRIVILEGED.items()}
        sometimes = {name: self._of(sid) for sid, name in SOMETIMES.items() if not self._is_missing(sid)}
        return {**everywhere, **sometimes, "Administrators": self.administrators}

    @property
    def has_authorization_store(self) -> bool:
        """Whether roles of Authorization Manager are still there; it is obsolete since Windows Server 2012 R2."""
        return self.readings.one("groups.authorization_store", _Store).present

    @property
    def folders(self) -> dict[str, tuple[Allow, ...]]:
        """Whom the local folders of virtual machines let in; the host's default folders are always among them."""
        lists = self.readings.rows("storage.acls", _Folder)
        if not lists and self.readings.values("session.canary") != (1,):
            raise Unreadable("storage.acls is empty, and the account cannot see Hyper-V (or its service does not run)")
        return {acl.path: acl.allows for acl in lists}

    @property
    def shares(self) -> dict[str, tuple[Allow, ...]]:
        """Whom the ordinary shares of this host let in."""
        return {acl.name: acl.allows for acl in self.readings.rows("smb.share_access", _Share)}

    def _is_missing(self, sid: str) -> bool:
        """Whether this Windows has no such group, and says so."""
        errors = self.readings.errors(f"groups.{sid}")
        return bool(errors) and all(error.id.startswith(_NO_SUCH_GROUP) for error in errors)

    def _of(self, sid: str) -> tuple[Member, ...]:
        return self.readings.rows(f"groups.{sid}", Member)
