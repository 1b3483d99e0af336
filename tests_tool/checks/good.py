"""The good world: the evidence of a host that meets every recommendation, and ways to change one thing in it.

Two virtual machines: `web`, an ordinary one whose guest tells what it is, and `pay`, a shielded one that tells nothing.
Rows have the shape that the collectors print; test_facts.py holds them to the lab's
recordings. What is asked of the host alone is that of the other tables' good hosts, where they can agree.
"""

import copy
from collections.abc import Callable, Iterable, Mapping
from typing import Any
from xml.sax.saxutils import escape

from tests_tool.host_checks_a import good as alone
from tests_tool.host_checks_b import world as connected

WEB = "a0000000-0000-4000-8000-000000000001"
PAY = "a0000000-0000-4000-8000-000000000002"
OTHER = "a0000000-0000-4000-8000-000000000003"
SWITCH = "50000000-0000-4000-8000-000000000001"
SYSTEM_VOLUME = "\\\\?\\Volume{c0000000-0000-0000-0000-000000000001}\\"
DATA_VOLUME = "\\\\?\\Volume{c0000000-0000-0000-0000-000000000002}\\"

MICROSOFT_WINDOWS = "1734c6e8-3154-4dda-ba5f-a874cc483422"
UEFI_CA = "272e7447-90a4-4563-a4b9-8e4ab00526ce"
OPEN_SOURCE_SHIELDED = "4292ae2b-ee2c-42b5-a969-dd8f8689f6f3"

GUEST_SERVICE_INTERFACE = "6C09BB55-D683-4DA0-8931-C9BF705F6480"
HEARTBEAT = "84EAAE65-2F2E-45F5-9BB5-0E857DC8EB47"
DATA_EXCHANGE = "2A34B1C2-FD73-4043-8A5B-DD2159BC743F"
SHUTDOWN = "9F8233AC-BE49-4C79-8EE3-E7E1985B2077"
TIME_SYNCHRONIZATION = "2497F4DE-E9FA-4204-80E4-4B75C46419C0"
VSS = "5CED1297-4598-4915-A5FC-AD21BB4D02A4"
SERVICES = (GUEST_SERVICE_INTERFACE, HEARTBEAT, DATA_EXCHANGE, SHUTDOWN, TIME_SYNCHRONIZATION, VSS)

MACHINE = {  # SIDs that follow from the ids above
    WEB: "S-1-5-83-1-2684354560-1073741824-128-16777216",
    PAY: "S-1-5-83-1-2684354560-1073741824-128-33554432",
    OTHER: "S-1-5-83-1-2684354560-1073741824-128-50331648",
}
OURS_ALONE = "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICIIO;FA;;;CO)"
FOLDERS = ("D:\\VHD", "D:\\VMs", "D:\\VMs\\web", "D:\\VMs\\pay")
EXCLUDED = ("D:\\VMs", "D:\\VHD", "\\\\fs01.lab.example\\vmstore$")

Rows = list[Any]
Error = dict[str, Any]


class World:
    """One host's evidence, open to changes. `vm` is the machine that changes of `vms.*` are about."""

    def __init__(self, vm: str = WEB) -> None:
        self.vm = vm
        self.data: dict[str, dict[str, Rows]] = good()
        self.errors: dict[str, list[Error]] = {topic: [] for topic in self.data}

    def rows(self, probe: str) -> Rows:
        """Every row of a probe, `topic.probe`."""
        topic, name = probe.split(".")
        return self.data[topic][name]

    def row(self, probe: str) -> dict[str, Any]:
        """The first row of a probe; of `vms.*`, the first of the machine."""
        return next(row for row in self.rows(probe) if not probe.startswith("vms.") or owner(row) == self.vm)

    def fail(self, probe: str, error: str, *, category: str = "NotSpecified", target: str = "") -> None:
        """Let a probe meet an error; an empty probe name means its topic, outside of any probe."""
        topic, name = probe.split(".")
        self.errors[topic].append(
            {"probe": name, "id": error, "category": category, "target": target, "hresult": None, "message": "no"}
        )

    def topics(self) -> dict[str, dict[str, Any]]:
        """The document as `read_topics` takes it."""
        return {topic: {"data": self.data[topic], "errors": self.errors[topic], "seconds": 0.1} for topic in self.data}


def owner(row: Mapping[str, Any]) -> str:
    """Whose row it is."""
    return str(row.get("VMId") or row.get("Id")).lower()


# Changes


Change = Callable[[World], None]


def put(path: str, value: Any) -> Change:
    """`topic.probe.Property[.Property]` has this value."""

    def change(world: World) -> None:
        topic, probe, *inner, last = path.split(".")
        row = world.row(f"{topic}.{probe}")
        for name in inner:
            row = row[name]
        assert last in row, f"{path} is nothing that the collectors print"
        row[last] = value

    return change


def add(probe: str, *rows: Any) -> Change:
    """The probe has more rows."""
    return lambda world: world.rows(probe).extend(copy.deepcopy(rows))


def rows(probe: str, *new: Any) -> Change:
    """The probe has these rows and no others."""

    def change(world: World) -> None:
        world.rows(probe)[:] = copy.deepcopy(new)

    return change


def edit(probe: str, index: int, **values: Any) -> Change:
    """One row of the probe has other values."""

    def change(world: World) -> None:
        row = world.rows(probe)[index]
        assert set(values) <= set(row), f"{probe} has no {sorted(set(values) - set(row))}"
        row.update(values)

    return change


def drop(probe: str, index: int) -> Change:
    """The probe has one row less."""

    def change(world: World) -> None:
        del world.rows(probe)[index]

    return change


THUMBPRINT = "F26149A7C501F289C2C5F4207EAD002E9BC23E73"  # SHA-1 of what `guardian` makes of Lab Fabric HGS


def guardian(name: str) -> dict[str, str]:
    """Somebody who can unlock a machine; his certificate is made up of his name."""
    return {"Name": name, "SigningCertificate": name.encode().hex()}


def empty(probe: str) -> Change:
    """The probe returned nothing, and no error."""
    return rows(probe)


def missing(probe: str) -> Change:
    """The evidence has no such probe: a collector of another version."""

    def change(world: World) -> None:
        topic, name = probe.split(".")
        del world.data[topic][name]

    return change


def lost(probe: str) -> Change:
    """The machine has no row, and nothing says why; other machines keep theirs."""

    def change(world: World) -> None:
        world.rows(probe).remove(world.row(probe))

    return change


def error(probe: str, id_: str = "AccessDenied", *, category: str = "NotSpecified", target: str = "") -> Change:
    """The probe met an error, and may have rows beside it."""
    return lambda world: world.fail(probe, id_, category=category, target=target)


def denied(probe: str) -> Change:
    """The probe met nothing but "access denied"."""
    return both(empty(probe), error(probe, "AccessDenied,Somebody", category="PermissionDenied"))


def failed(probe: str) -> Change:
    """The probe could not read this one machine, and says so with its id."""

    def change(world: World) -> None:
        lost(probe)(world)
        world.fail(probe, "OperationFailed,Somebody", target=world.vm.upper())

    return change


def both(*changes: Change) -> Change:
    """Several changes that are one thing."""

    def change(world: World) -> None:
        for part in changes:
            part(world)

    return change


def filtered_token(world: World) -> None:
    """The account is an administrator whose token UAC has filtered: integrity is medium."""
    token = world.rows("session.token")
    token[:] = ["S-1-16-8192" if sid == "S-1-16-12288" else sid for sid in token]


def plain_user(world: World) -> None:
    """The account is no administrator."""
    token = world.rows("session.token")
    token[:] = [sid for sid in token if sid != "S-1-5-32-544"]


def canary(count: int) -> Change:
    """How many management services of Hyper-V the account can see."""
    return rows("session.canary", count)


def guest(**items: str) -> Change:
    """What the guest says of itself over data exchange."""
    return put("vms.guest.Items", [item(name, value) for name, value in items.items()])


def windows(version: str, product_type: int = 3, *, architecture: int = 9) -> Change:
    """The guest says it is a Windows."""
    return guest(
        OSName="Windows", OSVersion=version, ProductType=str(product_type), ProcessorArchitecture=str(architecture)
    )


def linux(name: str, version: str) -> Change:
    """The guest says it is a Linux."""
    return guest(OSName=name, OSMajorVersion=version, OSVersion="6.8.0", ProcessorArchitecture="x86_64")


def freebsd(release: str) -> Change:
    """The guest says it is a FreeBSD."""
    return guest(OSName="FreeBSD", OSBuildNumber=release)


def item(name: str, value: str) -> str:
    """One pair as data exchange has it; an empty value has no VALUE element."""
    data = f"<VALUE>{escape(value)}</VALUE>" if value else ""
    return (
        '<INSTANCE CLASSNAME="Msvm_KvpExchangeDataItem">'
        f'<PROPERTY NAME="Data" TYPE="string">{data}</PROPERTY>'
        f'<PROPERTY NAME="Name" TYPE="string"><VALUE>{escape(name)}</VALUE></PROPERTY>'
        '<PROPERTY NAME="Source" TYPE="uint16"><VALUE>2</VALUE></PROPERTY></INSTANCE>'
    )


def changed(changes: Iterable[Change], vm: str = WEB) -> World:
    """The good world with these changes."""
    world = World(vm)
    for change in changes:
        change(world)
    return world


# What is good

OF_THE_HOST_ALONE = ("updates", "update_search", "hardware", "drivers", "software", "security", "groups", "mounted")
OF_WHAT_IT_IS_CONNECTED_TO = ("network", "migration", "ipsec", "ipsec_filters", "cluster")


def good() -> dict[str, dict[str, Rows]]:
    """Topics, their probes and rows."""
    here, there = alone.good(), connected.good()
    return {
        "session": {
            "user": [{"Name": "LAB\\auditor", "Sid": "S-1-5-21-1-2-3-1000"}],
            "token": ["S-1-1-0", "S-1-5-32-544", "S-1-5-11", "S-1-16-12288"],
            "process": [
                {
                    "Architecture": "AMD64",
                    "ArchitectureW6432": None,
                    "PSVersion": "5.1.20348.2849",
                    "LanguageMode": "FullLanguage",
                    "UICulture": "en-US",
                }
            ],
            "canary": [1],
        },
        "os": {
            "version": [
                {
                    "InstallationType": "Server Core",
                    "EditionID": "ServerDatacenter",
                    "ProductName": "Windows Server 2022 Datacenter",
                    "CurrentBuildNumber": "20348",
                    "UBR": 2849,
                }
            ],
            "system": [{"ProductType": 3}],
            "processor": here["os"]["processor"],
            "computer": [
                {
                    "Name": "HV01",
                    "Manufacturer": "Contoso Systems",
                    "Model": "CS-R760",
                    "DomainRole": 3,
                    "Domain": "lab.example",
                }
            ],
        },
        **{topic: here[topic] for topic in OF_THE_HOST_ALONE},
        **{topic: there[topic] for topic in OF_WHAT_IT_IS_CONNECTED_TO},
        "storage": there["storage"]
        | {
            "acls": [{"Path": path, "Sddl": OURS_ALONE} for path in FOLDERS],
            "drives": [{"Name": "C:\\", "DriveType": 3}, {"Name": "D:\\", "DriveType": 3}],
        },
        "defender": here["defender"]
        | {"preference": [{**here["defender"]["preference"][0], "ExclusionPath": [*EXCLUDED]}]},
        "smb": {
            "server": [
                {
                    "EncryptData": True,
                    "RejectUnencryptedAccess": True,
                    "RequireSecuritySignature": True,
                    "EnableSMB1Protocol": False,
                }
            ],
            "client": [{"RequireSecuritySignature": True}],
            "smb1_feature": [{"Name": "FS-SMB1", "Installed": False}],
            "shares": [{"Name": "D$", "Path": "D:\\", "Special": True, "EncryptData": False}],
            "share_access": [],
            "multichannel": [connected.channel("fs01.lab.example", "10.20.40.11", "10.20.40.51")],
            "connections": [
                {
                    "ServerName": "fs01.lab.example",
                    "ShareName": "vmstore$",
                    "Dialect": "3.1.1",
                    "Encrypted": True,
                    "Signed": False,
                }
            ],
        },
        "bitlocker": {
            "volumes": [
                {
                    "DeviceID": SYSTEM_VOLUME,
                    "DriveLetter": "C:",
                    "VolumeType": 0,
                    "ProtectionStatus": 1,
                    "ConversionStatus": 1,
                    "EncryptionMethod": 7,
                    "KeyProtectorTypes": [1, 3],
                },
                {
                    "DeviceID": DATA_VOLUME,
                    "DriveLetter": "D:",
                    "VolumeType": 1,
                    "ProtectionStatus": 1,
                    "ConversionStatus": 1,
                    "EncryptionMethod": 6,
                    "KeyProtectorTypes": [2, 3],
                },
            ],
            "mounts": [
                {"DeviceID": SYSTEM_VOLUME, "Name": "C:\\", "BootVolume": True},
                {"DeviceID": DATA_VOLUME, "Name": "D:\\", "BootVolume": False},
            ],
        },
        "tpm": {
            "tpm": [
                {
                    "SpecVersion": "2.0, 0, 1.59",
                    "IsEnabled_InitialValue": True,
                    "IsActivated_InitialValue": True,
                    "IsOwned_InitialValue": True,
                    "ManufacturerIdTxt": "NTC",
                    "ManufacturerVersion": "7.2.3.1",
                }
            ],
            "secure_boot": [{"Enabled": True}],
        },
        "hgs": {
            "client": [
                {
                    "IsHostGuarded": True,
                    "Mode": 2,
                    "AttestationOperationMode": 1,
                    "AttestationStatus": 100,
                    "AttestationSubstatus": "0",
                    "IsFallbackInUse": False,
                    "AttestationServerUrl": "https://hgs.lab.example/Attestation",
                    "KeyProtectionServerUrl": "https://hgs.lab.example/KeyProtection",
                }
            ]
        },
        "hyperv": {
            "module": ["2.0.0.0"],
            "service": [{"Name": "vmms", "Status": 4}],
            "host": [
                {
                    "ComputerName": "HV01",
                    "VirtualHardDiskPath": "D:\\VHD",
                    "VirtualMachinePath": "D:\\VMs",
                    "EnhancedSession": False,
                }
            ],
            "assignable_devices": [],
            "supported_versions": [
                {"Version": "9.0", "IsDefault": False},
                {"Version": "10.0", "IsDefault": True},
            ],
            "switches": [{"Id": SWITCH, "Name": "vs-Tenant", "SwitchType": 2}],
            "cluster_service": [],
            "shared_volumes": [],
        },
        "vms": {
            "vm": [machine(WEB, "web"), machine(PAY, "pay")],
            "firmware": [
                {
                    "VMId": WEB,
                    "SecureBoot": 0,
                    "SecureBootTemplateId": MICROSOFT_WINDOWS,
                    "BootTypes": [3, 1, 2],
                },
                {
                    "VMId": PAY,
                    "SecureBoot": 0,
                    "SecureBootTemplateId": MICROSOFT_WINDOWS,
                    "BootTypes": [3, 1],
                },
            ],
            "security": [protection(WEB, on=False), protection(PAY, on=True)],
            "adapters": [adapter(WEB, "00155D000001", "10.50.20.21"), adapter(PAY, "00155D000002")],
            "disks": [
                {"VMId": WEB, "Path": "D:\\VMs\\web\\os.vhdx", "DiskNumber": None},
                {
                    "VMId": WEB,
                    "Path": "\\\\fs01.lab.example\\vmstore$\\web-data.vhdx",
                    "DiskNumber": None,
                },
                {"VMId": PAY, "Path": "D:\\VMs\\pay\\os.vhdx", "DiskNumber": None},
            ],
            "checkpoints": [],
            "processors": [{"VMId": vm, "ExposeVirtualizationExtensions": False} for vm in (WEB, PAY)],
            "processor_status": [{"VMId": vm, "Codes": [2]} for vm in (WEB, PAY)],
            "conditions": [condition(vm) for vm in (WEB, PAY)],
            "legacy_adapters": [],
            "shared_disks": [],
            "integration": [service(vm, id_) for vm in (WEB, PAY) for id_ in SERVICES],
            "dvd": [{"VMId": vm, "MediaType": 0, "Path": None, "IsThere": None} for vm in (WEB, PAY)],
            "floppy": [],
            "com_ports": [{"VMId": vm, "Path": "", "DebuggerMode": 1} for vm in (WEB, WEB, PAY, PAY)],
            "controllers": [{"VMId": vm, "Number": 0, "Drives": 2} for vm in (WEB, PAY)],
            "assigned_devices": [],
            "gpu_partitions": [],
            "fibre_channel": [],
            "console_access": [],
            "replication": [],
            "settings": [
                {
                    "VMId": vm.upper(),
                    "AllowFullSCSICommandSet": False,
                    "DebugPortEnabled": 0,
                    "ConsoleMode": 0,
                    "GuestStateDataRoot": f"D:\\VMs\\{name}",
                }
                for vm, name in ((WEB, "web"), (PAY, "pay"))
            ],
            "protection_settings": [
                {
                    "VMId": vm.upper(),
                    "EncryptStateAndVmMigrationTraffic": vm == PAY,
                    "KsdEnabled": False,
                    "VirtualizationBasedSecurityOptOut": False,
                }
                for vm in (WEB, PAY)
            ],
            "protection_in_force": [
                {"VMId": WEB.upper(), "Shielded": False, "EncryptStateAndVmMigrationTraffic": False},
                {"VMId": PAY.upper(), "Shielded": True, "EncryptStateAndVmMigrationTraffic": True},
            ],
            "key_protector": [
                {"VMId": WEB, "Length": 4, "Owner": None, "Guardians": [], "DecodeError": None},
                {
                    "VMId": PAY,
                    "Length": 3970,
                    "Owner": "Lab Owner",
                    "Guardians": [guardian("Lab Fabric HGS")],
                    "DecodeError": None,
                },
            ],
            "guest": [
                {
                    "VMId": WEB.upper(),
                    "Items": [
                        item("OSName", "Windows Server 2022 Datacenter"),
                        item("OSVersion", "10.0.20348"),
                        item("ProductType", "3"),
                        item("ProcessorArchitecture", "9"),
                        item("CSDVersion", ""),
                    ],
                },
                {"VMId": PAY.upper(), "Items": []},
            ],
        },
        "vm_files": {
            "parents": [],
            "access": [
                access(name, vm, *files) for vm, name in ((WEB, "web"), (PAY, "pay")) for files in ((), ("os.vhdx",))
            ],
            "written": [
                {"Path": f"D:\\VMs\\{name}\\os.vhdx", "LastWriteUtc": "2026-01-01T20:00:00.0000000Z"}
                for name in ("web", "pay")
            ],
            "bounds": [
                {"Of": of, "Found": found, "Asked": found}
                for of, found in (("parents", 0), ("access", 4), ("written", 2))
            ],
        },
    }


def access(name: str, vm: str, *file: str) -> dict[str, Any]:
    """What Get-Acl shows of a machine's folder, or of a file in it: its own accounts, and the machine."""
    inherited = "" if file else "OICI"
    sddl = f"O:BAG:SYD:AI(A;{inherited};0x12019f;;;{MACHINE[vm]})(A;{inherited}ID;FA;;;SY)(A;{inherited}ID;FA;;;BA)"
    return {"Path": "\\".join(["D:\\VMs", name, *file]) + "\\" * (not file), "Sddl": sddl}


def machine(vm: str, name: str) -> dict[str, Any]:
    """A row of Get-VM."""
    return {
        "Id": vm,
        "Name": name,
        "State": 2,
        "Generation": 2,
        "Version": "10.0",
        "VirtualMachineType": 3,
        "ReplicationMode": 0,
        "Path": f"D:\\VMs\\{name}",
        "ConfigurationLocation": f"D:\\VMs\\{name}",
        "SnapshotFileLocation": f"D:\\VMs\\{name}",
        "SmartPagingFilePath": f"D:\\VMs\\{name}",
        "SmartPagingFileInUse": False,
        "CreationTime": "2024-02-03T10:20:30.0000000Z",
    }


def condition(vm: str) -> dict[str, Any]:
    """A row of what changes while a machine runs."""
    return {
        "VMId": vm,
        "Notes": "",
        "Heartbeat": 6,
        "UptimeSeconds": 1221730,
        "AutomaticStartAction": 3,
        "AutomaticStopAction": 3,
        "DynamicMemoryEnabled": False,
        "LockOnDisconnect": 1,
        "EnhancedSession": 0,
        "RemoteFx": False,
    }


def protection(vm: str, *, on: bool) -> dict[str, Any]:
    """A row of Get-VMSecurity."""
    return {
        "VMId": vm,
        "TpmEnabled": on,
        "Shielded": on,
        "EncryptStateAndVmMigrationTraffic": on,
    }


def service(vm: str, id_: str) -> dict[str, Any]:
    """A row of Get-VMIntegrationService; the host's way to copy files into the guest is off."""
    on = id_ != GUEST_SERVICE_INTERFACE
    return {"VMId": vm, "Id": f"Microsoft:{vm.upper()}\\{id_}", "Enabled": on, "Primary": 2, "Secondary": None}


def adapter(vm: str, mac: str, *ips: str) -> dict[str, Any]:
    """A row of Get-VMNetworkAdapter."""
    return {
        "VMId": vm,
        "Id": f"Microsoft:{vm.upper()}\\{mac[-8:]}-0000-4000-8000-000000000000",
        "Name": "Network Adapter",
        "Connected": True,
        "SwitchId": SWITCH,
        "SwitchName": "vs-Tenant",
        "PoolName": "",
        "MacAddress": mac,
        "DynamicMacAddressEnabled": True,
        "MacAddressSpoofing": 1,
        "DhcpGuard": 0,
        "RouterGuard": 0,
        "PortMirroringMode": 0,
        "IeeePriorityTag": 1,
        "AllowTeaming": 1,
        "VirtualSubnetId": 0,
        "StormLimit": 500,
        "DynamicIPAddressLimit": 8,
        "IovWeight": 0,
        "TestReplicaSwitchName": "",
        "IPAddresses": list(ips),
        "MaximumBandwidth": 1_000_000_000,
        "Vlan": {
            "OperationMode": 1,
            "AccessVlanId": 20,
            "NativeVlanId": 0,
            "AllowedVlanIdList": "",
            "PrivateVlanMode": 0,
            "PrimaryVlanId": 0,
            "SecondaryVlanId": 0,
            "SecondaryVlanIdList": "",
        },
        "Isolation": {"IsolationMode": 0, "DefaultIsolationID": 0},
        "Acls": [],
        "ExtendedAcls": [],
    }


POLICY: dict[str, dict[str, Any]] = {
    **alone.POLICY,
    **connected.POLICY,
    "os": {"min_ubr": {"20348": 2849}},
    "antivirus": {"allowed_exclusion_regex": [r"^D:\\V(Ms|HD)$", r"^\\\\fs01"]},
    "vm": {
        "expected_switch": {"*": ["vs-Tenant"]},
        "allowed_vlans": {"*": [20]},
        "require_vlan": True,
        "bandwidth_max_bps": 1_000_000_000,
        "storm_limit_max": 500,
        "dynamic_ip_max": 8,
        "test_switches": ["Lab intern"],
        "storage_roots": ["D:\\VMs", "\\\\fs01.lab.example\\vmstore$"],
        "require_volume_encryption": True,
        "shielding_required": ["pay"],
        "trusted_guardians": [THUMBPRINT],
        "require_tpm_attestation": True,
    },
}


def policy(**sections: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The good world's policy with other answers, `policy(vm={"require_vlan": False})`; None takes an answer away."""
    merged = {name: {**POLICY.get(name, {}), **sections.get(name, {})} for name in {*POLICY, *sections}}
    return {
        name: {key: value for key, value in keys.items() if value is not None} for name, keys in sorted(merged.items())
    }
