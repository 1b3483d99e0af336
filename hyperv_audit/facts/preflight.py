"""What the session is worth: whether what a host did not show can be taken for what is not there."""

from dataclasses import dataclass

from pydantic import Field

from hyperv_audit.facts.reading import ADMINISTRATORS, Readings, Row, Unreadable, is_elevated
from hyperv_audit.facts.software import Software

_NO_SERVICE = "NoServiceFoundForGivenName,"  # Get-Service -Name, where nothing has that name
_ROLE = "Hyper-V"


class _Process(Row):
    language_mode: str = Field(alias="LanguageMode", min_length=1)


@dataclass(frozen=True)
class Preflight:
    """What keeps the audit from seeing a host whole, in words for the person who chose the account."""

    readings: Readings

    @property
    def troubles(self) -> tuple[str, ...]:
        """Each with the safe next step; none where everything can be seen."""
        return tuple(filter(None, (self.of_account, self.of_process, self.of_hyperv)))

    @property
    def of_account(self) -> str:
        """Why the account does not see everything; empty for an administrator with a full token."""
        try:
            if is_elevated(self.readings):
                return ""
            groups = self.readings.values("session.token")
        except Unreadable as error:
            return f"what the account may see is not known ({error.reason}); look at `whoami /groups` there"
        if ADMINISTRATORS in groups:
            return (
                "the account is an administrator with a filtered token: over the network UAC takes the rights of local "
                "accounts away; use a domain account that is a member of the host's group Administrators"
            )
        return (
            "the account is no administrator of this host, and Windows shows it an empty Hyper-V without an error; use "
            "a domain account that is a member of the host's group Administrators"
        )

    @property
    def of_process(self) -> str:
        """Why the process sees another Windows than the one that runs."""
        if self.readings.is_32_bit:
            return "PowerShell ran as a 32-bit process, which is shown another registry; use a 64-bit WinRM service"
        return ""

    @property
    def of_hyperv(self) -> str:
        """Why an administrator cannot see Hyper-V."""
        try:
            if self.of_account or self.readings.values("session.canary") == (1,):
                return ""
            if self.has_no_role:
                return (
                    "the role Hyper-V is not installed: this is no Hyper-V host, and the checklist says nothing of it"
                )
        except Unreadable as error:
            return f"whether Hyper-V answers is not known: {error.reason}"
        return "Hyper-V does not answer; look whether the service vmms runs (`Get-Service vmms`)"

    @property
    def of_language(self) -> str:
        """What an enforced App Control policy costs; a good sign of the host all the same."""
        try:
            mode = self.readings.one("session.process", _Process).language_mode
        except Unreadable as error:
            return f"the language mode of PowerShell is not known ({error.reason})"
        if mode == "FullLanguage":
            return ""
        return f"PowerShell runs in {mode}, as it should under App Control; what needs FullLanguage cannot be read"

    @property
    def has_no_role(self) -> bool:
        """Whether it is proved that this is no Hyper-V host: neither the role nor its service is there."""
        errors = self.readings.errors("hyperv.service")
        absent = bool(errors) and all(error.id.startswith(_NO_SERVICE) for error in errors)
        return absent and _ROLE not in Software(self.readings).features
