"""What a run costs the hosts, as they count it: one log-on, few requests, no shell left; with own tests, too."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.fabric import Fabric
from tests_tool.audit.conftest import Audit
from tests_tool.audit.fabrics import VARIABLE, assert_left_nothing, inventory
from tests_tool.audit.running import CANARY, PASSWORD, ROOT, Ran, from_outside, same

WORLDS = {
    "hv-core": "core-2022",
    "hv-desk": "desktop-2016",
    "hv-mid": "middling-2019",
    "hv-limited": "unprivileged-2022",
}
OWN_TESTS = """
def test_the_shell_is_utf_8(host):
    assert "Aliase für" in host.run("net localgroup").stdout


def test_a_command_says_how_it_ended(host):
    assert host.run("hostname").stdout.strip() == "HV-ALT-03"
    assert host.run("no-such-program").rc == 1


def test_a_virtual_machine_is_there_too(host, vm):
    assert vm.id
    assert host.check_output("hostname") == "HV-ALT-03"
"""


@pytest.fixture
def fabric() -> Iterator[Fabric]:
    with Fabric(WORLDS, CANARY) as fabric:
        yield fabric


@pytest.fixture
def listed(fabric: Fabric, tmp_path: Path) -> Path:
    hosts = [(name, fabric.scheme(name), fabric.address(name)[1]) for name in WORLDS]
    return inventory(tmp_path / "inventory.yaml", hosts, fabric.ca_file)


@pytest.fixture
def own_tests(tmp_path: Path) -> Path:
    """A folder as somebody has it who writes tests of their own: the suite's conftest.py and settings, and a file."""
    folder = tmp_path / "own"
    folder.mkdir()
    for name in ("conftest.py", "pytest.ini"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "test_own.py").write_text(OWN_TESTS, encoding="utf-8")
    return folder


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_a_host_is_asked_once_in_few_requests_and_keeps_no_shell(
    audit: Audit, demo: Ran, fabric: Fabric, listed: Path, workers: tuple[str, ...]
) -> None:
    policy = ROOT / "inventory" / "demo-policy.yaml"
    ran = audit("--hosts=all", f"--inventory={listed}", f"--policy={policy}", *workers, env={VARIABLE: CANARY})
    assert ran.code == 1, ran.output
    known = [result for result in demo.results if result.subject.host in WORLDS]
    assert same(from_outside(ran.results)) == same(from_outside(known))
    for name in WORLDS:
        counters = fabric.counters(name)
        assert counters.authentications == 1
        assert counters.http <= 9
        assert_left_nothing(counters)


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_own_tests_send_commands_through_one_shell_that_is_deleted(
    audit: Audit, fabric: Fabric, listed: Path, own_tests: Path, workers: tuple[str, ...]
) -> None:
    ran = audit(str(own_tests), "--hosts=hv-desk", f"--inventory={listed}", *workers, env={VARIABLE: CANARY})
    assert ran.code == 0, ran.output
    counters = fabric.counters("hv-desk")
    processes = 2 if workers else 1
    assert counters.shells_peak <= processes
    assert counters.shells_now == 0
    assert counters.authentications <= 1 + processes  # one for the evidence, then one a process
    assert counters.operations["Create"] == counters.operations["Delete"] == counters.authentications


def test_own_tests_that_fail_end_the_run_with_1_also_beside_a_silent_host(audit: Audit, own_tests: Path) -> None:
    (own_tests / "test_own.py").write_text("def test_own(host):\n    assert host.name == 'x'\n", encoding="utf-8")
    assert audit(str(own_tests), "--hosts=hv-core,hv-gone").code == 1


def test_no_command_is_sent_where_saved_evidence_is_judged(audit: Audit, demo: Ran, own_tests: Path) -> None:
    ran = audit(str(own_tests), f"--evidence={demo.evidence}", "--hosts=hv-desk")
    assert ran.code == 1
    assert "hv-desk: only saved evidence is judged in this run, so no command can be sent" in ran.output


def test_own_tests_of_the_demo_need_no_set_up(audit: Audit, own_tests: Path) -> None:
    assert audit(str(own_tests), "--hosts=hv-desk", env={PASSWORD: CANARY}).code == 0
