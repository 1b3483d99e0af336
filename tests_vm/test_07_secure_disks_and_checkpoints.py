"""Store virtual hard disks and checkpoint files in a secure location."""

from hyperv_audit import Host, Policy, VirtualMachine, must, note, recommendation, review
from hyperv_audit.facts import paths
from hyperv_audit.facts.bitlocker import Volume
from hyperv_audit.facts.enums import ClusterResourceState, Conversion, DriveType, Protection, SnapshotType
from hyperv_audit.facts.sddl import EVERY_MACHINE, is_of_a_machine, is_one_of
from hyperv_audit.facts.smb import SMB_3_0
from hyperv_audit.facts.vm_files import NOBODY_ELSE, USUAL, FileGrant, Place, Use
from hyperv_audit.inventory.policy import Vm as Rules
from hyperv_audit.judge.suggestion import suggestion

DEFAULT_FOLDER = r"C:\ProgramData\Microsoft\Windows\Hyper-V"


@recommendation("VM-07")
def test_disks_and_checkpoints_are_stored_securely(vm: VirtualMachine, host: Host, policy: Policy) -> None:
    """Store virtual hard disks, checkpoints and memory of the machine where only those who need them get at them."""
    check_location(vm, host, policy.vm)
    check_access(vm, policy.vm)
    check_images(vm, policy.vm)
    check_encryption_at_rest(vm, host, policy.vm)
    check_encryption_in_flight(vm, host, policy.vm)
    check_parents(vm, policy.vm)
    check_checkpoints(vm, host, policy.vm)


def check_location(vm: VirtualMachine, host: Host, rules: Rules) -> None:
    """Files are in folders that are meant for them, on volumes that stay and that answer."""
    places = vm.files.with_parents
    local = [place for place in places if not place.is_remote]
    with must("a profile, or a folder for passing things on: people who do not manage machines get there"):
        assert [place for place in places if paths.is_for_everybody(place.path)] == []
    with must("a disk that can be pulled out takes the machine along"):
        assert [place for place in local if host.storage.can_be_taken_out(place.path)] == []
    with must("a name of the domain (DFS) hides which server holds the files"):
        assert [place for place in places if is_of_the_domain(place, host)] == []
    with review("a short name, or a step back in the path: the text does not tell which folder this is"):
        assert [place for place in places if paths.is_ambiguous(place.path)] == []
    with review("storage-unavailable: the cluster's volume is not online"):
        states = {str(place): offline(place, host) for place in local}
        assert {place: state for place, state in states.items() if state is not None} == {}
    with review("nobody knows which volume this is on, or that it stays"):
        assert [place for place in local if is_nowhere(place, host)] == []
    if rules.storage_roots:
        clear = [place for place in places if not paths.is_ambiguous(place.path)]
        with must("outside of every folder of vm.storage_roots"):
            assert [place for place in clear if not lies_in_one_of(place, rules.storage_roots)] == []
    else:
        check_volumes(vm, host)
    with review("the paging file, with memory of the guest in clear, fills the volume of the operating system"):
        assert [place for place in local if Use.PAGING in place.uses and is_on_system_volume(place, host)] == []


def check_volumes(vm: VirtualMachine, host: Host) -> None:
    """Where the policy names no folders, only the volume of the operating system is known to be wrong."""
    places = vm.files.with_parents
    on_system = [place for place in places if not place.is_remote and is_on_system_volume(place, host)]
    folders = tuple(dict.fromkeys(place.path for place in vm.files.folders if place not in on_system))
    advice = suggestion("vm", storage_roots=folders or (r"D:\VMs",))
    with review(f"beside the operating system, where vm.storage_roots does not say that it belongs; {advice}"):
        assert [place for place in on_system if not paths.lies_in(place.path, DEFAULT_FOLDER)] == []
    with review(f"the folder that Windows proposes, beside the operating system; {advice}", severity="low"):
        assert [place for place in on_system if paths.lies_in(place.path, DEFAULT_FOLDER)] == []
    note(f"vm.storage_roots names no folders, so that others than these were not held to them; {advice}")


def check_access(vm: VirtualMachine, rules: Rules) -> None:
    """Who reads a disk reads what is in the guest; who changes it is its administrator."""
    grants, expected = vm.files.grants, (*USUAL, *rules.storage_access)
    broad = [grant for grant in grants if grant.allow.is_broad]
    with must("anybody may read or change this: whoever has the disk has what is in the guest"):
        assert [grant for grant in broad if not (grant.may_be_denied or grant.allow.inherit_only)] == []
    with review("one entry allows it to anybody and another refuses: who gets in, only Windows can say"):
        assert [grant for grant in broad if grant.may_be_denied and not grant.allow.inherit_only] == []
    with review("inherited only: for files in it that take their access from the folder"):
        assert [grant for grant in broad if grant.allow.inherit_only and not is_disk(grant.path, vm)] == []
    with review("for another machine: left over from a copy, or a disk that only one of them should have"):
        assert [grant for grant in grants if is_for_another_machine(grant)] == []
    strangers = [g for g in grants if not (g.allow.is_broad or g.is_of_a_machine or g.allow.is_one_of(expected))]
    if strangers:
        advice = suggestion("vm", storage_access=tuple(dict.fromkeys(grant.allow.sid for grant in strangers)))
        with review(f"neither Hyper-V's own accounts nor in vm.storage_access; {advice}"):
            assert strangers == []
    with review("whoever owns a file may let anybody in; owners are SYSTEM, Administrators, or in vm.storage_access"):
        owners = vm.files.owners
        known = (*NOBODY_ELSE, *rules.storage_access)
        assert {path: sid for path, sid in owners.items() if not is_one_of(known, sid)} == {}
    with review("nobody knows who may open this: it could not be read, it is gone, or its volume is down"):
        assert vm.files.unread == {}
    with review("not-readable-from-here: who may open files on another server, an audit of that server says"):
        assert [place for place in vm.files.with_parents if place.is_remote] == []


def check_images(vm: VirtualMachine, rules: Rules) -> None:
    """What lies in a drive anybody may read; who changes it decides what the guest reads, and perhaps starts from."""
    writers, expected = vm.files.image_writers, (*USUAL, *rules.storage_access)
    broad = [grant for grant in writers if grant.allow.is_broad]
    with must("anybody may change the image that this machine reads"):
        assert [grant for grant in broad if not grant.may_be_denied] == []
    with review("one entry lets anybody change the image and another refuses: who gets in, only Windows can say"):
        assert [grant for grant in broad if grant.may_be_denied] == []
    with review("they may change the image that this machine reads, and are not in vm.storage_access"):
        assert [g for g in writers if not (g.allow.is_broad or g.is_of_a_machine or g.allow.is_one_of(expected))] == []
    with review("nobody knows who may change this image"):
        assert vm.files.unread_images == {}
    with review("not-readable-from-here: who may change an image on another server, an audit of that server says"):
        assert [image for image in vm.files.images if image.is_remote] == []


def check_encryption_at_rest(vm: VirtualMachine, host: Host, rules: Rules) -> None:
    """Volumes are encrypted, or the array beneath them, or the machine encrypts by itself."""
    local = [place for place in vm.files.with_parents if not place.is_remote]
    wanted = [p for p in local if not (encrypts_itself(p, vm) or lies_in_one_of(p, rules.array_encryption))]
    volumes = {str(place): host.volume_of(place.path) for place in wanted}
    known = {place: volume for place, volume in volumes.items() if volume}
    locked = {place: volume for place, volume in known.items() if volume.protection is Protection.LOCKED}
    kept = "not encrypted: does the array do it (vm.array_encryption), or must it be (vm.require_volume_encryption)?"
    doubt = None if rules.require_volume_encryption else kept
    with must("a disk that leaves the building takes these files along", unless=doubt):
        assert {p: volume for p, volume in known.items() if not (p in locked or is_encrypted(volume))} == {}
    with must("BitLocker is not installed: nothing encrypts these files", unless=doubt):
        assert [place for place in wanted if not host.bitlocker.is_installed] == []
    with review("the volume is locked, or its state cannot be told"):
        assert locked == {}
    with review("BitLocker does not list the volume of these files; on a cluster, the node that owns it has to say"):
        assert [place for place, volume in volumes.items() if not volume and host.bitlocker.is_installed] == []
    if vm.pages_to_disk:
        note("the memory of this machine stands in a paging file just now")


def check_encryption_in_flight(vm: VirtualMachine, host: Host, rules: Rules) -> None:
    """Files on other servers travel over SMB 3, encrypted."""
    remote = [place for place in vm.files.with_parents if place.is_remote]
    if not remote:
        return
    connections = {place: host.smb.connections_to_share(place.path) for place in remote}
    used = dict.fromkeys(connection for found in connections.values() for connection in found)
    with must("below SMB 3 nothing is encrypted, and older dialects are not safe from tampering"):
        assert [connection for connection in used if connection.version < SMB_3_0] == []
    with must("whoever is on the way reads and changes the guest's disk"):
        assert [c for c in used if rules.require_smb_encryption and not c.encrypted] == []
    with must("neither encrypted nor signed: not even a guest's session would look otherwise"):
        assert [c for c in used if not (rules.require_smb_encryption or c.encrypted or c.signed)] == []
    with review("no connection to this share is open: whether it encrypts, its file server has to say"):
        assert [place for place, found in connections.items() if not found] == []


def check_parents(vm: VirtualMachine, rules: Rules) -> None:
    """What a disk rests on is part of the disk."""
    if rules.check_parents == "never":
        return
    if rules.check_parents == "all":
        with review("not opened, and the policy asks for all (vm.check_parents): gather the evidence anew"):
            assert list(vm.files.unopened) == []
    with review("nobody knows what this disk rests on; where a parent is missing, the machine is broken"):
        assert vm.files.unseen_chains == {}
    pairs = {link.parent: wider(vm, link.asked, link.parent) for link in vm.files.parents if link.parent}
    with must("somebody who may not change the disk may change what it rests on"):
        assert {parent: sids for parent, sids in pairs.items() if sids} == {}


def check_checkpoints(vm: VirtualMachine, host: Host, rules: Rules) -> None:
    """A checkpoint is an old copy of the guest, perhaps with its memory: it goes when it is no longer needed."""
    kept = [checkpoint for checkpoint in vm.checkpoints if not checkpoint.is_recovery_point]
    with must("files of this checkpoint are missing"):
        assert [checkpoint for checkpoint in kept if checkpoint.type is SnapshotType.MISSING] == []
    if rules.forbid_standard_checkpoints and not is_memory_encrypted(vm, host, rules):
        with must("the memory of the guest, with its keys and passwords, lies there in clear"):
            assert [c for c in kept if c.type is SnapshotType.STANDARD and c.holds_memory] == []
    with review("a kind of checkpoint that is not known"):
        assert [checkpoint for checkpoint in kept if checkpoint.type is SnapshotType.UNKNOWN] == []
    with review(f"older than {rules.checkpoint_max_age_days} days (vm.checkpoint_max_age_days)", severity="low"):
        assert [checkpoint for checkpoint in kept if checkpoint.age(host.seen_on) > rules.checkpoint_max_age_days] == []


def is_of_the_domain(place: Place, host: Host) -> bool:
    """A namespace that a domain serves begins with the domain's name."""
    return place.is_remote and paths.server(place.path).lower() == (host.os.computer.domain or "").lower()


def offline(place: Place, host: Host) -> ClusterResourceState | None:
    """The state of the cluster's volume that this lies on, where it is not online."""
    volumes = [volume for volume in host.hyperv.shared_volumes if paths.lies_in(place.path, volume.path)]
    return next((volume.state for volume in volumes if volume.state is not ClusterResourceState.ONLINE), None)


def is_nowhere(place: Place, host: Host) -> bool:
    """On no fixed volume that Windows lists; one that a cluster shares is listed where it is owned."""
    if not host.storage.is_placed_here(place.path) or host.storage.can_be_taken_out(place.path):
        return False
    return host.storage.partition_of(place.path) is None or host.storage.drive_type(place.path) is not DriveType.FIXED


def is_on_system_volume(place: Place, host: Host) -> bool:
    """Whether Windows started from the volume that this lies on."""
    partition = host.storage.partition_of(place.path)
    return partition is not None and partition.is_boot


def lies_in_one_of(place: Place, roots: list[str]) -> bool:
    """Whether the policy's folders hold it."""
    return any(paths.lies_in(place.path, root) for root in roots)


def is_disk(path: str, vm: VirtualMachine) -> bool:
    """A file hands nothing down."""
    return any(place.is_disk and place.path == path for place in vm.files.with_parents)


def is_for_another_machine(grant: FileGrant) -> bool:
    """One that has nothing there."""
    return grant.is_of_a_machine and not grant.is_own and grant.allow.sid not in USUAL


def encrypts_itself(place: Place, vm: VirtualMachine) -> bool:
    """A shielded machine encrypts its disks, and its state where that is set; a paging file in use stays in clear."""
    if not vm.security.shielded or vm.key_protector.is_local:
        return False
    pages = Use.PAGING in place.uses and vm.pages_to_disk
    return place.is_disk or (vm.security.encrypts_state_and_migration and not pages)


def is_encrypted(volume: Volume) -> bool:
    """Wholly, and with the key elsewhere: suspended protection leaves it on the disk."""
    return volume.is_on and volume.conversion is Conversion.ENCRYPTED


def is_memory_encrypted(vm: VirtualMachine, host: Host, rules: Rules) -> bool:
    """Whether what checkpoints keep of the memory is unreadable on the disk."""
    places = [place for place in vm.files.folders if place.uses != (Use.PAGING,)]
    volumes = [host.volume_of(place.path) for place in places if not lies_in_one_of(place, rules.array_encryption)]
    return vm.security.encrypts_state_and_migration or all(volume and is_encrypted(volume) for volume in volumes)


def wider(vm: VirtualMachine, child: str, parent: str) -> list[str]:
    """Who may change the parent and not the child; SYSTEM, Hyper-V and administrators may both.

    Nobody that is known of, where either was not read: that is told elsewhere.
    """
    of_parent, of_child = vm.files.writers(parent), vm.files.writers(child)
    if of_parent is None or of_child is None:
        return []
    every_machine = EVERY_MACHINE in of_child
    return sorted(sid for sid in of_parent - of_child - {*USUAL} if not (every_machine and is_of_a_machine(sid)))
