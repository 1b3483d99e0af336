"""The tables that the proofs rest on: each with its source, in step with the lab and with the enums of the facts."""

import json
import re
from enum import IntEnum
from pathlib import Path
from typing import Any

import pytest
import yaml

from hyperv_audit.collect import allowed
from hyperv_audit.facts import enums
from lab import world
from tests_tool.powershell import known, texts

# Our enum: the one of the Hyper-V module whose numbers it carries. All others are in cim.yaml.
OF_HYPERV = {
    "OnOff": "OnOffState",
    "VMState": "VMState",
    "MachineType": "VirtualMachineType",
    "ReplicationMode": "VMReplicationMode",
    "AclAction": "VMNetworkAdapterAclAction",
    "AclDirection": "VMNetworkAdapterAclDirection",
    "SnapshotType": "SnapshotType",
    "VhdType": "VhdType",
    "ClusterResourceState": "ClusterResourceState",
    "SwitchType": "VMSwitchType",
    "Mirroring": "VMNetworkAdapterPortMirroringMode",
    "VlanMode": "VMNetworkAdapterVlanMode",
    "PrivateVlanMode": "VMNetworkAdapterPrivateVlanMode",
    "IsolationMode": "VMNetworkAdapterIsolationMode",
    "BootType": "VMBootSourceType",
    "ServiceStatus": "ServiceControllerStatus",
    "MigrationAuthentication": "MigrationAuthenticationType",
    "MigrationPerformance": "VMMigrationPerformance",
    "IntegrationStatus": "VMIntegrationComponentOperationalStatus",
    "Heartbeat": "VMHeartbeatStatus",
    "DvdMedia": "DvdMediaType",
    "StartAction": "StartAction",
    "StopAction": "StopAction",
    "SessionTransport": "EnhancedSessionTransportType",
    "ConsoleMode": "ConsoleModeType",
    "ConsoleAccess": "VMConnectAceAccessType",
    "ReplicationAuthentication": "ReplicationAuthenticationType",
}
# Names that read better than Windows' own.
RENAMED = {"MachineType": {"REALIZED": "RealizedVirtualMachine", "PLANNED": "PlannedVirtualMachine"}}


def ours() -> dict[str, type[IntEnum]]:
    """Every enum of facts/enums.py."""
    return {
        name: held
        for name, held in vars(enums).items()
        if isinstance(held, type) and issubclass(held, IntEnum) and held.__module__ == enums.__name__ and len(held)
    }


def plain(name: str) -> str:
    return name.replace("_", "").lower()


@pytest.mark.parametrize("name", sorted(OF_HYPERV))
def test_numbers_are_those_of_the_hyperv_module(name: str) -> None:
    """Both ways: no number of ours is another's, and none that Windows can write is unknown to us."""
    recorded = (
        known.recorded("hyperv_types")["enums"].get(OF_HYPERV[name])
        or known.objects("enums")[OF_HYPERV[name]]["values"]
    )
    named = {plain(RENAMED.get(name, {}).get(member.name, member.name)): member.value for member in ours()[name]}
    if "unknown" not in map(plain, recorded):
        assert named.pop("unknown") < 0, "what is no number of Windows must not look like one"
    assert named == {plain(member): number for member, number in recorded.items()}


def test_every_other_enum_has_its_codes() -> None:
    codes = allowed.table("cim")["codes"]
    assert set(codes) == set(ours()) - set(OF_HYPERV)
    for name, entry in codes.items():
        members = {member.name: member.value for member in ours()[name]}
        if "UNKNOWN" not in entry["values"]:
            assert members.pop("UNKNOWN", -1) == -1, name
        assert members == entry["values"], name
        assert not set(entry.get("others", ())) & set(members.values()), f"{name}: these have their names"


def test_what_powershell_shows_otherwise_is_on_the_page() -> None:
    """`typed` says of a listed property what it becomes: an object of this table, or an enum whose numbers are here."""
    table = allowed.table("cim")
    for name, entry in table["classes"].items():
        for property_, type_ in entry.get("typed", {}).items():
            assert property_ in entry["properties"], name
            assert type_.removesuffix("[]") in {*table["codes"], *table["classes"]}, name


def test_ends_of_associations_are_classes() -> None:
    table = allowed.table("cim")
    for name, entry in table["associations"].items():
        assert len(entry["ends"]) == 2, name
        assert set(entry["ends"]) <= set(table["classes"]), name


def tables() -> dict[str, Any]:
    folder = Path(texts.__file__).parents[2] / "hyperv_audit" / "collect" / "record"
    read = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.json")}
    return read | {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in folder.glob("*.yaml")}


def test_everything_has_its_source() -> None:
    """A table as a whole, or each of its entries, says where it is from."""
    read = tables()
    for name in ("commands.json", "hyperv_types.json", "net_framework_types.json"):
        assert read[name]["source"]
    sourced = [
        *read["cim.yaml"]["classes"].values(),
        *read["cim.yaml"]["codes"].values(),
        *read["cim.yaml"]["associations"].values(),
        *read["allowed.yaml"]["com"].values(),
        *(method for entry in read["cim.yaml"]["classes"].values() for method in entry.get("methods", {}).values()),
        *read["objects.yaml"]["types"].values(),
        *read["objects.yaml"]["registry"].values(),
        *read["objects.yaml"]["enums"].values(),
    ]
    assert all(re.match(r"https://learn\.microsoft\.com/", entry["source"]) for entry in sourced)


def test_each_permission_says_why() -> None:
    table = allowed.table("allowed")
    reasons = [
        entry["why"] for section in ("asks", "shapes", "programs", "folder", "com") for entry in table[section].values()
    ]
    for section in ("cim_methods", "new", "methods", "sets", "statics"):
        reasons += table[section].values()
    reasons += [*table["bootstrap"]["statics"].values(), *table["bootstrap"]["sets"].values()]
    assert all(isinstance(reason, str) and len(reason) > 5 for reason in reasons)


def test_no_permission_is_given_to_a_verb_that_changes() -> None:
    """A second look at the list itself: verbs that Microsoft reserves for reading, and a few named exceptions."""
    reading = {
        "Get",
        "Confirm",
        "Test",
        "Measure",
        "ConvertTo",
        "ConvertFrom",
        "Where",
        "ForEach",
        "Select",
        "Sort",
        "Group",
    }
    others = {
        name
        for section in ("asks", "shapes", "folder")
        for name in allowed.table("allowed")[section]
        if name.split("-")[0] not in reading
    }
    assert others == {
        "Import-Module",
        "Invoke-CimMethod",
        "Invoke-Command",
        "Invoke-Expression",
        "New-Guid",
        "New-Item",
        "New-Object",
        "Receive-Job",
        "Remove-Item",
        "Remove-TypeData",
        "Split-Path",
        "Wait-Job",
    }


def test_gaps_of_the_record_are_named_with_a_source() -> None:
    """An edition that the record does not cover is an exception on its own, and only where there is a gap."""
    for name, entry in allowed.table("allowed")["asks"].items():
        editions = known.recorded("commands")["commands"][name]["editions"]
        gaps = {edition for edition in known.EDITIONS if edition not in editions}
        if known.WINDOWS_POWERSHELL in editions and not gaps - set(known.EDITIONS):
            gaps -= (
                set(known.EDITIONS)
                if known.commands()[name.lower()]["module"].startswith(known.ENGINE_MODULES)
                else set()
            )
        assert gaps == set(entry.get("unrecorded", {})), name


# --- the worlds rest on the same record -----------------------------------------------------------------------------


def lab(name: str) -> dict[str, Any]:
    return dict(json.loads((world.FOLDER / name).read_text(encoding="utf-8")))


def test_worlds_serve_the_recorded_commands() -> None:
    """The lab's commands have the parameters that the proofs know: neither could be wrong alone."""
    served, proved = lab("commands.json")["commands"], known.recorded("commands")["commands"]
    shared = set(served) & set(proved)
    assert len(shared) > 15
    assert {name: served[name] for name in shared} == {name: proved[name] for name in shared}


def test_worlds_serve_the_recorded_types() -> None:
    served, proved = lab("hyperv_types.json"), known.recorded("hyperv_types")
    for section in ("classes", "enums"):
        shared = set(served[section]) & set(proved[section])
        assert shared
        assert {name: served[section][name] for name in shared} == {name: proved[section][name] for name in shared}


def test_worlds_know_every_cim_property_that_is_read() -> None:
    """A class of cim.yaml that a world serves has the same properties there."""
    written = yaml.safe_load((world.FOLDER / "types.yaml").read_text(encoding="utf-8"))["types"]
    served = {re.split(r"[#/]", entry.get("called", name))[-1]: entry["properties"] for name, entry in written.items()}
    shared = set(served) & set(allowed.table("cim")["classes"])
    assert len(shared) > 8
    for name in shared:
        class_ = allowed.table("cim")["classes"][name]
        assert {*class_["properties"], *class_.get("unlisted", {})} <= set(served[name]), name
