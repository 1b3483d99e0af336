"""A world says only what the record of Windows knows; what it leaves out is what Windows has by default."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lab import world
from tests_tool.world.support import World, changed


def vm(host: World, name: str) -> World:
    return next(entry for entry in world.served(host)["vms"] if entry["vm"]["Name"] == name)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda w: w.update(vmz=[]), "world has no vmz"),
        (lambda w: w["vms"][0].update(Nmae="x"), "VirtualMachine has no Nmae"),
        (lambda w: w["vms"][0].update(State="Runing"), "VMState has no 'Runing'"),
        (lambda w: w["vms"][0].update(Generation="2"), "Generation takes System.Int32, not '2'"),
        (lambda w: w["vms"][0].update(Version=10.0), "Version takes System.String, not 10.0"),
        (lambda w: w["vms"][0].update(failures={"Get-VM": {"ids": "x"}}), "error has no ids"),
        (lambda w: w["vms"][0]["firmware"].update(SecureBoot=True), "OnOffState has no True"),
        (lambda w: w["vms"][0]["network_adapters"][0].update(SwitchName="vs-Tenent"), "no switch 'vs-Tenent'"),
        (lambda w: w["vms"][0]["network_adapters"][0].update(AclList={}), "AclList takes a list"),
        (lambda w: w["commands"].update({"Get-VMMemory": []}), "Get-VMMemory is not a command"),
        (lambda w: w["commands"]["Get-SmbConnection"][0].update(Dialekt="3.0"), "SmbConnection has no Dialekt"),
        (lambda w: w["cim"]["root\\cimv2"]["Win32_Volume"][0].update(DriveType=3), "DriveType has no 3"),
        (lambda w: w["commands"]["Get-NetIPsecRule"][0].update(Enabled=True), "NetSecurityRuleEnabled has no True"),
        (lambda w: w["local_groups"]["S-1-5-32-544"][0].update(Sid="x"), "LocalPrincipal has no Sid"),
        (lambda w: w.update(host_adapters=[{"SwitchName": "vs-Tenant2"}]), "no switch 'vs-Tenant2'"),
        (lambda w: w["acls"].update({"D:\\VMs": {"error": {"ix": "x"}}}), "error has no ix"),
        (lambda w: w["services"].update(vmms="Started"), "ServiceControllerStatus has no 'Started'"),
    ],
)
def test_what_the_record_does_not_know_is_an_error_at_load(change: Callable[[World], object], complaint: str) -> None:
    host = changed("core-2022")
    host["vms"][0]["firmware"] = {}
    change(host)
    with pytest.raises(world.WorldError, match=complaint.replace("(", r"\(")):
        world.served(host)


def test_on_and_off_are_words_not_booleans(tmp_path: Path) -> None:
    path = tmp_path / "some.yaml"
    path.write_text("a: On\nb: Off\nc: yes\nd: true\n", encoding="utf-8")
    assert world.load(path) == {"a": "On", "b": "Off", "c": "yes", "d": True}


def test_an_object_has_every_property_of_its_type() -> None:
    recorded = json.loads((world.FOLDER / "hyperv_types.json").read_text(encoding="utf-8"))["classes"]
    adapter = vm(world.load("core-2022"), "SHV-PAY-01")["adapters"][0]
    assert set(adapter) - {"$"} == set(recorded["VMNetworkAdapter"])


def test_a_silent_world_shows_what_windows_sets() -> None:
    host = changed("core-2022")
    host["vms"] = [
        {"Id": "5d1a7f30-2b4c-4e6d-8f90-1a2b3c4d0099", "Name": "new", "network_adapters": [{"MacAddress": "0"}]}
    ]
    made = vm(host, "new")
    assert (made["vm"]["Generation"], made["vm"]["Version"], made["vm"]["Path"]) == (2, "10.0", r"D:\VMs\new")
    assert (made["firmware"]["SecureBoot"], made["security"]["TpmEnabled"]) == (0, False)
    adapter = made["adapters"][0]
    assert (adapter["DhcpGuard"], adapter["MacAddressSpoofing"], adapter["Connected"]) == (1, 1, False)


def test_ids_follow_from_names() -> None:
    host = world.load("core-2022")
    assert vm(host, "lnx-db-Łódź")["firmware"]["SecureBootTemplateId"] == "272e7447-90a4-4563-a4b9-8e4ab00526ce"
    assert vm(host, "SHV-PAY-01")["adapters"][0]["SwitchId"] == "6d4c0f2a-2f0e-4f0c-9d0a-6a6f5f6e7a11"


def test_served_document_is_ascii_json_even_with_half_a_surrogate_pair() -> None:
    text = world.text(world.load("desktop-2016"))
    assert text.isascii()
    assert json.loads(text)["vms"][5]["vm"]["Name"] == {"$units": [*map(ord, "caf"), 0xD83D, *map(ord, "-01")]}


def test_a_world_can_be_like_another_but_for_what_it_says() -> None:
    base, like = world.load("core-2022"), world.load("unprivileged-2022")
    assert {key for key in base if like[key] != base[key]} == {"about", "account", "local_groups"}
    assert [path.stem for path in world.files_of("unprivileged-2022")] == ["core-2022", "unprivileged-2022"]


def test_numbers_are_spelled_as_a_world_writes_them() -> None:
    row = {"InstanceID": "x", "Enabled": 2, "EnforcementStatus": [1, 4], "Unheard": 1}
    spelled = {"InstanceID": "x", "Enabled": "False", "EnforcementStatus": ["Full", "ObjectDisabled"]}
    assert world.spelled("NetConSecRule", row) == spelled
    nested = world.spelled("VMNetworkAdapter", {"VlanSetting": {"OperationMode": 1, "AccessVlanId": 5}})
    assert nested == {"VlanSetting": {"OperationMode": "Access", "AccessVlanId": 5}}
    assert world.spelled("MSFT_Disk", {"BusType": 7, "Location": None}) == {"BusType": "USB", "Location": None}


def test_what_lies_on_a_volume_that_is_down_is_not_there() -> None:
    paths = world.served(world.load("middling-2019"))["files"]["paths"]
    assert "C:\\ClusterStorage\\Volume1\\moved-away\\os.vhdx" in paths
    assert not [path for path in paths if path.startswith("C:\\ClusterStorage\\Volume2")]


def test_commands_have_the_parameters_of_the_edition() -> None:
    of = {name: set(world.served(world.load(name))["commands"]["Get-SmbShare"]["parameters"]) for name in world.names()}
    assert of["core-2022"] - of["desktop-2016"] == {"CompressData", "LeasingMode"}


def test_scripts_are_ascii() -> None:
    scripts = list(world.FOLDER.rglob("*.ps*1"))
    assert len(scripts) == 6
    assert all(path.read_bytes().isascii() for path in scripts)
