"""Every row of the verdict rules: the good host with one change, judged by the real checks."""

import pytest

from hyperv_audit.catalogue import catalogue
from hyperv_audit.report.results import Result
from tests_tool.host_checks_a import (
    antivirus,
    guarded_fabric,
    keep_the_host_os_secure,
    mounted_vhds,
    nesting,
    patches,
    permissions,
)
from tests_tool.judging import Case, said

TABLES = (patches, keep_the_host_os_secure, guarded_fabric, permissions, antivirus, mounted_vhds, nesting)
CASES = [case for table in TABLES for case in table.CASES]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_verdict(case: Case, judged: dict[str, Result]) -> None:
    result = judged[str(case)]
    assert result.verdict.value == case.verdict, said(result)
    assert case.says in said(result)


def test_each_case_has_words_of_its_own() -> None:
    assert len({str(case) for case in CASES}) == len(CASES)


def test_the_guarded_fabric_is_of_the_enhanced_tier_and_keeps_its_place() -> None:
    entry = catalogue()["HOST-04"]
    assert entry.all_markers == ["enhanced", "guarded_fabric"]
    assert entry.section == "Configure hosts to be part of a guarded fabric"


@pytest.mark.parametrize("check", sorted({case.check for case in CASES}))
def test_each_check_can_pass_fail_and_be_unreadable(check: str) -> None:
    found = {case.verdict for case in CASES if case.check == check}
    wanted = {"fail", "review", "error"} | ({"not applicable"} if check == "HOST-11b" else {"pass"})
    assert wanted <= found
