"""HOST-11a and HOST-11b, row by row."""

from tests_tool.changes import canary, denied, edit, empty, error, failed, filtered_token, guest, lost, put, together
from tests_tool.host_checks_a.good import LAB, WEB
from tests_tool.host_checks_a.table import case

PROCESSORS = "vms.processors"
NESTED = put(f"{PROCESSORS}.ExposeVirtualizationExtensions", True)
NO_MACHINES = together(empty("vms.vm"), empty(PROCESSORS), empty("vms.disks"), empty("vms.guest"))
NESTED_HOST = put("os.computer.Model", "Virtual Machine")
AMD = put("os.processor.Manufacturer", "AuthenticAMD")
BOTH_FAILED = together(
    empty(PROCESSORS), *(error(PROCESSORS, "OperationFailed,Somebody", target=vm) for vm in (WEB, LAB))
)
WINDOWS = {"OSVersion": "10.0.20348", "ProductType": "3"}
ALLOWED = {"allowed_vms": ["lab"]}

WHERE = [
    case("HOST-11a", "nowhere", "pass", "as recommended"),
    case("HOST-11a", "somewhere", "fail", "lab (b0000000)", NESTED),
    case("HOST-11a", "where it is allowed, by name", "pass", "", NESTED, nested=ALLOWED),
    case("HOST-11a", "where it is allowed, by id", "pass", "", NESTED, nested={"allowed_vms": [LAB.upper()]}),
    case("HOST-11a", "somewhere else than where it is allowed", "fail", "lab", NESTED, nested={"allowed_vms": ["web"]}),
    case("HOST-11a", "the host is nested itself", "review", "all that it runs is nested", NESTED_HOST),
    case("HOST-11a", "no virtual machines", "not applicable", "no virtual machines", NO_MACHINES),
    case("HOST-11a", "one machine could not be asked", "review", "OperationFailed", failed(PROCESSORS)),
    case("HOST-11a", "one machine has no row", "review", "no row of this VM", lost(PROCESSORS)),
    case("HOST-11a", "no machine could be asked, each for itself", "review", "OperationFailed", BOTH_FAILED),
    case(
        "HOST-11a",
        "one fails, one could not be asked",
        "fail",
        "web",
        failed(PROCESSORS),
        edit(PROCESSORS, 0, ExposeVirtualizationExtensions=True),
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
    case("HOST-11a", "the cmdlet refuses", "error", "AccessDenied", denied(PROCESSORS)),
    case("HOST-11a", "no rows and no error", "error", "there are virtual machines", empty(PROCESSORS)),
    case("HOST-11a", "machines denied", "error", "AccessDenied", denied("vms.vm")),
    case("HOST-11a", "no machines, and Hyper-V cannot be seen", "error", "cannot see Hyper-V", NO_MACHINES, canary(0)),
    case("HOST-11a", "no machines without rights", "error", "full token", NO_MACHINES, filtered_token),
]

WHAT = [
    case("HOST-11b", "no machine is nested", "not applicable", "no virtual machine of this host may run"),
    case("HOST-11b", "no virtual machines", "not applicable", "no virtual machine", NO_MACHINES),
    case("HOST-11b", "a silent guest", "review", "silent", NESTED),
    case(
        "HOST-11b",
        "a Windows guest is not acquitted",
        "review",
        "proves nothing",
        NESTED,
        guest(OSName="Windows Server 2022 Datacenter", **WINDOWS),
    ),
    case(
        "HOST-11b",
        "Hyper-V Server is not condemned",
        "review",
        "Hyper-V Server 2019",
        NESTED,
        guest(OSName="Hyper-V Server 2019", **WINDOWS),
    ),
    case("HOST-11b", "allowed nesting does not acquit", "review", "silent", NESTED, nested=ALLOWED),
    case("HOST-11b", "a Linux guest", "fail", "Ubuntu", NESTED, guest(OSName="Ubuntu")),
    case(
        "HOST-11b",
        "a Linux guest that poses as Windows",
        "fail",
        "Proxmox VE",
        NESTED,
        guest(OSName="Proxmox VE", **WINDOWS),
    ),
    case("HOST-11b", "a name with a denied word", "fail", "VMware", NESTED, guest(OSName="VMware on Windows")),
    case(
        "HOST-11b",
        "a word that the policy denies",
        "fail",
        "Windows 11",
        NESTED,
        guest(OSName="Windows 11"),
        nested={"denied_os_regex": "Windows 11"},
    ),
    case(
        "HOST-11b",
        "AMD before 2022",
        "fail",
        "at least 20348",
        NESTED,
        AMD,
        put("os.version.CurrentBuildNumber", "17763"),
    ),
    case("HOST-11b", "AMD since 2022", "review", "silent", NESTED, AMD),
    case(
        "HOST-11b",
        "AMD before 2022, and nothing nested",
        "not applicable",
        "",
        AMD,
        put("os.version.CurrentBuildNumber", "17763"),
    ),
    case("HOST-11b", "one machine could not be asked", "review", "OperationFailed", failed(PROCESSORS)),
    case(
        "HOST-11b",
        "the guest's answer is of another shape",
        "review",
        "silent",
        NESTED,
        put("vms.guest.Items", None),
    ),
    case("HOST-11b", "processors denied", "error", "AccessDenied", denied(PROCESSORS)),
    case("HOST-11b", "guests denied", "error", "AccessDenied", NESTED, denied("vms.guest")),
    case("HOST-11b", "makers denied", "error", "AccessDenied", NESTED, denied("os.processor")),
    case("HOST-11b", "a maker that is null", "error", "Manufacturer", NESTED, put("os.processor.Manufacturer", None)),
    case("HOST-11b", "no machines, and Hyper-V cannot be seen", "error", "cannot see Hyper-V", NO_MACHINES, canary(0)),
]

CASES = [*WHERE, *WHAT]
