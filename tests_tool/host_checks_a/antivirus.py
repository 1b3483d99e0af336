"""HOST-09, row by row."""

from typing import Any

from tests_tool.changes import Change, denied, empty, error, filtered_token, put, together
from tests_tool.host_checks_a.table import case

STATUS, PREFERENCE = "defender.status", "defender.preference"
SILENT = together(
    empty(STATUS),
    empty(PREFERENCE),
    error(STATUS, "HRESULT 0x800106ba,Get-MpComputerStatus"),
    error(PREFERENCE, "HRESULT 0x800106ba,Get-MpPreference"),
)
STOPPED = together(put("defender.service.State", "Stopped"), SILENT)
ABSENT = together(empty("defender.service"), SILENT)
OTHER = {"product": "Contoso Antivirus"}
UNDECIDED = {"allowed_exclusion_regex": None}
MASKED = "N/A: Must be an administrator to view exclusions"
SYSTEM = "C:\\Windows\\System32"
MANUAL_FOLDERS = [
    "D:\\Hyper-V",
    "%ProgramData%\\Microsoft\\Windows\\Hyper-V",
    "%Public%\\Documents\\Hyper-V\\Virtual Hard Disks\\",
]
MANUAL_PROCESSES = [f"{SYSTEM}\\{name}.exe" for name in ("vmms", "vmwp", "vmsp", "vmcompute")]


def mode(text: str | None) -> Change:
    """How Defender runs."""
    return put(f"{STATUS}.AMRunningMode", text)


def folders(*paths: Any) -> Change:
    """Excluded folders."""
    return put(f"{PREFERENCE}.ExclusionPath", list(paths))


def extensions(*names: Any) -> Change:
    """Excluded extensions."""
    return put(f"{PREFERENCE}.ExclusionExtension", list(names))


def processes(*paths: Any) -> Change:
    """Excluded processes."""
    return put(f"{PREFERENCE}.ExclusionProcess", list(paths))


def by_hand(folders_: list[str], processes_: list[str]) -> Change:
    """Automatic exclusions are off."""
    return together(put(f"{PREFERENCE}.DisableAutoExclusions", True), folders(*folders_), processes(*processes_))


def files_in(folder: str) -> Change:
    """The machine `lab` lies there."""
    return together(
        put("vms.vm.Path", folder),
        put("vms.vm.ConfigurationLocation", folder),
        put("vms.disks.Path", f"{folder}\\os.vhdx"),
    )


WORKING = [
    case("HOST-09", "it works, with the right exclusions", "pass", "as recommended"),
    case("HOST-09", "an early 2016 names no mode", "pass", "", mode(None)),
    case("HOST-09", "stopped", "fail", "no antivirus is active", STOPPED),
    case("HOST-09", "stopped, and another product is there", "review", "Contoso Antivirus", STOPPED, antivirus=OTHER),
    case("HOST-09", "absent", "review", "not installed", ABSENT),
    case("HOST-09", "not running", "fail", "no antivirus is active", mode("Not running")),
    case(
        "HOST-09",
        "not running, and another product is there",
        "review",
        "Contoso",
        mode("Not running"),
        antivirus=OTHER,
    ),
    *(
        case(
            "HOST-09",
            f"the mode is {text}",
            "review",
            "another product",
            mode(text),
            put(f"{STATUS}.AntivirusSignatureAge", 99),
        )
        for text in ("Passive Mode", "SxS Passive Mode", "EDR Block Mode", "Something new")
    ),
    case("HOST-09", "it works, though the policy names another", "review", "Contoso Antivirus", antivirus=OTHER),
    case("HOST-09", "off", "fail", "status.enabled: no", put(f"{STATUS}.AntivirusEnabled", False)),
    case(
        "HOST-09",
        "no real-time protection",
        "fail",
        "real_time_protection: no",
        put(f"{STATUS}.RealTimeProtectionEnabled", False),
    ),
    case("HOST-09", "signatures just young enough", "pass", "", put(f"{STATUS}.AntivirusSignatureAge", 3)),
    case("HOST-09", "old signatures", "fail", "at most 3", put(f"{STATUS}.AntivirusSignatureAge", 4)),
    case(
        "HOST-09",
        "signatures as old as the policy lets them be",
        "pass",
        "",
        put(f"{STATUS}.AntivirusSignatureAge", 4),
        antivirus={"max_signature_age_days": 7},
    ),
    case("HOST-09", "never any signatures", "fail", "4294967295", put(f"{STATUS}.AntivirusSignatureAge", 4294967295)),
    case("HOST-09", "the service denied", "error", "AccessDenied", denied("defender.service")),
    case("HOST-09", "no service without rights", "error", "full token", ABSENT, filtered_token),
    case("HOST-09", "status denied", "error", "AccessDenied", denied(STATUS)),
    case("HOST-09", "preference denied", "error", "AccessDenied", denied(PREFERENCE)),
    case(
        "HOST-09",
        "protection not shown",
        "error",
        "RealTimeProtectionEnabled",
        put(f"{STATUS}.RealTimeProtectionEnabled", None),
    ),
    case(
        "HOST-09",
        "protection as text",
        "error",
        "RealTimeProtectionEnabled",
        put(f"{STATUS}.RealTimeProtectionEnabled", "True"),
    ),
    case("HOST-09", "age not shown", "error", "AntivirusSignatureAge", put(f"{STATUS}.AntivirusSignatureAge", None)),
    case("HOST-09", "machines denied", "error", "AccessDenied", denied("vms.vm")),
]

EXCLUDED = [
    *(
        case(
            "HOST-09",
            f"too broad a folder: {path}",
            "fail",
            "never scanned",
            folders("D:\\Hyper-V", path),
            antivirus={"allowed_exclusion_regex": ["."]},
        )
        for path in ("C:\\", "D:", "d:\\*", "*", "*:\\", "C:\\Windows", "%windir%\\", "c:\\users\\*", "%SystemDrive%")
    ),
    *(
        case(
            "HOST-09",
            f"too broad an extension: {name}",
            "fail",
            "never scanned",
            extensions(name),
            antivirus={"allowed_exclusion_regex": ["."]},
        )
        for name in ("exe", ".DLL", "*.ps1", "bat", "*", ".*")
    ),
    case(
        "HOST-09",
        "every process",
        "fail",
        "never scanned",
        processes("*"),
        antivirus={"allowed_exclusion_regex": ["."]},
    ),
    case("HOST-09", "a folder that nobody needs", "fail", "found C:\\Tools", folders("D:\\Hyper-V", "C:\\Tools")),
    case("HOST-09", "a process that nobody needs", "fail", "found powershell.exe", processes("powershell.exe")),
    case(
        "HOST-09",
        "a program among the disks",
        "fail",
        "found D:\\Hyper-V\\web\\a.exe",
        processes("D:\\Hyper-V\\web\\a.exe"),
    ),
    case("HOST-09", "a process by its name alone", "fail", "found vmwp.exe", processes("vmwp.exe")),
    case("HOST-09", "an extension that nobody needs", "fail", "found .tmp", extensions("tmp")),
    case(
        "HOST-09",
        "what the policy allows",
        "pass",
        "",
        folders("D:\\Hyper-V", "C:\\Tools"),
        antivirus={"allowed_exclusion_regex": ["^D:\\\\Hyper-V$", "^c:\\\\tools$"]},
    ),
    case(
        "HOST-09",
        "nobody has said what is allowed",
        "review",
        "antivirus: {allowed_exclusion_regex: ['^D:\\\\Hyper\\-V$', '^C:\\\\Tools$']}",
        folders("D:\\Hyper-V", "C:\\Tools\\"),
        antivirus=UNDECIDED,
    ),
    case(
        "HOST-09",
        "nobody has said, and nothing but what Hyper-V needs is excluded",
        "pass",
        "",
        folders(
            "D:\\Hyper-V\\web",
            "D:\\Hyper-V\\lab\\*",
            "C:\\ClusterStorage",
            "C:\\ProgramData\\Microsoft\\Windows\\Hyper-V\\Snapshots",
        ),
        antivirus=UNDECIDED,
    ),
    case("HOST-09", "a disk's extension everywhere", "review", "wherever it lies", extensions("VHDX")),
    case(
        "HOST-09",
        "a folder of machines is scanned",
        "fail",
        "E:\\VMs; E:\\VMs\\os.vhdx",
        files_in("E:\\VMs"),
        processes(),
    ),
    case(
        "HOST-09",
        "traffic with an address is not looked at",
        "fail",
        "203.0.113.7; expected none",
        put(f"{PREFERENCE}.ExclusionIpAddress", ["203.0.113.7"]),
    ),
    case(
        "HOST-09",
        "traffic with an address that the policy allows",
        "pass",
        "",
        put(f"{PREFERENCE}.ExclusionIpAddress", ["203.0.113.7"]),
        antivirus={"allowed_exclusion_regex": [r"^D:\\Hyper-V$", r"^203\.0\.113\.7$"]},
    ),
    case(
        "HOST-09",
        "masked addresses",
        "error",
        "masked",
        put(f"{PREFERENCE}.ExclusionIpAddress", [MASKED]),
    ),
    case("HOST-09", "no exclusion at all", "fail", "D:\\Hyper-V\\web", folders(), processes()),
    case(
        "HOST-09", "a neighbour whose name begins alike", "fail", "D:\\Hyper-V2", files_in("D:\\Hyper-V2"), processes()
    ),
    case(
        "HOST-09",
        "a wildcard for one folder",
        "pass",
        "",
        folders("D:\\*\\web", "D:\\*\\lab"),
        antivirus={"allowed_exclusion_regex": ["."]},
    ),
    case("HOST-09", "a folder left out by processes only", "review", "only by process", files_in("E:\\VMs")),
    case(
        "HOST-09",
        "half of the processes is not enough",
        "fail",
        "E:\\VMs",
        files_in("E:\\VMs"),
        processes(MANUAL_PROCESSES[0]),
    ),
    case(
        "HOST-09",
        "a folder left out by extensions only",
        "review",
        "only by process",
        files_in("E:\\VMs"),
        processes(),
        extensions("vhdx", "vmcx", "vmrs"),
    ),
    case(
        "HOST-09", "not all extensions", "fail", "found E:\\VMs;", files_in("E:\\VMs"), processes(), extensions("vmcx")
    ),
    case(
        "HOST-09",
        "default folders are left out by Windows",
        "pass",
        "",
        files_in("C:\\ProgramData\\Microsoft\\Windows\\Hyper-V"),
        processes(),
    ),
    case(
        "HOST-09",
        "a cluster's storage is no default",
        "fail",
        "ClusterStorage",
        files_in("C:\\ClusterStorage\\Volume1"),
        processes(),
    ),
    case(
        "HOST-09", "a share is the file server's matter", "pass", "file server", files_in("\\\\fs01\\vms"), processes()
    ),
    case("HOST-09", "no automatic exclusions, all by hand", "pass", "", by_hand(MANUAL_FOLDERS, MANUAL_PROCESSES)),
    case(
        "HOST-09",
        "no automatic exclusions, a folder forgotten",
        "fail",
        "C:\\ProgramData",
        by_hand(MANUAL_FOLDERS[:1], MANUAL_PROCESSES),
    ),
    case(
        "HOST-09",
        "no automatic exclusions, a process forgotten",
        "fail",
        "vmcompute.exe",
        by_hand(MANUAL_FOLDERS, MANUAL_PROCESSES[:3]),
    ),
    case(
        "HOST-09",
        "no automatic exclusions on 2016, which has no vmcompute",
        "pass",
        "",
        by_hand(MANUAL_FOLDERS, MANUAL_PROCESSES[:3]),
        put("os.version.CurrentBuildNumber", "14393"),
    ),
    *(
        case("HOST-09", f"masked {name}", "error", "masked", change)
        for name, change in {
            "folders": folders(MASKED),
            "extensions": extensions(MASKED),
            "processes": processes(MASKED),
        }.items()
    ),
    case(
        "HOST-09",
        "automatic exclusions not shown",
        "error",
        "DisableAutoExclusions",
        put(f"{PREFERENCE}.DisableAutoExclusions", None),
    ),
    case("HOST-09", "a list that is null", "error", "ExclusionPath", put(f"{PREFERENCE}.ExclusionPath", None)),
    case("HOST-09", "a path that is a number", "error", "ExclusionPath", folders(7)),
]

CASES = [*WORKING, *EXCLUDED]
