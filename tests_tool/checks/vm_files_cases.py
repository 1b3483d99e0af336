"""What VM-07 says of the good world with one thing changed, sub-check by sub-check."""

from typing import Any

from tests_tool.changes import (
    Change,
    add,
    canary,
    denied,
    drop,
    edit,
    empty,
    error,
    failed,
    filtered_token,
    lost,
    missing,
    plain_user,
    put,
    rows,
    together,
)
from tests_tool.checks.good import DATA_VOLUME, MACHINE, OTHER, PAY, WEB
from tests_tool.checks.table import cases
from tests_tool.judging import Case

_store = cases("VM-07")

DISK = "D:\\VMs\\web\\os.vhdx"
LEAF = "D:\\VMs\\web\\os_0F1E2D3C.avhdx"
SHARE = "\\\\fs01.lab.example\\vmstore$\\web-data.vhdx"
VOLUME_1 = "C:\\ClusterStorage\\Volume1"
NO_ROOTS: dict[str, Any] = {"storage_roots": []}
NOT_INSISTING: dict[str, Any] = {"require_volume_encryption": False}
EVERY_DISK: dict[str, Any] = {"check_parents": "all"}
STRANGER = "S-1-5-21-1004336348-1177238915-682003330-1109"
TODAY, LONG_AGO = "2999-01-01T00:00:00.0000000Z", "2024-02-03T10:20:30.0000000Z"


def file(name: str, verdict: str, says: str, *changes: Change, **sections: dict[str, Any]) -> Case:
    """A row: `web` without its disk on a file server, which is an audit of its own."""
    return _store(name, verdict, says, drop("vms.disks", 1), *changes, **sections)


def moved(path: str, *, partition: bool = True) -> Change:
    """The disk lies elsewhere, with the access list that it had; its drive is one that stays."""
    root = path[:3]
    changes = [
        edit("vms.disks", 0, Path=path),
        add("vm_files.access", shown(path), shown(path.rpartition("\\")[0])),
    ]
    if partition and root not in ("C:\\", "D:\\"):
        changes.append(add("storage.partitions", {"DiskNumber": 1, "IsBoot": False, "AccessPaths": [root]}))
        changes.append(add("bitlocker.mounts", {"DeviceID": DATA_VOLUME, "Name": root, "BootVolume": False}))
        changes.append(add("storage.drives", {"Name": root, "DriveType": 3}))
    return together(*changes)


def shown(path: str, *entries: str, owner: str = "BA") -> dict[str, Any]:
    """What Get-Acl shows: the machine, SYSTEM, administrators, and others."""
    usual = f"(A;;0x12019f;;;{MACHINE[WEB]})(A;;FA;;;SY)(A;;FA;;;BA)"
    return {"Path": path, "Sddl": f"O:{owner}G:SYD:AI{''.join(entries)}{usual}"}


def access(*entries: str, path: str = DISK, owner: str = "BA") -> Change:
    """The file or folder lets these in too."""
    return together(forgotten(path), add("vm_files.access", shown(path, *entries, owner=owner)))


def forgotten(path: str) -> Change:
    """Nobody asked who may open it, or nothing was shown."""

    def change(world: Any) -> None:
        kept = [row for row in world.rows("vm_files.access") if row["Path"].rstrip("\\") != path.rstrip("\\")]
        world.rows("vm_files.access")[:] = kept

    return change


def refused(path: str, id_: str, category: str = "NotSpecified", probe: str = "access") -> Change:
    """One path has an error in place of a row."""
    lost_row = forgotten(path) if probe == "access" else together()
    return together(lost_row, error(f"vm_files.{probe}", id_, category=category, target=path))


def linked(parent: str | None, *, kind: int = 4, asked: str = LEAF, path: str = LEAF) -> Change:
    """What Get-VHD shows of a disk."""
    return add("vm_files.parents", {"Asked": asked, "Path": path, "VhdType": kind, "ParentPath": parent})


def image(*entries: str, path: str = "D:\\ISO\\tools.iso") -> Change:
    """An image in the DVD drive, which these may open beside those who always may."""
    return together(
        put("vms.dvd.MediaType", 1), put("vms.dvd.Path", path), add("vm_files.access", shown(path, *entries))
    )


def checkpoint(**values: Any) -> Change:
    """A checkpoint of today, without memory, as production checkpoints are."""
    row = {
        "VMId": WEB,
        "Id": "c0000000-0000-4000-8000-000000000001",
        "Name": "before the update",
        "SnapshotType": 0,
        "State": 3,
        "CreationTime": TODAY,
        "IsAutomaticCheckpoint": False,
        "Disks": [{"Path": DISK, "DiskNumber": None}],
    }
    return add("vms.checkpoints", {**row, **values})


def volume(index: int = 1, **values: Any) -> Change:
    """What BitLocker says of D:."""
    return edit("bitlocker.volumes", index, **values)


def shared(path: str = f"{VOLUME_1}\\web\\os.vhdx", *, state: int = 2, known: bool = True) -> Change:
    """The disk lies on a volume of a cluster."""
    changes = [
        moved(path),
        add("hyperv.shared_volumes", {"Path": VOLUME_1, "Owner": "HV01", "State": state}),
        add("storage.partitions", {"DiskNumber": 1, "IsBoot": False, "AccessPaths": [f"{VOLUME_1}\\"]}),
    ]
    if known:
        changes.append(add("bitlocker.mounts", {"DeviceID": DATA_VOLUME, "Name": f"{VOLUME_1}\\", "BootVolume": False}))
    return together(*changes)


def on_a_server(**values: Any) -> Change:
    """The second disk is on a file server again, to which a connection is open."""
    disk = {"VMId": WEB, "Path": SHARE, "DiskNumber": None}
    return together(add("vms.disks", disk), edit("smb.connections", 0, **values))


BITLOCKER_MISSING = together(
    empty("bitlocker.volumes"), error("bitlocker.volumes", "HRESULT 0x8004100e,Somebody", category="MetadataError")
)
SHIELDED = together(put("vms.security.Shielded", True), put("vms.security.TpmEnabled", True))
STATE_TOO = together(SHIELDED, put("vms.security.EncryptStateAndVmMigrationTraffic", True))
LEAF_WITH_PARENT = together(
    edit("vms.disks", 0, Path=LEAF), add("vm_files.access", shown(LEAF), shown("D:\\VMs\\web")), linked(DISK)
)
CRITICAL = put("vms.vm.State", 32786)

LOCATION = [
    file("nothing changed", "pass", "as recommended"),
    file("another folder of the root", "pass", "as recommended", moved("D:\\VMs\\elsewhere\\os.vhdx")),
    file("in other letters", "pass", "as recommended", moved("d:\\vms\\WEB2\\OS.VHDX")),
    file("as a device path", "pass", "as recommended", moved("\\\\?\\D:\\VMs\\web3\\os.vhdx")),
    file("beside the root", "fail", "storage_roots", moved("D:\\VMs-old\\os.vhdx")),
    file("above the root", "fail", "storage_roots", moved("D:\\os.vhdx")),
    file("a profile", "fail", "passing things on", moved("C:\\Users\\Administrator\\os.vhdx")),
    file(
        "a profile on a server", "fail", "passing things on", edit("vms.disks", 0, Path="\\\\fs01\\Users\\j\\os.vhdx")
    ),
    file("the public profile", "fail", "passing things on", moved("C:\\Users\\Public\\Documents\\os.vhdx")),
    file("a folder for everybody", "fail", "passing things on", moved("D:\\VMs\\Public\\os.vhdx")),
    file("a folder for a while", "fail", "passing things on", moved("D:\\VMs\\Temp\\os.vhdx")),
    file("the bin", "fail", "passing things on", moved("D:\\$Recycle.Bin\\S-1-5-18\\os.vhdx")),
    file("temporary by a part of its name only", "pass", "as recommended", moved("D:\\VMs\\Temperature\\os.vhdx")),
    file("a short name", "review", "short name", moved("D:\\VMS~1\\web\\os.vhdx")),
    file("a step back", "review", "step back", moved("D:\\VMs\\web\\..\\..\\Users\\os.vhdx")),
    file("a tilde that is no short name", "pass", "as recommended", moved("D:\\VMs\\web~old-copy\\os.vhdx")),
    file("a disk that can be pulled out", "fail", "pulled out", edit("storage.disks", 1, BusType=7)),
    file("a stick", "fail", "pulled out", edit("storage.drives", 1, DriveType=2)),
    file("a drive of tomorrow", "review", "that it stays", edit("storage.drives", 1, DriveType=9)),
    file(
        "a drive that nobody lists",
        "review",
        "which volume",
        edit("storage.drives", 1, Name="X:\\"),
        drop("storage.drives", 0),
    ),
    file("a namespace of the domain", "fail", "DFS", put("os.computer.Domain", "FS01.lab.example"), on_a_server()),
    file("a partition that nobody lists", "review", "which volume", edit("storage.partitions", 1, AccessPaths=[])),
    file("no roots", "pass", "vm.storage_roots names no folders", vm=NO_ROOTS),
    file("no roots, on the system volume", "review", "beside the operating", moved("C:\\VMs\\os.vhdx"), vm=NO_ROOTS),
    file(
        "no roots, the folder that Windows proposes",
        "review",
        "that Windows proposes",
        moved("C:\\ProgramData\\Microsoft\\Windows\\Hyper-V\\os.vhdx"),
        vm=NO_ROOTS,
    ),
    file("no roots, a suggestion", "review", "storage_roots: ['D:\\VMs\\web']", moved("C:\\VMs\\os.vhdx"), vm=NO_ROOTS),
    file("configuration elsewhere", "fail", "E:\\conf (configuration", put("vms.vm.Path", "E:\\conf")),
    file("checkpoints elsewhere", "fail", "folder of checkpoints", put("vms.vm.SnapshotFileLocation", "E:\\snap")),
    file("smart paging elsewhere", "fail", "folder of smart paging", put("vms.vm.SmartPagingFilePath", "E:\\page")),
    file(
        "smart paging on the system volume",
        "review",
        "paging file",
        put("vms.vm.SmartPagingFilePath", "C:\\Paging"),
        access(path="C:\\Paging"),
        vm={"storage_roots": ["D:\\VMs", "C:\\Paging"]},
    ),
    file("memory in a paging file", "pass", "stands in a paging file", put("vms.vm.SmartPagingFileInUse", True)),
    file("a volume of the cluster", "pass", "as recommended", shared(), vm={"storage_roots": ["D:\\VMs", VOLUME_1]}),
    file(
        "a volume of the cluster that is down",
        "review",
        "storage-unavailable",
        shared(state=3),
        vm={"storage_roots": ["D:\\VMs", VOLUME_1]},
    ),
    file(
        "a disk of the host", "pass", "as recommended", edit("vms.disks", 0, Path="Datenträger 3 465 GB", DiskNumber=3)
    ),
    file(
        "a disk of the host whose number was not shown",
        "review",
        "is no path",
        edit("vms.disks", 0, Path="Datenträger 3 465 GB"),
    ),
    file("no disk at all", "pass", "as recommended", lost("vms.disks")),
]

ACCESS = [
    file("Users may read", "fail", "S-1-5-32-545", access("(A;;FR;;;BU)")),
    file("Users may read, by generic rights", "fail", "S-1-5-32-545", access("(A;;GRGX;;;BU)")),
    file("everybody may write", "fail", "S-1-1-0", access("(A;;0x2;;;WD)")),
    file("everybody may change who may", "fail", "S-1-1-0", access("(A;;WD;;;WD)")),
    file("everybody may look at it", "pass", "as recommended", access("(A;;RC;;;WD)")),
    file("people who are logged on", "fail", "S-1-5-4", access("(A;;0x1301bf;;;IU)")),
    file("computers of the domain", "fail", "-515", access("(A;;FR;;;S-1-5-21-1-2-3-515)")),
    file("users of the domain", "fail", "-513", access("(A;;FR;;;DU)")),
    file("guests of the domain", "fail", "-514", access("(A;;FR;;;DG)")),
    file("authenticated users", "fail", "S-1-5-11", access("(A;;0xe0010000;;;AU)")),
    file("the folder of the disk", "fail", "S-1-5-11", access("(A;OICI;0x1301bf;;;AU)", path="D:\\VMs\\web")),
    file(
        "no access list", "fail", "S-1-1-0", forgotten(DISK), add("vm_files.access", {"Path": DISK, "Sddl": "O:BAG:SY"})
    ),
    file("allowed and denied", "review", "another refuses", access("(D;;FA;;;BG)", "(A;;FR;;;BU)")),
    file("something else is denied", "fail", "S-1-5-32-545", access("(D;;0x2;;;BU)", "(A;;0x1;;;BU)")),
    file("denied for files below only", "fail", "S-1-5-32-545", access("(D;OIIO;FA;;;BU)", "(A;;FR;;;BU)")),
    file("inherited only", "review", "inherited only", access("(A;OICIIO;FR;;;BU)", path="D:\\VMs\\web")),
    file("inherited only, of a file", "pass", "as recommended", access("(A;OIIO;FR;;;BU)")),
    file("another machine", "review", "another machine", access(f"(A;;0x12019f;;;{MACHINE[PAY]})")),
    file("a machine that is gone", "review", "another machine", access(f"(A;;0x12019f;;;{MACHINE[OTHER]})")),
    file(
        "another machine that shares the disk",
        "pass",
        "as recommended",
        access(f"(A;;0x12019f;;;{MACHINE[PAY]})"),
        add("vms.disks", {"VMId": PAY, "Path": DISK.upper(), "DiskNumber": None}),
    ),
    file("all machines", "pass", "as recommended", access("(A;;0x12019f;;;S-1-5-83-0)")),
    file("Hyper-V Administrators", "pass", "as recommended", access("(A;;FA;;;HA)")),
    file("somebody", "review", f"storage_access: [{STRANGER}]", access(f"(A;;FR;;;{STRANGER})")),
    file(
        "somebody whom the policy names",
        "pass",
        "as recommended",
        access(f"(A;;FR;;;{STRANGER})"),
        vm={"storage_access": [STRANGER]},
    ),
    file(
        "everybody, whom the policy names",
        "fail",
        "S-1-1-0",
        access("(A;;FR;;;WD)"),
        vm={"storage_access": ["S-1-1-0"]},
    ),
    file("somebody owns it", "review", f"{DISK}: {STRANGER}", access(owner=STRANGER)),
    file(
        "a group of the domain owns it, whom the policy names",
        "pass",
        "as recommended",
        access(owner="S-1-5-21-1-2-3-512"),
        vm={"storage_access": ["*-512"]},
    ),
    file("SYSTEM owns it", "pass", "as recommended", access(owner="SY")),
    file(
        "nobody owns it",
        "review",
        "nobody that was shown",
        forgotten(DISK),
        add("vm_files.access", {"Path": DISK, "Sddl": "D:(A;;FA;;;SY)"}),
    ),
    file("not asked", "review", "was not asked about", forgotten(DISK)),
    file(
        "not asked, beyond the bound",
        "review",
        "only 3000 of 4000",
        forgotten(DISK),
        edit("vm_files.bounds", 1, Found=4000, Asked=3000),
    ),
    file("refused", "review", "UnauthorizedAccess", refused(DISK, "UnauthorizedAccess", "PermissionDenied")),
    file(
        "gone", "review", "PathNotFound", refused("D:\\VMs\\web\\", "GetAcl_PathNotFound_Exception", "ObjectNotFound")
    ),
    file(
        "not shown",
        "review",
        "no security descriptor",
        forgotten(DISK),
        add("vm_files.access", {"Path": DISK, "Sddl": None}),
    ),
    file(
        "nonsense",
        "review",
        "the access list",
        forgotten(DISK),
        add("vm_files.access", {"Path": DISK, "Sddl": "O:BAD:(A;;FA;;)"}),
    ),
    file(
        "another machine's files were refused",
        "pass",
        "as recommended",
        refused("D:\\VMs\\pay\\os.vhdx", "Unauthorized"),
    ),
]

ENCRYPTION = [
    file("BitLocker is off", "fail", "leaves the building", volume(ProtectionStatus=0, ConversionStatus=0)),
    file("BitLocker is suspended", "fail", "suspended", volume(ProtectionStatus=0)),
    file("encryption has begun", "fail", "encrypting", volume(ProtectionStatus=0, ConversionStatus=2)),
    file("on, and not wholly", "fail", "encryption paused", volume(ConversionStatus=4)),
    file("locked", "review", "locked", volume(ProtectionStatus=2)),
    file("off, not insisted on", "review", "array_encryption", volume(ProtectionStatus=0), vm=NOT_INSISTING),
    file("BitLocker is not installed", "fail", "not installed", BITLOCKER_MISSING),
    file("not installed, not insisted on", "review", "array_encryption", BITLOCKER_MISSING, vm=NOT_INSISTING),
    file(
        "the array encrypts",
        "pass",
        "as recommended",
        volume(ProtectionStatus=0),
        vm={"array_encryption": ["D:\\VMs"]},
    ),
    file(
        "the array encrypts something else",
        "fail",
        "leaves the building",
        volume(ProtectionStatus=0),
        vm={"array_encryption": ["D:\\VMs\\web-old"]},
    ),
    file("BitLocker does not list the volume", "review", "does not list", rows("bitlocker.mounts")),
    file(
        "the cluster's volume is not listed",
        "review",
        "does not list",
        shared(known=False),
        vm={"storage_roots": ["D:\\VMs", VOLUME_1]},
    ),
    file(
        "shielded, its state too",
        "pass",
        "as recommended",
        STATE_TOO,
        put("vms.key_protector.Owner", "Lab Owner"),
        volume(ProtectionStatus=0),
    ),
    file("shielded, its state in clear", "fail", "configuration", SHIELDED, volume(ProtectionStatus=0)),
    file(
        "shielded, with memory in a paging file",
        "fail",
        "leaves the building",
        STATE_TOO,
        put("vms.vm.SmartPagingFileInUse", True),
        volume(ProtectionStatus=0),
    ),
    file(
        "shielded by keys of this host",
        "fail",
        "leaves the building",
        STATE_TOO,
        put("vms.key_protector.Owner", "UntrustedGuardian"),
        volume(ProtectionStatus=0),
    ),
]

ON_THE_WAY = [
    file("on a server", "review", "not-readable-from-here", on_a_server()),
    file("in clear", "fail", "not encrypted", on_a_server(Encrypted=False, Signed=True)),
    file(
        "in clear, which the policy allows",
        "review",
        "not-readable-from-here",
        on_a_server(Encrypted=False, Signed=True),
        vm={"require_smb_encryption": False},
    ),
    file(
        "neither encrypted nor signed",
        "fail",
        "neither encrypted nor signed",
        on_a_server(Encrypted=False, Signed=False),
        vm={"require_smb_encryption": False},
    ),
    file("SMB 2.1", "fail", "below SMB 3", on_a_server(Dialect="2.1")),
    file("another share of the server", "review", "no connection to this share", on_a_server(ShareName="other$")),
    file("another server", "review", "no connection to this share", on_a_server(ServerName="fs02.lab.example")),
    file("connections were denied", "error", "AccessDenied", on_a_server(), denied("smb.connections")),
]

PARENTS = [
    file("a differencing disk", "pass", "as recommended", LEAF_WITH_PARENT),
    file("its parent was not shown", "review", "not shown", edit("vms.disks", 0, Path=LEAF), linked(None)),
    file("nobody asked", "review", "was not asked about", edit("vms.disks", 0, Path=LEAF)),
    file(
        "nobody asked, and the policy does not",
        "pass",
        "as recommended",
        edit("vms.disks", 0, Path=LEAF),
        add("vm_files.access", shown(LEAF)),
        vm={"check_parents": "never"},
    ),
    file("an image that all may read", "pass", "as recommended", image("(A;;0x1200a9;;;BU)")),
    file("an image that all may change", "fail", "may change the image", image("(A;;0x1301bf;;;BU)")),
    file(
        "an image that all may change, and some may not",
        "review",
        "another refuses",
        image("(A;;0x1301bf;;;BU)", "(D;;0x2;;;BG)"),
    ),
    file("an image that somebody may change", "review", STRANGER, image(f"(A;;0x1301bf;;;{STRANGER})")),
    file(
        "an image that somebody else's files are for",
        "pass",
        "as recommended",
        image(f"(A;;0x1301bf;;;{STRANGER})"),
        vm={"storage_access": [STRANGER]},
    ),
    file(
        "an image of which nothing is known",
        "review",
        "who may change this image",
        image(),
        forgotten("D:\\ISO\\tools.iso"),
    ),
    file(
        "an image on a file server",
        "review",
        "an audit of that server",
        image(path="\\\\fs01.lab.example\\iso\\tools.iso"),
    ),
    file("the drive of the host", "pass", "as recommended", put("vms.dvd.MediaType", 2), put("vms.dvd.Path", "D:")),
    file("a disk was not opened", "review", "not opened", vm=EVERY_DISK),
    file("every disk was opened", "pass", "as recommended", linked(None, kind=3, asked=DISK, path=DISK), vm=EVERY_DISK),
    file(
        "a disk of any name that rests on another",
        "fail",
        "outside of every folder",
        linked("E:\\Golden\\os.vhdx", asked=DISK, path=DISK),
        vm=EVERY_DISK,
    ),
    file("firmware variables elsewhere", "fail", "virtual TPM", put("vms.settings.GuestStateDataRoot", "E:\\State")),
    file("saved state elsewhere", "fail", "E:\\State (saved state)", put("vms.settings.SuspendDataRoot", "E:\\State")),
    file("saved state beside it all", "pass", "as recommended", put("vms.settings.SuspendDataRoot", None)),
    file(
        "a file of firmware variables elsewhere",
        "fail",
        "virtual TPM",
        put("vms.settings.GuestStateFile", "E:\\S\\x.vmgs"),
    ),
    file(
        "a file of firmware variables in its folder",
        "pass",
        "as recommended",
        put("vms.settings.GuestStateFile", "Virtual Machines\\x.vmgs"),
    ),
    file("no file of firmware variables", "pass", "as recommended", put("vms.settings.GuestStateFile", None)),
    file("firmware variables beside it all", "pass", "as recommended", put("vms.settings.GuestStateDataRoot", None)),
    file(
        "a broken chain",
        "review",
        "the machine is broken",
        edit("vms.disks", 0, Path=LEAF),
        refused(LEAF, "ObjectNotFound", probe="parents"),
    ),
    file(
        "another disk in its place",
        "review",
        "in its place",
        LEAF_WITH_PARENT,
        edit("vm_files.parents", 0, Path="D:\\x.avhdx"),
    ),
    file(
        "its parent lies elsewhere",
        "fail",
        "what a disk rests on",
        LEAF_WITH_PARENT,
        edit("vm_files.parents", 0, ParentPath="D:\\Golden\\os.vhdx"),
    ),
    file("its parent is open to Users", "fail", "S-1-5-32-545", LEAF_WITH_PARENT, access("(A;;FR;;;BU)")),
    file(
        "its parent is gone",
        "review",
        "PathNotFound",
        LEAF_WITH_PARENT,
        refused(DISK, "GetAcl_PathNotFound_Exception", "ObjectNotFound"),
    ),
    file(
        "somebody may change its parent",
        "fail",
        "may change what it rests on",
        LEAF_WITH_PARENT,
        access(f"(A;;FA;;;{STRANGER})"),
        vm={"storage_access": [STRANGER]},
    ),
    file(
        "somebody may change its parent, and who may change the disk is not known",
        "review",
        "was not asked about",
        LEAF_WITH_PARENT,
        access(f"(A;;FA;;;{STRANGER})"),
        forgotten(LEAF),
        vm={"storage_access": [STRANGER]},
    ),
    file(
        "all machines may change the disk, and another one its parent",
        "review",
        "another machine",
        LEAF_WITH_PARENT,
        access("(A;;0x12019f;;;S-1-5-83-0)", path=LEAF),
        access(f"(A;;0x12019f;;;{MACHINE[PAY]})"),
    ),
    file(
        "somebody may read its parent",
        "pass",
        "as recommended",
        LEAF_WITH_PARENT,
        access(f"(A;;FR;;;{STRANGER})"),
        vm={"storage_access": [STRANGER]},
    ),
    file(
        "a chain of two",
        "pass",
        "as recommended",
        LEAF_WITH_PARENT,
        edit("vm_files.parents", 0, ParentPath=LEAF.replace("os_", "mid_")),
        linked(DISK, asked=LEAF.replace("os_", "mid_"), path=LEAF.replace("os_", "mid_")),
        add("vm_files.access", shown(LEAF.replace("os_", "mid_"))),
    ),
    file(
        "a disk of a kind of tomorrow",
        "review",
        "was not shown",
        LEAF_WITH_PARENT,
        edit("vm_files.parents", 0, VhdType=9),
    ),
    file(
        "a chain in a ring", "review", "was not shown", LEAF_WITH_PARENT, edit("vm_files.parents", 0, ParentPath=LEAF)
    ),
]

CHECKPOINTS = [
    file("a checkpoint of today", "pass", "as recommended", checkpoint()),
    file("an old checkpoint", "review", "before the update", checkpoint(CreationTime=LONG_AGO)),
    file(
        "an old checkpoint that may stay",
        "pass",
        "as recommended",
        checkpoint(CreationTime=LONG_AGO),
        vm={"checkpoint_max_age_days": 99999},
    ),
    file("a checkpoint without files", "fail", "missing", checkpoint(SnapshotType=5)),
    file("a recovery point", "pass", "as recommended", checkpoint(SnapshotType=6, CreationTime=LONG_AGO)),
    file(
        "a recovery point of an application",
        "pass",
        "as recommended",
        checkpoint(SnapshotType=7, CreationTime=LONG_AGO),
    ),
    file("a recovery point of a test", "pass", "as recommended", checkpoint(SnapshotType=8, CreationTime=LONG_AGO)),
    file("a checkpoint of a backup", "review", "recovery", checkpoint(SnapshotType=1, CreationTime=LONG_AGO)),
    file("a kind of tomorrow", "review", "not known", checkpoint(SnapshotType=9)),
    file("memory in it", "pass", "as recommended", checkpoint(State=6)),
    file(
        "memory in it, which is forbidden where it is not encrypted",
        "pass",
        "as recommended",
        checkpoint(State=6),
        vm={"forbid_standard_checkpoints": True},
    ),
    file(
        "memory in it, in clear",
        "fail",
        "keys and passwords",
        checkpoint(State=6),
        volume(ProtectionStatus=0),
        vm={"forbid_standard_checkpoints": True},
    ),
    file(
        "no memory in it, in clear",
        "review",
        "array_encryption",
        checkpoint(),
        volume(ProtectionStatus=0),
        vm={"forbid_standard_checkpoints": True, **NOT_INSISTING},
    ),
    file("its day was not shown", "review", "CreationTime", checkpoint(CreationTime=None)),
    file(
        "its disk lies elsewhere",
        "fail",
        "disk of a checkpoint",
        checkpoint(Disks=[{"Path": "E:\\old.vhdx", "DiskNumber": None}]),
    ),
    file("a disk of the host in it", "pass", "as recommended", checkpoint(Disks=[{"Path": "Disk 3", "DiskNumber": 3}])),
    file("a kind that was not shown", "review", "SnapshotType", checkpoint(SnapshotType=None)),
]

UNREAD = [
    file("paths were denied", "error", "AccessDenied", denied("vm_files.access")),
    file("no such probe for paths", "error", "no such probe", missing("vm_files.access")),
    file("chains were denied", "error", "AccessDenied", denied("vm_files.parents")),
    file("no such probe for chains", "error", "no such probe", missing("vm_files.parents")),
    file("disks were denied", "error", "AccessDenied", denied("vms.disks")),
    file("its disks could not be read", "review", "OperationFailed", failed("vms.disks")),
    file("checkpoints were denied", "error", "AccessDenied", denied("vms.checkpoints")),
    file(
        "its checkpoints could not be read",
        "review",
        "OperationFailed",
        error("vms.checkpoints", "OperationFailed", target=WEB),
    ),
    file("critical, and no checkpoint", "review", "vms.checkpoints", CRITICAL),
    file("critical, and no disk", "review", "vm-config-unavailable", CRITICAL, lost("vms.disks")),
    file("no disk is listed, and a filtered token", "error", "no administrator", empty("vms.disks"), filtered_token),
    file("no checkpoint is listed, and no canary", "error", "cannot see Hyper-V", empty("vms.checkpoints"), canary(0)),
    file("no chain is listed, and a plain user", "error", "no administrator", empty("vms.checkpoints"), plain_user),
    file("a folder was not shown", "review", "SnapshotFileLocation", put("vms.vm.SnapshotFileLocation", None)),
    file("whether it pages was not shown", "review", "SmartPagingFileInUse", put("vms.vm.SmartPagingFileInUse", None)),
    file("a disk's path was not shown", "review", "Path", edit("vms.disks", 0, Path=None)),
    file("volumes were denied", "error", "AccessDenied", denied("bitlocker.volumes")),
    file("mounts were denied", "error", "AccessDenied", denied("bitlocker.mounts")),
    file("disks of the host were denied", "error", "AccessDenied", denied("storage.disks")),
    file("drives were denied", "error", "AccessDenied", denied("storage.drives")),
    file("the cluster's volumes were denied", "error", "AccessDenied", denied("hyperv.shared_volumes")),
    file("security was denied", "error", "AccessDenied", denied("vms.security")),
]

CASES: list[Case] = [*LOCATION, *ACCESS, *ENCRYPTION, *ON_THE_WAY, *PARENTS, *CHECKPOINTS, *UNREAD]
