"""What the checks of devices, services and protection say of the good world with one thing changed."""

from typing import Any

from hyperv_audit.collect.evidence import NoEvidence
from tests_tool.changes import (
    Change,
    World,
    add,
    denied,
    empty,
    error,
    failed,
    filtered_token,
    freebsd,
    guest,
    linux,
    lost,
    missing,
    put,
    together,
    windows,
)
from tests_tool.checks.good import (
    DATA_EXCHANGE,
    GUEST_SERVICE_INTERFACE,
    HEARTBEAT,
    MICROSOFT_WINDOWS,
    OTHER,
    PAY,
    SHUTDOWN,
    TIME_SYNCHRONIZATION,
    UEFI_CA,
    VSS,
    WEB,
    changed,
    good,
    policy,
)
from tests_tool.checks.table import cases
from tests_tool.judging import Case, Document

SILENT = guest()
GENERATION_1 = together(put("vms.vm.Generation", 1), lost("vms.firmware"))
OFF = put("vms.vm.State", 3)
PAUSED = put("vms.vm.State", 9)
REPLICA = together(OFF, put("vms.vm.ReplicationMode", 2))
TEMPLATES = {"templates": {"name_patterns": ["TPL-*"], "folders": ["D:\\Templates"], "notes_markers": ["#template"]}}
UBUNTU = together(linux("Ubuntu", "22.04"), put("vms.firmware.SecureBootTemplateId", UEFI_CA))

works = cases("VM-04")


def service(id_: str, **values: Any) -> Change:
    """One integration service of the machine shows other values."""

    def change(world: World) -> None:
        rows = [row for row in world.rows("vms.integration") if row["VMId"] == world.vm and row["Id"].endswith(id_)]
        rows[0].update(values)

    return change


def without(id_: str) -> Change:
    """The machine does not have this service."""

    def change(world: World) -> None:
        rows = world.rows("vms.integration")
        rows[:] = [row for row in rows if not (row["VMId"] == world.vm and row["Id"].endswith(id_))]

    return change


INTEGRATION = [
    works("nothing changed", "pass", "version not judged"),
    works("guest unknown", "pass", "as recommended", SILENT),
    *(
        works(f"{name} is off", "fail", name, service(id_, Enabled=False))
        for name, id_ in {
            "heartbeat": HEARTBEAT,
            "data-exchange": DATA_EXCHANGE,
            "shutdown": SHUTDOWN,
            "time-synchronization": TIME_SYNCHRONIZATION,
            "vss": VSS,
        }.items()
    ),
    works(
        "copying files is no such service", "pass", "version not judged", service(GUEST_SERVICE_INTERFACE, Enabled=True)
    ),
    works("a service is not there", "fail", "vss", without(VSS)),
    works("an id in braces and small letters", "pass", "version not judged", service(VSS, Id=f"x\\{{{VSS.lower()}}}")),
    works("off, and still OK", "fail", "heartbeat", service(HEARTBEAT, Enabled=False, Primary=2)),
    works(
        "a domain controller's clock",
        "pass",
        "version not judged",
        service(TIME_SYNCHRONIZATION, Enabled=False),
        vm={"time_sync_exempt": ["web"]},
    ),
    works(
        "another one's clock",
        "fail",
        "time-synchronization",
        service(TIME_SYNCHRONIZATION, Enabled=False),
        vm={"time_sync_exempt": ["DC-*"]},
    ),
    works(
        "a service that the policy does not ask for",
        "pass",
        "version not judged",
        service(VSS, Enabled=False),
        vm={"required_integration_services": ["heartbeat"]},
    ),
    works("a heartbeat without contact", "fail", "not installed", service(HEARTBEAT, Primary=12)),
    works(
        "without contact, just started",
        "review",
        "ten minutes",
        service(HEARTBEAT, Primary=12),
        put("vms.conditions.UptimeSeconds", 120),
    ),
    works("a heartbeat that fell silent", "review", "lost communication", service(HEARTBEAT, Primary=13)),
    works("another service that fell silent", "review", "lost communication", service(VSS, Primary=13)),
    *(
        works(f"a fault: {code}", "fail", "fault", service(VSS, Primary=code))
        for code in (3, 6, 7, 32782, 32783, 32784)
    ),
    *(
        works(f"a fault in the second column: {code}", "fail", "fault", service(VSS, Secondary=code))
        for code in (3, 6, 7, 32782, 32783, 32784)
    ),
    works("without contact by the second column", "fail", "not installed", service(HEARTBEAT, Secondary=12)),
    works("silent by the second column", "review", "lost communication", service(VSS, Secondary=13)),
    works("a second status of tomorrow", "review", "does not say how it is", service(VSS, Secondary=99)),
    works("disabled by the second column", "review", "does not say how it is", service(VSS, Secondary=32896)),
    works("a status of tomorrow", "review", "unknown", service(VSS, Primary=99)),
    works("a status that is none", "review", "does not say how it is", service(VSS, Primary=None)),
    works("disabled by its own account", "review", "does not say how it is", service(VSS, Primary=32896)),
    works("another version", "review", "different versions", service(VSS, Secondary=32775)),
    works("another version, OK beside OK", "pass", "version not judged", service(VSS, Secondary=2)),
    works("another version in a confirmed Linux", "pass", "as recommended", UBUNTU, service(VSS, Secondary=32775)),
    works(
        "another version in what claims to be Linux",
        "review",
        "different versions",
        linux("Ubuntu", "22.04"),
        service(VSS, Secondary=32775),
    ),
    works("a Linux without a daemon", "review", "daemon", UBUNTU, service(VSS, Primary=12)),
    works(
        "a Linux without a daemon that it must have",
        "fail",
        "vss",
        UBUNTU,
        service(VSS, Primary=12),
        vm={"linux_daemons_required": True},
    ),
    works("a Linux without a heartbeat", "fail", "heartbeat", UBUNTU, service(HEARTBEAT, Primary=12)),
    works(
        "a FreeBSD by policy has a heartbeat",
        "pass",
        "as recommended",
        SILENT,
        service(VSS, Primary=12),
        vm={"guest_os": {"web": "freebsd-13.2"}},
    ),
    works("a FreeBSD by its own claim", "review", "daemon", freebsd("13.2"), service(VSS, Primary=12)),
    works("the heartbeat says no", "review", "alive", put("vms.conditions.Heartbeat", 4)),
    works("the heartbeat says nothing", "review", "alive", put("vms.conditions.Heartbeat", None)),
    works("applications are unwell", "pass", "version not judged", put("vms.conditions.Heartbeat", 7)),
    works("no uptime", "review", "UptimeSeconds was not shown", put("vms.conditions.UptimeSeconds", None)),
    works("an old Windows, and no policy", "review", "min_is_version", windows("6.2.9200")),
    works(
        "an old Windows that says nothing of its components",
        "review",
        "does not say which components",
        windows("6.2.9200"),
        vm={"min_is_version": "6.3.9600"},
    ),
    works(
        "an old Windows with old components",
        "fail",
        "older than the policy's",
        guest(OSVersion="6.2.9200", ProductType="3", IntegrationServicesVersion="6.2.9200"),
        vm={"min_is_version": "6.3.9600"},
    ),
    works(
        "an old Windows with new components",
        "pass",
        "as recommended",
        guest(OSVersion="6.2.9200", ProductType="3", IntegrationServicesVersion="6.3.9600.18692"),
        vm={"min_is_version": "6.3.9600"},
    ),
    works(
        "components in words",
        "review",
        "does not say which components",
        guest(OSVersion="6.2.9200", ProductType="3", IntegrationServicesVersion="new"),
        vm={"min_is_version": "6.3.9600"},
    ),
    works("switched off", "review", "not-running", OFF),
    works("paused", "review", "not-running", PAUSED),
    works("switched off, and a service is off too", "fail", "vss", OFF, service(VSS, Enabled=False)),
    works("a replica", "pass", "was not judged", REPLICA),
    works("a template by its name", "pass", "was not judged", OFF, vm={"templates": {"name_patterns": ["w*"]}}),
    works(
        "a template by its folder",
        "pass",
        "was not judged",
        OFF,
        put("vms.vm.Path", "D:\\Templates\\web"),
        vm=TEMPLATES,
    ),
    works(
        "no template by a folder like it",
        "review",
        "not-running",
        OFF,
        put("vms.vm.Path", "D:\\Templates-old"),
        vm=TEMPLATES,
    ),
    works(
        "a template by its notes",
        "pass",
        "was not judged",
        OFF,
        put("vms.conditions.Notes", "#template 2026"),
        vm=TEMPLATES,
    ),
    works(
        "notes that were not shown",
        "review",
        "Notes was not shown",
        OFF,
        put("vms.conditions.Notes", None),
        vm=TEMPLATES,
    ),
    works("nobody's rows", "review", "no row of this VM", lambda world: world.rows("vms.integration").clear()),
    works("denied", "error", "AccessDenied", denied("vms.integration")),
    works("empty, and a filtered token", "error", "no administrator", empty("vms.integration"), filtered_token),
    works("no such probe", "error", "no such probe", missing("vms.integration")),
    works(
        "this machine's could not be read",
        "review",
        "OperationFailed",
        error("vms.integration", "OperationFailed", target=WEB),
    ),
    works("another machine's could not be read", "pass", "version not judged", error("vms.integration", target=OTHER)),
    works("nobody knows whose error", "review", "some rows", error("vms.integration")),
    works("on or off is in words", "review", "Enabled is 'yes'", service(VSS, Enabled="yes")),
    works("on or off was not shown", "review", "Enabled is None", service(VSS, Enabled=None)),
    works(
        "a critical machine",
        "review",
        "vm-config-unavailable",
        put("vms.vm.State", 32786),
        error("vms.integration", target=WEB),
    ),
]
SHIELDED_SERVICES = [
    Case(
        "VM-04",
        f"shielded: {name}",
        verdict,
        says,
        lambda change=change: changed([change], PAY).topics(),  # type: ignore[misc]
        policy(),
        PAY,
    )
    for name, verdict, says, change in (
        ("data exchange is silent", "pass", "as recommended", service(DATA_EXCHANGE, Primary=12)),
        ("VSS is off", "pass", "as recommended", service(VSS, Enabled=False)),
        ("the heartbeat is silent", "fail", "heartbeat", service(HEARTBEAT, Primary=12)),
    )
]

devices = cases("VM-08")


def dvd(kind: int, path: str | None, *, is_there: bool | None = True) -> Change:
    """What is in the DVD drive."""
    return together(put("vms.dvd.MediaType", kind), put("vms.dvd.Path", path), put("vms.dvd.IsThere", is_there))


ISO = dvd(1, "D:\\ISO\\tools.iso")
NEW = put("vms.vm.CreationTime", "2999-02-03T10:20:30.0000000Z")
ALLOWED_ISO = {"allowed_iso": ["d:\\iso\\*"]}
LEGACY = add("vms.legacy_adapters", {"VMId": WEB.upper(), "Name": "Legacy Network Adapter"})
PORT = "vms.com_ports"
HOST_DISK = add("vms.disks", {"VMId": WEB, "Path": "Disk 3", "DiskNumber": 3})
FIBRE = add("vms.fibre_channel", {"VMId": WEB, "San": "prod"})
GPU = add("vms.gpu_partitions", {"VMId": WEB, "Id": "Microsoft:x"})


def shared(reservations: bool | None) -> Change:
    """A disk, and whether several machines may write to it."""
    row = {"VMId": WEB.upper(), "Path": "D:\\q.vhdx", "PersistentReservations": reservations}
    return add("vms.shared_disks", row)


SHARED = shared(reservations=True)


def console(sid: str, access: int = 0) -> Change:
    """Somebody was let to the console."""
    return add("vms.console_access", {"VMId": WEB, "Name": "LAB\\ops", "Sid": sid, "Access": access})


def controllers(*drives: int) -> Change:
    """Further SCSI controllers with so many drives."""
    return add("vms.controllers", *({"VMId": WEB, "Number": n, "Drives": d} for n, d in enumerate(drives, 1)))


DEVICES = [
    devices("nothing changed", "pass", "as recommended"),
    devices("an image", "fail", "tools.iso", ISO),
    devices("an allowed image", "pass", "as recommended", ISO, vm=ALLOWED_ISO),
    devices("an allowed folder and a way out of it", "fail", "..", dvd(1, "D:\\ISO\\..\\x.iso"), vm=ALLOWED_ISO),
    devices("an image, switched off", "review", "next start", ISO, OFF),
    devices("an image, made today", "review", "made within a day", ISO, NEW),
    devices(
        "an image, made a day less a minute before it was seen",
        "review",
        "made within a day",
        ISO,
        put("vms.vm.CreationTime", "2026-01-01T03:05:05.0000000Z"),
    ),
    devices(
        "an image, made a day and a minute before",
        "fail",
        "allowed_iso",
        ISO,
        put("vms.vm.CreationTime", "2026-01-01T03:03:05.0000000Z"),
    ),
    devices("an image that is gone", "review", "gone", dvd(1, "D:\\ISO\\x.iso", is_there=False), vm=ALLOWED_ISO),
    devices(
        "an image on a share", "fail", "unknown tools.iso", dvd(1, "\\\\fs09\\iso\\unknown tools.iso", is_there=None)
    ),
    devices(
        "an allowed image on a share",
        "review",
        "cannot tell whether",
        dvd(1, "\\\\fs09\\iso\\tools.iso", is_there=None),
        vm={"allowed_iso": ["\\\\fs09\\iso\\*"]},
    ),
    devices(
        "an allowed image on a volume by its id",
        "review",
        "cannot tell whether",
        dvd(1, "\\\\?\\Volume{c0000000-0000-0000-0000-000000000002}\\tools.iso", is_there=None),
        vm={"allowed_iso": ["*\\tools.iso"]},
    ),
    devices(
        "an image in a profile on a share",
        "fail",
        "profile",
        dvd(1, "\\\\fs01\\users\\jdoe\\x.iso", is_there=None),
        vm={"allowed_iso": ["\\\\fs01\\*"]},
    ),
    devices(
        "an image in a profile, allowed",
        "fail",
        "profile",
        dvd(1, "C:\\Users\\jdoe\\x.iso"),
        vm={"allowed_iso": ["C:\\*"]},
    ),
    devices(
        "an image in a profile, the long way",
        "fail",
        "profile",
        dvd(1, "\\\\?\\C:\\Users\\Public\\x.iso"),
        vm={"allowed_iso": ["C:\\*"]},
    ),
    devices("the host's drive", "fail", "host itself", dvd(2, "D:", is_there=None)),
    devices("a medium of tomorrow", "fail", "not known", dvd(7, None)),
    devices("an empty drive that should not be", "review", "empty drive", vm={"no_empty_dvd": True}),
    devices("no drive at all", "pass", "as recommended", lost("vms.dvd"), vm={"no_empty_dvd": True}),
    devices(
        "a floppy image", "fail", "boot.vfd", GENERATION_1, add("vms.floppy", {"VMId": WEB, "Path": "D:\\boot.vfd"})
    ),
    devices(
        "an allowed floppy image",
        "pass",
        "as recommended",
        GENERATION_1,
        add("vms.floppy", {"VMId": WEB, "Path": "D:\\boot.vfd"}),
        vm={"allow_floppy": ["web"]},
    ),
    devices(
        "an empty floppy drive", "pass", "as recommended", GENERATION_1, add("vms.floppy", {"VMId": WEB, "Path": None})
    ),
    devices("a debugger", "fail", "kernel debugger", put(f"{PORT}.DebuggerMode", 0)),
    devices("a debugger of tomorrow", "fail", "unknown", put(f"{PORT}.DebuggerMode", 2)),
    devices("0 is On, and not false", "review", "DebuggerMode is False", put(f"{PORT}.DebuggerMode", False)),
    devices("a pipe", "fail", "pipe", put(f"{PORT}.Path", "\\\\.\\pipe\\x")),
    devices(
        "an allowed pipe", "pass", "as recommended", put(f"{PORT}.Path", "\\\\.\\pipe\\x"), vm={"allow_com_pipe": ["*"]}
    ),
    devices(
        "a pipe elsewhere",
        "fail",
        "another machine",
        put(f"{PORT}.Path", "\\\\m7\\pipe\\kd"),
        vm={"allow_com_pipe": ["*"]},
    ),
    devices("ports were not shown", "review", "no row of this VM", lost(PORT), lost(PORT)),
    devices("the firmware's debug port", "fail", "debug port", put("vms.settings.DebugPortEnabled", 1)),
    devices("the firmware's console", "pass", "serial port", put("vms.settings.ConsoleMode", 1)),
    devices("a disk of the host", "fail", "disk 3 of the host", HOST_DISK),
    devices(
        "an allowed disk of the host", "review", "offline in the host", HOST_DISK, vm={"allow_passthrough": ["web"]}
    ),
    devices(
        "a disk of the host whose number was not shown",
        "review",
        "is no path",
        add("vms.disks", {"VMId": WEB, "Path": "Datenträger 3 465 GB", "DiskNumber": None}),
    ),
    devices(
        "a disk that can be shared",
        "review",
        "guest_clusters",
        SHARED,
    ),
    devices("a disk that may be one", "review", "PersistentReservations is None", shared(reservations=None)),
    devices("a disk that cannot be shared", "pass", "as recommended", shared(reservations=False)),
    devices("a VHD set", "review", "guest_clusters", put("vms.disks.Path", "D:\\VMs\\q.VHDS")),
    devices(
        "disks of a guest cluster",
        "pass",
        "as recommended",
        SHARED,
        vm={"guest_clusters": ["w*"]},
    ),
    devices("unfiltered SCSI", "fail", "SCSI", put("vms.settings.AllowFullSCSICommandSet", True)),
    devices(
        "allowed unfiltered SCSI",
        "pass",
        "as recommended",
        put("vms.settings.AllowFullSCSICommandSet", True),
        vm={"allow_full_scsi": ["web"]},
    ),
    devices("one idle controller", "pass", "as recommended", controllers(0)),
    devices("two idle controllers", "review", "without a drive", controllers(0, 0)),
    devices("two busy controllers", "pass", "as recommended", controllers(1, 2)),
    devices(
        "two idle controllers by policy", "pass", "as recommended", controllers(0, 0), vm={"max_empty_controllers": 2}
    ),
    devices("a key storage drive", "pass", "key storage drive", put("vms.protection_settings.KsdEnabled", True)),
    devices("a legacy adapter", "fail", "Legacy", LEGACY),
    devices("a legacy adapter, guest unknown", "review", "guest-os-unknown", LEGACY, SILENT),
    devices("a legacy adapter to start from", "pass", "as recommended", LEGACY, vm={"allow_pxe": ["web"]}),
    devices("copying files", "fail", "copy files", service(GUEST_SERVICE_INTERFACE, Enabled=True)),
    devices(
        "allowed copying",
        "pass",
        "as recommended",
        service(GUEST_SERVICE_INTERFACE, Enabled=True),
        vm={"allow_guest_file_copy": ["web"]},
    ),
    devices("nobody knows of copying", "review", "guest-service-interface", without(GUEST_SERVICE_INTERFACE)),
    devices("RemoteFX", "fail", "RemoteFX", put("vms.conditions.RemoteFx", True)),
    devices(
        "a machine that has gone", "review", "AutomaticStartAction", put("vms.conditions.AutomaticStartAction", None)
    ),
    devices(
        "a build without GPU partitions",
        "pass",
        "as recommended",
        error("vms.gpu_partitions", "HRESULT 0x80041010,Microsoft.Management.Infrastructure.CimCmdlets.GetCimInstance"),
    ),
    devices("a GPU partition", "fail", "graphics card", GPU),
    devices("an allowed GPU partition", "pass", "as recommended", GPU, vm={"allowed_gpu_partition": ["web"]}),
    devices("Fibre Channel", "fail", "prod", FIBRE),
    devices("allowed Fibre Channel", "pass", "as recommended", FIBRE, vm={"allow_fibre_channel": ["web"]}),
    *(
        devices(f"protection weakened: {code}", "review", word, put("vms.processor_status.Codes", [2, code]))
        for code, word in (
            (40020, "serial"),
            (40021, "debugging"),
            (40022, "legacy"),
            (40023, "DVD"),
            (40024, "floppy"),
        )
    ),
    devices("protection of which nothing is said", "review", "no status", put("vms.processor_status.Codes", [])),
    devices("no status, switched off", "pass", "as recommended", OFF, put("vms.processor_status.Codes", [])),
    devices("protection that works", "pass", "as recommended", put("vms.processor_status.Codes", [40001])),
    devices("everyone at the console", "fail", "S-1-1-0", console("S-1-1-0")),
    devices("everyone kept from the console", "pass", "as recommended", console("S-1-1-0", 1)),
    devices("an entry of tomorrow", "fail", "S-1-1-0", console("S-1-1-0", 5)),
    devices(
        "somebody of the policy's",
        "pass",
        "as recommended",
        console("S-1-5-21-1-2-3-9"),
        vm={"console_access": ["S-1-5-21-1-2-3-9"]},
    ),
    devices(
        "a group of whatever domain",
        "pass",
        "as recommended",
        console("S-1-5-21-1-2-3-512"),
        vm={"console_access": ["*-512"]},
    ),
    devices(
        "a group like it",
        "fail",
        "-1512",
        console("S-1-5-21-1-2-3-1512"),
        vm={"console_access": ["*-512"]},
    ),
    devices(
        "an enhanced session",
        "review",
        "clipboard",
        put("hyperv.host.EnhancedSession", True),
        put("vms.conditions.EnhancedSession", 1),
    ),
    devices(
        "a transport that the host does not offer", "pass", "as recommended", put("vms.conditions.EnhancedSession", 1)
    ),
    devices(
        "an allowed enhanced session",
        "pass",
        "as recommended",
        put("hyperv.host.EnhancedSession", True),
        put("vms.conditions.EnhancedSession", 1),
        vm={"allow_enhanced_session": True},
    ),
    devices("a console that stays open", "fail", "stays open", vm={"require_lock_on_disconnect": True}),
    devices(
        "a console that locks",
        "pass",
        "as recommended",
        put("vms.conditions.LockOnDisconnect", 0),
        vm={"require_lock_on_disconnect": True},
    ),
    devices(
        "a console of which nobody knows",
        "fail",
        "stays open",
        put("vms.conditions.LockOnDisconnect", None),
        vm={"require_lock_on_disconnect": True},
    ),
    *(
        devices(f"{probe} denied", "error", "AccessDenied", denied(f"vms.{probe}"))
        for probe in (
            "dvd",
            "com_ports",
            "controllers",
            "gpu_partitions",
            "fibre_channel",
            "console_access",
            "settings",
            "disks",
        )
    ),
    *(
        devices(
            f"{probe} of this machine",
            "review",
            "OperationFailed",
            error(f"vms.{probe}", "OperationFailed", target=WEB),
        )
        for probe in (
            "dvd",
            "com_ports",
            "controllers",
            "gpu_partitions",
            "fibre_channel",
            "console_access",
            "settings",
            "disks",
        )
    ),
]

vbs = cases("VM-10")
SYSTEM = good()["os"]
VERSION, COMPUTER = SYSTEM["version"][0], SYSTEM["computer"][0]


def inside(status: int, running: list[int]) -> Document:
    """What the guest shows of its own protection."""
    guard = {
        "AvailableSecurityProperties": [1, 2],
        "RequiredSecurityProperties": [1],
        "SecurityServicesConfigured": [1, 2],
        "SecurityServicesRunning": running,
        "VirtualizationBasedSecurityStatus": status,
        "CodeIntegrityPolicyEnforcementStatus": 0,
        "UsermodeCodeIntegrityPolicyEnforcementStatus": 0,
    }
    token = {"data": {"token": ["S-1-5-32-544", "S-1-16-12288"]}, "errors": [], "seconds": 0.1}
    member = {"data": {"version": [VERSION], "computer": [COMPUTER]}, "errors": [], "seconds": 0.1}
    return {
        "session": token,
        "os": member,
        "security": {"data": {"device_guard": [guard]}, "errors": [], "seconds": 0.1},
    }


def seen(
    check: str, name: str, verdict: str, says: str, shown: Document | NoEvidence, *changes: Change, **vm: Any
) -> Case:
    """A machine that was asked inside."""
    answers = policy(vm=vm)
    return Case(check, name, verdict, says, lambda: changed(changes, WEB).topics(), answers, WEB, lambda: shown)


CLOSED = NoEvidence(kind="InvalidCredential", stage="powershell-direct", message="refused", next_step="look")
OPT_OUT = put("vms.protection_settings.VirtualizationBasedSecurityOptOut", True)
PROTECTED_INSIDE = [
    vbs("nothing changed", "review", "guest-access-not-configured"),
    seen("VM-10", "it runs", "pass", "as recommended", inside(2, [1, 2])),
    seen("VM-10", "it is configured", "fail", "not running (1)", inside(1, [0])),
    seen("VM-10", "it is off", "fail", "off (0)", inside(0, [0])),
    seen("VM-10", "without memory integrity", "fail", "memory integrity", inside(2, [1])),
    seen("VM-10", "a member server without Credential Guard", "fail", "Credential Guard", inside(2, [2])),
    seen("VM-10", "a status of tomorrow", "fail", "unknown", inside(9, [2])),
    seen("VM-10", "opted out, and it runs nevertheless", "fail", "withholds", inside(2, [1, 2]), OPT_OUT),
    seen("VM-10", "the way inside is closed", "review", "InvalidCredential", CLOSED),
    vbs("guest unknown", "review", "guest-access-not-configured", SILENT),
    vbs("switched off", "review", "not-running", OFF),
    vbs("a replica", "not applicable", "assessed-on-primary", REPLICA),
    vbs("a replica that opts out", "fail", "withholds", REPLICA, OPT_OUT),
    vbs("opted out", "fail", "withholds", OPT_OUT),
    vbs("opted out, guest unknown", "fail", "withholds", OPT_OUT, SILENT),
    vbs("opted out by policy", "not applicable", "vbs_opt_out_allowed", OPT_OUT, vm={"vbs_opt_out_allowed": ["web"]}),
    vbs("might opt out, and does not", "review", "guest-access", vm={"vbs_opt_out_allowed": ["web"]}),
    seen("VM-10", "might opt out, and it is off", "fail", "off (0)", inside(0, [0]), vbs_opt_out_allowed=["web"]),
    vbs("version 7.1", "fail", "too old", put("vms.vm.Version", "7.1")),
    vbs("Fibre Channel", "fail", "Fibre Channel", FIBRE),
    vbs("unfiltered SCSI", "fail", "SCSI", put("vms.settings.AllowFullSCSICommandSet", True)),
    vbs("Secure Boot off", "fail", "Secure Boot", put("vms.firmware.SecureBoot", 1)),
    vbs("generation 1", "fail", "generation 1", GENERATION_1),
    vbs("generation 1, guest unknown", "review", "guest-os-unknown", GENERATION_1, SILENT),
    vbs("a Linux", "not applicable", "ubuntu", UBUNTU),
    vbs(
        "a Linux whose template binds nobody",
        "review",
        "confirm it",
        UBUNTU,
        put("vms.firmware.SecureBoot", 1),
    ),
    seen("VM-10", "what claims to be Linux is a Windows inside", "fail", "off (0)", inside(0, [0]), UBUNTU),
    seen(
        "VM-10",
        "what claims to be a Windows of 2012 is a newer one inside",
        "fail",
        "off (0)",
        inside(0, [0]),
        windows("6.3.9600"),
    ),
    vbs("what claims to be Linux", "review", "confirm it", linux("Ubuntu", "22.04")),
    vbs(
        "what claims to be Linux, with Windows' template",
        "review",
        "confirm it",
        linux("Ubuntu", "22.04"),
        put("vms.firmware.SecureBootTemplateId", MICROSOFT_WINDOWS),
    ),
    vbs("Windows Server 2012 R2 by its own claim", "review", "confirm it", windows("6.3.9600")),
    vbs(
        "Windows Server 2012 R2 by policy",
        "not applicable",
        "2012-r2",
        vm={"guest_os": {"web": "windows-server-2012-r2"}},
    ),
    vbs("a Windows of tomorrow", "review", "guest-access-not-configured", windows("11.0.1")),
    vbs(
        "opting out was not shown",
        "review",
        "OptOut is None",
        put("vms.protection_settings.VirtualizationBasedSecurityOptOut", None),
    ),
    vbs("protection denied", "error", "AccessDenied", denied("vms.protection_settings")),
    vbs("protection of this machine", "review", "OperationFailed", failed("vms.protection_settings")),
]

direct = cases("VM-11")
PCI = {"InstanceId": "PCIP\\VEN_10DE&DEV_1eb8&SUBSYS_0\\4&1", "LocationPath": "PCIROOT(0)#PCI(0300)"}
DEVICE = together(add("vms.assigned_devices", {"VMId": WEB, **PCI}), put("vms.conditions.AutomaticStopAction", 2))
NEEDED = {"vm": "web", "location_path": "PCIROOT(0)#PCI(0300)", "vendor_device": "10DE:1EB8", "reason": "CHG-1"}
TRUSTED = {"trusted_dda_vendors": ["10de"], "allowed_dda": [NEEDED]}
ASSIGNED = [
    direct("nothing changed", "pass", "as recommended"),
    direct("a device", "fail", "10DE:1EB8", DEVICE),
    direct("a needed device", "pass", "by force", DEVICE, vm=TRUSTED),
    direct(
        "a needed device in other letters",
        "pass",
        "by force",
        DEVICE,
        vm={**TRUSTED, "allowed_dda": [{**NEEDED, "location_path": "pciroot(0)#pci(0300)"}]},
    ),
    direct(
        "a needed device of a vendor that is not trusted",
        "fail",
        "trusted_dda_vendors",
        DEVICE,
        vm={"allowed_dda": [NEEDED]},
    ),
    direct("a trusted device that nobody needs", "fail", "allowed_dda", DEVICE, vm={"trusted_dda_vendors": ["10DE"]}),
    direct(
        "another device in its place",
        "fail",
        "allowed_dda",
        DEVICE,
        vm={**TRUSTED, "allowed_dda": [{**NEEDED, "vendor_device": "10DE:2222"}]},
    ),
    direct(
        "the device of another machine",
        "fail",
        "allowed_dda",
        DEVICE,
        vm={**TRUSTED, "allowed_dda": [{**NEEDED, "vm": "pay"}]},
    ),
    direct("a guest that is not trusted", "fail", "not trusted", DEVICE, vm={**TRUSTED, "untrusted_vms": ["web"]}),
    direct(
        "a device without a vendor",
        "fail",
        "an unknown device",
        add("vms.assigned_devices", {"VMId": WEB, **PCI, "InstanceId": None}),
        vm=TRUSTED,
    ),
    direct(
        "saved when the host stops", "review", "saved", DEVICE, put("vms.conditions.AutomaticStopAction", 3), vm=TRUSTED
    ),
    direct("dynamic memory", "review", "dynamic", DEVICE, put("vms.conditions.DynamicMemoryEnabled", True), vm=TRUSTED),
    direct(
        "in a cluster",
        "review",
        "cluster",
        DEVICE,
        add("cluster.machines", {"VMId": WEB.upper(), "Name": "web", "Owner": "HV01"}),
        vm=TRUSTED,
    ),
    direct("an idle device", "review", "no machine has them", add("hyperv.assignable_devices", PCI)),
    direct(
        "a device that a machine has", "pass", "by force", DEVICE, add("hyperv.assignable_devices", PCI), vm=TRUSTED
    ),
    direct(
        "a device of another machine's",
        "pass",
        "as recommended",
        add("vms.assigned_devices", {"VMId": PAY, **PCI}),
        add("hyperv.assignable_devices", PCI),
    ),
    direct("devices denied", "error", "AccessDenied", denied("vms.assigned_devices")),
    direct(
        "no such command",
        "error",
        "CommandNotFoundException",
        error("vms.assigned_devices", "CommandNotFoundException"),
    ),
    direct("the host's denied", "error", "AccessDenied", denied("hyperv.assignable_devices")),
    direct("another machine's, and no rows", "pass", "as recommended", error("vms.assigned_devices", target=OTHER)),
    direct(
        "this machine's",
        "review",
        "OperationFailed",
        error("vms.assigned_devices", "OperationFailed", target=WEB),
        add("vms.assigned_devices", {"VMId": PAY, **PCI}),
    ),
]

encrypted = cases("VM-13")
TPM = put("vms.security.TpmEnabled", True)
ENCRYPTS = together(
    put("vms.security.EncryptStateAndVmMigrationTraffic", True),
    put("vms.protection_settings.EncryptStateAndVmMigrationTraffic", True),
    put("vms.protection_in_force.EncryptStateAndVmMigrationTraffic", True),
    put("vms.key_protector.Length", 3970),
)
REPLICATED = together(put("vms.vm.ReplicationMode", 1), add("vms.replication", {"VMId": WEB, "AuthenticationType": 1}))
HTTPS = {"require_replication_https": True}
ENCRYPTION = [
    encrypted("nothing changed", "not applicable", "encrypt_state_required"),
    encrypted("whether its way is encrypted, the host's half says", "not applicable", "HOST-02d"),
    encrypted("a virtual TPM", "fail", "encrypts_state_and_migration: no", TPM),
    encrypted("a virtual TPM and encryption", "pass", "says nothing of storage", TPM, ENCRYPTS),
    encrypted(
        "encryption by a key storage drive",
        "pass",
        "says nothing",
        put("vms.protection_settings.KsdEnabled", True),
        ENCRYPTS,
    ),
    encrypted("required", "fail", "encrypts_state_and_migration: no", vm={"encrypt_state_required": ["web"]}),
    encrypted("to be shielded", "fail", "encrypts_state_and_migration: no", vm={"shielding_required": ["web"]}),
    encrypted("required and there", "pass", "says nothing", TPM, ENCRYPTS, vm={"encrypt_state_required": ["web"]}),
    encrypted(
        "set without effect",
        "fail",
        "no effect",
        put("vms.protection_settings.EncryptStateAndVmMigrationTraffic", True),
    ),
    encrypted(
        "not before the next start",
        "review",
        "next start",
        TPM,
        ENCRYPTS,
        put("vms.protection_in_force.EncryptStateAndVmMigrationTraffic", False),
    ),
    encrypted(
        "switched off",
        "pass",
        "says nothing",
        OFF,
        TPM,
        ENCRYPTS,
        put("vms.protection_in_force.EncryptStateAndVmMigrationTraffic", False),
    ),
    encrypted("without a key protector", "review", "key protector", TPM, ENCRYPTS, put("vms.key_protector.Length", 4)),
    encrypted("replication in clear", "fail", "plain HTTP", REPLICATED, vm=HTTPS),
    encrypted("replication in clear, not asked", "not applicable", "encrypt_state_required", REPLICATED),
    encrypted(
        "replication by certificate",
        "not applicable",
        "encrypt_state_required",
        together(put("vms.vm.ReplicationMode", 1), add("vms.replication", {"VMId": WEB, "AuthenticationType": 2})),
        vm=HTTPS,
    ),
    encrypted(
        "replication of which nobody knows", "review", "no row of this VM", put("vms.vm.ReplicationMode", 2), vm=HTTPS
    ),
    encrypted(
        "replication in a way of tomorrow",
        "fail",
        "unknown",
        together(put("vms.vm.ReplicationMode", 1), add("vms.replication", {"VMId": WEB, "AuthenticationType": 9})),
        vm=HTTPS,
    ),
    encrypted("a template with a virtual TPM", "fail", "encrypts", OFF, TPM, vm=TEMPLATES),
    encrypted("the flag denied", "error", "AccessDenied", denied("vms.protection_settings")),
    encrypted(
        "the flag was not shown",
        "review",
        "EncryptStateAndVmMigrationTraffic is None",
        put("vms.protection_settings.EncryptStateAndVmMigrationTraffic", None),
    ),
    encrypted("the flag of this machine", "review", "OperationFailed", failed("vms.protection_settings")),
]

nested = cases("VM-14")
EXPOSED = put("vms.processors.ExposeVirtualizationExtensions", True)
ALLOWED = {"allow_nested": ["web"]}


def features(*names: str) -> Document:
    """What is installed in the guest, where no hypervisor's service runs."""
    data = {
        "os": {"computer": [COMPUTER]},
        "session": {"token": ["S-1-5-32-544", "S-1-16-12288"]},
        "software": {"features": [*names]},
        "guest": {"services": ["EventLog"]},
    }
    return {topic: {"data": probes, "errors": [], "seconds": 0.1} for topic, probes in data.items()}


NESTING = [
    nested("nothing changed", "pass", "as recommended"),
    nested("exposed", "fail", "allow_nested", EXPOSED),
    nested("allowed, and nobody looked", "review", "guest-access-not-configured", EXPOSED, vm=ALLOWED),
    nested("allowed by HOST-11", "review", "guest-access-not-configured", EXPOSED, nested={"allowed_vms": ["web"]}),
    seen("VM-14", "allowed, with Hyper-V", "pass", "as recommended", features("Hyper-V"), EXPOSED, **ALLOWED),
    seen(
        "VM-14",
        "allowed, without Hyper-V",
        "review",
        "does not have Hyper-V",
        features("Web-Server"),
        EXPOSED,
        **ALLOWED,
    ),
    seen("VM-14", "with Hyper-V, not allowed", "fail", "allow_nested", features("Hyper-V"), EXPOSED),
    nested("a domain controller", "fail", "domain controller", EXPOSED, windows("10.0.20348", 2), vm=ALLOWED),
    nested(
        "a domain controller by policy", "fail", "domain controller", EXPOSED, vm={**ALLOWED, "roles": {"web": "dc"}}
    ),
    nested("a Linux", "fail", "Hyper-V is supported", EXPOSED, linux("Ubuntu", "22.04"), vm=ALLOWED),
    nested("allowed, guest unknown", "review", "guest-access-not-configured", EXPOSED, SILENT, vm=ALLOWED),
    nested("a replica", "not applicable", "assessed-on-primary", EXPOSED, REPLICA, vm=ALLOWED),
    nested("switched off", "review", "not-running", EXPOSED, OFF, vm=ALLOWED),
    nested("denied", "error", "AccessDenied", denied("vms.processors")),
    nested("not shown", "review", "is None", put("vms.processors.ExposeVirtualizationExtensions", None)),
]

FRAME = [
    cases("VM-01")(
        "a template of generation 1, guest unknown to the policy",
        "review",
        "a template of generation 1",
        GENERATION_1,
        put("vms.vm.Name", "TPL-1"),
        vm=TEMPLATES,
    ),
    cases("VM-01")(
        "a template of generation 1 for a capable guest",
        "fail",
        "vm.generation: 1",
        GENERATION_1,
        put("vms.vm.Name", "TPL-1"),
        vm={**TEMPLATES, "guest_os": {"TPL-*": "windows-server-2022"}},
    ),
    cases("VM-02")("the certificates of 2023", "review", "certificates of 2023", vm={"require_2023_certs": True}),
    cases("VM-12")("set, and not in force", "review", "not in force", put("vms.protection_in_force.Shielded", False)),
    cases("VM-12")(
        "set, not in force, and switched off",
        "pass",
        "as recommended",
        OFF,
        put("vms.protection_in_force.Shielded", False),
    ),
    cases("VM-12")(
        "a guest that cannot be shielded", "fail", "cannot be shielded", vm={"guest_os": {"pay": "windows-7"}}
    ),
    cases("VM-12")("in force was not read", "error", "AccessDenied", denied("vms.protection_in_force")),
]

CASES: list[Case] = [
    *INTEGRATION,
    *SHIELDED_SERVICES,
    *DEVICES,
    *PROTECTED_INSIDE,
    *ASSIGNED,
    *ENCRYPTION,
    *NESTING,
    *FRAME,
]
