"""Which checks run on which hosts: each choice gives the demo's verdicts, no others and none fewer."""

import itertools
from collections.abc import Callable

import pytest

from hyperv_audit.catalogue import catalogue
from tests_tool.audit.conftest import Audit
from tests_tool.audit.running import Key, Ran, key_of, same

GONE = ("hv-gone", "", "EVIDENCE")
HOSTS = ["hv-core", "hv-desk", "hv-mid", "hv-gone"]


def chosen(demo: Ran, choice: Callable[[Key], bool]) -> list[Key]:
    """What of the demo is chosen. A host without evidence has its error whatever else is left out."""
    return sorted(key_of(result) for result in demo.results if choice(key_of(result)) or key_of(result) == GONE)


def assert_is_part_of(demo: Ran, ran: Ran, choice: Callable[[Key], bool]) -> None:
    keys = chosen(demo, choice)
    assert sorted(ran.verdicts) == keys
    wanted = [result for result in demo.results if key_of(result) in keys]
    assert same(ran.results) == same(wanted)


@pytest.mark.parametrize("marker", ["baseline", "enhanced", "guarded_fabric", "shielded_vm"])
def test_a_marker_chooses_its_recommendations(audit: Audit, demo: Ran, marker: str) -> None:
    marked = {entry.id for entry in catalogue().values() if marker in entry.all_markers}
    assert marked
    ran = audit("--hosts=demo", "-m", marker, "-q")
    assert ran.code == 1
    assert_is_part_of(demo, ran, lambda key: key[2] in marked)
    assert ran.header.selection == f"-m {marker!r}"
    assert set(ran.header.not_run) == catalogue().keys() - marked


def test_a_folder_and_a_recommendation_choose_one_row_of_the_checklist(audit: Audit, demo: Ran) -> None:
    ran = audit("--hosts=demo", "tests_vm", "-k", "VM-02")
    assert ran.code == 1
    assert_is_part_of(demo, ran, lambda key: key[2] == "VM-02")


def test_a_folder_chooses_the_host_half(audit: Audit, demo: Ran) -> None:
    ran = audit("tests_host", "--hosts=demo,!hv-desk")
    assert ran.code == 1
    assert_is_part_of(demo, ran, lambda key: key[2].startswith("HOST") and key[0] != "hv-desk")


@pytest.mark.parametrize(
    ("hosts", "meant"),
    [("hv-core", {"hv-core"}), ("HV-C*,hv-mid", {"hv-core", "hv-mid"}), ("demo:&neglected", {"hv-desk"})],
)
def test_names_globs_and_exclusions_choose_hosts(audit: Audit, demo: Ran, hosts: str, meant: set[str]) -> None:
    ran = audit(f"--hosts={hosts}")
    assert ran.code == 1
    assert {host.name for host in ran.header.hosts} == meant
    assert same(ran.results) == same(result for result in demo.results if result.subject.host in meant)


def test_the_list_of_checks_reads_as_the_checklist_host_by_host_and_asks_nobody(audit: Audit) -> None:
    ran = audit("--hosts=demo", "--collect-only", "-q")
    assert ran.code == 0
    listed = [line for line in ran.output.splitlines() if "::" in line]
    hosts = [line.partition("[")[2].rstrip("]").partition("/")[0] for line in listed]
    assert [host for host, _ in itertools.groupby(hosts)] == HOSTS
    files = [line.partition("::")[0] for line in listed]
    of_a_host = files[: len(files) // len(HOSTS)]
    assert of_a_host == sorted(of_a_host)
    assert files == of_a_host * len(HOSTS)
    assert len(of_a_host) == len(catalogue())
    assert "gathered" not in ran.output
    assert ran.folders == []


def test_nothing_chosen_ends_with_5(audit: Audit) -> None:
    assert audit("--hosts=hv-core", "-k", "nothing_is_called_so").code == 5


def test_nothing_chosen_and_a_silent_host_ends_with_6(audit: Audit) -> None:
    ran = audit("--hosts=hv-core,hv-gone", "-k", "nothing_is_called_so")
    assert ran.code == 6
    assert list(ran.verdicts) == [GONE]
