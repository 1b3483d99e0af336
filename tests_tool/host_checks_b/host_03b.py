"""Cases of HOST-03b: a private network for shares with virtual machine files."""

from tests_tool.changes import (
    Change,
    add,
    canary,
    denied,
    empty,
    filtered_token,
    machine,
    put,
    rows,
    together,
)
from tests_tool.host_checks_b.good import APP, channel, connection, share
from tests_tool.host_checks_b.table import table

LOCAL_ONLY = together(
    rows("vms.vm", machine(APP, "app01", "D:\\Hyper-V\\VM\\app01")),
    rows("vms.disks", {"VMId": APP, "Path": "D:\\Hyper-V\\VHD\\app01.vhdx", "DiskNumber": None}),
)
CLOSED = {"Name": "VMs", "Sddl": "O:SYG:SYD:(A;;FA;;;BA)(A;;FA;;;S-1-5-21-1-2-3-1651)"}
SHARED = together(add("smb.shares", share("VMs", "D:\\Hyper-V")), rows("smb.share_access", CLOSED))
ELSEWHERE = put("smb.multichannel.ClientIpAddress", "10.20.10.11")
INSTEAD = {"smb": {"encryption_instead_of_private_network": True}}


def open_to(sid: str, rights: str = "FR") -> Change:
    """A share with machines' files that lets this account in."""
    return together(SHARED, put("smb.share_access.Sddl", f"O:SYG:SYD:(A;;FA;;;BA)(A;;{rights};;;{sid})"))


CASES = table(
    "HOST-03b",
    ("the good host", "pass", ""),
    ("a server by its short name", "pass", "", put("smb.multichannel.ServerName", "FS01")),
    ("a share that is closed", "pass", "look at its firewall", SHARED, LOCAL_ONLY),
    ("nothing by SMB", "not applicable", "no file of a virtual machine", LOCAL_ONLY),
    (
        "a share with other things",
        "not applicable",
        "",
        LOCAL_ONLY,
        add("smb.shares", share("Software", "E:\\Software")),
    ),
    ("the client outside", "fail", "10.20.10.11", ELSEWHERE),
    ("the server outside", "fail", "10.20.10.51", put("smb.multichannel.ServerIpAddress", "10.20.10.51")),
    (
        "a second channel outside",
        "fail",
        "10.20.10.11",
        add("smb.multichannel", channel("fs01", "10.20.10.11", "10.20.10.51")),
    ),
    (
        "a channel of another server outside",
        "pass",
        "",
        add("smb.multichannel", channel("dc01", "10.20.10.11", "10.20.10.5")),
    ),
    ("outside, in IPv6", "fail", "fd00::1", put("smb.multichannel.ClientIpAddress", "fd00::1%7")),
    ("outside, encrypted, policy accepts", "review", "the policy takes instead", ELSEWHERE, INSTEAD),
    (
        "outside, in clear, policy accepts encryption",
        "fail",
        "10.20.10.11",
        ELSEWHERE,
        put("smb.connections.Encrypted", value=False),
        INSTEAD,
    ),
    (
        "outside, encryption not shown, policy accepts it",
        "fail",
        "10.20.10.11",
        ELSEWHERE,
        empty("smb.connections"),
        INSTEAD,
    ),
    ("no channel", "review", "\\\\fs01.corp.example\\vmstore$\\db01", empty("smb.multichannel")),
    ("policy without the subnets", "review", "storage_subnets: [10.20.40.0/24]", {"network": {"storage_subnets": []}}),
    ("a share open to everyone", "fail", "S-1-1-0", open_to("WD")),
    ("a share open to users of the domain", "fail", "-513", open_to("S-1-5-21-1-2-3-513")),
    ("a share open to guests", "fail", "S-1-5-32-546", open_to("BG", "0x1200a9")),
    ("a share that denies everyone", "pass", "", SHARED, put("smb.share_access.Sddl", "D:(D;;FA;;;WD)(A;;FA;;;BA)")),
    ("a share without an access list", "fail", "S-1-1-0", SHARED, put("smb.share_access.Sddl", "O:BAG:BA")),
    ("an administrative share", "not applicable", "", LOCAL_ONLY, add("smb.shares", share("D$", "D:\\", special=True))),
    ("a share whose access list is not shown", "error", "VMs", SHARED, empty("smb.share_access")),
    ("a share whose access list is null", "error", "Sddl", SHARED, put("smb.share_access.Sddl", value=None)),
    ("a share whose access list is no SDDL", "error", "Sddl", SHARED, put("smb.share_access.Sddl", "Everyone")),
    ("shares refused", "error", "AccessDenied", denied("smb.shares")),
    ("channels refused", "error", "AccessDenied", denied("smb.multichannel")),
    ("channels empty without rights", "error", "no administrator", empty("smb.multichannel"), filtered_token),
    ("connections refused", "error", "AccessDenied", denied("smb.connections")),
    ("a channel without an address", "error", "ClientIpAddress", put("smb.multichannel.ClientIpAddress", value=None)),
    ("an encryption that is no truth value", "error", "Encrypted", put("smb.connections.Encrypted", 1)),
    ("channels refused, where nothing is remote", "not applicable", "", LOCAL_ONLY, denied("smb.multichannel")),
    ("no right to see Hyper-V", "error", "session.canary", canary(0)),
    (
        "a second connection in clear, outside, policy accepts",
        "fail",
        "10.20.10.11",
        ELSEWHERE,
        add("smb.connections", connection("fs01", encrypted=False)),
        INSTEAD,
    ),
)
