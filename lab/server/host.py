"""A host while it runs: its configuration, its service, its account file and what it has counted."""

from collections import Counter
from dataclasses import dataclass, field

from lab.server.certificates import ServerCertificate
from lab.server.faults import FaultTable
from lab.server.model import Counters, LabHost
from lab.server.ntlm import AccountFile, LogOn
from lab.server.service import WsmanService
from lab.server.shells import ShellTable


@dataclass
class Tally:
    """The counters, as they grow."""

    tcp: int = 0
    http: int = 0
    authentications: int = 0
    operations: Counter[str] = field(default_factory=Counter)
    shells_now: int = 0
    shells_peak: int = 0
    bytes_in: int = 0
    bytes_out: int = 0

    def count_shells(self, now: int) -> None:
        self.shells_now = now
        self.shells_peak = max(self.shells_peak, now)

    def snapshot(self) -> Counters:
        return Counters(**{**vars(self), "operations": dict(self.operations)})


class RunningHost:
    """What the connections of one host share."""

    def __init__(self, config: LabHost, accounts: AccountFile, certificate: ServerCertificate | None) -> None:
        self.config = config
        self.name = config.name
        self.tally = Tally()
        self.faults = FaultTable(config.faults)
        self.certificate = certificate
        self._accounts = accounts
        self._shells = ShellTable(self.tally.count_shells)
        self.service = WsmanService(config, self._shells)

    def log_on(self) -> LogOn:
        """The acceptor of a new log-on."""
        return LogOn(
            self._accounts, self.config.channel_binding, None if self.certificate is None else self.certificate.hash
        )

    def close_shells(self) -> None:
        self._shells.close_all()
