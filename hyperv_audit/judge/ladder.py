"""What stands between a virtual machine and being shielded on a guarded fabric, one step after the other."""

from collections.abc import Callable

from hyperv_audit.facts.enums import Attestation, HgsMode, OnOff
from hyperv_audit.facts.guest_os import Family
from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.facts.vm import SecureBootTemplate, VirtualMachine
from hyperv_audit.inventory.policy import Policy
from hyperv_audit.judge.guest import guest_of

_VERSION = (8, 0)
_TEMPLATES = {
    Family.WINDOWS: (SecureBootTemplate.MICROSOFT_WINDOWS,),
    Family.LINUX: (SecureBootTemplate.OPEN_SOURCE_SHIELDED_VM,),
}


def _boots_securely(vm: VirtualMachine, _: Policy) -> bool:
    return vm.generation == 2 and vm.firmware.secure_boot is OnOff.ON  # noqa: PLR2004


def _has_a_foreign_key_protector(vm: VirtualMachine, _: Policy) -> bool:
    if not vm.security.tpm:  # then there is nothing to protect, and many machines were not even asked for it
        return False
    protector = vm.key_protector
    return protector.is_present and protector.is_decoded and not protector.is_local


def _is_on_an_attested_host(vm: VirtualMachine, _: Policy) -> bool:
    hgs = vm.host.hgs.client
    is_attested = hgs.mode is HgsMode.HOST_GUARDIAN_SERVICE and hgs.attestation is Attestation.PASSED
    return hgs.is_host_guarded and is_attested


def _has_a_fitting_template(vm: VirtualMachine, policy: Policy) -> bool:
    fitting = _TEMPLATES.get(guest_of(vm, policy).family, tuple(SecureBootTemplate))
    return vm.generation == 2 and vm.firmware.template in fitting  # noqa: PLR2004


# In the order in which they can be taken: each rests on those before it.
STEPS: tuple[tuple[str, Callable[[VirtualMachine, Policy], bool]], ...] = (
    ("generation 2", lambda vm, _: vm.generation == 2),  # noqa: PLR2004
    ("configuration version 8.0", lambda vm, _: vm.version_numbers >= _VERSION),
    ("Secure Boot", _boots_securely),
    ("virtual TPM", lambda vm, _: vm.security.tpm),
    ("key protector of the fabric", _has_a_foreign_key_protector),
    ("attested host", _is_on_an_attested_host),
    ("template for shielding", _has_a_fitting_template),
    ("shielding itself", lambda vm, _: vm.security.shielded),
)


def steps_left(vm: VirtualMachine, policy: Policy) -> tuple[str, ...]:
    """The steps that are not taken, in order; what could not be read is not taken."""
    return tuple(left for name, is_taken in STEPS if (left := _left(name, is_taken, vm, policy)))


def _left(
    name: str, is_taken: Callable[[VirtualMachine, Policy], bool], vm: VirtualMachine, policy: Policy
) -> str | None:
    try:
        return None if is_taken(vm, policy) else name
    except Unreadable:
        return f"{name} (could not be read)"
