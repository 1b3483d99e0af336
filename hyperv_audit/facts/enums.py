"""Numbers as Windows writes them, by their names.

Sources: the Hyper-V module's types as recorded in the lab (`lab/world`), Win32_EncryptableVolume,
Win32_OperatingSystem, MSFT_HgsClientConfiguration. An unknown number is no error: it becomes `UNKNOWN`, which no check
accepts.
"""

from enum import IntEnum
from typing import Any, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema


class _Known(IntEnum):
    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls.__members__.get("UNKNOWN") if isinstance(value, int) else None

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Only a number will do, or one of Windows' own names; not a boolean: `False` equals 0, and 0 is On."""
        return core_schema.no_info_plain_validator_function(cls._read)

    @classmethod
    def _read(cls, value: object) -> Self:
        if type(value) is cls or type(value) is int:
            return cls(value)
        named = {name.replace("_", "").casefold(): member for name, member in cls.__members__.items()}
        if isinstance(value, str) and value.casefold() in named:
            return named[value.casefold()]
        raise ValueError("expected the number of an enum, or its name")


class OnOff(_Known):
    """Hyper-V's OnOffState. On is 0: plain truth would be exactly wrong."""

    ON = 0
    OFF = 1
    UNKNOWN = -1


class ProductType(_Known):
    """Win32_OperatingSystem.ProductType."""

    WORKSTATION = 1
    DOMAIN_CONTROLLER = 2
    SERVER = 3
    UNKNOWN = -1


class VMState(_Known):
    """Microsoft.HyperV.PowerShell.VMState; the critical ones are 32785 and above."""

    OTHER = 1
    RUNNING = 2
    OFF = 3
    STOPPING = 4
    SAVED = 6
    PAUSED = 9
    STARTING = 10
    RESET = 11
    SAVING = 32773
    PAUSING = 32776
    RESUMING = 32777
    FAST_SAVED = 32779
    FAST_SAVING = 32780
    FORCE_SHUTDOWN = 32781
    FORCE_REBOOT = 32782
    HIBERNATED = 32783
    COMPONENT_SERVICING = 32784
    RUNNING_CRITICAL = 32785
    OFF_CRITICAL = 32786
    STOPPING_CRITICAL = 32787
    SAVED_CRITICAL = 32788
    PAUSED_CRITICAL = 32789
    STARTING_CRITICAL = 32790
    RESET_CRITICAL = 32791
    SAVING_CRITICAL = 32792
    PAUSING_CRITICAL = 32793
    RESUMING_CRITICAL = 32794
    FAST_SAVED_CRITICAL = 32795
    FAST_SAVING_CRITICAL = 32796
    UNKNOWN = -1

    @property
    def is_critical(self) -> bool:
        """The configuration or the storage is in trouble: what is missing is unreadable, not off."""
        return self >= VMState.RUNNING_CRITICAL


class MachineType(_Known):
    """VirtualMachineType: a planned VM is an import or a migration in flight."""

    REALIZED = 3
    PLANNED = 4
    UNKNOWN = -1


class ReplicationMode(_Known):
    """VMReplicationMode."""

    NONE = 0
    PRIMARY = 1
    REPLICA = 2
    TEST_REPLICA = 3
    EXTENDED_REPLICA = 4
    UNKNOWN = -1


class SwitchType(_Known):
    """VMSwitchType."""

    PRIVATE = 0
    INTERNAL = 1
    EXTERNAL = 2
    UNKNOWN = -1


class Mirroring(_Known):
    """VMNetworkAdapterPortMirroringMode."""

    NONE = 0
    DESTINATION = 1
    SOURCE = 2
    UNKNOWN = -1


class VlanMode(_Known):
    """VMNetworkAdapterVlanMode."""

    UNTAGGED = 0
    ACCESS = 1
    TRUNK = 2
    PRIVATE = 3
    UNKNOWN = -1


class PrivateVlanMode(_Known):
    """VMNetworkAdapterPrivateVlanMode."""

    ISOLATED = 1
    COMMUNITY = 2
    PROMISCUOUS = 3
    UNKNOWN = -1


class IsolationMode(_Known):
    """VMNetworkAdapterIsolationMode."""

    NONE = 0
    NATIVE_VIRTUAL_SUBNET = 1
    EXTERNAL_VIRTUAL_SUBNET = 2
    VLAN = 3
    UNKNOWN = -1


class BootType(_Known):
    """VMBootSourceType."""

    UNKNOWN = 0
    DRIVE = 1
    NETWORK = 2
    FILE = 3


class VolumeType(_Known):
    """Win32_EncryptableVolume.VolumeType."""

    OPERATING_SYSTEM = 0
    FIXED = 1
    REMOVABLE = 2
    UNKNOWN = -1


class Protection(_Known):
    """Win32_EncryptableVolume.ProtectionStatus: 0 also for a volume that is encrypted and suspended."""

    OFF = 0
    ON = 1
    LOCKED = 2
    UNKNOWN = -1


class Conversion(_Known):
    """Win32_EncryptableVolume.ConversionStatus."""

    DECRYPTED = 0
    ENCRYPTED = 1
    ENCRYPTING = 2
    DECRYPTING = 3
    ENCRYPTION_PAUSED = 4
    DECRYPTION_PAUSED = 5
    UNKNOWN = -1


class EncryptionMethod(_Known):
    """Win32_EncryptableVolume.EncryptionMethod."""

    NONE = 0
    AES_128_DIFFUSER = 1
    AES_256_DIFFUSER = 2
    AES_128 = 3
    AES_256 = 4
    HARDWARE = 5
    XTS_AES_128 = 6
    XTS_AES_256 = 7
    UNKNOWN = 4294967295


class KeyProtectorType(_Known):
    """Win32_EncryptableVolume.GetKeyProtectorType."""

    UNKNOWN = 0
    TPM = 1
    EXTERNAL_KEY = 2
    NUMERICAL_PASSWORD = 3
    TPM_AND_PIN = 4
    TPM_AND_STARTUP_KEY = 5
    TPM_AND_PIN_AND_STARTUP_KEY = 6
    PUBLIC_KEY = 7
    PASSPHRASE = 8
    TPM_CERTIFICATE = 9
    SID = 10


class HgsMode(_Known):
    """MSFT_HgsClientConfiguration.Mode."""

    UNKNOWN = 0
    LOCAL = 1
    HOST_GUARDIAN_SERVICE = 2


class AttestationMode(_Known):
    """MSFT_HgsClientConfiguration.AttestationOperationMode; the number of the host key mode is not documented."""

    UNKNOWN = 0
    TPM = 1
    ACTIVE_DIRECTORY = 2


class Attestation(_Known):
    """MSFT_HgsClientConfiguration.AttestationStatus."""

    NOT_CONFIGURED = 0
    NOT_ATTEMPTED = 1
    PASSED = 100
    EXPIRED = 200
    TRANSIENT_FAILURE = 300
    UNAUTHORIZED = 301
    TPM_ERROR = 302
    INSECURE_CONFIGURATION = 303
    UNKNOWN = -1
