"""Secure storage devices."""

from hyperv_audit import Host, Policy, must, note, recommendation, review
from hyperv_audit.facts.enums import BusType
from hyperv_audit.facts.paths import is_unc
from hyperv_audit.facts.sddl import VIRTUAL_MACHINES
from hyperv_audit.facts.storage import REMOVABLE, Disk, Grant

QUESTIONS = (
    "not seen here, for a person to answer: who can touch the disks and the storage array, which hosts its zoning and "
    "masking let in, and how disks are disposed of"
)


@recommendation("HOST-05")
def test_storage_of_virtual_machines_is_secured(host: Host, policy: Policy) -> None:
    """Keep files of virtual machines on secured devices, which only those who need them can open."""
    check_devices(host, policy)
    check_folders(host, policy)
    check_iscsi(host)
    note(QUESTIONS)
    if any(is_unc(path) for path in host.vm_files):
        note("files of virtual machines lie on other servers; who may open them there, an audit of these servers says")


def check_devices(host: Host, policy: Policy) -> None:
    """Files are on disks that stay, and not beside the operating system."""
    disks, allowed = disks_of(host), policy.storage.vm_on_system_volume
    with must("a disk that can be pulled out takes virtual machines along"):
        removable = {str(disk) for disk in disks.values() if disk and disk.bus in REMOVABLE}
        assert {name: [place for place, disk in disks.items() if str(disk) == name] for name in sorted(removable)} == {}
    with review("nobody knows what this lies on"):
        assert [place for place, disk in disks.items() if disk is None or disk.bus is BusType.UNKNOWN] == []
    if allowed != "pass":
        doubt = "files of virtual machines can fill the volume of the operating system" if allowed == "review" else None
        with must("the policy keeps the volume of the operating system free of virtual machines", unless=doubt):
            assert boot_files(host) == []


def check_folders(host: Host, policy: Policy) -> None:
    """Only those whom the policy names may read or write in folders of virtual machines."""
    strangers = [grant for grant in host.folder_grants if not is_allowed(grant, policy.storage.acl_allowed_sids)]
    with must(
        "none of storage.acl_allowed_sids, and may read or change virtual machines; cluster accounts belong there"
    ):
        assert [grant for grant in strangers if not grant.allow.inherit_only] == []
    with review("inherited only: not for the folder itself, but for files in it that take their access from it"):
        assert [grant for grant in strangers if grant.allow.inherit_only] == []


def check_iscsi(host: Host) -> None:
    """Initiator and target prove to each other who they are."""
    sessions = host.storage.iscsi_sessions
    with must("without CHAP, whoever reaches the target gets its disks"):
        assert [session for session in sessions if session.authenticates == "NONE"] == []
    with review("only one side proves who it is"):
        assert [session for session in sessions if session.authenticates == "ONEWAYCHAP"] == []
    with review("a way to log on that is not known here"):
        assert [s for s in sessions if s.authenticates not in ("NONE", "ONEWAYCHAP", "MUTUALCHAP")] == []


def is_allowed(grant: Grant, sids: list[str]) -> bool:
    """The policy's accounts, and the virtual machines themselves."""
    return grant.allow.is_one_of(sids) or grant.allow.sid.startswith(VIRTUAL_MACHINES)


def disks_of(host: Host) -> dict[str, Disk | None]:
    """What local files, and disks that were handed over whole, lie on; shared volumes are seen where they are owned."""
    local = [path for path in host.vm_files if not is_unc(path)]
    placed = {path: host.storage.disk_of(path) for path in local if host.storage.is_placed_here(path)}
    return placed | {f"disk {number}": host.storage.disk(number) for number in host.passed_through}


def boot_files(host: Host) -> list[str]:
    """Files on the volume that Windows started from."""
    local = [(path, host.storage.partition_of(path)) for path in host.vm_files if not is_unc(path)]
    return [path for path, partition in local if partition and partition.is_boot]
