"""What a host does with a command: the plug-in's contract, and what `cmd` itself does before any program starts."""

import re
from typing import Protocol

# WinRS starts every command as `C:\Windows\system32\cmd.exe /C "..."`, and cmd reads 8,191 characters, all counted.
CMD_LINE_LIMIT = 8191
CMD_WRAPPER = r'C:\Windows\system32\cmd.exe /C ""'
FULL_PATH = re.compile(r'"?[A-Za-z]:\\')


class Stdin(Protocol):
    """What the client sends to a command."""

    async def read(self) -> bytes:
        """Everything that was sent, once the client has ended it."""
        ...


class Emit(Protocol):
    """Where a command writes."""

    def stdout(self, data: bytes) -> None: ...

    def stderr(self, data: bytes) -> None: ...


class CommandHandler(Protocol):
    """A host's behaviour: runs `command_line`, as `cmd` would see it, and returns the exit code.

    It runs in the lab's event loop and must not block it. A Signal, the Delete of the shell and the shell's idle
    timeout cancel it.
    """

    async def __call__(self, command_line: str, stdin: Stdin, emit: Emit) -> int: ...


async def through_cmd(handler: CommandHandler, command_line: str, stdin: Stdin, emit: Emit) -> int:
    """Runs a command as `cmd /C` would: a line that cmd cannot read never reaches a program."""
    if len(CMD_WRAPPER) + len(command_line) > CMD_LINE_LIMIT:
        emit.stderr(b"The command line is too long.\r\n")
        return 1
    return await handler(command_line, stdin, emit)


def names_a_program(command: str) -> bool:
    """Without cmd there is no search path: only a full path can be started."""
    return FULL_PATH.match(command) is not None
