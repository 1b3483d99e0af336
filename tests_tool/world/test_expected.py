"""The expected verdicts speak of the machines that the worlds have, in the words that verdicts have."""

from pathlib import Path

import pytest
import yaml

from lab import world

HOST_CHECKS = {
    *(
        "HOST-01a",
        "HOST-01b",
        "HOST-01c",
        "HOST-01d",
        "HOST-01e",
        "HOST-01f",
        "HOST-01g",
        "HOST-02a",
        "HOST-02b",
        "HOST-02c",
        "HOST-02d",
    ),
    *("HOST-03a", "HOST-03b", "HOST-04", "HOST-05", "HOST-06", "HOST-08a", "HOST-08b", "HOST-09", "HOST-10"),
    *("HOST-11a", "HOST-11b", "HOST-12"),
}
VM_CHECKS = {f"VM-{number:02}" for number in range(1, 15)}
# What no verdict of the demo is: every machine has devices and files.
NEVER = {
    "VM-04": {"not applicable"},
    "VM-07": {"not applicable"},
    "VM-08": {"not applicable"},
    "VM-11": {"not applicable"},
    "VM-14": {"not applicable"},
}
WORDS = {"pass", "fail", "review", "not applicable", "error"}
BLIND = "unprivileged-2022"  # sees no machines: its one item for each check of machines is that of no machine
EXPECTED = yaml.safe_load((Path(__file__).parent.parent / "expected_verdicts.yaml").read_text(encoding="utf-8"))


def word(verdict: str | dict[str, str]) -> str:
    return verdict if isinstance(verdict, str) else verdict["verdict"]


def test_every_world_is_expected_to_get_something() -> None:
    assert set(EXPECTED) == {*world.names(), world.REFUSES}


@pytest.mark.parametrize("name", world.names())
def test_machines_are_those_of_the_world(name: str) -> None:
    expected = {vm_id: vm["name"] for vm_id, vm in EXPECTED[name]["vms"].items()}
    assert expected == ({"": ""} if name == BLIND else {vm["Id"]: vm["Name"] for vm in world.load(name)["vms"]})


@pytest.mark.parametrize("name", world.names())
def test_every_check_has_a_verdict(name: str) -> None:
    host, vms = EXPECTED[name]["host"], EXPECTED[name]["vms"].values()
    assert set(host) == HOST_CHECKS | {"HOST-07"}  # which has a verdict for each area of its table
    assert all(set(vm) == VM_CHECKS | {"name"} for vm in vms)
    assert {word(host[check]) for check in HOST_CHECKS} <= WORDS
    assert {word(vm[check]) for vm in vms for check in VM_CHECKS} <= WORDS


@pytest.mark.parametrize("check", sorted(VM_CHECKS))
def test_a_vm_check_gets_each_verdict_that_it_has(check: str) -> None:
    met = {word(vm[check]) for name in world.names() if name != BLIND for vm in EXPECTED[name]["vms"].values()}
    assert met == {"pass", "fail", "review", "not applicable"} - NEVER.get(check, set())


@pytest.mark.parametrize("check", sorted(HOST_CHECKS))
def test_a_host_check_passes_and_fails_somewhere(check: str) -> None:
    """HOST-11b has nothing to pass: what is inside a nested machine, its host cannot see."""
    met = {word(EXPECTED[name]["host"][check]) for name in world.names()}
    assert met >= ({"fail", "review", "not applicable"} if check == "HOST-11b" else {"pass", "fail"})


def test_an_account_without_rights_passes_nothing_but_what_the_registry_tells() -> None:
    host, vms = EXPECTED[BLIND]["host"], EXPECTED[BLIND]["vms"].values()
    assert {check for check in HOST_CHECKS if word(host[check]) != "error"} == {"HOST-01a", "HOST-01b"}
    assert {word(vm[check]) for vm in vms for check in VM_CHECKS} == {"error"}
