"""A password that is asked for, at a terminal of its own."""

import os
import sys
from pathlib import Path

import pytest

from lab.fabric import LOOPBACK, Fabric
from tests_tool.audit.running import CANARY, ROOT, Ran, command, environment
from tests_tool.audit.test_secrets import assert_keeps

pty = pytest.importorskip("pty", reason="no pseudo-terminal here")


def test_a_password_can_be_typed_at_a_terminal_which_does_not_show_it(tmp_path: Path) -> None:
    with Fabric({"hv-core": "core-2022"}, CANARY) as fabric:
        where = f"address: {LOOPBACK}, port: {fabric.address('hv-core')[1]}, ca_file: {fabric.ca_file}"
        listed = tmp_path / "inventory.yaml"
        credential = "credential: {username: auditor, prompt: true}"
        listed.write_text(f"hosts: {{hv-core: {{{where}, {credential}}}}}\n", encoding="utf-8")
        ran = at_a_terminal(tmp_path, "Password of auditor (for hv-core): ", CANARY, f"--inventory={listed}")
    assert ran.code == 0, ran.output
    assert "gathered 1 of 1 hosts in" in ran.output
    assert_keeps(CANARY, ran)


def at_a_terminal(reports: Path, question: str, answer: str, *arguments: str) -> Ran:
    """An audit at a terminal of its own, where somebody answers one question."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(ROOT)
        os.execve(  # noqa: S606 - as a user starts it, but at this terminal
            sys.executable, command(reports, ["--hosts=all", "--collect-evidence", *arguments]), environment()
        )
    said = bytearray()
    while chunk := _read(terminal):
        said += chunk
        if question.encode() in said and answer:
            os.write(terminal, f"{answer}\n".encode())
            answer = ""
    os.close(terminal)
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return Ran(code, said.decode("utf-8"), reports)


def _read(terminal: int) -> bytes:
    """What is said next; nothing once the other end is closed, which Linux calls an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""
