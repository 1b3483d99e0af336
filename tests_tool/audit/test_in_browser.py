"""The demo's two pages in a browser: one virtual machine's name is a script, and nothing happens."""

import pytest

from hyperv_audit.report.results import Verdict
from tests_tool.audit.running import Ran
from tests_tool.report.browsing import Open

pytestmark = pytest.mark.browser

NAME = "<img src=x onerror=alert(1)>"
BITES = "img[src=x], [onerror], [onload], [onmouseover]"


def test_the_report_shows_the_name_and_does_nothing(visit: Open, demo: Ran) -> None:
    seen = visit(demo.folder / "report.html")
    seen.page.locator("#fold").click()
    seen.page.mouse.move(300, 300)
    assert seen.page.get_by_text(NAME).count() > 0
    assert seen.page.locator(BITES).count() == 0
    assert (seen.dialogs, seen.complaints) == ([], [])
    assert seen.requests == [(demo.folder / "report.html").as_uri()]


def test_the_log_shows_the_name_and_does_nothing(visit: Open, demo: Ran) -> None:
    page = demo.folder / "pytest.html"
    seen = visit(page, "?visible=failed,error,skipped,passed,xfailed,xpassed")
    seen.page.locator("#show_all_details").click()
    assert NAME in seen.page.locator("td.col-vm").all_inner_texts()
    assert seen.page.locator(BITES).count() == 0
    assert (seen.dialogs, seen.complaints) == ([], [])
    assert all(request.startswith(("data:", page.as_uri())) for request in seen.requests)


def test_the_log_counts_what_the_stream_counts(visit: Open, demo: Ran) -> None:
    text = visit(demo.folder / "pytest.html").page.locator("body").inner_text()
    totals = {verdict: sum(result.verdict is verdict for result in demo.results) for verdict in Verdict}
    assert f"All results: {', '.join(f'{number} {verdict.value}' for verdict, number in totals.items())}." in text
