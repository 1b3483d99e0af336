"""Many machines are asked for by CIM, which shows what the cmdlets show; by these, where it leaves anything open."""

import functools
from importlib.resources import files
from typing import Any

import pytest

from hyperv_audit.collect import allowed
from hyperv_audit.collect.script import compose, topic_source
from tests_tool.world.support import Evidence, World, changed, collecting, needs_pwsh, observe, only, recorded

pytestmark = needs_pwsh

WORLDS = ("core-2022", "desktop-2016", "middling-2019")
# Devices that few machines have: CIM tells who has none, and the others are asked.
RARE = ("assigned_devices", "gpu_partitions", "fibre_channel")
SPARED = (*RARE, "dvd")
BULK = tuple(name for name, entry in allowed.table("probes")["vms"].items() if "bulk" in entry and name not in RARE)
FIRST_PART = files("hyperv_audit.collect").joinpath("topics", "vms_bulk.ps1").read_text(encoding="ascii")
# Every machine has rows of a probe but for these, of which one without a drive or of the other generation has none.
ONLY_OF_SOME = ("firmware", "dvd", "floppy")
# What is at work has instances only while a machine runs: those that do not are left to the cmdlets.
ONLY_OF_RUNNING = ("integration", "processor_status")
RUNNING = 2

# The machines of which CIM alone does not tell enough, with the reason.
LEFT = {
    ("core-2022", "adapters"): {
        "DC-München-01": "port rules",
        "TPL-WS2022-Øresund": "not connected",
        "vault-airgapped": "no adapter: that there is none is asked for again",
    },
    ("desktop-2016", "adapters"): {
        'Fehler "Test" [v2] & <co>': "a trunk, port rules, and an adapter that is not connected",
        "*": "connected by a resource pool",
    },
    ("desktop-2016", "disks"): {'Fehler "Test" [v2] & <co>': "a physical disk"},
    ("middling-2019", "vm"): {"csv2-app 🚀": "in a critical state"},
    ("middling-2019", "security"): {"csv2-app 🚀": "not shown"},
    ("middling-2019", "adapters"): {"csv2-app 🚀": "no adapter shown"},
    ("middling-2019", "disks"): {"csv2-app 🚀": "no disk shown"},
    ("middling-2019", "com_ports"): {"csv2-app 🚀": "not shown"},
    ("middling-2019", "processors"): {"csv2-app 🚀": "not shown"},
    ("middling-2019", "firmware"): {"moved-away": "Secure Boot not shown"},
}


def observed(source: str | World) -> tuple[Evidence, Evidence]:
    """What is collected by CIM and for the rest by cmdlet; and what CIM told of that."""
    without = "\nProbe without { $bulk.without.Keys | Where-Object { $bulk.without[$_] } }"
    script = compose({"vms": topic_source("vms"), "told": FIRST_PART + without})
    document = observe(source, script, cmdlets_up_to=0)
    return document["vms"], document["told"]


@functools.cache
def by_cim(name: str) -> tuple[Evidence, Evidence]:
    return observed(name)


def rows(found: Evidence, probe: str) -> list[Any]:
    """Sorted: those that CIM told come first."""
    return sorted(found["data"][probe], key=str)


def machines(rows: list[Any]) -> set[str]:
    return {row.get("VMId") or row["Id"] for row in rows}


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("probe", [*BULK, *RARE, "guest"])
def test_rows_are_the_same_either_way(name: str, probe: str) -> None:
    assert rows(by_cim(name)[0], probe) == rows(recorded(name)["vms"], probe)


@pytest.mark.parametrize("name", WORLDS)
def test_errors_are_the_same_either_way(name: str) -> None:
    assert by_cim(name)[0]["errors"] == recorded(name)["vms"]["errors"]


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("probe", BULK)
def test_cim_tells_of_all_but_a_few(name: str, probe: str) -> None:
    """Otherwise the rows would be the same because the cmdlets are asked for all."""
    data = recorded(name)["vms"]["data"]
    vms = {row["Id"]: row for row in data["vm"]}
    concerned = machines(data[probe]) if probe in ONLY_OF_SOME else set(vms)
    concerned = {vm for vm in concerned if probe not in ONLY_OF_RUNNING or vms[vm]["State"] == RUNNING}
    left = concerned - machines(by_cim(name)[1]["data"][probe])
    assert {vms[vm]["Name"] for vm in left} == set(LEFT.get((name, probe), {}))


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("probe", SPARED)
def test_who_has_no_rare_device_and_is_well_is_not_asked_for_it(name: str, probe: str) -> None:
    data = recorded(name)["vms"]["data"]
    with_one = machines(data[probe]) | {row["Id"] for row in data["vm"] if row["Name"] in LEFT.get((name, "vm"), {})}
    spared = {each.split()[1] for each in by_cim(name)[1]["data"]["without"] if each.split()[0] == probe}
    assert spared == machines(data["vm"]) - with_one


@pytest.mark.parametrize("name", WORLDS)
def test_only_machines_with_a_place_for_keys_are_asked_for_them(name: str) -> None:
    """Without a vTPM and a key drive there is nothing to unlock, and an empty key protector decides nothing."""
    present = [row for row in recorded(name)["vms"]["data"]["key_protector"] if row["Length"] > 4]
    assert present
    assert rows(by_cim(name)[0], "key_protector") == sorted(present, key=str)


def test_trouble_with_one_question_leaves_its_probe_to_the_cmdlets() -> None:
    host = only(changed("middling-2019"), "web01", "dhcp-01")
    problem = {"error": {"id": "HRESULT 0x80041010", "category": "MetadataError", "message": "Invalid class "}}
    host["cim"]["root\\virtualization\\v2"]["Msvm_EthernetSwitchPortVlanSettingData"] = problem
    found, told = observed(host)
    assert told["data"]["adapters"] == []
    assert machines(found["data"]["adapters"]) == machines(found["data"]["vm"])
    (error,) = found["errors"]
    assert (error["probe"], error["target"]) == ("bulk", "adapters")
    assert error["id"].startswith("HRESULT 0x80041010")


def test_a_list_without_its_definition_does_not_tell_that_a_drive_is_empty() -> None:
    """It may be the list of something else: a medium that is not in it would have gone unseen."""
    host = only(changed("middling-2019"), "web01", "dhcp-01")
    host["cim"]["root\\virtualization\\v2"]["Msvm_StorageAllocationSettingData"] = []
    found, told = observed(host)
    assert [row for probe in ("dvd", "floppy") for row in told["data"][probe]] == []
    assert found["data"]["dvd"]
    assert found["errors"] == []


def test_a_machine_that_is_gone_when_the_cmdlets_are_asked_is_an_error_of_its_own() -> None:
    """It would look like a machine without devices."""
    host = only(changed("middling-2019"), "web01", "dhcp-01")
    gone = host["vms"][2]
    host["vms"][2] = gone | {"vanishes": True, "network_adapters": []}
    found, _ = observed(host)
    assert [(error["probe"], error["target"]) for error in found["errors"]] == [("vm", gone["Id"])]
    assert found["errors"][0]["id"].startswith("ObjectNotFound")


def test_few_machines_are_asked_for_by_cmdlet_alone() -> None:
    data = recorded("core-2022")["vms"]["data"]
    assert data["bulk"] == [{"Machines": len(data["vm"]), "CmdletsUpTo": 50}]


def test_a_build_without_the_command_tells_of_graphics_cards_by_cim() -> None:
    machine = "5d1a7f30-2b4c-4e6d-8f90-1a2b3c4d5e01"
    host = changed("core-2022", vms=[{"Id": machine, "Name": "render", "gpu_partitions": [{"Id": "A"}]}])
    source = topic_source("vms").replace("Get-VMGpuPartitionAdapter", "Get-NoSuchCommand")
    found = observe(host, collecting(vms=source))["vms"]
    assert [error for error in found["errors"] if error["probe"] == "gpu_partitions"] == []
    partitions = {row["VMId"].lower(): row["Id"].lower() for row in found["data"]["gpu_partitions"]}
    assert partitions[machine].startswith(f"microsoft:{machine}\\")
    assert "definition" not in partitions
