"""A host with nine machines whose access lists came as numbers: the verdicts that were written beside it, met."""

from pathlib import Path
from typing import Any

import pytest

from tests_tool.changes import World, machine
from tests_tool.checks.good import DATA_VOLUME, SYSTEM_VOLUME, good, policy
from tests_tool.judging import Folder, judge, said
from tests_tool.world.vm_samples import entry, read, sddl

SAMPLE: dict[str, Any] = read("storage_acl")
PUBLIC = "C:\\Users\\Public\\Documents\\Hyper-V"
LEAF = f"{PUBLIC}\\Virtual Hard Disks\\test_9A1C3D77-02F4-4C0B-8A55-6C3E4AF0B1D2.avhdx"
VOLUMES = ("C:\\ClusterStorage\\Volume1", "C:\\ClusterStorage\\Volume2")
CLUSTER_VOLUME = "\\\\?\\Volume{c0000000-0000-0000-0000-000000000003}\\"
# By machine: the end of its id, its folder, its verdict and a part of what is said.
MACHINES = {
    "3f6d2c10-5b7e-4c58-9a37-0c2f51d1a001": (f"{VOLUMES[0]}\\SHV-PAY-01", "pass", "as recommended"),
    "8a1f4e62-0d1b-4f0b-8f5e-2b9a6d0ce002": ("D:\\VMs\\DC-München-01", "pass", "as recommended"),
    "c0a7b8d1-93e4-4d6f-b1c2-77e5a4f3b003": ("D:\\VMs\\lnx-db-Łódź", "fail", "not encrypted"),
    "51e9d7aa-2c48-4b1e-8d33-6f0b9c2ad004": ("D:\\VMs\\経理-旧サーバ", "pass", "as recommended"),
    "b7c3a590-1f2e-4e8d-a6b4-d8c9e0f1a005": (PUBLIC, "fail", "S-1-5-83-1-431531974-1328731620-2634816394-123764622"),
    "e4d2c1b0-7a69-4858-9c47-3b2a19f8e006": ("D:\\Templates\\TPL-WS2022-Øresund", "pass", "as recommended"),
    "19b8a7c6-d5e4-4f32-8a1b-0c9d8e7f6007": ("D:\\VMs\\web01", "pass", "as recommended"),
    "2ac9b8d7-e6f5-4a43-9b2c-1dae9f8a7008": ("D:\\Replica\\web01", "pass", "as recommended"),
    "6fbe5d4c-3b2a-4190-8f7e-6d5c4b3a2009": (f"{VOLUMES[1]}\\csv2-app", "review", "vm-config-unavailable"),
}
REMOTE = {"VMId": "c0a7b8d1-93e4-4d6f-b1c2-77e5a4f3b003", "Path": "\\\\fs01.contoso.example\\vmdata\\pg-data.vhdx"}
RULES = policy(
    vm={
        "storage_roots": ["D:\\VMs", "D:\\Replica", "D:\\Templates", VOLUMES[0], "\\\\fs01.contoso.example\\vmdata"],
        "require_volume_encryption": True,
    }
)


def access() -> list[dict[str, Any]]:
    """Files and folders; the folder of disks in a machine's own has what that hands down."""
    shown = {row["Path"]: sddl(row["Owner"], row["Rules"]) for row in (*SAMPLE["folders"], *SAMPLE["files"])}
    for path in (row["Path"] for row in SAMPLE["files"]):
        folder = path.rpartition("\\")[0]
        shown.setdefault(folder, shown.get(folder.rpartition("\\")[0], ""))
    shown.setdefault(PUBLIC, shown[f"{PUBLIC}\\Virtual Hard Disks"])
    return [{"Path": path, "Sddl": text} for path, text in shown.items()]


def host() -> World:
    """The good world with the sample's machines."""
    world = World(good())
    rows = world.rows
    rows("vms.vm")[:] = [machine(id_, folder.rpartition("\\")[2], folder) for id_, (folder, _, _) in MACHINES.items()]
    rows("vms.vm")[-1]["State"] = 32786
    rows("vms.disks")[:] = [
        {"VMId": row["VMId"], "Path": row["Path"], "DiskNumber": None} for row in (*SAMPLE["files"], REMOTE)
    ]
    rows("vms.security")[:] = [{**rows("vms.security")[0], "VMId": id_} for id_ in MACHINES]
    beside = dict.fromkeys(
        ("GuestStateDataRoot", "GuestStateFile", "SuspendDataRoot")
    )  # all lies with the configuration
    rows("vms.settings")[:] = [{**rows("vms.settings")[0], "VMId": id_, **beside} for id_ in MACHINES]
    rows("vm_files.access")[:] = access()
    for lost in SAMPLE["unreachable"][1:]:
        world.fail("vm_files.access", lost["Error"], target=lost["Path"] + "\\")
    world.fail("vm_files.parents", "ObjectInUse", target=LEAF)
    states = {
        volume["MountPoint" if "MountPoint" in volume else "DriveLetter"]: volume for volume in SAMPLE["encryptable"]
    }
    row = rows("bitlocker.volumes")[1]
    rows("bitlocker.volumes")[:] = [
        {**row, "DeviceID": id_, **{key: states[at][key] for key in ("ProtectionStatus", "ConversionStatus")}}
        for id_, at in ((SYSTEM_VOLUME, "C:"), (DATA_VOLUME, "D:"), (CLUSTER_VOLUME, VOLUMES[0]))
    ]
    rows("bitlocker.mounts").append({"DeviceID": CLUSTER_VOLUME, "Name": f"{VOLUMES[0]}\\", "BootVolume": False})
    rows("storage.partitions").append({"DiskNumber": 1, "IsBoot": False, "AccessPaths": [f"{VOLUMES[0]}\\"]})
    rows("hyperv.shared_volumes")[:] = [
        {"Path": path, "Owner": "HV01", "State": state} for path, state in zip(VOLUMES, (2, 3), strict=True)
    ]
    rows("smb.connections")[:] = SAMPLE["smb"]
    return world


def test_the_verdicts_are_those_of_the_sample(tmp_path: Path) -> None:
    (judged,) = judge([Folder(RULES, ("VM-07",), {"hv01": host().topics()})], tmp_path)
    found = {
        result.subject.vm.id: (result.verdict.value, said(result)) for result in judged["hv01"] if result.subject.vm
    }
    assert {id_: verdict for id_, (verdict, _) in found.items()} == {id_: row[1] for id_, row in MACHINES.items()}
    for id_, (_, _, says) in MACHINES.items():
        assert says in found[id_][1]


@pytest.mark.parametrize(
    ("rights", "mask"), [(-536805376, "0xe0010000"), (-1610612736, "0xa0000000"), (268435456, "0x10000000")]
)
def test_rights_are_unsigned(rights: int, mask: str) -> None:
    assert f";{mask};" in entry({**SAMPLE["folders"][0]["Rules"][0], "Rights": rights})
