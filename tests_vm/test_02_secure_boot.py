"""Enable Secure Boot."""

from contextlib import suppress

from hyperv_audit import (
    Policy,
    VirtualMachine,
    guest_of,
    must,
    not_applicable,
    not_applicable_unless,
    note,
    part,
    recommendation,
    review,
)
from hyperv_audit.facts.enums import BootType, OnOff
from hyperv_audit.facts.guest import Guest
from hyperv_audit.facts.guest_os import Family, GuestOs, Support
from hyperv_audit.facts.linux_output import SecureBoot
from hyperv_audit.facts.reading import Unreadable
from hyperv_audit.facts.vm import SecureBootTemplate

FITTING = {
    Family.WINDOWS: (SecureBootTemplate.MICROSOFT_WINDOWS,),
    Family.LINUX: (SecureBootTemplate.MICROSOFT_UEFI_CA, SecureBootTemplate.OPEN_SOURCE_SHIELDED_VM),
}


@recommendation("VM-02")
@not_applicable_unless(
    lambda vm, policy: vm.generation == 2, "generation 1 has no Secure Boot; VM-01 says what to do about it"
)
def test_secure_boot_is_on(vm: VirtualMachine, policy: Policy) -> None:
    """Secure Boot is on, with the template that fits the guest."""
    firmware, guest = vm.firmware, guest_of(vm, policy)
    excused = vm.matches(policy.vm.secure_boot_unsupported)
    if firmware.secure_boot is OnOff.OFF and (excused or (guest.from_policy and guest.secure_boot is Support.NO)):
        not_applicable("the policy says that this guest does not support Secure Boot")

    if guest.secure_boot is Support.NO and not guest.from_policy:
        with review(f"the guest says it is {guest.id}, which does not support Secure Boot: confirm it in the policy"):
            assert firmware.secure_boot is OnOff.ON
    elif guest.secure_boot is Support.YES or policy.vm.secure_boot_unknown_guest == "fail":
        with must("a changed boot loader runs before the guest's own defences"):
            assert firmware.secure_boot is OnOff.ON
    else:
        with review("nobody knows whether this guest supports Secure Boot"):
            assert firmware.secure_boot is OnOff.ON
    if not vm.matches(policy.vm.allow_pxe):
        with review("what answers first on the network decides what boots", severity="low"):
            assert firmware.first_boot in (BootType.DRIVE, BootType.FILE)
    if firmware.secure_boot is not OnOff.ON:
        return

    check_template(vm, guest)
    check_inside(vm, policy)
    if not guest.is_known:
        note("the guest is unknown; any template of Microsoft's was accepted")


def check_template(vm: VirtualMachine, guest: GuestOs) -> None:
    """The template trusts the boot loaders that this guest needs, and no others."""
    firmware = vm.firmware
    with review("a template that Microsoft does not ship says nothing about what may boot"):
        assert firmware.template is not None
    fitting = FITTING.get(guest.family, tuple(SecureBootTemplate))
    doubt = "such a guest normally cannot boot with this template: is what it says of itself up to date?"
    if firmware.template is not None:
        with must("the template does not fit the guest", unless=doubt if vm.is_running else None, severity="medium"):
            assert firmware.template in fitting
    if guest.family is Family.LINUX and firmware.template is SecureBootTemplate.OPEN_SOURCE_SHIELDED_VM:
        with review("this template is meant for shielded Linux"):
            assert vm.security.shielded


def check_inside(vm: VirtualMachine, policy: Policy) -> None:
    """The guest sees what its host shows, and can go on starting when the certificates of 2011 have expired."""
    guest = vm.inside if isinstance(vm.inside, Guest) else None
    if guest is not None:
        check_guest_agrees(guest)
    if guest is not None and not guest.is_linux:
        with part(inside=True):
            check_certificates(guest, policy)
    elif policy.vm.require_2023_certs:
        with review("guest-evidence-missing: only a Windows guest can tell which certificates its firmware has"):
            raise AssertionError("certificates of 2023 that nobody has seen")


def check_certificates(guest: Guest, policy: Policy) -> None:
    """Those of 2011 expire from June 2026 on: what is signed later, firmware without those of 2023 does not start."""
    if policy.vm.require_2023_certs:
        with must("the firmware of this machine does not know the certificates of 2023 (vm.require_2023_certs)"):
            assert guest.windows.boots_by_2023
        return
    with suppress(Unreadable):  # told, and no more
        if not guest.windows.boots_by_2023:
            note("its firmware does not know the certificates of 2023: install the updates that bring them")


def check_guest_agrees(guest: Guest) -> None:
    """The guest sees what its host shows. That it does not say is no finding: the host has said it."""
    try:
        seen = guest.secure_boot
    except Unreadable as error:
        note(f"the guest itself does not say: {error.reason}")
        return
    with must("the host says on, and the guest knows better"):
        assert seen is SecureBoot.ON
