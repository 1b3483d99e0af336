"""Secure the hard drive."""

from hyperv_audit import Host, Policy, must, note, recommendation, review
from hyperv_audit.facts.bitlocker import Volume
from hyperv_audit.facts.enums import Conversion, EncryptionMethod, Protection
from hyperv_audit.facts.paths import is_unc, lies_in

UNDER_WAY = (Conversion.ENCRYPTING, Conversion.ENCRYPTION_PAUSED)
DOUBTFUL = (EncryptionMethod.AES_128_DIFFUSER, EncryptionMethod.AES_256_DIFFUSER, EncryptionMethod.HARDWARE)


@recommendation("HOST-06")
def test_volumes_with_virtual_machine_files_are_encrypted(host: Host, policy: Policy) -> None:
    """Protect the volumes that hold the operating system and virtual machine resources with BitLocker."""
    with must("without the feature nothing on these disks is encrypted"):
        assert host.bitlocker.is_installed
    if not host.bitlocker.is_installed:
        return

    elsewhere = [v for v in host.hyperv.shared_volumes if v.owner.lower() != host.hyperv.computer_name.lower()]
    local = [path for path in host.vm_files if not is_unc(path)]
    wanted = [*local, *policy.bitlocker.extra_volumes]
    here = [path for path in wanted if not any(lies_in(path, volume.path) for volume in elsewhere)]
    away = [path for path in wanted if path not in here]
    unknown = [path for path in here if host.volume_of(path) is None]
    volumes = distinct([*host.bitlocker.system, *(host.volume_of(path) for path in here)])
    accepted = [EncryptionMethod(method) for method in policy.bitlocker.methods]
    doubtful = [EncryptionMethod.UNKNOWN, *(method for method in DOUBTFUL if method not in accepted)]
    converted = [v for v in volumes if v.conversion not in UNDER_WAY and v.protection is not Protection.LOCKED]

    with must("a disk that leaves the building takes these files along; suspended protection leaves the key on it"):
        assert [v for v in converted if v.protection is not Protection.ON] == []
    with must("a volume that is only partly encrypted is not encrypted"):
        assert [v for v in converted if v.conversion is not Conversion.ENCRYPTED] == []
    with must("the method is none that the policy accepts"):
        assert [v for v in converted if v.is_on and v.method not in (*accepted, *doubtful)] == []
    with review("encryption is under way, or the volume is locked: look again"):
        assert [v for v in volumes if v not in converted] == []
    with review("an old method, the drive's own encryption (advisory ADV180028), or one that Windows does not name"):
        assert [v for v in converted if v.is_on and v.method in doubtful] == []
    with review(
        "without the TPM, nothing proves that the system that unlocks the volume is the one that was installed"
    ):
        assert [v for v in host.bitlocker.system if not v.has_tpm_protector] == []
    with review("another node owns the volume now; its BitLocker state is judged there"):
        assert away == []
    with review("BitLocker does not list the volume of these files"):
        assert unknown == []
    if host.vm_files:
        with review("all virtual machine files lie on other servers, which have to be audited themselves"):
            assert local != []

    if local and len(local) < len(host.vm_files):
        note("some virtual machine files lie on other servers, which have to be audited themselves")


def distinct(volumes: list[Volume | None]) -> list[Volume]:
    """Each volume once, in the order in which they were found."""
    return list({volume.id: volume for volume in volumes if volume}.values())
