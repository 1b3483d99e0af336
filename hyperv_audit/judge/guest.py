"""Which guest a VM runs, for a rule that depends on it, and who says so."""

from hyperv_audit.facts.enums import OnOff
from hyperv_audit.facts.guest_os import Family, GuestOs, from_policy
from hyperv_audit.facts.vm import SecureBootTemplate, VirtualMachine
from hyperv_audit.inventory.policy import Policy

_LINUX_TEMPLATES = (SecureBootTemplate.MICROSOFT_UEFI_CA, SecureBootTemplate.OPEN_SOURCE_SHIELDED_VM)


def guest_of(vm: VirtualMachine, policy: Policy) -> GuestOs:
    """The policy's word where it has one, else the guest's own."""
    named = vm.lookup(policy.vm.guest_os)
    return from_policy(named) if named else vm.guest


def is_confirmed(vm: VirtualMachine, guest: GuestOs) -> bool:
    """Whether somebody but the guest says what it is: the policy, or of Linux what its host lets it boot.

    A template binds nobody while Secure Boot is off.
    """
    if guest.from_policy:
        return True
    if guest.family is not Family.LINUX or vm.generation != 2:  # noqa: PLR2004
        return False
    return vm.firmware.secure_boot is OnOff.ON and vm.firmware.template in _LINUX_TEMPLATES
