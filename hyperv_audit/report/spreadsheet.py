"""`baseline.csv`: every setting of the security baseline on every host and guest, for people who sort and filter.

Spreadsheets run cells that look like formulas, and names and values come from hosts: such a cell gets an apostrophe in
front, which makes it text.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

from hyperv_audit.report.results import Result, Setting, read_results
from hyperv_audit.text import harmless

COLUMNS = ("host", "virtual machine", "table", "area", "id", "setting", "outcome", "found", "expected", "why", "waived")

_NUMBER = re.compile(r"-?\d+")
_FORMULA = ("=", "+", "-", "@")


def write_settings(stream: Path, out: Path) -> None:
    """The settings of all results of a stream; nothing where no result has any."""
    _, results = read_results(stream)
    rows = (row for result in results for row in _rows(result))
    first = next(rows, None)
    if first is None:
        return
    with out.open("w", encoding="utf-8-sig", newline="", errors="backslashreplace") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([cell(text) for text in row] for row in chain([first], rows))


def cell(text: str) -> str:
    """Text as a cell that shows it, on one line, and does nothing."""
    plain = harmless(text)
    may_be_a_formula = text.strip().startswith(_FORMULA) and not _NUMBER.fullmatch(text)
    return f"'{plain}" if may_be_a_formula else plain


def _rows(result: Result) -> Iterator[Iterable[str]]:
    waived = {finding.setting: finding.waiver for finding in result.findings}
    subject = result.subject
    about = (subject.host, subject.vm.name if subject.vm else "", result.variant, subject.area or "")
    for setting in result.settings:
        yield (*about, *_cells(setting), waived.get(setting.id, ""))


def _cells(setting: Setting) -> tuple[str, ...]:
    return setting.id, setting.name, setting.outcome, setting.found, setting.expected, setting.why
