"""HOST-07 as pytest runs it: a test for each area, what it says, and hosts that no table is meant for."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from hyperv_audit.report.results import Result
from tests_tool.baseline.machine import ABSENT, Machine, good, refused
from tests_tool.judging import Case, Document, said

Change = Callable[[Machine], Machine]

OPTIONS, RIGHTS, FIREWALL = "Security Options", "User Rights Assignment", "Windows Defender Firewall"
EXPLORER, KERBEROS, INSTALLER = "Internet Explorer 11", "Kerberos", "Windows Installer"
SIGNING = "WSB-SEC-LanmanServer.Parameters.requiresecuritysignature"
NO_HASH, DEBUG = "WSB-SEC-Lsa.NoLMHash", "WSB-URA-SeDebugPrivilege"
LSA = r"HKLM\SYSTEM\CurrentControlSet\Control\Lsa"


def put(id_: str, value: Any) -> Change:
    return lambda machine: machine.put(id_, value)


def but(**fields: Any) -> Change:
    return lambda machine: machine.changed(**fields)


def denied(key: str) -> Change:
    """A key that the account may not read: an error instead of its rows."""
    return but(
        errors={"baseline": [refused("registry", target=key)]},
        lines={"baseline.registry": lambda rows: [row for row in rows if row["Key"].lower() != key.lower()]},
    )


def no_role(machine: Machine) -> Machine:
    return machine.changed(role=None)


def beside(one: Change, other: Change) -> Change:
    return lambda machine: other(one(machine))


def document(edition: str, change: Change) -> Callable[[], Document]:
    def made() -> Document:
        machine = change(good(edition))
        return {
            topic: {
                "data": data,
                "errors": [{**vars(error), "hresult": None} for error in machine.errors.get(topic, [])],
                "seconds": 0.1,
            }
            for topic, data in machine.topics().items()
        }

    return made


def case(
    name: str,
    area: str,
    verdict: str,
    says: str = "",
    change: Change = lambda machine: machine,
    *,
    edition: str = "2022",
    policy: Mapping[str, Any] | None = None,
) -> Case:
    return Case("HOST-07", name, verdict, says, document(edition, change), policy or {}, area=area)


CASES = [
    case("everything as it should be", OPTIONS, "pass", "as recommended"),
    case("the table of 2016", RIGHTS, "pass", edition="2016"),
    case("the table of 2019", FIREWALL, "pass", edition="2019"),
    case("a hash that is kept", OPTIONS, "fail", "expected 1 (Network security: Do not store", put(NO_HASH, 0)),
    case("a value that is not there", OPTIONS, "fail", "found not configured; expected 1", put(NO_HASH, ABSENT)),
    case("another area's fault", RIGHTS, "pass", "", put(NO_HASH, 0)),
    case("a right for nobody", RIGHTS, "fail", "found nobody; expected Administrators (S-1-5-32-544)", put(DEBUG, [])),
    case("SMB without signing", OPTIONS, "review", "signing lowers throughput", put(SIGNING, 0)),
    case("a key that may not be read", OPTIONS, "error", f"{LSA}: PermissionDenied", denied(LSA)),
    case(
        "a deviation beside such a key", OPTIONS, "error", "found 3; expected 1", beside(put(SIGNING, 3), denied(LSA))
    ),
    case("such a key and another area", RIGHTS, "pass", "", denied(LSA)),
    case("no evidence at all", INSTALLER, "error", "0 rows", but(lines={"baseline.registry": lambda _: []})),
    case("Server Core", EXPLORER, "not applicable", "without effect on Server Core", but(installation="Server Core")),
    case("a desktop", EXPLORER, "pass"),
    case(
        "what acts on domain controllers only",
        KERBEROS,
        "pass",
        "domain controllers only",
        put("WSB-REG-System.KDC.Parameters.PKINITSHA1", 0),
        edition="2025",
    ),
    case("a build without a table", "", "review", "no table for build 25398", but(build="25398")),
    case("a domain controller", "", "review", "domain controller", but(role=5)),
    case("a client", "", "review", "is a client", but(installation="Client")),
    case("a role that is not shown", "", "error", "DomainRole", no_role),
    case(
        "more than Microsoft asks for, taken literally",
        "Account Policies: Account Lockout Policy",
        "fail",
        "found 1; expected 10",
        policy={"baseline": {"strict": True}},
    ),
    case("more than Microsoft asks for", "Account Policies: Account Lockout Policy", "pass"),
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_verdict(case: Case, judged: Mapping[str, Result]) -> None:
    result = judged[str(case)]
    assert result.verdict.value == case.verdict, said(result)
    assert case.says in said(result)


def test_what_is_told_beside_an_error_is_the_deviation_alone(judged: Mapping[str, Result]) -> None:
    result = judged["HOST-07 a deviation beside such a key"]
    assert [(finding.setting, finding.verdict) for finding in result.findings] == [(SIGNING, "review")]


@pytest.mark.parametrize("name", ["everything as it should be", "a hash that is kept"])
def test_a_result_has_the_whole_area_and_says_which_table_was_used(name: str, judged: Mapping[str, Result]) -> None:
    result = judged[f"HOST-07 {name}"]
    assert len(result.settings) == 30
    assert result.variant == "Windows Server 2022, domain member, Desktop Experience"
    assert {setting.outcome for setting in result.settings} <= {"meets", "deviates"}
