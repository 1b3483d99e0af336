"""Progress while hosts are gathered: one live line on a terminal, plain lines now and then elsewhere."""

import time
from collections.abc import Callable

from hyperv_audit.collect.evidence import NoEvidence
from hyperv_audit.collect.gather import Answer
from hyperv_audit.text import harmless

_EVERY_SECONDS = 10.0
_TENTH = 10


class Progress:
    """Tells how far the gathering is. `rewrite` overwrites the live line; it is None where there is no terminal."""

    def __init__(
        self,
        total: int,
        write_line: Callable[[str], None],
        rewrite: Callable[[str], None] | None,
        *,
        quiet: bool,
        what: str = "hosts",
    ) -> None:
        self._total = total
        self._what = what
        self._write_line = write_line
        self._rewrite = rewrite
        self._quiet = quiet
        self._done = 0
        self._failed = 0
        self._told = time.monotonic()
        self._tenths = 0

    def finished(self, name: str, answer: Answer) -> None:
        """One of them has answered, or will not."""
        self._done += 1
        if isinstance(answer, NoEvidence):
            self._failed += 1
            self._say(f"{name}: {_one_line(str(answer))}")
        if self._rewrite and not self._quiet:
            self._rewrite(self._line())
        elif self._due():
            self._say(self._line())

    def waiting(self, names: list[str]) -> None:
        """Nothing new; these are still out."""
        if self._rewrite and not self._quiet:
            self._rewrite(f"{self._line()}, waiting for {_few(names)}")
        elif time.monotonic() - self._told > _EVERY_SECONDS:
            self._say(f"{self._line()}, waiting for {_few(names)}")

    def end(self, seconds: float) -> None:
        """The last word."""
        self._say(f"{self._line()} in {seconds:.1f} s")

    def _say(self, line: str) -> None:
        if not self._quiet:
            self._told = time.monotonic()
            self._write_line(line)

    def _due(self) -> bool:
        """A tenth further: at most ten such lines, however many hosts there are."""
        tenths = _TENTH * self._done // self._total
        due, self._tenths = tenths > self._tenths and self._done < self._total, tenths
        return due

    def _line(self) -> str:
        failed = f", {self._failed} without evidence" if self._failed else ""
        return f"gathered {self._done} of {self._total} {self._what}{failed}"


def _few(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")  # noqa: PLR2004 - a few


def _one_line(text: str) -> str:
    """A host's words, as harmless to a terminal as our own, and without their breaks."""
    return harmless(" ".join(text.split()))
