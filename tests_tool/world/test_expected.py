"""The expected verdicts speak of the machines that the worlds have, in the words that verdicts have."""

from pathlib import Path

import pytest
import yaml

from lab import world

HOST_CHECKS = {"HOST-01a", "HOST-03a", "HOST-06", "HOST-12"}
VM_CHECKS = {"VM-01", "VM-02", "VM-06", "VM-12"}
WORDS = {"pass", "fail", "review", "not applicable", "error"}
EXPECTED = yaml.safe_load((Path(__file__).parent.parent / "expected_verdicts.yaml").read_text(encoding="utf-8"))


def word(verdict: str | dict[str, str]) -> str:
    return verdict if isinstance(verdict, str) else verdict["verdict"]


def test_every_world_is_expected_to_get_something() -> None:
    assert set(EXPECTED) == {*world.names(), world.REFUSES}


@pytest.mark.parametrize("name", world.names())
def test_machines_are_those_of_the_world(name: str) -> None:
    expected = {vm_id: vm["name"] for vm_id, vm in EXPECTED[name]["vms"].items()}
    assert expected == {vm["Id"]: vm["Name"] for vm in world.load(name)["vms"]}


@pytest.mark.parametrize("name", world.names())
def test_every_check_has_a_verdict(name: str) -> None:
    host, vms = EXPECTED[name]["host"], EXPECTED[name]["vms"].values()
    assert set(host) == HOST_CHECKS
    assert all(set(vm) == VM_CHECKS | {"name"} for vm in vms)
    assert {word(host[check]) for check in HOST_CHECKS} <= WORDS
    assert {word(vm[check]) for vm in vms for check in VM_CHECKS} <= WORDS


@pytest.mark.parametrize("check", sorted(VM_CHECKS))
def test_a_vm_check_gets_each_verdict_that_it_has(check: str) -> None:
    met = {word(vm[check]) for name in world.names() for vm in EXPECTED[name]["vms"].values()}
    assert met == {"pass", "fail", "review", "not applicable"}
