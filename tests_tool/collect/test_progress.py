"""What a terminal, a CI log and a quiet run show while hosts are gathered."""

import pytest

from hyperv_audit.collect.evidence import NoEvidence
from hyperv_audit.collect.gather import Answer
from hyperv_audit.collect.progress import Progress
from tests_tool.collect.support import evidence

LATE = NoEvidence(kind="timeout", stage="receive output", message="no answer\r\n \x1b[31min time", next_step="Wait.")
TOLD = "timeout at receive output: no answer \\u001b[31min time"


class Screen:
    """Remembers what was written; lines of a live display begin with a mark."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def write_line(self, line: str) -> None:
        self.lines.append(line)

    def rewrite(self, line: str) -> None:
        self.lines.append(f"~ {line}")


RUNS = {
    "terminal": (
        True,
        False,
        [
            "~ gathered 1 of 3 hosts",
            "~ gathered 1 of 3 hosts, waiting for hv02, hv03",
            f"hv02: {TOLD}",
            "~ gathered 2 of 3 hosts, 1 without evidence",
            "~ gathered 3 of 3 hosts, 1 without evidence",
            "gathered 3 of 3 hosts, 1 without evidence in 2.5 s",
        ],
    ),
    "CI": (
        False,
        False,
        [
            "gathered 1 of 3 hosts",
            f"hv02: {TOLD}",
            "gathered 2 of 3 hosts, 1 without evidence",
            "gathered 3 of 3 hosts, 1 without evidence in 2.5 s",
        ],
    ),
    "quiet terminal": (True, True, []),
    "quiet CI": (False, True, []),
}


@pytest.mark.parametrize(("terminal", "quiet", "lines"), RUNS.values(), ids=RUNS.keys())
def test_what_is_written(terminal: bool, quiet: bool, lines: list[str]) -> None:
    screen = Screen()
    progress = Progress(3, screen.write_line, screen.rewrite if terminal else None, quiet=quiet)
    answers: dict[str, Answer] = {"hv01": evidence("hv01"), "hv02": LATE, "hv03": evidence("hv03")}
    progress.finished("hv01", answers["hv01"])
    progress.waiting(["hv02", "hv03"])
    progress.finished("hv02", answers["hv02"])
    progress.finished("hv03", answers["hv03"])
    progress.end(2.54)
    assert screen.lines == lines


@pytest.mark.parametrize(("total", "lines"), [(1, 0), (2, 1), (10, 9), (256, 9), (1000, 9)])
def test_a_log_gets_a_line_a_tenth_at_most(total: int, lines: int) -> None:
    screen = Screen()
    progress = Progress(total, screen.write_line, None, quiet=False)
    for number in range(total):
        progress.finished(f"hv{number}", evidence())
    assert len(screen.lines) == lines


def test_a_log_hears_now_and_then_that_hosts_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    screen, now = Screen(), [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    progress = Progress(9, screen.write_line, None, quiet=False)
    for _ in range(120):
        now[0] += 0.5
        progress.waiting(["a", "b", "c", "d", "e"])
    assert screen.lines == ["gathered 0 of 9 hosts, waiting for a, b, c and 2 more"] * 5
