"""Two guests of the sheet's sample host, a domain controller and a Linux database, and what it says of them."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from tests_tool.changes import World
from tests_tool.checks.good import WEB, good
from tests_tool.guest_checks.good import linux, windows
from tests_tool.guest_checks.good_linux import said
from tests_tool.judging import NOW, Case, Document

FOLDER = Path(__file__).parent / "samples"
# What the sheet expects of them under its policy.
EXPECTED = {
    "windows": {"VM-03": "pass", "VM-05": "pass", "VM-09": "pass"},
    "linux": {"VM-03": "fail", "VM-05": "fail", "VM-09": "pass"},
}
SAYS = {
    ("linux", "VM-03"): "openssl; libssl3",
    ("linux", "VM-05"): "at least 95",
}
ENABLED = {"True": 1, "False": 0}
INBOUND = {"NotConfigured": 0, "Allow": 2, "Block": 4}
PROFILES = {"dc": "Windows Server * Domain Controller", "linux": "xccdf_*_cis_level1_server"}


def sample(name: str) -> dict[str, Any]:
    """A guest as the sheet shows it."""
    content: dict[str, Any] = json.loads((FOLDER / f"guest_{name}.json").read_text(encoding="utf-8"))
    return content


def policy(name: str) -> dict[str, Any]:
    """The sheet's policy; what its scanner found is counted from the day on which the tests look."""
    guest = sample(name)
    found = guest["baseline"] if name == "windows" else {**guest["openscap"], "tool": "OpenSCAP", "nonCompliantHigh": 0}
    age = moment(guest["collectedUtc"]) - moment(found["evaluatedUtc"])
    scan = {
        "vm": "web",
        "tool": found["tool"],
        "profile": found["profile"],
        "evaluated": (NOW - age).date().isoformat(),
        "score": found["score"],
        "failed_high": found["nonCompliantHigh"],
    }
    return {
        "vm": {
            "min_build": {"20348": 2700},
            "patch_grace_days": 30,
            "baseline_min_score": 95,
            "baseline_profiles": PROFILES,
            "baseline_results": [scan],
        }
    }


def windows_guest(vm: str = WEB) -> Document:
    """The domain controller, as our topics would have printed it in the virtual machine of this id."""
    guest, seen = sample("windows"), windows()
    seen["os"]["version"][0] |= {name: guest["os"][name] for name in ("CurrentBuildNumber", "UBR")}
    seen["os"]["computer"][0]["DomainRole"] = 5
    seen["updates"]["last_search"] = [{"LastSearchSuccessUtc": guest["updates"]["scanUtc"]}]
    seen["updates"]["restart_required"] = [{"RebootRequired": guest["updates"]["rebootRequired"]}]
    seen["update_search"]["search"] = [{"ResultCode": 2, "Updates": guest["updates"]["missing"]}]
    seen["defender"]["status"] = [guest["defender"]]
    seen["security"]["device_guard"][0] |= guest["deviceGuard"]
    seen["ipsec"]["firewall_profiles"] = [
        {
            "Name": row["Profile"],
            "Enabled": ENABLED[row["Enabled"]],
            "DefaultInboundAction": INBOUND[row["DefaultInboundAction"]],
        }
        for row in guest["firewall"]
    ]
    running = [name for name, state in guest["integration"]["services"].items() if state == "Running"]
    seen["guest"] |= {
        "machine": [{"VirtualMachineId": vm.upper()}],
        "clock": [{"NowUtc": guest["collectedUtc"]}],
        "services": [*running, *(["MpsSvc"] if guest["mpssvc"] == "Running" else []), "Sense", "WinDefend"],
        "onboarding": [{"OnboardingState": guest["edr"]["OnboardingState"]}],
        "update_source": [{"WUServer": guest["updates"]["source"], "UseWUServer": 1}],
        "last_installation": [{"LastInstallationSuccessUtc": guest["updates"]["lastInstallUtc"]}],
    }
    return topics(seen)


def linux_guest() -> Document:
    """The database, as our script's commands would have printed it."""
    guest, seen = sample("linux"), linux()
    release = {**guest["osRelease"], "ID_LIKE": "debian"}
    upgraded = seconds(guest["updates"]["lastUpgradeUtc"])
    archive = f"Ubuntu:{release['VERSION_ID']}/jammy-security"
    pending = [f"Inst {name} [1] (2 {archive} [amd64])" for name in guest["updates"]["securityPackages"]]
    seen["linux"] |= {
        "os_release": said("\n".join(f'{name}="{value}"' for name, value in release.items())),
        "kernel": said(guest["kernel"]),
        "clock": said(str(seconds(guest["collectedUtc"]))),
        "mokutil": said(guest["mokutil"]["stdout"], status=guest["mokutil"]["rc"]),
        "services": said("\n".join(f"{unit}.service loaded active running x" for unit in active(guest))),
        "apt_upgrade": said("\n".join(pending)),
        "apt_lists": said(f"{seconds(guest['updates']['listsNewestUtc'])}.0 f jammy-security_InRelease"),
        "apt_periodic": said(""),
        "dpkg_database": said(f"{upgraded}.0 /var/lib/dpkg/status"),
        "kernels": said(f"{upgraded}.0 vmlinuz-{guest['kernel']}"),
        "restart_since": said(f"{upgraded}.0 /run/reboot-required"),
        "mdatp": said(json.dumps(guest["mdatpHealth"])),
    }
    assert guest["firewall"]["rules"]
    return topics(seen)


def active(guest: dict[str, Any]) -> list[str]:
    """Units that the sample has as active."""
    return [name for name, state in {**guest["daemons"], **guest["services"]}.items() if state == "active"]


def topics(seen: dict[str, dict[str, list[Any]]]) -> Document:
    return {topic: {"data": data, "errors": [], "seconds": 0.1} for topic, data in seen.items()}


def moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text.replace(".0000000", ""))


def seconds(text: str) -> int:
    return int(moment(text).timestamp())


GUESTS = {"windows": windows_guest, "linux": linux_guest}
CASES = [
    Case(
        check,
        f"the sheet's {name} guest",
        verdict,
        SAYS.get((name, check), ""),
        lambda: World(good()).topics(),
        policy(name),
        WEB,
        GUESTS[name],
    )
    for name, checks in EXPECTED.items()
    for check, verdict in checks.items()
]
