"""BitLocker, volume by volume."""

from dataclasses import dataclass

from pydantic import Field

from hyperv_audit.facts import paths
from hyperv_audit.facts.enums import Conversion, EncryptionMethod, KeyProtectorType, Protection, VolumeType
from hyperv_audit.facts.reading import Readings, Row, Unreadable

# WBEM_E_INVALID_NAMESPACE: the feature is not installed. Seen on Windows Server 2016 to 2025 (mondoohq/mql#10372).
_NO_NAMESPACE = "0x8004100e"
_TPM_BASED = {
    KeyProtectorType.TPM,
    KeyProtectorType.TPM_AND_PIN,
    KeyProtectorType.TPM_AND_STARTUP_KEY,
    KeyProtectorType.TPM_AND_PIN_AND_STARTUP_KEY,
}


class Volume(Row):
    """Win32_EncryptableVolume."""

    id: str = Field(alias="DeviceID")
    letter: str | None = Field(alias="DriveLetter")
    type: VolumeType = Field(alias="VolumeType")
    protection: Protection = Field(alias="ProtectionStatus")
    conversion: Conversion = Field(alias="ConversionStatus")
    method: EncryptionMethod = Field(alias="EncryptionMethod")
    protectors: list[KeyProtectorType] = Field(alias="KeyProtectorTypes")

    @property
    def is_on(self) -> bool:
        """Encrypted, and the key is not lying beside it."""
        return self.protection is Protection.ON

    @property
    def is_suspended(self) -> bool:
        """Encrypted, with the key beside it in clear."""
        return self.protection is Protection.OFF and self.conversion is Conversion.ENCRYPTED

    @property
    def has_tpm_protector(self) -> bool:
        """Whether the TPM takes part in unlocking it."""
        return not _TPM_BASED.isdisjoint(self.protectors)

    def __str__(self) -> str:
        state = "suspended" if self.is_suspended else f"protection {self.protection.name.lower()}"
        conversion = self.conversion.name.lower().replace("_", " ")
        return f"{self.letter or self.id} ({state}, {conversion}, {self.method.name.replace('_', '-')})"


class Mount(Row):
    """Win32_Volume: where a volume is seen."""

    id: str = Field(alias="DeviceID")
    name: str = Field(alias="Name")


@dataclass(frozen=True)
class BitLocker:
    """The volumes of this host and their protection."""

    readings: Readings

    @property
    def is_installed(self) -> bool:
        """Whether the feature is there; a missing namespace is its absence, every other error is none of the kind."""
        return not any(_NO_NAMESPACE in error.id.lower() for error in self.readings.errors("bitlocker.volumes"))

    @property
    def volumes(self) -> tuple[Volume, ...]:
        """Every volume that BitLocker knows; none where the feature is not installed."""
        return self.readings.rows("bitlocker.volumes", Volume) if self.is_installed else ()

    @property
    def system(self) -> tuple[Volume, ...]:
        """The volume of the operating system. Raises `Unreadable` when it is not among those that were read."""
        found = tuple(volume for volume in self.volumes if volume.type is VolumeType.OPERATING_SYSTEM)
        if self.is_installed and not found:
            raise Unreadable("bitlocker.volumes: the volume of the operating system is not among them")
        return found

    @property
    def mounts(self) -> tuple[Mount, ...]:
        """Where local volumes are seen."""
        return self.readings.rows("bitlocker.mounts", Mount)

    def mount_of(self, path: str) -> Mount | None:
        """The volume that a local path lies on: the longest name that begins it."""
        found = [mount for mount in self.mounts if paths.lies_in(path, mount.name)]
        return max(found, key=lambda mount: len(mount.name), default=None)
