"""Integration services: what a host and a guest do for one another."""

from enum import StrEnum

from pydantic import Field

from hyperv_audit.facts.enums import IntegrationStatus
from hyperv_audit.facts.reading import Row


class Service(StrEnum):
    """A service by its id, which is the same in every language; its name is not."""

    GUEST_SERVICE_INTERFACE = "6c09bb55-d683-4da0-8931-c9bf705f6480"
    HEARTBEAT = "84eaae65-2f2e-45f5-9bb5-0e857dc8eb47"
    DATA_EXCHANGE = "2a34b1c2-fd73-4043-8a5b-dd2159bc743f"
    SHUTDOWN = "9f8233ac-be49-4c79-8ee3-e7e1985b2077"
    TIME_SYNCHRONIZATION = "2497f4de-e9fa-4204-80e4-4b75c46419c0"
    VSS = "5ced1297-4598-4915-a5fc-ad21bb4d02a4"

    @property
    def slug(self) -> str:
        """How a finding calls it, and the policy: `time-synchronization`."""
        return self.name.lower().replace("_", "-")


class IntegrationService(Row):
    """Get-VMIntegrationService. A service that is off may still print OK, and one of a machine that is off nothing."""

    id: str = Field(alias="Id")
    enabled: bool = Field(alias="Enabled")
    primary: IntegrationStatus | None = Field(alias="Primary")
    secondary: IntegrationStatus | None = Field(alias="Secondary")

    @property
    def statuses(self) -> tuple[IntegrationStatus | None, ...]:
        """What both columns say. The second one may say nothing, or that the versions differ, where all is well."""
        well = (None, IntegrationStatus.PROTOCOL_MISMATCH)
        return (self.primary,) if self.secondary in well else (self.primary, self.secondary)

    @property
    def service(self) -> Service | None:
        """Which one it is: the last part of its id says so."""
        wanted = self.id.rpartition("\\")[2].strip("{}").lower()
        return next((service for service in Service if service.value == wanted), None)
