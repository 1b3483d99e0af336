"""Where the files of virtual machines lie, read from Windows paths as text."""

import ipaddress
import re
from functools import lru_cache
from pathlib import PureWindowsPath

_DEVICE = ("\\\\?\\", "\\\\.\\")
_SHORT_NAME = re.compile(r"[^.]{1,6}~\d+(\..{0,3})?")  # as Windows makes them for programs of the 8.3 kind
_REMEMBERED = 10_000  # paths that many questions are about
_FOR_EVERYBODY = {"public", "temp", "tmp", "$recycle.bin"}


def plain(path: str) -> str:
    r"""A path without what says nothing of its place: `\\?\D:\VMs` is `D:\VMs`, `\\?\UNC\fs01\vms` is `\\fs01\vms`."""
    path = path.replace("/", "\\")
    rest = path[4:] if path.startswith(_DEVICE) else ""
    if rest.upper().startswith("UNC\\"):
        return "\\\\" + rest[4:]
    return rest if rest[1:2] == ":" else path


def is_whole(path: str) -> bool:
    """Whether it begins with a drive or a server: a name that Windows made for people does not."""
    return re.match(r"[A-Za-z]:\\|\\\\", plain(path)) is not None


def is_unc(path: str) -> bool:
    """A path on another machine. A volume by its id is none."""
    return plain(path).startswith("\\\\") and not plain(path).startswith(_DEVICE)


def server(path: str) -> str:
    """The server of a UNC path, as it is written."""
    return plain(path).lstrip("\\").split("\\", 1)[0]


def same_server(one: str, other: str) -> bool:
    """A short name and a full name may be the same server; addresses, and two full names, are compared whole."""
    one, other = one.lower(), other.lower()
    if is_address(one) or is_address(other) or ("." in one and "." in other):
        return one == other
    return one.partition(".")[0] == other.partition(".")[0]


def is_address(name: str) -> bool:
    """An IP address in place of a name: no Kerberos, so the server proves nothing of itself."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def lies_in(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or beneath it, by whole components and without case; a letter alone is its root."""
    above = _parts(folder)
    return _parts(path)[: len(above)] == above


@lru_cache(maxsize=_REMEMBERED)
def _parts(path: str) -> tuple[str, ...]:
    return PureWindowsPath(plain(path).lower() + "\\").parts


@lru_cache(maxsize=_REMEMBERED)
def key(path: str) -> PureWindowsPath:
    r"""What two spellings of one path have in common: no `\\?\`, no `\` at its end, no case."""
    return PureWindowsPath(plain(path).lower())


def share(path: str) -> str:
    """The share of a UNC path, as it is written."""
    return ([*plain(path).lstrip("\\").split("\\"), ""])[1]


def is_ambiguous(path: str) -> bool:
    """Whether the text does not tell where a path ends: a short name (`VMS~1`), or a step back (`..`)."""
    parts = plain(path).split("\\")
    return any(part in (".", "..") or _SHORT_NAME.fullmatch(part) for part in parts)


def is_for_everybody(path: str) -> bool:
    """Whether it is in a profile, or in a folder for passing things on or throwing them away."""
    parts = [part.lower() for part in PureWindowsPath(plain(path)).parts[1:]]
    return is_in_a_profile(path) or not _FOR_EVERYBODY.isdisjoint(parts)


def is_in_a_profile(path: str) -> bool:
    """Whether it lies below a folder or a share of users, also the public one."""
    parts = [part.lower() for part in PureWindowsPath(plain(path)).parts]
    return parts[1:2] == ["users"] or (is_unc(path) and share(path).lower() == "users")
