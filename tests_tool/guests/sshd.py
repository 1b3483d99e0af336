"""A throw-away SSH server on loopback: this machine plays the Linux guest, with some programs of its own."""

import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

SSHD = shutil.which("sshd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
needs_sshd = [
    pytest.mark.sshd,
    pytest.mark.skipif(not (SSHD and shutil.which("ssh-keygen")), reason="no OpenSSH server"),
]
USER = pwd.getpwuid(os.getuid()).pw_name
LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Server:
    """Where it listens, which key opens it, and which key it has."""

    port: int
    identity: Path
    known_hosts: Path
    tools: Path
    fingerprint: str

    def tool(self, name: str, text: str) -> None:
        """A program that the guest has, before those of this machine; empty text takes it away."""
        path = self.tools / name
        path.unlink(missing_ok=True)
        if text:
            path.write_text(f"#!/bin/sh\n{text}\n", encoding="ascii")
            path.chmod(0o755)


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """A server while the block runs; everything of it lies in the folder."""
    assert SSHD is not None
    host_key, identity, tools = folder / "host_key", folder / "identity", folder / "tools"
    tools.mkdir()
    for key in (host_key, identity):
        make_key(key)
    (folder / "authorized_keys").write_text(identity.with_suffix(".pub").read_text("ascii"), encoding="ascii")
    port = _free_port()
    config = {
        "Port": port,
        "ListenAddress": LOOPBACK,
        "HostKey": host_key,
        "PidFile": "none",
        "AuthorizedKeysFile": folder / "authorized_keys",
        "StrictModes": "no",  # the folder of a test is not a home
        "PasswordAuthentication": "no",
        "SetEnv": f"PATH={tools}:/usr/bin:/bin",
    }
    written = folder / "sshd_config"
    written.write_text("".join(f"{name} {value}\n" for name, value in config.items()), encoding="utf-8")
    if os.getuid() == 0:
        Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where a server of root's puts its unprivileged part
    command = [SSHD, "-D", "-e", "-f", str(written)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as running:  # noqa: S603 - OpenSSH's own server
        assert running.stderr is not None
        said = ""
        while "Server listening" not in said:
            line = running.stderr.readline()
            assert line, f"sshd did not start: {said}"
            said += line
        known_hosts = folder / "known_hosts"
        known_hosts.write_text(known(port, host_key), encoding="ascii")
        try:
            yield Server(port, identity, known_hosts, tools, _fingerprint(host_key))
        finally:
            running.terminate()


def make_key(path: Path) -> None:
    """A key pair without a passphrase."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)]
    subprocess.run(command, check=True)  # noqa: S603 - OpenSSH's own tool


def _fingerprint(key: Path) -> str:
    command = ["ssh-keygen", "-l", "-f", str(key)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[1]  # noqa: S603


def known(port: int, host_key: Path) -> str:
    """A line of known_hosts: this key, for the server at this port."""
    return f"[{LOOPBACK}]:{port} {host_key.with_suffix('.pub').read_text('ascii')}"


def _free_port() -> int:
    with socket.socket() as sock:
        sock.bind((LOOPBACK, 0))
        return int(sock.getsockname()[1])
