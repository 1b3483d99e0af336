"""HOST-01b and HOST-01c, row by row. The evidence is of 2026-01-02."""

from typing import Any

from tests_tool.changes import Change, add, denied, empty, error, filtered_token, put, rows, together
from tests_tool.host_checks_a.good import CRITICAL, ROLLUPS, SECURITY, driver, update
from tests_tool.host_checks_a.table import case

CONSTRAINED = "CannotCreateComTypeConstrainedLanguage,Microsoft.PowerShell.Commands.NewObjectCommand"
AGENT = ("updates.restart_required", "updates.last_search", "update_search.search")
NO_AGENT = together(
    *(together(empty(probe), error(probe, CONSTRAINED, category="PermissionDenied")) for probe in AGENT)
)
NO_MINIMUM: dict[str, Any] = {"min_ubr": None}
NESTED_HOST = put("os.computer.Model", "Virtual Machine")


def lacking(*updates: dict[str, Any]) -> Change:
    """What the host knows to be missing."""
    return put("update_search.search.Updates", list(updates))


def build(number: str) -> Change:
    """Another Windows."""
    return put("os.version.CurrentBuildNumber", number)


def searched(moment: str | None) -> Change:
    """When the host last looked for updates."""
    return put("updates.last_search.LastSearchSuccessUtc", moment)


def packaged(*days: str | None) -> Change:
    """When packages of Windows were installed."""
    return rows("updates.packages", *({"HotFixID": f"KB{n}", "InstalledOn": day} for n, day in enumerate(days)))


PATCHED = [
    case("HOST-01b", "the revision of the policy", "pass", "build 20348.5256"),
    case("HOST-01b", "a newer revision", "pass", "", put("os.version.UBR", 6000)),
    case("HOST-01b", "an older revision", "fail", "expected at least 5256", put("os.version.UBR", 5255)),
    case("HOST-01b", "numbers are no text", "fail", "found revision: 999", put("os.version.UBR", 999)),
    case("HOST-01b", "the agent is closed to constrained PowerShell", "pass", "does not say what it lacks", NO_AGENT),
    case("HOST-01b", "the minimum counts there too", "fail", "at least 5256", NO_AGENT, put("os.version.UBR", 1)),
    case(
        "HOST-01b",
        "one of two series",
        "pass",
        "",
        put("os.version.UBR", 5200),
        os={"min_ubr": {"20348": [5256, 5200]}},
    ),
    case("HOST-01b", "above two series", "pass", "", os={"min_ubr": {"20348": [5200, 5256]}}),
    case(
        "HOST-01b",
        "between two series",
        "review",
        "which series",
        put("os.version.UBR", 5230),
        os={"min_ubr": {"20348": [5256, 5200]}},
    ),
    case(
        "HOST-01b",
        "below two series",
        "fail",
        "at least 5200",
        put("os.version.UBR", 5199),
        os={"min_ubr": {"20348": [5256, 5200]}},
    ),
    case("HOST-01b", "nobody sees the policy grow old", "pass", "os.min_ubr_updated is not set"),
    case("HOST-01b", "a policy of these weeks", "pass", "", os={"min_ubr_updated": "2025-11-18"}),
    case(
        "HOST-01b", "a policy that grew old", "review", "46; expected at most 45", os={"min_ubr_updated": "2025-11-17"}
    ),
    case(
        "HOST-01b",
        "servicing waits for a restart",
        "fail",
        "protects nothing yet",
        put("updates.reboot_pending.Servicing", True),
    ),
    case(
        "HOST-01b",
        "updates wait for a restart",
        "fail",
        "protects nothing yet",
        put("updates.reboot_pending.WindowsUpdate", True),
    ),
    case(
        "HOST-01b",
        "the agent waits for a restart",
        "fail",
        "protects nothing yet",
        put("updates.restart_required.RebootRequired", True),
    ),
    case(
        "HOST-01b",
        "a restart may wait here",
        "pass",
        "",
        put("updates.reboot_pending.Servicing", True),
        os={"pending_reboot_is_failure": False},
    ),
    case("HOST-01b", "a security update is missing", "fail", "found LCU", lacking(update("LCU", SECURITY))),
    case(
        "HOST-01b", "a critical one, its id in capitals", "fail", "found CU", lacking(update("CU", ROLLUPS, CRITICAL))
    ),
    case("HOST-01b", "a rollup beside a minimum that is met", "pass", "", lacking(update("Rollup", ROLLUPS))),
    case("HOST-01b", "nothing said, and freshly looked", "pass", "", os=NO_MINIMUM),
    case(
        "HOST-01b",
        "a minimum for another build only",
        "pass",
        "",
        os={"min_ubr": {"17763": 9999}},
    ),
    case(
        "HOST-01b",
        "nothing said, and a security update is missing",
        "fail",
        "found LCU",
        lacking(update("LCU", SECURITY)),
        os=NO_MINIMUM,
    ),
    case(
        "HOST-01b",
        "nothing said, and something is missing",
        "review",
        "found Rollup",
        lacking(update("Rollup", ROLLUPS)),
        os=NO_MINIMUM,
    ),
    case(
        "HOST-01b",
        "nothing said, and something of no category is missing",
        "review",
        "found Odd",
        lacking(update("Odd")),
        os=NO_MINIMUM,
    ),
    case(
        "HOST-01b",
        "nothing said, and the agent is closed",
        "review",
        "min_ubr: {'20348': 5256}",
        NO_AGENT,
        os=NO_MINIMUM,
    ),
    case("HOST-01b", "nothing said, and never looked", "review", "never looked", searched(None), os=NO_MINIMUM),
    case("HOST-01b", "a week ago is fresh", "pass", "", searched("2025-12-26T23:00:00Z"), os=NO_MINIMUM),
    case(
        "HOST-01b",
        "nothing said, and not looked this week",
        "review",
        "found days_ago: 8",
        searched("2025-12-25T01:00:00Z"),
        os=NO_MINIMUM,
    ),
    case(
        "HOST-01b",
        "a search of the future is not fresh",
        "review",
        "not looked this week",
        searched("2027-01-01T00:00:00Z"),
        os=NO_MINIMUM,
    ),
    case(
        "HOST-01b",
        "nothing said, and the search failed",
        "review",
        "ended as failed",
        put("update_search.search.ResultCode", 4),
        os=NO_MINIMUM,
    ),
    case(
        "HOST-01b",
        "half an answer is none",
        "review",
        "succeeded_with_errors",
        put("update_search.search.ResultCode", 3),
        os=NO_MINIMUM,
    ),
    case(
        "HOST-01b",
        "a hint by the newest package",
        "review",
        "a hint",
        packaged("11/17/2025 00:00:00", "10/01/2025 00:00:00"),
        os=NO_MINIMUM,
    ),
    case("HOST-01b", "no hint without days", "pass", "", packaged("", None, "14.11.2025"), os=NO_MINIMUM),
    case("HOST-01b", "no hint beside a minimum", "pass", "", packaged("11/17/2020 00:00:00")),
    case("HOST-01b", "packages are not shown", "pass", "", denied("updates.packages"), os=NO_MINIMUM),
    case(
        "HOST-01b",
        "the last day of support",
        "review",
        "the end of support is near",
        os={"end_of_support": {"20348": "2026-01-02"}},
    ),
    case(
        "HOST-01b",
        "the first day without support",
        "fail",
        "no security updates for this build any more",
        os={"end_of_support": {"20348": "2026-01-01"}},
    ),
    case(
        "HOST-01b",
        "180 days before the end",
        "review",
        "plan the move",
        os={"end_of_support": {"20348": "2026-07-01"}},
    ),
    case("HOST-01b", "181 days before the end", "pass", "", os={"end_of_support": {"20348": "2026-07-02"}}),
    case(
        "HOST-01b",
        "warned later",
        "pass",
        "",
        os={"end_of_support": {"20348": "2026-07-01"}, "eos_warn_days": 30},
    ),
    case("HOST-01b", "2016 is supported until 2027", "pass", "", build("14393"), os={"min_ubr": {"14393": 1}}),
    case("HOST-01b", "2019 keeps its day", "pass", "", build("17763"), os={"end_of_support": {"20348": "2026-01-01"}}),
    case(
        "HOST-01b",
        "of 2025 only the policy can tell",
        "review",
        "end_of_support: {'26100': <the last day>}",
        build("26100"),
        os={"min_ubr": {"26100": 1}},
    ),
    case(
        "HOST-01b",
        "2025 with a day",
        "pass",
        "",
        build("26100"),
        os={"min_ubr": {"26100": 1}, "end_of_support": {"26100": "2034-10-10"}},
    ),
    case("HOST-01b", "revision not shown", "error", "UBR", put("os.version.UBR", None)),
    case("HOST-01b", "revision as text", "error", "UBR", put("os.version.UBR", "5256")),
    case("HOST-01b", "version denied", "error", "AccessDenied", denied("os.version")),
    case("HOST-01b", "restarts denied", "error", "AccessDenied", denied("updates.reboot_pending")),
    case("HOST-01b", "restarts as text", "error", "Servicing", put("updates.reboot_pending.Servicing", "no")),
]

FIRMWARE: dict[str, Any] = {"min_bios": None}
DRIVER = "drivers.installed"
BIOS = "hardware.bios"


def bios(version: str) -> dict[str, Any]:
    """What the policy asks of the model."""
    return {"min_bios": [{"manufacturer": "contoso systems", "model": "CS-R760", "version": version}]}


CURRENT = [
    case("HOST-01c", "as the policy asks", "pass", "firmware 2.6.3 of 2025-08-19, 136 days old"),
    case("HOST-01c", "a newer firmware", "pass", "", put(f"{BIOS}.SMBIOSBIOSVersion", "2.10.0")),
    case(
        "HOST-01c", "an older firmware", "fail", "min_bios asks for a newer", put(f"{BIOS}.SMBIOSBIOSVersion", "2.6.2")
    ),
    case("HOST-01c", "numbers are no text", "fail", "found 2.19.1", firmware=bios("2.19.1")),
    case("HOST-01c", "a prefix is no less than the whole", "fail", "found 2.6.3.1", firmware=bios("2.6.3.1")),
    case(
        "HOST-01c",
        "one of two minimums",
        "fail",
        "found 3.0",
        firmware={"min_bios": [*bios("2.0")["min_bios"], *bios("3.0")["min_bios"]]},
    ),
    case(
        "HOST-01c", "a series with a letter", "pass", "", put(f"{BIOS}.SMBIOSBIOSVersion", "U46"), firmware=bios("U42")
    ),
    case(
        "HOST-01c",
        "another series",
        "review",
        "another series",
        put(f"{BIOS}.SMBIOSBIOSVersion", "P70"),
        firmware=bios("U46"),
    ),
    case(
        "HOST-01c",
        "a name without a number",
        "review",
        "another series",
        put(f"{BIOS}.SMBIOSBIOSVersion", "VirtualBox"),
    ),
    case(
        "HOST-01c",
        "nothing for this model",
        "review",
        "firmware: {min_bios: [{manufacturer: Contoso Systems, model: CS-R770, version: 2.6.3}]}",
        put("os.computer.Model", "CS-R770"),
    ),
    case("HOST-01c", "nothing for its maker", "review", "is 2.6.3 of", put("os.computer.Manufacturer", None)),
    case(
        "HOST-01c",
        "nothing for this model, and old",
        "review",
        "older than firmware.max_bios_age_days",
        put(f"{BIOS}.ReleaseDate", "2024-01-01T00:00:00Z"),
        firmware=FIRMWARE,
    ),
    case(
        "HOST-01c",
        "nothing for this model, and of no day",
        "review",
        "older than firmware.max_bios_age_days",
        put(f"{BIOS}.ReleaseDate", None),
        firmware=FIRMWARE,
    ),
    case(
        "HOST-01c",
        "not signed",
        "fail",
        "found USB Serial Dongle",
        add(DRIVER, {**driver("USB Serial Dongle", "PORTS"), "IsSigned": False}),
    ),
    case(
        "HOST-01c",
        "not signed, and accepted",
        "pass",
        "",
        add(DRIVER, {**driver("USB Serial Dongle", "PORTS"), "IsSigned": False}),
        drivers={"allow_unsigned_regex": ["^usb serial"]},
    ),
    case("HOST-01c", "signed or not is not shown", "review", "does not say whether", put(f"{DRIVER}.IsSigned", None)),
    case(
        "HOST-01c", "an old driver", "review", "max_driver_age_days", put(f"{DRIVER}.DriverDate", "01/02/2023 00:00:00")
    ),
    case(
        "HOST-01c",
        "an old driver of no network or storage",
        "pass",
        "",
        add(DRIVER, driver("Dongle", "PORTS", day="01/02/2003 00:00:00")),
    ),
    case("HOST-01c", "three years old to the day", "pass", "", put(f"{DRIVER}.DriverDate", "01/03/2023 00:00:00")),
    case(
        "HOST-01c",
        "older drivers are accepted",
        "pass",
        "",
        put(f"{DRIVER}.DriverDate", "01/02/2023 00:00:00"),
        firmware={"max_driver_age_days": 2000},
    ),
    case("HOST-01c", "a driver of no day", "review", "no day", put(f"{DRIVER}.DriverDate", None)),
    case("HOST-01c", "a day as DMTF has it", "pass", "", put(f"{DRIVER}.DriverDate", "20250302000000.000000-000")),
    case("HOST-01c", "a day that is none", "review", "no day", put(f"{DRIVER}.DriverDate", "02.03.2025")),
    case(
        "HOST-01c",
        "a driver of nobody",
        "review",
        "nobody",
        put(f"{DRIVER}.DriverProviderName", None),
        put(f"{DRIVER}.DriverDate", None),
    ),
    case("HOST-01c", "a driver as high as asked", "pass", "", drivers={"min_version": {"contoso 25gbe": "24.20.15.0"}}),
    case("HOST-01c", "a driver below", "review", "drivers.min_version", drivers={"min_version": {"25GbE": "24.21"}}),
    case(
        "HOST-01c",
        "a driver of no version",
        "review",
        "drivers.min_version",
        put(f"{DRIVER}.DriverVersion", None),
        drivers={"min_version": {"25GbE": "1.0"}},
    ),
    case("HOST-01c", "a minimum for another device", "pass", "", drivers={"min_version": {"100GbE": "99.0"}}),
    case("HOST-01c", "a nested host", "not applicable", "host outside", NESTED_HOST),
    case(
        "HOST-01c",
        "a nested host shows nothing else",
        "not applicable",
        "host outside",
        NESTED_HOST,
        denied(DRIVER),
        denied(BIOS),
    ),
    case("HOST-01c", "firmware denied", "error", "AccessDenied", denied(BIOS)),
    case(
        "HOST-01c", "firmware without a version", "error", "SMBIOSBIOSVersion", put(f"{BIOS}.SMBIOSBIOSVersion", None)
    ),
    case("HOST-01c", "drivers denied", "error", "AccessDenied", denied(DRIVER)),
    case("HOST-01c", "drivers with an error beside them", "error", "Timeout", error(DRIVER, "Timeout")),
    case("HOST-01c", "no driver at all", "error", "without network", empty(DRIVER)),
    case("HOST-01c", "no driver without rights", "error", "full token", empty(DRIVER), filtered_token),
    case("HOST-01c", "the model denied", "error", "AccessDenied", denied("os.computer")),
]

CASES = [*PATCHED, *CURRENT]
