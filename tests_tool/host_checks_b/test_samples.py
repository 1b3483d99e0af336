"""The fact sheet's sample hosts get the verdicts that it expects."""

from collections.abc import Iterator

import pytest

from hyperv_audit.report.results import Result
from tests_tool.changes import World
from tests_tool.host_checks_b import samples
from tests_tool.judging import Case, said

WORDS = {"PASS": "pass", "FAIL": "fail", "REVIEW": "review", "NA": "not applicable", "UNKNOWN": "error"}


def case(host: str, world: World, check: str, verdict: str) -> Case:
    return Case(check, f"sample: {host}", WORDS[verdict], "", world.topics, samples.policy())


def cases() -> Iterator[Case]:
    for host, expected in samples.read("expected_verdicts").items():
        for check, verdict in expected.items():
            yield case(host, samples.sample(host), check, verdict)
    expected = samples.read("cluster_node_fragment")["expected"]
    yield case("cluster node", samples.node(), "HOST-02c", expected["HOST-02c"]["verdict"])
    without = expected["if_MigrationExcludeNetworks_were_empty"]["verdict"]
    yield case("cluster node without exclusions", samples.node(excluded=False), "HOST-02c", without)


CASES = list(cases())


@pytest.mark.parametrize("case", CASES, ids=str)
def test_sample(case: Case, judged: dict[str, Result]) -> None:
    result = judged[str(case)]
    assert result.verdict.value == case.verdict, said(result)


def test_all_samples_are_judged() -> None:
    assert len(CASES) == 3 * 6 + 2
