"""What no single machine can tell: patterns that mean none, and machines of a cluster that nobody judged."""

from hyperv_audit.facts.host import HostFacts
from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.inventory.policy import Policy, matches, vm_patterns
from hyperv_audit.judge.frame import known_name

_NAMED = 20


class Coverage:
    """What the hosts of a run have told so far."""

    def __init__(self) -> None:
        self._unused: set[tuple[str, str]] = set()
        self._used: set[tuple[str, str]] = set()
        self._audited: set[str] = set()
        self._clustered: dict[str, str] = {}
        self._unlisted: list[str] = []

    def add(self, facts: HostFacts, policy: Policy) -> None:
        """One host, and the policy that it is judged by."""
        patterns = {*vm_patterns(policy.vm)} - self._used
        try:
            machines = facts.virtual_machines
        except Unreadable:
            machines = ()
            self._unlisted.append(facts.name)
        for vm in machines:
            self._audited.add(vm.id.lower())
            name = known_name(vm)
            meant = {(key, pattern) for key, pattern in patterns if matches([pattern], vm.id, name)}
            patterns -= meant
            self._used |= meant
        self._unused |= patterns
        self._add_clustered(facts)

    def lost(self, host: str) -> None:
        """A host of which nothing could be read."""
        self._unlisted.append(host)

    @property
    def notices(self) -> list[str]:
        """What a person should look at, a sentence each."""
        unread = f"; machines of {', '.join(self._unlisted[:_NAMED])} are not known" if self._unlisted else ""
        unused = sorted(self._unused - self._used)
        found = [f"policy: {key}: {pattern!r} means no virtual machine of this run{unread}" for key, pattern in unused]
        missing = [text for id_, text in sorted(self._clustered.items()) if id_ not in self._audited]
        if missing:
            more = f" and {len(missing) - _NAMED} more" if len(missing) > _NAMED else ""
            names = "; ".join(missing[:_NAMED]) + more
            found.append(f"review: clustered-vm-not-audited: {names}. Audit the nodes that they run on, too")
        return found

    def _add_clustered(self, facts: HostFacts) -> None:
        try:
            machines = facts.cluster.machines
        except Unreadable:
            return  # every check that rests on the cluster says so
        for machine in machines:
            name = machine.name or machine.id
            self._clustered[machine.id.lower()] = f"{name} on {machine.owner or 'an unknown node'}"
