"""Which guest a VM runs, for a rule that depends on it, and whether anybody looked inside."""

from hyperv_audit.facts.guest import Absence, Guest
from hyperv_audit.facts.guest_os import Family, GuestOs, from_policy
from hyperv_audit.facts.vm import SecureBootTemplate, VirtualMachine
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.judge.statements import not_applicable, review

_LINUX_TEMPLATES = (SecureBootTemplate.MICROSOFT_UEFI_CA, SecureBootTemplate.OPEN_SOURCE_SHIELDED_VM)


def guest_of(vm: VirtualMachine, policy: Policy) -> GuestOs:
    """The policy's word where it has one, else the guest's own."""
    named = vm.lookup(policy.vm.guest_os)
    return from_policy(named) if named else vm.guest


def is_confirmed(vm: VirtualMachine, guest: GuestOs) -> bool:
    """Whether somebody but the guest says what it is: the policy, or of Linux the template that its host gave it."""
    if guest.from_policy:
        return True
    return guest.family is Family.LINUX and vm.generation == 2 and vm.firmware.template in _LINUX_TEMPLATES  # noqa: PLR2004


def seen_inside(vm: VirtualMachine) -> Guest | None:
    """What was seen inside. Without it a finding keeps the check from passing; a replica is asked where it runs."""
    inside = vm.inside
    if isinstance(inside, Guest):
        return inside
    if inside.absence is Absence.REPLICA:
        not_applicable("assessed-on-primary: this is the copy that Hyper-V Replica keeps")
    missing = str(inside)
    with review("guest-evidence-missing: only the guest itself can tell"):
        assert missing == ""
    return None
