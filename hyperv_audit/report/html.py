"""`report.html`: one page that opens without a network and reads without a script, made from `results.jsonl` alone.

The results become a small model of the page (chapters, matrix, hosts); the templates only write it down. Texts of
hosts and guests are hostile: Jinja2 escapes them all, `text.visible` shows what would hide or turn them round, and the
page's own policy lets no script run but the one that it carries.
"""

import base64
import hashlib
import json
import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from hyperv_audit.errors import CatalogueError
from hyperv_audit.judge.setting import Outcome
from hyperv_audit.judge.severity import Severity
from hyperv_audit.report.results import (
    COVERAGE,
    EVIDENCE,
    Evidence,
    Finding,
    Header,
    Host,
    Recommendation,
    Result,
    Setting,
    Subject,
    Verdict,
    read_results,
    utc,
)
from hyperv_audit.text import one_line, visible

_TEMPLATES = Path(__file__).parent / "templates"

_STOPPED = "The run was stopped before everything was judged: what is missing here is neither good nor bad."

# A cell shows the worst of its subjects. One that the rule does not concern says less than one that passes.
_WORST_FIRST = (Verdict.FAIL, Verdict.ERROR, Verdict.REVIEW, Verdict.WAIVED, Verdict.PASS, Verdict.NOT_APPLICABLE)
_NEEDS_WORK = (Verdict.FAIL, Verdict.ERROR, Verdict.REVIEW)
_DEVIATES = (*_NEEDS_WORK, Verdict.WAIVED)

_K = TypeVar("_K")
_T = TypeVar("_T")

# Raw rows beyond this many characters stay in the evidence files: the page must open fast at any size of fabric.
_ROWS_SHOWN = 400_000

# Beyond this many settings of the security baseline the page shows no tables of them: baseline.csv does.
_SETTINGS_SHOWN = 3000

# Beyond this many results the page does without what it can: tables that say again what the chapters say.
_MANY_RESULTS = 20_000

# More columns than this cannot be read: the matrix then counts hosts instead of showing each.
_HOST_COLUMNS = 40


def write_html(results: Path, out: Path) -> None:
    """Write the page of a stream."""
    header, lines = read_results(results)
    out.write_text(_render(Page(header, list(lines))), encoding="utf-8", errors="backslashreplace")


def slug(verdict: Verdict) -> str:
    """A verdict as a class name and as a value in the address."""
    return verdict.value.replace(" ", "-")


def anchor(recommendation: str, subject: Subject) -> str:
    """Where a result stands on the page: the same place in every run."""
    parts = [recommendation, subject.host_slug, *([subject.vm.slug] if subject.vm else [subject.area or ""])]
    return "--".join(re.sub(r"[^A-Za-z0-9._-]+", "-", part) for part in parts if part)


def count(number: int, noun: str) -> str:
    """A number with its noun: '1 host', '2 hosts'."""
    return f"{number:,}\u00a0{noun if number == 1 else noun + 's'}"


def noun(subject: Subject) -> str:
    """What a result is about."""
    return "virtual machine" if subject.vm else "area" if subject.area else "host"


@dataclass(frozen=True)
class Rows:
    """Raw rows of a probe, and the results that share them."""

    results: list[Result]
    text: str
    cut: bool


@dataclass(frozen=True)
class Probe:
    """A probe behind a group of results: its command once, then what it returned, as far as the page has room."""

    name: str
    command: str
    rows: list[Rows]
    left_out: int


@dataclass(frozen=True)
class Group:
    """Results of one recommendation that ask for the same: what they share is written once."""

    results: list[Result]
    probes: list[Probe]

    @property
    def verdict(self) -> Verdict:
        return self.results[0].verdict

    @property
    def findings(self) -> list[Finding]:
        return self.results[0].findings

    @property
    def notes(self) -> list[str]:
        return self.results[0].notes

    @property
    def reason(self) -> str:
        """The common reason; findings say it better, where there are any."""
        return "" if self.findings else self.results[0].reason

    @property
    def found_differs(self) -> bool:
        return len({_found(result) for result in self.results}) > 1


@dataclass(frozen=True)
class Share:
    """Results of one host that need no work, said in as few words as are exact."""

    host: Subject
    number: int
    text: str
    names: list[str]


@dataclass(frozen=True)
class Quiet:
    """Results that need no work, with what they have in common."""

    reason: str
    notes: list[str]
    shares: list[Share]


@dataclass(frozen=True)
class Cell:
    """One recommendation on one host."""

    verdicts: Counter[Verdict]
    target: str
    of_several: bool
    unread: bool = False

    @property
    def worst(self) -> Verdict | None:
        return next((verdict for verdict in _WORST_FIRST if self.verdicts[verdict]), None)

    @property
    def share(self) -> str:
        if not self.of_several or self.worst is None:
            return ""
        return f"{self.verdicts[self.worst]}/{self.verdicts.total()}"


@dataclass
class Room:
    """How much raw evidence the page still takes."""

    left: int = _ROWS_SHOWN

    def take(self, size: int) -> bool:
        if size > self.left:
            return False
        self.left -= size
        return True


@dataclass
class Chapter:
    """One recommendation and all that was found about it."""

    recommendation: Recommendation
    results: list[Result]
    room: Room

    @cached_property
    def verdicts(self) -> Counter[Verdict]:
        return Counter(result.verdict for result in self.results)

    @cached_property
    def hosts(self) -> Counter[Verdict]:
        """How many hosts show each worst verdict."""
        return Counter(cell.worst for cell in map(self.cell, self._of_host) if cell.worst)

    @cached_property
    def groups(self) -> list[Group]:
        """What needs work or was waived, the worst first, then the most common."""
        groups = [Group(same, self._probes(same)) for verdict in _DEVIATES for same in self._alike(verdict)]
        return sorted(groups, key=lambda group: (_DEVIATES.index(group.verdict), -len(group.results)))

    @cached_property
    def not_applicable(self) -> list[Quiet]:
        alike = self._alike(Verdict.NOT_APPLICABLE)
        return [Quiet(same[0].reason, same[0].notes, list(self._shares(same))) for same in alike]

    @cached_property
    def passes(self) -> list[Quiet]:
        """Why each one passes is in the stream; here only what was noted beside it."""
        passing = [result for result in self.results if result.verdict is Verdict.PASS]
        by_notes = _grouped(passing, lambda result: tuple(result.notes)).items()
        return [Quiet("", list(notes), list(self._shares(same))) for notes, same in by_notes]

    @property
    def concerns_virtual_machines(self) -> bool:
        return any(result.subject.vm for result in self.results)

    @property
    def concerns_areas(self) -> bool:
        return any(result.subject.area for result in self.results)

    @property
    def failing(self) -> set[Severity]:
        """The severities of what fails."""
        return {each.severity for result in self.results for each in result.findings if each.verdict == "fail"}

    @property
    def noun(self) -> str:
        return noun(self.results[0].subject) if self.results else "host"

    def cell(self, host_slug: str) -> Cell:
        results = self._of_host.get(host_slug, [])
        verdicts = Counter(result.verdict for result in results)
        worst = next((result for verdict in _NEEDS_WORK for result in results if result.verdict is verdict), None)
        target = anchor(self.recommendation.id, worst.subject) if worst else self.recommendation.id
        return Cell(verdicts, target, self.concerns_virtual_machines or self.concerns_areas)

    @cached_property
    def _of_host(self) -> dict[str, list[Result]]:
        return _grouped(self.results, lambda result: result.subject.host_slug)

    def _alike(self, verdict: Verdict) -> Iterable[list[Result]]:
        return _grouped((result for result in self.results if result.verdict is verdict), _asked).values()

    def _probes(self, results: list[Result]) -> list[Probe]:
        behind = [(evidence, result) for result in results for evidence in result.evidence]
        by_command = _grouped(behind, lambda each: (each[0].probe, each[0].command))
        return [self._probe(*of, seen) for of, seen in by_command.items()]

    def _probe(self, name: str, command: str, seen: list[tuple[Evidence, Result]]) -> Probe:
        alike = _grouped(seen, lambda each: (_pretty(each[0].rows), each[0].cut))
        rows = [Rows([result for _, result in same], text, cut) for (text, cut), same in alike.items()]
        shown = [each for each in rows if self.room.take(len(each.text))]
        return Probe(name, command, shown, len(rows) - len(shown))

    def _shares(self, results: list[Result]) -> Iterator[Share]:
        for host_slug, mine in _grouped(results, lambda result: result.subject.host_slug).items():
            here = {id(result) for result in mine}
            yield _share(mine, [result for result in self._of_host[host_slug] if id(result) not in here])


@dataclass(frozen=True)
class VmRow:
    """A virtual machine in its host's table; `left` are its steps towards shielding, None where nobody said."""

    subject: Subject
    verdicts: Counter[Verdict]
    failing: list[Result]
    left: list[str] | None


@dataclass
class HostPart:
    """One host: what it is, what it fails, its virtual machines."""

    host: Host
    results: list[Result]

    @cached_property
    def verdicts(self) -> Counter[Verdict]:
        return Counter(result.verdict for result in self.results)

    @property
    def complies(self) -> bool:
        """Something passes and nothing needs work: a host of which nothing was judged does not comply."""
        return bool(self.verdicts[Verdict.PASS]) and not any(self.verdicts[verdict] for verdict in _DEVIATES)

    @property
    def own(self) -> list[tuple[Verdict, list[list[Result]]]]:
        """What needs work on the host itself; the areas of one recommendation together."""
        of_the_run = (EVIDENCE, COVERAGE)
        mine = [each for each in self.results if each.subject.vm is None and each.recommendation not in of_the_run]
        by_verdict = _grouped(mine, lambda result: result.verdict)
        return [
            (verdict, list(_grouped(by_verdict[verdict], lambda result: result.recommendation).values()))
            for verdict in _NEEDS_WORK
            if verdict in by_verdict
        ]

    @property
    def unaudited(self) -> list[Result]:
        """Machines of its cluster that nobody audits."""
        return [result for result in self.results if result.recommendation == COVERAGE]

    @cached_property
    def settings(self) -> list[tuple[str, Setting]]:
        """The host's settings of the security baseline, each with its area."""
        mine = [result for result in self.results if result.subject.vm is None]
        return [(result.subject.area or "", setting) for result in mine for setting in result.settings]

    @property
    def outcomes(self) -> list[tuple[str, int]]:
        """How many settings have each outcome, what needs work first."""
        counts = Counter(setting.outcome for _, setting in self.settings)
        return [(outcome, counts[outcome]) for outcome in Outcome if counts[outcome]]

    @property
    def variant(self) -> str:
        """Which table was used, and as what."""
        return next((result.variant for result in self.results if result.variant and not result.subject.vm), "")

    @property
    def virtual_machines(self) -> list[VmRow]:
        of_machines = [result for result in self.results if result.subject.vm]
        machines = _grouped(of_machines, lambda result: result.subject.vm and result.subject.vm.id)
        left = {ladder.vm: ladder.left for ladder in self.host.ladders}
        return [_vm_row(results, left.get(id_ or "")) for id_, results in machines.items()]

    @property
    def ladders(self) -> list[tuple[int, list[str]]]:
        """How many virtual machines have the same steps left towards shielding; the most first."""
        alike = Counter(tuple(ladder.left) for ladder in self.host.ladders)
        return [(number, list(left)) for left, number in alike.most_common()]


@dataclass
class Page:
    """The whole page."""

    header: Header
    results: list[Result]
    room: Room = field(default_factory=Room)

    @cached_property
    def verdicts(self) -> Counter[Verdict]:
        return Counter(result.verdict for result in self.results)

    @cached_property
    def chapters(self) -> list[Chapter]:
        of_id = _grouped(self.results, lambda result: result.recommendation)
        known = [Chapter(each, of_id.pop(each.id, []), self.room) for each in self.header.recommendations]
        for of_the_run in (EVIDENCE, COVERAGE):
            of_id.pop(of_the_run, None)
        if of_id:
            foreign = ", ".join(of_id)
            raise CatalogueError(f"the results name recommendations that their header does not list: {foreign}")
        return [chapter for chapter in known if chapter.recommendation.id not in self.header.not_run]

    @cached_property
    def sections(self) -> list[tuple[str, list[Chapter]]]:
        """The chapters under the document's own headings."""
        runs = groupby(self.chapters, key=lambda chapter: chapter.recommendation.section)
        return [(section, list(chapters)) for section, chapters in runs]

    @cached_property
    def hosts(self) -> list[HostPart]:
        of_host = _grouped(self.results, lambda result: result.subject.host_slug)
        return [HostPart(host, of_host.get(host.slug, [])) for host in self.header.hosts]

    @cached_property
    def unread(self) -> list[HostPart]:
        return [part for part in self.hosts if part.host.failure]

    @property
    def one_column_a_host(self) -> bool:
        return len(self.hosts) <= _HOST_COLUMNS

    @cached_property
    def shows_settings(self) -> bool:
        """Whether there is room for the tables of the security baseline."""
        return sum(len(part.settings) for part in self.hosts) <= _SETTINGS_SHOWN

    @property
    def many(self) -> bool:
        return len(self.results) > _MANY_RESULTS

    @property
    def tiers(self) -> list[str]:
        return sorted({chapter.recommendation.tier for chapter in self.chapters})

    @property
    def left_out(self) -> list[Recommendation]:
        return [each for each in self.header.recommendations if each.id in self.header.not_run]

    @property
    def took(self) -> str:
        last = max((result.at for result in self.results), default=self.header.started)
        return str(timedelta(seconds=round((last - self.header.started).total_seconds())))

    @property
    def virtual_machines(self) -> int:
        return sum(host.virtual_machines for host in self.header.hosts)

    @property
    def sentences(self) -> list[str]:
        """The outcome in words."""
        outcome = [_STOPPED] if self.header.stopped else [self._hosts_that_comply()]
        texts = [
            *outcome,
            self._failing(),
            self._not_seen(),
            self._for_a_person(),
            self._not_assessed(),
        ]
        return [text for text in texts if text]

    def cell(self, chapter: Chapter, part: HostPart) -> Cell:
        if part.host.failure:
            return Cell(Counter(), f"host-{part.host.slug}", of_several=False, unread=True)
        return chapter.cell(part.host.slug)

    def _hosts_that_comply(self) -> str:
        complying = sum(part.complies for part in self.hosts)
        number = "No host" if not complying else "Every host" if complying == len(self.hosts) else f"{complying}"
        of = "" if complying == len(self.hosts) else f" of {len(self.hosts)}"
        verb = "meets" if complying in {0, 1, len(self.hosts)} else "meet"
        return f"{number}{of} {verb} everything that this run checked."

    def _failing(self) -> str:
        failing = [chapter for chapter in self.chapters if chapter.verdicts[Verdict.FAIL]]
        if not failing:
            return "" if self.header.stopped else "No recommendation fails."
        high = sum("high" in chapter.failing for chapter in failing)
        of = f"{len(failing)} of {count(len(self.chapters), 'recommendation')} fail somewhere"
        return f"{of}, {high} of them of high severity." if high else f"{of}."

    def _not_seen(self) -> str:
        checks = sum(chapter.verdicts[Verdict.ERROR] for chapter in self.chapters)
        parts = [count(len(self.unread), "host") if self.unread else "", count(checks, "check") if checks else ""]
        what = " and ".join(part for part in parts if part)
        return f"{what} could not be read." if what else ""

    def _for_a_person(self) -> str:
        reviews = self.verdicts[Verdict.REVIEW]
        return f"{count(reviews, 'result')} {'needs' if reviews == 1 else 'need'} a person." if reviews else ""

    def _not_assessed(self) -> str:
        unseen = [result for result in self.results if not result.is_assessed]
        machines = {(each.subject.host, each.subject.vm and each.subject.vm.id) for each in unseen}
        if not unseen:
            return ""
        return f"{len(unseen)} of them were not assessed: nobody may look into {count(len(machines), 'guest')}."


def _grouped(items: Iterable[_T], key: Callable[[_T], _K]) -> dict[_K, list[_T]]:
    groups: dict[_K, list[_T]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return dict(groups)


def _pretty(rows: Any) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1)


def _found(result: Result) -> tuple[str, ...]:
    return tuple(finding.found for finding in result.findings)


def _asked(result: Result) -> tuple[object, ...]:
    """All that a result says but what was found; its reason only sums up the findings, if there are any."""
    asked = [(each.verdict, each.why, each.expected, each.severity, each.waiver) for each in result.findings]
    return tuple(result.notes), tuple(asked) or result.reason


def _vm_row(results: list[Result], left: list[str] | None) -> VmRow:
    failing = [each for each in results if each.verdict is Verdict.FAIL]
    return VmRow(results[0].subject, Counter(each.verdict for each in results), failing, left)


def _share(mine: list[Result], theirs: list[Result]) -> Share:
    """Name the virtual machines or areas, or their number and the exceptions when that is shorter."""
    names, others = _names(mine), _names(theirs)
    if len(names) <= len(others) + 1:
        return Share(mine[0].subject, len(mine), "", names)
    text = f"{len(names)} of {len(names) + len(others)}, all but" if others else f"all {len(names)}"
    return Share(mine[0].subject, len(mine), text, others)


def _names(results: list[Result]) -> list[str]:
    """Of virtual machines and of areas; a host is named already."""
    subjects = (result.subject for result in results)
    named = (subject.vm.name if subject.vm else subject.area for subject in subjects)
    return [name for name in named if name]


def _shown(value: Any) -> Any:
    """Whatever the template writes: text of others so that all of it can be seen."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _render(page: Page) -> str:
    style, script = (_TEMPLATES / "report.css").read_text("utf-8"), (_TEMPLATES / "report.js").read_text("utf-8")
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        anchor=_anchor_of, counted=count, noun=noun, one_line=one_line, raw=_raw, shell=shlex.join, slug=slug, utc=utc
    )
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'; form-action 'none'"
    )
    return environment.get_template("report.html").render(
        page=page,
        verdicts=list(Verdict),
        style=Markup(style),  # noqa: S704 - our own file, not text of a host
        script=Markup(script),  # noqa: S704 - as above
        policy=policy,
    )


def _anchor_of(result: Result) -> str:
    return anchor(result.recommendation, result.subject)


def _raw(text: str) -> Markup:
    """Escaped for the inside of an element, where quotation marks, of which JSON is full, may stay as they are."""
    return Markup(escape(visible(text)).replace("&#34;", '"'))  # noqa: S704 - escaped just here


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
