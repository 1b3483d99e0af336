"""Don't mount unknown VHDs."""

import re

from hyperv_audit import Host, Policy, must, recommendation, review
from hyperv_audit.facts.enums import ImageAccess, ImageType

# Downloads, temporary folders, profiles of users, other servers; Hyper-V's own default folder is in the public profile.
UNTRUSTED = re.compile(
    r"\\(downloads|temp|tmp)\\|(^|\\)[a-z]:\\users\\(?!public\\documents\\hyper-v\\)|^\\\\(?![.?]\\(?!unc\\))",
    re.IGNORECASE,
)


@recommendation("HOST-10")
def test_no_unknown_vhd_is_mounted(host: Host, policy: Policy) -> None:
    """Do not mount unknown VHDs: their file system is read by the kernel of the host."""
    images, known = host.mounted.images, [re.compile(p, re.IGNORECASE) for p in policy.mounted_vhd.allowed_path_regex]
    disks = [image for image in images if image.type is not ImageType.ISO]
    allowed = [disk for disk in disks if any(pattern.search(disk.path) for pattern in known)]
    with must(
        "a prepared file system attacks the kernel that mounts it; mounted_vhd.allowed_path_regex does not name it"
    ):
        assert [disk for disk in disks if disk not in allowed] == []
    with must("Windows does not say which file this disk is, so nothing can allow it"):
        assert host.mounted.nameless == ()
    with must("anybody may have put it there: a download, a profile, a temporary folder, another server"):
        assert [disk for disk in disks if UNTRUSTED.search(disk.path)] == []
    with review("an allowed disk, but nothing says that it is mounted read-only"):
        assert [disk for disk in allowed if disk.access is not ImageAccess.READ_ONLY] == []
    with review("an ISO image is mounted on the host: what for?"):
        assert [image for image in images if image.type is ImageType.ISO] == []
