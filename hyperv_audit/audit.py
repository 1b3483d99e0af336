"""One invocation in one process: what its hooks share. The controller gathers and writes; a worker of xdist reads."""

import json
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import pytest

from hyperv_audit import outcome
from hyperv_audit.catalogue import Entry
from hyperv_audit.collect.evidence import read_index
from hyperv_audit.facts.guest import Guest
from hyperv_audit.facts.host import HostFacts
from hyperv_audit.facts.reading import Readings, Unreadable
from hyperv_audit.facts.vm import VirtualMachine
from hyperv_audit.inventory.baseline import Table, tables
from hyperv_audit.inventory.model import keep_target
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.inventory.waivers import Given, keep_waivers, restore_waivers
from hyperv_audit.judge.baseline import Area, Variant, areas, variant_of
from hyperv_audit.judge.coverage import unaudited
from hyperv_audit.judge.frame import apply_frame, explain_unreadable
from hyperv_audit.judge.severity import Severity, from_on
from hyperv_audit.judge.statements import Judgement, NotApplicable, Review
from hyperv_audit.judge.waivers import Ledger, reaching, waive
from hyperv_audit.live import Backends, HyperVHost
from hyperv_audit.report.html import write_html
from hyperv_audit.report.results import COVERAGE, EVIDENCE, Evidence, Result, Verdict, Waiver
from hyperv_audit.report.spreadsheet import write_settings
from hyperv_audit.run import Plan, carry_out, kept_policies, point_latest_at
from hyperv_audit.shown import make_header, shown_waivers, ways_closed
from hyperv_audit.store import Store, SubjectId, name_of, slugify

FINDINGS, UNREADABLE = 1, 6
OF_THE_RUN = {"unread_host": EVIDENCE, "unaudited_machines": COVERAGE}
"""Results that belong to no recommendation: by their fixture the id that they have."""
EACH_VM = "each"  # stands for the virtual machines of a host while nothing has been asked yet

_AUDIT = pytest.StashKey["Audit"]()


def audit_of(config: pytest.Config) -> "Audit":
    """The audit of this process."""
    return config.stash[_AUDIT]


class Audit:
    """Everything one process knows of its run."""

    def __init__(self, config: pytest.Config) -> None:
        config.stash[_AUDIT] = self
        self.resources = ExitStack()
        self.plan: Plan | None = None
        self.store: Store | None = None
        self.interrupted: list[str] = []
        self.notices: list[str] = []  # of the run as a whole
        self.failed_elsewhere = False  # a test that is no check, or a check after its verdict
        self._backends = Backends()
        self._verdicts: defaultdict[tuple[str, str], set[Verdict]] = defaultdict(set)
        self._failed = set[Severity]()  # of every finding that fails, also beside what could not be read
        self._stream: IO[str] | None = None
        self._waivers: tuple[Given, ...] = ()
        self._today: date  # of judging, one for the whole run: set with the plan, and in a worker by the controller
        self._ledger = Ledger()

    def follow(self, plan: Plan) -> None:
        """In the controller: do what the command line comes to. Judging is of the day on which the run started."""
        self.plan, self._waivers, self._today = plan, plan.waivers, plan.started.date()

    def gather(self, write_line: Callable[[str], None], rewrite: Callable[[str], None] | None, *, quiet: bool) -> None:
        """Ask the hosts of the plan, once; then everything is read from the folder of evidence."""
        if self.plan is None or self.store is not None:
            return
        self.interrupted = carry_out(self.plan, write_line, rewrite, quiet=quiet)
        self.notices = list(self.plan.notices)
        self.store = Store(self.plan.folder / "evidence", self.plan.policies)
        self.store.select([name for name in self.plan.names if name in self.store.entries])
        self._backends.know(self.plan.targets, self.plan.passwords)
        point_latest_at(self.plan.folder)
        if self.interrupted:
            write_line(f"gathered: {', '.join(self.store.read) or 'nothing'}; kept in {self.store.folder}")
            write_line(f"not gathered: {', '.join(self.interrupted)}")
            raise KeyboardInterrupt

    def open_saved(self) -> None:
        """Saved evidence may be listed where it lies; other hosts are not asked for a list."""
        if self.plan is not None and self.plan.saved is not None:
            self.store = Store(self.plan.saved, self.plan.policies)
            self.store.select(self.plan.names)

    def for_worker(self) -> dict[str, str]:
        """What a worker needs, as text; it holds no password."""
        assert self.plan
        assert self.store
        return {
            "evidence": str(self.store.folder),
            "names": json.dumps(list(self.store.entries)),
            "targets": json.dumps([keep_target(target) for target in self.plan.targets]),
            "waivers": json.dumps(keep_waivers(self._waivers)),
            "today": self._today.isoformat(),
        }

    def open_in_worker(self, given: dict[str, str]) -> None:
        """Read what the controller gathered."""
        folder = Path(given["evidence"])
        self.store = Store(folder, kept_policies(read_index(folder)))
        self.store.select(json.loads(given["names"]))
        self._backends.know_plain(json.loads(given["targets"]))
        self._waivers = restore_waivers(json.loads(given["waivers"]))
        self._today = date.fromisoformat(given["today"])

    def close(self) -> None:
        """Leave no shell and no lab behind."""
        self._backends.close()
        self.resources.close()

    # What the tests are about

    def subjects(self, fixtures: list[str]) -> list[tuple[SubjectId, str]]:
        """The parameters of a test with these fixtures, and their ids."""
        if self.store is None:
            return self._unasked(fixtures) if self.plan and not OF_THE_RUN.keys() & {*fixtures} else []
        if "area" in fixtures:
            return [pair for name in self.store.read for pair in self._areas(SubjectId(name))]
        if "unread_host" in fixtures:
            return [(SubjectId(entry.name), entry.name) for entry in self.store.unread]
        if "unaudited_machines" in fixtures:
            return [(SubjectId(name), name) for name in self.unaudited]
        return list(self.store.virtual_machines() if "vm" in fixtures else self.store.hosts())

    def _areas(self, host: SubjectId) -> list[tuple[SubjectId, str]]:
        """A host once for each area of its table; only once where there is none, for its item to say why."""
        try:
            settings = self._table(self._variant(host))
        except (Unreadable, Review):
            return [(SubjectId(host.host, area=""), host.host)]
        slugs = Counter[str]()
        found = []
        for area in areas(settings):
            slug = slugify(area)
            slugs[slug] += 1
            again = f"~{slugs[slug]}" if slugs[slug] > 1 else ""
            found.append((SubjectId(host.host, area=area), f"{host.host}/{slug}{again}"))
        return found

    def _variant(self, subject: SubjectId) -> Variant:
        return variant_of(self.facts(subject), self.policy(subject))

    def _table(self, variant: Variant) -> Table:
        return tables(variant.policy.baseline.path)[variant.edition]

    def _unasked(self, fixtures: list[str]) -> list[tuple[SubjectId, str]]:
        """--collect-only asks no host: one item stands for each of its virtual machines, and one for each area."""
        assert self.plan
        if "area" in fixtures:
            return [(SubjectId(name, area=""), f"{name}/each-area") for name in self.plan.names]
        if "vm" in fixtures:
            return [(SubjectId(name, EACH_VM), f"{name}/each-vm") for name in self.plan.names]
        return [(SubjectId(name), name) for name in self.plan.names]

    @property
    def positions(self) -> dict[str, int]:
        """Where each host stands in the inventory."""
        names = list(self.store.entries) if self.store else self.plan.names if self.plan else []
        return {name: position for position, name in enumerate(names)}

    def policy(self, subject: SubjectId) -> Policy:
        """The policy that a subject is judged by: that of its host."""
        assert self.store
        return self.store.policies.of(subject.host)

    def facts(self, subject: SubjectId) -> HostFacts:
        """The facts of a subject's host."""
        assert self.store
        return self.store.facts(subject.host)

    def host(self, subject: SubjectId) -> HyperVHost:
        """The host of a subject, with testinfra's ways to ask it more."""
        return HyperVHost(self.facts(subject), self._backends.of(subject.host))

    def vm(self, subject: SubjectId) -> VirtualMachine:
        """The virtual machine that a subject is."""
        return self.facts(subject).virtual_machine(subject.vm or "")

    def area(self, subject: SubjectId) -> Area:
        """The part of the security baseline that an item is about. Raises `Unreadable` or `Review`."""
        variant = self._variant(subject)
        return Area(subject.area or "", areas(self._table(variant)).get(subject.area or "", ()), variant)

    @cached_property
    def unaudited(self) -> dict[str, str]:
        """What is said of machines of a cluster that nobody audits, by the host that tells of them."""
        if self.store is None:
            return {}
        replicas = {(host, *replica) for host, found in self.store.replicas().items() for replica in found}
        copies = {(host, id_) for host, id_, _ in replicas}
        listed = {(subject.host, (subject.vm or "").lower()) for subject, _ in self.store.virtual_machines()}
        nodes = {(id_, node) for _, id_, node in replicas if node}
        return unaudited(self.store.clustered_machines(), {id_ for _, id_ in listed - copies}, nodes)

    def expect_a_host(self, subject: SubjectId) -> None:
        """The checklist concerns Hyper-V hosts. Raises `NotApplicable` for a machine that is proved to be none."""
        try:
            absent = self.facts(subject).preflight.has_no_role
        except Unreadable:
            return  # not known: each check finds out what it can read
        if absent:
            raise NotApplicable("the role Hyper-V is not installed: this machine is no Hyper-V host")

    def examine(
        self, entry: Entry, subject: SubjectId, conditions: list[tuple[Any, ...]], judgement: Judgement
    ) -> None:
        """Before a check: does its rule concern the subject, and can each fact that it needs be read.

        Raises `NotApplicable`, `Review` or `Unreadable`.
        """
        facts, policy = self.facts(subject), self.policy(subject)
        if subject.vm == "" and not facts.virtual_machines:
            raise NotApplicable("this host has no virtual machines")
        judged: Any = self.vm(subject) if subject.vm else facts
        try:
            if subject.vm:
                apply_frame(judged, entry.id, policy, self._today, judgement)
            for condition, why in conditions:
                if not condition(judged, policy):
                    raise NotApplicable(why)
            for need in entry.needs:
                _read(judged, need)
        except Unreadable as error:
            if error.vm_only:
                raise Unreadable(explain_unreadable(judged, error), vm_only=True) from error
            raise

    def waive(self, entry: Entry, subject: SubjectId, judgement: Judgement) -> None:
        """Let accepted deviations no longer decide."""
        named = (subject.vm, name_of(self.vm(subject))) if subject.vm else None
        waive(judgement, reaching(self._waivers, entry.id, subject.host, named), self._today)

    # What was found

    def result(
        self,
        recommendation: str,
        subject: SubjectId,
        error: BaseException | None,
        *,
        judgement: Judgement | None = None,
        probes: Sequence[str] = (),
        seconds: float = 0.0,
    ) -> Result:
        """One verdict with all that it rests on."""
        assert self.store
        judgement = judgement or Judgement()
        facts = self.facts(subject) if recommendation != EVIDENCE else None
        if facts and isinstance(error, Unreadable) and not error.vm_only and (cause := facts.preflight.of_account):
            error = Unreadable(f"{error.reason}. Likely cause: {cause}")
        return outcome.make_result(
            recommendation,
            self.store.shown(subject),
            error,
            judgement=judgement,
            evidence=self._rested_on(facts, subject, probes, judgement) if facts else [],
            seconds=seconds,
        )

    def _rested_on(
        self, facts: HostFacts, subject: SubjectId, probes: Sequence[str], judgement: Judgement
    ) -> list[Evidence]:
        return outcome.rested_on(facts.readings, probes, subject.vm, _inside(facts, subject), judgement.settings)

    def record(self, result: Result) -> None:
        """Keep one result: its verdict for the exit code, the rest on disk."""
        if self.plan is None or self.store is None:
            return
        for given in self._reached(result):
            self._ledger.saw(
                given,
                complies=result.verdict in (Verdict.PASS, Verdict.NOT_APPLICABLE),
                used=any(finding.waiver == str(given) for finding in result.findings),
                unneeded=given.where in result.unneeded,
            )
        if self._stream is None:
            self._stream = (self.plan.folder / "results.part").open("w+", encoding="utf-8")
        self._stream.write(result.model_dump_json() + "\n")
        self._verdicts[result.recommendation, result.subject.host].add(result.verdict)
        self._failed |= {finding.severity for finding in result.findings if finding.verdict == "fail"}

    def summary(self) -> Iterator[tuple[str, list[str]]]:
        """What the terminal says below the verdicts, by title; with words of hosts, as they are."""
        if self.store is None or self.interrupted:  # who was not waited for has been told
            return
        for entry in self.store.unread:
            yield f"no evidence: {entry.name}", [self.store.why_unread(entry.name)]
        for name in self.store.read:
            if troubles := self.store.facts(name).preflight.troubles:
                yield f"seen only in part: {name}", list(troubles)
        yield from ways_closed(self.store)
        shown = [waiver for waiver in self._shown_waivers() if waiver.to_look_at]
        if shown:
            yield "waivers", [f"{w.where}: {w.recommendation}, {w.scope}: {w.state}" for w in shown]
        if self.notices:
            yield "for a person to look at", list(self.notices)

    def _reached(self, result: Result) -> Sequence[Given]:
        vm = result.subject.vm
        return reaching(self._waivers, result.recommendation, result.subject.host, (vm.id, vm.name) if vm else None)

    def _shown_waivers(self) -> list[Waiver]:
        return shown_waivers(self._waivers, self._ledger, self._verdicts.keys(), self._today)

    def finish(self, arguments: list[str], selection: str, *, stopped: bool) -> None:
        """Write the report. What the run says of a host stands there also when its item was deselected."""
        if self.plan is None or self.store is None or self.interrupted:
            return
        self._record_unless_there(
            EVIDENCE, {e.name: Unreadable(self.store.why_unread(e.name)) for e in self.store.unread}
        )
        self._record_unless_there(COVERAGE, {name: Review(why) for name, why in self.unaudited.items()})
        header = make_header(
            self.plan,
            self.store,
            judged=self._verdicts.keys(),
            unaudited=self.unaudited.values(),
            waivers=self._shown_waivers(),
            arguments=arguments,
            selection=selection,
            stopped=stopped,
        )
        self.notices = header.notices
        stream = self.plan.folder / "results.jsonl"
        with stream.open("w", encoding="utf-8") as whole:
            whole.write(header.model_dump_json(by_alias=True) + "\n")
            if self._stream is not None:
                self._stream.seek(0)
                shutil.copyfileobj(self._stream, whole)
                self._stream.close()
                Path(self._stream.name).unlink()
        write_settings(stream, self.plan.folder / "baseline.csv")
        write_html(stream, self.report)

    def _record_unless_there(self, id_: str, errors: Mapping[str, BaseException]) -> None:
        for host, error in errors.items():
            if (id_, host) not in self._verdicts:
                self.record(self.result(id_, SubjectId(host), error))

    @property
    def report(self) -> Path:
        """Where the report is, or will be."""
        assert self.plan
        return self.plan.folder / "report.html"

    def exit_status(self, status: int, *, fail_on: Severity, report_only: bool, evidence_only: bool) -> int:
        """Findings end 1, as does a test of the user's own; else something unread ends 6; the rest is pytest's.

        Findings of less than `fail_on` are none here; to pytest they are failures, as any others.
        """
        if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.NO_TESTS_COLLECTED):
            return status
        verdicts = set().union(*self._verdicts.values())
        if evidence_only:
            status = pytest.ExitCode.OK
        if self._failed.intersection(from_on(fail_on)) or self.failed_elsewhere:
            status = FINDINGS
        elif Verdict.ERROR in verdicts or (self.store is not None and self.store.unread):
            status = UNREADABLE
        elif self._failed:
            status = pytest.ExitCode.OK
        return int(pytest.ExitCode.OK) if report_only and status in (FINDINGS, UNREADABLE) else int(status)


def _inside(facts: HostFacts, subject: SubjectId) -> Readings | None:
    """What was read inside a virtual machine, for showing."""
    guest = facts.inside(subject.vm) if subject.vm else None
    return guest.readings if isinstance(guest, Guest) else None


def _read(subject: Any, path: str) -> None:
    for name in path.split("."):
        subject = getattr(subject, name)
