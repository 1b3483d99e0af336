"""What belongs on a host that only virtualizes, and what does not, where the policy says nothing else.

Names of features are the same in every language and are compared whole; of a program, a part of its name will do.
FS-SMB1 and PowerShell-V2 are denied although Windows Server 2016 comes with them.
"""

import re
from collections.abc import Iterable

from hyperv_audit.facts.software import Program, Session

ALLOWED_FEATURES = (
    "FileAndStorage-Services|Storage-Services|File-Services|FS-FileServer|FS-Data-Deduplication",
    "Hyper-V|Hyper-V-PowerShell|Failover-Clustering|Multipath-IO|Data-Center-Bridging|Storage-Replica",
    "BitLocker|EnhancedStorage|HostGuardian|NetworkATC|NetworkHUD|RSAT.*",
    "NET-Framework-4.*|NET-WCF-.*|PowerShellRoot|PowerShell|WoW64-Support",
    "System-DataArchiver|SystemInsights|Windows-Defender.*",
)
DENIED_FEATURES = (
    "AD-Domain-Services|ADCS-.*|ADFS.*|ADLDS|ADRMS.*|DHCP|DNS|WINS|NPAS.*|RemoteAccess.*",
    "Fax|Print-.*|Remote-Desktop-Services|RDS-.*|Web-.*|WDS.*|UpdateServices.*|SMTP-Server",
    "FS-SMB1.*|PowerShell-V2|SNMP-.*|Telnet-Client|TFTP-Client|WebDAV-Redirector|Wireless-Networking|XPS-Viewer",
)
# \bOpera\b: an agent of Operations Manager is none.
DENIED_PROGRAMS = (
    r"Chrome|Firefox|\bOpera\b|Office|Outlook|Teams|Slack|Zoom|Dropbox|Steam|Java|Adobe",
    "TeamViewer|AnyDesk|VNC|Wireshark|Visual Studio",
)


def features_like(features: Iterable[str], patterns: Iterable[str]) -> tuple[str, ...]:
    """The features whose whole name one of the patterns describes."""
    known = [re.compile(pattern, re.IGNORECASE) for pattern in patterns]
    return tuple(feature for feature in features if any(pattern.fullmatch(feature) for pattern in known))


def programs_like(programs: Iterable[Program], patterns: Iterable[str]) -> tuple[Program, ...]:
    """The programs whose name one of the patterns describes."""
    known = [re.compile(pattern, re.IGNORECASE) for pattern in patterns]
    return tuple(program for program in programs if any(pattern.search(program.name) for pattern in known))


def sessions_like(sessions: Iterable[Session], patterns: Iterable[str]) -> tuple[Session, ...]:
    """The sessions whose account, by name or SID, one of the patterns describes."""
    known = [re.compile(pattern, re.IGNORECASE) for pattern in patterns]
    return tuple(s for s in sessions if any(p.search(text) for p in known for text in (s.account, s.sid or "")))
