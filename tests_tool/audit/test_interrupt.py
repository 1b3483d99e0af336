"""Ctrl-C while hosts are asked: the run ends at once, leaves no shell, keeps what it has and says what it has not."""

import asyncio
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hyperv_audit.collect.evidence import read_index
from lab.fabric import ACCOUNT
from lab.replay import Replay
from lab.server import Account, Emit, LabHost, LabServer, Stdin
from tests_tool.audit.fabrics import VARIABLE, assert_left_nothing, inventory
from tests_tool.audit.running import CANARY, ROOT, Ran, command, environment

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no process can send another one Ctrl-C alone there")

GUARD = 60  # seconds; reached only by a run that hangs


@dataclass
class Slow:
    """A host that never finishes; `asked` is set once it has begun."""

    asked: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, command_line: str, stdin: Stdin, emit: Emit) -> int:  # noqa: ARG002 - the protocol's
        self.asked.set()
        await asyncio.Event().wait()
        return 0


@contextmanager
def a_shell_that_passes_on_ctrl_c() -> Iterator[None]:
    """A process that was started in the background ignores SIGINT, and so would its children."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_ctrl_c_keeps_what_is_gathered_and_leaves_no_shell(tmp_path: Path, workers: tuple[str, ...]) -> None:
    slow, accounts, reports = Slow(), (Account(ACCOUNT, CANARY),), tmp_path / "reports"
    hosts = [LabHost("hv-quick", Replay("core-2022"), accounts), LabHost("hv-slow", slow, accounts)]
    with LabServer(hosts) as lab:
        listening = [(host.name, "http", lab.port(host.name)) for host in hosts]
        listed = inventory(tmp_path / "inventory.yaml", listening, lab.ca_file)
        with a_shell_that_passes_on_ctrl_c():
            process = subprocess.Popen(  # noqa: S603 - our own interpreter, our own arguments
                command(reports, ["--hosts=all", f"--inventory={listed}", *workers]),
                cwd=ROOT,
                env=environment({VARIABLE: CANARY}),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                encoding="utf-8",
            )
        with process:
            assert process.stdout
            before = next(line for line in process.stdout if "gathered 1 of 2 hosts" in line)
            assert slow.asked.wait(GUARD)
            process.send_signal(signal.SIGINT)
            after, _ = process.communicate(timeout=GUARD)
        ran = Ran(process.returncode, before + after, reports)
        assert ran.code == 2, ran.output
        for host in hosts:
            assert_left_nothing(lab.counters(host.name))
    assert f"gathered: hv-quick; kept in {ran.evidence}\nnot gathered: hv-slow\n" in ran.output
    kept = {entry.name: entry.failure.kind if entry.failure else None for entry in read_index(ran.evidence).hosts}
    assert kept == {"hv-quick": None, "hv-slow": "interrupted"}  # whoever judges this evidence sees that one is missing
    assert (ran.evidence / "hv-quick.json").is_file()
    assert "Traceback" not in ran.output
    assert not {"report.html", "results.jsonl"} & ran.made  # nothing was judged, so there is nothing to report
