"""Live migration of this host, and what its switches share with it."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from hyperv_audit.facts.enums import MUST_BE_KNOWN, MigrationAuthentication, MigrationPerformance, SwitchType, VlanMode
from hyperv_audit.facts.network import Subnet
from hyperv_audit.facts.reading import Readings, Row


class Settings(Row):
    """Get-VMHost."""

    enabled: bool = Field(alias="VirtualMachineMigrationEnabled")
    authentication: Annotated[MigrationAuthentication, MUST_BE_KNOWN] = Field(
        alias="VirtualMachineMigrationAuthenticationType"
    )
    performance: Annotated[MigrationPerformance, MUST_BE_KNOWN] = Field(
        alias="VirtualMachineMigrationPerformanceOption"
    )
    any_network: bool = Field(alias="UseAnyNetworkForMigration")


class MigrationNetwork(Row):
    """Get-VMMigrationNetwork; the subnet may be one bare address."""

    subnet: Subnet = Field(alias="Subnet")

    def __str__(self) -> str:
        return str(self.subnet)


class SwitchUse(Row):
    """Get-VMSwitch: which cards it holds, and whether the host has an adapter on it."""

    name: str = Field(alias="Name")
    type: Annotated[SwitchType, MUST_BE_KNOWN] = Field(alias="SwitchType")
    serves_host: bool = Field(alias="AllowManagementOS")
    guids: list[str] = Field(alias="InterfaceGuids")

    def __str__(self) -> str:
        return self.name

    @property
    def is_external(self) -> bool:
        """Whether it reaches a physical network."""
        return self.type is SwitchType.EXTERNAL


class HostAdapter(Row):
    """Get-VMNetworkAdapter -ManagementOS: an adapter of the host on one of its switches."""

    name: str = Field(alias="Name")
    switch: str | None = Field(alias="SwitchName")
    guid: str = Field(alias="DeviceId", min_length=1)
    vlan_mode: Annotated[VlanMode, MUST_BE_KNOWN] = Field(alias="VlanMode")
    access_vlan: int = Field(alias="AccessVlanId")

    def __str__(self) -> str:
        return f"{self.name} ({'untagged' if self.vlan is None else f'VLAN {self.vlan}'})"

    @property
    def vlan(self) -> int | None:
        """The VLAN of an access port; an adapter without one is untagged for all that is known of it."""
        return self.access_vlan if self.vlan_mode is VlanMode.ACCESS else None


@dataclass(frozen=True)
class Migration:
    """How virtual machines come and go."""

    readings: Readings

    @property
    def settings(self) -> Settings:
        """What the host was told."""
        return self.readings.one("migration.host", Settings)

    @property
    def listed(self) -> tuple[MigrationNetwork, ...]:
        """The networks it may use when it is no cluster node and may not use any."""
        return self.readings.rows("migration.networks", MigrationNetwork)

    @property
    def switches(self) -> tuple[SwitchUse, ...]:
        """Virtual switches."""
        return self.readings.rows("migration.switches", SwitchUse)

    @property
    def host_adapters(self) -> tuple[HostAdapter, ...]:
        """The host's own adapters on switches."""
        return self.readings.rows("migration.host_adapters", HostAdapter)
