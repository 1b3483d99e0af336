"""The lab's servers: one listener a host on 127.0.0.1, one event loop in one thread."""

import asyncio
import logging
import socket
import tempfile
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from lab.server.certificates import Authority
from lab.server.connection import Connection
from lab.server.host import RunningHost
from lab.server.http import MAX_HEAD
from lab.server.model import Counters, LabHost
from lab.server.ntlm import AccountFile, forget_user_file

log = logging.getLogger(__name__)

LOOPBACK = "127.0.0.1"
BACKLOG = 512
ACCEPT_PAUSE = 0.1


class LabServer:
    """Simulated hosts, up between `start` and `stop`; also a context manager. It is started once."""

    def __init__(self, hosts: Sequence[LabHost]) -> None:
        names = [host.name for host in hosts]
        if len(set(names)) != len(names):
            raise ValueError(f"two hosts of the lab have one name: {', '.join(sorted(names))}")
        self._folder = tempfile.TemporaryDirectory(prefix="winrm-lab-")
        self._authority = Authority(Path(self._folder.name) / "ca.pem")
        self._configs = list(hosts)
        self._hosts: dict[str, RunningHost] = {}
        self._sockets: dict[str, socket.socket] = {}
        self._ports: dict[str, int] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = asyncio.Event()
        self._ready: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._run, name="winrm-lab", daemon=True)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Returns when every host can be connected to."""
        try:
            for number, config in enumerate(self._configs):
                self._prepare(number, config)
            self._thread.start()
            self._loop = self._ready.result()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends every connection and command; nothing of the lab is left but its counters."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._loop = None
            self._thread.join()
            forget_user_file()
        for sock in self._sockets.values():
            sock.close()
        self._folder.cleanup()

    def port(self, name: str) -> int:
        """Where a host listens, or, with `refuse`, where nothing does."""
        return self._ports[name]

    @property
    def ca_file(self) -> Path:
        """The lab's certificate authority, in PEM."""
        return self._authority.ca_file

    def counters(self, name: str) -> Counters:
        """What a host has seen so far."""
        return self._hosts[name].tally.snapshot()

    def _prepare(self, number: int, config: LabHost) -> None:
        certificate = self._authority.certificate(config.certificate) if config.https else None
        accounts = AccountFile(Path(self._folder.name) / f"accounts-{number}", config.name, config.accounts)
        self._hosts[config.name] = RunningHost(config, accounts, certificate)
        self._sockets[config.name] = sock = socket.socket()
        sock.bind((LOOPBACK, 0))
        self._ports[config.name] = sock.getsockname()[1]

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _serve(self) -> None:
        hosts = [host for host in self._hosts.values() if not host.config.refuse]
        for host in hosts:
            self._sockets[host.name].listen(BACKLOG)
            self._sockets[host.name].setblocking(False)
        accepting = [asyncio.create_task(self._accept(host)) for host in hosts]
        self._ready.set_result(asyncio.get_running_loop())
        await self._stopping.wait()
        for host in hosts:
            host.close_shells()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        with ExitStack() as last_clients:
            for host in hosts:
                sock = last_clients.enter_context(socket.socket())
                sock.setblocking(False)
                sock.connect_ex((LOOPBACK, self._ports[host.name]))
            await asyncio.gather(*accepting)

    async def _accept(self, host: RunningHost) -> None:
        """Takes connections until the lab stops, which a last client then tells it.

        Both cancelling `sock_accept` and closing asyncio's own server lose a connection that arrives just then.
        """
        loop = asyncio.get_running_loop()
        while True:
            try:
                sock, _ = await loop.sock_accept(self._sockets[host.name])
            except OSError as error:
                # As a rule no descriptor is left; when other connections end there will be some.
                log.warning("%s cannot accept a connection: %s", host.name, error)
                await asyncio.sleep(ACCEPT_PAUSE)
                continue
            if self._stopping.is_set():
                sock.close()
                return
            host.tally.tcp += 1
            connection = asyncio.create_task(_converse(host, sock))
            self._connections.add(connection)
            connection.add_done_callback(self._connections.discard)
            connection.add_done_callback(_close(sock))


def _close(sock: socket.socket) -> Callable[[object], None]:
    """For the end of a task, which may come before its first step."""

    def close(_: object) -> None:
        sock.close()

    return close


async def _converse(host: RunningHost, sock: socket.socket) -> None:
    """One client, from its handshake on: a listener's own handshakes could not be ended by `stop`."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_HEAD)
    protocol = asyncio.StreamReaderProtocol(reader)
    tls = None if host.certificate is None else host.certificate.context
    # A client that leaves, be it for our certificate, is none of the lab's troubles.
    with suppress(OSError):
        transport, _ = await loop.connect_accepted_socket(lambda: protocol, sock, ssl=tls)
        writer = asyncio.StreamWriter(transport, protocol, reader, loop)
        try:
            await Connection(host, reader, writer).serve()
            writer.close()
            await writer.wait_closed()
        finally:
            transport.abort()
