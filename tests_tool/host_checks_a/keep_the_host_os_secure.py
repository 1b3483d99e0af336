"""HOST-01d to HOST-01g, row by row."""

import json

from tests_tool.changes import Change, add, denied, empty, error, filtered_token, put, rows, together
from tests_tool.host_checks_a.good import nobody, program, session
from tests_tool.host_checks_a.table import case

GUARD = "security.device_guard"
NO_CREDENTIAL_GUARD = together(
    put(f"{GUARD}.SecurityServicesRunning", [2]), put(f"{GUARD}.SecurityServicesConfigured", [2])
)
NOTHING_RUNS = together(
    put(f"{GUARD}.SecurityServicesRunning", [0]),
    put(f"{GUARD}.SecurityServicesConfigured", [0]),
    put(f"{GUARD}.VirtualizationBasedSecurityStatus", 0),
)
STANDALONE = put("os.computer.DomainRole", 2)
DESKTOP = put("os.version.InstallationType", "Server")
NESTED_HOST = put("os.computer.Model", "Virtual Machine")
NO_SECURE_BOOT_SEEN = put(f"{GUARD}.AvailableSecurityProperties", [1, 7])
BIOS = together(
    empty("tpm.secure_boot"), error("tpm.secure_boot", "GetFWVarFailed,Somebody", category="NotImplemented")
)


def integrity(kernel: object, user: object) -> Change:
    """How far code integrity policies go."""
    return together(
        put(f"{GUARD}.CodeIntegrityPolicyEnforcementStatus", kernel),
        put(f"{GUARD}.UsermodeCodeIntegrityPolicyEnforcementStatus", user),
    )


def listed(*, system: bool, enforced: bool, result: int = 0) -> Change:
    """What CiTool lists: one policy, over several lines."""
    policy = {"PolicyID": "a244370e", "IsSystemPolicy": system, "IsEnforced": enforced}
    return rows(
        "security.policies", *json.dumps({"OperationResult": result, "Policies": [policy]}, indent=2).split("\n")
    )


UNNECESSARY = [
    case("HOST-01d", "only what is needed", "pass", "as recommended"),
    case("HOST-01d", "no program at all", "pass", "", empty("software.uninstall"), software={"allowed_regex": None}),
    case("HOST-01d", "SMB 1, as 2016 has it", "fail", "FS-SMB1-CLIENT", add("software.features", "FS-SMB1-CLIENT")),
    case("HOST-01d", "a web server", "fail", "found Web-WebServer", add("software.features", "Web-WebServer")),
    case("HOST-01d", "case makes no difference", "fail", "powershell-v2", add("software.features", "powershell-v2")),
    case("HOST-01d", "a tool for a denied role is none", "pass", "", add("software.features", "RSAT-DNS-Server")),
    case(
        "HOST-01d",
        "a feature of neither list",
        "review",
        "software: {allowed_features: [PowerShell-ISE]}",
        add("software.features", "PowerShell-ISE"),
    ),
    case(
        "HOST-01d",
        "the policy allows more features",
        "pass",
        "",
        add("software.features", "PowerShell-ISE"),
        software={"allowed_features": ["PowerShell-ISE"]},
    ),
    case(
        "HOST-01d",
        "what is denied stays denied beside the policy's own features",
        "fail",
        "DNS",
        add("software.features", "DNS"),
        software={"allowed_features": ["DNS"]},
    ),
    case(
        "HOST-01d",
        "the policy denies other features",
        "pass",
        "",
        add("software.features", "DNS"),
        software={"allowed_features": ["DNS"], "denied_features": ["DHCP"]},
    ),
    case(
        "HOST-01d", "a browser", "fail", "Google Chrome 98", add("software.uninstall", program("Google Chrome", "98"))
    ),
    case(
        "HOST-01d",
        "a program with a denied word inside another",
        "review",
        "System Center Operations Agent",
        add("software.uninstall", program("System Center Operations Agent")),
    ),
    case(
        "HOST-01d",
        "the policy denies other programs",
        "fail",
        "Contoso Games",
        add("software.uninstall", program("Contoso Games", None)),
        software={"denied_regex": ["games"]},
    ),
    case(
        "HOST-01d",
        "an unknown program",
        "review",
        "software: {allowed_regex: [^Contoso Hardware Agent$, ^Tool \\(x64\\)$]}",
        add("software.uninstall", program("Tool (x64)")),
    ),
    case(
        "HOST-01d",
        "programs, and the policy says nothing",
        "review",
        "software: {allowed_regex: [^Contoso Hardware Agent$]}",
        software={"allowed_regex": None},
    ),
    case(
        "HOST-01d",
        "a session",
        "review",
        "LAB\\jdoe (remote interactive)",
        add("software.sessions", session("LAB\\jdoe", 10)),
    ),
    case(
        "HOST-01d",
        "as many sessions as the policy lets pass",
        "pass",
        "",
        add("software.sessions", session("LAB\\jdoe")),
        software={"max_interactive_sessions": 1},
    ),
    case(
        "HOST-01d",
        "a session that the policy denies",
        "fail",
        "LAB\\jdoe",
        add("software.sessions", session("LAB\\jdoe")),
        software={"max_interactive_sessions": 9, "session_denied_regex": ["\\\\jdoe$"]},
    ),
    case("HOST-01d", "features denied", "error", "AccessDenied", denied("software.features")),
    case("HOST-01d", "programs denied", "error", "AccessDenied", denied("software.uninstall")),
    case("HOST-01d", "sessions denied", "error", "AccessDenied", denied("software.sessions")),
    case("HOST-01d", "sessions empty without rights", "error", "full token", filtered_token),
    case("HOST-01d", "no feature at all", "error", "not even Hyper-V", empty("software.features")),
    case("HOST-01d", "a feature without a name", "error", "None is no name", add("software.features", None)),
    case(
        "HOST-01d", "a program whose name is a number", "error", "DisplayName", put("software.uninstall.DisplayName", 7)
    ),
    case(
        "HOST-01d",
        "a session of an unreadable kind",
        "error",
        "LogonType",
        add("software.sessions", {**session("LAB\\jdoe"), "LogonType": None}),
    ),
]

SESSIONS = [
    case(
        "HOST-01d",
        "somebody who cannot be looked up",
        "review",
        "OLDLAB\\jdoe",
        add("software.sessions", nobody("OLDLAB\\jdoe")),
    ),
    case(
        "HOST-01d", "somebody without a name", "review", "somebody (interactive)", add("software.sessions", nobody(""))
    ),
    case("HOST-01d", "the window manager", "pass", "", add("software.sessions", nobody("Fenstermanager\\DWM-3"))),
    case(
        "HOST-01d",
        "a person by the name of the window manager",
        "review",
        "DWM-3",
        add("software.sessions", session("LAB\\DWM-3")),
    ),
    case(
        "HOST-01e",
        "somebody who cannot be looked up",
        "fail",
        "OLDLAB\\jdoe",
        NO_CREDENTIAL_GUARD,
        add("software.sessions", nobody("OLDLAB\\jdoe", 10)),
    ),
]

LOCAL_MANAGEMENT = [
    case("HOST-01e", "Credential Guard runs", "pass", "Credential Guard runs"),
    case(
        "HOST-01e",
        "it runs, whoever sits there",
        "pass",
        "",
        DESKTOP,
        add("software.sessions", session("LAB\\jdoe")),
        management={"local_management_used": True},
    ),
    case(
        "HOST-01e", "not running, and nobody is there", "pass", "nobody manages this host locally", NO_CREDENTIAL_GUARD
    ),
    case("HOST-01e", "[0] is none", "pass", "nobody manages", NOTHING_RUNS),
    case(
        "HOST-01e",
        "not running, and a session",
        "fail",
        "LAB\\jdoe",
        NO_CREDENTIAL_GUARD,
        add("software.sessions", session("LAB\\jdoe")),
    ),
    case("HOST-01e", "not running, and a desktop", "fail", "anything but Server", NO_CREDENTIAL_GUARD, DESKTOP),
    case(
        "HOST-01e",
        "not running, and the policy says that it is managed locally",
        "fail",
        "management.local_management_used",
        NO_CREDENTIAL_GUARD,
        management={"local_management_used": True},
    ),
    case(
        "HOST-01e",
        "not running, and nobody has said",
        "review",
        "management: {local_management_used: false}",
        NO_CREDENTIAL_GUARD,
        management={"local_management_used": None},
    ),
    case(
        "HOST-01e",
        "another installation option",
        "review",
        "Nano Server",
        NO_CREDENTIAL_GUARD,
        put("os.version.InstallationType", "Nano Server"),
    ),
    case(
        "HOST-01e",
        "configured, and a restart is pending",
        "review",
        "a restart is pending",
        put(f"{GUARD}.SecurityServicesRunning", [2]),
        put("updates.reboot_pending.Servicing", True),
    ),
    case(
        "HOST-01e",
        "configured, and the machine lacks what it requires",
        "review",
        "lacks DMA protection (IOMMU), property 99",
        put(f"{GUARD}.SecurityServicesRunning", [2]),
        put(f"{GUARD}.RequiredSecurityProperties", [1, 3, 99]),
        put(f"{GUARD}.AvailableSecurityProperties", [1, 2]),
    ),
    case("HOST-01e", "a domain controller", "not applicable", "not supported", put("os.computer.DomainRole", 5)),
    case("HOST-01e", "a second domain controller", "not applicable", "not supported", put("os.computer.DomainRole", 4)),
    case("HOST-01e", "a workgroup host", "pass", "nobody manages", NO_CREDENTIAL_GUARD, STANDALONE),
    case(
        "HOST-01e",
        "a workgroup host with a session",
        "review",
        "no domain credentials",
        NO_CREDENTIAL_GUARD,
        STANDALONE,
        add("software.sessions", session("HV01\\Administrator")),
    ),
    case(
        "HOST-01e",
        "an unknown role in the domain",
        "fail",
        "Server",
        NO_CREDENTIAL_GUARD,
        DESKTOP,
        put("os.computer.DomainRole", 42),
    ),
    case("HOST-01e", "new codes break nothing", "pass", "", put(f"{GUARD}.SecurityServicesRunning", [1, 2, 42])),
    case("HOST-01e", "the service refuses", "error", "AccessDenied", denied(GUARD)),
    case(
        "HOST-01e",
        "no list of services",
        "error",
        "SecurityServicesRunning",
        put(f"{GUARD}.SecurityServicesRunning", None),
    ),
    case(
        "HOST-01e",
        "an empty list, which Windows never gives",
        "error",
        "SecurityServicesRunning",
        put(f"{GUARD}.SecurityServicesRunning", []),
    ),
    case(
        "HOST-01e",
        "services as text",
        "error",
        "SecurityServicesRunning",
        put(f"{GUARD}.SecurityServicesRunning", ["1"]),
    ),
    case("HOST-01e", "role not shown", "error", "DomainRole", put("os.computer.DomainRole", None)),
    case("HOST-01e", "sessions empty without rights", "error", "full token", filtered_token),
]

CODE_INTEGRITY = [
    case("HOST-01f", "both enforced", "pass", "as recommended"),
    case("HOST-01f", "both off", "fail", "kernel: off (0); user: off (0)", integrity(0, 0)),
    case("HOST-01f", "programs audited", "fail", "audit mode", integrity(2, 1)),
    case("HOST-01f", "drivers audited", "fail", "audit mode", integrity(1, 2)),
    case(
        "HOST-01f", "audit is accepted for now", "review", "accept_audit", integrity(2, 1), wdac={"accept_audit": True}
    ),
    case(
        "HOST-01f",
        "off is no audit",
        "fail",
        "kernel: off (0); user: off (0)",
        integrity(0, 0),
        wdac={"accept_audit": True},
    ),
    case("HOST-01f", "only the kernel", "review", "kernel_only_ok", integrity(2, 0)),
    case(
        "HOST-01f",
        "only the kernel, and that will do",
        "pass",
        "only the kernel",
        integrity(2, 0),
        wdac={"kernel_only_ok": True},
    ),
    case(
        "HOST-01f",
        "only the kernel, by Microsoft's list alone",
        "review",
        "list of bad drivers",
        integrity(2, 0),
        put("security.policy_file.SIPolicy", False),
        wdac={"kernel_only_ok": True},
    ),
    case(
        "HOST-01f",
        "only the kernel, by a listed policy of the organisation",
        "pass",
        "only the kernel",
        integrity(2, 0),
        put("security.policy_file.SIPolicy", False),
        listed(system=False, enforced=True),
        wdac={"kernel_only_ok": True},
    ),
    case(
        "HOST-01f",
        "only the kernel, by a listed policy of Windows",
        "review",
        "list of bad drivers",
        integrity(2, 0),
        put("security.policy_file.SIPolicy", False),
        listed(system=True, enforced=True),
        wdac={"kernel_only_ok": True},
    ),
    case(
        "HOST-01f",
        "only the kernel, and a listed policy that only audits",
        "review",
        "list of bad drivers",
        integrity(2, 0),
        put("security.policy_file.SIPolicy", False),
        listed(system=False, enforced=False),
        wdac={"kernel_only_ok": True},
    ),
    case(
        "HOST-01f",
        "only the kernel, and the list is refused",
        "error",
        "CiTool ended with -2147024891",
        integrity(2, 0),
        put("security.policy_file.SIPolicy", False),
        listed(system=False, enforced=True, result=-2147024891),
        wdac={"kernel_only_ok": True},
    ),
    case(
        "HOST-01f",
        "only the kernel, and the list is none",
        "error",
        "no list of policies",
        integrity(2, 0),
        put("security.policy_file.SIPolicy", False),
        rows("security.policies", "Access is denied."),
        wdac={"kernel_only_ok": True},
    ),
    case("HOST-01f", "only programs", "review", "drivers are not held", integrity(0, 2)),
    case(
        "HOST-01f",
        "an unknown number for programs",
        "review",
        "unknown (-1)",
        integrity(2, 7),
        wdac={"kernel_only_ok": True},
    ),
    case("HOST-01f", "an unknown number for drivers", "review", "unknown (-1)", integrity(7, 2)),
    case("HOST-01f", "the class refuses", "error", "AccessDenied", denied(GUARD)),
    case("HOST-01f", "null", "error", "UsermodeCodeIntegrity", integrity(2, None)),
    case("HOST-01f", "a truth value is no number", "error", "expected the number", integrity(True, 2)),
    case("HOST-01f", "policy file not looked for", "error", "SIPolicy", put("security.policy_file.SIPolicy", None)),
    case("HOST-01f", "policy file denied", "error", "AccessDenied", denied("security.policy_file")),
    case("HOST-01f", "no row without rights", "error", "full token", empty(GUARD), filtered_token),
]

MEMORY_INTEGRITY = [
    case("HOST-01g", "it runs", "pass", "as recommended"),
    case("HOST-01g", "not configured", "fail", "not configured", NOTHING_RUNS),
    case(
        "HOST-01g",
        "other services only",
        "fail",
        "guard.runs(HVCI): no",
        put(f"{GUARD}.SecurityServicesRunning", [1, 3]),
    ),
    case(
        "HOST-01g",
        "enabled, and not running",
        "fail",
        "not running (1)",
        put(f"{GUARD}.VirtualizationBasedSecurityStatus", 1),
    ),
    case("HOST-01g", "an unknown state", "fail", "unknown (-1)", put(f"{GUARD}.VirtualizationBasedSecurityStatus", 9)),
    case(
        "HOST-01g",
        "configured, and the machine lacks something",
        "fail",
        "lacks DMA protection",
        put(f"{GUARD}.SecurityServicesRunning", [0]),
        put(f"{GUARD}.RequiredSecurityProperties", [1, 3]),
        put(f"{GUARD}.AvailableSecurityProperties", [1, 2]),
    ),
    case(
        "HOST-01g",
        "configured, and a restart is pending",
        "fail",
        "a restart is pending",
        put(f"{GUARD}.SecurityServicesRunning", [0]),
        put("updates.reboot_pending.WindowsUpdate", True),
    ),
    case(
        "HOST-01g",
        "other services are configured",
        "fail",
        "does not run; not configured",
        put(f"{GUARD}.SecurityServicesRunning", [1]),
        put(f"{GUARD}.SecurityServicesConfigured", [1]),
    ),
    case("HOST-01g", "Secure Boot by the firmware's word", "pass", "", NO_SECURE_BOOT_SEEN),
    case("HOST-01g", "Secure Boot by the other witness", "pass", "", denied("tpm.secure_boot")),
    case(
        "HOST-01g",
        "Secure Boot off",
        "fail",
        "secure_boot: no",
        NO_SECURE_BOOT_SEEN,
        put("tpm.secure_boot.Enabled", False),
    ),
    case("HOST-01g", "a BIOS machine", "fail", "secure_boot: no", NO_SECURE_BOOT_SEEN, BIOS),
    case(
        "HOST-01g",
        "Secure Boot is not asked for",
        "pass",
        "",
        NO_SECURE_BOOT_SEEN,
        BIOS,
        vbs={"require_secure_boot": False},
    ),
    case(
        "HOST-01g",
        "DMA protection is asked for, and is not there",
        "fail",
        "DMA_PROTECTION",
        put(f"{GUARD}.AvailableSecurityProperties", [1, 2]),
        vbs={"require_dma": True},
    ),
    case("HOST-01g", "DMA protection is asked for", "pass", "", vbs={"require_dma": True}),
    case("HOST-01g", "a nested host", "review", "host outside", NESTED_HOST),
    case("HOST-01g", "a nested host without", "review", "host outside", NESTED_HOST, NOTHING_RUNS),
    case("HOST-01g", "new codes break nothing", "pass", "", put(f"{GUARD}.AvailableSecurityProperties", [2, 77])),
    case("HOST-01g", "the class refuses", "error", "AccessDenied", denied(GUARD)),
    case(
        "HOST-01g", "Secure Boot by no witness", "error", "AccessDenied", NO_SECURE_BOOT_SEEN, denied("tpm.secure_boot")
    ),
    case(
        "HOST-01g",
        "state as text",
        "error",
        "VirtualizationBased",
        put(f"{GUARD}.VirtualizationBasedSecurityStatus", "2"),
    ),
    case("HOST-01g", "no row without rights", "error", "full token", empty(GUARD), filtered_token),
]

CASES = [*UNNECESSARY, *SESSIONS, *LOCAL_MANAGEMENT, *CODE_INTEGRITY, *MEMORY_INTEGRITY]
