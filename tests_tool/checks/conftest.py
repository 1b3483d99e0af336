"""The cases that a run selected, judged all at once."""

import pytest

from tests_tool.checks.judging import Case, Judged, judge_cases


def pytest_configure(config: pytest.Config) -> None:
    """The checklist's markers: its files are imported here too, to see what they read."""
    for name in ("recommendation(id)", "applicable(condition, why)"):
        config.addinivalue_line("markers", f"{name}: of the checklist")


@pytest.fixture(scope="session")
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """The results of the cases of this session."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    params = [item.callspec.params.get("case") for item in items if hasattr(item, "callspec")]
    return judge_cases([case for case in params if isinstance(case, Case)], tmp_path_factory.mktemp("cases"))
