"""Secure devices."""

import datetime as dt

from hyperv_audit import Policy, VirtualMachine, guest_of, must, note, recommendation, review
from hyperv_audit.facts import paths
from hyperv_audit.facts.enums import ConsoleMode, DvdMedia, OnOff, SessionTransport
from hyperv_audit.facts.guest_os import GuestOs
from hyperv_audit.facts.sddl import is_one_of
from hyperv_audit.inventory.policy import Vm as Rules
from hyperv_audit.inventory.policy import names_path

# VMProcessorOperationalStatus: a device that keeps the host from holding this machine to its share.
WEAKENS_HOST_PROTECTION = {
    40020: "a serial port with a pipe",
    40021: "synthetic debugging",
    40022: "a legacy network adapter",
    40023: "a medium in the DVD drive",
    40024: "a medium in the floppy drive",
}
A_DAY = dt.timedelta(days=1)


@recommendation("VM-08")
def test_only_required_devices_are_configured(vm: VirtualMachine, policy: Policy) -> None:
    """Configure only the devices that the virtual machine needs."""
    check_media(vm, policy.vm)
    check_ports(vm, policy.vm)
    check_disks(vm, policy.vm)
    check_adapters(vm, guest_of(vm, policy), policy.vm)
    check_host_hardware(vm, policy.vm)
    check_console(vm, policy.vm)


def check_media(vm: VirtualMachine, rules: Rules) -> None:
    """DVD and floppy drives are empty, or hold what the policy allows."""
    drives = vm.devices.dvd_drives
    images = [drive for drive in drives if drive.media is DvdMedia.ISO]
    with must("the drive of the host itself reaches whatever somebody puts into it"):
        assert [drive for drive in drives if drive.media is DvdMedia.PASS_THROUGH] == []
    with must("a medium of a kind that is not known"):
        assert [drive for drive in drives if drive.media is DvdMedia.UNKNOWN] == []
    with must("an image in somebody's profile: that person can exchange it"):
        assert [image for image in images if paths.is_in_a_profile(image.image)] == []
    with must("an image that vm.allowed_iso does not name", unless=why_an_image_may_be_there(vm)):
        assert [image for image in images if not names_path(rules.allowed_iso, image.image)] == []
    with review("the image is gone: the virtual machine will not start elsewhere"):
        assert [image for image in images if image.is_there is False] == []
    with review("on a share, or on a volume without a letter: this host cannot tell whether the image is there"):
        assert [image for image in images if image.is_there is None] == []
    if rules.no_empty_dvd:
        with review("an empty drive has no purpose"):
            assert [drive.media for drive in drives if drive.media is DvdMedia.NONE] == []
    if not vm.matches(rules.allow_floppy):
        with must("an image in the floppy drive"):
            assert vm.devices.floppies == ()


def why_an_image_may_be_there(vm: VirtualMachine) -> str | None:
    """A reason to ask a person first."""
    if vm.host.seen - vm.created < A_DAY:
        return "made within a day: is it still being set up from this image?"
    return None if vm.is_running else "vm.allowed_iso does not name the image, and it will be there at the next start"


def check_ports(vm: VirtualMachine, rules: Rules) -> None:
    """Serial ports lead nowhere, and nobody debugs."""
    ports = vm.devices.com_ports
    with must("a kernel debugger can read and change everything in the guest"):
        assert [port.debugger for port in ports if port.debugger is not OnOff.OFF] == []
    with must("a kernel debugger can connect through the firmware's debug port"):
        assert vm.settings.debug_port == 0
    with must("the pipe of a serial port is on another machine"):
        assert [port.path for port in ports if port.is_remote] == []
    if not vm.matches(rules.allow_com_pipe):
        with must("whoever opens the pipe of a serial port sits at a console of the guest"):
            assert [port.path for port in ports if port.path and not port.is_remote] == []
    if vm.settings.console in (ConsoleMode.COM1, ConsoleMode.COM2):
        note("the firmware writes its console to a serial port")


def check_disks(vm: VirtualMachine, rules: Rules) -> None:
    """Disks are files of this machine alone; controllers have something to do."""
    if not vm.matches(rules.allow_passthrough):
        with must("a disk of the host itself is outside of all that guards files"):
            assert [disk for disk in vm.devices.disks if disk.is_of_host] == []
    else:
        with review("a disk of the host was passed through, as the policy allows: is it offline in the host?"):
            assert [disk for disk in vm.devices.disks if disk.is_of_host] == []
    if not vm.matches(rules.guest_clusters):
        with review("a disk that can be shared: which other machine writes to it (vm.guest_clusters)?"):
            assert vm.devices.shared_disks == ()
    if not vm.matches(rules.allow_full_scsi):
        with must("unfiltered SCSI commands reach the disks behind"):
            assert not vm.settings.unfiltered_scsi
    with review("controllers without a drive"):
        assert vm.devices.empty_controllers <= rules.max_empty_controllers
    if vm.has_key_storage_drive:
        note("it has a key storage drive; VM-13 says what that is good for")


def check_adapters(vm: VirtualMachine, guest: GuestOs, rules: Rules) -> None:
    """A legacy network adapter is emulated in the host, and only starting from the network needs it."""
    if not vm.matches(rules.allow_pxe):
        unknown = (
            None if guest.is_known else "guest-os-unknown: if the guest has synthetic drivers, it needs none of these"
        )
        with must("a legacy network adapter: the guest has drivers for a synthetic one", unless=unknown):
            assert vm.legacy_adapters == ()


def check_host_hardware(vm: VirtualMachine, rules: Rules) -> None:
    """Nothing of the host reaches into the machine; whole devices are the next recommendation's."""
    if not vm.matches(rules.allow_guest_file_copy):
        with must("the host can copy files into the guest (Guest Service Interface)"):
            assert not vm.lets_host_copy_files
    with must("RemoteFX was withdrawn for security (KB4570006)"):
        assert not vm.has_remote_fx
    if not vm.matches(rules.allowed_gpu_partition):
        with must("a part of a graphics card of the host"):
            assert [gpu.id for gpu in vm.devices.gpu_partitions] == []
    if not vm.matches(rules.allow_fibre_channel):
        with must("a virtual Fibre Channel adapter reaches the storage network, and rules out memory integrity"):
            assert [hba.san for hba in vm.devices.fibre_channel] == []
    with review("a device keeps the host from protecting its own resources from this machine"):
        weakening = [WEAKENS_HOST_PROTECTION.get(code) for code in vm.processor_status]
        assert [device for device in weakening if device] == []


def check_console(vm: VirtualMachine, rules: Rules) -> None:
    """Who may sit at the console, and what it shares."""
    with must("somebody whom vm.console_access does not name may sit at the console"):
        assert [user for user in vm.devices.console_users if not is_one_of(rules.console_access, user.sid)] == []
    if not rules.allow_enhanced_session and vm.host.hyperv.offers_enhanced_sessions:
        with review("an enhanced session shares drives and clipboard with whoever sits at the console"):
            assert vm.session_transport is SessionTransport.VM_BUS
    if rules.require_lock_on_disconnect:
        with must("the console stays open for the next one who connects"):
            assert vm.locks_on_disconnect is OnOff.ON
