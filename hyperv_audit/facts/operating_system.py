"""The operating system and the machine beneath it."""

from dataclasses import dataclass

from pydantic import Field

from hyperv_audit.facts.enums import ProductType
from hyperv_audit.facts.reading import Readings, Row, Unreadable

CLIENT = "Client"


class Version(Row):
    r"""`HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion`, readable by every account."""

    installation_type: str = Field(alias="InstallationType")
    edition: str = Field(alias="EditionID")
    product: str = Field(alias="ProductName")
    build: str = Field(alias="CurrentBuildNumber")
    revision: int | None = Field(alias="UBR")

    @property
    def is_evaluation(self) -> bool:
        """A trial, which stops when its time is over."""
        return self.edition.endswith("Eval")


class _System(Row):
    product_type: ProductType = Field(alias="ProductType")


class Computer(Row):
    """Win32_ComputerSystem."""

    manufacturer: str | None = Field(alias="Manufacturer")
    model: str = Field(alias="Model")
    domain: str | None = Field(None, alias="Domain")

    @property
    def is_virtual(self) -> bool:
        """A nested host: its firmware and its TPM belong to the host outside."""
        return self.model == "Virtual Machine"


@dataclass(frozen=True)
class OperatingSystem:
    """What runs on the host."""

    readings: Readings

    @property
    def version(self) -> Version:
        """Edition, build and installation option."""
        return self.readings.one("os.version", Version)

    @property
    def revision(self) -> int:
        """What stands behind the build's number: how far this Windows is patched. Raises `Unreadable` without one."""
        if (revision := self.version.revision) is None:
            raise Unreadable("os.version: UBR is not shown")
        return revision

    @property
    def is_client(self) -> bool:
        """A client edition; Win32_OperatingSystem is a second witness that needs more rights and may be missing."""
        if self.version.installation_type == CLIENT:
            return True
        try:
            return self.readings.one("os.system", _System).product_type is ProductType.WORKSTATION
        except Unreadable:
            return False

    @property
    def computer(self) -> Computer:
        """The machine."""
        return self.readings.one("os.computer", Computer)
