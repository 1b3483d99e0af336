"""The fact sheet's sample hosts as our collectors would print them.

What the samples do not show is filled in, never changed: which partition boots (the one with C:), the machine's default
folder of the neglected host (our collector asks for it), VLANs of the host's adapters as they stand, and ids.
"""

import json
from pathlib import Path
from typing import Any

from tests_tool.changes import Topics, World, machine
from tests_tool.host_checks_b.good import good, nic

FOLDER = Path(__file__).with_name("samples")
SYSTEM_ONLY = "O:SYG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
WINDOWS_DEFAULT = "C:\\ProgramData\\Microsoft\\Windows\\Hyper-V"
# our topic.probe -> the sample's collector.probe
PROBES = {
    "network.adapters": "network.adapters",
    "network.addresses": "network.addresses",
    "network.routes": "network.routes",
    "network.teams": "network.lbfo",
    "migration.host": "vmhost.vmhost",
    "migration.networks": "vmhost.mignets",
    "migration.switches": "vmhost.switches",
    "migration.host_adapters": "vmhost.osnics",
    "ipsec.rules": "ipsec.rules",
    "ipsec_filters.addresses": "ipsec.addr",
    "ipsec_filters.ports": "ipsec.port",
    "ipsec.crypto_sets": "ipsec.qmsets",
    "ipsec.firewall_profiles": "ipsec.fwprofiles",
    "smb.server": "smb.server",
    "smb.client": "smb.client",
    "smb.smb1_feature": "smb.feature_smb1",
    "smb.shares": "smb.shares",
    "smb.share_access": "smb.shareaccess",
    "smb.multichannel": "smb.multichannel",
    "smb.connections": "smb.connections",
    "storage.disks": "storage.disks",
    "storage.partitions": "storage.partmap",
    "storage.iscsi_sessions": "storage.iscsi",
    "storage.iscsi_connections": "storage.iscsiconn",
    "storage.acls": "storage.acls",
    "hyperv.host": "vmhost.vmhost",
    "vms.vm": "vmhost.vms",
    "vms.disks": "vmhost.vmdisks",
    "vms.adapters": "vmhost.vmnics",
    "vms.security": "vmhost.vmsec",
}
RENAMED = {"InterfaceIndex": "ifIndex", "InterfaceGuids": "NetAdapterInterfaceGuid"}


def read(name: str) -> Any:
    """One of the files."""
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def policy() -> dict[str, Any]:
    """The samples' policy; its keys are ours."""
    answers: dict[str, Any] = read("policy_example")
    return answers


def sample(name: str) -> World:
    """The evidence of one sample host."""
    document = read(name)
    collectors = document["collectors"]
    ids = {row["Name"]: row["Id"] for row in collectors["vmhost"]["probes"]["vms"]}
    topics: Topics = {topic: {probe: [] for probe in probes} for topic, probes in good().items()}
    topics["session"] = {
        "token": document["session"]["TokenSids"],
        "canary": [row["Msvm_VirtualSystemManagementService"] for row in collectors["vmhost"]["probes"]["canary"]],
    }
    world = World(topics)
    for probe, origin in PROBES.items():
        collector, source = origin.split(".")
        world.rows(probe)[:] = [converted(probe, row, ids) for row in collectors[collector]["probes"][source]]
        topic, ours = probe.split(".")
        for error in collectors[collector]["errors"]:
            if error["probe"] == source:
                world.errors[topic].append(
                    {"probe": ours, "id": error["id"], "category": "PermissionDenied", "target": ""}
                    | {"hresult": error["hresult"], "message": error["msg"]}
                )
    if name == "neglected_host":
        world.rows("storage.acls").append({"Path": WINDOWS_DEFAULT, "Sddl": SYSTEM_ONLY})
    return world


def converted(probe: str, row: dict[str, Any], ids: dict[str, str]) -> dict[str, Any]:
    """One row under our names."""
    mine = dict(row)
    for ours, theirs in RENAMED.items():
        if theirs in row:
            mine[ours] = row[theirs]
    if "VMName" in row:
        mine["VMId"] = ids[row["VMName"]]
    match probe:
        case "vms.vm":
            mine = {**machine(row["Id"], row["Name"], row["Path"]), **row}
        case "vms.adapters":
            mine = nic(mine["VMId"], row["AccessVlanId"], *row["IPAddresses"], switch=row["SwitchName"])
        case "vms.security":
            mine |= {"TpmEnabled": False, "Shielded": False}
        case "storage.partitions":
            mine["IsBoot"] = "C:\\" in row["AccessPaths"]
        case "smb.share_access":  # the samples name accounts; only Everyone occurs in them
            assert row["AccountName"] == "Everyone"
            mine["Sddl"] = "O:BAG:BAD:(A;;FA;;;WD)"
        case "smb.smb1_feature":
            mine = {"Name": "FS-SMB1", "Installed": row["FS-SMB1"]}
    return mine


def node(*, excluded: bool = True) -> World:
    """The hardened host as a node of the sample cluster."""
    world, fragment = sample("hardened_host"), read("cluster_node_fragment")
    world.rows("hyperv.cluster_service").append({"Name": "ClusSvc", "Status": 4})
    world.rows("cluster.cluster").extend(fragment["cluster"]["cluster"])
    world.rows("cluster.networks").extend(fragment["cluster"]["networks"])
    values = {row["Name"]: row["Value"] for row in fragment["cluster"]["vmtype"]}
    exclusions = values["MigrationExcludeNetworks"] if excluded else ""
    world.rows("cluster.migration").append({"MigrationExcludeNetworks": exclusions})
    world.rows("migration.host")[0].update(fragment["vmhost"]["vmhost"][0])
    world.rows("migration.networks").clear()
    return world
