"""Looking into a guest: what ends a rule where nobody did, and which role the guest plays."""

from collections.abc import Mapping
from typing import TypeVar

from hyperv_audit.facts.enums import DomainRole
from hyperv_audit.facts.guest import Absence, Guest, NoGuest
from hyperv_audit.facts.guest_os import GuestOs
from hyperv_audit.facts.vm import VirtualMachine
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.judge.guest import guest_of
from hyperv_audit.judge.severity import Severity
from hyperv_audit.judge.statements import must, not_applicable, review

T = TypeVar("T")

ADVICE = {
    Absence.NOT_CONFIGURED: "only the guest itself can tell: name a way into it in the inventory, under `guests`",
    Absence.SHIELDED: "no host may look into a shielded machine: name a way over WinRM or SSH in the inventory",
    Absence.CHANNEL_FAILED: "nothing was seen inside: mend the way into this guest, and ask again",
}
UNKNOWN = "unknown"
_ROLES = {
    DomainRole.STANDALONE_WORKSTATION: "client",
    DomainRole.MEMBER_WORKSTATION: "client",
    DomainRole.STANDALONE_SERVER: "standalone",
    DomainRole.MEMBER_SERVER: "server",
    DomainRole.BACKUP_DOMAIN_CONTROLLER: "dc",
    DomainRole.PRIMARY_DOMAIN_CONTROLLER: "dc",
}


def look_inside(
    vm: VirtualMachine,
    policy: Policy,
    *,
    at_rest: str = "ask it when it runs",
    severity_at_rest: Severity | None = None,
) -> Guest | None:
    """The guest from inside; None where nobody looked, which is then a finding. A replica's rule does not apply.

    `at_rest` is what to do about a machine that does not run, and `severity_at_rest` how much that weighs.
    """
    inside = vm.inside
    if isinstance(inside, Guest):
        return inside
    if inside.absence is Absence.REPLICA:
        not_applicable(f"{inside}: what runs there is judged where it runs")
    if inside.absence is Absence.NOT_CONFIGURED and policy.vm.require_guest_evidence:
        with must("the policy demands evidence from inside (vm.require_guest_evidence)"):
            raise AssertionError(str(inside))
    elif inside.absence is Absence.NOT_RUNNING:
        with review(at_rest, severity=severity_at_rest):
            raise AssertionError(str(inside))
    else:
        with review(f"{ADVICE[inside.absence]}{_next_step(inside)}"):
            raise AssertionError(str(inside))
    return None


def _next_step(inside: NoGuest) -> str:
    return f"; next step: {inside.next_step}" if inside.next_step else ""


def role_of(vm: VirtualMachine, policy: Policy) -> str:
    """What the guest is there for: as the policy says, else as its system does. Raises `Unreadable`."""
    return vm.lookup(policy.vm.roles) or _role_inside(vm)


def is_domain_controller(vm: VirtualMachine, policy: Policy) -> bool:
    """Whether anybody says so: the policy, the guest, or what was seen inside. Raises `Unreadable`."""
    dc = _ROLES[DomainRole.PRIMARY_DOMAIN_CONTROLLER]
    return vm.claims_domain_controller or vm.lookup(policy.vm.roles) == dc or _role_inside(vm) == dc


def _role_inside(vm: VirtualMachine) -> str:
    """What its system, seen from inside, is there for."""
    inside = vm.inside
    if not isinstance(inside, Guest):
        return UNKNOWN
    return "linux" if inside.is_linux else _ROLES.get(inside.security.domain_role, UNKNOWN)


def system_of(vm: VirtualMachine, policy: Policy) -> GuestOs:
    """Which operating system runs there: seen from inside, or as the policy or the guest says. Raises `Unreadable`."""
    return vm.inside.system if isinstance(vm.inside, Guest) else guest_of(vm, policy)


def for_role(table: Mapping[str, T], role: str) -> T | None:
    """What the policy says of a role, or of all that it does not name."""
    return table.get(role, table.get("default"))
