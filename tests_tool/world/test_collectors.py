"""The collectors read what they mean to read, and keep every error that they meet."""

import copy
import functools
import json
import re
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from hyperv_audit.collect.document import extract
from hyperv_audit.collect.script import TOPICS, collector, topic_source
from lab import record, world
from tests_tool.world.support import Evidence, World, changed, collecting, needs_pwsh, observe, only, timeless

pytestmark = needs_pwsh

# Where a topic reads a property: Value $x 'Name' and its kin, $x.Name, and the parts of $env and $PSVersionTable.
_READS = (
    re.compile(r"(?:Value|Text|Number|Switched) \$\w+ '(\w+)'"),
    re.compile(r"'(\w+)' \$of\.\w+"),
    re.compile(r"\$(?:system|setting|port|connection|switch|guest|file)\.(\w+)"),
    re.compile(r"\$(?:_|vm|nic|volume|part|firmware|disk|protectors|rule|session|results|key|held|group)\.(\w+)"),
    re.compile(r"\)\.(KeyProtectorType|Name|Results|Sddl)\b"),
    re.compile(r"\$_\.SID\.(Value)"),
    re.compile(r"\$protector\[0\]\.(Owner\.Name)"),
)
LISTS = ("bulk", "vm")
IN_TEST_BULK = ("$bulk", "Msvm_GpuPartitionSettingData", "Id = $_.InstanceID")
_PROBE = re.compile(r"^( *)(?:Probe|Bulk) (\w+) (?:.*\}\n|.*\n(?:(?!\1\}).*\n)*\1\}\n)", re.MULTILINE)
SAME = "as it is"
BULK = "vms_bulk"
# One value that is there, for the build of the host; and one of a key that is not.
LSA = {"HKLM\\SYSTEM\\CurrentControlSet\\Control\\Lsa": ["LmCompatibilityLevel"]}
NOWHERE = {"HKLM\\SOFTWARE\\Nowhere": ["Nothing"]}
INPUT = {"baseline": {"registry": [{"builds": ["20348"], "keys": LSA | NOWHERE}]}}


class Misspelling(NamedTuple):
    """A topic, one property that it reads, and the script without and with an error in its name."""

    topic: str
    what: str
    right: str
    wrong: str


_DRIVER = """
param([string]$World, [string]$Scripts)
. $World (Join-Path $Scripts 'served.json')
$data = [System.IO.File]::ReadAllText((Join-Path $Scripts 'input.json'))
foreach ($file in Get-ChildItem -Path $Scripts -Filter *.txt | Sort-Object Name) {
    "#### $($file.BaseName)"
    $own = if ($file.BaseName -like '*-vms_bulk') { '{"cmdlets_up_to": 0}' } else { $data }
    & ([scriptblock]::Create([System.IO.File]::ReadAllText($file.FullName))) $own
}
"""


def rich() -> World:
    """A host with a machine of which no property that is read is null, empty or what a missing one would give.

    Beside it one of which CIM tells everything, and some that differ from it in what it leaves to the cmdlets.
    """
    host = only(changed("core-2022", language_mode="FullLanguage"), "DC-München-01")
    host["modules"].append("FailoverClusters")
    host["services"] |= {"ClusSvc": "Running", "MSiSCSI": "Running"}
    host["updates"] = {
        "last_search": "2026-11-22T03:11:54",
        "restart_required": True,
        "missing": [
            {
                "Title": "An update",
                "MsrcSeverity": "Critical",
                "categories": ["SecurityUpdates"],
                "published": "2026-11-10T18:00:00",
            }
        ],
    }
    host["environment"]["PROCESSOR_ARCHITEW6432"] = "AMD64"
    host["commands"]["Get-ClusterSharedVolume"] = {
        "Name": "Disk 1",
        "State": "Online",
        "OwnerNode": "HV-A01",
        "SharedVolumeInfo": [{"FriendlyVolumeName": "C:\\ClusterStorage\\Volume1"}],
    }
    host["commands"] |= {
        "Get-NetLbfoTeam": [{"Name": "T", "Members": ["MGMT"], "TeamNics": ["T"]}],
        "Get-IscsiSession": [{"TargetNodeAddress": "iqn.2026-11.example:a", "AuthenticationType": "NONE"}],
        "Get-IscsiConnection": [{"InitiatorAddress": "10.20.40.11", "TargetAddress": "10.20.40.60"}],
    }
    host["commands"]["Get-MpPreference"]["ExclusionExtension"] = ["vhdx"]
    host["commands"]["Get-SmbShare"].append({"Name": "VMs", "Path": "D:\\VMs", "SecurityDescriptor": "O:SYG:SYD:"})
    host["host_adapters"] = [
        {
            "SwitchName": "vs-Tenant",
            "DeviceId": "{0}",
            "VlanSetting": {"OperationMode": "Access", "AccessVlanId": 7},
        }
    ]
    classes = host["cim"]
    classes["root\\cimv2"]["Win32_LogonSession"].append(
        {"LogonId": "1", "LogonType": "Interactive", "accounts": [{"Name": "a", "Domain": "LAB", "SID": "S-1-5-21-1"}]}
    )
    classes["root\\cimv2"]["Win32_LogonSession"].append(
        {"LogonId": "2", "LogonType": "Interactive", "accounts": [{"Name": "b", "Domain": "LAB", "SID": "S-1-5-96-0"}]}
    )
    classes["root\\cimv2"]["Win32_LogonSession"].append(
        {"LogonId": "3", "LogonType": "Interactive", "accounts": [{"Name": "c", "Domain": "GONE", "SID": None}]}
    )
    host["policies"] = [{"PolicyID": "a", "IsSystemPolicy": False, "IsEnforced": True}]
    host["commands"]["Get-HgsClientConfiguration"] |= {"AttestationSubstatus": 4, "IsFallbackInUse": True}
    host["commands"]["Get-MpPreference"]["ExclusionIpAddress"] = ["203.0.113.7"]
    classes["root\\Microsoft\\Windows\\Storage"]["MSFT_Disk"] += [
        {"Number": 2, "BusType": "FileBackedVirtual", "Location": "C:\\a.vhdx"},
        {"Number": 3, "BusType": {"text": "File Backed Virtual"}, "Location": "C:\\b.vhdx"},
    ]
    classes["root\\virtualization\\v2"]["Msvm_MountedStorageImage"] = [{"Name": "C:\\a.vhdx"}]
    classes["root\\MSCluster"] = {
        "MSCluster_Cluster": {"Name": "C"},
        "MSCluster_Network": {"ID": "1", "Name": "N", "Role": "Both", "Address": "10.20.10.0"},
        "MSCluster_Resource": [{"OwnerGroup": "N", "OwnerNode": "HV-A01", "PrivateProperties": {"VmID": "1"}}],
    }
    host["commands"]["Get-VMHostAssignableDevice"] = [{"InstanceID": "PCIP\\B", "LocationPath": "PCIROOT(1)"}]
    host["registry"]["HKLM:\\Cluster\\ResourceTypes\\Virtual Machine\\Parameters"] = {"MigrationExcludeNetworks": "1"}
    machine = host["vms"][0]
    machine["hard_disks"] = [{"Path": "D:\\VMs\\x\\a.vhdx", "DiskNumber": 4}]
    machine["ConfigurationLocation"] = "D:\\VMs\\y"
    machine["RemoteFxAdapter"] = {"Name": "RemoteFX"}
    machine["processor"] = {"OperationalStatus": ["Ok"]}
    machine["integration"] = {"vss": {"SecondaryOperationalStatus": "ProtocolMismatch"}}
    machine["dvd_drives"] = [{"DvdMediaType": "ISO", "Path": "D:\\VMs\\x\\a.vhdx"}]
    machine["replication"] = [{"AuthenticationType": "Certificate"}]
    adapter = machine["network_adapters"][0]
    adapter["AclList"] = [{"Action": "Deny", "Direction": "Both", "LocalAddress": "::/0", "RemoteAddress": "::/0"}]
    adapter["BandwidthSetting"] = {"MaximumBandwidth": 1}
    host["vms"] += [plain(), *odd()]
    return host


def plain() -> World:
    """All of its settings were made."""
    return {
        "Id": "5d1a7f30-2b4c-4e6d-8f90-1a2b3c4d1001",
        "Name": "plain",
        "ReplicationMode": "Primary",
        "SmartPagingFilePath": "D:\\Paging",
        "SnapshotFileLocation": "D:\\Checkpoints",
        "security": {"TpmEnabled": True, "KsdEnabled": True, "EncryptStateAndVmMigrationTraffic": True},
        "hard_disks": [{"Path": "D:\\VMs\\plain\\os.vhdx", "SupportPersistentReservations": True}],
        "com_ports": [{"Name": "COM 1", "Path": "\\\\.\\pipe\\a", "DebuggerMode": "On"}, {"Name": "COM 2"}],
        "assigned_devices": [{"InstanceID": "PCIP\\A", "LocationPath": "PCIROOT(0)"}],
        "gpu_partitions": [{"Id": "A"}],
        "fibre_channel": [{"SanName": "A"}],
        "checkpoints": [
            {"Name": "A", "IsAutomaticCheckpoint": True, "HardDrives": [{"Path": "D:\\a", "DiskNumber": 6}]}
        ],
        "network_adapters": [
            {
                "SwitchName": "vs-Tenant",
                "MacAddress": "00155D0A1001",
                "DynamicMacAddressEnabled": False,
                "IPAddresses": ["10.50.20.99"],
                "DhcpGuard": "On",
                "StormLimit": 1,
                "IovWeight": 1,
                "TestReplicaSwitchName": "vs-Tenant",
                "VlanSetting": {"OperationMode": "Access", "AccessVlanId": 20},
                "IsolationSetting": {"IsolationMode": "Vlan", "DefaultIsolationID": 20},
                "BandwidthSetting": {"MaximumBandwidth": 1},
            }
        ],
    }


def odd() -> list[World]:
    """Machines that CIM must leave to the cmdlets, each for one reason; and one of the first generation."""
    reasons: tuple[tuple[World, World], ...] = (
        ({"State": "Starting"}, {}),
        ({"hard_disks": ["D:\\VMs\\plain\\os.vhdx", {"Path": "", "DiskNumber": 5}]}, {}),
        (
            {"Generation": 1, "floppy_drives": [{"Path": "D:\\a.vfd"}]},
            {"PoolName": "A pool", "IsLegacy": True, "Name": "Legacy"},
        ),
        ({}, {"AclList": [{"Action": "Meter"}]}),
        ({}, {"ExtendedAclList": [{"Action": "Deny"}]}),
    )
    machines = []
    for number, (machine, adapter) in enumerate(reasons):
        made = copy.deepcopy(plain()) | {"Id": f"5d1a7f30-2b4c-4e6d-8f90-1a2b3c4d2{number:03}", **machine}
        made["network_adapters"][0] |= adapter
        machines.append(made)
    return machines


def sources() -> dict[str, str]:
    """What runs as a topic here: each topic, and the part of the last that asks for many machines at once."""
    # Who is not asked by cmdlet makes no row.
    without = "$bulk.without.Keys | Where-Object { $bulk.without[$_] } | Sort-Object"
    shown = f"\nProbe spared {{ @($bulk.checkpoints.Keys); {without} }}"
    return {**{topic: topic_source(topic) for topic in TOPICS}, BULK: first_part() + shown}


def first_part() -> str:
    return files("hyperv_audit.collect").joinpath("topics", f"{BULK}.ps1").read_text(encoding="ascii").strip()


def cut_down(source: str, place: int) -> str:
    """The topic `vms`, or its first part, with the probe at `place` and those that list the machines.

    On more no probe of it rests.
    """
    others = [probe for probe in _PROBE.finditer(source) if not probe.start() <= place < probe.end()]
    if len(others) == len(_PROBE.findall(source)):  # what stands between probes is for those that follow
        return source
    for probe in reversed([probe for probe in others if probe[2] not in LISTS]):
        source = source[: probe.start()] + "\n" * probe.group().count("\n") + source[probe.end() :]
    return source


def misspellings() -> Iterator[Misspelling]:
    """Each topic with one property that it reads misspelt."""
    for topic, whole in sources().items():
        places = {match.span(1): match for pattern in _READS for match in pattern.finditer(whole)}
        for (start, end), match in sorted(places.items()):
            line = whole.count("\n", 0, start) + 1
            comment = whole.rfind("#", whole.rfind("\n", 0, start) + 1, start)
            row = whole[whole.rfind("\n", 0, start) : whole.find("\n", end)]
            elsewhere = topic == "vms" and (start < len(first_part()) or any(word in row for word in IN_TEST_BULK))
            if comment < 0 and not elsewhere:
                misspelt = f"{whole[:end]}x{whole[end:]}"
                pair = [cut_down(each, start) if topic in ("vms", BULK) else each for each in (whole, misspelt)]
                yield Misspelling(topic, f"{match[1]} in line {line}", *pair)


@functools.cache
def batch() -> list[tuple[Misspelling, Evidence, Evidence]]:
    """Every topic once more as it is, and with each misspelling, all in one PowerShell: what was printed of each."""
    same = [Misspelling(topic, SAME, source, f"{source}\n# {SAME}") for topic, source in sources().items()]
    cases = [*same, *misspellings()]
    texts = list(dict.fromkeys((case.topic, text) for case in cases for text in (case.right, case.wrong)))
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "driver.ps1").write_text(_DRIVER, encoding="ascii")
        (here / "served.json").write_text(world.text(rich()), encoding="ascii")
        (here / "input.json").write_text(json.dumps(INPUT), encoding="ascii")
        for number, (topic, source) in enumerate(texts):
            (here / f"{number:04}-{topic}.txt").write_text(collecting(**{topic: source}).text, encoding="ascii")
        done = subprocess.run(  # noqa: S603 - the PowerShell that the developer has on PATH
            [record.powershell() or "", "-NoProfile", "-File", here / "driver.ps1", world.FOLDER / "world.ps1", here],
            capture_output=True,
            timeout=5 * record.TIMEOUT,  # some six hundred collections
            check=True,
        )
    printed = [timeless(extract(text)) for text in done.stdout.split(b"#### ")[1:]]
    found = {text: document[topic] for (topic, text), document in zip(texts, printed, strict=True)}
    return [(case, found[case.right], found[case.wrong]) for case in cases]


def test_a_misspelt_property_never_goes_unseen() -> None:
    unseen = [(case.topic, case.what) for case, right, wrong in batch() if right == wrong]
    # Alone, `vm_files` has no rows of `vms` to read: this proves nothing of it, and the static proofs follow `Rows`.
    unseen = [(topic, what) for topic, what in unseen if topic != "vm_files" or what == SAME]
    assert len(batch()) > len(TOPICS) + 80
    assert unseen == [(topic, SAME) for topic in sources()]


def test_what_a_world_says_is_what_is_recorded() -> None:
    """Each of these changes shows in the document, at its place and nowhere else."""
    host = only(changed("middling-2019"), "web01")
    before = observe(host, collector())
    host["registry"]["HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion"]["UBR"] = 1
    host["commands"]["Get-SmbServerConfiguration"]["EncryptData"] = True
    host["cim"]["root\\CIMV2\\Security\\MicrosoftVolumeEncryption"]["Win32_EncryptableVolume"][0]["key_protectors"] = []
    host["features"]["FS-SMB1"] = True
    host["services"]["vmms"] = "Stopped"
    host["vms"][1]["firmware"] = {"SecureBoot": "Off"}
    after = observe(host, collector())
    changes = {path: (a, b) for path, a, b in differences(before, after)}
    features = before["software"]["data"]["features"]
    assert changes == {
        "os.data.version.0.UBR": (5830, 1),
        "smb.data.server.0.EncryptData": (False, True),
        "software.data.features": (features, [*features, "FS-SMB1"]),
        "smb.data.smb1_feature.0.Installed": (False, True),
        "bitlocker.data.volumes.0.KeyProtectorTypes": ([1, 3], []),
        "hyperv.data.service.0.Status": (4, 1),
        "vms.data.firmware.1.SecureBoot": (0, 1),
    }


def differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        for key, value in before.items():
            yield from differences(value, after[key], f"{path}.{key}".lstrip("."))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, value in enumerate(before):
            yield from differences(value, after[index], f"{path}.{index}")
    elif before != after:
        yield path, before, after


BROKEN = """
New-Module -Name Broken {
    function Get-Half { [CmdletBinding()] param() 'row'; Write-Error -ErrorId Half -Message 'the other half' ; 'last' }
} | Import-Module
Probe half { Get-Half }
Probe none { }
Probe none_in_an_if { if ($false) { 1 } }
Probe one { 'x' }
Probe nested { [ordered]@{ Empty = @(); One = @('x'); Nothing = $null; Missing = Value ([pscustomobject]@{}) 'No' } }
Probe thrown { 'before'; throw 'stop' }
Probe not_a_command { Get-Nothing }
Probe each { Each @([pscustomobject]@{ Id = 1 }, [pscustomobject]@{ Id = 2 }, [pscustomobject]@{ Id = 3 }) {
    param($item)
    if ($item.Id -eq 2) { throw 'bad' }
    [ordered]@{ Id = $item.Id }
} }
Probe names { $hvabody = 1; $hvarow = 2; $topic = 3; $r = 4; 'kept' }
Write-Error -ErrorId Stray -Message 'outside of any probe'
"""


@functools.cache
def broken() -> Evidence:
    return dict(observe(changed("core-2022", vms=[], language_mode="FullLanguage"), collecting(t=BROKEN))["t"])


def test_an_error_that_a_module_goes_on_after_is_kept_beside_its_rows() -> None:
    assert broken()["data"]["half"] == ["row", "last"]
    assert next(e for e in broken()["errors"] if e["probe"] == "half")["id"] == "Half,Get-Half"


def test_nothing_is_an_empty_list_and_one_is_a_list() -> None:
    data = broken()["data"]
    assert (data["none"], data["none_in_an_if"], data["one"]) == ([], [], ["x"])
    assert data["nested"] == [{"Empty": [], "One": ["x"], "Nothing": None, "Missing": None}]


def test_rows_before_an_error_stay() -> None:
    assert broken()["data"]["thrown"] == ["before"]
    assert {e["probe"]: e["category"] for e in broken()["errors"]} == {
        "half": "NotSpecified",
        "thrown": "OperationStopped",
        "not_a_command": "ObjectNotFound",
        "each": "OperationStopped",
        "": "NotSpecified",
    }


def test_one_bad_object_costs_only_itself_and_is_named() -> None:
    assert broken()["data"]["each"] == [{"Id": 1}, {"Id": 3}]
    assert next(e for e in broken()["errors"] if e["probe"] == "each")["target"] == "2"


def test_a_probe_cannot_break_its_topic_by_a_variable() -> None:
    assert broken()["data"]["names"] == ["kept"]


@pytest.mark.parametrize("name", world.names())
def test_nothing_is_never_an_empty_object(name: str) -> None:
    text = json.dumps(extract(record.read(name).stdout_bytes))
    assert "{}" not in text


def test_a_failing_getter_costs_one_value_of_one_machine() -> None:
    """PowerShell makes null of what a getter throws, here and in `$object.PSObject.Properties[…].Value` alike."""
    rows = {row["VMId"]: row for row in extract(record.read("middling-2019").stdout_bytes)["vms"]["data"]["firmware"]}
    moved = rows.pop("9d7e2c41-5a60-4f8b-8c13-2e4f6a8b0009")
    assert moved["SecureBoot"] is None
    assert all(row["SecureBoot"] in {0, 1} for row in rows.values())
