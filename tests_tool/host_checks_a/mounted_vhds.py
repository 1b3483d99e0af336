"""HOST-10, row by row."""

from tests_tool.changes import Change, add, canary, denied, empty, filtered_token
from tests_tool.host_checks_a.table import case

BACKUP = {"allowed_path_regex": ["^E:\\\\Backup\\\\"]}


def image(path: object, type_: object = 0, access: object = 2) -> Change:
    """A row of Msvm_MountedStorageImage."""
    return add("mounted.images", {"Path": path, "Type": type_, "Access": access})


def file_disk(path: object) -> Change:
    """A disk of Windows that is backed by a file."""
    return add("mounted.file_disks", {"Number": 2, "Path": path})


CASES = [
    case("HOST-10", "nothing is mounted", "pass", "as recommended"),
    case("HOST-10", "an unknown disk", "fail", "D:\\a.vhdx (read-write)", image("D:\\a.vhdx")),
    case("HOST-10", "read-only is no excuse", "fail", "D:\\a.vhdx (read-only)", image("D:\\a.vhdx", access=1)),
    case(
        "HOST-10", "only a disk of Windows shows it", "fail", "D:\\a.vhdx (access not shown)", file_disk("D:\\a.vhdx")
    ),
    case(
        "HOST-10", "an allowed disk, read-only", "pass", "", image("E:\\Backup\\a.vhdx", access=1), mounted_vhd=BACKUP
    ),
    case(
        "HOST-10",
        "an allowed disk that both show, read-only",
        "pass",
        "",
        image("E:\\Backup\\a.vhdx", access=1),
        file_disk("e:\\backup\\A.VHDX"),
        mounted_vhd=BACKUP,
    ),
    case(
        "HOST-10", "an allowed disk, read-write", "review", "read-only", image("e:\\backup\\a.vhdx"), mounted_vhd=BACKUP
    ),
    case(
        "HOST-10",
        "an allowed disk, access not shown",
        "review",
        "access not shown",
        file_disk("E:\\Backup\\a.vhdx"),
        mounted_vhd=BACKUP,
    ),
    case(
        "HOST-10", "an unknown access", "review", "unknown", image("E:\\Backup\\a.vhdx", access=9), mounted_vhd=BACKUP
    ),
    *(
        case(
            "HOST-10",
            f"allowed, but {path}",
            "fail",
            "anybody may have put it there",
            image(path, access=1),
            mounted_vhd={"allowed_path_regex": ["."]},
        )
        for path in (
            "C:\\Users\\jdoe\\a.vhdx",
            "D:\\Downloads\\a.vhdx",
            "C:\\Windows\\Temp\\a.vhd",
            "\\\\fs01\\share\\a.vhdx",
            "\\\\?\\UNC\\fs01\\share\\a.vhdx",
        )
    ),
    case(
        "HOST-10",
        "Hyper-V's own folder in the public profile",
        "pass",
        "",
        image("C:\\Users\\Public\\Documents\\Hyper-V\\Virtual Hard Disks\\a.vhdx", access=1),
        mounted_vhd={"allowed_path_regex": ["."]},
    ),
    case("HOST-10", "an ISO image", "review", "what for", image("D:\\setup.iso", 1, 1)),
    case("HOST-10", "an unknown type is a disk", "fail", "D:\\a.bin", image("D:\\a.bin", 5)),
    case("HOST-10", "images denied", "error", "AccessDenied", denied("mounted.images")),
    case("HOST-10", "disks denied", "error", "AccessDenied", denied("mounted.file_disks")),
    case("HOST-10", "empty without rights", "error", "full token", filtered_token),
    case("HOST-10", "empty, and Hyper-V cannot be seen", "error", "cannot see Hyper-V", canary(0)),
    case(
        "HOST-10",
        "disks empty without rights",
        "error",
        "full token",
        image("D:\\a.vhdx"),
        empty("mounted.file_disks"),
        filtered_token,
    ),
    case("HOST-10", "a path that is null", "error", "Path", image(None)),
    case("HOST-10", "an access that is null", "error", "Access", image("D:\\a.vhdx", access=None)),
    case("HOST-10", "a disk without its file", "fail", "does not say which file", file_disk(None)),
    case(
        "HOST-10",
        "nothing can allow a disk without its file",
        "fail",
        "found host.mounted.nameless: 2",
        file_disk(None),
        mounted_vhd={"allowed_path_regex": ["."]},
    ),
    case(
        "HOST-10",
        "its file is that of the image",
        "pass",
        "",
        image("E:\\Backup\\a.vhdx", access=1),
        file_disk(None),
        mounted_vhd=BACKUP,
    ),
    case(
        "HOST-10",
        "the image is another disk",
        "fail",
        "does not say which file",
        image("E:\\Backup\\a.vhdx", access=1),
        file_disk("E:\\Backup\\a.vhdx"),
        file_disk(None),
        mounted_vhd=BACKUP,
    ),
    case(
        "HOST-10",
        "an ISO image is no disk",
        "fail",
        "does not say which file",
        image("D:\\setup.iso", 1, 1),
        file_disk(None),
    ),
    case("HOST-10", "a disk's file that is no text", "error", "Path", file_disk(7)),
]
