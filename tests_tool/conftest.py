"""A test that needs a tool which a user may lack skips with a reason; where the tools must be there, it fails.

And the cases of all tables that a run selected, judged all at once.
"""

import gc
import os
from collections.abc import Generator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from hyperv_audit.judge.statements import NotApplicable
from hyperv_audit.report.results import Result
from tests_tool.judging import Case, judge_cases

TOOLS = ("pwsh", "browser", "curl", "sshd")
WITH_CASES = ("test_verdicts.py", "test_cases.py", "test_severities.py", "test_samples.py", "test_checks.py")
"""Files whose tests ask for `judged`."""
COSTLY = (
    "audit",
    "judged",
    "powershell/test_mutations.py",
    "audit/test_many_machines.py",
    "checks/test_mutation.py",
    "world/test_collectors.py",
    "checks/test_no_evidence.py",
    "world/test_manners.py",
)
"""What takes longest begins first, however few its tests are: at the end nobody waits for it alone."""

# Compiled as it is, a PowerShell that lives for seconds is faster than one that measures itself to compile better.
os.environ.setdefault("DOTNET_TieredPGO", "0")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """With `-n`: tests that share something costly go to one worker, which makes it once."""
    config.option.loadscopereorder = False  # by the number of tests; the items are in order already
    return _Together(config, log)


class _Together(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return scope_of(nodeid)


def scope_of(nodeid: str) -> str:
    """The runs of the audit are shared by a folder, the cases of all tables by several; else a file is a unit."""
    file = Path(nodeid.partition("::")[0])
    if file.name in WITH_CASES:
        return "judged"
    return "audit" if file.parent.name == "audit" and file.name != "test_many_machines.py" else file.as_posix()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is costly first; the rest as it was."""
    place = {scope: number for number, scope in enumerate(COSTLY)}
    items.sort(key=lambda item: place.get(scope_of(item.nodeid), len(COSTLY)))


def pytest_collection_finish() -> None:
    """Some seven thousand items live until the end: looking through them for garbage, again and again, finds none."""
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI (HYPERV_AUDIT_TOOLS_REQUIRED) nothing that needs a tool may skip.

    Nor may a test end in the verdict of a check that it calls: pytest would take "not applicable" for a skip.
    """
    report = yield
    if report.skipped and call.excinfo and isinstance(call.excinfo.value, NotApplicable):
        report.outcome = "failed"
        report.longrepr = f"ended as the check that it called: {call.excinfo.value}"
    needs = [tool for tool in TOOLS if item.get_closest_marker(tool)]
    if report.skipped and needs and os.environ.get("HYPERV_AUDIT_TOOLS_REQUIRED"):
        report.outcome = "failed"
        report.longrepr = f"skipped, although {', '.join(needs)} has to be there: {call.excinfo and call.excinfo.value}"
    return report


@pytest.fixture(scope="session")
def judged(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Result]:
    """The results of the cases of this session, each by its words."""
    items = [item for item in request.session.items if isinstance(item, pytest.Function)]
    params = [item.callspec.params.get("case") for item in items if hasattr(item, "callspec")]
    cases = dict.fromkeys(case for case in params if isinstance(case, Case))  # several tests may look at one
    return judge_cases(list(cases), tmp_path_factory.mktemp("cases"))
