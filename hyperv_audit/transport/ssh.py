"""One script on one guest over SSH: testinfra's own backend, held to the guest's pinned key and to a deadline.

The user's and the system's ssh configuration are not read: nothing there can make the client trust another key.
"""

import os
import re
import shlex
import subprocess
import threading
import time
from pathlib import Path
from typing import IO
from urllib.parse import quote

from testinfra.backend.base import CommandResult
from testinfra.backend.ssh import SshBackend

from hyperv_audit.transport.errors import Kind, Stage, TransportError

_FAILED = 255  # ssh's own exit status, where the log-on or the connection failed
_ENDING = 5.0  # seconds for a client that was told to end
_SAID = 400  # characters of what ssh said

# What ssh says, in English everywhere, and what it means. The last line is the cause.
_MEANINGS = (
    ("host key verification failed", Kind.HOST_KEY),
    ("no matching host key type", Kind.HOST_KEY),
    ("permission denied", Kind.AUTHENTICATION),
    ("too many authentication failures", Kind.AUTHENTICATION),
    ("connection refused", Kind.UNREACHABLE),
    ("could not resolve hostname", Kind.UNREACHABLE),
    ("no route to host", Kind.UNREACHABLE),
    ("timed out", Kind.UNREACHABLE),
)


class SshGuest(SshBackend):
    """A connection that runs one script through `sh`, and ends with it."""

    def __init__(
        self, username: str, address: str, port: int, *, known_hosts: Path, identity_file: Path | None, connect: float
    ) -> None:
        options = {
            "BatchMode": "yes",  # never a question, hence never a password
            "StrictHostKeyChecking": "yes",
            "UserKnownHostsFile": f'"{known_hosts}"',
            "GlobalKnownHostsFile": os.devnull,
            "UpdateHostKeys": "no",
            "VerifyHostKeyDNS": "no",
            "IdentitiesOnly": "yes" if identity_file else "no",
            "ForwardAgent": "no",
            "ControlMaster": "no",
            "ControlPath": "none",
            "LogLevel": "ERROR",
        }
        extra = shlex.join(word for name, value in options.items() for word in ("-o", f"{name}={value}"))
        super().__init__(
            f"{quote(username, safe='')}@[{quote(address)}]:{port}",
            ssh_config=os.devnull,
            ssh_identity_file=str(identity_file) if identity_file else None,
            timeout=max(1, round(connect)),
            controlpersist=0,
            ssh_extra_args=f"-T {extra}",
        )
        self._script = b""
        self._limit = 0
        self._ends = 0.0
        self._client: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()

    def run_script(self, script: str, argument: str, *, limit: int, deadline: float) -> bytes:
        """What the script prints, at most one byte more than `limit`. Raises `TransportError`."""
        self._script, self._limit, self._ends = script.encode("ascii"), limit, time.monotonic() + deadline
        try:
            return bytes(self.run_ssh(f"sh -s {shlex.quote(argument)}").stdout_bytes)
        except RuntimeError as error:  # testinfra's word for ssh's exit status 255
            (result,) = error.args
            raise _translated(result.stderr_bytes.decode("utf-8", "replace")) from None

    def stop(self) -> None:
        """End what another thread waits for."""
        self._stopped.set()
        if self._client is not None:
            self._client.kill()

    def run_local(self, command: str, *args: str) -> CommandResult:
        """As testinfra's, but without a shell, with the script as standard input, and bounded in time and size."""
        words = shlex.split(self.quote(command, *args))
        try:
            client = subprocess.Popen(  # noqa: S603 - the ssh that the user has on PATH
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except OSError as error:
            what = f"ssh cannot be started: {error.strerror}"
            raise TransportError(Kind.UNREACHABLE, Stage.CONNECT, what, "Install an OpenSSH client.") from error
        with client:
            self._client = client
            return self._talk(client, shlex.join(words))

    def _talk(self, client: subprocess.Popen[bytes], command: str) -> CommandResult:
        said: dict[str, bytes] = {"out": b"", "err": b""}

        def read(name: str, stream: IO[bytes] | None) -> None:
            assert stream is not None
            said[name] = stream.read(self._limit + 1)
            if len(said[name]) > self._limit:
                client.kill()  # what says more than it may is not listened to

        assert client.stdin is not None
        readers = [
            threading.Thread(target=read, args=("out", client.stdout), daemon=True),
            threading.Thread(target=read, args=("err", client.stderr), daemon=True),
        ]
        for reader in readers:
            reader.start()
        try:
            client.stdin.write(self._script)  # smaller than a pipe holds: this never waits
            client.stdin.close()
        except BrokenPipeError:
            pass  # its exit status and its words tell why
        for reader in readers:
            reader.join(max(0.0, self._ends - time.monotonic()))
        late = any(reader.is_alive() for reader in readers)
        if late or self._stopped.is_set():
            client.kill()
        code = client.wait(_ENDING)
        if late or self._stopped.is_set():
            what = "the guest took too long" if late else "the run was interrupted"
            raise TransportError(Kind.DEADLINE, Stage.RECEIVE, what)
        return self.result(code, command.encode(), said["out"], said["err"])


_STEPS = {
    Kind.AUTHENTICATION: "Check the account and that its public key is in the guest's authorized_keys.",
    Kind.UNREACHABLE: "Check the address and port in `guests`, and the firewall of the guest.",
    Kind.CONNECTION: "Check that the port is that of SSH, look for a firewall or a restart of sshd, and read what sshd "
    "logged in the guest.",
    Kind.HOST_KEY: "Compare it with the key that `ssh-keygen -lf` shows of the guest's /etc/ssh/ssh_host_*_key.pub on "
    "the guest's own console, and pin that one; do not accept a key unseen.",
}


def _translated(said: str) -> TransportError:
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    words = " ".join(lines)[-_SAID:] or "ssh ended without a word"
    kind = next((kind for meaning, kind in _MEANINGS if meaning in words.lower()), Kind.CONNECTION)
    what = _of_the_key(said) if kind is Kind.HOST_KEY else None
    return TransportError(kind, Stage.CONNECT, what or words, _STEPS[kind])


_OFFERED = re.compile(r"fingerprint for the (?P<kind>\S+) key sent by the remote host is\s+(?P<print>SHA256:[\w+/=]+)")
_PINNED = re.compile(r"^Offending \S+ key in (?P<file>.+):(?P<line>\d+)", re.MULTILINE)
_UNKNOWN = re.compile(r"^No (?P<kind>\S+) host key is known for (?P<machine>\S+)", re.MULTILINE)


def _of_the_key(said: str) -> str | None:
    """In words of our own: ssh's begin with a picture, and advise to take the pinned key away."""
    offered, pinned, unknown = _OFFERED.search(said), _PINNED.search(said), _UNKNOWN.search(said)
    if offered and pinned:
        where = f"{pinned['file']}, line {pinned['line']}"
        return f"the machine shows another key than the pinned one ({where}): {offered['kind']} {offered['print']}"
    if unknown:
        return f"no key is pinned for {unknown['machine']}, which shows one of the kind {unknown['kind']}"
    return None
