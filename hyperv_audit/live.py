"""A host that can be asked more than was gathered: testinfra on the same connection, for people who write tests."""

from collections.abc import Iterable, Mapping
from typing import Any

import testinfra.host
from testinfra.backend.base import BaseBackend, CommandResult

from hyperv_audit.errors import AuditError
from hyperv_audit.facts.host import HostFacts
from hyperv_audit.inventory import Secret, Target, resolve
from hyperv_audit.inventory.model import restore_target
from hyperv_audit.transport import WinrsBackend


class HyperVHost(HostFacts, testinfra.host.Host):
    """What was observed on a host, and `run()` and the modules of testinfra on it."""

    def __init__(self, facts: HostFacts, backend: BaseBackend) -> None:
        HostFacts.__init__(self, facts.name, facts.readings, facts.seen, facts.inside, facts.estate)
        testinfra.host.Host.__init__(self, backend)
        backend.set_host(self)


class EvidenceBackend(BaseBackend):
    """Stands where only saved evidence is judged: nothing is connected to."""

    NAME = "evidence"

    def run(self, *_: Any, **__: Any) -> CommandResult:
        """Refuse, and say how to have it."""
        raise AuditError(
            f"{self.hostname}: only saved evidence is judged in this run, so no command can be sent",
            "Run with --hosts and without --evidence",
        )


class Backends:
    """One backend a host and process; its shell is opened by the first command and deleted at the end."""

    def __init__(self) -> None:
        self._targets: dict[str, Target] = {}
        self._secrets: dict[str, Secret] = {}
        self._open: dict[str, BaseBackend] = {}

    def know(self, targets: Iterable[Target], secrets: Mapping[str, Secret]) -> None:
        """What can be reached, and with which passwords."""
        self._targets = {target.name: target for target in targets}
        self._secrets = dict(secrets)

    def know_plain(self, targets: Iterable[Mapping[str, Any]]) -> None:
        """The same in a worker process, which finds the passwords by their references when it needs them."""
        self._targets = {plain["name"]: restore_target(plain) for plain in targets}

    def of(self, host: str) -> BaseBackend:
        """The backend of one host."""
        if host not in self._open:
            target = self._targets.get(host)
            self._open[host] = WinrsBackend(target, self._secret(target)) if target else EvidenceBackend(host)
        return self._open[host]

    def close(self) -> None:
        """Leave no shell behind."""
        for backend in self._open.values():
            if isinstance(backend, WinrsBackend):
                backend.close()

    def _secret(self, target: Target) -> Secret:
        secret = self._secrets.get(target.name) or resolve(target.credential, target=target.name)
        if secret is None:
            raise AuditError(f"{target.name}: no password for {target.credential.username}")
        return secret
