"""pytest-html as the technical log of a run: our columns, everything escaped, and no more rows than a browser bears.

pytest-html puts cells and details into the page as markup, the test id included, so every text is escaped here. It
also renders all rows at once; beyond the budget, rows that passed go first and failures last, and the page says so.
"""

import re
from collections import Counter
from collections.abc import Iterable
from html import escape
from typing import Any

from hyperv_audit.report.results import Finding, Result, Verdict
from hyperv_audit.text import one_line, visible

PROPERTY = "hyperv_result"
ROW_BUDGET = 2000

_COLUMNS = ("Recommendation", "Verdict", "Host", "VM")
_BREAKABLE = 'style="overflow-wrap: anywhere"'
_FAILING = ("Failed", "Error")


class PytestHtmlLog:
    """The hooks of pytest-html; register one object in the process that writes the report.

    A test's result is the JSON text of a `Result` in `report.user_properties`, under the name `PROPERTY`.
    """

    def __init__(self, report: str = "report.html", budget: int = ROW_BUDGET) -> None:
        self._report = report
        self._budget = budget
        self._page: Any = None
        self._ranks: dict[str, int] = {}
        self._kept: Counter[int] = Counter()
        self._verdicts: Counter[Verdict] = Counter()
        self._rows = 0

    def pytest_html_report_title(self, report: Any) -> None:
        report.title = "Hyper-V security audit: technical log"
        self._page = report

    def pytest_html_results_table_header(self, cells: list[str]) -> None:
        cells[1:1] = [_sortable(title) for title in _COLUMNS]

    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        result = _result_of(report)
        outcome = _outcome(cells)
        cells[1:2] = [*_own_cells(result), _cell("testId", _test_id(report))]
        if not _has_row(report):
            return
        self._rows += 1
        if result:
            self._verdicts[result.verdict] += 1
        if not self._keep(report.nodeid, _rank(outcome)):
            # pytest-html counts only rows that it gets; its outcome boxes shall tell the truth all the same.
            self._page.outcomes = outcome
            cells.clear()

    def pytest_html_results_table_html(self, report: Any, data: list[str]) -> None:
        result = _result_of(report)
        if result:
            data[:] = [f"<span {_BREAKABLE}>", *_details(result), "</span>"]

    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        shown = self._cut_to_budget()
        totals = ", ".join(f"{self._verdicts[verdict]:,} {verdict.value}" for verdict in Verdict)
        link = f'<a href="{escape(self._report)}">{escape(self._report)}</a>'
        prefix.append(f"<p>The findings, host by host, are in {link}; this page is the log of one process.</p>")
        prefix.append(f"<p>All results: {totals}.</p>")
        if shown < self._rows:
            left_out = f"{self._rows - shown:,} of {self._rows:,} rows are left out, those that passed first"
            prefix.append(f"<p>{left_out}: a browser cannot open a page of this kind with many more.</p>")

    def _keep(self, node_id: str, rank: int) -> bool:
        """Hold at most a budget of each rank while the run goes on: memory, not the page, is what this spares."""
        if self._kept[rank] >= self._budget:
            return False
        self._kept[rank] += 1
        self._ranks[node_id] = min(rank, self._ranks.get(node_id, rank))
        return True

    def _cut_to_budget(self) -> int:
        """Take the least telling tests off the page; how many rows are left."""
        tests = self._page.data["tests"]
        left = 0
        for node_id in sorted(self._ranks, key=self._ranks.__getitem__):
            left += len(tests[node_id])
            if left > self._budget:
                left -= len(tests.pop(node_id))
        return left


def _has_row(report: Any) -> bool:
    """Whether pytest-html shows this phase: it leaves out set-up and teardown that went well."""
    return report.when in {"call", "collect"} or report.outcome != "passed"


def _result_of(report: Any) -> Result | None:
    properties: Iterable[tuple[str, object]] = getattr(report, "user_properties", ())
    text = next((value for name, value in properties if name == PROPERTY), None)
    return Result.model_validate_json(text) if isinstance(text, str) else None


def _outcome(cells: list[str]) -> str:
    """The outcome in pytest-html's own word, which decides on the row's colour, filter and count."""
    found = re.search(r">(\w+)<", cells[0])
    return found[1] if found else ""


def _rank(outcome: str) -> int:
    return 0 if outcome in _FAILING else 2 if outcome == "Passed" else 1


def _sortable(title: str) -> str:
    return f'<th class="sortable" data-column-type="{title.lower()}">{title}</th>'


def _own_cells(result: Result | None) -> list[str]:
    if result is None:
        return [_cell(title.lower(), "") for title in _COLUMNS]
    vm = result.subject.vm
    area = f" ({result.subject.area})" if result.subject.area else ""
    texts = (result.recommendation + area, result.verdict.value, result.subject.host, vm.name if vm else "")
    return [_cell(title.lower(), text) for title, text in zip(_COLUMNS, texts, strict=True)]


def _test_id(report: Any) -> str:
    return str(report.nodeid) if report.when == "call" else f"{report.nodeid}::{report.when}"


def _cell(column: str, text: str) -> str:
    return f'<td class="col-{column}" {_BREAKABLE}><bdi>{_safe(one_line(text))}</bdi></td>'


def _details(result: Result) -> Iterable[str]:
    yield f"{_safe(result.reason)}\n"
    for finding in result.findings:
        yield _finding(finding)
    for note in result.notes:
        yield f"Note      {_safe(note)}"


def _finding(finding: Finding) -> str:
    lines = [
        ("Found", finding.found),
        ("Expected", finding.expected),
        ("Why", finding.why),
        ("Severity", finding.severity),
    ]
    return "".join(f"{label:<9} {_safe(text)}\n" for label, text in lines if text)


def _safe(text: str) -> str:
    return escape(visible(text))
