"""For which release the profile of a scanner is, by its name: people and tools write it in many ways."""

import re

from hyperv_audit.facts.guest_os import GuestOs

_WINDOWS = re.compile(r"(?:server|windows|ws)[ _-]?(20\d\d)([ _-]?r2)?|windows[ _-]?(7|8\.1|8|10|11)(?![\d.])")
_LINUX = {
    "rhel": r"rhel|red hat enterprise linux",
    "centos": r"centos(?: linux| stream)?",
    "rocky": r"rocky(?: linux)?",
    "alma": r"alma ?linux",
    "debian": r"debian(?: linux)?",
    "ubuntu": r"ubuntu(?: linux)?",
    "sles": r"sles?|suse linux enterprise(?: server)?",
    "oracle": r"oracle linux|ol",
}


def is_for(profile: str, system: GuestOs) -> bool | None:
    """Whether it is for the release of this system; None where either of the two is unknown."""
    named, release = _release_in(profile.lower()), system.id.removesuffix(" (32-bit)")
    if named is None or not re.search(r"\d", release):
        return None
    if release.startswith("windows"):
        return release == named
    id_, _, version = release.partition("-")
    return f"{id_}-{version.replace('.', '')}".startswith(named)


def _release_in(profile: str) -> str | None:
    """As systems are called here, without the dots of a Linux: `windows-server-2012-r2`, `rhel-9`, `ubuntu-2204`."""
    if found := _WINDOWS.search(profile):
        year, r2, client = found.groups()
        return f"windows-{client}" if client else f"windows-server-{year}{'-r2' if r2 else ''}"
    for id_, names in _LINUX.items():
        if found := re.search(rf"\b(?:{names})[ _-]?(\d+)(?:[._-]?(\d\d))?(?!\d)", profile):
            return f"{id_}-{found[1]}{found[2] or ''}"
    return None
