"""Enable virtualization-based security for guests that run Windows 10, Windows Server 2016 or later."""

from hyperv_audit import (
    Policy,
    VirtualMachine,
    for_role,
    is_confirmed,
    look_inside,
    must,
    not_applicable,
    recommendation,
    review,
    role_of,
    system_of,
)
from hyperv_audit.facts.enums import OnOff, VbsStatus
from hyperv_audit.facts.guest_os import SINCE_2016, GuestOs
from hyperv_audit.facts.security import CREDENTIAL_GUARD, HVCI

SERVICES = {CREDENTIAL_GUARD: "Credential Guard", HVCI: "memory integrity"}
OLDEST = (8, 0)  # the first configuration version with virtualization-based security in the guest


@recommendation("VM-10")
def test_virtualization_based_security_runs(vm: VirtualMachine, policy: Policy) -> None:
    """Virtualization-based security runs in the guest, and nothing on the host rules it out."""
    guest = system_of(vm, policy)
    if vm.matches(policy.vm.vbs_opt_out_allowed) and vm.opts_out_of_vbs:
        not_applicable("the policy lets this machine do without (vm.vbs_opt_out_allowed)")
    if cannot_have_it(guest):
        if is_confirmed(vm, guest):
            not_applicable(f"{guest} has no virtualization-based security")
        with review(f"the guest says it is {guest.id}, which has none: confirm it under vm.guest_os"):
            assert guest.id in SINCE_2016
        return
    check_host(vm, guest)
    if vm.generation == 2:
        check_inside(vm, policy)


def cannot_have_it(guest: GuestOs) -> bool:
    """A guest that is known to have no such thing; of an unknown one, or an unknown Windows, nobody can say."""
    return guest.is_known and guest.id not in (*SINCE_2016, "windows")


def check_host(vm: VirtualMachine, guest: GuestOs) -> None:
    """What the host gives is enough for it."""
    if guest.is_known:
        with must("generation 1 has no virtualization-based security; VM-01 says what to do about it"):
            assert vm.generation == 2
    else:
        with review("guest-os-unknown: in generation 1 no guest has virtualization-based security"):
            assert vm.generation == 2
    with must("the host withholds virtualization-based security from this machine", severity="high"):
        assert not vm.opts_out_of_vbs
    if vm.generation != 2:
        return
    with must("the configuration version is too old for virtualization-based security"):
        assert vm.version_numbers >= OLDEST
    with must("memory integrity does not go together with virtual Fibre Channel"):
        assert [hba.san for hba in vm.devices.fibre_channel] == []
    with must("memory integrity does not go together with unfiltered SCSI commands"):
        assert not vm.settings.unfiltered_scsi
    with must("without Secure Boot, what starts before it can take it over"):
        assert vm.firmware.secure_boot is OnOff.ON


def check_inside(vm: VirtualMachine, policy: Policy) -> None:
    """That it may run is the default of every machine, and says nothing of whether it does."""
    guest = look_inside(vm, policy)
    if guest is None:
        return
    guard = guest.security.device_guard
    required = for_role(policy.vm.vbs_required_services, role_of(vm, policy)) or [HVCI]
    with must("virtualization-based security does not run in the guest"):
        assert guard.vbs is VbsStatus.RUNNING
    with must("a service that guests of this role need does not run (vm.vbs_required_services)"):
        assert [SERVICES.get(code, f"service {code}") for code in required if not guard.runs(code)] == []
