"""The platform that attestation rests on: TPM and Secure Boot of the host, and the Host Guardian Service client."""

from dataclasses import dataclass

from pydantic import Field

from hyperv_audit.facts.enums import Attestation, AttestationMode, HgsMode
from hyperv_audit.facts.reading import Readings, Row, Unreadable


class Tpm(Row):
    """Win32_Tpm."""

    specification: str = Field(alias="SpecVersion")
    is_enabled: bool = Field(alias="IsEnabled_InitialValue")
    is_activated: bool = Field(alias="IsActivated_InitialValue")
    is_owned: bool = Field(alias="IsOwned_InitialValue")

    @property
    def version(self) -> str:
        """The first part of SpecVersion: "2.0, 0, 1.59" is version 2.0."""
        return self.specification.split(",")[0].strip()


class _SecureBoot(Row):
    enabled: bool = Field(alias="Enabled")


class _Processor(Row):
    maker: str = Field(alias="Manufacturer", min_length=1)


class HgsClient(Row):
    """Get-HgsClientConfiguration. `substatus` is a field of bits of which few are documented; fallback: since 2019."""

    is_host_guarded: bool = Field(alias="IsHostGuarded")
    mode: HgsMode = Field(alias="Mode")
    attestation_mode: AttestationMode = Field(alias="AttestationOperationMode")
    attestation: Attestation = Field(alias="AttestationStatus")
    substatus: str | None = Field(alias="AttestationSubstatus")
    fallback_in_use: bool | None = Field(alias="IsFallbackInUse")


@dataclass(frozen=True)
class Platform:
    """Firmware, TPM and processors."""

    readings: Readings

    @property
    def tpm(self) -> Tpm | None:
        """The TPM; None where an administrator sees none."""
        return self.readings.one("tpm.tpm", Tpm) if self.readings.rows("tpm.tpm", Tpm) else None

    @property
    def secure_boot(self) -> bool:
        """Secure Boot of the host itself. A BIOS machine refuses the question as not implemented: it has none."""
        errors = self.readings.errors("tpm.secure_boot")
        if errors and all(error.category == "NotImplemented" for error in errors):
            return False
        return self.readings.one("tpm.secure_boot", _SecureBoot).enabled

    @property
    def processor_makers(self) -> tuple[str, ...]:
        """Who made the processors: `GenuineIntel`, `AuthenticAMD`."""
        makers = tuple(dict.fromkeys(processor.maker for processor in self.readings.rows("os.processor", _Processor)))
        if not makers:
            raise Unreadable("os.processor is empty, and no machine is without one")
        return makers


@dataclass(frozen=True)
class Hgs:
    """The host's part in a guarded fabric."""

    readings: Readings

    @property
    def client(self) -> HgsClient:
        """What the host knows of its own attestation."""
        return self.readings.one("hgs.client", HgsClient)
