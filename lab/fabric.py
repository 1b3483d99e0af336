"""The demo's fabric: simulated hosts that answer on real WinRM on loopback with what was recorded on their worlds.

with Fabric({"hv01": "core-2022", "hv02": "refuses-connections"}, password="made up") as fabric:
    address, port = fabric.address("hv01")
"""

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from lab import world
from lab.replay import Replay
from lab.server import Account, Counters, Emit, LabHost, LabServer, Stdin

ACCOUNT, DOMAIN = "auditor", "LAB"
LOOPBACK = "127.0.0.1"


class Fabric:
    r"""Hosts by name, each with the world it shows; `auditor` and `LAB\auditor` may log on, with one password."""

    def __init__(
        self,
        worlds: Mapping[str, str],
        password: str,
        *,
        start_delay: float = 0.0,
        latency: float = 0.0,
    ) -> None:
        accounts = (Account(ACCOUNT, password), Account(f"{DOMAIN}\\{ACCOUNT}", password))
        hosts = [_host(name, shown, accounts, start_delay, latency) for name, shown in worlds.items()]
        self._schemes = {host.name: "https" if host.https else "http" for host in hosts}
        self._server = LabServer(hosts)

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()

    def address(self, name: str) -> tuple[str, int]:
        """Where a host listens: IP address and port."""
        return LOOPBACK, self._server.port(name)

    def scheme(self, name: str) -> str:
        """How a host's listener is spoken to: http or https."""
        return self._schemes[name]

    @property
    def ca_file(self) -> Path:
        """The certificate authority of the https hosts; it lives as long as the fabric."""
        return self._server.ca_file

    def counters(self, name: str) -> Counters:
        """What a host has seen so far."""
        return self._server.counters(name)


def scheme_of(name: str) -> str:
    """The listener of a world: http or https."""
    return "http" if name == world.REFUSES else str(world.load(name).get("listener", "https"))


def _host(name: str, shown: str, accounts: tuple[Account, ...], start_delay: float, latency: float) -> LabHost:
    if shown == world.REFUSES:
        return LabHost(name, _silent, accounts, refuse=True)
    handler = Replay(shown, start_delay=start_delay)
    return LabHost(name, handler, accounts, https=scheme_of(shown) == "https", latency=latency)


async def _silent(command_line: str, stdin: Stdin, emit: Emit) -> int:
    """Nothing gets as far as a command there."""
    raise AssertionError(command_line, stdin, emit)
