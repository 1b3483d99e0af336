"""pytest-html's page of a real run in which the names bite."""

import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from hyperv_audit.text import visible
from tests_tool.report.browsing import Open, Visit
from tests_tool.report.world import HOSTILE, World, large_world, small_world

pytestmark = pytest.mark.browser

ROOT = Path(__file__).parents[2]
TESTS = """
def test_audit(result):
    assert result.verdict == "pass", "a traceback that nobody should have to read"
"""


def log_of(world: World, folder: Path, budget: int = 2000, tests: str = TESTS) -> Path:
    """Run pytest on the world with our hooks; the page it leaves."""
    world.write(folder / "results.jsonl")
    (folder / "test_audit.py").write_text(tests, encoding="utf-8")
    shutil.copy(Path(__file__).with_name("audit_conftest.py"), folder / "conftest.py")
    arguments = ["--html=pytest.html", "--self-contained-html", f"--budget={budget}", "--tb=line", "-q"]
    ran = subprocess.run(  # noqa: S603 - our own interpreter, our own arguments
        [sys.executable, "-m", "pytest", *arguments, "-p", "no:cacheprovider", "test_audit.py"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED, ran.stdout + ran.stderr
    return folder / "pytest.html"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return log_of(small_world(), tmp_path_factory.mktemp("log"))


def cells(seen: Visit, column: str) -> list[str]:
    return seen.page.locator(f".results-table-row td.col-{column}").all_inner_texts()


def test_names_are_inert_as_ids_cells_and_details(visit: Open, log: Path) -> None:
    seen = visit(log, "?visible=failed,error,skipped,passed,xfailed,xpassed")
    seen.page.locator("#show_all_details").click()
    assert seen.dialogs == []
    assert seen.complaints == []
    assert seen.page.locator("[onerror], [onload], [onmouseover], .results-table-row script, svg").count() == 0
    assert seen.page.locator("img[src=x]").count() == 0
    assert visible(HOSTILE["image"]) in cells(seen, "vm")


def test_a_long_name_does_not_widen_the_page(visit: Open, log: Path) -> None:
    assert visit(log).page.evaluate("document.documentElement.scrollWidth") == 1280


def test_each_row_names_recommendation_verdict_host_and_machine(visit: Open, log: Path, world: World) -> None:
    seen = visit(log)
    assert Counter(cells(seen, "verdict")) == Counter(result.verdict.value for result in world.results)
    assert Counter(cells(seen, "recommendation")) == Counter(
        result.recommendation + (f" ({result.subject.area})" if result.subject.area else "") for result in world.results
    )
    assert set(cells(seen, "host")) == {"hv01", "hv02", "hv03", "hv04"}


def test_the_result_stays_the_outcome_that_pytest_html_knows(visit: Open, log: Path) -> None:
    assert set(cells(visit(log), "result")) == {"Failed", "Error", "Skipped", "Passed"}


def test_details_are_sentences_and_no_traceback(visit: Open, log: Path) -> None:
    seen = visit(log)
    seen.page.locator("#show_all_details").click()
    details = "\n".join(seen.page.locator(".log").all_inner_texts())
    assert "Found     EncryptData: off" in details
    assert "Expected  on, template MicrosoftWindows" in details
    assert "a traceback that nobody should have to read" not in details
    assert "RuntimeError" not in details


def test_beyond_the_budget_passes_go_and_the_page_tells_the_truth(visit: Open, tmp_path: Path) -> None:
    world = large_world(hosts=2, machines=10)
    failures = sum(result.verdict == "fail" for result in world.results)
    seen = visit(log_of(world, tmp_path, budget=failures + 5))
    assert Counter(cells(seen, "verdict")) == {"fail": failures, "pass": 5}
    summary = seen.page.locator(".summary__data").inner_text()
    assert f"{failures} fail, 0 error, 0 review, 0 waived, 0 not applicable, {160 - failures} pass" in summary
    assert f"{160 - failures} Passed" in summary
    assert f"{160 - failures - 5} of 160 rows are left out" in summary
    assert seen.page.locator(".summary a[href='report.html']").count() == 1


def test_a_budget_smaller_than_the_failures_keeps_failures_only(visit: Open, tmp_path: Path) -> None:
    seen = visit(log_of(large_world(hosts=1, machines=7), tmp_path, budget=3))
    assert cells(seen, "verdict") == ["fail"] * 3


def test_a_test_without_a_result_keeps_its_row_escaped(visit: Open, tmp_path: Path) -> None:
    plain = f"""
import pytest

@pytest.mark.parametrize("name", ["x"], ids=[{HOSTILE["image"]!r}])
def test_plain(name):
    raise AssertionError({HOSTILE["script"]!r})
"""
    seen = visit(log_of(small_world(), tmp_path, tests=TESTS + plain))
    row = seen.page.locator("tr", has_text="test_plain")
    assert row.locator("td.col-recommendation").inner_text() == ""
    assert row.locator("td.col-result").inner_text() == "Failed"
    assert HOSTILE["image"] in row.locator("td.col-testid, td.col-testId").inner_text()
    assert seen.dialogs == []
