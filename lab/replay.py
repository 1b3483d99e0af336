"""What a simulated host does with a command: it answers a collector with its recording, byte for byte.

What a script is given as input does not change the answer: it was recorded for everything that could be asked with it.

`powershell.exe … -EncodedCommand B` is answered as the bootstrap in B would answer: it checks the script that arrives
on standard input, and says 97 or 98 where Windows would. A script that was never recorded gets an honest refusal.
Other command lines are programs of the host's world; their output is UTF-8, as after chcp 65001.
"""

import asyncio
import base64
import binascii
import hashlib
import re
from typing import Any

from hyperv_audit.collect.script import SEPARATOR, Script
from lab import world
from lab.record import Recording, has, read
from lab.server import Emit, Stdin

FAILED = 1
NO_SEPARATOR, OTHER_SCRIPT = 97, 98  # the bootstrap's own exit codes

_POWERSHELL = re.compile(r'\s*"?powershell(?:\.exe)?"?\s', re.IGNORECASE)
_ENCODED = re.compile(r"\s-EncodedCommand\s+(?P<command>[A-Za-z0-9+/=]+)\s*$", re.IGNORECASE)
_SEPARATOR = re.compile(rf"^{re.escape(SEPARATOR)}$", re.MULTILINE)
_LENGTH, _HASH = re.compile(r"(?<=-ne ')\d+(?=')"), re.compile(r"[0-9A-F]{64}")


class Replay:
    """The command handler of one host. `start_delay` is what starting PowerShell takes there, in seconds."""

    def __init__(self, name: str, *, recording: Recording | None = None, start_delay: float = 0.0) -> None:
        host = world.load(name)
        self._name = name
        kept = [recording or read(name), *([read(f"{name}.direct")] if not recording and has(f"{name}.direct") else [])]
        self._recordings = {each.script_sha256: each for each in kept}
        self._hashes = host.get("language_mode", "FullLanguage") == "FullLanguage"
        self._programs: dict[str, Any] = {_words(line): answer for line, answer in host.get("programs", {}).items()}
        self._start_delay = start_delay

    async def __call__(self, command_line: str, stdin: Stdin, emit: Emit) -> int:
        """Answers one command line and returns its exit code."""
        if not _POWERSHELL.match(command_line):
            return self._program(command_line, emit)
        await asyncio.sleep(self._start_delay)
        bootstrap = _decoded(command_line)
        if bootstrap is None or _shape(bootstrap) != _shape(_bootstrap(Script(""))):
            return self._unknown(emit, "this PowerShell command line")
        return self._bootstrap(bootstrap, await stdin.read(), emit)

    def _bootstrap(self, bootstrap: str, stdin: bytes, emit: Emit) -> int:
        """What bootstrap.ps1 does with its input. A constrained PowerShell cannot hash: only the length counts."""
        parts = _SEPARATOR.split(_lines(stdin), maxsplit=1)
        if len(parts) == 1:
            emit.stdout(b"bootstrap: 97 no separator\r\n")
            return NO_SEPARATOR
        text = parts[0].rstrip()
        length = str(len(text.encode("utf-16-le")) // 2)
        sha256 = hashlib.sha256(text.encode()).hexdigest().upper()
        wanted_length, wanted_hash = _LENGTH.findall(bootstrap)[0], _HASH.findall(bootstrap)[0]
        found_hash = sha256 if self._hashes else wanted_hash
        if (length, found_hash) != (wanted_length, wanted_hash):
            emit.stdout(f"bootstrap: 98 {length} characters, hash {found_hash}\r\n".encode())
            return OTHER_SCRIPT
        recording = self._recordings.get(sha256)
        if recording is None:
            return self._unknown(emit, f"the script {sha256[:12]}")
        emit.stdout(recording.stdout_bytes)
        emit.stderr(recording.stderr_bytes)
        return recording.exit_code

    def _unknown(self, emit: Emit, what: str) -> int:
        recorded = " and ".join(sha256[:12] for sha256 in self._recordings)
        honest = f"The lab has no recording of {what} on {self._name}, only of the script {recorded}, and runs nothing."
        emit.stderr(f"{honest} After a change of a collector: make record\r\n".encode())
        return FAILED

    def _program(self, command_line: str, emit: Emit) -> int:
        answer = self._programs.get(_words(command_line))
        if answer is None:
            name = command_line.strip().partition(" ")[0].strip('"')
            message = f"'{name}' is not recognized as an internal or external command,\r\n"
            emit.stderr(f"{message}operable program or batch file.\r\n".encode())
            return FAILED
        emit.stdout(f"{answer}\r\n".encode())
        return 0


def _words(command_line: str) -> str:
    """A command line without what cmd does not look at: case, blanks, quotes and the ending of a program's name."""
    first, *rest = command_line.lower().split() or [""]
    return " ".join([first.strip('"').removesuffix(".exe"), *rest])


def _lines(stdin: bytes) -> str:
    r"""Standard input as `@($input) -join "\n"` gives it."""
    return "\n".join(re.split(r"\r\n|\r|\n", stdin.decode("utf-8", "replace")))


def _decoded(command_line: str) -> str | None:
    found = _ENCODED.search(command_line)
    if found is None:
        return None
    try:
        return base64.b64decode(found["command"], validate=True).decode("utf-16-le")
    except (binascii.Error, UnicodeDecodeError):
        return None


def _bootstrap(script: Script) -> str:
    return base64.b64decode(script.arguments()[-1], validate=True).decode("utf-16-le")


def _shape(bootstrap: str) -> str:
    """A bootstrap without what differs from script to script."""
    return _HASH.sub("", _LENGTH.sub("", bootstrap))
