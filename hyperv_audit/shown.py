"""What a report shows of a run beside its results: how it was made, its hosts, and the waivers that it was given."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date

import hyperv_audit
from hyperv_audit.catalogue import DOCUMENT, DOCUMENT_URL, catalogue
from hyperv_audit.collect.evidence import IndexEntry
from hyperv_audit.collect.script import commands
from hyperv_audit.facts.host import HostFacts
from hyperv_audit.facts.preflight import Preflight
from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.inventory.waivers import Given
from hyperv_audit.judge.coverage import Coverage
from hyperv_audit.judge.ladder import steps_left
from hyperv_audit.judge.waivers import Ledger, State
from hyperv_audit.report.results import Header, Host, Ladder, Visit, Waiver
from hyperv_audit.run import Plan
from hyperv_audit.store import Store, name_of

_NAMED = 5  # of the machines that share a trouble

Judged = Collection[tuple[str, str]]
"""The checks that came to a result, each with its host."""


def make_header(
    plan: Plan,
    store: Store,
    *,
    judged: Judged,
    unaudited: Iterable[str],
    waivers: list[Waiver],
    arguments: list[str],
    selection: str,
    stopped: bool,
) -> Header:
    """The first line of the results: how they were made, and of what."""
    entries, checks = catalogue(), {check for check, _ in judged}
    coverage = Coverage()
    hosts = [_host(store, name, coverage) for name in store.entries]
    return Header(
        started=plan.started,
        tool=f"hyperv-audit {hyperv_audit.__version__}",
        document=DOCUMENT,
        document_url=DOCUMENT_URL,
        arguments=arguments,
        hosts=hosts,
        notices=[*plan.notices, *coverage.notices, *(f"review: {why}" for why in unaudited)],
        recommendations=[entry.shown() for entry in entries.values()],
        not_run=[id_ for id_ in entries if id_ not in checks],
        selection=selection,
        stopped=stopped,
        waivers=waivers,
        commands=commands().splitlines(),
    )


def shown_waivers(waivers: Sequence[Given], ledger: Ledger, judged: Judged, today: date) -> list[Waiver]:
    """Accepted deviations, and what became of each."""
    return [_waiver(given, ledger.state(given, judged, today)) for given in waivers]


def _waiver(given: Given, state: State) -> Waiver:
    waiver = given.waiver
    parts = (f"hosts {waiver.hosts}", waiver.vm and f"virtual machines {waiver.vm}", waiver.setting)
    return Waiver(
        where=given.where,
        recommendation=waiver.id,
        scope=", ".join(part for part in parts if part),
        reason=waiver.reason,
        owner=waiver.owner,
        expires=waiver.expires,
        state=state,
    )


def _host(store: Store, name: str, coverage: Coverage) -> Host:
    """One host; what its machines are called counts for the run's coverage."""
    entry = store.entries[name]
    if entry.failure is not None:
        coverage.lost(name)
        return Host(name=name, slug=name, failure=str(entry.failure), next_step=entry.failure.next_step)
    evidence, facts, policy = store.evidence(name), store.facts(name), store.policies.of(name)
    coverage.add(facts, policy)
    reached = evidence.reached
    return Host(
        name=name,
        slug=name,
        reached=f"WinRM at {reached.endpoint}, {reached.authentication}, as {reached.account}",
        summary=_summary(facts),
        preflight=_preflight(facts.preflight),
        virtual_machines=store.vm_count(name),
        evidence=f"evidence/{entry.file}",
        sha256=entry.sha256,
        collected=evidence.finished,
        visits=[_visit(facts, visit) for visit in store.visits(name)],
        ladders=_ladders(facts, policy),
    )


def ways_closed(store: Store) -> Iterator[tuple[str, list[str]]]:
    """Why nobody looked inside machines that a way was named for: one title and its lines for all of one trouble."""
    for (trouble, next_step), entries in store.unseen().items():
        machines = [(entry.name, store.facts(entry.name).virtual_machine(entry.vm or "")) for entry in entries[:_NAMED]]
        names = [f"{host}/{name_of(vm)}" for host, vm in machines]
        messages = dict.fromkeys(f"{trouble}: {entry.failure.message}" for entry in entries if entry.failure)
        yield (
            f"no way into a guest: {', '.join([*names, *_left(entries)])}",
            [*[*messages][:_NAMED], *_left([*messages]), f"Next step: {next_step}"],
        )


def _left(whole: Sequence[object]) -> list[str]:
    return [f"and {len(whole) - _NAMED} more"] if len(whole) > _NAMED else []


def _visit(facts: HostFacts, entry: IndexEntry) -> Visit:
    """What was asked inside one virtual machine."""
    vm = entry.vm or ""
    if entry.failure is None:
        where, why, next_step = f"evidence/{entry.file}", None, ""
    else:
        where, why, next_step = None, str(entry.failure), entry.failure.next_step
    name = name_of(facts.virtual_machine(vm))
    return Visit(vm=vm, name=name, evidence=where, sha256=entry.sha256, failure=why, next_step=next_step)


def _summary(facts: HostFacts) -> dict[str, str]:
    """The facts strip of a host; what cannot be read is not in it."""
    try:
        version = facts.os.version
    except Unreadable:
        return {}
    revision = f".{version.revision}" if version.revision is not None else ""
    return {
        "Edition": version.product,
        "Installation": version.installation_type,
        "Build": f"{version.build}{revision}",
    }


def _preflight(preflight: Preflight) -> list[str]:
    return [*preflight.troubles, *filter(None, [preflight.of_language])]


def _ladders(facts: HostFacts, policy: Policy) -> list[Ladder]:
    """How far each virtual machine of a host is from being shielded."""
    try:
        machines = facts.virtual_machines
    except Unreadable:
        return []
    return [Ladder(vm=vm.id, left=list(steps_left(vm, policy))) for vm in machines]
