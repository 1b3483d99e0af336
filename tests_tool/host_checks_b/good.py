"""A good host as the collectors print it, and rows that a case gives it."""

from typing import Any

from tests_tool.changes import Topics, empty, machine, put, rows, together

APP, DB = "b0d1f6a2-93a0-4c61-8d0e-0c6c7f9b1a01", "b0d1f6a2-93a0-4c61-8d0e-0c6c7f9b1a02"
MGMT_CARD, LM_CARD, STOR_CARD, TENANT_CARD = (f"0a5a7d7e-1111-4a53-9d52-2b0b7e7d000{n}" for n in range(1, 5))
RULE, CRYPTO = "{3d1b6b0e-5f1f-4a71-9a5b-6e5b7d9f3001}", "{3d1b6b0e-5f1f-4a71-9a5b-6e5b7d9f30aa}"
MGMT_NET, LM_NET, STOR_NET = (f"1d2c3b4a-000{n}-4aaa-8bbb-00000000000{n}" for n in range(1, 4))

POLICY: dict[str, dict[str, Any]] = {
    "network": {
        "management_subnets": ["10.20.10.0/24"],
        "migration_subnets": ["10.20.30.0/24"],
        "storage_subnets": ["10.20.40.0/24"],
        "tenant_subnets": ["10.50.0.0/16"],
    }
}


def card(name: str, guid: str, index: int, *, virtual: bool = False) -> dict[str, Any]:
    """A row of Get-NetAdapter."""
    return {
        "Name": name,
        "InterfaceGuid": f"{{{guid.upper()}}}",
        "InterfaceIndex": index,
        "Virtual": virtual,
        "HardwareInterface": not virtual,
    }


def address(index: int, ip: str, prefix: int = 24) -> dict[str, Any]:
    """A row of Get-NetIPAddress."""
    return {"InterfaceIndex": index, "IPAddress": ip, "PrefixLength": prefix}


def nic(vm: str, vlan: int | None, *ips: str, switch: str = "vs-Tenant") -> dict[str, Any]:
    """A row of Get-VMNetworkAdapter, as an access port or without a VLAN."""
    return {
        "VMId": vm,
        "Id": f"Microsoft:{vm}\\c0",
        "Name": "Network Adapter",
        "Connected": True,
        "SwitchId": "6d4c0f2a-2f0e-4f0c-9d0a-6a6f5f6e7a11",
        "SwitchName": switch,
        "PoolName": None,
        "MacAddress": "00155D0A0101",
        "DynamicMacAddressEnabled": True,
        "MacAddressSpoofing": 1,
        "DhcpGuard": 0,
        "RouterGuard": 0,
        "PortMirroringMode": 0,
        "IeeePriorityTag": 1,
        "AllowTeaming": 1,
        "VirtualSubnetId": 0,
        "StormLimit": 0,
        "DynamicIPAddressLimit": 0,
        "IovWeight": 0,
        "TestReplicaSwitchName": None,
        "IPAddresses": list(ips),
        "MaximumBandwidth": None,
        "Vlan": vlan_setting(1 if vlan else 0, access=vlan or 0),
        "Isolation": {"IsolationMode": 0, "DefaultIsolationID": 0},
        "Acls": [],
        "ExtendedAcls": [],
    }


def vlan_setting(mode: int, *, access: int = 0, native: int = 0, allowed: str = "", primary: int = 0) -> dict[str, Any]:
    """VlanSetting of an adapter."""
    return {
        "OperationMode": mode,
        "AccessVlanId": access,
        "NativeVlanId": native,
        "AllowedVlanIdList": allowed,
        "PrivateVlanMode": None,
        "PrimaryVlanId": primary,
        "SecondaryVlanId": 0,
        "SecondaryVlanIdList": "",
    }


def host_nic(name: str, guid: str, vlan: int | None, switch: str = "vs-Tenant") -> dict[str, Any]:
    """A row of Get-VMNetworkAdapter -ManagementOS."""
    return {
        "Name": name,
        "SwitchName": switch,
        "DeviceId": f"{{{guid.upper()}}}",
        "VlanMode": 0 if vlan is None else 1,
        "AccessVlanId": vlan or 0,
    }


def switch(name: str, kind: int, guid: str = "", *, serves_host: bool = False) -> dict[str, Any]:
    """A row of Get-VMSwitch."""
    return {
        "Name": name,
        "SwitchType": kind,
        "AllowManagementOS": serves_host,
        "InterfaceGuids": [guid] if guid else [],
    }


def channel(server: str, here: str, there: str) -> dict[str, Any]:
    """A row of Get-SmbMultichannelConnection."""
    return {"ServerName": server, "ClientIpAddress": here, "ServerIpAddress": there}


def connection(server: str, *, encrypted: bool = True) -> dict[str, Any]:
    """A row of Get-SmbConnection."""
    return {
        "ServerName": server,
        "ShareName": "vmstore$",
        "Dialect": "3.1.1",
        "Encrypted": encrypted,
        "Signed": False,
    }


def share(name: str, path: str, *, special: bool = False) -> dict[str, Any]:
    """A row of Get-SmbShare."""
    return {"Name": name, "Path": path, "Special": special, "EncryptData": True}


def cluster_network(id_: str, name: str, subnet: str, role: int) -> dict[str, Any]:
    """A row of MSCluster_Network."""
    return {"Id": id_, "Name": name, "Role": role, "Address": subnet, "AddressMask": "255.255.255.0"}


def good() -> Topics:
    """A host that meets every recommendation which is judged here."""
    return {
        "session": {"token": ["S-1-1-0", "S-1-5-32-544", "S-1-16-12288"], "canary": [1]},
        "network": {
            "adapters": [
                card("MGMT", MGMT_CARD, 4),
                card("LM", LM_CARD, 6),
                card("STOR", STOR_CARD, 11),
                card("TEN1", TENANT_CARD, 8),
            ],
            "addresses": [
                address(4, "10.20.10.11"),
                address(4, "fe80::1%4", 64),
                address(6, "10.20.30.11"),
                address(11, "10.20.40.11"),
            ],
            "routes": [{"DestinationPrefix": "0.0.0.0/0", "InterfaceIndex": 4}],
            "teams": [],
        },
        "migration": {
            "host": [
                {
                    "VirtualMachineMigrationEnabled": True,
                    "VirtualMachineMigrationAuthenticationType": 1,
                    "VirtualMachineMigrationPerformanceOption": 1,
                    "UseAnyNetworkForMigration": False,
                }
            ],
            "networks": [{"Subnet": "10.20.30.0/24"}],
            "switches": [switch("vs-Tenant", 2, TENANT_CARD)],
            "host_adapters": [],
        },
        "ipsec": good_ipsec(),
        "ipsec_filters": {"addresses": [scope(RULE, ["10.20.30.0/255.255.255.0"])], "ports": [ports(RULE)]},
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
            "shares": [share("C$", "C:\\", special=True)],
            "share_access": [],
            "multichannel": [channel("fs01.corp.example", "10.20.40.11", "10.20.40.51")],
            "connections": [connection("fs01.corp.example")],
        },
        "cluster": {"cluster": [], "networks": [], "migration": [], "machines": []},
        "storage": {
            "disks": [disk(0, 17, boot=True), disk(1, 17)],
            "partitions": [partition(0, "C:\\", boot=True), partition(1, "D:\\")],
            "iscsi_sessions": [],
            "iscsi_connections": [],
            "acls": [
                {"Path": "D:\\Hyper-V\\VHD", "Sddl": "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICIIO;FA;;;CO)"},
                {"Path": "D:\\Hyper-V\\VM", "Sddl": "O:BAG:SYD:PAI(A;OICI;FA;;;HA)(A;CI;0x1201bf;;;S-1-5-83-0)"},
            ],
        },
        "hyperv": {
            "host": [
                {
                    "ComputerName": "HV-A01",
                    "VirtualHardDiskPath": "D:\\Hyper-V\\VHD",
                    "VirtualMachinePath": "D:\\Hyper-V\\VM",
                }
            ],
            "cluster_service": [],
            "shared_volumes": [],
        },
        "vms": {
            "vm": [
                machine(APP, "app01", "D:\\Hyper-V\\VM\\app01"),
                machine(DB, "db01", "\\\\fs01.corp.example\\vmstore$\\db01"),
            ],
            "disks": [
                {"VMId": APP, "Path": "D:\\Hyper-V\\VHD\\app01.vhdx", "DiskNumber": None},
                {"VMId": DB, "Path": "\\\\fs01\\vmstore$\\db01\\db01.vhdx", "DiskNumber": None},
            ],
            "adapters": [nic(APP, 210, "10.50.210.21", "fe80::215:5dff:fe10:2101"), nic(DB, 211, "10.50.211.22")],
            "security": [
                {"VMId": vm, "TpmEnabled": True, "Shielded": False, "EncryptStateAndVmMigrationTraffic": False}
                for vm in (APP, DB)
            ],
        },
    }


def disk(number: int, bus: Any, *, boot: bool = False) -> dict[str, Any]:
    """A row of MSFT_Disk."""
    return {"Number": number, "BusType": bus, "FriendlyName": "CONTOSO", "IsBoot": boot}


def partition(number: int, *paths: str, boot: bool = False) -> dict[str, Any]:
    """A row of MSFT_Partition."""
    return {"DiskNumber": number, "IsBoot": boot, "AccessPaths": list(paths)}


def good_ipsec() -> dict[str, list[Any]]:
    """One rule that encrypts the migration network."""
    return {
        "rules": [rule(RULE, "LM encrypt")],
        "crypto_sets": [{"InstanceID": CRYPTO, "Proposals": [{"Encapsulation": 2, "CipherAlgorithm": 65006}]}],
        "firewall_profiles": [
            {
                "Name": name,
                "Enabled": 1,
                "DefaultInboundAction": 4,
                "DefaultOutboundAction": 2,
                "NotifyOnListen": 0,
                "LogAllowed": 1,
                "LogBlocked": 1,
            }
            for name in ("Domain", "Private", "Public")
        ],
    }


def rule(id_: str, name: str, security: int = 2) -> dict[str, Any]:
    """A row of Get-NetIPsecRule."""
    return {
        "InstanceID": id_,
        "DisplayName": name,
        "Enabled": 1,
        "InboundSecurity": security,
        "OutboundSecurity": security,
        "PrimaryStatus": 1,
        "EnforcementStatus": [1],
        "QuickModeCryptoSet": CRYPTO,
    }


def scope(id_: str, local: list[str], remote: list[str] | None = None) -> dict[str, Any]:
    """The addresses of a rule."""
    return {"InstanceID": id_, "LocalAddress": local, "RemoteAddress": remote or local}


def ports(id_: str, protocol: str = "Any", local: str = "Any", remote: str = "Any") -> dict[str, Any]:
    """The ports of a rule."""
    return {"InstanceID": id_, "Protocol": protocol, "LocalPort": [local], "RemotePort": [remote]}


NODE = together(
    rows("hyperv.cluster_service", {"Name": "ClusSvc", "Status": 4}),
    rows("cluster.cluster", {"Name": "HVCL1", "SecurityLevel": 1, "SecurityLevelForStorage": 0}),
    rows(
        "cluster.networks",
        cluster_network(MGMT_NET, "MGMT", "10.20.10.0", 3),
        cluster_network(LM_NET, "LM", "10.20.30.0", 1),
        cluster_network(STOR_NET, "STOR", "10.20.40.0", 0),
    ),
    rows("cluster.migration", {"MigrationExcludeNetworks": f"{MGMT_NET};{STOR_NET.upper()}"}),
    put("migration.host.UseAnyNetworkForMigration", value=True),
    empty("migration.networks"),
)
