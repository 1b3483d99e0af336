"""A whole audit with a Linux guest over SSH: its evidence is kept beside its host's, judged, and judged again."""

from pathlib import Path

from lab.fabric import Fabric
from tests_tool.audit.fabrics import VARIABLE, inventory
from tests_tool.audit.running import CANARY, run
from tests_tool.guests.sshd import LOOPBACK, USER, needs_sshd, server

pytestmark = needs_sshd

SCRATCH = "9d7e2c41-5a60-4f8b-8c13-2e4f6a8b0011"  # lnx-scratch of middling-2019, which runs
CHECKS = ("-k", "VM-03 or VM-09")


def test_a_linux_guest_is_visited_judged_and_judged_again(tmp_path: Path) -> None:
    (tmp_path / "sshd").mkdir()
    with Fabric({"hv-mid": "middling-2019"}, CANARY) as fabric, server(tmp_path / "sshd") as sshd:
        listed = inventory(
            tmp_path / "inventory.yaml", [("hv-mid", "https", fabric.address("hv-mid")[1])], fabric.ca_file
        )
        with listed.open("a", encoding="utf-8") as file:
            ssh = f"username: {USER}, identity_file: {sshd.identity}, known_hosts: {sshd.known_hosts}"
            file.write(f"guests:\n  - {{vm: lnx-scr*, via: ssh, address: {LOOPBACK}, port: {sshd.port}, {ssh}}}\n")
            file.write(f"  - {{vm: lnx-scrtach, via: ssh, address: {LOOPBACK}, port: {sshd.port}, {ssh}}}\n")
        first = run(tmp_path / "first", "--hosts=all", f"--inventory={listed}", *CHECKS, env={VARIABLE: CANARY})
    assert any("guests: 'lnx-scrtach' means no virtual machine" in notice for notice in first.header.notices)
    assert "guests: 'lnx-scrtach' means no virtual machine" in first.output
    assert "gathered 1 of 1 guests" in first.output
    assert f"hv-mid~{SCRATCH}.json" in {path.name for path in first.evidence.iterdir()}
    rested = [e.probe for r in first.results if r.subject.vm and r.subject.vm.id == SCRATCH for e in r.evidence]
    assert any(probe.startswith("inside.linux.") for probe in rested)
    again = run(tmp_path / "again", f"--evidence={first.evidence}", *CHECKS)
    assert again.verdicts == first.verdicts
    assert f"hv-mid~{SCRATCH}.json" in {path.name for path in again.evidence.iterdir()}


def test_a_file_of_keys_that_is_not_there_is_told_before_anything_is_asked(tmp_path: Path) -> None:
    listed = inventory(tmp_path / "inventory.yaml", [("hv01", "https", 1)], tmp_path / "ca.pem")
    (tmp_path / "ca.pem").touch()
    with listed.open("a", encoding="utf-8") as file:
        file.write("guests:\n  - {vm: a, via: ssh, address: b, username: c, known_hosts: gone}\n")
    ran = run(tmp_path / "run", "--hosts=all", f"--inventory={listed}", env={VARIABLE: CANARY})
    assert ran.code == 4
    assert "inventory.yaml:5: guests: there is no file" in ran.output
    assert ran.folders == []
