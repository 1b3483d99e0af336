"""Beyond the document: no hypervisor in a virtual machine unless it is needed."""

from hyperv_audit import (
    Policy,
    VirtualMachine,
    guest_of,
    is_domain_controller,
    look_inside,
    must,
    part,
    recommendation,
    review,
)
from hyperv_audit.facts.guest_os import Family

HYPER_V = "Hyper-V"  # the feature's name, the same in every language


@recommendation("VM-14")
def test_nested_virtualization_is_off_unless_needed(vm: VirtualMachine, policy: Policy) -> None:
    """Virtualization extensions are hidden but from a machine that needs them, and that runs Hyper-V."""
    if not vm.exposes_virtualization:
        return
    guest = guest_of(vm, policy)
    if not vm.matches([*policy.vm.allow_nested, *policy.nested.allowed_vms]):
        with must("a hypervisor inside is not seen by this host, and nobody said that it is needed (vm.allow_nested)"):
            assert not vm.exposes_virtualization
    with part(), must("a domain controller is the last machine that should run others"):
        assert not is_domain_controller(vm, policy)
    with must("only Hyper-V is supported as a nested hypervisor, and this guest is no Windows"):
        assert guest.family in (Family.WINDOWS, Family.UNKNOWN)
    if guest.family in (Family.WINDOWS, Family.UNKNOWN) and (inside := look_inside(vm, policy)):
        with part(), must("only Hyper-V is supported as a nested hypervisor"):
            assert inside.other_hypervisors == ()
        with part(), review("extensions are exposed, and the guest does not have Hyper-V: what needs them?"):
            assert HYPER_V in inside.software.features
