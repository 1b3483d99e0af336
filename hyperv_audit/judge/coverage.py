"""What no single machine can tell: patterns that mean none, and machines of a cluster that nobody judged."""

from collections.abc import Container, Iterable, Mapping

from hyperv_audit.facts.cluster import ClusteredMachine
from hyperv_audit.facts.host import HostFacts
from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.inventory.policy import Policy, matches, vm_patterns
from hyperv_audit.judge.frame import known_name

_NAMED = 20


def unaudited(
    clustered: Mapping[str, Iterable[ClusteredMachine] | Unreadable],
    audited: Container[str],
    replicas: Container[tuple[str, str]] = (),
) -> dict[str, str]:
    """What to say of machines of a cluster that no host of the run lists, by the first host that tells of them.

    `clustered` is what each host tells of its cluster, or why it does not; `audited` has the ids of all machines, in
    lower case. A replica has the id of its primary: `replicas` are those, each with the node that it was seen on.
    """
    said, told = {}, set[str]()
    for host, machines in clustered.items():
        if isinstance(machines, Unreadable):
            said[host] = f"cluster-not-asked: which machines run on other nodes is not known; {machines.reason}"
            continue
        missing = {
            m.id.lower(): str(m)
            for m in machines
            if m.id.lower() not in audited
            and (m.id.lower(), (m.owner or "").lower()) not in replicas
            and m.id.lower() not in told
        }
        told |= missing.keys()
        names = [name for _, name in sorted(missing.items())]
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        if names:
            said[host] = (
                f"clustered-vm-not-audited: {'; '.join(names[:_NAMED])}{more}. Audit the nodes that they run on, too"
            )
    return said


class Coverage:
    """Which of the policy's patterns mean a machine of the hosts that were seen so far."""

    def __init__(self) -> None:
        self._unused: set[tuple[str, str]] = set()
        self._used: set[tuple[str, str]] = set()
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
            name = known_name(vm)
            meant = {(key, pattern) for key, pattern in patterns if matches([pattern], vm.id, name)}
            patterns -= meant
            self._used |= meant
        self._unused |= patterns

    def lost(self, host: str) -> None:
        """A host of which nothing could be read."""
        self._unlisted.append(host)

    @property
    def notices(self) -> list[str]:
        """What a person should look at, a sentence each."""
        unread = f"; machines of {', '.join(self._unlisted[:_NAMED])} are not known" if self._unlisted else ""
        unused = sorted(self._unused - self._used)
        return [f"policy: {key}: {pattern!r} means no virtual machine of this run{unread}" for key, pattern in unused]
