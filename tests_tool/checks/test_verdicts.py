"""One good world, one change, one verdict: each row of the tables, judged by the real checks."""

import pytest

from hyperv_audit.report.results import Result
from tests_tool.checks import host_cases
from tests_tool.checks.judging import Case, said


@pytest.mark.parametrize("case", host_cases.CASES, ids=str)
def test_host(case: Case, judged: dict[Case, Result]) -> None:
    check(case, judged[case])


def check(case: Case, result: Result) -> None:
    told = said(result)
    assert result.verdict.value == case.verdict, told
    assert case.says in told, told
