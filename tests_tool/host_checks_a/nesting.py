"""HOST-11a and HOST-11b, row by row."""

from tests_tool.host_checks_a.good import BLIND, LAB, WEB, both, denied, error, filtered_token, guest, nested, put, rows
from tests_tool.host_checks_a.table import case

PROCESSORS = "vms.processors"
NO_MACHINES = both(rows("vms.vm"), rows(PROCESSORS), rows("vms.disks"), rows("vms.guest"))
NESTED_HOST = put("os.computer.Model", "Virtual Machine")
AMD = put("os.processor.Manufacturer", "AuthenticAMD")
LAB_LOST = rows(PROCESSORS, {"VMId": WEB, "ExposeVirtualizationExtensions": False})
LAB_FAILED = both(LAB_LOST, error(PROCESSORS, "OperationFailed,Somebody", target=LAB))
BOTH_FAILED = both(rows(PROCESSORS), *(error(PROCESSORS, "OperationFailed,Somebody", target=vm) for vm in (WEB, LAB)))
WINDOWS = {"OSVersion": "10.0.20348", "ProductType": "3"}
ALLOWED = {"allowed_vms": ["lab"]}

WHERE = [
    case("HOST-11a", "nowhere", "pass", "as recommended"),
    case("HOST-11a", "somewhere", "fail", "lab (b0000000)", nested),
    case("HOST-11a", "where it is allowed, by name", "pass", "", nested, nested=ALLOWED),
    case("HOST-11a", "where it is allowed, by id", "pass", "", nested, nested={"allowed_vms": [LAB.upper()]}),
    case("HOST-11a", "somewhere else than where it is allowed", "fail", "lab", nested, nested={"allowed_vms": ["web"]}),
    case("HOST-11a", "the host is nested itself", "review", "all that it runs is nested", NESTED_HOST),
    case("HOST-11a", "no virtual machines", "not applicable", "no virtual machines", NO_MACHINES),
    case("HOST-11a", "one machine could not be asked", "review", "OperationFailed", LAB_FAILED),
    case("HOST-11a", "one machine has no row", "review", "no row of this VM", LAB_LOST),
    case("HOST-11a", "no machine could be asked, each for itself", "review", "OperationFailed", BOTH_FAILED),
    case(
        "HOST-11a",
        "one fails, one could not be asked",
        "fail",
        "web",
        LAB_FAILED,
        put(f"{PROCESSORS}.ExposeVirtualizationExtensions", True),
    ),
    case(
        "HOST-11a",
        "one machine's is null",
        "review",
        "ExposeVirtualizationExtensions",
        put(f"{PROCESSORS}.ExposeVirtualizationExtensions", None),
    ),
    case(
        "HOST-11a",
        "one machine's is a number",
        "review",
        "ExposeVirtualizationExtensions",
        put(f"{PROCESSORS}.ExposeVirtualizationExtensions", 0),
    ),
    case("HOST-11a", "the cmdlet refuses", "error", "0x80041003", denied(PROCESSORS)),
    case("HOST-11a", "no rows and no error", "error", "there are virtual machines", rows(PROCESSORS)),
    case("HOST-11a", "machines denied", "error", "0x80041003", denied("vms.vm")),
    case("HOST-11a", "no machines, and Hyper-V cannot be seen", "error", "cannot see Hyper-V", NO_MACHINES, BLIND),
    case("HOST-11a", "no machines without rights", "error", "full token", NO_MACHINES, filtered_token),
]

WHAT = [
    case("HOST-11b", "no machine is nested", "not applicable", "no virtual machine of this host may run"),
    case("HOST-11b", "no virtual machines", "not applicable", "no virtual machine", NO_MACHINES),
    case("HOST-11b", "a silent guest", "review", "silent", nested),
    case(
        "HOST-11b",
        "a Windows guest is not acquitted",
        "review",
        "proves nothing",
        nested,
        guest("Windows Server 2022 Datacenter", **WINDOWS),
    ),
    case(
        "HOST-11b",
        "Hyper-V Server is not condemned",
        "review",
        "Hyper-V Server 2019",
        nested,
        guest("Hyper-V Server 2019", **WINDOWS),
    ),
    case("HOST-11b", "allowed nesting does not acquit", "review", "silent", nested, nested=ALLOWED),
    case("HOST-11b", "a Linux guest", "fail", "Ubuntu", nested, guest("Ubuntu")),
    case(
        "HOST-11b", "a Linux guest that poses as Windows", "fail", "Proxmox VE", nested, guest("Proxmox VE", **WINDOWS)
    ),
    case("HOST-11b", "a name with a denied word", "fail", "VMware", nested, guest("VMware on Windows")),
    case(
        "HOST-11b",
        "a word that the policy denies",
        "fail",
        "Windows 11",
        nested,
        guest("Windows 11"),
        nested={"denied_os_regex": "Windows 11"},
    ),
    case(
        "HOST-11b",
        "AMD before 2022",
        "fail",
        "at least 20348",
        nested,
        AMD,
        put("os.version.CurrentBuildNumber", "17763"),
    ),
    case("HOST-11b", "AMD since 2022", "review", "silent", nested, AMD),
    case(
        "HOST-11b",
        "AMD before 2022, and nothing nested",
        "not applicable",
        "",
        AMD,
        put("os.version.CurrentBuildNumber", "17763"),
    ),
    case("HOST-11b", "one machine could not be asked", "review", "OperationFailed", LAB_FAILED),
    case(
        "HOST-11b",
        "the guest's answer is of another shape",
        "review",
        "silent",
        nested,
        put("vms.guest.Items", None, row=1),
    ),
    case("HOST-11b", "processors denied", "error", "0x80041003", denied(PROCESSORS)),
    case("HOST-11b", "guests denied", "error", "0x80041003", nested, denied("vms.guest")),
    case("HOST-11b", "makers denied", "error", "0x80041003", nested, denied("os.processor")),
    case("HOST-11b", "a maker that is null", "error", "Manufacturer", nested, put("os.processor.Manufacturer", None)),
    case("HOST-11b", "no machines, and Hyper-V cannot be seen", "error", "cannot see Hyper-V", NO_MACHINES, BLIND),
]

CASES = [*WHERE, *WHAT]
