"""Every row of the verdict rules: the good host, one change, one verdict, by the checks themselves."""

from dataclasses import replace

import pytest
import yaml

from hyperv_audit.inventory.policy import restore_policy
from hyperv_audit.judge.suggestion import suggestion
from hyperv_audit.report.results import Result, Verdict
from tests_tool.host_checks_b import host_02a, host_02b, host_02c, host_02d, host_03b, host_05
from tests_tool.judging import Case, judge_cases, said

CASES = [
    *host_02a.CASES,
    *host_02b.CASES,
    *host_02c.CASES,
    *host_02d.CASES,
    *host_03b.CASES,
    *host_05.CASES,
]
CHECKS = sorted({case.check for case in CASES})


@pytest.mark.parametrize("case", CASES, ids=str)
def test_verdict(case: Case, judged: dict[str, Result]) -> None:
    result = judged[str(case)]
    assert result.verdict.value == case.verdict, said(result)
    assert case.says in said(result)


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_has_each_verdict(check: str) -> None:
    verdicts = {case.verdict for case in CASES if case.check == check}
    not_applicable = {"not applicable"} if check in {"HOST-02c", "HOST-02d", "HOST-03b"} else set()
    assert verdicts == {"pass", "fail", "review", "error"} | not_applicable


def test_each_case_has_a_name_of_its_own() -> None:
    assert len({str(case) for case in CASES}) == len(CASES)


def test_what_is_suggested_can_be_pasted_and_is_enough(
    judged: dict[str, Result], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The suggestion of each case whose policy lacks one key, put into that policy: then the host passes."""
    lacking = [case for case in CASES if case.name == "policy without the subnets"]
    mended = []
    for case in lacking:
        line = next(f.why for f in judged[str(case)].findings if "for the policy file" in f.why)
        pasted = yaml.safe_load(line.partition(suggestion("network").split("{")[0].rpartition("network")[0])[2])
        policy = {**case.policy, "network": {**case.policy["network"], **pasted["network"]}}
        assert restore_policy(policy).network != restore_policy(case.policy).network
        mended.append(replace(case, verdict="pass", policy=policy))
    assert {case.check for case in lacking} == {"HOST-02a", "HOST-02b", "HOST-02c", "HOST-03b"}
    found = judge_cases(mended, tmp_path_factory.mktemp("mended"))
    assert {words: said(result) for words, result in found.items() if result.verdict is not Verdict.PASS} == {}
