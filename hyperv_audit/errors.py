"""What can go wrong, as one small tree.

    AuditError                    what, and the safe next step
     +-- InventoryError           a configuration file or a --hosts pattern: file and line
     +-- TransportError           reaching a target: kind and stage        (hyperv_audit.transport)
     +-- EvidenceError            evidence that is damaged, foreign or too large
     +-- CatalogueError           the checklist's own files disagree

A fact that could not be read is none of these: it is `facts.Unreadable`, and ends one check, not the run.
"""

from pathlib import Path


class AuditError(Exception):
    """Something the reader can act on: `what` happened, and the safe `next_step`."""

    def __init__(self, what: str, next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step

    def __str__(self) -> str:
        return f"{self.what}\n  next step: {self.next_step}" if self.next_step else self.what


class InventoryError(AuditError):
    """A file of the user's, or a pattern, cannot be used; `path` and `line` (from 1) say where."""

    def __init__(self, what: str, next_step: str = "", *, path: Path | None = None, line: int | None = None) -> None:
        where = "" if path is None else f"{path}: " if line is None else f"{path}:{line}: "
        super().__init__(where + what, next_step)
        self.path = path
        self.line = line


class EvidenceError(AuditError):
    """Evidence that cannot be trusted: damaged, of another schema, or too large."""


class CatalogueError(AuditError):
    """The checklist's entries and its tests disagree."""
