"""VM-02, VM-04, VM-10 and VM-14: what a look inside adds to what the host shows."""

from tests_tool.changes import Change, denied, put, rows
from tests_tool.changes import guest as says
from tests_tool.changes import linux as says_linux
from tests_tool.guest_checks.good import SERVICES, cases, linux, prints
from tests_tool.judging import Case

BOOT, LINUX_BOOT = cases("VM-02"), cases("VM-02", linux)
DAEMONS = cases("VM-04", linux)
VBS, NESTING = cases("VM-10"), cases("VM-14")
UBUNTU = (
    says_linux("Ubuntu", "22.04"),
    put("vms.firmware.SecureBootTemplateId", "272e7447-90a4-4563-a4b9-8e4ab00526ce"),
)
DB = "guest.secure_boot_db"
NEW_CERTIFICATES = {"require_2023_certs": True}
GUARD = "security.device_guard"
KVP = "hv-kvp-daemon.service loaded active running Hyper-V KVP Protocol Daemon"
RED_HAT = "hypervkvpd.service loaded active running KVP\nhypervvssd.service loaded active running VSS"
NONE = prints("services", "ssh.service loaded active running x")
NESTED = (put("vms.processors.ExposeVirtualizationExtensions", True),)
ALLOWED = {"allow_nested": ["web"]}


def features(*names: str) -> Change:
    """Installed roles and features of the guest."""
    return rows("software.features", *names)


CASES: list[Case] = [
    BOOT("the guest agrees", "pass", "as recommended"),
    BOOT("the guest says off", "fail", "knows better", put("tpm.secure_boot.Enabled", False)),
    BOOT("the guest does not say", "pass", "does not say", denied("tpm.secure_boot")),
    BOOT("it knows the new certificates", "pass", "as recommended", vm=NEW_CERTIFICATES),
    BOOT("it does not know the new certificates", "pass", "certificates of 2023", put(f"{DB}.Has2023", False)),
    BOOT("it has to know them", "fail", "require_2023_certs", put(f"{DB}.Has2023", False), vm=NEW_CERTIFICATES),
    BOOT("nobody knows whether it knows them", "review", DB, denied(DB), vm=NEW_CERTIFICATES),
    BOOT("nobody knows, and it need not", "pass", "as recommended", denied(DB)),
    LINUX_BOOT("it cannot tell of certificates", "review", "guest-evidence-missing", host=UBUNTU, vm=NEW_CERTIFICATES),
    LINUX_BOOT("the guest agrees", "pass", "as recommended", host=UBUNTU),
    LINUX_BOOT("the guest says off", "fail", "knows better", prints("mokutil", "SecureBoot disabled"), host=UBUNTU),
    LINUX_BOOT(
        "shim does not validate",
        "fail",
        "validation is disabled in shim",
        prints("mokutil", "SecureBoot enabled\nSecureBoot validation is disabled in shim"),
        host=UBUNTU,
    ),
    LINUX_BOOT("no mokutil", "pass", "does not say", prints("mokutil", "", status=127), host=UBUNTU),
    DAEMONS("they run", "pass", "as recommended", host=UBUNTU),
    DAEMONS("one does not run", "review", "vss", prints("services", KVP), host=UBUNTU),
    DAEMONS(
        "they have to run", "fail", "vss", prints("services", KVP), host=UBUNTU, vm={"linux_daemons_required": True}
    ),
    DAEMONS("that of Red Hat", "pass", "as recommended", prints("services", RED_HAT), host=UBUNTU),
    DAEMONS("services cannot be read", "review", "linux.services", prints("services", "no", status=1), host=UBUNTU),
    DAEMONS(
        "not asked of this machine",
        "pass",
        "as recommended",
        prints("services", KVP),
        host=UBUNTU,
        vm={"required_integration_services": ["heartbeat", "data-exchange"]},
    ),
    DAEMONS(
        "FreeBSD has none",
        "pass",
        "as recommended",
        prints("os_release", "ID=freebsd\nVERSION_ID=13.2"),
        NONE,
        vm={"guest_os": {"web": "freebsd-13.2"}},
    ),
    VBS("it runs", "pass", "as recommended"),
    VBS("configured, not running", "fail", "does not run", put(f"{GUARD}.VirtualizationBasedSecurityStatus", 1)),
    VBS("off", "fail", "does not run", put(f"{GUARD}.VirtualizationBasedSecurityStatus", 0)),
    VBS("no memory integrity", "fail", "memory integrity", put(f"{GUARD}.SecurityServicesRunning", [1])),
    VBS(
        "a member server without Credential Guard",
        "fail",
        "Credential Guard",
        put(f"{GUARD}.SecurityServicesRunning", [2]),
    ),
    VBS(
        "a domain controller without Credential Guard",
        "pass",
        "as recommended",
        put(f"{GUARD}.SecurityServicesRunning", [2]),
        put("os.computer.DomainRole", 5),
    ),
    VBS(
        "the policy asks for less",
        "pass",
        "as recommended",
        put(f"{GUARD}.SecurityServicesRunning", [2]),
        vm={"vbs_required_services": {"default": [2]}},
    ),
    VBS("what runs cannot be read", "review", GUARD, denied(GUARD)),
    VBS(
        "the host withholds it, whatever the guest says",
        "fail",
        "withholds",
        host=(put("vms.protection_settings.VirtualizationBasedSecurityOptOut", True),),
    ),
    NESTING("allowed, and it runs Hyper-V", "pass", "as recommended", features("Hyper-V"), host=NESTED, vm=ALLOWED),
    NESTING(
        "allowed, and it runs none", "review", "does not have Hyper-V", features("Web-Server"), host=NESTED, vm=ALLOWED
    ),
    NESTING(
        "allowed, and it runs another",
        "fail",
        "VBoxSDS",
        features("Hyper-V"),
        rows("guest.services", *SERVICES, "VBoxSDS"),
        host=NESTED,
        vm=ALLOWED,
    ),
    NESTING(
        "allowed, and its services cannot be read",
        "review",
        "guest.services",
        features("Hyper-V"),
        denied("guest.services"),
        host=NESTED,
        vm=ALLOWED,
    ),
    *(
        NESTING(
            f"a domain controller {name}",
            "fail",
            "domain controller",
            features("Hyper-V"),
            put("os.computer.DomainRole", 5),
            host=(*NESTED, *claim),
            vm={**ALLOWED, **roles},
        )
        for name, claim, roles in (
            ("that says nothing", (says(),), {}),
            ("that says it is none", (), {}),
            ("that is none by the policy", (), {"roles": {"web": "server"}}),
        )
    ),
    NESTING(
        "its role cannot be read",
        "review",
        "os.computer",
        features("Hyper-V"),
        denied("os.computer"),
        host=NESTED,
        vm=ALLOWED,
    ),
    NESTING("not allowed", "fail", "allow_nested", features("Hyper-V"), host=NESTED),
]
