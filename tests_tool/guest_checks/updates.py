"""VM-03: what the check says of guests with one thing changed."""

from typing import Any

from hyperv_audit.collect.evidence import NoEvidence
from tests_tool.changes import Change, denied, drop, empty, error, freebsd, guest, missing, put, rows
from tests_tool.changes import linux as says_linux
from tests_tool.changes import windows as says_windows
from tests_tool.checks.good import WEB, changed
from tests_tool.guest_checks.good import cases, lacks, linux, prints
from tests_tool.guest_checks.good_linux import DAY, NOW
from tests_tool.host_checks_a.good import SECURITY, update
from tests_tool.judging import Case

ROW, LINUX = cases("VM-03"), cases("VM-03", linux)
SEARCH = "update_search.search"
WSUS = rows("guest.update_source", {"WUServer": "https://wsus.lab.example:8531", "UseWUServer": 1})
PENDING = put("updates.reboot_pending.Servicing", True)


def missing_update(published: str | None, severity: str = "Important", category: str = SECURITY) -> Change:
    """The last search found an update that nobody installed."""
    found = {**update("KB1", category), "PublishedUtc": published, "MsrcSeverity": severity}
    return put(f"{SEARCH}.Updates", [found])


def installed(moment: str | None) -> Change:
    return put("guest.last_installation.LastInstallationSuccessUtc", moment)


def build(number: str, revision: int = 1) -> tuple[Change, Change]:
    return put("os.version.CurrentBuildNumber", number), put("os.version.UBR", revision)


WINDOWS_CASES = [
    ROW("nothing changed", "pass", "as recommended"),
    ROW(
        "searched a week ago",
        "pass",
        "as recommended",
        put("updates.last_search.LastSearchSuccessUtc", "2025-12-26T04:00:00Z"),
    ),
    ROW(
        "searched long ago",
        "review",
        "max_scan_age_days",
        put("updates.last_search.LastSearchSuccessUtc", "2025-12-01T00:00:00Z"),
    ),
    ROW(
        "a longer time for searching",
        "pass",
        "as recommended",
        put("updates.last_search.LastSearchSuccessUtc", "2025-12-01T00:00:00Z"),
        vm={"max_scan_age_days": 60},
    ),
    ROW("never searched", "review", "never looked", put("updates.last_search.LastSearchSuccessUtc", None)),
    ROW("the search failed", "review", "ended as failed", put(f"{SEARCH}.ResultCode", 4)),
    ROW("the search found half", "review", "succeeded_with_errors", put(f"{SEARCH}.ResultCode", 3)),
    ROW("COM is closed to constrained PowerShell", "review", "update_search.search", denied(SEARCH)),
    ROW("a security update of a month and more", "fail", "KB1", missing_update("2025-12-01T00:00:00Z")),
    ROW("a security update of this month", "pass", "there is still time", missing_update("2025-12-09T18:00:00Z")),
    ROW("a shorter grace", "fail", "KB1", missing_update("2025-12-09T18:00:00Z"), vm={"patch_grace_days": 10}),
    ROW("a critical one has less time", "fail", "KB1", missing_update("2025-12-09T18:00:00Z", "Critical")),
    ROW(
        "a critical one of last week", "pass", "there is still time", missing_update("2025-12-28T18:00:00Z", "Critical")
    ),
    ROW(
        "more time for critical ones",
        "pass",
        "there is still time",
        missing_update("2025-12-09T18:00:00Z", "Critical"),
        vm={"critical_grace_days": 30},
    ),
    ROW("nobody knows since when it is missing", "review", "does not say", missing_update(None)),
    ROW(
        "not for security",
        "pass",
        "as recommended",
        missing_update("2020-01-01T00:00:00Z", "", "28bc880e-0592-4cbf-8f95-c79b17911d5f"),
    ),
    ROW(
        "rated, and of another category",
        "fail",
        "KB1",
        missing_update("2025-01-01T00:00:00Z", "Critical", "28bc880e-0592-4cbf-8f95-c79b17911d5f"),
    ),
    ROW(
        "published after the guest's own time",
        "review",
        "after the guest's own time",
        missing_update("2026-03-01T00:00:00Z"),
    ),
    ROW(
        "a clock far back",
        "review",
        "after the guest's own time",
        put("guest.clock.NowUtc", "2024-01-02T03:04:05Z"),
        missing_update("2025-01-01T00:00:00Z", "Critical"),
    ),
    ROW(
        "searched after the guest's own time",
        "review",
        "max_scan_age_days",
        put("updates.last_search.LastSearchSuccessUtc", "2026-03-01T00:00:00Z"),
    ),
    ROW("a date in words", "review", "PublishedUtc", missing_update("gestern")),
    ROW("a revision below the policy's", "fail", "at least 3000", vm={"min_build": {"20348": 3000}}),
    ROW("the policy's revision", "pass", "as recommended", vm={"min_build": {"20348": 2849}}),
    ROW(
        "the policy's revision, and none is shown",
        "review",
        "UBR",
        put("os.version.UBR", None),
        vm={"min_build": {"20348": 2849}},
    ),
    ROW("a build beside those of the policy", "pass", "as recommended", vm={"min_build": {"17763": 99999}}),
    ROW("a server of the organisation's that nobody vouches for", "review", "wsus.lab.example", WSUS),
    ROW(
        "a server that the policy names",
        "pass",
        "as recommended",
        WSUS,
        vm={"allowed_update_sources": ["https://wsus.lab.example:8531"]},
    ),
    ROW(
        "another server than the policy names",
        "review",
        "does not name",
        WSUS,
        vm={"allowed_update_sources": ["https://wsus.other.example"]},
    ),
    ROW("a server, and the revision proves it", "pass", "as recommended", WSUS, vm={"min_build": {"20348": 2849}}),
    ROW(
        "a server that is not used",
        "pass",
        "as recommended",
        rows("guest.update_source", {"WUServer": "https://wsus", "UseWUServer": 0}),
    ),
    ROW("a restart waits, something came yesterday", "review", "waits for a restart", PENDING),
    ROW("a restart waits for weeks", "fail", "at most 7", PENDING, installed("2025-12-01T00:00:00Z")),
    ROW("a restart waits, nobody knows since when", "review", "since when", PENDING, installed(None)),
    ROW(
        "a restart waits, and the date is unreadable",
        "review",
        "last_installation",
        PENDING,
        denied("guest.last_installation"),
    ),
    ROW("what waits cannot be read", "review", "reboot_pending", denied("updates.reboot_pending")),
    ROW(
        "old and unreadable: the worst counts",
        "fail",
        "KB1",
        missing_update("2025-01-01T00:00:00Z"),
        denied("updates.reboot_pending"),
    ),
    ROW("Windows Server 2012 R2", "fail", "windows-server-2012-r2", *build("9600")),
    ROW("Windows Server 2012 R2 under contract", "pass", "vm.eol_exempt", *build("9600"), vm={"eol_exempt": ["web"]}),
    ROW(
        "Windows Server 2012 R2, the policy knows a later day",
        "pass",
        "as recommended",
        *build("9600"),
        vm={"end_of_support": {"windows-server-2012-r2": "2026-10-13"}},
    ),
    ROW("a semi-annual release", "fail", "windows-server-1903", *build("18362")),
    ROW("a build of tomorrow", "review", "windows-build-29999", *build("29999")),
    ROW(
        "a client of which some editions ended",
        "review",
        "some editions",
        *build("22631"),
        put("os.version.InstallationType", "Client"),
    ),
    ROW(
        "a client that ended", "fail", "windows-10-22h2", *build("19045"), put("os.version.InstallationType", "Client")
    ),
    ROW("a build that cannot be read", "review", "os.version", denied("os.version")),
    ROW("no clock", "review", "guest.clock", denied("guest.clock")),
    ROW("a clock that shows nothing", "review", "guest.clock", put("guest.clock.NowUtc", None)),
    ROW("no source probe: a collector of another version", "review", "update_source", missing("guest.update_source")),
    ROW(
        "an empty answer of an account that may see nothing",
        "review",
        "administrator",
        rows("session.token", "S-1-1-0"),
    ),
]


def dnf(id_: str, version: str, advisories: str) -> tuple[Change, ...]:
    """A distribution of Red Hat's family, with nothing pending."""
    return (
        prints("os_release", f"ID={id_}\nVERSION_ID={version}\nID_LIKE=fedora"),
        prints("dnf_security", ""),
        prints("dnf_advisories", advisories),
        prints("dnf_metadata", f"{NOW} /var/cache/dnf/a/repomd.xml"),
        prints("rpm_database", f"{NOW} /var/lib/rpm/rpmdb.sqlite"),
    )


FEDORA = dnf("fedora", "30", "i FEDORA-2019-1 Important/Sec. bash-5")
MINT = prints("os_release", "ID=linuxmint\nVERSION_ID=18\nID_LIKE=ubuntu")
LINUX_CASES = [
    LINUX("nothing changed", "pass", "as recommended"),
    LINUX("sources that do not tell", "review", "proves nothing", prints("apt_policy", " release a=now")),
    LINUX(
        "lists of last year",
        "review",
        "max_scan_age_days",
        prints("apt_lists", f"{NOW - 40 * DAY}.0 f a_InRelease"),
        lacks("apt_periodic"),
    ),
    LINUX(
        "pending, and upgraded lately",
        "review",
        "openssl",
        prints("apt_upgrade", "Inst openssl [1] (2 Ubuntu:22.04/jammy-security [amd64])"),
    ),
    LINUX(
        "pending, and not upgraded for weeks",
        "fail",
        "openssl",
        prints("apt_upgrade", "Inst openssl [1] (2 Ubuntu:22.04/jammy-security [amd64])"),
        prints("dpkg_database", f"{NOW - 52 * DAY}.0 /var/lib/dpkg/status"),
    ),
    LINUX(
        "pending, not for security",
        "pass",
        "as recommended",
        prints("apt_upgrade", "Inst bash [1] (2 Ubuntu:22.04/jammy-updates [amd64])"),
    ),
    LINUX(
        "held back",
        "review",
        "openssl",
        prints("apt_upgrade", "The following packages have been kept back:\n  openssl"),
    ),
    LINUX(
        "the simulation failed",
        "review",
        "Could not get lock",
        prints("apt_upgrade", "E: Could not get lock", status=100),
    ),
    LINUX(
        "a restart waits for long",
        "fail",
        "at most 7",
        prints("restart_since", f"{NOW - 20 * DAY}.0 /run/reboot-required"),
    ),
    LINUX(
        "a restart waits since yesterday",
        "review",
        "waits for a restart",
        prints("restart_since", f"{NOW - DAY}.0 /run/reboot-required"),
    ),
    LINUX(
        "another kernel waits", "fail", "at most 7", prints("kernels", f"{NOW - 20 * DAY}.0 vmlinuz-5.15.0-101-generic")
    ),
    LINUX(
        "CentOS 7 publishes no advisories",
        "fail",
        "centos-7",
        prints("os_release", "ID=centos\nVERSION_ID=7\nID_LIKE=rhel"),
        prints("yum_security", ""),
        prints("yum_advisories", ""),
    ),
    LINUX(
        "CentOS Stream publishes no advisories",
        "review",
        "proves nothing",
        prints("os_release", "ID=centos\nVERSION_ID=9\nID_LIKE=rhel"),
        prints("dnf_security", ""),
        prints("dnf_advisories", "i CEBA-1 bugfix bash-5"),
        prints("dnf_metadata", f"{NOW} /var/cache/dnf/a/repomd.xml"),
        prints("rpm_database", f"{NOW} /var/lib/rpm/rpmdb.sqlite"),
    ),
    LINUX(
        "CentOS Stream with advisories of EPEL",
        "review",
        "proves nothing",
        *dnf("centos", "9", "i FEDORA-EPEL-2025-1 Important/Sec. htop-3"),
    ),
    LINUX(
        "CentOS Stream with advisories of somebody",
        "review",
        "proves nothing",
        *dnf("centos", "9", "i XYZ-2025-1 Important/Sec. htop-3"),
    ),
    LINUX(
        "CentOS with advisories of its own",
        "pass",
        "as recommended",
        *dnf("centos", "9", "i CESA-2025-1 Important/Sec. bash-5"),
    ),
    LINUX(
        "RHEL that shows advisories of EPEL alone",
        "review",
        "proves nothing",
        *dnf("rhel", "9.4", "i FEDORA-EPEL-2025-1 Important/Sec. htop-3"),
    ),
    LINUX(
        "RHEL with advisories of its own",
        "pass",
        "as recommended",
        *dnf("rhel", "9.4", "i RHSA-2025:1 Important/Sec. bash-5"),
    ),
    LINUX("Ubuntu 18.04", "fail", "ubuntu-18.04", prints("os_release", "ID=ubuntu\nVERSION_ID=18.04")),
    LINUX(
        "Ubuntu 18.04 under contract",
        "pass",
        "vm.eol_exempt",
        prints("os_release", "ID=ubuntu\nVERSION_ID=18.04"),
        vm={"eol_exempt": ["web"]},
    ),
    LINUX("a distribution that nobody knows", "review", "of no family", prints("os_release", "ID=void")),
    LINUX("a distribution of no known family's release", "review", "fedora-30", *FEDORA),
    LINUX(
        "its release is old, says the policy",
        "fail",
        "fedora-30",
        *FEDORA,
        vm={"end_of_support": {"fedora-30": "2020-05-26"}},
    ),
    LINUX(
        "its release is mended, says the policy",
        "pass",
        "as recommended",
        *FEDORA,
        vm={"end_of_support": {"fedora-30": "2027-05-26"}},
    ),
    LINUX("a derivative of an old Ubuntu", "review", "linuxmint-18", MINT),
    LINUX(
        "a derivative that the policy calls old", "fail", "ubuntu-16.04", MINT, vm={"guest_os": {"web": "ubuntu-16.04"}}
    ),
    LINUX(
        "a derivative that the policy calls new",
        "pass",
        "as recommended",
        MINT,
        vm={"guest_os": {"web": "ubuntu-22.04"}},
    ),
    LINUX(
        "a derivative that says outside that it is old",
        "fail",
        "ubuntu-16.04",
        MINT,
        host=(says_linux("Ubuntu", "16.04"),),
    ),
    LINUX(
        "a derivative that says outside that it is new",
        "review",
        "linuxmint-18",
        MINT,
        host=(says_linux("Ubuntu", "22.04"),),
    ),
    LINUX(
        "an old one that the policy calls new",
        "fail",
        "ubuntu-18.04",
        prints("os_release", "ID=ubuntu\nVERSION_ID=18.04"),
        vm={"guest_os": {"web": "ubuntu-22.04"}},
    ),
    LINUX(
        "a distribution without a name",
        "review",
        "no end of support is known of linux",
        prints("os_release", "ID_LIKE=debian"),
    ),
    LINUX(
        "a distribution with a line for a name",
        "review",
        "is no ID",
        prints("os_release", "ID='x y: [z'\nID_LIKE=debian"),
    ),
    LINUX("a kernel that cannot be told", "review", "linux.kernel", prints("kernel", "", status=1)),
    LINUX("a clock far back", "review", "max_scan_age_days", prints("clock", str(NOW - 800 * DAY))),
    LINUX("a clock in words", "review", "no point in time", prints("clock", "today")),
]


def outside(name: str, verdict: str, says: str, *host: Change, answer: NoEvidence | None = None, **vm: Any) -> Case:
    """Nobody looked inside: what the host alone can tell."""
    inside = None if answer is None else lambda: answer
    return Case("VM-03", name, verdict, says, lambda: changed(host, WEB).topics(), {"vm": vm}, WEB, inside)


REFUSED = NoEvidence(kind="InvalidCredential", stage="powershell-direct", message="refused", next_step="look")
OFF = put("vms.vm.State", 3)
ONE_DISK = drop("vms.disks", 1)  # the other one is on a file server
UNTOUCHED = put("vm_files.written.LastWriteUtc", "2025-06-01T20:00:00.0000000Z")
WEB_IS_ONE = {"name_patterns": ["web"]}
OUTSIDE = [
    outside("no way in", "review", "guest-access-not-configured"),
    outside("no way in, and the policy demands one", "fail", "require_guest_evidence", require_guest_evidence=True),
    outside("a way that failed", "review", "InvalidCredential", answer=REFUSED),
    outside("what to do about a way that failed", "review", "next step: look", answer=REFUSED),
    outside(
        "a way that failed, and the policy demands one",
        "review",
        "InvalidCredential",
        answer=REFUSED,
        require_guest_evidence=True,
    ),
    outside("off", "review", "not-running", OFF),
    outside("off, with advice", "review", "isolated switch", OFF),
    outside("off, and the policy demands one", "review", "not-running", OFF, require_guest_evidence=True),
    outside(
        "off, and it comes up with its host", "review", "comes up", OFF, put("vms.conditions.AutomaticStartAction", 4)
    ),
    outside(
        "off, and nobody knows if it comes up",
        "review",
        "AutomaticStartAction",
        OFF,
        put("vms.conditions.AutomaticStartAction", None),
    ),
    outside("a template of no day", "review", "when was it patched", OFF, ONE_DISK, templates=WEB_IS_ONE),
    outside(
        "a template to which nothing was written", "fail", "2025-06-01", OFF, ONE_DISK, UNTOUCHED, templates=WEB_IS_ONE
    ),
    outside(
        "a template to which nothing was written for as long as it may be",
        "review",
        "when was it patched",
        *(OFF, ONE_DISK, UNTOUCHED),
        templates=WEB_IS_ONE,
        template_max_age_days=365,
    ),
    outside("a template with a disk elsewhere", "review", "was not asked about", OFF, templates=WEB_IS_ONE),
    outside(
        "a template of whose disks nothing is told",
        "error",
        "vm_files.written",
        *(OFF, ONE_DISK, denied("vm_files.written")),
        templates=WEB_IS_ONE,
    ),
    outside(
        "a template of last year",
        "fail",
        "at least 2025-11-03",
        OFF,
        templates=WEB_IS_ONE,
        template_patched={"web": "2025-06-01"},
    ),
    outside(
        "a template of last year that may be older",
        "review",
        "patched on 2025-06-01",
        OFF,
        templates=WEB_IS_ONE,
        template_patched={"web": "2025-06-01"},
        template_max_age_days=365,
    ),
    outside(
        "a template of last month",
        "review",
        "patched on",
        OFF,
        templates=WEB_IS_ONE,
        template_patched={"web": "2025-12-10"},
    ),
    outside(
        "a template of an old system",
        "fail",
        "windows-7",
        OFF,
        guest(),
        templates=WEB_IS_ONE,
        template_patched={"web": "2025-12-10"},
        guest_os={"web": "windows-7"},
    ),
    outside("saved", "review", "not-running", put("vms.vm.State", 6)),
    outside("a replica", "not applicable", "assessed-on-primary", put("vms.vm.ReplicationMode", 2)),
    outside("an extended replica", "not applicable", "assessed-on-primary", put("vms.vm.ReplicationMode", 4)),
    outside("a primary", "review", "guest-access-not-configured", put("vms.vm.ReplicationMode", 1)),
    outside("it says it is 2008 R2", "fail", "windows-server-2008-r2", says_windows("6.1.7601")),
    outside(
        "it says it is 2008 R2, under contract",
        "review",
        "not-configured",
        says_windows("6.1.7601"),
        eol_exempt=["web"],
    ),
    outside(
        "the policy says it is 2012", "fail", "windows-server-2012", guest(), guest_os={"web": "windows-server-2012"}
    ),
    outside("it says it is FreeBSD 13.2", "fail", "freebsd-13.2", freebsd("13.2-RELEASE")),
    outside("it says it is Debian 12", "review", "not-configured", says_linux("Debian GNU/Linux", "12")),
    outside("it says nothing", "review", "not-configured", guest()),
    outside("off, and its system is old by policy", "fail", "windows-7", OFF, guest(), guest_os={"web": "windows-7"}),
    outside("its state cannot be read", "review", "State", put("vms.vm.State", None)),
    outside("the host does not show what guests say", "error", "AccessDenied", empty("vms.guest"), error("vms.guest")),
]

CASES = [*WINDOWS_CASES, *LINUX_CASES, *OUTSIDE]
