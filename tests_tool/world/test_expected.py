"""The expected verdicts speak of the machines that the worlds have, in the words that verdicts have."""

import pytest
import yaml

from lab import record, world

HOST_CHECKS = {"HOST-01a", "HOST-03a", "HOST-06", "HOST-12"}
VM_CHECKS = {"VM-01", "VM-02", "VM-06", "VM-12"}
WORDS = {"pass", "fail", "review", "not applicable", "error"}
ROOT = record.Path(record.__file__).parent.parent
EXPECTED = yaml.safe_load((ROOT / "tests_tool/expected_verdicts.yaml").read_text(encoding="utf-8"))


def word(verdict):
    return verdict if isinstance(verdict, str) else verdict["verdict"]


def test_every_world_is_expected_to_get_something():
    assert set(EXPECTED) == {*world.names(), world.REFUSES}


@pytest.mark.parametrize("name", world.names())
def test_machines_are_those_of_the_world(name):
    expected = {vm_id: vm["name"] for vm_id, vm in EXPECTED[name]["vms"].items()}
    assert expected == {vm["Id"]: vm["Name"] for vm in world.load(name)["vms"]}


@pytest.mark.parametrize("name", world.names())
def test_every_check_has_a_verdict(name):
    host, vms = EXPECTED[name]["host"], EXPECTED[name]["vms"].values()
    assert set(host) == HOST_CHECKS
    assert all(set(vm) == VM_CHECKS | {"name"} for vm in vms)
    assert {word(host[check]) for check in HOST_CHECKS} <= WORDS
    assert {word(vm[check]) for vm in vms for check in VM_CHECKS} <= WORDS


@pytest.mark.parametrize("check", sorted(VM_CHECKS))
def test_a_vm_check_gets_each_verdict_that_it_has(check):
    met = {word(vm[check]) for name in world.names() for vm in EXPECTED[name]["vms"].values()}
    assert met == {"pass", "fail", "review", "not applicable"}
