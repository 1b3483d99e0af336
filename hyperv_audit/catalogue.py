"""The checklist: one entry a recommendation, with all that a report needs and a reader of the rule does not."""

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from hyperv_audit.errors import CatalogueError
from hyperv_audit.inventory.document import read_document
from hyperv_audit.inventory.validate import Strict, validated
from hyperv_audit.judge.severity import Severity
from hyperv_audit.report.results import Recommendation

FOLDER = Path(__file__).parent.parent / "checklist"
DOCUMENT = "Plan for Hyper-V security in Windows Server"
DOCUMENT_URL = (
    "https://learn.microsoft.com/windows-server/virtualization/hyper-v/plan/plan-hyper-v-security-in-windows-server"
)


class Entry(Strict):
    """One recommendation."""

    id: str = Field(pattern=r"^(HOST|VM)-\d\d[a-z]?$")
    title: str
    section: str = Field(description="the bold heading of the document under which the statement stands")
    tier: Literal["baseline", "enhanced"]
    markers: list[Literal["guarded_fabric", "shielded_vm"]] = Field(default_factory=list)
    severity: Severity = Field(description="of a statement that names no other")
    needs: list[str] = Field(description="facts without which there is no verdict")
    why: str
    fix: str
    impact: str
    references: list[str]

    @property
    def all_markers(self) -> list[str]:
        """The tier, and what it asks of the fabric."""
        return [self.tier, *self.markers]

    def shown(self) -> Recommendation:
        """The entry as a report shows it."""
        fields = self.model_dump(exclude={"needs", "markers"})
        return Recommendation(**fields, markers=self.all_markers)


@cache
def catalogue() -> dict[str, Entry]:
    """Every entry by its id, in the document's order. Raises `CatalogueError` or `InventoryError`."""
    entries = [validated(read_document(path), Entry) for path in FOLDER.glob("*.yaml")]
    for path, entry in zip(FOLDER.glob("*.yaml"), entries, strict=True):
        if path.stem != entry.id:
            raise CatalogueError(f"{path} holds the entry {entry.id}", f"Rename it to {entry.id}.yaml")
    return {entry.id: entry for entry in sorted(entries, key=lambda entry: (not entry.id.startswith("HOST"), entry.id))}
