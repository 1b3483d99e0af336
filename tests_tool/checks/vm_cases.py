"""What each check of a virtual machine says of the good world with one thing changed, in the order of the sheet."""

from typing import Any

from tests_tool.changes import (
    Change,
    add,
    canary,
    denied,
    drop,
    edit,
    empty,
    error,
    failed,
    filtered_token,
    freebsd,
    guest,
    linux,
    lost,
    machine,
    missing,
    plain_user,
    put,
    together,
    windows,
)
from tests_tool.checks.good import OPEN_SOURCE_SHIELDED, OTHER, PAY, UEFI_CA, WEB, adapter, guardian
from tests_tool.checks.table import cases
from tests_tool.judging import Case

SILENT = guest()
GENERATION_1 = together(put("vms.vm.Generation", 1), lost("vms.firmware"))
OFF_CRITICAL = put("vms.vm.State", 32786)
ANOTHER_SWITCH = "50000000-0000-4000-8000-000000000002"

gen = cases("VM-01")


def version(text: str | None) -> Change:
    """The configuration version."""
    return put("vms.vm.Version", text)


# guest -> what generation 1 comes to, by the guest's own claim
CLAIMS_OF_GENERATION_1 = {
    "Windows Server 2022": (windows("10.0.20348"), "fail"),
    "Windows Server 2012": (windows("6.2.9200"), "fail"),
    "Windows Server 2025": (windows("10.0.26100"), "fail"),
    "a domain controller": (windows("10.0.17763", 2), "fail"),
    "Windows 11": (windows("10.0.22631", 1), "fail"),
    "Windows 8": (windows("6.2.9200", 1), "fail"),
    "Windows Server 2008 R2": (windows("6.1.7601"), "review"),
    "Windows 7": (windows("6.1.7601", 1), "review"),
    "Windows Server 2008": (windows("6.0.6002"), "review"),
    "a 32-bit Windows 10": (windows("10.0.19045", 1, architecture=0), "review"),
    "RHEL 6": (linux("Red Hat Enterprise Linux", "6.10"), "fail"),
    "RHEL 5": (linux("Red Hat Enterprise Linux Server", "5.11"), "review"),
    "CentOS 7": (linux("CentOS Linux", "7"), "fail"),
    "SLES 11": (linux("SLES", "11.4"), "review"),
    "SLES 12": (linux("SLES", "12.5"), "fail"),
    "Debian 7": (linux("Debian GNU/Linux", "7"), "review"),
    "Debian 8": (linux("Debian GNU/Linux", "8"), "fail"),
    "Ubuntu 12.04": (linux("Ubuntu", "12.04"), "review"),
    "Ubuntu 14.04": (linux("Ubuntu", "14.04"), "fail"),
    "Oracle Linux 7": (linux("Oracle Linux Server", "7.9"), "fail"),
    "Rocky 9": (linux("Rocky Linux", "9.3"), "fail"),
    "FreeBSD 11.1": (freebsd("11.1-RELEASE"), "fail"),
    "FreeBSD 10": (freebsd("10.4-RELEASE-p1"), "review"),
}

GENERATION = [
    gen("nothing changed", "pass", "as recommended"),
    gen("guest unknown", "pass", "as recommended", SILENT),
    *(
        gen(f"generation 1, {name} by its own claim", verdict, "vm.generation: 1", GENERATION_1, claim)
        for name, (claim, verdict) in CLAIMS_OF_GENERATION_1.items()
    ),
    gen("generation 2, and the table says no", "review", "not supported", windows("6.1.7601")),
    gen("generation 2, and the policy's guest says no", "review", "by policy", vm={"guest_os": {"web": "windows-7"}}),
    gen(
        "generation 1, 2008 R2 by policy",
        "not applicable",
        "cannot run in generation 2",
        GENERATION_1,
        vm={"guest_os": {"web": "windows-server-2008-r2"}},
    ),
    gen(
        "generation 1, the policy overrules the guest",
        "fail",
        "vm.generation: 1",
        GENERATION_1,
        windows("6.1.7601"),
        vm={"guest_os": {"web": "windows-server-2019"}},
    ),
    gen("generation 1, RHEL 5 by policy", "not applicable", "rhel-5", GENERATION_1, vm={"guest_os": {"web": "rhel-5"}}),
    gen(
        "generation 1, FreeBSD by policy",
        "fail",
        "vm.generation: 1",
        GENERATION_1,
        SILENT,
        vm={"guest_os": {"web": "freebsd-13.2"}},
    ),
    gen("generation 1, guest unknown", "review", "guest-os-unknown", GENERATION_1, SILENT),
    gen(
        "generation 1, guest unknown, hardened",
        "fail",
        "vm.generation: 1",
        GENERATION_1,
        SILENT,
        vm={"gen1_unknown_guest": "fail"},
    ),
    gen("generation 1, a guest that nobody knows", "review", "guest-os-unknown", GENERATION_1, linux("Plan 9", "4")),
    gen(
        "generation 1, a Linux that hides its version", "review", "guest-os-unknown", GENERATION_1, linux("Ubuntu", "")
    ),
    gen(
        "generation 1, hardened does not touch a known guest",
        "review",
        "confirm it",
        GENERATION_1,
        windows("6.1.7601"),
        vm={"gen1_unknown_guest": "fail"},
    ),
    gen("a generation of tomorrow", "fail", "vm.generation: 3", put("vms.vm.Generation", 3)),
    gen("version 9.0 where 10.0 is the default", "review", "10.0", version("9.0")),
    gen("version 8.0", "review", "10.0", version("8.0")),
    gen("version 7.1", "fail", "at least 8.0", version("7.1")),
    gen("version 5.0", "fail", "at least 8.0", version("5.0")),
    gen(
        "version 5.0 of a guest that needs generation 1",
        "fail",
        "at least 8.0",
        GENERATION_1,
        version("5.0"),
        vm={"guest_os": {"web": "windows-server-2008-r2"}},
    ),
    gen("a version above the default", "pass", "as recommended", version("12.0")),
    gen(
        "a default of 9.0",
        "pass",
        "as recommended",
        version("10.0"),
        edit("hyperv.supported_versions", 0, IsDefault=True),
        edit("hyperv.supported_versions", 1, IsDefault=False),
    ),
    gen("the policy's 9.0 is enough", "pass", "as recommended", version("9.0"), vm={"min_vm_version": "9.0"}),
    gen("below the policy's 9.0", "fail", "at least 9.0", version("8.0"), vm={"min_vm_version": "9.0"}),
    gen("the policy's 7.0 in a mixed cluster", "pass", "as recommended", version("7.0"), vm={"min_vm_version": "7.0"}),
    gen("10.0 is above 9.0", "pass", "as recommended", vm={"min_vm_version": "9.0"}),
    gen("9.0 is below 10.0", "fail", "at least 10.0", version("9.0"), vm={"min_vm_version": "10.0"}),
    gen("a pre-release", "fail", "pre-release", version("254.0")),
    gen("an experimental pre-release", "fail", "pre-release", version("255.0")),
    gen("a version in words", "review", "Version is 'new'", version("new")),
    gen("the version was not shown", "review", "Version was not shown", version(None)),
    gen("the generation was not shown", "review", "Generation was not shown", put("vms.vm.Generation", None)),
    gen("the generation is in words", "review", "Generation is '2'", put("vms.vm.Generation", "2")),
    gen("the generation is a truth", "review", "Generation is True", put("vms.vm.Generation", True)),
    gen("a critical machine", "review", "vm-config-unavailable", OFF_CRITICAL, put("vms.vm.Generation", None)),
    gen("a critical machine that shows everything", "review", "vm-config-unavailable", OFF_CRITICAL),
    gen("a critical machine that shows generation 1", "review", "vm-config", OFF_CRITICAL, put("vms.vm.Generation", 1)),
    gen("no default version", "error", "none is marked", drop("hyperv.supported_versions", 1)),
    gen("versions were denied", "error", "AccessDenied", denied("hyperv.supported_versions")),
    gen("a default version in words", "error", "Version", edit("hyperv.supported_versions", 1, Version="newest")),
    gen("guests were denied", "error", "AccessDenied", denied("vms.guest")),
    gen("no guest at all, and a filtered token", "error", "no administrator", empty("vms.guest"), filtered_token),
    gen("no guest at all, and no canary", "error", "cannot see Hyper-V", empty("vms.guest"), canary(0)),
    gen("no guest at all, and an administrator", "pass", "as recommended", empty("vms.guest")),
    gen("no such probe", "error", "no such probe", missing("vms.guest")),
    gen("its guest could not be read", "review", "OperationFailed", failed("vms.guest")),
    gen("the items were not shown", "review", "Items is None", put("vms.guest.Items", None)),
    gen(
        "its guest, or another one, could not be read",
        "review",
        "no row of this VM",
        lost("vms.guest"),
        error("vms.guest"),
    ),
]

boot = cases("VM-02")


def template(text: str | None) -> Change:
    """The id of the Secure Boot template."""
    return put("vms.firmware.SecureBootTemplateId", text)


OFF = put("vms.firmware.SecureBoot", 1)
POWERED_OFF = put("vms.vm.State", 3)
UBUNTU = linux("Ubuntu", "22.04")
SECURE_BOOT = [
    boot("nothing changed", "pass", "as recommended"),
    boot("generation 1", "not applicable", "generation 1", GENERATION_1),
    boot("off", "fail", "secure_boot: off (1)", OFF),
    boot("off, Ubuntu", "fail", "secure_boot: off", OFF, UBUNTU),
    boot("off, Debian 10", "fail", "secure_boot: off", OFF, linux("Debian GNU/Linux", "10")),
    boot("off, Debian 9 by its own claim", "review", "confirm it", OFF, linux("Debian GNU/Linux", "9")),
    boot("off, RHEL 6 by its own claim", "review", "confirm it", OFF, linux("Red Hat Enterprise Linux", "6")),
    boot("off, FreeBSD by its own claim", "review", "confirm it", OFF, freebsd("13.2-RELEASE")),
    boot(
        "off, FreeBSD by the policy's guest",
        "not applicable",
        "does not support",
        OFF,
        vm={"guest_os": {"web": "freebsd-13.2"}},
    ),
    boot(
        "off, named as unsupported", "not applicable", "does not support", OFF, vm={"secure_boot_unsupported": ["w*"]}
    ),
    boot("off, another is named", "fail", "off (1)", OFF, vm={"secure_boot_unsupported": ["x*"]}),
    boot("on, although named as unsupported", "pass", "as recommended", vm={"secure_boot_unsupported": ["web"]}),
    boot(
        "off, the policy says Windows of what claims FreeBSD",
        "fail",
        "off (1)",
        OFF,
        freebsd("13.2-RELEASE"),
        vm={"guest_os": {"web": "windows-server-2022"}},
    ),
    boot("off, guest unknown", "fail", "off (1)", OFF, SILENT),
    boot("off, guest unknown, softened", "review", "off (1)", OFF, SILENT, vm={"secure_boot_unknown_guest": "review"}),
    boot(
        "off, a Windows of unknown support, softened",
        "review",
        "off (1)",
        OFF,
        windows("5.2.3790"),
        vm={"secure_boot_unknown_guest": "review"},
    ),
    boot(
        "off, softened does not touch a known guest", "fail", "off (1)", OFF, vm={"secure_boot_unknown_guest": "review"}
    ),
    boot("On is 0, and 0 is not false", "review", "SecureBoot is False", put("vms.firmware.SecureBoot", False)),
    boot("true is not Off", "review", "SecureBoot is True", put("vms.firmware.SecureBoot", True)),
    boot("in other words", "review", "SecureBoot is 'Ein'", put("vms.firmware.SecureBoot", "Ein")),
    boot("not shown", "review", "SecureBoot is None", put("vms.firmware.SecureBoot", None)),
    boot("a number of tomorrow", "fail", "unknown (-1)", put("vms.firmware.SecureBoot", 2)),
    boot("Linux with the UEFI CA", "pass", "as recommended", UBUNTU, template(UEFI_CA)),
    boot(
        "Linux with the shielded template, shielded",
        "pass",
        "as recommended",
        UBUNTU,
        template(OPEN_SOURCE_SHIELDED),
        put("vms.security.Shielded", True),
    ),
    boot(
        "Linux with the shielded template", "review", "meant for shielded Linux", UBUNTU, template(OPEN_SOURCE_SHIELDED)
    ),
    boot(
        "Linux with the shielded template, unreadable",
        "review",
        "OperationFailed",
        UBUNTU,
        template(OPEN_SOURCE_SHIELDED),
        failed("vms.security"),
    ),
    boot("Linux with MicrosoftWindows, running", "review", "microsoft windows", UBUNTU),
    boot("Linux with MicrosoftWindows, off", "fail", "does not fit", UBUNTU, POWERED_OFF),
    boot("Linux with MicrosoftWindows, saved", "fail", "does not fit", UBUNTU, put("vms.vm.State", 6)),
    boot("Windows with the UEFI CA, running", "review", "microsoft uefi ca", template(UEFI_CA)),
    boot("Windows with the UEFI CA, off", "fail", "does not fit", template(UEFI_CA), POWERED_OFF),
    boot("guest unknown, a template of Microsoft's", "pass", "guest is unknown", SILENT, template(UEFI_CA)),
    boot("template null", "review", "does not ship", template(None)),
    boot("template empty", "review", "does not ship", template("")),
    boot("a template of somebody's", "review", "does not ship", template("11111111-2222-3333-4444-555555555555")),
    boot(
        "a template in braces and capitals",
        "pass",
        "as recommended",
        template("{1734C6E8-3154-4DDA-BA5F-A874CC483422}"),
    ),
    boot("a template does not make it on", "fail", "off (1)", OFF, template("1734c6e8-3154-4dda-ba5f-a874cc483422")),
    boot("off, and network first", "fail", "network (2)", OFF, put("vms.firmware.BootTypes", [2, 3, 1])),
    boot("network first", "review", "network", put("vms.firmware.BootTypes", [2, 3, 1])),
    boot(
        "network first, allowed",
        "pass",
        "as recommended",
        put("vms.firmware.BootTypes", [2, 3]),
        vm={"allow_pxe": ["web"]},
    ),
    boot("network last", "pass", "as recommended", put("vms.firmware.BootTypes", [3, 2])),
    boot("no boot order", "review", "first_boot: none", put("vms.firmware.BootTypes", [])),
    boot("an entry of tomorrow first", "review", "unknown", put("vms.firmware.BootTypes", [4, 3])),
    boot("boot order not shown", "review", "BootTypes is None", put("vms.firmware.BootTypes", None)),
    boot("a truth in the boot order", "review", "BootTypes", put("vms.firmware.BootTypes", [True])),
    boot("no row", "review", "no row of this VM", lost("vms.firmware")),
    boot(
        "two rows",
        "review",
        "2 rows of this VM",
        add(
            "vms.firmware",
            {"VMId": WEB, "SecureBoot": 0, "SecureBootTemplateId": UEFI_CA, "BootTypes": [3]},
        ),
    ),
    boot("no row of anybody", "review", "no row of this VM", empty("vms.firmware")),
    boot("no row of anybody, and a filtered token", "error", "no administrator", empty("vms.firmware"), filtered_token),
    boot("could not be read", "review", "OperationFailed", failed("vms.firmware")),
    boot(
        "a row and an error of its own",
        "review",
        "OperationFailed",
        error("vms.firmware", "OperationFailed", target=WEB),
    ),
    boot(
        "another machine could not be read",
        "pass",
        "as recommended",
        error("vms.firmware", "OperationFailed", target=PAY),
    ),
    boot(
        "a machine that vanished",
        "review",
        "ObjectNotFound",
        lost("vms.firmware"),
        error("vms.firmware", "ObjectNotFound"),
    ),
    boot("critical, and no row", "review", "vm-config-unavailable", OFF_CRITICAL, lost("vms.firmware")),
    boot("denied", "error", "AccessDenied", denied("vms.firmware")),
    boot("no such probe", "error", "no such probe", missing("vms.firmware")),
    boot("guests were denied", "error", "AccessDenied", denied("vms.guest")),
    boot("a state of tomorrow", "review", "State", put("vms.vm.State", 5)),
    boot("the state was not shown", "review", "State was not shown", put("vms.vm.State", None)),
]

net = cases("VM-06")


def nic(**values: Any) -> Change:
    """The adapter of `web`."""
    return edit("vms.adapters", 0, **values)


def vlan(**values: Any) -> Change:
    """Its VLAN setting; what is not named is as Windows leaves it."""
    silent = {
        "OperationMode": 0,
        "AccessVlanId": 0,
        "NativeVlanId": 0,
        "AllowedVlanIdList": "",
        "PrivateVlanMode": 0,
        "PrimaryVlanId": 0,
        "SecondaryVlanId": 0,
        "SecondaryVlanIdList": "",
    }
    assert set(values) <= set(silent)
    return nic(Vlan={**silent, **values})


def isolation(mode: int, vlan_id: int = 0) -> Change:
    """Its isolation setting, the other way to set a VLAN."""
    return nic(Isolation={"IsolationMode": mode, "DefaultIsolationID": vlan_id})


def static(vm: str, mac: str, **values: Any) -> Change:
    """Another machine's adapter with a fixed address."""
    return add(
        "vms.adapters",
        {**adapter(vm, mac), "Id": f"Microsoft:{vm}\\other", "DynamicMacAddressEnabled": False, **values},
    )


def fixed(mac: str) -> Change:
    """An address that nobody gave by chance. Each case has its own: those of one folder are hosts of one run."""
    return nic(DynamicMacAddressEnabled=False, MacAddress=mac)


def rule(action: int, *, direction: int = 1, weight: int | None = None, **values: str) -> dict[str, Any]:
    """A port rule: a basic one, or with a weight an extended one."""
    row = {"Action": action, "Direction": direction, "Local": "ANY", "Remote": "ANY"}
    if weight is not None:
        row |= {"LocalPort": "ANY", "RemotePort": "ANY", "Protocol": "ANY", "Weight": weight, "IsolationId": 0}
    return {**row, **values}


DENY_ALL, ALLOW_WEB = rule(2, weight=1), rule(1, weight=10, Remote="10.20.0.0/16", LocalPort="443", Protocol="TCP")
REQUIRED: dict[str, Any] = {
    "required_acls": [
        {"action": "deny", "direction": "inbound"},
        {"action": "allow", "direction": "inbound", "remote": "10.20.0.0/16", "local_port": "443", "protocol": "tcp"},
    ]
}
DENIED: dict[str, Any] = {"required_acls": [{"vm": "web", "action": "deny", "direction": "inbound"}]}
OTHER_SWITCH = together(
    add("hyperv.switches", {"Id": ANOTHER_SWITCH, "Name": "vs-Lab", "SwitchType": 1}),
    nic(SwitchId=ANOTHER_SWITCH, SwitchName="vs-Lab"),
)
DISCONNECTED = nic(Connected=False, SwitchId=None, SwitchName=None)
TRUNK = vlan(OperationMode=2, NativeVlanId=20, AllowedVlanIdList="10,20-22")
ISOLATED = vlan(OperationMode=3, PrivateVlanMode=1, PrimaryVlanId=20, SecondaryVlanId=200)
PROMISCUOUS = vlan(OperationMode=3, PrivateVlanMode=3, PrimaryVlanId=20, SecondaryVlanIdList="200-202")
STATIC = nic(DynamicMacAddressEnabled=False)
UNTAGGED = vlan()

NETWORK = [
    net("nothing changed", "pass", "as recommended"),
    net("no adapter", "not applicable", "no network adapter", lost("vms.adapters")),
    # Switch
    net("on another switch", "fail", "vs-Lab", OTHER_SWITCH),
    net(
        "on another switch that the policy names",
        "pass",
        "as recommended",
        OTHER_SWITCH,
        vm={"expected_switch": {"w*": ["vs-Lab"], "*": ["vs-Tenant"]}},
    ),
    net(
        "on a switch that the policy names by id",
        "pass",
        "as recommended",
        vm={"expected_switch": {"*": ["50000000-0000-4000-8000-000000000001"]}},
    ),
    net(
        "the first pattern counts", "fail", "vs-Tenant", vm={"expected_switch": {"w*": ["vs-Lab"], "*": ["vs-Tenant"]}}
    ),
    net(
        "its id counts before its name",
        "pass",
        "as recommended",
        vm={"expected_switch": {"*": ["vs-Lab"], "web": ["vs-Lab"], WEB.upper(): ["vs-Tenant"]}},
    ),
    net(
        "its name counts before a pattern",
        "pass",
        "as recommended",
        vm={"expected_switch": {"*": ["vs-Lab"], "WEB": ["vs-Tenant"]}},
    ),
    net("the policy allows no switch", "fail", "vs-Tenant", vm={"expected_switch": {"web": []}}),
    net("no switch in the policy", "review", "expected_switch", vm={"expected_switch": {"pay": ["vs-Tenant"]}}),
    net(
        "an internal switch, and no switch in the policy",
        "fail",
        "joins it with its host",
        OTHER_SWITCH,
        vm={"expected_switch": {}},
    ),
    net(
        "a private switch, and no switch in the policy",
        "review",
        "expected_switch",
        OTHER_SWITCH,
        edit("hyperv.switches", 1, SwitchType=0),
        vm={"expected_switch": {}},
    ),
    net(
        "a test failover on an internal switch for tests",
        "review",
        "expected_switch",
        OTHER_SWITCH,
        put("vms.vm.ReplicationMode", 3),
        put("vms.vm.CreationTime", "2026-01-01T00:00:00Z"),
        vm={"expected_switch": {}, "test_switches": ["vs-Lab"]},
    ),
    net(
        "an internal switch for tests, and no test failover",
        "fail",
        "joins it with its host",
        OTHER_SWITCH,
        vm={"expected_switch": {}, "test_switches": ["vs-Lab"]},
    ),
    net("a switch that the host does not know", "review", ANOTHER_SWITCH, nic(SwitchId=ANOTHER_SWITCH)),
    net("connected to nothing that was shown", "review", "does not know", nic(SwitchId=None)),
    net("a resource pool", "review", "Pool A", nic(PoolName="Pool A", SwitchName="Automatische Verbindung")),
    net("disconnected", "review", "no purpose", DISCONNECTED),
    net("disconnected, allowed", "pass", "as recommended", DISCONNECTED, vm={"allow_disconnected": ["web"]}),
    net(
        "disconnected ports are guarded too",
        "fail",
        "dhcp_guard",
        DISCONNECTED,
        nic(DhcpGuard=1),
        vm={"allow_disconnected": ["web"]},
    ),
    net(
        "disconnected ports have no VLAN to judge",
        "pass",
        "as recommended",
        DISCONNECTED,
        UNTAGGED,
        vm={"allow_disconnected": ["web"]},
    ),
    net(
        "the id has no case",
        "pass",
        "as recommended",
        nic(SwitchId="50000000-0000-4000-8000-00000000000A"),
        edit("hyperv.switches", 0, Id="50000000-0000-4000-8000-00000000000a"),
    ),
    # Port security
    net("MAC spoofing", "fail", "mac_spoofing", nic(MacAddressSpoofing=0)),
    net(
        "MAC spoofing, allowed", "pass", "as recommended", nic(MacAddressSpoofing=0), vm={"allow_mac_spoofing": ["WEB"]}
    ),
    net("no DHCP guard", "fail", "dhcp_guard", nic(DhcpGuard=1)),
    net("no DHCP guard on a DHCP server", "pass", "as recommended", nic(DhcpGuard=1), vm={"dhcp_servers": ["web"]}),
    net("no router guard", "fail", "router_guard", nic(RouterGuard=1)),
    net("no router guard on a router", "pass", "as recommended", nic(RouterGuard=1), vm={"routers": [WEB]}),
    net("a source of mirroring", "fail", "source (2)", nic(PortMirroringMode=2)),
    net(
        "a source of mirroring, allowed",
        "pass",
        "as recommended",
        nic(PortMirroringMode=2),
        vm={"mirror_sources": ["web"]},
    ),
    net(
        "a source is no destination",
        "fail",
        "source (2)",
        nic(PortMirroringMode=2),
        vm={"mirror_destinations": ["web"]},
    ),
    net("a destination of mirroring", "fail", "destination (1)", nic(PortMirroringMode=1)),
    net(
        "a destination of mirroring, allowed",
        "pass",
        "who may read",
        nic(PortMirroringMode=1),
        vm={"mirror_destinations": ["web"]},
    ),
    net("mirroring of tomorrow", "fail", "unknown", nic(PortMirroringMode=3)),
    net(
        "mirroring of tomorrow is no destination",
        "fail",
        "unknown",
        nic(PortMirroringMode=3),
        vm={"mirror_destinations": ["web"], "mirror_sources": ["web"]},
    ),
    net("teaming", "fail", "teaming", nic(AllowTeaming=0)),
    net("teaming, allowed", "pass", "as recommended", nic(AllowTeaming=0), vm={"guest_teams": ["web"]}),
    net("priority tag", "review", "priority", nic(IeeePriorityTag=0)),
    net("priority tag, allowed", "pass", "as recommended", nic(IeeePriorityTag=0), vm={"allow_priority_tag": ["web"]}),
    net("a state of tomorrow", "fail", "unknown", nic(DhcpGuard=2)),
    net("a truth where On is 0", "review", "DhcpGuard is False", nic(DhcpGuard=False)),
    net(
        "one of two adapters",
        "fail",
        "dhcp_guard",
        add("vms.adapters", {**adapter(WEB, "00155D000009"), "DhcpGuard": 1}),
    ),
    # VLAN
    net("another VLAN", "fail", "30", vlan(OperationMode=1, AccessVlanId=30)),
    net("no VLAN in the policy", "review", "allowed_vlans", vm={"allowed_vlans": {"pay": [20]}}),
    net("untagged", "fail", "untagged", UNTAGGED),
    net("untagged where no VLAN is required", "review", "physical switch", UNTAGGED, vm={"require_vlan": False}),
    net("untagged, and the policy is silent", "fail", "untagged", UNTAGGED, vm={"allowed_vlans": {}}),
    net("untagged, which the policy allows", "pass", "as recommended", UNTAGGED, vm={"allowed_vlans": {"*": [0]}}),
    net(
        "untagged, which the policy allows, and no VLAN is required",
        "pass",
        "as recommended",
        UNTAGGED,
        vm={"allowed_vlans": {"*": [0, 20]}, "require_vlan": False},
    ),
    net("an access port of no VLAN", "fail", "untagged", vlan(OperationMode=1)),
    net(
        "an access port of no VLAN where none is required",
        "review",
        "physical switch",
        vlan(OperationMode=1),
        vm={"require_vlan": False},
    ),
    net("the VLAN of the other cmdlet", "pass", "as recommended", UNTAGGED, isolation(3, 20)),
    net("a wrong VLAN of the other cmdlet", "fail", "30", UNTAGGED, isolation(3, 30)),
    net("no VLAN of the other cmdlet", "fail", "untagged", UNTAGGED, isolation(3, 0)),
    net("an access VLAN beats the other cmdlet's", "pass", "as recommended", isolation(3, 30)),
    net("an isolation of tomorrow", "review", "not known", isolation(9, 20)),
    net("a trunk", "fail", "10,20-22", TRUNK),
    net("a trunk, allowed", "pass", "as recommended", TRUNK, vm={"allow_trunk": {"web": "10,20-30"}}),
    net("a trunk wider than the policy's", "fail", "10,20-22", TRUNK, vm={"allow_trunk": {"web": "10,20-21"}}),
    net(
        "a trunk of everything",
        "fail",
        "1-4094",
        vlan(OperationMode=2, NativeVlanId=20, AllowedVlanIdList="1-4094"),
        vm={"allow_trunk": {"web": "10,20-30"}},
    ),
    net(
        "a trunk whose list was not shown",
        "fail",
        "none",
        vlan(OperationMode=2, NativeVlanId=20, AllowedVlanIdList=None),
        vm={"allow_trunk": {"web": "10"}},
    ),
    net(
        "a trunk with a native VLAN that is not allowed",
        "fail",
        "native",
        vlan(OperationMode=2, NativeVlanId=99, AllowedVlanIdList="10"),
        vm={"allow_trunk": {"web": "10"}},
    ),
    net("a private VLAN", "pass", "as recommended", ISOLATED),
    net(
        "a private VLAN, community",
        "pass",
        "as recommended",
        vlan(OperationMode=3, PrivateVlanMode=2, PrimaryVlanId=20, SecondaryVlanId=200),
    ),
    net("a private VLAN, promiscuous", "pass", "as recommended", PROMISCUOUS),
    net(
        "a private VLAN without a secondary",
        "review",
        "private VLAN",
        vlan(OperationMode=3, PrivateVlanMode=1, PrimaryVlanId=20),
    ),
    net(
        "a private VLAN without a primary",
        "review",
        "private VLAN",
        vlan(OperationMode=3, PrivateVlanMode=2, SecondaryVlanId=200),
    ),
    net(
        "a promiscuous one with one secondary",
        "review",
        "private VLAN",
        vlan(OperationMode=3, PrivateVlanMode=3, PrimaryVlanId=20, SecondaryVlanId=200),
    ),
    net(
        "a private VLAN of no kind",
        "review",
        "private VLAN",
        vlan(OperationMode=3, PrivateVlanMode=0, PrimaryVlanId=20, SecondaryVlanId=200),
    ),
    net(
        "a private VLAN whose primary is not allowed",
        "fail",
        "30",
        vlan(OperationMode=3, PrivateVlanMode=1, PrimaryVlanId=30, SecondaryVlanId=200),
    ),
    net(
        "a VLAN mode of tomorrow",
        "review",
        "not known",
        vlan(OperationMode=4, PrivateVlanMode=1, PrimaryVlanId=20, SecondaryVlanId=200),
    ),
    net("a VLAN setting that was not shown", "review", "Vlan is None", nic(Vlan=None)),
    net("an isolation that was not shown", "review", "Isolation is None", nic(Isolation=None)),
    net("a virtual subnet", "pass", "network controller", UNTAGGED, nic(VirtualSubnetId=5001)),
    net("native virtual subnets", "pass", "network controller", UNTAGGED, isolation(1)),
    net("external virtual subnets", "pass", "network controller", UNTAGGED, isolation(2)),
    net("a virtual subnet has guards too", "fail", "router_guard", nic(VirtualSubnetId=5001, RouterGuard=1)),
    # Limits
    net("no bandwidth limit", "fail", "bandwidth", nic(MaximumBandwidth=0)),
    net("a bandwidth limit that is not set", "fail", "bandwidth", nic(MaximumBandwidth=None)),
    net("bandwidth above the bound", "fail", "2000000000", nic(MaximumBandwidth=2_000_000_000)),
    net("bandwidth below the bound", "pass", "as recommended", nic(MaximumBandwidth=1)),
    net("no storm limit", "fail", "storm_limit", nic(StormLimit=0)),
    net("a storm limit above the bound", "fail", "501", nic(StormLimit=501)),
    net("no limit of dynamic addresses", "fail", "dynamic_ip", nic(DynamicIPAddressLimit=0)),
    net("a limit of dynamic addresses above the bound", "fail", "9", nic(DynamicIPAddressLimit=9)),
    net(
        "no limits, no bounds",
        "pass",
        "as recommended",
        nic(MaximumBandwidth=0, StormLimit=0, DynamicIPAddressLimit=0),
        vm={"bandwidth_max_bps": None, "storm_limit_max": None, "dynamic_ip_max": None},
    ),
    net(
        "port rules",
        "pass",
        "port rules are present",
        nic(Acls=[{"Action": 2, "Direction": 3, "Local": "ANY", "Remote": "ANY"}]),
    ),
    net("required rules", "pass", "as recommended", nic(ExtendedAcls=[DENY_ALL, ALLOW_WEB]), vm=REQUIRED),
    net("no required rule", "fail", "deny inbound everything", vm=DENIED),
    net(
        "required of another machine",
        "pass",
        "as recommended",
        vm={"required_acls": [{**DENIED["required_acls"][0], "vm": "pay"}]},
    ),
    net("one required rule of two", "fail", "10.20.0.0/16", nic(ExtendedAcls=[DENY_ALL]), vm=REQUIRED),
    net(
        "a rule for another port",
        "fail",
        "port 443",
        nic(ExtendedAcls=[DENY_ALL, {**ALLOW_WEB, "LocalPort": "80"}]),
        vm=REQUIRED,
    ),
    net(
        "a rule for the other direction",
        "fail",
        "deny inbound",
        nic(ExtendedAcls=[rule(2, direction=2, weight=1)]),
        vm=DENIED,
    ),
    net("a rule that allows instead", "fail", "deny inbound", nic(ExtendedAcls=[rule(1, weight=1)]), vm=DENIED),
    net(
        "a rule for one virtual network",
        "review",
        "isolation id",
        nic(ExtendedAcls=[{**DENY_ALL, "IsolationId": 5001}]),
        vm=DENIED,
    ),
    net(
        "a rule for one virtual network, beside one for all",
        "pass",
        "as recommended",
        nic(ExtendedAcls=[DENY_ALL, {**DENY_ALL, "IsolationId": 5001}]),
        vm=DENIED,
    ),
    net(
        "a rule of which nobody knows whom it is for",
        "review",
        "isolation id",
        nic(ExtendedAcls=[{**DENY_ALL, "IsolationId": None}]),
        vm=DENIED,
    ),
    net("a rule that only counts", "fail", "deny inbound", nic(Acls=[rule(3, direction=3)]), vm=DENIED),
    net(
        "a rule of some protocol",
        "fail",
        "deny inbound",
        nic(ExtendedAcls=[{**DENY_ALL, "Protocol": "TCP"}]),
        vm=DENIED,
    ),
    net(
        "a rule whose port was not shown",
        "fail",
        "deny inbound",
        nic(ExtendedAcls=[{**DENY_ALL, "LocalPort": None}]),
        vm=DENIED,
    ),
    net(
        "a rule whose address was not shown",
        "fail",
        "deny inbound",
        nic(ExtendedAcls=[{**DENY_ALL, "Remote": None}]),
        vm=DENIED,
    ),
    net("a basic rule", "pass", "as recommended", nic(Acls=[rule(2, direction=3)]), vm=DENIED),
    net(
        "a weightier rule allows everything",
        "review",
        "weightier",
        nic(ExtendedAcls=[DENY_ALL, rule(1, weight=10)]),
        vm=DENIED,
    ),
    net(
        "a rule of like weight allows everything",
        "review",
        "weightier",
        nic(ExtendedAcls=[DENY_ALL, rule(1, weight=1)]),
        vm=DENIED,
    ),
    net(
        "a lighter rule allows everything",
        "pass",
        "as recommended",
        nic(ExtendedAcls=[rule(2, weight=5), rule(1, weight=1)]),
        vm=DENIED,
    ),
    net(
        "a weightier rule allows all of one protocol",
        "review",
        "weightier",
        nic(ExtendedAcls=[DENY_ALL, rule(1, weight=10, Protocol="TCP")]),
        vm=DENIED,
    ),
    net(
        "a weightier rule allows one port",
        "pass",
        "as recommended",
        nic(ExtendedAcls=[DENY_ALL, rule(1, weight=10, Protocol="TCP", LocalPort="443")]),
        vm=DENIED,
    ),
    net(
        "a basic rule allows what an extended one denies",
        "review",
        "of the other kind",
        nic(ExtendedAcls=[DENY_ALL], Acls=[rule(1, direction=3)]),
        vm=DENIED,
    ),
    net(
        "an extended rule allows what a basic one denies",
        "review",
        "of the other kind",
        nic(Acls=[rule(2, direction=3)], ExtendedAcls=[rule(1, weight=1)]),
        vm=DENIED,
    ),
    net(
        "a basic rule allows everything out",
        "pass",
        "as recommended",
        nic(ExtendedAcls=[DENY_ALL], Acls=[rule(1, direction=2)]),
        vm=DENIED,
    ),
    net(
        "a weightier rule allows everything out",
        "pass",
        "as recommended",
        nic(ExtendedAcls=[DENY_ALL, rule(1, direction=2, weight=10)]),
        vm=DENIED,
    ),
    net(
        "basic rules that contradict",
        "review",
        "longer prefix",
        nic(Acls=[rule(2, direction=3), rule(1, Remote="0.0.0.0/0")]),
        vm=DENIED,
    ),
    net(
        "a basic rule of a longer prefix",
        "pass",
        "as recommended",
        nic(Acls=[rule(2, direction=3), rule(1, Remote="10.0.0.0/8")]),
        vm=DENIED,
    ),
    net(
        "a rule without its weight",
        "review",
        "weight was not shown",
        nic(ExtendedAcls=[{**DENY_ALL, "Weight": None}]),
        vm=DENIED,
    ),
    net("a rule of tomorrow", "review", "not known", nic(ExtendedAcls=[DENY_ALL, rule(9, weight=3)]), vm=DENIED),
    net("SR-IOV", "review", "SR-IOV", nic(IovWeight=100)),
    # Copies
    net("a fixed address of its own", "pass", "as recommended", STATIC),
    net("a fixed address twice", "fail", "00155D0000A1", fixed("00155D0000A1"), static(PAY, "00155d0000a1")),
    net(
        "a fixed address twice, on another switch",
        "pass",
        "as recommended",
        fixed("00155D0000A2"),
        static(PAY, "00155D0000A2", SwitchId=ANOTHER_SWITCH),
    ),
    net("a fixed address twice in one machine", "pass", "as recommended", STATIC, static(WEB, "00155D000001")),
    net("a fixed address that was not shown", "review", "MacAddress is None", STATIC, nic(MacAddress=None)),
    net(
        "a test failover into a production switch",
        "fail",
        "vs-Tenant",
        nic(TestReplicaSwitchName="vs-Tenant"),
        put("vms.vm.ReplicationMode", 2),
    ),
    net(
        "a test failover into a switch that was not shown",
        "review",
        "TestReplicaSwitchName",
        nic(TestReplicaSwitchName=None),
        put("vms.vm.ReplicationMode", 2),
    ),
    net(
        "no replica, and so no test failover",
        "pass",
        "as recommended",
        nic(TestReplicaSwitchName=None),
    ),
    net(
        "a test failover into a switch for tests",
        "pass",
        "as recommended",
        nic(TestReplicaSwitchName="Lab intern"),
        put("vms.vm.ReplicationMode", 2),
    ),
    # Not read
    net("denied", "error", "AccessDenied", denied("vms.adapters")),
    net("no such probe", "error", "no such probe", missing("vms.adapters")),
    net("nobody has an adapter", "not applicable", "no network adapter", empty("vms.adapters")),
    net(
        "nobody has an adapter, and a filtered token",
        "error",
        "no administrator",
        empty("vms.adapters"),
        filtered_token,
    ),
    net("nobody has an adapter, and no canary", "error", "cannot see Hyper-V", empty("vms.adapters"), canary(0)),
    net("could not be read", "review", "OperationFailed", failed("vms.adapters")),
    net("one adapter, and an error of nobody's", "review", "OperationFailed", error("vms.adapters", "OperationFailed")),
    net(
        "an adapter of nobody's", "review", "whose", add("vms.adapters", {**adapter(OTHER, "00155D000003"), "VMId": ""})
    ),
    net(
        "another machine could not be read",
        "pass",
        "as recommended",
        error("vms.adapters", "OperationFailed", target=PAY),
    ),
    net("critical, and no adapter", "review", "vm-config-unavailable", OFF_CRITICAL, lost("vms.adapters")),
    net("critical, with its adapter", "pass", "as recommended", OFF_CRITICAL),
    net("a state of tomorrow, and no adapter", "review", "State", put("vms.vm.State", 5), lost("vms.adapters")),
    net("switches were denied", "error", "AccessDenied", denied("hyperv.switches")),
    net("no switch, and a plain user", "error", "no administrator", empty("hyperv.switches"), plain_user),
    net("a value was not shown", "review", "MacAddressSpoofing is None", nic(MacAddressSpoofing=None)),
    net("a value is a text", "review", "StormLimit is '500'", nic(StormLimit="500")),
    net("connected was not shown", "review", "Connected is None", nic(Connected=None)),
]

shield = cases("VM-12")
NOT_SHIELDED = put("vms.security.Shielded", False)
OUT_OF_SCOPE: dict[str, Any] = {"shielding_required": []}
SHIELDING = [
    shield("nothing changed", "pass", "as recommended"),
    shield("not in scope, not shielded", "not applicable", "does not ask for shielding", NOT_SHIELDED, vm=OUT_OF_SCOPE),
    shield("not in scope, shielded", "pass", "although the policy does not ask", vm=OUT_OF_SCOPE),
    shield(
        "not in scope, shielded in name only",
        "fail",
        "is_local",
        put("vms.key_protector.Owner", "UntrustedGuardian"),
        vm=OUT_OF_SCOPE,
    ),
    shield("in scope by its id", "fail", "shielded: no", NOT_SHIELDED, vm={"shielding_required": [PAY.upper()]}),
    shield("not shielded", "fail", "shielded: no", NOT_SHIELDED, put("vms.security.TpmEnabled", False)),
    shield("encryption supported, not shielded", "fail", "encryption is supported", NOT_SHIELDED),
    shield("generation 1", "fail", "VM-01", put("vms.vm.Generation", 1), lost("vms.firmware"), NOT_SHIELDED),
    shield("no virtual TPM", "fail", "security.tpm: no", put("vms.security.TpmEnabled", False)),
    shield(
        "state and migration in clear",
        "fail",
        "encrypts_state",
        put("vms.security.EncryptStateAndVmMigrationTraffic", False),
    ),
    shield("Secure Boot is off", "fail", "off (1)", put("vms.firmware.SecureBoot", 1)),
    shield(
        "a template that is not Microsoft's", "review", "does not ship", put("vms.firmware.SecureBootTemplateId", None)
    ),
    shield("no key protector", "fail", "is_present: no", put("vms.key_protector.Length", 4)),
    shield(
        "a local guardian", "fail", "is_local: yes", put("vms.key_protector.Guardians", [guardian("UntrustedGuardian")])
    ),
    shield("a local owner", "fail", "is_local: yes", put("vms.key_protector.Owner", "UntrustedGuardian")),
    shield(
        "a guardian that the policy does not trust",
        "review",
        "Somebody",
        put("vms.key_protector.Guardians", [guardian("Somebody")]),
    ),
    shield(
        "a guardian that is trusted by its name",
        "pass",
        "which anybody can give",
        put("vms.key_protector.Guardians", [guardian("Somebody")]),
        vm={"trusted_guardians": ["Somebody"]},
    ),
    shield(
        "another one of that name",
        "review",
        "Lab Fabric HGS",
        put("vms.key_protector.Guardians", [{"Name": "Lab Fabric HGS", "SigningCertificate": "00"}]),
    ),
    shield(
        "a guardian without a certificate",
        "review",
        "no certificate was shown",
        put("vms.key_protector.Guardians", [{"Name": "Lab Fabric HGS", "SigningCertificate": ""}]),
    ),
    shield(
        "a thumbprint as people write it",
        "pass",
        "as recommended",
        vm={"trusted_guardians": ["f26149a7 c501f289 c2c5f420 7ead002e 9bc23e73"]},
    ),
    shield(
        "nobody has said who is trusted",
        "pass",
        "as recommended",
        put("vms.key_protector.Guardians", [guardian("Somebody")]),
        vm={"trusted_guardians": []},
    ),
    shield("no guardian", "review", "who holds the keys", put("vms.key_protector.Guardians", [])),
    shield("no owner", "review", "who holds the keys", put("vms.key_protector.Owner", None)),
    shield(
        "a protector that could not be decoded",
        "review",
        "who holds the keys",
        put("vms.key_protector.DecodeError", "CommandNotFoundException"),
    ),
    shield("the host is not guarded", "fail", "is_host_guarded: no", put("hgs.client.IsHostGuarded", False)),
    shield("the host is in local mode", "fail", "local (1)", put("hgs.client.Mode", 1)),
    shield("the host is in a mode of tomorrow", "review", "unknown (0)", put("hgs.client.Mode", 3)),
    shield("not configured", "fail", "not configured (0)", put("hgs.client.AttestationStatus", 0)),
    shield("not attempted", "fail", "not attempted (1)", put("hgs.client.AttestationStatus", 1)),
    shield(
        "expired, and so not guarded just now",
        "review",
        "expired (200)",
        put("hgs.client.AttestationStatus", 200),
        put("hgs.client.IsHostGuarded", False),
    ),
    shield("a FreeBSD", "fail", "cannot be shielded", vm={"guest_os": {"pay": "freebsd-13.2"}}),
    shield("an Ubuntu of 2022", "pass", "as recommended", vm={"guest_os": {"pay": "ubuntu-22.04"}}),
    shield("an Ubuntu of 2014", "fail", "cannot be shielded", vm={"guest_os": {"pay": "ubuntu-14.04"}}),
    shield("a Debian", "fail", "cannot be shielded", vm={"guest_os": {"pay": "debian-12"}}),
    shield("a RHEL 7.2", "fail", "cannot be shielded", vm={"guest_os": {"pay": "rhel-7.2"}}),
    shield("a Rocky", "pass", "as recommended", vm={"guest_os": {"pay": "rocky-9.3"}}),
    shield("a SLES 12 SP2", "pass", "as recommended", vm={"guest_os": {"pay": "sles-12.2"}}),
    shield("a Windows Server 2012", "pass", "as recommended", vm={"guest_os": {"pay": "windows-server-2012"}}),
    shield("expired", "review", "expired (200)", put("hgs.client.AttestationStatus", 200)),
    shield("a transient failure", "review", "transient failure (300)", put("hgs.client.AttestationStatus", 300)),
    shield("unauthorized", "fail", "unauthorized (301)", put("hgs.client.AttestationStatus", 301)),
    shield("a TPM error", "fail", "tpm error (302)", put("hgs.client.AttestationStatus", 302)),
    shield(
        "an insecure configuration", "fail", "insecure configuration (303)", put("hgs.client.AttestationStatus", 303)
    ),
    shield("a status of tomorrow", "fail", "unknown (-1)", put("hgs.client.AttestationStatus", 400)),
    shield(
        "Active Directory where the policy asks for the TPM",
        "fail",
        "active directory (2)",
        put("hgs.client.AttestationOperationMode", 2),
    ),
    shield(
        "Active Directory",
        "pass",
        "as recommended",
        put("hgs.client.AttestationOperationMode", 2),
        vm={"require_tpm_attestation": False},
    ),
    shield("not a Datacenter edition", "review", "Datacenter", put("os.version.EditionID", "ServerStandard")),
    shield(
        "not a Datacenter edition, not in scope",
        "pass",
        "although",
        put("os.version.EditionID", "ServerStandard"),
        vm=OUT_OF_SCOPE,
    ),
    # Not read
    shield("security was denied", "error", "AccessDenied", denied("vms.security")),
    shield("security could not be read", "review", "OperationFailed", failed("vms.security")),
    shield("no row of security", "review", "no row of this VM", lost("vms.security")),
    shield("protectors were denied", "error", "AccessDenied", denied("vms.key_protector")),
    shield("its protector could not be read", "review", "OperationFailed", failed("vms.key_protector")),
    shield(
        "no HGS namespace",
        "error",
        "0x8004100e",
        empty("hgs.client"),
        error("hgs.client", "HRESULT 0x8004100e,Somebody"),
    ),
    shield("no row of the client", "error", "0 rows", empty("hgs.client")),
    shield("firmware was denied", "error", "AccessDenied", denied("vms.firmware")),
    shield("no row of firmware", "review", "no row of this VM", lost("vms.firmware")),
    shield("a value was not shown", "review", "Shielded is None", put("vms.security.Shielded", None)),
    shield("a number for a truth", "review", "Shielded is 1", put("vms.security.Shielded", 1)),
    shield("status was not shown", "error", "AttestationStatus is None", put("hgs.client.AttestationStatus", None)),
    shield("the name was not shown", "review", "Name was not shown", put("vms.vm.Name", None)),
]


def excused(expires: str, check: str = "VM-02", vm: str = "web") -> dict[str, Any]:
    """A policy with one accepted deviation."""
    deviation = {"vm": vm, "check": check, "reason": "CHG-1", "owner": "web team", "expires": expires}
    return {"exceptions": [deviation]}


TEST_FAILOVER = put("vms.vm.ReplicationMode", 3)
CREATED_NOW = put("vms.vm.CreationTime", "2999-01-01T00:00:00.0000000Z")
FRAME = [
    boot("P0 its own row could not be read", "review", "OperationFailed", failed("vms.vm")),
    boot("P0 its rows carry another id", "review", "no row of this VM", edit("vms.firmware", 0, VMId=OTHER)),
    boot("P1 an exception", "not applicable", "CHG-1 (owner web team)", OFF, vm=excused("2999-12-31")),
    boot("P1 an exception by id", "not applicable", "2999-12-31", OFF, vm=excused("2999-12-31", vm=WEB)),
    boot("P1 an exception by pattern", "not applicable", "2999-12-31", OFF, vm=excused("2999-12-31", vm="W*")),
    boot("P1 an exception for another machine", "fail", "off (1)", OFF, vm=excused("2999-12-31", vm="pay")),
    boot("P1 an exception from another check", "fail", "off (1)", OFF, vm=excused("2999-12-31", check="VM-06")),
    boot("P1 an expired exception", "fail", "no longer counts", OFF, vm=excused("2020-01-01")),
    boot("P1 an expired exception that is not needed", "pass", "no longer counts", vm=excused("2020-01-01")),
    boot(
        "P1 what cannot be read comes before an exception",
        "error",
        "AccessDenied",
        denied("vms.firmware"),
        vm=excused("2999-12-31"),
    ),
    boot("P1 so does its own row", "review", "OperationFailed", failed("vms.firmware"), vm=excused("2999-12-31")),
    boot("P1 an exception that is not needed", "not applicable", "CHG-1", vm=excused("2999-12-31")),
    boot(
        "P1 an exception comes before a migration",
        "not applicable",
        "CHG-1",
        put("vms.vm.VirtualMachineType", 4),
        vm=excused("2999-12-31"),
    ),
    boot("P2 planned", "review", "planned", put("vms.vm.VirtualMachineType", 4)),
    boot("P2 planned comes before its rule", "review", "planned", OFF, put("vms.vm.VirtualMachineType", 4)),
    boot("P2 a kind of tomorrow", "review", "VirtualMachineType", put("vms.vm.VirtualMachineType", 5)),
    boot("P2 a kind that was not shown", "review", "VirtualMachineType", put("vms.vm.VirtualMachineType", None)),
    boot(
        "P3 critical, and it may be wrong",
        "review",
        "may be wrong",
        put("vms.vm.State", 32785),
    ),
    boot(
        "P3 critical, and its firmware is missing",
        "review",
        "vm-config-unavailable: the VM is running critical",
        put("vms.vm.State", 32785),
        lost("vms.firmware"),
    ),
    boot("P3 off, and its firmware is missing", "review", "vms.firmware: no row", POWERED_OFF, lost("vms.firmware")),
    boot("P5 a replica is judged as it would start", "fail", "off (1)", OFF, put("vms.vm.ReplicationMode", 2)),
    boot("P5 an extended replica", "pass", "as recommended", put("vms.vm.ReplicationMode", 4)),
    boot("P5 a primary", "pass", "as recommended", put("vms.vm.ReplicationMode", 1)),
    boot("P5 a replication of tomorrow", "review", "ReplicationMode", put("vms.vm.ReplicationMode", 5)),
    boot("P5 a replication that was not shown", "review", "ReplicationMode", put("vms.vm.ReplicationMode", None)),
    boot("P6 a test failover of today", "fail", "off (1)", OFF, TEST_FAILOVER, CREATED_NOW),
    boot(
        "P6 a test failover of the week before it was seen",
        "pass",
        "as recommended",
        TEST_FAILOVER,
        put("vms.vm.CreationTime", "2025-12-26T00:00:00.0000000Z"),
    ),
    boot(
        "P6 a test failover of the day before that",
        "review",
        "2025-12-25",
        TEST_FAILOVER,
        put("vms.vm.CreationTime", "2025-12-25T23:00:00.0000000Z"),
    ),
    boot("P6 a test failover that stayed", "review", "2024-02-03", TEST_FAILOVER),
    boot("P6 a test failover that stayed hides nothing", "fail", "off (1)", TEST_FAILOVER, OFF),
    boot(
        "P6 a test failover that may stay",
        "pass",
        "as recommended",
        TEST_FAILOVER,
        vm={"test_replica_max_age_days": 99999},
    ),
    boot("P6 a test failover of no day", "review", "CreationTime", TEST_FAILOVER, put("vms.vm.CreationTime", None)),
    boot(
        "P6 a test failover of a day in words",
        "review",
        "CreationTime",
        TEST_FAILOVER,
        put("vms.vm.CreationTime", "gestern"),
    ),
    boot("P8 off is judged like running", "pass", "as recommended", POWERED_OFF),
    boot("P8 saved", "pass", "as recommended", put("vms.vm.State", 6)),
    boot("P9 a shielded guest says nothing", "pass", "guest is unknown", SILENT, put("vms.security.Shielded", True)),
    boot(
        "a name with a wildcard is no pattern",
        "fail",
        "off (1)",
        OFF,
        put("vms.vm.Name", "*"),
        vm=excused("2999-12-31", vm="?eb"),
    ),
]

CASES: list[Case] = [*GENERATION, *SECURE_BOOT, *NETWORK, *SHIELDING, *FRAME]

NO_MACHINES = [
    row("no machine, and an administrator", "not applicable", "no virtual machines", empty("vms.vm"))
    for row in (gen, boot, net, shield)
] + [
    boot("no machine, and a filtered token", "error", "no administrator", empty("vms.vm"), filtered_token),
    boot("no machine, and no canary", "error", "cannot see Hyper-V", empty("vms.vm"), canary(0)),
    boot("no machine, and two canaries", "error", "cannot see Hyper-V", empty("vms.vm"), canary(2)),
    boot("no machine, and the token was denied", "error", "AccessDenied", empty("vms.vm"), denied("session.token")),
    boot("machines were denied", "error", "AccessDenied", denied("vms.vm")),
    boot("no such probe for machines", "error", "no such probe", missing("vms.vm")),
    boot("machines, and an error of nobody's", "error", "OperationFailed", error("vms.vm", "OperationFailed")),
    boot("a machine without an id", "error", "without an id", add("vms.vm", machine("", "ghost", "D:\\VMs\\ghost"))),
    boot(
        "a machine with half an id",
        "error",
        "without an id",
        add("vms.vm", machine("a0000000", "ghost", "D:\\VMs\\ghost")),
    ),
]
"""Worlds without a machine that could be judged: one result speaks for them all."""
