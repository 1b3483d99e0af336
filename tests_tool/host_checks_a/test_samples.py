"""The hosts that were written down beside the rules get the verdicts that were written down with them."""

import pytest

from hyperv_audit.report.results import Result
from tests_tool.host_checks_a import samples
from tests_tool.host_checks_a.judging import Folder, judge, said

NAMES = {host: host.replace("_", "-") for host in samples.HOSTS}


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Result]:
    """What our checks say of the three hosts."""
    folder = Folder(samples.POLICY, {name: samples.topics(host) for host, name in NAMES.items()})
    (judged,) = judge([folder], tmp_path_factory.mktemp("samples"))
    return judged


@pytest.mark.parametrize(("host", "check"), samples.expected())
def test_verdict(host: str, check: str, verdicts: dict[tuple[str, str], Result]) -> None:
    result = verdicts[NAMES[host], check]
    assert result.verdict.value == samples.expected()[host, check], said(result)
