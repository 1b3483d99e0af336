"""What only a Windows guest is asked: what guards it beside Windows' own, and when its updates were looked for."""

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from hyperv_audit.facts.enums import MUST_BE_KNOWN, ProfileAction
from hyperv_audit.facts.ipsec import FirewallProfile
from hyperv_audit.facts.moments import Moment
from hyperv_audit.facts.reading import Readings, Row, Unreadable
from hyperv_audit.facts.updates import Update, Updates

_PROFILES = ("Domain", "Private", "Public")
_ONBOARDED = 1


class Profile(FirewallProfile):
    """A firewall profile as it is in force, with what it does to traffic that no rule is about."""

    inbound: Annotated[ProfileAction, MUST_BE_KNOWN] = Field(alias="DefaultInboundAction")


class _Onboarding(Row):
    state: int = Field(alias="OnboardingState")


class _Clock(Row):
    now: Moment = Field(alias="NowUtc")


class _LastInstallation(Row):
    moment: Moment = Field(alias="LastInstallationSuccessUtc")


class _Source(Row):
    server: str | None = Field(alias="WUServer")
    used: int | None = Field(alias="UseWUServer")


class _SecureBootDb(Row):
    has_2023: bool = Field(alias="Has2023")


@dataclass(frozen=True)
class WindowsGuest:
    """A Windows guest."""

    readings: Readings

    @property
    def services(self) -> frozenset[str]:
        """Names of the services that run, in lower case: Windows does not tell cases apart."""
        names = self.readings.values("guest.services")
        if not names or not all(isinstance(name, str) for name in names):
            raise Unreadable("guest.services: no Windows is without one that runs")
        return frozenset(name.lower() for name in names)

    @property
    def is_onboarded(self) -> bool:
        """Whether Microsoft Defender for Endpoint reports to its service."""
        return any(row.state == _ONBOARDED for row in self.readings.rows("guest.onboarding", _Onboarding))

    @property
    def firewall(self) -> tuple[Profile, ...]:
        """The three profiles. Raises `Unreadable` where one is missing."""
        found = self.readings.rows("ipsec.firewall_profiles", Profile)
        if missing := set(_PROFILES) - {profile.name for profile in found}:
            raise Unreadable(f"ipsec.firewall_profiles: nothing is said of {', '.join(sorted(missing))}")
        return found

    @property
    def boots_by_2023(self) -> bool:
        """Whether its firmware knows the certificate that boot loaders of Windows are signed by from 2023 on."""
        return self.readings.one("guest.secure_boot_db", _SecureBootDb).has_2023

    @property
    def update_server(self) -> str | None:
        """The organisation's own server of updates; None where Microsoft's are asked."""
        sources = self.readings.rows("guest.update_source", _Source)
        return next((source.server for source in sources if source.used and source.server), None)

    @property
    def now(self) -> dt.datetime:
        """The guest's own time when it was asked: ages of what it says are counted to it."""
        moment = self.readings.one("guest.clock", _Clock).now
        if moment is None:
            raise Unreadable("guest.clock: no time was shown")
        return moment

    @property
    def missing(self) -> tuple[Update, ...]:
        """Security updates that its last search found and nobody installed."""
        return tuple(update for update in Updates(self.readings).missing if update.is_urgent)

    @property
    def searched_days_ago(self) -> int | None:
        """How long ago it last looked for updates with success; None where it never did."""
        searched = Updates(self.readings).last_search
        return None if searched is None else (self.now - searched).days

    @property
    def restart_pending(self) -> bool:
        """Whether something that was installed waits for a restart."""
        return Updates(self.readings).restart_pending

    @property
    def installed_days_ago(self) -> int | None:
        """How long nothing was installed at all, definitions of the antivirus included; None where nothing ever was."""
        installed = self.readings.one("guest.last_installation", _LastInstallation).moment
        return None if installed is None else (self.now - installed).days

    def age(self, update: Update) -> int | None:
        """For how many days an update has been published; None where the search does not say."""
        return None if update.published is None else (self.now - update.published).days
