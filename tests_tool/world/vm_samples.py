"""The fact sheet's sample of virtual machines as a world: nine of them, good and bad, on one host of a cluster.

    evidence()  # the document that the real collectors print on it
    verdicts()  # what the sheet says of each machine, under policy()

A probe's rows in the sample are what its cmdlet returns here. Of the host around the machines the sample shows little:
the rest is that of the lab's hardened host. Made up besides are what a machine's own commands say where the sample has
neither rows nor an error (`_fails`), the cluster's networks, BitLocker's ways, the parent of the differencing disk, how
the replica authenticates, and who may open folders that the sample does not show.
"""

import datetime as dt
import functools
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hyperv_audit.collect.script import collector
from lab import world
from tests_tool.guest_checks import samples as guests
from tests_tool.judging import Document
from tests_tool.world.support import World, changed, observe

FOLDER = Path(__file__).parent / "samples" / "vm"
DC, LINUX = "8a1f4e62-0d1b-4f0b-8f5e-2b9a6d0ce002", "c0a7b8d1-93e4-4d6f-b1c2-77e5a4f3b003"
CHECKS = tuple(f"VM-{number:02}" for number in range(1, 15))
OLD, BAD = "51e9d7aa-2c48-4b1e-8d33-6f0b9c2ad004", "b7c3a590-1f2e-4e8d-a6b4-d8c9e0f1a005"
TEMPLATE, REPLICA = "e4d2c1b0-7a69-4858-9c47-3b2a19f8e006", "2ac9b8d7-e6f5-4a43-9b2c-1dae9f8a7008"
LOST = "6fbe5d4c-3b2a-4190-8f7e-6d5c4b3a2009"

Row = dict[str, Any]
_CLUSTER_VOLUMES = ("C:\\ClusterStorage\\Volume1", "C:\\ClusterStorage\\Volume2")
_CLUSTER_DEVICE = "\\\\?\\Volume{c0000000-0000-0000-0000-000000000003}\\"
_DISK = "C:\\Users\\Public\\Documents\\Hyper-V\\Virtual Hard Disks\\test_9A1C3D77-02F4-4C0B-8A55-6C3E4AF0B1D2.avhdx"
_MADE_UP_ACL = "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICIIO;FA;;;CO)"
_SERVICES = {
    "6C09BB55-D683-4DA0-8931-C9BF705F6480": "guest_service_interface",
    "84EAAE65-2F2E-45F5-9BB5-0E857DC8EB47": "heartbeat",
    "2A34B1C2-FD73-4043-8A5B-DD2159BC743F": "data_exchange",
    "9F8233AC-BE49-4C79-8EE3-E7E1985B2077": "shutdown",
    "2497F4DE-E9FA-4204-80E4-4B75C46419C0": "time_synchronization",
    "5CED1297-4598-4915-A5FC-AD21BB4D02A4": "vss",
}
# Parts of a machine that are rows of one type, by the sample's probes.
_PARTS = {
    "dvd_drives": ("dvd", "DvdDrive"),
    "floppy_drives": ("floppy", "VMFloppyDiskDrive"),
    "com_ports": ("comport", "VMComPort"),
    "assigned_devices": ("assignable", "VMAssignedDevice"),
    "fibre_channel": ("fibre_channel", "VMFibreChannelHba"),
    "hard_disks": ("harddisk", "HardDiskDrive"),
}
# What fails for a machine whose storage is away, where the sample shows nothing of it: neither rows nor an error.
_SILENT = {
    "integration": "Get-VMIntegrationService",
    "dvd": "Get-VMDvdDrive",
    "key_protector": "Get-VMKeyProtector",
}
_COMMANDS = {"security": "Get-VMSecurity", "comport": "Get-VMComPort", "processor": "Get-VMProcessor"}


@functools.cache
def read(name: str) -> Any:
    """One of the sample's files."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def verdicts() -> dict[str, dict[str, str]]:
    """By machine and check, as the sheet says: pass, fail, na or review."""
    return dict(read("expected_verdicts"))


def seen() -> dt.datetime:
    """When the sample was collected."""
    return dt.datetime.fromisoformat(read("host_mix")["host"]["CollectedUtc"][:19] + "+00:00")


def policy() -> Row:
    """The sample's policy under our keys.

    What the sheet takes from elsewhere is said here by the policy: the scanners' results, which it has inside the
    guests' samples. An exception that had not expired when the sample was collected has not expired now.
    """
    said = read("policy")
    inside = {DC: guests.sample("windows")["baseline"], LINUX: guests.sample("linux")["openscap"]}
    return {
        "vm": {
            **said,
            "exceptions": [{**excepted, "expires": "2999-12-31"} for excepted in said["exceptions"]],
            "allow_trunk": {},
            "baseline_profiles": guests.PROFILES,
            "baseline_results": [_scan(vm, found) for vm, found in inside.items()],
        }
    }


def _scan(vm: str, found: Row) -> Row:
    return {
        "vm": vm,
        "tool": found.get("tool", "OpenSCAP"),
        "profile": found["profile"],
        "evaluated": found["evaluatedUtc"][:10],
        "score": found["score"],
        "failed_high": found.get("nonCompliantHigh", 0),
    }


def inside() -> dict[str, Document]:
    """What the two machines show from inside that somebody may look into."""
    return {DC: guests.windows_guest(DC), LINUX: guests.linux_guest()}


@functools.cache
def evidence() -> Document:
    """What the collectors print on the sample."""
    return {name: {**topic, "seconds": 0.1} for name, topic in observe(as_world(), collector()).items()}


def rows(probe: str, vm: str | None = None) -> list[Row]:
    """What a probe of the sample returned, of all machines or of one."""
    found: list[Row] = read("host_mix")["facts"][probe]["data"]
    return [row for row in found if vm in (None, str(row.get("VMId", row.get("SystemName"))).lower())]


def as_world() -> World:
    """The sample's machines on the lab's hardened host, which is one node of their cluster here."""
    host = changed("core-2022")
    return {
        **host,
        "about": "The fact sheet's mix of virtual machines",
        "language_mode": "FullLanguage",
        "modules": [*host["modules"], "FailoverClusters"],
        "services": {**host["services"], "ClusSvc": "Running"},
        "files": [*host["files"], *(row["Path"] for row in rows("dvd") if str(row["Path"]).startswith("D:"))],
        "registry": {
            **host["registry"],
            "HKLM:\\Cluster\\ResourceTypes\\Virtual Machine\\Parameters": {"MigrationExcludeNetworks": ""},
        },
        "acls": _acls(),
        "written": {row["Path"]: row["LastWriteTimeUtc"] for row in read("storage_acl")["files"]},
        "parents": {_DISK: rows("snapshot")[0]["HardDrivePaths"][0]},
        "cim": {**host["cim"], **_cim(host["cim"])},
        "commands": {**host["commands"], **_commands(host["commands"])},
        "vms": [_vm(row) for row in rows("vm")],
    }


def _commands(host: World) -> World:
    said, node = read("host_mix")["host"], read("host_mix")["host"]["ComputerName"]
    (hgs,) = rows("hgs")
    names = {"ComputerName": node, "Name": node, "VirtualHardDiskPath": "D:\\VMs", "VirtualMachinePath": "D:\\VMs"}
    volumes = zip(said["Cluster"]["Csv"], said["Cluster"]["Nodes"], strict=True)
    return {
        "Get-VMHost": {**host["Get-VMHost"], **names},
        "Get-VMHostSupportedVersion": [
            {"Version": version, "IsDefault": version == said["DefaultVmVersion"]}
            for version in said["SupportedVmVersions"]
        ],
        "Get-VMSwitch": [world.spelled("VMSwitch", row) for row in said["Switches"]],
        "Get-HgsClientConfiguration": {
            **world.spelled("HgsClientConfiguration", hgs),
            "Mode": {"text": hgs["ModeText"]},
        },
        "Get-SmbConnection": _spelled("SmbConnection", read("storage_acl")["smb"]),
        "Get-ClusterSharedVolume": [
            world.spelled("ClusterSharedVolume", {"Name": volume["Name"], "State": volume["State"]})
            | {"OwnerNode": owner, "SharedVolumeInfo": [{"FriendlyVolumeName": volume["Name"]}]}
            for volume, owner in volumes
        ],
    }


def _cim(host: World) -> World:
    """Volumes as the sample encrypts them; the cluster, whose machines it names."""
    said = read("host_mix")["host"]
    computer = {**host["root\\cimv2"]["Win32_ComputerSystem"], "Name": said["ComputerName"]}
    storage = host["root\\Microsoft\\Windows\\Storage"]
    places = [(row.get("DriveLetter", row.get("MountPoint")) + "\\", row) for row in read("storage_acl")["encryptable"]]
    volumes = [(row.get("DeviceID", _CLUSTER_DEVICE), path, row) for path, row in places]
    passed = [row["DiskNumber"] for row in rows("harddisk") if row["DiskNumber"] is not None]
    return {
        "root\\cimv2": {
            **host["root\\cimv2"],
            "Win32_ComputerSystem": computer,
            "Win32_Volume": [
                {"DeviceID": id_, "Name": path, "DriveLetter": row.get("DriveLetter"), "BootVolume": path == "C:\\"}
                for id_, path, row in volumes
            ],
        },
        "root\\Microsoft\\Windows\\Storage": {
            **storage,
            "MSFT_Disk": [
                *storage["MSFT_Disk"],
                *({"Number": number, "BusType": "SAS", "FriendlyName": "made up"} for number in (2, *passed)),
            ],
            "MSFT_Partition": [
                {"DiskNumber": number, "IsBoot": path == "C:\\", "AccessPaths": [path, id_]}
                for (id_, path, _), number in zip(volumes, (1, 0, 2), strict=True)
            ],
        },
        "root\\CIMV2\\Security\\MicrosoftVolumeEncryption": {
            "Win32_EncryptableVolume": [
                world.spelled("Win32_EncryptableVolume", row)
                | {"DeviceID": id_, "VolumeType": "OperatingSystem" if path == "C:\\" else "FixedData"}
                | {"EncryptionMethod": "XtsAes256", "key_protectors": ["NumericalPassword"]}
                for id_, path, row in volumes
            ]
        },
        "root\\MSCluster": {
            "MSCluster_Cluster": {"Name": said["Cluster"]["Name"]},
            "MSCluster_Network": [],
            "MSCluster_Resource": [
                {"Name": group["VMId"], "OwnerGroup": group["VMId"], "OwnerNode": group["OwnerNode"]}
                | {"PrivateProperties": {"VmID": group["VMId"]}}
                for group in said["Cluster"]["VmGroups"]
            ],
        },
    }


def _acls() -> World:
    """Who may open files and folders, as the sample shows it; what lies in them has what they hand down."""
    said = read("storage_acl")
    gone = {"id": "GetAcl_PathNotFound_Exception", "category": "ObjectNotFound", "message": "It does not exist."}
    shown = {row["Path"]: sddl(row["Owner"], row["Rules"]) for row in (*said["folders"], *said["files"])}
    profile = "C:\\Users\\Public\\Documents\\Hyper-V"
    return {
        "C:": _MADE_UP_ACL,
        "D:": _MADE_UP_ACL,
        profile: shown[f"{profile}\\Virtual Hard Disks"],
        **shown,
        _CLUSTER_VOLUMES[1]: {"error": gone},
    }


def sddl(owner: str, rules: Iterable[Row]) -> str:
    """An access list of numbers as text; rights are signed there."""
    return f"O:{owner}D:AI" + "".join(entry(rule) for rule in rules)


def entry(rule: Row) -> str:
    """One of its entries."""
    bits = {"CI": rule["InheritanceFlags"] & 1, "OI": rule["InheritanceFlags"] & 2, "IO": rule["PropagationFlags"] & 2}
    flags = "".join(name for name, on in bits.items() if on) + "ID" * rule["Inherited"]
    return f"({'D' if rule['Type'] else 'A'};{flags};{rule['Rights'] & 0xFFFFFFFF:#x};;;{rule['Sid']})"


def _spelled(type_name: str, said: Iterable[Row]) -> list[Row]:
    return [_own(world.spelled(type_name, row)) for row in said]


def _own(row: Row) -> Row:
    """Whose a row is, the world says itself."""
    return {name: value for name, value in row.items() if name != "VMId"}


def _processor(row: Row) -> Row:
    """The sheet leaves out the status of what is well; a world knows what a machine says then that runs."""
    return row if row["OperationalStatus"] else {k: value for k, value in row.items() if k != "OperationalStatus"}


def _vm(said: Row) -> World:
    id_ = said["Id"]
    gpus = _spelled("VMGpuPartitionAdapter", rows("gpu_partition", id_))
    machine = world.spelled("VirtualMachine", said) | {
        "CreationTime": said["CreationTimeUtc"],
        "Uptime": f"{said['UptimeSeconds'] // 86400}.{dt.timedelta(seconds=said['UptimeSeconds'] % 86400)!s:0>8}",
    }
    single: dict[str, tuple[str, Callable[[Row], Any]]] = {
        "firmware": ("firmware", _firmware),
        "security": ("security", lambda row: world.spelled("VMSecurity", row)),
        "processor": ("processor", lambda row: _own(world.spelled("VMProcessor", _processor(row)))),
        "key_protector": ("key_protector", _keys),
        "kvp": ("kvp", lambda row: row["GuestIntrinsicExchangeItems"]),
    }
    replica = {"ReplicationMode": "Replica", "AuthenticationType": "Kerberos"}
    return {
        **machine,
        **{part: _spelled(type_name, rows(probe, id_)) for part, (probe, type_name) in _PARTS.items()},
        **{part: make(row) for part, (probe, make) in single.items() for row in rows(probe, id_)},
        "gpu_partitions": [{**row, "Id": f"Microsoft:{id_.upper()}"} for row in gpus],  # its id is made up
        "network_adapters": [_adapter(row) for row in rows("netadapter", id_)],
        "integration": {_service(row): _answer(row) for row in rows("integration", id_)},
        "checkpoints": [_checkpoint(row) for row in rows("snapshot", id_)],
        "console_access": [_access(row) for row in rows("connect_access", id_)],
        "replication": [replica] if machine["ReplicationMode"] == "Replica" else [],
        "failures": _fails(said),
        **_only_cim_shows(id_),
    }


def _adapter(said: Row) -> Row:
    """Of a VLAN that is not private the mode is 0, which has no name: a world says nothing then."""
    vlan = {name: value for name, value in said["VlanSetting"].items() if (name, value) != ("PrivateVlanMode", 0)}
    return _own(world.spelled("VMNetworkAdapter", {**said, "VlanSetting": vlan}))


def _firmware(said: Row) -> Row:
    shown = _own(world.spelled("VMFirmware", said))
    return {**shown, "BootOrder": [source["BootType"] for source in shown["BootOrder"]]}


def _service(said: Row) -> str:
    return _SERVICES[said["Id"].rpartition("\\")[2]]


def _answer(said: Row) -> Row:
    """What the world would say of a service by itself is left to it."""
    shown = world.spelled("VMIntegrationComponent", said)
    return {name: value for name, value in shown.items() if name not in ("VMId", "Id")}


def _checkpoint(said: Row) -> Row:
    shown = _own(world.spelled("VMSnapshot", said))
    return {**shown, "CreationTime": said["CreationTimeUtc"], "HardDrives": said["HardDrivePaths"]}


def _access(said: Row) -> Row:
    return {**_own(world.spelled("VMConnectAce", said)), "UserId": {"Value": said["UserSid"]}}


def _keys(said: Row) -> Row | None:
    """Four bytes are no key protector, and have no owner."""
    return said["Owner"] and {"owner": said["Owner"], "guardians": said["Guardians"]}


def _only_cim_shows(id_: str) -> World:
    """What no cmdlet shows; nulls of a machine whose configuration cannot be read."""
    said = rows("cim_extra", id_)
    if not said:
        return {"settings": {"AllowFullSCSICommandSet": None, "DebugPortEnabled": None}}
    (row,) = said
    asked = {name: row[name] for name in ("AllowFullSCSICommandSet", "DebugPortEnabled")}
    return {
        "settings": {**asked, "EncryptStateAndVmMigrationTraffic": row["EncryptConfigured"]},
        "in_force": {
            "Shielded": row["ShieldedRunning"],
            "EncryptStateAndVmMigrationTrafficEnabled": row["EncryptRunning"],
        },
    }


def _fails(said: Row) -> World:
    """What the sample's commands refuse for one machine; and what it shows nothing of, for one that is unreadable."""
    failing = {
        command: {"id": error["id"].partition(",")[0], "category": error["category"], "message": "(localised)"}
        for probe, command in _COMMANDS.items()
        for error in read("host_mix")["facts"][probe]["errors"]
        if error["target"] == said["Name"]
    }
    if said["Generation"] is None:
        made_up = {"id": "ObjectNotFound", "category": "ObjectNotFound", "message": "(made up)"}
        failing |= {command: made_up for probe, command in _SILENT.items() if not rows(probe, said["Id"])}
    return failing
