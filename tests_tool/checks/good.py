"""The good world: the evidence of a host that meets every recommendation.

Two virtual machines: `web`, an ordinary one whose guest tells what it is, and `pay`, a shielded one that tells nothing.
Rows have the shape that the collectors print; test_facts.py holds them to the lab's recordings. What is asked of the
host alone is that of the other tables' good hosts, where they can agree.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from tests_tool.changes import Change, Topics, World, item, machine, together
from tests_tool.host_checks_a import good as alone
from tests_tool.host_checks_b import good as connected

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

THUMBPRINT = "F26149A7C501F289C2C5F4207EAD002E9BC23E73"  # SHA-1 of what `guardian` makes of Lab Fabric HGS


def guardian(name: str) -> dict[str, str]:
    """Somebody who can unlock a machine; his certificate is made up of his name."""
    return {"Name": name, "SigningCertificate": name.encode().hex()}


def changed(changes: Iterable[Change], vm: str = WEB) -> World:
    """The good world with these changes."""
    world = World(good(), vm)
    together(*changes)(world)
    return world


# What is good

HOST_ALONE = ("updates", "update_search", "hardware", "drivers", "software", "security", "groups", "mounted", "hgs")
CONNECTED = ("network", "migration", "ipsec", "ipsec_filters", "cluster")


def good() -> Topics:
    """A host that meets every recommendation, and its two machines."""
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
        "os": here["os"] | {"version": [{**here["os"]["version"][0], "UBR": 2849}]},
        **{topic: here[topic] for topic in HOST_ALONE},
        **{topic: there[topic] for topic in CONNECTED},
        "storage": there["storage"]
        | {
            "acls": [{"Path": path, "Sddl": OURS_ALONE} for path in FOLDERS],
            "drives": [{"Name": "C:\\", "DriveType": 3}, {"Name": "D:\\", "DriveType": 3}],
        },
        "defender": here["defender"]
        | {"preference": [{**here["defender"]["preference"][0], "ExclusionPath": [*EXCLUDED]}]},
        "smb": there["smb"]
        | {
            "shares": [{"Name": "D$", "Path": "D:\\", "Special": True, "EncryptData": False}],
            "multichannel": [connected.channel("fs01.lab.example", "10.20.40.11", "10.20.40.51")],
            "connections": [connected.connection("fs01.lab.example")],
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
            "vm": [machine(WEB, "web", "D:\\VMs\\web"), machine(PAY, "pay", "D:\\VMs\\pay")],
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
                    "GuestStateFile": f"D:\\VMs\\{name}\\{vm.upper()}.vmgs",
                    "SuspendDataRoot": f"D:\\VMs\\{name}",
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
