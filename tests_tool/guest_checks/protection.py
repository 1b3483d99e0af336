"""VM-09: what the check says of guests with one thing changed."""

from tests_tool.changes import Change, denied, drop, edit, empty, missing, put, rows
from tests_tool.checks.good import WEB, changed
from tests_tool.guest_checks.good import SERVICES, cases, lacks, linux, prints
from tests_tool.guest_checks.good_linux import RULES
from tests_tool.judging import Case

ROW, LINUX = cases("VM-09"), cases("VM-09", linux)
STATUS = "defender.status"


def running(*names: str) -> Change:
    """These services run, and no others."""
    return rows("guest.services", *names)


def without(name: str) -> Change:
    return running(*(service for service in SERVICES if service != name))


NO_DEFENDER = empty("defender.service")
NO_IDS = rows("guest.onboarding")
PROFILES = "ipsec.firewall_profiles"

WINDOWS_CASES = [
    ROW("nothing changed", "pass", "as recommended"),
    ROW("Defender is off", "fail", "the antivirus is off", put(f"{STATUS}.AntivirusEnabled", False)),
    ROW("no real-time protection", "fail", "while it is used", put(f"{STATUS}.RealTimeProtectionEnabled", False)),
    ROW("signatures of three days", "pass", "as recommended", put(f"{STATUS}.AntivirusSignatureAge", 3)),
    ROW("signatures of four days", "fail", "at most 3", put(f"{STATUS}.AntivirusSignatureAge", 4)),
    ROW("no signatures ever", "fail", "at most 3", put(f"{STATUS}.AntivirusSignatureAge", 4294967295)),
    ROW(
        "signatures may be older",
        "pass",
        "as recommended",
        put(f"{STATUS}.AntivirusSignatureAge", 4),
        vm={"max_signature_age_days": 5},
    ),
    ROW("passive", "review", "another product", put(f"{STATUS}.AMRunningMode", "Passive Mode")),
    ROW(
        "passive, and so without real-time protection",
        "review",
        "another product",
        put(f"{STATUS}.AMRunningMode", "EDR Block Mode"),
        put(f"{STATUS}.RealTimeProtectionEnabled", False),
        put(f"{STATUS}.AntivirusEnabled", False),
        put(f"{STATUS}.AntivirusSignatureAge", 9),
    ),
    ROW("a mode in other letters", "pass", "as recommended", put(f"{STATUS}.AMRunningMode", "NORMAL")),
    ROW("a mode of tomorrow", "review", "zen", put(f"{STATUS}.AMRunningMode", "Zen")),
    ROW(
        "it does not run, and says so",
        "fail",
        "while it is used",
        put(f"{STATUS}.AMRunningMode", "Not running"),
        put(f"{STATUS}.RealTimeProtectionEnabled", False),
    ),
    ROW(
        "passive beside a product of the policy's",
        "pass",
        "CSFalconService",
        put(f"{STATUS}.AMRunningMode", "Passive Mode"),
        running(*SERVICES, "csfalconservice"),
        vm={"av_services": ["CSFalconService"]},
    ),
    ROW("its service does not run", "fail", "no antivirus is active", put("defender.service.State", "Stopped")),
    ROW("not installed, and nobody names another", "review", "av_services", NO_DEFENDER),
    ROW(
        "not installed, and the other does not run",
        "fail",
        "CSFalconService",
        NO_DEFENDER,
        vm={"av_services": ["CSFalconService"]},
    ),
    ROW(
        "not installed, and the other runs",
        "pass",
        "CSFalconService",
        NO_DEFENDER,
        running(*SERVICES, "CSFalconService"),
        vm={"av_services": ["CSFalconService"]},
    ),
    ROW("its state cannot be read", "review", "defender.status", denied(STATUS)),
    ROW("its state is null", "review", "AntivirusEnabled", put(f"{STATUS}.AntivirusEnabled", None)),
    ROW(
        "the role needs none",
        "pass",
        "as recommended",
        NO_DEFENDER,
        vm={"protection_profiles": {"server": {"av": False}}},
    ),
    ROW("a firewall profile is off", "fail", "Public (off)", edit(PROFILES, 2, Enabled=0)),
    ROW("a profile lets everything in", "fail", "Domain", edit(PROFILES, 0, DefaultInboundAction=2)),
    ROW("a profile that does not say", "review", "Domain", edit(PROFILES, 0, DefaultInboundAction=0)),
    ROW("a profile of tomorrow", "review", "DefaultInboundAction", edit(PROFILES, 0, DefaultInboundAction=9)),
    ROW("a profile is missing", "review", "nothing is said of Public", drop(PROFILES, 2)),
    ROW("profiles cannot be read", "review", "firewall_profiles", denied(PROFILES)),
    ROW("the firewall's service does not run", "fail", "service", without("MpsSvc")),
    ROW(
        "the role needs no firewall",
        "pass",
        "as recommended",
        empty(PROFILES),
        vm={"protection_profiles": {"default": {"firewall": False}}},
    ),
    ROW("services cannot be read", "review", "guest.services", denied("guest.services")),
    ROW("no service at all", "review", "guest.services", empty("guest.services")),
    ROW("nobody has said whether the role needs intrusion detection", "review", "protection_profiles", NO_IDS),
    ROW(
        "the role needs it",
        "fail",
        "the policy asks for it",
        NO_IDS,
        vm={"protection_profiles": {"server": {"ids": True}}},
    ),
    ROW(
        "the role needs none of it",
        "pass",
        "as recommended",
        NO_IDS,
        vm={"protection_profiles": {"server": {"ids": False}}},
    ),
    ROW(
        "another role needs it",
        "pass",
        "as recommended",
        NO_IDS,
        vm={"protection_profiles": {"dc": {"ids": True}, "default": {"ids": False}}},
    ),
    ROW(
        "the policy names the role",
        "fail",
        "the policy asks for it",
        NO_IDS,
        vm={"roles": {"web": "shop"}, "protection_profiles": {"shop": {"ids": True}}},
    ),
    ROW(
        "a domain controller's profile",
        "fail",
        "the policy asks for it",
        NO_IDS,
        put("os.computer.DomainRole", 5),
        vm={"protection_profiles": {"dc": {"ids": True}}},
    ),
    ROW(
        "Defender for Endpoint runs, and reports to nobody",
        "review",
        "protection_profiles",
        put("guest.onboarding.OnboardingState", 0),
    ),
    ROW("Defender for Endpoint does not run", "review", "protection_profiles", without("Sense")),
    ROW(
        "another one runs",
        "pass",
        "as recommended",
        NO_IDS,
        running(*SERVICES, "WazuhSvc"),
        vm={"ids_services": ["wazuhsvc"]},
    ),
    ROW("onboarding cannot be read", "review", "onboarding", denied("guest.onboarding")),
    ROW(
        "off and unreadable: the worst counts",
        "fail",
        "the antivirus is off",
        put(f"{STATUS}.AntivirusEnabled", False),
        denied(PROFILES),
    ),
    ROW("its role cannot be read", "review", "os.computer", denied("os.computer")),
    ROW("a collector of another version", "review", "guest.services", missing("guest.services")),
]

OPEN = prints("nft", RULES.replace("policy drop", "policy accept"))
ACCEPTING = prints("nft", RULES.replace("tcp dport 22 accept", "accept"))
LINUX_CASES = [
    LINUX("nothing changed", "pass", "as recommended"),
    LINUX(
        "Defender does not protect",
        "fail",
        "while it is used",
        prints("mdatp", '{"realTimeProtectionEnabled": {"value": false}, "definitionsStatus": {"$type": "upToDate"}}'),
    ),
    LINUX(
        "Defender knows nothing new",
        "fail",
        "lately",
        prints("mdatp", '{"realTimeProtectionEnabled": {"value": true}, "definitionsStatus": {"$type": "outOfDate"}}'),
    ),
    LINUX(
        "Defender does not run",
        "fail",
        "no antivirus is active",
        prints("services", "ssh.service loaded active running x"),
    ),
    LINUX("no antivirus, and nobody names another", "review", "av_services", lacks("mdatp")),
    LINUX(
        "no antivirus, and the other does not run",
        "fail",
        "clamav-daemon",
        lacks("mdatp"),
        vm={"av_services": ["clamav-daemon"]},
    ),
    LINUX(
        "another antivirus",
        "pass",
        "clamav-daemon",
        lacks("mdatp"),
        prints(
            "services", "clamav-daemon.service loaded active running x\nwazuh-agent.service loaded active running x"
        ),
        vm={"av_services": ["clamav-daemon"], "ids_services": ["wazuh-agent"]},
    ),
    LINUX("its health is no JSON", "review", "no JSON", prints("mdatp", "ERROR: connection refused")),
    LINUX("no rules", "fail", "no firewall rules", prints("nft", "")),
    LINUX("rules that let everything in", "review", "may come in", ACCEPTING),
    LINUX("rules that let in", "review", "may come in", OPEN),
    LINUX(
        "rules need root",
        "review",
        "Operation not permitted",
        prints("nft", "Operation not permitted (you must be root)", status=1),
    ),
    LINUX(
        "nobody watches",
        "review",
        "protection_profiles",
        prints("services", "clamd.service loaded active running x"),
        vm={"av_services": ["clamd"]},
    ),
    LINUX(
        "a timer watches",
        "pass",
        "protected by clamd",
        prints("services", "clamd.service loaded active running x"),
        prints("timers", "dailyaidecheck.timer loaded active waiting x"),
        vm={
            "av_services": ["clamd"],
            "ids_services": ["dailyaidecheck"],
            "protection_profiles": {"linux": {"ids": True}},
        },
    ),
    LINUX(
        "a role that needs nothing",
        "pass",
        "as recommended",
        prints("nft", ""),
        lacks("mdatp"),
        vm={"protection_profiles": {"linux": {"av": False, "firewall": False, "ids": False}}},
    ),
]

OUTSIDE = [
    Case("VM-09", "no way in", "review", "guest-access-not-configured", lambda: changed([], WEB).topics(), {}, WEB),
    Case(
        "VM-09",
        "a replica",
        "not applicable",
        "assessed-on-primary",
        lambda: changed([put("vms.vm.ReplicationMode", 2)], WEB).topics(),
        {},
        WEB,
    ),
    Case(
        "VM-09",
        "machines cannot be read",
        "error",
        "AccessDenied",
        lambda: changed([denied("vms.vm")]).topics(),
        {},
        "",
    ),
]

CASES = [*WINDOWS_CASES, *LINUX_CASES, *OUTSIDE]
