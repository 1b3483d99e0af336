"""Which guest a VM runs, for a rule that depends on it."""

from hyperv_audit.facts.guest_os import GuestOs, from_policy
from hyperv_audit.facts.vm import VirtualMachine
from hyperv_audit.inventory.policy import Policy


def guest_of(vm: VirtualMachine, policy: Policy) -> GuestOs:
    """The policy's word where it has one, else the guest's own."""
    named = vm.lookup(policy.vm.guest_os)
    return from_policy(named) if named else vm.guest
