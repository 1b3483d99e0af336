"""VM-05: what the check says of guests with one thing changed."""

from typing import Any

from tests_tool.changes import Change, World, denied, error, guest, put
from tests_tool.changes import linux as says_linux
from tests_tool.changes import windows as says_windows
from tests_tool.checks.good import WEB, changed
from tests_tool.guest_checks.good import cases, linux, prints
from tests_tool.judging import Case

ROW, LINUX = cases("VM-05"), cases("VM-05", linux)
SCAN = {
    "vm": "web",
    "tool": "SCT",
    "profile": "Windows Server 2022 Member Server",
    "evaluated": "2025-12-20",
    "score": 98.7,
    "failed_high": 0,
}
PROFILES = {"server": "Windows Server * Member Server", "dc": "Windows Server * Domain Controller"}


def scan(profiles: dict[str, str] | None = None, **found: Any) -> dict[str, Any]:
    """The policy keeps what a scanner found."""
    return {"baseline_results": [{**SCAN, **found}], "baseline_profiles": PROFILES if profiles is None else profiles}


SCANNED = [
    ROW("scanned", "pass", "as recommended", vm=scan()),
    ROW("scanned long ago", "review", "baseline_max_age_days", vm=scan(evaluated="2025-11-01")),
    ROW(
        "scanned long ago, and that will do",
        "pass",
        "as recommended",
        vm={**scan(evaluated="2025-11-01"), "baseline_max_age_days": 90},
    ),
    ROW("scanned tomorrow", "review", "baseline_max_age_days", vm=scan(evaluated="2026-02-01")),
    ROW(
        "scanned by another profile",
        "fail",
        "another profile",
        vm=scan(profile="Windows Server 2022 Domain Controller"),
    ),
    ROW(
        "scanned by the profile of another release",
        "fail",
        "another release",
        vm=scan(profile="Windows Server 2019 Member Server"),
    ),
    ROW(
        "a domain controller scanned as a member",
        "fail",
        "another profile",
        put("os.computer.DomainRole", 5),
        vm=scan(),
    ),
    ROW("scanned, and nobody says which profile fits", "review", "baseline_profiles", vm=scan({})),
    ROW("too many deviations", "fail", "at least 95", vm=scan(score=91.2)),
    ROW("fewer would do", "pass", "as recommended", vm={**scan(score=91.2), "baseline_min_score": 90}),
    ROW("one grave deviation", "fail", "grave", vm=scan(failed_high=1)),
    ROW(
        "the newest scan counts",
        "pass",
        "as recommended",
        vm={**scan(), "baseline_results": [{**SCAN, "score": 10, "evaluated": "2025-11-30"}, SCAN]},
    ),
    LINUX(
        "scanned",
        "fail",
        "at least 95",
        vm=scan({"linux": "cis_level1_server"}, profile="cis_level1_server", score=91.2),
    ),
]

SIGNING = ("HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanServer\\Parameters", "requiresecuritysignature")
CLIENT = ("HKLM\\SYSTEM\\CurrentControlSet\\Services\\LanmanWorkstation\\Parameters", "requiresecuritysignature")


def setting(value: int | None, key: str = SIGNING[0], name: str = SIGNING[1]) -> Change:
    """A value of the registry is another, or is not there."""

    def change(inside: World) -> None:
        held = {"Present": value is not None, "Kind": None if value is None else "DWord", "Value": value}
        (row,) = [r for r in inside.rows("baseline.registry") if (r["Key"], r["Name"].lower()) == (key, name)]
        row.update(held)

    return change


def unread(inside: World) -> None:
    """One key cannot be read."""
    kept = [row for row in inside.rows("baseline.registry") if row["Key"] != SIGNING[0]]
    inside.rows("baseline.registry")[:] = kept
    error("baseline.registry", "SecurityException", target=SIGNING[0])(inside)


WINDOWS_CASES = [
    ROW("each setting of the table", "pass", "by the table of Windows Server 2022, domain member, Server Core"),
    ROW("one setting deviates", "fail", "found 0; expected 1", setting(0)),
    ROW("one setting is missing", "fail", "not configured", setting(None)),
    ROW("one key cannot be read", "review", "SecurityException", unread),
    ROW("one deviates beside one that cannot be read", "fail", "network client", unread, setting(0, *CLIENT)),
    ROW("a firewall profile is off in force", "fail", "0 in force", put("ipsec.firewall_profiles.Enabled", 0)),
    ROW(
        "a domain controller is judged by no member's table",
        "review",
        "domain controller",
        put("os.computer.DomainRole", 5),
    ),
    ROW("a client is judged by no server's table", "review", "client", put("os.version.InstallationType", "Client")),
    ROW("a build without a table", "review", "no table", put("os.version.CurrentBuildNumber", "20349")),
    ROW("a role that cannot be read", "review", "os.computer", denied("os.computer")),
    ROW("a role of tomorrow", "review", "DomainRole", put("os.computer.DomainRole", 9)),
    ROW("settings that cannot be read", "review", "baseline.registry", denied("baseline.registry")),
]

LINUX_CASES = [
    LINUX("all that is asked", "review", "baseline-not-evaluated"),
    LINUX("nothing confines programs", "fail", "confines_programs", prints("apparmor", "N")),
    LINUX("SELinux is only permissive", "fail", "confines_programs", prints("selinux", "Permissive")),
    LINUX("no audit", "fail", "auditd", prints("services", "ssh.service loaded active running x")),
    LINUX(
        "root may log on with a password",
        "fail",
        "root_may_log_on",
        prints("ssh_settings", "PermitRootLogin yes\nPasswordAuthentication yes"),
    ),
    LINUX("passwords by default", "review", "passwords_may_log_on", prints("ssh_settings", "", status=1)),
    LINUX("no lockdown", "review", "kernel_is_locked_down", prints("lockdown", "[none] integrity confidentiality")),
    LINUX("lockdown cannot be read", "review", "Permission denied", prints("lockdown", "Permission denied", status=1)),
]


def outside(name: str, verdict: str, says: str, *host: Change, **vm: Any) -> Case:
    """Nobody looked inside."""
    return Case("VM-05", name, verdict, says, lambda: changed(host, WEB).topics(), {"vm": vm}, WEB)


SERVER = {"roles": {"web": "server"}}
SILENT = guest()
OUTSIDE = [
    outside("no way in", "review", "guest-access-not-configured"),
    outside("off", "review", "not-running", put("vms.vm.State", 3)),
    outside("a replica", "not applicable", "assessed-on-primary", put("vms.vm.ReplicationMode", 2)),
    outside(
        "a replica that was scanned",
        "not applicable",
        "assessed-on-primary",
        put("vms.vm.ReplicationMode", 2),
        **scan(),
    ),
    outside("scanned, and the policy knows its role", "pass", "as recommended", **scan(), roles={"web": "server"}),
    outside("scanned, and nobody knows its role", "review", "unknown", **scan()),
    outside("scanned, and off", "review", "not-running", put("vms.vm.State", 3), **scan(), **SERVER),
    outside(
        "scanned, and off with a grave deviation",
        "fail",
        "grave",
        put("vms.vm.State", 3),
        **scan(failed_high=1),
        **SERVER,
    ),
    outside("scanned, and off in trouble", "review", "not-running", put("vms.vm.State", 32786), **scan(), **SERVER),
    outside("scanned, and paused", "review", "not-running", put("vms.vm.State", 9), **scan(), **SERVER),
    outside(
        "a template that was scanned",
        "pass",
        "as recommended",
        put("vms.vm.State", 3),
        **scan(),
        **SERVER,
        templates={"name_patterns": ["web"]},
    ),
    outside("scanned, and nobody knows its release", "review", "which release", SILENT, **scan(), **SERVER),
    outside(
        "scanned, its release by policy",
        "pass",
        "as recommended",
        SILENT,
        **scan(),
        **SERVER,
        guest_os={"web": "windows-server-2022"},
    ),
    outside(
        "scanned by a profile of no release",
        "review",
        "which release",
        **scan({"default": "*"}, profile="Member Server"),
        **SERVER,
    ),
    outside(
        "2012 R2 by the profile of 2012",
        "fail",
        "another release",
        says_windows("6.3.9600"),
        **scan(profile="Windows Server 2012 Member Server"),
        **SERVER,
    ),
    outside(
        "2012 R2 by its own profile",
        "pass",
        "as recommended",
        says_windows("6.3.9600"),
        **scan(profile="Windows Server 2012 R2 Member Server"),
        **SERVER,
    ),
    outside(
        "2012 by the profile of 2012 R2",
        "fail",
        "another release",
        says_windows("6.2.9200"),
        **scan(profile="Windows Server 2012 R2 Member Server"),
        **SERVER,
    ),
    outside(
        "Windows 11 by the profile of Windows 10",
        "fail",
        "another release",
        says_windows("10.0.22631", 1),
        **scan({"client": "Windows *"}, profile="Windows 10 22H2"),
        roles={"web": "client"},
    ),
    outside(
        "Windows 11 by its own profile",
        "pass",
        "as recommended",
        says_windows("10.0.22631", 1),
        **scan({"client": "Windows *"}, profile="Windows 11 23H2"),
        roles={"web": "client"},
    ),
    outside(
        "a scenario of OSConfig",
        "pass",
        "as recommended",
        says_windows("10.0.26100"),
        **scan({"server": "*/MemberServer"}, profile="SecurityBaseline/WS2025/MemberServer"),
        **SERVER,
    ),
    outside(
        "RHEL 9 by the profile of RHEL 8",
        "fail",
        "another release",
        says_linux("Red Hat Enterprise Linux", "9.4"),
        **scan({"linux": "*cis*"}, profile="rhel8 cis_server_l1"),
        roles={"web": "linux"},
    ),
    outside(
        "RHEL 9 by its own profile",
        "pass",
        "as recommended",
        says_linux("Red Hat Enterprise Linux", "9.4"),
        **scan({"linux": "*cis*"}, profile="ssg-rhel9 cis_server_l1"),
        roles={"web": "linux"},
    ),
    outside(
        "Ubuntu by its own profile",
        "pass",
        "as recommended",
        says_linux("Ubuntu", "22.04"),
        **scan({"linux": "*"}, profile="UBUNTU_22-04 cis_level1_server"),
        roles={"web": "linux"},
    ),
    outside(
        "Ubuntu by the profile of another",
        "fail",
        "another release",
        says_linux("Ubuntu", "22.04"),
        **scan({"linux": "*"}, profile="CIS Ubuntu Linux 20.04 LTS"),
        roles={"web": "linux"},
    ),
    outside(
        "it says it is a domain controller",
        "fail",
        "domain controller",
        says_windows("10.0.20348", 2),
        **scan({"default": "Windows Server * Member Server"}),
    ),
    outside(
        "it says it is a domain controller, against the policy",
        "fail",
        "domain controller",
        says_windows("10.0.20348", 2),
        **scan(),
        **SERVER,
    ),
    outside(
        "a domain controller by the policy",
        "pass",
        "as recommended",
        says_windows("10.0.20348", 2),
        **scan(profile="Windows Server 2022 Domain Controller"),
        roles={"web": "dc"},
    ),
    outside("machines cannot be read", "error", "AccessDenied", denied("vms.vm")),
]

CASES = [*SCANNED, *WINDOWS_CASES, *LINUX_CASES, *OUTSIDE]
