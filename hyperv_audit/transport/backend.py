"""`host.run(...)` for people who write their own testinfra tests: one shell a host, UTF-8, no guessing of encodings."""

import subprocess
from contextlib import ExitStack
from typing import Any

from testinfra.backend.base import BaseBackend, CommandResult

from hyperv_audit.inventory import Secret
from hyperv_audit.inventory.model import Target
from hyperv_audit.transport.winrs import WinrsShell

_CMD_METACHARACTERS = set(' \t"&|<>^()%!;,=')


class WinrsBackend(BaseBackend):
    """A testinfra backend over one WinRS shell, which is opened by the first command and closed by `close`."""

    NAME = "winrs"

    def __init__(self, target: Target, secret: Secret) -> None:
        super().__init__(target.name)
        self._target = target
        self._secret = secret
        self._open = ExitStack()
        self._shell: WinrsShell | None = None

    def get_pytest_id(self) -> str:
        """The name in the inventory."""
        return self._target.name

    def run(self, command: str, *args: str, **_: Any) -> CommandResult:
        """Run a command line through cmd."""
        if self._shell is None:
            self._shell = self._open.enter_context(WinrsShell(self._target, self._secret))
        line = self.get_command(command, *args)
        output = self._shell.run(line)
        return self.result(output.exit_code, self.encode(line), output.stdout, output.stderr)

    def close(self) -> None:
        """Delete the shell; a later command opens a new one."""
        self._open.close()
        self._shell = None

    @staticmethod
    def quote(command: str, *args: str) -> str:
        """Windows' quoting: what cmd would read as its own is put in double quotes."""
        return command % tuple(_quoted(arg) for arg in args) if args else command

    def get_encoding(self) -> str:
        """The shell's code page is UTF-8: nothing has to be asked."""
        return "utf-8"

    def decode(self, data: bytes) -> str:
        """A damaged character is shown as such; it never ends a test."""
        return data.decode("utf-8", errors="replace")


def _quoted(argument: str) -> str:
    text = subprocess.list2cmdline([argument])
    return text if text.startswith('"') or not _CMD_METACHARACTERS & set(text) else f'"{text}"'
