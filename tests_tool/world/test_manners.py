"""The same collectors under other manners: JSON of PowerShell 7, another language, zone or token, hostile names."""

import json
from typing import Any

import pytest

from hyperv_audit.collect.evidence import read_topics
from hyperv_audit.collect.script import collector
from lab import world
from tests_tool.world.support import World, changed, needs_pwsh, observe, recorded

pytestmark = needs_pwsh

OF_NAMES = ("Path", "ConfigurationLocation", "acls", "Id")
HOSTILE = "</script><img src=x onerror=alert(1)> '\"`$(exit)|&;%TEMP%{0}\u202e\U0001f680\u30ec"


def facts_of(document: dict[str, Any]) -> dict[str, Any]:
    """What evidence is made of: topics as they are read, without the time they took."""
    topics = read_topics({name: {**topic, "seconds": 0.0} for name, topic in document.items()})
    return {name: topic.model_dump() for name, topic in topics.items()}


def but_the_registry(facts: dict[str, Any]) -> dict[str, Any]:
    """Without the values of the baseline: hundreds, which are asked for here in no manner, and cost seconds."""
    baseline = facts["baseline"]
    data = {probe: rows for probe, rows in baseline["data"].items() if probe not in ("edition", "registry")}
    errors = [error for error in baseline["errors"] if error["probe"] != "registry"]
    return {**facts, "baseline": {**baseline, "data": data, "errors": errors}}


def without_places(value: Any) -> Any:
    """A document without folders, their access lists and device ids: a world makes those of its names."""
    match value:
        case dict():
            return {key: without_places(item) for key, item in value.items() if key not in OF_NAMES}
        case list():
            return [without_places(item) for item in value]
    return value


@pytest.mark.parametrize("name", [name for name in world.names() if name != world.REFUSES])
@pytest.mark.parametrize(
    "manner",
    [{"PWSH_LIKE": "7"}, {"LANG": "de_DE.UTF-8", "LC_ALL": "de_DE.UTF-8"}, {"TZ": "America/New_York"}],
    ids=["JSON of PowerShell 7", "German numbers and dates", "another time zone"],
)
def test_evidence_is_the_same(name: str, manner: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in manner.items():
        monkeypatch.setenv(variable, value)
    assert but_the_registry(facts_of(observe(name, collector()))) == but_the_registry(facts_of(recorded(name)))


def test_a_filtered_token_sees_no_machines_and_says_so() -> None:
    """A local administrator over the network: the group is there for deny only, and integrity is medium."""
    host = changed("middling-2019")
    held = [group for group in host["account"]["groups"] if group["sid"] not in ("S-1-5-32-544", "S-1-16-12288")]
    medium = {"name": "Mandatory Label", "type": "Label", "sid": "S-1-16-8192", "attributes": ""}
    host["account"] = {**host["account"], "groups": [*held, medium]}
    document = observe(host, collector())
    assert document["session"]["data"]["canary"] != [1]
    assert document["vms"]["data"]["vm"] == []


def test_a_name_is_only_a_name_wherever_it_stands() -> None:
    """Machines, switches, adapters, shares and folders: what goes in comes out, and nothing else changes."""
    names = ("web01", "vs-Tenant", "Network Adapter", "vmstore$", "app1")
    host = changed("core-2022")
    for machine in host["vms"]:
        for place in ("Path", "ConfigurationLocation", "SnapshotFileLocation", "SmartPagingFilePath"):
            machine.setdefault(place, f"D:\\VMs\\{machine['Name']}")  # else named after it
        for adapter in machine.get("network_adapters", ()):
            adapter.setdefault("Name", "Network Adapter")  # what a world says of an adapter that it does not name
    spoken, document = json.dumps(host, default=str), json.dumps(observe(host, collector()))
    for name in names:
        spoken = spoken.replace(f'"{name}"', json.dumps(HOSTILE + name))
        document = document.replace(f'"{name}"', json.dumps(HOSTILE + name))
    hostile: World = json.loads(spoken)
    assert without_places(observe(hostile, collector())) == without_places(json.loads(document))
