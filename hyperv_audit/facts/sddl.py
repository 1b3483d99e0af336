"""Access lists as Windows writes them in SDDL: the same text in every language of a host.

Sources: MS-DTYP 2.5.1.1 (grammar), "ACE strings" and "SID strings" of the Win32 documentation (rights, abbreviations).
"""

import re
import struct
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainValidator

EVERYONE = "S-1-1-0"
VIRTUAL_MACHINES = "S-1-5-83-"  # NT VIRTUAL MACHINE: 0 for all of them, 1-... for each
EVERY_MACHINE = f"{VIRTUAL_MACHINES}0"

# Abbreviation -> SID. Where the SID depends on a domain or a machine, its last part alone: "*-512".
_SIDS = dict(
    pair.split("=")
    for pair in """
    WD=S-1-1-0 CO=S-1-3-0 CG=S-1-3-1 OW=S-1-3-4 NU=S-1-5-2 IU=S-1-5-4 SU=S-1-5-6 AN=S-1-5-7 ED=S-1-5-9 PS=S-1-5-10
    AU=S-1-5-11 RC=S-1-5-12 SY=S-1-5-18 LS=S-1-5-19 NS=S-1-5-20 WR=S-1-5-33 UD=S-1-5-84-0-0-0-0-0
    BA=S-1-5-32-544 BU=S-1-5-32-545 BG=S-1-5-32-546 PU=S-1-5-32-547 AO=S-1-5-32-548 SO=S-1-5-32-549 PO=S-1-5-32-550
    BO=S-1-5-32-551 RE=S-1-5-32-552 RU=S-1-5-32-554 RD=S-1-5-32-555 NO=S-1-5-32-556 MU=S-1-5-32-558 LU=S-1-5-32-559
    IS=S-1-5-32-568 CY=S-1-5-32-569 ER=S-1-5-32-573 CD=S-1-5-32-574 RA=S-1-5-32-575 ES=S-1-5-32-576 MS=S-1-5-32-577
    HA=S-1-5-32-578 AA=S-1-5-32-579 RM=S-1-5-32-580 AC=S-1-15-2-1 AS=S-1-18-1 SS=S-1-18-2
    RO=*-498 LA=*-500 LG=*-501 DA=*-512 DU=*-513 DG=*-514 DC=*-515 DD=*-516 CA=*-517 SA=*-518 EA=*-519 PA=*-520
    CN=*-522 AP=*-525 KA=*-526 EK=*-527 RS=*-553
    """.split()  # noqa: SIM905 - a table of pairs, to be read as one
)
_BROAD = {EVERYONE, "S-1-5-2", "S-1-5-4", "S-1-5-7", "S-1-5-11", "S-1-5-15", "S-1-5-32-545", "S-1-5-32-546"}
_BROAD_IN_A_DOMAIN = ("*-513", "*-514", "*-515")

_RIGHTS = {
    name: int(mask, 16)
    for name, mask in (
        pair.split("=")
        for pair in """
        GA=10000000 GX=20000000 GW=40000000 GR=80000000 SD=10000 RC=20000 WD=40000 WO=80000
        CC=1 DC=2 LC=4 SW=8 RP=10 WP=20 DT=40 LO=80 CR=100
        FA=1F01FF FR=120089 FW=120116 FX=1200A0 KA=F003F KR=20019 KW=20006 KX=20019
        """.split()  # noqa: SIM905 - as above
    )
}
# Reading what is in a file or folder; and every right to change it, its name or who may change it.
_READ = 0x90000001
_WRITE = 0x500D0156
_MAXIMUM_ALLOWED = 0x2000000
_GENERIC = {0x10000000: 0x1F01FF, 0x20000000: 0x1200A0, 0x40000000: 0x120116, 0x80000000: 0x120089}  # of a file

_FIELDS = 6
_ALLOW = {"A", "OA", "XA", "ZA"}
_OTHERS = {"D", "OD", "XD", "ZD"}
_SID = r"(?:S-1-[0-9A-Fx-]+|[A-Z]{2})"
_WHOLE = re.compile(
    rf"(?:O:(?P<owner>{_SID}))?(?:G:{_SID})?(?:D:(?P<flags>[A-Z_]*)(?P<aces>\(.*\))?)?(?:S:.*)?", re.DOTALL
)


@dataclass(frozen=True)
class Allow:
    """What an entry is about: an account and rights, which it allows unless somebody says otherwise."""

    sid: str
    mask: int
    inherit_only: bool

    def __str__(self) -> str:
        return f"{self.sid} ({self.mask:#x})"

    @property
    def reads_or_writes(self) -> bool:
        """Whether it opens what is in a file, or lets it be changed; to walk through and to look at is neither."""
        return bool(self.mask & (_READ | _WRITE | _MAXIMUM_ALLOWED))

    @property
    def writes(self) -> bool:
        """Whether it lets a file, its name or who may open it be changed."""
        return bool(self.mask & (_WRITE | _MAXIMUM_ALLOWED))

    @property
    def is_broad(self) -> bool:
        """Whether it means anybody, or everybody of a domain."""
        return self.sid in _BROAD or self.is_one_of(_BROAD_IN_A_DOMAIN)

    def is_one_of(self, sids: Iterable[str]) -> bool:
        """Whether one of `sids` means this account; `*-512` is a group of whatever domain."""
        return is_one_of(sids, self.sid)


@dataclass(frozen=True)
class Descriptor:
    """A security descriptor: its owner, what it allows, and what it denies to anybody at all."""

    owner: str | None
    allows: tuple[Allow, ...]
    denied: int

    def may_deny(self, allow: Allow) -> bool:
        """Whether it also refuses some of what it allows: to whom in the end, group by group, only Windows can say."""
        return bool(_specific(self.denied) & _specific(allow.mask) & (_READ | _WRITE))


def read_descriptor(text: Any) -> Descriptor:
    """A security descriptor. Without an access list everyone may do everything. Raises ValueError."""
    whole = _WHOLE.fullmatch(text) if isinstance(text, str) else None
    if not text or whole is None:
        raise ValueError("is no security descriptor")
    owner = _sid(whole["owner"]) if whole["owner"] else None
    if whole["flags"] is None or "NO_ACCESS_CONTROL" in whole["flags"]:
        return Descriptor(owner, (Allow(EVERYONE, _RIGHTS["FA"], inherit_only=False),), 0)
    entries = [_entry(ace) for ace in _aces(whole["aces"] or "")]
    denied = 0
    for allows, entry in entries:
        if not allows and not entry.inherit_only:
            denied |= entry.mask
    return Descriptor(owner, tuple(entry for allows, entry in entries if allows), denied)


def read(text: Any) -> tuple[Allow, ...]:
    """What a security descriptor allows. Raises ValueError."""
    return read_descriptor(text).allows


def of_machine(vm_id: str) -> str:
    """The SID of a virtual machine, which follows from its id: the GUID's bytes as four numbers, lowest byte first."""
    return f"{VIRTUAL_MACHINES}1-" + "-".join(str(part) for part in struct.unpack("<4I", uuid.UUID(vm_id).bytes_le))


AccessList = Annotated[tuple[Allow, ...], PlainValidator(read)]


def _aces(text: str) -> Iterator[str]:
    """The entries of a list; a condition has brackets and quotes of its own. The audit list may follow."""
    depth, start, quoted = 0, 0, False
    for place, character in enumerate(text):
        if character == '"':
            quoted = not quoted
        elif character == "(" and not quoted:
            start = place + 1 if depth == 0 else start
            depth += 1
        elif character == ")" and not quoted:
            depth -= 1
            if depth == 0:
                yield text[start:place]
        elif depth == 0:
            if text[place:].startswith("S:"):
                return
            raise ValueError(f"has {character!r} between its entries")
    if depth or quoted:
        raise ValueError("ends within an entry")


def _entry(ace: str) -> tuple[bool, Allow]:
    """Whether an entry allows, and what it is about."""
    parts = ace.split(";", _FIELDS)  # after the account may follow a condition, with semicolons of its own
    if len(parts) < _FIELDS:
        raise ValueError("has an entry with too few fields")
    kind, flags, rights, _, _, sid = parts[:_FIELDS]
    if kind not in _ALLOW | _OTHERS:
        raise ValueError(f"has an entry of the unknown kind {kind!r}")
    return kind in _ALLOW, Allow(
        _sid(sid), _mask(rights), "IO" in {flags[at : at + 2] for at in range(0, len(flags), 2)}
    )


def _sid(text: str) -> str:
    if text.startswith("S-1-"):
        return text
    if text not in _SIDS:
        raise ValueError(f"names the unknown account {text!r}")
    return _SIDS[text]


def _mask(text: str) -> int:
    if text[:1].isdigit():
        return int(text, 16 if text[:2].lower() == "0x" else 8 if text[0] == "0" else 10)
    names = [text[at : at + 2] for at in range(0, len(text), 2)]
    if unknown := [name for name in names if name not in _RIGHTS]:
        raise ValueError(f"has the unknown right {unknown[0]!r}")
    mask = 0
    for name in names:
        mask |= _RIGHTS[name]
    return mask


def _specific(mask: int) -> int:
    """The rights that a mask means for a file: generic ones stand for several."""
    for generic, meant in _GENERIC.items():
        mask |= meant if mask & generic else 0
    return mask


def is_one_of(sids: Iterable[str], sid: str) -> bool:
    """Whether one of `sids` means this account; `*-512` is a group of whatever domain."""
    return any(_same(sid, other) for other in sids)


def is_of_a_machine(sid: str) -> bool:
    """Whether it is one certain virtual machine."""
    return sid.startswith(f"{VIRTUAL_MACHINES}1-")


def _same(sid: str, other: str) -> bool:
    """Two accounts of domains are the same by their last part where one of them names no domain."""
    if "*" not in sid + other:
        return sid == other
    one, two = sid.rpartition("-"), other.rpartition("-")
    return one[2] == two[2] and all(part == "*" or part.startswith("S-1-5-21-") for part in (one[0], two[0]))
