"""The fact sheet's nine virtual machines go the whole way: collectors, facts, checks, and the verdicts of the sheet."""

from collections.abc import Mapping
from typing import Any

import pytest

from hyperv_audit.report.results import Result
from tests_tool.judging import Folder, judge, said
from tests_tool.world import vm_samples
from tests_tool.world.support import needs_pwsh

pytestmark = needs_pwsh

HOST = "hv-node-07"
WORDS = {"not applicable": "na"}
# Where our verdict is another than the sheet's, by machine and check: ours, what it says, and why.
EXCEPTIONS = {
    # It says itself that it is Windows Server 2008 R2: what a guest says excuses nothing (decision 0003).
    (vm_samples.OLD, "VM-10"): ("review", "confirm it under vm.guest_os"),
}
# The sheet's reasons, where it gives them, in words of ours.
SAYS = {
    (vm_samples.LINUX, "VM-03"): ["openssl; libssl3"],
    (vm_samples.LINUX, "VM-05"): ["at least 95"],
    (vm_samples.LINUX, "VM-07"): ["fs01.contoso.example"],
    (vm_samples.LINUX, "VM-13"): ["migration traffic is readable"],
    (vm_samples.OLD, "VM-01"): ["CHG-1822"],
    (vm_samples.OLD, "VM-02"): ["generation 1"],
    (vm_samples.OLD, "VM-03"): ["windows-server-2008-r2"],
    (vm_samples.OLD, "VM-04"): ["different versions"],
    (vm_samples.OLD, "VM-06"): ["DHCP guard", "router guard", "untagged"],
    (vm_samples.OLD, "VM-08"): ["boot.vfd", "keiri-legacy", "legacy"],
    (vm_samples.BAD, "VM-01"): ["8.0"],
    (vm_samples.BAD, "VM-02"): ["off (1)", "network (2)"],
    (vm_samples.BAD, "VM-04"): ["time-synchronization", "lost communication"],
    (vm_samples.BAD, "VM-06"): ["forge", "copied", "DHCP guard", "router guard", "1-4094", "teaming", "test failover"],
    (vm_samples.BAD, "VM-07"): ["C:\\Users\\Public", "S-1-5-4", "takes these files along", "S-1-5-83-1-431531974"],
    (vm_samples.BAD, "VM-08"): [
        *("unknown tools.iso", "debugger", "mgmt07", "disk 3", "unfiltered"),
        *("Guest Service Interface", "graphics card", "S-1-1-0"),
    ],
    (vm_samples.BAD, "VM-10"): ["withholds"],
    (vm_samples.BAD, "VM-11"): ["1234"],
    (vm_samples.BAD, "VM-13"): ["no effect"],
    (vm_samples.BAD, "VM-14"): ["allow_nested"],
    (vm_samples.TEMPLATE, "VM-03"): ["template_max_age_days"],
    (vm_samples.TEMPLATE, "VM-06"): ["disconnected"],
    (vm_samples.REPLICA, "VM-03"): ["assessed-on-primary"],
    (vm_samples.LOST, "VM-01"): ["vm-config-unavailable"],
}
Results = Mapping[tuple[str, str], Result]


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    """What the checks say of each machine, by its id."""
    folder = Folder(
        vm_samples.policy(),
        vm_samples.CHECKS,
        {HOST: vm_samples.evidence()},
        {(HOST, vm): seen for vm, seen in vm_samples.inside().items()},
        seen=vm_samples.seen(),
    )
    (judged,) = judge([folder], tmp_path_factory.mktemp("samples"))
    return {(result.subject.vm.id, result.recommendation): result for result in judged[HOST] if result.subject.vm}


def test_verdicts_are_those_of_the_sheet(results: Results) -> None:
    ours = {key: WORDS.get(result.verdict.value, result.verdict.value) for key, result in results.items()}
    sheet = {(vm, check): word for vm, said_ in vm_samples.verdicts().items() for check, word in said_.items()}
    assert {key for key in sheet if ours.get(key) != sheet[key]} == set(EXCEPTIONS)
    assert {key: ours[key] for key in EXCEPTIONS} == {key: verdict for key, (verdict, _) in EXCEPTIONS.items()}
    assert set(ours) == set(sheet)


def test_findings_are_those_of_the_sheet(results: Results) -> None:
    wanted = SAYS | {key: [says] for key, (_, says) in EXCEPTIONS.items()}
    missing = {key: [part for part in parts if part not in said(results[key])] for key, parts in wanted.items()}
    assert {key: parts for key, parts in missing.items() if parts} == {}


# Our probe, the sheet's, and fields that have one name in both.
SAME = [
    ("vms.vm", "vm", ["Name", "State", "Generation", "Version", "Path", "ConfigurationLocation"]),
    ("vms.security", "security", ["TpmEnabled", "Shielded"]),
    ("vms.adapters", "netadapter", ["Name", "SwitchName", "MacAddressSpoofing", "DhcpGuard", "PortMirroringMode"]),
    ("vms.disks", "harddisk", ["Path", "DiskNumber"]),
    ("vms.com_ports", "comport", ["Path", "DebuggerMode"]),
    ("vms.processors", "processor", ["ExposeVirtualizationExtensions"]),
    ("vms.assigned_devices", "assignable", ["LocationPath"]),
    ("vms.console_access", "connect_access", ["Access"]),
]


@pytest.mark.parametrize(("ours", "sheets", "fields"), SAME)
def test_rows_are_those_of_the_sample(ours: str, sheets: str, fields: list[str]) -> None:
    topic, probe = ours.split(".")
    found = vm_samples.evidence()[topic]["data"][probe]
    assert shown(found, fields) == shown(vm_samples.rows(sheets), fields)


def shown(rows: list[dict[str, Any]], fields: list[str]) -> list[tuple[str, ...]]:
    """Whose row it is and what it shows; rows that CIM told of may come in another order."""
    return sorted((str(row.get("VMId") or row["Id"]).lower(), *(repr(row[name]) for name in fields)) for row in rows)


def test_what_the_sample_could_not_read_is_an_error_of_that_machine() -> None:
    refused = {vm_samples.LOST: {"Get-VMSecurity", "Get-VMComPort", "Get-VMProcessor"}}
    errors = vm_samples.evidence()["vms"]["errors"]
    assert {error["target"].lower() for error in errors} == set(refused)
    met = {error["id"].rpartition(".")[2].replace("Get", "Get-", 1).removesuffix("Command") for error in errors}
    assert refused[vm_samples.LOST] <= met
