"""A test that needs a tool which a user may lack skips with a reason; where the tools must be there, it fails."""

import os
from collections.abc import Generator

import pytest

TOOLS = ("pwsh", "browser", "curl")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI (HYPERV_AUDIT_TOOLS_REQUIRED) nothing that needs a tool may skip."""
    report = yield
    needs = [tool for tool in TOOLS if item.get_closest_marker(tool)]
    if report.skipped and needs and os.environ.get("HYPERV_AUDIT_TOOLS_REQUIRED"):
        report.outcome = "failed"
        report.longrepr = f"skipped, although {', '.join(needs)} has to be there: {call.excinfo and call.excinfo.value}"
    return report
