"""Cases of HOST-05: secure storage devices."""

from tests_tool.changes import Change, add, canary, denied, edit, empty, error, filtered_token, put, rows, together
from tests_tool.host_checks_b.good import APP, disk, partition
from tests_tool.host_checks_b.host_02b import SHARED_VOLUME, VOLUME
from tests_tool.host_checks_b.table import table

GOOD = "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
ON_C = together(
    put("vms.disks.Path", "C:\\VMs\\a.vhdx"),
    add("storage.acls", {"Path": "C:\\VMs", "Sddl": GOOD}),
)


def acl(*entries: str) -> Change:
    """A folder of machines has these entries as well."""
    return put("storage.acls.Sddl", GOOD + "".join(f"({entry})" for entry in entries))


def session(authentication: object) -> Change:
    """An iSCSI session that logged on in this way."""
    return rows("storage.iscsi_sessions", {"TargetNodeAddress": "iqn.t", "AuthenticationType": authentication})


def on(bus: object) -> Change:
    """Files of machines lie on a disk of this kind."""
    return edit("storage.disks", 1, BusType=bus)


def boot(answer: str) -> dict[str, dict[str, str]]:
    """What the policy says of files beside the operating system."""
    return {"storage": {"vm_on_system_volume": answer}}


PASSED_THROUGH = add("vms.disks", {"VMId": APP, "Path": "Disk 4", "DiskNumber": 4})
SHARED_FOLDER = together(SHARED_VOLUME, add("storage.acls", {"Path": VOLUME + "\\app01", "Sddl": GOOD}))

CASES = table(
    "HOST-05",
    ("the good host", "pass", "how disks are disposed of"),
    ("remote files", "pass", "an audit of these servers"),
    ("a disk by name of its bus", "pass", "", on("NVMe")),
    ("storage spaces", "pass", "", on("Storage Spaces")),
    ("a USB disk", "fail", "USB", on(7)),
    ("a USB disk, by name", "fail", "USB", on("USB")),
    ("an SD card", "fail", "SD", on(12)),
    ("a multimedia card", "fail", "MMC", on(13)),
    ("a FireWire disk", "fail", "1394", on(4)),
    ("a FireWire disk, by name", "fail", "1394", on("1394")),
    (
        "a USB disk without machines",
        "pass",
        "",
        add("storage.disks", disk(2, 7)),
        add("storage.partitions", partition(2, "E:\\")),
    ),
    ("a USB disk handed over whole", "fail", "disk 4", PASSED_THROUGH, add("storage.disks", disk(4, 7))),
    ("a disk handed over whole that is not shown", "review", "disk 4", PASSED_THROUGH),
    ("a bus that is not known", "review", "nobody knows", on(77)),
    ("a bus by an unknown name", "review", "nobody knows", on("Quantum")),
    (
        "a file on a disk nobody knows",
        "review",
        "E:\\VMs",
        put("vms.disks.Path", "E:\\VMs\\a.vhdx"),
        add("storage.acls", {"Path": "E:\\VMs", "Sddl": GOOD}),
    ),
    ("everyone may write", "fail", "D:\\Hyper-V\\VHD: S-1-1-0", acl("A;OICI;FA;;;WD")),
    ("everyone may read", "fail", "S-1-1-0", acl("A;OICI;FR;;;WD")),
    ("users by an integer", "fail", "S-1-5-32-545 (0x1301bf)", acl("A;OICIID;0x1301bf;;;BU")),
    ("users by a generic right", "fail", "0x80000000", acl("A;;GR;;;BU")),
    ("users by one letter pair among many", "fail", "S-1-5-32-545", acl("A;;LOSWRPDC;;;BU")),
    ("users by the maximum allowed", "fail", "S-1-5-32-545", acl("A;;0x2000000;;;BU")),
    ("users may change who may", "fail", "S-1-5-32-545", acl("A;;WD;;;BU")),
    ("users on a condition", "fail", "S-1-5-32-545", acl('XA;;FA;;;BU;(@User.Title=="(a;b)")')),
    ("users may only walk through and look", "pass", "", acl("A;;0x1200a0;;;BU")),
    ("users are denied", "pass", "", acl("D;;FA;;;BU", "OD;;FA;;;WD", "XD;;FA;;;WD")),
    ("users in what files inherit", "review", "inherited only", acl("A;OICIIO;FA;;;BU")),
    ("whoever creates a file", "pass", "", acl("A;OICIIO;GA;;;CO")),
    ("one virtual machine", "pass", "", acl("A;;0x1201bf;;;S-1-5-83-1-1-2-3-4")),
    ("an account of the domain", "fail", "S-1-5-21-1-2-3-1108", acl("A;;FA;;;S-1-5-21-1-2-3-1108")),
    (
        "an account that the policy names",
        "pass",
        "",
        acl("A;;FA;;;S-1-5-21-1-2-3-1108"),
        {
            "storage": {
                "acl_allowed_sids": ["S-1-5-18", "S-1-5-32-544", "S-1-5-32-578", "S-1-3-0", "S-1-5-21-1-2-3-1108"]
            }
        },
    ),
    (
        "Domain Admins by abbreviation, named by their part",
        "pass",
        "",
        acl("A;;FA;;;DA"),
        {"storage": {"acl_allowed_sids": ["S-1-5-18", "S-1-5-32-544", "S-1-5-32-578", "S-1-3-0", "*-512"]}},
    ),
    ("Domain Admins by abbreviation", "fail", "*-512", acl("A;;FA;;;DA")),
    (
        "administrators whom the policy does not name",
        "fail",
        "S-1-5-32-544",
        {"storage": {"acl_allowed_sids": ["S-1-5-18", "S-1-3-0", "S-1-5-32-578"]}},
    ),
    ("a folder without an access list", "fail", "S-1-1-0", put("storage.acls.Sddl", "O:BAG:SY")),
    ("a folder with an empty access list", "pass", "", put("storage.acls.Sddl", "O:BAG:SYD:P")),
    ("an access list with an audit list", "pass", "", put("storage.acls.Sddl", GOOD + "S:AI(AU;SA;FA;;;WD)")),
    (
        "the default folder of Windows",
        "fail",
        "S-1-5-4",
        add("storage.acls", {"Path": "C:\\Users\\Public\\Documents\\Hyper-V", "Sddl": "D:AI(A;OICIID;0x1301bf;;;IU)"}),
    ),
    ("beside the operating system", "review", "C:\\VMs", ON_C),
    ("beside the operating system, forbidden", "fail", "C:\\VMs", ON_C, boot("fail")),
    ("beside the operating system, allowed", "pass", "", ON_C, boot("pass")),
    (
        "another volume of the same disk",
        "pass",
        "",
        rows("storage.partitions", partition(0, "C:\\", boot=True), partition(0, "D:\\")),
    ),
    ("a shared volume is not beside it", "pass", "", SHARED_FOLDER),
    (
        "a shared volume on USB here",
        "fail",
        "USB",
        SHARED_FOLDER,
        add("storage.disks", disk(3, 7)),
        add("storage.partitions", partition(3, VOLUME + "\\")),
    ),
    ("iSCSI that proves both ways", "pass", "", session("MUTUALCHAP")),
    ("iSCSI without proof", "fail", "iqn.t (NONE)", session("NONE")),
    ("iSCSI without proof, in small letters", "fail", "iqn.t", session("None")),
    ("iSCSI that proves one way", "review", "ONEWAYCHAP", session("ONEWAYCHAP")),
    ("iSCSI that proves in a new way", "review", "KERBEROS", session("KERBEROS")),
    ("iSCSI that does not say", "error", "AuthenticationType", session("")),
    ("iSCSI that is null", "error", "AuthenticationType", session(None)),
    ("a folder that was not asked", "error", "nothing was shown of E:\\VMs", put("vms.disks.Path", "E:\\VMs\\a.vhdx")),
    (
        "a folder that cannot be read",
        "error",
        "GetAcl_PathNotFound",
        empty("storage.acls"),
        error("storage.acls", "GetAcl_PathNotFound_Exception", category="ObjectNotFound"),
    ),
    ("an access list that is empty text", "error", "Sddl", put("storage.acls.Sddl", "")),
    ("an access list that is null", "error", "Sddl", put("storage.acls.Sddl", value=None)),
    ("an access list of an unknown kind", "error", "unknown kind", acl("QQ;;FA;;;WD")),
    ("an access list with an unknown right", "error", "unknown right", acl("A;;QQ;;;WD")),
    ("an access list with an unknown account", "error", "unknown account", acl("A;;FA;;;QQ")),
    ("an access list that is cut", "error", "Sddl", put("storage.acls.Sddl", "O:BAG:SYD:P(A;;FA;;;SY)(A;;FA")),
    ("disks refused", "error", "AccessDenied", denied("storage.disks")),
    ("disks empty without rights", "error", "no administrator", empty("storage.disks"), filtered_token),
    ("a bus that is null", "error", "BusType", on(None)),
    ("partitions refused", "error", "AccessDenied", denied("storage.partitions")),
    ("a partition that does not say whether it boots", "error", "IsBoot", put("storage.partitions.IsBoot", value=None)),
    ("iSCSI refused", "error", "AccessDenied", denied("storage.iscsi_sessions")),
    ("machines refused", "error", "AccessDenied", denied("vms.vm")),
    ("no right to see Hyper-V", "error", "session.canary", canary(0)),
)
