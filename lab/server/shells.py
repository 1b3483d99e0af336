"""Shells and the commands in them, as the service keeps them for their owners."""

import asyncio
import base64
import logging
import random
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lab.server import known_faults
from lab.server.model import Account
from lab.server.soap import WsmanFaultError, new_guid

log = logging.getLogger(__name__)

# STATUS_CONTROL_C_EXIT and the exit code of a program that died.
CONTROL_C_EXIT = 0xC000013A
DIED = 0xFFFFFFFF
# A Stream element without its content: tag, stream name, command id.
STREAM_OVERHEAD = 100


class StdinPipe:
    """A command's standard input."""

    def __init__(self) -> None:
        self._data = bytearray()
        self._ended = asyncio.Event()

    async def read(self) -> bytes:
        await self._ended.wait()
        return bytes(self._data)

    def write(self, data: bytes, *, end: bool) -> None:
        if self._ended.is_set():
            raise WsmanFaultError(known_faults.PIPE_CLOSED)
        self._data += data
        if end:
            self._ended.set()


@dataclass(frozen=True)
class Piece:
    """Output of one stream, as one Stream element carries it."""

    stream: str
    data: bytes

    @property
    def cost(self) -> int:
        """Characters in the envelope."""
        return STREAM_OVERHEAD + (len(self.data) + 2) // 3 * 4

    def split(self, room: int) -> tuple["Piece", "Piece"]:
        at = max(1, (room - STREAM_OVERHEAD) // 4 * 3)
        return Piece(self.stream, self.data[:at]), Piece(self.stream, self.data[at:])

    def base64(self) -> str:
        return base64.b64encode(self.data).decode()


class Output:
    """What a command has written and nobody has received yet, cut as Windows cuts it.

    Recordings show pieces of 1 to 5 KB and now and then a line end as a piece of its own; a seed makes them repeatable.
    """

    def __init__(self, rng: random.Random, changed: asyncio.Event) -> None:
        self._rng = rng
        self._changed = changed
        self._pieces: deque[Piece] = deque()

    def stdout(self, data: bytes) -> None:
        self._write("stdout", data)

    def stderr(self, data: bytes) -> None:
        self._write("stderr", data)

    def __bool__(self) -> bool:
        return bool(self._pieces)

    def take(self, room: int) -> list[Piece]:
        """As many pieces as fit, in the order they were written; never none as long as there is one."""
        taken: list[Piece] = []
        while self._pieces:
            if self._pieces[0].cost > room:
                if taken:
                    break
                self._pieces.extendleft(reversed(self._pieces.popleft().split(room)))
            taken.append(self._pieces.popleft())
            room -= taken[-1].cost
        return taken

    def _write(self, stream: str, data: bytes) -> None:
        lone_line_end = data.endswith(b"\n") and self._rng.random() < 0.5  # noqa: PLR2004 - as often as not
        end = len(data.rstrip(b"\r\n")) if lone_line_end else len(data)
        at = 0
        while at < end:
            size = self._rng.randint(1024, 5120)
            self._pieces.append(Piece(stream, data[at : min(at + size, end)]))
            at += size
        if data[end:]:
            self._pieces.append(Piece(stream, data[end:]))
        if data:
            self._changed.set()


@dataclass(frozen=True)
class Delivery:
    """What one Receive brings; `exit_code` is set when nothing will follow."""

    pieces: list[Piece]
    exit_code: int | None


class Command:
    """One command of a shell, running from its creation."""

    def __init__(self, command_id: str, rng: random.Random) -> None:
        self.id = command_id
        self.stdin = StdinPipe()
        self._changed = asyncio.Event()
        self.output = Output(rng, self._changed)
        # Recordings show the Done state beside the last output and in an answer of its own.
        self._tells_end_later = rng.random() < 0.5  # noqa: PLR2004 - as often as not
        self._exit_code: int | None = None
        self._aborted = False
        self._task: asyncio.Task[None] | None = None

    def start(self, work: Coroutine[Any, Any, int]) -> None:
        self._task = asyncio.create_task(self._run(work))

    async def _run(self, work: Coroutine[Any, Any, int]) -> None:
        try:
            code = await work
        except asyncio.CancelledError:
            self._finish(CONTROL_C_EXIT)
            raise
        except Exception as error:
            # A handler's bug shows as what it would be on a host: a program that died with a word on stderr.
            log.exception("a command handler failed")
            self.output.stderr(f"lab: {type(error).__name__}: {error}\r\n".encode())
            code = DIED
        self._finish(code)

    def _finish(self, code: int) -> None:
        self._exit_code = code
        self._changed.set()

    @property
    def finished(self) -> bool:
        return self._exit_code is not None

    async def receive(self, room: int) -> Delivery:
        """Waits for output or the end."""
        await self._changed.wait()
        if self._aborted:
            raise WsmanFaultError(known_faults.ABORTED)
        pieces = self.output.take(room)
        drained = self.finished and not self.output
        if drained and not (pieces and self._tells_end_later):
            return Delivery(pieces, self._exit_code)
        if not self.finished and not self.output:
            self._changed.clear()
        return Delivery(pieces, None)

    def interrupt(self) -> None:
        """Ctrl+C: a running program ends, and its output can still be received."""
        if self._task is not None and not self.finished:
            self._task.cancel()

    def abort(self) -> None:
        """The command is gone, and so is its output; a Receive that waits for it fails."""
        self._aborted = True
        self._changed.set()
        self.interrupt()


@dataclass
class Shell:
    """A remote shell: it belongs to an account, not to a connection, and ends when it is idle for too long."""

    id: str
    owner: Account
    idle_seconds: float
    client_ip: str = "127.0.0.1"
    input_streams: str = "stdin"
    output_streams: str = "stdout stderr"
    working_directory: str = ""
    environment: list[tuple[str, str]] = field(default_factory=list)
    commands: dict[str, Command] = field(default_factory=dict)
    # Windows does not give an operation back when its command has ended, only when the shell is gone.
    operations: int = 0

    def command(self, command_id: str) -> Command:
        try:
            return self.commands[command_id.upper()]
        except KeyError:
            raise WsmanFaultError(known_faults.COMMAND_NOT_FOUND) from None


class ShellTable:
    """The shells of one host."""

    def __init__(self, counted: Callable[[int], None]) -> None:
        self._shells: dict[str, Shell] = {}
        self._in_use: dict[str, int] = {}
        self._idle_timers: dict[str, asyncio.TimerHandle] = {}
        self._counted = counted

    def of(self, account: Account) -> list[Shell]:
        return [shell for shell in self._shells.values() if shell.owner is account]

    @property
    def owners(self) -> set[Account]:
        return {shell.owner for shell in self._shells.values()}

    def add(self, shell: Shell) -> None:
        self._shells[shell.id] = shell
        self._counted(len(self._shells))
        self._wait_for_idleness(shell)

    def close(self, shell: Shell) -> None:
        if self._shells.pop(shell.id, None) is None:
            return
        if timer := self._idle_timers.pop(shell.id, None):
            timer.cancel()
        for command in shell.commands.values():
            command.abort()
        self._counted(len(self._shells))

    def close_all(self) -> None:
        for shell in list(self._shells.values()):
            self.close(shell)

    @contextmanager
    def using(self, shell_id: str, account: Account) -> Iterator[Shell]:
        """The shell for one operation, during which it is not idle."""
        shell = self._find(shell_id, account)
        if timer := self._idle_timers.pop(shell.id, None):
            timer.cancel()
        self._in_use[shell.id] = self._in_use.get(shell.id, 0) + 1
        try:
            yield shell
        finally:
            self._in_use[shell.id] -= 1
            if not self._in_use[shell.id] and shell.id in self._shells:
                self._wait_for_idleness(shell)

    def _find(self, shell_id: str, account: Account) -> Shell:
        shell = self._shells.get(shell_id.upper())
        if shell is None:
            raise WsmanFaultError(known_faults.shell_not_found(shell_id or new_guid()))
        if shell.owner is not account:
            raise WsmanFaultError(known_faults.ACCESS_DENIED)
        return shell

    def _wait_for_idleness(self, shell: Shell) -> None:
        loop = asyncio.get_running_loop()
        self._idle_timers[shell.id] = loop.call_later(shell.idle_seconds, self.close, shell)
