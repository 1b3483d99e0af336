"""One good guest, one change, one verdict: each row of the tables, judged by the real checks."""

import pytest

from hyperv_audit.report.results import Result
from tests_tool.guest_checks import confirming, hardening, protection, samples, updates
from tests_tool.judging import Case, said

CASES = [*confirming.CASES, *updates.CASES, *hardening.CASES, *protection.CASES, *samples.CASES]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_verdict(case: Case, judged: dict[str, Result]) -> None:
    told = said(judged[str(case)])
    assert judged[str(case)].verdict.value == case.verdict, told
    assert case.says in told, told
