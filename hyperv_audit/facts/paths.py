"""Where the files of virtual machines lie, read from Windows paths as text."""

import ipaddress
from pathlib import PureWindowsPath


def is_unc(path: str) -> bool:
    """A path on another machine. The device prefix of a local path is none."""
    return path.startswith("\\\\") and not path.startswith(("\\\\?\\", "\\\\.\\"))


def server(path: str) -> str:
    """The server of a UNC path, as it is written."""
    return path.lstrip("\\").split("\\", 1)[0]


def same_server(one: str, other: str) -> bool:
    """Short name and full name are the same server; addresses are compared whole."""
    if is_address(one) or is_address(other):
        return one.lower() == other.lower()
    return one.split(".", maxsplit=1)[0].lower() == other.split(".", maxsplit=1)[0].lower()


def is_address(name: str) -> bool:
    """An IP address in place of a name: no Kerberos, so the server proves nothing of itself."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def lies_in(path: str, folder: str) -> bool:
    """Whether `path` is `folder` or beneath it, by whole components and without case."""
    return PureWindowsPath(path.lower()).is_relative_to(PureWindowsPath(folder.lower()))
