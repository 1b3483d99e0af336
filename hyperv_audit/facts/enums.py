"""Numbers as Windows writes them, by their names.

Sources: the Hyper-V module's types as recorded in the lab (`lab/world`), Win32_EncryptableVolume,
Win32_OperatingSystem, MSFT_HgsClientConfiguration. An unknown number is no error: it becomes `UNKNOWN`, which no check
accepts.
"""

from enum import IntEnum
from typing import Any, Self

from pydantic import AfterValidator, GetCoreSchemaHandler
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


class SearchOutcome(_Known):
    """OperationResultCode of the Windows Update Agent: how a search for updates ended."""

    NOT_STARTED = 0
    IN_PROGRESS = 1
    SUCCEEDED = 2
    SUCCEEDED_WITH_ERRORS = 3
    FAILED = 4
    ABORTED = 5
    UNKNOWN = -1


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

    @property
    def is_at_rest(self) -> bool:
        """Nothing executes, and nothing will until somebody starts it."""
        return self in (VMState.OFF, VMState.SAVED, VMState.FAST_SAVED, VMState.HIBERNATED)


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


class AclAction(_Known):
    """What a port rule does; to meter is only to count."""

    ALLOW = 1
    DENY = 2
    METER = 3
    UNKNOWN = -1


class AclDirection(_Known):
    """As the machine sees it."""

    INBOUND = 1
    OUTBOUND = 2
    BOTH = 3
    UNKNOWN = -1


class SnapshotType(_Known):
    """SnapshotType of a checkpoint. Standard is what people make, with memory or without it."""

    STANDARD = 0
    RECOVERY = 1
    PLANNED = 2
    MISSING = 5
    REPLICA = 6
    APP_CONSISTENT_REPLICA = 7
    SYNCED_REPLICA = 8
    UNKNOWN = -1


class VhdType(_Known):
    """Microsoft.Vhd.PowerShell.VhdType."""

    UNKNOWN = 0
    FIXED = 2
    DYNAMIC = 3
    DIFFERENCING = 4


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


class DomainRole(_Known):
    """Win32_ComputerSystem.DomainRole."""

    STANDALONE_WORKSTATION = 0
    MEMBER_WORKSTATION = 1
    STANDALONE_SERVER = 2
    MEMBER_SERVER = 3
    BACKUP_DOMAIN_CONTROLLER = 4
    PRIMARY_DOMAIN_CONTROLLER = 5
    UNKNOWN = -1


class VbsStatus(_Known):
    """Win32_DeviceGuard.VirtualizationBasedSecurityStatus."""

    OFF = 0
    NOT_RUNNING = 1
    RUNNING = 2
    UNKNOWN = -1


class CodeIntegrity(_Known):
    """Win32_DeviceGuard.CodeIntegrityPolicyEnforcementStatus, and its sister for user mode."""

    OFF = 0
    AUDIT = 1
    ENFORCED = 2
    UNKNOWN = -1


class LogonType(_Known):
    """Win32_LogonSession.LogonType, as far as people sit at it."""

    INTERACTIVE = 2
    REMOTE_INTERACTIVE = 10
    CACHED_INTERACTIVE = 11
    UNKNOWN = -1


class ImageType(_Known):
    """Msvm_MountedStorageImage.Type."""

    VHD = 0
    ISO = 1
    UNKNOWN = -1


class ImageAccess(_Known):
    """Msvm_MountedStorageImage.Access."""

    READ_ONLY = 1
    READ_WRITE = 2
    UNKNOWN = -1


def _must_be_known(value: _Known) -> _Known:
    if value.name == "UNKNOWN":
        raise ValueError("a number that this audit does not know")
    return value


MUST_BE_KNOWN = AfterValidator(_must_be_known)
"""For a setting that decides alone: `Annotated[SwitchType, MUST_BE_KNOWN]` is unreadable with an unknown number."""


class ServiceStatus(_Known):
    """System.ServiceProcess.ServiceControllerStatus."""

    STOPPED = 1
    START_PENDING = 2
    STOP_PENDING = 3
    RUNNING = 4
    CONTINUE_PENDING = 5
    PAUSE_PENDING = 6
    PAUSED = 7
    UNKNOWN = -1


class MigrationAuthentication(_Known):
    """MigrationAuthenticationType."""

    CREDSSP = 0
    KERBEROS = 1
    UNKNOWN = -1


class MigrationPerformance(_Known):
    """VMMigrationPerformance."""

    TCP_IP = 0
    COMPRESSION = 1
    SMB = 2
    UNKNOWN = -1


class ClusterRole(_Known):
    """MSCluster_Network.Role: what a cluster uses a network for."""

    NONE = 0
    CLUSTER = 1
    CLIENT = 2
    CLUSTER_AND_CLIENT = 3
    UNKNOWN = -1


class ClusterSecurity(_Known):
    """MSCluster_Cluster.SecurityLevel and SecurityLevelForStorage."""

    CLEAR_TEXT = 0
    SIGN = 1
    ENCRYPT = 2
    UNKNOWN = -1


class RuleState(_Known):
    """Enabled of a rule in NetSecurity. Off is 2: plain truth would be exactly wrong."""

    ENABLED = 1
    DISABLED = 2
    UNKNOWN = -1


class ProfileState(_Known):
    """Enabled and other switches of a firewall profile (GpoBoolean); other numbers than those of a rule."""

    OFF = 0
    ON = 1
    NOT_CONFIGURED = 2
    UNKNOWN = -1


class ProfileAction(_Known):
    """What a firewall profile does by default with traffic that no rule is about."""

    NOT_CONFIGURED = 0
    ALLOW = 2
    BLOCK = 4
    UNKNOWN = -1


class IpsecSecurity(_Known):
    """MSFT_NetConSecRule.InboundSecurity and OutboundSecurity."""

    NONE = 0
    REQUEST = 1
    REQUIRE = 2
    UNKNOWN = -1


class RuleStatus(_Known):
    """MSFT_NetConSecRule.PrimaryStatus."""

    UNKNOWN = 0
    OK = 1
    DEGRADED = 2
    ERROR = 3


class Enforcement(_Known):
    """MSFT_NetConSecRule.EnforcementStatus, a selection: only 1 means that the rule is at work."""

    FULL = 1
    FIREWALL_OFF_IN_PROFILE = 2
    OBJECT_DISABLED = 4
    INACTIVE_PROFILE = 5
    LOCAL_RULES_DISALLOWED = 17
    OPTIMIZED_OUT = 19
    UNKNOWN = -1


class Encapsulation(_Known):
    """MSFT_NetIKEQMCryptoProposal.Encapsulation. AH proves the sender and encrypts nothing."""

    NONE = 0
    AH = 1
    ESP = 2
    AH_AND_ESP = 3
    UNKNOWN = -1


class Cipher(_Known):
    """MSFT_NetIKEQMCryptoProposal.CipherAlgorithm."""

    NONE = 0
    DES = 2
    TRIPLE_DES = 6
    AES_128 = 65001
    AES_192 = 65002
    AES_256 = 65003
    AES_GCM_128 = 65004
    AES_GCM_192 = 65005
    AES_GCM_256 = 65006
    UNKNOWN = -1


_BUS_NAMES = {
    "1394": 4,
    "fibre channel": 6,
    "storage spaces": 16,
    "spaces": 16,
    "file backed virtual": 15,
    "storage class memory": 18,
}


class BusType(_Known):
    """MSFT_Disk.BusType; a text where the Storage module's type data is loaded."""

    UNKNOWN = 0
    SCSI = 1
    ATAPI = 2
    ATA = 3
    IEEE_1394 = 4
    SSA = 5
    FIBRE_CHANNEL = 6
    USB = 7
    RAID = 8
    ISCSI = 9
    SAS = 10
    SATA = 11
    SD = 12
    MMC = 13
    VIRTUAL = 14
    FILE_BACKED_VIRTUAL = 15
    STORAGE_SPACES = 16
    NVME = 17
    SCM = 18

    @classmethod
    def _read(cls, value: object) -> Self:
        if isinstance(value, str):
            named = cls.__members__.get(value.upper())
            return named or cls(_BUS_NAMES.get(value.lower(), 0))
        return super()._read(value)


class IntegrationStatus(_Known):
    """VMIntegrationComponentOperationalStatus."""

    OK = 2
    DEGRADED = 3
    ERROR = 6
    NON_RECOVERABLE_ERROR = 7
    NO_CONTACT = 12
    LOST_COMMUNICATION = 13
    PROTOCOL_MISMATCH = 32775
    APPLICATION_CRITICAL = 32782
    COMMUNICATION_TIMED_OUT = 32783
    COMMUNICATION_FAILED = 32784
    DISABLED = 32896
    UNKNOWN = -1


class Heartbeat(_Known):
    """VMHeartbeatStatus."""

    UNKNOWN = 0
    DISABLED = 1
    NO_CONTACT = 2
    ERROR = 3
    LOST_COMMUNICATION = 4
    OK_APPLICATIONS_UNKNOWN = 5
    OK_APPLICATIONS_HEALTHY = 6
    OK_APPLICATIONS_CRITICAL = 7
    PAUSED = 8


class DvdMedia(_Known):
    """DvdMediaType."""

    NONE = 0
    ISO = 1
    PASS_THROUGH = 2
    UNKNOWN = -1


class StartAction(_Known):
    """What becomes of a machine when its host starts."""

    NOTHING = 2
    START_IF_RUNNING = 3
    START = 4
    UNKNOWN = -1


class StopAction(_Known):
    """What becomes of a machine when its host stops."""

    TURN_OFF = 2
    SAVE = 3
    SHUT_DOWN = 4
    UNKNOWN = -1


class SessionTransport(_Known):
    """EnhancedSessionTransportType."""

    VM_BUS = 0
    HV_SOCKET = 1
    UNKNOWN = -1


class ConsoleMode(_Known):
    """ConsoleModeType: where the firmware writes its console to."""

    DEFAULT = 0
    COM1 = 1
    COM2 = 2
    NONE = 3
    UNKNOWN = -1


class ConsoleAccess(_Known):
    """VMConnectAceAccessType."""

    ALLOWED = 0
    DENIED = 1
    UNKNOWN = -1


class ReplicationAuthentication(_Known):
    """ReplicationAuthenticationType: Kerberos goes over plain HTTP, a certificate over HTTPS."""

    KERBEROS = 1
    CERTIFICATE = 2
    UNKNOWN = -1


class DriveType(_Known):
    """Win32_Volume.DriveType."""

    UNKNOWN = 0
    NO_ROOT = 1
    REMOVABLE = 2
    FIXED = 3
    NETWORK = 4
    COMPACT_DISC = 5
    RAM = 6


class ClusterResourceState(_Known):
    """State of a cluster shared volume."""

    UNKNOWN = -1
    INHERITED = 0
    INITIALIZING = 1
    ONLINE = 2
    OFFLINE = 3
    FAILED = 4
    PENDING = 128
    ONLINE_PENDING = 129
    OFFLINE_PENDING = 130
