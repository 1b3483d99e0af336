"""Every row of the verdict rules: the good host, one change, one verdict, by the checks themselves."""

import pytest
import yaml

from hyperv_audit.inventory.policy import restore_policy
from hyperv_audit.judge.suggestion import suggestion
from hyperv_audit.report.results import Result
from tests_tool.host_checks_b import host_02a, host_02b, host_02c, host_02d, host_03b, host_05
from tests_tool.host_checks_b.judging import Case, judge, told

CASES = [
    *host_02a.CASES,
    *host_02b.CASES,
    *host_02c.CASES,
    *host_02d.CASES,
    *host_03b.CASES,
    *host_05.CASES,
]
CHECKS = sorted({case.check for case in CASES})


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """The result of each case."""
    found = judge(CASES, tmp_path_factory.mktemp("judged"))
    return {str(case): result for case, result in zip(CASES, found, strict=True)}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_verdict(case: Case, results: dict[str, Result]) -> None:
    result = results[str(case)]
    assert result.verdict.value == case.verdict, told(result)
    assert case.says in told(result)


@pytest.mark.parametrize("check", CHECKS)
def test_each_check_has_each_verdict(check: str) -> None:
    verdicts = {case.verdict for case in CASES if case.check == check}
    not_applicable = {"not applicable"} if check in {"HOST-02c", "HOST-02d", "HOST-03b"} else set()
    assert verdicts == {"pass", "fail", "review", "error"} | not_applicable


def test_each_case_has_a_name_of_its_own() -> None:
    assert len({str(case) for case in CASES}) == len(CASES)


def test_what_is_suggested_can_be_pasted_and_is_enough(
    results: dict[str, Result], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The suggestion of each case whose policy lacks one key, put into that policy: then the host passes."""
    lacking = [case for case in CASES if case.name == "policy without the subnets"]
    mended = []
    for case in lacking:
        line = next(line for line in told(results[str(case)]).splitlines() if "for the policy file" in line)
        pasted = yaml.safe_load(line.partition(suggestion("network").split("{")[0].rpartition("network")[0])[2])
        policy = {**case.policy, "network": {**case.policy["network"], **pasted["network"]}}
        assert restore_policy(policy).network != restore_policy(case.policy).network
        mended.append(Case(case.check, case.name, "pass", "", case.changes, policy))
    assert {case.check for case in lacking} == {"HOST-02a", "HOST-02b", "HOST-02c", "HOST-03b"}
    found = judge(mended, tmp_path_factory.mktemp("mended"))
    assert [result.verdict.value for result in found] == ["pass"] * len(mended), [told(result) for result in found]
