"""Microsoft Defender Antivirus: whether it works, and what it was told to leave out."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from pydantic import Field

from hyperv_audit.facts import paths
from hyperv_audit.facts.reading import Readings, Row, Unreadable

# What stands for lists that the account may not see: no error, and no exclusions either.
_MASK = "N/A:"
# Exclusions may name folders by variables of the system; their usual values.
_VARIABLES = {
    "%systemdrive%": "C:",
    "%systemroot%": "C:\\Windows",
    "%windir%": "C:\\Windows",
    "%programdata%": "C:\\ProgramData",
    "%allusersprofile%": "C:\\ProgramData",
    "%public%": "C:\\Users\\Public",
    "%programfiles%": "C:\\Program Files",
    "%programfiles(x86)%": "C:\\Program Files (x86)",
}
_VARIABLE = re.compile("|".join(map(re.escape, _VARIABLES)), re.IGNORECASE)
_TRAILING = re.compile(r"(\\\*?)+$")  # "D:\VMs\" and "D:\VMs\*" mean what is in D:\VMs


class Status(Row):
    """Get-MpComputerStatus. Early builds of Windows Server 2016 have no AMRunningMode."""

    mode: str | None = Field(alias="AMRunningMode")
    enabled: bool = Field(alias="AntivirusEnabled")
    real_time_protection: bool = Field(alias="RealTimeProtectionEnabled")
    signature_age_days: int = Field(alias="AntivirusSignatureAge", ge=0)

    @property
    def is_passive(self) -> bool:
        """Whether it leaves the work to another product: `Passive Mode`, `SxS Passive Mode`, `EDR Block Mode`."""
        return (self.mode or "").lower().startswith(("passive", "edr", "sxs"))


class Preference(Row):
    """Get-MpPreference: exclusions that somebody made. Those that Windows makes for its roles are not listed."""

    no_automatic_exclusions: bool = Field(alias="DisableAutoExclusions")
    raw_folders: list[str] = Field(alias="ExclusionPath")
    raw_extensions: list[str] = Field(alias="ExclusionExtension")
    raw_processes: list[str] = Field(alias="ExclusionProcess")
    addresses: list[str] = Field(alias="ExclusionIpAddress")

    @property
    def folders(self) -> tuple[str, ...]:
        """Excluded folders and files, without variables and trailing wildcards."""
        return tuple(plain(path) for path in self.raw_folders)

    @property
    def extensions(self) -> tuple[str, ...]:
        """Excluded extensions in lower case, each with its dot."""
        return tuple(f".{extension.strip().lstrip('*').lstrip('.').lower()}" for extension in self.raw_extensions)

    @property
    def processes(self) -> tuple[str, ...]:
        """Excluded processes, without variables."""
        return tuple(plain(path) for path in self.raw_processes)

    def covers(self, path: str) -> bool:
        """Whether an excluded folder holds this path; subfolders are excluded with it."""
        return any(holds(folder, path) for folder in self.folders)

    def spares(self, processes: Iterable[str]) -> bool:
        """Whether what these programs open is left out, each named by its whole path."""
        excluded = {process.lower() for process in self.processes}
        return all(process.lower() in excluded for process in processes)


class _Service(Row):
    state: str = Field(alias="State")


@dataclass(frozen=True)
class Defender:
    """The antivirus of Windows."""

    readings: Readings

    @property
    def is_installed(self) -> bool:
        """Whether its service exists; it is gone with the feature."""
        return bool(self.readings.rows("defender.service", _Service))

    @property
    def is_running(self) -> bool:
        """Whether its service runs. Win32_Service says so in English everywhere."""
        return any(service.state == "Running" for service in self.readings.rows("defender.service", _Service))

    @property
    def status(self) -> Status | None:
        """How it works; None where its service does not, and its cmdlets refuse to answer."""
        return self.readings.one("defender.status", Status) if self.is_running else None

    @property
    def preference(self) -> Preference | None:
        """What it was told; None as for `status`. Raises `Unreadable` for masked lists."""
        if not self.is_running:
            return None
        preference = self.readings.one("defender.preference", Preference)
        lists = (preference.raw_folders, preference.raw_extensions, preference.raw_processes, preference.addresses)
        for entry in (entry for entries in lists for entry in entries):
            if entry.startswith(_MASK):
                raise Unreadable(f"defender.preference: the exclusions are masked ({entry})")
        return preference


def plain(path: str) -> str:
    """A path as an exclusion names it, without variables, quotes and trailing wildcards; a root keeps its backslash."""
    named = _VARIABLE.sub(lambda found: _VARIABLES[found[0].lower()], path.strip().strip('"'))
    bare = _TRAILING.sub("", named)
    return f"{bare}\\" if re.fullmatch("[A-Za-z]:", bare) else bare


def holds(folder: str, path: str) -> bool:
    """Whether an excluded folder holds a path, by whole components and without case; `*` stands for one component."""
    if "*" not in folder and "?" not in folder:
        return bool(folder) and paths.lies_in(path, folder)
    pattern = "".join({"*": r"[^\\]*", "?": r"[^\\]"}.get(char, re.escape(char)) for char in folder)
    return re.match(rf"{pattern}(?:\\|$)", path, re.IGNORECASE) is not None
