"""Create generation 2 virtual machines for supported guest operating systems."""

from hyperv_audit import Policy, VirtualMachine, guest_of, is_template, must, not_applicable, recommendation, review
from hyperv_audit.facts.guest_os import Support

OLDEST = (8, 0)  # below it there is no virtualization-based security in the guest, and hosts since 2022 do not run it
PRERELEASE = (254, 0)


@recommendation("VM-01")
def test_vm_is_generation_2(vm: VirtualMachine, policy: Policy) -> None:
    """Use generation 2 where the guest supports it, with a current configuration version."""
    guest = guest_of(vm, policy)
    unsupported = guest.generation_2 is Support.NO
    excused = vm.generation == 1 and unsupported and guest.from_policy

    if vm.generation == 1 and unsupported and not excused:
        with review(f"the guest says it is {guest.id}, which cannot run in generation 2: confirm it under vm.guest_os"):
            assert vm.generation == 2
    elif vm.generation == 1 and not excused and is_template(vm, policy) and not guest.from_policy:
        with review("a template of generation 1: which guest is it for (vm.guest_os)?"):
            assert vm.generation == 2
    elif not excused and (guest.generation_2 is Support.YES or policy.vm.gen1_unknown_guest == "fail"):
        with must("generation 1 has no Secure Boot, no virtual TPM and cannot be shielded"):
            assert vm.generation == 2
    elif not excused:
        with review(
            "guest-os-unknown: if the guest supports generation 2, rebuild it there; else name it under vm.guest_os"
        ):
            assert vm.generation == 2
    if vm.generation == 2 and unsupported:
        with review(f"{guest} is not supported in generation 2, and yet it is there"):
            assert not unsupported

    wanted = tuple(int(part) for part in (policy.vm.min_vm_version or "8.0").split("."))
    with must("an old configuration version lacks security features, and newer hosts do not run it"):
        assert vm.version_numbers >= wanted
    with must("a pre-release version is not supported"):
        assert vm.version_numbers < PRERELEASE
    if policy.vm.min_vm_version is None and vm.version_numbers >= OLDEST:
        with review("the host offers a newer version; updating it cannot be undone", severity="low"):
            assert vm.version_numbers >= vm.host.hyperv.default_version
    if excused:
        not_applicable(f"{guest} cannot run in generation 2")
