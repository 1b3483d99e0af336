"""What one host's machines carry is compared with those of every other host of the run."""

from pathlib import Path

import pytest

from hyperv_audit.collect.evidence import write_evidence, write_index
from hyperv_audit.inventory.policies import Policies
from hyperv_audit.store import Store
from tests_tool.checks.good import OTHER, PAY, POLICY, WEB, adapter, add, both, changed, edit, machine
from tests_tool.judging import NOW, Folder, Judged, evidence, judge, said

MAC = "00155D0000AA"
FIXED = edit("vms.adapters", 0, DynamicMacAddressEnabled=False, MacAddress=MAC)


COPY = both(add("vms.vm", machine(OTHER, "copy")), add("vms.adapters", adapter(OTHER, MAC.lower())))


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> tuple[Judged, Judged]:
    """Two runs: a machine and its replica; a machine and another with its address on another host."""
    replica = {"hv01": changed([FIXED]).topics(), "hv02": changed([FIXED]).topics()}
    copy = {"hv01": changed([FIXED]).topics(), "hv02": changed([COPY]).topics()}
    first, second = judge(
        [Folder(POLICY, ("VM-06",), replica), Folder(POLICY, ("VM-06",), copy)], tmp_path_factory.mktemp("estate")
    )
    return first, second


def words(judged: Judged, host: str, vm: str) -> tuple[str, str]:
    (result,) = [r for r in judged[host] if r.subject.vm and r.subject.vm.id == vm]
    return result.verdict.value, said(result)


def test_a_replica_has_the_address_of_its_original(twins: tuple[Judged, Judged]) -> None:
    assert words(twins[0], "hv01", WEB)[0] == words(twins[0], "hv02", WEB)[0] == "pass"


def test_another_machine_on_another_host_is_told_of(twins: tuple[Judged, Judged]) -> None:
    verdict, text = words(twins[1], "hv01", WEB)
    assert verdict == "review"
    assert f"{MAC} of {OTHER} on hv02" in text
    assert words(twins[1], "hv01", PAY)[0] == "pass"


def test_it_does_not_matter_which_host_was_read_first(tmp_path: Path) -> None:
    """A worker that judges one host only has not looked at any other before."""
    worlds = {"hv01": changed([FIXED]), "hv02": changed([COPY])}
    entries = [write_evidence(tmp_path, evidence(name, world.topics())) for name, world in worlds.items()]
    write_index(tmp_path, NOW, entries, {})
    vm = Store(tmp_path, Policies()).facts("hv01").virtual_machine(WEB)
    assert [str(carrier) for carrier in vm.static_mac_elsewhere] == [f"{MAC} of {OTHER} on hv02"]
