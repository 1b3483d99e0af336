"""The one result stream that every output is made from: `results.jsonl`, a header line, then one result a line."""

from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from hyperv_audit.facts.guest import Absence
from hyperv_audit.judge.setting import Outcome
from hyperv_audit.judge.severity import Severity
from hyperv_audit.judge.waivers import State

EVIDENCE, COVERAGE = "EVIDENCE", "COVERAGE"
"""Under which ids a run says what no check does: of a host without evidence, and of machines that nobody audits."""

NOT_ASSESSED = Absence.NOT_CONFIGURED.value
"""What stands in the one finding of a check that only a guest could have answered."""


class Verdict(StrEnum):
    """What a test says of one subject; in the order in which a reader wants to see them."""

    FAIL = "fail"
    ERROR = "error"
    REVIEW = "review"
    WAIVED = "waived"
    NOT_APPLICABLE = "not applicable"
    PASS = "pass"  # noqa: S105 - a verdict, not a password


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Recommendation(_Line):
    """One entry of the checklist as the report shows it."""

    id: str
    title: str
    section: str = Field(description="the bold heading of Microsoft's document under which the statement stands")
    tier: Literal["baseline", "enhanced"]
    markers: list[str] = Field(description="pytest markers: the tier, and guarded_fabric or shielded_vm")
    severity: Severity = Field(description="of each finding that has none of its own")
    why: str
    fix: str
    impact: str = Field(description="what the fix changes, and whether it needs downtime")
    references: list[str]


class Ladder(_Line):
    """How far a virtual machine is from being shielded on a guarded fabric."""

    vm: str = Field(description="its id")
    left: list[str] = Field(description="the steps that are not taken, in order; none for one that is there")


class Visit(_Line):
    """Looking inside a virtual machine, where the inventory names a way."""

    vm: str = Field(description="its id")
    name: str = Field(description="its name, or the id where the host does not show it")
    evidence: str | None = Field(default=None, description="file beneath the run folder")
    sha256: str | None = None
    failure: str | None = Field(default=None, description="why there is no evidence")
    next_step: str = Field(default="", description="what to do about that, safely")


class Host(_Line):
    """One target of the run, whether or not it could be read."""

    name: str
    slug: str
    reached: str = Field(default="", description="for example 'WinRM over https, ntlm, as LAB\\auditor'")
    summary: dict[str, str] = Field(default_factory=dict, description="edition, build, installation option ...")
    preflight: list[str] = Field(default_factory=list, description="what the session could not see, and the next step")
    virtual_machines: int = 0
    evidence: str | None = Field(default=None, description="file beneath the run folder")
    sha256: str | None = None
    collected: AwareDatetime | None = None
    failure: str | None = Field(default=None, description="why there is no evidence")
    next_step: str = Field(default="", description="what to do about that, safely")
    visits: list[Visit] = Field(default_factory=list, description="inside its virtual machines")
    ladders: list[Ladder] = Field(default_factory=list, description="of its virtual machines, towards shielding")


class Waiver(_Line):
    """An accepted deviation, and what became of it in this run."""

    where: str = Field(description="file and line")
    recommendation: str
    scope: str = Field(description="hosts, virtual machines and setting as the file has them")
    reason: str
    owner: str
    expires: date
    state: State

    @property
    def to_look_at(self) -> bool:
        """Whether its owner has something to do."""
        return self.state not in ("in use", "not used")


class Header(_Line):
    """The first line of the stream."""

    kind: Literal["run"] = "run"
    schema_version: Literal[1] = Field(default=1, alias="schema")
    started: AwareDatetime
    tool: str
    document: str
    document_url: str
    arguments: list[str]
    hosts: list[Host]
    recommendations: list[Recommendation] = Field(description="the whole checklist, in the document's order")
    not_run: list[str] = Field(default_factory=list, description="recommendations that the selection left out")
    selection: str = Field(default="", description="the options that selected, for example '-m enhanced'")
    stopped: bool = Field(default=False, description="whether the run ended before all that it selected was judged")
    notices: list[str] = Field(default_factory=list, description="of the run as a whole, for a person to look at")
    waivers: list[Waiver] = Field(default_factory=list, description="accepted deviations, used or not")
    commands: list[str] = Field(default_factory=list, description="every command the collectors may send")


class VirtualMachine(_Line):
    """A VM as a subject: its id is the key, its name is hostile text."""

    id: str
    name: str
    slug: str


class Subject(_Line):
    """What a verdict is about: a host, or one of its virtual machines."""

    host: str
    host_slug: str
    vm: VirtualMachine | None = None
    area: str | None = Field(default=None, description="of the security baseline: the heading that is judged")


class Finding(_Line):
    """One statement that did not hold."""

    verdict: Literal["fail", "review", "waived"]
    why: str
    found: str
    expected: str = Field(description="empty where a person is asked, and nothing can be compared")
    severity: Severity = Field(description="its own, or that of its recommendation")
    setting: str = Field(default="", description="of the security baseline: the id of the setting")
    waiver: str = Field(default="", description="who accepted it, until when, why, and where that is written")


class Setting(_Line):
    """One setting of the security baseline, whatever is said of it."""

    id: str
    name: str
    outcome: Outcome
    found: str = ""
    expected: str = ""
    why: str = ""


class Evidence(_Line):
    """What a verdict rests on: a probe, the command behind it, and the rows it returned (cut when long)."""

    probe: str = Field(description="topic and probe, for example 'smb.server'")
    command: str
    rows: Any
    cut: bool = False


class Result(_Line):
    """One recommendation on one subject."""

    kind: Literal["result"] = "result"
    recommendation: str = Field(
        description="an id of the checklist; EVIDENCE for a host that could not be read; COVERAGE for one that tells "
        "of virtual machines of its cluster which no host of the run lists"
    )
    subject: Subject
    verdict: Verdict
    reason: str = Field(description="one sentence")
    findings: list[Finding] = Field(default_factory=list)
    notes: list[str] = Field(default_factory=list)
    evidence: list[Evidence] = Field(default_factory=list)
    variant: str = Field(default="", description="of the security baseline: which table was used, and as what")
    settings: list[Setting] = Field(default_factory=list, description="of the security baseline: the whole area")
    unneeded: list[str] = Field(default_factory=list, description="waivers that are no longer needed: file and line")
    seconds: float
    at: AwareDatetime

    @property
    def is_assessed(self) -> bool:
        """Whether anybody could look. That nobody may look into a guest is no finding, and no good news either."""
        told = [finding.found.startswith(NOT_ASSESSED) for finding in self.findings]
        return self.verdict is not Verdict.REVIEW or not told or not all(told)


def read_results(path: Path) -> tuple[Header, Iterator[Result]]:
    """The header and the results of a stream."""
    lines = _lines(path)
    header = Header.model_validate_json(next(lines))
    return header, (Result.model_validate_json(line) for line in lines)


def _lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-8") as stream:
        yield from stream


def utc(moment: datetime) -> str:
    """A moment as every output shows it: UTC, to the second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
