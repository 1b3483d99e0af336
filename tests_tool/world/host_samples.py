"""The fact sheet's sample hosts as worlds: a probe's rows there are what its cmdlets return here.

    evidence("neglected_host")  # the document that the real collectors print on it
    verdicts("neglected_host")  # what the sheet says of it, under samples/policy.yaml

What a sample does not say, and some collector asks, is made up here and says so.
"""

import functools
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from hyperv_audit.collect.script import collector
from lab import world
from tests_tool.world.support import Evidence, World, observe

FOLDER = Path(__file__).parent / "samples"
POLICY = FOLDER / "policy.yaml"
NAMES = ("hardened_host", "neglected_host", "unprivileged_account", "cluster_node_fragment")

Row = dict[str, Any]
_SOFTWARE = "HKLM:\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion"
_MADE_UP_ACL = "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
_MADE_UP_GROUPS: Row = {sid: [] for sid in ("S-1-5-32-547", "S-1-5-32-549", "S-1-5-32-550")}
_EDITIONS = {"14393": "2016", "17763": "2019", "20348": "2022", "26100": "2025"}
_ACCOUNTS = {"Everyone": "WD"}
_RIGHTS = {0: "FA", 1: "0x1301bf", 2: "0x1200a9"}


@functools.cache
def sample(name: str) -> Row:
    """A sample as it is carried. The cluster node is the hardened host with a cluster around it."""
    said: Row = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    if name != "cluster_node_fragment":
        return said
    base = sample("hardened_host")
    partly = {probe: [{**old, **new} for old, new in zip(base["probes"][probe], rows, strict=True)]
              for probe, rows in said["probes"].items() if probe == "vmhost.vmhost"}  # fmt: skip
    return {**base, **said, "probes": {**base["probes"], **said["probes"], **partly}}


def verdicts(name: str) -> dict[str, str]:
    """PASS, FAIL, NA, REVIEW or UNKNOWN by recommendation, as the fact sheet says."""
    return dict(sample(name)["verdicts"])


@functools.cache
def evidence(name: str) -> Evidence:
    """What the collectors print on a sample: topic -> data and errors."""
    return observe(as_world(name), collector())


def as_world(name: str) -> World:
    """A sample as a world. The unprivileged account looks at the hardened machine."""
    seen = sample("hardened_host") if name == "unprivileged_account" else sample(name)
    probes, errors = seen["probes"], seen["errors"]
    version = probes["os.cv"][0]
    return {
        "about": f"Sample of the fact sheet: {name}",
        "edition": _EDITIONS[version["CurrentBuildNumber"]],
        **_session(sample(name)["session"]),
        "modules": ["Hyper-V", "HgsClient", "Defender", "FailoverClusters"],
        "registry": _registry(probes, version),
        "files": ["C:\\Windows\\System32\\CodeIntegrity\\SIPolicy.p7b"] * probes["sec.ci"][0]["SIPolicy"],
        "services": {"vmms": "Running", "MSiSCSI": "Stopped"}
        | {name: status for name, status in probes["cluster.service"][0].items() if status},
        "features": dict.fromkeys(probes["software.features"], True) | probes["smb.feature_smb1"][0],
        "local_groups": _MADE_UP_GROUPS
        | {group["SID"]: [_member(m) for m in group["Members"]] for group in probes["groups.groups"]},
        "acls": _acls(probes),
        "updates": _updates(probes),
        "cim": _cim(seen["host"], probes, errors),
        "commands": _commands(probes, errors),
        "host_adapters": [_host_adapter(row) for row in probes["vmhost.osnics"]],
        "vms": [_vm(row, number, probes) for number, row in enumerate(probes["vmhost.vms"])],
    }


def _session(said: Row) -> World:
    groups = [{"name": sid, "type": "Group", "sid": sid, "attributes": ""} for sid in said["TokenSids"]]
    environment = {"PROCESSOR_ARCHITECTURE": said["ProcessorArchitecture"]}
    return {
        "language_mode": said["LanguageMode"],
        "powershell": said["PSVersion"],
        "environment": environment,
        "account": {
            "name": "CORP\\svc-audit",
            "sid": "S-1-5-21-1004336348-1177238915-682003330-1651",
            "groups": groups,
        },
    }


def _registry(probes: Row, version: Row) -> World:
    pending = probes["os.reboot"][0]
    keys: World = {"HKLM:\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion": version}
    for number, row in enumerate(probes["software.uninstall"]):
        keys[f"{_SOFTWARE}\\Uninstall\\{number:04}"] = row
    if pending["CBS"]:
        keys[f"{_SOFTWARE}\\Component Based Servicing\\RebootPending"] = {}
    if pending["WU"]:
        keys[f"{_SOFTWARE}\\WindowsUpdate\\Auto Update\\RebootRequired"] = {}
    if probes["cluster.vmtype"]:
        values = {row["Name"]: row["Value"] for row in probes["cluster.vmtype"]}
        keys["HKLM:\\Cluster\\ResourceTypes\\Virtual Machine\\Parameters"] = values
    return keys


def _member(said: Row) -> Row:
    return {"Name": said["Name"], "SID": said["SID"], "ObjectClass": said["Class"]}


def _acls(probes: Row) -> World:
    """Those of the sample. A folder that its machines lie in and that it does not mention gets a harmless one."""
    host, known = probes["vmhost.vmhost"][0], {row["Path"]: row["Sddl"] for row in probes["storage.acls"]}
    asked = [host["VirtualHardDiskPath"], host["VirtualMachinePath"], *(row["Path"] for row in probes["vmhost.vms"])]
    return {path: _MADE_UP_ACL for path in asked if path[1] == ":" and not path.startswith(tuple(known))} | known


def _spelled(type_name: str, rows: Iterable[Row]) -> list[Row]:
    return [world.spelled(type_name, row) for row in rows]


def _cim(name: str, probes: Row, errors: Row) -> World:
    cs = {**probes["os.cs"][0], "Name": name.partition(".")[0], "Domain": name.partition(".")[2]}
    spaces: World = {
        "root\\cimv2": {
            "Win32_OperatingSystem": _spelled("Win32_OperatingSystem", probes["os.os"]),
            "Win32_ComputerSystem": _spelled("Win32_ComputerSystem", [cs]),
            "Win32_Processor": [{"Manufacturer": "GenuineIntel"}],  # made up
            "Win32_BIOS": [_bios(row) for row in probes["hw.bios"]],
            "Win32_PnPSignedDriver": [_driver(row) for row in probes["hw.drivers"]],
            "Win32_QuickFixEngineering": probes["updates.qfe"],
            "Win32_Service": _spelled("Win32_Service", probes["defender.service"]),
            "Win32_LogonSession": [_logon(row, number) for number, row in enumerate(probes["software.sessions"])],
            "Win32_Volume": _spelled("Win32_Volume", probes["bitlocker.vol"]),
        },
        "root\\Microsoft\\Windows\\DeviceGuard": {
            "Win32_DeviceGuard": _spelled("Win32_DeviceGuard", probes["sec.deviceguard"])
        },
        "root\\cimv2\\Security\\MicrosoftTpm": {"Win32_Tpm": _spelled("Win32_Tpm", probes["sec.tpm"])},
        "root\\Microsoft\\Windows\\Storage": {
            "MSFT_Disk": _spelled("MSFT_Disk", probes["storage.disks"]),
            "MSFT_Partition": _spelled("MSFT_Partition", probes["storage.partmap"]),
        },
        "root\\virtualization\\v2": {
            "Msvm_VirtualSystemManagementService": [{"Name": "vmms"}],
            "Msvm_MountedStorageImage": _spelled("Msvm_MountedStorageImage", probes["mounted.msi"]),
        },
    }
    if "bitlocker.evol" not in errors:
        rows = [{**row, "key_protectors": row["KeyProtectorTypes"]} for row in probes["bitlocker.evol"]]
        volumes = {"Win32_EncryptableVolume": _spelled("Win32_EncryptableVolume", rows)}
        spaces["root\\CIMV2\\Security\\MicrosoftVolumeEncryption"] = volumes
    if probes["cluster.cluster"]:
        networks = [{**row, "ID": row["Id"]} for row in probes["cluster.networks"]]
        spaces["root\\MSCluster"] = {
            "MSCluster_Cluster": _spelled("MSCluster_Cluster", probes["cluster.cluster"]),
            "MSCluster_Network": _spelled("MSCluster_Network", networks),
            "MSCluster_Resource": [],  # made up
        }
    return spaces


def _bios(said: Row) -> Row:
    return world.spelled("Win32_BIOS", {**said, "ReleaseDate": said["ReleaseDateUtc"]})


def _driver(said: Row) -> Row:
    return world.spelled("Win32_PnPSignedDriver", {**said, "DriverDate": said["DriverDateUtc"][:19]})


def _updates(probes: Row) -> World:
    """What the agent knows; where PowerShell is constrained, the sheet shows nothing of it."""
    names = {number: name for name, number in world.codes("UpdateCategory").items()}
    return {
        "last_search": next((row["LastSearchSuccessUtc"][:19] for row in probes["updates.au"]), None),
        "restart_required": any(row["RebootRequired"] for row in probes["updates.sysinfo"]),
        "missing": [
            {**row, "categories": [names[category] for category in row["CategoryIDs"]]}
            for row in probes["updates.pending"]
        ],
    }


def _logon(said: Row, number: int) -> Row:
    account = {name: said[name] for name in ("Name", "Domain", "SID")}
    session = {**said, "LogonId": str(1000 + number), "StartTime": said["StartUtc"], "accounts": [account]}
    return world.spelled("Win32_LogonSession", session)


def _commands(probes: Row, errors: Row) -> World:
    """The commands whose rows a sample has under a probe's name; of a type's properties, those it mentions."""
    plain = {
        "Get-VMSwitch": ("VMSwitch", "vmhost.switches"),
        "Get-VMMigrationNetwork": ("VMMigrationNetwork", "vmhost.mignets"),
        "Get-NetIPAddress": ("NetIPAddress", "network.addresses"),
        "Get-NetRoute": ("NetRoute", "network.routes"),
        "Get-NetLbfoTeam": ("NetLbfoTeam", "network.lbfo"),
        "Get-NetIPsecRule": ("NetConSecRule", "ipsec.rules"),
        "Get-NetFirewallAddressFilter": ("NetAddressFilter", "ipsec.addr"),
        "Get-NetFirewallPortFilter": ("NetProtocolPortFilter", "ipsec.port"),
        "Get-NetIPsecQuickModeCryptoSet": ("NetIKEQMCryptoSet", "ipsec.qmsets"),
        "Get-NetFirewallProfile": ("NetFirewallProfile", "ipsec.fwprofiles"),
        "Get-SmbServerConfiguration": ("SmbServerConfiguration", "smb.server"),
        "Get-SmbClientConfiguration": ("SmbClientConfiguration", "smb.client"),
        "Get-SmbConnection": ("SmbConnection", "smb.connections"),
        "Get-SmbMultichannelConnection": ("SmbMultichannelConnection", "smb.multichannel"),
        "Get-HgsClientConfiguration": ("HgsClientConfiguration", "hgs.client"),
        "Get-MpComputerStatus": ("MpComputerStatus", "defender.status"),
        "Get-MpPreference": ("MpPreference", "defender.pref"),
    }
    adapters = [{**row, "InterfaceIndex": row["ifIndex"]} for row in probes["network.adapters"]]
    confirmed = [row["Confirm"] for row in probes["sec.secureboot"]]
    refused = {"id": "GetFWVarFailed", "category": "NotImplemented", "terminating": True}
    return {command: _spelled(type_name, probes[probe]) for command, (type_name, probe) in plain.items()} | {
        "Get-VMHost": [_vm_host(row) for row in probes["vmhost.vmhost"]],
        "Get-VMHostSupportedVersion": [{"Version": "9.0", "IsDefault": True}],  # made up
        "Get-VMHostAssignableDevice": [],  # made up
        "Get-ClusterSharedVolume": [],
        "Get-NetAdapter": _spelled("NetAdapter", adapters),
        "Get-SmbShare": [_share(row, probes["smb.shareaccess"]) for row in probes["smb.shares"]],
        "Confirm-SecureBootUEFI": confirmed or {"error": {**refused, "message": errors["sec.secureboot"]["message"]}},
    }


def _vm_host(said: Row) -> Row:
    """Of a stand-alone host the sheet shows all of these; of the cluster node it shows two."""
    return world.spelled("VMHost", said)


def _share(said: Row, access: list[Row]) -> Row:
    """Accounts in the rows of Get-SmbShareAccess are the entries of the share's descriptor."""
    entries = (
        f"({'D' if row['AccessControlType'] else 'A'};;{_RIGHTS[row['AccessRight']]};;;{_ACCOUNTS[row['AccountName']]})"
        for row in access
        if row["Name"] == said["Name"]
    )
    return {**world.spelled("SmbShare", said), "SecurityDescriptor": f"O:SYG:SYD:{''.join(entries)}"}


def _host_adapter(said: Row) -> Row:
    return world.spelled("VMInternalNetworkAdapter", {**said, "VlanSetting": _vlan(said)})


def _vlan(said: Row) -> Row:
    return {"OperationMode": said["VlanMode"], "AccessVlanId": said["AccessVlanId"]}


def _vm(said: Row, number: int, probes: Row) -> World:
    def mine(probe: str) -> list[Row]:
        return [row for row in probes[probe] if row["VMName"] == said["Name"]]

    return {
        **world.spelled("VirtualMachine", said),
        "hard_disks": [{"Path": row["Path"], "DiskNumber": row["DiskNumber"]} for row in mine("vmhost.vmdisks")],
        "network_adapters": [
            _adapter(row, f"00155D00{number:02}{i:02}") for i, row in enumerate(mine("vmhost.vmnics"))
        ],
        "processor": {"ExposeVirtualizationExtensions": mine("vmhost.vmproc")[0]["ExposeVirtualizationExtensions"]},
        "security": {"EncryptStateAndVmMigrationTraffic": mine("vmhost.vmsec")[0]["EncryptStateAndVmMigrationTraffic"]},
        "kvp": [],
    }


def _adapter(said: Row, mac: str) -> Row:
    row = {"SwitchName": said["SwitchName"], "IPAddresses": said["IPAddresses"], "VlanSetting": _vlan(said)}
    return {**world.spelled("VMNetworkAdapter", row), "MacAddress": mac}
