"""Which operating system a guest runs, and what Hyper-V supports for it.

Everything a guest says of itself over data exchange (KVP) is its own claim: it may tighten a verdict, and only a second
source, the policy file, lets it relax one. Support as on Microsoft's pages "Should I create a generation 1 or 2 virtual
machine", "Supported Linux and FreeBSD virtual machines", "Generation 2 virtual machine security settings" and, for
shielding, "Create a Linux shielded VM template disk".
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException, ElementTree


class Support(StrEnum):
    """What Hyper-V supports for a guest."""

    YES = "supported"
    NO = "not supported"
    UNKNOWN = "unknown"


class Family(StrEnum):
    """What kind of system it is."""

    WINDOWS = "Windows"
    LINUX = "Linux"
    FREEBSD = "FreeBSD"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class GuestOs:
    """A guest operating system, and who says so. `build` tells releases of Windows apart that share an id."""

    id: str
    family: Family
    generation_2: Support
    secure_boot: Support
    shielding: Support = Support.UNKNOWN
    from_policy: bool = False
    build: int | None = None
    is_client: bool = False

    def __str__(self) -> str:
        return f"{self.id} ({'by policy' if self.from_policy else 'by its own account'})"

    @property
    def is_known(self) -> bool:
        """Whether it could be told at all."""
        return self.family is not Family.UNKNOWN


UNKNOWN = GuestOs("unknown", Family.UNKNOWN, Support.UNKNOWN, Support.UNKNOWN)
_SOME_WINDOWS = GuestOs("windows", Family.WINDOWS, Support.UNKNOWN, Support.UNKNOWN)

SINCE_2016 = (
    *("windows-10", "windows-11"),
    *("windows-server-2016", "windows-server-2019", "windows-server-2022", "windows-server-2025"),
)
"""The releases of Windows from 10 and Server 2016 on."""

# Without generation 2: everything older than Windows 8 and Server 2012, and every 32-bit Windows.
_OLD_WINDOWS = ("windows-vista", "windows-7", "windows-server-2008", "windows-server-2008-r2")
_WINDOWS = (
    *_OLD_WINDOWS,
    "windows-8",
    "windows-8.1",
    "windows-server-2012",
    "windows-server-2012-r2",
    *SINCE_2016,
)


@dataclass(frozen=True)
class _Distribution:
    """First versions for generation 2, Secure Boot and shielding; NAME of its os-release, and ID where not ours."""

    id: str
    names: tuple[str, ...]
    generation_2: tuple[int, ...]
    secure_boot: tuple[int, ...]
    shielding: tuple[int, ...] | None = None
    ids: tuple[str, ...] = ()


_LINUX = (
    _Distribution("rhel", ("red hat enterprise linux",), (6,), (7,), (7, 3)),
    _Distribution("centos", ("centos",), (6,), (7,), (7, 3)),
    _Distribution("rocky", ("rocky linux",), (8,), (8,), (8,)),
    _Distribution("alma", ("almalinux",), (8,), (8,), (8,), ids=("almalinux",)),
    _Distribution("debian", ("debian",), (8,), (10,)),
    _Distribution("ubuntu", ("ubuntu",), (14, 4), (14, 4), (16, 4)),
    _Distribution("sles", ("sles", "suse linux enterprise server"), (12,), (12,), (12, 2)),
    _Distribution("oracle", ("oracle linux",), (7,), (8,), ids=("ol",)),
)
_FREEBSD_GENERATION_2 = (11, 1)

# (build from, build to, client, server); builds in between were semi-annual releases, which have ended.
_NT_10 = (
    (10240, 14392, "windows-10", "windows-server-2016"),
    (14393, 17762, "windows-10", "windows-server-2016"),
    (17763, 20347, "windows-10", "windows-server-2019"),
    (20348, 21999, "windows-10", "windows-server-2022"),
    (22000, 26099, "windows-11", "windows-server-2022"),
    (26100, 99999, "windows-11", "windows-server-2025"),
)
_NT_6_BUILDS = {6001: "6.0", 6002: "6.0", 6003: "6.0", 7600: "6.1", 7601: "6.1", 9200: "6.2", 9600: "6.3"}
_NT_6 = {
    "6.0": ("windows-vista", "windows-server-2008"),
    "6.1": ("windows-7", "windows-server-2008-r2"),
    "6.2": ("windows-8", "windows-server-2012"),
    "6.3": ("windows-8.1", "windows-server-2012-r2"),
}
_WORKSTATION = "1"
_X86 = "0"


def read_items(items: Iterable[str]) -> dict[str, str]:
    """Key-value pairs of data exchange, each a CIM-XML instance; what is no such thing, or brings a DTD, is left out.

    Read by property name: their order varies, and an empty value has no VALUE element.
    """
    pairs: dict[str, str] = {}
    for item in items:
        try:
            root = ElementTree.fromstring(item, forbid_dtd=True)
        except (ParseError, DefusedXmlException, ValueError):
            continue
        values = {node.get("NAME"): node.findtext("VALUE") or "" for node in root.iter("PROPERTY")}
        if name := values.get("Name"):
            pairs[name] = values.get("Data", "")
    return pairs


@lru_cache(maxsize=1024)
def from_items(items: tuple[str, ...]) -> GuestOs:
    """What the guest claims to be, from its items as they arrived; several checks ask, and parsing is slow."""
    return from_guest(read_items(items))


def from_guest(pairs: dict[str, str]) -> GuestOs:
    """What the guest claims to be."""
    if pairs.get("ProductType") and pairs.get("OSVersion"):
        return _windows(pairs)
    name = pairs.get("OSName", "").strip().lower()
    if name == "freebsd":
        return _freebsd(pairs.get("OSBuildNumber", ""))
    for distribution in _LINUX:
        if name.startswith(distribution.names):
            return _linux(distribution, pairs.get("OSMajorVersion", ""))
    return UNKNOWN


def from_build(build: str, *, client: bool) -> GuestOs:
    """A Windows by the build in its registry, as one finds it inside."""
    number = (_numbers(build) or (0,))[0]
    if number in _NT_6_BUILDS:
        return _nt_6(_NT_6_BUILDS[number], client=client)
    return _nt_10(number, client=client)


def from_os_release(name: str, version: str) -> GuestOs:
    """A Linux or FreeBSD by ID and VERSION_ID of its os-release, as one finds them inside.

    A distribution that is not known here keeps its name: what it is, a finding has to say.
    """
    if name == "freebsd":
        return _freebsd(version)
    for distribution in _LINUX:
        if name in (distribution.id, *distribution.ids):
            return _linux(distribution, version)
    return GuestOs(_named(name, version), Family.LINUX, Support.UNKNOWN, Support.UNKNOWN)


def from_policy(guest: str) -> GuestOs:
    """A guest as the policy names it: `windows-server-2019`, `ubuntu-22.04`, `freebsd-13.2`. Raises ValueError."""
    text = guest.strip().lower()
    if text in _WINDOWS:
        return replace(_known_windows(text), from_policy=True)
    name, _, version = text.partition("-")
    if name == "freebsd":
        return replace(_freebsd(version), from_policy=True)
    for distribution in _LINUX:
        if name == distribution.id and _numbers(version):
            return replace(_linux(distribution, version), from_policy=True)
    known = ", ".join([*_WINDOWS, *(f"{d.id}-<version>" for d in _LINUX), "freebsd-<version>"])
    raise ValueError(f"{guest!r} is no guest operating system known here; known are {known}")


def _windows(pairs: dict[str, str]) -> GuestOs:
    """By build and product type: Windows 11 may still carry the product name of Windows 10."""
    client = pairs["ProductType"] == _WORKSTATION
    x86 = pairs.get("ProcessorArchitecture") == _X86
    version = _numbers(pairs["OSVersion"])
    if version[:1] == (10,) and len(version) > 2:  # noqa: PLR2004 - major, minor, build
        return _nt_10(version[2], client=client, x86=x86)
    return _nt_6(".".join(str(part) for part in version[:2]), client=client, x86=x86)


def _nt_6(version: str, *, client: bool, x86: bool = False) -> GuestOs:
    names = _NT_6.get(version)
    return _known_windows(names[0] if client else names[1], x86=x86) if names else _SOME_WINDOWS


def _nt_10(build: int, *, client: bool, x86: bool = False) -> GuestOs:
    row = next((row for row in _NT_10 if row[0] <= build <= row[1]), None)
    guest = _known_windows(row[2] if client else row[3], x86=x86) if row else _SOME_WINDOWS
    return replace(guest, build=build)


def _known_windows(id_: str, *, x86: bool = False) -> GuestOs:
    support = Support.NO if x86 or id_ in _OLD_WINDOWS else Support.YES
    client = not id_.startswith("windows-server")
    return GuestOs(f"{id_} (32-bit)" if x86 else id_, Family.WINDOWS, support, support, support, is_client=client)


def _linux(distribution: _Distribution, text: str) -> GuestOs:
    version = _numbers(text)
    return GuestOs(
        _named(distribution.id, text),
        Family.LINUX,
        _since(version, distribution.generation_2),
        _since(version, distribution.secure_boot),
        _since(version, distribution.shielding) if distribution.shielding else Support.NO,
    )


def _freebsd(text: str) -> GuestOs:
    generation_2 = _since(_numbers(text), _FREEBSD_GENERATION_2)
    return GuestOs(_named("freebsd", text), Family.FREEBSD, generation_2, Support.NO, Support.NO)


def _named(name: str, version: str) -> str:
    """As people write it: `ubuntu-22.04`, not `ubuntu-22.4`."""
    return f"{name}-{_leading(version)}" if _leading(version) else name


def _since(version: tuple[int, ...], first: tuple[int, ...]) -> Support:
    if not version:
        return Support.UNKNOWN
    return Support.YES if version >= first else Support.NO


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in _leading(text).split(".") if part)


def _leading(text: str) -> str:
    """The leading dotted numbers of a version; at most six digits each, because the guest wrote them."""
    found = re.match(r"[0-9]{1,6}(\.[0-9]{1,6}){0,4}", text.strip())
    return found.group() if found else ""
