"""One good world, one change, one verdict: each row of the tables, judged by the real checks."""

import pytest

from tests_tool.checks import host_cases, vm_cases
from tests_tool.checks.judging import Case, Judged, result_of, said

TABLES = [*host_cases.CASES, *vm_cases.CASES, *vm_cases.NO_MACHINES]


@pytest.mark.parametrize("case", TABLES, ids=str)
def test_verdict(case: Case, judged: Judged) -> None:
    result = result_of(case, judged)
    told = said(result)
    assert result.verdict.value == case.verdict, told
    assert case.says in told, told
