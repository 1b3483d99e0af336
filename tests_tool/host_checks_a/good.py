"""A good host as the collectors print it, and rows that a case gives it."""

from typing import Any

from tests_tool.changes import Topics, machine

WEB = "b0000000-0000-4000-8000-000000000001"
LAB = "b0000000-0000-4000-8000-000000000002"

DOMAIN = "S-1-5-21-1004336348-1177238915-682003330"
HOST_ADMINS, OPERATORS, TENANTS = f"{DOMAIN}-2601", f"{DOMAIN}-2602", f"{DOMAIN}-2710"
LOCAL_ADMINISTRATOR = "S-1-5-21-2233445566-111111111-222222222-500"

SECURITY, ROLLUPS = "0fa1201d-4330-4fa8-8ae9-b877473b6441", "28bc880e-0592-4cbf-8f95-c79b17911d5f"
CRITICAL, DEFINITIONS = "E6CF1350-C01B-414D-A61F-263D14D133B4", "e0789628-ce08-4437-be74-2495b842f43b"

POLICY: dict[str, dict[str, Any]] = {
    "os": {"min_ubr": {"20348": 5256}},
    "firmware": {"min_bios": [{"manufacturer": "Contoso Systems", "model": "CS-R760", "version": "2.6.3"}]},
    "software": {"allowed_regex": ["^Contoso Hardware Agent$"]},
    "management": {"local_management_used": False},
    "groups": {"host_admins": [HOST_ADMINS, "*-500", "*-512"], "hyperv_admins": [OPERATORS], "vm_admins": [TENANTS]},
    "antivirus": {"allowed_exclusion_regex": ["^D:\\\\Hyper-V$"]},
}


def member(sid: str, name: str) -> dict[str, Any]:
    """A row of Get-LocalGroupMember."""
    return {"Sid": sid, "Name": name}


def program(name: str, version: str | None = "1.0") -> dict[str, Any]:
    """An entry under Uninstall."""
    return {"DisplayName": name, "DisplayVersion": version, "Publisher": "Somebody"}


def update(title: str, *categories: str) -> dict[str, Any]:
    """An update that the host knows of and does not have."""
    return {"Title": title, "MsrcSeverity": "", "CategoryIDs": [*categories], "PublishedUtc": "2025-12-09T18:00:00Z"}


def driver(device: str, class_: str, provider: str = "Contoso", day: str = "03/02/2025 00:00:00") -> dict[str, Any]:
    """A row of Win32_PnPSignedDriver."""
    return {
        "DeviceName": device,
        "DeviceClass": class_,
        "DriverProviderName": provider,
        "DriverVersion": "24.20.15.0",
        "DriverDate": day,
        "IsSigned": True,
    }


def session(account: str, type_: int = 2) -> dict[str, Any]:
    """An interactive session."""
    return {"LogonType": type_, "Sid": f"{DOMAIN}-1120", "Account": account}


def nobody(account: str, type_: int = 2) -> dict[str, Any]:
    """An interactive session of an account that Windows could not look up."""
    return {**session(account, type_), "Sid": None}


def good() -> Topics:
    """A host that meets every recommendation which is judged here."""
    return {
        "session": {"token": ["S-1-1-0", "S-1-5-32-544", "S-1-5-11", "S-1-16-12288"], "canary": [1]},
        "os": {
            "version": [
                {
                    "InstallationType": "Server Core",
                    "EditionID": "ServerDatacenter",
                    "ProductName": "Windows Server 2022 Datacenter",
                    "CurrentBuildNumber": "20348",
                    "UBR": 5256,
                }
            ],
            "system": [{"ProductType": 3}],
            "processor": [{"Manufacturer": "GenuineIntel"}, {"Manufacturer": "GenuineIntel"}],
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
        "updates": {
            "reboot_pending": [{"Servicing": False, "WindowsUpdate": False}],
            "restart_required": [{"RebootRequired": False}],
            "last_search": [{"LastSearchSuccessUtc": "2026-01-01T03:11:54Z"}],
            "packages": [{"HotFixID": "KB5072653", "InstalledOn": "12/12/2025 00:00:00"}],
        },
        "update_search": {"search": [{"ResultCode": 2, "Updates": [update("Signatures", DEFINITIONS)]}]},
        "hardware": {
            "bios": [
                {
                    "Manufacturer": "Contoso Systems",
                    "SMBIOSBIOSVersion": "2.6.3",
                    "ReleaseDate": "2025-08-19T00:00:00.0000000Z",
                }
            ]
        },
        "drivers": {
            "installed": [
                driver("Contoso 25GbE Adapter", "NET"),
                driver("Standard NVM Express Controller", "SCSIADAPTER", "Microsoft", "06/21/2006 00:00:00"),
            ]
        },
        "software": {
            "features": ["FileAndStorage-Services", "Storage-Services", "Hyper-V", "Hyper-V-PowerShell", "PowerShell"],
            "uninstall": [program("Contoso Hardware Agent", "8.1.2")],
            "sessions": [],
        },
        "security": {
            "device_guard": [
                {
                    "AvailableSecurityProperties": [1, 2, 3, 5, 6, 7, 8],
                    "RequiredSecurityProperties": [1, 2],
                    "SecurityServicesConfigured": [1, 2],
                    "SecurityServicesRunning": [1, 2],
                    "VirtualizationBasedSecurityStatus": 2,
                    "CodeIntegrityPolicyEnforcementStatus": 2,
                    "UsermodeCodeIntegrityPolicyEnforcementStatus": 2,
                }
            ],
            "policies": [],
            "policy_file": [{"SIPolicy": True}],
        },
        "tpm": {"tpm": [], "secure_boot": [{"Enabled": True}]},
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
        "groups": {
            "S-1-5-32-544": [
                member(LOCAL_ADMINISTRATOR, "HV01\\Administrator"),
                member(f"{DOMAIN}-512", "LAB\\Domain Admins"),
                member(HOST_ADMINS, "LAB\\HV-Host-Admins"),
            ],
            "S-1-5-32-578": [member(OPERATORS, "LAB\\HV-Operators")],
            "S-1-5-32-555": [],
            "S-1-5-32-580": [],
            "S-1-5-32-551": [],
            "S-1-5-32-547": [],
            "S-1-5-32-549": [],
            "S-1-5-32-550": [],
            "authorization_store": [{"Present": False}],
        },
        "storage": {"acls": [{"Path": "D:\\Hyper-V", "Sddl": "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"}]},
        "smb": {"share_access": [{"Name": "Install", "Sddl": "O:BAG:SYD:(A;;FA;;;BA)"}]},
        "defender": {
            "service": [{"Name": "WinDefend", "State": "Running"}],
            "status": [
                {
                    "AMRunningMode": "Normal",
                    "AntivirusEnabled": True,
                    "RealTimeProtectionEnabled": True,
                    "AntivirusSignatureAge": 0,
                }
            ],
            "preference": [
                {
                    "DisableAutoExclusions": False,
                    "ExclusionPath": ["D:\\Hyper-V"],
                    "ExclusionExtension": [],
                    "ExclusionProcess": ["C:\\Windows\\System32\\vmms.exe", "%SystemRoot%\\System32\\Vmwp.exe"],
                    "ExclusionIpAddress": [],
                }
            ],
        },
        "mounted": {"images": [], "file_disks": []},
        "vms": {
            "vm": [machine(WEB, "web", "D:\\Hyper-V\\web"), machine(LAB, "lab", "D:\\Hyper-V\\lab")],
            "disks": [
                {"VMId": WEB, "Path": "D:\\Hyper-V\\web\\os.vhdx", "DiskNumber": None},
                {"VMId": LAB, "Path": "D:\\Hyper-V\\lab\\os.vhdx", "DiskNumber": None},
            ],
            "processors": [
                {"VMId": WEB, "ExposeVirtualizationExtensions": False},
                {"VMId": LAB, "ExposeVirtualizationExtensions": False},
            ],
            "guest": [{"VMId": WEB.upper(), "Items": []}, {"VMId": LAB.upper(), "Items": []}],
        },
    }
