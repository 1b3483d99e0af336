"""Patch level: what Windows itself knows of its updates. The revision of the running build stands in `os.revision`."""

import datetime as dt
from contextlib import suppress
from dataclasses import dataclass

from pydantic import Field

from hyperv_audit.facts.enums import SearchOutcome
from hyperv_audit.facts.moments import Moment, read_day
from hyperv_audit.facts.reading import Readings, Row, Unreadable

# Classifications of updates: https://learn.microsoft.com/previous-versions/windows/desktop/ff357803(v=vs.85)
SECURITY_UPDATES = "0fa1201d-4330-4fa8-8ae9-b877473b6441"
CRITICAL_UPDATES = "e6cf1350-c01b-414d-a61f-263d14d133b4"
DEFINITION_UPDATES = "e0789628-ce08-4437-be74-2495b842f43b"


class Update(Row):
    """An update that the host knows of and has not installed. Its title is in the language of the host."""

    title: str = Field(alias="Title")
    severity: str | None = Field(alias="MsrcSeverity")
    categories: list[str] = Field(alias="CategoryIDs")
    published: Moment = Field(alias="PublishedUtc")

    def __str__(self) -> str:
        return self.title

    @property
    def is_critical(self) -> bool:
        """What Microsoft's security response calls so; a word of the catalogue, in every language the same."""
        return self.severity == "Critical"

    @property
    def is_urgent(self) -> bool:
        """A security or critical update: by its category, or because Microsoft's security response has rated it."""
        urgent = {SECURITY_UPDATES, CRITICAL_UPDATES}
        return bool(self.severity) or not urgent.isdisjoint(category.lower() for category in self.categories)

    @property
    def is_definition(self) -> bool:
        """Signatures of the antivirus, which come several times a day."""
        return DEFINITION_UPDATES in (category.lower() for category in self.categories)


class _Search(Row):
    outcome: SearchOutcome = Field(alias="ResultCode")
    updates: list[Update] = Field(alias="Updates")


class _LastSearch(Row):
    moment: Moment = Field(alias="LastSearchSuccessUtc")


class _Pending(Row):
    servicing: bool = Field(alias="Servicing")
    windows_update: bool = Field(alias="WindowsUpdate")


class _Required(Row):
    required: bool = Field(alias="RebootRequired")


class _Package(Row):
    installed: str | None = Field(alias="InstalledOn")


@dataclass(frozen=True)
class Updates:
    """Windows Update Agent and servicing. Where PowerShell is constrained, the agent cannot be asked."""

    readings: Readings

    @property
    def restart_pending(self) -> bool:
        """Whether something that was installed waits for a restart: by the registry, or the agent where it answers."""
        pending = self.readings.one("updates.reboot_pending", _Pending)
        with suppress(Unreadable):
            if self.readings.one("updates.restart_required", _Required).required:
                return True
        return pending.servicing or pending.windows_update

    @property
    def last_search(self) -> dt.datetime | None:
        """When the host last looked for updates with success; None if it never did."""
        return self.readings.one("updates.last_search", _LastSearch).moment

    @property
    def missing(self) -> tuple[Update, ...]:
        """Updates that the last search found and nobody installed or hid. Raises `Unreadable` for half an answer."""
        search = self.readings.one("update_search.search", _Search)
        if search.outcome is not SearchOutcome.SUCCEEDED:
            raise Unreadable(f"update_search.search: the search ended as {search.outcome.name.lower()}")
        return tuple(search.updates)

    @property
    def silence(self) -> str | None:
        """Why the agent tells nothing that could be relied on; None where it does."""
        try:
            _ = self.last_search, self.missing
        except Unreadable as error:
            return error.reason
        return None

    @property
    def newest_package(self) -> dt.date | None:
        """When the newest package of Windows was installed: a hint, for Windows often shows no day, or a wrong one."""
        try:
            packages = self.readings.rows("updates.packages", _Package)
        except Unreadable:
            return None
        return max((day for package in packages if (day := read_day(package.installed))), default=None)
