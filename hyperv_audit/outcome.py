"""From pytest's reports to verdicts: one `Result` an item, computed once and carried by the report itself."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import pytest
from _pytest._code.code import TerminalRepr  # what pytest accepts as a traceback; it has no public name

from hyperv_audit.collect.script import commands
from hyperv_audit.facts.reading import INSIDE, Readings, Unreadable
from hyperv_audit.judge.setting import Judged
from hyperv_audit.judge.statements import Failed, Judgement, NotApplicable, Review, Waived, sentence
from hyperv_audit.report.pytest_html import PROPERTY
from hyperv_audit.report.results import Evidence, Finding, Result, Setting, Subject, Verdict

_MAX_ROWS = 20
_MAX_TEXT = 4000

# How pytest's terminal shows a verdict: category, letter, word.
STATUS: dict[Verdict, tuple[str, str, str | tuple[str, dict[str, bool]]]] = {
    Verdict.PASS: ("passed", ".", "PASSED"),
    Verdict.FAIL: ("failed", "F", "FAILED"),
    Verdict.ERROR: ("error", "E", "ERROR"),
    Verdict.REVIEW: ("review", "R", ("REVIEW", {"yellow": True})),
    Verdict.WAIVED: ("xfailed", "x", ("WAIVED", {"yellow": True})),
    Verdict.NOT_APPLICABLE: ("not applicable", "-", ("N/A", {"light": True})),
}
NOT_ASSESSED = ("not assessed", "?", ("NOT ASSESSED", {"yellow": True}))
UNNEEDED = ("xpassed", "X", ("XPASS", {"yellow": True}))


def status_of(result: Result) -> tuple[str, str, str | tuple[str, dict[str, bool]]]:
    """How the terminal shows and counts a result.

    Apart from the verdicts: what nobody could look at, and what passes although a waiver covers it.
    """
    if result.verdict is Verdict.PASS and result.unneeded:
        return UNNEEDED
    return STATUS[result.verdict] if result.is_assessed else NOT_ASSESSED


_ENDS: dict[type[BaseException], Verdict] = {
    Failed: Verdict.FAIL,
    Review: Verdict.REVIEW,
    Waived: Verdict.WAIVED,
    NotApplicable: Verdict.NOT_APPLICABLE,
}


def verdict_of(error: BaseException | None) -> Verdict:
    """What ended the test."""
    if error is None:
        return Verdict.PASS
    if isinstance(error, Unreadable) and error.vm_only:
        return Verdict.REVIEW
    return next((verdict for kind, verdict in _ENDS.items() if isinstance(error, kind)), Verdict.ERROR)


def make_result(
    recommendation: str,
    subject: Subject,
    error: BaseException | None,
    *,
    judgement: Judgement,
    evidence: Iterable[Evidence],
    seconds: float,
) -> Result:
    """One recommendation on one subject."""
    verdict = verdict_of(error)
    return Result(
        recommendation=recommendation,
        subject=subject,
        verdict=verdict,
        reason=_reason(verdict, error, judgement),
        findings=[
            Finding(
                verdict=s.verdict,
                why=s.why,
                found=s.found,
                expected=s.expected,
                severity=s.severity or judgement.severity,
                setting=s.setting,
                waiver=s.waiver,
            )
            for s in judgement.statements
        ],
        unneeded=judgement.unneeded,
        settings=[_setting(judged) for judged in judgement.settings],
        variant=judgement.variant,
        notes=judgement.notes,
        evidence=list(evidence),
        seconds=seconds,
        at=datetime.now(UTC),
    )


def _setting(judged: Judged) -> Setting:
    return Setting(
        id=judged.setting.id,
        name=judged.setting.name,
        outcome=judged.outcome,
        found=judged.found,
        expected=judged.expected,
        why=judged.why,
    )


def rested_on(
    readings: Readings,
    probes: Iterable[str],
    vm: str | None,
    inside: Readings | None = None,
    settings: Sequence[Judged] = (),
) -> list[Evidence]:
    """The rows that a verdict rests on: of a VM its own, of a baseline its settings', cut where they are many."""
    found = []
    for seen in probes:
        probe = seen.removeprefix(INSIDE)
        shows = readings if probe == seen or inside is None else inside
        rows = shows.raw_of_vm(probe, vm) if vm and probe.startswith("vms.") else shows.raw(probe)
        if probe.startswith("baseline."):
            rows = _about(settings, rows)
        shown = rows[:_MAX_ROWS]
        while len(str(shown)) > _MAX_TEXT and len(shown) > 1:
            shown = shown[: len(shown) // 2]
        command = commands(probe, bulk=readings.in_bulk)
        found.append(Evidence(probe=seen, command=command, rows=shown, cut=len(shown) < len(rows)))
    return found


def _about(settings: Iterable[Judged], rows: Iterable[Any]) -> list[Any]:
    """The registry values, and the lines of the two files, that these settings are about."""
    targets = {judged.setting.target for judged in settings}
    values = {(key, name) for _, key, name in targets}
    words = [name or key for _, key, name in targets]
    return [
        row
        for row in rows
        if (
            (str(row.get("Key")).casefold(), str(row.get("Name")).casefold()) in values
            if isinstance(row, dict)
            else any(word in str(row).casefold() for word in words)
        )
    ]


def result_of(report: pytest.TestReport) -> Result | None:
    """The result that a report carries; also one that came from another process."""
    text = next((value for name, value in report.user_properties if name == PROPERTY), None)
    return _parse(text) if isinstance(text, str) else None


@lru_cache(maxsize=1)  # three hooks ask of each report, one after the other
def _parse(text: str) -> Result:
    return Result.model_validate_json(text)


class Shown(TerminalRepr):
    """A result where pytest expects a traceback: one line for the terminal, every finding for JUnit."""

    def __init__(self, result: Result, *, as_crash: bool) -> None:
        self._text = _text(result)
        self._as_crash = as_crash
        self.reprcrash = _Crash(f"{_title(result)}: {self._text}")

    def toterminal(self, tw: Any) -> None:
        """Called by pytest, which with --tb=line shows a failure's crash line right after."""
        if not self._as_crash:
            tw.line(self._text)

    def __str__(self) -> str:
        return self._text


class _Crash:
    def __init__(self, message: str) -> None:
        self.message = message

    def __str__(self) -> str:
        first, *more = self.message.splitlines()
        return f"{first} (and {len(more)} more)" if more else first


def _title(result: Result) -> str:
    vm, area = result.subject.vm, result.subject.area
    part = f"/{vm.slug}" if vm else f" ({area})" if area else ""
    return f"{result.recommendation} {result.subject.host}{part}"


def _text(result: Result) -> str:
    lines = [sentence(f.found, f.expected, f.why) for f in result.findings if f.verdict == result.verdict.value]
    return "\n".join(lines) or result.reason


def _reason(verdict: Verdict, error: BaseException | None, judgement: Judgement) -> str:
    if verdict is Verdict.PASS:
        return "; ".join(judgement.notes) or "as recommended"
    if verdict is Verdict.WAIVED:
        return "; ".join(dict.fromkeys(s.waiver for s in judgement.statements if s.waiver))
    if told := [s for s in judgement.statements if s.verdict == verdict.value]:
        return "; ".join(dict.fromkeys(s.found for s in told))[:_MAX_TEXT]
    if isinstance(error, Unreadable):
        return error.reason
    text = str(error) or type(error).__name__
    return text if isinstance(error, NotApplicable | Review) else f"{type(error).__name__}: {text}"
