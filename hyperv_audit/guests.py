"""Which virtual machines are asked inside, and where: from what their hosts show and the inventory allows.

A machine that rests, a replica and, by PowerShell Direct, a shielded machine are never asked. Their disks never are.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hyperv_audit.collect.evidence import IndexEntry, NoEvidence
from hyperv_audit.collect.guests import Visit
from hyperv_audit.facts.guest import Absence
from hyperv_audit.facts.host import HostFacts
from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.facts.vm import VirtualMachine
from hyperv_audit.inventory import GuestAccess, Target, Via
from hyperv_audit.inventory.policy import matches
from hyperv_audit.inventory.schema import is_address


@dataclass
class Tour:
    """The visits to make, the machines that must not be visited, and the ways that lead nowhere."""

    visits: list[Visit] = field(default_factory=list)
    refused: list[IndexEntry] = field(default_factory=list)
    unused: list[GuestAccess] = field(default_factory=list)


def plan_tour(hosts: Sequence[tuple[Target, HostFacts]], ways: Sequence[GuestAccess]) -> Tour:
    """Which machines of these hosts can be asked inside. `ways` are in the order of the inventory: the first counts."""
    tour, used = Tour(), set[GuestAccess]()
    for target, facts in hosts:
        for vm, way in _meant(facts, [way for way in ways if target.name in way.hosts]):
            used.add(way)
            why = _why_not(vm, way)
            if isinstance(why, NoEvidence):
                tour.refused.append(IndexEntry(name=target.name, vm=vm.id, failure=why))
            elif why is None:
                tour.visits.append(Visit(target, vm.id, way, _address(vm, way)))
    asked = {target.name for target, _ in hosts}
    tour.unused = [way for way in ways if way not in used and asked.issuperset(way.hosts)]
    _part_twins(tour)
    return tour


def _meant(facts: HostFacts, ways: Sequence[GuestAccess]) -> Iterator[tuple[VirtualMachine, GuestAccess]]:
    """Each machine with the first way that means it."""
    try:
        machines = facts.virtual_machines if ways else ()
    except Unreadable:
        return
    for vm in machines:
        way = next((way for way in ways if matches([way.vm], vm.id, _name(vm))), None)
        if way is not None:
            yield vm, way


def _why_not(vm: VirtualMachine, way: GuestAccess) -> Absence | NoEvidence | None:
    """Why a machine must not be asked this way; an absence is for its facts to tell, where it is judged."""
    try:
        if vm.absence is not None:
            return vm.absence
        if way.via is Via.POWERSHELL_DIRECT and vm.security.shielded:
            message = "PowerShell Direct is blocked in a shielded virtual machine"
            return _refusal(Absence.SHIELDED, way, message, "Name a way by winrm or ssh for it, before this one.")
    except Unreadable as error:
        return _refusal("NotKnownToBeAllowed", way, error.reason, "Look at the machine on its host.")
    if way.via is not Via.POWERSHELL_DIRECT and not way.world and not is_address(_address(vm, way)):
        return _refusal("NoAddress", way, "its name makes no address", "Give this machine an address of its own.")
    return None


def _address(vm: VirtualMachine, way: GuestAccess) -> str:
    """From the inventory and what the *host* calls the machine; never from what its guest says."""
    return way.address.replace("{id}", vm.id).replace("{name}", _name(vm))


def _part_twins(tour: Tour) -> None:
    """Machines that would be found at one address are all refused: one of them would answer for the others."""
    places = Counter(_place(visit) for visit in tour.visits if visit.address)
    for visit in [visit for visit in tour.visits if places[_place(visit)] > 1]:
        tour.visits.remove(visit)
        why = _refusal(
            "SharedAddress", visit.access, f"several machines lead to {visit.address}", "Give each its own address."
        )
        tour.refused.append(IndexEntry(name=visit.host.name, vm=visit.vm, failure=why))


def _place(visit: Visit) -> tuple[str, int]:
    return visit.address.casefold(), visit.access.port


def _refusal(kind: str, way: GuestAccess, message: str, next_step: str) -> NoEvidence:
    return NoEvidence(kind=kind, stage=way.via, message=message, next_step=next_step)


def _name(vm: VirtualMachine) -> str:
    try:
        return vm.name
    except Unreadable:
        return ""
