"""`host.run(...)` for people who write their own testinfra tests: one shell a host, UTF-8, no guessing of encodings."""

import re
import subprocess
from contextlib import ExitStack
from typing import Any

from testinfra.backend.base import BaseBackend, CommandResult

from hyperv_audit.inventory import Secret
from hyperv_audit.inventory.model import Target
from hyperv_audit.transport.errors import Kind, Stage, TransportError, shell_is_gone
from hyperv_audit.transport.winrs import Output, WinrsShell

_OF_CMD = re.compile(r'["&|<>^()%!]')  # what cmd itself reads in an argument
_NO_ARGUMENT = re.compile(r"[\r\n\0]")  # cmd reads one line


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
        line = self.get_command(command, *args)
        try:
            output = self._run(line)
        except TransportError as error:
            if not shell_is_gone(error):
                raise
            output = self._run(line)
        if not output.whole:
            raise TransportError(
                Kind.CONNECTION, Stage.RECEIVE, "the connection was lost meanwhile, and some output may be missing"
            )
        assert output.exit_code is not None, "only a command with an end of waiting is ever left"
        return self.result(output.exit_code, self.encode(line), output.stdout, output.stderr)

    def _run(self, line: str) -> Output:
        """In the shell at hand; one that failed is left, so that the next command has a new one."""
        if self._shell is None:
            self._shell = self._open.enter_context(WinrsShell(self._target, self._secret))
        self._shell.start_clock()
        try:
            return self._shell.run(line)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Delete the shell; a later command opens a new one."""
        self._open.close()
        self._shell = None

    @staticmethod
    def quote(command: str, *args: str) -> str:
        """Windows' quoting: each argument arrives at the program as it is, whatever cmd would read in it."""
        return command % tuple(_quoted(arg) for arg in args) if args else command

    def get_encoding(self) -> str:
        """The shell's code page is UTF-8: nothing has to be asked."""
        return "utf-8"

    def decode(self, data: bytes) -> str:
        """A damaged character is shown as such; it never ends a test."""
        return data.decode("utf-8", errors="replace")


def _quoted(argument: str) -> str:
    """Quoted for the program; then, where cmd would meddle, escaped for cmd, quotes included: it must see none.

    cmd knows no escaped quote: one inside an argument would end its quoting, and what follows would be a command.
    """
    if _NO_ARGUMENT.search(argument):
        raise ValueError("an argument holds a line end, and cmd reads one line only")
    text = subprocess.list2cmdline([argument])
    return _OF_CMD.sub(r"^\g<0>", text) if _OF_CMD.search(argument) else text
