"""The cases that a run selected, judged all at once."""

import pytest

from hyperv_audit.report.results import Result
from tests_tool.checks.judging import Case, judge_cases


@pytest.fixture(scope="session")
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[Case, Result]:
    """The result of each case of this session."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    params = [item.callspec.params.get("case") for item in items if hasattr(item, "callspec")]
    return judge_cases([case for case in params if isinstance(case, Case)], tmp_path_factory.mktemp("cases"))
