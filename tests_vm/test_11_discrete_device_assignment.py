"""Only enable Discrete Device Assignment if needed for a specific workload."""

from hyperv_audit import Host, Policy, VirtualMachine, must, note, recommendation, review
from hyperv_audit.facts.enums import StopAction


@recommendation("VM-11")
def test_only_devices_that_are_needed_are_assigned(vm: VirtualMachine, host: Host, policy: Policy) -> None:
    """A machine has a device of the host whole only where its workload needs it, and from a trusted vendor."""
    rules, devices = policy.vm, vm.devices.assigned
    trusted = [vendor.upper() for vendor in rules.trusted_dda_vendors]
    needed = [(d.location_path.upper(), d.vendor_device.upper()) for d in rules.allowed_dda if vm.matches([d.vm])]
    with must("the device's vendor is not among vm.trusted_dda_vendors, and its hardware reaches past the hypervisor"):
        assert [device for device in devices if device.vendor not in trusted] == []
    with must("vm.allowed_dda does not say that this machine needs the device"):
        assert [device for device in devices if (device.location.upper(), device.vendor_device) not in needed] == []
    if vm.matches(rules.untrusted_vms):
        with must("a guest that is not trusted must not reach hardware of the host"):
            assert devices == ()
    if devices:
        check_settings(vm)
        note("whether a device was taken from the host by force cannot be read: ask its vendor what guards the host")
    with review("devices were taken from the host, and no machine has them", severity="low"):
        assert host.idle_devices == ()


def check_settings(vm: VirtualMachine) -> None:
    """A machine with such a device can be neither saved nor moved."""
    with review("with such a device the machine cannot be saved when its host stops"):
        assert vm.stop_action is StopAction.TURN_OFF
    with review("with such a device its memory cannot be dynamic"):
        assert not vm.has_dynamic_memory
    with review("with such a device a cluster cannot move it"):
        assert not vm.is_clustered
