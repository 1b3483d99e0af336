"""The lab's WinRM service: real WS-Management and WinRS over http and https on loopback.

    with LabServer([LabHost("hv01", handler, (Account("auditor", "made up"),))]) as lab:
        endpoint = f"http://127.0.0.1:{lab.port('hv01')}/wsman"

What a command does is the host's `handler`; everything a client can notice of the service itself is here: NTLM
log-on, message encryption, shells and their quotas, sliced output, and faults on request. It is meant never to be
kinder than Windows.
"""

from lab.server import known_faults
from lab.server.commands import CommandHandler, Emit, Stdin
from lab.server.faults import (
    AccessDenied,
    ChangeBody,
    CloseAfter,
    CutBody,
    Delay,
    FaultEnvelope,
    Faults,
    HttpStatus,
    InvalidXml,
    Reset,
    Rule,
    Silence,
)
from lab.server.model import Account, CertificateKind, ChannelBinding, Counters, LabHost, ServiceLimits
from lab.server.server import LabServer

__all__ = [
    "AccessDenied",
    "Account",
    "CertificateKind",
    "ChangeBody",
    "ChannelBinding",
    "CloseAfter",
    "CommandHandler",
    "Counters",
    "CutBody",
    "Delay",
    "Emit",
    "FaultEnvelope",
    "Faults",
    "HttpStatus",
    "InvalidXml",
    "LabHost",
    "LabServer",
    "Reset",
    "Rule",
    "ServiceLimits",
    "Silence",
    "Stdin",
    "known_faults",
]
