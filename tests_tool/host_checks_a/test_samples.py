"""The hosts that were written down beside the rules get the verdicts that were written down with them."""

from functools import partial

import pytest

from hyperv_audit.report.results import Result
from tests_tool.host_checks_a import samples
from tests_tool.judging import Case, said

CASES = [
    Case(check, f"sample: {host}", verdict, "", partial(samples.topics, host), samples.POLICY)
    for (host, check), verdict in samples.expected().items()
]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sample(case: Case, judged: dict[str, Result]) -> None:
    result = judged[str(case)]
    assert result.verdict.value == case.verdict, said(result)
