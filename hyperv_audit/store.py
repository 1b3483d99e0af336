"""The evidence of a run as facts: what the tests are parametrized with, and what their fixtures hand out."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TypeVar

from hyperv_audit.collect.evidence import Evidence, IndexEntry, read_evidence, read_index
from hyperv_audit.facts.cluster import ClusteredMachine
from hyperv_audit.facts.estate import Carrier, Estate, carriers
from hyperv_audit.facts.guest import Channel, Guest, NoGuest, not_asked, why_none
from hyperv_audit.facts.host import HostFacts
from hyperv_audit.facts.reading import Readings, Unreadable
from hyperv_audit.facts.vm import VirtualMachine
from hyperv_audit.inventory.policies import Policies
from hyperv_audit.report.results import Subject
from hyperv_audit.report.results import VirtualMachine as ShownVm

T = TypeVar("T")

_HOSTS_IN_MEMORY = 4  # items are in the order of hosts, so that this always hits
_LONGEST = 40
_CHANNELS = {"winrs": Channel.WINRM, "powershell-direct": Channel.POWERSHELL_DIRECT, "ssh": Channel.SSH}


@dataclass(frozen=True)
class SubjectId:
    """What one item is about. `vm` is an id; empty for "the virtual machines of a host that has none".

    `area` is a heading of the security baseline; empty where a host has no table, which its one item says.
    """

    host: str
    vm: str | None = None
    area: str | None = None


class Store:
    """A folder of evidence."""

    def __init__(self, folder: Path, policies: Policies) -> None:
        self.folder = folder
        self.policies = policies
        index = read_index(folder)
        self.entries = {entry.name: entry for entry in index.hosts}
        self._guests: dict[str, dict[str | None, IndexEntry]] = {}
        for entry in index.guests:
            self._guests.setdefault(entry.name, {})[entry.vm] = entry
        self._shown: dict[SubjectId, Subject] = {}
        self._slugs: dict[SubjectId, str] = {}
        self._machines: dict[str, list[tuple[SubjectId, str]]] = {}
        self.evidence = lru_cache(maxsize=_HOSTS_IN_MEMORY)(self._evidence)
        self.facts = lru_cache(maxsize=_HOSTS_IN_MEMORY)(self._facts)
        self._carriers: dict[str, tuple[Carrier, ...]] = {}
        self._clustered: dict[str, tuple[ClusteredMachine, ...] | Unreadable] = {}
        self._replicas: dict[str, tuple[tuple[str, str], ...]] = {}
        self._estate = Estate(self.read, self._carriers_on)

    @property
    def read(self) -> list[str]:
        """Hosts with evidence, in the order of the inventory."""
        return [name for name, entry in self.entries.items() if entry.failure is None]

    @property
    def unread(self) -> list[IndexEntry]:
        """Hosts without."""
        return [entry for entry in self.entries.values() if entry.failure is not None]

    def visits(self, host: str) -> list[IndexEntry]:
        """Which of its virtual machines were asked inside, and what came of it."""
        return list(self._guests.get(host, {}).values())

    def unseen(self) -> dict[tuple[str, str], list[IndexEntry]]:
        """Virtual machines that no way led into, by what went wrong where and what to do."""
        found: dict[tuple[str, str], list[IndexEntry]] = {}
        for entry in (entry for name in self.read for entry in self.visits(name)):
            if (failure := entry.failure) is not None:
                found.setdefault((f"{failure.kind} at {failure.stage}", failure.next_step), []).append(entry)
        return found

    def why_unread(self, host: str) -> str:
        """Why there is no evidence of a host, and what to do."""
        failure = self.entries[host].failure
        assert failure
        return f"{failure}. Next step: {failure.next_step}"

    def select(self, names: list[str]) -> None:
        """Keep these hosts only."""
        self.entries = {name: self.entries[name] for name in names}
        self._estate = Estate(self.read, self._carriers_on)

    def hosts(self) -> Iterator[tuple[SubjectId, str]]:
        """Every host as a subject, and its id for pytest."""
        for name in self.read:
            yield SubjectId(name), name

    def virtual_machines(self) -> Iterator[tuple[SubjectId, str]]:
        """Every virtual machine as a subject; a host without any is one too, so that its cells are not empty."""
        for name in self.read:
            if name not in self._machines:  # every check asks; more hosts than fit into memory would be read each time
                self._machines[name] = [(subject, f"{name}/{self.slug(subject)}") for subject in self._vms(name)]
            yield from self._machines[name]

    def clustered_machines(self) -> dict[str, tuple[ClusteredMachine, ...] | Unreadable]:
        """What each host tells of the machines of its cluster, or why it does not."""
        return {name: self._kept(self._clustered, name) for name in self.read}

    def replicas(self) -> dict[str, tuple[tuple[str, str], ...]]:
        """Machines of each host that are copies of one elsewhere: their ids, and what the host calls itself."""
        return {name: self._kept(self._replicas, name) for name in self.read}

    def slug(self, subject: SubjectId) -> str:
        """A VM's name in a safe alphabet; with a piece of its id where the name alone would not do."""
        if subject not in self._slugs:
            self._name_vms(subject.host)
        return self._slugs[subject]

    def virtual_machine(self, subject: SubjectId) -> VirtualMachine:
        """The facts of one VM."""
        return self.facts(subject.host).virtual_machine(subject.vm or "")

    def shown(self, subject: SubjectId) -> Subject:
        """The subject as results name it."""
        if not subject.vm:
            return Subject(host=subject.host, host_slug=subject.host, area=subject.area or None)
        if subject not in self._shown:
            vm = ShownVm(id=subject.vm, name=name_of(self.virtual_machine(subject)), slug=self.slug(subject))
            self._shown[subject] = Subject(host=subject.host, host_slug=subject.host, vm=vm)
        return self._shown[subject]

    def vm_count(self, host: str) -> int:
        """How many virtual machines were found."""
        return sum(bool(subject.vm) for subject in self._vms(host))

    def _vms(self, host: str) -> list[SubjectId]:
        try:
            found = [SubjectId(host, vm.id) for vm in self.facts(host).virtual_machines]
        except Unreadable:
            found = []
        return found or [SubjectId(host, "")]

    def _name_vms(self, host: str) -> None:
        subjects = self._vms(host)
        names = {s: name_of(self.virtual_machine(s)) if s.vm else "no-virtual-machine" for s in subjects}
        slugs = {subject: slugify(name) for subject, name in names.items()}
        taken = [slug.lower() for slug in slugs.values()]
        for subject, slug in slugs.items():
            honest = slug == names[subject] and taken.count(slug.lower()) == 1
            if honest or not subject.vm:
                self._slugs[subject] = slug
                continue
            twins = [other.vm or "" for other, theirs in slugs.items() if theirs == slug and other != subject]
            length = next(n for n in (8, 36) if all(twin[:n] != subject.vm[:n] for twin in twins))
            self._slugs[subject] = f"{slug}~{subject.vm[:length]}"

    def _evidence(self, host: str) -> Evidence:
        return read_evidence(self.folder, self.entries[host])

    def _facts(self, host: str) -> HostFacts:
        evidence = self.evidence(host)
        readings = Readings(evidence.topics)
        inside = cache(lambda vm: self._inside(host, vm, readings))
        facts = HostFacts(host, readings, evidence.finished, inside, self._estate)
        self._carriers[host], self._clustered[host] = carriers(host, readings), _clustered(facts)
        self._replicas[host] = _replicas(facts)
        return facts

    def _carriers_on(self, host: str) -> tuple[Carrier, ...]:
        """Kept when a host's facts are made: of all hosts when machines are listed, so that none is read twice."""
        if host not in self._carriers:
            self.facts(host)
        return self._carriers[host]

    def _kept(self, kept: Mapping[str, T], host: str) -> T:
        if host not in kept:
            self.facts(host)
        return kept[host]

    def _inside(self, host: str, vm: str, readings: Readings) -> Guest | NoGuest:
        entry = self._guests.get(host, {}).get(vm)
        if entry is None:
            return not_asked(vm)
        if entry.failure is not None:
            return why_none(entry.failure.kind, entry.failure.message, entry.failure.next_step)
        evidence = read_evidence(self.folder, entry)
        return Guest(readings.of_guest(evidence.topics), _CHANNELS[evidence.reached.transport])


def facts_of(evidence: Evidence) -> HostFacts:
    """A host as its evidence shows it, before anybody looked inside its machines."""
    return HostFacts(evidence.target, Readings(evidence.topics), evidence.finished)


def _clustered(facts: HostFacts) -> tuple[ClusteredMachine, ...] | Unreadable:
    try:
        return facts.cluster.machines
    except Unreadable as error:
        with suppress(Unreadable):
            if facts.cluster.is_node:
                return error
        return ()  # no node; or it cannot even be told, and then every check that rests on it says so


def _replicas(facts: HostFacts) -> tuple[tuple[str, str], ...]:
    try:
        return tuple((vm.id.lower(), _node(facts)) for vm in facts.virtual_machines if _is_replica(vm))
    except Unreadable:
        return ()


def _node(facts: HostFacts) -> str:
    try:
        return facts.hyperv.computer_name.lower()
    except Unreadable:
        return ""


def _is_replica(vm: VirtualMachine) -> bool:
    try:
        return vm.is_replica
    except Unreadable:
        return False  # each of its checks says so


def slugify(name: str) -> str:
    """`name` in the alphabet that file names, terminals and HTML agree on."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^A-Za-z0-9._]+", "-", plain).strip("-.")[:_LONGEST] or "vm"


def name_of(vm: VirtualMachine) -> str:
    """A VM's name, or its id where the name could not be read."""
    try:
        return vm.name
    except Unreadable:
        return vm.id
