"""One good world, one change, one verdict: each row of the tables, judged by the real checks."""

import pytest

from hyperv_audit.report.results import Result
from tests_tool.checks import device_cases, host_cases, vm_cases, vm_files_cases
from tests_tool.judging import Case, said

TABLES = [*host_cases.CASES, *vm_cases.CASES, *vm_files_cases.CASES, *device_cases.CASES, *vm_cases.NO_MACHINES]


@pytest.mark.parametrize("case", TABLES, ids=str)
def test_verdict(case: Case, judged: dict[str, Result]) -> None:
    told = said(judged[str(case)])
    assert judged[str(case)].verdict.value == case.verdict, told
    assert case.says in told, told
