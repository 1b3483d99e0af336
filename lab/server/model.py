"""What a simulated host is: the values a test or the demo describes it with."""

import enum
from dataclasses import dataclass, field

from lab.server.commands import CommandHandler
from lab.server.faults import Faults


class CertificateKind(enum.Enum):
    """The certificate an https host shows."""

    VALID = "valid"
    WRONG_NAME = "wrong name"
    EXPIRED = "expired"
    SELF_SIGNED = "self-signed"
    UNKNOWN_CA = "unknown authority"


class ChannelBinding(enum.Enum):
    """CbtHardeningLevel: what an https host asks of the log-on's tie to its TLS channel. Windows ships Relaxed."""

    NONE = "None"
    RELAXED = "Relaxed"
    STRICT = "Strict"


@dataclass(frozen=True)
class Account:
    r"""An administrator of a host; `username` may be a plain name or `DOMAIN\name`."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class ServiceLimits:
    """The service's quotas, with the values of a freshly installed Windows Server."""

    max_envelope_kb: int = 500
    max_timeout_ms: int = 60_000
    max_shells_per_user: int = 30
    max_operations_per_user: int = 1500
    max_users: int = 10
    shell_idle_seconds: float = 7200.0
    allow_unencrypted: bool = False


@dataclass
class LabHost:
    """One simulated host. With `refuse` its port is taken but nothing listens there."""

    name: str
    handler: CommandHandler
    accounts: tuple[Account, ...]
    https: bool = False
    refuse: bool = False
    latency: float = 0.0
    limits: ServiceLimits = field(default_factory=ServiceLimits)
    faults: Faults = field(default_factory=Faults)
    certificate: CertificateKind = CertificateKind.VALID
    channel_binding: ChannelBinding = ChannelBinding.RELAXED
    # As Windows offers them. Kerberos is announced and not served: a client that insists on it is refused.
    schemes: tuple[str, ...] = ("Negotiate", "Kerberos")
    seed: int = 0


@dataclass(frozen=True)
class Counters:
    """What a host has seen so far."""

    tcp: int = 0
    http: int = 0
    authentications: int = 0
    operations: dict[str, int] = field(default_factory=dict)
    shells_now: int = 0
    shells_peak: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
